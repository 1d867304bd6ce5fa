package o2o

import (
	"context"
	"fmt"
	"time"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/calendar"
	"hongyun/service/clock"
	"hongyun/service/fault"
	"hongyun/service/rule"
)

// FirstContact is the first word to the citizen of an urgent request (RULES 9.2: within two hours of acceptance).
type FirstContact struct {
	By     time.Time  `json:"by"`
	At     *time.Time `json:"at"` // empty: not yet
	Missed bool       `json:"missed"`
}

// Clocked is the columns of a request that its clock is read off; they are not shown.
type Clocked struct {
	ClockSeq    int64      `json:"-"`
	ClockFrom   model.Date `json:"-"`
	ClockDays   int64      `json:"-"`
	ContactBy   *time.Time `json:"-"`
	ContactedAt *time.Time `json:"-"`
}

// readClocks works out, live, what the clocks of the rows show. One query for the pauses of all of them.
func readClocks(tx model.Tx, rows []row) error {
	var ids []int64
	for _, r := range rows {
		if r.Clock != "" && r.Clock != model.ClockRate {
			ids = append(ids, r.ID)
		}
	}
	pauses, err := clock.PausesOf(tx, ids...)
	if err != nil {
		return err
	}
	book := calendar.Of(tx)
	for i := range rows {
		r := &rows[i].View
		run := clock.Run{Clock: r.Clock, From: r.ClockFrom, Days: r.ClockDays, Pauses: pauses[r.ID]}
		if r.ClockState, err = run.Read(book, tx.Now); err != nil {
			return err
		}
		if c := r.ClockState; c != nil {
			r.Deadline, r.Provisional, r.Overdue = c.Deadline, c.Provisional, c.Overdue
		}
		if r.ContactBy != nil {
			r.FirstContact = &FirstContact{By: *r.ContactBy, At: r.ContactedAt, Missed: contactMissed(*r.ContactBy, r.ContactedAt, tx.Now)}
		}
	}
	return nil
}

func contactMissed(by time.Time, at *time.Time, now time.Time) bool {
	if at != nil {
		now = *at
	}
	return now.After(by)
}

// runOf is the open limit of r, its pauses with it.
func runOf(tx model.Tx, r *model.Request) (clock.Run, error) {
	pauses, err := clock.PausesOf(tx, r.ID)
	return clock.Of(*r, pauses[r.ID]), err
}

// settle puts a limit that a pause or an extension has changed into r's columns, and in words what has become of its deadline;
// none where it stays.
func settle(tx model.Tx, r *model.Request, run clock.Run, changes map[string]any) (moved string, err error) {
	d, err := run.Stored(calendar.Of(tx))
	if err != nil {
		return "", err
	}
	changes["clock_days"], changes["deadline"], changes["provisional"] = run.Days, d.Date, d.Provisional
	changes["handle_due"] = d.Date // only limits of the work are paused and extended
	if d.Date == r.Deadline {
		return "", nil
	}
	return "期限由" + day(r.Deadline) + "改为" + day(d.Date), nil
}

// endLimit closes what hangs on r's open limit before a step ends it. A pause ends today, or on the last day that it might last; the
// deadline that the limit is judged by is that of a limit resumed then. An extension that nobody has granted in time does not count any more.
func endLimit(tx model.Tx, r *model.Request, changes map[string]any) error {
	if err := lapseExtension(tx, r); err != nil || !r.Paused {
		return err
	}
	run, err := runOf(tx, r)
	if err != nil {
		return err
	}
	if len(run.Pauses) == 0 {
		return fmt.Errorf("request %d is paused without a pause", r.ID)
	}
	last := &run.Pauses[len(run.Pauses)-1]
	if last.Until, err = resumedOn(tx, last.From); err != nil {
		return err
	}
	d, err := run.Deadline(calendar.Of(tx), tx.Day())
	if err != nil {
		return err
	}
	r.Deadline, changes["handle_due"] = d.Date, d.Date
	return tx.Model(&model.RequestPause{}).Where("request_id = ? AND resumed_on = ''", r.ID).Update("resumed_on", last.Until).Error
}

// contact notes when the first word to the citizen of an urgent request is due, and when it came: whatever reaches the citizen is
// one, an answer and a closing too.
func contact(tx model.Tx, r *model.Request, action, category string, changes map[string]any) error {
	switch action {
	case ActionAccept, ActionClassify:
		if category != model.CategoryUrgent || r.ContactBy != nil || action == ActionClassify && r.State == model.RequestSubmitted {
			return nil
		}
		rules, err := rule.Load(tx, ruleFamily, tx.Day())
		if err != nil {
			return err
		}
		changes["contact_by"] = tx.Now.Add(time.Duration(rules.Int("FIRST_CONTACT_HOURS", category)) * time.Hour)
	case ActionContact, ActionReply, ActionAnswer, ActionClose:
		if r.ContactedAt == nil {
			changes["contacted_at"] = tx.Now
		}
	}
	return nil
}

// Contact says that the unit has spoken with the citizen for the first time; the note, for the staff, says what about. For the
// department. A second time is fault.Conflict "o2o.contacted".
func (s *Service) Contact(ctx context.Context, v access.Viewer, id int64, note string) (Detail, error) {
	return s.work(ctx, v, id, step{Action: ActionContact, Note: note})
}

func guardContact(_ model.Tx, _ access.Viewer, r found) error {
	if r.ContactedAt != nil {
		return fault.Conflict("o2o.contacted", "该诉求已经联系过群众，无需重复登记首次联系")
	}
	return nil
}
