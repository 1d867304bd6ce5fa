package wechat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"
)

const (
	componentPath = "/cgi-bin/component/"
	// componentEarly is how long before its end a token of the open platform is given up. WeChat asks for ten minutes.
	componentEarly = 10 * time.Minute
)

// ComponentApp is our third-party platform (第三方平台) with the open platform: its credentials, and the keys of every push
// about the accounts that have authorised it. Printed, logged or marshalled it shows no secret.
type ComponentApp struct {
	AppID  string
	Secret string `json:"-"`
	Token  string `json:"-"` // 消息校验 Token
	AESKey string `json:"-"` // 消息加解密 Key, 43 characters
}

// String names the platform without its secrets.
func (a ComponentApp) String() string { return "component(" + a.AppID + ")" }

// GoString keeps secrets out of %#v.
func (a ComponentApp) GoString() string { return a.String() }

// LogValue keeps secrets out of structured logs.
func (a ComponentApp) LogValue() slog.Value { return slog.StringValue(a.String()) }

// component is the platform with its tokens. It is never changed, only replaced.
type component struct {
	app    ComponentApp
	tokens *tokens
}

// componentApp reads the credentials as they are now.
func (c *Client) componentApp(ctx context.Context) (ComponentApp, error) {
	if c.open.Component == nil {
		return ComponentApp{}, ErrNoComponent
	}
	app, err := c.open.Component(ctx)
	if err == nil && app.AppID == "" {
		err = ErrNoComponent
	}
	if err != nil {
		return ComponentApp{}, fmt.Errorf("credentials of the third-party platform: %w", err)
	}
	return app, nil
}

// platform returns the one object for the third-party platform, rebuilt when its credentials have changed.
func (c *Client) platform(ctx context.Context) (*component, error) {
	app, err := c.componentApp(ctx)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.component != nil && c.component.app == app {
		return c.component, nil
	}
	t := c.tokensAt("hongyun_component_access_token_" + app.AppID)
	t.alone = true
	t.fetch = func(ctx context.Context, _ bool) (string, time.Duration, error) { return c.componentToken(ctx, app) }
	c.component = &component{app: app, tokens: t}
	return c.component, nil
}

// componentToken exchanges the newest ticket for a token. If the next ticket has come while it asked, it asks once more.
//
// The library's own way hides the errcode and answers nothing at all, without an error, when its cache fails.
func (c *Client) componentToken(ctx context.Context, app ComponentApp) (string, time.Duration, error) {
	const api = "api_component_token"
	ticket, err := c.ticket(ctx)
	if err != nil {
		return "", 0, err
	}
	token, life, err := c.exchangeTicket(ctx, api, app, ticket)
	if !isCode(err, codeTicketOld, codeTicketWrong) {
		return token, life, err
	}
	newer, readErr := c.ticket(ctx)
	if readErr != nil || newer == ticket {
		return "", 0, err
	}
	return c.exchangeTicket(ctx, api, app, newer)
}

func (c *Client) ticket(ctx context.Context) (string, error) {
	if c.open.Ticket == nil {
		return "", ErrNoComponent
	}
	ticket, err := c.open.Ticket(ctx)
	if err == nil && ticket == "" {
		err = ErrNoTicket
	}
	return ticket, err
}

func (c *Client) exchangeTicket(ctx context.Context, api string, app ComponentApp, ticket string) (string, time.Duration, error) {
	body, err := json.Marshal(map[string]string{
		"component_appid": app.AppID, "component_appsecret": app.Secret, "component_verify_ticket": ticket,
	})
	if err != nil {
		return "", 0, &callError{api: api, unsent: true, cause: err}
	}
	raw, _, err := c.do(ctx, api, http.MethodPost, apiURL(componentPath+api, nil), body, maxAnswer)
	if err != nil {
		return "", 0, err
	}
	var out struct {
		Token   string `json:"component_access_token"`
		Expires int64  `json:"expires_in"`
	}
	if _, err := decode(api, raw, &out); err != nil {
		return "", 0, err
	}
	if out.Token == "" {
		return "", 0, &callError{api: api, cause: errEmptyToken}
	}
	return out.Token, time.Duration(out.Expires)*time.Second - componentEarly, nil
}

// postComponent calls an API of the open platform with in, to which it adds our appid, and reads the answer into out.
// These APIs answer without an errcode when all is well.
func (c *Client) postComponent(ctx context.Context, api string, in map[string]string, out any) error {
	p, err := c.platform(ctx)
	if err != nil {
		return unsent(api, err)
	}
	in["component_appid"] = p.app.AppID
	body, err := json.Marshal(in)
	if err != nil {
		return &callError{api: api, unsent: true, cause: err}
	}
	err = c.with(ctx, p.tokens, p.app.AppID, api, func(ctx context.Context, token string) error {
		address := apiURL(componentPath+api, url.Values{"component_access_token": {token}})
		raw, _, err := c.do(ctx, api, http.MethodPost, address, body, maxAnswer)
		if err != nil {
			return err
		}
		_, err = decode(api, raw, out)
		return err
	})
	if isCode(err, codeNotAuthorized) {
		return fmt.Errorf("%w: %w", ErrUnauthorized, err)
	}
	return err
}

// WeChat's errcodes of the open platform.
const (
	codeNotAuthorized = 61003 // this account has not authorised this platform
	codeTicketOld     = 61005
	codeTicketWrong   = 61006
	codeRefreshDead   = 61023 // the refresh token is not the newest one
)

func isCode(err error, codes ...int64) bool {
	var refusal *Error
	if !errors.As(err, &refusal) {
		return false
	}
	for _, code := range codes {
		if refusal.Code == code {
			return true
		}
	}
	return false
}
