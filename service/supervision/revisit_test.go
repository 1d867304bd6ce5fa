package supervision

import (
	"sync"
	"sync/atomic"
	"testing"

	"hongyun/model"
)

var yes, no = ptr(true), ptr(false)

func ptr[T any](v T) *T { return &v }

func TestRevisit(t *testing.T) {
	each(t, "2026-10-08 09:00:00", func(t *testing.T, c *county) {
		stands := func(id int64) (r model.Request) {
			must(t, c.db.Read(ctx).Where("id = ?", id).Take(&r).Error)
			return r
		}
		t.Run("one who was reached gives the word that the citizen had not given", func(t *testing.T) {
			r, x := c.closed(true)
			out, err := c.RecordResult(ctx, c.desk, x.ID, ResultInput{Reached: true, Solved: yes, Satisfied: no, Note: "路灯亮了"})
			must(t, err)
			if out.State != model.RevisitDone || !*out.Solved || *out.Satisfied || out.DoneBy != "王窗口" || out.SendBack {
				t.Fatalf("%+v", out)
			}
			equal(t, *stands(r.ID).Solved, true)
		})
		t.Run("what the citizen has said stays", func(t *testing.T) {
			r, x := c.closed(true, func(r *model.Request) { r.Solved = yes })
			_, err := c.RecordResult(ctx, c.desk, x.ID, ResultInput{Reached: true, Solved: no, Satisfied: no})
			must(t, err)
			equal(t, *stands(r.ID).Solved, true)
		})
		t.Run("a closing that was undone meanwhile says nothing of the new one", func(t *testing.T) {
			r, x := c.closed(true)
			c.exec("UPDATE request SET reopen_count = 1, state = 'REOPENED', closed_on = '' WHERE id = ?", r.ID)
			out, err := c.RecordResult(ctx, c.desk, x.ID, ResultInput{Reached: true, Solved: no, Satisfied: no, FalseClosing: true})
			must(t, err)
			if stands(r.ID).Solved != nil || out.SendBack || !out.Reopened {
				t.Fatalf("%+v", out)
			}
		})
		t.Run("after three tries that reached nobody, nobody was; who calls back later is entered all the same", func(t *testing.T) {
			_, x := c.closed(true)
			for tries := range int64(3) {
				out, err := c.RecordResult(ctx, c.desk, x.ID, ResultInput{Tries: tries})
				must(t, err)
				equal(t, out.State, []string{model.RevisitWaiting, model.RevisitWaiting, model.RevisitUnreached}[tries])
			}
			_, err := c.RecordResult(ctx, c.desk, x.ID, ResultInput{Tries: 3})
			refused(t, err, "supervision.changed")
			out, err := c.RecordResult(ctx, c.desk, x.ID, ResultInput{Tries: 3, Reached: true, Solved: yes, Satisfied: yes})
			must(t, err)
			equal(t, out.State, model.RevisitDone)
			_, err = c.RecordResult(ctx, c.desk, x.ID, ResultInput{Tries: 3, Reached: true, Solved: no, Satisfied: no})
			refused(t, err, "supervision.changed")
		})
		t.Run("tapped by many at once, one try is counted", func(t *testing.T) {
			_, x := c.closed(true)
			var wg sync.WaitGroup
			var done atomic.Int64
			for range 8 {
				wg.Go(func() {
					if _, err := c.RecordResult(ctx, c.desk, x.ID, ResultInput{}); err == nil {
						done.Add(1)
					}
				})
			}
			wg.Wait()
			equal(t, done.Load(), 1)
			equal(t, c.count("SELECT tries FROM request_revisit WHERE id = ?", x.ID), 1)
		})
		t.Run("a false closing proposes an accountability that says nothing of the citizen's words, and may be sent back", func(t *testing.T) {
			r, x := c.closed(true)
			out, err := c.RecordResult(ctx, c.desk, x.ID, ResultInput{Reached: true, Solved: no, Satisfied: no, FalseClosing: true, Note: "吴某说没人来过"})
			must(t, err)
			var a model.Accountability
			must(t, c.db.Read(ctx).Where("request_id = ?", r.ID).Take(&a).Error)
			if !out.SendBack || *out.AccountabilityID != a.ID || a.Kind != model.AccountFalseClosing || *a.ProposedBy != c.desk.AccountID || *a.DepartmentID != c.roads || a.LeaderName != "周局长" || a.Reason != "回访时群众反映事项并未办理" {
				t.Fatalf("%+v %+v", out, a)
			}
			equal(t, stands(r.ID).State, model.RequestClosed)
		})
		t.Run("what cannot be right is refused", func(t *testing.T) {
			_, x := c.closed(true)
			for _, in := range []ResultInput{{Reached: true}, {Reached: true, Solved: yes}, {Solved: yes}, {FalseClosing: true}} {
				_, err := c.RecordResult(ctx, c.desk, x.ID, in)
				refused(t, err, "supervision.no_word")
			}
			_, err := c.RecordResult(ctx, c.desk, x.ID, ResultInput{Reached: true, Solved: no, Satisfied: yes, FalseClosing: true})
			refused(t, err, "supervision.false_but_good")
			_, err = c.RecordResult(ctx, c.handler, x.ID, ResultInput{})
			refused(t, err, "auth.forbidden")
			_, err = c.RecordResult(ctx, c.desk, 999999, ResultInput{})
			refused(t, err, "not_found")
		})
		t.Run("who works for the unit that closed it calls nobody about it", func(t *testing.T) {
			both := c.person("双岗", model.RoleGrant{Role: model.RoleDesk, OrgID: &c.city}, model.RoleGrant{Role: model.RoleDepartmentHandler, DepartmentID: &c.roads})
			_, x := c.closed(true)
			_, err := c.RecordResult(ctx, both, x.ID, ResultInput{})
			refused(t, err, "supervision.own_unit")
		})
		t.Run("who works for the unit complained of does not find it", func(t *testing.T) {
			_, x := c.closed(true, func(r *model.Request) { r.SubjectDepartmentID = &c.clinics })
			_, err := c.RecordResult(ctx, c.ded, x.ID, ResultInput{})
			refused(t, err, "not_found")
		})
	})
}

func TestRevisits(t *testing.T) {
	each(t, "2026-10-08 09:00:00", func(t *testing.T, c *county) {
		for range 3 {
			c.closed(true) // due on 9 October
		}
		_, x := c.closed(true)
		_, err := c.RecordResult(ctx, c.desk, x.ID, ResultInput{Reached: true, Solved: yes, Satisfied: no})
		must(t, err)
		_, early := c.closed(true)
		c.exec("UPDATE request_revisit SET due = '2026-10-07' WHERE id = ?", early.ID)
		_, hidden := c.closed(true, func(r *model.Request) { r.SubjectDepartmentID = &c.clinics })

		t.Run("those that wait come first, as they are due, late ones marked", func(t *testing.T) {
			rows, total, err := c.Revisits(ctx, c.desk, RevisitFilter{}, 0, 50)
			must(t, err)
			equal(t, total, 6)
			if rows[0].ID != early.ID || !rows[0].Late || rows[1].Late || rows[5].ID != x.ID || rows[0].Solved != nil {
				t.Fatalf("%+v", rows)
			}
		})
		t.Run("every number of the coverage opens its list", func(t *testing.T) {
			all, err := c.RevisitCoverage(ctx, c.leader, CoverageFilter{})
			must(t, err)
			if len(all) != 1 || all[0].Month != "2026-10" || *all[0].DepartmentID != c.roads {
				t.Fatalf("%+v", all)
			}
			n := all[0]
			for _, one := range []struct {
				f    RevisitFilter
				want int64
			}{{RevisitFilter{}, n.Due}, {RevisitFilter{State: "DONE"}, n.Done}, {RevisitFilter{State: "WAITING"}, n.Waiting}, {RevisitFilter{Late: true}, n.Late},
				{RevisitFilter{Result: "SOLVED"}, n.Solved}, {RevisitFilter{Result: "DISSATISFIED"}, n.Dissatisfied}, {RevisitFilter{Result: "UNSOLVED"}, n.Unsolved}, {RevisitFilter{Result: "FALSE_CLOSING"}, n.FalseClosings}} {
				one.f.Month, one.f.DepartmentID = "2026-10", c.roads
				_, total, err := c.Revisits(ctx, c.leader, one.f, 0, 50)
				must(t, err)
				equal(t, total, one.want)
			}
			if n.Due != 6 || n.Done != 1 || n.Waiting != 5 || n.Late != 1 || n.Solved != 1 || n.Dissatisfied != 1 {
				t.Fatalf("%+v", n)
			}
		})
		t.Run("neither list nor numbers give away what complains of the viewer's unit", func(t *testing.T) {
			rows, total, err := c.Revisits(ctx, c.ded, RevisitFilter{}, 0, 50)
			must(t, err)
			equal(t, total, 5)
			for _, r := range rows {
				if r.ID == hidden.ID {
					t.Fatal("it is in the list")
				}
			}
			all, err := c.RevisitCoverage(ctx, c.ded, CoverageFilter{})
			must(t, err)
			equal(t, all[0].Due, 5)
		})
		t.Run("a unit reads no call-backs", func(t *testing.T) {
			_, _, err := c.Revisits(ctx, c.chief, RevisitFilter{}, 0, 50)
			refused(t, err, "auth.forbidden")
		})
	})
}
