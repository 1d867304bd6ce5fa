package rates

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/schedule"
)

var ctx = context.Background()

// county is a small world: three units, one citizen, everybody who may see rates.
type county struct {
	t       *testing.T
	db      *model.DB
	clock   *modeltest.Clock
	s       *Service
	n       int64
	citizen int64

	roads, clinics, schools int64

	admin, leader, desk, roadsLeader, clinicsHandler, torn access.Viewer // torn works at the window and for the clinics
}

// each opens a county on both databases at a time.
func each(t *testing.T, at string, test func(c *county)) {
	t.Parallel()
	clock := modeltest.At(at)
	modeltest.Each(t, func() time.Time { return clock.Now() }, func(t *testing.T, db *model.DB) {
		clock.Set(at)
		c := &county{t: t, db: db, clock: clock, s: New(Options{DB: db})}
		c.settleIn()
		test(c)
	})
}

func (c *county) settleIn() {
	now, tx := c.db.Now(), c.db.Read(ctx)
	for _, d := range []struct {
		name string
		id   *int64
	}{{"城市管理局", &c.roads}, {"卫生健康委", &c.clinics}, {"教育体育局", &c.schools}} {
		row := model.Department{Name: d.name, CreatedAt: now}
		must(c.t, tx.Create(&row).Error)
		*d.id = row.ID
	}
	a := model.Account{MPAppID: "mp", OpenID: "citizen", CreatedAt: now, LastLoginAt: now}
	must(c.t, tx.Create(&a).Error)
	c.citizen = a.ID
	staff := func(grants ...access.Grant) access.Viewer {
		c.n++
		a := model.Account{MPAppID: "mp", OpenID: fmt.Sprint("staff-", c.n), CreatedAt: now, LastLoginAt: now}
		must(c.t, tx.Create(&a).Error)
		return access.Viewer{AccountID: a.ID, Grants: grants}
	}
	city := func(role string) access.Grant {
		return access.Grant{Role: role, OrgID: 1, OrgPath: "001", OrgType: model.OrgCity}
	}
	c.admin, c.leader, c.desk = staff(city(model.RoleAdmin)), staff(city(model.RoleLeader)), staff(city(model.RoleDesk))
	c.roadsLeader = staff(access.Grant{Role: model.RoleDepartmentLeader, DepartmentID: c.roads})
	c.clinicsHandler = staff(access.Grant{Role: model.RoleDepartmentHandler, DepartmentID: c.clinics})
	c.torn = staff(city(model.RoleDesk), access.Grant{Role: model.RoleDepartmentHandler, DepartmentID: c.clinics})
}

// request is an empty request of the citizen, for a test to fill in.
func (c *county) request(fill func(*model.Request)) model.Request {
	c.n++
	r := model.Request{Number: fmt.Sprintf("N%07d", c.n), Source: model.SourceMiniProgram, AccountID: &c.citizen, Category: model.CategoryHelp,
		Content: "路灯坏了，我叫吴小明，电话13812345678", State: model.RequestSubmitted, SubmittedAt: c.db.Now(), UpdatedAt: c.db.Now()}
	fill(&r)
	return r
}

// put writes requests, and their ids into them.
func (c *county) put(rows ...model.Request) []model.Request {
	c.t.Helper()
	must(c.t, c.db.Read(ctx).CreateInBatches(&rows, 100).Error)
	return rows
}

func (c *county) one(fill func(*model.Request)) model.Request {
	c.t.Helper()
	return c.put(c.request(fill))[0]
}

func (c *county) rate(r model.Request, round, grade int64, on model.Date, unit *int64) {
	c.t.Helper()
	must(c.t, c.db.Read(ctx).Create(&model.RequestRating{RequestID: r.ID, Round: round, Rating: grade, DepartmentID: unit, RatedOn: on, CreatedAt: c.db.Now()}).Error)
}

func (c *county) exec(sql string, args ...any) {
	c.t.Helper()
	_, err := model.Exec(c.db.Read(ctx), sql, args...)
	must(c.t, err)
}

func (c *county) report(v access.Viewer, from, to model.Month, unit *int64) Report {
	c.t.Helper()
	r, err := c.s.Rates(ctx, v, Filter{Period: Period{From: from, To: to}, DepartmentID: unit})
	must(c.t, err)
	return r
}

func (c *county) list(v access.Viewer, f LineFilter) ([]Line, int64) {
	c.t.Helper()
	rows, total, err := c.s.Lines(ctx, v, f, 0, 100000)
	must(c.t, err)
	return rows, total
}

// runJob runs the job on a day.
func (c *county) runJob(day model.Date) string {
	c.t.Helper()
	done, err := c.s.Jobs()[0].Run(ctx, jobRun(day))
	must(c.t, err)
	return done
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func yes() *bool { b := true; return &b }
func no() *bool  { b := false; return &b }

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

func jobRun(day model.Date) schedule.Run { return schedule.Run{Day: day} }
