package o2o

import (
	"maps"

	"hongyun/model"
	"hongyun/service/audit"
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
	if resumed, _ := why["resumed"].(int); done.Moved+done.Marked > 0 || resumed > 0 {
		after := map[string]any{"moved": done.Moved, "provisional_changed": done.Marked}
		maps.Copy(after, why)
		audit.Record(tx, audit.System("calendar"), audit.Entry{Action: "o2o.recount", ObjectType: "request", After: after})
	}
	return done, nil
}
