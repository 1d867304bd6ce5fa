package notify

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	pollEvery  = time.Second
	afterError = 2 * time.Second
	// commitGrace passes between the bell of Queue, which rings just before its commit, and the look at the table.
	commitGrace = 20 * time.Millisecond
)

// Start delivers in the background until Stop. It does not end with ctx: a send that is cut off is one more unknown.
// Started twice, it runs once.
func (s *Service) Start(ctx context.Context) { s.worker.Start(ctx, s.loop) }

// Stop lets the group in flight finish, gives claimed deliveries back and returns when the dispatcher has ended. If ctx
// ends first, it cuts the sends off, and those become unknown.
func (s *Service) Stop(ctx context.Context) error {
	if err := s.worker.Stop(ctx); err != nil {
		return fmt.Errorf("stop delivering: %w", err)
	}
	return nil
}

func (s *Service) loop(ctx context.Context, stop <-chan struct{}) {
	for {
		n, err := s.pass(ctx, stop)
		pause := pollEvery
		switch {
		case err != nil && ctx.Err() == nil:
			s.log.ErrorContext(ctx, "messages could not be delivered", "error", err)
			pause = afterError
		case n > 0:
			pause = 0
		}
		if !s.rest(ctx, stop, pause) {
			return
		}
	}
}

// rest waits for the pause to end or for the bell. False: it is over.
func (s *Service) rest(ctx context.Context, stop <-chan struct{}, pause time.Duration) bool {
	select {
	case <-stop:
		return false
	case <-ctx.Done():
		return false
	default:
	}
	if pause == 0 {
		return true
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-stop:
		return false
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	case <-s.wake:
		timer.Reset(commitGrace)
	}
	select {
	case <-stop:
		return false
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// Dispatch claims one batch, sends it and returns how many deliveries it took up; 0 means that nothing is due. What found
// its first channel closed is due again at once, so call it until it returns 0.
func (s *Service) Dispatch(ctx context.Context) (int, error) { return s.pass(ctx, nil) }

// pass is one batch from claim to the last result.
func (s *Service) pass(ctx context.Context, stop <-chan struct{}) (int, error) {
	if err := s.sweep(ctx); err != nil {
		return 0, fmt.Errorf("sweep deliveries: %w", err)
	}
	// Each pass owns its rows under its own name, so that it notices when another pass took them over.
	b := &batch{s: s, owner: fmt.Sprintf("%s/%d", s.owner, s.passes.Add(1)), stop: stop}
	var err error
	if b.rows, b.leasedUntil, err = s.claim(ctx, b.owner); err != nil {
		return 0, fmt.Errorf("claim deliveries: %w", err)
	}
	if len(b.rows) == 0 {
		return 0, nil
	}
	n := len(b.rows)
	if b.book, err = open(s.db.Read(ctx), b.rows); err != nil {
		return n, errors.Join(err, b.giveBack(ctx))
	}
	return n, b.deliver(ctx)
}
