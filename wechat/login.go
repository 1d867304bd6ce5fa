package wechat

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"

	"github.com/silenceper/wechat/v2/miniprogram/security"
)

// Session is who logged in. WeChat's session key does not leave this package.
type Session struct {
	OpenID  string
	UnionID string // "" unless both accounts are bound to one open-platform account
}

var (
	loginCode = regexp.MustCompile(`^[0-9A-Za-z_.~-]{1,256}$`)
	phone     = regexp.MustCompile(`^1[0-9]{10}$`)
)

// codeInvalid is WeChat's errcode for a code that is wrong, used or too old.
const codeInvalid = 40029

// Session exchanges a mini-program's login code, which works once. A bad code is an *Error with 40029 or 40163.
func (c *Client) Session(ctx context.Context, appid, code string) (Session, error) {
	const api = "jscode2session"
	if !loginCode.MatchString(code) { // the library puts it into the address as it is
		return Session{}, &Error{API: api, Code: codeInvalid, Message: "invalid code"}
	}
	a, err := c.account(ctx, appid)
	if err != nil {
		return Session{}, unsent(api, err)
	}
	var s Session
	err = c.viaLibrary(ctx, api, func(ctx context.Context) error {
		res, err := a.auth.Code2SessionContext(ctx, code)
		if res.ErrCode != 0 {
			return &Error{API: api, Code: res.ErrCode, Message: res.ErrMsg}
		}
		if err == nil && res.OpenID == "" {
			err = errors.New("answer without openid")
		}
		s = Session{OpenID: res.OpenID, UnionID: res.UnionID}
		return err
	})
	if err != nil {
		return Session{}, err
	}
	return s, nil
}

// PhoneNumber exchanges a phone-number code, which works once, for the 11 digits of a mainland number. Another number is
// an *Error with 40029, as the caller can do nothing else with it.
func (c *Client) PhoneNumber(ctx context.Context, appid, code string) (string, error) {
	const api = "getuserphonenumber"
	if code == "" || len(code) > 256 {
		return "", &Error{API: api, Code: codeInvalid, Message: "invalid code"}
	}
	a, err := c.account(ctx, appid)
	if err != nil {
		return "", unsent(api, err)
	}
	var number string
	err = c.withToken(ctx, appid, api, func(ctx context.Context, _ string) error {
		return c.viaLibrary(ctx, api, func(ctx context.Context) error {
			res, err := a.auth.GetPhoneNumberContext(ctx, code)
			if err != nil {
				return err
			}
			if mark := res.PhoneInfo.WaterMark.AppID; mark != "" && mark != appid {
				return errors.New("phone number for another appid")
			}
			if res.PhoneInfo.CountryCode != "86" || !phone.MatchString(res.PhoneInfo.PurePhoneNumber) {
				return &Error{API: api, Code: codeInvalid, Message: "not a mainland mobile number"}
			}
			number = res.PhoneInfo.PurePhoneNumber
			return nil
		})
	})
	return number, err
}

// Follower tells whether somebody follows an official account.
type Follower struct {
	Subscribed bool
	UnionID    string
}

// Follower asks about one openid of the account.
func (c *Client) Follower(ctx context.Context, appid, openid string) (Follower, error) {
	const api = "user/info"
	var out struct {
		Subscribe int    `json:"subscribe"`
		UnionID   string `json:"unionid"`
	}
	err := c.withToken(ctx, appid, api, func(ctx context.Context, token string) error {
		query := url.Values{"access_token": {token}, "openid": {openid}, "lang": {"zh_CN"}}
		raw, _, err := c.do(ctx, api, http.MethodGet, apiURL("/cgi-bin/user/info", query), nil, maxAnswer)
		if err != nil {
			return err
		}
		_, err = decode(api, raw, &out)
		return err
	})
	return Follower{Subscribed: out.Subscribe == 1, UnionID: out.UnionID}, err
}

// Verdict is what WeChat thinks of a text.
type Verdict string

// The verdicts, from harmless to forbidden.
const (
	VerdictPass   Verdict = "pass"
	VerdictReview Verdict = "review" // a person must look
	VerdictRisky  Verdict = "risky"
)

// maxChecked is the longest text of one check, in characters.
const maxChecked = 2500

// CheckText asks about a text (msg_sec_check v2) whose author, an openid of the mini-program, used it within two hours. A
// long text is checked in pieces, and the worst verdict counts. What WeChat does not name clearly is review.
func (c *Client) CheckText(ctx context.Context, appid, openid, text string) (Verdict, error) {
	worst := VerdictPass
	for runes := []rune(text); len(runes) > 0; {
		n := min(len(runes), maxChecked)
		verdict, err := c.checkPiece(ctx, appid, openid, string(runes[:n]))
		if err != nil {
			return "", err
		}
		if verdict == VerdictRisky {
			return VerdictRisky, nil
		}
		if verdict == VerdictReview {
			worst = VerdictReview
		}
		runes = runes[n:]
	}
	return worst, nil
}

func (c *Client) checkPiece(ctx context.Context, appid, openid, text string) (Verdict, error) {
	const api = "msg_sec_check"
	a, err := c.account(ctx, appid)
	if err != nil {
		return "", unsent(api, err)
	}
	verdict := VerdictReview
	err = c.withToken(ctx, appid, api, func(ctx context.Context, _ string) error {
		return c.viaLibrary(ctx, api, func(ctx context.Context) error {
			res, err := a.security.MsgCheckContext(ctx, &security.MsgCheckRequest{
				OpenID: openid, Scene: security.MsgSceneForum, Content: text,
			})
			switch res.Result.Suggest {
			case security.CheckSuggestPass:
				verdict = VerdictPass
			case security.CheckSuggestRisky:
				verdict = VerdictRisky
			}
			return err
		})
	})
	if err != nil {
		return "", err
	}
	return verdict, nil
}
