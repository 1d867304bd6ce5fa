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
			d := w.take(id, StepInput{Code: Cancel, OnDay: "2027-09-20"})
			equal(t, d.State, model.DevCancelled)
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
