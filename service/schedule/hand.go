package schedule

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"hongyun/model"
	"hongyun/service/audit"
	"hongyun/service/fault"
)

// RunResult is how a run by hand went.
type RunResult struct {
	ID         int64      `json:"id"`
	Name       string     `json:"name"`
	Period     string     `json:"period"`
	Day        model.Date `json:"day"`
	Summary    string     `json:"summary"`
	StartedAt  time.Time  `json:"started_at"`
	FinishedAt time.Time  `json:"finished_at"`
}

// RunByHand runs the job now, for the period that the day lies in; an empty
// day is today. It may be repeated and does not stand for the clock's own run:
// the job itself does nothing twice. A job's error comes back as it is.
func (s *Service) RunByHand(ctx context.Context, actor audit.Actor, name string, day model.Date) (RunResult, error) {
	job, err := s.job(name)
	if err != nil {
		return RunResult{}, err
	}
	if day == "" {
		day = model.DateOf(s.db.Now())
	}
	if _, err := model.ParseDate(string(day)); err != nil {
		return RunResult{}, fault.Invalid("schedule.day", "日期须真实存在，写作2026-11-20的形式")
	}
	row, err := s.enterByHand(ctx, actor, job, day)
	if err != nil {
		return RunResult{}, fmt.Errorf("run %s by hand: %w", name, err)
	}
	summary, failure := s.call(ctx, job, row.ID, Run{Period: row.Period, Day: day, DueAt: row.DueAt, ByHand: true})
	if err := s.finish(ctx, row, summary, failure); err != nil {
		return RunResult{}, fmt.Errorf("record the run of %s by hand: %w", name, err)
	}
	return RunResult{ID: row.ID, Name: name, Period: row.Period, Day: day, Summary: summary, StartedAt: row.StartedAt, FinishedAt: s.db.Now()}, failure
}

func (s *Service) enterByHand(ctx context.Context, actor audit.Actor, job Job, day model.Date) (row model.JobRun, err error) {
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		times, err := timesOf(tx, job.Name)
		if err != nil {
			return err
		}
		t, _ := inForce(times, day)
		until := tx.Now.Add(s.lease)
		row = model.JobRun{Job: job.Name, Period: periodOf(t, day), DueAt: at(t, day), State: model.RunRunning, Attempts: 1,
			ByHand: fmt.Sprintf("%s:%d %s", actor.Type, actor.ID, rand.Text()[:12]), LeaseOwner: s.owner, LeaseUntil: &until, StartedAt: tx.Now}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		audit.Record(tx, actor, audit.Entry{Action: "schedule.run_by_hand", ObjectType: "job_run", ObjectID: row.ID,
			After: map[string]any{"job": job.Name, "period": row.Period, "day": day}})
		return nil
	})
	return row, err
}

// periodOf is the period that a day lies in: of the pattern every, the first of the day.
func periodOf(t model.JobTime, day model.Date) string {
	switch {
	case monthly(t):
		return string(day.Month())
	case t.Pattern == model.JobEvery:
		return string(day) + "T00:00"
	default:
		return string(day)
	}
}

func (s *Service) job(name string) (Job, error) {
	for _, j := range s.jobs {
		if j.Name == name {
			return j, nil
		}
	}
	return Job{}, fault.NotFound("任务")
}
