package development

import (
	"fmt"
	"testing"

	"hongyun/model"
)

// plain writes a course with nothing but what is counted.
func (w *world) plain(org, state, sex string, born model.Date, education string, admitted model.Date, due ...model.Date) int64 {
	w.t.Helper()
	w.n++
	d := model.Development{OrgID: w.orgs[org].ID, Name: fmt.Sprint("某", w.n), Pinyin: "m", IDIndex: fmt.Sprint("i", w.n), Sex: sex, BornOn: born, Education: education, State: state,
		AppliedOn: "2025-01-01", ProbationMonths: 12, Version: 1, CreatedAt: w.db.Now(), UpdatedAt: w.db.Now()}
	if admitted != "" {
		d.AdmittedOn = &admitted
	}
	w.create(&d)
	for i, day := range due {
		w.create(&model.DevelopmentDeadline{DevelopmentID: d.ID, Code: fmt.Sprintf("DEV-W0%d", i+5), DueOn: day, Level: model.LevelBranch})
	}
	return d.ID
}

// TestGuidance: every number opens its list, and children add up to their parent (I7).
func TestGuidance(t *testing.T) {
	each(t, "2026-11-20 10:00:00", func(t *testing.T, w *world) {
		w.plain("一支部", model.DevApplicant, "MALE", "1990-01-01", "高中", "", "2026-11-19")
		w.plain("一支部", model.DevActivist, "FEMALE", "1990-11-21", "大学本科", "", "2026-11-20") // 35 still; in time on its last day
		w.plain("一支部", model.DevActivist, "MALE", "1990-11-20", "初中", "", "2026-12-20")     // 36 today; the last day of the thirty
		w.plain("二支部", model.DevCandidate, "MALE", "1980-01-01", "大学专科", "", "2026-12-21")
		w.plain("二支部", model.DevAdmitted, "MALE", "1980-01-01", "大学专科", "2026-11-01", "2026-10-01", "2026-11-25") // late and soon
		w.plain("二支部", model.DevProbationary, "FEMALE", "2000-01-01", "研究生", "2025-11-20")
		w.plain("二支部", model.DevFull, "FEMALE", "2000-01-01", "研究生", "2025-11-19") // more than a year ago
		w.plain("二支部", model.DevStopped, "MALE", "1980-01-01", "", "")
		w.plain("三支部", model.DevApplicant, "MALE", "1980-01-01", "", "", "2026-10-01")

		g, err := w.s.Guidance(ctx, w.committee, 0)
		must(t, err)
		equal(t, g.OrgName, "甲党委")
		equal(t, g.Total, Pipeline{OrgID: g.OrgID, OrgName: "甲党委", Applicants: 1, Activists: 2, Candidates: 1, Admitted: 1, Probationary: 1, Late: 2, Soon: 3})
		var sum Pipeline
		for _, c := range g.Children {
			sum.Applicants += c.Applicants
			sum.Activists += c.Activists
			sum.Candidates += c.Candidates
			sum.Admitted += c.Admitted
			sum.Probationary += c.Probationary
			sum.Late += c.Late
			sum.Soon += c.Soon
		}
		sum.OrgID, sum.OrgName = g.OrgID, g.OrgName
		equal(t, sum, g.Total)
		equal(t, len(g.Children), 2)

		opens := func(what string, f Filter, want int64) {
			t.Helper()
			f.OrgID = g.OrgID
			rows, total, err := w.s.Developments(ctx, w.committee, f, 0, 100)
			must(t, err)
			if total != want || int64(len(rows)) != want {
				t.Errorf("%s: %d of %d in the list, %d on the page", what, len(rows), total, want)
			}
		}
		opens("applicants", Filter{State: model.DevApplicant}, g.Total.Applicants)
		opens("activists", Filter{State: model.DevActivist}, g.Total.Activists)
		opens("late", Filter{DueBefore: g.LateOn}, g.Total.Late)
		opens("soon", Filter{DueFrom: g.Day, DueBefore: g.SoonOn}, g.Total.Soon)
		for _, s := range g.Shares {
			f := map[string]Filter{"WOMEN": {Sex: "FEMALE"}, "YOUNG": {Young: true}, "COLLEGE": {College: true}}[s.Trait]
			f.Pipeline = true
			opens(s.Title, f, s.Pipeline.Count)
			f.Pipeline, f.AdmittedFrom = false, g.Since
			opens(s.Title, f, s.Admitted.Count)
		}
		opens("pipeline", Filter{Pipeline: true}, g.Shares[0].Pipeline.Of)
		opens("admitted", Filter{AdmittedFrom: g.Since}, g.Shares[0].Admitted.Of)
		equal(t, fmt.Sprint(g.Shares[0].Pipeline.Count, g.Shares[1].Pipeline.Count, g.Shares[2].Pipeline.Count, g.Shares[0].Pipeline.Of), "1 1 2 3")
		equal(t, *g.Shares[0].Pipeline.ShareBP, 3333)
		equal(t, g.Shares[0].Admitted.Of, 1)

		t.Run("a branch has no children; foreign ones are not found", func(t *testing.T) {
			g, err := w.s.Guidance(ctx, w.branch, 0)
			must(t, err)
			equal(t, len(g.Children), 0)
			equal(t, g.Total.Activists, 2)
			_, err = w.s.Guidance(ctx, w.branch, w.orgs["三支部"].ID)
			wantFault(t, err, "not_found")
		})
		t.Run("a share of nobody is none", func(t *testing.T) {
			g, err := w.s.Guidance(ctx, w.city, w.orgs["三支部"].ID)
			must(t, err)
			equal(t, g.Shares[0].Pipeline.ShareBP == nil, true)
		})
		t.Run("hints", func(t *testing.T) {
			g := Guidance{Shares: []Share{{Title: "女性", Members: group(3, 10), Pipeline: group(1, 10)}, {Title: "35岁及以下", Members: group(1, 10), Pipeline: group(5, 10)}}, Total: Pipeline{Late: 2}}
			equal(t, fmt.Sprint(hints(g)), "[女性在入党积极分子和发展对象中占10.0%，低于党员队伍的30.0% 2人的办理期限已过，请尽快处理]")
		})
	})
}

func TestDevelopments(t *testing.T) {
	each(t, "2026-11-20 10:00:00", func(t *testing.T, w *world) {
		first := w.apply("2026-11-01").ID
		second := w.apply("2026-10-20").ID
		w.plain("三支部", model.DevApplicant, "MALE", "1980-01-01", "", "")
		find := func(f Filter) (ids []int64) {
			t.Helper()
			rows, total, err := w.s.Developments(ctx, w.branch, f, 0, 100)
			must(t, err)
			equal(t, total, int64(len(rows)))
			for _, r := range rows {
				ids = append(ids, r.ID)
			}
			return ids
		}
		want := func(f Filter, ids ...int64) {
			t.Helper()
			equal(t, fmt.Sprint(find(f)), fmt.Sprint(ids))
		}
		want(Filter{}, second, first) // the next limit first
		want(Filter{Q: "小明"}, second, first)
		want(Filter{Q: "LXM"}, second, first)
		want(Filter{Q: "%"})
		want(Filter{Q: "13800000001"}, second, first)
		number, err := w.vault.Open(w.course(first).IDSealed)
		must(t, err)
		want(Filter{Q: number}, first)
		want(Filter{Code: "DEV-W01", DueBefore: "2026-11-20"}, second)
		want(Filter{Code: "DEV-W02"})
		want(Filter{State: model.DevActivist})
		_, total, err := w.s.Developments(ctx, w.branch, Filter{}, 1, 1)
		must(t, err)
		equal(t, total, 2)
	})
}
