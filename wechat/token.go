package wechat

import (
	"context"
	"crypto/rand"
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
	// fetchLease is how long an instance that died while it fetched keeps the others waiting.
	fetchLease = 30 * time.Second
	// fetchPause is how often an instance looks whether another one has the token.
	fetchPause = 50 * time.Millisecond
)

// tokens gives out one access token: an account's, or our third-party platform's. For accounts with a secret of their own
// only stable tokens are used: other instances, and other programs with the same appid, get the same one instead of
// taking turns killing each other's. Of these the library fetches; what is around it is ours, because its own GetAccessTokenContext hides the errcode in a text and
// lets waiters wait beyond their context.
type tokens struct {
	client *Client
	key    string        // in the cache
	turn   chan struct{} // holds one: the right to fetch
	forced time.Time     // when this instance last forced a refresh; under turn
	// fetch asks WeChat and tells how long the token is to be used. It runs under turn.
	fetch func(ctx context.Context, force bool) (token string, life time.Duration, err error)
	// alone: a second fetch kills what the first has got, so that one instance at a time may ask.
	alone bool
}

func (c *Client) tokensAt(key string) *tokens {
	return &tokens{client: c, key: key, turn: make(chan struct{}, 1)}
}

func (c *Client) newTokens(app App) (*tokens, error) {
	if app.Authorization == AuthorizationComponent {
		return c.authorizerTokens(app.AppID), nil
	}
	prefix := credential.CacheKeyOfficialAccountPrefix
	if app.Kind == KindMiniProgram {
		prefix = credential.CacheKeyMiniProgramPrefix
	}
	handle, ok := credential.NewStableAccessToken(app.AppID, app.Secret, prefix, c.cache).(*credential.StableAccessToken)
	if !ok {
		return nil, errors.New("wechat: library has no stable token")
	}
	key := fmt.Sprintf("%s_stable_access_token_%s", prefix, app.AppID) // the library's own key
	t := c.tokensAt(key)
	t.fetch = func(ctx context.Context, force bool) (string, time.Duration, error) {
		return c.stableToken(ctx, handle, force)
	}
	return t, nil
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
	return t.issue(ctx, "", false)
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
	mine, err := t.client.cache.claim(t.key+":forced", "1", forceEvery)
	if err != nil { // no Redis: bound it for this instance at least
		mine = t.client.now().Sub(t.forced) >= forceEvery
	}
	if !mine {
		return "", nil
	}
	t.forced = t.client.now()
	t.client.cache.drop(t.key, dead)
	return t.issue(ctx, dead, true)
}

// issue fetches a token and keeps it. Another instance's, if it is not the dead one, is as good.
func (t *tokens) issue(ctx context.Context, dead string, force bool) (string, error) {
	if t.alone {
		release, others, err := t.claim(ctx, dead)
		if err != nil || others != "" {
			return others, err
		}
		defer release()
	}
	token, life, err := t.fetch(ctx, force)
	if err != nil {
		return "", err
	}
	if err := t.client.cache.Set(t.key, token, life); err != nil {
		return "", err
	}
	return token, nil
}

// claim waits until no other instance is fetching, or until one has a token. Without Redis it does not wait.
func (t *tokens) claim(ctx context.Context, dead string) (release func(), others string, err error) {
	cache, key, me := t.client.cache, t.key+":fetching", rand.Text()
	for {
		mine, err := cache.claim(key, me, fetchLease)
		if token := cache.token(t.key); token != "" && token != dead {
			cache.drop(key, me)
			return nil, token, nil
		}
		if mine || err != nil {
			return func() { cache.drop(key, me) }, "", nil
		}
		pause := time.NewTimer(fetchPause)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return nil, "", ctx.Err()
		}
	}
}

func (c *Client) stableToken(ctx context.Context, handle *credential.StableAccessToken, force bool) (string, time.Duration, error) {
	const api = "stable_token"
	var res credential.ResAccessToken
	err := c.viaLibrary(ctx, api, func(ctx context.Context) error {
		var err error
		res, err = handle.GetAccessTokenDirectly(ctx, force)
		if res.ErrCode != 0 {
			return &Error{API: api, Code: res.ErrCode, Message: res.ErrMsg}
		}
		return err
	})
	return res.AccessToken, time.Duration(res.ExpiresIn)*time.Second - tokenEarly, err
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
