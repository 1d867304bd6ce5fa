package o2o

import (
	"cmp"
	"context"
	"maps"
	"strings"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/calendar"
	"hongyun/service/clock"
	"hongyun/service/fault"
	"hongyun/service/unit"
)

// AcceptInput is how the window takes a request in.
type AcceptInput struct {
	Disposition string `json:"disposition" validate:"omitempty,oneof=ANSWER REFER SOLVE" label:"处理方式"`                    // the window answers it, a unit gets it, the window works on it; empty: REFER
	Category    string `json:"category" validate:"omitempty,oneof=CONSULT HELP COMPLAINT SUGGESTION URGENT" label:"诉求类别"` // empty: stays
	Topic       string `json:"topic" validate:"max=40" label:"主题"`                                                        // code of the list request_topic; empty: stays
	Note        string `json:"note" validate:"max=1000" label:"说明"`
}

// Accept takes a request in with what the window will do with it, each with a limit of its own: what it answers has that of
// ANSWER, what it refers that of REFER; what it solves is accepted and taken up in one go, two steps (RULES 9). For the window.
func (s *Service) Accept(ctx context.Context, v access.Viewer, id int64, in AcceptInput) (d Detail, err error) {
	in.Disposition = cmp.Or(in.Disposition, model.DispositionRefer)
	st := step{Action: ActionAccept, Note: in.Note, Change: map[string]any{"disposition": in.Disposition}}
	switch in.Disposition {
	case model.DispositionRefer, model.DispositionSolve:
	case model.DispositionAnswer:
		st.Starts = model.ClockAnswer
	default:
		return d, fault.Invalid("o2o.no_disposition", "请选择处理方式：立即答复、转交导办或立即办理").With("field", "disposition")
	}
	if in.Category != "" {
		if categoryNames[in.Category] == "" {
			return d, fault.Invalid("o2o.no_category", "没有这种诉求类别").With("field", "category")
		}
		st.Change["category"] = in.Category
	}
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		err := s.workIn(tx, v, id, st, func(tx model.Tx, _ *model.Request, st *step) error { return setTopic(tx, st, in.Topic) })
		if err == nil && in.Disposition == model.DispositionSolve {
			err = s.workIn(tx, v, id, solveStep(v, ""), ownWork)
		}
		if err != nil {
			return err
		}
		d, err = s.detail(tx, v, id)
		return err
	})
	return d, err
}

// Decline refuses a request for a reason of the list decline_reason, empty for another one; the note says where to go instead. The
// citizen is told both. For the window.
func (s *Service) Decline(ctx context.Context, v access.Viewer, id int64, reason, note string) (Detail, error) {
	return s.workWith(ctx, v, id, step{Action: ActionDecline, Note: note}, func(tx model.Tx, _ *model.Request, st *step) error {
		reason = cmp.Or(reason, declineOther)
		title, err := titleIn(tx, "decline_reason", reason)
		if err != nil {
			return err
		}
		if title == "" {
			return fault.Invalid("o2o.no_reason", "请从列表中选择不予受理的原因").With("field", "reason_code")
		}
		if reason != declineOther {
			st.Note = join("。", title, st.Note)
		}
		st.Change = map[string]any{"decline_reason": reason}
		return nil
	})
}

// declineOther is the reason that only its note explains.
const declineOther = "OTHER"

// Answer closes an accepted request with an answer at once. For the window.
func (s *Service) Answer(ctx context.Context, v access.Viewer, id int64, note string) (Detail, error) {
	return s.workWith(ctx, v, id, step{Action: ActionAnswer, Note: note, Change: map[string]any{"handler_id": v.AccountID}}, ownWork)
}

// Solve takes an accepted request up at the window itself; no unit leads. For the window.
func (s *Service) Solve(ctx context.Context, v access.Viewer, id int64, note string) (Detail, error) {
	return s.workWith(ctx, v, id, solveStep(v, note), ownWork)
}

func solveStep(v access.Viewer, note string) step {
	return step{Action: ActionSolve, Note: note, Change: map[string]any{"handler_id": v.AccountID}}
}

// ownWork: what the window answers or solves itself is not to be referred, and does not count as such (RULES 9.3).
func ownWork(_ model.Tx, _ *model.Request, st *step) error {
	st.Change["refer_due"] = ""
	return nil
}

// Refer hands an accepted request to a unit, and tells the unit's handlers. The note is for them. For the window.
//
// Faults: o2o.no_department, o2o.subject_unit, o2o.at_city.
func (s *Service) Refer(ctx context.Context, v access.Viewer, id, departmentID int64, note string) (Detail, error) {
	st := step{Action: ActionRefer, Note: note, DepartmentID: &departmentID, Change: map[string]any{"department_id": departmentID}}
	return s.workWith(ctx, v, id, st, func(tx model.Tx, r *model.Request, st *step) error {
		if err := takesUnit(tx, r, departmentID); err != nil {
			return err
		}
		if r.Clock != model.ClockAnswer {
			return nil
		}
		// The window had meant to answer. The longer limit of an answer is no way round that of a referral.
		days, err := clock.Limit(tx, model.ClockRefer, r.Category, r.ClockFrom)
		if err != nil {
			return err
		}
		due, err := calendar.DeadlineAfter(tx, r.ClockFrom, days)
		st.Change["refer_due"], st.Change["refer_met"] = due.Date, tx.Day() <= due.Date
		return err
	})
}

// takesUnit refuses a unit that works no more, and the one that the request complains of, or what was merged into it: it must not
// handle it (RULES 9.2).
func takesUnit(tx model.Tx, r *model.Request, departmentID int64) error {
	var concerned int64
	if err := tx.Raw("SELECT count(*) FROM request WHERE subject_department_id = ? AND (id = ? OR duplicate_of = ?)", departmentID, r.ID, r.ID).Scan(&concerned).Error; err != nil {
		return err
	}
	if concerned > 0 {
		return fault.Invalid("o2o.subject_unit", "该单位是诉求反映的对象，不能承办或协办，请选择其他单位").With("field", "department_id")
	}
	return unit.Open(tx, departmentID)
}

// titleIn is what a code of a list is called; empty: the list does not have it.
func titleIn(tx model.Tx, list, code string) (title string, err error) {
	err = tx.Raw("SELECT title FROM lookup WHERE list = ? AND code = ?", list, code).Scan(&title).Error
	return title, err
}

// setTopic puts a topic of the list request_topic into a step; empty: none.
func setTopic(tx model.Tx, st *step, topic string) error {
	if topic == "" {
		return nil
	}
	title, err := titleIn(tx, "request_topic", topic)
	if err == nil && title == "" {
		err = fault.Invalid("o2o.no_topic", "没有这种诉求主题，请从列表中选择").With("field", "topic")
	}
	st.Change["topic"] = topic
	return err
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
	ActionRefuse: "请写明不同意延期的理由", ActionReturn: "请写明退回的法律法规依据", ActionHelp: "请写明请协办单位办理的内容",
	ActionHelped: "请填写协办结果", ActionSendBack: "请写明退回重新办理的原因",
}

// work is a step of the staff, audited.
func (s *Service) work(ctx context.Context, v access.Viewer, id int64, st step) (Detail, error) {
	return s.workWith(ctx, v, id, st, nil)
}

// workWith is work with something that comes before the step, once it is clear that the step is v's and can follow: a refusal, or
// what the step needs besides its own row.
func (s *Service) workWith(ctx context.Context, v access.Viewer, id int64, st step, before func(model.Tx, *model.Request, *step) error) (d Detail, err error) {
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		if err := s.workIn(tx, v, id, st, before); err != nil {
			return err
		}
		d, err = s.detail(tx, v, id)
		return err
	})
	return d, err
}

// workIn is workWith in a transaction that may hold more. Who has taken the step may no longer see the request.
func (s *Service) workIn(tx model.Tx, v access.Viewer, id int64, st step, before func(model.Tx, *model.Request, *step) error) error {
	st.Note, st.Actor = strings.TrimSpace(st.Note), staffActor(v)
	if ask := needsNote[st.Action]; ask != "" && st.Note == "" {
		return fault.Invalid("o2o.no_note", ask).With("field", "note")
	}
	r, err := lock(tx, v, id)
	if err != nil {
		return err
	}
	if err := may(tx, v, r, st.Action); err != nil {
		return err
	}
	was := map[string]any{"state": r.State, "category": r.Category}
	if before != nil {
		if err := before(tx, &r.Request, &st); err != nil {
			return err
		}
	}
	if err := s.takeAsStaff(tx, &r.Request, st); err != nil {
		return err
	}
	after := map[string]any{"state": r.State, "category": r.Category, "department_id": r.DepartmentID, "step": r.Steps}
	maps.Copy(after, st.Audit)
	audit.Record(tx, audit.By(v), audit.Entry{Action: "o2o." + st.Action, ObjectType: "request", ObjectID: id, Before: was, After: after})
	return nil
}

// takeAsStaff names the unit that acts, and tells the one that a request goes to.
func (s *Service) takeAsStaff(tx model.Tx, r *model.Request, st step) error {
	if st.DepartmentID == nil {
		st.DepartmentID = r.DepartmentID
	}
	if err := s.take(tx, r, st); err != nil || st.Action != ActionRefer && st.Action != ActionAssign {
		return err
	}
	return s.tellDepartment(tx, r, model.RequestStep{Seq: r.Steps, Action: st.Action, At: tx.Now})
}
