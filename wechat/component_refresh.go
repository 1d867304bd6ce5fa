package wechat

import (
	"context"
	"fmt"
	"time"
)

const (
	// refreshTime bounds one turn of a refresh token, which goes on when its caller has gone.
	refreshTime = 25 * time.Second
	// refusedFor is how long a refresh token that WeChat has refused is not tried again, so that not every message of an
	// account that has left asks WeChat.
	refusedFor = time.Minute
)

// refresher gets the access tokens of one account that has authorised us. WeChat may hand out a new refresh token with
// each, and the old one is dead then: a new one that is lost means that the unit has to authorise us again. So one at a
// time asks, nobody's impatience ends it, and the new refresh token is stored before the access token is used.
//
// The library's own way takes an error for an empty token and stores that.
type refresher struct {
	client *Client
	appid  string

	// Under the turn of its tokens.
	unsaved   turned // what could not be stored the last time
	refused   string // the refresh token that WeChat refused last
	refusedAt time.Time
}

// turned is a refresh token and the one that it takes the place of.
type turned struct{ old, token string }

// authorizerTokens gives out the access token of an account that has authorised us.
func (c *Client) authorizerTokens(appid string) *tokens {
	r := &refresher{client: c, appid: appid}
	t := c.tokensAt(authorizerKey(appid))
	t.alone, t.fetch = true, r.fetch
	return t
}

func authorizerKey(appid string) string { return "hongyun_authorizer_access_token_" + appid }

func (r *refresher) fetch(ctx context.Context, _ bool) (string, time.Duration, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), refreshTime)
	defer cancel()
	if err := r.save(ctx); err != nil {
		return "", 0, err
	}
	old, err := r.stored(ctx)
	if err != nil {
		return "", 0, err
	}
	token, life, err := r.turn(ctx, old)
	if !isCode(err, codeRefreshDead) {
		return token, life, err
	}
	newer, readErr := r.stored(ctx) // another instance may have turned it without Redis to tell us
	if readErr != nil {
		return "", 0, readErr
	}
	if newer != old {
		token, life, err = r.turn(ctx, newer)
	}
	if isCode(err, codeRefreshDead) {
		r.refused, r.refusedAt = newer, r.client.now()
		err = fmt.Errorf("%w: %w", ErrUnauthorized, err)
	}
	return token, life, err
}

// stored reads the refresh token. Without one, or with one that WeChat has just refused, it is ErrUnauthorized.
func (r *refresher) stored(ctx context.Context) (string, error) {
	if r.client.open.RefreshToken == nil {
		return "", ErrNoComponent
	}
	token, err := r.client.open.RefreshToken(ctx, r.appid)
	if err != nil {
		return "", fmt.Errorf("refresh token of %q: %w", r.appid, err)
	}
	if token == "" || token == r.refused && r.client.now().Sub(r.refusedAt) < refusedFor {
		return "", ErrUnauthorized
	}
	return token, nil
}

// turn asks for an access token with the refresh token old and stores the new refresh token, if there is one.
func (r *refresher) turn(ctx context.Context, old string) (string, time.Duration, error) {
	const api = "api_authorizer_token"
	var out struct {
		Token   string `json:"authorizer_access_token"`
		Expires int64  `json:"expires_in"`
		Refresh string `json:"authorizer_refresh_token"`
	}
	err := r.client.postComponent(ctx, api, map[string]string{
		"authorizer_appid": r.appid, "authorizer_refresh_token": old,
	}, &out)
	if err != nil {
		return "", 0, err
	}
	if out.Refresh != "" && out.Refresh != old {
		r.unsaved = turned{old: old, token: out.Refresh}
		if err := r.save(ctx); err != nil {
			return "", 0, err
		}
	}
	if out.Token == "" {
		return "", 0, &callError{api: api, cause: errEmptyToken}
	}
	return out.Token, time.Duration(out.Expires)*time.Second - componentEarly, nil
}

// save stores what is not stored yet. When it fails, the next one who needs a token tries again first.
func (r *refresher) save(ctx context.Context) error {
	if r.unsaved.token == "" {
		return nil
	}
	if r.client.open.SaveRefreshToken == nil {
		return ErrNoComponent
	}
	if err := r.client.open.SaveRefreshToken(ctx, r.appid, r.unsaved.old, r.unsaved.token); err != nil {
		return fmt.Errorf("store the refresh token of %q: %w", r.appid, err)
	}
	r.unsaved = turned{}
	return nil
}
