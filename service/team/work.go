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
	"hongyun/service/mask"
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

// Claim takes an open order for one of v's teams; v goes. With team 0 it is the only team of v's that fits.
//
// Faults: team.which; team.wrong_state; team.request_not_open.
func (s *Service) Claim(ctx context.Context, v access.Viewer, id, teamID int64) (Order, error) {
	return s.change(ctx, v, id, actionClaim, func(tx model.Tx, o Order) (map[string]any, error) {
		ids, err := claimers(tx, v, id)
		if err != nil {
			return nil, err
		}
		if teamID == 0 && len(ids) == 1 {
			teamID = ids[0]
		}
		if !slices.Contains(ids, teamID) {
			return nil, fault.Invalid("team.which", "请选择您所在的、具备该项技能并服务该区域的服务队").With("field", "team_id")
		}
		if err := s.tellCitizen(tx, o, kindOnTheWay, teamID, "claim"); err != nil {
			return nil, err
		}
		return map[string]any{"state": model.OrderTaken, "team_id": teamID, "member_id": v.MemberID, "dispatched": false, "taken_at": tx.Now}, nil
	})
}

// Dispatch says which team goes, and who of it.
type Dispatch struct {
	TeamID   int64  `json:"team_id" validate:"min=1" label:"服务队"`
	MemberID *int64 `json:"member_id" validate:"omitempty,min=1" label:"队员"` // empty: who is on duty today, else the leader
}

// Dispatch sends a team, or somebody else of the team that has the order. For the lead unit, and within the team for its leader and
// administrators.
//
// Faults: team.no_team; team.not_in_team; team.nobody; team.other_team; team.wrong_state; team.request_not_open.
func (s *Service) Dispatch(ctx context.Context, v access.Viewer, id int64, in Dispatch) (Order, error) {
	return s.change(ctx, v, id, actionDispatch, func(tx model.Tx, o Order) (map[string]any, error) {
		return s.dispatched(tx, v, o, in)
	})
}

func (s *Service) dispatch(tx model.Tx, v access.Viewer, o Order, in Dispatch) (Order, error) {
	columns, err := s.dispatched(tx, v, o, in)
	if err != nil {
		return o, err
	}
	if err := put(tx, v, o, actionDispatch, columns); err != nil {
		return o, err
	}
	return orderOf(tx, v, o.ID)
}

func (s *Service) dispatched(tx model.Tx, v access.Viewer, o Order, in Dispatch) (map[string]any, error) {
	if !leads(v, o.DepartmentID) && (o.TeamID == nil || *o.TeamID != in.TeamID) {
		return nil, fault.Conflict("team.other_team", "只能在本队内改派")
	}
	var t model.ServiceTeam
	err := tx.Where("id = ? AND closed_on = ''", in.TeamID).Take(&t).Error
	if model.NotFound(err) {
		return nil, fault.Invalid("team.no_team", "没有该服务队，请重新选择").With("field", "team_id")
	}
	if err != nil {
		return nil, err
	}
	member, err := goes(tx, t, o.RequestID, in.MemberID)
	if err != nil {
		return nil, err
	}
	if err := s.tellMember(tx, o, kindOrder, member, t.Name, ""); err != nil {
		return nil, err
	}
	if o.TeamID == nil || *o.TeamID != t.ID {
		if err := s.tellCitizen(tx, o, kindOnTheWay, t.ID, "dispatch"); err != nil {
			return nil, err
		}
	}
	return map[string]any{"state": model.OrderTaken, "team_id": t.ID, "member_id": member, "dispatched": true, "taken_at": tx.Now}, nil
}

// goes is who of the team goes: the one named, else who is on duty today, else the leader; nobody who has a post in the unit that the
// request complains of.
func goes(tx model.Tx, t model.ServiceTeam, request int64, named *int64) (int64, error) {
	active := "SELECT tm.member_id FROM service_team_member tm JOIN member m ON m.id = tm.member_id AND m.standing = 'ACTIVE' WHERE tm.team_id = ? AND tm.left_on = '' AND " +
		unconcerned("tm.member_id")
	var id int64
	if named != nil {
		if err := tx.Raw(active+" AND tm.member_id = ?", t.ID, request, *named).Scan(&id).Error; err != nil || id != 0 {
			return id, err
		}
		return 0, fault.Invalid("team.not_in_team", "请选择该服务队的其他队员").With("field", "member_id")
	}
	err := tx.Raw(active+` AND (tm.member_id = ? OR EXISTS (SELECT 1 FROM service_duty du WHERE du.team_id = tm.team_id AND du.member_id = tm.member_id AND du.day = ?))
		ORDER BY CASE WHEN tm.member_id = ? THEN 1 ELSE 0 END, tm.member_id LIMIT 1`, t.ID, request, t.LeaderID, tx.Day(), t.LeaderID).Scan(&id).Error
	if err == nil && id == 0 {
		err = fault.Conflict("team.nobody", "该服务队今天没有可以上门的值班队员或队长，请指定上门的队员")
	}
	return id, err
}

// GiveUp puts an order back for other teams. For who was to go.
func (s *Service) GiveUp(ctx context.Context, v access.Viewer, id int64) (Order, error) {
	return s.change(ctx, v, id, actionGiveUp, func(model.Tx, Order) (map[string]any, error) {
		return map[string]any{"state": model.OrderOpen, "team_id": nil, "member_id": nil, "dispatched": false, "taken_at": nil}, nil
	})
}

// Visited is what was done at the visit.
type Visited struct {
	Note string     `json:"note" validate:"required,text,max=1000" label:"上门情况"`
	Day  model.Date `json:"day" validate:"omitempty,date" label:"上门日期"` // empty: today
}

// Visit writes the visit down, for who went; the citizen and the unit are asked to confirm it.
//
// Faults: team.visit_day; team.wrong_state; team.request_not_open.
func (s *Service) Visit(ctx context.Context, v access.Viewer, id int64, in Visited) (Order, error) {
	return s.change(ctx, v, id, actionVisit, func(tx model.Tx, o Order) (map[string]any, error) {
		day := cmp.Or(in.Day, tx.Day())
		if day > tx.Day() || day < model.DateOf(o.CreatedAt) {
			return nil, fault.Invalid("team.visit_day", "上门日期须在点单之后，且不晚于今天").With("field", "day")
		}
		o.VisitNote = in.Note
		if err := s.tellCitizen(tx, o, kindVisited, *o.TeamID, "visit"); err != nil {
			return nil, err
		}
		return map[string]any{"state": model.OrderVisited, "visited_on": day, "visit_note": in.Note, "visited_at": tx.Now}, nil
	})
}

// Confirm ends an order: the citizen, or the lead unit, says that it was done.
func (s *Service) Confirm(ctx context.Context, v access.Viewer, id int64, note string) (Order, error) {
	return s.change(ctx, v, id, actionConfirm, func(tx model.Tx, o Order) (map[string]any, error) {
		by := model.ConfirmedByDepartment
		if o.Mine {
			by = model.ConfirmedByCitizen
		}
		return map[string]any{"state": model.OrderConfirmed, "confirmed_by": by, "confirm_note": note, "ended_at": tx.Now}, nil
	})
}

// Redo sends the team out again: the citizen, or the lead unit, says what is missing.
func (s *Service) Redo(ctx context.Context, v access.Viewer, id int64, note string) (Order, error) {
	return s.change(ctx, v, id, actionRedo, func(tx model.Tx, o Order) (map[string]any, error) {
		if o.MemberID != nil {
			told := note
			if o.Shielded {
				told = mask.Text(note)
			}
			if err := s.tellMember(tx, o, kindAgain, *o.MemberID, o.TeamName, told); err != nil {
				return nil, err
			}
		}
		return map[string]any{"state": model.OrderTaken, "confirm_note": note, "visited_at": nil, "visited_on": ""}, nil
	})
}

// Cancel ends an order before the visit. For the lead unit.
func (s *Service) Cancel(ctx context.Context, v access.Viewer, id int64, reason string) (Order, error) {
	return s.change(ctx, v, id, actionCancel, func(tx model.Tx, _ Order) (map[string]any, error) {
		return map[string]any{"state": model.OrderCancelled, "confirm_note": reason, "ended_at": tx.Now}, nil
	})
}

// mostPhotos bounds the photos of a visit.
const mostPhotos = 9

// AddPhoto adds a photo of the visit. For who goes, until it is confirmed.
//
// Faults: team.wrong_state; team.too_many_photos; those of package file.
func (s *Service) AddPhoto(ctx context.Context, v access.Viewer, id int64, name string, body []byte) (after Order, err error) {
	check := func(tx model.Tx) error {
		if err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id).Limit(1).Find(&model.ServiceOrder{}).Error; err != nil {
			return err
		}
		o, err := orderOf(tx, v, id)
		switch {
		case err != nil:
			return err
		case v.MemberID == 0 || o.MemberID == nil || *o.MemberID != v.MemberID:
			return fault.Forbidden()
		case o.State != model.OrderTaken && o.State != model.OrderVisited:
			return fault.Conflict("team.wrong_state", fmt.Sprintf("点单当前为“%s”，不能添加照片", o.StateName)).With("state", o.State)
		case len(o.Photos) >= mostPhotos:
			return fault.Conflict("team.too_many_photos", fmt.Sprintf("每次上门最多%d张照片", mostPhotos))
		}
		return nil
	}
	if err := s.db.Tx(ctx, check); err != nil { // before the upload is kept
		return after, err
	}
	f, err := s.files.SavePhoto(ctx, v.AccountID, name, body)
	if err != nil {
		return after, err
	}
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		if err := check(tx); err != nil { // again, now that it is held
			return err
		}
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&model.ServiceOrderPhoto{OrderID: id, FileID: f.ID}).Error; err != nil {
			return err
		}
		after, err = orderOf(tx, v, id)
		return err
	})
	return after, err
}
