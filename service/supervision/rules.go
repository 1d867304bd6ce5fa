package supervision

import (
	"hongyun/model"
	"hongyun/service/calendar"
	"hongyun/service/rule"
)

// due is the latest deadline that is at each level today: every limit whose deadline lies no later has reached it.
type due struct{ reminder, chase, criticism model.Date }

// dueToday turns the distances of RULES 9.2 round: instead of counting from each deadline, it counts once from today.
func dueToday(book *calendar.Book, rules rule.Set, today model.Date) (d due, err error) {
	days := func(code, level string) int { return min(max(rules.Int(code, level), 0), calendar.MaxWorkingDays) }
	ahead, err := book.DeadlineAfter(today, days("WARN_BEFORE", model.WarningReminder))
	if err != nil {
		return d, err
	}
	d.reminder = ahead.Date
	if d.chase, err = passed(book, today, days("WARN_AFTER", model.WarningChase)); err != nil {
		return d, err
	}
	d.criticism, err = passed(book, today, days("WARN_AFTER", model.WarningCriticism))
	return d, err
}

// passed is the latest deadline after which today is the nth working day or later. A deadline is met until the end of its day: 0
// is the day after it.
func passed(book *calendar.Book, today model.Date, n int) (model.Date, error) {
	d := today
	for n > 0 {
		work, err := book.Workday(d)
		if err != nil {
			return "", err
		}
		if work {
			n--
		}
		d = d.AddDays(-1)
	}
	return min(d, today.AddDays(-1)), nil
}
