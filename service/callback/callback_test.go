package callback_test

import (
	"context"
	"crypto/rand"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/silenceper/wechat/v2/util"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/callback"
	"hongyun/wechat"
)

const (
	clinic = "wx00000000000000bb"
	other  = "wx00000000000000cc"
	aesKey = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
	token  = "clinic-token"
	fan    = "oABCD0123456789abcdefghijklm"
)

// rig is the inbox on one database. A handler for "text" counts in the table sequence, and replies.
type rig struct {
	t      testing.TB
	db     *model.DB
	clock  *modeltest.Clock
	client *wechat.Client
	inbox  *callback.Service
}

func each(t *testing.T, test func(t *testing.T, r *rig)) {
	t.Helper()
	t.Parallel()
	clock := modeltest.At("2026-11-20 09:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-11-20 09:00:00")
		rdb := redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr()})
		t.Cleanup(func() { must(t, rdb.Close()) })
		r := &rig{t: t, db: db, clock: clock}
		r.client = wechat.New(wechat.Options{Redis: rdb, HTTP: &http.Client{}, Now: clock.Now,
			App: func(_ context.Context, appid string) (wechat.App, error) {
				switch appid {
				case clinic, other:
					return wechat.App{AppID: appid, Token: token, AESKey: aesKey, OriginalID: "gh_" + appid, Kind: wechat.KindService}, nil
				}
				return wechat.App{}, wechat.ErrUnknownApp
			}})
		r.inbox = r.service("a")
		r.inbox.On("text", count)
		r.inbox.On("text", func(_ model.Tx, p wechat.Push) (string, error) { return "收到：" + p.Content, nil })
		r.inbox.On("text", func(model.Tx, wechat.Push) (string, error) { return "第二个回复", nil })
		test(t, r)
	})
}

func (r *rig) service(instance string) *callback.Service {
	return callback.New(callback.Options{DB: r.db, WeChat: r.client, Instance: instance})
}

func count(tx model.Tx, _ wechat.Push) (string, error) {
	_, err := model.Exec(tx, `INSERT INTO sequence (name, value) VALUES ('effects', 1)
ON CONFLICT (name) DO UPDATE SET value = sequence.value + 1`)
	return "", err
}

func (r *rig) effects() (n int64) {
	r.t.Helper()
	must(r.t, r.db.Read(context.Background()).Raw("SELECT coalesce(max(value), 0) FROM sequence WHERE name = 'effects'").Scan(&n).Error)
	return n
}

func (r *rig) stored() []model.Callback {
	r.t.Helper()
	var rows []model.Callback
	must(r.t, r.db.Read(context.Background()).Order("id").Find(&rows).Error)
	return rows
}

// text is a message as WeChat writes it.
func (r *rig) text(to, content string, id int) string {
	return fmt.Sprintf(`<xml><ToUserName>gh_%s</ToUserName><FromUserName>%s</FromUserName><CreateTime>%d</CreateTime>
<MsgType>text</MsgType><Content><![CDATA[%s]]></Content><MsgId>%d</MsgId></xml>`, to, fan, r.clock.Now().Unix(), content, id)
}

// seal is WeChat's envelope around a body, for an account and with a token.
func (r *rig) seal(appid, token, body string) (wechat.CallbackQuery, []byte) {
	r.t.Helper()
	random := make([]byte, 16)
	_, err := rand.Read(random)
	must(r.t, err)
	sealed, err := util.EncryptMsg(random, []byte(body), appid, aesKey)
	must(r.t, err)
	stamp, nonce := strconv.FormatInt(r.clock.Now().Unix(), 10), rand.Text()[:8]
	return wechat.CallbackQuery{Signature: util.Signature(token, stamp, nonce), Timestamp: stamp, Nonce: nonce, EncryptType: "aes",
			MsgSignature: util.Signature(token, stamp, nonce, string(sealed))},
		[]byte("<xml><Encrypt>" + string(sealed) + "</Encrypt></xml>")
}

// push gives the inbox a genuine push and returns what the sender reads.
func (r *rig) push(body string) (string, error) {
	r.t.Helper()
	q, sealed := r.seal(clinic, token, body)
	reply, err := r.inbox.Receive(context.Background(), clinic, q, sealed)
	if err != nil || reply == nil {
		return "", err
	}
	var envelope struct{ Encrypt string }
	must(r.t, xml.Unmarshal(reply, &envelope))
	_, raw, err := util.DecryptMsg(clinic, envelope.Encrypt, aesKey)
	must(r.t, err)
	var text struct{ Content string }
	must(r.t, xml.Unmarshal(raw, &text))
	return text.Content, nil
}

func TestCallback_Once(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		body := r.text(clinic, "路灯坏了", 1)
		var pushes sync.WaitGroup
		replies, errs := make([]string, 20), make([]error, 20)
		for i := range replies {
			pushes.Go(func() { replies[i], errs[i] = r.push(body) })
		}
		pushes.Wait()
		for i := range replies {
			must(t, errs[i])
			equal(t, "reply", replies[i], "收到：路灯坏了")
		}
		equal(t, "effects", r.effects(), 1)
		equal(t, "stored", len(r.stored()), 1)

		r.clock.Add(5 * time.Second)
		reply, err := r.push(body)
		must(t, err)
		equal(t, "a repetition later", reply, "收到：路灯坏了")
		_, err = r.push(r.text(clinic, "路灯坏了", 2))
		must(t, err)
		equal(t, "another message with the same words", r.effects(), 2)

		reply, err = r.push(`<xml><ToUserName>gh_` + clinic + `</ToUserName><FromUserName>` + fan + `</FromUserName>
<CreateTime>1</CreateTime><MsgType>event</MsgType><Event>VIEW</Event></xml>`)
		must(t, err)
		equal(t, "a push that nobody handles", reply, "")
		equal(t, "is stored all the same", r.stored()[2].Event, "VIEW")
		equal(t, "and done", r.stored()[2].State, model.CallbackDone)
	})
}

func TestCallback_Refused(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		body := r.text(clinic, "你好", 1)
		receive := func(appid string, q wechat.CallbackQuery, body []byte) error {
			reply, err := r.inbox.Receive(context.Background(), appid, q, body)
			if err == nil || reply != nil {
				t.Errorf("was answered with %q", reply)
			}
			return err
		}
		check := func(name string, err, want error) {
			t.Helper()
			if !errors.Is(err, want) {
				t.Errorf("%s: got %v, want %v", name, err, want)
			}
		}
		q, sealed := r.seal(clinic, "guessed", body)
		check("a guessed token", receive(clinic, q, sealed), wechat.ErrForged)
		q, sealed = r.seal(clinic, token, body)
		check("a changed body", receive(clinic, q, []byte(strings.Replace(string(sealed), "A", "B", 1))), wechat.ErrForged)
		check("an unknown appid", receive("wx-unknown", q, sealed), wechat.ErrUnknownApp)
		check("another account's push", receive(other, q, sealed), wechat.ErrForged)
		q, sealed = r.seal(clinic, token, r.text(other, "你好", 1))
		check("addressed to another account", receive(clinic, q, sealed), wechat.ErrForged)
		q, sealed = r.seal(clinic, token, body)
		check("a plain body under a genuine signature", receive(clinic, q, []byte(body)), wechat.ErrPlaintext)
		plain := q
		plain.EncryptType = ""
		check("no encryption claimed", receive(clinic, plain, []byte(body)), wechat.ErrPlaintext)
		check("too large", receive(clinic, q, make([]byte, wechat.MaxPushBytes+1)), wechat.ErrTooLarge)
		r.clock.Add(11 * time.Minute)
		check("eleven minutes old", receive(clinic, q, sealed), wechat.ErrStale)
		equal(t, "stored", len(r.stored()), 0)
		equal(t, "effects", r.effects(), 0)
	})
}

func TestCallback_HandlerFails(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		broken := errors.New("the database is ill")
		failing := true
		r.inbox.On("text", func(model.Tx, wechat.Push) (string, error) {
			if failing {
				return "", broken
			}
			return "", nil
		})
		body := r.text(clinic, "你好", 1)
		if _, err := r.push(body); !errors.Is(err, broken) {
			t.Fatalf("the error is lost: %v", err)
		}
		equal(t, "stored", len(r.stored()), 0)
		equal(t, "effects", r.effects(), 0)
		failing = false
		reply, err := r.push(body)
		must(t, err)
		equal(t, "WeChat's next try", reply, "收到：你好")
		equal(t, "effects", r.effects(), 1)
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
