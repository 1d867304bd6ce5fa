package calendar

import "hongyun/model"

// AddMonths is the same day n months on; where that day does not exist, the
// last day of that month (RULES, conventions). n may be negative.
func AddMonths(d model.Date, n int) model.Date {
	m := d.Month().Add(n)
	return min(m.First().AddDays(d.Time().Day()-1), m.Last())
}

// Years is the years completed since admitted on a day: 29 February counts as
// 28 February in common years (RULES 6). Before admitted it is 0.
func Years(admitted, on model.Date) int {
	n := on.Year() - admitted.Year()
	if on < AddMonths(admitted, 12*n) {
		n--
	}
	return max(n, 0)
}

// AnniversaryDays is the MM-DD values of dates that have their anniversary on
// day: one, but on 28 February of a common year also 02-29 (RULES 6).
func AnniversaryDays(day model.Date) []string {
	monthDay := string(day[5:])
	if monthDay == "02-28" && day.Month().Last() == day {
		return []string{monthDay, "02-29"}
	}
	return []string{monthDay}
}
