package development

import (
	"testing"

	"hongyun/model"
)

func TestTake_Refused(t *testing.T) {
	each(t, "2027-11-20 10:00:00", func(t *testing.T, w *world) {
		id := w.candidate("2025-06-01", "2025-07-01", "2026-08-10")
		w.reviewed(id, "2026-09-01")
		w.take(id, ballot(Admit, "2026-09-10", 5, 5))
		t.Run("people say what follows, and why", func(t *testing.T) {
			_, err := w.as(w.committee, id, StepInput{Code: Refuse, OnDay: "2026-10-01"})
			wantFault(t, err, "development.result")
			_, err = w.as(w.committee, id, StepInput{Code: Refuse, OnDay: "2026-10-01", Result: model.DevCandidate})
			wantFault(t, err, "development.reason")
		})
		t.Run("back to candidate: pre-review and meeting are done again, with fresh papers", func(t *testing.T) {
			d := w.take(id, StepInput{Code: Refuse, OnDay: "2026-10-01", Result: model.DevCandidate, Reason: "手续不全"})
			equal(t, d.State, model.DevCandidate)
			early := ballot(Admit, "2026-10-02", 5, 5)
			early.Version = d.Version
			_, err := w.s.Take(ctx, w.branch, id, early)
			wantFault(t, err, "development.not_pre_reviewed")
			_, err = w.as(w.committee, id, StepInput{Code: PreReview, OnDay: "2026-09-30"})
			wantFault(t, err, "DEV-E11")
			w.take(id, StepInput{Code: PreReview, OnDay: "2026-10-09"})
			in := ballot(Admit, "2026-10-20", 5, 5)
			in.Version = w.course(id).Version
			_, err = w.s.Take(ctx, w.branch, id, in)
			wantFault(t, err, "development.papers") // those of the first meeting do not serve the second
			w.take(id, in)
		})
		t.Run("approval after three months wants a special reason", func(t *testing.T) {
			_, err := w.as(w.committee, id, StepInput{Code: Approve, OnDay: "2027-01-21"})
			wantFault(t, err, "development.special_reason")
			d := w.take(id, StepInput{Code: SpecialReason, OnDay: "2027-01-15", Reason: "需进一步外调"})
			equal(t, len(d.Deadlines), 1)
			equal(t, d.Deadlines[0].Code, "DEV-W06")
			_, err = w.as(w.committee, id, StepInput{Code: Approve, OnDay: "2027-04-21"})
			wantFault(t, err, "DEV-W06")
			w.take(id, StepInput{Code: Approve, OnDay: "2027-04-20"})
		})
		t.Run("rejected for good", func(t *testing.T) {
			id := w.candidate("2025-06-01", "2025-07-01", "2026-08-10")
			w.reviewed(id, "2026-09-01")
			w.take(id, ballot(Admit, "2026-09-10", 5, 5))
			d := w.take(id, StepInput{Code: Refuse, OnDay: "2026-10-01", Result: model.DevRejected, Reason: "不符合条件"})
			equal(t, d.State, model.DevRejected)
			equal(t, len(d.Next), 0)
			equal(t, w.count("SELECT count(*) FROM development_deadline WHERE development_id = ?", id), 0)
		})
	})
}

func TestTake_Probation(t *testing.T) {
	each(t, "2028-11-20 10:00:00", func(t *testing.T, w *world) {
		t.Run("a cancelled probationary member leaves the roster, and may begin again", func(t *testing.T) {
			id := w.probationer("2026-09-10", "2026-10-10")
			member := *w.course(id).MemberID
			_, err := w.as(w.committee, id, StepInput{Code: Cancel, OnDay: "2027-09-20"})
			wantFault(t, err, "development.no_meeting")
			w.take(id, ballot(CancelMeeting, "2027-09-12", 5, 4))
			branch := w.orgs["一支部"].ID
			w.create(&model.RoleGrant{MemberID: &member, Role: model.RoleAdmin, OrgID: &branch, GrantedAt: w.db.Now()})
			d := w.take(id, StepInput{Code: Cancel, OnDay: "2027-09-20"})
			equal(t, d.State, model.DevCancelled)
			equal(t, w.count("SELECT count(*) FROM role_grant WHERE member_id = ? AND revoked_at IS NULL", member), 0)
			var m model.Member
			must(t, w.db.Read(ctx).Where("id = ?", member).Take(&m).Error)
			equal(t, m.Standing, model.StandingRemoved)
			equal(t, *m.LeftOn, "2027-09-20")
			number, err := w.vault.Open(w.course(id).IDSealed)
			must(t, err)
			again, err := w.s.Begin(ctx, w.branch, ApplyInput{OrgID: w.orgs["一支部"].ID, IDNumber: number, AppliedOn: "2028-01-01", Person: Person{Name: "李小明"}})
			must(t, err)
			equal(t, *again.RestartsID, id)
		})
		t.Run("a conversion that the committee does not approve goes back to the meeting", func(t *testing.T) {
			id := w.probationer("2026-09-10", "2026-10-10")
			w.take(id, ballot(FullMeeting, "2027-09-12", 5, 5))
			no := false
			d := w.take(id, StepInput{Code: BecomeFull, OnDay: "2027-10-01", Passed: &no, Reason: "材料不实"})
			equal(t, d.State, model.DevProbationary)
			equal(t, d.Dates.FullMeetingOn == nil, true)
			_, err := w.as(w.committee, id, StepInput{Code: BecomeFull, OnDay: "2027-10-02"})
			wantFault(t, err, "development.no_meeting")
		})
		t.Run("an extension takes the meeting's conversion back: it is discussed again at the new end", func(t *testing.T) {
			id := w.probationer("2026-09-10", "2026-10-10")
			w.take(id, ballot(FullMeeting, "2027-09-12", 5, 5))
			in := ballot(ExtendMeeting, "2027-09-20", 5, 5)
			in.Months = 12
			w.take(id, in)
			d := w.take(id, StepInput{Code: Extend, OnDay: "2027-09-25"})
			equal(t, *d.Dates.ProbationEndsOn, "2028-09-10")
			_, err := w.as(w.committee, id, StepInput{Code: BecomeFull, OnDay: "2028-09-11"})
			wantFault(t, err, "development.no_meeting")
			equal(t, d.Deadlines[len(d.Deadlines)-1].Code, "DEV-W08")
		})
		t.Run("another full-member day needs a reason (U11)", func(t *testing.T) {
			id := w.probationer("2026-09-10", "2026-10-10")
			w.take(id, ballot(FullMeeting, "2027-12-12", 5, 5))
			for _, c := range []struct {
				in   StepInput
				code string
			}{{StepInput{FullOn: "2027-12-12"}, "development.reason"}, {StepInput{FullOn: "2027-09-09", Reason: "x"}, "DEV-E11"}, {StepInput{FullOn: "2028-01-02", Reason: "x"}, "DEV-E11"}} {
				c.in.Code, c.in.OnDay = BecomeFull, "2028-01-01"
				_, err := w.as(w.committee, id, c.in)
				wantFault(t, err, c.code)
			}
			d := w.take(id, StepInput{Code: BecomeFull, OnDay: "2028-01-01", FullOn: "2027-12-12", Reason: "本人长期未提出申请"})
			var m model.Member
			must(t, w.db.Read(ctx).Where("id = ?", *d.MemberID).Take(&m).Error)
			equal(t, *m.FullOn, "2027-12-12")
		})
		t.Run("who has died cannot be converted", func(t *testing.T) {
			id := w.probationer("2026-09-10", "2026-10-10")
			w.take(id, ballot(FullMeeting, "2027-09-12", 5, 5))
			must(t, w.db.Read(ctx).Model(&model.Member{}).Where("id = ?", *w.course(id).MemberID).Update("standing", model.StandingDeceased).Error)
			_, err := w.as(w.committee, id, StepInput{Code: BecomeFull, OnDay: "2027-10-01"})
			wantFault(t, err, "development.member_left")
		})
	})
}

// TestTake_TwoEditions: a course that began under DEV2014 and went on under DEV2026: each step is judged by its own day.
func TestTake_TwoEditions(t *testing.T) {
	each(t, "2027-11-20 10:00:00", func(t *testing.T, w *world) {
		id := w.activist("2024-09-01", "2024-10-08")
		w.take(id, StepInput{Code: Consent, OnDay: "2026-05-10"}) // filing, then
		d := w.take(id, StepInput{Code: BecomeCandidate, OnDay: "2026-05-17"})
		equal(t, d.Steps[len(d.Steps)-1].RuleSet, "DEV2014")
		w.reviewed(id, "2026-05-17")
		d = w.take(id, ballot(Admit, "2026-06-20", 5, 5)) // three days over a month: DEV2026 asks for it on this day
		last := d.Steps[len(d.Steps)-1]
		equal(t, last.RuleSet, "DEV2026")
		equal(t, last.Warnings, "DEV-W04")
		d = w.take(id, StepInput{Code: Approve, OnDay: "2026-07-01"})
		equal(t, d.Deadlines[0].Code, "DEV-W07")
		equal(t, d.Deadlines[0].DueOn, "2026-08-01")
	})
}
