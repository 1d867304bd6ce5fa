package clock_test

import (
	"context"
	"testing"
	"time"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/calendar"
	"hongyun/service/clock"
)

// TestDeadline is the worked examples of RULES 9.2 and 9.4, and what pauses make of them.
func TestDeadline(t *testing.T) {
	t.Parallel()
	modeltest.Each(t, nil, func(t *testing.T, db *model.DB) {
		book := calendar.Of(db.Read(context.Background()))
		for _, c := range []struct {
			clock       string
			from        model.Date
			days        int64
			pauses      []clock.Pause
			today, want model.Date
			provisional bool
			shows       string
		}{
			{"ACCEPT", "2026-09-18", 1, nil, "2026-09-18", "2026-09-20", false, "RULES 9.2: a make-up Sunday"},
			{"HANDLE", "2026-09-24", 3, nil, "2026-09-24", "2026-09-30", false, "RULES 9.2: over Mid-Autumn"},
			{"HANDLE", "2026-09-30", 5, nil, "2026-09-30", "2026-10-13", false, "RULES 9.2: a make-up Saturday"},
			{"HANDLE", "2026-02-13", 3, nil, "2026-02-13", "2026-02-25", false, "RULES 9.2: over Spring Festival"},
			{"HANDLE", "2026-10-10", 5, nil, "2026-10-10", "2026-10-16", false, "RULES 9.2: the day of the event is day 0"},
			{"HANDLE", "2026-09-24", 3 + 5, nil, "2026-09-24", "2026-10-13", false, "RULES 9.2: an extension of 5 from the old deadline, 30 September"},
			{"ACCEPT", "2026-12-31", 1, nil, "2026-12-31", "2027-01-04", true, "RULES 9.4: no notice for 2027"},
			{"HANDLE", "2026-10-01", 0, nil, "2026-10-01", "2026-10-01", false, "urgent: the same day, even a holiday"},
			{"RATE", "2026-09-30", 7, nil, "2026-09-30", "2026-10-07", false, "the rating window counts calendar days"},
			{"", "", 0, nil, "2026-09-30", "", false, "no clock"},

			{"HANDLE", "2026-09-21", 5, []clock.Pause{{From: "2026-09-23", Until: "2026-09-29"}}, "2026-10-08", "2026-10-09", false,
				"24, 28 and 29 September do not count: 22, 23, 30, then 8 and 9 October"},
			{"HANDLE", "2026-09-21", 5, []clock.Pause{{From: "2026-09-23", Until: "2026-09-23"}}, "2026-09-23", "2026-09-29", false, "paused and resumed on one day"},
			{"HANDLE", "2026-09-21", 5, []clock.Pause{{From: "2026-09-23", Until: "2026-09-27"}}, "2026-09-28", "2026-09-30", false,
				"over Mid-Autumn one working day, 24 September, does not count"},
			{"HANDLE", "2026-09-21", 5, []clock.Pause{{From: "2026-09-23"}}, "2026-09-24", "2026-09-30", false, "an open pause counts as if it ended today"},
			{"HANDLE", "2026-09-21", 5, []clock.Pause{{From: "2026-09-22", Until: "2026-09-23"}, {From: "2026-09-24", Until: "2026-09-28"}}, "2026-09-28", "2026-10-08", false,
				"two pauses: 23 and 28 September do not count"},
			{"HANDLE", "2026-09-21", 4, []clock.Pause{{From: "2026-09-28", Until: "2026-10-03"}}, "2026-10-03", "2026-10-03", false,
				"paused on the last day and resumed on a holiday: what was left of the day is left of that day"},
			{"HANDLE", "2026-10-01", 0, []clock.Pause{{From: "2026-10-01", Until: "2026-10-04"}}, "2026-10-04", "2026-10-04", false, "the same for an urgent one"},
			{"HANDLE", "2026-12-30", 1, []clock.Pause{{From: "2026-12-31", Until: "2027-01-02"}}, "2027-01-02", "2027-01-02", true, "resumed in a year without a notice"},
		} {
			got, err := clock.Run{Clock: c.clock, From: c.from, Days: c.days, Pauses: c.pauses}.Deadline(book, c.today)
			if err != nil || got != (calendar.Deadline{Date: c.want, Provisional: c.provisional}) {
				t.Errorf("%s + %d = %+v, %v, want %s, provisional %v (%s)", c.from, c.days, got, err, c.want, c.provisional, c.shows)
			}
		}
	})
}

func TestRead(t *testing.T) {
	t.Parallel()
	db := modeltest.SQLite(t, nil)
	book := calendar.Of(db.Read(context.Background()))
	help := clock.Run{Clock: "HANDLE", From: "2026-09-24", Days: 3} // until 30 September
	paused := help
	paused.Pauses = []clock.Pause{{From: "2026-09-28", Reason: "等待群众补充材料"}}
	for _, c := range []struct {
		run  clock.Run
		at   string
		want clock.Reading
	}{
		{help, "2026-09-24 15:30:00", clock.Reading{Deadline: "2026-09-30", RemainingDays: 3, RemainingHours: 3*24 + 8, Text: "还剩3个工作日，至9月30日24:00"}},
		{help, "2026-09-25 15:30:00", clock.Reading{Deadline: "2026-09-30", RemainingDays: 3, RemainingHours: 3 * 24, Text: "还剩3个工作日，至9月30日24:00"}}, // a holiday
		{help, "2026-09-30 00:00:00", clock.Reading{Deadline: "2026-09-30", RemainingHours: 24, Text: "今天到期，还剩24小时，至9月30日24:00"}},
		{help, "2026-09-30 23:59:59", clock.Reading{Deadline: "2026-09-30", Text: "今天到期，还剩不足1小时，至9月30日24:00"}},
		{help, "2026-10-01 00:00:00", clock.Reading{Deadline: "2026-09-30", Overdue: true, Text: "已逾期不足1个工作日"}},
		{help, "2026-10-09 10:00:00", clock.Reading{Deadline: "2026-09-30", Overdue: true, LateDays: 2, Text: "已逾期2个工作日"}},
		{paused, "2026-10-09 10:00:00", clock.Reading{Deadline: "2026-10-12", Paused: true, PauseReason: "等待群众补充材料", RemainingDays: 2, RemainingHours: 2*24 + 14,
			Text: "计时已暂停（等待群众补充材料）"}},
		{clock.Run{Clock: "HANDLE", From: "2026-10-03"}, "2026-10-03 20:00:00", clock.Reading{Deadline: "2026-10-03", RemainingHours: 4, Text: "今天到期，还剩4小时，至10月3日24:00"}},
		{clock.Run{Clock: "ACCEPT", From: "2026-12-31", Days: 1}, "2026-12-31 12:00:00", clock.Reading{Deadline: "2027-01-04", Provisional: true, RemainingDays: 1,
			RemainingHours: 36, Text: "还剩1个工作日，至2027年1月4日24:00（暂定）"}},
		{clock.Run{Clock: "RATE", From: "2026-09-30", Days: 7}, "2026-10-01 12:00:00", clock.Reading{Deadline: "2026-10-07", RemainingDays: 6, RemainingHours: 6*24 + 12,
			Text: "还剩6天，至10月7日24:00"}},
		{clock.Run{Clock: "RATE", From: "2026-09-30", Days: 7}, "2026-10-09 12:00:00", clock.Reading{Deadline: "2026-10-07", Text: "评价期已过"}},
	} {
		now, err := time.ParseInLocation(time.DateTime, c.at, model.Shanghai)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.run.Read(book, now.UTC())
		if err != nil || *got != c.want {
			t.Errorf("at %s: %+v, %v, want %+v", c.at, got, err, c.want)
		}
	}
	if got, err := (clock.Run{}).Read(book, time.Time{}); got != nil || err != nil {
		t.Errorf("no clock shows %+v, %v", got, err)
	}
}
