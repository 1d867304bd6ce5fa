package supervision

import (
	"sync"
	"sync/atomic"
	"testing"

	"hongyun/model"
)

func TestAccountability(t *testing.T) {
	each(t, "2026-10-13 08:30:00", func(t *testing.T, c *county) {
		// late is a proposal by the clock about a request that the handler worked on.
		late := func(change ...func(*model.Request)) model.Accountability {
			r := c.request(model.ClockHandle, "2026-09-30", change...)
			c.step(r, 2, "handle", c.handler, nil)
			c.step(r, 3, "refuse_extension", c.desk, nil)
			_, err := c.Warn(ctx)
			must(t, err)
			var a model.Accountability
			must(t, c.db.Read(ctx).Where("request_id = ?", r.ID).Take(&a).Error)
			return a
		}
		t.Run("shows who handled it and who led the unit at each escalation", func(t *testing.T) {
			d, err := c.AccountabilityOf(ctx, c.chief, late().ID)
			must(t, err)
			if len(d.Handlers) != 1 || d.Handlers[0].Name != "陈经办" || *d.Handlers[0].MemberID != c.handler.MemberID || len(d.Escalations) != 3 || d.Escalations[2].LeaderName != "周局长" || !d.ByClock {
				t.Fatalf("%+v", d)
			}
		})
		t.Run("criticism is told to the unit's leader and handlers, and is final", func(t *testing.T) {
			a := late()
			d, err := c.Decide(ctx, c.admin, a.ID, DecideInput{Measure: model.MeasureCriticism, Note: "情况属实"})
			must(t, err)
			if d.State != model.Decided || d.MeasureName != "通报批评" || d.Decider != "张主任" {
				t.Fatalf("%+v", d)
			}
			equal(t, c.heard(c.chief, KindDecided), 1)
			equal(t, c.heard(c.handler, KindDecided), 1)
			equal(t, c.heard(c.other, KindDecided), 0)
			_, err = c.Dismiss(ctx, c.admin2, a.ID, DismissInput{Note: "误会"})
			refused(t, err, "supervision.decided")
		})
		t.Run("points are a fact of the member who handled it, once", func(t *testing.T) {
			a := late()
			var wg sync.WaitGroup
			var done atomic.Int64
			for range 4 {
				wg.Go(func() {
					if _, err := c.Decide(ctx, c.admin, a.ID, DecideInput{Measure: model.MeasurePoints, MemberID: c.handler.MemberID}); err == nil {
						done.Add(1)
					}
				})
			}
			wg.Wait()
			equal(t, done.Load(), 1)
			equal(t, c.count("SELECT count(*) FROM fact WHERE code = 'request.overdue' AND subject_id = ? AND org_id = ?", c.handler.MemberID, c.branch), 1)
		})
		t.Run("points go to nobody who did not work on it for the unit", func(t *testing.T) {
			a := late()
			for _, m := range []int64{0, c.chief.MemberID, c.desk.MemberID, 999999} {
				_, err := c.Decide(ctx, c.admin, a.ID, DecideInput{Measure: model.MeasurePoints, MemberID: m})
				refused(t, err, "supervision.no_member")
			}
			equal(t, c.count("SELECT count(*) FROM accountability WHERE id = ? AND state = 'PROPOSED'", a.ID), 1)
		})
		t.Run("dismissed with a reason, nobody is told and nothing counts", func(t *testing.T) {
			a, told := late(), c.heard(c.chief, KindDecided)
			d, err := c.Dismiss(ctx, c.admin, a.ID, DismissInput{Note: "道路封闭"})
			must(t, err)
			equal(t, d.StateName, "不予追究")
			equal(t, d.Note, "道路封闭")
			equal(t, c.heard(c.chief, KindDecided), told)
		})
		t.Run("nobody decides on the own unit or the own proposal, under whatever account", func(t *testing.T) {
			own := c.person("兼职", model.RoleGrant{Role: model.RoleAdmin, OrgID: &c.city}, model.RoleGrant{Role: model.RoleDepartmentHandler, DepartmentID: &c.roads})
			a := late()
			_, err := c.Decide(ctx, own, a.ID, DecideInput{Measure: model.MeasureCriticism})
			refused(t, err, "supervision.own_unit")
			r, _ := c.closed(true)
			d, err := c.Propose(ctx, c.admin, ProposeInput{RequestID: r.ID, Kind: model.AccountLeak, Reason: "向被反映人透露"})
			must(t, err)
			_, err = c.Decide(ctx, c.admin, d.ID, DecideInput{Measure: model.MeasureCriticism})
			refused(t, err, "supervision.same_person")
			second := c.admin
			second.AccountID = c.admin2.AccountID
			_, err = c.Dismiss(ctx, second, d.ID, DismissInput{Note: "无据"})
			refused(t, err, "supervision.same_person")
			_, err = c.Decide(ctx, c.desk, d.ID, DecideInput{Measure: model.MeasureCriticism})
			refused(t, err, "auth.forbidden")
			_, err = c.Decide(ctx, c.admin2, d.ID, DecideInput{Measure: model.MeasureCriticism})
			must(t, err)
		})
		t.Run("of each kind there is one for a round", func(t *testing.T) {
			r, _ := c.closed(true)
			_, err := c.Propose(ctx, c.desk, ProposeInput{RequestID: r.ID, Kind: model.AccountRefused, Reason: "推诿"})
			must(t, err)
			_, err = c.Propose(ctx, c.desk, ProposeInput{RequestID: r.ID, Kind: model.AccountRefused, Reason: "推诿"})
			refused(t, err, "supervision.already_proposed")
			_, err = c.Propose(ctx, c.desk, ProposeInput{RequestID: r.ID, Kind: model.AccountLeak, Reason: "x", DepartmentID: c.clinics})
			refused(t, err, "supervision.not_involved")
			_, err = c.Propose(ctx, c.handler, ProposeInput{RequestID: r.ID, Kind: model.AccountLeak, Reason: "x"})
			refused(t, err, "auth.forbidden")
		})
		t.Run("a unit sees its own, also of what it has given back, the city all, the unit complained of nothing", func(t *testing.T) {
			a := late(func(r *model.Request) { r.SubjectDepartmentID = &c.clinics })
			c.exec("UPDATE request SET department_id = NULL WHERE id = ?", a.RequestID)
			for _, who := range []struct {
				name string
				sees bool
			}{{"chief", true}, {"handler", true}, {"leader", true}, {"desk", true}, {"other", false}, {"ded", false}, {"citizen", false}} {
				v := map[string]any{"chief": c.chief, "handler": c.handler, "leader": c.leader, "desk": c.desk, "other": c.other, "ded": c.ded, "citizen": c.citizen}
				rows, total, err := c.Accountabilities(ctx, viewer(v[who.name]), AccountabilityFilter{RequestID: a.RequestID}, 0, 10)
				must(t, err)
				warnings, n, err := c.Warnings(ctx, viewer(v[who.name]), WarningFilter{RequestID: a.RequestID}, 0, 10)
				must(t, err)
				if (total == 1) != who.sees || int64(len(rows)) != total || (n == 3) != who.sees || int64(len(warnings)) != n {
					t.Errorf("%s finds %d, %d", who.name, total, n)
				}
			}
			_, err := c.Decide(ctx, c.ded, a.ID, DecideInput{Measure: model.MeasureCriticism})
			refused(t, err, "not_found")
		})
	})
}
