package o2o

import (
	"context"
	"strings"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
	"hongyun/service/unit"
)

// Accept takes a request in and may set its category right; an empty one stays. For the window.
func (s *Service) Accept(ctx context.Context, v access.Viewer, id int64, category, note string) (Detail, error) {
	change := map[string]any{}
	if category != "" {
		if categoryNames[category] == "" {
			return Detail{}, fault.Invalid("o2o.no_category", "没有这种诉求类别").With("field", "category")
		}
		change["category"] = category
	}
	return s.work(ctx, v, id, step{Action: ActionAccept, Note: note, Change: change})
}

// Decline refuses a request; the note says why, and where to go instead. For the window.
func (s *Service) Decline(ctx context.Context, v access.Viewer, id int64, note string) (Detail, error) {
	return s.work(ctx, v, id, step{Action: ActionDecline, Note: note})
}

// Answer closes an accepted request with an answer at once. For the window.
func (s *Service) Answer(ctx context.Context, v access.Viewer, id int64, note string) (Detail, error) {
	return s.work(ctx, v, id, step{Action: ActionAnswer, Note: note, Change: map[string]any{"handler_id": v.AccountID}})
}

// Refer hands an accepted request to a department, and tells the department's handlers. The note is for them. For the window.
func (s *Service) Refer(ctx context.Context, v access.Viewer, id, departmentID int64, note string) (Detail, error) {
	return s.work(ctx, v, id, step{Action: ActionRefer, Note: note, DepartmentID: &departmentID, Change: map[string]any{"department_id": departmentID}})
}

// Handle says that the department has begun. For the department.
func (s *Service) Handle(ctx context.Context, v access.Viewer, id int64, note string) (Detail, error) {
	return s.work(ctx, v, id, step{Action: ActionHandle, Note: note, Change: map[string]any{"handler_id": v.AccountID}})
}

// Reply writes to the citizen while the work goes on. For the department.
func (s *Service) Reply(ctx context.Context, v access.Viewer, id int64, note string) (Detail, error) {
	return s.work(ctx, v, id, step{Action: ActionReply, Note: note})
}

// Close ends the work; the note tells the citizen what was done. For the department.
func (s *Service) Close(ctx context.Context, v access.Viewer, id int64, note string) (Detail, error) {
	return s.work(ctx, v, id, step{Action: ActionClose, Note: note, Change: map[string]any{"handler_id": v.AccountID}})
}

// needsNote is the actions whose note is what the citizen is told.
var needsNote = map[string]string{
	ActionDecline: "请写明不予受理的理由和办理途径", ActionAnswer: "请填写答复内容", ActionReply: "请填写回复内容", ActionClose: "请填写办理结果",
	ActionRefuse: "请写明不同意延期的理由",
}

// work is a step of the staff, audited.
func (s *Service) work(ctx context.Context, v access.Viewer, id int64, st step) (Detail, error) {
	return s.workWith(ctx, v, id, st, nil)
}

// workWith is work with something that comes before the step, once it is clear that the step is v's and can follow: a refusal, or
// what the step needs besides its own row.
func (s *Service) workWith(ctx context.Context, v access.Viewer, id int64, st step, before func(model.Tx, *model.Request, *step) error) (d Detail, err error) {
	st.Note, st.Actor = strings.TrimSpace(st.Note), staffActor(v)
	if ask := needsNote[st.Action]; ask != "" && st.Note == "" {
		return d, fault.Invalid("o2o.no_note", ask).With("field", "note")
	}
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		r, err := lock(tx, v, id)
		if err != nil {
			return err
		}
		if err := may(tx, v, r, st.Action); err != nil {
			return err
		}
		was := map[string]any{"state": r.State, "category": r.Category}
		if _, ok := next(st.Action, r.State); ok && before != nil { // else the state is what is wrong
			if err := before(tx, &r.Request, &st); err != nil {
				return err
			}
		}
		if err := s.takeAsStaff(tx, &r.Request, st); err != nil {
			return err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "o2o." + st.Action, ObjectType: "request", ObjectID: id, Before: was,
			After: map[string]any{"state": r.State, "category": r.Category, "department_id": r.DepartmentID, "step": r.Steps}})
		d, err = detail(tx, v, id)
		return err
	})
	return d, err
}

// takeAsStaff knows what a referral needs besides its step.
func (s *Service) takeAsStaff(tx model.Tx, r *model.Request, st step) error {
	if st.Action != ActionRefer {
		st.DepartmentID = r.DepartmentID
		return s.take(tx, r, st)
	}
	if _, ok := next(st.Action, r.State); ok { // else the state is what is wrong
		if err := unit.Open(tx, *st.DepartmentID); err != nil {
			return err
		}
	}
	if err := s.take(tx, r, st); err != nil {
		return err
	}
	return s.tellDepartment(tx, r, model.RequestStep{Seq: r.Steps, Action: ActionRefer, At: tx.Now})
}
