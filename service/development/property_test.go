package development

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/rule"
)

// TestProperty draws steps with random days, by random people, good and bad: whatever is taken leads only along the table,
// days never run backwards along T1 → T8, a failure is always a fault and leaves nothing behind, and there is a member in
// good standing exactly for who is probationary or full.
func TestProperty(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2029-01-01 10:00:00")
	w := newWorld(t, modeltest.SQLite(t, clock.Now), clock)
	codes := []string{}
	for _, line := range table() {
		if line.Code != Apply {
			codes = append(codes, line.Code)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		id := w.apply("2023-01-02").ID
		w.furnish(id)
		for range rapid.IntRange(5, 50).Draw(rt, "steps") {
			before := w.course(id)
			in := w.draw(rt, before, codes)
			v := rapid.SampledFrom([]access.Viewer{w.committee, w.committee, w.committee, w.branch}).Draw(rt, "who")
			err := w.db.Tx(ctx, func(tx model.Tx) error { return w.s.take(tx, v, id, in) })
			after := w.course(id)
			var f *fault.Fault
			switch {
			case err != nil && !errors.As(err, &f):
				rt.Fatalf("%s: %v", in.Code, err)
			case err != nil && (after.State != before.State || after.Version != before.Version):
				rt.Fatalf("%s was refused, and yet %s became %s", in.Code, before.State, after.State)
			}
			w.holds(rt, id, before, after, in.Code)
		}
	})
}

// draw is any step on any day, but mostly one that goes on from where the course stands.
func (w *world) draw(rt *rapid.T, d model.Development, codes []string) StepInput {
	tx := w.db.Read(ctx)
	r, err := rule.Load(tx, model.RulesDevelopment, "2029-01-01")
	must(w.t, err)
	c, err := load(tx, d, "2029-01-01")
	must(w.t, err)
	code := rapid.SampledFrom(codes).Draw(rt, "any code")
	day := w.lastDay(d.ID).AddDays(rapid.SampledFrom([]int{-30, -1, 0, 0, 0, 0, 1, 3, 10, 100}).Draw(rt, "later"))
	if rapid.IntRange(0, 4).Draw(rt, "likely") > 0 {
		var likely, fresh []string
		for _, t := range from(d.State) {
			ready := max(day, earliest(c, t.Code, r))
			if len(blocks(c, t.Code, ready, r.On(ready))) == 0 && (t.Code != End || day.Year()%5 == 0) {
				likely = append(likely, t.Code)
				if _, taken := c.last(t.Code); !taken && t.Code != End {
					fresh = append(fresh, t.Code)
				}
			}
		}
		if len(fresh) > 0 && rapid.IntRange(0, 5).Draw(rt, "fresh") > 0 {
			likely = fresh
		}
		if len(likely) > 0 {
			code = rapid.SampledFrom(likely).Draw(rt, "code")
			day = max(day, earliest(c, code, r))
		}
	}
	day = min(day, "2029-01-01")
	in := StepInput{Version: d.Version, Code: code, OnDay: day, FiledOn: day, Days: 3, Months: rapid.SampledFrom([]int64{5, 6, 12}).Draw(rt, "months"), Reason: "原因", Here: true,
		Present: 5, Yes: rapid.SampledFrom([]int64{5, 5, 3, 2}).Draw(rt, "yes"), Members: []MemberID{{w.full[0].ID}, {w.full[1].ID}}}
	if rapid.IntRange(0, 7).Draw(rt, "outcome") == 0 {
		no := false
		in.Passed = &no
	}
	t, _ := transitionOf(code)
	in.Result = rapid.SampledFrom(append(slices.Clone(t.To), model.DevCandidate)).Draw(rt, "result")
	return in
}

// furnish gives a course every paper there is, newer than any step.
func (w *world) furnish(id int64) {
	w.t.Helper()
	w.n++
	f := model.File{SHA256: fmt.Sprint(w.n), MIME: "application/pdf", Bytes: 1, Name: "x", CreatedAt: w.db.Now()}
	w.create(&f)
	_, err := model.Exec(w.db.Read(ctx), `INSERT INTO development_document (development_id, kind, step, file_id, at)
SELECT ?, kind, step, ?, ? FROM development_paper`, id, f.ID, modeltest.At("2099-01-01 00:00:00").Now())
	must(w.t, err)
}

func (w *world) lastDay(id int64) (day model.Date) {
	w.t.Helper()
	must(w.t, w.db.Read(ctx).Raw("SELECT max(on_day) FROM development_step WHERE development_id = ?", id).Scan(&day).Error)
	return day
}

func (w *world) holds(rt *rapid.T, id int64, before, after model.Development, code string) {
	t, _ := transitionOf(code)
	if after.State != before.State && (!slices.Contains(t.From, before.State) || !slices.Contains(t.To, after.State)) {
		rt.Fatalf("%s leads from %s to %s: not in the table", code, before.State, after.State)
	}
	last := model.Date("")
	for i, d := range []*model.Date{&after.AppliedOn, after.TalkedOn, after.ActivistOn, after.CandidateOn, after.PreReviewedOn, after.AdmittedOn, after.ApprovedOn, after.FullMeetingOn, after.FullApprovedOn, after.ArchivedOn} {
		if dateOr(d) == "" {
			continue
		}
		if *d < last {
			rt.Fatalf("after %s the day of part %d, %s, lies before %s", code, i, *d, last)
		}
		last = *d
	}
	if dateOr(after.OathOn) != "" && *after.OathOn < *after.ApprovedOn {
		rt.Fatalf("oath on %s before %s", *after.OathOn, *after.ApprovedOn)
	}
	members := w.count("SELECT count(*) FROM member WHERE id_index = ? AND standing = ?", after.IDIndex, model.StandingActive)
	if on := after.State == model.DevProbationary || after.State == model.DevFull; on != (members == 1) || members > 1 {
		rt.Fatalf("%s with %d members", after.State, members)
	}
	full := w.count("SELECT count(*) FROM member WHERE id_index = ? AND status = ? AND full_on IS NOT NULL", after.IDIndex, model.MemberFull)
	if (after.State == model.DevFull) != (full == 1) {
		rt.Fatalf("%s with %d full members", after.State, full)
	}
	if steps := w.count("SELECT count(*) FROM development_step WHERE development_id = ?", id); steps != after.Version {
		rt.Fatalf("%d steps, version %d", steps, after.Version)
	}
	if !open(after.State) && after.State != model.DevFull {
		if n := w.count("SELECT count(*) FROM development_deadline WHERE development_id = ?", id); n != 0 {
			rt.Fatalf("%s has %d limits", fmt.Sprint(after.State), n)
		}
	}
}
