package sandbox

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"hongyun/wechat"
)

func TestStableToken(t *testing.T) {
	t.Parallel()
	const probe = "cgi-bin/user/info?openid=x" // 40003 with a good token

	t.Run("stays the same until five minutes before its end, then two work for five minutes", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		first := b.stable(clinic, "clinic-secret", false)
		if first["expires_in"] != 7200.0 {
			t.Errorf("expires_in %v", first["expires_in"])
		}
		b.pass(time.Hour)
		again := b.stable(clinic, "clinic-secret", false)
		if again["access_token"] != first["access_token"] || again["expires_in"] != 3600.0 {
			t.Errorf("after an hour %v", again)
		}
		b.pass(55*time.Minute + time.Second)
		next := b.stable(clinic, "clinic-secret", false)
		if next["access_token"] == first["access_token"] || next["expires_in"] != 7200.0 {
			t.Errorf("before the end %v", next)
		}
		wantCode(t, b.wireWith(first["access_token"].(string), probe, nil), 40003)
		wantCode(t, b.wireWith(next["access_token"].(string), probe, nil), 40003)
		b.pass(5 * time.Minute)
		wantCode(t, b.wireWith(first["access_token"].(string), probe, nil), 42001)
		wantCode(t, b.wireWith(next["access_token"].(string), probe, nil), 40003)
	})
	t.Run("runs out after two hours", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		token := b.token(clinic)
		b.pass(2 * time.Hour)
		wantCode(t, b.wireWith(token, probe, nil), 42001)
	})
	t.Run("a forced refresh kills the old one, is ignored within 30 s and refused after 20 a day", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		old := b.token(clinic)
		first := b.stable(clinic, "clinic-secret", true)["access_token"]
		if first == old {
			t.Error("not refreshed")
		}
		wantCode(t, b.wireWith(old, probe, nil), 40001)
		b.pass(29 * time.Second)
		if soon := b.stable(clinic, "clinic-secret", true)["access_token"]; soon != first {
			t.Error("refreshed again within 30 s")
		}
		for range 19 {
			b.pass(30 * time.Second)
			wantCode(t, b.stable(clinic, "clinic-secret", true), 0)
		}
		b.pass(30 * time.Second)
		wantCode(t, b.stable(clinic, "clinic-secret", true), 45009)
		wantCode(t, b.stable(clinic, "clinic-secret", false), 0)
		b.pass(24 * time.Hour)
		b.token(clinic)
		wantCode(t, b.stable(clinic, "clinic-secret", true), 0)
	})
	t.Run("what cannot be one, what is unknown and what is missing have their own codes", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		wantCode(t, b.wireWith("", probe, nil), 41001)
		wantCode(t, b.wireWith("nonsense", probe, nil), 40014)
		wantCode(t, b.wireWith("88_"+strings.Repeat("A", 133), probe, nil), 40001)
	})
	t.Run("a new secret ends the tokens of the old one", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		token := b.token(clinic)
		b.change(func(apps []wechat.App) []wechat.App { apps[1].Secret = "new-secret"; return apps })
		b.pass(2 * time.Second) // the sandbox remembers an account for one
		wantCode(t, b.wireWith(token, probe, nil), 40001)
		wantCode(t, b.stable(clinic, "clinic-secret", false), 40125)
		if next := b.token(clinic); next == token {
			t.Error("same token for another secret")
		}
	})
	t.Run("credentials are checked", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		wantCode(t, b.stable("wx9", "x", false), 40013)
		wantCode(t, b.stable(mini, "wrong", false), 40125)
		wantCode(t, b.stable("", "x", false), 41002)
		wantCode(t, b.stable(mini, "", false), 41004)
		_, a := b.send(http.MethodPost, "/sandbox/wire/cgi-bin/stable_token", map[string]string{"appid": mini, "secret": "mini-secret"})
		wantCode(t, a, 40002)
		_, a = b.send(http.MethodPost, "/sandbox/wire/cgi-bin/stable_token", "{")
		wantCode(t, a, 47001)
		_, a = b.send(http.MethodGet, "/sandbox/wire/cgi-bin/stable_token", nil)
		wantCode(t, a, 43002)
	})
	t.Run("the old token API and everything else that is not there is refused", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		for _, path := range []string{"cgi-bin/token?grant_type=client_credential&appid=" + mini + "&secret=mini-secret",
			"cgi-bin/tags/create", "wxa/getwxacodeunlimit", "", "cgi-bin/stable_token/", "mmbiz_jpg/x"} {
			_, a := b.send(http.MethodGet, "/sandbox/wire/"+path, nil)
			wantCode(t, a, 48001)
		}
	})
	t.Run("an account that is added while it runs is known at once", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		wantCode(t, b.stable("wxnew", "s", false), 40013)
		b.change(func(apps []wechat.App) []wechat.App {
			return append(apps, wechat.App{AppID: "wxnew", Secret: "s", Kind: wechat.KindService})
		})
		wantCode(t, b.wire("wxnew", probe, nil), 40003)
	})
}
