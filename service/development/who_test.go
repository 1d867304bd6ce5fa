package development

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// TestTake_Papers: who decides must have the papers at hand.
func TestTake_Papers(t *testing.T) {
	each(t, "2026-11-20 10:00:00", func(t *testing.T, w *world) {
		id := w.apply("2026-06-01").ID
		d := w.take(id, StepInput{Code: Talk, OnDay: "2026-06-10"})
		in := StepInput{Code: BecomeActivist, OnDay: "2026-07-01", FiledOn: "2026-07-01", Version: d.Version}
		_, err := w.s.Take(ctx, w.branch, id, in)
		wantFault(t, err, "development.papers")
		var f *fault.Fault
		errors.As(err, &f)
		equal(t, fmt.Sprint(f.Details["papers"]), "[推荐（推优）材料 支委会记录 积极分子备案表]")
		equal(t, f.Kind, fault.KindConflict)
		equal(t, fmt.Sprint(d.MissingPapers), "[{T1 入党申请书}]")

		for _, kind := range []string{"推荐（推优）材料", "积极分子备案表"} {
			d, err = w.s.AddDocument(ctx, w.branch, id, "", kind, kind+".pdf", []byte("%PDF-1.7"))
			must(t, err)
		}
		_, err = w.s.Take(ctx, w.branch, id, in)
		wantFault(t, err, "development.papers")
		_, err = w.s.AddDocument(ctx, w.branch, id, "", "支委会记录", "a.pdf", []byte("%PDF-1.7"))
		wantFault(t, err, "development.paper") // T2, T3 and T0 have one
		d, err = w.s.AddDocument(ctx, w.branch, id, "T2", "支委会记录", "a.pdf", []byte("%PDF-1.7"))
		must(t, err)
		equal(t, len(d.Documents), 4) // with the record of the talk
		d, err = w.s.Take(ctx, w.branch, id, in)
		must(t, err)
		equal(t, d.State, model.DevActivist)
		_, err = w.s.AddDocument(ctx, w.branch, id, "", "没有这种", "a.pdf", []byte("%PDF-1.7"))
		wantFault(t, err, "development.paper")
		_, err = w.s.AddDocument(ctx, w.branch, id, "T1", "入党申请书", "绝密.pdf", []byte("%PDF-1.7"))
		wantFault(t, err, "file.classified")
		_, err = w.s.AddDocument(ctx, w.leader, id, "T1", "入党申请书", "a.pdf", []byte("%PDF-1.7"))
		wantFault(t, err, "auth.forbidden")

		file := d.Documents[0].FileID
		for _, c := range []struct {
			v    access.Viewer
			want bool
		}{{w.branch, true}, {w.leader, true}, {w.city, true}, {access.Viewer{AccountID: 1}, false}, {w.holder("三支部", model.RoleAdmin, "乙党委"), false}} {
			sees, err := w.s.MaySeeFile(ctx, c.v, file)
			must(t, err)
			equal(t, sees, c.want)
		}
	})
}

// TestTake_Who: the branch acts, committees approve, a general branch does not.
func TestTake_Who(t *testing.T) {
	each(t, "2027-11-20 10:00:00", func(t *testing.T, w *world) {
		id := w.activist("2026-06-01", "2026-07-01")
		consent := StepInput{Code: Consent, OnDay: "2027-06-01"}
		beta, member := w.holder("三支部", model.RoleAdmin, "乙党委"), access.Viewer{AccountID: 1}
		for _, c := range []struct {
			v    access.Viewer
			code string
		}{{w.branch, "development.committee_only"}, {w.general, "development.committee_only"}, {w.leader, "auth.forbidden"}, {beta, "not_found"}, {member, "not_found"}} {
			_, err := w.as(c.v, id, consent)
			wantFault(t, err, c.code)
		}
		for _, v := range []access.Viewer{w.committee, w.city} {
			_, err := w.as(v, id, consent)
			must(t, err)
		}
		_, err := w.as(w.general, id, StepInput{Code: Assess, OnDay: "2027-06-02"}) // a branch's step
		must(t, err)
		d, err := w.s.Development(ctx, w.general, id)
		must(t, err)
		for _, n := range d.Next {
			equal(t, n.May, n.Level == model.LevelBranch)
		}
	})
}

// TestTake_AtOnce: two administrators take a step at the same time; one succeeds, the other hears what changed.
func TestTake_AtOnce(t *testing.T) {
	each(t, "2026-11-20 10:00:00", func(t *testing.T, w *world) {
		d := w.apply("2026-06-01")
		inputs := []StepInput{{Code: Talk, OnDay: "2026-06-10", Version: d.Version}, {Code: End, OnDay: "2026-06-11", Version: d.Version, Result: model.DevWithdrawn, Reason: "本人提出"}}
		w.papers(d.ID, End)
		errs := make([]error, len(inputs))
		var wg sync.WaitGroup
		for i, in := range inputs {
			wg.Go(func() { _, errs[i] = w.s.Take(ctx, []access.Viewer{w.branch, w.committee}[i], d.ID, in) })
		}
		wg.Wait()
		won, lost := 0, 1
		if errs[0] != nil {
			won, lost = 1, 0
		}
		must(t, errs[won])
		wantFault(t, errs[lost], "development.changed")
		var f *fault.Fault
		errors.As(errs[lost], &f)
		equal(t, f.Details["version"].(int64), 2)
		changes := f.Details["changes"].([]Since)
		equal(t, len(changes), 1)
		equal(t, changes[0].Code, inputs[won].Code)
		equal(t, changes[0].ByName, []access.Viewer{w.branch, w.committee}[won].Name)
		equal(t, w.count("SELECT count(*) FROM development_step WHERE development_id = ?", d.ID), 2)
	})
}
