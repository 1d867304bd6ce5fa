package wechat

import (
	"context"
	"errors"
	"net/url"
	"strings"
)

// officialAccountsOnly is the auth_type that shows no mini-programs on the authorisation page.
const officialAccountsOnly = "1"

// AuthorizationPage makes the address at which the administrator of an account authorises us, by scanning a code with
// WeChat. It works for ten minutes, once. WeChat then sends the browser to redirectURL, an absolute address at the
// domain that is registered for our platform, with state, auth_code and expires_in (s) in the query.
//
// The page must be opened from that same domain: WeChat looks at the Referer.
func (c *Client) AuthorizationPage(ctx context.Context, redirectURL, state string) (string, error) {
	const api = "api_create_preauthcode"
	back, err := httpURL(redirectURL)
	if err != nil {
		return "", &callError{api: api, unsent: true, cause: err}
	}
	query := back.Query()
	query.Set("state", state)
	back.RawQuery = query.Encode()
	var out struct {
		Code string `json:"pre_auth_code"`
	}
	if err := c.postComponent(ctx, api, map[string]string{}, &out); err != nil {
		return "", err
	}
	if out.Code == "" {
		return "", &callError{api: api, cause: errors.New("answer without a code")}
	}
	app, err := c.componentApp(ctx)
	if err != nil {
		return "", err
	}
	pages := c.open.Pages
	if pages == "" {
		pages = "https://mp.weixin.qq.com"
	}
	return strings.TrimSuffix(pages, "/") + "/cgi-bin/componentloginpage?" + url.Values{
		"component_appid": {app.AppID}, "pre_auth_code": {out.Code}, "redirect_uri": {back.String()},
		"auth_type": {officialAccountsOnly},
	}.Encode(), nil
}

// Authorization is what an account has granted us.
type Authorization struct {
	AppID        string
	RefreshToken string  `json:"-"` // to be stored: WeChat does not tell it again
	Functions    []int64 // ids of the granted sets of APIs (权限集)
}

// QueryAuthorization exchanges the code with which the browser or a push comes back, which works once: an *Error with
// 61009 is a wrong code, with 61010 one that is too late or used.
func (c *Client) QueryAuthorization(ctx context.Context, code string) (Authorization, error) {
	const api = "api_query_auth"
	if code == "" || len(code) > 512 {
		return Authorization{}, &Error{API: api, Code: 61009, Message: "invalid code"}
	}
	var out struct {
		Info struct {
			AppID   string      `json:"authorizer_appid"`
			Refresh string      `json:"authorizer_refresh_token"`
			Granted functionSet `json:"func_info"`
		} `json:"authorization_info"`
	}
	if err := c.postComponent(ctx, api, map[string]string{"authorization_code": code}, &out); err != nil {
		return Authorization{}, err
	}
	if out.Info.AppID == "" || out.Info.Refresh == "" {
		return Authorization{}, &callError{api: api, cause: errors.New("answer without appid or refresh token")}
	}
	// The access token in the answer is left alone: nobody has stored the refresh token yet.
	return Authorization{AppID: out.Info.AppID, RefreshToken: out.Info.Refresh, Functions: out.Info.Granted.ids()}, nil
}

// ForgetAuthorization drops the access token of an account that has taken its authorisation back.
func (c *Client) ForgetAuthorization(appid string) error { return c.cache.Delete(authorizerKey(appid)) }

type functionSet []struct {
	Category struct {
		ID int64 `json:"id"`
	} `json:"funcscope_category"`
}

func (s functionSet) ids() []int64 {
	ids := make([]int64, len(s))
	for i, f := range s {
		ids[i] = f.Category.ID
	}
	return ids
}

// AuthorizerInfo is what WeChat says about an account that has authorised us.
type AuthorizerInfo struct {
	Name       string
	OriginalID string // gh_…
	Kind       Kind
	Verified   bool // 已认证; without, there are no customer-service messages and no menu of ours
}

// AuthorizerInfo asks about an account. One that has not authorised us is ErrUnauthorized.
func (c *Client) AuthorizerInfo(ctx context.Context, appid string) (AuthorizerInfo, error) {
	const api = "api_get_authorizer_info"
	type numbered struct {
		ID int `json:"id"`
	}
	var out struct {
		Info struct {
			Name       string         `json:"nick_name"`
			OriginalID string         `json:"user_name"`
			Service    numbered       `json:"service_type_info"` // 0, 1: 订阅号; 2: 服务号
			Verify     *numbered      `json:"verify_type_info"`  // -1: 未认证
			Mini       map[string]any `json:"MiniProgramInfo"`   // of a mini-program alone
		} `json:"authorizer_info"`
	}
	if err := c.postComponent(ctx, api, map[string]string{"authorizer_appid": appid}, &out); err != nil {
		return AuthorizerInfo{}, err
	}
	if out.Info.OriginalID == "" {
		return AuthorizerInfo{}, &callError{api: api, cause: errors.New("answer without original id")}
	}
	info := AuthorizerInfo{Name: printable(out.Info.Name), OriginalID: out.Info.OriginalID, Kind: KindSubscription,
		Verified: out.Info.Verify != nil && out.Info.Verify.ID >= 0}
	if out.Info.Service.ID == 2 {
		info.Kind = KindService
	}
	if out.Info.Mini != nil {
		info.Kind = KindMiniProgram
	}
	return info, nil
}
