package meeting

import (
	"context"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fact"
	"hongyun/service/fault"
)

// CancelInput says why a theme day is taken back.
type CancelInput struct {
	Note string `json:"note" validate:"required,max=200,text" label:"撤销原因"`
}

// Complete closes the record of a theme day: from then on it counts for the branch and for those who were there.
//
// Faults: theme_day.incomplete with what is missing, theme_day.in_future, theme_day.too_old; theme_day.completed and
// theme_day.cancelled if it is no draft any more.
func (s *Service) Complete(ctx context.Context, v access.Viewer, id int64) (View, error) {
	return s.change(ctx, v, id, func(tx model.Tx, m model.Meeting) error {
		var attendance []model.Attendance
		if err := tx.Where("meeting_id = ?", m.ID).Order("member_id").Find(&attendance).Error; err != nil {
			return err
		}
		e, err := elementsOf(tx, m, attendance)
		if err != nil {
			return err
		}
		if err := completable(e, m.HeldOn, tx.Day()); err != nil {
			return err
		}
		m.Round++
		done, err := model.Exec(tx, `UPDATE meeting SET state = ?, round = ?, completed_by = ?, completed_at = ? WHERE id = ? AND state = ?`,
			model.MeetingCompleted, m.Round, accountOf(v), tx.Now, m.ID, model.MeetingDraft)
		if err != nil {
			return err
		}
		if done != 1 {
			return fault.Conflict("theme_day.completed", "该主题党日刚刚被他人处理，请刷新后再试")
		}
		if err := fact.Record(tx, Facts(m, attendance)...); err != nil {
			return err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "theme_day.complete", ObjectType: "meeting", ObjectID: m.ID,
			After: map[string]any{"theme": m.Theme, "held_on": m.HeldOn, "org_id": m.OrgID, "attended": e.attended, "photos": e.photos}})
		return nil
	})
}

// Cancel takes a theme day back. What a completed one counted for is reversed, and the branch has to hold another in
// that month; the record itself stays to be seen. A draft that came to nothing is cancelled the same way.
//
// Faults: theme_day.cancelled if it is cancelled already.
func (s *Service) Cancel(ctx context.Context, v access.Viewer, id int64, in CancelInput) (View, error) {
	if blank(in.Note) {
		return View{}, fault.Invalid("theme_day.note", "请填写撤销原因")
	}
	var view View
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		m, err := toWork(tx, v, id)
		if err != nil {
			return err
		}
		done, err := model.Exec(tx, `UPDATE meeting SET state = ?, cancelled_at = ?, cancel_note = ?, updated_at = ? WHERE id = ? AND state = ? AND state <> ?`,
			model.MeetingCancelled, tx.Now, in.Note, tx.Now, m.ID, m.State, model.MeetingCancelled)
		if err != nil {
			return err
		}
		if done != 1 {
			return fault.Conflict("theme_day.cancelled", "该主题党日已撤销")
		}
		if m.State == model.MeetingCompleted {
			if _, err := fact.Reverse(tx, source(m)); err != nil {
				return err
			}
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "theme_day.cancel", ObjectType: "meeting", ObjectID: m.ID,
			Before: map[string]any{"state": m.State}, After: map[string]any{"state": model.MeetingCancelled, "note": in.Note}})
		view, err = one(tx, v, id)
		return err
	})
	return view, err
}

func elementsOf(tx model.Tx, m model.Meeting, attendance []model.Attendance) (elements, error) {
	e := elements{theme: m.Theme, content: m.Content, record: m.Record}
	for _, a := range attendance {
		if attends(a.Status) {
			e.attended++
		}
	}
	return e, tx.Model(&model.MeetingPhoto{}).Where("meeting_id = ?", m.ID).Count(&e.photos).Error
}

// Facts is what a completed theme day says: one fact for the branch and one for each member who was there.
func Facts(m model.Meeting, attendance []model.Attendance) []fact.Fact {
	facts := []fact.Fact{{Code: FactHeld, SubjectType: model.SubjectOrg, SubjectID: m.OrgID, OrgID: m.OrgID, Day: m.HeldOn, Source: source(m), Quantity: 1}}
	for _, a := range attendance {
		if attends(a.Status) {
			facts = append(facts, fact.Fact{Code: FactAttended, SubjectType: model.SubjectMember, SubjectID: a.MemberID, OrgID: m.OrgID,
				Day: m.HeldOn, Source: source(m), Quantity: 1})
		}
	}
	return facts
}
