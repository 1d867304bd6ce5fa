package team

import (
	"context"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
)

// Input is a team as an administrator enters it.
type Input struct {
	Name         string   `json:"name" validate:"required,text,max=60" label:"服务队名称"`
	OrgID        int64    `json:"org_id" validate:"required,min=1" label:"所属党组织"`
	DepartmentID *int64   `json:"department_id" validate:"omitempty,min=1" label:"对口单位"` // that it mostly works for
	LeaderID     *int64   `json:"leader_id" validate:"omitempty,min=1" label:"队长"`       // a member of the team
	Phone        string   `json:"phone" validate:"max=40" label:"联系电话"`
	Note         string   `json:"note" validate:"max=500" label:"说明"`
	Skills       []string `json:"skills" validate:"max=10,unique,dive,max=40" label:"服务技能"` // codes of the list service_skill
	Areas        []string `json:"areas" validate:"max=50,unique,dive,required,text,max=40" label:"服务区域"`
	MemberIDs    []int64  `json:"member_ids" validate:"max=200,unique,dive,min=1" label:"队员"`
}

// Change is Input with the version that the person saw.
type Change struct {
	Input
	Version int64 `json:"version" validate:"min=1" label:"版本"`
}

// View is a team.
type View struct {
	ID             int64      `json:"id"`
	Name           string     `json:"name"`
	OrgID          int64      `json:"org_id"`
	OrgName        string     `json:"org_name"`
	DepartmentID   *int64     `json:"department_id"`
	DepartmentName string     `json:"department_name"`
	LeaderID       *int64     `json:"leader_id"`
	LeaderName     string     `json:"leader_name"`
	Phone          string     `json:"phone"`
	Note           string     `json:"note"`
	ClosedOn       model.Date `json:"closed_on"`
	Version        int64      `json:"version"`
	Open           int64      `json:"open"` // orders that it has taken and not finished
	Skills         []string   `json:"skills" gorm:"-"`
	Areas          []string   `json:"areas" gorm:"-"`
	Members        []Member   `json:"members" gorm:"-"`
}

// Member is a member of a team.
type Member struct {
	TeamID   int64      `json:"-"`
	MemberID int64      `json:"member_id"`
	Name     string     `json:"name"`
	JoinedOn model.Date `json:"joined_on"`
	OnDuty   bool       `json:"on_duty"` // today
}

// Teams lists the teams that v may see and that work, by name.
func (s *Service) Teams(ctx context.Context, v access.Viewer) ([]View, error) {
	where, args := directory(v)
	return views(s.db.Read(ctx), "t.closed_on = '' AND "+where+" ORDER BY t.name", args...)
}

// Team is one team. Outside v's sight it is not found.
func (s *Service) Team(ctx context.Context, v access.Viewer, id int64) (View, error) {
	return teamOf(s.db.Read(ctx), v, id)
}

func teamOf(tx model.Tx, v access.Viewer, id int64) (View, error) {
	where, args := directory(v)
	rows, err := views(tx, "t.id = ? AND "+where, append([]any{id}, args...)...)
	if err == nil && len(rows) == 0 {
		err = fault.NotFound("服务队")
	}
	if err != nil {
		return View{}, err
	}
	return rows[0], nil
}

func views(tx model.Tx, where string, args ...any) ([]View, error) {
	rows := []View{}
	err := tx.Raw(`
		SELECT t.*, o.name AS org_name, coalesce(d.name, '') AS department_name, coalesce(m.name, '') AS leader_name,
		       (SELECT count(*) FROM service_order so WHERE so.team_id = t.id AND so.state IN ('TAKEN', 'VISITED')) AS open
		FROM service_team t JOIN org o ON o.id = t.org_id
		LEFT JOIN department d ON d.id = t.department_id LEFT JOIN member m ON m.id = t.leader_id
		WHERE `+where, args...).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return rows, err
	}
	at := make(map[int64]*View, len(rows))
	ids := make([]int64, len(rows))
	for i := range rows {
		ids[i], at[rows[i].ID] = rows[i].ID, &rows[i]
		rows[i].Skills, rows[i].Areas, rows[i].Members = []string{}, []string{}, []Member{}
	}
	var skills []model.ServiceTeamSkill
	if err := tx.Where("team_id IN ?", ids).Order("skill").Find(&skills).Error; err != nil {
		return nil, err
	}
	for _, k := range skills {
		at[k.TeamID].Skills = append(at[k.TeamID].Skills, k.Skill)
	}
	var areas []model.ServiceTeamArea
	if err := tx.Where("team_id IN ?", ids).Order("area").Find(&areas).Error; err != nil {
		return nil, err
	}
	for _, a := range areas {
		at[a.TeamID].Areas = append(at[a.TeamID].Areas, a.Area)
	}
	var members []Member
	err = tx.Raw(`
		SELECT tm.team_id, tm.member_id, m.name, tm.joined_on,
		       EXISTS (SELECT 1 FROM service_duty du WHERE du.team_id = tm.team_id AND du.member_id = tm.member_id AND du.day = ?) AS on_duty
		FROM service_team_member tm JOIN member m ON m.id = tm.member_id
		WHERE tm.team_id IN ? AND tm.left_on = '' AND m.standing = ? ORDER BY m.name, m.id`, tx.Day(), ids, model.StandingActive).Scan(&members).Error
	for _, m := range members {
		at[m.TeamID].Members = append(at[m.TeamID].Members, m)
	}
	return rows, err
}

// Add sets up a team: an administrator of the organisation that keeps it, or of one above.
//
// Faults: team.exists; team.no_skill; team.no_member; team.leader; team.no_department.
func (s *Service) Add(ctx context.Context, v access.Viewer, in Input) (view View, err error) {
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		if err := check(tx, v, in); err != nil {
			return err
		}
		row := model.ServiceTeam{Name: in.Name, OrgID: in.OrgID, DepartmentID: in.DepartmentID, LeaderID: in.LeaderID, Phone: in.Phone, Note: in.Note,
			CreatedBy: &v.AccountID, CreatedAt: tx.Now, Version: 1}
		res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected == 0 {
			return nameTaken()
		}
		if err := fill(tx, row.ID, in); err != nil {
			return err
		}
		view, err = teamOf(tx, v, row.ID)
		audit.Record(tx, audit.By(v), audit.Entry{Action: "team.add", ObjectType: "service_team", ObjectID: row.ID, After: view})
		return err
	})
	return view, err
}

// Edit changes a team as a whole. What changed since the version that the person saw is not overwritten.
//
// Faults: those of Add; team.stale; team.closed.
func (s *Service) Edit(ctx context.Context, v access.Viewer, id int64, in Change) (view View, err error) {
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		before, err := worked(tx, v, id)
		if err != nil {
			return err
		}
		if err := check(tx, v, in.Input); err != nil {
			return err
		}
		var twins int64
		if err := tx.Raw("SELECT count(*) FROM service_team WHERE name = ? AND id <> ?", in.Name, id).Scan(&twins).Error; err != nil {
			return err
		}
		if twins > 0 {
			return nameTaken()
		}
		res := tx.Model(&model.ServiceTeam{}).Where("id = ? AND version = ? AND closed_on = ''", id, in.Version).Updates(map[string]any{
			"name": in.Name, "org_id": in.OrgID, "department_id": in.DepartmentID, "leader_id": in.LeaderID, "phone": in.Phone, "note": in.Note, "version": in.Version + 1})
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected == 0 {
			return stale(before)
		}
		if err := fill(tx, id, in.Input); err != nil {
			return err
		}
		view, err = teamOf(tx, v, id)
		audit.Record(tx, audit.By(v), audit.Entry{Action: "team.edit", ObjectType: "service_team", ObjectID: id, Before: before, After: view})
		return err
	})
	return view, err
}

// Close ends a team. Orders that it has not finished must be finished or dispatched anew before.
//
// Faults: team.busy; team.closed.
func (s *Service) Close(ctx context.Context, v access.Viewer, id int64) (view View, err error) {
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		before, err := worked(tx, v, id)
		if err != nil {
			return err
		}
		if before.Open > 0 {
			return fault.Conflict("team.busy", "服务队还有未完成的点单，请先完成或改派").With("open", before.Open)
		}
		res := tx.Model(&model.ServiceTeam{}).Where("id = ? AND closed_on = ''", id).Updates(map[string]any{"closed_on": tx.Day(), "version": before.Version + 1})
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected == 0 {
			return stale(before)
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "team.close", ObjectType: "service_team", ObjectID: id, Before: before})
		view, err = teamOf(tx, v, id)
		return err
	})
	return view, err
}

// worked locks a team that v administers; one that v only sees is forbidden.
func worked(tx model.Tx, v access.Viewer, id int64) (View, error) {
	if err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id).Limit(1).Find(&model.ServiceTeam{}).Error; err != nil {
		return View{}, err
	}
	t, err := teamOf(tx, v, id)
	if err != nil {
		return t, err
	}
	ok, err := administers(tx, v, t.OrgID)
	if err == nil && !ok {
		err = fault.Forbidden()
	}
	return t, err
}

func administers(tx model.Tx, v access.Viewer, orgID int64) (bool, error) {
	var path string
	err := tx.Raw("SELECT path FROM org WHERE id = ?", orgID).Scan(&path).Error
	return path != "" && v.Works().Covers(path), err
}

func nameTaken() error {
	return fault.Conflict("team.exists", "已有同名的服务队，请换一个名称")
}

func stale(t View) error {
	if t.ClosedOn != "" {
		return fault.Conflict("team.closed", "该服务队已停止服务")
	}
	return fault.Conflict("team.stale", "服务队资料刚刚已被修改，请刷新后再改").With("version", t.Version)
}
