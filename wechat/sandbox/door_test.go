package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"hongyun/wechat"
)

func TestDoor(t *testing.T) {
	t.Parallel()
	b := newBench(t)

	t.Run("shows the cast, and without phone numbers", func(t *testing.T) {
		_, raw, _ := b.raw(http.MethodGet, "/sandbox/api/people", nil)
		if strings.Contains(string(raw), "1380000") {
			t.Errorf("phone number in %s", raw)
		}
		people := b.list("people")
		if len(people) != 3 || people[0]["bound"] != true || people[0]["bind"] != nil {
			t.Errorf("people %v", people)
		}
		if bind := people[2]["bind"].(map[string]any); bind["id_last6"] != "012345" || bind["name"] != "赵敏" {
			t.Errorf("bind %v", bind)
		}
		if p := b.mustDoor("people/m-123", nil); p["name"] != "名册里的人" {
			t.Errorf("outside the cast %v", p)
		}
	})
	t.Run("lists official accounts and who follows them", func(t *testing.T) {
		b.mustDoor("people/wang/follow", map[string]any{"appid": clinic})
		for _, path := range []string{"accounts?person=wang", "people/wang/accounts"} {
			got := b.list(path)
			if len(got) != 2 || got[0]["followed"] != true || got[1]["followed"] != false || got[0]["kind"] != "service" || got[0]["name"] != "县卫健局" {
				t.Errorf("%s: %v", path, got)
			}
		}
		if got := b.list("templates"); len(got) != 4 || got[2]["long_term"] != true {
			t.Errorf("templates %v", got)
		}
	})
	t.Run("refuses in Chinese, with a code", func(t *testing.T) {
		for _, c := range []struct {
			path   string
			body   any
			status int
			code   string
		}{
			{"people/nobody/messages", nil, 404, "person.not_found"},
			{"people/Nobody!/messages", nil, 404, "person.not_found"},
			{"nothing", nil, 404, "door.no_such_path"},
			{"people/wang/say", "{", 400, "request.json"},
			{"people/wang/say", map[string]any{"type": "text", "content": "x"}, 400, "account.missing"},
			{"people/wang/say", map[string]any{"appid": "wx9", "type": "text", "content": "x"}, 404, "account.not_found"},
			{"people/wang/say", map[string]any{"appid": mini, "type": "text", "content": "x"}, 400, "account.mini_program"},
			{"people/wang/say", map[string]any{"appid": weather, "type": "text", "content": "x"}, 409, "account.not_followed"},
			{"people/wang/say", map[string]any{"appid": clinic, "type": "text", "content": " "}, 400, "say.content"},
			{"people/wang/say", map[string]any{"appid": clinic, "type": "video"}, 400, "say.type"},
			{"people/wang/say", map[string]any{"appid": clinic, "type": "location", "lat": 91, "lng": 0}, 400, "say.place"},
			{"people/wang/say", map[string]any{"appid": clinic, "type": "location"}, 400, "say.place"},
			{"people/wang/say", map[string]any{"appid": clinic, "type": "image", "image_base64": "?"}, 400, "say.image"},
			{"people/wang/say", map[string]any{"appid": clinic, "type": "image", "image_base64": "aGVsbG8="}, 400, "say.image_type"},
			{"people/wang/click", map[string]any{"appid": clinic}, 400, "click.key"},
			{"people/wang/pay", map[string]any{"prepay_id": "x"}, 409, "pay.not_available"},
			{"people/wang/reject-template", map[string]any{"template_id": "x"}, 400, "accept.unknown"},
		} {
			status, a := b.door(c.path, c.body)
			message, _ := a["message"].(string)
			if status != c.status || a["code"] != c.code || message == "" || message[0] < 0x80 && !strings.HasPrefix(message, "type") {
				t.Errorf("%s %v: %d %v, want %d %s", c.path, c.body, status, a, c.status, c.code)
			}
		}
	})
	t.Run("says so when an account has no keys for pushes", func(t *testing.T) {
		b.change(func(apps []wechat.App) []wechat.App {
			return append(apps, wechat.App{AppID: "wxbare", Secret: "s", Kind: wechat.KindService, Name: "新号"})
		})
		if status, a := b.door("people/wang/follow", map[string]any{"appid": "wxbare"}); status != http.StatusConflict || a["code"] != "account.no_callback" {
			t.Errorf("%d %v", status, a)
		}
	})
	t.Run("an account that cannot be looked up is the sandbox's failure", func(t *testing.T) {
		broken := newBench(t, func(o *Options) {
			o.App = func(context.Context, string) (wechat.App, error) { return wechat.App{}, errors.New("database away") }
		})
		if status, a := broken.door("people/wang/follow", map[string]any{"appid": clinic}); status != 500 || strings.Contains(fmt.Sprint(a), "database") {
			t.Errorf("%d %v", status, a)
		}
		wantCode(t, broken.stable(clinic, "clinic-secret", false), -1)
	})
}

func TestPage(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for path, kind := range map[string]string{"": "text/html", "?person=li&tab=mini": "text/html", "phone.css": "text/css", "phone.js": "text/javascript"} {
		status, raw, h := b.raw(http.MethodGet, "/sandbox/"+path, nil)
		if status != 200 || !strings.HasPrefix(h.Get("Content-Type"), kind) || h.Get("Content-Security-Policy") == "" {
			t.Errorf("%s: %d %v", path, status, h)
		}
		for _, foreign := range []string{"http://", "https://", "innerHTML"} {
			if strings.Contains(string(raw), foreign) {
				t.Errorf("%s contains %s", path, foreign)
			}
		}
	}
	if status, _, _ := b.raw(http.MethodGet, "/sandbox/other", nil); status != http.StatusNotFound {
		t.Errorf("status %d", status)
	}
}

func TestSeed(t *testing.T) {
	t.Parallel()

	t.Run("puts fifteen thousand people into place, and they last", func(t *testing.T) {
		t.Parallel()
		b := journaled(t)
		grants := make([]Grant, 0, 15_000)
		for i := range 15_000 {
			id := fmt.Sprintf("m-%d", i)
			grants = append(grants, Grant{PersonID: id, AppID: mini, Credits: map[string]int{"T-DUES": 2}}, Grant{PersonID: id, AppID: clinic, Follows: true})
		}
		if err := b.s.Seed(grants); err != nil {
			t.Fatal(err)
		}
		b.open()
		if c := b.mustDoor("people/m-123", nil)["credits"].(map[string]any); c["T-DUES"] != 2.0 {
			t.Errorf("credits %v", c)
		}
		wantCode(t, b.wire(clinic, templateSend, progress(map[string]any{"touser": OpenID(clinic, "m-14999")})), 0)
	})
	t.Run("refuses what can never work", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		if b.s.Seed([]Grant{{PersonID: "TOO-LONG-FOR-AN-ID", AppID: mini}}) == nil || b.s.Seed([]Grant{{PersonID: "li", AppID: mini, Credits: map[string]int{"none": 1}}}) == nil {
			t.Error("accepted")
		}
	})
}
