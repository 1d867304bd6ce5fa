package schedule

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"gorm.io/gorm/clause"

	"hongyun/model"
)

var errLostLease = errors.New("another instance has taken the run over")

// open tells whether a run may be claimed: it was cut off, or it failed and
// its pause is over.
func open(r model.JobRun, now time.Time) bool {
	switch {
	case r.State == model.RunRunning && r.LeaseUntil != nil:
		return !now.Before(*r.LeaseUntil)
	case r.State == model.RunFailed && r.FinishedAt != nil:
		return r.Attempts < MaxAttempts && !now.Before(r.FinishedAt.Add(pause(r.Attempts)))
	default:
		return false
	}
}

// pause is 1, 5, 25, then 125 minutes: five tries reach over an outage of two hours.
func pause(attempts int64) time.Duration {
	d := time.Minute
	for range attempts - 1 {
		d *= 5
	}
	return d
}

// claim takes the period for this instance. Exactly one of those who ask at
// once gets it: the first by the unique row, a later one by the guard on what
// it has read.
func (s *Service) claim(ctx context.Context, job Job, d Due) (row model.JobRun, claimed bool, err error) {
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		until := tx.Now.Add(s.lease)
		row = model.JobRun{Job: job.Name, Period: d.Period, DueAt: d.At, State: model.RunRunning, Attempts: 1,
			LeaseOwner: s.owner, LeaseUntil: &until, StartedAt: tx.Now}
		res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
		if claimed = res.RowsAffected == 1; claimed || res.Error != nil {
			return res.Error
		}
		var old model.JobRun
		if err := tx.Where("job = ? AND period = ? AND by_hand = ''", job.Name, d.Period).Take(&old).Error; err != nil {
			return err
		}
		if !open(old, tx.Now) {
			return nil
		}
		guarded := tx.Model(&model.JobRun{}).Where("id = ? AND state = ? AND attempts = ? AND lease_owner = ?", old.ID, old.State, old.Attempts, old.LeaseOwner)
		if old.Attempts >= MaxAttempts {
			return guarded.Updates(map[string]any{"state": model.RunFailed, "finished_at": tx.Now, "lease_until": nil,
				"error": fmt.Sprintf("运行%d次均被中断，已停止重试", old.Attempts)}).Error
		}
		row.ID, row.DueAt, row.Attempts = old.ID, old.DueAt, old.Attempts+1
		res = guarded.Updates(map[string]any{"state": model.RunRunning, "attempts": row.Attempts, "lease_owner": s.owner,
			"lease_until": until, "started_at": tx.Now, "finished_at": nil})
		claimed = res.RowsAffected == 1
		return res.Error
	})
	return row, claimed, err
}

// work runs a claimed period and records how it went.
func (s *Service) work(ctx context.Context, job Job, row model.JobRun) error {
	r := Run{Period: row.Period, Day: model.DateOf(row.DueAt), DueAt: row.DueAt}
	summary, failure := s.call(ctx, job, row.ID, r)
	switch {
	case failure != nil && ctx.Err() != nil:
		return s.release(ctx, row)
	case failure != nil:
		s.log.Error("job failed", "job", job.Name, "period", row.Period, "attempt", row.Attempts, "error", failure)
	default:
		s.log.Info("job done", "job", job.Name, "period", row.Period, "attempt", row.Attempts, "summary", summary)
	}
	return s.finish(ctx, row, summary, failure)
}

// call runs the job while its lease is kept. A panic is a failure of the job
// and not of the process.
func (s *Service) call(ctx context.Context, job Job, runID int64, r Run) (summary string, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	kept := make(chan struct{})
	go func() { defer close(kept); s.keep(ctx, runID, cancel) }()
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("job panicked", "job", job.Name, "period", r.Period, "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
		cancel(nil)
		<-kept
	}()
	return job.Run(ctx, r)
}

// keep prolongs the lease until ctx ends; if it is lost, it cancels the run.
func (s *Service) keep(ctx context.Context, runID int64, cancel context.CancelCauseFunc) {
	ticker := time.NewTicker(s.lease / 3)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		tx := s.db.Read(ctx)
		res := tx.Model(&model.JobRun{}).Where("id = ? AND state = ? AND lease_owner = ?", runID, model.RunRunning, s.owner).
			Update("lease_until", tx.Now.Add(s.lease))
		if res.Error == nil && res.RowsAffected == 0 {
			cancel(errLostLease)
			return
		}
	}
}

// finish records the result, unless the run was taken over meanwhile.
func (s *Service) finish(ctx context.Context, row model.JobRun, summary string, failure error) error {
	set := map[string]any{"state": model.RunDone, "result": cut(summary), "error": "", "lease_until": nil}
	if failure != nil {
		set["state"], set["result"], set["error"] = model.RunFailed, "", cut(failure.Error())
	}
	return s.settle(ctx, row, set)
}

// release gives back a run that was cut off because this instance stops: the
// next tick of another one claims it, and the try does not count.
func (s *Service) release(ctx context.Context, row model.JobRun) error {
	return s.settle(ctx, row, map[string]any{"attempts": row.Attempts - 1, "lease_until": s.db.Now()})
}

func (s *Service) settle(ctx context.Context, row model.JobRun, set map[string]any) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second) // what was done stays recorded when the process stops
	defer cancel()
	tx := s.db.Read(ctx)
	set["finished_at"] = tx.Now
	res := tx.Model(&model.JobRun{}).Where("id = ? AND state = ? AND attempts = ? AND lease_owner = ?", row.ID, model.RunRunning, row.Attempts, s.owner).Updates(set)
	if res.Error == nil && res.RowsAffected == 0 {
		return errLostLease
	}
	return res.Error
}

// cut bounds a text for its column.
func cut(text string) string {
	if r := []rune(text); len(r) > 1000 {
		return string(r[:1000]) + "…"
	}
	return text
}
