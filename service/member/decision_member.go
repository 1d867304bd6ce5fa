package member

import (
	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/roster"
)

// lockWorked reads a member whom v may change, locked until the transaction ends, with the path of the branch. Who is
// out of sight is not found; who may only be read is forbidden. orgs are other organisations that a row about the member
// will refer to.
func lockWorked(tx model.Tx, v access.Viewer, id int64, orgs ...int64) (model.Member, string, error) {
	m, err := roster.Locked(tx, id, orgs...)
	if model.NotFound(err) {
		return m, "", fault.NotFound("党员")
	}
	if err != nil {
		return m, "", err
	}
	var o model.Org
	if err := tx.Select("path").Where("id = ?", m.OrgID).Take(&o).Error; err != nil {
		return m, "", err
	}
	switch {
	case !v.Reads().Covers(o.Path):
		return m, "", fault.NotFound("党员")
	case !v.Works().Covers(o.Path):
		return m, "", fault.Forbidden()
	}
	return m, o.Path, nil
}

// seesMember is nil if v leads or administers the member's branch or one above, or is the member.
func seesMember(tx model.Tx, v access.Viewer, id int64) error {
	where, args := v.Reads().Paths("o.path")
	var n int64
	err := tx.Raw("SELECT count(*) FROM member m JOIN org o ON o.id = m.org_id WHERE m.id = ? AND (m.id = ? OR "+where+")",
		append([]any{id, v.MemberID}, args...)...).Scan(&n).Error
	if err == nil && n == 0 {
		err = fault.NotFound("党员")
	}
	return err
}

// workedBranch reads a branch in v's scope of work, dissolved or not. It is locked, so that nobody dissolves it while
// somebody comes.
func workedBranch(tx model.Tx, v access.Viewer, id int64) (model.Org, error) {
	var o model.Org
	err := tx.Clauses(clause.Locking{Strength: "SHARE"}).Where("id = ?", id).Take(&o).Error
	switch {
	case model.NotFound(err), err == nil && !v.Reads().Covers(o.Path):
		return o, fault.NotFound("支部")
	case err != nil:
		return o, err
	case !v.Works().Covers(o.Path):
		return o, fault.Forbidden()
	case o.Type != model.OrgBranch:
		return o, fault.Invalid("org.not_branch", "党员须编入党支部")
	}
	return o, nil
}

// noteChanges writes the change log of what a decision or a transfer has changed, and returns the member as he or she is
// now. What changes no field stands in the log by its name.
func (s *Service) noteChanges(tx model.Tx, v access.Viewer, before model.Member, what, reason string) (model.Member, error) {
	var after model.Member
	if err := tx.Where("id = ?", before.ID).Take(&after).Error; err != nil {
		return after, err
	}
	rows, err := s.changed(tx, v, before, after, reason)
	if err == nil && len(rows) == 0 {
		row := change(tx, v, after, "decision", "", what, reason)
		err = tx.Create(&row).Error
	}
	return after, err
}

func dateText(d *model.Date) string {
	if d == nil {
		return ""
	}
	return string(*d)
}

// account is v's account; none for the demo and imports.
func account(v access.Viewer) *int64 {
	if v.AccountID == 0 {
		return nil
	}
	return &v.AccountID
}
