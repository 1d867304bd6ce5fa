// Package worker runs one loop in the background, with an owner who waits for
// it: asked first to finish what is in flight, cut off only when time is up.
// What the loop does, and how long it rests, is decided by its owner.
package worker

import (
	"context"
	"sync"
	"time"
)

// Loop works until stop is closed; then it finishes what is in flight and
// returns. When ctx ends as well, it drops even that.
type Loop func(ctx context.Context, stop <-chan struct{})

// Poll is a Loop that works as long as there is something to do. Then, or after an error, it rests until the interval is
// over or wake rings. work tells how much it took up; failed hears of each error, but not of being cut off.
func Poll(every time.Duration, wake <-chan struct{}, work func(context.Context) (int, error), failed func(context.Context, error)) Loop {
	return func(ctx context.Context, stop <-chan struct{}) {
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			n, err := work(ctx)
			if err != nil && ctx.Err() == nil {
				failed(ctx, err)
			}
			select {
			case <-stop:
				return
			case <-ctx.Done():
				return
			default:
			}
			if n > 0 && err == nil {
				continue
			}
			select {
			case <-stop:
				return
			case <-ctx.Done():
				return
			case <-ticker.C:
			case <-wake:
			}
		}
	}
}

// Worker is one loop that may run. The zero Worker does not. It is safe for concurrent use.
type Worker struct {
	mu      sync.Mutex
	running *run
}

type run struct {
	stop   chan struct{}
	closer sync.Once
	kill   context.CancelFunc
	ended  chan struct{}
}

// Start runs the loop until Stop; it does not end with ctx. Started twice, it runs once.
func (w *Worker) Start(ctx context.Context, loop Loop) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.running != nil {
		return
	}
	ctx, kill := context.WithCancel(context.WithoutCancel(ctx))
	r := &run{stop: make(chan struct{}), kill: kill, ended: make(chan struct{})}
	w.running = r
	go func() {
		defer close(r.ended)
		loop(ctx, r.stop)
	}()
}

// Stop asks the loop to finish and waits for it. If ctx ends first, it cuts the
// loop off, waits for that too, and returns ctx's error.
func (w *Worker) Stop(ctx context.Context) error {
	w.mu.Lock()
	r := w.running
	w.mu.Unlock()
	if r == nil {
		return nil
	}
	r.closer.Do(func() { close(r.stop) })
	var err error
	select {
	case <-r.ended:
	case <-ctx.Done():
		err = ctx.Err()
		r.kill()
		<-r.ended
	}
	r.kill()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.running == r {
		w.running = nil
	}
	return err
}
