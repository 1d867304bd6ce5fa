package official

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
	t      *testing.T
	db     *model.DB
	clock  *modeltest.Clock
	log    *lockedBuffer
	s      *Service
	notify *notify.Service
	wechat *wechat.Client
	files  *file.Service
	push   *callback.Service
	box    *sandbox.Sandbox
	open   *atomic.Bool // the accounts share an open platform: the sandbox gives unionids
	url    string
	pages  []string // of the published mini-program

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
func withSandbox(t *testing.T, db *model.DB, clock *modeltest.Clock, pages ...string) *county {
	t.Helper()
	var handler atomic.Pointer[http.Handler]
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h := handler.Load(); h != nil {
			(*h).ServeHTTP(w, r)
			return
		}
		w.WriteHeader(http.StatusServiceUnavailable) // the sandbox pushes its first ticket before everything stands
	}))
	t.Cleanup(server.Close)
	c := build(t, db, clock, server.URL+"/sandbox/wire")
	c.url, c.pages = server.URL, pages
	people := map[string]bool{"li": true, "wang": true}
	box, err := sandbox.New(sandbox.Options{
		People: func(context.Context) ([]sandbox.Person, error) { return nil, nil },
		Person: func(_ context.Context, id string) (sandbox.Person, error) {
			if !people[id] {
				return sandbox.Person{}, errors.New("nobody")
			}
			return sandbox.Person{ID: id, Name: id, Phone: "13800000001"}, nil
		},
		Apps: c.s.Apps, App: credentials(c.s.Accounts), MiniProgram: mini, Component: platform(), Pages: c.pages, CallbackURL: server.URL, Now: clock.Now,
		OpenPlatform: func(string) bool { return c.open.Load() },
	})
	must(t, err)
	t.Cleanup(func() { must(t, box.Close()) })
	c.box = box
	mux := http.NewServeMux()
	mux.Handle("/sandbox/", box.Handler())
	mux.HandleFunc("POST /wechat/oa/{appid}", c.receive)
	mux.HandleFunc("POST /wechat/open/{appid}", c.receive)
	mux.HandleFunc("POST /wechat/open/ticket", c.receiveOpen)
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
	store := redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr()})
	t.Cleanup(func() { must(t, store.Close()) })
	client, err := wechat.NewHTTPClient(wechat.HTTPOptions{SandboxURL: wire, Timeout: 5 * time.Second})
	must(t, err)
	accounts := NewAccounts(db, v)
	wc := wechat.New(wechat.Options{App: credentials(accounts), Redis: store, HTTP: client, Log: log, Now: clock.Now, Pages: wire,
		Component:    func(context.Context) (wechat.ComponentApp, error) { return platform(), nil },
		Ticket:       func(ctx context.Context) (string, error) { return accounts.Ticket(ctx, platform().AppID) },
		RefreshToken: accounts.RefreshToken, SaveRefreshToken: accounts.SaveRefreshToken})
	messages := notify.New(notify.Options{DB: db, WeChat: wc, Kinds: Kinds(), MPAppID: mini, Instance: "test", Log: log})
	c.wechat, c.files = wc, file.New(db, t.TempDir())
	c.notify = messages
	c.s = New(Options{DB: db, Vault: v, WeChat: wc, Notify: messages, MPAppID: mini, ComponentAppID: platform().AppID, PublicURL: public, Log: log})
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
func credentials(a *Accounts) func(context.Context, string) (wechat.App, error) {
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
func (c *county) clinicAccount() AccountInput {
	return AccountInput{AppID: clinic, Name: "卫健之窗", DepartmentID: c.clinics, Kind: model.AccountService, OriginalID: "gh_0123456789ab",
		Secret: secret, Token: token, AESKey: aesKey}
}

func (c *county) addClinic() {
	c.t.Helper()
	_, err := c.s.Add(ctx, c.admin, c.clinicAccount())
	must(c.t, err)
}

// public is where phones reach the platform.
const public = "https://dj.example.gov.cn"

// platform is our third-party platform with the open platform.
func platform() wechat.ComponentApp {
	return wechat.ComponentApp{AppID: "wx00000000000000ff", Secret: "open-secret", Token: "opentoken", AESKey: "GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcba"}
}

func queryOf(r *http.Request) wechat.CallbackQuery {
	q := r.URL.Query()
	return wechat.CallbackQuery{Signature: q.Get("signature"), MsgSignature: q.Get("msg_signature"), Timestamp: q.Get("timestamp"),
		Nonce: q.Get("nonce"), EncryptType: q.Get("encrypt_type")}
}

// receiveOpen is the address of the open platform's pushes.
func (c *county) receiveOpen(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if err := c.s.TakeComponentPush(r.Context(), queryOf(r), body); err != nil {
		c.t.Errorf("push of the open platform: %v", err)
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	_, _ = io.WriteString(w, "success")
}

// receive is the callback address, as the product's own handler answers it.
func (c *county) receive(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	reply, err := c.push.Receive(r.Context(), r.PathValue("appid"), queryOf(r), body)
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

// ask plays the sandbox's own door and returns the answer.
func (c *county) ask(method, path string, in map[string]any) string {
	c.t.Helper()
	raw, err := json.Marshal(in)
	must(c.t, err)
	req, err := http.NewRequestWithContext(ctx, method, c.url+"/sandbox/api/"+path, bytes.NewReader(raw))
	must(c.t, err)
	res, err := http.DefaultClient.Do(req)
	must(c.t, err)
	defer res.Body.Close()
	raw, err = io.ReadAll(res.Body)
	must(c.t, err)
	if res.StatusCode != http.StatusOK {
		c.t.Fatalf("%s: %d %s", path, res.StatusCode, raw)
	}
	return string(raw)
}

// door is ask for an answer that is an object.
func (c *county) door(method, path string, in map[string]any) map[string]any {
	c.t.Helper()
	out := map[string]any{}
	must(c.t, json.Unmarshal([]byte(c.ask(method, path, in)), &out))
	if out["error"] != nil {
		c.t.Fatalf("%s: %v", path, out)
	}
	return out
}

// put writes a request as it is given, with a number of its own, and returns its id.
func (c *county) put(r model.Request) int64 {
	c.t.Helper()
	var n int64
	must(c.t, c.db.Read(ctx).Model(&model.Request{}).Count(&n).Error)
	r.Number, r.Source, r.SubmittedAt, r.UpdatedAt = fmt.Sprintf("R%d", n), model.SourceOfficialAccount, c.db.Now(), c.db.Now()
	if r.ContactID == nil {
		r.AccountID = &c.citizen.AccountID
	}
	if r.Category == "" {
		r.Category = model.CategoryHelp
	}
	must(c.t, c.db.Read(ctx).Create(&r).Error)
	return r.ID
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

func second[T any](_ T, err error) error { return err }

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
