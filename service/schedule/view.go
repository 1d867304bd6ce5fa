package schedule

import (
	"context"
	"fmt"
	"time"

	"hongyun/model"
)

// JobView is a job as the administrator's page shows it.
type JobView struct {
	Name    string     `json:"name"`
	Title   string     `json:"title"`
	Time    *TimeView  `json:"time"`     // in force today
	Changes []TimeView `json:"changes"`  // that begin after today
	NextDue *time.Time `json:"next_due"` // empty: switched off
	LastRun *RunView   `json:"last_run"`
}

// TimeView is when a job is due, from a day on.
type TimeView struct {
	EffectiveFrom model.Date `json:"effective_from"`
	Pattern       string     `json:"pattern"`
	Day           int64      `json:"day"`
	Hour          int64      `json:"hour"`
	Minute        int64      `json:"minute"`
	Enabled       bool       `json:"enabled"`
	Text          string     `json:"text"` // 每月20日09:00
}

// RunView is one run of a job.
type RunView struct {
	ID         int64      `json:"id"`
	Period     string     `json:"period"`
	ByHand     bool       `json:"by_hand"`
	State      string     `json:"state"` // running, done, failed, or interrupted: nothing was heard of it for too long
	Attempts   int64      `json:"attempts"`
	DueAt      time.Time  `json:"due_at"`
	StartedAt  time.Time  `json:"started_at"`
	FinishedAt *time.Time `json:"finished_at"`
	Result     string     `json:"result"`
	Error      string     `json:"error"`
}

// interrupted is the shown state of a run whose lease has ended.
const interrupted = "interrupted"

// horizon is how far List looks for what is due next: a month and more.
const horizon = 62 * 24 * time.Hour

// List shows all jobs in their order.
func (s *Service) List(ctx context.Context) ([]JobView, error) {
	tx := s.db.Read(ctx)
	views := make([]JobView, len(s.jobs))
	for i, job := range s.jobs {
		times, err := timesOf(tx, job.Name)
		if err != nil {
			return nil, fmt.Errorf("list jobs: %w", err)
		}
		views[i] = JobView{Name: job.Name, Title: job.Title, Changes: []TimeView{}, NextDue: nextDue(times, tx.Now)}
		if t, ok := inForce(times, tx.Day()); ok {
			v := timeView(t)
			views[i].Time = &v
		}
		for _, t := range times {
			if t.EffectiveFrom > tx.Day() {
				views[i].Changes = append(views[i].Changes, timeView(t))
			}
		}
		if views[i].LastRun, err = lastRun(tx, job.Name); err != nil {
			return nil, fmt.Errorf("list jobs: %w", err)
		}
	}
	return views, nil
}

func lastRun(tx model.Tx, job string) (*RunView, error) {
	var r model.JobRun
	err := tx.Where("job = ?", job).Order("started_at DESC, id DESC").Limit(1).Take(&r).Error
	if model.NotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	v := RunView{ID: r.ID, Period: r.Period, ByHand: r.ByHand != "", State: r.State, Attempts: r.Attempts, DueAt: r.DueAt,
		StartedAt: r.StartedAt, FinishedAt: r.FinishedAt, Result: r.Result, Error: r.Error}
	if r.State == model.RunRunning && open(r, tx.Now) {
		v.State = interrupted
	}
	return &v, nil
}

// nextDue is the first moment after now at which some period becomes due.
func nextDue(times []model.JobTime, now time.Time) *time.Time {
	t, ok := inForce(times, model.DateOf(now))
	if ok && t.Enabled && t.Pattern == model.JobEvery {
		d, ok := newest(t, now)
		next := earlier(d.At.Add(time.Duration(t.Minute)*time.Minute), model.DateOf(now).AddDays(1).Time())
		if ok {
			return &next
		}
		return nil
	}
	if due := dueBy(times, now.Add(time.Microsecond), now.Add(horizon)); len(due) > 0 {
		return &due[0].At
	}
	return nil
}

func timeView(t model.JobTime) TimeView {
	return TimeView{EffectiveFrom: t.EffectiveFrom, Pattern: t.Pattern, Day: t.Day, Hour: t.Hour, Minute: t.Minute, Enabled: t.Enabled, Text: text(t)}
}

func text(t model.JobTime) string {
	switch {
	case !t.Enabled:
		return "已停用"
	case t.Pattern == model.JobMonthly:
		return fmt.Sprintf("每月%d日%02d:%02d", t.Day, t.Hour, t.Minute)
	case t.Pattern == model.JobMonthEnd:
		return fmt.Sprintf("每月最后一天%02d:%02d", t.Hour, t.Minute)
	case t.Pattern == model.JobEvery:
		return fmt.Sprintf("每%d分钟", t.Minute)
	default:
		return fmt.Sprintf("每天%02d:%02d", t.Hour, t.Minute)
	}
}
