package collection

import (
	"context"
	"strings"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
)

// NoteInput is a talk with a member who is behind.
type NoteInput struct {
	HeldOn model.Date `json:"held_on" validate:"required,date" label:"谈话日期"`
	Text   string     `json:"text" validate:"required,max=1000,text" label:"谈话情况"`
	DueOn  model.Date `json:"due_on" validate:"omitempty,date" label:"限期改正日期"`
}

// CloseInput ends a case. REFERRED hands it to the organisation's procedure about standing: nothing is changed here.
type CloseInput struct {
	Outcome string `json:"outcome" validate:"required,oneof=GOOD_REASON CORRECTED REFERRED LEFT" label:"处理结果"`
	Note    string `json:"note" validate:"required,max=1000,text" label:"说明"`
	Version int64  `json:"version" validate:"min=0" label:"版本"` // that the person saw
}

// AddNote writes a talk down: v administers the member's branch, or an organisation above, or collects its dues.
//
// Faults: not_found, auth.forbidden, dues.arrears_closed, dues.held_on, dues.due_on.
func (s *Service) AddNote(ctx context.Context, v access.Viewer, id int64, in NoteInput) (ArrearsDetail, error) {
	return s.work(ctx, v, id, follows(v), func(tx model.Tx, a model.DuesArrears) error {
		if in.HeldOn > tx.Day() {
			return fault.Invalid("dues.held_on", "谈话日期不能晚于今天")
		}
		if in.DueOn != "" && in.DueOn < in.HeldOn {
			return fault.Invalid("dues.due_on", "限期改正日期不能早于谈话日期")
		}
		n := model.DuesArrearsNote{ArrearsID: a.ID, HeldOn: in.HeldOn, Text: strings.TrimSpace(in.Text), DueOn: in.DueOn, CreatedBy: &v.AccountID, CreatedAt: tx.Now}
		if err := tx.Create(&n).Error; err != nil {
			return err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "dues.arrears_note", ObjectType: "dues_arrears", ObjectID: a.ID,
			After: map[string]any{"held_on": n.HeldOn, "due_on": n.DueOn}})
		return nil
	})
}

// CloseArrears ends a case by a decision of people: v administers the member's branch or an organisation above. It changes
// neither bills nor the member's standing.
//
// Faults: not_found, auth.forbidden, dues.arrears_closed, dues.arrears_changed (with version and changes).
func (s *Service) CloseArrears(ctx context.Context, v access.Viewer, id int64, in CloseInput) (ArrearsDetail, error) {
	return s.work(ctx, v, id, v.Works(), func(tx model.Tx, a model.DuesArrears) error {
		if a.Version != in.Version {
			return stale(tx, a)
		}
		done, err := model.Exec(tx, `UPDATE dues_arrears SET state = 'CLOSED', outcome = ?, note = ?, closed_by = ?, closed_at = ?, version = version + 1
WHERE id = ? AND state = 'OPEN' AND version = ?`, in.Outcome, strings.TrimSpace(in.Note), v.AccountID, tx.Now, a.ID, a.Version)
		if err == nil && done != 1 {
			err = fault.Conflict("dues.arrears_changed", "该欠缴记录已变化，请刷新后再试")
		}
		if err != nil {
			return err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "dues.arrears_close", ObjectType: "dues_arrears", ObjectID: a.ID, Before: map[string]any{"step": a.Step, "months": a.Months},
			After: map[string]any{"outcome": in.Outcome}})
		return nil
	})
}

// work locks a case that is still to be worked off, lets do change it, and answers with what it is then.
func (s *Service) work(ctx context.Context, v access.Viewer, id int64, may access.Scope, do func(model.Tx, model.DuesArrears) error) (d ArrearsDetail, err error) {
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		var a model.DuesArrears
		if err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id).Take(&a).Error; err != nil && !model.NotFound(err) {
			return err
		}
		seen, err := arrearsDetail(tx, v, id)
		if err != nil {
			return err
		}
		var path string
		if err := tx.Raw("SELECT path FROM org WHERE id = ?", seen.OrgID).Scan(&path).Error; err != nil {
			return err
		}
		switch {
		case !may.Covers(path):
			return fault.Forbidden()
		case a.State != model.ArrearsOpen:
			return fault.Conflict("dues.arrears_closed", "该欠缴记录已关闭")
		case seen.State != model.ArrearsOpen:
			return fault.Conflict("dues.arrears_closed", "欠缴的党费已缴清，无需再处理")
		}
		if err := do(tx, a); err != nil {
			return err
		}
		d, err = arrearsDetail(tx, v, id)
		return err
	})
	return d, err
}

// stale refuses a change by somebody who saw an older version, and tells what has changed since.
func stale(tx model.Tx, a model.DuesArrears) error {
	var steps []ArrearsStep
	if err := tx.Raw("SELECT step, month, at FROM dues_arrears_step WHERE arrears_id = ? ORDER BY id", a.ID).Scan(&steps).Error; err != nil {
		return err
	}
	return fault.Conflict("dues.arrears_changed", "该欠缴记录已变化，请核对最新情况后重新提交").With("version", a.Version).
		With("changes", map[string]any{"months": a.Months, "step": a.Step, "counted_on": a.CountedOn, "steps": steps})
}
