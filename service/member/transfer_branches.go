package member

import (
	"context"
	"strings"

	"hongyun/model"
)

// Branch is a line of the address book of branches.
type Branch struct {
	ID        int64  `json:"id"`
	Name      string `json:"name"`
	Committee string `json:"committee"` // the committee nearest above; empty: directly below the city
}

// Branches looks branches of the whole platform up by a part of their name. It is the one list that reaches beyond the
// scope: without it nobody could name the branch that receives a member. It tells names alone.
func (s *Service) Branches(ctx context.Context, q string, offset, limit int) ([]Branch, int64, error) {
	tx := s.db.Read(ctx)
	const where = `type = ? AND dissolved_on IS NULL AND name LIKE ? ESCAPE '\'`
	part := model.Containing(strings.TrimSpace(q))
	var total int64
	if err := tx.Model(&model.Org{}).Where(where, model.OrgBranch, part).Count(&total).Error; err != nil {
		return nil, 0, err
	}
	var found []model.Org
	err := tx.Select("id", "name", "path").Where(where, model.OrgBranch, part).Order("path").Offset(offset).Limit(limit).Find(&found).Error
	if err != nil {
		return nil, 0, err
	}
	names, err := committeesAbove(tx, found)
	if err != nil {
		return nil, 0, err
	}
	rows := make([]Branch, len(found))
	for i, o := range found {
		rows[i] = Branch{ID: o.ID, Name: o.Name}
		for n := len(o.Path) - 3; n > 0 && rows[i].Committee == ""; n -= 3 {
			rows[i].Committee = names[o.Path[:n]]
		}
	}
	return rows, total, nil
}

// committeesAbove is the names of the committees above some organisations, by path.
func committeesAbove(tx model.Tx, below []model.Org) (map[string]string, error) {
	paths := []string{""}
	for _, o := range below {
		for n := 3; n < len(o.Path); n += 3 {
			paths = append(paths, o.Path[:n])
		}
	}
	var rows []model.Org
	err := tx.Select("path", "name").Where("type = ? AND path IN ?", model.OrgCommittee, paths).Find(&rows).Error
	names := make(map[string]string, len(rows))
	for _, o := range rows {
		names[o.Path] = o.Name
	}
	return names, err
}
