package o2o

import (
	"fmt"

	"hongyun/model"
	"hongyun/service/calendar"
)

// deadlineOf is the last day of a limit that starts today (RULES 9.2). The rating window counts calendar days, every
// other limit working days. No clock: no deadline.
func deadlineOf(tx model.Tx, clock, category string) (calendar.Deadline, error) {
	if clock == "" {
		return calendar.Deadline{}, nil
	}
	days, err := limitOf(tx, clock, category, tx.Day())
	if err != nil {
		return calendar.Deadline{}, err
	}
	if clock == model.ClockRate {
		return calendar.Deadline{Date: tx.Day().AddDays(days)}, nil
	}
	return calendar.DeadlineAfter(tx, tx.Day(), days)
}

// limitOf is the limit in force on a day, in days; one for the category goes before one for all.
func limitOf(tx model.Tx, clock, category string, on model.Date) (int, error) {
	var row model.TimeLimit
	err := tx.Where("step = ? AND category IN ('', ?) AND effective_from <= ?", clock, category, on).
		Order("CASE WHEN category = '' THEN 1 ELSE 0 END, effective_from DESC").Take(&row).Error
	if err != nil {
		return 0, fmt.Errorf("time limit %s %s: %w", clock, category, err)
	}
	return int(row.WorkingDays), nil
}
