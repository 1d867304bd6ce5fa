package o2o

import (
	"maps"
	"slices"

	"hongyun/model"
	"hongyun/service/audit"
	"hongyun/service/calendar"
	"hongyun/service/clock"
)

// Recount counts the open limits again after the holiday table has changed from first to last (RULES 9.4), in the transaction of
// that change. What is over stays as it was met or missed.
func (s *Service) Recount(tx model.Tx, first, last model.Date) error {
	_, err := recount(tx, map[string]any{"first": first, "last": last})
	return err
}

// recount is the pass over all open limits. How many moved stands in the audit log, with why the pass was made; each request that
// moved has a step of its own. Nothing changed: no entry.
func recount(tx model.Tx, why map[string]any) (clock.Recounted, error) {
	done, err := clock.Recount(tx, ActionRecount)
	if err != nil {
		return done, err
	}
	parts, err := recountParts(tx)
	if err != nil {
		return done, err
	}
	calls, err := recountEach(tx, "SELECT DISTINCT counted_from, counted_days FROM request_revisit WHERE state = 'WAITING' AND counted_from <> ''",
		`WITH c AS (SELECT CAST(? AS text) AS due) UPDATE request_revisit SET due = c.due FROM c
			WHERE state = 'WAITING' AND request_revisit.due <> c.due AND counted_from = ? AND counted_days = ?`)
	if err != nil {
		return done, err
	}
	if resumed, _ := why["resumed"].(int); done.Moved+done.Marked+parts+calls > 0 || resumed > 0 {
		after := map[string]any{"moved": done.Moved, "provisional_changed": done.Marked, "helpers_moved": parts, "call_backs_moved": calls}
		maps.Copy(after, why)
		audit.Record(tx, audit.System("calendar"), audit.Entry{Action: "o2o.recount", ObjectType: "request", After: after})
	}
	return done, nil
}

// recountParts counts the deadlines of open helpers again that no person has named: as before, none is later than the request's own, if
// that one runs. It follows the recount of the requests.
func recountParts(tx model.Tx) (int64, error) {
	const due = "CASE WHEN NOT r.paused AND r.clock IN ('HANDLE', 'REOPEN', 'ANSWER') AND r.deadline >= c.today AND r.deadline < c.due THEN r.deadline ELSE c.due END"
	q := "WITH c AS (SELECT CAST(? AS text) AS due, CAST(? AS text) AS today) UPDATE request_helper SET deadline = " + due +
		" FROM request r, c WHERE r.id = request_helper.request_id AND request_helper.state = 'OPEN' AND counted_from = ? AND counted_days = ? AND request_helper.deadline <> " + due
	return recountEach(tx, "SELECT DISTINCT counted_from, counted_days FROM request_helper WHERE state = 'OPEN' AND counted_from <> ''", q, tx.Day())
}

// recountEach runs an update for each different limit that a query finds: its parameters are the day that the limit ends on now, those
// that are given, and the limit.
func recountEach(tx model.Tx, limits, update string, given ...any) (moved int64, err error) {
	var rows []struct {
		CountedFrom model.Date
		CountedDays int
	}
	if err := tx.Raw(limits).Scan(&rows).Error; err != nil {
		return 0, err
	}
	book := calendar.Of(tx)
	for _, r := range rows {
		d, err := book.DeadlineAfter(r.CountedFrom, r.CountedDays)
		if err != nil {
			return moved, err
		}
		n, err := model.Exec(tx, update, slices.Concat([]any{d.Date}, given, []any{r.CountedFrom, r.CountedDays})...)
		if err != nil {
			return moved, err
		}
		moved += n
	}
	return moved, nil
}
