package supervision

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/notify"
)

var ctx = context.Background()

// county is the module on a real database: a city with its window, two units, a citizen.
type county struct {
	*Service
	t     *testing.T
	db    *model.DB
	clock *modeltest.Clock
	n     int

	city, branch, roads, clinics                                     int64
	admin, admin2, leader, desk, handler, chief, other, citizen, ded access.Viewer
}

func each(t *testing.T, now string, test func(t *testing.T, c *county)) {
	t.Helper()
	t.Parallel()
	clock := modeltest.At(now)
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set(now)
		c := &county{Service: New(Options{DB: db, Notify: notify.New(notify.Options{DB: db, Kinds: Kinds(), Instance: "test"})}), t: t, db: db, clock: clock}
		c.settle()
		test(t, c)
	})
}

func (c *county) settle() {
	now := c.db.Now()
	city := model.Org{Type: model.OrgCity, Path: "001", Name: "市委", CreatedAt: now}
	c.create(&city)
	branch := model.Org{ParentID: &city.ID, Type: model.OrgBranch, Path: "001001", Name: "机关支部", CreatedAt: now}
	c.create(&branch)
	roads, clinics := model.Department{Name: "城市管理局", CreatedAt: now}, model.Department{Name: "卫生健康委", CreatedAt: now}
	c.create(&roads)
	c.create(&clinics)
	c.city, c.branch, c.roads, c.clinics = city.ID, branch.ID, roads.ID, clinics.ID
	c.admin = c.person("张主任", model.RoleGrant{Role: model.RoleAdmin, OrgID: &c.city})
	c.admin2 = c.person("何主任", model.RoleGrant{Role: model.RoleAdmin, OrgID: &c.city})
	c.leader = c.person("李书记", model.RoleGrant{Role: model.RoleLeader, OrgID: &c.city})
	c.desk = c.person("王窗口", model.RoleGrant{Role: model.RoleDesk, OrgID: &c.city})
	c.handler = c.person("陈经办", model.RoleGrant{Role: model.RoleDepartmentHandler, DepartmentID: &c.roads})
	c.chief = c.person("周局长", model.RoleGrant{Role: model.RoleDepartmentLeader, DepartmentID: &c.roads})
	c.other = c.person("孙经办", model.RoleGrant{Role: model.RoleDepartmentHandler, DepartmentID: &c.clinics})
	c.ded = c.person("钱副主任", model.RoleGrant{Role: model.RoleAdmin, OrgID: &c.city}, model.RoleGrant{Role: model.RoleDepartmentLeader, DepartmentID: &c.clinics})
	c.citizen = c.person("")
}

// person makes an account with its grants, and with a name the member behind it.
func (c *county) person(name string, grants ...model.RoleGrant) access.Viewer {
	c.t.Helper()
	c.n++
	now := c.db.Now()
	a := model.Account{MPAppID: "mp", OpenID: fmt.Sprint("openid-", c.n), CreatedAt: now, LastLoginAt: now}
	if name != "" {
		m := model.Member{OrgID: c.branch, Name: name, IDSealed: "x", IDIndex: fmt.Sprint("index-", c.n), Sex: "MALE", BornOn: "1980-01-01", Status: model.MemberFull,
			Standing: model.StandingActive, AdmittedOn: "2010-07-01", CreatedAt: now, UpdatedAt: now}
		c.create(&m)
		a.MemberID = &m.ID
	}
	c.create(&a)
	for _, g := range grants {
		g.GrantedAt = now
		if g.MemberID = a.MemberID; g.MemberID == nil {
			g.AccountID = &a.ID
		}
		c.create(&g)
	}
	v, err := access.Load(c.db.Read(ctx), a.ID)
	must(c.t, err)
	return v
}

// request is one with an open limit of a unit; change makes it another.
func (c *county) request(clock string, deadline model.Date, change ...func(*model.Request)) model.Request {
	c.t.Helper()
	c.n++
	r := model.Request{Number: fmt.Sprintf("T%06d", c.n), Source: model.SourceMiniProgram, AccountID: &c.citizen.AccountID, Category: model.CategoryHelp, Content: "路灯坏了",
		State: model.RequestHandling, Steps: 1, Clock: clock, Deadline: deadline, ClockSeq: 1, ClockFrom: "2026-09-01", ClockDays: 5, SubmittedAt: c.db.Now(), UpdatedAt: c.db.Now()}
	if clock == model.ClockHandle || clock == model.ClockReopen {
		r.DepartmentID = &c.roads
	}
	for _, f := range change {
		f(&r)
	}
	c.create(&r)
	return r
}

// closed is a request that the roads' handler has closed in time or not, with its call-back.
func (c *county) closed(met bool, change ...func(*model.Request)) (model.Request, model.RequestRevisit) {
	c.t.Helper()
	today := model.DateOf(c.db.Now())
	r := c.request(model.ClockRate, today.AddDays(7), append([]func(*model.Request){func(r *model.Request) {
		r.State, r.DepartmentID, r.HandlerID, r.ClosedOn, r.CloseMet, r.Steps = model.RequestClosed, &c.roads, &c.handler.AccountID, today, &met, 3
	}}, change...)...)
	c.step(r, 2, "handle", c.handler, nil)
	c.step(r, 3, "close", c.handler, &met)
	v := model.RequestRevisit{RequestID: r.ID, Round: r.ReopenCount, DepartmentID: r.DepartmentID, Due: today.AddDays(1), State: model.RevisitWaiting, CreatedAt: c.db.Now()}
	c.create(&v)
	return r, v
}

func (c *county) step(r model.Request, seq int64, action string, by access.Viewer, met *bool) {
	c.t.Helper()
	c.create(&model.RequestStep{RequestID: r.ID, Seq: seq, Action: action, ToState: r.State, ActorType: model.ActorStaff, ActorID: by.AccountID, ActorName: by.Name,
		DepartmentID: r.DepartmentID, Met: met, At: c.db.Now()})
}

func (c *county) create(row any) {
	c.t.Helper()
	must(c.t, c.db.Read(ctx).Create(row).Error)
}

func (c *county) exec(sql string, args ...any) {
	c.t.Helper()
	must(c.t, c.db.Read(ctx).Exec(sql, args...).Error)
}

func (c *county) count(sql string, args ...any) (n int64) {
	c.t.Helper()
	must(c.t, c.db.Read(ctx).Raw(sql, args...).Scan(&n).Error)
	return n
}

// heard is how many messages of a kind a viewer has.
func (c *county) heard(v access.Viewer, kind string) int64 {
	c.t.Helper()
	return c.count("SELECT count(*) FROM message WHERE kind = ? AND (recipient_type = 'member' AND recipient_id = ? OR recipient_type = 'account' AND recipient_id = ?)", kind, v.MemberID, v.AccountID)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T comparable](t testing.TB, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("got %v, want %v", got, want)
	}
}

func refused(t testing.TB, err error, code string) {
	t.Helper()
	var f *fault.Fault
	if !errors.As(err, &f) || f.Code != code {
		t.Fatalf("got %v, want %s", err, code)
	}
}
