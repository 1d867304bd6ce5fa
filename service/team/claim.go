package team

import (
	"context"
	"slices"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

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
