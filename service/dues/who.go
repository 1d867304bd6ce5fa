package dues

import (
	"strings"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/roster"
)

// handles is a condition on a column of organisation paths: where v collects dues, or administers. Bills and reliefs are seen
// there; what they were worked out from is seen by those alone who collect (RULES 11.4).
func handles(v access.Viewer, column string) (string, []any) {
	collects, args := v.Collects().Paths(column)
	works, more := v.Works().Paths(column)
	return "(" + collects + " OR " + works + ")", append(args, more...)
}

func handlesAt(v access.Viewer, path string) bool {
	return v.Collects().Covers(path) || v.Works().Covers(path)
}

// above tells whether v administers an organisation strictly above the path, of one of the types, if any are named.
func above(v access.Viewer, path string, types ...string) bool {
	for _, g := range v.Grants {
		if g.Role != model.RoleAdmin || g.OrgPath == "" || g.OrgPath == path || !strings.HasPrefix(path, g.OrgPath) {
			continue
		}
		if len(types) == 0 {
			return true
		}
		for _, t := range types {
			if g.OrgType == t {
				return true
			}
		}
	}
	return false
}

func notAbove(sentence string) error {
	return &fault.Fault{Kind: fault.KindForbidden, Code: "dues.not_above", Message: sentence}
}

// collected reads a member whom v collects from. Whom v sees without collecting is forbidden, whom v does not see not found.
func collected(tx model.Tx, v access.Viewer, id int64) (m model.Member, path string, err error) {
	if err := tx.Where("id = ?", id).Take(&m).Error; model.NotFound(err) {
		return m, "", fault.NotFound("党员")
	} else if err != nil {
		return m, "", err
	}
	if path, err = pathOf(tx, m.OrgID); err != nil {
		return m, "", err
	}
	switch {
	case v.Collects().Covers(path):
		return m, path, nil
	case v.Reads().Covers(path) || v.MemberID == m.ID:
		return m, "", fault.Forbidden()
	default:
		return m, "", fault.NotFound("党员")
	}
}

func pathOf(tx model.Tx, orgID int64) (path string, err error) {
	err = tx.Raw("SELECT path FROM org WHERE id = ?", orgID).Scan(&path).Error
	return path, err
}

// held locks what a change of a member's dues rests on, in this order: the making of bills, which reads assessments and
// reliefs of all members at once; the branch; the member. It does not lock the member's key, so that a payment that already
// has a bill can write down who paid. Bills come after it.
func held(tx model.Tx, m *model.Member) error {
	if tx.Dialect == model.Postgres { // SQLite has one writer at a time
		if err := tx.Exec("LOCK TABLE dues_run IN SHARE MODE").Error; err != nil {
			return err
		}
	}
	if err := roster.Hold(tx, m.OrgID); err != nil {
		return err
	}
	was := m.OrgID
	var is model.Member
	if err := tx.Clauses(clause.Locking{Strength: "NO KEY UPDATE"}).Where("id = ?", m.ID).Take(&is).Error; err != nil {
		return err
	}
	if is.OrgID != was {
		return fault.Conflict("member.moved", "该党员刚刚转到另一个党支部，请刷新后重试")
	}
	*m = is
	return nil
}

// active refuses whoever pays no dues here.
func active(m model.Member) error {
	if m.Standing != model.StandingActive {
		return fault.Conflict("dues.inactive", "该党员已停止党籍或不在名册中，不能核定党费")
	}
	return nil
}

// byName is the name behind an account id, as an SQL expression.
func byName(account string) string {
	return "coalesce((SELECT x.name FROM account w JOIN member x ON x.id = w.member_id WHERE w.id = " + account + "), '')"
}

// titleOf is the title of a category, as an SQL expression.
func titleOf(category string) string {
	return "coalesce((SELECT l.title FROM lookup l WHERE l.list = 'dues_category' AND l.code = " + category + "), '')"
}
