package wechat_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/silenceper/wechat/v2/util"

	"hongyun/wechat"
)

var png = append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, 64)...)

func TestNewHTTPClient(t *testing.T) {
	t.Parallel()
	far := newFarSide(t)
	sandbox, err := wechat.NewHTTPClient(wechat.HTTPOptions{SandboxURL: far.URL + "/wire/"})
	must(t, err)
	live, err := wechat.NewHTTPClient(wechat.HTTPOptions{ProxyURL: "http://127.0.0.1:1"})
	must(t, err)

	t.Run("other hosts are refused, with a sandbox and without", func(t *testing.T) {
		for _, address := range []string{"https://example.com/", "http://127.0.0.1:9/", "https://api.weixin.qq.com.evil.cn/",
			"https://api.weixin.qq.com:8443/", "https://weixin.qq.com/", "http://169.254.169.254/latest"} {
			for _, client := range []*http.Client{sandbox, live} {
				if _, err := client.Get(address); !errors.Is(err, wechat.ErrBlockedHost) {
					t.Errorf("%s: %v", address, err)
				}
			}
		}
	})
	t.Run("nothing leaves for WeChat without TLS", func(t *testing.T) {
		if _, err := live.Get("http://api.weixin.qq.com/"); !errors.Is(err, wechat.ErrBlockedHost) {
			t.Fatal(err)
		}
	})
	t.Run("the sandbox gets path, query and the host it was meant for", func(t *testing.T) {
		far.on("/v3/bill", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.URL.RawQuery) })
		res, err := sandbox.Get("https://api.mch.weixin.qq.com/v3/bill?date=2026-07-01")
		must(t, err)
		body, err := io.ReadAll(res.Body)
		must(t, err)
		must(t, res.Body.Close())
		equal(t, string(body), "date=2026-07-01")
		equal(t, far.host, "api.mch.weixin.qq.com")
	})
	t.Run("bad addresses are refused without repeating them", func(t *testing.T) {
		for _, o := range []wechat.HTTPOptions{{SandboxURL: "127.0.0.1:8080"}, {SandboxURL: "ftp://u:hunter2@h/"},
			{ProxyURL: "://hunter2"}} {
			if _, err := wechat.NewHTTPClient(o); err == nil || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%v", err)
			}
		}
	})
	t.Run("the library cannot be used around this package", func(t *testing.T) {
		setup(t)
		if _, err := util.HTTPGetContext(context.Background(), far.URL); err == nil {
			t.Fatal("a request left")
		}
	})
}

func TestMedia(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := setup(t)
	const path = "/cgi-bin/media/get"
	sends := func(kind string, body []byte) {
		b.far.on(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			_, _ = w.Write(body)
		})
	}

	t.Run("the type is found in the bytes, not in the header", func(t *testing.T) {
		sends("text/html", png)
		m, err := b.Media(ctx, oaAppID, "m1")
		must(t, err)
		equal(t, m.MIME, "image/png")
		equal(t, len(m.Body), len(png))
		sends("image/jpeg", []byte("#!AMR\n..."))
		m, err = b.Media(ctx, oaAppID, "m1")
		must(t, err)
		equal(t, m.MIME, "audio/amr")
	})
	t.Run("an error comes as JSON under any type", func(t *testing.T) {
		sends("text/plain", []byte(`{"errcode":40007,"errmsg":"invalid media_id"}`))
		_, err := b.Media(ctx, oaAppID, "m1")
		equal(t, codeOf(t, err), 40007)
	})
	t.Run("a video's address and an empty body are no medium", func(t *testing.T) {
		for _, body := range []string{`{"video_url":"https://x"}`, ""} {
			sends("application/json", []byte(body))
			if _, err := b.Media(ctx, oaAppID, "m1"); err == nil {
				t.Errorf("%q accepted", body)
			}
		}
	})
	t.Run("what is neither a picture nor a voice is no medium", func(t *testing.T) {
		for _, body := range []string{`{"video_url":"https://x"}`, "<html>", "MZ a program", "%PDF-1.7", "#!SILK_V3"} {
			sends("image/png", []byte(body))
			if _, err := b.Media(ctx, oaAppID, "m1"); !errors.Is(err, wechat.ErrNotMedia) {
				t.Errorf("%q: %v", body, err)
			}
		}
		sends("image/png", nil)
		if _, err := b.Media(ctx, oaAppID, "m1"); err == nil || errors.Is(err, wechat.ErrNotMedia) {
			t.Errorf("an empty answer says nothing of the medium: %v", err)
		}
	})
	t.Run("a redirection is not followed", func(t *testing.T) {
		followed := false
		b.far.on("/elsewhere", func(w http.ResponseWriter, _ *http.Request) { followed = true; _, _ = w.Write(png) })
		away := func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "https://mmbiz.qpic.cn/elsewhere")
			w.WriteHeader(http.StatusFound)
		}
		b.far.on(path, away)
		b.far.on("/mmbiz_png/away", away)
		_, byID := b.Media(ctx, oaAppID, "m1")
		_, byAddress := b.Picture(ctx, "http://mmbiz.qpic.cn/mmbiz_png/away")
		if byID == nil || byAddress == nil || followed {
			t.Errorf("%v, %v, followed: %v", byID, byAddress, followed)
		}
	})
	t.Run("more than 10 MiB is too large", func(t *testing.T) {
		sends("image/png", append(bytes.Clone(png), make([]byte, 10<<20)...))
		_, err := b.Media(ctx, oaAppID, "m1")
		if !errors.Is(err, wechat.ErrTooLarge) {
			t.Fatal(err)
		}
	})
}

func TestPicture(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := setup(t)
	b.far.on("/mmbiz_png/0", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(png) })

	m, err := b.Picture(ctx, "http://mmbiz.qpic.cn/mmbiz_png/0?x=1")
	must(t, err)
	equal(t, m.MIME, "image/png")
	for _, address := range []string{"https://api.weixin.qq.com/cgi-bin/media/get", "http://127.0.0.1/", "file:///etc/passwd",
		"http://mmbiz.qpic.cn@127.0.0.1/", "http://a@mmbiz.qpic.cn/", "http://mmbiz.qpic.cn:22/", "::", ""} {
		if _, err := b.Picture(ctx, address); !errors.Is(err, wechat.ErrBlockedHost) {
			t.Errorf("%q: %v", address, err)
		}
	}
	b.far.says("/mmbiz_png/0", "<html><script>")
	if _, err := b.Picture(ctx, "http://mmbiz.qpic.cn/mmbiz_png/0"); !errors.Is(err, wechat.ErrNotMedia) {
		t.Fatal("a page passed for a picture")
	}
}

func TestSecretsNeverShow(t *testing.T) {
	t.Parallel()
	ctx := context.Background()

	b := setup(t)
	must(t, b.redis.Set(tokenKey, "access-secret"))
	must(t, b.redis.Set("gowechat_officialaccount__stable_access_token_"+oaAppID, "access-secret"))
	var shown strings.Builder
	calls := func() {
		_, sessionErr := b.Session(ctx, miniAppID, "code-secret")
		_, phoneErr := b.PhoneNumber(ctx, miniAppID, "code")
		_, followErr := b.Follower(ctx, oaAppID, openID)
		_, mediaErr := b.Media(ctx, oaAppID, "m")
		_, textErr := b.CheckText(ctx, miniAppID, openID, "x")
		sendErr := b.SendSubscribe(ctx, miniAppID, subscribe)
		for _, err := range []error{sessionErr, phoneErr, followErr, mediaErr, textErr, sendErr} {
			if err == nil {
				t.Error("no error to look at")
				continue
			}
			for ; err != nil; err = errors.Unwrap(err) { // what a careless caller may print
				fmt.Fprintf(&shown, "%v\n%+v\n", err, err)
			}
		}
	}
	calls() // 404 everywhere
	for _, path := range []string{"/sns/jscode2session", "/wxa/business/getuserphonenumber", "/cgi-bin/user/info",
		"/cgi-bin/media/get", "/wxa/msg_sec_check", subscribePath} {
		b.far.says(path, `{"errcode":-1,"errmsg":"bad access_token=access-secret&secret=`+secret+` \"js_code\":\"code-secret\""}`)
	}
	calls()       // refused in words that repeat them
	b.far.Close() // connection refused everywhere
	calls()
	for _, hidden := range []string{secret, "access-secret", "code-secret"} {
		if strings.Contains(shown.String(), hidden) {
			t.Errorf("%s shows in %s", hidden, shown.String())
		}
	}

	t.Run("WeChat's own words are redacted", func(t *testing.T) {
		err := &wechat.Error{API: "x", Code: -1, Message: `uri=https://a/?access_token=abc&secret=def {"appsecret":"ghi"} js_code=jkl`}
		for _, hidden := range []string{"abc", "def", "ghi", "jkl"} {
			if strings.Contains(err.Error(), hidden) {
				t.Fatal(err)
			}
		}
	})
	t.Run("an account shows nothing however it is printed", func(t *testing.T) {
		app := wechat.App{AppID: miniAppID, Secret: secret, Token: signToken, AESKey: aesKey, Kind: wechat.KindService}
		var logged bytes.Buffer
		slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", "app", app)
		marshalled, err := json.Marshal(app)
		must(t, err)
		texts := fmt.Sprintf("%v %+v %#v %s %q", app, app, app, app, &app) + logged.String() + string(marshalled)
		for _, hidden := range []string{secret, signToken, aesKey} {
			if strings.Contains(texts, hidden) {
				t.Fatalf("%s shows in %s", hidden, texts)
			}
		}
	})
}
