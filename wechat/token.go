package wechat

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/silenceper/wechat/v2/credential"
)

const (
	// tokenEarly is how long before its end a stable token is given up; WeChat hands out its successor from then on.
	tokenEarly = 300 * time.Second
	// forceEvery bounds forced refreshes: WeChat allows 20 a day, 30 s apart.
	forceEvery = time.Minute
)

// tokens gives out one account's access token. Only stable tokens are used: other instances, and other programs with the
// same appid, get the same one instead of taking turns killing each other's.
//
// The library fetches; what is around it is ours, because its own GetAccessTokenContext hides the errcode in a text and
// lets waiters wait beyond their context.
type tokens struct {
	client *Client
	handle *credential.StableAccessToken
	key    string
	turn   chan struct{} // holds one: the right to fetch
	forced time.Time     // when this instance last forced a refresh; under turn
}

func (c *Client) newTokens(app App) (*tokens, error) {
	prefix := credential.CacheKeyOfficialAccountPrefix
	if app.Kind == KindMiniProgram {
		prefix = credential.CacheKeyMiniProgramPrefix
	}
	handle, ok := credential.NewStableAccessToken(app.AppID, app.Secret, prefix, c.cache).(*credential.StableAccessToken)
	if !ok {
		return nil, errors.New("wechat: library has no stable token")
	}
	key := fmt.Sprintf("%s_stable_access_token_%s", prefix, app.AppID) // the library's own key
	return &tokens{client: c, handle: handle, key: key, turn: make(chan struct{}, 1)}, nil
}

// token returns the cached token or fetches one; of many callers only one fetches.
func (t *tokens) token(ctx context.Context) (string, error) {
	if token := t.client.cache.token(t.key); token != "" {
		return token, nil
	}
	if err := t.lock(ctx); err != nil {
		return "", err
	}
	defer t.unlock()
	if token := t.client.cache.token(t.key); token != "" {
		return token, nil
	}
	return t.fetch(ctx, false)
}

// renewed returns a token other than dead, forcing WeChat to make one if nobody has done so in the last minute. It
// returns "" if there is none to be had now.
func (t *tokens) renewed(ctx context.Context, dead string) (string, error) {
	if err := t.lock(ctx); err != nil {
		return "", err
	}
	defer t.unlock()
	if token := t.client.cache.token(t.key); token != "" && token != dead {
		return token, nil
	}
	mine, err := t.client.cache.claim(t.key+":forced", forceEvery)
	if err != nil { // no Redis: bound it for this instance at least
		mine = t.client.now().Sub(t.forced) >= forceEvery
	}
	if !mine {
		return "", nil
	}
	t.forced = t.client.now()
	t.client.cache.drop(t.key, dead)
	return t.fetch(ctx, true)
}

func (t *tokens) fetch(ctx context.Context, force bool) (string, error) {
	const api = "stable_token"
	var res credential.ResAccessToken
	err := t.client.viaLibrary(ctx, api, func(ctx context.Context) error {
		var err error
		res, err = t.handle.GetAccessTokenDirectly(ctx, force)
		if res.ErrCode != 0 {
			return &Error{API: api, Code: res.ErrCode, Message: res.ErrMsg}
		}
		return err
	})
	if err != nil {
		return "", err
	}
	life := time.Duration(res.ExpiresIn)*time.Second - tokenEarly
	if err := t.client.cache.Set(t.key, res.AccessToken, life); err != nil {
		return "", err
	}
	return res.AccessToken, nil
}

func (t *tokens) lock(ctx context.Context) error {
	select {
	case t.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t *tokens) unlock() { <-t.turn }
