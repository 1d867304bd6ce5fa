package clock

import (
	"fmt"
	"time"

	"hongyun/model"
	"hongyun/service/calendar"
)

// Reading is what an open limit shows at a moment.
type Reading struct {
	Deadline    model.Date `json:"deadline"`     // met until 24:00 of it; while the limit stands still: if it were resumed today
	Provisional bool       `json:"provisional"`  // counted through a year whose holiday notice is not there yet
	Paused      bool       `json:"paused"`       // it stands still: nothing is late
	PauseReason string     `json:"pause_reason"` // in words
	Overdue     bool       `json:"overdue"`
	// RemainingDays are the working days after today, up to the deadline; of the rating window, calendar days.
	RemainingDays int `json:"remaining_days"`
	// RemainingHours are whole hours of working days until 24:00 of the deadline: what is left of today if today is a working day
	// or the deadline itself, and 24 hours for each further working day. Of the rating window every day counts.
	RemainingHours int    `json:"remaining_hours"`
	LateDays       int    `json:"late_days"` // working days after the deadline, up to today
	Text           string `json:"text"`      // Chinese: 还剩3个工作日，至9月30日24:00
}

// Read works out what the limit shows at a moment. No clock, or none whose day 0 is known: nil. The rating window is never late: it binds nobody.
func (r Run) Read(book *calendar.Book, now time.Time) (*Reading, error) {
	if r.Clock == "" || r.From == "" {
		return nil, nil
	}
	today := model.DateOf(now)
	d, err := r.Deadline(book, today)
	if err != nil {
		return nil, err
	}
	out := &Reading{Deadline: d.Date, Provisional: d.Provisional}
	if n := len(r.Pauses); n > 0 && r.Pauses[n-1].Until == "" {
		out.Paused, out.PauseReason = true, r.Pauses[n-1].Reason
	}
	out.Overdue = r.Clock != model.ClockRate && !out.Paused && d.Date < today
	if d.Date < today {
		if out.Overdue {
			out.LateDays, err = book.WorkingDays(d.Date, today)
		}
	} else {
		err = out.remain(r.Clock, book, now)
	}
	out.Text = out.words(r.Clock, today)
	return out, err
}

// remain counts what is left until 24:00 of a deadline that has not passed.
func (out *Reading) remain(clock string, book *calendar.Book, now time.Time) error {
	today := model.DateOf(now)
	counts := today == out.Deadline || clock == model.ClockRate
	if clock == model.ClockRate {
		out.RemainingDays = int(out.Deadline.Time().Sub(today.Time()) / (24 * time.Hour))
	} else {
		n, err := book.WorkingDays(today, out.Deadline)
		if err != nil {
			return err
		}
		out.RemainingDays = n
	}
	if !counts {
		work, err := book.Workday(today)
		if err != nil {
			return err
		}
		counts = work
	}
	out.RemainingHours = 24 * out.RemainingDays
	if counts {
		out.RemainingHours += int(today.AddDays(1).Time().Sub(now) / time.Hour)
	}
	return nil
}

// words says it in a sentence.
func (out *Reading) words(clock string, today model.Date) string {
	if out.Paused {
		return "计时已暂停（" + out.PauseReason + "）"
	}
	if out.Overdue {
		if out.LateDays == 0 {
			return "已逾期不足1个工作日"
		}
		return fmt.Sprintf("已逾期%d个工作日", out.LateDays)
	}
	unit := "个工作日"
	if clock == model.ClockRate {
		unit = "天"
	}
	left := fmt.Sprintf("还剩%d%s", out.RemainingDays, unit)
	switch {
	case out.Deadline < today:
		return "评价期已过"
	case out.Deadline == today && out.RemainingHours == 0:
		left = "今天到期，还剩不足1小时"
	case out.Deadline == today:
		left = fmt.Sprintf("今天到期，还剩%d小时", out.RemainingHours)
	}
	form := "1月2日"
	if out.Deadline.Year() != today.Year() {
		form = "2006年1月2日"
	}
	left += "，至" + out.Deadline.Time().Format(form) + "24:00"
	if out.Provisional {
		left += "（暂定）"
	}
	return left
}
