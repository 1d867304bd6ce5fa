package o2o

import (
	"context"
	"slices"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// Merge puts a request to another one about the same matter: it is worked on there, its citizen hears of each step there, and may
// rate once that is closed. What is merged already leads to its main request, so there are no chains: what was merged into the one
// goes with it. For the window.
//
// Faults: o2o.merge_self (also by way of what is merged), o2o.merge_ended, o2o.subject_works, not found for a main request that v does
// not see.
func (s *Service) Merge(ctx context.Context, v access.Viewer, id, into int64, note string) (d Detail, err error) {
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		r, err := look(tx, v, id)
		if err != nil {
			return err
		}
		if err := may(tx, v, r, ActionMerge); err != nil { // before anything is said of the other one
			return err
		}
		root, err := lockMain(tx, v, id, into)
		if err != nil {
			return err
		}
		st := step{Action: ActionMerge, Note: join("。", "并入诉求 "+root.Number, note), Change: map[string]any{"duplicate_of": root.ID, "collecting_until": nil},
			Audit: map[string]any{"duplicate_of": root.ID}}
		err = s.workIn(tx, v, id, st, func(tx model.Tx, r *model.Request, _ *step) error {
			if root.ID == r.ID {
				return fault.Invalid("o2o.merge_self", "不能并入自身，或已并入本诉求的诉求").With("field", "into")
			}
			if !slices.Contains(mainStates, root.State) {
				return fault.Conflict("o2o.merge_ended", "主诉求当前为“"+stateNames[root.State]+"”，不能并入").With("state", root.State)
			}
			if err := worksForOthers(tx, r.ID, root.Request); err != nil {
				return err
			}
			return tx.Model(&model.Request{}).Where("duplicate_of = ?", r.ID).Update("duplicate_of", root.ID).Error
		})
		if err != nil {
			return err
		}
		d, err = s.detail(tx, v, id)
		return err
	})
	return d, err
}

// worksForOthers refuses a main request on which a unit works that the merged one complains of, or what was merged into that: nobody
// handles a complaint about the own unit under another's number (RULES 9.2).
func worksForOthers(tx model.Tx, id int64, main model.Request) error {
	var n int64
	err := tx.Raw(`SELECT count(*) FROM request q WHERE (q.id = ? OR q.duplicate_of = ?) AND (q.subject_department_id = ? OR EXISTS
		(SELECT 1 FROM request_helper h WHERE h.request_id = ? AND h.department_id = q.subject_department_id AND h.state <> ?))`,
		id, id, main.DepartmentID, main.ID, model.HelperCancelled).Scan(&n).Error
	if err == nil && n > 0 {
		err = fault.Conflict("o2o.subject_works", "主诉求正由被反映的单位承办或协办，不能并入，请另行受理并转交其他单位")
	}
	return err
}

// lockMain locks a request, the one to merge it into, and the main one behind that, in the order of their ids: of two who merge
// crosswise, one waits and is told.
func lockMain(tx model.Tx, v access.Viewer, id, into int64) (root found, err error) {
	main, err := look(tx, v, into)
	if err != nil {
		return root, err
	}
	if !main.Office {
		return root, fault.NotFound("主诉求")
	}
	rootID := into
	if main.DuplicateOf != nil {
		rootID = *main.DuplicateOf
	}
	ids := []int64{id, into, rootID}
	q := "SELECT id FROM request WHERE id IN ? ORDER BY id"
	if tx.Dialect == model.Postgres {
		q += " FOR UPDATE"
	}
	if err := tx.Raw(q, ids).Scan(&ids).Error; err != nil {
		return root, err
	}
	root, err = look(tx, v, rootID)
	if err == nil && root.DuplicateOf != nil {
		err = fault.Conflict("o2o.wrong_state", "主诉求刚刚已被合并，请刷新后重试")
	}
	return root, err
}

// mergedInto is the requests whose citizens hear what becomes of r.
func mergedInto(tx model.Tx, id int64) (rows []model.Request, err error) {
	err = tx.Where("duplicate_of = ? AND state = ?", id, model.RequestDuplicate).Order("id").Find(&rows).Error
	return rows, err
}

// mergedViews is what was merged into a request, as v may read it. What complains of v's own unit stays out.
func (s *Service) mergedViews(tx model.Tx, v access.Viewer, id int64) ([]View, error) {
	where, args := "r.duplicate_of = ?", []any{id}
	if mine := v.Departments(); len(mine) > 0 {
		where, args = where+" AND (r.subject_department_id IS NULL OR r.subject_department_id NOT IN ?)", append(args, mine)
	}
	rows, err := s.views(tx, v, where+" ORDER BY r.id", args...)
	if rows == nil {
		rows = []View{}
	}
	return rows, err
}
