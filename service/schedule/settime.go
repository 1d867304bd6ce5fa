package schedule

import (
	"context"
	"fmt"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
)

// TimeInput changes when a job is due.
type TimeInput struct {
	EffectiveFrom model.Date `json:"effective_from"` // empty: today
	Pattern       string     `json:"pattern"`        // empty: as it is; monthly and month_end may be exchanged, no others
	Day           int64      `json:"day"`            // of the month, for monthly
	Hour          int64      `json:"hour"`
	Minute        int64      `json:"minute"` // for every: the interval
	Enabled       bool       `json:"enabled"`
}

// SetTime makes the job due at another time from a day on, today at the
// earliest. What has run for its period does not run again. Only an
// administrator of the city may.
func (s *Service) SetTime(ctx context.Context, v access.Viewer, name string, in TimeInput) error {
	if !v.CityAdmin() {
		return fault.Forbidden()
	}
	if _, err := s.job(name); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx model.Tx) error {
		times, err := timesOf(tx, name)
		if err != nil {
			return fmt.Errorf("set the time of %s: %w", name, err)
		}
		if in.EffectiveFrom == "" {
			in.EffectiveFrom = tx.Day()
		}
		old, _ := inForce(times, in.EffectiveFrom)
		t, err := changed(name, old, in, tx.Day())
		if err != nil {
			return err
		}
		err = tx.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "job"}, {Name: "effective_from"}},
			DoUpdates: clause.AssignmentColumns([]string{"pattern", "day", "hour", "minute", "enabled"})}).Create(&t).Error
		if err != nil {
			return fmt.Errorf("set the time of %s: %w", name, err)
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "schedule.set_time", ObjectType: "job_time",
			Before: map[string]any{"job": name, "time": timeView(old)}, After: map[string]any{"job": name, "time": timeView(t)}})
		return nil
	})
}

// changed is the row that the input asks for, or what is wrong with it.
func changed(name string, old model.JobTime, in TimeInput, today model.Date) (model.JobTime, error) {
	t := model.JobTime{Job: name, EffectiveFrom: in.EffectiveFrom, Pattern: in.Pattern, Day: in.Day, Hour: in.Hour, Minute: in.Minute, Enabled: in.Enabled}
	if t.Pattern == "" {
		t.Pattern = old.Pattern
	}
	if _, err := model.ParseDate(string(in.EffectiveFrom)); err != nil {
		return t, fault.Invalid("schedule.effective_from", "生效日期须真实存在，写作2026-11-20的形式")
	}
	if in.EffectiveFrom < today {
		return t, fault.Invalid("schedule.effective_from", "生效日期不能早于今天")
	}
	// The job's own work hangs on its period: a daily job made monthly would leave days out.
	if t.Pattern != old.Pattern && !(monthly(t) && monthly(old)) {
		return t, fault.Invalid("schedule.pattern", "不能更改该任务的运行周期")
	}
	if t.Pattern == model.JobEvery {
		if t.Day, t.Hour = 0, 0; t.Minute < 1 || t.Minute > 59 {
			return t, fault.Invalid("schedule.minute", "间隔须在1至59分钟之间")
		}
		return t, nil
	}
	switch {
	case t.Hour < 0 || t.Hour > 23:
		return t, fault.Invalid("schedule.hour", "小时须在0至23之间")
	case t.Minute < 0 || t.Minute > 59:
		return t, fault.Invalid("schedule.minute", "分钟须在0至59之间")
	case t.Pattern == model.JobMonthly && (t.Day < 1 || t.Day > 31):
		return t, fault.Invalid("schedule.day", "日期须在1日至31日之间")
	case t.Pattern != model.JobMonthly:
		t.Day = 0
	}
	return t, nil
}
