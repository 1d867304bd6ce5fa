package team

import (
	"context"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
)

// Duty is who is on duty on a day.
type Duty struct {
	Day      model.Date `json:"day"`
	MemberID int64      `json:"member_id"`
	Name     string     `json:"name"`
}

// longestRoster bounds one look at the roster, in days.
const longestRoster = 62

// Roster lists who of the team is on duty from the one day to the other, at most 62 days.
//
// Faults: team.span.
func (s *Service) Roster(ctx context.Context, v access.Viewer, id int64, from, to model.Date) ([]Duty, error) {
	tx := s.db.Read(ctx)
	if _, err := teamOf(tx, v, id); err != nil {
		return nil, err
	}
	if from == "" {
		from = tx.Day()
	}
	if to == "" {
		to = from.AddDays(13)
	}
	if to < from || from.AddDays(longestRoster) < to {
		return nil, fault.Invalid("team.span", "请选择62天以内的起止日期").With("field", "to")
	}
	rows := []Duty{}
	err := tx.Raw(`SELECT du.day, du.member_id, m.name FROM service_duty du JOIN member m ON m.id = du.member_id
		WHERE du.team_id = ? AND du.day BETWEEN ? AND ? ORDER BY du.day, m.name, m.id`, id, from, to).Scan(&rows).Error
	return rows, err
}

// SetDuty puts who is on duty on a day in place of what stood there: the team's administrators or its leader. A day that is over stays.
//
// Faults: team.past_day; team.not_in_team.
func (s *Service) SetDuty(ctx context.Context, v access.Viewer, id int64, day model.Date, memberIDs []int64) ([]Duty, error) {
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		if err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id).Limit(1).Find(&model.ServiceTeam{}).Error; err != nil {
			return err
		}
		t, err := teamOf(tx, v, id)
		if err != nil {
			return err
		}
		ok, err := mayDispatch(tx, v, t)
		if err != nil {
			return err
		}
		if !ok {
			return fault.Forbidden()
		}
		if day < tx.Day() {
			return fault.Invalid("team.past_day", "不能修改已经过去的值班安排").With("field", "day")
		}
		if err := known(tx, memberIDs, fault.Invalid("team.not_in_team", "值班人员须是本队队员").With("field", "member_ids"),
			"SELECT count(*) FROM service_team_member WHERE member_id IN ? AND team_id = ? AND left_on = ''", id); err != nil {
			return err
		}
		if err := tx.Where("team_id = ? AND day = ?", id, day).Delete(&model.ServiceDuty{}).Error; err != nil {
			return err
		}
		for _, m := range memberIDs {
			if err := tx.Create(&model.ServiceDuty{TeamID: id, Day: day, MemberID: m, CreatedBy: &v.AccountID}).Error; err != nil {
				return err
			}
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "team.duty", ObjectType: "service_team", ObjectID: id,
			After: map[string]any{"day": day, "member_ids": memberIDs}})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.Roster(ctx, v, id, day, day)
}

// mayDispatch tells whether v says who of the team goes: its administrators and its leader.
func mayDispatch(tx model.Tx, v access.Viewer, t View) (bool, error) {
	if v.MemberID != 0 && t.LeaderID != nil && *t.LeaderID == v.MemberID {
		return true, nil
	}
	return administers(tx, v, t.OrgID)
}
