package account_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/account"
	"hongyun/service/fault"
	"hongyun/service/notify"
	"hongyun/service/vault"
	"hongyun/wechat"
	"hongyun/wechat/sandbox"
)

const mpAppID = "wx00000000000000a1"

// bundle is the module on a real database, an in-process Redis and the WeChat sandbox, with a small county:
//
//	市委 001 ── 甲委 001001 ── 一支部 001001001 (张三, 李四), 二支部 001001002 (王五)
//	        └─ 乙委 001002 ── 三支部 001002001 (赵六)
type bundle struct {
	*account.Service
	t     *testing.T
	ctx   context.Context
	db    *model.DB
	redis *miniredis.Miniredis
	vault *vault.Vault
	clock *modeltest.Clock
	far   *httptest.Server
	phone map[string]string // by person

	city, alpha, beta, one, two, three int64
	zhang, li, wang, zhao              person
}

// person is a member and the phone that he or she holds.
type person struct {
	member             int64
	id, name, idNumber string
}

func (p person) last6() string { return p.idNumber[12:] }

// each runs test on both databases.
func each(t *testing.T, test func(b *bundle)) {
	t.Helper()
	t.Parallel()
	for name, open := range map[string]func(testing.TB, func() time.Time) *model.DB{"sqlite": modeltest.SQLite, "postgres": modeltest.Postgres} {
		t.Run(name, func(t *testing.T) {
			clock := modeltest.At("2026-11-20 10:00:00")
			test(setup(t, open(t, clock.Now), clock))
		})
	}
}

func setup(t *testing.T, db *model.DB, clock *modeltest.Clock) *bundle {
	b := &bundle{t: t, ctx: t.Context(), db: db, clock: clock, redis: miniredis.RunT(t), phone: map[string]string{}}
	var err error
	b.vault, err = vault.New([]byte(strings.Repeat("k", vault.KeyBytes)))
	must(t, err)
	rdb := redis.NewClient(&redis.Options{Addr: b.redis.Addr(), MaxRetries: -1})
	t.Cleanup(func() { _ = rdb.Close() })
	b.openSandbox()
	client, err := wechat.NewHTTPClient(wechat.HTTPOptions{SandboxURL: b.far.URL + "/sandbox/wire", Timeout: 5 * time.Second})
	must(t, err)
	t.Cleanup(client.CloseIdleConnections)
	weChat := wechat.New(wechat.Options{App: app, Redis: rdb, HTTP: client, Now: clock.Now})
	b.Service = account.New(account.Options{DB: db, Redis: rdb, Vault: b.vault, WeChat: weChat, MPAppID: mpAppID,
		Notify: notify.New(notify.Options{DB: db, WeChat: weChat, Kinds: account.Kinds(), MPAppID: mpAppID})})
	b.county()
	return b
}

func app(_ context.Context, appid string) (wechat.App, error) {
	if appid != mpAppID {
		return wechat.App{}, wechat.ErrUnknownApp
	}
	return wechat.App{AppID: mpAppID, Secret: strings.Repeat("5", 32), Token: "token", AESKey: strings.Repeat("a", 43), Kind: wechat.KindMiniProgram}, nil
}

func (b *bundle) openSandbox() {
	box, err := sandbox.New(sandbox.Options{
		People: func(context.Context) ([]sandbox.Person, error) { return nil, nil },
		Person: func(_ context.Context, id string) (sandbox.Person, error) {
			phone, ok := b.phone[id]
			if !ok {
				return sandbox.Person{}, errors.New("no such person")
			}
			return sandbox.Person{ID: id, Name: id, Phone: phone}, nil
		},
		Apps:         func(context.Context) ([]wechat.App, error) { return nil, nil },
		App:          app,
		MiniProgram:  mpAppID,
		OpenPlatform: func(appid string) bool { return true },
		Now:          b.clock.Now,
	})
	must(b.t, err)
	b.far = httptest.NewServer(box.Handler())
	b.t.Cleanup(func() { b.far.Close(); must(b.t, box.Close()) })
}

func (b *bundle) county() {
	b.city = b.org(0, model.OrgCity, "001", "市委")
	b.alpha = b.org(b.city, model.OrgCommittee, "001001", "甲委")
	b.beta = b.org(b.city, model.OrgCommittee, "001002", "乙委")
	b.one = b.org(b.alpha, model.OrgBranch, "001001001", "一支部")
	b.two = b.org(b.alpha, model.OrgBranch, "001001002", "二支部")
	b.three = b.org(b.beta, model.OrgBranch, "001002001", "三支部")
	b.zhang = b.member(b.one, "张三", "361199199001010018", "13800000001")
	b.li = b.member(b.one, "李四", "36119919851231123X", "13800000002")
	b.wang = b.member(b.two, "王五", "361199200002294564", "13800000003")
	b.zhao = b.member(b.three, "赵六", "361199195607040029", "13800000004")
}

func (b *bundle) org(parent int64, level, path, name string) int64 {
	o := model.Org{Type: level, Path: path, Name: name, CreatedAt: b.db.Now()}
	if parent != 0 {
		o.ParentID = &parent
	}
	b.create(&o)
	return o.ID
}

func (b *bundle) member(org int64, name, idNumber, phone string) person {
	approved := model.Date("2010-08-01")
	m := model.Member{OrgID: org, Name: name, IDSealed: b.vault.Seal(idNumber), IDIndex: b.vault.Index(idNumber),
		PhoneSealed: b.vault.Seal(phone), PhoneIndex: b.vault.Index(phone), Sex: "MALE", BornOn: "1980-01-01",
		Status: model.MemberFull, Standing: model.StandingActive, AdmittedOn: "2010-07-01", ApprovedOn: &approved,
		CreatedAt: b.db.Now(), UpdatedAt: b.db.Now()}
	b.create(&m)
	p := person{member: m.ID, id: fmt.Sprintf("m-%d", m.ID), name: name, idNumber: idNumber}
	b.phone[p.id] = phone
	return p
}

func (b *bundle) create(row any) {
	b.t.Helper()
	must(b.t, b.db.Tx(b.ctx, func(tx model.Tx) error { return tx.Create(row).Error }))
}

func (b *bundle) exec(sql string, args ...any) {
	b.t.Helper()
	must(b.t, b.db.Tx(b.ctx, func(tx model.Tx) error { _, err := model.Exec(tx, sql, args...); return err }))
}

func (b *bundle) count(sql string, args ...any) int64 {
	b.t.Helper()
	var n int64
	must(b.t, b.db.Read(b.ctx).Raw(sql, args...).Scan(&n).Error)
	return n
}

// code asks the sandbox for a code: "code" to sign in, "phone-code" for the phone number.
func (b *bundle) code(personID, kind string) string {
	b.t.Helper()
	var out struct {
		Code string `json:"code"`
	}
	b.door("people/"+personID+"/"+kind, "", &out)
	return out.Code
}

func (b *bundle) door(path, body string, out any) {
	b.t.Helper()
	res, err := http.Post(b.far.URL+"/sandbox/api/"+path, "application/json", strings.NewReader(body))
	must(b.t, err)
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		b.t.Fatalf("%s: %s", path, res.Status)
	}
	if out != nil {
		must(b.t, json.NewDecoder(res.Body).Decode(out))
	}
}

// login signs a phone in.
func (b *bundle) login(personID string) (account.SignedIn, access.Viewer) {
	b.t.Helper()
	in, err := b.Login(b.ctx, access.Viewer{}, account.LoginInput{Code: b.code(personID, "code")})
	must(b.t, err)
	v, err := b.Viewer(b.ctx, in.Token)
	must(b.t, err)
	return in, v
}

// stranger is a phone that belongs to no member's own account.
func (b *bundle) stranger(id, phone string) access.Viewer {
	b.t.Helper()
	b.phone[id] = phone
	_, v := b.login(id)
	return v
}

// bind ties a phone to the member by the member's own data.
func (b *bundle) bind(v access.Viewer, phoneOf string, p person) (account.View, error) {
	b.t.Helper()
	return b.Bind(b.ctx, v, account.BindInput{Name: p.name, IDLast6: p.last6(), PhoneCode: b.code(phoneOf, "phone-code")})
}

// bound is a member who has signed in and is tied.
func (b *bundle) bound(p person) (string, access.Viewer) {
	b.t.Helper()
	in, v := b.login(p.id)
	if v.MemberID == 0 {
		_, err := b.bind(v, p.id, p)
		must(b.t, err)
	}
	v, err := b.Viewer(b.ctx, in.Token)
	must(b.t, err)
	return in.Token, v
}

// holding gives a member a role, by the command line, and signs him or her in.
func (b *bundle) holding(p person, role string, orgID int64) access.Viewer {
	b.t.Helper()
	b.create(&model.RoleGrant{MemberID: &p.member, Role: role, OrgID: &orgID, GrantedAt: b.db.Now()})
	_, v := b.bound(p)
	return v
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func refused(t testing.TB, err error, code string) *fault.Fault {
	t.Helper()
	var f *fault.Fault
	if !errors.As(err, &f) || f.Code != code {
		t.Fatalf("got %v, want %s", err, code)
	}
	return f
}

func equal[T comparable](t testing.TB, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("got %v, want %v", got, want)
	}
}
