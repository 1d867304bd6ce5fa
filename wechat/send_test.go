package wechat_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"hongyun/wechat"
)

const (
	subscribePath = "/cgi-bin/message/subscribe/send"
	templatePath  = "/cgi-bin/message/template/send"
	customPath    = "/cgi-bin/message/custom/send"
)

var subscribe = wechat.SubscribeMessage{OpenID: openID, TemplateID: "tmpl", Page: "pages/dues?id=1",
	Data: map[string]string{"thing1": "<党费>"}}

func TestSend_Wire(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := setup(t)

	t.Run("a subscribe message has WeChat's shape and goes to its host", func(t *testing.T) {
		b.far.says(subscribePath, `{"errcode":0,"errmsg":"ok"}`)
		must(t, b.SendSubscribe(ctx, miniAppID, subscribe))
		body := b.far.body(t, subscribePath)
		equal(t, body["touser"].(string), openID)
		equal(t, body["page"].(string), "pages/dues?id=1")
		equal(t, body["miniprogram_state"].(string), "formal")
		equal(t, body["data"].(map[string]any)["thing1"].(map[string]any)["value"].(string), "<党费>")
		equal(t, b.far.host, "api.weixin.qq.com")
	})
	t.Run("a template message returns its number and leaves out what it has not", func(t *testing.T) {
		b.far.says(templatePath, `{"errcode":0,"errmsg":"ok","msgid":3012345678901234567}`)
		id, err := b.SendTemplate(ctx, oaAppID, wechat.TemplateMessage{OpenID: openID, TemplateID: "t", ClientMsgID: "c1",
			MiniProgramAppID: miniAppID, PagePath: "pages/x", Data: map[string]string{"thing1": "一"}})
		must(t, err)
		equal(t, id, 3012345678901234567)
		body := b.far.body(t, templatePath)
		equal(t, body["client_msg_id"].(string), "c1")
		equal(t, body["miniprogram"].(map[string]any)["appid"].(string), miniAppID)
		if _, ok := body["url"]; ok {
			t.Fatal("empty url sent")
		}
	})
	t.Run("a customer-service text has WeChat's shape", func(t *testing.T) {
		b.far.says(customPath, `{"errcode":0,"errmsg":"ok"}`)
		must(t, b.SendCustomerText(ctx, oaAppID, openID, "您好"))
		equal(t, b.far.body(t, customPath)["text"].(map[string]any)["content"].(string), "您好")
	})
	t.Run("an unknown appid is a matter of settings", func(t *testing.T) {
		err := b.SendSubscribe(ctx, "wxnobody", subscribe)
		if !errors.Is(err, wechat.ErrUnknownApp) {
			t.Fatal(err)
		}
		equal(t, wechat.OutcomeOf(err), wechat.OutcomeConfig)
	})
}

func TestOutcomeOf_Codes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for code, want := range map[int]wechat.Outcome{
		0: wechat.OutcomeSent, 43101: wechat.OutcomeNoCredit, 40003: wechat.OutcomeBadReceiver,
		43004: wechat.OutcomeBadReceiver, 47003: wechat.OutcomeBadData, 40037: wechat.OutcomeBadData,
		41030: wechat.OutcomeBadData, 45009: wechat.OutcomeDailyLimit, 45015: wechat.OutcomeWindowClosed,
		45047: wechat.OutcomeWindowClosed, -1: wechat.OutcomeRetry, 45011: wechat.OutcomeRetry,
		40013: wechat.OutcomeConfig, 40125: wechat.OutcomeConfig, 40164: wechat.OutcomeConfig,
		48001: wechat.OutcomeConfig, 99999: wechat.OutcomeBadData,
	} {
		b.far.says(subscribePath, fmt.Sprintf(`{"errcode":%d,"errmsg":"said so"}`, code))
		err := b.SendSubscribe(context.Background(), miniAppID, subscribe)
		if got := wechat.OutcomeOf(err); got != want {
			t.Errorf("%d: got %s, want %s (%v)", code, got, want, err)
		}
		var refusal *wechat.Error
		if code != 0 && (!errors.As(err, &refusal) || refusal.Code != int64(code) || refusal.API != "subscribe/send") {
			t.Errorf("%d: untyped: %v", code, err)
		}
	}
}

func TestOutcomeOf_Transport(t *testing.T) {
	t.Parallel()
	ctx := context.Background()

	t.Run("silence after the request was written is unknown", func(t *testing.T) {
		t.Parallel()
		far := newFarSide(t)
		hc, err := wechat.NewHTTPClient(wechat.HTTPOptions{SandboxURL: far.URL + "/wire", Timeout: 150 * time.Millisecond})
		must(t, err)
		b := setupWith(t, far, hc)
		must(t, b.redis.Set(tokenKey, "ready"))
		release := make(chan struct{})
		t.Cleanup(func() { close(release) })
		far.on(subscribePath, func(http.ResponseWriter, *http.Request) { <-release })
		equal(t, wechat.OutcomeOf(b.SendSubscribe(ctx, miniAppID, subscribe)), wechat.OutcomeUnknown)
	})
	t.Run("a token API that forbids is a matter of settings, one that is down is not", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		for status, want := range map[int]wechat.Outcome{http.StatusForbidden: wechat.OutcomeConfig,
			http.StatusServiceUnavailable: wechat.OutcomeRetry} {
			b.far.on(tokenPath, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
			equal(t, wechat.OutcomeOf(b.SendSubscribe(ctx, miniAppID, subscribe)), want)
		}
	})
	t.Run("silence of the token API is surely not sent", func(t *testing.T) {
		t.Parallel()
		far := newFarSide(t)
		hc, err := wechat.NewHTTPClient(wechat.HTTPOptions{SandboxURL: far.URL + "/wire", Timeout: 150 * time.Millisecond})
		must(t, err)
		b := setupWith(t, far, hc)
		release := make(chan struct{})
		t.Cleanup(func() { close(release) })
		far.on(tokenPath, func(http.ResponseWriter, *http.Request) { <-release })
		equal(t, wechat.OutcomeOf(b.SendSubscribe(ctx, miniAppID, subscribe)), wechat.OutcomeRetry)
	})

	b := setup(t)
	broken := func(name string, want wechat.Outcome, answer http.HandlerFunc) {
		t.Run(name, func(t *testing.T) {
			b.far.on(subscribePath, answer)
			err := b.SendSubscribe(ctx, miniAppID, subscribe)
			if got := wechat.OutcomeOf(err); got != want {
				t.Fatalf("got %s, want %s: %v", got, want, err)
			}
		})
	}
	broken("a connection closed without an answer is unknown", wechat.OutcomeUnknown,
		func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_ = conn.Close()
			}
		})
	broken("half an answer is unknown", wechat.OutcomeUnknown, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte(`{"errcode"`))
	})
	broken("an answer that is no JSON is unknown", wechat.OutcomeUnknown, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("<html>"))
	})
	broken("an answer without errcode is unknown", wechat.OutcomeUnknown, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"hello":1}`))
	})
	broken("a gateway's 502 is surely not sent", wechat.OutcomeRetry, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadGateway)
	})
	broken("a 403 is a matter of settings", wechat.OutcomeConfig, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
	})
	b.far.says("/elsewhere", `{"errcode":0}`)
	broken("a redirect is not followed", wechat.OutcomeConfig, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://api.weixin.qq.com/elsewhere", http.StatusTemporaryRedirect)
	})

	t.Run("a refused connection is surely not sent", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		addr := l.Addr().String()
		must(t, l.Close())
		hc, err := wechat.NewHTTPClient(wechat.HTTPOptions{SandboxURL: "http://" + addr})
		must(t, err)
		b := setupWith(t, nil, hc)
		must(t, b.redis.Set(tokenKey, "ready"))
		equal(t, wechat.OutcomeOf(b.SendSubscribe(ctx, miniAppID, subscribe)), wechat.OutcomeRetry)
	})
	t.Run("a name that is not found is surely not sent", func(t *testing.T) {
		b := setupWith(t, nil, &http.Client{Transport: &http.Transport{
			DialContext: func(context.Context, string, string) (net.Conn, error) {
				return nil, &net.DNSError{Err: "no such host", Name: "api.weixin.qq.com", IsNotFound: true}
			}}})
		must(t, b.redis.Set(tokenKey, "ready"))
		err := b.SendSubscribe(ctx, miniAppID, subscribe)
		equal(t, wechat.OutcomeOf(err), wechat.OutcomeRetry)
		if strings.Contains(err.Error(), "ready") {
			t.Fatalf("token in %q", err)
		}
	})
	t.Run("credentials that cannot be read are surely not sent", func(t *testing.T) {
		b := setup(t)
		broken := wechat.New(wechat.Options{Now: b.clock.now, HTTP: http.DefaultClient,
			App: func(context.Context, string) (wechat.App, error) { return wechat.App{}, errors.New("database away") }})
		equal(t, wechat.OutcomeOf(broken.SendSubscribe(ctx, miniAppID, subscribe)), wechat.OutcomeRetry)
	})
	t.Run("an error from elsewhere is unknown", func(t *testing.T) {
		equal(t, wechat.OutcomeOf(errors.New("what")), wechat.OutcomeUnknown)
	})
}
