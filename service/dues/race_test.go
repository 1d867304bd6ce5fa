package dues

import (
	"sync"
	"testing"

	"hongyun/model"
)

// TestAssess_WhileBilling: an assessment that comes while a run makes the bills ends with the bill as assessed, whichever is first.
func TestAssess_WhileBilling(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		v := w.holder(model.RoleCollector, "甲一支部")
		for range 5 {
			m := w.payer("甲一支部", "工", 1250)
			var wg sync.WaitGroup
			var failed error
			must(t, w.db.Tx(ctx, func(tx model.Tx) error {
				if _, err := MakeBills(tx, "2026-11", ""); err != nil {
					return err
				}
				wg.Go(func() {
					_, failed = w.s.Assess(ctx, v, m.ID, AssessInput{Category: "RETIRED", BaseFen: fen(300000), EffectiveMonth: "2026-11"})
				})
				w.waits(tx)
				return nil
			}))
			wg.Wait()
			must(t, failed)
			if b := w.billOf(m, "2026-11"); b.AmountFen != 1500 || b.Revision != 1 {
				t.Fatalf("got %+v", b)
			}
			w.owes(m, 1500)
		}
	})
}

// waits until somebody waits for a lock, of a table in the test's database or of a row. SQLite has one writer at a time and tells nothing.
func (w *world) waits(tx model.Tx) {
	for n := 0; tx.Dialect == model.Postgres && n == 0; {
		must(w.t, tx.Raw("SELECT count(*) FROM pg_locks WHERE NOT granted AND (locktype = 'transactionid' OR database = (SELECT oid FROM pg_database WHERE datname = current_database()))").Scan(&n).Error)
	}
}

// TestAssess_WhilePaying: of an assessment and a payment that hold the same bill one is told; none waits for the other in a circle.
func TestAssess_WhilePaying(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		v := w.holder(model.RoleCollector, "甲一支部")
		m := w.payer("甲一支部", "工", 1250)
		w.bill("2026-11-01")
		b := w.billOf(m, "2026-11")
		var wg sync.WaitGroup
		var assessed error
		must(t, w.db.Tx(ctx, func(tx model.Tx) error {
			_, _, err := billed(tx, m.ID, "2026-11", "2026-11") // as a payment begins: with the bill
			must(t, err)
			wg.Go(func() {
				_, assessed = w.s.Assess(ctx, v, m.ID, AssessInput{Category: "RETIRED", BaseFen: fen(300000), EffectiveMonth: "2026-11"})
			})
			w.waits(tx)
			p := model.DuesPayment{OrgID: b.OrgID, PayerID: &m.ID, Method: model.PayCash, State: model.PaymentRecorded, AmountFen: b.AmountFen, OrderNo: "DF1", RecordedAt: tx.Now}
			must(t, tx.Create(&p).Error) // refers to the member, whom the assessment has locked
			return tx.Create(&model.DuesPaymentBill{PaymentID: p.ID, BillID: b.ID, AmountFen: b.AmountFen, Live: true}).Error
		}))
		wg.Wait()
		wantFault(t, assessed, "dues.billed")
		w.owes(m, 1250)
	})
}
