package o2o

import (
	"cmp"
	"fmt"
	"maps"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// step is what somebody does to a request.
type step struct {
	Action       string
	Actor        actor
	Note         string
	DepartmentID *int64         // that acts, or that the request goes to
	Change       map[string]any // further columns of the request
}

// actor is who takes a step, as its row keeps it.
type actor struct {
	Type string
	ID   int64 // of the account; of the contact where a citizen has written to an official account
	Name string
}

// citizenActor never carries a name: a request may be anonymous, and its history is read by the departments.
func citizenActor(id int64) actor { return actor{Type: model.ActorCitizen, ID: id, Name: "群众"} }

func staffActor(v access.Viewer) actor {
	return actor{Type: model.ActorStaff, ID: v.AccountID, Name: cmp.Or(v.Name, "工作人员")}
}

// take moves r on by one step: it ends and starts the limits, writes the step, and tells the citizen. r is changed with
// the row. A step that cannot follow is fault.Conflict "o2o.wrong_state".
//
// The update is guarded by state and number of steps: of two who act at once, one wins.
func (s *Service) take(tx model.Tx, r *model.Request, st step) error {
	t, ok := next(st.Action, r.State)
	if !ok {
		return wrongState(st.Action, r.State)
	}
	row := model.RequestStep{RequestID: r.ID, Seq: r.Steps + 1, Action: t.Action, FromState: r.State, ToState: t.To,
		ActorType: st.Actor.Type, ActorID: st.Actor.ID, ActorName: st.Actor.Name, DepartmentID: st.DepartmentID,
		Note: st.Note, Public: t.Public, At: tx.Now}
	if t.Ends != "" && t.Ends == r.Clock {
		met := tx.Day() <= r.Deadline
		row.Clock, row.Deadline, row.Met = r.Clock, r.Deadline, &met
	}
	changes := map[string]any{"state": t.To, "steps": row.Seq, "updated_at": tx.Now}
	maps.Copy(changes, st.Change)
	if t.Starts != "" || t.Ends != "" {
		category := r.Category
		if c, ok := st.Change["category"].(string); ok {
			category = c
		}
		d, err := deadlineOf(tx, t.Starts, category)
		if err != nil {
			return err
		}
		changes["clock"], changes["deadline"], changes["provisional"] = t.Starts, d.Date, d.Provisional
	}
	res := tx.Model(&model.Request{}).Where("id = ? AND state = ? AND steps = ?", r.ID, r.State, r.Steps).Updates(changes)
	if res.Error != nil {
		return fmt.Errorf("%s request %d: %w", t.Action, r.ID, res.Error)
	}
	if res.RowsAffected != 1 {
		return fault.Conflict("o2o.wrong_state", "该诉求刚刚已被处理，请刷新后查看")
	}
	if err := tx.Create(&row).Error; err != nil {
		return err
	}
	*r = model.Request{}
	if err := tx.Where("id = ?", row.RequestID).Take(r).Error; err != nil {
		return err
	}
	return s.tell(tx, r, t, row)
}

func wrongState(action, state string) error {
	return fault.Conflict("o2o.wrong_state", fmt.Sprintf("诉求当前为“%s”，不能进行“%s”操作", stateNames[state], titleOf(action))).With("state", state)
}

// found is a request with what decides who may do what to it.
type found struct {
	model.Request
	Mine bool // the viewer sent it
}

// lock loads a request that v may see, for a change. Outside the scope it is not found.
func lock(tx model.Tx, v access.Viewer, id int64) (found, error) {
	where, args := scope(v)
	mine, mineArgs := ownBy(v)
	var r found
	q := `SELECT r.*, coalesce(` + mine + `, false) AS mine FROM request r WHERE r.id = ? AND ` + where
	if tx.Dialect == model.Postgres {
		q += " FOR UPDATE OF r"
	}
	res := tx.Raw(q, append(append(mineArgs, id), args...)...).Scan(&r)
	if res.Error == nil && res.RowsAffected == 0 {
		return found{}, fault.NotFound("诉求")
	}
	return r, res.Error
}

// scope is an SQL condition on request r: the rows that v may see. The window and the city see all, a department what was
// referred to it, a citizen his or her own.
func scope(v access.Viewer) (string, []any) {
	if v.CityReader() || v.Has(model.RoleDesk) {
		return "1 = 1", nil
	}
	where, args := ownBy(v)
	if ids := v.Departments(model.RoleDepartmentHandler, model.RoleDepartmentLeader); len(ids) > 0 {
		return "(" + where + " OR r.department_id IN ?)", append(args, ids)
	}
	return where, args
}

// ownBy is an SQL condition on request r: v sent it, in the mini-program or by an official account that v is tied to.
func ownBy(v access.Viewer) (string, []any) {
	return "(r.account_id = ? OR r.contact_id IN (SELECT id FROM contact WHERE account_id = ?))", []any{v.AccountID, v.AccountID}
}

// mayTake tells whether an action on r is v's.
func mayTake(v access.Viewer, r found, who party) bool {
	switch who {
	case citizen:
		return r.Mine
	case desk:
		return v.CityAdmin() || v.Has(model.RoleDesk)
	case department:
		if r.DepartmentID == nil {
			return false
		}
		for _, id := range v.Departments(model.RoleDepartmentHandler, model.RoleDepartmentLeader) {
			if id == *r.DepartmentID {
				return true
			}
		}
	}
	return false
}

// actionsOf is what v may do to r now.
func actionsOf(v access.Viewer, r found) []string {
	actions := []string{}
	for _, t := range transitions {
		if _, ok := next(t.Action, r.State); ok && r.State != "" && mayTake(v, r, t.Who) {
			actions = append(actions, t.Action)
		}
	}
	return actions
}
