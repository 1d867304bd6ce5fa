package notify_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/callback"
	"hongyun/service/notify"
	"hongyun/wechat"
	"hongyun/wechat/sandbox"
)

const (
	mini   = "wx00000000000000aa"
	clinic = "wx00000000000000bb" // a service account (服务号)
	aesKey = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"

	duesTemplate     = "T-DUES"
	longTemplate     = "T-LONG"
	progressTemplate = "T-PROGRESS"

	subscribeSend = "/cgi-bin/message/subscribe/send"
	templateSend  = "/cgi-bin/message/template/send"
	customerSend  = "/cgi-bin/message/custom/send"
)

func kinds() []notify.Kind {
	return []notify.Kind{
		{Name: "dues.reminder", Title: "党费缴纳提醒", Body: "{name}同志，{month}党费为{amount}。", Page: "pages/dues/bill?month={month}"},
		{Name: "request.progress", Title: "诉求办理进度", Body: "您的诉求{no}{progress}。", Page: "pages/index/index"},
		{Name: "birthday.card", Title: "政治生日", Body: "{name}同志，政治生日快乐！", Page: "pages/index/index"},
	}
}

// rig is the product's messages on one database, and the far side of the wire behind a real HTTP server.
type rig struct {
	t       testing.TB
	db      *model.DB
	clock   *modeltest.Clock
	sandbox *sandbox.Sandbox
	wire    *httptest.Server
	client  *wechat.Client
	notify  *notify.Service
	push    *callback.Service
	log     *syncBuffer

	mu     sync.Mutex
	after  func(path string) // when the sandbox has carried out a call, before the answer leaves
	cuts   map[string]int    // answers that are lost on the way
	calls  map[string]int
	failed map[string]bool // an appid whose credentials nobody knows
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// each runs test on every database with a rig of its own.
func each(t *testing.T, test func(t *testing.T, r *rig)) {
	t.Helper()
	eachWithin(t, 20*time.Second, test)
}

// eachWithin is each with a product that waits only so long for WeChat.
func eachWithin(t *testing.T, patience time.Duration, test func(t *testing.T, r *rig)) {
	t.Helper()
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		clock := modeltest.At("2026-11-20 09:00:00")
		test(t, newRig(t, modeltest.SQLite(t, clock.Now), clock, patience))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		clock := modeltest.At("2026-11-20 09:00:00")
		test(t, newRig(t, modeltest.Postgres(t, clock.Now), clock, patience))
	})
}

func newRig(t testing.TB, db *model.DB, clock *modeltest.Clock, patience time.Duration, change ...func(*sandbox.Options)) *rig {
	t.Helper()
	r := &rig{t: t, db: db, clock: clock, calls: map[string]int{}, cuts: map[string]int{}, failed: map[string]bool{}, log: &syncBuffer{}}
	product := httptest.NewServer(http.HandlerFunc(r.receive))
	t.Cleanup(product.Close)
	var err error
	o := sandbox.Options{
		People: func(context.Context) ([]sandbox.Person, error) { return nil, nil },
		Person: func(_ context.Context, id string) (sandbox.Person, error) {
			return sandbox.Person{ID: id, Name: id}, nil
		},
		Apps: func(context.Context) ([]wechat.App, error) { return apps(), nil },
		App:  func(_ context.Context, appid string) (wechat.App, error) { return appOf(appid) },
		Templates: []sandbox.Template{
			{AppID: mini, ID: duesTemplate, Title: "党费缴纳提醒", Keys: []string{"thing1", "amount2"}},
			{AppID: mini, ID: longTemplate, Title: "办理进度", Keys: []string{"thing1"}, LongTerm: true},
			{AppID: clinic, ID: progressTemplate, Title: "诉求办理进度", Keys: []string{"thing1"}},
		},
		MiniProgram: mini, OpenPlatform: func(string) bool { return true },
		Pages:       []string{"pages/index/index", "pages/dues/bill"},
		CallbackURL: product.URL, SentEvents: true, Now: clock.Now,
	}
	for _, c := range change {
		c(&o)
	}
	r.sandbox, err = sandbox.New(o)
	must(t, err)
	r.wire = httptest.NewServer(http.HandlerFunc(r.serveWire))
	t.Cleanup(func() { must(t, r.sandbox.Close()); r.wire.Close() })
	httpClient, err := wechat.NewHTTPClient(wechat.HTTPOptions{SandboxURL: r.wire.URL + "/sandbox/wire", Timeout: patience})
	must(t, err)
	rdb := redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr()})
	t.Cleanup(func() { must(t, rdb.Close()) })
	r.client = wechat.New(wechat.Options{App: r.app, Redis: rdb, HTTP: httpClient, Now: clock.Now})
	r.notify = r.service("a")
	r.push = callback.New(callback.Options{DB: db, WeChat: r.client, Instance: "a"})
	for kind, h := range r.notify.Handlers() {
		r.push.On(kind, h)
	}
	for kind, l := range r.notify.Laters() {
		r.push.OnLater(kind, l)
	}
	r.seedTemplates()
	return r
}

// service is one more instance on the same database.
func (r *rig) service(name string, change ...func(*notify.Options)) *notify.Service {
	o := notify.Options{DB: r.db, WeChat: r.client, Kinds: kinds(), MPAppID: mini, Instance: name,
		Log: slog.New(slog.NewTextHandler(r.log, nil))}
	for _, c := range change {
		c(&o)
	}
	return notify.New(o)
}

func apps() []wechat.App {
	return []wechat.App{
		{AppID: mini, Secret: "mini-secret", Token: "mini-token", AESKey: aesKey, OriginalID: "gh_mini", Name: "红云", Kind: wechat.KindMiniProgram},
		{AppID: clinic, Secret: "clinic-secret", Token: "clinic-token", AESKey: aesKey, OriginalID: "gh_clinic", Name: "县卫健局", Kind: wechat.KindService},
	}
}

func appOf(appid string) (wechat.App, error) {
	for _, a := range apps() {
		if a.AppID == appid {
			return a, nil
		}
	}
	return wechat.App{}, wechat.ErrUnknownApp
}

func (r *rig) app(_ context.Context, appid string) (wechat.App, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failed[appid] {
		return wechat.App{}, wechat.ErrUnknownApp
	}
	return appOf(appid)
}

func (r *rig) serveWire(w http.ResponseWriter, q *http.Request) {
	path := strings.TrimPrefix(q.URL.Path, "/sandbox/wire")
	r.mu.Lock()
	r.calls[path]++
	after, cut := r.after, r.cuts[path] > 0
	if cut {
		r.cuts[path]--
	}
	r.mu.Unlock()
	if after == nil && !cut {
		r.sandbox.Handler().ServeHTTP(w, q)
		return
	}
	answer := httptest.NewRecorder()
	r.sandbox.Handler().ServeHTTP(answer, q)
	if after != nil {
		after(path)
	}
	if cut {
		panic(http.ErrAbortHandler)
	}
	for k, v := range answer.Header() {
		w.Header()[k] = v
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

func (r *rig) called(path string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.calls[path]
}

func (r *rig) setAfter(f func(path string)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.after = f
}

// cut loses the next answer to a call that the sandbox carries out.
func (r *rig) cut(path string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cuts[path]++
}

func (r *rig) setFailed(appid string, failed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed[appid] = failed
}

// receive is what handler does with WeChat's pushes.
func (r *rig) receive(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	appid := q.URL.Path[strings.LastIndex(q.URL.Path, "/")+1:]
	v := q.URL.Query()
	reply, takeErr := r.push.Receive(q.Context(), appid, wechat.CallbackQuery{Signature: v.Get("signature"),
		MsgSignature: v.Get("msg_signature"), Timestamp: v.Get("timestamp"), Nonce: v.Get("nonce"), EncryptType: v.Get("encrypt_type")}, body)
	if err := errors.Join(err, takeErr); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if reply == nil {
		reply = []byte("success")
	}
	_, _ = w.Write(reply)
}
