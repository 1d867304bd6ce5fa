package notify_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/notify"
	"hongyun/wechat/sandbox"
)

func TestNotify_TwoInstances(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		const people = 60
		ids := make([]int64, people)
		for i := range ids {
			ids[i], _ = r.member(2)
			r.queue(dues(ids[i], "2026-11"), dues(ids[i], "2026-12"))
		}
		small := func(o *notify.Options) { o.Batch, o.Workers = 40, 8 }
		var all sync.WaitGroup
		for _, name := range []string{"a", "b", "c"} {
			all.Go(func() { r.drain(r.service(name, small)) })
		}
		all.Wait()
		for _, d := range r.deliveries() {
			equal(t, "state", d.State, model.DeliverySent)
			equal(t, "attempts", d.Attempts, 1)
		}
		equal(t, "calls", r.called(subscribeSend), 2*people)
		equal(t, "attempts", len(r.attempts()), 2*people)
		for _, m := range ids {
			equal(t, "on the phone", len(r.phone(m)), 2)
		}
	})
}

func TestNotify_OneCreditTwoMessages(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		m, account := r.member(1)
		r.queue(dues(m, "2026-11"), dues(m, "2026-12"))
		var all sync.WaitGroup
		for _, name := range []string{"a", "b"} {
			all.Go(func() { r.drain(r.service(name, func(o *notify.Options) { o.Batch = 1 })) })
		}
		all.Wait()
		states := map[string]int{}
		for _, d := range r.deliveries() {
			states[d.State]++
		}
		equal(t, "sent", states[model.DeliverySent], 1)
		equal(t, "unreachable", states[model.DeliveryUnreachable], 1)
		equal(t, "credit", r.credit(account, duesTemplate), 0)
		equal(t, "calls", r.called(subscribeSend), 1)
	})
}

// The credit that a batch counted on is used up by somebody else before its turn comes.
func TestNotify_CreditGoneMeanwhile(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		first, _ := r.member(1)
		second, account := r.member(1)
		r.queue(dues(first, "2026-11"), dues(second, "2026-11"))
		r.setAfter(func(string) {
			if err := r.db.Tx(context.Background(), func(tx model.Tx) error {
				return tx.Model(&model.MessageCredit{}).Where("account_id = ?", account).Update("balance", 0).Error
			}); err != nil {
				t.Error(err)
			}
		})
		r.drain(r.service("b", func(o *notify.Options) { o.Workers = 1 }))
		rows := r.deliveries()
		equal(t, "the first", rows[0].State, model.DeliverySent)
		equal(t, "the second", rows[1].State, model.DeliveryUnreachable)
		equal(t, "its tries", rows[1].Attempts, 0)
		equal(t, "calls", r.called(subscribeSend), 1)
	})
}

// A batch that takes several leases to send.
func TestNotify_LongBatch(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		const people = 6
		for range people {
			m, _ := r.member(1)
			r.queue(dues(m, "2026-11"))
		}
		rival := r.service("rival")
		r.setAfter(func(path string) {
			if path != subscribeSend {
				return
			}
			r.clock.Add(16 * time.Second)
			if n, err := rival.Dispatch(context.Background()); n != 0 || err != nil {
				t.Errorf("a rival took %d over: %v", n, err)
			}
		})
		r.drain(r.service("b", func(o *notify.Options) { o.Workers = 1 }))
		for _, d := range r.deliveries() {
			equal(t, "state", d.State, model.DeliverySent)
		}
		equal(t, "calls", r.called(subscribeSend), people)
	})
}

// A process that dies after WeChat took the message and before it could put the answer down.
func TestNotify_KilledWhileSending(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		m, account := r.member(2)
		r.queue(dues(m, "2026-11"))
		r.fault(sandbox.Fault{API: "callback", Drop: true})
		ctx, kill := context.WithCancel(context.Background())
		r.setAfter(func(path string) {
			if path == subscribeSend {
				kill()
			}
		})
		if _, err := r.service("dying").Dispatch(ctx); err == nil {
			t.Fatal("the dying process put its result down")
		}
		r.setAfter(nil)
		equal(t, "state", r.only().State, model.DeliverySending)

		r.drain(r.notify)
		equal(t, "inside its lease it is left alone", r.only().State, model.DeliverySending)
		r.clock.Add(31 * time.Second)
		r.drain(r.notify)
		d := r.only()
		equal(t, "after the lease", d.State, model.DeliveryUnknown)
		attempts := r.attempts()
		equal(t, "attempts", len(attempts), 1)
		equal(t, "outcome", attempts[0].Outcome, "unknown")
		r.clock.Add(24 * time.Hour)
		r.drain(r.notify)
		equal(t, "calls", r.called(subscribeSend), 1)
		equal(t, "on the phone", len(r.phone(m)), 1)
		equal(t, "the credit stays taken", r.credit(account, duesTemplate), 1)
	})
}

// A process that dies between its claim and the first send.
func TestNotify_KilledAfterClaim(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		m, _ := r.member(2)
		r.queue(dues(m, "2026-11"))
		must(t, r.db.Tx(context.Background(), func(tx model.Tx) error {
			_, err := model.Claim(tx, "delivery", model.DeliveryClaimed, "dead/1", 30*time.Second, 10, "state = 'pending'")
			return err
		}))
		r.drain(r.notify)
		equal(t, "calls inside the lease", r.called(subscribeSend), 0)
		r.clock.Add(31 * time.Second)
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() { r.drain(r.service("b")) })
		}
		all.Wait()
		equal(t, "state", r.only().State, model.DeliverySent)
		equal(t, "calls", r.called(subscribeSend), 1)
	})
}

// A process that was stopped for longer than its lease and wakes up while another has taken its batch over.
func TestNotify_OversleptLease(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		const people = 6
		for range people {
			m, _ := r.member(1)
			r.queue(dues(m, "2026-11"))
		}
		var once atomic.Bool
		r.setAfter(func(path string) {
			if path == subscribeSend && once.CompareAndSwap(false, true) {
				r.clock.Add(31 * time.Second)
				r.drain(r.service("quick"))
			}
		})
		_, err := r.service("slow", func(o *notify.Options) { o.Workers = 2 }).Dispatch(context.Background())
		must(t, err)
		r.drain(r.notify)
		equal(t, "calls", r.called(subscribeSend), people)
		states := map[string]int{}
		for _, d := range r.deliveries() {
			states[d.State]++
		}
		if states[model.DeliverySent]+states[model.DeliveryUnknown] != people || states[model.DeliveryUnknown] > 2 {
			t.Errorf("states: %v", states)
		}
	})
}

func TestNotify_StartStop(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		const people = 60
		for range people {
			m, _ := r.member(1)
			r.queue(dues(m, "2026-11"))
		}
		s := r.service("b", func(o *notify.Options) { o.Workers = 4 })
		first, asked := make(chan struct{}), make(chan struct{})
		var calls atomic.Int32
		r.setAfter(func(path string) {
			if path == subscribeSend && calls.Add(1) == 1 {
				close(first)
			}
			if path == subscribeSend {
				<-asked
			}
		})
		s.Start(context.Background())
		s.Start(context.Background())
		<-first
		close(asked)
		must(t, s.Stop(context.Background()))
		must(t, s.Stop(context.Background()))
		states := map[string]int{}
		for _, d := range r.deliveries() {
			states[d.State]++
		}
		if states[model.DeliverySent]+states[model.DeliveryPending] != people || states[model.DeliverySent] == 0 || states[model.DeliveryPending] == 0 {
			t.Errorf("after Stop: %v", states)
		}
		r.drain(r.notify)
		for _, d := range r.deliveries() {
			equal(t, "state in the end", d.State, model.DeliverySent)
		}
		equal(t, "calls", r.called(subscribeSend), people)
	})
}

func TestNotify_WakesUp(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		sent := make(chan struct{}, 10)
		r.setAfter(func(path string) {
			if path == subscribeSend {
				sent <- struct{}{}
			}
		})
		m, _ := r.member(2)
		r.notify.Start(context.Background())
		for _, month := range []string{"2026-11", "2026-12"} {
			r.queue(dues(m, month))
			select {
			case <-sent:
			case <-time.After(10 * time.Second):
				t.Fatal("nothing was sent")
			}
		}
		must(t, r.notify.Stop(context.Background()))
	})
}

// A send that hangs is cut off when the patience of Stop ends, and becomes unknown when its lease does.
func TestNotify_StopWithoutPatience(t *testing.T) {
	clock := modeltest.At("2026-11-20 09:00:00")
	r := newRig(t, modeltest.SQLite(t, clock.Now), clock, 20*time.Second)
	m, _ := r.member(1)
	r.queue(dues(m, "2026-11"))
	r.fault(sandbox.Fault{API: "callback", Drop: true})
	hangs, release := make(chan struct{}), make(chan struct{})
	r.setAfter(func(path string) {
		if path == subscribeSend {
			close(hangs)
			<-release
		}
	})
	r.notify.Start(context.Background())
	<-hangs
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := r.notify.Stop(ctx); err == nil {
		t.Error("Stop says that all is well")
	}
	close(release)
	r.clock.Add(31 * time.Second)
	r.drain(r.service("b"))
	equal(t, "state", r.only().State, model.DeliveryUnknown)
}
