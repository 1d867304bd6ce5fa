package sandbox

import (
	"net/http"
	"net/url"
	"testing"
	"time"
)

func (b *bench) session(appid, secret, code string) answer {
	b.t.Helper()
	q := url.Values{"appid": {appid}, "secret": {secret}, "js_code": {code}, "grant_type": {"authorization_code"}}
	_, a := b.send(http.MethodGet, "/sandbox/wire/sns/jscode2session?"+q.Encode(), nil)
	return a
}

func (b *bench) code(person, kind string) string {
	b.t.Helper()
	return b.mustDoor("people/"+person+"/"+kind, map[string]any{})["code"].(string)
}

func TestLogin(t *testing.T) {
	t.Parallel()
	b := newBench(t)

	t.Run("a code gives the openid once", func(t *testing.T) {
		code := b.code("li", "code")
		a := b.session(mini, "mini-secret", code)
		if a["openid"] != OpenID(mini, "li") || a["unionid"] != UnionID("li") || a["session_key"] == "" {
			t.Errorf("session %v", a)
		}
		wantCode(t, b.session(mini, "mini-secret", code), 40163)
	})
	t.Run("a code dies after five minutes, used or not", func(t *testing.T) {
		code := b.code("li", "code")
		b.pass(5 * time.Minute)
		wantCode(t, b.session(mini, "mini-secret", code), 40029)
	})
	t.Run("what is no login code is 40029", func(t *testing.T) {
		wantCode(t, b.session(mini, "mini-secret", "nonsense"), 40029)
		wantCode(t, b.session(mini, "mini-secret", b.code("li", "phone-code")), 40029)
		wantCode(t, b.session(clinic, "clinic-secret", b.code("li", "code")), 40029)
		wantCode(t, b.session(mini, "mini-secret", ""), 41008)
	})
	t.Run("credentials are checked before the code is spent", func(t *testing.T) {
		code := b.code("li", "code")
		wantCode(t, b.session("wx9", "mini-secret", code), 40013)
		wantCode(t, b.session(mini, "wrong", code), 40125)
		_, a := b.send(http.MethodGet, "/sandbox/wire/sns/jscode2session?appid="+mini+"&secret=mini-secret&js_code="+code, nil)
		wantCode(t, a, 40002)
		wantCode(t, b.session(mini, "mini-secret", code), 0)
	})
	t.Run("anybody can sign in, not only the cast", func(t *testing.T) {
		if a := b.session(mini, "mini-secret", b.code("m-123", "code")); a["openid"] != OpenID(mini, "m-123") {
			t.Errorf("session %v", a)
		}
		if status, a := b.door("people/nobody/code", map[string]any{}); status != http.StatusNotFound || a["message"] != "没有这个人" {
			t.Errorf("%d %v", status, a)
		}
	})
	t.Run("there is no unionid without a shared open platform", func(t *testing.T) {
		alone := newBench(t, func(o *Options) { o.OpenPlatform = nil })
		if a := alone.session(mini, "mini-secret", alone.code("li", "code")); a["openid"] == nil || a["unionid"] != nil {
			t.Errorf("session %v", a)
		}
	})
	t.Run("a phone code gives the number once", func(t *testing.T) {
		code := map[string]string{"code": b.code("zhao", "phone-code")}
		a := b.wire(mini, "wxa/business/getuserphonenumber", code)
		info, _ := a["phone_info"].(map[string]any)
		if info["purePhoneNumber"] != "13800000003" || info["countryCode"] != "86" {
			t.Errorf("phone %v", a)
		}
		wantCode(t, b.wire(mini, "wxa/business/getuserphonenumber", code), 40029)
		wantCode(t, b.wire(mini, "wxa/business/getuserphonenumber", map[string]string{"code": b.code("zhao", "code")}), 40029)
		wantCode(t, b.wire(clinic, "wxa/business/getuserphonenumber", code), 48001)
	})
}
