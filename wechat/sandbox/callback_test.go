package sandbox

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/silenceper/wechat/v2/officialaccount/message"
	"github.com/silenceper/wechat/v2/util"
)

// sealReply builds an encrypted reply with the library's primitives alone.
func sealReply(o opened, token, from, to, text string) string {
	plain := fmt.Sprintf("<xml><ToUserName><![CDATA[%s]]></ToUserName><FromUserName><![CDATA[%s]]></FromUserName>"+
		"<CreateTime>1780000000</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[%s]]></Content></xml>", to, from, text)
	sealed, err := util.EncryptMsg([]byte("0123456789abcdef"), []byte(plain), o.appid, aesKey)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("<xml><Encrypt><![CDATA[%s]]></Encrypt><MsgSignature><![CDATA[%s]]></MsgSignature>"+
		"<TimeStamp>1780000000</TimeStamp><Nonce><![CDATA[n]]></Nonce></xml>", sealed, util.Signature(token, "1780000000", "n", string(sealed)))
}

func (b *bench) says(text string) answer {
	b.t.Helper()
	return b.mustDoor("people/wang/say", map[string]any{"appid": clinic, "type": "text", "content": text})
}

func newFollowed(t *testing.T) *bench {
	t.Helper()
	b := newBench(t)
	b.mustDoor("people/wang/follow", map[string]any{"appid": clinic})
	return b
}

func TestCallback_Message(t *testing.T) {
	t.Parallel()

	t.Run("each kind arrives as the library reads it", func(t *testing.T) {
		t.Parallel()
		b := newFollowed(t)
		b.says("路灯]]>不亮 <b>&")
		b.mustDoor("people/wang/say", map[string]any{"appid": clinic, "type": "location", "lat": 29.8635, "lng": 115.9874, "label": "人民广场"})
		b.mustDoor("people/wang/say", map[string]any{"appid": clinic, "type": "voice"})
		b.mustDoor("people/wang/click", map[string]any{"appid": clinic, "key": "MINE"})
		b.mustDoor("people/wang/unfollow", map[string]any{"appid": clinic})
		var got []message.MixMessage
		for _, o := range b.product.pushes() {
			var m message.MixMessage
			if err := xml.Unmarshal(o.body, &m); err != nil {
				t.Fatal(err)
			}
			if string(m.ToUserName) != "gh_clinic" || string(m.FromUserName) != OpenID(clinic, "wang") || m.CreateTime != b.clock().Unix() {
				t.Errorf("head %+v", m.CommonToken)
			}
			if o.kind != "oa" || o.query.Get("openid") != OpenID(clinic, "wang") || o.query.Get("timestamp") != fmt.Sprint(b.clock().Unix()) {
				t.Errorf("query %v", o.query)
			}
			got = append(got, m)
		}
		if len(got) != 6 || got[0].Event != "subscribe" || got[4].Event != "CLICK" || got[4].EventKey != "MINE" || got[5].Event != "unsubscribe" {
			t.Fatalf("got %+v", got)
		}
		if got[1].Content != "路灯]]>不亮 <b>&" || got[1].MsgID == 0 {
			t.Errorf("text %+v", got[1])
		}
		if got[2].LocationX != 29.8635 || got[2].LocationY != 115.9874 || got[2].Label != "人民广场" || got[2].MsgID <= got[1].MsgID {
			t.Errorf("location %+v", got[2])
		}
		if got[3].MediaID == "" || got[3].Format != "amr" {
			t.Errorf("voice %+v", got[3])
		}
	})
	t.Run("the citizen sees the passive reply", func(t *testing.T) {
		t.Parallel()
		b := newFollowed(t)
		b.product.answers(func(w http.ResponseWriter, o opened) {
			_, _ = io.WriteString(w, sealReply(o, "clinic-token", "gh_clinic", OpenID(clinic, "wang"), "已受理，编号 7"))
		})
		if a := b.says("路灯不亮"); a["reply"] != "已受理，编号 7" || a["error"] != nil {
			t.Errorf("answer %v", a)
		}
		chat := b.list("people/wang/chats/" + clinic)
		if len(chat) != 2 || chat[0]["from"] != "me" || chat[0]["content"] != "路灯不亮" || chat[1]["channel"] != "reply" || chat[1]["content"] != "已受理，编号 7" {
			t.Errorf("chat %v", chat)
		}
	})
	t.Run("a reply that WeChat would not show is a failure after three attempts", func(t *testing.T) {
		t.Parallel()
		me := OpenID(clinic, "wang")
		for name, reply := range map[string]func(o opened) string{
			"in plain text":           func(opened) string { return "<xml><Content>你好</Content></xml>" },
			"a bare word":             func(opened) string { return "ok" },
			"signed by somebody else": func(o opened) string { return sealReply(o, "wrong", "gh_clinic", me, "你好") },
			"to somebody else":        func(o opened) string { return sealReply(o, "clinic-token", "gh_clinic", "o123", "你好") },
			"from somebody else":      func(o opened) string { return sealReply(o, "clinic-token", "gh_other", me, "你好") },
			"empty":                   func(o opened) string { return sealReply(o, "clinic-token", "gh_clinic", me, "") },
			"of another account": func(o opened) string {
				o.appid = weather
				return sealReply(o, "clinic-token", "gh_clinic", me, "你好")
			},
		} {
			b := newFollowed(t)
			b.product.answers(func(w http.ResponseWriter, o opened) { _, _ = io.WriteString(w, reply(o)) })
			if a := b.says("路灯不亮"); a["reply"] != "" || a["error"] == nil {
				t.Errorf("%s: %v", name, a)
			}
			if n := len(b.product.pushes()); n != 1+3 {
				t.Errorf("%s: %d pushes, want the follow and 3 attempts", name, n)
			}
			if chat := b.list("people/wang/chats/" + clinic); chat[1]["from"] != "system" || chat[1]["content"] != outOfOrder {
				t.Errorf("%s: chat %v", name, chat)
			}
		}
	})
	t.Run("an attempt that fails is repeated with the same message number", func(t *testing.T) {
		t.Parallel()
		b := newFollowed(t)
		var n atomic.Int32
		b.product.answers(func(w http.ResponseWriter, o opened) {
			if n.Add(1) < 3 {
				http.Error(w, "no", http.StatusInternalServerError)
				return
			}
			_, _ = io.WriteString(w, sealReply(o, "clinic-token", "gh_clinic", OpenID(clinic, "wang"), "收到"))
		})
		if a := b.says("路灯不亮"); a["reply"] != "收到" {
			t.Errorf("answer %v", a)
		}
		got := b.product.pushes()[1:]
		if len(got) != 3 || string(got[0].body) != string(got[2].body) || got[0].query.Get("nonce") == got[2].query.Get("nonce") {
			t.Errorf("attempts %v", got)
		}
	})
	t.Run("a product that is too slow gets three attempts", func(t *testing.T) {
		t.Parallel()
		b := newFollowed(t)
		b.s.pushes.timeout = 300 * time.Millisecond
		stop := make(chan struct{})
		defer close(stop)
		b.product.answers(func(http.ResponseWriter, opened) { <-stop })
		if a := b.says("路灯不亮"); a["reply"] != "" || a["error"] != errTooSlow.Error() {
			t.Errorf("answer %v", a)
		}
		if n := len(b.product.pushes()); n != 4 {
			t.Errorf("%d pushes", n)
		}
	})
	t.Run("a product that is gone is told without the signed address", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, func(o *Options) { o.CallbackURL = "http://127.0.0.1:1" })
		a := b.mustDoor("people/wang/follow", map[string]any{"appid": clinic})
		if text, _ := a["error"].(string); text == "" || strings.Contains(text, "signature") {
			t.Errorf("answer %v", a)
		}
	})
	t.Run("following twice pushes once", func(t *testing.T) {
		t.Parallel()
		b := newFollowed(t)
		b.mustDoor("people/wang/follow", map[string]any{"appid": clinic})
		b.mustDoor("people/wang/unfollow", map[string]any{"appid": clinic})
		b.mustDoor("people/wang/unfollow", map[string]any{"appid": clinic})
		if n := len(b.product.pushes()); n != 2 {
			t.Errorf("%d pushes, want 2", n)
		}
	})
	t.Run("the address is verified by its echo", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		if a := b.mustDoor("accounts/"+clinic+"/verify", map[string]any{}); a["ok"] != true {
			t.Errorf("answer %v", a)
		}
	})
}
