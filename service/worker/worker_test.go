package worker_test

import (
	"context"
	"errors"
	"testing"

	"go.uber.org/goleak"

	"hongyun/service/worker"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestWorker(t *testing.T) {
	t.Run("a stop lets the loop finish what is in flight", func(t *testing.T) {
		var w worker.Worker
		finished := false
		w.Start(context.Background(), func(_ context.Context, stop <-chan struct{}) { <-stop; finished = true })
		if err := w.Stop(context.Background()); err != nil || !finished {
			t.Fatalf("%v, finished %v", err, finished)
		}
	})
	t.Run("a stop that runs out of time cuts it off", func(t *testing.T) {
		var w worker.Worker
		w.Start(context.Background(), func(ctx context.Context, _ <-chan struct{}) { <-ctx.Done() })
		over, cancel := context.WithCancel(context.Background())
		cancel()
		if err := w.Stop(over); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	})
	t.Run("started twice it runs once, stopped it may start again, and it outlives its starter's context", func(t *testing.T) {
		var w worker.Worker
		runs := make(chan bool, 3)
		loop := func(ctx context.Context, stop <-chan struct{}) { runs <- ctx.Err() == nil; <-stop }
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		w.Start(ended, loop)
		w.Start(ended, loop)
		if err := w.Stop(context.Background()); err != nil {
			t.Fatal(err)
		}
		w.Start(ended, loop)
		if err := errors.Join(w.Stop(context.Background()), w.Stop(context.Background())); err != nil {
			t.Fatal(err)
		}
		if close(runs); len(runs) != 2 || !<-runs || !<-runs {
			t.Fatal("the loop did not run twice, alive")
		}
	})
}
