package handler

import (
	"fmt"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/silenceper/wechat/v2/util"

	"hongyun/wechat"
)

// push is an encrypted push at any time, for any appid, signed with any token.
func (c *town) push(at time.Time, tail, token, key, content string, id int) (url.Values, string) {
	c.t.Helper()
	raw := fmt.Sprintf("<xml><ToUserName>gh_0123456789ab</ToUserName><FromUserName>fan-9</FromUserName><CreateTime>%d</CreateTime><MsgType>text</MsgType><Content>%s</Content><MsgId>%d</MsgId></xml>",
		at.Unix(), content, id)
	text, err := util.EncryptMsg([]byte("0123456789abcdef"), []byte(raw), tail, key)
	c.must(err)
	stamp := fmt.Sprint(at.Unix())
	return url.Values{"timestamp": {stamp}, "nonce": {"n"}, "encrypt_type": {"aes"}, "signature": {util.Signature(token, stamp, "n")},
		"msg_signature": {util.Signature(token, stamp, "n", string(text))}}, "<xml><Encrypt>" + string(text) + "</Encrypt></xml>"
}

// TestCallbacks_Once is invariant I5 over HTTP.
func TestCallbacks_Once(t *testing.T) {
	t.Parallel()
	c := newTown(t)
	const path = "/wechat/oa/" + townAppID
	c.addAccount(201)
	now := c.clock.Now()
	otherKey := strings.Repeat("b", 43)

	t.Run("what is forged, stale, plain or too large is refused and leaves nothing", func(t *testing.T) {
		before := watch(t, c.db)
		for name, f := range map[string]struct {
			at               time.Time
			tail, token, key string
			want             int
		}{
			"another appid in the tail":    {now, "wxffff000000000009", townToken, townKey, 403},
			"another token":                {now, townAppID, "AnotherToken", townKey, 403},
			"another key":                  {now, townAppID, townToken, otherKey, 403},
			"eleven minutes old":           {now.Add(-11 * time.Minute), townAppID, townToken, townKey, 403},
			"eleven minutes in the future": {now.Add(11 * time.Minute), townAppID, townToken, townKey, 403},
			"the time of another universe": {time.Unix(1<<40, 0), townAppID, townToken, townKey, 403},
		} {
			q, body := c.push(f.at, f.tail, f.token, f.key, "路灯坏了很久了", 50)
			if status, _, answer := c.wechat("POST", path, q, body); status != f.want || strings.Contains(answer, "Encrypt") {
				t.Errorf("%s: %d %q, want %d", name, status, answer, f.want)
			}
		}
		q, body := c.push(now, townAppID, townToken, townKey, "路灯坏了很久了", 50)
		for name, change := range map[string]func(url.Values){
			"no signature":     func(q url.Values) { q.Del("msg_signature") },
			"another nonce":    func(q url.Values) { q.Set("nonce", "m") },
			"another time":     func(q url.Values) { q.Set("timestamp", fmt.Sprint(now.Unix()+1)) },
			"a time of words":  func(q url.Values) { q.Set("timestamp", "now") },
			"plain text":       func(q url.Values) { q.Set("encrypt_type", "raw") },
			"a half signature": func(q url.Values) { q.Set("msg_signature", q.Get("msg_signature")[:20]) },
		} {
			changed := url.Values{}
			for k, v := range q {
				changed[k] = v
			}
			change(changed)
			if status, _, answer := c.wechat("POST", path, changed, body); status != 403 {
				t.Errorf("%s: %d %q", name, status, answer)
			}
		}
		plain := "<xml><ToUserName>gh_0123456789ab</ToUserName><FromUserName>fan-9</FromUserName><MsgType>text</MsgType><Content>明文</Content><MsgId>51</MsgId></xml>"
		for what, envelope := range map[string]string{"plain": plain, "plain beside sealed": strings.Replace(body, "<xml>", "<xml><FromUserName>fan-8</FromUserName>", 1) + plain} {
			if status, _, answer := c.wechat("POST", path, url.Values{"timestamp": q["timestamp"], "nonce": q["nonce"], "signature": q["signature"]}, envelope); status != 403 {
				t.Errorf("%s: %d %q", what, status, answer)
			}
		}
		if status, _, _ := c.wechat("POST", path, q, body+strings.Repeat(" ", wechat.MaxPushBytes)); status != 413 {
			t.Errorf("too large: %d", status)
		}
		if status, _, _ := c.wechat("PUT", path, q, body); status != 405 && status != 404 {
			t.Errorf("PUT: %d", status)
		}
		unchanged(t, c.db, before, "refused pushes")
	})
	t.Run("nine minutes old is taken", func(t *testing.T) {
		q, body := c.push(now.Add(-9*time.Minute), townAppID, townToken, townKey, "水管漏水无人处理", 60)
		if status, _, answer := c.wechat("POST", path, q, body); status != 200 {
			t.Errorf("%d %q", status, answer)
		}
	})
	t.Run("twenty at the same time take effect once", func(t *testing.T) {
		q, body := c.push(now, townAppID, townToken, townKey, "垃圾无人清运", 70)
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				res, err := c.app.Test(httptest.NewRequest("POST", path+"?"+q.Encode(), strings.NewReader(body)), -1)
				if err != nil || res.StatusCode != 200 {
					t.Errorf("%v %v", res, err)
				}
			})
		}
		all.Wait()
		var callbacks, parts int64
		c.must(c.db.Read(t.Context()).Raw("SELECT count(*) FROM callback").Scan(&callbacks).Error)
		c.must(c.db.Read(t.Context()).Raw("SELECT count(*) FROM request_part").Scan(&parts).Error)
		if callbacks != 2 || parts != 2 {
			t.Errorf("%d callbacks, %d parts, want 2 and 2", callbacks, parts)
		}
	})
	for _, secret := range []string{townSecret, townToken, townKey, "路灯", "垃圾", "明文"} {
		if strings.Contains(c.log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}
