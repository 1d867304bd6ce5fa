package o2o

import (
	"context"
	"fmt"
	"strings"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/calendar"
	"hongyun/service/clock"
	"hongyun/service/fault"
	"hongyun/service/rule"
)

// Pause lets the limit of a request stand still, for a reason of the list pause_reason; the note says what is waited for. The
// citizen is told both. For the department.
//
// Faults: o2o.no_reason, o2o.paused, o2o.too_late.
func (s *Service) Pause(ctx context.Context, v access.Viewer, id int64, reason, note string) (Detail, error) {
	return s.workWith(ctx, v, id, step{Action: ActionPause, Note: note}, func(tx model.Tx, r *model.Request, st *step) error {
		var titles []string
		if err := tx.Raw("SELECT title FROM lookup WHERE list = 'pause_reason' AND code = ?", reason).Scan(&titles).Error; err != nil {
			return err
		}
		if len(titles) == 0 {
			return fault.Invalid("o2o.no_reason", "请从列表中选择暂停原因").With("field", "reason")
		}
		row := model.RequestPause{RequestID: r.ID, ClockSeq: r.ClockSeq, Reason: reason, Note: st.Note, PausedOn: tx.Day(), PausedBy: &v.AccountID, CreatedAt: tx.Now}
		res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
		if res.Error == nil && res.RowsAffected == 0 {
			return fault.Conflict("o2o.paused", "该诉求已经暂停计时")
		}
		st.Note = join("：", titles[0], st.Note)
		st.Change = map[string]any{"paused": true}
		return res.Error
	})
}

func guardPause(tx model.Tx, _ access.Viewer, r found) error {
	switch {
	case r.Paused:
		return fault.Conflict("o2o.paused", "该诉求已经暂停计时")
	case tx.Day() > r.Deadline:
		return fault.Conflict("o2o.too_late", "办理期限已过，不能再暂停计时")
	}
	return nil
}

func guardResume(_ model.Tx, _ access.Viewer, r found) error {
	if !r.Paused {
		return fault.Conflict("o2o.not_paused", "该诉求没有暂停计时")
	}
	return nil
}

// Resume lets the limit go on; the day is a day 0 again. For the department. A limit that does not stand still is fault.Conflict
// "o2o.not_paused".
func (s *Service) Resume(ctx context.Context, v access.Viewer, id int64, note string) (Detail, error) {
	return s.workWith(ctx, v, id, step{Action: ActionResume, Note: note}, func(tx model.Tx, r *model.Request, st *step) error {
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
		if _, err := model.Exec(tx, "UPDATE request_pause SET resumed_on = ?, resumed_by = ? WHERE request_id = ? AND resumed_on = ''", last.Until, v.AccountID, r.ID); err != nil {
			return err
		}
		st.Change = map[string]any{"paused": false}
		moved, err := settle(tx, r, run, st.Change)
		st.Note = join("，", moved, st.Note)
		return err
	})
}

// resumedOn is the day on which a pause ends that is ended today: no pause is longer than it may be.
func resumedOn(tx model.Tx, from model.Date) (model.Date, error) {
	rules, err := rule.Load(tx, ruleFamily, from)
	if err != nil {
		return "", err
	}
	end, err := clock.PauseEnd(calendar.Of(tx), from, rules.Int(pauseMost))
	return min(end, tx.Day()), err
}

// pauseMost is how many working days a pause may last.
const pauseMost = "PAUSE_DAYS_MOST"

// Clock lets limits go on whose pause has lasted as long as it may, tells their citizens, and counts all open limits again: the
// daily pass. It may run any number of times.
func (s *Service) Clock(ctx context.Context) (string, error) {
	var resumed int
	var done clock.Recounted
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		rules, err := rule.Load(tx, ruleFamily, tx.Day())
		if err != nil {
			return err
		}
		ids, err := clock.EndPauses(tx, ActionResume, func(from model.Date) int { return rules.On(from).Int(pauseMost) })
		if err != nil {
			return err
		}
		resumed = len(ids)
		if done, err = recount(tx, map[string]any{"resumed": resumed}); err != nil {
			return err
		}
		return s.tellResumed(tx, ids)
	})
	return fmt.Sprintf("%d 件诉求恢复计时，%d 件诉求的期限有变动", resumed, done.Moved), err
}

// tellResumed tells the citizens whose requests' limits go on by themselves.
func (s *Service) tellResumed(tx model.Tx, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	var rows []model.Request
	if err := tx.Raw("SELECT * FROM request WHERE id IN ("+tx.Dialect.Numbers()+") ORDER BY id", model.JSONList(ids)).Scan(&rows).Error; err != nil {
		return err
	}
	t, _ := next(ActionResume, model.RequestHandling) // stands in the table
	for i := range rows {
		st := model.RequestStep{RequestID: rows[i].ID, Seq: rows[i].Steps, Action: t.Action, Public: t.Public, At: tx.Now}
		if err := s.tell(tx, &rows[i], t, st); err != nil {
			return err
		}
	}
	return nil
}

// join puts a mark between what there is.
func join(mark string, parts ...string) string {
	var there []string
	for _, p := range parts {
		if p != "" {
			there = append(there, p)
		}
	}
	return strings.Join(there, mark)
}
