package account

import (
	"context"
	"strings"

	"hongyun/model"
	"hongyun/service/audit"
	"hongyun/service/fault"
)

// FirstGrant names a person and a role for the command line. The person is a
// member, by identity number, or an account; the place is an organisation or a
// department. With no place, a role of an organisation is given in the city.
type FirstGrant struct {
	IDNumber     string // 18 characters; empty: AccountID
	AccountID    int64
	Role         string
	OrgID        int64
	DepartmentID int64
}

// GrantFirst gives a role in the name of whoever sits at the server: the first
// administrator has nobody above to ask.
func (s *Service) GrantFirst(ctx context.Context, by audit.Actor, in FirstGrant) (GrantView, error) {
	var view GrantView
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		g := model.RoleGrant{Role: in.Role}
		if err := s.firstPerson(tx, in, &g); err != nil {
			return err
		}
		if err := firstPlace(tx, in, &g); err != nil {
			return err
		}
		var err error
		view, err = insertGrant(tx, by, g)
		return err
	})
	return view, err
}

func (s *Service) firstPerson(tx model.Tx, in FirstGrant, g *model.RoleGrant) error {
	if (in.IDNumber == "") == (in.AccountID == 0) {
		return fault.Invalid("role.wrong_person", "请指定党员身份证号或账号编号之一")
	}
	if in.AccountID != 0 {
		g.AccountID = &in.AccountID
		return foundNo(tx.Select("id").Take(&model.Account{}, in.AccountID).Error, "账号")
	}
	var m model.Member
	err := tx.Select("id").Where("id_index = ? AND standing = ?", s.vault.Index(strings.ToUpper(in.IDNumber)), model.StandingActive).Take(&m).Error
	if model.NotFound(err) {
		return fault.NotFound("党员")
	}
	g.MemberID = &m.ID
	return err
}

func firstPlace(tx model.Tx, in FirstGrant, g *model.RoleGrant) error {
	ofDepartment := in.Role == model.RoleDepartmentLeader || in.Role == model.RoleDepartmentHandler
	if in.OrgID == 0 && in.DepartmentID == 0 && !ofDepartment {
		var city model.Org
		if err := tx.Select("id").Where("type = ?", model.OrgCity).Order("path").Take(&city).Error; err != nil {
			return foundNo(err, "市级组织")
		}
		in.OrgID = city.ID
	}
	if err := fits(in.Role, in.OrgID, in.DepartmentID); err != nil {
		return err
	}
	g.OrgID, g.DepartmentID = optional(in.OrgID), optional(in.DepartmentID)
	if in.DepartmentID != 0 {
		return exists(tx, "department", in.DepartmentID, "closed_on", "单位")
	}
	return exists(tx, "org", in.OrgID, "dissolved_on", "组织")
}

func foundNo(err error, what string) error {
	if model.NotFound(err) {
		return fault.NotFound(what)
	}
	return err
}
