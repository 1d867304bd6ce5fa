package o2o

import (
	"fmt"
	"time"

	"hongyun/model"
	"hongyun/service/audit"
	"hongyun/service/calendar"
	"hongyun/service/clock"
)

// Recount counts the open limits again after the holiday table has changed from first to last (RULES 9.4), in the
// transaction of that change. Limits in working days that run into these days may move; what is over stays as it was met
// or missed. How many moved stands in the audit log.
func (s *Service) Recount(tx model.Tx, first, last model.Date) error {
	open, err := running(tx, first, last)
	if err != nil {
		return fmt.Errorf("recount deadlines: %w", err)
	}
	book, moved := calendar.Of(tx), 0
	for _, r := range open {
		since := model.DateOf(r.Since)
		days, err := clock.Limit(tx, r.Clock, r.Category, since)
		if err != nil {
			return err
		}
		d, err := book.DeadlineAfter(since, days)
		if err != nil {
			return err
		}
		if d.Date == r.Deadline && d.Provisional == r.Provisional {
			continue
		}
		moved++
		err = tx.Model(&model.Request{}).Where("id = ?", r.ID).Updates(map[string]any{"deadline": d.Date, "provisional": d.Provisional}).Error
		if err != nil {
			return fmt.Errorf("recount request %d: %w", r.ID, err)
		}
	}
	if moved > 0 {
		audit.Record(tx, audit.System("calendar"), audit.Entry{Action: "o2o.recount", ObjectType: "request",
			After: map[string]any{"first": first, "last": last, "moved": moved}})
	}
	return nil
}

// clocked is a request with an open limit, and when that began.
type clocked struct {
	ID          int64
	Clock       string
	Category    string
	Deadline    model.Date
	Provisional bool
	Since       time.Time
}

// running is the requests whose limit in working days may run into the days. A limit began with the last step that starts
// its clock.
func running(tx model.Tx, first, last model.Date) ([]clocked, error) {
	starts := map[string][]string{}
	for _, t := range transitions {
		if t.Starts != "" && t.Starts != model.ClockRate {
			starts[t.Starts] = append(starts[t.Starts], t.Action)
		}
	}
	var all []clocked
	for clock, actions := range starts {
		var rows []clocked
		q := `SELECT r.id, r.clock, r.category, r.deadline, r.provisional, s.at AS since FROM request r
			JOIN request_step s ON s.request_id = r.id AND s.seq = (SELECT max(x.seq) FROM request_step x WHERE x.request_id = r.id AND x.action IN ?)
			WHERE r.clock = ? AND (r.deadline >= ? OR r.provisional) ORDER BY r.id`
		if tx.Dialect == model.Postgres {
			q += " FOR UPDATE OF r"
		}
		if err := tx.Raw(q, actions, clock, first).Scan(&rows).Error; err != nil {
			return nil, err
		}
		for _, r := range rows {
			if model.DateOf(r.Since) <= last {
				all = append(all, r)
			}
		}
	}
	return all, nil
}
