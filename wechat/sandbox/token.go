package sandbox

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"sync"
	"time"

	"hongyun/wechat"
)

const (
	tokenLife    = 2 * time.Hour
	tokenEarly   = 5 * time.Minute // a successor is handed out so long before the end, and both work so long
	forcePause   = 30 * time.Second
	forcesPerDay = 20
	tokenPrefix  = "88_"
	tokenLength  = 136
	appCacheLife = time.Second
	chinaOffset  = 8 * time.Hour
)

// cachedApp is an account with the digest of its secret.
type cachedApp struct {
	wechat.App
	secret string
	at     time.Time
}

// appCache spares the product a look-up for each message. Its entries live one second.
type appCache struct {
	mu   sync.Mutex
	apps map[string]cachedApp
}

// app finds an account. It is wechat.ErrUnknownApp for one that the product does not have.
func (s *Sandbox) app(ctx context.Context, appid string, fresh bool) (cachedApp, error) {
	now := s.o.Now()
	if !fresh {
		s.apps.mu.Lock()
		got, ok := s.apps.apps[appid]
		s.apps.mu.Unlock()
		if ok && now.Sub(got.at).Abs() < appCacheLife {
			return got, nil
		}
	}
	a, err := s.o.App(ctx, appid)
	if errors.Is(err, wechat.ErrUnknownApp) {
		if own, found := s.founded(appid); found {
			a, err = own.app(), nil
		}
	}
	if err != nil {
		return cachedApp{}, err
	}
	got := cachedApp{App: a, secret: secretHash(a.Secret), at: now}
	s.apps.mu.Lock()
	defer s.apps.mu.Unlock()
	if s.apps.apps == nil {
		s.apps.apps = map[string]cachedApp{}
	}
	s.apps.apps[appid] = got
	return got, nil
}

func secretHash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:8])
}

// stableToken is POST /cgi-bin/stable_token.
func (s *Sandbox) stableToken(ctx context.Context, c *wireCall) (any, error) {
	var in struct {
		GrantType    string `json:"grant_type"`
		AppID        string `json:"appid"`
		Secret       string `json:"secret"`
		ForceRefresh bool   `json:"force_refresh"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if in.GrantType != "client_credential" {
		return nil, refuse(40002)
	}
	app, err := s.authenticate(ctx, in.AppID, in.Secret)
	if err != nil {
		return nil, err
	}
	if _, on := s.grant(app.AppID); on {
		return nil, refuse(48001) // WeChat: not for accounts that speak through a third-party platform
	}
	token, left, err := s.issueToken(app, in.ForceRefresh, c.now)
	if err != nil {
		return nil, err
	}
	return map[string]any{"access_token": token, "expires_in": int(left / time.Second)}, nil
}

// authenticate checks appid and secret as every API does that takes them.
func (s *Sandbox) authenticate(ctx context.Context, appid, secret string) (cachedApp, error) {
	if appid == "" {
		return cachedApp{}, refuse(41002)
	}
	if secret == "" {
		return cachedApp{}, refuse(41004)
	}
	app, err := s.app(ctx, appid, true)
	if errors.Is(err, wechat.ErrUnknownApp) {
		return cachedApp{}, refuse(40013)
	}
	if err != nil {
		return cachedApp{}, err
	}
	if app.Secret == "" || app.secret != secretHash(secret) {
		return cachedApp{}, refuse(40125)
	}
	return app, nil
}

// issueToken repeats the current token until five minutes before its end, then hands out its successor, and both work
// for these five minutes. A forced refresh kills the old one at once; WeChat ignores it within 30 s of the last and
// refuses it after 20 a day.
func (s *Sandbox) issueToken(app cachedApp, force bool, now time.Time) (token string, left time.Duration, err error) {
	journalErr := s.state.update(func(b *batch) {
		token = b.current[app.AppID]
		cur, ok := b.tokens[token]
		ok = ok && !cur.Dead && cur.Secret == app.secret && now.Before(cur.Expires)
		if ok && force {
			if force, err = b.mayForce(app.AppID, now); err != nil {
				return
			}
		}
		if ok && !force && cur.Expires.Sub(now) > tokenEarly {
			left = cur.Expires.Sub(now)
			return
		}
		b.retire(app, now, force)
		token = tokenPrefix + randomText(tokenLength-len(tokenPrefix))
		b.current[app.AppID] = token
		b.setToken(token, tokenRecord{AppID: app.AppID, Secret: app.secret, Issued: now, Expires: now.Add(tokenLife)})
		left = tokenLife
	})
	return token, left, errors.Join(err, journalErr)
}

// mayForce counts forced refreshes by the day in China.
func (b *batch) mayForce(appid string, now time.Time) (bool, error) {
	f := b.forces[appid]
	if now.Sub(f.At) < forcePause {
		return false, nil
	}
	if day := now.UTC().Add(chinaOffset).Format(time.DateOnly); day != f.Day {
		f.Day, f.Count = day, 0
	}
	if f.Count >= forcesPerDay {
		return false, refuse(45009)
	}
	f.At, f.Count = now, f.Count+1
	b.setForce(appid, f)
	return true, nil
}

// retire kills the account's older tokens if a refresh was forced or the secret has changed. Otherwise they live on to
// their end, which is at most five minutes away.
func (b *batch) retire(app cachedApp, now time.Time, force bool) {
	for token, r := range b.tokens {
		if r.AppID == app.AppID && r.Of == "" && !r.Dead && now.Before(r.Expires) && (force || r.Secret != app.secret) {
			r.Dead = true
			b.setToken(token, r)
		}
	}
}

// caller finds whose token it is: 41001 without one, 40014 for what cannot be one, 40001 for one that is not or no
// longer the account's, 42001 for one that has run out.
func (s *Sandbox) caller(ctx context.Context, token string, now time.Time) (cachedApp, error) {
	if token == "" {
		return cachedApp{}, refuse(41001)
	}
	if len(token) != tokenLength || !strings.HasPrefix(token, tokenPrefix) {
		return cachedApp{}, refuse(40014)
	}
	var rec tokenRecord
	var ok bool
	s.state.view(func(st *state) { rec, ok = st.tokens[token] })
	if !ok || rec.Dead || rec.Of == ofComponent {
		return cachedApp{}, refuse(40001)
	}
	if !now.Before(rec.Expires) {
		return cachedApp{}, refuse(42001)
	}
	app, err := s.app(ctx, rec.AppID, false)
	if errors.Is(err, wechat.ErrUnknownApp) {
		return cachedApp{}, refuse(40013)
	}
	if err != nil {
		return cachedApp{}, err
	}
	if rec.Of == "" && app.secret != rec.Secret {
		return cachedApp{}, refuse(40001)
	}
	return app, nil
}
