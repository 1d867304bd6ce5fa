package wechat

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/silenceper/wechat/v2/miniprogram/auth"
	"github.com/silenceper/wechat/v2/miniprogram/config"
	libcontext "github.com/silenceper/wechat/v2/miniprogram/context"
	"github.com/silenceper/wechat/v2/miniprogram/security"
)

// Options are what a Client needs; all but Log are required.
type Options struct {
	// App gives an account's credentials as they are now, or ErrUnknownApp. It is asked at every use and should be cheap.
	App   func(ctx context.Context, appid string) (App, error)
	Redis redis.UniversalClient // keeps the access tokens
	HTTP  *http.Client          // from NewHTTPClient
	Log   *slog.Logger          // what a person must act on; nil = nowhere
	Now   func() time.Time

	// Component gives the credentials of our third-party platform (第三方平台) with the open platform. Nil, or one without
	// an appid: there is none, and what needs it is ErrNoComponent. The functions after it are needed with it.
	Component func(ctx context.Context) (ComponentApp, error)
	// Ticket gives the component_verify_ticket that came last, "" if none has come yet.
	Ticket func(ctx context.Context) (string, error)
	// RefreshToken gives an account's refresh token as it is stored now, "" if the account has not authorised us.
	RefreshToken func(ctx context.Context, appid string) (string, error)
	// SaveRefreshToken stores token in place of old, durably, before it returns. If what is stored is no longer old,
	// somebody has authorised us anew: then it stores nothing, which is no error. token is never empty.
	SaveRefreshToken func(ctx context.Context, appid, old, token string) error
	// Pages is the address under which a browser finds mp.weixin.qq.com; "" = WeChat itself.
	Pages string
}

// Client speaks with WeChat for any number of accounts. It is safe for concurrent use.
type Client struct {
	app   func(ctx context.Context, appid string) (App, error)
	http  *http.Client
	log   *slog.Logger
	now   func() time.Time
	cache *tokenCache
	open  Options // the open platform's part

	mu        sync.Mutex
	accounts  map[string]*account
	component *component
}

// account is one appid with everything built from its credentials. It is never changed, only replaced.
type account struct {
	app      App
	tokens   *tokens
	auth     *auth.Auth
	security *security.Security
}

// New makes a client. The first one also points the library's package-wide HTTP client at this package, for good: from
// then on the library works only when called from here (see adoptLibrary).
func New(o Options) *Client {
	adoptLibrary()
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Client{
		app: o.App, http: o.HTTP, log: log, now: o.Now,
		cache: newTokenCache(o.Redis, o.Now), accounts: map[string]*account{}, open: o,
	}
}

// account returns the one object for appid, rebuilt when its credentials have changed.
func (c *Client) account(ctx context.Context, appid string) (*account, error) {
	app, err := c.credentials(ctx, appid)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if a := c.accounts[appid]; a != nil && a.app == app {
		return a, nil
	}
	tokens, err := c.newTokens(app)
	if err != nil {
		return nil, err
	}
	if a := c.accounts[appid]; a != nil && a.app.Authorization == AuthorizationComponent && app.Authorization == AuthorizationComponent {
		tokens = a.tokens // it depends on nothing that can change, and may be turning the refresh token right now
	}
	// The library's own constructors fill in their parts on first use without a lock; these are whole from the start.
	lib := &libcontext.Context{
		Config:                   &config.Config{AppID: app.AppID, AppSecret: app.Secret, Cache: c.cache, UseStableAK: true},
		AccessTokenContextHandle: carriedToken{},
	}
	a := &account{app: app, tokens: tokens, auth: auth.NewAuth(lib), security: security.NewSecurity(lib)}
	c.accounts[appid] = a
	return a, nil
}

func (c *Client) credentials(ctx context.Context, appid string) (App, error) {
	app, err := c.app(ctx, appid)
	if err != nil {
		return App{}, fmt.Errorf("credentials of %q: %w", appid, err)
	}
	if app.AppID != appid || appid == "" {
		return App{}, fmt.Errorf("credentials of %q: %w", appid, ErrUnknownApp)
	}
	return app, nil
}

// withToken runs call with appid's access token, which the library also finds in the context.
func (c *Client) withToken(ctx context.Context, appid, api string, call func(ctx context.Context, token string) error) error {
	a, err := c.account(ctx, appid)
	if err != nil {
		return unsent(api, err)
	}
	return c.with(ctx, a.tokens, appid, api, call)
}

// with runs call with a token of t. When WeChat says that the token is dead, it is dropped and call runs once more; if the
// next token is dead too, WeChat is made to issue a new one, at most once a minute among all instances, and call runs a
// last time.
func (c *Client) with(ctx context.Context, t *tokens, appid, api string, call func(ctx context.Context, token string) error) error {
	attempt := func(token string) error {
		return call(context.WithValue(ctx, tokenKey{}, token), token)
	}
	token, err := t.token(ctx)
	if err != nil {
		return unsent(api, err)
	}
	err = attempt(token)
	if !isDeadToken(err) {
		return err
	}
	c.cache.drop(t.key, token)
	if token, err = t.token(ctx); err != nil {
		return unsent(api, err)
	}
	if err = attempt(token); !isDeadToken(err) {
		return err
	}
	fresh, renewErr := t.renewed(ctx, token)
	if renewErr != nil {
		return unsent(api, renewErr)
	}
	if fresh == "" {
		return err
	}
	if err = attempt(fresh); isDeadToken(err) {
		c.log.ErrorContext(ctx, "wechat refuses even a new access token", "appid", appid, "api", api, "error", err)
	}
	return err
}

func isDeadToken(err error) bool {
	var refusal *Error
	return errors.As(err, &refusal) && deadToken(refusal.Code)
}
