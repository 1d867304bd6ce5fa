package wechat_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"hongyun/wechat"
)

func codeOf(t *testing.T, err error) int64 {
	t.Helper()
	var refusal *wechat.Error
	if !errors.As(err, &refusal) {
		t.Fatalf("not WeChat's refusal: %v", err)
	}
	return refusal.Code
}

func TestSession(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := setup(t)
	const path = "/sns/jscode2session"

	t.Run("a code gives the openid, and no session key", func(t *testing.T) {
		b.far.on(path, func(w http.ResponseWriter, r *http.Request) {
			equal(t, r.URL.Query().Get("js_code"), "0a1B-_c")
			equal(t, r.URL.Query().Get("secret"), secret)
			_, _ = io.WriteString(w, `{"openid":"o1","unionid":"u1","session_key":"sk"}`)
		})
		s, err := b.Session(ctx, miniAppID, "0a1B-_c")
		must(t, err)
		equal(t, s, wechat.Session{OpenID: "o1", UnionID: "u1"})
	})
	t.Run("a used code is WeChat's refusal", func(t *testing.T) {
		b.far.says(path, `{"errcode":40163,"errmsg":"code been used"}`)
		_, err := b.Session(ctx, miniAppID, "used")
		equal(t, codeOf(t, err), 40163)
	})
	t.Run("a code that would break the address never leaves", func(t *testing.T) {
		before := b.far.count(path)
		for _, code := range []string{"", "a&appid=x", "a b", "a\n", strings.Repeat("a", 257), "码"} {
			_, err := b.Session(ctx, miniAppID, code)
			equal(t, codeOf(t, err), 40029)
		}
		equal(t, b.far.count(path), before)
	})
	t.Run("an answer without openid is an error", func(t *testing.T) {
		b.far.says(path, `{}`)
		if _, err := b.Session(ctx, miniAppID, "code"); err == nil {
			t.Fatal("accepted")
		}
	})
}

func TestPhoneNumber(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const path = "/wxa/business/getuserphonenumber"
	for name, answer := range map[string]string{
		"a foreign number is refused":      `{"errcode":0,"phone_info":{"purePhoneNumber":"98765432","countryCode":"852"}}`,
		"a number of a wrong form is too":  `{"errcode":0,"phone_info":{"purePhoneNumber":"1380000","countryCode":"86"}}`,
		"a code of another kind is WeChat": `{"errcode":40029,"errmsg":"invalid code"}`,
	} {
		t.Run(name, func(t *testing.T) {
			b.far.says(path, answer)
			_, err := b.PhoneNumber(context.Background(), miniAppID, "code")
			equal(t, codeOf(t, err), 40029)
		})
	}
	t.Run("a number for another appid is refused", func(t *testing.T) {
		b.far.says(path, `{"errcode":0,"phone_info":{"purePhoneNumber":"13800000000","countryCode":"86","watermark":{"appid":"wxother"}}}`)
		if _, err := b.PhoneNumber(context.Background(), miniAppID, "code"); err == nil {
			t.Fatal("accepted")
		}
	})
}

func TestFollower(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.far.says("/cgi-bin/user/info", `{"subscribe":1,"openid":"o","unionid":"u"}`)
	f, err := b.Follower(context.Background(), oaAppID, openID)
	must(t, err)
	equal(t, f, wechat.Follower{Subscribed: true, UnionID: "u"})
	b.far.says("/cgi-bin/user/info", `{"errcode":40003,"errmsg":"invalid openid"}`)
	_, err = b.Follower(context.Background(), oaAppID, openID)
	equal(t, codeOf(t, err), 40003)
}

func TestCheckText(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	const path = "/wxa/msg_sec_check"
	b := setup(t)

	for suggest, want := range map[string]wechat.Verdict{"pass": wechat.VerdictPass, "review": wechat.VerdictReview,
		"risky": wechat.VerdictRisky, "new word": wechat.VerdictReview} {
		b.far.says(path, `{"errcode":0,"result":{"suggest":"`+suggest+`","label":100}}`)
		got, err := b.CheckText(ctx, miniAppID, openID, "路灯坏了")
		must(t, err)
		equal(t, got, want)
	}
	equal(t, b.far.body(t, path)["version"].(float64), 2)

	t.Run("the worst piece of a long text counts", func(t *testing.T) {
		b.far.on(path, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			suggest := "pass"
			if strings.Contains(string(body), "坏") {
				suggest = "risky"
			}
			_, _ = io.WriteString(w, `{"errcode":0,"result":{"suggest":"`+suggest+`"}}`)
		})
		got, err := b.CheckText(ctx, miniAppID, openID, strings.Repeat("好", 2500)+"坏")
		must(t, err)
		equal(t, got, wechat.VerdictRisky)
	})
	t.Run("a refusal is typed", func(t *testing.T) {
		b.far.says(path, `{"errcode":61010,"errmsg":"code is expired"}`)
		_, err := b.CheckText(ctx, miniAppID, openID, "文")
		equal(t, codeOf(t, err), 61010)
	})
}
