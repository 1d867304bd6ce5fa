package member

import (
	"context"
	"time"

	"hongyun/model"
	"hongyun/service/access"
)

// Looked writes down who looked at members' data, for the members themselves (NM6): kind is one of model.Access…,
// selectSQL yields the column id. The same look on the same day is counted, not repeated; one's own data is not counted.
// One statement, however many members.
func Looked(tx model.Tx, v access.Viewer, kind, reason, selectSQL string, args ...any) error {
	_, err := model.Exec(tx, `
INSERT INTO member_access (member_id, account_id, by_name, by_role, kind, reason, day, times, last_at)
SELECT DISTINCT q.id, CAST(? AS bigint), ?, ?, ?, ?, ?, 1, `+instant(tx)+` FROM (`+selectSQL+`) q WHERE q.id <> ? ORDER BY q.id
ON CONFLICT (member_id, account_id, kind, day, reason) DO UPDATE
SET times = member_access.times + 1, last_at = excluded.last_at, by_name = excluded.by_name, by_role = excluded.by_role`,
		append(append([]any{v.AccountID, nameOf(v), roleOf(v), kind, reason, tx.Day(), tx.Now}, args...), v.MemberID)...)
	return err
}

// instant is a parameter that Postgres must be told is a time: in a SELECT it would take it for text.
func instant(tx model.Tx) string {
	if tx.Dialect == model.Postgres {
		return "CAST(? AS timestamptz)"
	}
	return "?"
}

// roleOf is the widest office that v holds over organisations, as a member reads it: 德兴市委 管理员.
func roleOf(v access.Viewer) string {
	words := map[string]string{model.RoleLeader: "单位领导", model.RoleAdmin: "管理员", model.RoleIdentity: "身份信息查阅人", model.RoleCollector: "党费收缴员"}
	var widest access.Grant
	for _, g := range v.Grants {
		if words[g.Role] != "" && (widest.OrgPath == "" || len(g.OrgPath) < len(widest.OrgPath)) {
			widest = g
		}
	}
	if widest.OrgPath == "" {
		return ""
	}
	return widest.OrgName + " " + words[widest.Role]
}

// Access is that somebody looked at a member's data.
type Access struct {
	ID     int64      `json:"id"`
	Kind   string     `json:"kind"` // DETAIL, IDENTITY, EXPORT, DEVELOPMENT
	Title  string     `json:"title"`
	ByName string     `json:"by_name"`
	ByRole string     `json:"by_role"`
	Reason string     `json:"reason"`
	Day    model.Date `json:"day"`
	Times  int64      `json:"times"` // on that day
	LastAt time.Time  `json:"last_at"`
}

// DataAccess lists to v who looked at v's own data, the newest day first.
func (s *Service) DataAccess(ctx context.Context, v access.Viewer, offset, limit int) ([]Access, int64, error) {
	tx := s.db.Read(ctx)
	var total int64
	if err := tx.Raw("SELECT count(*) FROM member_access WHERE member_id = ?", v.MemberID).Scan(&total).Error; err != nil {
		return nil, 0, err
	}
	rows := []Access{}
	err := tx.Raw(`SELECT id, kind, by_name, by_role, reason, day, times, last_at FROM member_access WHERE member_id = ?
ORDER BY day DESC, last_at DESC, id DESC LIMIT ? OFFSET ?`, v.MemberID, limit, offset).Scan(&rows).Error
	words := map[string]string{model.AccessDetail: "查看党员资料", model.AccessIdentity: "查看完整身份证号、手机号和住址",
		model.AccessExport: "导出名册", model.AccessDevelopment: "查看发展党员材料"}
	for i := range rows {
		rows[i].Title = words[rows[i].Kind]
	}
	return rows, total, err
}
