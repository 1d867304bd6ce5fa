package dues

import (
	"context"

	"hongyun/model"
	"hongyun/service/access"
)

// Unassessed is a member for whom no bill can be made.
type Unassessed struct {
	ID         int64      `json:"id"` // of the member
	Name       string     `json:"name"`
	OrgID      int64      `json:"org_id"`
	OrgName    string     `json:"org_name"`
	AdmittedOn model.Date `json:"admitted_on"`
}

// UnassessedFilter narrows the list.
type UnassessedFilter struct {
	OrgID int64       `query:"org_id" validate:"min=0" label:"党组织"`         // and everything below it
	Month model.Month `query:"month" validate:"omitempty,month" label:"月份"` // empty: the present one
}

// Unassessed lists the active members in v's collection or administration, admitted by the end of the month, whom neither an
// assessment nor a relief covers in it.
func (s *Service) Unassessed(ctx context.Context, v access.Viewer, f UnassessedFilter, offset, limit int) ([]Unassessed, int64, error) {
	tx := s.db.Read(ctx)
	if f.Month == "" {
		f.Month = tx.Day().Month()
	}
	c := conditionOf(handles(v, "o.path"))
	c.and(`m.standing = 'ACTIVE' AND m.admitted_on < ?
  AND NOT EXISTS (SELECT 1 FROM dues_assessment a WHERE a.member_id = m.id AND a.replaced_at IS NULL AND a.effective_month <= ?)
  AND NOT EXISTS (SELECT 1 FROM dues_relief r WHERE r.member_id = m.id AND r.state = 'APPROVED' AND r.from_month <= ? AND r.to_month >= ?)`,
		f.Month.Add(1).First(), f.Month, f.Month, f.Month)
	c.under(f.OrgID)
	const from = " FROM member m JOIN org o ON o.id = m.org_id WHERE "
	var total int64
	if err := tx.Raw("SELECT count(*)"+from+c.where, c.args...).Scan(&total).Error; err != nil {
		return nil, 0, err
	}
	rows := []Unassessed{}
	err := tx.Raw("SELECT m.id, m.name, m.org_id, o.name AS org_name, m.admitted_on"+from+c.where+" ORDER BY o.path, m.name, m.id LIMIT ? OFFSET ?",
		append(c.args, limit, offset)...).Scan(&rows).Error
	return rows, total, err
}
