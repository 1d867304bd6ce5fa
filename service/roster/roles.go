package roster

import (
	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
)

// OwnRoles is the roles that a member holds, given to him or her or to the account, as a condition for RevokeRoles. It
// takes the member twice.
const OwnRoles = "(member_id = ? OR account_id IN (SELECT id FROM account WHERE member_id = ?))"

// RevokeRoles takes back the active roles that where selects, each with its audit entry. Who leaves the roster loses them
// all; they don't come back by themselves.
func RevokeRoles(tx model.Tx, v access.Viewer, where string, args ...any) error {
	var by *int64
	if v.AccountID != 0 {
		by = &v.AccountID
	}
	var grants []model.RoleGrant
	err := tx.Raw("UPDATE role_grant SET revoked_by = ?, revoked_at = ? WHERE revoked_at IS NULL AND "+where+" RETURNING *",
		append([]any{by, tx.Now}, args...)...).Scan(&grants).Error
	for _, g := range grants {
		audit.Record(tx, audit.By(v), audit.Entry{Action: "role.revoke", ObjectType: "role_grant", ObjectID: g.ID,
			Before: map[string]any{"role": g.Role, "member_id": g.MemberID, "org_id": g.OrgID, "department_id": g.DepartmentID}})
	}
	return err
}
