package rates

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"hongyun/model"
	"hongyun/service/access"
)

// TestAnyRequests: whatever requests there are, each figure is a plain count of them, units add up to the city, months to the
// period, each list has as many lines as its number says, and settling a month changes no figure and no list.
func TestAnyRequests(t *testing.T) {
	must(t, flag.Set("rapid.checks", "4"))
	each(t, "2026-11-20 10:00:00", func(c *county) {
		rapid.Check(c.t, func(r *rapid.T) {
			c.clear()
			seed := rapid.Uint64().Draw(r, "seed")
			requests, ratings := c.random(rand.New(rand.NewPCG(seed, 1)), 250)
			want := plainCount(requests, ratings, "2026-11-20")
			got := c.report(c.leader, "2026-07", "2026-12", nil)
			compare(r, "live", got, want)
			addsUp(r, got)
			c.listsMatch(r, got, c.leader)
			before := c.everyLine(c.leader)
			if done := c.runJob("2026-11-20"); done == "" {
				r.Fatal("the job says nothing")
			}
			after := c.report(c.leader, "2026-07", "2026-12", nil)
			compare(r, "settled", after, want)
			if lines := c.everyLine(c.leader); !maps.Equal(before, lines) {
				r.Fatal("the lists of settled months differ from what they were")
			}
			own := c.report(c.clinicsHandler, "2026-07", "2026-12", nil)
			i := slices.IndexFunc(after.Units, func(u UnitRates) bool { return u.DepartmentID == c.clinics })
			if a, b := text(own.Total), text(after.Units[i].Rates); a != b {
				r.Fatalf("the unit sees %s, the leader %s", a, b)
			}
			c.listsMatch(r, own, c.clinicsHandler)
		})
	})
}

func (c *county) clear() {
	for _, table := range []string{"rate_line", "rate_figure", "rate_month", "request_release", "request_rating", "request"} {
		c.exec("DELETE FROM " + table)
	}
}

// random makes requests with any milestones, also such as no steps make.
func (c *county) random(r *rand.Rand, n int) ([]model.Request, []model.RequestRating) {
	day := func(chance float64) model.Date {
		if r.Float64() > chance {
			return ""
		}
		return model.Date(fmt.Sprintf("2026-%02d-%02d", 7+r.IntN(6), 1+r.IntN(30)))
	}
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	flag := func() *bool { return [](*bool){nil, yes(), no(), yes()}[r.IntN(4)] }
	unit := func() *int64 { return [](*int64){nil, &c.roads, &c.clinics, &c.schools}[r.IntN(4)] }
	states := []string{"SUBMITTED", "ACCEPTED", "REFERRED", "HANDLING", "RETURNED", "CLOSED", "RATED", "UNRATED", "REOPENED", "DECLINED", "DUPLICATE", "WITHDRAWN", "CONVERSATION"}
	var rows []model.Request
	for range n {
		rows = append(rows, c.request(func(q *model.Request) {
			q.State, q.DepartmentID = pick(states...), unit()
			q.SubmittedOn, q.AcceptedOn, q.ReferDue, q.ReferredOn = day(1), day(.8), day(.7), day(.5)
			q.HandleDue, q.ClosedOn, q.UnratedOn, q.ExcludedOn = day(.7), day(.6), day(.2), day(.1)
			q.AcceptMet, q.ReferMet, q.CloseMet, q.Solved = flag(), flag(), flag(), flag()
			q.Disposition = pick("", "REFER", "REFER", "ANSWER", "SOLVE")
			q.DeclineReason = pick("", "EMERGENCY", "LEGAL", "SECRET", "OUT_OF_SCOPE", "UNCLEAR", "OTHER")
			q.Clock = pick("", "ACCEPT", "REFER", "HANDLE", "HANDLE", "REOPEN", "ANSWER", "RATE")
			q.Paused = r.IntN(5) == 0
			q.ReopenCount = int64(r.IntN(3))
		}))
	}
	rows = c.put(rows...)
	var ratings []model.RequestRating
	for i := range rows {
		if i > 0 && r.IntN(5) == 0 {
			rows[i].DuplicateOf = &rows[i-1].ID
			c.exec("UPDATE request SET duplicate_of = ? WHERE id = ?", rows[i-1].ID, rows[i].ID)
		}
		for round := range rows[i].ReopenCount {
			if r.IntN(2) == 0 {
				ratings = append(ratings, model.RequestRating{RequestID: rows[i].ID, Round: round, Rating: 1 + int64(r.IntN(5)), DepartmentID: unit(), RatedOn: day(1), CreatedAt: c.db.Now()})
			}
		}
	}
	if len(ratings) > 0 {
		must(c.t, c.db.Read(ctx).Create(&ratings).Error)
	}
	return rows, ratings
}

// plainCount counts one request after the other, in plain words.
func plainCount(requests []model.Request, ratings []model.RequestRating, today model.Date) map[string]count {
	all, byID := map[string]count{}, map[int64]model.Request{}
	for _, r := range requests {
		byID[r.ID] = r
	}
	add := func(rate string, day model.Date, unit *int64, excluded, met bool, grade int64) {
		if day < "2026-07-01" || day > "2026-12-31" {
			return
		}
		id := int64(0)
		if unit != nil {
			id = *unit
		}
		key := fmt.Sprint(day.Month(), " ", rate, " ", id)
		n := all[key]
		switch {
		case excluded:
			n.Excluded++
		case met:
			n.Numerator++
			n.Denominator++
		default:
			n.Denominator++
		}
		if !excluded && grade > 0 {
			*[]*int64{&n.Grade1, &n.Grade2, &n.Grade3, &n.Grade4, &n.Grade5}[grade-1]++
		}
		all[key] = n
	}
	is := func(b *bool) bool { return b != nil && *b }
	for _, r := range requests {
		excluded := r.ExcludedOn != ""
		if r.UnratedOn >= "2026-07-01" && excluded {
			add("SATISFACTION", r.UnratedOn, r.DepartmentID, true, false, 0)
		} else if r.UnratedOn >= "2026-07-01" {
			key := fmt.Sprint(r.UnratedOn.Month(), " SATISFACTION ", unitOf(r))
			n := all[key]
			n.Unrated++
			all[key] = n
		}
		if r.State == "DUPLICATE" || r.State == "CONVERSATION" {
			continue
		}
		outOfScope := r.State == "DECLINED" && slices.Contains([]string{"OUT_OF_SCOPE", "EMERGENCY", "LEGAL", "SECRET"}, r.DeclineReason)
		if !outOfScope && (r.State != "WITHDRAWN" || r.AcceptedOn != "") {
			add("ACCEPTANCE", r.SubmittedOn, r.DepartmentID, excluded, r.AcceptedOn != "", 0)
		}
		if r.Disposition == "REFER" && (r.ReferredOn != "" || r.Clock == "REFER" && r.ReferDue < today) {
			add("REFERRAL", r.AcceptedOn, r.DepartmentID, excluded, is(r.ReferMet), 0)
		}
		add("CLOSURE", r.AcceptedOn, r.DepartmentID, excluded, r.ClosedOn != "", 0)
		running := slices.Contains([]string{"HANDLE", "REOPEN", "ANSWER"}, r.Clock) && !r.Paused
		if r.AcceptedOn != "" && r.State != "WITHDRAWN" && (r.ClosedOn != "" || running && r.HandleDue < today) {
			add("ON_TIME", r.HandleDue, r.DepartmentID, excluded, is(r.CloseMet), 0)
		}
		add("SOLVED", r.ClosedOn, r.DepartmentID, excluded, is(r.Solved), 0)
	}
	for _, g := range ratings {
		r := byID[g.RequestID]
		excluded := r.ExcludedOn != ""
		if r.DuplicateOf != nil {
			excluded = excluded || byID[*r.DuplicateOf].ExcludedOn != ""
		}
		add("SATISFACTION", g.RatedOn, g.DepartmentID, excluded, g.Rating >= 3, g.Rating)
	}
	return all
}

func unitOf(r model.Request) int64 {
	if r.DepartmentID == nil {
		return 0
	}
	return *r.DepartmentID
}

// compare holds the cells of a report against plain counts.
func compare(t *rapid.T, when string, r Report, want map[string]count) {
	seen := 0
	for _, cell := range r.Cells {
		for _, rate := range rateCodes() {
			w := want[fmt.Sprint(cell.Month, " ", rate, " ", cell.DepartmentID)]
			s := *cell.share(rate)
			if s.Numerator != w.Numerator || s.Denominator != w.Denominator || s.Excluded != w.Excluded {
				t.Fatalf("%s: %s of %d in %s: %+v, want %+v", when, rate, cell.DepartmentID, cell.Month, s, w)
			}
			if w != (count{}) {
				seen++
			}
			if rate == model.RateSatisfaction && (cell.Unrated != w.Unrated || cell.Grades != (Grades{w.Grade5, w.Grade4, w.Grade3, w.Grade2, w.Grade1})) {
				t.Fatalf("%s: grades of %d in %s: %d %+v, want %+v", when, cell.DepartmentID, cell.Month, cell.Unrated, cell.Grades, w)
			}
		}
	}
	if seen != len(want) {
		t.Fatalf("%s: %d figures, want %d", when, seen, len(want))
	}
}

func rateCodes() (codes []string) {
	for _, d := range definitions() {
		codes = append(codes, d.Rate)
	}
	return codes
}

// addsUp: cells make units and months, and these make the total.
func addsUp(t *rapid.T, r Report) {
	units, months := map[int64]*Rates{}, map[model.Month]*Rates{}
	var byUnit, byMonth Rates
	for _, cell := range r.Cells {
		sum(of(units, cell.DepartmentID), cell.Rates)
		sum(of(months, cell.Month), cell.Rates)
	}
	for _, u := range r.Units {
		sum(&byUnit, u.Rates)
		if a, b := text(of(units, u.DepartmentID).finish()), text(u.Rates); a != b {
			t.Fatalf("unit %d: %s, its months make %s", u.DepartmentID, b, a)
		}
	}
	for _, m := range r.Months {
		sum(&byMonth, m.Rates)
		if a, b := text(of(months, m.Month).finish()), text(m.Rates); a != b {
			t.Fatalf("month %s: %s, its units make %s", m.Month, b, a)
		}
	}
	if total := text(r.Total); text(byUnit.finish()) != total || text(byMonth.finish()) != total {
		t.Fatalf("the total is %s, units make %s, months %s", total, text(byUnit), text(byMonth))
	}
}

func sum(to *Rates, from Rates) {
	for _, rate := range rateCodes() {
		to.share(rate).Numerator += from.share(rate).Numerator
		to.share(rate).Denominator += from.share(rate).Denominator
		to.share(rate).Excluded += from.share(rate).Excluded
	}
	to.Unrated += from.Unrated
	to.Grades.VerySatisfied += from.Grades.VerySatisfied
	to.Grades.Satisfied += from.Grades.Satisfied
	to.Grades.BasicallySatisfied += from.Grades.BasicallySatisfied
	to.Grades.Dissatisfied += from.Grades.Dissatisfied
	to.Grades.VeryDissatisfied += from.Grades.VeryDissatisfied
}

func text(v any) string {
	out, _ := json.Marshal(v)
	return string(out)
}

// listsMatch opens the list behind every number of the totals, of each unit, and of some cells.
func (c *county) listsMatch(t *rapid.T, r Report, v access.Viewer) {
	check := func(rates Rates, f LineFilter) {
		for _, rate := range rateCodes() {
			s := rates.share(rate)
			parts := map[string]int64{PartNumerator: s.Numerator, PartDenominator: s.Denominator, PartMissed: s.Denominator - s.Numerator, PartExcluded: s.Excluded}
			if rate == model.RateSatisfaction {
				parts[PartUnrated] = rates.Unrated
			}
			for part, want := range parts {
				f.Rate, f.Part = rate, part
				if rows, total := c.list(v, f); total != want || int64(len(rows)) != want {
					t.Fatalf("%+v: %d lines, total %d, want %d", f, len(rows), total, want)
				}
			}
		}
	}
	period := Period{From: r.From, To: r.To}
	check(r.Total, LineFilter{Period: period})
	for _, u := range r.Units {
		check(u.Rates, LineFilter{Period: period, DepartmentID: &u.DepartmentID})
	}
	for _, cell := range []Cell{r.Cells[0], r.Cells[len(r.Cells)/2]} {
		check(cell.Rates, LineFilter{Month: cell.Month, DepartmentID: &cell.DepartmentID})
	}
}

// everyLine is all lines there are, as text.
func (c *county) everyLine(v access.Viewer) map[string]bool {
	lines := map[string]bool{}
	for _, rate := range rateCodes() {
		for _, part := range []string{PartDenominator, PartUnrated, PartExcluded} {
			rows, _ := c.list(v, LineFilter{Period: Period{From: "2026-07", To: "2026-12"}, Rate: rate, Part: part})
			for _, l := range rows {
				lines[rate+text(l)] = true
			}
		}
	}
	return lines
}
