package rates

import (
	"slices"

	"hongyun/model"
)

// count is one rate of one unit and month.
type count = model.RateFigure

// settledUntil is the last month that is settled; empty: none. All before it are settled too, in order.
func settledUntil(tx model.Tx) (m model.Month, err error) {
	err = tx.Raw("SELECT coalesce(max(month), '') FROM rate_month").Scan(&m).Error
	return m, err
}

// openSince is the first month from a month on that is counted as it stands now.
func openSince(from, settled model.Month) model.Month {
	if settled == "" {
		return from
	}
	return max(from, settled.Add(1))
}

// settledCounts are the figures of settled months for some units; nil: for all.
func settledCounts(tx model.Tx, from, to model.Month, units []int64) (rows []count, err error) {
	q := tx.Where("month >= ? AND month <= ?", from, to)
	if units != nil {
		q = q.Where("department_id IN ?", units)
	}
	return rows, q.Find(&rows).Error
}

// liveCounts counts one rate of all months and units in one query.
func liveCounts(tx model.Tx, d definition, from, to model.Month, units []int64) (rows []count, err error) {
	figures, args := d.figures(from, to, tx.Day(), units)
	err = tx.Raw(figures, args...).Scan(&rows).Error
	return slices.DeleteFunc(setRate(rows, d.Rate), func(c count) bool { return c == count{Month: c.Month, Rate: c.Rate, DepartmentID: c.DepartmentID} }), err
}

func setRate(rows []count, rate string) []count {
	for i := range rows {
		rows[i].Rate = rate
	}
	return rows
}
