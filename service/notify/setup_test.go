package notify_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
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

func newRig(t testing.TB, db *model.DB, clock *modeltest.Clock, patience time.Duration) *rig {
	t.Helper()
	r := &rig{t: t, db: db, clock: clock, calls: map[string]int{}, cuts: map[string]int{}, failed: map[string]bool{}, log: &syncBuffer{}}
	product := httptest.NewServer(http.HandlerFunc(r.receive))
	t.Cleanup(product.Close)
	var err error
	r.sandbox, err = sandbox.New(sandbox.Options{
		People: func(context.Context) ([]sandbox.Person, error) { return nil, nil },
		Person: func(_ context.Context, id string) (sandbox.Person, error) { return sandbox.Person{ID: id, Name: id}, nil },
		Apps:   func(context.Context) ([]wechat.App, error) { return apps(), nil },
		App:    func(_ context.Context, appid string) (wechat.App, error) { return appOf(appid) },
		Templates: []sandbox.Template{
			{AppID: mini, ID: duesTemplate, Title: "党费缴纳提醒", Keys: []string{"thing1", "amount2"}},
			{AppID: mini, ID: longTemplate, Title: "办理进度", Keys: []string{"thing1"}, LongTerm: true},
			{AppID: clinic, ID: progressTemplate, Title: "诉求办理进度", Keys: []string{"thing1"}},
		},
		MiniProgram: mini, OpenPlatform: func(string) bool { return true },
		Pages:       []string{"pages/index/index", "pages/dues/bill"},
		CallbackURL: product.URL, SentEvents: true, Now: clock.Now,
	})
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

func (r *rig) seedTemplates() {
	r.insert(&model.Department{Name: "县卫健局", CreatedAt: r.clock.Now()})
	r.insert(&model.OfficialAccount{AppID: clinic, Name: "县卫健局", DepartmentID: 1, Kind: model.AccountService,
		CreatedAt: r.clock.Now(), UpdatedAt: r.clock.Now()})
	r.insert(&model.MessageTemplate{Kind: "dues.reminder", Channel: model.ChannelSubscribe, AppID: mini, TemplateID: duesTemplate,
		Fields: `{"thing1":"{name}同志{month}党费","amount2":"{amount}"}`, Enabled: true})
	r.insert(&model.MessageTemplate{Kind: "request.progress", Channel: model.ChannelSubscribe, AppID: mini, TemplateID: longTemplate,
		Fields: `{"thing1":"{progress}"}`, LongTerm: true, Enabled: true})
	for _, kind := range []string{"dues.reminder", "request.progress"} {
		r.insert(&model.MessageTemplate{Kind: kind, Channel: model.ChannelTemplate, AppID: clinic, TemplateID: progressTemplate,
			Fields: `{"thing1":"{name}{progress}"}`, Enabled: true})
	}
	r.insert(&model.Org{Type: model.OrgCity, Path: "001", Name: "红云县委", CreatedAt: r.clock.Now()})
}

func (r *rig) insert(row any) {
	r.t.Helper()
	must(r.t, r.db.Tx(context.Background(), func(tx model.Tx) error { return tx.Create(row).Error }))
}

// member adds a member with an account whose phone is the sandbox's person m-<id>; credit is for dues.
func (r *rig) member(credit int) (memberID, accountID int64) {
	r.t.Helper()
	now := r.clock.Now()
	m := model.Member{OrgID: 1, Name: "李卫国", IDSealed: "x", IDIndex: fmt.Sprint(time.Now().UnixNano()), Sex: "MALE", BornOn: "1970-01-01",
		EthnicGroup: "汉族", Status: model.MemberFull, Standing: model.StandingActive, AdmittedOn: "1995-07-01", CreatedAt: now, UpdatedAt: now}
	r.insert(&m)
	a := model.Account{MPAppID: mini, OpenID: openID(mini, m.ID), UnionID: unionOf(m.ID), MemberID: &m.ID, CreatedAt: now, LastLoginAt: now}
	r.insert(&a)
	if credit > 0 {
		r.insert(&model.MessageCredit{AccountID: a.ID, TemplateID: duesTemplate, Balance: int64(credit), UpdatedAt: now})
		must(r.t, r.sandbox.Seed([]sandbox.Grant{{PersonID: person(m.ID), AppID: mini, Credits: map[string]int{duesTemplate: credit}}}))
	}
	return m.ID, a.ID
}

// fan makes the member's person a follower of the service account.
func (r *rig) fan(memberID int64, accountID *int64) (contactID int64) {
	r.t.Helper()
	c := model.Contact{AppID: clinic, OpenID: openID(clinic, memberID), AccountID: accountID, Follows: true, CreatedAt: r.clock.Now()}
	r.insert(&c)
	must(r.t, r.sandbox.Seed([]sandbox.Grant{{PersonID: person(memberID), AppID: clinic, Follows: true}}))
	return c.ID
}

// writes is the person writing to the service account, which opens the window on both sides.
func (r *rig) writes(memberID int64) {
	r.t.Helper()
	answer := r.door(http.MethodPost, "people/"+person(memberID)+"/say", map[string]any{"appid": clinic, "type": "text", "content": "你好"})
	if e := answer["error"]; e != nil && e != "" {
		r.t.Fatalf("push failed: %v", answer)
	}
}

func unionOf(memberID int64) string { return sandbox.UnionID(person(memberID)) }

func person(memberID int64) string { return fmt.Sprintf("m-%d", memberID) }

func openID(appid string, memberID int64) string { return sandbox.OpenID(appid, person(memberID)) }

func (r *rig) queue(messages ...notify.Message) int64 {
	r.t.Helper()
	var n int64
	must(r.t, r.db.Tx(context.Background(), func(tx model.Tx) (err error) {
		n, err = r.notify.Queue(tx, messages...)
		return err
	}))
	return n
}

func dues(memberID int64, month string) notify.Message {
	return notify.Message{Kind: "dues.reminder", To: notify.Recipient{Type: model.ToMember, ID: memberID}, Period: month,
		Data: map[string]string{"name": "李卫国", "month": month, "amount": "¥3.00"}}
}

func progress(to notify.Recipient, no string) notify.Message {
	return notify.Message{Kind: "request.progress", To: to, Period: "request:" + no,
		Data: map[string]string{"no": no, "progress": "已受理"}}
}

func toContact(id int64) notify.Recipient { return notify.Recipient{Type: model.ToContact, ID: id} }

// drain dispatches until nothing is due.
func (r *rig) drain(s *notify.Service) {
	r.t.Helper()
	for range 100 {
		n, err := s.Dispatch(context.Background())
		must(r.t, err)
		if n == 0 {
			return
		}
	}
	r.t.Fatal("messages are due for ever")
}

func (r *rig) deliveries() []model.Delivery {
	r.t.Helper()
	var rows []model.Delivery
	must(r.t, r.db.Read(context.Background()).Order("id").Find(&rows).Error)
	return rows
}

// only is the one delivery there is.
func (r *rig) only() model.Delivery {
	r.t.Helper()
	rows := r.deliveries()
	if len(rows) != 1 {
		r.t.Fatalf("%d deliveries, want 1", len(rows))
	}
	return rows[0]
}

func (r *rig) attempts() []model.DeliveryAttempt {
	r.t.Helper()
	var rows []model.DeliveryAttempt
	must(r.t, r.db.Read(context.Background()).Order("id").Find(&rows).Error)
	return rows
}

func (r *rig) credit(accountID int64, template string) int64 {
	r.t.Helper()
	var c model.MessageCredit
	err := r.db.Read(context.Background()).Where("account_id = ? AND template_id = ?", accountID, template).Take(&c).Error
	if !model.NotFound(err) {
		must(r.t, err)
	}
	return c.Balance
}

func (r *rig) contact(id int64) model.Contact {
	r.t.Helper()
	var c model.Contact
	must(r.t, r.db.Read(context.Background()).Where("id = ?", id).Take(&c).Error)
	return c
}

func (r *rig) fault(f sandbox.Fault) {
	r.t.Helper()
	if f.Times == 0 {
		f.Times = 1
	}
	f.API = strings.TrimPrefix(f.API, "/")
	r.door(http.MethodPost, "faults", f)
}

// door calls the sandbox's own door.
func (r *rig) door(method, path string, in any) map[string]any {
	r.t.Helper()
	out := map[string]any{}
	must(r.t, json.Unmarshal(r.doorRaw(method, path, in), &out))
	return out
}

func (r *rig) doorRaw(method, path string, in any) []byte {
	r.t.Helper()
	body, err := json.Marshal(in)
	must(r.t, err)
	q, err := http.NewRequest(method, r.wire.URL+"/sandbox/api/"+path, bytes.NewReader(body))
	must(r.t, err)
	answer, err := http.DefaultClient.Do(q)
	must(r.t, err)
	defer func() { _ = answer.Body.Close() }()
	raw, err := io.ReadAll(answer.Body)
	must(r.t, err)
	if answer.StatusCode >= 300 && answer.StatusCode != http.StatusNoContent {
		r.t.Fatalf("%s %s: %d %s", method, path, answer.StatusCode, raw)
	}
	if len(raw) == 0 {
		return []byte("{}")
	}
	return raw
}

// phone is what the person's phone has received from the product, newest first.
func (r *rig) phone(memberID int64) []map[string]any {
	r.t.Helper()
	var all []map[string]any
	must(r.t, json.Unmarshal(r.doorRaw(http.MethodGet, "people/"+url.PathEscape(person(memberID))+"/messages", nil), &all))
	var received []map[string]any
	for _, m := range all {
		if m["from"] != "person" && m["from"] != "me" {
			received = append(received, m)
		}
	}
	return received
}

func viewer(accountID, memberID int64) access.Viewer {
	return access.Viewer{AccountID: accountID, MemberID: memberID}
}

func cityAdmin() access.Viewer {
	return access.Viewer{AccountID: 999, Grants: []access.Grant{{Role: model.RoleAdmin, OrgType: model.OrgCity, OrgPath: "001"}}}
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
