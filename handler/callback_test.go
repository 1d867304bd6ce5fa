package handler

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/gofiber/fiber/v2"
	"github.com/redis/go-redis/v9"
	"github.com/silenceper/wechat/v2/util"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service"
	"hongyun/service/access"
	"hongyun/service/callback"
	"hongyun/service/file"
	"hongyun/service/notify"
	"hongyun/service/o2o"
	"hongyun/service/official"
	"hongyun/service/vault"
	"hongyun/wechat"
)

const (
	townAppID  = "wxffff000000000001"
	townToken  = "SecretTokenForPushes"
	townKey    = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
	townSecret = "0123456789abcdef0123456789abcdef"
)

// town is the routes of requests and WeChat's callbacks on a real database. Who asks is given with each request.
type town struct {
	t     *testing.T
	db    *model.DB
	clock *modeltest.Clock
	app   *fiber.App
	v     access.Viewer
	log   bytes.Buffer

	admin, desk, handler, citizen access.Viewer
	department                    int64
}

func newTown(t *testing.T) *town {
	t.Helper()
	c := &town{t: t, clock: modeltest.At("2026-11-23 10:00:00")}
	c.db = modeltest.SQLite(t, c.clock.Now)
	log := slog.New(slog.NewTextHandler(&c.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	v, err := vault.New(make([]byte, vault.KeyBytes))
	c.must(err)
	store := redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr()})
	t.Cleanup(func() { _ = store.Close() })
	client, err := wechat.NewHTTPClient(wechat.HTTPOptions{SandboxURL: "http://127.0.0.1:1/sandbox/wire"}) // nobody answers
	c.must(err)
	wc := wechat.New(wechat.Options{App: official.NewAccounts(c.db, v).Credentials, Redis: store, HTTP: client, Log: log, Now: c.clock.Now})
	messages := notify.New(notify.Options{DB: c.db, WeChat: wc, Kinds: o2o.Kinds(), Instance: "test", Log: log})
	s := &service.Service{Callback: callback.New(callback.Options{DB: c.db, WeChat: wc, Instance: "test", Log: log}),
		O2O: o2o.New(o2o.Options{DB: c.db, Vault: v, WeChat: wc, Notify: messages, Files: file.New(c.db, t.TempDir()), MPAppID: "wx00000000000000aa", Log: log})}
	s.Official = official.New(official.Options{DB: c.db, Vault: v, WeChat: wc, Notify: messages, MPAppID: "wx00000000000000aa", Log: log})
	s.O2O.Listen(s.Callback)
	h := &Handler{s: s, log: log}
	c.app = fiber.New(fiber.Config{Immutable: true, BodyLimit: maxBody, ErrorHandler: fail(log)})
	h.mountCallbacks(c.app)
	for _, r := range h.routes() {
		c.app.Add(r.Method, fiberPath(r.Path), func(ctx *fiber.Ctx) error {
			if err := r.Permission.Check(c.v); err != nil {
				return err
			}
			return r.serve(ctx, c.v)
		})
	}
	c.settle()
	return c
}

func (c *town) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *town) settle() {
	tx, now := c.db.Read(context.Background()), c.db.Now()
	city := model.Org{Type: model.OrgCity, Path: "001", Name: "市委", CreatedAt: now}
	c.must(tx.Create(&city).Error)
	d := model.Department{Name: "城市管理局", CreatedAt: now}
	c.must(tx.Create(&d).Error)
	c.department = d.ID
	for i, p := range []struct {
		v     *access.Viewer
		grant model.RoleGrant
	}{{&c.admin, model.RoleGrant{Role: model.RoleAdmin, OrgID: &city.ID}}, {&c.desk, model.RoleGrant{Role: model.RoleDesk, OrgID: &city.ID}},
		{&c.handler, model.RoleGrant{Role: model.RoleDepartmentHandler, DepartmentID: &d.ID}}, {&c.citizen, model.RoleGrant{}}} {
		a := model.Account{MPAppID: "wx00000000000000aa", OpenID: fmt.Sprint("openid-", i), CreatedAt: now, LastLoginAt: now}
		c.must(tx.Create(&a).Error)
		if p.grant.Role != "" {
			p.grant.AccountID, p.grant.GrantedAt = &a.ID, now
			c.must(tx.Create(&p.grant).Error)
		}
		var err error
		*p.v, err = access.Load(tx, a.ID)
		c.must(err)
	}
}

// call sends JSON as v and wants the status.
func (c *town) call(v access.Viewer, method, path string, body any, status int) map[string]any {
	c.t.Helper()
	c.v = v
	raw, err := json.Marshal(body)
	c.must(err)
	r := httptest.NewRequest(method, "/api/v1"+path, bytes.NewReader(raw))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", "key-of-this-test")
	res, err := c.app.Test(r, -1)
	c.must(err)
	raw, err = io.ReadAll(res.Body)
	c.must(err)
	if res.StatusCode != status {
		c.t.Errorf("%s %s: %d %s, want %d", method, path, res.StatusCode, raw, status)
	}
	var out map[string]any
	if len(raw) > 0 {
		c.must(json.Unmarshal(raw, &out))
	}
	return out
}

func (c *town) addAccount(status int) map[string]any {
	c.t.Helper()
	return c.call(c.admin, "POST", "/official-accounts", map[string]any{"appid": townAppID, "name": "城管之窗", "department_id": c.department,
		"kind": "service", "original_id": "gh_0123456789ab", "secret": townSecret, "token": townToken, "aes_key": townKey}, status)
}

// sealed is an encrypted push and its query, as WeChat sends them now.
func (c *town) sealed(body string) (url.Values, string) {
	c.t.Helper()
	raw := fmt.Sprintf("<xml><ToUserName>gh_0123456789ab</ToUserName><FromUserName>fan-1</FromUserName><CreateTime>%d</CreateTime>%s</xml>", c.clock.Now().Unix(), body)
	text, err := util.EncryptMsg([]byte("0123456789abcdef"), []byte(raw), townAppID, townKey)
	c.must(err)
	stamp := fmt.Sprint(c.clock.Now().Unix())
	return url.Values{"timestamp": {stamp}, "nonce": {"n"}, "encrypt_type": {"aes"}, "signature": {util.Signature(townToken, stamp, "n")},
		"msg_signature": {util.Signature(townToken, stamp, "n", string(text))}}, "<xml><Encrypt>" + string(text) + "</Encrypt></xml>"
}

func (c *town) wechat(method, path string, q url.Values, body string) (status int, kind, answer string) {
	c.t.Helper()
	res, err := c.app.Test(httptest.NewRequest(method, path+"?"+q.Encode(), strings.NewReader(body)), -1)
	c.must(err)
	raw, err := io.ReadAll(res.Body)
	c.must(err)
	return res.StatusCode, res.Header.Get("Content-Type"), string(raw)
}

func TestCallbacks(t *testing.T) {
	t.Parallel()
	c := newTown(t)
	const path = "/wechat/oa/" + townAppID
	c.addAccount(201)
	message := "<MsgType>text</MsgType><Content>门口积水很深</Content><MsgId>1</MsgId>"
	q, body := c.sealed(message)

	t.Run("the address check gives the echo back byte for byte", func(t *testing.T) {
		check := url.Values{"timestamp": q["timestamp"], "nonce": q["nonce"], "signature": q["signature"], "echostr": {"5837<b>&+ 中"}}
		status, kind, answer := c.wechat("GET", path, check, "")
		if status != 200 || answer != "5837<b>&+ 中" || !strings.HasPrefix(kind, "text/plain") {
			t.Errorf("%d %s %q", status, kind, answer)
		}
		check.Set("signature", strings.Repeat("0", 40))
		if status, _, answer := c.wechat("GET", path, check, ""); status != 403 || strings.Contains(answer, "5837") {
			t.Errorf("a forged check: %d %q", status, answer)
		}
	})
	t.Run("a push is answered encrypted, and its repetition the same", func(t *testing.T) {
		for range 2 {
			status, kind, answer := c.wechat("POST", path, q, body)
			if status != 200 || !strings.HasPrefix(kind, "application/xml") || !strings.Contains(answer, "<Encrypt>") {
				t.Errorf("%d %s %q", status, kind, answer)
			}
		}
		list := c.call(c.desk, "GET", "/requests", nil, 200)
		if list["total"] != 1.0 {
			t.Errorf("%v", list)
		}
	})
	t.Run("a push without an answer gets success", func(t *testing.T) {
		q, body := c.sealed("<MsgType>event</MsgType><Event>VIEW</Event>")
		if status, _, answer := c.wechat("POST", path, q, body); status != 200 || answer != "success" {
			t.Errorf("%d %q", status, answer)
		}
	})
	t.Run("what proves nothing is refused", func(t *testing.T) {
		with := func(key, value string) url.Values {
			changed := url.Values{}
			for k, v := range q {
				changed[k] = v
			}
			changed.Set(key, value)
			return changed
		}
		old := url.Values{"timestamp": {"1700000000"}, "nonce": {"n"}, "encrypt_type": {"aes"}}
		old.Set("msg_signature", util.Signature(townToken, "1700000000", "n", strings.TrimSuffix(strings.TrimPrefix(body, "<xml><Encrypt>"), "</Encrypt></xml>")))
		for name, refused := range map[string]struct {
			path   string
			q      url.Values
			body   string
			status int
		}{
			"wrong signature":    {path, with("msg_signature", strings.Repeat("0", 40)), body, 403},
			"another body":       {path, q, strings.Replace(body, "<Encrypt>", "<Encrypt>A", 1), 403},
			"plain text":         {path, with("encrypt_type", ""), "<xml>" + message + "</xml>", 403},
			"old":                {path, old, body, 403},
			"unknown appid":      {"/wechat/oa/wx0000000000000000", q, body, 403},
			"no body":            {path, q, "", 403},
			"too large":          {path, q, strings.Repeat("x", wechat.MaxPushBytes+1), 413},
			"the mini-program's": {"/wechat/mp/wx00000000000000aa", q, body, 403},
		} {
			if status, _, answer := c.wechat("POST", refused.path, refused.q, refused.body); status != refused.status {
				t.Errorf("%s: %d %q, want %d", name, status, answer, refused.status)
			}
		}
	})
	t.Run("a genuine push of unknown form is refused, and a failure inside makes WeChat repeat", func(t *testing.T) {
		q, body := c.sealed("")
		if status, _, _ := c.wechat("POST", path, q, body); status != 400 {
			t.Errorf("%d", status)
		}
		c.must(c.db.Read(t.Context()).Exec("ALTER TABLE request_part RENAME TO away").Error)
		q, body = c.sealed(strings.Replace(message, "<MsgId>1<", "<MsgId>2<", 1))
		if status, _, _ := c.wechat("POST", path, q, body); status != 500 {
			t.Errorf("%d", status)
		}
		c.must(c.db.Read(t.Context()).Exec("ALTER TABLE away RENAME TO request_part").Error)
		if status, _, answer := c.wechat("POST", path, q, body); status != 200 || !strings.Contains(answer, "<Encrypt>") {
			t.Errorf("repeated: %d %q", status, answer)
		}
	})
	for _, secret := range []string{townSecret, townToken, townKey, "积水", body} {
		if strings.Contains(c.log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	if !strings.Contains(c.log.String(), "callback refused") || !strings.Contains(c.log.String(), "callback failed") {
		t.Error("the log does not tell of refusals")
	}
}
