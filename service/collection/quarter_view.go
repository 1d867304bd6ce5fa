package collection

import (
	"context"
	"strings"
	"time"

	"hongyun/model"
	"hongyun/service/access"
)

// QuarterFilter names the organisation and the quarter; the highest that the viewer reads, and the last quarter that has ended,
// if it does not.
type QuarterFilter struct {
	OrgID   int64         `query:"org_id" validate:"min=0" label:"党组织"`
	Quarter model.Quarter `query:"quarter" validate:"omitempty,quarter" label:"季度"`
}

// QuarterFigures are the bills of a quarter.
type QuarterFigures struct {
	Bills       int64  `json:"bills"` // unpaid, paid and exempt
	PaidBills   int64  `json:"paid_bills"`
	ExemptBills int64  `json:"exempt_bills"`
	PayableFen  int64  `json:"payable_fen"`
	PaidFen     int64  `json:"paid_fen"`
	RateBP      *int64 `json:"rate_bp"`       // by amount; null where nothing is payable
	CountRateBP *int64 `json:"count_rate_bp"` // by bills
}

// QuarterRow is how a unit's quarter stood when it was summed up, the quarter before, and how it stands now.
type QuarterRow struct {
	OrgID   int64  `json:"org_id"`
	OrgName string `json:"org_name"`
	OrgType string `json:"org_type"`
	QuarterFigures
	Previous     QuarterFigures `json:"previous"`
	ChangeBP     *int64         `json:"change_bp"` // of the rate; null where one of the two is none
	Now          QuarterFigures `json:"now"`
	PaidLaterFen int64          `json:"paid_later_fen"` // since it was summed up
}

// QuarterReport compares units over a quarter. It is told along the tree of today, so that the rows add up to the total and a
// quarter is compared with the same branches' quarter before. A quarter that is not summed up is told as it stands now.
type QuarterReport struct {
	OrgID           int64         `json:"org_id"`
	OrgName         string        `json:"org_name"`
	Quarter         model.Quarter `json:"quarter"`
	PreviousQuarter model.Quarter `json:"previous_quarter"`
	TakenAt         *time.Time    `json:"taken_at"` // null: not summed up
	Total           QuarterRow    `json:"total"`
	Rows            []QuarterRow  `json:"rows"`
}

// Quarter compares the units of an organisation that v leads or administers.
//
// Faults: not_found.
func (s *Service) Quarter(ctx context.Context, v access.Viewer, f QuarterFilter) (QuarterReport, error) {
	var report QuarterReport
	err := s.db.Sweep(ctx, func(tx model.Tx) error {
		top, err := look(tx, v.Reads(), f.OrgID)
		if err != nil {
			return err
		}
		report, err = quarterOf(tx, top, f.Quarter)
		return err
	})
	return report, err
}

func quarterOf(tx model.Tx, top unit, quarter model.Quarter) (QuarterReport, error) {
	if quarter == "" {
		quarter = tx.Day().Month().Quarter().Add(-1)
	}
	r := QuarterReport{OrgID: top.ID, OrgName: top.Name, Quarter: quarter, PreviousQuarter: quarter.Add(-1), Rows: []QuarterRow{}}
	units, err := unitsOf(tx, top)
	if err != nil {
		return r, err
	}
	if r.TakenAt, err = takenAt(tx, quarter); err != nil {
		return r, err
	}
	before, err := takenAt(tx, r.PreviousQuarter)
	if err != nil {
		return r, err
	}
	found, err := quartersOf(tx, top, quarter, r.TakenAt != nil, before != nil)
	if err != nil {
		return r, err
	}
	for _, u := range units {
		row, any := found[u.Path]
		if (!any || row.empty()) && (u.ID == top.ID && len(units) > 1 || u.DissolvedOn != nil) {
			continue
		}
		for _, p := range []struct{ sum, n *QuarterFigures }{{&r.Total.QuarterFigures, &row.QuarterFigures}, {&r.Total.Previous, &row.Previous}, {&r.Total.Now, &row.Now}} {
			p.sum.add(*p.n)
		}
		row.OrgID, row.OrgName, row.OrgType = u.ID, u.Name, u.Type
		row.rate()
		r.Rows = append(r.Rows, row)
	}
	r.Total.OrgID, r.Total.OrgName, r.Total.OrgType = top.ID, top.Name, top.Type
	r.Total.rate()
	return r, nil
}

// takenAt is when a quarter was summed up; nil if it was not.
func takenAt(tx model.Tx, quarter model.Quarter) (*time.Time, error) {
	var at []time.Time
	err := tx.Raw("SELECT taken_at FROM dues_quarter WHERE quarter = ? ORDER BY id LIMIT 1", quarter).Scan(&at).Error
	if err != nil || len(at) == 0 {
		return nil, err
	}
	return &at[0], nil
}

// quartersOf counts a quarter and the one before for each unit of top by its path, in one statement: as they were summed up
// where kept and keptBefore say so, else as the bills stand, and the quarter as it stands now.
func quartersOf(tx model.Tx, top unit, quarter model.Quarter, kept, keptBefore bool) (map[string]QuarterRow, error) {
	live := func(name string) string {
		return name + " AS (SELECT b.org_id, " + quarterColumns + " FROM dues_bill b WHERE b.month BETWEEN ? AND ? AND b.org_id IN (SELECT id FROM org WHERE path >= ? AND path < ?) GROUP BY b.org_id)"
	}
	const summed = " AS (SELECT b.org_id, b.bills, b.paid_bills, b.exempt_bills, b.payable_fen, b.paid_fen FROM dues_quarter b JOIN org x ON x.id = b.org_id AND x.type = 'BRANCH' WHERE b.quarter = ?)"
	end, before := quarter, quarter.Add(-1)
	scope := []any{top.Path, model.PathEnd(top.Path)}
	with, args := []string{live("present")}, append([]any{end.First(), end.Last()}, scope...)
	then, was := "present", "earlier"
	if kept {
		with, args, then = append(with, "taken"+summed), append(args, end), "taken"
	}
	if keptBefore {
		with, args = append(with, was+summed), append(args, before)
	} else {
		with, args = append(with, live(was)), append(append(args, before.First(), before.Last()), scope...)
	}
	rows, err := model.Rows(tx, "WITH "+strings.Join(with, ", ")+" SELECT "+part(top, "o.path")+", "+quarterSums("t")+", "+quarterSums("w")+", "+quarterSums("p")+`
FROM org o LEFT JOIN `+then+` t ON t.org_id = o.id LEFT JOIN `+was+` w ON w.org_id = o.id LEFT JOIN present p ON p.org_id = o.id
WHERE o.path >= ? AND o.path < ? GROUP BY 1`, append(args, scope...)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := map[string]QuarterRow{}
	for rows.Next() {
		var r QuarterRow
		path, into := "", []any{}
		for _, f := range []*QuarterFigures{&r.QuarterFigures, &r.Previous, &r.Now} {
			into = append(into, &f.Bills, &f.PaidBills, &f.ExemptBills, &f.PayableFen, &f.PaidFen)
		}
		if err := rows.Scan(append([]any{&path}, into...)...); err != nil {
			return nil, err
		}
		found[path] = r
	}
	return found, rows.Err()
}

func (f *QuarterFigures) add(g QuarterFigures) {
	f.Bills += g.Bills
	f.PaidBills += g.PaidBills
	f.ExemptBills += g.ExemptBills
	f.PayableFen += g.PayableFen
	f.PaidFen += g.PaidFen
}

func (f *QuarterFigures) rate() {
	f.RateBP, f.CountRateBP = shareBP(f.PaidFen, f.PayableFen), shareBP(f.PaidBills, f.Bills-f.ExemptBills)
}

func (r *QuarterRow) rate() {
	r.QuarterFigures.rate()
	r.Previous.rate()
	r.Now.rate()
	r.ChangeBP, r.PaidLaterFen = change(r.RateBP, r.Previous.RateBP), r.Now.PaidFen-r.PaidFen
}

func (r *QuarterRow) empty() bool { return r.Bills+r.Previous.Bills+r.Now.Bills == 0 }
