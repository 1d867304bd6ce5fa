package o2o

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
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/callback"
	"hongyun/service/file"
	"hongyun/service/notify"
	"hongyun/service/official"
	"hongyun/service/vault"
	"hongyun/wechat"
	"hongyun/wechat/sandbox"
)

const (
	mini   = "wx00000000000000aa"
	clinic = "wxffff000000000001" // of the first department
	secret = "0123456789abcdef0123456789abcdef"
	token  = "SecretTokenForPushes"
	aesKey = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
)

// county is a small world: two departments, one official account, everybody who may meet a request.
type county struct {
	t        *testing.T
	db       *model.DB
	clock    *modeltest.Clock
	log      *lockedBuffer
	s        *Service
	accounts *official.Service
	push     *callback.Service
	box      *sandbox.Sandbox
	open     *atomic.Bool // the accounts share an open platform: the sandbox gives unionids
	url      string
	redis    *miniredis.Miniredis
	visits   int

	roads, clinics int64 // departments
	admin, leader, desk, desk2, handler, chief, stranger,
	citizen, neighbour, committee access.Viewer
}

var ctx = context.Background()

// newCounty opens a county whose WeChat does not answer.
func newCounty(t *testing.T, db *model.DB, clock *modeltest.Clock) *county {
	t.Helper()
	return build(t, db, clock, "http://127.0.0.1:1/sandbox/wire")
}

// withSandbox opens a county whose WeChat is the sandbox, both ways over HTTP.
func withSandbox(t *testing.T, db *model.DB, clock *modeltest.Clock) *county {
	t.Helper()
	var handler atomic.Pointer[http.Handler]
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*handler.Load()).ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	c := build(t, db, clock, server.URL+"/sandbox/wire")
	c.url = server.URL
	people := map[string]bool{"li": true, "wang": true}
	box, err := sandbox.New(sandbox.Options{
		People: func(context.Context) ([]sandbox.Person, error) { return nil, nil },
		Person: func(_ context.Context, id string) (sandbox.Person, error) {
			if !people[id] {
				return sandbox.Person{}, errors.New("nobody")
			}
			return sandbox.Person{ID: id, Name: id, Phone: "13800000001"}, nil
		},
		Apps: c.accounts.Apps, App: credentials(c.accounts.Accounts), MiniProgram: mini, CallbackURL: server.URL, Now: clock.Now,
		OpenPlatform: func(string) bool { return c.open.Load() },
	})
	must(t, err)
	t.Cleanup(func() { must(t, box.Close()) })
	c.box = box
	mux := http.NewServeMux()
	mux.Handle("/sandbox/", box.Handler())
	mux.HandleFunc("POST /wechat/oa/{appid}", c.receive)
	var h http.Handler = mux
	handler.Store(&h)
	return c
}

func build(t *testing.T, db *model.DB, clock *modeltest.Clock, wire string) *county {
	t.Helper()
	c := &county{t: t, db: db, clock: clock, log: &lockedBuffer{}, open: &atomic.Bool{}}
	log := slog.New(slog.NewTextHandler(c.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	v, err := vault.New(bytes.Repeat([]byte{7}, vault.KeyBytes))
	must(t, err)
	c.redis = miniredis.RunT(t)
	store := redis.NewClient(&redis.Options{Addr: c.redis.Addr()})
	t.Cleanup(func() { must(t, store.Close()) })
	client, err := wechat.NewHTTPClient(wechat.HTTPOptions{SandboxURL: wire, Timeout: 5 * time.Second})
	must(t, err)
	wc := wechat.New(wechat.Options{App: credentials(official.NewAccounts(db, v)), Redis: store, HTTP: client, Log: log, Now: clock.Now})
	messages := notify.New(notify.Options{DB: db, WeChat: wc, Kinds: Kinds(), MPAppID: mini, Instance: "test", Log: log})
	c.s = New(Options{DB: db, Vault: v, WeChat: wc, Notify: messages, Files: file.New(db, t.TempDir()), Redis: store, MPAppID: mini, Log: log})
	c.accounts = official.New(official.Options{DB: db, Vault: v, WeChat: wc, Notify: messages, MPAppID: mini, Log: log})
	c.push = callback.New(callback.Options{DB: db, WeChat: wc, Instance: "test", Log: log})
	for kind, h := range messages.Handlers() {
		c.push.On(kind, h)
	}
	for kind, l := range messages.Laters() {
		c.push.OnLater(kind, l)
	}
	c.s.Listen(c.push)
	c.settle()
	return c
}

// credentials adds the mini-program, which is a setting, to the accounts, which are rows.
func credentials(a *official.Accounts) func(context.Context, string) (wechat.App, error) {
	return func(ctx context.Context, appid string) (wechat.App, error) {
		if appid == mini {
			return wechat.App{AppID: mini, Secret: "mini-secret-0001", Token: "minitoken", AESKey: aesKey, Kind: wechat.KindMiniProgram}, nil
		}
		return a.Credentials(ctx, appid)
	}
}

// settle writes the people.
func (c *county) settle() {
	now := c.db.Now()
	tx := c.db.Read(ctx)
	city := model.Org{Type: model.OrgCity, Path: "001", Name: "市委", CreatedAt: now}
	must(c.t, tx.Create(&city).Error)
	committee := model.Org{ParentID: &city.ID, Type: model.OrgCommittee, Path: "001001", Name: "机关党委", CreatedAt: now}
	must(c.t, tx.Create(&committee).Error)
	branch := model.Org{ParentID: &committee.ID, Type: model.OrgBranch, Path: "001001001", Name: "第一支部", CreatedAt: now}
	must(c.t, tx.Create(&branch).Error)
	roads := model.Department{Name: "城市管理局", CreatedAt: now}
	must(c.t, tx.Create(&roads).Error)
	clinics := model.Department{Name: "卫生健康委", CreatedAt: now}
	must(c.t, tx.Create(&clinics).Error)
	c.roads, c.clinics = roads.ID, clinics.ID
	c.admin = c.person("张主任", branch.ID, model.RoleGrant{Role: model.RoleAdmin, OrgID: &city.ID})
	c.leader = c.person("李书记", branch.ID, model.RoleGrant{Role: model.RoleLeader, OrgID: &city.ID})
	c.desk = c.person("王窗口", branch.ID, model.RoleGrant{Role: model.RoleDesk, OrgID: &city.ID})
	c.desk2 = c.person("赵窗口", branch.ID, model.RoleGrant{Role: model.RoleDesk, OrgID: &city.ID})
	c.handler = c.person("陈经办", branch.ID, model.RoleGrant{Role: model.RoleDepartmentHandler, DepartmentID: &c.roads})
	c.chief = c.person("周局长", 0, model.RoleGrant{Role: model.RoleDepartmentLeader, DepartmentID: &c.roads})
	c.stranger = c.person("孙经办", 0, model.RoleGrant{Role: model.RoleDepartmentHandler, DepartmentID: &c.clinics})
	c.citizen = c.person("吴群众", branch.ID)
	c.neighbour = c.person("", 0)
	c.committee = c.person("郑干事", branch.ID, model.RoleGrant{Role: model.RoleAdmin, OrgID: &committee.ID})
}

// person makes an account, with orgID a member behind it, and grants.
func (c *county) person(name string, orgID int64, grants ...model.RoleGrant) access.Viewer {
	c.t.Helper()
	tx, now := c.db.Read(ctx), c.db.Now()
	var people int64
	must(c.t, tx.Model(&model.Account{}).Count(&people).Error)
	a := model.Account{MPAppID: mini, OpenID: fmt.Sprintf("openid-%d", people), CreatedAt: now, LastLoginAt: now}
	if orgID != 0 {
		m := model.Member{OrgID: orgID, Name: name, IDSealed: "x", IDIndex: fmt.Sprint("index-", people), Sex: "MALE", BornOn: "1980-01-01", Status: model.MemberFull,
			Standing: model.StandingActive, AdmittedOn: "2010-07-01", CreatedAt: now, UpdatedAt: now}
		must(c.t, tx.Create(&m).Error)
		a.MemberID = &m.ID
	}
	must(c.t, tx.Create(&a).Error)
	for _, g := range grants {
		g.GrantedAt = now
		if g.MemberID = a.MemberID; g.MemberID == nil {
			g.AccountID = &a.ID
		}
		must(c.t, tx.Create(&g).Error)
	}
	v, err := access.Load(tx, a.ID)
	must(c.t, err)
	return v
}

// clinicAccount is what an administrator enters for the first official account.
func (c *county) clinicAccount() official.AccountInput {
	return official.AccountInput{AppID: clinic, Name: "卫健之窗", DepartmentID: c.clinics, Kind: model.AccountService, OriginalID: "gh_0123456789ab",
		Secret: secret, Token: token, AESKey: aesKey}
}

func (c *county) addClinic() {
	c.t.Helper()
	_, err := c.accounts.Add(ctx, c.admin, c.clinicAccount())
	must(c.t, err)
}

// receive is the callback address, as the product's own handler answers it.
func (c *county) receive(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	q := r.URL.Query()
	reply, err := c.push.Receive(r.Context(), r.PathValue("appid"), wechat.CallbackQuery{Signature: q.Get("signature"),
		MsgSignature: q.Get("msg_signature"), Timestamp: q.Get("timestamp"), Nonce: q.Get("nonce"), EncryptType: q.Get("encrypt_type")}, body)
	switch {
	case err != nil:
		c.t.Errorf("callback: %v", err)
		w.WriteHeader(http.StatusInternalServerError)
	case reply == nil:
		_, _ = io.WriteString(w, "success")
	default:
		_, _ = w.Write(reply)
	}
}

// door plays a person of the sandbox and returns what the account replied.
func (c *county) door(path string, in map[string]any) string {
	c.t.Helper()
	raw, err := json.Marshal(in)
	must(c.t, err)
	res, err := http.Post(c.url+"/sandbox/api/"+path, "application/json", bytes.NewReader(raw))
	must(c.t, err)
	defer res.Body.Close()
	var out struct {
		Reply   string
		Error   any
		Message string
	}
	must(c.t, json.NewDecoder(res.Body).Decode(&out))
	if res.StatusCode != http.StatusOK || out.Error != nil {
		c.t.Fatalf("%s: %d %+v", path, res.StatusCode, out)
	}
	return out.Reply
}

func (c *county) say(text string) string {
	c.t.Helper()
	return c.door("people/li/say", map[string]any{"appid": clinic, "type": "text", "content": text})
}

// submit sends a request from the mini-program.
func (c *county) submit(v access.Viewer, in SubmitInput) Detail {
	c.t.Helper()
	if in.Content == "" {
		in.Content = "路灯坏了三天没有人修"
	}
	d, err := c.s.Submit(ctx, v, in, "")
	must(c.t, err)
	return d
}

// put writes a request of the citizen straight into a state, as if its steps had been taken today.
func (c *county) put(state string) int64 {
	c.t.Helper()
	now, today := c.db.Now(), c.db.Read(ctx).Day()
	clocks := map[string]string{model.RequestSubmitted: model.ClockAccept, model.RequestAccepted: model.ClockRefer, model.RequestReferred: model.ClockHandle,
		model.RequestHandling: model.ClockHandle, model.RequestReturned: model.ClockRefer, model.RequestReopened: model.ClockReopen, model.RequestClosed: model.ClockRate}
	var id int64
	var main *int64
	if state == model.RequestDuplicate {
		main = new(c.put(model.RequestClosed))
	}
	must(c.t, c.db.Tx(ctx, func(tx model.Tx) error {
		number, err := nextNumber(tx)
		if err != nil {
			return err
		}
		r := model.Request{Number: number, Source: model.SourceMiniProgram, AccountID: &c.citizen.AccountID, Category: model.CategoryHelp,
			Content: "路灯坏了", State: state, Steps: 1, SubmittedAt: now, UpdatedAt: now, SubmittedOn: today, Disposition: model.DispositionRefer,
			DuplicateOf: main}
		if r.Clock = clocks[state]; r.Clock != "" {
			r.ClockSeq, r.ClockFrom, r.ClockDays, r.Deadline = 1, today, 5, today.AddDays(7)
		}
		if slices.Contains(workStates, state) || slices.Contains(closedStates, state) {
			r.DepartmentID = &c.roads
		}
		if slices.Contains(closedStates, state) {
			r.ClosedOn = today
		}
		if err := tx.Create(&r).Error; err != nil {
			return err
		}
		id = r.ID
		return tx.Create(&model.RequestStep{RequestID: id, Seq: 1, Action: ActionSubmit, ToState: state, ActorType: model.ActorCitizen, At: now}).Error
	}))
	return id
}

// set changes columns of a request, as something that came before would have.
func (c *county) set(id int64, columns map[string]any) {
	c.t.Helper()
	must(c.t, c.db.Read(ctx).Model(&model.Request{}).Where("id = ?", id).Updates(columns).Error)
}

func (c *county) messages(kind string) []model.Message {
	c.t.Helper()
	var rows []model.Message
	must(c.t, c.db.Read(ctx).Where("kind = ?", kind).Order("id").Find(&rows).Error)
	return rows
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// lockedBuffer is a log that can be read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// signIn opens the mini-program on a sandbox phone and returns the account.
func (c *county) signIn(person string) int64 {
	c.t.Helper()
	res, err := http.Post(c.url+"/sandbox/api/people/"+person+"/code", "application/json", nil)
	must(c.t, err)
	defer res.Body.Close()
	var out struct{ Code string }
	must(c.t, json.NewDecoder(res.Body).Decode(&out))
	session, err := c.s.wechat.Session(ctx, mini, out.Code)
	must(c.t, err)
	a := model.Account{MPAppID: mini, OpenID: session.OpenID, CreatedAt: c.db.Now(), LastLoginAt: c.db.Now()}
	must(c.t, c.db.Read(ctx).Create(&a).Error)
	return a.ID
}

// listed is what the list answers with.
type listed struct {
	Items []View
	Total int64
}

func (c *county) list(v access.Viewer, f Filter) listed {
	c.t.Helper()
	rows, total, err := c.s.Requests(ctx, v, f, 0, 50)
	must(c.t, err)
	return listed{rows, total}
}
