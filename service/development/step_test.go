package development

import (
	"fmt"
	"testing"

	"hongyun/model"
	"hongyun/service/access"
)

func TestTake_WholeCourse(t *testing.T) {
	each(t, "2028-03-01 10:00:00", func(t *testing.T, w *world) {
		id := w.apply("2026-06-01").ID
		w.take(id, StepInput{Code: Talk, OnDay: "2026-06-20"})
		w.take(id, StepInput{Code: BecomeActivist, OnDay: "2026-07-01", FiledOn: "2026-07-03"})
		w.take(id, w.sponsors(AssignContacts, "2026-07-01", w.full[0], w.full[1]))
		w.take(id, StepInput{Code: Assess, OnDay: "2026-12-28"})
		w.take(id, StepInput{Code: Consent, OnDay: "2026-08-01"})
		// The notice may run before the year is over; the decision may not.
		d := w.take(id, StepInput{Code: OpenNotice, OnDay: "2026-09-18"})
		equal(t, d.Notice.EndsOn, "2026-09-23")
		w.take(id, StepInput{Code: CloseNotice, OnDay: "2026-09-24"})
		_, err := w.as(w.branch, id, StepInput{Code: BecomeCandidate, OnDay: "2027-06-30"})
		wantFault(t, err, "DEV-E04")
		w.take(id, StepInput{Code: BecomeCandidate, OnDay: "2027-07-01"})
		w.take(id, w.sponsors(ChooseIntroducer, "2027-07-05", w.full[0], w.full[2]))
		w.take(id, StepInput{Code: Train, OnDay: "2027-07-04", Hours: 24})
		w.take(id, StepInput{Code: Review, OnDay: "2027-07-06"})
		w.take(id, StepInput{Code: PreReview, OnDay: "2027-07-10"})
		w.take(id, ballot(Admit, "2027-08-10", 4, 3))
		d = w.take(id, StepInput{Code: Approve, OnDay: "2027-09-01"})

		equal(t, d.State, model.DevProbationary)
		equal(t, *d.Dates.ProbationEndsOn, "2028-08-10")
		var m model.Member
		must(t, w.db.Read(ctx).Where("id = ?", *d.MemberID).Take(&m).Error)
		equal(t, m.AdmittedOn, "2027-08-10") // the branch meeting, not the approval
		equal(t, *m.ApprovedOn, "2027-09-01")
		equal(t, m.Status, model.MemberProbationary)
		equal(t, m.Pinyin, "lxm")
		equal(t, m.IDIndex, w.course(id).IDIndex)
		equal(t, w.count("SELECT count(*) FROM member_span WHERE member_id = ? AND from_on = '2027-08-10' AND until_on IS NULL", m.ID), 1)

		w.take(id, StepInput{Code: Oath, OnDay: "2027-09-20"})
		w.clock.Set("2028-10-01 10:00:00")
		_, err = w.as(w.branch, id, ballot(FullMeeting, "2028-08-09", 5, 5))
		wantFault(t, err, "DEV-E09")
		w.take(id, ballot(FullMeeting, "2028-08-20", 5, 5))
		d = w.take(id, StepInput{Code: BecomeFull, OnDay: "2028-09-15"})
		equal(t, d.State, model.DevFull)
		must(t, w.db.Read(ctx).Where("id = ?", *d.MemberID).Take(&m).Error)
		equal(t, m.Status, model.MemberFull)
		equal(t, *m.FullOn, "2028-08-10") // the end of the probation; meeting and approval came later
		equal(t, *d.Dates.FullMeetingOn, "2028-08-20")
		equal(t, *d.Dates.FullApprovedOn, "2028-09-15")
		log := func(field string) []string {
			var texts []string
			must(t, w.db.Read(ctx).Raw("SELECT before || '>' || after FROM member_change WHERE member_id = ? AND field = ? ORDER BY version", m.ID, field).Scan(&texts).Error)
			return texts
		}
		equal(t, fmt.Sprint(log("enrolled"), log("status")), "[>一支部] [预备党员>正式党员]")
		_, err = w.as(w.branch, id, StepInput{Code: Archive, OnDay: "2028-09-30"})
		wantFault(t, err, "development.papers") // all papers go to the file
		equal(t, err.Error(), "development.papers: 缺少应有的材料：入党申请书")
		w.papers(id, Apply)
		d = w.take(id, StepInput{Code: Archive, OnDay: "2028-09-30"})
		for _, stage := range d.Stages {
			equal(t, stage.State, Done)
		}
		equal(t, len(d.Next), 0)
		equal(t, len(d.Deadlines), 0)
		equal(t, w.count("SELECT count(*) FROM development_deadline"), 0)
	})
}

// TestTake_Errors meets each error code through the module, and nothing of a refused step stays.
func TestTake_Errors(t *testing.T) {
	each(t, "2027-11-20 10:00:00", func(t *testing.T, w *world) {
		refused := func(id int64, v access.Viewer, in StepInput, code string) {
			t.Helper()
			before, steps := w.course(id), w.count("SELECT count(*) FROM development_step")
			_, err := w.as(v, id, in)
			wantFault(t, err, code)
			if after := w.course(id); after.State != before.State || after.Version != before.Version || w.count("SELECT count(*) FROM development_step") != steps {
				t.Fatalf("%s left something behind", code)
			}
		}
		t.Run("E01: the applicant is not 18", func(t *testing.T) {
			_, err := w.s.Begin(ctx, w.branch, ApplyInput{OrgID: w.orgs["一支部"].ID, IDNumber: identity("2009-06-02", 1), AppliedOn: "2027-06-01", Person: Person{Name: "小"}})
			wantFault(t, err, "DEV-E01")
			_, err = w.s.Begin(ctx, w.branch, ApplyInput{OrgID: w.orgs["一支部"].ID, IDNumber: identity("2009-06-02", 1), AppliedOn: "2027-06-02", Person: Person{Name: "小"}})
			must(t, err)
		})
		t.Run("E02: no talk, or not filed above", func(t *testing.T) {
			id := w.apply("2026-06-01").ID
			refused(id, w.branch, StepInput{Code: BecomeActivist, OnDay: "2026-07-01", FiledOn: "2026-07-01"}, "DEV-E02")
			w.take(id, StepInput{Code: Talk, OnDay: "2026-06-10"})
			refused(id, w.branch, StepInput{Code: BecomeActivist, OnDay: "2026-07-01"}, "DEV-E02")
			refused(id, w.branch, StepInput{Code: BecomeActivist, OnDay: "2026-07-01", FiledOn: "2026-06-30"}, "DEV-E02")
			refused(id, w.branch, StepInput{Code: Talk, OnDay: "2026-06-20"}, "development.done")
		})
		t.Run("E03: one or two full members, whom the administrator may see", func(t *testing.T) {
			id := w.activist("2026-06-01", "2026-07-01")
			probationary := w.member("一支部", "预备")
			must(t, w.db.Read(ctx).Model(&model.Member{}).Where("id = ?", probationary.ID).Update("status", model.MemberProbationary).Error)
			stranger := w.member("三支部", "外人")
			for _, members := range [][]model.Member{nil, {w.full[0], w.full[0]}, {w.full[0], w.full[1], w.full[2]}, {probationary}, {stranger}, {{ID: 99999}}} {
				refused(id, w.branch, w.sponsors(AssignContacts, "2026-07-02", members...), "DEV-E03")
			}
			d := w.take(id, w.sponsors(AssignContacts, "2026-07-02", w.full[3]))
			equal(t, len(d.Contacts), 1) // the others were replaced
		})
		id := w.candidate("2026-06-01", "2026-07-01", "2027-06-28")
		t.Run("E06: two full members who are not under 留党察看", func(t *testing.T) {
			watched := w.member("一支部", "察看")
			must(t, w.db.Read(ctx).Model(&model.Member{}).Where("id = ?", watched.ID).Update("watched_until", "2027-12-31").Error)
			for _, members := range [][]model.Member{{w.full[0]}, {w.full[0], watched}, {w.full[0], w.full[1], w.full[2]}} {
				refused(id, w.branch, w.sponsors(ChooseIntroducer, "2027-08-01", members...), "DEV-E06")
			}
			refused(id, w.committee, StepInput{Code: PreReview, OnDay: "2027-08-01"}, "DEV-E06")
			w.take(id, w.sponsors(ChooseIntroducer, "2027-08-01", w.full[0], w.full[1]))
		})
		t.Run("E07: the review was not passed", func(t *testing.T) {
			refused(id, w.committee, StepInput{Code: PreReview, OnDay: "2027-08-02"}, "DEV-E07")
			no := false
			d := w.take(id, StepInput{Code: Review, OnDay: "2027-08-02", Passed: &no})
			equal(t, d.State, model.DevCandidate)
			refused(id, w.committee, StepInput{Code: PreReview, OnDay: "2027-08-03"}, "DEV-E07")
			w.take(id, StepInput{Code: Review, OnDay: "2027-08-03"})
		})
		t.Run("E08: neither three days nor 24 hours", func(t *testing.T) {
			refused(id, w.branch, StepInput{Code: Train, OnDay: "2027-08-03", Days: 2, Hours: 23}, "DEV-E08")
			refused(id, w.committee, StepInput{Code: PreReview, OnDay: "2027-08-03"}, "DEV-E08")
			w.take(id, StepInput{Code: Train, OnDay: "2027-08-04", Hours: 24})
		})
		t.Run("E11: days run forward, and not beyond today", func(t *testing.T) {
			refused(id, w.committee, StepInput{Code: PreReview, OnDay: "2027-08-03"}, "DEV-E11")
			refused(id, w.committee, StepInput{Code: PreReview, OnDay: "2027-11-21"}, "development.future")
			w.take(id, StepInput{Code: PreReview, OnDay: "2027-08-05"})
		})
		t.Run("E07: a review that fails afterwards takes the pre-review with it", func(t *testing.T) {
			no := false
			d := w.take(id, StepInput{Code: Review, OnDay: "2027-08-05", Passed: &no})
			equal(t, d.Dates.PreReviewedOn, nil)
			refused(id, w.branch, ballot(Admit, "2027-08-06", 5, 5), "development.not_pre_reviewed")
			refused(id, w.committee, StepInput{Code: PreReview, OnDay: "2027-08-06"}, "DEV-E07")
			w.take(id, StepInput{Code: Review, OnDay: "2027-08-05"})
			d = w.take(id, StepInput{Code: PreReview, OnDay: "2027-08-05"})
			equal(t, *d.Dates.PreReviewedOn, "2027-08-05")
		})
		t.Run("a transition that is not in the table", func(t *testing.T) {
			for _, code := range []string{Talk, BecomeActivist, BecomeCandidate, Approve, Oath, BecomeFull, Archive} {
				refused(id, w.city, StepInput{Code: code, OnDay: "2027-08-06"}, "development.no_transition")
			}
		})
		t.Run("the person was not there, and a ballot that contradicts itself", func(t *testing.T) {
			in := ballot(Admit, "2027-08-10", 5, 5)
			in.Here = false
			refused(id, w.branch, in, "development.absent")
			refused(id, w.branch, ballot(Admit, "2027-08-10", 6, 5), "vote.too_many_present")
		})
		t.Run("a vote that did not carry is recorded, and the person stays a candidate", func(t *testing.T) {
			for _, b := range []StepInput{ballot(Admit, "2027-08-10", 5, 2), ballot(Admit, "2027-08-11", 2, 2)} {
				d := w.take(id, b)
				equal(t, d.State, model.DevCandidate)
				equal(t, *d.Steps[len(d.Steps)-1].Data.Passed, false)
				equal(t, d.Votes[len(d.Votes)-1].Passed, false)
			}
			equal(t, w.take(id, ballot(Admit, "2027-08-12", 3, 3)).State, model.DevAdmitted) // more than half of five
		})
		w.take(id, StepInput{Code: Approve, OnDay: "2027-08-20"})
		t.Run("E09: the probation is not over", func(t *testing.T) {
			refused(id, w.branch, ballot(FullMeeting, "2027-11-20", 5, 5), "DEV-E09")
		})
		t.Run("E10: extended once, by six to twelve months", func(t *testing.T) {
			w.clock.Set("2029-12-01 10:00:00")
			for _, months := range []int64{0, 5, 13} {
				in := ballot(ExtendMeeting, "2028-08-12", 5, 5)
				in.Months = months
				refused(id, w.branch, in, "DEV-E10")
			}
			in := ballot(ExtendMeeting, "2028-08-12", 5, 5)
			in.Months = 6
			w.take(id, in)
			d := w.take(id, StepInput{Code: Extend, OnDay: "2028-08-20"})
			equal(t, *d.Dates.ProbationEndsOn, "2029-02-12")
			equal(t, d.ProbationMonths, 18)
			in.OnDay = "2029-02-12"
			refused(id, w.branch, in, "DEV-E10")
			refused(id, w.branch, ballot(FullMeeting, "2029-02-11", 5, 5), "DEV-E09")
			w.take(id, ballot(FullMeeting, "2029-02-12", 5, 5))
			d = w.take(id, StepInput{Code: BecomeFull, OnDay: "2029-03-01"})
			equal(t, d.Steps[len(d.Steps)-1].Data.FullOn, "2029-02-12")
		})
	})
}

func TestTake_Candidate(t *testing.T) {
	each(t, "2027-11-20 10:00:00", func(t *testing.T, w *world) {
		id := w.activist("2026-06-01", "2026-07-01")
		notYet := func(day model.Date, code string) {
			t.Helper()
			_, err := w.as(w.branch, id, StepInput{Code: BecomeCandidate, OnDay: day})
			wantFault(t, err, code)
		}
		_, err := w.as(w.branch, id, StepInput{Code: OpenNotice, OnDay: "2027-07-01"})
		wantFault(t, err, "development.no_consent")
		notYet("2027-07-01", "development.no_consent")
		w.take(id, StepInput{Code: Consent, OnDay: "2027-07-01"})
		notYet("2027-07-02", "DEV-E05")
		_, err = w.as(w.branch, id, StepInput{Code: OpenNotice, OnDay: "2027-06-30"})
		wantFault(t, err, "DEV-E11")
		d := w.take(id, StepInput{Code: OpenNotice, OnDay: "2027-07-05"}) // a Monday
		equal(t, d.Notice.EndsOn, "2027-07-09")
		_, err = w.as(w.branch, id, StepInput{Code: CloseNotice, OnDay: "2027-07-08"})
		wantFault(t, err, "DEV-E05")
		no := false
		_, err = w.as(w.branch, id, StepInput{Code: CloseNotice, OnDay: "2027-07-08", Passed: &no})
		wantFault(t, err, "development.reason")
		w.take(id, StepInput{Code: CloseNotice, OnDay: "2027-07-08", Passed: &no, Reason: "反映的问题经核实属实"})
		notYet("2027-07-12", "development.objection")
		d = w.take(id, StepInput{Code: OpenNotice, OnDay: "2027-08-02"}) // again, once the matter is settled
		notYet("2027-08-09", "development.notice_open")
		w.take(id, StepInput{Code: CloseNotice, OnDay: d.Notice.EndsOn})
		equal(t, w.take(id, StepInput{Code: BecomeCandidate, OnDay: "2027-08-09"}).State, model.DevCandidate)
	})
}
