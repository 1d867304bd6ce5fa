package supervision

import (
	"context"
	"strings"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
	"hongyun/service/rule"
)

// ResultInput is what came of a call. Tries is the number that the caller saw: a second tap counts nothing.
type ResultInput struct {
	Reached      bool   `json:"reached"`
	Solved       *bool  `json:"solved"`    // with reached: the citizen says that it is solved
	Satisfied    *bool  `json:"satisfied"` // with reached
	FalseClosing bool   `json:"false_closing"`
	Tries        int64  `json:"tries" validate:"min=0,max=1000" label:"已回访次数"`
	Note         string `json:"note" validate:"max=1000" label:"回访记录"`
}

// ResultView is the call-back and what may follow from it.
type ResultView struct {
	Revisit
	SendBack         bool   `json:"send_back"`         // the window may now send the request back to work
	AccountabilityID *int64 `json:"accountability_id"` // what a false closing proposed
}

// RecordResult enters what came of a call: somebody was reached, or nobody; after so many tries as the rule says nobody was
// (REVISIT_TRIES). One who calls later of his or her own accord may still be entered. The request takes over whether it is solved
// where its citizen had not said, unless it was reopened meanwhile. A false closing proposes an accountability; the request stays
// as it is, until the window sends it back. For the window; whoever works for the unit that closed it calls nobody about it.
//
// Faults: supervision.no_word, supervision.false_but_good, supervision.own_unit, supervision.changed.
func (s *Service) RecordResult(ctx context.Context, v access.Viewer, id int64, in ResultInput) (out ResultView, err error) {
	if !v.WorksDesk() {
		return out, fault.Forbidden()
	}
	in.Note = strings.TrimSpace(in.Note)
	if err := in.check(); err != nil {
		return out, err
	}
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		var x model.RequestRevisit
		where, args := v.StaffRequests()
		// The request first, as every step of it does.
		var r model.Request
		if err := locked(tx, &r, "r", "SELECT r.* FROM request r WHERE r.id = (SELECT request_id FROM request_revisit WHERE id = ?) AND "+where,
			append([]any{id}, args...), "回访"); err != nil {
			return err
		}
		if err := locked(tx, &x, "x", "SELECT x.* FROM request_revisit x WHERE x.id = ?", []any{id}, "回访"); err != nil {
			return err
		}
		if x.DepartmentID != nil {
			if err := ofOthers(v, x.DepartmentID); err != nil {
				return err
			}
		}
		if err := record(tx, v, &x, in); err != nil {
			return err
		}
		stands := r.ReopenCount == x.Round && r.ClosedOn != ""
		if in.Reached && stands && r.Solved == nil {
			if err := tx.Model(&model.Request{}).Where("id = ? AND solved IS NULL", r.ID).Update("solved", *in.Solved).Error; err != nil {
				return err
			}
		}
		if in.FalseClosing {
			if out.AccountabilityID, err = proposeFalseClosing(tx, v, x); err != nil {
				return err
			}
			out.SendBack = stands
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "supervision.revisit", ObjectType: "request", ObjectID: r.ID,
			After: map[string]any{"revisit": x.ID, "reached": in.Reached, "solved": in.Solved, "satisfied": in.Satisfied, "false_closing": in.FalseClosing}})
		rows, err := revisits(tx, v, conditionOf("x.id = ?", []any{id}), "x.id", 0, 1)
		if err == nil {
			out.Revisit = rows[0]
		}
		return err
	})
	return out, err
}

func (in ResultInput) check() error {
	switch {
	case in.Reached && (in.Solved == nil || in.Satisfied == nil):
		return fault.Invalid("supervision.no_word", "请填写群众反映的是否解决和是否满意")
	case !in.Reached && (in.Solved != nil || in.Satisfied != nil || in.FalseClosing):
		return fault.Invalid("supervision.no_word", "没有联系上群众，不能填写回访结果")
	case in.FalseClosing && (*in.Solved || *in.Satisfied):
		return fault.Invalid("supervision.false_but_good", "群众反映已解决或满意的，不能登记为虚假办结")
	}
	return nil
}

// record moves the call-back on, if it still is as the caller saw it.
func record(tx model.Tx, v access.Viewer, x *model.RequestRevisit, in ResultInput) error {
	changes := map[string]any{"note": in.Note, "done_by": v.AccountID}
	from := []string{model.RevisitWaiting}
	if in.Reached {
		from = append(from, model.RevisitUnreached)
		changes["state"], changes["solved"], changes["satisfied"], changes["false_closing"], changes["done_at"] = model.RevisitDone, *in.Solved, *in.Satisfied, in.FalseClosing, tx.Now
	} else {
		rules, err := rule.Load(tx, model.RulesO2O, tx.Day())
		if err != nil {
			return err
		}
		changes["tries"] = in.Tries + 1
		if in.Tries+1 >= int64(rules.Int("REVISIT_TRIES")) {
			changes["state"], changes["done_at"] = model.RevisitUnreached, tx.Now
		}
	}
	res := tx.Model(&model.RequestRevisit{}).Where("id = ? AND state IN ? AND tries = ?", x.ID, from, in.Tries).Updates(changes)
	if res.Error == nil && res.RowsAffected == 0 {
		return fault.Conflict("supervision.changed", "该回访刚刚已有记录，请刷新后查看").With("state", x.State).With("tries", x.Tries)
	}
	return res.Error
}

// proposeFalseClosing proposes that the closing is looked into. The caller's note stays with the call-back, which the unit does
// not read: a citizen may speak freely.
func proposeFalseClosing(tx model.Tx, v access.Viewer, x model.RequestRevisit) (*int64, error) {
	leader, err := leaderOf(tx, x.DepartmentID)
	if err != nil {
		return nil, err
	}
	a := model.Accountability{RequestID: x.RequestID, DepartmentID: x.DepartmentID, Kind: model.AccountFalseClosing, Round: x.Round, Reason: "回访时群众反映事项并未办理",
		State: model.Proposed, LeaderName: leader, ProposedBy: &v.AccountID, ProposedAt: tx.Now}
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&a).Error; err != nil {
		return nil, err
	}
	var id int64
	err = tx.Raw("SELECT id FROM accountability WHERE request_id = ? AND kind = ? AND round = ?", x.RequestID, a.Kind, a.Round).Scan(&id).Error
	return &id, err
}

// leaderOf is the name of who leads a unit now; empty for the window.
func leaderOf(tx model.Tx, department *int64) (name string, err error) {
	if department == nil {
		return "", nil
	}
	err = tx.Raw("WITH "+staff+" SELECT name FROM staff WHERE role = 'department_leader' AND department_id = ? ORDER BY id LIMIT 1", *department).Scan(&name).Error
	return name, err
}
