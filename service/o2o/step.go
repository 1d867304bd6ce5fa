package o2o

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/calendar"
	"hongyun/service/clock"
	"hongyun/service/fault"
)

// step is what somebody does to a request.
type step struct {
	Action       string
	Actor        actor
	Note         string
	DepartmentID *int64         // that acts, or that the request goes to
	Starts       string         // a limit other than the table's
	Change       map[string]any // further columns of the request
	Audit        map[string]any // further words of the audit log
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

// take moves r on by one step: it ends and starts the limits, notes the milestone, writes the step, and tells the citizen. r is
// changed with the row. A step that cannot follow is fault.Conflict "o2o.wrong_state".
//
// The update is guarded by state and number of steps: of two who act at once, one wins.
func (s *Service) take(tx model.Tx, r *model.Request, st step) error {
	t, ok := next(st.Action, r.State)
	if !ok {
		return wrongState(st.Action, r.State)
	}
	t.To = cmp.Or(t.To, r.State)
	t.Starts = cmp.Or(st.Starts, t.Starts)
	row := model.RequestStep{RequestID: r.ID, Seq: r.Steps + 1, Action: t.Action, FromState: r.State, ToState: t.To,
		ActorType: st.Actor.Type, ActorID: st.Actor.ID, ActorName: st.Actor.Name, DepartmentID: st.DepartmentID,
		Note: st.Note, Public: t.Public, At: tx.Now}
	changes := map[string]any{"state": t.To, "steps": row.Seq, "updated_at": tx.Now}
	if t.Ends || t.Starts != "" {
		if r.Clock != "" {
			if err := endLimit(tx, r, changes); err != nil {
				return err
			}
			met := tx.Day() <= r.Deadline
			row.Clock, row.Deadline, row.Met = r.Clock, r.Deadline, &met
		}
		if err := s.startClock(tx, r, t, row.Seq, st.category(r), changes); err != nil {
			return err
		}
	}
	milestones(tx, r, t, row, changes)
	if err := contact(tx, r, t.Action, st.category(r), changes); err != nil {
		return err
	}
	maps.Copy(changes, st.Change)
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
	if err := oweCallBack(tx, r, t.Action); err != nil {
		return err
	}
	if err := s.tellExtension(tx, r, t, row); err != nil {
		return err
	}
	if err := s.endHelp(tx, r, row); err != nil {
		return err
	}
	return s.tell(tx, r, t, row)
}

// category is that of r after the step.
func (st step) category(r *model.Request) string {
	if c, ok := st.Change["category"].(string); ok {
		return c
	}
	return r.Category
}

// startClock puts the limit that a step starts, if any, in place of the one that it ends.
func (s *Service) startClock(tx model.Tx, r *model.Request, t transition, seq int64, category string, changes map[string]any) error {
	run, err := clock.Start(tx, t.Starts, category)
	if err != nil {
		return err
	}
	d, err := run.Deadline(calendar.Of(tx), tx.Day())
	if err != nil {
		return err
	}
	changes["clock"], changes["deadline"], changes["provisional"] = run.Clock, d.Date, d.Provisional
	changes["clock_seq"], changes["clock_from"], changes["clock_days"], changes["paused"] = seq, run.From, run.Days, false
	return nil
}

// milestones notes in the request's row what the four rates count by (RULES 9.3).
func milestones(tx model.Tx, r *model.Request, t transition, row model.RequestStep, changes map[string]any) {
	deadline := changes["deadline"]
	switch t.Starts {
	case model.ClockRefer:
		if r.ReferredOn == "" {
			changes["refer_due"] = deadline
		}
	case model.ClockHandle, model.ClockReopen, model.ClockAnswer:
		changes["handle_due"] = deadline
	}
	switch t.Action {
	case ActionAccept:
		changes["accepted_on"], changes["accept_met"] = tx.Day(), row.Met
	case ActionRefer:
		changes["disposition"] = model.DispositionRefer
		if r.ReferredOn == "" {
			changes["referred_on"], changes["refer_met"] = tx.Day(), row.Met
		}
	case ActionAnswer:
		changes["disposition"] = model.DispositionAnswer
		changes["handle_due"] = row.Deadline
		changes["closed_on"], changes["close_met"] = tx.Day(), row.Met
	case ActionSolve:
		changes["disposition"] = model.DispositionSolve
	case ActionClose:
		changes["closed_on"], changes["close_met"] = tx.Day(), row.Met
	case ActionRate:
		if t.To == model.RequestRated {
			changes["rated_on"] = tx.Day()
		}
	case ActionReopen, ActionSendBack:
		changes["closed_on"], changes["close_met"], changes["rated_on"], changes["unrated_on"] = "", nil, "", ""
		changes["rating"], changes["rating_note"], changes["solved"] = nil, "", nil
		changes["reopen_count"] = r.ReopenCount + 1
	}
}

func wrongState(action, state string) error {
	return fault.Conflict("o2o.wrong_state", fmt.Sprintf("诉求当前为“%s”，不能进行“%s”操作", stateNames[state], titleOf(action))).With("state", state)
}

// found is a request with what decides who may do what to it.
type found struct {
	model.Request
	Mine    bool    // the viewer sent it
	Office  bool    // the viewer sees it by office
	Helpers []int64 `gorm:"-"` // units whose part is open
}

// lock loads a request that v may see, for a change. Outside the scope it is not found.
func lock(tx model.Tx, v access.Viewer, id int64) (found, error) {
	return find(tx, v, id, " FOR UPDATE OF r")
}

// look is lock for reading.
func look(tx model.Tx, v access.Viewer, id int64) (found, error) { return find(tx, v, id, "") }

func find(tx model.Tx, v access.Viewer, id int64, locking string) (found, error) {
	where, args := v.Requests()
	mine, mineArgs := v.OwnRequests()
	office, officeArgs := v.StaffRequests()
	if tx.Dialect != model.Postgres {
		locking = ""
	}
	var r found
	res := tx.Raw(`SELECT r.*, coalesce(`+mine+`, FALSE) AS mine, coalesce(`+office+`, FALSE) AS office FROM request r WHERE r.id = ? AND `+where+locking,
		slices.Concat(mineArgs, officeArgs, []any{id}, args)...).Scan(&r)
	if res.Error == nil && res.RowsAffected == 0 {
		return found{}, fault.NotFound("诉求")
	}
	if res.Error != nil {
		return found{}, res.Error
	}
	err := tx.Raw("SELECT department_id FROM request_helper WHERE request_id = ? AND state = ?", id, model.HelperOpen).Scan(&r.Helpers).Error
	return r, err
}
