package team

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
)

// Actions on an order.
const (
	actionClaim    = "claim"
	actionDispatch = "dispatch"
	actionGiveUp   = "give_up"
	actionVisit    = "visit"
	actionConfirm  = "confirm"
	actionRedo     = "redo"
	actionCancel   = "cancel"
)

// from says in which states an action may be taken.
var from = map[string][]string{
	actionClaim: {model.OrderOpen}, actionDispatch: {model.OrderOpen, model.OrderTaken}, actionGiveUp: {model.OrderTaken}, actionVisit: {model.OrderTaken},
	actionConfirm: {model.OrderVisited}, actionRedo: {model.OrderVisited}, actionCancel: {model.OrderOpen, model.OrderTaken},
}

// actionNames is in the order in which a page shows them.
var actionNames = []struct{ action, title string }{{actionClaim, "接单"}, {actionDispatch, "派单"}, {actionGiveUp, "退单"}, {actionVisit, "登记上门"},
	{actionConfirm, "确认完成"}, {actionRedo, "要求再次上门"}, {actionCancel, "取消"}}

// workStates are those of a request for which a team may go out.
var workStates = []string{model.RequestReferred, model.RequestHandling, model.RequestReopened}

// actionsOf is what v may do with o now.
func actionsOf(tx model.Tx, v access.Viewer, o Order) ([]string, error) {
	out := []string{}
	for _, a := range actionNames {
		if !slices.Contains(from[a.action], o.State) || needsWork(a.action) && !slices.Contains(workStates, o.RequestState) {
			continue
		}
		ok, err := may(tx, v, o, a.action)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, a.action)
		}
	}
	return out, nil
}

// needsWork tells whether an action makes sense only while the request is worked on.
func needsWork(action string) bool {
	return action == actionClaim || action == actionDispatch || action == actionVisit || action == actionRedo
}

// may tells whether an action on an order that v sees is v's: the lead unit's, the team's, or the citizen's.
func may(tx model.Tx, v access.Viewer, o Order, action string) (bool, error) {
	switch action {
	case actionClaim:
		ids, err := claimers(tx, v, o.ID)
		return len(ids) > 0, err
	case actionGiveUp, actionVisit:
		return v.MemberID != 0 && o.MemberID != nil && *o.MemberID == v.MemberID, nil
	case actionConfirm, actionRedo:
		return o.Mine || leads(v, o.DepartmentID), nil
	case actionDispatch:
		if leads(v, o.DepartmentID) {
			return true, nil
		}
		if o.TeamID == nil {
			return false, nil
		}
		var t View
		if err := tx.Raw("SELECT * FROM service_team WHERE id = ?", *o.TeamID).Scan(&t).Error; err != nil {
			return false, err
		}
		return mayDispatch(tx, v, t)
	}
	return leads(v, o.DepartmentID), nil // cancel
}

// claimers are v's teams that may claim an order.
func claimers(tx model.Tx, v access.Viewer, orderID int64) ([]int64, error) {
	if v.MemberID == 0 {
		return nil, nil
	}
	var ids []int64
	err := tx.Raw(`SELECT tt.id FROM service_team tt, service_order so WHERE so.id = ? AND `+claimable("tm.member_id = ? AND t.id = tt.id")+" ORDER BY tt.id",
		orderID, v.MemberID).Scan(&ids).Error
	return ids, err
}

// NewOrder is what the lead unit of a request asks for.
type NewOrder struct {
	What     string     `json:"what" validate:"required,text,max=500" label:"服务内容"` // with where to go and whom to ask for, as far as the team must know
	Skill    string     `json:"skill" validate:"max=40" label:"服务技能"`               // code of the list service_skill; empty: any team
	Area     string     `json:"area" validate:"omitempty,text,max=40" label:"服务区域"`
	Due      model.Date `json:"due" validate:"omitempty,date" label:"上门期限"` // empty: the request's deadline
	TeamID   *int64     `json:"team_id" validate:"omitempty,min=1" label:"服务队"`
	MemberID *int64     `json:"member_id" validate:"omitempty,min=1" label:"队员"` // with a team: who goes
}

// Ask makes an order for a request: for any team that fits, or for one team at once. For the lead unit, while it works on the request.
//
// Faults: team.request_not_open; team.no_team; team.due; team.no_skill; those of Dispatch.
func (s *Service) Ask(ctx context.Context, v access.Viewer, requestID int64, in NewOrder) (o Order, err error) {
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		where, args := v.StaffRequests()
		var r model.Request
		q := "SELECT r.* FROM request r WHERE r.id = ? AND " + where
		if tx.Dialect == model.Postgres {
			q += " FOR UPDATE OF r"
		}
		if err := tx.Raw(q, append([]any{requestID}, args...)...).Scan(&r).Error; err != nil {
			return err
		}
		switch {
		case r.ID == 0:
			return fault.NotFound("诉求")
		case !leads(v, r.DepartmentID):
			return fault.Forbidden()
		case !slices.Contains(workStates, r.State):
			return fault.Conflict("team.request_not_open", "该诉求不在办理中，不能点单").With("state", r.State)
		}
		if in.MemberID != nil && in.TeamID == nil {
			return fault.Invalid("team.no_team", "指定队员前请先选择服务队").With("field", "team_id")
		}
		in.Due = cmp.Or(in.Due, r.Deadline)
		if in.Due < tx.Day() {
			return fault.Invalid("team.due", "上门期限不能早于今天").With("field", "due")
		}
		if in.Skill != "" {
			if err := known(tx, []string{in.Skill}, fault.Invalid("team.no_skill", "没有这种服务技能，请重新选择").With("field", "skill"),
				"SELECT count(*) FROM lookup WHERE code IN ? AND list = 'service_skill'"); err != nil {
				return err
			}
		}
		row := model.ServiceOrder{RequestID: r.ID, DepartmentID: r.DepartmentID, What: in.What, Skill: in.Skill, Area: in.Area, Due: in.Due, State: model.OrderOpen,
			CreatedBy: &v.AccountID, CreatedAt: tx.Now, Version: 1}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "order.ask", ObjectType: "service_order", ObjectID: row.ID,
			After: map[string]any{"request_id": r.ID, "skill": in.Skill, "area": in.Area, "due": in.Due}})
		if o, err = orderOf(tx, v, row.ID); err != nil {
			return err
		}
		if in.TeamID == nil {
			return s.tellTeams(tx, o)
		}
		o, err = s.dispatch(tx, v, o, Dispatch{TeamID: *in.TeamID, MemberID: in.MemberID})
		return err
	})
	return o, err
}

// change runs one action on an order: it locks it, checks that it is v's and that the state allows it, and gives back what it is then.
func (s *Service) change(ctx context.Context, v access.Viewer, id int64, action string, do func(tx model.Tx, o Order) (map[string]any, error)) (after Order, err error) {
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		if err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id).Limit(1).Find(&model.ServiceOrder{}).Error; err != nil {
			return err
		}
		o, err := orderOf(tx, v, id)
		if err != nil {
			return err
		}
		if err := allowed(tx, v, o, action); err != nil {
			return err
		}
		columns, err := do(tx, o)
		if err != nil {
			return err
		}
		if err := put(tx, v, o, action, columns); err != nil {
			return err
		}
		after, err = orderOf(tx, v, id)
		if fault.Is(err, "not_found") { // who gives an order up may see it no more
			after, err = o, nil
			after.State, after.StateName, after.Actions = model.OrderOpen, stateNames[model.OrderOpen], []string{}
		}
		return err
	})
	return after, err
}

func allowed(tx model.Tx, v access.Viewer, o Order, action string) error {
	ok, err := may(tx, v, o, action)
	if err != nil {
		return err
	}
	if !ok && (action != actionClaim || o.State == model.OrderOpen) { // what is claimed already nobody may claim
		return fault.Forbidden()
	}
	if !slices.Contains(from[action], o.State) {
		return fault.Conflict("team.wrong_state", fmt.Sprintf("点单当前为“%s”，不能%s", o.StateName, titleOf(action))).With("state", o.State)
	}
	if needsWork(action) && !slices.Contains(workStates, o.RequestState) {
		return fault.Conflict("team.request_not_open", "该诉求已不在办理中").With("state", o.RequestState)
	}
	return nil
}

func titleOf(action string) string {
	for _, a := range actionNames {
		if a.action == action {
			return a.title
		}
	}
	return action
}

// put writes an action's columns, guarded by the version: of two who act at once, one wins. What people wrote stands in the order, not in
// the audit log.
func put(tx model.Tx, v access.Viewer, o Order, action string, columns map[string]any) error {
	columns["version"] = o.Version + 1
	res := tx.Model(&model.ServiceOrder{}).Where("id = ? AND version = ?", o.ID, o.Version).Updates(columns)
	if res.Error != nil {
		return res.Error
	}
	if res.RowsAffected == 0 {
		return fault.Conflict("team.wrong_state", "该点单刚刚已被处理，请刷新后查看")
	}
	after := maps.Clone(columns)
	for _, words := range []string{"visit_note", "confirm_note"} {
		delete(after, words)
	}
	audit.Record(tx, audit.By(v), audit.Entry{Action: "order." + action, ObjectType: "service_order", ObjectID: o.ID,
		Before: map[string]any{"state": o.State, "team_id": o.TeamID, "member_id": o.MemberID}, After: after})
	return nil
}
