package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
)

// GrantInput gives a member a role in an organisation or in a department.
type GrantInput struct {
	MemberID     int64  `json:"member_id" validate:"required,min=1" label:"党员"`
	Role         string `json:"role" validate:"required,oneof=leader admin desk department_leader department_handler identity_reader dues_collector" label:"角色"`
	OrgID        int64  `json:"org_id" validate:"min=0" label:"组织"` // empty for desk: the city
	DepartmentID int64  `json:"department_id" validate:"min=0" label:"单位"`
}

// GrantView is a role that somebody holds.
type GrantView struct {
	ID             int64     `json:"id"`
	MemberID       int64     `json:"member_id,omitempty"`
	AccountID      int64     `json:"account_id,omitempty"` // given to an account that is no member
	Name           string    `json:"name"`
	Role           string    `json:"role"`
	Level          string    `json:"level,omitempty"`
	OrgID          int64     `json:"org_id,omitempty"`
	OrgName        string    `json:"org_name,omitempty"`
	DepartmentID   int64     `json:"department_id,omitempty"`
	DepartmentName string    `json:"department_name,omitempty"`
	GrantedAt      time.Time `json:"granted_at"`
}

// String says what was given, for the command line.
func (g GrantView) String() string {
	who := g.Name
	if g.AccountID != 0 {
		who = fmt.Sprintf("账号%d", g.AccountID)
	}
	return fmt.Sprintf("已授予%s角色 %s（%s）", who, g.Role, g.OrgName+g.DepartmentName)
}

// Roles lists the active roles in one organisation that v administers; with
// orgID 0, in all of them, and for a city administrator in the departments too.
// limit rows from offset on, and how many there are.
func (s *Service) Roles(ctx context.Context, v access.Viewer, orgID int64, offset, limit int) ([]GrantView, int64, error) {
	where, args := v.Works().Paths("o.path")
	switch {
	case orgID != 0:
		where, args = where+" AND o.id = ?", append(args, orgID)
	case v.CityAdmin():
		where = "(" + where + " OR g.department_id IS NOT NULL)"
	}
	tx := s.db.Read(ctx)
	var total int64
	err := tx.Raw("SELECT count(*) FROM role_grant g LEFT JOIN org o ON o.id = g.org_id WHERE g.revoked_at IS NULL AND "+where, args...).
		Scan(&total).Error
	if err != nil {
		return nil, 0, err
	}
	rows := []GrantView{}
	err = tx.Raw(grantQuery+where+" ORDER BY o.path, g.department_id, g.id LIMIT ? OFFSET ?", append(args, limit, offset)...).Scan(&rows).Error
	return rows, total, err
}

// Grant gives a role. In an organisation an administrator of one above gives
// it, in the city an administrator of the city, who alone gives the roles of
// departments and of the request desk. Who and where must lie in v's scope.
func (s *Service) Grant(ctx context.Context, v access.Viewer, in GrantInput) (GrantView, error) {
	var view GrantView
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		m, err := workedMember(tx, v, in.MemberID)
		if err != nil {
			return err
		}
		if m.Standing != model.StandingActive {
			return fault.Conflict("role.member_inactive", "该党员已停止党籍、出党或去世，不能授予角色")
		}
		if err := place(tx, v, &in); err != nil {
			return err
		}
		g := model.RoleGrant{MemberID: &in.MemberID, Role: in.Role, OrgID: optional(in.OrgID), DepartmentID: optional(in.DepartmentID),
			GrantedBy: &v.AccountID}
		view, err = insertGrant(tx, audit.By(v), g)
		return err
	})
	return view, err
}

// place checks that v may give or take the role there, and puts a desk into v's city.
func place(tx model.Tx, v access.Viewer, in *GrantInput) error {
	if in.Role == model.RoleDesk && in.OrgID == 0 {
		for _, g := range v.Grants {
			if g.OrgType == model.OrgCity && g.Role == model.RoleAdmin {
				in.OrgID = g.OrgID
			}
		}
	}
	if err := fits(in.Role, in.OrgID, in.DepartmentID); err != nil {
		return err
	}
	if in.DepartmentID != 0 {
		if !v.CityAdmin() {
			return forbiddenAbove("单位的角色由市级管理员授予和收回")
		}
		return exists(tx, "department", in.DepartmentID, "closed_on", "单位")
	}
	var o model.Org
	where, args := v.Works().Paths("path")
	err := tx.Select("id", "path", "type").Where("id = ? AND dissolved_on IS NULL", in.OrgID).Where(where, args...).Take(&o).Error
	if model.NotFound(err) {
		return fault.NotFound("组织")
	}
	if err != nil {
		return err
	}
	if in.Role == model.RoleDesk && o.Type != model.OrgCity {
		return fault.Invalid("role.wrong_place", "受理窗口只设在市一级")
	}
	if in.Role == model.RoleDesk && !v.CityAdmin() || !above(v, o) {
		return forbiddenAbove("角色由上级组织的管理员授予和收回")
	}
	return nil
}

// above tells whether v administers an organisation above o, or, as nobody is above it, the city itself.
func above(v access.Viewer, o model.Org) bool {
	for _, g := range v.Grants {
		if g.Role == model.RoleAdmin && g.OrgPath != "" && len(g.OrgPath) <= len(o.Path) && o.Path[:len(g.OrgPath)] == g.OrgPath &&
			(g.OrgPath != o.Path || o.Type == model.OrgCity) {
			return true
		}
	}
	return false
}

// fits checks the role against the sort of place.
func fits(role string, orgID, departmentID int64) error {
	ofDepartment := role == model.RoleDepartmentLeader || role == model.RoleDepartmentHandler
	switch {
	case !ofDepartment && role != model.RoleLeader && role != model.RoleAdmin && role != model.RoleDesk &&
		role != model.RoleIdentity && role != model.RoleCollector:
		return fault.Invalid("role.unknown", "没有这种角色，可用 leader、admin、desk、department_leader、department_handler、identity_reader、dues_collector")
	case ofDepartment && (departmentID == 0 || orgID != 0):
		return fault.Invalid("role.wrong_place", "该角色须指定单位，且不指定党组织")
	case !ofDepartment && (orgID == 0 || departmentID != 0):
		return fault.Invalid("role.wrong_place", "该角色须指定党组织，且不指定单位")
	}
	return nil
}

// insertGrant writes the grant, unless the same one is active.
func insertGrant(tx model.Tx, by audit.Actor, g model.RoleGrant) (GrantView, error) {
	g.GrantedAt = tx.Now
	res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&g)
	if res.Error != nil {
		return GrantView{}, res.Error
	}
	if res.RowsAffected == 0 {
		return GrantView{}, fault.Conflict("role.exists", "该人员已有此角色")
	}
	audit.Record(tx, by, audit.Entry{Action: "role.grant", ObjectType: "role_grant", ObjectID: g.ID, After: facts(g)})
	return grantOf(tx, g.ID)
}

// Revoke takes a role back. An organisation that has an administrator keeps at least one (RULES 2.2).
func (s *Service) Revoke(ctx context.Context, v access.Viewer, id int64) error {
	return s.db.Tx(ctx, func(tx model.Tx) error {
		var g model.RoleGrant
		err := tx.Where("id = ? AND revoked_at IS NULL", id).Take(&g).Error
		if model.NotFound(err) {
			return fault.NotFound("角色")
		}
		if err != nil {
			return err
		}
		if err := s.mayRevoke(tx, v, g); err != nil {
			return err
		}
		n, err := model.Exec(tx, "UPDATE role_grant SET revoked_by = ?, revoked_at = ? WHERE id = ? AND revoked_at IS NULL", v.AccountID, tx.Now, id)
		if err == nil && n == 0 {
			err = fault.NotFound("角色")
		}
		if err != nil {
			return err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "role.revoke", ObjectType: "role_grant", ObjectID: id, Before: facts(g)})
		return nil
	})
}

func (s *Service) mayRevoke(tx model.Tx, v access.Viewer, g model.RoleGrant) error {
	if g.OrgID == nil {
		if !v.CityAdmin() { // outside the scope of everybody else
			return fault.NotFound("角色")
		}
		return nil
	}
	// Locked, so that two administrators who revoke each other do not both find one left.
	var o model.Org
	where, args := v.Works().Paths("path")
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", *g.OrgID).Where(where, args...).Take(&o).Error
	if model.NotFound(err) {
		return fault.NotFound("角色")
	}
	if err != nil {
		return err
	}
	if !above(v, o) {
		return forbiddenAbove("角色由上级组织的管理员授予和收回")
	}
	if g.Role != model.RoleAdmin {
		return nil
	}
	return keepsAdmin(tx, g)
}

// keepsAdmin counts administrators who can act: a suspended or removed member is none.
func keepsAdmin(tx model.Tx, g model.RoleGrant) error {
	var act []int64
	err := tx.Raw(`
SELECT g.id FROM role_grant g LEFT JOIN account a ON a.id = g.account_id LEFT JOIN member m ON m.id = coalesce(g.member_id, a.member_id)
WHERE g.org_id = ? AND g.role = ? AND g.revoked_at IS NULL AND (m.id IS NULL OR m.standing = ?)`,
		*g.OrgID, model.RoleAdmin, model.StandingActive).Scan(&act).Error
	if err == nil && len(act) == 1 && act[0] == g.ID {
		err = fault.Conflict("role.last_admin", "每个组织至少保留一名管理员，请先授予另一名管理员")
	}
	return err
}

const grantQuery = `
SELECT g.id, coalesce(g.member_id, 0) AS member_id, coalesce(g.account_id, 0) AS account_id, coalesce(m.name, '') AS name, g.role,
       coalesce(o.type, '') AS level, coalesce(o.id, 0) AS org_id, coalesce(o.name, '') AS org_name,
       coalesce(d.id, 0) AS department_id, coalesce(d.name, '') AS department_name, g.granted_at
FROM role_grant g
LEFT JOIN member m ON m.id = g.member_id
LEFT JOIN org o ON o.id = g.org_id
LEFT JOIN department d ON d.id = g.department_id
WHERE g.revoked_at IS NULL AND `

func grantOf(tx model.Tx, id int64) (GrantView, error) {
	var rows []GrantView
	err := tx.Raw(grantQuery+"g.id = ?", id).Scan(&rows).Error
	if err == nil && len(rows) == 0 {
		err = errors.New("a grant that was just written is gone")
	}
	if err != nil {
		return GrantView{}, err
	}
	return rows[0], nil
}

// facts is a grant as the audit log keeps it.
func facts(g model.RoleGrant) map[string]any {
	return map[string]any{"role": g.Role, "member_id": g.MemberID, "account_id": g.AccountID, "org_id": g.OrgID, "department_id": g.DepartmentID}
}

func exists(tx model.Tx, table string, id int64, endedOn, what string) error {
	var n int64
	err := tx.Table(table).Where("id = ? AND "+endedOn+" IS NULL", id).Count(&n).Error
	if err == nil && n == 0 {
		err = fault.NotFound(what)
	}
	return err
}

func optional(id int64) *int64 {
	if id == 0 {
		return nil
	}
	return &id
}

func forbiddenAbove(message string) error {
	return &fault.Fault{Kind: fault.KindForbidden, Code: "role.not_above", Message: message}
}
