package worker_test

import (
	"context"
	"errors"
	"testing"
	"time"

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

func TestPoll(t *testing.T) {
	t.Run("it works until nothing is left, rests, and the bell wakes it", func(t *testing.T) {
		var w worker.Worker
		wake, seen := make(chan struct{}, 1), make(chan int, 10)
		left := []int{3, 2, 0, 5, 0}
		calls := 0
		w.Start(context.Background(), worker.Poll(time.Hour, wake, func(context.Context) (int, error) {
			n := left[calls]
			calls++
			seen <- n
			return n, nil
		}, func(context.Context, error) { t.Error("no error is told") }))
		for _, want := range []int{3, 2, 0} {
			if got := <-seen; got != want {
				t.Fatalf("took up %d, want %d", got, want)
			}
		}
		wake <- struct{}{}
		if a, b := <-seen, <-seen; a != 5 || b != 0 {
			t.Fatalf("woken, it took up %d and %d", a, b)
		}
		if err := w.Stop(context.Background()); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("an error is told once and followed by a rest", func(t *testing.T) {
		var w worker.Worker
		wake, told := make(chan struct{}, 1), make(chan error)
		boom := errors.New("boom")
		w.Start(context.Background(), worker.Poll(time.Hour, wake, func(context.Context) (int, error) { return 1, boom },
			func(_ context.Context, err error) { told <- err }))
		for range 2 {
			if err := <-told; !errors.Is(err, boom) {
				t.Fatal(err)
			}
			select {
			case <-told:
				t.Fatal("it did not rest")
			default:
			}
			wake <- struct{}{}
		}
		<-told
		if err := w.Stop(context.Background()); err != nil {
			t.Fatal(err)
		}
	})
}
