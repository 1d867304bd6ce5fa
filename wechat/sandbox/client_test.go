package sandbox

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/redis/go-redis/v9"

	"hongyun/wechat"
)

// onFiber serves the sandbox as the product does and returns the address of its wire.
func onFiber(t *testing.T, b *bench) string {
	t.Helper()
	app := fiber.New(fiber.Config{DisableStartupMessage: true, Immutable: true})
	app.All("/sandbox/*", adaptor.HTTPHandler(b.s.Handler()))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = app.Listener(listener) }()
	t.Cleanup(func() { _ = app.ShutdownWithTimeout(time.Second); <-done })
	return "http://" + listener.Addr().String() + "/sandbox/wire"
}

func newClient(t *testing.T, b *bench, wire string) *wechat.Client {
	t.Helper()
	server := miniredis.RunT(t)
	db := redis.NewClient(&redis.Options{Addr: server.Addr()})
	t.Cleanup(func() { _ = db.Close() })
	client, err := wechat.NewHTTPClient(wechat.HTTPOptions{SandboxURL: wire, Timeout: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return wechat.New(wechat.Options{App: b.o.App, Redis: db, HTTP: client, Now: b.clock})
}

// TestClient runs the product's own client against the sandbox, mounted in Fiber as in the product.
func TestClient(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	wire := onFiber(t, b)
	c, ctx := newClient(t, b, wire), context.Background()
	me := OpenID(mini, "li")

	t.Run("signs in and reads the phone number", func(t *testing.T) {
		s, err := c.Session(ctx, mini, b.code("li", "code"))
		if err != nil || s.OpenID != me || s.UnionID != UnionID("li") {
			t.Errorf("session %+v %v", s, err)
		}
		if number, err := c.PhoneNumber(ctx, mini, b.code("li", "phone-code")); err != nil || number != "13800000001" {
			t.Errorf("number %s %v", number, err)
		}
	})
	t.Run("sends a subscribe message as long as there is credit", func(t *testing.T) {
		m := wechat.SubscribeMessage{OpenID: me, TemplateID: "T-CARD", Page: "pages/index/index", Data: map[string]string{"thing1": "生日快乐"}}
		if got := wechat.OutcomeOf(c.SendSubscribe(ctx, mini, m)); got != wechat.OutcomeNoCredit {
			t.Errorf("outcome %s", got)
		}
		b.mustDoor("people/li/accept", map[string]any{"template_ids": []string{"T-CARD"}})
		if err := c.SendSubscribe(ctx, mini, m); err != nil {
			t.Error(err)
		}
		m.Data = map[string]string{"thing1": ""}
		if got := wechat.OutcomeOf(c.SendSubscribe(ctx, mini, m)); got != wechat.OutcomeBadData {
			t.Errorf("outcome %s", got)
		}
	})
	t.Run("talks with a citizen", func(t *testing.T) {
		b.product.answers(func(w http.ResponseWriter, o opened) {
			_, _ = io.WriteString(w, reply(t, c, b, o, "已收到"))
		})
		defer b.product.answers(nil)
		if a := b.mustDoor("people/wang/follow", map[string]any{"appid": clinic}); a["reply"] != "已收到" {
			t.Errorf("follow %v", a)
		}
		if a := b.mustDoor("people/wang/say", map[string]any{"appid": clinic, "type": "image"}); a["reply"] != "已收到" {
			t.Errorf("say %v", a)
		}
		fan := OpenID(clinic, "wang")
		if err := c.SendCustomerText(ctx, clinic, fan, "正在办理"); err != nil {
			t.Error(err)
		}
		if f, err := c.Follower(ctx, clinic, fan); err != nil || !f.Subscribed || f.UnionID != UnionID("wang") {
			t.Errorf("follower %+v %v", f, err)
		}
		id, err := c.SendTemplate(ctx, clinic, wechat.TemplateMessage{OpenID: fan, TemplateID: "T-PROGRESS", ClientMsgID: "r-1",
			Data: map[string]string{"thing1": "路灯不亮", "phrase2": "已办结"}, MiniProgramAppID: mini, PagePath: "pages/index/index"})
		if err != nil || id == 0 {
			t.Errorf("template %d %v", id, err)
		}
		body := string(b.product.pushes()[2].body)
		for name, fetch := range map[string]func() (wechat.Media, error){
			"media":   func() (wechat.Media, error) { return c.Media(ctx, clinic, between(body, "<MediaId><![CDATA[", "]]>")) },
			"picture": func() (wechat.Media, error) { return c.Picture(ctx, between(body, "<PicUrl><![CDATA[", "]]>")) },
		} {
			if m, err := fetch(); err != nil || m.MIME != "image/png" {
				t.Errorf("%s: %v %v", name, m.MIME, err)
			}
		}
	})
	t.Run("checks a text", func(t *testing.T) {
		if verdict, err := c.CheckText(ctx, mini, me, "这是违规示例"); err != nil || verdict != wechat.VerdictRisky {
			t.Errorf("verdict %s %v", verdict, err)
		}
	})
	t.Run("gets over a dead token by itself", func(t *testing.T) {
		b.pass(time.Minute)
		b.stable(mini, "mini-secret", true)
		b.mustDoor("people/li/accept", map[string]any{"template_ids": []string{"T-CARD"}})
		m := wechat.SubscribeMessage{OpenID: me, TemplateID: "T-CARD", Data: map[string]string{"thing1": "生日快乐"}}
		if err := c.SendSubscribe(ctx, mini, m); err != nil {
			t.Error(err)
		}
	})
	t.Run("does not know what became of a call whose connection broke", func(t *testing.T) {
		b.mustDoor("people/li/accept", map[string]any{"template_ids": []string{"T-CARD"}})
		m := wechat.SubscribeMessage{OpenID: me, TemplateID: "T-CARD", Data: map[string]string{"thing1": "生日快乐"}}
		b.fault(Fault{API: subscribeSend, Drop: true, Times: 1})
		if err := c.SendSubscribe(ctx, mini, m); wechat.OutcomeOf(err) != wechat.OutcomeUnknown {
			t.Errorf("err %v", err)
		}
		if err := c.SendSubscribe(ctx, mini, m); err != nil {
			t.Errorf("the credit was spent: %v", err)
		}
		b.fault(Fault{API: subscribeSend, Status: 503, Times: 1})
		if err := c.SendSubscribe(ctx, mini, m); wechat.OutcomeOf(err) != wechat.OutcomeRetry {
			t.Errorf("err %v", err)
		}
	})
	t.Run("knows an unknown account", func(t *testing.T) {
		if err := c.SendCustomerText(ctx, "wx9", "o", "x"); !errors.Is(err, wechat.ErrUnknownApp) {
			t.Errorf("err %v", err)
		}
	})
}

// reply opens a push and seals an answer with the product's own code. The push has been opened once before by the
// library's; both must agree.
func reply(t *testing.T, c *wechat.Client, b *bench, o opened, text string) string {
	q := wechat.CallbackQuery{Signature: o.query.Get("signature"), MsgSignature: o.query.Get("msg_signature"),
		Timestamp: o.query.Get("timestamp"), Nonce: o.query.Get("nonce"), EncryptType: o.query.Get("encrypt_type")}
	p, err := c.OpenPush(context.Background(), o.appid, q, o.sealed)
	if err != nil || p.OpenID != OpenID(o.appid, "wang") || string(p.Raw) != string(o.body) || !p.CreatedAt.Equal(b.clock()) {
		t.Errorf("push %+v: %v", p, err)
		return ""
	}
	if p.Event == wechat.EventTemplateDone {
		return "success"
	}
	raw, err := c.SealReply(context.Background(), p, text)
	if err != nil {
		t.Error(err)
	}
	return string(raw)
}

func TestClient_PopupEvent(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	c := newClient(t, b, b.url+"/sandbox/wire")
	var mu sync.Mutex
	var got []wechat.Push
	b.product.answers(func(w http.ResponseWriter, o opened) {
		q := wechat.CallbackQuery{MsgSignature: o.query.Get("msg_signature"), Timestamp: o.query.Get("timestamp"),
			Nonce: o.query.Get("nonce"), EncryptType: o.query.Get("encrypt_type")}
		p, err := c.OpenPush(context.Background(), o.appid, q, o.sealed)
		if err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		got = append(got, p)
	})
	b.mustDoor("people/li/accept", map[string]any{"template_ids": []string{"T-DUES", "T-CARD"}})
	b.mustDoor("people/li/reject-template", map[string]any{"template_id": "T-DUES"})
	if len(got) != 2 || len(got[0].Choices) != 2 || got[0].Choices[1] != (wechat.SubscribeChoice{TemplateID: "T-CARD", Status: "accept", Scene: "0"}) ||
		len(got[1].Choices) != 1 || got[1].Choices[0].Status != "reject" {
		t.Errorf("pushes %+v", got)
	}
}
