package development

import (
	"slices"
	"testing"

	"hongyun/model"
)

// TestBlocks is each guard with the last day that is too early and the first that is right, under both editions.
func TestBlocks(t *testing.T) {
	t.Parallel()
	_, r := numbers(t)
	two := []Sponsor{{MemberID: 1, Full: true}, {MemberID: 2, Full: true}}
	yes := func(seq int64, code string) model.DevelopmentStep {
		return model.DevelopmentStep{Seq: seq, Code: code, OnDay: "2026-06-01", Data: "{}"}
	}
	no := func(seq int64, code string) model.DevelopmentStep {
		return model.DevelopmentStep{Seq: seq, Code: code, OnDay: "2026-06-01", Data: `{"passed":false}`}
	}
	notice := func(ends model.Date, outcome string) *model.DevelopmentNotice {
		return &model.DevelopmentNotice{StartOn: "2026-09-18", EndsOn: ends, Outcome: outcome}
	}
	activist := model.Development{State: model.DevActivist, ActivistOn: on("2025-09-24")}
	agreed := Course{Development: activist, Contacts: two, Steps: []model.DevelopmentStep{yes(1, Consent)}}
	with := func(n *model.DevelopmentNotice) Course { c := agreed; c.Notice = n; return c }
	candidate := Course{Development: model.Development{State: model.DevCandidate, TrainedOn: on("2026-06-01")}, Introducers: two, Steps: []model.DevelopmentStep{yes(1, Review)}}
	but := func(change func(*Course)) Course { c := candidate; change(&c); return c }
	admitted := func(reason string) Course {
		return Course{Development: model.Development{State: model.DevAdmitted, AdmittedOn: on("2026-05-31"), SpecialReason: reason}}
	}
	probation := Course{Development: model.Development{State: model.DevProbationary, ProbationEndsOn: on("2027-02-28")}}
	steps := func(s ...model.DevelopmentStep) Course { c := probation; c.Steps = s; return c }
	for _, c := range []struct {
		what string
		c    Course
		code string
		day  model.Date
		want string
	}{
		{"no talk", Course{Development: model.Development{State: model.DevApplicant}}, BecomeActivist, "2026-06-01", "DEV-E02"},
		{"a talk", Course{Development: model.Development{State: model.DevApplicant, TalkedOn: on("2026-05-01")}}, BecomeActivist, "2026-06-01", ""},
		{"no contacts", Course{Development: activist, Notice: notice("2026-09-23", model.NoticeClear), Steps: agreed.Steps}, BecomeCandidate, "2026-09-24", "DEV-E03"},
		{"a day short of a year", with(notice("2026-09-22", model.NoticeClear)), BecomeCandidate, "2026-09-23", "DEV-E04"},
		{"a year", with(notice("2026-09-22", model.NoticeClear)), BecomeCandidate, "2026-09-24", ""},
		{"on the last day of the notice", with(notice("2026-09-24", model.NoticeClear)), BecomeCandidate, "2026-09-24", "DEV-E05"},
		{"on the day after it", with(notice("2026-09-24", model.NoticeClear)), BecomeCandidate, "2026-09-25", ""},
		{"no notice", agreed, BecomeCandidate, "2026-10-01", "DEV-E05"},
		{"its end is not recorded", with(notice("2026-09-23", model.NoticeOpen)), BecomeCandidate, "2026-10-01", "development.notice_open"},
		{"an objection", with(notice("2026-09-23", model.NoticeBlocked)), BecomeCandidate, "2026-10-01", "development.objection"},
		{"no consent", Course{Development: activist, Contacts: two, Notice: notice("2026-09-23", model.NoticeClear)}, BecomeCandidate, "2026-10-01", "development.no_consent"},
		{"consent refused", Course{Development: activist, Contacts: two, Notice: notice("2026-09-23", model.NoticeClear), Steps: []model.DevelopmentStep{no(1, Consent)}}, BecomeCandidate, "2026-10-01", "development.no_consent"},
		{"DEV2014 asks for neither", Course{Development: model.Development{State: model.DevActivist, ActivistOn: on("2025-05-17")}, Contacts: two}, BecomeCandidate, "2026-05-17", ""},
		{"on the next day DEV2026 does", Course{Development: model.Development{State: model.DevActivist, ActivistOn: on("2025-05-17")}, Contacts: two}, BecomeCandidate, "2026-05-18", "development.no_consent DEV-E05"},
		{"a notice without consent", Course{Development: activist}, OpenNotice, "2026-09-18", "development.no_consent"},
		{"pre-review with everything", candidate, PreReview, "2026-06-20", ""},
		{"one introducer", but(func(c *Course) { c.Introducers = two[:1] }), PreReview, "2026-06-20", "DEV-E06"},
		{"an introducer on 留党察看", but(func(c *Course) { c.Introducers = []Sponsor{two[0], {MemberID: 2, Full: true, Watched: true}} }), PreReview, "2026-06-20", "DEV-E06"},
		{"an introducer who has left", but(func(c *Course) { c.Introducers = []Sponsor{two[0], {MemberID: 2}} }), PreReview, "2026-06-20", "DEV-E06"},
		{"no review", but(func(c *Course) { c.Steps = nil }), PreReview, "2026-06-20", "DEV-E07"},
		{"a failed review", but(func(c *Course) { c.Steps = append(slices.Clone(c.Steps), no(2, Review)) }), PreReview, "2026-06-20", "DEV-E07"},
		{"no training", but(func(c *Course) { c.TrainedOn = nil }), PreReview, "2026-06-20", "DEV-E08"},
		{"no pre-review", candidate, Admit, "2026-06-20", "development.not_pre_reviewed"},
		{"approval in three months", admitted(""), Approve, "2026-08-31", ""},
		{"a day later", admitted(""), Approve, "2026-09-01", "development.special_reason"},
		{"with a special reason in six", admitted("外调"), Approve, "2026-11-30", ""},
		{"never later", admitted("外调"), Approve, "2026-12-01", "DEV-W06"},
		{"before the end of the probation", probation, FullMeeting, "2027-02-27", "DEV-E09"},
		{"on its end", probation, FullMeeting, "2027-02-28", ""},
		{"no meeting", probation, BecomeFull, "2027-03-28", "development.no_meeting"},
		{"an extension without a vote", probation, Extend, "2027-03-28", "development.no_meeting"},
		{"a second extension", steps(yes(1, ExtendMeeting), yes(2, Extend)), ExtendMeeting, "2027-03-28", "DEV-E10"},
		{"a cancellation without a vote", steps(no(1, CancelMeeting)), Cancel, "2027-03-28", "development.no_meeting"},
		{"a cancellation", steps(yes(1, CancelMeeting)), Cancel, "2027-03-28", ""},
	} {
		got := codesOf(blocks(c.c, c.code, c.day, r.On(c.day)))
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
}
