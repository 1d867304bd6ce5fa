package wechat_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/silenceper/wechat/v2/util"

	"hongyun/wechat"
)

// sealed makes a callback as WeChat does.
func (b *bundle) sealed(t *testing.T, appid, plain string) (wechat.CallbackQuery, []byte) {
	t.Helper()
	return sealedAt(t, b.clock.now(), appid, plain)
}

func sealedAt(t testing.TB, at time.Time, appid, plain string) (wechat.CallbackQuery, []byte) {
	t.Helper()
	cipher, err := util.EncryptMsg([]byte("0123456789abcdef"), []byte(plain), appid, aesKey)
	if err != nil {
		t.Fatal(err)
	}
	return signedEnvelope(at, string(cipher))
}

func signedEnvelope(at time.Time, cipher string) (wechat.CallbackQuery, []byte) {
	stamp := strconv.FormatInt(at.Unix(), 10)
	q := wechat.CallbackQuery{Timestamp: stamp, Nonce: "n1", EncryptType: "aes",
		Signature: util.Signature(signToken, stamp, "n1"), MsgSignature: util.Signature(signToken, stamp, "n1", cipher)}
	return q, []byte("<xml><ToUserName><![CDATA[" + originalID + "]]></ToUserName><Encrypt><![CDATA[" + cipher + "]]></Encrypt></xml>")
}

func xmlPush(inner string) string {
	return "<xml><ToUserName><![CDATA[" + originalID + "]]></ToUserName><FromUserName><![CDATA[" + openID +
		"]]></FromUserName><CreateTime>1782892800</CreateTime>" + inner + "</xml>"
}

const textPush = `<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[路灯 <坏> 了]]></Content><MsgId>24012345678901234</MsgId>`

func TestVerifyURL(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := setup(t)
	stamp := strconv.FormatInt(b.clock.now().Unix(), 10)
	q := wechat.CallbackQuery{Timestamp: stamp, Nonce: "n", EchoStr: "5 &<echo", Signature: util.Signature(signToken, stamp, "n")}

	echo, err := b.VerifyURL(ctx, oaAppID, q)
	must(t, err)
	equal(t, echo, "5 &<echo")

	forged := q
	forged.Nonce = "m"
	echo, err = b.VerifyURL(ctx, oaAppID, forged)
	if !errors.Is(err, wechat.ErrForged) || echo != "" {
		t.Fatal(err)
	}
	if _, err = b.VerifyURL(ctx, "wxnobody", q); !errors.Is(err, wechat.ErrUnknownApp) {
		t.Fatal(err)
	}
	b.clock.add(11 * time.Minute)
	if _, err = b.VerifyURL(ctx, oaAppID, q); !errors.Is(err, wechat.ErrStale) {
		t.Fatal(err)
	}
	b.change(oaAppID, func(a *wechat.App) { a.Token = "" })
	q.Signature = util.Signature("", stamp, "n")
	if _, err = b.VerifyURL(ctx, oaAppID, q); !errors.Is(err, wechat.ErrForged) {
		t.Fatal("an account without a token signs anything", err)
	}
}

func TestOpenPush_Refuses(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := setup(t)
	q, body := b.sealed(t, oaAppID, xmlPush(textPush))
	_, err := b.OpenPush(ctx, oaAppID, q, body)
	must(t, err)
	plain := []byte(xmlPush(textPush))

	type change func(q *wechat.CallbackQuery, body []byte) []byte
	for _, c := range []struct {
		name string
		want error
		make change
	}{
		{"a wrong msg_signature", wechat.ErrForged, func(q *wechat.CallbackQuery, body []byte) []byte {
			q.MsgSignature = strings.Repeat("0", 40)
			return body
		}},
		{"no msg_signature", wechat.ErrForged, func(q *wechat.CallbackQuery, body []byte) []byte {
			q.MsgSignature = ""
			return body
		}},
		{"a wrong signature", wechat.ErrForged, func(q *wechat.CallbackQuery, body []byte) []byte {
			q.Signature = strings.Repeat("0", 40)
			return body
		}},
		{"a body changed under a right signature", wechat.ErrForged, func(_ *wechat.CallbackQuery, body []byte) []byte {
			return bytes.Replace(body, []byte("<Encrypt><![CDATA["), []byte("<Encrypt><![CDATA[A"), 1)
		}},
		{"a plain body with a right signature", wechat.ErrPlaintext, func(q *wechat.CallbackQuery, _ []byte) []byte {
			q.EncryptType, q.MsgSignature = "", ""
			return plain
		}},
		{"a plain body that says it is encrypted", wechat.ErrPlaintext, func(*wechat.CallbackQuery, []byte) []byte { return plain }},
		{"an encrypted body that says it is plain", wechat.ErrPlaintext, func(q *wechat.CallbackQuery, body []byte) []byte {
			q.EncryptType = "raw"
			return body
		}},
		{"an empty body", wechat.ErrPlaintext, func(*wechat.CallbackQuery, []byte) []byte { return nil }},
		{"more than 64 KB", wechat.ErrTooLarge, func(_ *wechat.CallbackQuery, body []byte) []byte {
			return append(bytes.Clone(body), make([]byte, wechat.MaxPushBytes)...)
		}},
		{"a time 11 minutes ago", wechat.ErrStale, func(q *wechat.CallbackQuery, _ []byte) (body []byte) {
			*q, body = sealedAt(t, b.clock.now().Add(-11*time.Minute), oaAppID, xmlPush(textPush))
			return body
		}},
		{"a time 11 minutes ahead", wechat.ErrStale, func(q *wechat.CallbackQuery, _ []byte) (body []byte) {
			*q, body = sealedAt(t, b.clock.now().Add(11*time.Minute), oaAppID, xmlPush(textPush))
			return body
		}},
		{"another appid at the end of the ciphertext", wechat.ErrForged, func(q *wechat.CallbackQuery, _ []byte) (body []byte) {
			*q, body = b.sealed(t, miniAppID, xmlPush(textPush))
			return body
		}},
		{"another account's address", wechat.ErrForged, func(q *wechat.CallbackQuery, _ []byte) (body []byte) {
			*q, body = b.sealed(t, oaAppID, strings.Replace(xmlPush(textPush), originalID, "gh_other", 1))
			return body
		}},
		{"garbage instead of base64, signed", wechat.ErrForged, func(q *wechat.CallbackQuery, _ []byte) (body []byte) {
			*q, body = signedEnvelope(b.clock.now(), "!!!not base64!!!")
			return body
		}},
		{"half a block, signed", wechat.ErrForged, func(q *wechat.CallbackQuery, _ []byte) (body []byte) {
			*q, body = signedEnvelope(b.clock.now(), "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
			return body
		}},
		{"something else inside", wechat.ErrMalformed, func(q *wechat.CallbackQuery, _ []byte) (body []byte) {
			*q, body = b.sealed(t, oaAppID, "hello")
			return body
		}},
		{"no sender inside", wechat.ErrMalformed, func(q *wechat.CallbackQuery, _ []byte) (body []byte) {
			*q, body = b.sealed(t, oaAppID, "<xml><ToUserName>"+originalID+"</ToUserName><MsgType>text</MsgType></xml>")
			return body
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			q, body := b.sealed(t, oaAppID, xmlPush(textPush))
			body = c.make(&q, body)
			if p, err := b.OpenPush(ctx, oaAppID, q, body); !errors.Is(err, c.want) || !reflect.DeepEqual(p, wechat.Push{}) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
		})
	}
	t.Run("any callback of an unknown appid", func(t *testing.T) {
		if _, err := b.OpenPush(ctx, "wxnobody", q, body); !errors.Is(err, wechat.ErrUnknownApp) {
			t.Fatal(err)
		}
	})
	t.Run("anything for an account without an AES key or a token", func(t *testing.T) {
		b := setup(t)
		b.change(oaAppID, func(a *wechat.App) { a.AESKey = "" })
		if _, err := b.OpenPush(ctx, oaAppID, q, body); !errors.Is(err, wechat.ErrPlaintext) {
			t.Fatal(err)
		}
		b.change(oaAppID, func(a *wechat.App) { a.AESKey, a.Token = "short", signToken })
		if _, err := b.OpenPush(ctx, oaAppID, q, body); !errors.Is(err, wechat.ErrForged) {
			t.Fatal(err)
		}
	})
}

func (b *bundle) open(t *testing.T, plain string) wechat.Push {
	t.Helper()
	q, body := b.sealed(t, oaAppID, plain)
	p, err := b.OpenPush(context.Background(), oaAppID, q, body)
	must(t, err)
	return p
}

func TestOpenPush_Reads(t *testing.T) {
	t.Parallel()
	b := setup(t)

	t.Run("a text", func(t *testing.T) {
		p := b.open(t, xmlPush(textPush))
		equal(t, p.AppID, oaAppID)
		equal(t, p.OpenID, openID)
		equal(t, p.Kind, "text")
		equal(t, p.Content, "路灯 <坏> 了")
		equal(t, p.MsgID, 24012345678901234)
		equal(t, p.Key, "msg:24012345678901234")
		equal(t, p.CreatedAt, time.Date(2026, 7, 1, 8, 0, 0, 0, time.UTC))
		equal(t, string(p.Raw), xmlPush(textPush))
	})
	t.Run("a picture, a voice and a place", func(t *testing.T) {
		p := b.open(t, xmlPush(`<MsgType>image</MsgType><PicUrl>http://mmbiz.qpic.cn/a</PicUrl><MediaId>m1</MediaId><MsgId>1</MsgId>`))
		equal(t, p.PicURL+p.MediaID, "http://mmbiz.qpic.cn/am1")
		p = b.open(t, xmlPush(`<MsgType>location</MsgType><Location_X>23.134521</Location_X><Location_Y>113.358803</Location_Y><Scale>20</Scale><Label>某路 1 号</Label><MsgId>2</MsgId>`))
		equal(t, p.Lat, 23.134521)
		equal(t, p.Lng, 113.358803)
		equal(t, p.Label, "某路 1 号")
		p = b.open(t, xmlPush(`<MsgType>location</MsgType><Location_X>NaN</Location_X><Location_Y>999</Location_Y><MsgId>3</MsgId>`))
		equal(t, p.Lat, 0)
	})
	t.Run("the end of a template message", func(t *testing.T) {
		p := b.open(t, xmlPush(`<MsgType>event</MsgType><Event>TEMPLATESENDJOBFINISH</Event><MsgID>200163836</MsgID><Status>failed:user block</Status>`))
		equal(t, p.TemplateMsgID, 200163836)
		equal(t, p.TemplateStatus, "failed:user block")
		equal(t, p.MsgID, 0)
	})
	t.Run("control characters in JSON do not reach the database", func(t *testing.T) {
		p := b.open(t, `{"ToUserName":"`+originalID+`","FromUserName":"o1","CreateTime":"1782892800","MsgType":"text","Content":"a\u0000b\nc","MsgId":9007199254740993}`)
		equal(t, p.Content, "ab\nc")
		equal(t, p.MsgID, 9007199254740993)
	})
	t.Run("an envelope in JSON", func(t *testing.T) {
		q, body := b.sealed(t, oaAppID, xmlPush(textPush))
		var e struct{ Encrypt string }
		must(t, xml.Unmarshal(body, &e))
		body, err := json.Marshal(map[string]string{"ToUserName": originalID, "Encrypt": e.Encrypt})
		must(t, err)
		_, err = b.OpenPush(context.Background(), oaAppID, q, body)
		must(t, err)
	})
}

func TestOpenPush_Subscriptions(t *testing.T) {
	t.Parallel()
	b := setup(t)
	jsonEvent := func(event, list string) string {
		return `{"ToUserName":"` + originalID + `","FromUserName":"o1","CreateTime":1782892800,"MsgType":"event","Event":"` + event + `","List":` + list + `}`
	}
	two := []wechat.SubscribeChoice{{TemplateID: "t1", Status: "accept", Scene: "2"}, {TemplateID: "t2", Status: "reject", Scene: "2"}}
	for name, c := range map[string]struct {
		plain string
		want  []wechat.SubscribeChoice
	}{
		"several lists in XML": {xmlPush(`<MsgType>event</MsgType><Event>subscribe_msg_popup_event</Event><SubscribeMsgPopupEvent>
			<List><TemplateId>t1</TemplateId><SubscribeStatusString>accept</SubscribeStatusString><PopupScene>2</PopupScene></List>
			<List><TemplateId>t2</TemplateId><SubscribeStatusString>reject</SubscribeStatusString><PopupScene>2</PopupScene></List>
			</SubscribeMsgPopupEvent>`), two},
		"an array in JSON": {jsonEvent("subscribe_msg_popup_event",
			`[{"TemplateId":"t1","SubscribeStatusString":"accept","PopupScene":"2"},{"TemplateId":"t2","SubscribeStatusString":"reject","PopupScene":2}]`), two},
		"an object in JSON": {jsonEvent("subscribe_msg_popup_event",
			`{"TemplateId":"t1","SubscribeStatusString":"accept","PopupScene":"2"}`), two[:1]},
		"a change in JSON": {jsonEvent("subscribe_msg_change_event", `{"TemplateId":"t1","SubscribeStatusString":"reject"}`),
			[]wechat.SubscribeChoice{{TemplateID: "t1", Status: "reject"}}},
		"a change in XML": {xmlPush(`<MsgType>event</MsgType><Event>subscribe_msg_change_event</Event><SubscribeMsgChangeEvent>
			<List><TemplateId>t1</TemplateId><SubscribeStatusString>reject</SubscribeStatusString></List></SubscribeMsgChangeEvent>`),
			[]wechat.SubscribeChoice{{TemplateID: "t1", Status: "reject"}}},
	} {
		t.Run(name, func(t *testing.T) {
			if p := b.open(t, c.plain); !reflect.DeepEqual(p.Choices, c.want) || p.Sent != nil {
				t.Fatalf("got %+v %+v", p.Choices, p.Sent)
			}
		})
	}
	t.Run("what became of a message, in both forms", func(t *testing.T) {
		want := []wechat.SubscribeSent{{TemplateID: "t1", MsgID: 1864323726461255680, ErrorCode: 43101, ErrorStatus: "refuse"}}
		for _, plain := range []string{
			jsonEvent("subscribe_msg_sent_event", `{"TemplateId":"t1","MsgID":"1864323726461255680","ErrorCode":"43101","ErrorStatus":"refuse"}`),
			jsonEvent("subscribe_msg_sent_event", `{"TemplateId":"t1","MsgID":1864323726461255680,"ErrorCode":43101,"ErrorStatus":"refuse"}`),
			xmlPush(`<MsgType>event</MsgType><Event>subscribe_msg_sent_event</Event><SubscribeMsgSentEvent><List><TemplateId>t1</TemplateId>` +
				`<MsgID>1864323726461255680</MsgID><ErrorCode>43101</ErrorCode><ErrorStatus>refuse</ErrorStatus></List></SubscribeMsgSentEvent>`),
		} {
			if p := b.open(t, plain); !reflect.DeepEqual(p.Sent, want) || p.Choices != nil {
				t.Fatalf("got %+v", p.Sent)
			}
		}
	})
}

func TestOpenPush_Key(t *testing.T) {
	t.Parallel()
	b := setup(t)
	event := func(at int, who, event, key string) string {
		return fmt.Sprintf(`<xml><ToUserName>%s</ToUserName><FromUserName>%s</FromUserName><CreateTime>%d</CreateTime><MsgType>event</MsgType><Event>%s</Event><EventKey>%s</EventKey></xml>`,
			originalID, who, at, event, key)
	}
	first := b.open(t, event(1782892800, "o1", "CLICK", "k1"))
	equal(t, b.open(t, event(1782892800, "o1", "CLICK", "k1")).Key, first.Key)
	if len(first.Key) > 40 {
		t.Fatal(first.Key)
	}
	seen := map[string]bool{first.Key: true}
	for _, other := range []string{event(1782892801, "o1", "CLICK", "k1"), event(1782892800, "o2", "CLICK", "k1"),
		event(1782892800, "o1", "VIEW", "k1"), event(1782892800, "o1", "CLICK", "k2")} {
		key := b.open(t, other).Key
		if seen[key] {
			t.Fatalf("two pushes, one key: %s", other)
		}
		seen[key] = true
	}
}

func TestSealReply(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := setup(t)
	p := b.open(t, xmlPush(textPush))

	unseal := func(sealed []byte) (to, from, content string) {
		var e struct {
			Encrypt, MsgSignature, TimeStamp, Nonce string
		}
		must(t, xml.Unmarshal(sealed, &e))
		equal(t, e.MsgSignature, util.Signature(signToken, e.TimeStamp, e.Nonce, e.Encrypt))
		_, plain, err := util.DecryptMsg(oaAppID, e.Encrypt, aesKey)
		must(t, err)
		var r struct{ ToUserName, FromUserName, MsgType, Content string }
		must(t, xml.Unmarshal(plain, &r))
		equal(t, r.MsgType, "text")
		return r.ToUserName, r.FromUserName, r.Content
	}

	sealed, err := b.SealReply(ctx, p, "已受理 ]]> <b>\x00&\n编号 1")
	must(t, err)
	to, from, content := unseal(sealed)
	equal(t, to, openID)
	equal(t, from, originalID)
	equal(t, content, "已受理 ]]> <b>&\n编号 1")

	sealed, err = b.SealReply(ctx, p, strings.Repeat("长", 1000))
	must(t, err)
	if _, _, content = unseal(sealed); len(content) > 2048 || !strings.HasSuffix(content, "长…") {
		t.Fatal(len(content))
	}
	if _, err := b.SealReply(ctx, wechat.Push{AppID: "wxnobody"}, "x"); !errors.Is(err, wechat.ErrUnknownApp) {
		t.Fatal(err)
	}
}

func FuzzOpenPush(f *testing.F) {
	at := time.Date(2026, 7, 1, 8, 0, 0, 0, time.UTC)
	c := wechat.New(wechat.Options{Now: func() time.Time { return at },
		App: func(context.Context, string) (wechat.App, error) {
			return wechat.App{AppID: oaAppID, Token: signToken, AESKey: aesKey, OriginalID: originalID}, nil
		}})
	for _, plain := range []string{xmlPush(textPush), `{"List":[{}],"CreateTime":1}`, "", "<xml><![CDATA[", `{"List":{`} {
		f.Add([]byte(plain), []byte(plain))
	}
	f.Fuzz(func(t *testing.T, envelope, inside []byte) {
		ctx := context.Background()
		q, body := sealedAt(t, at, oaAppID, string(inside))
		if p, err := c.OpenPush(ctx, oaAppID, q, envelope); err == nil {
			t.Fatalf("opened what nobody sealed: %+v", p)
		}
		p, err := c.OpenPush(ctx, oaAppID, q, body)
		if err != nil {
			return
		}
		if p.OpenID == "" && p.Kind == "" || len(p.Key) > 40 || p.ToUser != originalID {
			t.Fatalf("%+v", p)
		}
		again, err := c.OpenPush(ctx, oaAppID, q, body)
		if err != nil || again.Key != p.Key {
			t.Fatal("one push, two keys")
		}
		if _, err := c.SealReply(ctx, p, p.Content); err != nil {
			t.Fatal(err)
		}
	})
}
