package sandbox

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"hongyun/wechat"
)

// newAccount as the account means one that the product does not know yet.
const newAccount = "new"

// consent is what the owner of an account does on the authorisation page.
type consent struct {
	URL       string      `json:"url"`     // of the page, as the product made it
	Person    string      `json:"person"`  // who scans the code
	Account   string      `json:"account"` // appid, or new
	Name      string      `json:"name"`    // of a new one
	Kind      wechat.Kind `json:"kind"`    // of a new one
	Functions []int64     `json:"functions"`
}

// consented is where the browser goes then. Error says what went wrong with the push; the consent itself stands.
type consented struct {
	AppID    string `json:"appid"`
	Redirect string `json:"redirect"`
	AuthCode string `json:"auth_code"`
	Error    string `json:"error,omitempty"`
}

// needComponent: without a platform nothing of it works.
func (s *Sandbox) needComponent() error {
	if s.o.Component.AppID == "" {
		return conflict("component.none", "没有设置第三方平台")
	}
	return nil
}

// sendTicket pushes a component_verify_ticket now.
func (s *Sandbox) sendTicket(*visit) (any, error) {
	if err := s.needComponent(); err != nil {
		return nil, err
	}
	err := s.pushTicket()
	return withError(map[string]any{"ok": err == nil}, err), nil
}

func (s *Sandbox) consentAtDoor(v *visit) (any, error) {
	var in consent
	if err := v.decode(&in); err != nil {
		return nil, err
	}
	return s.consent(v.Context(), in)
}

// consent authorises the platform for an account. The push comes before the answer, with the same code as the redirect:
// whoever uses it second finds it used.
func (s *Sandbox) consent(ctx context.Context, in consent) (consented, error) {
	preAuth, back, err := s.pageOf(in.URL)
	if err != nil {
		return consented{}, err
	}
	account, err := s.ownAccount(ctx, in)
	if err != nil {
		return consented{}, err
	}
	if in.Functions == nil {
		in.Functions = []int64{1, 2, 7, 11, 15}
	}
	now, code := s.o.Now(), "queryauthcode@@@"+randomText(60)
	info := wechat.InfoAuthorized
	journalErr := s.state.update(func(b *batch) {
		pre, found := b.codes[preAuth]
		if !found || pre.Use != usePreAuth || pre.Used || now.Sub(pre.Issued) >= preAuthLife {
			err = conflict("component.pre_auth_code", "授权页面已经用过或超过 10 分钟，请重新打开")
			return
		}
		pre.Used = true
		b.setCode(preAuth, pre)
		if in.Account == newAccount {
			b.setFounded(account)
		}
		g := b.open.grants[account.AppID]
		if g.On {
			info = wechat.InfoUpdateAuthorized
		}
		b.setGrant(account.AppID, grantRecord{On: true, Refresh: g.Refresh, Functions: in.Functions, Since: now})
		b.setCode(code, codeRecord{Use: useAuthorize, Person: account.AppID, Issued: now})
	})
	if err = errors.Join(err, journalErr); err != nil {
		return consented{}, err
	}
	out := consented{AppID: account.AppID, AuthCode: code, Redirect: withQuery(back, code)}
	pushErr := s.tell(s.infoPush(info, infoBody{Authorizer: &cdata{account.AppID}, Code: &cdata{code},
		CodeEnds: now.Add(authCodeLife).Unix(), PreAuth: &cdata{preAuth}}, now))
	if pushErr != nil {
		out.Error = pushErr.Error()
	}
	return out, nil
}

func withQuery(back *url.URL, code string) string {
	query := back.Query()
	query.Set("auth_code", code)
	query.Set("expires_in", strconv.Itoa(int(authCodeLife/time.Second)))
	back.RawQuery = query.Encode()
	return back.String()
}

// pageOf reads the address of the authorisation page.
func (s *Sandbox) pageOf(address string) (preAuth string, back *url.URL, err error) {
	if err := s.needComponent(); err != nil {
		return "", nil, err
	}
	page, err := url.Parse(address)
	if err != nil || !strings.HasSuffix(page.Path, "/cgi-bin/componentloginpage") {
		return "", nil, invalid("component.url", "url 应当是产品给出的授权页面地址")
	}
	query := page.Query()
	if query.Get("component_appid") != s.o.Component.AppID {
		return "", nil, invalid("component.appid", "授权页面属于另一个第三方平台")
	}
	back, err = url.Parse(query.Get("redirect_uri"))
	if err != nil || back.Host == "" || back.Scheme != "http" && back.Scheme != "https" {
		return "", nil, invalid("component.redirect_uri", "授权页面没有完整的回调地址")
	}
	return query.Get("pre_auth_code"), back, nil
}

// ownAccount finds the account that the person may speak for. An account that was made up here belongs to who made it;
// one of the product's to whoever has an office.
func (s *Sandbox) ownAccount(ctx context.Context, in consent) (foundedRecord, error) {
	person, err := s.person(ctx, in.Person)
	if err != nil {
		return foundedRecord{}, err
	}
	if in.Account == newAccount {
		return found(in, person.ID)
	}
	app, err := s.official(ctx, in.Account)
	if err != nil {
		return foundedRecord{}, err
	}
	account := foundedRecord{AppID: app.AppID, OriginalID: originalID(app), Name: app.Name, Kind: app.Kind}
	if own, here := s.founded(app.AppID); here {
		if own.Owner != person.ID {
			return foundedRecord{}, conflict("component.not_owner", "只有公众号的管理员才能授权")
		}
		return account, nil
	}
	if !slices.Contains([]string{"city_admin", "desk", "department_leader", "department_handler"}, person.Role) {
		return foundedRecord{}, conflict("component.not_owner", "只有公众号的管理员才能授权")
	}
	return account, nil
}

// found makes an account up.
func found(in consent, owner string) (foundedRecord, error) {
	r := foundedRecord{Name: strings.TrimSpace(in.Name), Kind: in.Kind, Owner: owner}
	if r.Kind == "" {
		r.Kind = wechat.KindService
	}
	if r.Kind != wechat.KindService && r.Kind != wechat.KindSubscription {
		return r, invalid("component.kind", "kind 应当是 service 或 subscription")
	}
	if r.Name == "" || utf8.RuneCountInString(r.Name) > 30 {
		return r, invalid("component.name", "请填写新公众号的名称，最多 30 字")
	}
	digits := hex.EncodeToString([]byte(randomText(14)))
	r.AppID, r.OriginalID = "wx"+digits[:16], "gh_"+digits[16:28]
	return r, nil
}

// withdraw takes an authorisation back, as the owner of an account does in WeChat's console.
func (s *Sandbox) withdraw(v *visit) (any, error) {
	var in consent
	if err := v.decode(&in); err != nil {
		return nil, err
	}
	if err := s.needComponent(); err != nil {
		return nil, err
	}
	account, err := s.ownAccount(v.Context(), in)
	if err != nil {
		return nil, err
	}
	if _, on := s.grant(account.AppID); !on {
		return nil, conflict("component.not_authorized", "这个公众号没有授权")
	}
	now := s.o.Now()
	err = s.state.update(func(b *batch) {
		g := b.open.grants[account.AppID]
		b.setGrant(account.AppID, grantRecord{Functions: g.Functions, Since: now})
		for token, r := range b.tokens {
			if r.AppID == account.AppID && r.Of == ofGrant && !r.Dead {
				r.Dead = true
				b.setToken(token, r)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	pushErr := s.tell(s.infoPush(wechat.InfoUnauthorized, infoBody{Authorizer: &cdata{account.AppID}}, now))
	return withError(map[string]any{}, pushErr), nil
}

// listGrants are all official accounts here, with what they have granted the platform.
func (s *Sandbox) listGrants(v *visit) (any, error) {
	apps, err := s.o.Apps(v.Context())
	if err != nil {
		return nil, fmt.Errorf("accounts: %w", err)
	}
	type granted struct {
		AppID      string      `json:"appid"`
		Name       string      `json:"name"`
		Kind       wechat.Kind `json:"kind"`
		Owner      string      `json:"owner,omitempty"`
		Authorized bool        `json:"authorized"`
		Functions  []int64     `json:"functions"`
	}
	items := []granted{}
	for _, a := range append(apps, s.unknownTo(apps)...) {
		if a.Kind == wechat.KindMiniProgram {
			continue
		}
		g, on := s.grant(a.AppID)
		own, _ := s.founded(a.AppID)
		items = append(items, granted{a.AppID, a.Name, a.Kind, own.Owner, on, append([]int64{}, g.Functions...)})
	}
	return items, nil
}
