package payment

import (
	"fmt"
	"testing"
	"time"

	"hongyun/model"
)

// TestNumberAgain: what was put down wrongly with a bank's number may be recorded again with it, and then stands alone.
func TestNumberAgain(t *testing.T) {
	eachDesk(t, func(t *testing.T, w *desk) {
		wrong, right, other := w.bill(w.zhang, "2026-11", 500), w.bill(w.wang, "2026-11", 500), w.bill(w.wang, "2026-10", 500)
		p, err := w.recordBy(w.one, bankFor(500, "ICBC-1"), wrong)
		w.must(err)
		_, err = w.s.Reject(bg, w.two, p.ID, "登记错人")
		w.must(err)
		p, err = w.recordBy(w.one, bankFor(500, "ICBC-1"), wrong)
		w.must(err)
		_, err = w.s.Confirm(bg, w.two, p.ID)
		w.must(err)
		_, err = w.s.Reverse(bg, w.two, p.ID, "登记错人")
		w.must(err)
		_, err = w.recordBy(w.one, bankFor(500, "ICBC-1"), right)
		w.must(err)
		_, err = w.recordBy(w.one, bankFor(500, "ICBC-1"), other)
		w.wants(err, "dues.transaction_used")

		special := SpecialInput{MemberID: w.zhang.MemberID, AmountFen: 200000, Method: model.PayTransfer, TransactionNo: "B1", PaidOn: "2026-11-20", Brief: "老党员"}
		sp, err := w.s.RecordSpecial(bg, w.one, "", special)
		w.must(err)
		_, err = w.s.RejectSpecial(bg, w.branch, sp.ID, "登记错人")
		w.must(err)
		_, err = w.s.RecordSpecial(bg, w.one, "", special)
		w.must(err)
		_, err = w.s.RecordSpecial(bg, w.one, "", special)
		w.wants(err, "dues.transaction_used")
	})
}

// TestWhileMerging: who merges branches has the branch and then its bills; a new payment waits for it, and not in a circle.
func TestWhileMerging(t *testing.T) {
	eachDesk(t, func(t *testing.T, w *desk) {
		for name, pay := range map[string]func(b model.DuesBill) error{
			"by hand": func(b model.DuesBill) error { _, err := w.recordBy(w.one, cashFor(500), b); return err },
			"online":  func(b model.DuesBill) error { _, err := w.pay(w.zhang, b); return err },
		} {
			b := w.bill(w.zhang, map[string]model.Month{"by hand": "2026-11", "online": "2026-10"}[name], 500)
			done := make(chan error, 1)
			w.must(w.db.Tx(bg, func(tx model.Tx) error {
				if tx.Dialect == model.Postgres {
					if err := tx.Exec("SELECT id FROM org WHERE id = ? FOR UPDATE", b.OrgID).Error; err != nil {
						return err
					}
				}
				go func() { done <- pay(b) }()
				for n := 0; tx.Dialect == model.Postgres && n == 0; time.Sleep(time.Millisecond) {
					select {
					case err := <-done:
						return fmt.Errorf("it did not wait: %w", err)
					default:
					}
					w.must(tx.Raw("SELECT count(*) FROM pg_locks WHERE NOT granted AND (locktype = 'transactionid' OR database = (SELECT oid FROM pg_database WHERE datname = current_database()))").Scan(&n).Error)
				}
				return tx.Exec("UPDATE dues_bill SET org_id = org_id WHERE id = ?", b.ID).Error
			}))
			w.must(<-done)
		}
	})
}
