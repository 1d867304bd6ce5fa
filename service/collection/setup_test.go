package collection

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

// county is the module on a real database with a small tree:
//
//	市委 ── 甲党委 ── 甲总支 ── 甲一支部, 甲二支部
//	    │         └─ 甲三支部
//	    ├─ 乙党委 ── 乙一支部
//	    └─ 直属支部
type county struct {
	*Service
	t        *testing.T
	db       *model.DB
	clock    *modeltest.Clock
	org      map[string]model.Org
	branches []string
	n        int
}

func each(t *testing.T, now string, test func(c *county)) {
	t.Helper()
	t.Parallel()
	clock := modeltest.At(now)
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set(now)
		c := &county{Service: New(Options{DB: db, Notify: notify.New(notify.Options{DB: db, Kinds: Kinds(), Instance: "test"})}),
			t: t, db: db, clock: clock, org: map[string]model.Org{}, branches: []string{"甲一支部", "甲二支部", "甲三支部", "乙一支部", "直属支部"}}
		for _, o := range []struct{ name, above, path, level string }{{"市委", "", "001", model.OrgCity}, {"甲党委", "市委", "001001", model.OrgCommittee},
			{"甲总支", "甲党委", "001001001", model.OrgGeneralBranch}, {"甲一支部", "甲总支", "001001001001", model.OrgBranch}, {"甲二支部", "甲总支", "001001001002", model.OrgBranch},
			{"甲三支部", "甲党委", "001001002", model.OrgBranch}, {"乙党委", "市委", "001002", model.OrgCommittee}, {"乙一支部", "乙党委", "001002001", model.OrgBranch},
			{"直属支部", "市委", "001003", model.OrgBranch}} {
			row := model.Org{Type: o.level, Path: o.path, Name: o.name, CreatedAt: db.Now()}
			if above, ok := c.org[o.above]; ok {
				row.ParentID = &above.ID
			}
			c.create(&row)
			c.org[o.name] = row
		}
		test(c)
	})
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

// member is an assessed member of a branch.
func (c *county) member(branch string) model.Member {
	c.t.Helper()
	c.n++
	m := model.Member{OrgID: c.org[branch].ID, Name: fmt.Sprint("党员", c.n), IDSealed: "x", IDIndex: fmt.Sprint(c.n), Sex: "FEMALE", BornOn: "1990-01-01",
		Status: model.MemberFull, Standing: model.StandingActive, AdmittedOn: "2010-07-01", CreatedAt: c.db.Now(), UpdatedAt: c.db.Now()}
	c.create(&m)
	c.create(&model.DuesAssessment{MemberID: m.ID, Category: "SALARIED", AmountFen: 1000, EffectiveMonth: "2020-01", CreatedAt: c.db.Now()})
	return m
}

// bill is one of a member, in a state; a paid one in cash.
func (c *county) bill(m model.Member, month model.Month, fen int64, state string) model.DuesBill {
	c.t.Helper()
	b := model.DuesBill{MemberID: m.ID, OrgID: m.OrgID, Month: month, Category: "SALARIED", AmountFen: fen, State: state, CreatedAt: c.db.Now()}
	if state == model.BillPaid {
		b.Method = model.PayCash
	}
	c.create(&b)
	return b
}

// owes bills months, the first one named, and leaves them open.
func (c *county) owes(m model.Member, from model.Month, months int) {
	c.t.Helper()
	for i := range months {
		c.bill(m, from.Add(i), 1000, model.BillUnpaid)
	}
}

// paid marks bills of a member as paid.
func (c *county) pays(m model.Member, months ...model.Month) {
	c.t.Helper()
	for _, month := range months {
		c.exec("UPDATE dues_bill SET state = 'PAID', method = 'CASH' WHERE member_id = ? AND month = ?", m.ID, month)
	}
}

// recorded is a payment of a bill that waits for the second person.
func (c *county) recorded(b model.DuesBill) model.DuesPayment {
	c.t.Helper()
	return c.payment(b, model.PayCash, model.PaymentRecorded)
}

func (c *county) payment(b model.DuesBill, method, state string) model.DuesPayment {
	c.t.Helper()
	c.n++
	p := model.DuesPayment{OrgID: b.OrgID, PayerID: &b.MemberID, Method: method, State: state, AmountFen: b.AmountFen, OrderNo: fmt.Sprint("no", c.n),
		PaidOn: c.db.Read(ctx).Day(), RecordedAt: c.db.Now()}
	c.create(&p)
	c.create(&model.DuesPaymentBill{PaymentID: p.ID, BillID: b.ID, AmountFen: b.AmountFen, Live: true})
	return p
}

// holder is a new member with a role, signed in.
func (c *county) holder(role, org string) access.Viewer {
	c.t.Helper()
	m := c.member("直属支部")
	id := c.org[org].ID
	c.create(&model.RoleGrant{MemberID: &m.ID, Role: role, OrgID: &id, GrantedAt: c.db.Now()})
	return c.as(m)
}

func (c *county) as(m model.Member) access.Viewer {
	c.t.Helper()
	a := model.Account{MPAppID: "wx1", OpenID: fmt.Sprint(m.ID), MemberID: &m.ID, CreatedAt: c.db.Now(), LastLoginAt: c.db.Now()}
	c.create(&a)
	v, err := access.Load(c.db.Read(ctx), a.ID)
	must(c.t, err)
	return v
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func refused(t testing.TB, err error, code string) {
	t.Helper()
	var f *fault.Fault
	if !errors.As(err, &f) || f.Code != code {
		t.Fatalf("got %v, want %s", err, code)
	}
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("%s: got %v, want %v", what, got, want)
	}
}
