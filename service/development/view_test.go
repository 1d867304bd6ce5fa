package development

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/roster"
)

// TestDevelopment: the page says where somebody stands, what is missing and by when.
func TestDevelopment(t *testing.T) {
	each(t, "2026-11-20 10:00:00", func(t *testing.T, w *world) {
		id := w.activist("2025-09-01", "2026-03-01")
		d, err := w.s.Development(ctx, w.branch, id)
		must(t, err)
		titles, number := []string{}, 0
		for _, stage := range d.Stages {
			titles = append(titles, stage.State)
			for _, item := range stage.Items {
				number++
				equal(t, item.Number, number)
			}
		}
		equal(t, number, 25)
		equal(t, strings.Join(titles, " "), "DONE CURRENT OPEN OPEN OPEN")
		equal(t, d.Stages[1].Items[2].OnDay, "2026-03-01")
		equal(t, fmt.Sprint(d.Deadlines), "[{DEV-W02 培养考察已满半年，未填写考察意见 2026-09-01 BRANCH -80}]")
		equal(t, codesOf(d.Warnings), "DEV-W02")
		found := map[string]Next{}
		for _, n := range d.Next {
			found[n.Code] = n
		}
		equal(t, len(found), 7) // T2a T2b T3a T3b T3c T3 T0
		equal(t, codesOf(found[BecomeCandidate].Problems), "DEV-E04 development.no_consent DEV-E05 development.papers")
		equal(t, codesOf(found[AssignContacts].Problems), "") // it may be recorded, and its paper follows
		equal(t, codesOf(found[CloseNotice].Problems), "development.no_open_notice")
		equal(t, found[BecomeCandidate].EarliestOn, "2027-03-01")
		equal(t, found[Consent].May, false)
		equal(t, found[BecomeCandidate].May, true)
		equal(t, d.Editable, true)
		equal(t, fmt.Sprint(d.MissingPapers), "[{T1 入党申请书}]")
		equal(t, d.RuleSet, "DEV2026")

		raw, err := json.Marshal(d)
		must(t, err)
		number18, err := w.vault.Open(w.course(id).IDSealed)
		must(t, err)
		if text := string(raw); strings.Contains(text, number18) || strings.Contains(text, "13800000001") || !strings.Contains(text, "138****0001") {
			t.Error("a number stands open on the page")
		}
		t.Run("who is not above finds nothing; a leader reads", func(t *testing.T) {
			_, err := w.s.Development(ctx, w.holder("三支部", model.RoleAdmin, "乙党委"), id)
			wantFault(t, err, "not_found")
			d, err := w.s.Development(ctx, w.leader, id)
			must(t, err)
			equal(t, d.Editable, false)
		})
		equal(t, w.count("SELECT count(*) FROM member_access"), 0) // nobody here is a member
	})
}

// TestMine: a member sees the own way, and who looked at it.
func TestMine(t *testing.T) {
	each(t, "2026-11-20 10:00:00", func(t *testing.T, w *world) {
		id := w.probationer("2026-09-10", "2026-10-10")
		member := *w.course(id).MemberID
		mine, err := w.s.Mine(ctx, access.Viewer{AccountID: 1, MemberID: member})
		must(t, err)
		equal(t, mine.State, model.DevProbationary)
		equal(t, mine.OrgName, "一支部")
		for _, v := range []access.Viewer{w.branch, {AccountID: 1}} {
			_, err = w.s.Mine(ctx, v)
			wantFault(t, err, "not_found")
		}
		for range 2 {
			_, err = w.s.Development(ctx, w.leader, id)
			must(t, err)
		}
		var looked []model.MemberAccess
		must(t, w.db.Read(ctx).Find(&looked).Error)
		equal(t, len(looked), 1)
		equal(t, looked[0].Times, 2)
		equal(t, looked[0].MemberID, member)
		equal(t, looked[0].Kind, model.AccessDevelopment)
		equal(t, looked[0].ByRole, "甲党委 单位领导")

		t.Run("the course goes with a member who moves", func(t *testing.T) {
			must(t, w.db.Tx(ctx, func(tx model.Tx) error {
				_, err := roster.Move(tx, w.orgs["二支部"].ID, "2026-11-01", model.SpanTransfer, "SELECT CAST(? AS bigint)", member)
				return err
			}))
			equal(t, w.course(id).OrgID, w.orgs["二支部"].ID)
		})
	})
}

func TestBegin(t *testing.T) {
	each(t, "2027-11-20 10:00:00", func(t *testing.T, w *world) {
		number := identity("1995-03-05", 900)
		in := ApplyInput{OrgID: w.orgs["一支部"].ID, IDNumber: strings.ToLower(number), AppliedOn: "2026-06-01", Person: Person{Name: " 李小明 ", Education: "大学本科"}}
		d, err := w.s.Begin(ctx, w.branch, in)
		must(t, err)
		equal(t, d.Name, "李小明")
		equal(t, d.Sex, "FEMALE")
		equal(t, d.BornOn, "1995-03-05")
		refused := func(change func(*ApplyInput), v access.Viewer, code string) {
			t.Helper()
			bad := in
			bad.IDNumber = identity("1995-03-05", 902)
			change(&bad)
			_, err := w.s.Begin(ctx, v, bad)
			wantFault(t, err, code)
		}
		t.Run("one course at a time, and no member", func(t *testing.T) {
			refused(func(in *ApplyInput) { in.IDNumber = number }, w.branch, "development.open")
			must(t, w.db.Read(ctx).Model(&model.Member{}).Where("id = ?", w.full[0].ID).Update("id_index", w.vault.Index(identity("1980-01-01", 2))).Error)
			refused(func(in *ApplyInput) { in.IDNumber = identity("1980-01-01", 2) }, w.branch, "member.exists")
		})
		t.Run("what cannot be right", func(t *testing.T) {
			refused(func(in *ApplyInput) { in.AppliedOn = "2027-11-21" }, w.branch, "development.future")
			refused(func(in *ApplyInput) { in.IDNumber = "361199199001010019" }, w.branch, "identity.invalid")
			refused(func(in *ApplyInput) { in.Education = "博学" }, w.branch, "development.unknown_word")
			refused(func(in *ApplyInput) { in.Phone = "123" }, w.branch, "development.phone")
			refused(func(in *ApplyInput) { in.OrgID = w.orgs["总支"].ID }, w.general, "development.not_a_branch")
			refused(func(in *ApplyInput) { in.OrgID = w.orgs["三支部"].ID }, w.branch, "not_found")
			refused(func(in *ApplyInput) {}, w.leader, "auth.forbidden")
			refused(func(in *ApplyInput) { in.Resume = true }, w.branch, "development.nothing_to_resume")
		})
		t.Run("who was stopped begins again: at T1, or at T2 where the talk still holds", func(t *testing.T) {
			w.take(d.ID, StepInput{Code: Talk, OnDay: "2026-06-10"})
			_, err := w.as(w.branch, d.ID, StepInput{Code: End, OnDay: "2026-09-01", Result: model.DevStopped})
			wantFault(t, err, "development.reason")
			_, err = w.as(w.branch, d.ID, StepInput{Code: End, OnDay: "2026-09-01", Reason: "x"})
			wantFault(t, err, "development.result")
			w.take(d.ID, StepInput{Code: End, OnDay: "2026-09-01", Result: model.DevStopped, Reason: "长期外出"})
			refused(func(in *ApplyInput) { in.IDNumber, in.AppliedOn = number, "2026-08-31" }, w.branch, "DEV-E11")
			in := in
			in.AppliedOn, in.Resume = "2027-01-10", true
			again, err := w.s.Begin(ctx, w.branch, in)
			must(t, err)
			equal(t, *again.RestartsID, d.ID)
			equal(t, again.Version, 2)
			equal(t, len(again.Steps), 2)
			w.take(again.ID, StepInput{Code: BecomeActivist, OnDay: "2027-01-20", FiledOn: "2027-01-20"})
		})
	})
}

func TestEditAndMove(t *testing.T) {
	each(t, "2026-11-20 10:00:00", func(t *testing.T, w *world) {
		id := w.activist("2025-09-01", "2026-03-01")
		in := EditInput{Version: w.course(id).Version, Person: Person{Name: "李大明", Phone: "13900000002", Education: "研究生", LeavingOn: "2026-12-31"}}
		d, err := w.s.Edit(ctx, w.branch, id, in)
		must(t, err)
		changes := d.Steps[len(d.Steps)-1].Data.Changes
		equal(t, fmt.Sprint(changes), "[{name 李小明 李大明} {phone 138****0001 139****0002} {education 大学本科 研究生} {leaving_on  2026-12-31}]")
		_, err = w.s.Edit(ctx, w.committee, id, in)
		wantFault(t, err, "development.changed")
		found, _, err := w.s.Developments(ctx, w.branch, Filter{Q: "13900000002"}, 0, 10)
		must(t, err)
		equal(t, len(found), 1)

		t.Run("an activist moves with the time of training", func(t *testing.T) {
			in := MoveInput{Version: d.Version, OrgID: w.orgs["二支部"].ID, OnDay: "2026-11-01"}
			_, err := w.s.Move(ctx, w.branch, id, in) // does not see the other branch
			wantFault(t, err, "not_found")
			moved, err := w.s.Move(ctx, w.committee, id, in)
			must(t, err)
			equal(t, moved.OrgName, "二支部")
			equal(t, *moved.Dates.ActivistOn, "2026-03-01")
			equal(t, moved.Deadlines[0].DueOn, "2026-09-01")
			last := moved.Steps[len(moved.Steps)-1].Data
			equal(t, last.FromOrg+" "+last.ToOrg, "一支部 二支部")
			_, err = w.s.Development(ctx, w.branch, id)
			wantFault(t, err, "not_found")
			in.Version = moved.Version
			_, err = w.s.Move(ctx, w.committee, id, in)
			wantFault(t, err, "development.same_branch")
		})
		t.Run("a member moves with the roster", func(t *testing.T) {
			id := w.probationer("2026-09-10", "2026-10-10")
			_, err := w.s.Move(ctx, w.committee, id, MoveInput{Version: w.course(id).Version, OrgID: w.orgs["二支部"].ID, OnDay: "2026-11-01"})
			wantFault(t, err, "development.no_transition")
			_, err = w.s.Edit(ctx, w.committee, id, EditInput{Version: w.course(id).Version, Person: Person{Name: "某"}})
			wantFault(t, err, "development.closed")
		})
		t.Run("W03: a candidate who is about to leave", func(t *testing.T) {
			id := w.candidate("2025-06-01", "2025-07-01", "2026-08-10")
			_, err := w.s.Edit(ctx, w.branch, id, EditInput{Version: w.course(id).Version, Person: Person{Name: "李小明", LeavingOn: "2026-11-30"}})
			must(t, err)
			w.reviewed(id, "2026-09-01")
			d, err := w.s.Development(ctx, w.branch, id)
			must(t, err)
			equal(t, d.Steps[len(d.Steps)-1].Warnings, "DEV-W03") // noted, not refused: people decide
		})
	})
}
