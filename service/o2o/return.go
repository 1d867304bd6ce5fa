package o2o

import (
	"context"

	"gorm.io/gorm"

	"hongyun/model"
	"hongyun/service/access"
)

// Outcome is where a request stands after a step by which its taker has lost sight of it.
type Outcome struct {
	ID        int64  `json:"id"`
	Number    string `json:"number"`
	State     string `json:"state"`
	StateName string `json:"state_name"`
}

// kindToCity tells the city's administrators of a request that they have to assign.
const kindToCity = "o2o.to_city"

// Return gives a request back that is not the unit's duty; the note names the legal ground. The unit sees it no more, the step
// keeps its name. From the number of returns on that the rule RETURNS_TO_CITY names, the city's administrators are told: they alone
// may assign it then (RULES 9.2). For the department.
//
// Faults: o2o.final, o2o.return_late.
func (s *Service) Return(ctx context.Context, v access.Viewer, id int64, note string) (out Outcome, err error) {
	st := step{Action: ActionReturn, Note: note,
		Change: map[string]any{"department_id": nil, "handler_id": nil, "return_count": gorm.Expr("return_count + 1")}}
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		if err := s.workIn(tx, v, id, st, nil); err != nil {
			return err
		}
		var r model.Request
		if err := tx.Where("id = ?", id).Take(&r).Error; err != nil {
			return err
		}
		out = Outcome{ID: r.ID, Number: r.Number, State: r.State, StateName: stateNames[r.State]}
		return s.tellCity(tx, &r)
	})
	return out, err
}

// tellCity queues to the city's administrators what they have to assign.
func (s *Service) tellCity(tx model.Tx, r *model.Request) error {
	city, err := atCity(tx, *r)
	if err != nil || !city {
		return err
	}
	st := model.RequestStep{Seq: r.Steps, Action: ActionReturn, At: tx.Now}
	data, err := messageData(tx, r, st)
	if err != nil {
		return err
	}
	return s.tellPosts(tx, r, st, kindToCity, data, "g.role = ? AND g.org_id IN (SELECT id FROM org WHERE type = ?)", model.RoleAdmin, model.OrgCity)
}

// Assign gives a request that was returned too often to a unit, with final effect: it cannot be returned again. For the city's
// administrators. Faults as of Refer, and o2o.not_at_city.
func (s *Service) Assign(ctx context.Context, v access.Viewer, id, departmentID int64, note string) (Detail, error) {
	st := step{Action: ActionAssign, Note: note, DepartmentID: &departmentID, Change: map[string]any{"department_id": departmentID, "final": true}}
	return s.workWith(ctx, v, id, st, func(tx model.Tx, r *model.Request, _ *step) error { return takesUnit(tx, r, departmentID) })
}
