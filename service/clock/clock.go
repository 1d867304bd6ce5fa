// Package clock works out the limits of citizens' requests: when a limit that began on a day, with its pauses and extensions,
// ends, and what is left of it (RULES 9.2). It counts from events and the holiday table alone; the column deadline of a
// request is an index of that count, which lists sort by, and is counted again whenever one of the two changes.
//
// What may follow what, and who is told, is decided by the modules.
package clock

import (
	"fmt"

	"hongyun/model"
	"hongyun/service/calendar"
)

// Run is one open limit as its events made it.
type Run struct {
	Clock  string     // of time_limit: ACCEPT, HANDLE, …
	From   model.Date // day 0
	Days   int64      // granted, extensions included
	Pauses []Pause    // in order; only the last may be open
}

// Pause is days on which a limit stands still: the working days after From, up to Until. The day on which it is resumed is
// a day 0 again, as that of any event is.
type Pause struct {
	From   model.Date
	Until  model.Date // empty: it stands still
	Reason string     // in words
}

// Of is the open limit of a request, with its pauses as PausesOf loads them.
func Of(r model.Request, pauses []Pause) Run {
	return Run{Clock: r.Clock, From: r.ClockFrom, Days: r.ClockDays, Pauses: pauses}
}

// Start is a limit that begins today, by the limits in force today. Without a clock it is the zero Run.
func Start(tx model.Tx, clock, category string) (Run, error) {
	if clock == "" {
		return Run{}, nil
	}
	days, err := Limit(tx, clock, category, tx.Day())
	return Run{Clock: clock, From: tx.Day(), Days: int64(days)}, err
}

// Deadline is the last day of the limit. An open pause counts as if it were resumed today. A pause that begins on the last day
// itself, or later because the holiday table has changed since, ends no earlier than the limit: what is left of that day is left
// of the day on which it is resumed. The rating window counts calendar days and knows no pauses, every other limit working days
// (RULES 9.2). No clock: no deadline.
func (r Run) Deadline(book *calendar.Book, today model.Date) (calendar.Deadline, error) {
	if r.Clock == "" {
		return calendar.Deadline{}, nil
	}
	if r.Clock == model.ClockRate {
		return calendar.Deadline{Date: r.From.AddDays(int(r.Days))}, nil
	}
	days, resumed := int(r.Days), model.Date("")
	for _, p := range r.Pauses {
		until := p.Until
		if until == "" {
			until = max(today, p.From)
		}
		stood, err := book.WorkingDays(p.From, until)
		if err != nil {
			return calendar.Deadline{}, err
		}
		days, resumed = days+stood, max(resumed, until)
	}
	d, err := book.DeadlineAfter(r.From, days)
	if err != nil || d.Date >= resumed {
		return d, err
	}
	sure, err := book.Confirmed(resumed)
	return calendar.Deadline{Date: resumed, Provisional: d.Provisional || !sure}, err
}

// Limit is the limit in force on a day, in days; one for the category goes before one for all.
func Limit(tx model.Tx, step, category string, on model.Date) (int, error) {
	var row model.TimeLimit
	err := tx.Where("step = ? AND category IN ('', ?) AND effective_from <= ?", step, category, on).
		Order("CASE WHEN category = '' THEN 1 ELSE 0 END, effective_from DESC").Take(&row).Error
	if err != nil {
		return 0, fmt.Errorf("time limit %s %s: %w", step, category, err)
	}
	return int(row.WorkingDays), nil
}
