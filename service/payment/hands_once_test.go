package payment

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// I3: of many at once one wins, and the others are told.
func TestHands_AtOnce(t *testing.T) {
	eachDesk(t, func(t *testing.T, w *desk) {
		t.Run("of 50 records of one bill by two collectors exactly one stands", func(t *testing.T) {
			b := w.bill(w.zhang, "2026-11", 1250)
			var wait sync.WaitGroup
			var done atomic.Int64
			for i := range 50 {
				wait.Go(func() {
					_, err := w.s.Record(bg, []access.Viewer{w.one, w.two}[i%2], []int64{b.ID}, []string{"", fmt.Sprint("k", i)}[i/2%2], cashFor(1250))
					if err == nil {
						done.Add(1)
					} else if !fault.Is(err, "dues.recorded") {
						t.Error(err)
					}
				})
			}
			wait.Wait()
			if n := w.count("SELECT count(*) AS n FROM dues_payment"); done.Load() != 1 || n != 1 {
				t.Fatalf("%d answered, %d stand", done.Load(), n)
			}
		})
		t.Run("50 requests with one key all answer with the one payment", func(t *testing.T) {
			b := w.bill(w.zhang, "2026-10", 1250)
			var wait sync.WaitGroup
			var ids sync.Map
			for range 50 {
				wait.Go(func() {
					p, err := w.s.Record(bg, w.one, []int64{b.ID}, "one-key", cashFor(1250))
					if err != nil {
						t.Error(err)
					}
					ids.Store(p.ID, true)
				})
			}
			wait.Wait()
			n := 0
			ids.Range(func(any, any) bool { n++; return true })
			if n != 1 {
				t.Fatalf("%d different payments", n)
			}
		})
		t.Run("confirmed, rejected and paid online at once, one of them counts", func(t *testing.T) {
			for i := range 10 {
				b := w.bill(w.wang, model.Month("2026-11").Add(-i%6), int64(100+i))
				p := w.cash(b)
				var wait sync.WaitGroup
				var done atomic.Int64
				for _, act := range []func() error{
					func() error { _, err := w.s.Confirm(bg, w.two, p.ID); return err },
					func() error { _, err := w.s.Confirm(bg, w.branch, p.ID); return err },
					func() error { _, err := w.s.Reject(bg, w.committee, p.ID, "没有收到"); return err },
					func() error { _, err := w.s.Reject(bg, w.one, p.ID, "没有收到"); return err },
				} {
					wait.Go(func() {
						if err := act(); err == nil {
							done.Add(1)
						} else if !fault.Is(err, "dues.changed") {
							t.Error(err)
						}
					})
				}
				wait.Wait()
				if done.Load() != 1 {
					t.Fatalf("%d won", done.Load())
				}
				if w.payment(p.ID).State == model.PaymentSettled {
					_, err := w.s.Reverse(bg, w.two, p.ID, "重来")
					w.must(err)
				}
				if i >= 5 {
					break
				}
			}
		})
		w.sound()
		t.Run("replayed and reordered, payments add up to paid bills", func(t *testing.T) {
			type request struct {
				bill model.DuesBill
				key  string
				no   string
			}
			var requests []request
			for i := range 12 {
				b := w.bill(w.member("甲一支部", fmt.Sprint("乱", i)), "2026-11", int64(1000+i))
				for _, key := range []string{"", fmt.Sprint("r", i), fmt.Sprint("r", i), "shared"} {
					requests = append(requests, request{b, key, fmt.Sprint("no-", i/2)}) // two bills fight for each number
				}
			}
			rand.New(rand.NewPCG(1, 2)).Shuffle(len(requests), func(i, j int) { requests[i], requests[j] = requests[j], requests[i] })
			var wait sync.WaitGroup
			for part := range slices.Chunk(requests, 6) {
				wait.Go(func() {
					for _, r := range part {
						p, err := w.s.Record(bg, w.one, []int64{r.bill.ID}, r.key, bankFor(r.bill.AmountFen, r.no))
						if err == nil {
							_, err = w.s.Confirm(bg, w.two, p.ID)
						}
						if err != nil && !fault.Is(err, "dues.already_paid") && !fault.Is(err, "dues.recorded") && !fault.Is(err, "dues.key_used") &&
							!fault.Is(err, "dues.transaction_used") && !fault.Is(err, "dues.changed") {
							t.Error(err)
						}
					}
				})
			}
			wait.Wait()
			if n := w.count("SELECT count(*) AS n FROM dues_payment WHERE transaction_no LIKE 'no-%' AND state = 'SETTLED'"); n != 6 {
				t.Fatalf("%d payments for 6 numbers", n)
			}
			w.sound()
		})
	})
}
