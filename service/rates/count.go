package rates

import (
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
	lines, args := d.lines(from, to, tx.Day())
	where := "1 = 1"
	if units != nil {
		where = "l.department_id IN ?"
		args = append(args, units)
	}
	var parts []struct {
		Month        model.Month
		DepartmentID int64
		Part         string
		Grade        int64
		N            int64
	}
	grade := "0"
	if d.Rate == model.RateSatisfaction {
		grade = "l.grade"
	}
	err = tx.Raw(`SELECT l.month, l.department_id, l.part, `+grade+` AS grade, count(*) AS n FROM (`+lines+`) l WHERE `+where+`
		GROUP BY 1, 2, 3, 4`, args...).Scan(&parts).Error
	byCell := map[count]*count{}
	for _, p := range parts {
		key := count{Month: p.Month, Rate: d.Rate, DepartmentID: p.DepartmentID}
		c := byCell[key]
		if c == nil {
			c = &count{Month: p.Month, Rate: d.Rate, DepartmentID: p.DepartmentID}
			byCell[key] = c
		}
		put(c, p.Part, p.Grade, p.N)
	}
	for _, c := range byCell {
		rows = append(rows, *c)
	}
	return rows, err
}

// put adds n lines of a part to the counts.
func put(c *count, part string, grade, n int64) {
	switch part {
	case model.RateExcluded:
		c.Excluded += n
		return
	case model.RateUnrated:
		c.Unrated += n
		return
	case model.RateBoth:
		c.Numerator += n
	}
	c.Denominator += n
	if g := []*int64{nil, &c.Grade1, &c.Grade2, &c.Grade3, &c.Grade4, &c.Grade5}[grade]; g != nil {
		*g += n
	}
}
