package dues

import (
	"context"
	"fmt"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/notify"
	"hongyun/service/schedule"
)

var ctx = context.Background()

// world is two branches of one committee and one of another.
type world struct {
	t     *testing.T
	db    *model.DB
	s     *Service
	clock *modeltest.Clock
	orgs  map[string]model.Org
	n     int
}

func each(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	t.Parallel()
	clock := modeltest.At("2026-11-20 09:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-11-20 09:00:00")
		w := &world{t: t, db: db, clock: clock, orgs: map[string]model.Org{},
			s: New(db, notify.New(notify.Options{DB: db, Kinds: Kinds(), Instance: "test"}))}
		for path, o := range map[string]model.Org{"001": {Type: model.OrgCity, Name: "市委"}, "001001": {Type: model.OrgCommittee, Name: "甲党委"},
			"001001001": {Type: model.OrgBranch, Name: "甲一支部"}, "001001002": {Type: model.OrgBranch, Name: "甲二支部"},
			"001002": {Type: model.OrgCommittee, Name: "乙党委"}, "001002001": {Type: model.OrgBranch, Name: "乙一支部"}} {
			o.Path, o.CreatedAt = path, db.Now()
			w.create(&o)
			w.orgs[o.Name] = o
		}
		test(t, w)
	})
}

func (w *world) create(row any) {
	w.t.Helper()
	must(w.t, w.db.Read(ctx).Create(row).Error)
}

func (w *world) member(org, name string, admitted model.Date) model.Member {
	w.t.Helper()
	w.n++
	m := model.Member{OrgID: w.orgs[org].ID, Name: name, IDSealed: "x", IDIndex: fmt.Sprint(w.n), Sex: "FEMALE", BornOn: "1990-01-01",
		Status: model.MemberFull, Standing: model.StandingActive, AdmittedOn: admitted, CreatedAt: w.db.Now(), UpdatedAt: w.db.Now()}
	w.create(&m)
	return m
}

func (w *world) assess(m model.Member, category string, amountFen int64, from model.Month) {
	w.t.Helper()
	w.create(&model.DuesAssessment{MemberID: m.ID, Category: category, AmountFen: amountFen, BaseFen: amountFen * 100, RateBP: 100, EffectiveMonth: from, CreatedAt: w.db.Now()})
}

// relieve is an approved relief.
func (w *world) relieve(m model.Member, category string, amountFen int64, from, to model.Month) {
	w.t.Helper()
	w.create(&model.DuesRelief{MemberID: m.ID, OrgID: m.OrgID, Category: category, AmountFen: amountFen, FromMonth: from, ToMonth: to, Reason: "困难", StudiedOn: "2026-01-05",
		State: model.ReliefApproved, DecisionNo: "甲委〔2026〕1号", RequestedAt: w.db.Now()})
}

// payer is a member with an assessment that has long been in force.
func (w *world) payer(org, name string, amountFen int64) model.Member {
	m := w.member(org, name, "2010-07-01")
	w.assess(m, "SALARIED", amountFen, "2026-01")
	return m
}

func (w *world) as(m model.Member) access.Viewer {
	w.t.Helper()
	w.n++
	a := model.Account{MPAppID: "wx1", OpenID: fmt.Sprint(w.n), MemberID: &m.ID, CreatedAt: w.db.Now(), LastLoginAt: w.db.Now()}
	w.create(&a)
	v, err := access.Load(w.db.Read(ctx), a.ID)
	must(w.t, err)
	return v
}

func (w *world) holder(role, org string) access.Viewer {
	w.t.Helper()
	m := w.member("甲一支部", org+role, "2010-07-01")
	id := w.orgs[org].ID
	w.create(&model.RoleGrant{MemberID: &m.ID, Role: role, OrgID: &id, GrantedAt: w.db.Now()})
	return w.as(m)
}

func (w *world) bill(day model.Date) string {
	w.t.Helper()
	summary, err := w.s.bill(ctx, schedule.Run{Day: day})
	must(w.t, err)
	return summary
}

func (w *world) billOf(m model.Member, month model.Month) model.DuesBill {
	w.t.Helper()
	var b model.DuesBill
	must(w.t, w.db.Read(ctx).Where("member_id = ? AND month = ?", m.ID, month).Take(&b).Error)
	return b
}

func (w *world) sum(sql string, args ...any) (n int64) {
	w.t.Helper()
	must(w.t, w.db.Read(ctx).Raw("SELECT coalesce(sum(n), 0) FROM ("+sql+") x", args...).Scan(&n).Error)
	return n
}

// pay settles a payment for the bill, as package payment would.
func (w *world) pay(b model.DuesBill, on model.Date) model.DuesPayment {
	w.t.Helper()
	return w.payment(b, model.PaymentSettled, on)
}

// payment holds the bill in a state; settled, the bill is paid.
func (w *world) payment(b model.DuesBill, state string, on model.Date) model.DuesPayment {
	w.t.Helper()
	w.n++
	p := model.DuesPayment{OrgID: b.OrgID, PayerID: &b.MemberID, Method: model.PayCash, State: state, AmountFen: b.AmountFen, OrderNo: fmt.Sprint("DF", w.n),
		PaidOn: on, RecordedAt: w.db.Now()}
	w.create(&p)
	w.create(&model.DuesPaymentBill{PaymentID: p.ID, BillID: b.ID, AmountFen: b.AmountFen, Live: true})
	if state == model.PaymentSettled {
		must(w.t, w.db.Read(ctx).Model(&model.DuesBill{}).Where("id = ?", b.ID).Update("state", model.BillPaid).Error)
	}
	return p
}
