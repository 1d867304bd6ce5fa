// Package access says who asks, and which rows he or she may see. May I call
// it? is a Permission, named in the route table. Which rows? is a Scope, given
// as an argument to every query. What one may not see is not found.
package access

import (
	"slices"
	"strings"

	"hongyun/model"
	"hongyun/service/fault"
)

// Viewer is who asks. The zero Viewer is nobody.
type Viewer struct {
	AccountID int64
	MemberID  int64 // 0: not tied to a member
	Name      string
	OrgID     int64 // the member's branch
	OrgPath   string
	OrgName   string
	Grants    []Grant
	Session   string // names the session that the request came with
	IP        string // for the audit log
	RequestID string
}

// Grant is one active role of the viewer.
type Grant struct {
	ID             int64
	Role           string // model.RoleLeader …
	OrgID          int64
	OrgPath        string
	OrgType        string
	OrgName        string
	DepartmentID   int64
	DepartmentName string
}

// Has tells whether the viewer holds one of the roles anywhere.
func (v Viewer) Has(roles ...string) bool {
	for _, g := range v.Grants {
		for _, r := range roles {
			if g.Role == r {
				return true
			}
		}
	}
	return false
}

// CityAdmin tells whether the viewer administers the whole city.
func (v Viewer) CityAdmin() bool { return v.at(model.OrgCity, model.RoleAdmin) }

// CityReader tells whether the viewer leads or administers the whole city.
func (v Viewer) CityReader() bool { return v.at(model.OrgCity, model.RoleAdmin, model.RoleLeader) }

func (v Viewer) at(level string, roles ...string) bool {
	for _, g := range v.Grants {
		if g.OrgType == level {
			for _, r := range roles {
				if g.Role == r {
					return true
				}
			}
		}
	}
	return false
}

// Reads is the subtrees that the viewer leads or administers (RULES 2.1, 2.2).
func (v Viewer) Reads() Scope { return v.scope(model.RoleLeader, model.RoleAdmin) }

// Works is the subtrees that the viewer administers: there he or she may change things.
func (v Viewer) Works() Scope { return v.scope(model.RoleAdmin) }

// Identifies is the subtrees in which the viewer may read full identity numbers, each time with a reason (RULES 11.3).
func (v Viewer) Identifies() Scope { return v.scope(model.RoleIdentity) }

// Collects is the subtrees in which the viewer assesses and collects dues, and sees what they are worked out from: those of
// a dues collector, and the branches that he or she administers. Administrators above see no base without that role (RULES 11.4).
func (v Viewer) Collects() Scope {
	s := v.scope(model.RoleCollector)
	for _, g := range v.Grants {
		if g.Role == model.RoleAdmin && g.OrgType == model.OrgBranch {
			s.paths = append(s.paths, g.OrgPath)
		}
	}
	return s
}

func (v Viewer) scope(roles ...string) Scope {
	var s Scope
	for _, g := range v.Grants {
		for _, r := range roles {
			if g.Role == r && g.OrgPath != "" {
				s.paths = append(s.paths, g.OrgPath)
			}
		}
	}
	return s
}

// Departments is the departments in which the viewer holds one of the roles;
// with no role named, any department role.
func (v Viewer) Departments(roles ...string) []int64 {
	var ids []int64
	for _, g := range v.Grants {
		for _, r := range roles {
			if g.Role == r && g.DepartmentID != 0 {
				ids = append(ids, g.DepartmentID)
			}
		}
		if len(roles) == 0 && g.DepartmentID != 0 {
			ids = append(ids, g.DepartmentID)
		}
	}
	return ids
}

// Scope is a set of subtrees of the organisation tree. The zero Scope is empty: no rows.
type Scope struct{ paths []string }

// Covers tells whether the organisation with the path lies in the scope.
func (s Scope) Covers(path string) bool {
	for _, p := range s.paths {
		if strings.HasPrefix(path, p) {
			return true
		}
	}
	return false
}

// Plus is what lies in s or in t.
func (s Scope) Plus(t Scope) Scope { return Scope{paths: slices.Concat(s.paths, t.paths)} }

// Paths is an SQL condition on a column that holds organisation paths, with its arguments.
func (s Scope) Paths(column string) (string, []any) {
	if len(s.paths) == 0 {
		return "1 = 0", nil
	}
	var parts []string
	var args []any
	for _, p := range s.paths {
		parts = append(parts, "("+column+" >= ? AND "+column+" < ?)")
		args = append(args, p, model.PathEnd(p))
	}
	return "(" + strings.Join(parts, " OR ") + ")", args
}

// Orgs is an SQL condition on a column that holds organisation ids, with its arguments.
func (s Scope) Orgs(column string) (string, []any) {
	where, args := s.Paths("path")
	return column + " IN (SELECT id FROM org WHERE " + where + ")", args
}

// Load reads who an account is, with all active roles, in one query. An account
// that is gone is fault.Unauthorized.
func Load(tx model.Tx, accountID int64) (Viewer, error) {
	rows, err := model.Rows(tx, viewerQuery, model.StandingActive, accountID)
	if err != nil {
		return Viewer{}, err
	}
	defer rows.Close()
	v := Viewer{}
	for rows.Next() {
		var g Grant
		if err := rows.Scan(&v.AccountID, &v.MemberID, &v.Name, &v.OrgID, &v.OrgPath, &v.OrgName,
			&g.ID, &g.Role, &g.OrgID, &g.OrgPath, &g.OrgType, &g.OrgName, &g.DepartmentID, &g.DepartmentName); err != nil {
			return Viewer{}, err
		}
		if g.ID != 0 {
			v.Grants = append(v.Grants, g)
		}
	}
	if err := rows.Err(); err != nil {
		return Viewer{}, err
	}
	if v.AccountID == 0 {
		return Viewer{}, fault.Unauthorized()
	}
	return v, nil
}

// A member who is removed, suspended or dead keeps no role, neither an own one nor one of the account: grants are found through
// the active member, and through the account only if it is no member's or an active member's.
const viewerQuery = `
SELECT a.id, coalesce(m.id, 0), coalesce(m.name, ''), coalesce(mo.id, 0), coalesce(mo.path, ''), coalesce(mo.name, ''),
       coalesce(g.id, 0), coalesce(g.role, ''), coalesce(o.id, 0), coalesce(o.path, ''), coalesce(o.type, ''), coalesce(o.name, ''),
       coalesce(d.id, 0), coalesce(d.name, '')
FROM account a
LEFT JOIN member m ON m.id = a.member_id AND m.standing = ?
LEFT JOIN org mo ON mo.id = m.org_id
LEFT JOIN role_grant g ON g.revoked_at IS NULL AND (g.member_id = m.id OR g.account_id = a.id AND (a.member_id IS NULL OR m.id IS NOT NULL))
LEFT JOIN org o ON o.id = g.org_id
LEFT JOIN department d ON d.id = g.department_id
WHERE a.id = ?
ORDER BY g.id`
