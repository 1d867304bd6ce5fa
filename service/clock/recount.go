package clock

import (
	"encoding/json"
	"fmt"

	"hongyun/model"
	"hongyun/service/calendar"
)

// Recounted is what one pass over all open limits has changed.
type Recounted struct {
	Moved  int64 // deadlines, each with a step of its own
	Marked int64 // flags that say whether a deadline is provisional
}

// Recount counts all open limits in working days again, in one pass whatever their number, and brings the column deadline in line
// with them. Each request whose deadline moves gets a step of the given action by the system, which the citizen may read; what
// the rates measure by follows. A limit that has ended stays as it was met or missed. A second pass moves nothing.
//
// A step that another transaction takes at the same moment is left alone: whoever takes it has counted it, and the next pass
// looks at it again.
func Recount(tx model.Tx, action string) (done Recounted, err error) {
	days, err := calendarOf(tx)
	if err != nil || days == nil {
		return done, err
	}
	if done.Moved, err = move(tx, action, *days); err != nil {
		return done, fmt.Errorf("recount deadlines: %w", err)
	}
	done.Marked, err = model.Exec(tx, dayTable(tx)+`
		UPDATE request SET provisional = d.unsure > f.unsure FROM day f, day d
		WHERE f.day = request.clock_from AND d.day = request.deadline AND request.clock NOT IN ('', ?) AND request.provisional <> (d.unsure > f.unsure)`,
		*days, model.ClockRate)
	if err != nil {
		return done, fmt.Errorf("mark provisional deadlines: %w", err)
	}
	return done, nil
}

// move writes the steps first: they lock the requests, and tell the second statement which deadlines have moved where. The calendar
// begins with the first open limit, so that it leaves out the pauses of what is long over.
func move(tx model.Tx, action, days string) (int64, error) {
	lock := ""
	if tx.Dialect == model.Postgres {
		lock = " FOR UPDATE OF r"
	}
	const (
		counted = "CASE WHEN r.clock_days + coalesce(s.days, 0) = 0 THEN r.clock_from ELSE d.day END"
		due     = "CASE WHEN s.resumed_on > " + counted + " THEN s.resumed_on ELSE " + counted + " END"
	)
	n, err := model.Exec(tx, dayTable(tx)+`,
		stood AS MATERIALIZED (
			SELECT p.request_id, p.clock_seq, CAST(sum(u.nth - f.nth) AS bigint) AS days, max(p.resumed_on) AS resumed_on
			FROM request_pause p JOIN day f ON f.day = p.paused_on JOIN day u ON u.day = p.resumed_on
			GROUP BY p.request_id, p.clock_seq)
		INSERT INTO request_step (request_id, seq, action, from_state, to_state, actor_type, actor_name, department_id, note, public, clock, deadline, at)
		SELECT r.id, r.steps + 1, ?, r.state, r.state, ?, '系统', r.department_id, '期限由' || `+chinese("r.deadline")+` || '改为' || `+chinese(due)+`,
			TRUE, r.clock, `+due+`, ?
		FROM request r JOIN day f ON f.day = r.clock_from
		LEFT JOIN stood s ON s.request_id = r.id AND s.clock_seq = r.clock_seq
		LEFT JOIN day d ON d.work = 1 AND d.nth = f.nth + r.clock_days + coalesce(s.days, 0)
		WHERE r.clock NOT IN ('', 'RATE') AND r.deadline <> `+due+lock,
		days, action, model.ActorSystem, tx.Now)
	if err != nil || n == 0 {
		return n, err
	}
	_, err = model.Exec(tx, `
		UPDATE request SET steps = s.seq, deadline = s.deadline, updated_at = ?,
			handle_due = CASE WHEN request.clock IN (?, ?, ?) THEN s.deadline ELSE handle_due END,
			refer_due = CASE WHEN request.clock = ? AND referred_on = '' THEN s.deadline ELSE refer_due END
		FROM request_step s
		WHERE request.clock NOT IN ('', 'RATE') AND s.request_id = request.id AND s.seq = request.steps + 1 AND s.action = ?`,
		tx.Now, model.ClockHandle, model.ClockReopen, model.ClockAnswer, model.ClockRefer, action)
	return n, err
}

// chinese is an SQL expression: a date in Chinese.
func chinese(date string) string {
	number := func(from int) string {
		return fmt.Sprintf("CAST(CAST(substr(%s, %d, 2) AS integer) AS text)", date, from)
	}
	return "substr(" + date + ", 1, 4) || '年' || " + number(6) + " || '月' || " + number(9) + " || '日'"
}

// calendarDay is one day of the calendar that a pass joins with.
type calendarDay struct {
	Day    model.Date `json:"day"`
	Nth    int64      `json:"nth"`    // working days up to and with it
	Work   int64      `json:"work"`   // 1: it is one
	Unsure int64      `json:"unsure"` // days up to and with it in years without a holiday notice
}

// dayTable begins a statement: the calendar, from one parameter.
func dayTable(tx model.Tx) string {
	return "WITH day AS MATERIALIZED (" + tx.Dialect.Records("day", "text", "nth", "bigint", "work", "bigint", "unsure", "bigint") + ")"
}

// calendarOf is every day that the open limits may touch; nil where none is open. What a pause adds lies before today, so that no
// limit ends later than if it began today, or on the last day 0 of all.
func calendarOf(tx model.Tx) (*string, error) {
	var open struct {
		First, Last, Due model.Date
		Days             int
	}
	err := tx.Raw(`SELECT coalesce(min(clock_from), '') AS first, coalesce(max(clock_from), '') AS last, coalesce(max(deadline), '') AS due,
		coalesce(max(clock_days), 0) AS days FROM request WHERE clock NOT IN ('', ?) AND clock_from <> ''`, model.ClockRate).Scan(&open).Error
	if err != nil || open.First == "" {
		return nil, err
	}
	book := calendar.Of(tx)
	end, err := book.DeadlineAfter(max(open.Last, tx.Day()), open.Days)
	if err != nil {
		return nil, err
	}
	days, err := count(book, open.First, max(end.Date, open.Due))
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(days)
	text := string(raw)
	return &text, err
}

// count lists the days from first to last.
func count(book *calendar.Book, first, last model.Date) ([]calendarDay, error) {
	var days []calendarDay
	var c calendarDay
	for c.Day = first; c.Day <= last; c.Day = c.Day.AddDays(1) {
		work, err := book.Workday(c.Day)
		if err != nil {
			return nil, err
		}
		sure, err := book.Confirmed(c.Day)
		if err != nil {
			return nil, err
		}
		if c.Work = 0; work {
			c.Work = 1
			c.Nth++
		}
		if !sure {
			c.Unsure++
		}
		days = append(days, c)
	}
	return days, nil
}
