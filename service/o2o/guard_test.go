package o2o

import (
	"slices"
	"testing"
	"time"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// TestGuards is what actions ask besides state and party, written down a second time: who may not take which in which case, and
// that the list of actions leaves out just that.
func TestGuards(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-11-23 10:00:00")
		c := newCounty(t, db, clock)
		closedBy := func(id int64, v access.Viewer) {
			must(t, db.Read(ctx).Create(&model.RequestStep{RequestID: id, Seq: 2, Action: ActionClose, ActorType: model.ActorStaff, ActorID: v.AccountID, At: db.Now()}).Error)
			c.set(id, map[string]any{"steps": 2})
		}
		for _, w := range []struct {
			what   string
			action string
			v      access.Viewer
			state  string
			set    map[string]any
			closer access.Viewer
			code   string // empty: it may be done
		}{
			{"within two working days after the referral", ActionReturn, c.handler, model.RequestReferred, map[string]any{"clock_from": model.Date("2026-11-19")}, access.Viewer{}, ""},
			{"three working days after the referral", ActionReturn, c.handler, model.RequestReferred, map[string]any{"clock_from": model.Date("2026-11-18")}, access.Viewer{}, "o2o.return_late"},
			{"assigned by the city", ActionReturn, c.handler, model.RequestReferred, map[string]any{"final": true}, access.Viewer{}, "o2o.final"},
			{"returned once", ActionRefer, c.desk, model.RequestReturned, map[string]any{"return_count": 1}, access.Viewer{}, ""},
			{"returned twice", ActionRefer, c.desk, model.RequestReturned, map[string]any{"return_count": 2}, access.Viewer{}, "o2o.at_city"},
			{"returned once", ActionAssign, c.admin, model.RequestReturned, map[string]any{"return_count": 1}, access.Viewer{}, "o2o.not_at_city"},
			{"returned twice", ActionAssign, c.desk, model.RequestReturned, map[string]any{"return_count": 2}, access.Viewer{}, "auth.forbidden"},
			{"closed by another person", ActionRework, c.handler, model.RequestReopened, map[string]any{"reopen_count": 1}, c.chief, ""},
			{"closed by this person", ActionRework, c.handler, model.RequestReopened, map[string]any{"reopen_count": 1}, c.handler, "o2o.same_person"},
			{"a second time, by a handler", ActionRework, c.handler, model.RequestReopened, map[string]any{"reopen_count": 2}, c.chief, "o2o.leader_only"},
			{"a second time, by the leader", ActionRework, c.chief, model.RequestReopened, map[string]any{"reopen_count": 2}, c.handler, ""},
			{"a second time, by the leader who closed it", ActionRework, c.chief, model.RequestReopened, map[string]any{"reopen_count": 2}, c.chief, "o2o.same_person"},
			{"what came back, by who had closed it", ActionClose, c.handler, model.RequestHandling, map[string]any{"reopen_count": 1}, c.handler, "o2o.same_person"},
			{"answered by this clerk", ActionRework, c.desk, model.RequestReopened, map[string]any{"reopen_count": 1, "department_id": nil, "disposition": "ANSWER"}, c.desk, "o2o.same_person"},
			{"answered by another clerk", ActionRework, c.desk2, model.RequestReopened, map[string]any{"reopen_count": 1, "department_id": nil, "disposition": "ANSWER"}, c.desk, ""},
			{"a second time, by a clerk", ActionRework, c.desk2, model.RequestReopened, map[string]any{"reopen_count": 2, "department_id": nil, "disposition": "SOLVE"}, c.desk, "o2o.leader_only"},
			{"a second time, by the city", ActionRework, c.admin, model.RequestReopened, map[string]any{"reopen_count": 2, "department_id": nil, "disposition": "SOLVE"}, c.desk, ""},
			{"from the mini-program", ActionConverse, c.desk, model.RequestSubmitted, nil, access.Viewer{}, "o2o.no_conversation"},
			{"nobody helps", ActionUnhelp, c.handler, model.RequestHandling, nil, access.Viewer{}, "o2o.no_helper"},
		} {
			id := c.put(w.state)
			c.set(id, w.set)
			if w.closer.AccountID != 0 {
				closedBy(id, w.closer)
			}
			d, err := c.s.Request(ctx, w.v, id)
			if err != nil || slices.Contains(d.Actions, w.action) != (w.code == "") {
				t.Errorf("%s, %s: listed %q, %v", w.action, w.what, d.Actions, err)
			}
			if _, err := c.do(w.action, w.v, id); w.code == "" && err != nil || w.code != "" && !fault.Is(err, w.code) {
				t.Errorf("%s, %s: %v, want %q", w.action, w.what, err, w.code)
			}
		}
	})
}

// TestOffice: a clerk who also works for the unit complained of sees such a request only as its citizen, and works on it no more
// than any other citizen.
func TestOffice(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		c := newCounty(t, db, clock)
		both := c.person("钱两职", 0, model.RoleGrant{Role: model.RoleDesk, OrgID: &c.desk.Grants[0].OrgID}, model.RoleGrant{Role: model.RoleDepartmentHandler, DepartmentID: &c.roads})
		id := c.submit(both, SubmitInput{SubjectDepartmentID: &c.roads}).ID
		d, err := c.s.Request(ctx, both, id)
		if err != nil || !slices.Equal(d.Actions, []string{"add", "chase", "withdraw"}) {
			t.Errorf("%q %v", d.Actions, err)
		}
		if _, err := c.s.Accept(ctx, both, id, AcceptInput{}); !fault.Is(err, "auth.forbidden") {
			t.Errorf("accepts it: %v", err)
		}
		must(t, second(c.s.Accept(ctx, c.desk, id, AcceptInput{})))
		if _, err := c.s.Refer(ctx, c.desk, id, c.roads, ""); !fault.Is(err, "o2o.subject_unit") {
			t.Errorf("refers it to the unit complained of: %v", err)
		}
		must(t, second(c.s.Refer(ctx, c.desk, id, c.clinics, "")))
		if _, err := c.s.AskHelp(ctx, c.stranger, id, HelpInput{DepartmentID: c.roads, Part: "情况说明"}); !fault.Is(err, "o2o.subject_unit") {
			t.Errorf("has the unit complained of help: %v", err)
		}
		c.set(id, map[string]any{"state": model.RequestReturned, "return_count": 2})
		if _, err := c.s.Assign(ctx, c.admin, id, c.roads, ""); !fault.Is(err, "o2o.subject_unit") {
			t.Errorf("assigns it to the unit complained of: %v", err)
		}
	})
}

// TestSteps_signed: every step has its actor and time; every step that ends a limit has that limit, its last day, and whether it
// was met (feature C6).
func TestSteps_signed(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-11-23 10:00:00")
		c := newCounty(t, db, clock)
		id := c.submit(c.citizen, SubmitInput{}).ID
		step := func(_ Detail, err error) { t.Helper(); must(t, err); clock.Add(time.Hour) }
		step(c.s.Accept(ctx, c.desk, id, AcceptInput{}))
		step(c.s.Refer(ctx, c.desk, id, c.roads, ""))
		must(t, second(c.s.Return(ctx, c.handler, id, "依据")))
		step(c.s.Refer(ctx, c.desk, id, c.clinics, ""))
		must(t, second(c.s.Return(ctx, c.stranger, id, "依据")))
		step(c.s.Assign(ctx, c.admin, id, c.roads, ""))
		step(c.s.Handle(ctx, c.handler, id, ""))
		step(c.s.AskHelp(ctx, c.handler, id, HelpInput{DepartmentID: c.clinics, Part: "伤者"}))
		step(c.s.HelpDone(ctx, c.stranger, id, c.clinics, "已提供"))
		step(c.s.Close(ctx, c.handler, id, "已修好"))
		d, err := c.s.SendBack(ctx, c.desk, id, "没有修")
		must(t, err)
		ends := map[string]string{ActionAccept: "ACCEPT", ActionRefer: "REFER", ActionReturn: "HANDLE", ActionAssign: "REFER", ActionClose: "HANDLE", ActionSendBack: "RATE"}
		for _, st := range d.Steps {
			if st.ActorType == "" || st.ActorName == "" || st.At.IsZero() || st.Clock != ends[st.Action] || (st.Clock != "") != (st.Deadline != "" && st.Met != nil) {
				t.Errorf("%+v", st)
			}
		}
		if len(d.Steps) != 12 {
			t.Errorf("%d steps", len(d.Steps))
		}
	})
}
