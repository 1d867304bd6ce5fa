package model

import (
	"fmt"
	"time"
)

// Shanghai is the zone of every date and month. China has kept one zone and no
// summer time since 1991, so a fixed offset serves and needs no zone files.
var Shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// Date is a calendar day in Asia/Shanghai, kept as text: 2026-11-20.
type Date string

// Month is a calendar month in Asia/Shanghai, kept as text: 2026-11.
type Month string

// Quarter is a calendar quarter in Asia/Shanghai, kept as text: 2026Q3.
type Quarter string

// DateOf is the day of an instant in Asia/Shanghai.
func DateOf(t time.Time) Date { return Date(t.In(Shanghai).Format(time.DateOnly)) }

// ParseDate accepts only a date that exists, in the form 2026-11-20.
func ParseDate(s string) (Date, error) {
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return "", fmt.Errorf("%q is not a date", s)
	}
	return Date(s), nil
}

// ParseMonth accepts only a month that exists, in the form 2026-11.
func ParseMonth(s string) (Month, error) {
	if _, err := time.Parse("2006-01", s); err != nil {
		return "", fmt.Errorf("%q is not a month", s)
	}
	return Month(s), nil
}

// Time is the first instant of the day. The zero time if d is not a date.
func (d Date) Time() time.Time {
	t, err := time.ParseInLocation(time.DateOnly, string(d), Shanghai)
	if err != nil {
		return time.Time{}
	}
	return t
}

// Month is the month of the day.
func (d Date) Month() Month {
	if len(d) < 7 {
		return ""
	}
	return Month(d[:7])
}

// AddDays is n calendar days on.
func (d Date) AddDays(n int) Date { return DateOf(d.Time().AddDate(0, 0, n)) }

// Year is the year of the day.
func (d Date) Year() int { return d.Time().Year() }

// First is the first day of the month.
func (m Month) First() Date { return Date(m + "-01") }

// Last is the last day of the month.
func (m Month) Last() Date { return m.Add(1).First().AddDays(-1) }

// Add is n months on.
func (m Month) Add(n int) Month { return DateOf(m.First().Time().AddDate(0, n, 0)).Month() }

// Quarter is the quarter of the month.
func (m Month) Quarter() Quarter {
	t := m.First().Time()
	return Quarter(fmt.Sprintf("%04dQ%d", t.Year(), (int(t.Month())+2)/3))
}

// ParseQuarter accepts only a quarter that exists, in the form 2026Q3.
func ParseQuarter(s string) (Quarter, error) {
	q := Quarter(s)
	if m := q.First(); m == "" || m.Quarter() != q {
		return "", fmt.Errorf("%q is not a quarter", s)
	}
	return q, nil
}

// First is the first month of the quarter. Empty if q is not a quarter.
func (q Quarter) First() Month {
	if len(q) != 6 || q[4] != 'Q' || q[5] < '1' || q[5] > '4' {
		return ""
	}
	m, err := ParseMonth(fmt.Sprintf("%s-%02d", q[:4], 3*int(q[5]-'1')+1))
	if err != nil {
		return ""
	}
	return m
}

// Last is the last month of the quarter.
func (q Quarter) Last() Month { return q.First().Add(2) }

// Add is n quarters on.
func (q Quarter) Add(n int) Quarter { return q.First().Add(3 * n).Quarter() }
