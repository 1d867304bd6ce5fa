package callback

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"hongyun/model"
	"hongyun/service/worker"
	"hongyun/wechat"
)

const (
	workBatch  = 16 // pushes worked off at the same time
	workLease  = time.Minute
	workTime   = workLease * 2 / 3 // for one push
	maxTries   = 8
	maxBackoff = 10 * time.Minute

	// Of kinds that are tried patiently.
	patientTries   = 200 // of workers that die
	patientBackoff = time.Hour

	maxProblem = 300 // runes of an error that are kept
	pollEvery  = time.Second
)

// Start works pushes off in the background until Stop; it does not end with ctx. Started twice, it runs once.
func (s *Service) Start(ctx context.Context) {
	s.worker.Start(ctx, worker.Poll(pollEvery, s.wake, s.Work, func(ctx context.Context, err error) {
		s.log.ErrorContext(ctx, "pushes could not be worked off", "error", err)
	}))
}

// Stop waits for the work in flight. If ctx ends first, that work is cut off and another instance does it again.
func (s *Service) Stop(ctx context.Context) error {
	if err := s.worker.Stop(ctx); err != nil {
		return fmt.Errorf("stop working off pushes: %w", err)
	}
	return nil
}

// Work does once what is due and returns how many pushes it took up; 0 means that nothing is due.
func (s *Service) Work(ctx context.Context) (int, error) {
	owner := fmt.Sprintf("%s/%d", s.owner, s.passes.Add(1))
	due, err := s.claim(ctx, owner)
	if err != nil {
		return 0, fmt.Errorf("claim pushes: %w", err)
	}
	results := make([]error, len(due))
	var work sync.WaitGroup
	for i, c := range due {
		work.Go(func() { results[i] = s.finish(ctx, owner, c, s.runLaters(ctx, c)) })
	}
	work.Wait()
	return len(due), errors.Join(results...)
}

// claim leases due pushes to owner, and those whose worker was killed. The try is counted here, so that a push that kills
// its worker comes to an end too.
func (s *Service) claim(ctx context.Context, owner string) (due []model.Callback, err error) {
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		ids, err := model.Claim(tx, "callback", model.CallbackClaimed, owner, workLease, workBatch,
			`state IN ('pending', 'claimed') AND
 (state = 'pending' AND not_before <= ? OR state = 'claimed' AND lease_until < ?)`, tx.Now, tx.Now)
		if err != nil || len(ids) == 0 {
			return err
		}
		if _, err := model.Exec(tx, "UPDATE callback SET attempts = attempts + 1 WHERE id IN ?", ids); err != nil {
			return err
		}
		return tx.Where("id IN ?", ids).Order("id").Find(&due).Error
	})
	return due, err
}

var errGaveUp = errors.New("the worker died at every try")

func (s *Service) runLaters(ctx context.Context, c model.Callback) error {
	if s.patience[named(c.Kind, c.Event)] == 0 && c.Attempts > maxTries || c.Attempts > patientTries {
		return errGaveUp
	}
	var p wechat.Push
	if err := json.Unmarshal([]byte(c.Payload), &p); err != nil {
		return fmt.Errorf("stored push: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, workTime)
	defer cancel()
	for _, l := range s.laters[kindOf(p)] {
		if err := l(ctx, c.ID, p); err != nil {
			return err
		}
	}
	return nil
}

// finish puts down how a try went. A push that another worker has taken over is left to it.
func (s *Service) finish(ctx context.Context, owner string, c model.Callback, failure error) error {
	if failure != nil && ctx.Err() != nil {
		return nil // cut off: the lease ends, and the push is taken up again
	}
	return s.db.Tx(ctx, func(tx model.Tx) error {
		change := map[string]any{"state": model.CallbackDone, "error": ""}
		if failure != nil {
			change = map[string]any{"state": model.CallbackPending, "error": shorten(failure.Error()),
				"not_before": tx.Now.Add(s.pause(c))}
			if s.over(c, tx.Now) {
				change["state"] = model.CallbackFailed
			}
		}
		res := tx.Model(&model.Callback{}).
			Where("id = ? AND state = ? AND lease_owner = ?", c.ID, model.CallbackClaimed, owner).Updates(change)
		if res.Error == nil && res.RowsAffected == 1 && change["state"] == model.CallbackFailed {
			s.log.ErrorContext(ctx, "a push was given up", "id", c.ID, "kind", c.Kind, "event", c.Event, "error", failure)
		}
		return res.Error
	})
}

// over tells whether a push has had all its tries.
func (s *Service) over(c model.Callback, now time.Time) bool {
	if long := s.patience[named(c.Kind, c.Event)]; long > 0 {
		return now.After(c.ReceivedAt.Add(long)) || c.Attempts > patientTries
	}
	return c.Attempts >= maxTries
}

// pause is until the next try: 5 s after the first and three times as long after each further one, up to 10 minutes, half an hour in
// all; of what is tried patiently up to an hour.
func (s *Service) pause(c model.Callback) time.Duration {
	most := maxBackoff
	if s.patience[named(c.Kind, c.Event)] > 0 {
		most = patientBackoff
	}
	d := 5 * time.Second
	for range c.Attempts - 1 {
		if d *= 3; d >= most {
			return most
		}
	}
	return d
}

func shorten(s string) string {
	if r := []rune(s); len(r) > maxProblem {
		return string(r[:maxProblem-1]) + "…"
	}
	return s
}
