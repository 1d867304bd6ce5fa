package payment

import (
	"errors"
	"slices"
	"sync"
	"testing"

	"hongyun/model"
	"hongyun/service/fault"
	"hongyun/service/ledger"
	"hongyun/service/schedule"
	"hongyun/wechat"
)

// reconcile runs the job of a day.
func (w *desk) reconcile(day model.Date) (string, error) {
	w.t.Helper()
	return w.s.reconcileDays(bg, schedule.Run{Day: day})
}

func (w *desk) mustReconcile(day model.Date) string {
	w.t.Helper()
	summary, err := w.reconcile(day)
	w.must(err)
	return summary
}

func (w *desk) differences() (kinds []string) {
	w.t.Helper()
	rows, _, err := w.s.Differences(bg, DifferenceFilter{State: model.DifferenceOpen}, 0, 100)
	w.must(err)
	for _, d := range rows {
		kinds = append(kinds, d.Kind+" "+string(d.Day))
	}
	slices.Sort(kinds)
	return kinds
}

func TestStatement(t *testing.T) {
	eachDesk(t, func(t *testing.T, w *desk) {
		branch := w.orgs["甲一支部"].ID
		if got := w.mustReconcile("2026-11-20"); got != "取得对账单0份，对上缴费0笔，新发现差异0条，自动核销0条" {
			t.Fatal(got)
		}
		a, b := w.bill(w.zhang, "2026-11", 1250), w.bill(w.wang, "2026-11", 800)
		paid := w.online(a)
		lost := w.mustPay(w.wang, b)
		w.tap(w.wang, lost, "dropped") // WeChat has the money, and we don't know

		t.Run("a bill that is not ready fails the run, so that it is made again", func(t *testing.T) {
			w.clock.Set("2026-11-21 09:30:00")
			if got, err := w.reconcile("2026-11-21"); !fault.Is(err, "dues.statement_waiting") {
				t.Fatal(got, err)
			}
		})
		t.Run("what agrees goes to the branch's account, what only WeChat knows is a difference", func(t *testing.T) {
			w.clock.Set("2026-11-21 10:30:00")
			if got := w.mustReconcile("2026-11-21"); got != "取得对账单1份，对上缴费1笔，新发现差异1条，自动核销0条" {
				t.Fatal(got)
			}
			w.wantBalance(ledger.DuesAccount(branch), 1250)
			w.wantBalance(ledger.DuesWeChat(), 0)
			if p := w.payment(paid.ID); p.ReconciledOn != "2026-11-20" {
				t.Fatalf("%+v", p)
			}
			if got := w.differences(); !slices.Equal(got, []string{"ONLY_THEIRS 2026-11-20"}) {
				t.Fatal(got)
			}
			st, total, err := w.s.Statements(bg, 0, 10)
			w.must(err)
			if total != 1 || st[0].Day != "2026-11-20" || st[0].Lines != 2 || st[0].PaidFen != 2050 || st[0].Matched != 1 || st[0].Differences != 1 || st[0].Open != 1 {
				t.Fatalf("%+v", st)
			}
		})
		t.Run("run again it finds nothing new", func(t *testing.T) {
			if got := w.mustReconcile("2026-11-21"); got != "取得对账单0份，对上缴费0笔，新发现差异0条，自动核销0条" {
				t.Fatal(got)
			}
		})
		t.Run("when the poller finds the money, the difference resolves by itself", func(t *testing.T) {
			w.poll()
			w.wantState(lost.Payment.ID, model.PaymentSettled)
			if got := w.mustReconcile("2026-11-21"); got != "取得对账单0份，对上缴费1笔，新发现差异0条，自动核销1条" {
				t.Fatal(got)
			}
			w.wantBalance(ledger.DuesAccount(branch), 2050)
			if got := w.differences(); len(got) != 0 {
				t.Fatal(got)
			}
		})
		t.Run("a refund of money that the branch has is brought back from its account first", func(t *testing.T) {
			move := func(key string, from, to ledger.Account) {
				w.must(w.db.Tx(bg, func(tx model.Tx) error {
					_, err := ledger.Post(tx, ledger.Transfer{Key: key, Kind: "dues.remittance", From: from, To: to, Amount: 1000})
					return err
				}))
			}
			move("up", ledger.DuesAccount(branch), ledger.DuesRemitted(branch))
			r, err := w.s.RequestRefund(bg, w.one, paid.ID, 0, "重复缴纳")
			w.must(err)
			_, err = w.s.ApproveRefund(bg, w.branch, r[0].ID, "")
			w.wants(err, "ledger.insufficient")
			w.wantRefund(r[0].ID, model.RefundRequested)
			move("down", ledger.DuesRemitted(branch), ledger.DuesAccount(branch))
			_, err = w.s.ApproveRefund(bg, w.branch, r[0].ID, "")
			w.must(err)
			w.wantBalance(ledger.DuesAccount(branch), 800)
			w.wantBalance(ledger.DuesWeChat(), 1250)
			w.wechatSound()

			w.news(w.refund(r[0].ID), wechat.RefundAbnormal) // it fails: the account has it again
			w.wantBalance(ledger.DuesAccount(branch), 2050)
			w.wechatSound()
			w.news(w.refund(r[0].ID), wechat.RefundSuccess) // and was done after all
			w.wantBalance(ledger.DuesAccount(branch), 800)
			w.wantBalance(ledger.DuesWeChat(), 0)
			w.wantBill(a, model.BillUnpaid)
			w.wechatSound()
		})
		t.Run("days that were missed are made up for; a refund that no bill shows is a difference", func(t *testing.T) {
			w.online(w.bill(w.zhang, "2026-10", 300)) // on the 21st
			w.clock.Set("2026-11-24 10:30:00")
			if got := w.mustReconcile("2026-11-24"); got != "取得对账单3份，对上缴费1笔，新发现差异1条，自动核销0条" {
				t.Fatal(got)
			}
			if got := w.differences(); !slices.Equal(got, []string{"ONLY_OURS 2026-11-21"}) {
				t.Fatal(got)
			}
			w.wantBalance(ledger.DuesAccount(branch), 1100)
		})
		t.Run("people resolve what does not resolve by itself", func(t *testing.T) {
			rows, _, err := w.s.Differences(bg, DifferenceFilter{State: model.DifferenceOpen}, 0, 10)
			w.must(err)
			_, err = w.s.Resolve(bg, w.city, rows[0].ID, " 已核 ")
			w.wants(err, "dues.resolution")
			got, err := w.s.Resolve(bg, w.city, rows[0].ID, "已与商户平台核对，退款在次日账单")
			w.must(err)
			if got.State != model.DifferenceResolved || got.ResolvedBy != "市委" {
				t.Fatalf("%+v", got)
			}
			_, err = w.s.Resolve(bg, w.city, rows[0].ID, "再次处理一遍")
			w.wants(err, "dues.changed")
			if got := w.mustReconcile("2026-11-24"); got != "取得对账单0份，对上缴费0笔，新发现差异0条，自动核销0条" {
				t.Fatal(got)
			}
		})
		w.sound()
		w.wechatSound()
	})
}

// keep stores a bill of WeChat as it could be.
func (w *desk) keep(day model.Date, rows ...wechat.StatementRow) {
	w.t.Helper()
	w.must(w.db.Tx(bg, func(tx model.Tx) error { return keepStatement(tx, day, rows) }))
}

func (w *desk) compare() (c compared) {
	w.t.Helper()
	w.must(w.db.Tx(bg, func(tx model.Tx) (err error) { c, err = compare(tx, "2026-10-01"); return err }))
	return c
}

func lineOf(p model.DuesPayment, at model.Date) wechat.StatementRow {
	return wechat.StatementRow{At: at.Time(), TransactionNo: *p.TransactionNo, OrderNo: p.OrderNo, State: wechat.TradeSuccess, AmountFen: p.AmountFen}
}

func TestCompare(t *testing.T) {
	eachDesk(t, func(t *testing.T, w *desk) {
		p := w.online(w.bill(w.zhang, "2026-11", 1250))
		q := w.online(w.bill(w.wang, "2026-11", 800))
		t.Run("what stands in no bill is no difference before the next day's bill is there", func(t *testing.T) {
			w.keep("2026-11-20")
			if c := w.compare(); c != (compared{}) || len(w.differences()) != 0 {
				t.Fatalf("%+v", c)
			}
		})
		t.Run("near midnight it stands in the next day's", func(t *testing.T) {
			w.keep("2026-11-21", lineOf(p, "2026-11-21"))
			if c := w.compare(); c != (compared{matched: 1, found: 1}) || !slices.Equal(w.differences(), []string{"ONLY_OURS 2026-11-20"}) {
				t.Fatalf("%+v %v", c, w.differences())
			}
			if got := w.payment(p.ID); got.ReconciledOn != "2026-11-21" {
				t.Fatalf("%+v", got)
			}
		})
		t.Run("another amount is a difference, and moves no money", func(t *testing.T) {
			line := lineOf(q, "2026-11-22")
			line.AmountFen = 801
			w.keep("2026-11-22", line)
			if c := w.compare(); c != (compared{found: 1, resolved: 1}) || !slices.Equal(w.differences(), []string{"AMOUNT 2026-11-22"}) {
				t.Fatalf("%+v %v", c, w.differences())
			}
			w.wantBalance(ledger.DuesWeChat(), 800)
		})
		t.Run("a payment and a refund that nobody here has ordered", func(t *testing.T) {
			w.keep("2026-11-23", wechat.StatementRow{At: model.Date("2026-11-23").Time(), OrderNo: "X1", TransactionNo: "T1", State: wechat.TradeSuccess, AmountFen: 7},
				wechat.StatementRow{At: model.Date("2026-11-23").Time(), OrderNo: "X1", TransactionNo: "T1", State: wechat.TradeRefund, RefundNo: "R1", RefundFen: 7, AmountFen: 7})
			if c := w.compare(); c != (compared{found: 2}) || !slices.Equal(w.differences(), []string{"AMOUNT 2026-11-22", "ONLY_THEIRS 2026-11-23", "ONLY_THEIRS 2026-11-23"}) {
				t.Fatalf("%+v %v", c, w.differences())
			}
		})
		t.Run("a refund that is under way when the payment is found stays with WeChat", func(t *testing.T) {
			x, y := w.bill(w.zhang, "2026-10", 500), w.bill(w.zhang, "2026-09", 400)
			r := w.online(x, y)
			w.approved(r, x.ID)
			before := w.balance(ledger.DuesAccount(w.orgs["甲一支部"].ID))
			w.keep("2026-11-24", lineOf(r, "2026-11-24"))
			w.compare()
			w.wantBalance(ledger.DuesAccount(w.orgs["甲一支部"].ID), before+400)
			w.wechatSound()
		})
		t.Run("compared by many at once each payment moves once", func(t *testing.T) {
			w.online(w.bill(w.wang, "2026-10", 600))
			r := w.online(w.bill(w.wang, "2026-09", 600))
			w.keep("2026-11-25", lineOf(r, "2026-11-25"))
			var wait sync.WaitGroup
			for range 10 {
				wait.Go(func() {
					if err := w.db.Tx(bg, func(tx model.Tx) error { _, err := compare(tx, "2026-10-01"); return err }); err != nil {
						t.Error(err)
					}
				})
			}
			wait.Wait()
		})
		w.sound()
		w.wechatSound()
	})
}

func TestStatement_Off(t *testing.T) {
	eachDesk(t, func(t *testing.T, w *desk) {
		w.s = w.service(nil)
		if got := w.mustReconcile("2026-11-21"); got != "尚未开通微信支付，无需对账" {
			t.Fatal(got)
		}
		if n, err := w.s.pollRefunds(bg); n != 0 || err != nil {
			t.Fatal(n, err)
		}
		if _, err := w.s.Resolve(bg, w.city, 1, "没有这条差异"); !fault.Is(err, "not_found") {
			t.Fatal(err)
		}
		if !errors.Is(w.s.Notice(bg, nil, nil), ErrOff) {
			t.Fatal("a notice was read")
		}
	})
}
