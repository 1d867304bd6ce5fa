package sandbox

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestUserInfo(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	path := "cgi-bin/user/info?lang=zh_CN&openid="
	if a := b.wire(clinic, path+OpenID(clinic, "wang"), nil); a["subscribe"] != 0.0 || a["unionid"] != nil {
		t.Errorf("before the follow %v", a)
	}
	b.mustDoor("people/wang/follow", map[string]any{"appid": clinic})
	b.mustDoor("people/wang/follow", map[string]any{"appid": weather})
	if a := b.wire(clinic, path+OpenID(clinic, "wang"), nil); a["subscribe"] != 1.0 || a["unionid"] != UnionID("wang") {
		t.Errorf("follower %v", a)
	}
	if a := b.wire(weather, path+OpenID(weather, "wang"), nil); a["subscribe"] != 1.0 || a["unionid"] != nil {
		t.Errorf("outside the open platform %v", a)
	}
	wantCode(t, b.wire(clinic, path+OpenID(weather, "wang"), nil), 40003)
	wantCode(t, b.wire(mini, path+OpenID(mini, "wang"), nil), 48001)
}

// mediaID is in the last push.
func (b *bench) lastPush() opened {
	b.t.Helper()
	got := b.product.pushes()
	if len(got) == 0 {
		b.t.Fatal("no push")
	}
	return got[len(got)-1]
}

func between(text, from, to string) string {
	_, rest, _ := strings.Cut(text, from)
	inside, _, _ := strings.Cut(rest, to)
	return inside
}

func TestMedia(t *testing.T) {
	t.Parallel()
	get := func(b *bench, appid, id string) (int, []byte, http.Header) {
		q := url.Values{"access_token": {b.token(appid)}, "media_id": {id}}
		return b.raw(http.MethodGet, "/sandbox/wire/cgi-bin/media/get?"+q.Encode(), nil)
	}
	code := func(b *bench, appid, id string) answer {
		return b.wire(appid, "cgi-bin/media/get?media_id="+id, nil)
	}

	t.Run("a picture can be fetched for three days, and only by its account", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.mustDoor("people/wang/follow", map[string]any{"appid": clinic})
		mine := []byte("\x89PNG\r\n\x1a\n and so on")
		b.mustDoor("people/wang/say", map[string]any{"appid": clinic, "type": "image", "image_base64": base64.StdEncoding.EncodeToString(mine)})
		body := string(b.lastPush().body)
		id, pic := between(body, "<MediaId><![CDATA[", "]]>"), between(body, "<PicUrl><![CDATA[", "]]>")
		b.pass(3*24*time.Hour - time.Second)
		if _, raw, h := get(b, clinic, id); !bytes.Equal(raw, mine) || h.Get("Content-Type") != "image/png" {
			t.Errorf("got %q %v", raw, h)
		}
		wantCode(t, code(b, weather, id), 40007)
		wantCode(t, code(b, clinic, "nonsense"), 40007)
		b.pass(time.Second)
		wantCode(t, code(b, clinic, id), 40007)

		path, found := strings.CutPrefix(pic, "http://mmbiz.qpic.cn/")
		if !found {
			t.Fatalf("PicUrl %q", pic)
		}
		if _, raw, h := b.raw(http.MethodGet, "/sandbox/wire/"+path, nil); !bytes.Equal(raw, mine) || h.Get("Content-Type") != "image/png" {
			t.Errorf("picture %q %v", raw, h)
		}
		if status, _, _ := b.raw(http.MethodGet, "/sandbox/wire/mmbiz_jpg/other/0", nil); status != http.StatusNotFound {
			t.Errorf("unknown picture: status %d", status)
		}
	})
	t.Run("without a picture a sample is sent, and voices are AMR", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.mustDoor("people/wang/follow", map[string]any{"appid": clinic})
		b.mustDoor("people/wang/say", map[string]any{"appid": clinic, "type": "image"})
		if _, raw, h := get(b, clinic, between(string(b.lastPush().body), "<MediaId><![CDATA[", "]]>")); http.DetectContentType(raw) != "image/png" || len(raw) > 20_000 {
			t.Errorf("sample %d bytes %v", len(raw), h)
		}
		b.mustDoor("people/wang/say", map[string]any{"appid": clinic, "type": "voice"})
		if _, raw, h := get(b, clinic, between(string(b.lastPush().body), "<MediaId><![CDATA[", "]]>")); !bytes.HasPrefix(raw, []byte("#!AMR\n")) || h.Get("Content-Type") != "audio/amr" {
			t.Errorf("voice %v", h)
		}
	})
}

func TestContentCheck(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	check := func(change map[string]any) answer {
		m := map[string]any{"version": 2, "scene": 3, "openid": OpenID(mini, "li"), "content": "路灯不亮"}
		for key, value := range change {
			m[key] = value
		}
		return b.wire(mini, "wxa/msg_sec_check", m)
	}
	wantCode(t, check(nil), 61010)
	b.code("li", "code")
	for content, want := range map[string]string{"路灯不亮": "pass", "这是违规示例": "risky", "这是待审示例": "review"} {
		if a := check(map[string]any{"content": content}); a.code() != 0 || a["result"].(map[string]any)["suggest"] != want {
			t.Errorf("%s: %v", content, a)
		}
	}
	wantCode(t, check(map[string]any{"version": 1}), 40097)
	wantCode(t, check(map[string]any{"scene": 5}), 40129)
	wantCode(t, check(map[string]any{"openid": OpenID(clinic, "li")}), 40003)
	wantCode(t, check(map[string]any{"content": strings.Repeat("长", 2501)}), 45002)

	media := map[string]any{"version": 2, "scene": 3, "openid": OpenID(mini, "li"), "media_type": 2, "media_url": "https://x.cn/sandbox-risky.png"}
	a := b.wire(mini, "wxa/media_check_async", media)
	wantCode(t, a, 0)
	b.pass(2*time.Hour + time.Second)
	wantCode(t, check(nil), 61010)
	_ = b.s.Close()
	if body := string(b.lastPush().body); !strings.Contains(body, `"wxa_media_check"`) || !strings.Contains(body, a["trace_id"].(string)) || !strings.Contains(body, `"risky"`) {
		t.Errorf("push %s", body)
	}
}
