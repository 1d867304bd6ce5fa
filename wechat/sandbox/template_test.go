package sandbox

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

const templateSend = "cgi-bin/message/template/send"

func progress(change map[string]any) map[string]any {
	m := map[string]any{"touser": OpenID(clinic, "wang"), "template_id": "T-PROGRESS",
		"data": map[string]any{"thing1": v("路灯不亮"), "phrase2": v("已办结")}}
	for key, value := range change {
		m[key] = value
	}
	return m
}

func TestTemplate_Send(t *testing.T) {
	t.Parallel()

	t.Run("reaches a follower, and tells the account afterwards", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		wantCode(t, b.wire(clinic, templateSend, progress(nil)), 43004)
		b.mustDoor("people/wang/follow", map[string]any{"appid": clinic})
		a := b.wire(clinic, templateSend, progress(map[string]any{"miniprogram": map[string]string{"appid": mini, "pagepath": "pages/index/index"}}))
		wantCode(t, a, 0)
		if got := b.list("people/wang/messages"); len(got) != 1 || got[0]["channel"] != "template" || got[0]["page"] != "pages/index/index" {
			t.Errorf("messages %v", got)
		}
		_ = b.s.Close() // waits for the push
		got := b.product.pushes()
		if len(got) != 2 || got[1].kind != "oa" || got[1].form != "text/xml" {
			t.Fatalf("pushes %v", got)
		}
		for _, want := range []string{"TEMPLATESENDJOBFINISH", fmt.Sprintf("<MsgID>%.0f</MsgID>", a["msgid"]), "<Status><![CDATA[success]]></Status>"} {
			if !strings.Contains(string(got[1].body), want) {
				t.Errorf("push %s lacks %s", got[1].body, want)
			}
		}
	})
	t.Run("somebody who has left is no follower", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.mustDoor("people/wang/follow", map[string]any{"appid": clinic})
		b.mustDoor("people/wang/unfollow", map[string]any{"appid": clinic})
		wantCode(t, b.wire(clinic, templateSend, progress(nil)), 43004)
	})
	t.Run("refuses as WeChat does", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.mustDoor("people/wang/follow", map[string]any{"appid": clinic})
		b.mustDoor("people/wang/follow", map[string]any{"appid": weather})
		wantCode(t, b.wire(weather, templateSend, progress(map[string]any{"touser": OpenID(weather, "wang")})), 48001)
		wantCode(t, b.wire(mini, templateSend, progress(nil)), 48001)
		for name, c := range map[string]struct {
			change map[string]any
			code   int
		}{
			"the mini-program's openid":    {map[string]any{"touser": OpenID(mini, "wang")}, 40003},
			"the mini-program's template":  {map[string]any{"template_id": "T-DUES"}, 40037},
			"a status that is not Chinese": {map[string]any{"data": map[string]any{"thing1": v("路灯"), "phrase2": v("done")}}, 47003},
			"another mini-program":         {map[string]any{"miniprogram": map[string]string{"appid": "wx9"}}, 40013},
			"a page that is not there":     {map[string]any{"miniprogram": map[string]string{"appid": mini, "pagepath": "pages/none"}}, 40165},
			"a client_msg_id of 33":        {map[string]any{"client_msg_id": strings.Repeat("x", 33)}, 40097},
		} {
			if a := b.wire(clinic, templateSend, progress(c.change)); a.code() != c.code {
				t.Errorf("%s: %v, want %d", name, a, c.code)
			}
		}
		if n := len(b.list("people/wang/messages")); n != 0 {
			t.Errorf("%d messages arrived", n)
		}
	})
	t.Run("the same client_msg_id shows one message in ten minutes", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.mustDoor("people/wang/follow", map[string]any{"appid": clinic})
		b.mustDoor("people/li/follow", map[string]any{"appid": clinic})
		first := b.wire(clinic, templateSend, progress(map[string]any{"client_msg_id": "r-1"}))
		b.pass(9*time.Minute + 59*time.Second)
		again := b.wire(clinic, templateSend, progress(map[string]any{"client_msg_id": "r-1"}))
		if again.code() != 0 || again["msgid"] != first["msgid"] {
			t.Errorf("%v, want %v", again, first)
		}
		wantCode(t, b.wire(clinic, templateSend, progress(map[string]any{"client_msg_id": "r-1", "touser": OpenID(clinic, "li")})), 0)
		if n := len(b.list("people/li/messages")); n != 1 {
			t.Errorf("another follower has %d messages", n)
		}
		b.pass(time.Second)
		if later := b.wire(clinic, templateSend, progress(map[string]any{"client_msg_id": "r-1"})); later["msgid"] == first["msgid"] {
			t.Error("still deduplicated after ten minutes")
		}
		if n := len(b.list("people/wang/messages")); n != 2 {
			t.Errorf("%d messages, want 2", n)
		}
	})
}
