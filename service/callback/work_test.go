package callback_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hongyun/model"
	"hongyun/service/callback"
	"hongyun/wechat"
)

func work(t *testing.T, s *callback.Service) int {
	t.Helper()
	n, err := s.Work(context.Background())
	must(t, err)
	return n
}

func TestCallback_Later(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		var got atomic.Value
		var runs atomic.Int32
		r.inbox.OnLater("text", func(_ context.Context, id int64, p wechat.Push) error {
			runs.Add(1)
			got.Store(fmt.Sprint(id, p.AppID, p.OpenID, p.Content, p.MsgID, len(p.Raw) > 0))
			return nil
		})
		_, err := r.push(r.text(clinic, "你好", 7))
		must(t, err)
		equal(t, "not yet", runs.Load(), 0)
		equal(t, "pushes", work(t, r.inbox), 1)
		equal(t, "what it gets", got.Load().(string), fmt.Sprint(r.stored()[0].ID, clinic, fan, "你好", 7, true))
		equal(t, "state", r.stored()[0].State, model.CallbackDone)
		_, err = r.push(r.text(clinic, "你好", 7))
		must(t, err)
		equal(t, "a repetition", work(t, r.inbox), 0)
		equal(t, "runs", runs.Load(), 1)
	})
}

func TestCallback_LaterFails(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		var runs atomic.Int32
		r.inbox.OnLater("text", func(context.Context, int64, wechat.Push) error {
			runs.Add(1)
			return errors.New("WeChat does not answer")
		})
		_, err := r.push(r.text(clinic, "你好", 1))
		must(t, err)
		want := []time.Duration{5 * time.Second, 15 * time.Second, 45 * time.Second, 135 * time.Second, 405 * time.Second,
			10 * time.Minute, 10 * time.Minute}
		for i, pause := range want {
			equal(t, "due", work(t, r.inbox), 1)
			c := r.stored()[0]
			equal(t, "state", c.State, model.CallbackPending)
			equal(t, fmt.Sprintf("pause after try %d", i+1), c.NotBefore.Sub(model.Instant(r.clock.Now())), pause)
			equal(t, "error", c.Error, "WeChat does not answer")
			r.clock.Add(pause - time.Millisecond)
			equal(t, "before its time", work(t, r.inbox), 0)
			r.clock.Add(time.Millisecond)
		}
		equal(t, "the eighth try", work(t, r.inbox), 1)
		equal(t, "state", r.stored()[0].State, model.CallbackFailed)
		r.clock.Add(24 * time.Hour)
		equal(t, "given up", work(t, r.inbox), 0)
		equal(t, "runs", runs.Load(), 8)
	})
}

func TestCallback_Patiently(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		var runs atomic.Int32
		r.inbox.OnLater("text", func(context.Context, int64, wechat.Push) error {
			runs.Add(1)
			return errors.New("WeChat does not answer")
		})
		r.inbox.Patiently("text", 30*time.Hour)
		_, err := r.push(r.text(clinic, "你好", 1))
		must(t, err)
		came := r.clock.Now()
		var pauses []time.Duration
		for r.stored()[0].State == model.CallbackPending {
			equal(t, "due", work(t, r.inbox), 1)
			pause := r.stored()[0].NotBefore.Sub(model.Instant(r.clock.Now()))
			pauses = append(pauses, pause)
			r.clock.Add(pause)
		}
		equal(t, "pauses", fmt.Sprint(pauses[:8]), "[5s 15s 45s 2m15s 6m45s 20m15s 1h0m0s 1h0m0s]")
		equal(t, "state", r.stored()[0].State, model.CallbackFailed)
		if last := r.clock.Now().Add(-time.Hour).Sub(came); last < 30*time.Hour || last > 31*time.Hour {
			t.Errorf("tried for %s", last)
		}
		equal(t, "given up", work(t, r.inbox), 0)
	})
}

func TestCallback_Takeover(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ctx, kill := context.WithCancel(context.Background())
		r.inbox.OnLater("text", func(ctx context.Context, _ int64, _ wechat.Push) error {
			kill()
			return ctx.Err()
		})
		_, err := r.push(r.text(clinic, "你好", 1))
		must(t, err)
		_, err = r.inbox.Work(ctx)
		must(t, err)
		equal(t, "the worker died", r.stored()[0].State, model.CallbackClaimed)

		var runs atomic.Int32
		heirs := []*callback.Service{r.service("b"), r.service("c"), r.service("d")}
		for _, s := range heirs {
			s.OnLater("text", func(context.Context, int64, wechat.Push) error { runs.Add(1); return nil })
			equal(t, "inside the lease", work(t, s), 0)
		}
		r.clock.Add(61 * time.Second)
		var all sync.WaitGroup
		for _, s := range heirs {
			all.Go(func() {
				if _, err := s.Work(context.Background()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		equal(t, "runs", runs.Load(), 1)
		equal(t, "state", r.stored()[0].State, model.CallbackDone)
	})
}

func TestCallback_DeadlyPush(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		var runs atomic.Int32
		ctx, kill := context.WithCancel(context.Background())
		kill()
		r.inbox.OnLater("text", func(context.Context, int64, wechat.Push) error { runs.Add(1); return nil })
		_, err := r.push(r.text(clinic, "你好", 1))
		must(t, err)
		must(t, r.db.Tx(context.Background(), func(tx model.Tx) error { // as eight dead workers leave it
			return tx.Model(&model.Callback{}).Where("1 = 1").Updates(map[string]any{
				"state": model.CallbackClaimed, "attempts": 8, "lease_until": tx.Now.Add(-time.Second)}).Error
		}))
		if _, err := r.inbox.Work(ctx); err == nil {
			t.Error("a dead context claims pushes")
		}
		equal(t, "taken up", work(t, r.inbox), 1)
		equal(t, "state", r.stored()[0].State, model.CallbackFailed)
		equal(t, "runs", runs.Load(), 0)
	})
}

func TestCallback_StartStop(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		done := make(chan string, 10)
		r.inbox.OnLater("text", func(_ context.Context, _ int64, p wechat.Push) error { done <- p.Content; return nil })
		r.inbox.Start(context.Background())
		r.inbox.Start(context.Background())
		for i, content := range []string{"一", "二"} {
			_, err := r.push(r.text(clinic, content, i+1))
			must(t, err)
			select {
			case got := <-done:
				equal(t, "content", got, content)
			case <-time.After(10 * time.Second):
				t.Fatal("nothing was worked off")
			}
		}
		must(t, r.inbox.Stop(context.Background()))
		must(t, r.inbox.Stop(context.Background()))
		for _, c := range r.stored() {
			equal(t, "state", c.State, model.CallbackDone)
		}
	})
}
