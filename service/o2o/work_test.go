package o2o

import (
	"cmp"
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
	case ActionAdd:
		return c.s.Add(ctx, v, id, AddInput{Content: "又坏了一盏"})
	case ActionChase:
		return c.s.Chase(ctx, v, id, "请尽快")
	case ActionReopen:
		return c.s.Reopen(ctx, v, id, ReopenInput{Reason: "还是不亮"})
	case ActionConverse:
		return c.s.Converse(ctx, v, id, "")
	case ActionMerge:
		return c.s.Merge(ctx, v, id, c.put(model.RequestHandling), "")
	case ActionClassify:
		return c.s.Classify(ctx, v, id, Classification{Topic: new("ROAD")})
	case ActionSolve:
		return c.s.Solve(ctx, v, id, "")
	case ActionReturn:
		out, err := c.s.Return(ctx, v, id, "《城市道路管理条例》第六条：由交通部门负责")
		return Detail{View: View{State: out.State}}, err
	case ActionAssign:
		return c.s.Assign(ctx, v, id, c.roads, "")
	case ActionRework:
		return c.s.Rework(ctx, v, id, "")
	case ActionSendBack:
		return c.s.SendBack(ctx, v, id, "回访时群众说没有修")
	case ActionContact:
		return c.s.Contact(ctx, v, id, "")
	case ActionHelp:
		return c.s.AskHelp(ctx, v, id, HelpInput{DepartmentID: c.clinics, Part: "请提供伤者情况"})
	case ActionHelped:
		return c.s.HelpDone(ctx, v, id, c.clinics, "已提供")
	case ActionUnhelp:
		return c.s.CancelHelp(ctx, v, id, c.clinics, "")
	case ActionPause:
		return c.s.Pause(ctx, v, id, "WEATHER", "暴雪")
	case ActionResume:
		return c.s.Resume(ctx, v, id, "")
	case ActionAsk:
		return c.s.AskExtension(ctx, v, id, 3, "需要采购灯具")
	case ActionGrant:
		return c.s.GrantExtension(ctx, v, id, 0, "")
	case ActionRefuse:
		return c.s.RefuseExtension(ctx, v, id, "请抓紧办理")
	}
	panic(action)
}

// ready puts a request into a state so that nothing but state and party speaks against an action; TestGuards has the rest.
func (c *county) ready(action, state string) int64 {
	c.t.Helper()
	id, today := c.put(state), c.db.Read(ctx).Day()
	tx, now := c.db.Read(ctx), c.db.Now()
	switch action {
	case ActionConverse:
		c.set(id, map[string]any{"source": model.SourceOfficialAccount})
	case ActionAssign:
		c.set(id, map[string]any{"return_count": 2})
	case ActionResume:
		c.set(id, map[string]any{"paused": true})
		must(c.t, tx.Create(&model.RequestPause{RequestID: id, ClockSeq: 1, Reason: "WEATHER", PausedOn: today, CreatedAt: now}).Error)
	case ActionGrant, ActionRefuse:
		must(c.t, tx.Create(&model.RequestExtension{RequestID: id, ClockSeq: 1, WorkingDays: 3, Reason: "采购", State: model.ExtensionAsked, AskedOn: today, CreatedAt: now}).Error)
	case ActionHelped, ActionUnhelp:
		must(c.t, tx.Create(&model.RequestHelper{RequestID: id, DepartmentID: c.clinics, Part: "伤者", Deadline: today, State: model.HelperOpen, CreatedAt: now}).Error)
	case ActionReopen:
		c.set(id, map[string]any{"rating": 1, "rated_on": today})
	}
	return id
}

// TestWork_everyCombination tries every action in every state by everybody, and compares with the regulation.
func TestWork_everyCombination(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		c := newCounty(t, db, clock)
		people := []struct {
			name    string
			v       access.Viewer
			parties []string // whose steps he or she may take
		}{
			{"city administrator", c.admin, []string{"desk", "city"}}, {"city leader", c.leader, nil}, {"desk", c.desk, []string{"desk"}},
			{"handler", c.handler, []string{"department"}}, {"chief", c.chief, []string{"department"}}, {"another unit", c.stranger, []string{"helper"}},
			{"citizen", c.citizen, []string{"citizen"}}, {"neighbour", c.neighbour, nil}, {"committee", c.committee, nil}, {"nobody", access.Viewer{}, nil},
		}
		for _, action := range slices.Compact(actionsOfRegulation()) {
			for state := range stateNames {
				var who, to string
				for _, line := range regulation {
					if f := strings.Fields(line); f[1] == action {
						if who == "" {
							who = f[0]
						}
						if f[2] != "->" && slices.Contains(strings.Split(f[2], ","), state) {
							to = map[bool]string{true: state, false: f[4]}[f[4] == "-"]
						}
					}
				}
				if to == "" && db.Dialect() == model.Postgres {
					continue // one database is enough for what is refused before it writes
				}
				id := c.ready(action, state)
				for _, p := range people {
					if to == "" && len(p.parties) == 0 {
						continue // refused whatever the state is, as the states from which it leads on show
					}
					sees := len(p.parties) > 0 || p.v.Desks()
					switch {
					case slices.Contains(p.parties, "department"):
						sees = slices.Contains(workStates, state) || slices.Contains(closedStates, state)
					case slices.Contains(p.parties, "helper"):
						sees = action == ActionHelped || action == ActionUnhelp
					}
					may := sees && slices.Contains(p.parties, who) && to != ""
					if d, err := c.s.Request(ctx, p.v, id); (err == nil) != sees || slices.Contains(d.Actions, action) != may {
						t.Errorf("%s may %s in %s: %v, listed %q, sees %v (%v)", p.name, action, state, may, d.Actions, sees, err)
					}
					got, err := c.do(action, p.v, id)
					var problem string
					switch {
					case !sees:
						problem = unless(fault.Is(err, "not_found"), "not found")
					case !slices.Contains(p.parties, who):
						problem = unless(fault.Is(err, "auth.forbidden"), "forbidden")
					case to == "":
						problem = unless(fault.Is(err, "o2o.reopen_unrated") && state == model.RequestClosed || fault.Is(err, "o2o.wrong_state") && strings.Contains(err.Error(), stateNames[state]), "wrong state, named")
					default:
						problem = unless(err == nil && got.State == to, "done: "+to)
						id = c.ready(action, state) // used up
					}
					if problem != "" {
						t.Errorf("%s tries %s in %s: want %s, got %s %v", p.name, action, state, problem, got.State, err)
					}
				}
			}
		}
	})
}

// actionsOfRegulation is what persons do to a request that is there.
func actionsOfRegulation() (actions []string) {
	for _, line := range regulation {
		if f := strings.Fields(line); f[0] != "clock" && f[1] != ActionSubmit {
			actions = append(actions, f[1])
		}
	}
	return actions
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
			action := rapid.SampledFrom(append(actionsOfRegulation(), "expire")).Draw(rt, "action")
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
			if st.Seq != int64(i+1) || st.FromState != state || !ok || cmp.Or(line.To, state) != st.ToState {
				rt.Fatalf("step %d of %+v does not follow", i+1, steps)
			}
			state = st.ToState
		}
		if r.State != state || r.Steps != int64(len(steps)) {
			rt.Fatalf("the request is %s after %d steps, its history says %s after %d", r.State, r.Steps, state, len(steps))
		}
	})
}
