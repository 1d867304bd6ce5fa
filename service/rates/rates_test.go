package rates

import (
	"testing"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// TestTheCase is the example of the founding text: 6,735 accepted and 6,460 closed give 95.92 %, and the satisfaction of the same
// month is counted from other rows.
func TestTheCase(t *testing.T) {
	each(t, "2026-11-20 10:00:00", func(c *county) {
		var rows []model.Request
		for i := range 6735 {
			rows = append(rows, c.request(func(r *model.Request) {
				r.State, r.SubmittedOn, r.AcceptedOn, r.DepartmentID = model.RequestHandling, "2026-10-08", "2026-10-09", &c.roads
				if i < 6460 {
					r.State, r.ClosedOn = model.RequestClosed, "2026-10-20"
				}
			}))
		}
		c.put(rows...)
		old := c.put(c.request(func(r *model.Request) {
			r.State, r.AcceptedOn, r.ClosedOn = model.RequestRated, "2026-08-03", "2026-08-05"
		}),
			c.request(func(r *model.Request) {
				r.State, r.AcceptedOn, r.ClosedOn = model.RequestRated, "2026-08-03", "2026-08-05"
			}),
			c.request(func(r *model.Request) {
				r.State, r.AcceptedOn, r.ClosedOn = model.RequestRated, "2026-08-03", "2026-08-05"
			}))
		for i, grade := range []int64{5, 3, 2} {
			c.rate(old[i], 0, grade, "2026-10-31", &c.clinics)
		}
		r := c.report(c.leader, "2026-10", "2026-10", nil)
		if s := r.Total.Closure; s.Numerator != 6460 || s.Denominator != 6735 || s.Text != "95.92%" || *s.ShareBP != 9592 {
			t.Errorf("closure %+v", s)
		}
		if s := r.Total.Satisfaction; s.Numerator != 2 || s.Denominator != 3 || s.Text != "66.67%" {
			t.Errorf("satisfaction %+v", s)
		}
		if s := r.Total.Solved; s.Denominator != 6460 {
			t.Errorf("solved %+v", s)
		}
		if s := r.Total.OnTime; s.ShareBP != nil || s.Text != "—" {
			t.Errorf("on time with nothing to count: %+v", s)
		}
	})
}

// TestDefinitions reads like RULES 9.3 and ADR 19: one request at a time, and where it counts in November.
func TestDefinitions(t *testing.T) {
	each(t, "2026-11-20 10:00:00", func(c *county) {
		in := func(day model.Date) model.Date { return "2026-11-" + day }
		for _, k := range []struct {
			says string
			fill func(r *model.Request)
			want map[string]string
		}{
			{"a new request is not accepted yet", func(r *model.Request) { r.SubmittedOn = in("02") }, map[string]string{"ACCEPTANCE": "0/1"}},
			{"withdrawn before acceptance counts nowhere", func(r *model.Request) { r.SubmittedOn, r.State = in("02"), "WITHDRAWN" }, nil},
			{"withdrawn after acceptance stays accepted and unclosed", func(r *model.Request) {
				r.SubmittedOn, r.AcceptedOn, r.HandleDue, r.State = in("02"), in("03"), in("09"), "WITHDRAWN"
			}, map[string]string{"ACCEPTANCE": "1/1", "CLOSURE": "0/1"}},
			{"declined as out of scope counts nowhere", func(r *model.Request) { r.SubmittedOn, r.State, r.DeclineReason = in("02"), "DECLINED", "LEGAL" }, nil},
			{"declined for another reason was to be accepted", func(r *model.Request) { r.SubmittedOn, r.State, r.DeclineReason = in("02"), "DECLINED", "UNCLEAR" },
				map[string]string{"ACCEPTANCE": "0/1"}},
			{"merged counts nowhere", func(r *model.Request) { r.SubmittedOn, r.AcceptedOn, r.State = in("02"), in("02"), "DUPLICATE" }, nil},
			{"a message that asks for nothing counts nowhere", func(r *model.Request) { r.SubmittedOn, r.State = in("02"), "CONVERSATION" }, nil},
			{"to be referred, inside its limit: no miss yet", func(r *model.Request) {
				r.AcceptedOn, r.State, r.Disposition, r.Clock, r.ReferDue = in("19"), "ACCEPTED", "REFER", "REFER", in("20")
			}, map[string]string{"CLOSURE": "0/1"}},
			{"to be referred, and late", func(r *model.Request) {
				r.AcceptedOn, r.State, r.Disposition, r.Clock, r.ReferDue = in("18"), "ACCEPTED", "REFER", "REFER", in("19")
			}, map[string]string{"CLOSURE": "0/1", "REFERRAL": "0/1"}},
			{"referred late", func(r *model.Request) {
				r.AcceptedOn, r.State, r.Disposition, r.ReferredOn, r.ReferMet = in("02"), "REFERRED", "REFER", in("10"), no()
			}, map[string]string{"CLOSURE": "0/1", "REFERRAL": "0/1"}},
			{"answered at once was not to be referred", func(r *model.Request) {
				r.AcceptedOn, r.State, r.Disposition, r.HandleDue, r.ClosedOn, r.CloseMet = in("02"), "CLOSED", "ANSWER", in("05"), in("02"), yes()
			}, map[string]string{"CLOSURE": "1/1", "ON_TIME": "1/1", "SOLVED": "0/1"}},
			{"accepted in October and due in November", func(r *model.Request) {
				r.AcceptedOn, r.State, r.Clock, r.HandleDue = "2026-10-30", "HANDLING", "HANDLE", in("19")
			}, map[string]string{"ON_TIME": "0/1"}},
			{"due today is not late", func(r *model.Request) {
				r.AcceptedOn, r.State, r.Clock, r.HandleDue = "2026-10-30", "HANDLING", "HANDLE", in("20")
			}, nil},
			{"paused is not late", func(r *model.Request) {
				r.AcceptedOn, r.State, r.Clock, r.HandleDue, r.Paused = "2026-10-30", "HANDLING", "HANDLE", in("10"), true
			}, nil},
			{"returned: its limit measures nothing", func(r *model.Request) {
				r.AcceptedOn, r.State, r.Clock, r.HandleDue = "2026-10-30", "RETURNED", "REFER", in("10")
			}, nil},
			{"closed late and solved", func(r *model.Request) {
				r.AcceptedOn, r.State, r.HandleDue, r.ClosedOn, r.CloseMet, r.Solved = "2026-10-30", "CLOSED", in("10"), in("12"), no(), yes()
			}, map[string]string{"ON_TIME": "0/1", "SOLVED": "1/1"}},
			{"excluded stands apart", func(r *model.Request) {
				r.AcceptedOn, r.State, r.HandleDue, r.ClosedOn, r.ExcludedOn = in("02"), "CLOSED", in("10"), in("12"), in("15")
			}, map[string]string{"CLOSURE": "0/0 1", "ON_TIME": "0/0 1", "SOLVED": "0/0 1"}},
			{"not rated in time", func(r *model.Request) { r.State, r.UnratedOn = "UNRATED", in("12") }, map[string]string{"SATISFACTION": "0/0"}},
		} {
			c.exec("DELETE FROM request")
			c.one(k.fill)
			total := c.report(c.leader, "2026-11", "2026-11", nil).Total
			for _, rate := range rateCodes() {
				s, want := total.share(rate), k.want[rate]
				if want == "" {
					want = "0/0"
				}
				if got := counted(*s); got != want {
					t.Errorf("%s: %s %s, want %s", k.says, rate, got, want)
				}
			}
			if (total.Unrated == 1) != (k.says == "not rated in time") {
				t.Errorf("%s: %d unrated", k.says, total.Unrated)
			}
		}
	})
}

func counted(s Share) string {
	text := itoa(s.Numerator) + "/" + itoa(s.Denominator)
	if s.Excluded > 0 {
		text += " " + itoa(s.Excluded)
	}
	return text
}

// TestVoices: every voice counts, of merged requests and earlier rounds too, for the unit that had closed the request, in the month in
// which it was given; an exclusion takes the merged ones with it.
func TestVoices(t *testing.T) {
	each(t, "2026-11-20 10:00:00", func(c *county) {
		main := c.one(func(r *model.Request) { r.State, r.DepartmentID, r.ReopenCount = model.RequestRated, &c.clinics, 1 })
		merged := c.one(func(r *model.Request) { r.State, r.DuplicateOf = model.RequestDuplicate, &main.ID })
		c.rate(main, 0, 1, "2026-11-02", &c.roads)
		c.rate(main, 1, 4, "2026-11-18", &c.clinics)
		c.rate(merged, 1, 3, "2026-11-19", &c.clinics)
		c.rate(main, 2, 5, "2026-10-31", &c.clinics)
		r := c.report(c.leader, "2026-11", "2026-11", nil)
		if s := r.Total.Satisfaction; counted(s) != "2/3" || r.Total.Grades != (Grades{0, 1, 1, 0, 1}) {
			t.Errorf("%+v %+v", s, r.Total.Grades)
		}
		if len(r.Units) != 2 || counted(r.Units[0].Satisfaction) != "0/1" || counted(r.Units[1].Satisfaction) != "2/2" {
			t.Errorf("by unit: %+v", r.Units)
		}
		f := LineFilter{Month: "2026-11", Rate: model.RateSatisfaction}
		rows, total := c.list(c.clinicsHandler, f)
		if total != 2 || !rows[0].Visible || rows[0].Grade != 4 || rows[1].Visible || rows[1].RequestID != nil || rows[1].Number != "" || rows[1].Grade != 0 {
			t.Errorf("the unit sees of a merged voice that it counts, no more: %d %+v", total, rows)
		}
		c.exec("UPDATE request SET excluded_on = '2026-11-19' WHERE id = ?", main.ID)
		if s := c.report(c.leader, "2026-11", "2026-11", nil).Total.Satisfaction; counted(s) != "0/0 3" {
			t.Errorf("excluded: %+v", s)
		}
	})
}

// TestSettled: what is settled never changes, whatever becomes of the requests.
func TestSettled(t *testing.T) {
	each(t, "2026-11-10 02:00:00", func(c *county) {
		closed := c.one(func(r *model.Request) {
			r.State, r.DepartmentID, r.SubmittedOn, r.AcceptedOn, r.Disposition, r.ReferredOn, r.ReferMet = "CLOSED", &c.roads, "2026-10-08", "2026-10-09", "REFER", "2026-10-09", yes()
			r.HandleDue, r.ClosedOn, r.CloseMet, r.Solved = "2026-10-20", "2026-10-12", yes(), yes()
		})
		open := c.one(func(r *model.Request) {
			r.State, r.DepartmentID, r.SubmittedOn, r.AcceptedOn, r.Clock, r.HandleDue = "HANDLING", &c.roads, "2026-10-08", "2026-10-09", "HANDLE", "2026-10-20"
		})
		c.one(func(r *model.Request) { r.State, r.SubmittedOn = "DECLINED", "2026-08-03" })
		c.rate(closed, 0, 2, "2026-10-30", &c.roads)
		before := text(c.report(c.leader, "2026-08", "2026-10", nil).Cells)
		if done := c.runJob("2026-11-09"); done != "结清 2 个月的四率，最近为 2026-09" {
			t.Errorf("a day early: %s", done)
		}
		if done := c.runJob("2026-11-10"); done != "结清 1 个月的四率，最近为 2026-10" {
			t.Errorf("on the day: %s", done)
		}
		if done := c.runJob("2026-12-31"); done != "没有需要结清的月份" {
			t.Errorf("a day that has not come: %s", done)
		}
		whole, lines := text(c.report(c.leader, "2026-08", "2026-10", nil)), c.octoberLines()
		if cells := text(c.report(c.leader, "2026-08", "2026-10", nil).Cells); cells != before {
			t.Errorf("settled %s, was %s", cells, before)
		}
		public, err := c.s.Public(ctx, PublicFilter{Month: "2026-10"})
		must(t, err)

		c.exec("UPDATE request SET excluded_on = '2026-11-11', state = 'REOPENED', closed_on = '', close_met = NULL, solved = NULL, handle_due = '2026-11-17', department_id = ? WHERE id = ?", c.clinics, closed.ID)
		c.exec("UPDATE request SET state = 'DUPLICATE', duplicate_of = ? WHERE id = ?", closed.ID, open.ID)
		c.exec("UPDATE request_rating SET rating = 5, rated_on = '2026-10-30' WHERE request_id = ?", closed.ID)
		c.rate(open, 0, 5, "2026-10-31", &c.roads)
		c.exec("UPDATE request SET state = 'WITHDRAWN', submitted_on = '2026-10-01' WHERE submitted_on = '2026-08-03'")
		c.clock.Set("2026-11-12 09:00:00")
		if after := text(c.report(c.leader, "2026-08", "2026-10", nil)); after != whole {
			t.Errorf("figures changed from %s to %s", whole, after)
		}
		if after := c.octoberLines(); after != lines {
			t.Errorf("lists changed from %s to %s", lines, after)
		}
		if after, err := c.s.Public(ctx, PublicFilter{Month: "2026-10"}); err != nil || text(after.Report) != text(public.Report) {
			t.Errorf("what the public sees changed: %v", err)
		}
		if r := c.report(c.leader, "2026-10", "2026-11", nil); !r.Months[0].Settled || r.Months[1].Settled {
			t.Errorf("settled: %+v", r.Months)
		}
		if s := c.report(c.leader, "2026-11", "2026-11", nil).Total; s.OnTime.Excluded != 0 || s.OnTime.Denominator != 0 {
			t.Errorf("November: %+v", s)
		}
		c.rate(closed, 1, 4, "2026-11-12", &c.roads)
		if s := c.report(c.leader, "2026-11", "2026-11", nil).Total; s.Satisfaction.Excluded != 1 {
			t.Errorf("a later voice counts in its own month: %+v", s)
		}
		months, err := c.s.Months(ctx)
		if must(t, err); len(months) != 3 || months[0].Month != "2026-10" {
			t.Errorf("%+v", months)
		}
	})
}

// octoberLines are the ids behind every figure of October.
func (c *county) octoberLines() (all string) {
	for _, rate := range rateCodes() {
		for _, part := range []string{PartNumerator, PartDenominator, PartUnrated, PartExcluded} {
			rows, total := c.list(c.leader, LineFilter{Month: "2026-10", Rate: rate, Part: part})
			all += rate + part + itoa(total)
			for _, l := range rows {
				all += " " + itoa(*l.RequestID) + l.Part + itoa(l.DepartmentID) + itoa(l.Grade)
			}
		}
	}
	return all
}

// TestTwoInstances: two that settle at the same time write one set of lines.
func TestTwoInstances(t *testing.T) {
	each(t, "2026-11-10 02:00:00", func(c *county) {
		for range 20 {
			c.one(func(r *model.Request) { r.SubmittedOn = "2026-10-08" })
		}
		done := make(chan error)
		for range 4 {
			go func() {
				_, err := c.s.Jobs()[0].Run(ctx, jobRun("2026-11-10"))
				done <- err
			}()
		}
		for range 4 {
			must(t, <-done)
		}
		if _, total := c.list(c.leader, LineFilter{Month: "2026-10", Rate: model.RateAcceptance}); total != 20 {
			t.Errorf("%d lines", total)
		}
	})
}

// TestWhoSees: the window and the city see all units, a unit itself alone, and a list tells nothing of a request that the viewer may
// not see.
func TestWhoSees(t *testing.T) {
	each(t, "2026-11-20 10:00:00", func(c *county) {
		for _, unit := range []*int64{nil, &c.roads, &c.clinics} {
			c.one(func(r *model.Request) {
				r.SubmittedOn, r.AcceptedOn, r.DepartmentID, r.State = "2026-11-02", "2026-11-02", unit, "HANDLING"
			})
		}
		against := c.one(func(r *model.Request) {
			r.SubmittedOn, r.AcceptedOn, r.DepartmentID, r.State, r.SubjectDepartmentID = "2026-11-02", "2026-11-02", &c.roads, "HANDLING", &c.clinics
		})
		for _, k := range []struct {
			says  string
			v     access.Viewer
			units int
			total int64
		}{{"the administrator", c.admin, 3, 4}, {"the leader", c.leader, 3, 4}, {"the window", c.desk, 3, 4}, {"a unit", c.roadsLeader, 1, 2},
			{"another unit", c.clinicsHandler, 1, 1}, {"the window and a unit", c.torn, 3, 4}, {"nobody's", access.Viewer{AccountID: 1}, 0, 0}} {
			r := c.report(k.v, "2026-11", "2026-11", nil)
			if len(r.Units) != k.units || r.Total.Closure.Denominator != k.total {
				t.Errorf("%s: %d units, %d requests", k.says, len(r.Units), r.Total.Closure.Denominator)
			}
			if _, total := c.list(k.v, LineFilter{Month: "2026-11", Rate: model.RateClosure}); total != k.total {
				t.Errorf("%s: a list of %d", k.says, total)
			}
		}
		_, err := c.s.Rates(ctx, c.roadsLeader, Filter{DepartmentID: &c.clinics})
		_, _, err2 := c.s.Lines(ctx, c.roadsLeader, LineFilter{Rate: model.RateClosure, DepartmentID: &c.clinics}, 0, 10)
		window, missing := int64(0), int64(999)
		_, err3 := c.s.Rates(ctx, c.roadsLeader, Filter{DepartmentID: &window})
		_, err4 := c.s.Rates(ctx, c.leader, Filter{DepartmentID: &missing})
		for _, err := range []error{err, err2, err3, err4} {
			if !fault.Is(err, "not_found") {
				t.Errorf("another unit: %v", err)
			}
		}
		if r := c.report(c.leader, "2026-11", "2026-11", &window); r.Total.Closure.Denominator != 1 || r.Units[0].DepartmentName != WindowName {
			t.Errorf("the window: %+v", r.Units)
		}
		rows, _ := c.list(c.torn, LineFilter{Month: "2026-11", Rate: model.RateClosure, DepartmentID: &c.roads})
		for _, l := range rows {
			if hidden := l.Number == ""; hidden == l.Visible || l.RequestID != nil && *l.RequestID == against.ID {
				t.Errorf("who works for the unit complained of sees %+v", l)
			}
		}
	})
}

// TestPeriod: what may be asked for.
func TestPeriod(t *testing.T) {
	t.Parallel()
	for _, k := range []struct {
		in       Period
		from, to model.Month
		fault    string
	}{
		{Period{}, "2026-01", "2026-11", ""},
		{Period{To: "2025-03"}, "2025-01", "2025-03", ""},
		{Period{From: "2025-03"}, "2025-03", "2026-11", ""},
		{Period{From: "2027-03"}, "2027-03", "2027-03", ""},
		{Period{From: "2024-01", To: "2026-12"}, "2024-01", "2026-12", ""},
		{Period{From: "2023-12", To: "2026-12"}, "", "", "rates.period_too_long"},
		{Period{From: "2026-12", To: "2026-11"}, "", "", "rates.period_backwards"},
	} {
		from, to, err := k.in.months("2026-11-20")
		if from != k.from || to != k.to || (err == nil) != (k.fault == "") || err != nil && !fault.Is(err, k.fault) {
			t.Errorf("%+v: %s %s %v", k.in, from, to, err)
		}
	}
}
