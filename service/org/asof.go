package org

import (
	"context"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// past tells whether a day lies before today; an empty day is today. A day that has not come is a fault.
func past(tx model.Tx, on model.Date) (bool, error) {
	if on > tx.Day() {
		return false, fault.Invalid("org.day_ahead", "日期不能晚于今天")
	}
	return on != "" && on < tx.Day(), nil
}

// tree is the organisations as they were on a day, which it takes twice. One that has no history has always been what it is.
const tree = `(SELECT org_id, parent_id, type, name, path FROM org_span WHERE from_on <= ? AND (until_on IS NULL OR until_on > ?)
UNION ALL SELECT id, parent_id, type, name, path FROM org n WHERE dissolved_on IS NULL AND NOT EXISTS (SELECT 1 FROM org_span x WHERE x.org_id = n.id))`

// orgsOn is Orgs as the tree was on a past day: names and places of that day, all else of today. Who sees an organisation is
// decided by where it stands today, or stood when it was dissolved.
func orgsOn(tx model.Tx, v access.Viewer, f Filter, offset, limit int) ([]View, int64, error) {
	where, args := seen(v)
	if f.ParentID != 0 {
		where, args = where+" AND s.parent_id = ?", append(args, f.ParentID)
	}
	if f.Type != "" {
		where, args = where+" AND s.type = ?", append(args, f.Type)
	}
	if f.Under != 0 {
		top, err := pathOn(tx, v, f.Under, f.On)
		if err != nil {
			return nil, 0, err
		}
		where, args = where+" AND s.path > ? AND s.path < ?", append(args, top, model.PathEnd(top))
	}
	const from = " FROM " + tree + " s JOIN org o ON o.id = s.org_id "
	args = append([]any{f.On, f.On}, args...)
	var total int64
	if err := tx.Raw("SELECT count(*)"+from+"WHERE "+where, args...).Scan(&total).Error; err != nil {
		return nil, 0, err
	}
	rows := []View{}
	err := tx.Raw(`
SELECT o.id, s.parent_id, s.type, s.name, o.official_code, o.kind, o.is_joint, o.address, o.phone, o.founded_on, o.version, o.dissolved_on,
       coalesce(c.children, 0) AS children`+from+`
LEFT JOIN (SELECT s.parent_id, count(*) AS children FROM `+tree+` s GROUP BY s.parent_id) c ON c.parent_id = o.id
WHERE `+where+` ORDER BY s.path, o.id LIMIT ? OFFSET ?`, append(append([]any{f.On, f.On}, args...), limit, offset)...).Scan(&rows).Error
	return rows, total, err
}

// pathOn is where an organisation stood on a past day; one that was not there yet stood nowhere, and nothing below it.
func pathOn(tx model.Tx, v access.Viewer, id int64, on model.Date) (string, error) {
	o, err := findEver(tx, v, id)
	if err != nil {
		return "", err
	}
	var paths []string
	if err := tx.Raw("SELECT s.path FROM "+tree+" s WHERE s.org_id = ?", on, on, o.ID).Scan(&paths).Error; err != nil {
		return "", err
	}
	if len(paths) == 0 {
		return "-", nil // no path begins so
	}
	return paths[0], nil
}

// RosterRow is a member who belonged to a subtree on a day.
type RosterRow struct {
	ID      int64  `json:"id"`
	Name    string `json:"name"`
	OrgID   int64  `json:"org_id"`
	OrgName string `json:"org_name"` // of that day
}

// Roster lists who belonged to an organisation and what lay below it on a day, today if on is empty, as far as v leads or administers
// their branches today. limit rows from offset on, and how many there are.
func (s *Service) Roster(ctx context.Context, v access.Viewer, id int64, on model.Date, offset, limit int) ([]RosterRow, int64, error) {
	tx := s.db.Read(ctx)
	before, err := past(tx, on)
	if err != nil {
		return nil, 0, err
	}
	o, err := findEver(tx, v, id)
	if err != nil {
		return nil, 0, err
	}
	where, args := v.Reads().Paths("o.path")
	name, order, from := "o.name", "o.path", " FROM member m JOIN org o ON o.id = m.org_id WHERE "
	top := o.Path
	if before {
		name, order = "s.name", "s.path"
		from = " FROM member_span t JOIN member m ON m.id = t.member_id JOIN org o ON o.id = t.org_id JOIN " + tree + " s ON s.org_id = o.id WHERE "
		where, args = where+" AND t.from_on <= ? AND (t.until_on IS NULL OR t.until_on > ?)", append(append([]any{on, on}, args...), on, on)
		if top, err = pathOn(tx, v, id, on); err != nil {
			return nil, 0, err
		}
	} else {
		where += " AND m." + onRoster
	}
	where, args = where+" AND "+order+" >= ? AND "+order+" < ?", append(args, top, model.PathEnd(top))
	var total int64
	if err := tx.Raw("SELECT count(*)"+from+where, args...).Scan(&total).Error; err != nil {
		return nil, 0, err
	}
	rows := []RosterRow{}
	err = tx.Raw("SELECT m.id, m.name, o.id AS org_id, "+name+" AS org_name"+from+where+" ORDER BY "+order+", m.id LIMIT ? OFFSET ?",
		append(args, limit, offset)...).Scan(&rows).Error
	return rows, total, err
}
