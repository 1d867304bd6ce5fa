package supervision

import (
	"strings"
	"testing"

	"hongyun/model"
)

// TestShielded: what the window writes of a citizen who is not to be known stays with the window (RULES 9.2).
func TestShielded(t *testing.T) {
	each(t, "2026-10-08 09:00:00", func(t *testing.T, c *county) {
		const careless = "吴群众就同一事项反复来电"
		hide := func(r *model.Request) { r.Confidential = true }
		hidden, call := c.closed(true, hide)
		open, openCall := c.closed(true)
		for _, r := range []model.Request{hidden, open} {
			_, err := c.ProposeExclusion(ctx, c.desk, r.ID, ReasonInput{Reason: careless})
			must(t, err)
		}
		own, _ := c.closed(true, hide)
		said, err := c.ProposeExclusion(ctx, c.handler, own.ID, ReasonInput{Reason: "不属于本单位职责"})
		if err != nil || said.Reason != "不属于本单位职责" {
			t.Errorf("%+v, %v", said, err)
		}
		rows, _, err := c.Exclusions(ctx, c.handler, ExclusionFilter{}, 0, 10)
		must(t, err)
		for _, x := range rows {
			if want := map[int64]bool{hidden.ID: false, open.ID: true}[x.RequestID]; x.RequestID != own.ID && strings.Contains(x.Reason, "吴群众") != want {
				t.Errorf("the unit reads of %d: %q", x.RequestID, x.Reason)
			}
			if x.RequestID == own.ID && x.Reason != "不属于本单位职责" {
				t.Errorf("the unit reads %q of its own proposal", x.Reason)
			}
		}
		if rows, _, err = c.Exclusions(ctx, c.desk, ExclusionFilter{RequestID: hidden.ID}, 0, 10); err != nil || rows[0].Reason != careless {
			t.Errorf("the window reads %+v, %v", rows, err)
		}
		if n := c.count("SELECT count(*) FROM audit_entry WHERE after LIKE '%吴群众%'"); n != 0 {
			t.Errorf("it stands in the audit log %d times", n)
		}
		for _, x := range []model.RequestRevisit{call, openCall} {
			_, err := c.RecordResult(ctx, c.desk, x.ID, ResultInput{Reached: true, Solved: yes, Satisfied: yes, Note: careless})
			must(t, err)
		}
		calls, _, err := c.Revisits(ctx, c.leader, RevisitFilter{State: model.RevisitDone}, 0, 10)
		must(t, err)
		for _, x := range calls {
			if want := x.RequestID == open.ID; (x.Note == careless) != want {
				t.Errorf("the city's leader reads of %d: %q", x.RequestID, x.Note)
			}
		}
		if calls, _, err = c.Revisits(ctx, c.desk, RevisitFilter{State: model.RevisitDone}, 0, 10); err != nil || len(calls) != 2 || calls[0].Note != careless || calls[1].Note != careless {
			t.Errorf("the window reads %+v, %v", calls, err)
		}
	})
}
