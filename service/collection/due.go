package collection

import (
	"context"
	"fmt"
	"slices"

	"hongyun/model"
	"hongyun/service/access"
)

// Due is what an organisation hands up for a quarter (RULES 3.2.15).
type Due struct {
	OrgID        int64  `json:"id"`
	OrgName      string `json:"org_name"`
	OrgType      string `json:"org_type"`
	CollectedFen int64  `json:"collected_fen"` // came to the account in the quarter, without what went back
	ReceivedFen  int64  `json:"received_fen"`  // came from below in the quarter
	IncomeFen    int64  `json:"income_fen"`    // both
	ShareBP      *int64 `json:"share_bp"`      // null: not decided yet
	Note         string `json:"note"`
	DueFen       int64  `json:"due_fen"`
	HandedUpFen  int64  `json:"handed_up_fen"` // for the quarter, confirmed
	RecordedFen  int64  `json:"recorded_fen"`  // for the quarter, waits for its confirmation
	OpenFen      int64  `json:"open_fen"`      // due and not handed up; below zero: handed up too much
	ToOrgID      *int64 `json:"to_org_id"`     // null: out of the platform
	ToOrgName    string `json:"to_org_name"`
	path         string
}

// DueSums are the totals of a list of dues, over all its pages. What was received is inside the platform counted once on each level.
type DueSums struct {
	CollectedFen int64 `json:"collected_fen"`
	DueFen       int64 `json:"due_fen"`
	HandedUpFen  int64 `json:"handed_up_fen"`
	OpenFen      int64 `json:"open_fen"`
	Undecided    int64 `json:"undecided"` // organisations whose level has no share yet
}

// DueFilter names the organisation, with everything below it, and the quarter; all that the viewer reads, and the present
// quarter, if it does not.
type DueFilter struct {
	Quarter model.Quarter `query:"quarter" validate:"omitempty,quarter" label:"季度"`
	OrgID   int64         `query:"org_id" validate:"min=0" label:"党组织"`
	Open    bool          `query:"open" label:"仅未足额上缴"` // what is due is not all handed up
}

// Dues tells what is due for a quarter from the organisations that v leads or administers, in the order of the tree, with
// their number and the sums over all. It is two queries however many there are.
func (s *Service) Dues(ctx context.Context, v access.Viewer, f DueFilter, offset, limit int) ([]Due, int64, DueSums, error) {
	var sums DueSums
	var rows []Due
	err := s.db.Sweep(ctx, func(tx model.Tx) (err error) {
		if f.Quarter == "" {
			f.Quarter = tx.Day().Month().Quarter()
		}
		where, args := v.Reads().Paths("o.path")
		if f.OrgID != 0 {
			where += " AND EXISTS (SELECT 1 FROM org top WHERE top.id = ? AND o.path >= top.path AND o.path < top.path || ':')"
			args = append(args, f.OrgID)
		}
		rows, err = duesOf(tx, f.Quarter, where, args...)
		if f.Open {
			rows = slices.DeleteFunc(rows, func(d Due) bool { return d.OpenFen <= 0 })
		}
		return err
	})
	if err != nil {
		return nil, 0, sums, err
	}
	for _, d := range rows {
		sums.CollectedFen += d.CollectedFen
		sums.DueFen += d.DueFen
		sums.HandedUpFen += d.HandedUpFen
		sums.OpenFen += d.OpenFen
		if d.ShareBP == nil {
			sums.Undecided++
		}
	}
	total := len(rows)
	return rows[min(offset, total):min(offset+limit, total)], int64(total), sums, nil
}

// duesOf works out what is due for a quarter from the organisations o that a condition names. One that is dissolved counts
// while there is something to tell of it.
func duesOf(tx model.Tx, quarter model.Quarter, where string, args ...any) ([]Due, error) {
	var found []struct {
		ID                      int64
		Name, Type, Path        string
		CollectedFen            int64
		ReceivedFen             int64
		ShareBP                 *int64
		HandedUpFen, WaitingFen int64
	}
	err := tx.Raw(`
WITH flow AS (SELECT a.owner_id AS org_id, `+flowColumns+flowFrom+` AND t.month >= ? AND t.month <= ? GROUP BY a.owner_id),
up AS (SELECT r.org_id, CAST(sum(CASE WHEN r.state = 'CONFIRMED' THEN r.amount_fen ELSE 0 END) AS bigint) AS handed_up_fen,
    CAST(sum(CASE WHEN r.state = 'RECORDED' THEN r.amount_fen ELSE 0 END) AS bigint) AS waiting_fen
  FROM dues_remittance r WHERE r.quarter = ? AND r.state IN ('CONFIRMED', 'RECORDED') GROUP BY r.org_id)
SELECT o.id, o.name, o.type, o.path, coalesce(flow.collected_fen, 0) AS collected_fen, coalesce(flow.received_fen, 0) AS received_fen,
  coalesce(up.handed_up_fen, 0) AS handed_up_fen, coalesce(up.waiting_fen, 0) AS waiting_fen,
  (SELECT x.share_bp FROM dues_share x WHERE x.org_type = o.type AND x.effective_from <= ? ORDER BY x.effective_from DESC LIMIT 1) AS share_bp
FROM org o LEFT JOIN flow ON flow.org_id = o.id LEFT JOIN up ON up.org_id = o.id
WHERE `+where+` AND (o.dissolved_on IS NULL OR flow.collected_fen <> 0 OR flow.received_fen <> 0 OR up.org_id IS NOT NULL)
ORDER BY o.path`, append([]any{quarter.First(), quarter.Last(), quarter, quarter}, args...)...).Scan(&found).Error
	if err != nil {
		return nil, fmt.Errorf("dues of a quarter: %w", err)
	}
	above, err := standing(tx)
	if err != nil {
		return nil, err
	}
	rows := make([]Due, len(found))
	for i, o := range found {
		d := Due{OrgID: o.ID, OrgName: o.Name, OrgType: o.Type, CollectedFen: o.CollectedFen, ReceivedFen: o.ReceivedFen, IncomeFen: o.CollectedFen + o.ReceivedFen,
			ShareBP: o.ShareBP, HandedUpFen: o.HandedUpFen, RecordedFen: o.WaitingFen, Note: undecided, path: o.Path}
		if d.ShareBP != nil {
			d.DueFen, d.Note = dueOf(d.IncomeFen, *d.ShareBP), ""
		}
		d.OpenFen = d.DueFen - d.HandedUpFen
		if up, ok := above.over(o.Path); ok {
			d.ToOrgID, d.ToOrgName = &up.ID, up.Name
		}
		rows[i] = d
	}
	return rows, nil
}

// tree is the organisations that stand, by path.
type tree map[string]unit

func standing(tx model.Tx) (tree, error) {
	var units []unit
	if err := tx.Raw("SELECT id, name, type, path FROM org WHERE dissolved_on IS NULL").Scan(&units).Error; err != nil {
		return nil, err
	}
	t := make(tree, len(units))
	for _, u := range units {
		t[u.Path] = u
	}
	return t, nil
}

// over is the next organisation above the path that stands.
func (t tree) over(path string) (unit, bool) {
	for len(path) > pathStep {
		path = path[:len(path)-pathStep]
		if u, ok := t[path]; ok {
			return u, true
		}
	}
	return unit{}, false
}
