package o2o

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
)

// do takes a named action with an input that is right in itself.
func (c *county) do(action string, v access.Viewer, id int64) (Detail, error) {
	switch action {
	case ActionAccept:
		return c.s.Accept(ctx, v, id, AcceptInput{})
	case ActionDecline:
		return c.s.Decline(ctx, v, id, "LEGAL", "不属于受理范围，请到法院立案窗口办理")
	case ActionAnswer:
		return c.s.Answer(ctx, v, id, "请携带身份证到窗口办理")
	case ActionRefer:
		return c.s.Refer(ctx, v, id, c.roads, "请尽快")
	case ActionHandle:
		return c.s.Handle(ctx, v, id, "")
	case ActionReply:
		return c.s.Reply(ctx, v, id, "已派人查看")
	case ActionClose:
		return c.s.Close(ctx, v, id, "路灯已修好")
	case ActionRate:
		return c.s.Rate(ctx, v, id, RateInput{Rating: 5, Note: "很快"})
	case ActionWithdraw:
		return c.s.Withdraw(ctx, v, id)
	}
	panic(action)
}

var allActions = []string{ActionAccept, ActionDecline, ActionAnswer, ActionRefer, ActionHandle, ActionReply, ActionClose, ActionRate, ActionWithdraw}

// TestWork_everyCombination tries every action in every state by everybody, and compares with the regulation.
func TestWork_everyCombination(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		c := newCounty(t, db, clock)
		who := map[string]struct {
			v     access.Viewer
			party string // whose steps he or she may take
			all   bool   // sees every request
		}{
			"city administrator": {c.admin, "desk", true}, "city leader": {c.leader, "", true}, "desk": {c.desk, "desk", true},
			"handler": {c.handler, "department", false}, "chief": {c.chief, "department", false}, "another department": {c.stranger, "", false},
			"citizen": {c.citizen, "citizen", false}, "neighbour": {c.neighbour, "", false}, "committee": {c.committee, "", false},
			"nobody": {access.Viewer{}, "", false},
		}
		states := []string{model.RequestSubmitted, model.RequestAccepted, model.RequestReferred, model.RequestHandling, model.RequestReturned,
			model.RequestClosed, model.RequestRated, model.RequestUnrated, model.RequestReopened, model.RequestDeclined, model.RequestDuplicate,
			model.RequestWithdrawn}
		for _, state := range states {
			id := c.put(state)
			for name, w := range who {
				referred := state != model.RequestSubmitted && state != model.RequestAccepted && state != model.RequestDeclined && state != model.RequestWithdrawn
				sees := w.all || w.party == "citizen" || w.party == "department" && referred
				for _, action := range allActions {
					var line string
					for _, l := range regulation {
						if f := strings.Fields(l); f[1] == action {
							line = l
						}
					}
					f := strings.Fields(line)
					mine, follows := w.party == f[0], f[2] == state
					got, err := c.do(action, w.v, id)
					var problem string
					switch {
					case !sees:
						problem = unless(fault.Is(err, "not_found"), "not found")
					case !mine:
						problem = unless(fault.Is(err, "auth.forbidden"), "forbidden")
					case !follows:
						problem = unless(fault.Is(err, "o2o.wrong_state") && strings.Contains(err.Error(), stateNames[state]), "wrong state, named")
					default:
						problem = unless(err == nil && got.State == f[4], "done")
						id = c.put(state) // used up
					}
					if problem != "" {
						t.Errorf("%s tries %s in %s: want %s, got %v", name, action, state, problem, err)
					}
				}
			}
		}
	})
}

func unless(ok bool, want string) string {
	if ok {
		return ""
	}
	return want
}

func TestWork_limits(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-09-24 10:00:00") // Thursday before the holidays
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-09-24 10:00:00")
		c := newCounty(t, db, clock)
		d := c.submit(c.citizen, SubmitInput{})
		expect := func(step string, d Detail, err error, clock string, deadline model.Date) {
			t.Helper()
			if err != nil || d.Clock != clock || d.Deadline != deadline {
				t.Errorf("after %s: %v, limit %s until %s, want %s until %s", step, err, d.Clock, d.Deadline, clock, deadline)
			}
		}
		expect("submit", d, nil, model.ClockAccept, "2026-09-28") // 25 to 27 are off
		clock.Set("2026-09-28 23:59:59")
		d, err := c.s.Accept(ctx, c.desk, d.ID, AcceptInput{Category: model.CategoryConsult})
		expect("accept", d, err, model.ClockRefer, "2026-09-29")
		clock.Set("2026-09-30 00:00:00")
		d, err = c.s.Refer(ctx, c.desk, d.ID, c.roads, "")
		expect("refer", d, err, model.ClockHandle, "2026-10-10") // 1 to 7 October off: 8, 9, and the make-up Saturday
		d, err = c.s.Handle(ctx, c.handler, d.ID, "")
		expect("handle", d, err, model.ClockHandle, "2026-10-10")
		clock.Set("2026-10-10 12:00:00")
		d, err = c.s.Close(ctx, c.handler, d.ID, "办好了")
		expect("close", d, err, model.ClockRate, "2026-10-17") // calendar days
		d, err = c.s.Rate(ctx, c.citizen, d.ID, RateInput{Rating: 4})
		expect("rate", d, err, "", "")

		var kept []string
		for _, st := range d.Steps {
			met := "-"
			if st.Met != nil {
				met = fmt.Sprint(*st.Met)
			}
			kept = append(kept, fmt.Sprintf("%d %s %s %s %s", st.Seq, st.Action, st.Clock, st.Deadline, met))
		}
		want := []string{"1 submit   -", "2 accept ACCEPT 2026-09-28 true", "3 refer REFER 2026-09-29 false", "4 handle   -",
			"5 close HANDLE 2026-10-10 true", "6 rate RATE 2026-10-17 true"}
		if !slices.Equal(kept, want) {
			t.Errorf("steps keep %q, want %q", kept, want)
		}
		t.Run("a limit that reaches into a year without a holiday notice is provisional", func(t *testing.T) {
			clock.Set("2026-12-31 10:00:00")
			if d := c.submit(c.citizen, SubmitInput{}); d.Deadline != "2027-01-04" || !d.Provisional {
				t.Errorf("%s %v", d.Deadline, d.Provisional)
			}
		})
		t.Run("every category has its own limit, and a later one replaces it", func(t *testing.T) {
			clock.Set("2026-11-23 10:00:00")
			must(t, db.Read(ctx).Create(&model.TimeLimit{Step: model.ClockHandle, Category: model.CategoryHelp, WorkingDays: 2, EffectiveFrom: "2026-11-24"}).Error)
			for category, deadline := range map[string]model.Date{model.CategoryConsult: "2026-11-26", model.CategoryHelp: "2026-11-30",
				model.CategoryComplaint: "2026-12-07", model.CategorySuggestion: "2026-12-07", model.CategoryUrgent: "2026-11-23"} {
				d := c.submit(c.citizen, SubmitInput{Category: category})
				_, err := c.s.Accept(ctx, c.desk, d.ID, AcceptInput{})
				must(t, err)
				d, err = c.s.Refer(ctx, c.desk, d.ID, c.roads, "")
				expect(category, d, err, model.ClockHandle, deadline)
			}
			clock.Set("2026-11-24 10:00:00")
			d := c.submit(c.citizen, SubmitInput{})
			_, err := c.s.Accept(ctx, c.desk, d.ID, AcceptInput{})
			must(t, err)
			d, err = c.s.Refer(ctx, c.desk, d.ID, c.roads, "")
			expect("the new limit", d, err, model.ClockHandle, "2026-11-26")
		})
	})
}

func TestWork_atOnce(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		c := newCounty(t, db, clock)
		id := c.submit(c.citizen, SubmitInput{}).ID
		errs := make([]error, 12)
		var wg sync.WaitGroup
		for i := range errs {
			v, action := c.desk, ActionAccept
			if i%2 == 1 {
				v = c.desk2
			}
			if i%3 == 2 {
				action = ActionDecline
			}
			wg.Go(func() { _, errs[i] = c.do(action, v, id) })
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else if !fault.Is(err, "o2o.wrong_state") {
				t.Errorf("a loser is told %v", err)
			}
		}
		d, err := c.s.Request(ctx, c.desk, id)
		must(t, err)
		if won != 1 || len(d.Steps) != 2 {
			t.Errorf("%d desks won, %d steps", won, len(d.Steps))
		}
		told := len(c.messages("o2o.accepted")) + len(c.messages("o2o.declined"))
		if told != 1 {
			t.Errorf("the citizen was told %d times", told)
		}
		if _, err := audit.Verify(ctx, db); err != nil {
			t.Error(err)
		}
	})
}

func TestWork_inputs(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	c := newCounty(t, modeltest.SQLite(t, clock.Now), clock)
	t.Run("what the citizen is told may not be blank", func(t *testing.T) {
		for action, f := range map[string]func() (Detail, error){
			"decline": func() (Detail, error) { return c.s.Decline(ctx, c.desk, c.put(model.RequestSubmitted), "", " ") },
			"answer":  func() (Detail, error) { return c.s.Answer(ctx, c.desk, c.put(model.RequestAccepted), "") },
			"reply":   func() (Detail, error) { return c.s.Reply(ctx, c.handler, c.put(model.RequestHandling), "\n") },
			"close":   func() (Detail, error) { return c.s.Close(ctx, c.handler, c.put(model.RequestHandling), "") },
		} {
			if _, err := f(); !fault.Is(err, "o2o.no_note") {
				t.Errorf("%s: %v", action, err)
			}
		}
	})
	t.Run("a request goes only to a department that works", func(t *testing.T) {
		must(t, c.db.Read(ctx).Model(&model.Department{}).Where("id = ?", c.clinics).Update("closed_on", "2026-11-01").Error)
		id := c.put(model.RequestAccepted)
		for _, department := range []int64{c.clinics, 999} {
			if _, err := c.s.Refer(ctx, c.desk, id, department, ""); !fault.Is(err, "o2o.no_department") {
				t.Errorf("department %d: %v", department, err)
			}
		}
	})
	t.Run("a rating lies between 1 and 5", func(t *testing.T) {
		for _, n := range []int64{0, 6, -1} {
			if _, err := c.s.Rate(ctx, c.citizen, c.put(model.RequestClosed), RateInput{Rating: n}); !fault.Is(err, "o2o.no_rating") {
				t.Errorf("%d: %v", n, err)
			}
		}
	})
}

// TestWork_anySequence lets everybody try anything in any order: the history stays whole.
func TestWork_anySequence(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	c := newCounty(t, modeltest.SQLite(t, clock.Now), clock)
	people := []access.Viewer{c.admin, c.desk, c.handler, c.chief, c.stranger, c.citizen, c.neighbour}
	rapid.Check(t, func(rt *rapid.T) {
		id := c.submit(c.citizen, SubmitInput{}).ID
		for range rapid.IntRange(1, 12).Draw(rt, "tries") {
			action := rapid.SampledFrom(append(allActions, "expire")).Draw(rt, "action")
			if action == "expire" {
				if _, err := c.s.ExpireRatings(ctx, "2026-11-23"); err != nil {
					rt.Fatal(err)
				}
				continue
			}
			_, _ = c.do(action, rapid.SampledFrom(people).Draw(rt, "who"), id) // most are refused
		}
		var r model.Request
		var steps []model.RequestStep
		must(t, c.db.Read(ctx).Where("id = ?", id).Take(&r).Error)
		must(t, c.db.Read(ctx).Where("request_id = ?", id).Order("seq").Find(&steps).Error)
		state := ""
		for i, st := range steps {
			line, ok := next(st.Action, state)
			if st.Seq != int64(i+1) || st.FromState != state || !ok || line.To != st.ToState {
				rt.Fatalf("step %d of %+v does not follow", i+1, steps)
			}
			state = st.ToState
		}
		if r.State != state || r.Steps != int64(len(steps)) {
			rt.Fatalf("the request is %s after %d steps, its history says %s after %d", r.State, r.Steps, state, len(steps))
		}
	})
}
