// Package calendar counts working days, months and anniversaries, and keeps
// the table of holidays and make-up working days. Which limit applies to what
// is decided by the modules.
package calendar

import (
	"fmt"
	"time"

	"hongyun/model"
	"hongyun/service/fault"
)

// MaxWorkingDays bounds every count, so that no request makes a long loop.
const MaxWorkingDays = 1000

// Kinds of overrides of the week's rule.
const (
	Off  = "OFF"
	Work = "WORK"
)

// Deadline is met until 24:00 of its date in Asia/Shanghai.
type Deadline struct {
	Date        model.Date `json:"date"`
	Provisional bool       `json:"provisional"` // counted through a year whose holiday notice is not there yet
}

// DeadlineAfter is the nth working day after from, the day of the event being
// day 0 (RULES 9.2). With n = 0 it is the same day, working day or not. A date
// or a number out of range is a fault.
func DeadlineAfter(tx model.Tx, from model.Date, workingDays int) (Deadline, error) {
	return Of(tx).DeadlineAfter(from, workingDays)
}

// NoticeEnd is the last day of a public notice of n working days, n >= 1: the
// start day counts if it is a working day (RULES 5).
func NoticeEnd(tx model.Tx, start model.Date, workingDays int) (Deadline, error) {
	return Of(tx).NoticeEnd(start, workingDays)
}

// Book reads each year's overrides once: for whoever counts many deadlines in
// one transaction. It is not safe for concurrent use.
type Book struct {
	tx    model.Tx
	years map[int]year
}

type year struct {
	kinds     map[model.Date]string
	confirmed bool // the official notice is in
}

// Of is the calendar as tx sees it.
func Of(tx model.Tx) *Book { return &Book{tx: tx, years: map[int]year{}} }

// DeadlineAfter is as the function of this name.
func (b *Book) DeadlineAfter(from model.Date, workingDays int) (Deadline, error) {
	if err := checkCount(from, workingDays, 0); err != nil {
		return Deadline{}, err
	}
	return b.count(from, workingDays)
}

// NoticeEnd is as the function of this name.
func (b *Book) NoticeEnd(start model.Date, workingDays int) (Deadline, error) {
	if err := checkCount(start, workingDays, 1); err != nil {
		return Deadline{}, err
	}
	return b.count(start.AddDays(-1), workingDays)
}

// Workday tells whether the day is a working day: an override wins, else
// Monday to Friday (RULES 9.4).
func (b *Book) Workday(d model.Date) (bool, error) {
	y, err := b.year(d.Year())
	if err != nil {
		return false, err
	}
	return workday(d, y.kinds[d]), nil
}

// Confirmed tells whether the official notice of the day's year is in: what is counted through another year is provisional.
func (b *Book) Confirmed(d model.Date) (bool, error) {
	y, err := b.year(d.Year())
	return y.confirmed, err
}

// WorkingDays counts the working days after the one day, up to and including the other; 0 if that comes no later.
func (b *Book) WorkingDays(after, until model.Date) (int, error) {
	if err := checkDate(after); err != nil {
		return 0, err
	}
	if err := checkDate(until); err != nil {
		return 0, err
	}
	n := 0
	for d := after.AddDays(1); d <= until; d = d.AddDays(1) {
		work, err := b.Workday(d)
		if err != nil {
			return 0, err
		}
		if work {
			n++
		}
	}
	return n, nil
}

func workday(d model.Date, kind string) bool {
	if kind != "" {
		return kind == Work
	}
	weekday := d.Time().Weekday()
	return weekday != time.Saturday && weekday != time.Sunday
}

func (b *Book) count(d model.Date, workingDays int) (Deadline, error) {
	provisional := false
	for workingDays > 0 {
		d = d.AddDays(1)
		y, err := b.year(d.Year())
		if err != nil {
			return Deadline{}, err
		}
		provisional = provisional || !y.confirmed
		if workday(d, y.kinds[d]) {
			workingDays--
		}
	}
	return Deadline{Date: d, Provisional: provisional}, nil
}

func (b *Book) year(n int) (year, error) {
	if y, ok := b.years[n]; ok {
		return y, nil
	}
	rows, err := overridesOf(b.tx, n)
	if err != nil {
		return year{}, err
	}
	y := year{kinds: make(map[model.Date]string, len(rows)), confirmed: confirmed(rows)}
	for _, r := range rows {
		y.kinds[r.Date] = r.Kind
	}
	b.years[n] = y
	return y, nil
}

// confirmed tells whether the notice of the year is in: some row quotes one,
// and none is provisional any more.
func confirmed(rows []model.WorkdayOverride) bool {
	quoted := false
	for _, r := range rows {
		if r.Provisional {
			return false
		}
		quoted = quoted || r.NoticeNo != ""
	}
	return quoted
}

func overridesOf(tx model.Tx, year int) ([]model.WorkdayOverride, error) {
	var rows []model.WorkdayOverride
	first, last := fmt.Sprintf("%04d-01-01", year), fmt.Sprintf("%04d-12-31", year)
	if err := tx.Where("date BETWEEN ? AND ?", first, last).Order("date").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("holidays of %d: %w", year, err)
	}
	return rows, nil
}

func checkCount(d model.Date, workingDays, least int) error {
	if err := checkDate(d); err != nil {
		return err
	}
	if workingDays < least || workingDays > MaxWorkingDays {
		return fault.Invalid("calendar.working_days", fmt.Sprintf("工作日数须在%d至%d之间", least, MaxWorkingDays))
	}
	return nil
}

// checkDate refuses years so far off that text no longer sorts as time does.
func checkDate(d model.Date) error {
	if _, err := model.ParseDate(string(d)); err != nil || d < "1900-01-01" || d > "2199-12-31" {
		return fault.Invalid("calendar.date", "日期须真实存在，写作2026-09-30的形式，并在1900年至2199年之间")
	}
	return nil
}
