package development

import (
	"fmt"
	"slices"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/calendar"
	"hongyun/service/rule"
)

// numbers is the table as the migrations leave it.
func numbers(t *testing.T) (model.Tx, rule.Set) {
	t.Helper()
	tx := modeltest.SQLite(t, modeltest.At("2026-11-20 10:00:00").Now).Read(ctx)
	r, err := rule.Load(tx, model.RulesDevelopment, "2026-11-20")
	must(t, err)
	return tx, r
}

func on(d model.Date) *model.Date { return &d }

func TestTable(t *testing.T) {
	t.Parallel()
	want := map[string]string{ // RULES 5, word for word; a step in its own state stays in it
		"T1": " -> APPLICANT", "T1a": "APPLICANT", "T2": "APPLICANT -> ACTIVIST", "T2a": "ACTIVIST", "T2b": "ACTIVIST", "T3": "ACTIVIST -> CANDIDATE",
		"T4a": "CANDIDATE", "T4b": "CANDIDATE", "T4c": "CANDIDATE", "T4d": "CANDIDATE", "T5": "CANDIDATE -> ADMITTED", "T6": "ADMITTED -> PROBATIONARY",
		"T6x": "ADMITTED -> CANDIDATE REJECTED", "T7": "PROBATIONARY", "T8": "PROBATIONARY -> FULL", "T9": "PROBATIONARY", "T10": "PROBATIONARY -> CANCELLED",
		"T0": "APPLICANT ACTIVIST CANDIDATE -> WITHDRAWN STOPPED", "T11": "FULL",
		// The parts that have a date and a decision of their own.
		"T3a": "ACTIVIST", "T3b": "ACTIVIST", "T3c": "ACTIVIST", "T6s": "ADMITTED", "T8a": "PROBATIONARY", "T9a": "PROBATIONARY", "T10a": "PROBATIONARY",
	}
	for _, line := range table() {
		got := ""
		for i, s := range line.From {
			if i > 0 {
				got += " "
			}
			got += s
		}
		for i, s := range line.To {
			if i == 0 {
				got += " ->"
			}
			got += " " + s
		}
		if got != want[line.Code] {
			t.Errorf("%s leads %q, want %q", line.Code, got, want[line.Code])
		}
		delete(want, line.Code)
	}
	for code := range want {
		t.Errorf("%s is missing", code)
	}
}

func TestNoticeEnd(t *testing.T) {
	t.Parallel()
	tx, r := numbers(t)
	for start, want := range map[model.Date]model.Date{ // 9.4: 2026-09-20 is a make-up working day, 2026-09-25 a holiday, 2026-06-19 a holiday
		"2026-09-18": "2026-09-23", "2026-09-21": "2026-09-28", "2026-06-17": "2026-06-24",
	} {
		end, err := calendar.NoticeEnd(tx, start, r.On(start).Int("NOTICE_WORKING_DAYS"))
		must(t, err)
		equal(t, end.Date, want)
	}
}

func TestUnderage(t *testing.T) {
	t.Parallel()
	_, r := numbers(t)
	for _, c := range []struct {
		born, applied model.Date
		want          bool
	}{
		{"2008-06-01", "2026-05-31", true},
		{"2008-06-01", "2026-06-01", false},
		{"2008-02-29", "2026-02-27", true},
		{"2008-02-29", "2026-02-28", false}, // 29 February counts on the 28th in a common year
		{"2000-01-01", "2017-12-31", true},  // under DEV2014 as well
		{"2000-01-01", "2018-01-01", false},
	} {
		equal(t, underage(c.born, c.applied, r), c.want)
	}
}

// TestLimits reads like the table of RULES 5: what is open, by when, and who must act.
func TestLimits(t *testing.T) {
	t.Parallel()
	_, r := numbers(t)
	assessed := func(days ...model.Date) (steps []model.DevelopmentStep) {
		for i, d := range days {
			steps = append(steps, model.DevelopmentStep{Seq: int64(i + 1), Code: Assess, OnDay: d})
		}
		return steps
	}
	activist := func(since model.Date, days ...model.Date) Course {
		return Course{Development: model.Development{State: model.DevActivist, ActivistOn: on(since)}, Steps: assessed(days...)}
	}
	of := func(d model.Development) Course { return Course{Development: d} }
	for _, c := range []struct {
		what  string
		c     Course
		today model.Date
		want  []Limit
	}{
		{"a talk within a month", of(model.Development{State: model.DevApplicant, AppliedOn: "2026-01-31"}), "2026-02-01", []Limit{{"DEV-W01", "2026-02-28", model.LevelBranch}}},
		{"no limit after the talk", of(model.Development{State: model.DevApplicant, AppliedOn: "2026-01-31", TalkedOn: on("2026-02-10")}), "2026-02-11", nil},
		{"an assessment every half-year", activist("2025-08-31"), "2026-01-01", []Limit{{"DEV-W02", "2026-02-28", model.LevelBranch}}},
		{"one in time serves its half-year", activist("2025-08-31", "2026-02-20"), "2026-03-01", []Limit{{"DEV-W02", "2026-08-31", model.LevelBranch}}},
		{"two in one half-year serve one", activist("2025-08-31", "2025-10-01", "2026-02-20"), "2026-03-01", []Limit{{"DEV-W02", "2026-08-31", model.LevelBranch}}},
		{"a late one makes up", activist("2025-01-01", "2026-03-15"), "2026-03-20", []Limit{{"DEV-W02", "2026-07-01", model.LevelBranch}}},
		{"after a late one the next is the next half-year's", activist("2025-01-01", "2025-07-10", "2025-12-30"), "2026-03-20", []Limit{{"DEV-W02", "2026-07-01", model.LevelBranch}}},
		{"DEV2026: the branch meeting within a month of the pre-review", of(model.Development{State: model.DevCandidate, PreReviewedOn: on("2026-05-31")}), "2026-06-01",
			[]Limit{{"DEV-W04", "2026-06-30", model.LevelBranch}}},
		{"DEV2014: no such limit", of(model.Development{State: model.DevCandidate, PreReviewedOn: on("2026-03-31")}), "2026-05-17", nil},
		{"approval in three months, six at most", of(model.Development{State: model.DevAdmitted, AdmittedOn: on("2025-11-30")}), "2026-01-01",
			[]Limit{{"DEV-W05", "2026-02-28", model.LevelCommittee}, {"DEV-W06", "2026-05-30", model.LevelCommittee}}},
		{"with a special reason six", of(model.Development{State: model.DevAdmitted, AdmittedOn: on("2025-11-30"), SpecialReason: "外调"}), "2026-01-01",
			[]Limit{{"DEV-W06", "2026-05-30", model.LevelCommittee}}},
		{"DEV2026: oath within a month; then the end of the probation",
			of(model.Development{State: model.DevProbationary, AdmittedOn: on("2026-06-01"), ApprovedOn: on("2026-07-31"), ProbationEndsOn: on("2027-06-01")}), "2026-08-01",
			[]Limit{{"DEV-W07", "2026-08-31", model.LevelBranch}, {"DEV-W08", "2027-06-01", model.LevelBranch}}},
		{"DEV2014: no limit for the oath",
			of(model.Development{State: model.DevProbationary, ApprovedOn: on("2026-03-31"), ProbationEndsOn: on("2027-03-01")}), "2026-05-01",
			[]Limit{{"DEV-W08", "2027-03-01", model.LevelBranch}}},
		{"approval of the conversion in three months",
			of(model.Development{State: model.DevProbationary, ApprovedOn: on("2025-03-31"), OathOn: on("2025-04-01"), ProbationEndsOn: on("2026-03-01"), FullMeetingOn: on("2026-08-31")}), "2026-09-01",
			[]Limit{{"DEV-W09", "2026-11-30", model.LevelCommittee}}},
		{"the archive in thirty days", of(model.Development{State: model.DevFull, FullApprovedOn: on("2026-08-31")}), "2026-09-01", []Limit{{"DEV-W10", "2026-09-30", model.LevelBranch}}},
		{"nothing after it", of(model.Development{State: model.DevFull, FullApprovedOn: on("2026-08-31"), ArchivedOn: on("2026-09-10")}), "2026-09-11", nil},
		{"nothing for who has stopped", of(model.Development{State: model.DevStopped, AppliedOn: "2020-01-01"}), "2026-09-11", nil},
	} {
		if got := limits(c.c, r.On(c.today)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.what, got, c.want)
		}
	}
}

// TestWarnings: a limit is met on its last day and late from the next one on.
func TestWarnings(t *testing.T) {
	t.Parallel()
	_, r := numbers(t)
	c := Course{Development: model.Development{State: model.DevApplicant, AppliedOn: "2026-06-10"}}
	equal(t, codesOf(warnings(c, "2026-07-10", r.On("2026-07-10"))), "")
	equal(t, codesOf(warnings(c, "2026-07-11", r.On("2026-07-11"))), "DEV-W01")
	c = Course{Development: model.Development{State: model.DevCandidate, LeavingOn: on("2026-10-10")}}
	for day, want := range map[model.Date]string{"2026-07-09": "", "2026-07-10": "DEV-W03", "2026-10-10": "DEV-W03", "2026-10-11": ""} {
		equal(t, codesOf(warnings(c, day, r.On(day))), want)
	}
}

func TestTrainingAndExtension(t *testing.T) {
	t.Parallel()
	_, r := numbers(t)
	for _, c := range []struct {
		days, hours int64
		want        bool
	}{{3, 0, true}, {0, 24, true}, {2, 23, false}, {2, 24, true}} {
		equal(t, trained(c.days, c.hours, r), c.want)
	}
	for months, want := range map[int64]bool{5: false, 6: true, 12: true, 13: false} {
		equal(t, extension(months, r), want)
	}
}

// TestBackwards is E11.
func TestBackwards(t *testing.T) {
	t.Parallel()
	step := func(code string, on model.Date, data string) model.DevelopmentStep {
		return model.DevelopmentStep{Code: code, OnDay: on, Data: data}
	}
	for _, c := range []struct {
		what  string
		steps []model.DevelopmentStep
		code  string
		day   model.Date
		want  bool
	}{
		{"a talk before the application", []model.DevelopmentStep{step(Apply, "2026-06-10", "{}")}, Talk, "2026-06-09", true},
		{"on the same day", []model.DevelopmentStep{step(Apply, "2026-06-10", "{}")}, Talk, "2026-06-10", false},
		{"steps of one rank go side by side", []model.DevelopmentStep{step(Review, "2026-06-10", "{}")}, Train, "2026-06-01", false},
		{"a step again, but earlier", []model.DevelopmentStep{step(Assess, "2026-06-10", "{}")}, Assess, "2026-06-01", true},
		{"after what was recorded first", []model.DevelopmentStep{step(PreReview, "2026-06-10", "{}")}, Train, "2026-06-11", true},
		{"before it", []model.DevelopmentStep{step(PreReview, "2026-06-10", "{}")}, Train, "2026-06-10", false},
		{"a new round after a failed vote", []model.DevelopmentStep{step(PreReview, "2026-06-10", "{}"), step(Admit, "2026-06-20", `{"passed":false}`)}, Review, "2026-06-21", false},
		{"but not before it", []model.DevelopmentStep{step(PreReview, "2026-06-10", "{}"), step(Admit, "2026-06-20", `{"passed":false}`)}, Review, "2026-06-19", true},
	} {
		course := Course{Steps: c.steps}
		for i := range course.Steps {
			course.Steps[i].Seq = int64(i + 1)
		}
		line, _ := transitionOf(c.code)
		if got := backwards(course, line, c.day); got != c.want {
			t.Errorf("%s: %v", c.what, got)
		}
	}
}

// TestTexts: every code of RULES 5 has its sentence.
func TestTexts(t *testing.T) {
	t.Parallel()
	for n := range 11 {
		for _, kind := range []string{"E", "W"} {
			code := fmt.Sprintf("DEV-%s%02d", kind, n+1)
			if code != "DEV-W11" && text(code) == "" {
				t.Errorf("%s has no text", code)
			}
		}
	}
	for _, code := range []string{"DEV-W01", "DEV-W02", "DEV-W04", "DEV-W05", "DEV-W06", "DEV-W07", "DEV-W08", "DEV-W09", "DEV-W10"} {
		if task(code) == "" {
			t.Errorf("%s says nothing in a reminder", code)
		}
	}
}
