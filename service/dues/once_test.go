package dues

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

// I3: a bill is paid once, payments add up to paid bills.
func TestPay_ExactlyOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		admin, above := w.holder(model.RoleAdmin, "甲一支部"), w.holder(model.RoleAdmin, "甲党委")
		m := w.payer("甲一支部", "一", 1250)
		w.bill("2026-11-01")
		bill := w.billOf(m, "2026-11")
		t.Run("of 50 payments of one bill at once exactly one is recorded", func(t *testing.T) {
			var wait sync.WaitGroup
			var done atomic.Int64
			for i := range 50 {
				wait.Go(func() {
					v := []access.Viewer{admin, above}[i%2]
					key := []string{"", fmt.Sprint("key-", i)}[i/2%2]
					if _, err := w.s.Pay(ctx, v, bill.ID, key, cash(1250)); err == nil {
						done.Add(1)
					} else if !fault.Is(err, "dues.already_paid") {
						t.Error(err)
					}
				})
			}
			wait.Wait()
			if n := w.sum("SELECT count(*) AS n FROM dues_payment"); done.Load() != 1 || n != 1 {
				t.Fatalf("%d answered, %d recorded", done.Load(), n)
			}
			if n := w.sum("SELECT quantity AS n FROM fact"); n != 1 {
				t.Fatalf("%d facts", n)
			}
		})
		t.Run("50 requests with one key all answer with the one payment", func(t *testing.T) {
			other := w.payer("甲一支部", "二", 1250)
			w.bill("2026-11-01")
			id := w.billOf(other, "2026-11").ID
			var wait sync.WaitGroup
			var ids sync.Map
			for range 50 {
				wait.Go(func() {
					p, err := w.s.Pay(ctx, admin, id, "one-key", cash(1250))
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
		t.Run("replayed and reordered, payments add up to paid bills", func(t *testing.T) {
			type request struct {
				bill model.DuesBill
				key  string
				no   string
			}
			var requests []request
			for i := range 12 {
				m := w.payer("甲一支部", fmt.Sprint("乱", i), int64(1000+i))
				w.bill("2026-11-01")
				b := w.billOf(m, "2026-11")
				for _, key := range []string{"", fmt.Sprint("r", i), fmt.Sprint("r", i), "shared"} {
					requests = append(requests, request{b, key, fmt.Sprint("no-", i/2)}) // two bills fight for each number
				}
			}
			shuffle := rand.New(rand.NewPCG(1, 2))
			shuffle.Shuffle(len(requests), func(i, j int) { requests[i], requests[j] = requests[j], requests[i] })
			var wait sync.WaitGroup
			for part := range slices.Chunk(requests, 6) {
				wait.Go(func() {
					for _, r := range part {
						_, err := w.s.Pay(ctx, admin, r.bill.ID, r.key, PaymentInput{Method: MethodTransfer, PaidOn: "2026-11-20", AmountFen: r.bill.AmountFen, TransactionNo: r.no})
						if err != nil && !fault.Is(err, "dues.already_paid") && !fault.Is(err, "dues.key_used") && !fault.Is(err, "dues.transaction_used") {
							t.Error(err)
						}
					}
				})
			}
			wait.Wait()
			payments := w.sum("SELECT amount_fen AS n FROM dues_payment")
			bills := w.sum("SELECT amount_fen AS n FROM dues_bill WHERE state = 'PAID'")
			facts := w.sum("SELECT b.amount_fen AS n FROM dues_bill b JOIN fact f ON f.code = 'dues.paid' AND f.source = 'dues/' || CAST(b.id AS text)")
			if payments != bills || facts != bills || w.sum("SELECT count(*) AS n FROM dues_payment WHERE transaction_no LIKE 'no-%'") != 6 {
				t.Fatalf("payments %d, paid bills %d, facts %d", payments, bills, facts)
			}
		})
	})
}
