package sandbox

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"hongyun/wechat"
)

const (
	componentLife = 2 * time.Hour
	// preAuthLife: older documents say 600 s, newer ones 1800 s.
	preAuthLife  = 10 * time.Minute
	authCodeLife = 10 * time.Minute

	usePreAuth   = "preauth"
	useAuthorize = "authorize" // Person is the appid
)

// componentAPIs are the APIs of the open platform; without a platform there are none.
func (s *Sandbox) componentAPIs() map[string]wireAPI {
	if s.o.Component.AppID == "" {
		return nil
	}
	return map[string]wireAPI{
		"cgi-bin/component/api_component_token":     {http.MethodPost, nil, s.componentToken},
		"cgi-bin/component/api_create_preauthcode":  {http.MethodPost, nil, s.createPreAuthCode},
		"cgi-bin/component/api_query_auth":          {http.MethodPost, nil, s.queryAuth},
		"cgi-bin/component/api_authorizer_token":    {http.MethodPost, nil, s.authorizerToken},
		"cgi-bin/component/api_get_authorizer_info": {http.MethodPost, nil, s.authorizerInfo},
	}
}

// componentIn is the body of any of these calls.
type componentIn struct {
	AppID      string `json:"component_appid"`
	Secret     string `json:"component_appsecret"`
	Ticket     string `json:"component_verify_ticket"`
	Authorizer string `json:"authorizer_appid"`
	Refresh    string `json:"authorizer_refresh_token"`
	Code       string `json:"authorization_code"`
}

// componentToken is POST api_component_token. It takes the newest ticket alone, and a new token ends the one before it.
func (s *Sandbox) componentToken(_ context.Context, c *wireCall) (any, error) {
	var in componentIn
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	own := s.o.Component
	switch {
	case in.AppID != own.AppID:
		return nil, refuse(40013)
	case in.Secret != own.Secret:
		return nil, refuse(40125)
	}
	var err error
	token := tokenPrefix + randomText(tokenLength-len(tokenPrefix))
	journalErr := s.state.update(func(b *batch) {
		switch t := b.open.tickets[own.AppID]; {
		case in.Ticket == "":
			err = refuse(61006)
		case in.Ticket == t.Current || in.Ticket == t.Coming:
			b.killTokens(own.AppID)
			b.setToken(token, tokenRecord{AppID: own.AppID, Of: ofComponent, Issued: c.now, Expires: c.now.Add(componentLife)})
		case in.Ticket == t.Before:
			err = refuse(61005)
		default:
			err = refuse(61006)
		}
	})
	if err = errors.Join(err, journalErr); err != nil {
		return nil, err
	}
	return map[string]any{"component_access_token": token, "expires_in": int(componentLife / time.Second)}, nil
}

// killTokens ends all tokens of an appid at once.
func (b *batch) killTokens(appid string) {
	for token, r := range b.tokens {
		if r.AppID == appid && !r.Dead {
			r.Dead = true
			b.setToken(token, r)
		}
	}
}

// asComponent checks the platform's token, and that the body names the platform.
func (s *Sandbox) asComponent(c *wireCall) (componentIn, error) {
	var in componentIn
	token := c.query.Get("component_access_token")
	if token == "" {
		return in, refuse(41001)
	}
	var rec tokenRecord
	s.state.view(func(st *state) { rec = st.tokens[token] })
	switch {
	case rec.Of != ofComponent || rec.AppID != s.o.Component.AppID || rec.Dead:
		return in, refuse(40001)
	case !c.now.Before(rec.Expires):
		return in, refuse(42001)
	}
	if err := c.decode(&in); err != nil {
		return in, err
	}
	if in.AppID != s.o.Component.AppID {
		return in, refuse(40013)
	}
	return in, nil
}

// createPreAuthCode is POST api_create_preauthcode.
func (s *Sandbox) createPreAuthCode(_ context.Context, c *wireCall) (any, error) {
	if _, err := s.asComponent(c); err != nil {
		return nil, err
	}
	code := "preauthcode@@@" + randomText(64)
	err := s.state.update(func(b *batch) { b.setCode(code, codeRecord{Use: usePreAuth, Issued: c.now}) })
	return map[string]any{"pre_auth_code": code, "expires_in": int(preAuthLife / time.Second)}, err
}

// queryAuth is POST api_query_auth: a code works once. 61009 is an unknown code, 61010 one that is used or too late.
func (s *Sandbox) queryAuth(_ context.Context, c *wireCall) (any, error) {
	in, err := s.asComponent(c)
	if err != nil {
		return nil, err
	}
	var info map[string]any
	journalErr := s.state.update(func(b *batch) {
		code, found := b.codes[in.Code]
		switch {
		case !found || code.Use != useAuthorize:
			err = &refusal{61009, "code is invalid"}
			return
		case code.Used || c.now.Sub(code.Issued) >= authCodeLife:
			err = &refusal{61010, "code is expired"}
			return
		}
		if !b.open.grants[code.Person].On {
			err = refuse(61003)
			return
		}
		code.Used = true
		b.setCode(in.Code, code)
		info = b.turnGrant(code.Person, c.now)
	})
	if err = errors.Join(err, journalErr); err != nil {
		return nil, err
	}
	return map[string]any{"authorization_info": info}, nil
}

// turnGrant makes a new access token and a new refresh token; the old ones are dead at once.
func (b *batch) turnGrant(appid string, now time.Time) map[string]any {
	g := b.open.grants[appid]
	g.Refresh = "refreshtoken@@@" + randomText(43)
	b.setGrant(appid, g)
	for token, r := range b.tokens {
		if r.AppID == appid && r.Of == ofGrant && !r.Dead {
			r.Dead = true
			b.setToken(token, r)
		}
	}
	token := tokenPrefix + randomText(tokenLength-len(tokenPrefix))
	b.setToken(token, tokenRecord{AppID: appid, Of: ofGrant, Issued: now, Expires: now.Add(componentLife)})
	return map[string]any{"authorizer_appid": appid, "authorizer_access_token": token, "authorizer_refresh_token": g.Refresh,
		"expires_in": int(componentLife / time.Second), "func_info": g.funcInfo()}
}

func (g grantRecord) funcInfo() []map[string]any {
	out := make([]map[string]any, len(g.Functions))
	for i, id := range g.Functions {
		out[i] = map[string]any{"funcscope_category": map[string]any{"id": id}}
	}
	return out
}

// authorizerToken is POST api_authorizer_token. Only the newest refresh token works, and it works once.
func (s *Sandbox) authorizerToken(_ context.Context, c *wireCall) (any, error) {
	in, err := s.asComponent(c)
	if err != nil {
		return nil, err
	}
	var info map[string]any
	journalErr := s.state.update(func(b *batch) {
		switch g := b.open.grants[in.Authorizer]; {
		case !g.On:
			err = refuse(61003)
		case in.Refresh == "" || in.Refresh != g.Refresh:
			err = refuse(61023)
		default:
			info = b.turnGrant(in.Authorizer, c.now)
		}
	})
	if err = errors.Join(err, journalErr); err != nil {
		return nil, err
	}
	delete(info, "func_info")
	delete(info, "authorizer_appid")
	return info, nil
}

// authorizerInfo is POST api_get_authorizer_info.
func (s *Sandbox) authorizerInfo(ctx context.Context, c *wireCall) (any, error) {
	in, err := s.asComponent(c)
	if err != nil {
		return nil, err
	}
	g, on := s.grant(in.Authorizer)
	if !on {
		return nil, refuse(61003)
	}
	app, err := s.app(ctx, in.Authorizer, true)
	if errors.Is(err, wechat.ErrUnknownApp) {
		return nil, refuse(40013)
	}
	if err != nil {
		return nil, err
	}
	service := 0
	if app.Kind == wechat.KindService {
		service = 2
	}
	return map[string]any{
		"authorizer_info": map[string]any{
			"nick_name": app.Name, "user_name": originalID(app.App), "principal_name": app.Name, "alias": "",
			"service_type_info": map[string]any{"id": service}, "verify_type_info": map[string]any{"id": 0},
		},
		"authorization_info": map[string]any{"authorizer_appid": app.AppID, "func_info": g.funcInfo()},
	}, nil
}

// mayCall refuses an API that an account has not granted the platform: 61007.
func (s *Sandbox) mayCall(appid, path string) error {
	g, on := s.grant(appid)
	if needs := functionOf(path); on && needs != 0 && !slices.Contains(g.Functions, needs) {
		return refuse(61007)
	}
	return nil
}

// functionOf is the set of APIs (权限集) that a path belongs to; 0: none.
func functionOf(path string) int64 {
	switch path {
	case "cgi-bin/message/custom/send":
		return 1
	case "cgi-bin/user/info":
		return 2
	case "cgi-bin/message/template/send":
		return 7
	case "cgi-bin/media/get":
		return 11
	case "cgi-bin/menu/create", "cgi-bin/menu/get", "cgi-bin/menu/delete":
		return 15
	}
	return 0
}
