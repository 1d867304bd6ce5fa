package rates

import (
	"cmp"
	"context"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// LineFilter names a number of the report: a rate, a month or a period, a unit or all, and which part of it. No part: the
// denominator.
type LineFilter struct {
	Period
	Month        model.Month `query:"month" validate:"omitempty,month" label:"月份"`
	Rate         string      `query:"rate" validate:"required,oneof=ACCEPTANCE REFERRAL CLOSURE ON_TIME SATISFACTION SOLVED" label:"比率"`
	DepartmentID *int64      `query:"department_id" validate:"omitempty,min=0" label:"单位"`
	Part         string      `query:"part" validate:"omitempty,oneof=NUMERATOR DENOMINATOR MISSED UNRATED EXCLUDED" label:"部分"`
}

// Line is one request behind a number, or one voice behind the satisfaction. Every line of a number is listed. Of what the viewer
// may not see there is no more than that it counts: a request that was merged with another or is somebody else's by now, or one
// that complains of the viewer's unit.
type Line struct {
	Month        model.Month `json:"month"`
	DepartmentID int64       `json:"department_id"` // that it counts for; 0: the window
	Part         string      `json:"part"`          // BOTH: in the numerator too; DENOMINATOR, UNRATED, EXCLUDED
	Visible      bool        `json:"visible"`
	RequestID    *int64      `json:"request_id"` // this and all below: empty where it is not visible
	Number       string      `json:"number"`
	Round        int64       `json:"round"` // SATISFACTION: how often it had been reopened
	Grade        int64       `json:"grade"` // SATISFACTION: 1 to 5; 0: unrated
	Category     string      `json:"category"`
	State        string      `json:"state"` // as it stands now
	SubmittedOn  model.Date  `json:"submitted_on"`
	AcceptedOn   model.Date  `json:"accepted_on"`
	HandleDue    model.Date  `json:"handle_due"`
	ClosedOn     model.Date  `json:"closed_on"`
	ExcludedOn   model.Date  `json:"excluded_on"`
}

// Lines lists what a number of the report is made of, from offset on, at most limit; total is that number.
func (s *Service) Lines(ctx context.Context, v access.Viewer, f LineFilter, offset, limit int) (rows []Line, total int64, err error) {
	if f.Month != "" {
		f.From, f.To = f.Month, f.Month
	}
	d, ok := definitionOf(f.Rate)
	if !ok {
		return nil, 0, fault.Invalid("rates.no_rate", "没有这种比率").With("field", "rate")
	}
	err = s.db.Sweep(ctx, func(tx model.Tx) error {
		where, args, err := f.lines(tx, v, d)
		if err != nil {
			return err
		}
		if err := tx.Raw("SELECT count(*) FROM "+where, args...).Scan(&total).Error; err != nil {
			return err
		}
		rows, err = readLines(tx, v, where, args, offset, limit)
		return err
	})
	return rows, total, err
}

// lines is the FROM and WHERE of the lines: those that are settled, and those that count now.
func (f LineFilter) lines(tx model.Tx, v access.Viewer, d definition) (string, []any, error) {
	units, err := unitsOf(tx, v, f.DepartmentID)
	if err != nil {
		return "", nil, err
	}
	from, to, err := f.months(tx.Day())
	if err != nil {
		return "", nil, err
	}
	settled, err := settledUntil(tx)
	if err != nil {
		return "", nil, err
	}
	live, liveArgs := d.lines(openSince(from, settled), to, tx.Day())
	query := "(SELECT month, department_id, part, request_id, round, grade FROM rate_line WHERE rate = ? AND month >= ? AND month <= ? UNION ALL " +
		live + ") l WHERE l.part IN ?"
	args := append([]any{d.Rate, from, min(to, settled)}, liveArgs...)
	args = append(args, partsOf(cmp.Or(f.Part, PartDenominator)))
	if units != nil {
		query += " AND l.department_id IN ?"
		args = append(args, units)
	}
	return query, args, nil
}

// readLines reads one page. SECURITY: what v may not see does not leave the database.
func readLines(tx model.Tx, v access.Viewer, where string, args []any, offset, limit int) (rows []Line, err error) {
	sees, seesArgs := v.Requests()
	page := append(append([]any{}, args...), limit, offset)
	err = tx.Raw(`
		SELECT p.month, p.department_id, p.part, r.id IS NOT NULL AS visible, r.id AS request_id, coalesce(r.number, '') AS number,
			CASE WHEN r.id IS NULL THEN 0 ELSE p.round END AS round, CASE WHEN r.id IS NULL THEN 0 ELSE p.grade END AS grade,
			coalesce(r.category, '') AS category, coalesce(r.state, '') AS state, coalesce(r.submitted_on, '') AS submitted_on,
			coalesce(r.accepted_on, '') AS accepted_on, coalesce(r.handle_due, '') AS handle_due, coalesce(r.closed_on, '') AS closed_on,
			coalesce(r.excluded_on, '') AS excluded_on
		FROM (SELECT l.month, l.department_id, l.part, l.request_id, l.round, l.grade FROM `+where+`
			ORDER BY l.month, l.request_id, l.round, l.part LIMIT ? OFFSET ?) p
		LEFT JOIN request r ON r.id = p.request_id AND `+sees+`
		ORDER BY p.month, p.request_id, p.round, p.part`, append(page, seesArgs...)...).Scan(&rows).Error
	return rows, err
}
