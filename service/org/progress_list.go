package org

import (
	"context"

	"hongyun/model"
	"hongyun/service/access"
)

// WorkFilter names one number of a progress page.
type WorkFilter struct {
	Month model.Month `query:"month" validate:"omitempty,month" label:"月份"` // empty: the present one
	Duty  string      `query:"duty" validate:"required,oneof=THEME_DAY DUES DEVELOPMENT ELECTION STANDARD ADMIN" label:"工作"`
	Span  string      `query:"span" validate:"omitempty,oneof=month year" label:"范围"` // empty: month
	Own   bool        `query:"own" label:"仅本级"`
}

// Work is one piece of work that a number of the progress page counts.
type Work struct {
	OrgID   int64      `json:"org_id"`
	OrgName string     `json:"org_name"`
	What    string     `json:"what"`   // the month of a theme day, the name of a member or applicant, an item of the checklist; else empty
	DueOn   model.Date `json:"due_on"` // empty: at once
	Done    bool       `json:"done"`
	Late    bool       `json:"late"`
}

// States of work that a list may ask for. Open is due and not done, late or not.
const (
	WorkDue  = "due"
	WorkDone = "done"
	WorkOpen = "open"
	WorkLate = "late"
)

// Work lists what a number of the progress page counts, in the order of the tree: limit rows from offset on, and how many there are.
func (s *Service) Work(ctx context.Context, v access.Viewer, orgID int64, f WorkFilter, state string, offset, limit int) ([]Work, int64, error) {
	tx := s.db.Read(ctx)
	o, err := findEver(tx, v, orgID)
	if err != nil {
		return nil, 0, err
	}
	scope, scoped := "o.path >= ? AND o.path < ?", []any{o.Path, model.PathEnd(o.Path)}
	if f.Own {
		scope, scoped = "o.id = ?", []any{o.ID}
	}
	p, err := periodOf(f.Month, tx.Day())
	if err != nil {
		return nil, 0, err
	}
	which := map[string]string{WorkDone: "done = 1", WorkOpen: "done = 0", WorkLate: "late = 1"}[state]
	if which == "" {
		which = "in_year = 1"
	}
	span := "in_month = 1"
	if f.Span == "year" {
		span = "in_year = 1"
	}
	rows, total := []Work{}, int64(0)
	for _, d := range duties() {
		if d.Code != f.Duty {
			continue
		}
		items, args := d.items(p, scope, scoped)
		items = " FROM (" + items + ") i WHERE " + which + " AND " + span
		if err := tx.Raw("SELECT count(*)"+items, args...).Scan(&total).Error; err != nil {
			return nil, 0, err
		}
		err = tx.Raw("SELECT org_id, org_name, what, due_on, done = 1 AS done, late = 1 AS late"+items+" ORDER BY path, due_on, what LIMIT ? OFFSET ?",
			append(args, limit, offset)...).Scan(&rows).Error
	}
	return rows, total, err
}
