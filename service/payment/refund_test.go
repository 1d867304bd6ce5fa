package payment

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hongyun/model"
	"hongyun/service/fault"
	"hongyun/service/ledger"
	"hongyun/service/schedule"
	"hongyun/wechat"
)

// online is a payment that v has made with WeChat.
func (w *desk) online(bills ...model.DuesBill) model.DuesPayment {
	w.t.Helper()
	v := w.zhang
	if bills[0].MemberID == w.wang.MemberID {
		v = w.wang
	}
	p := w.mustPay(v, bills...)
	w.tap(v, p, "paid")
	w.wantState(p.Payment.ID, model.PaymentSettled)
	return w.payment(p.Payment.ID)
}

// approved is a refund of one bill that two people have agreed on.
func (w *desk) approved(p model.DuesPayment, bill int64) model.DuesRefund {
	w.t.Helper()
	r, err := w.s.RequestRefund(bg, w.one, p.ID, bill, "重复缴纳")
	w.must(err)
	_, err = w.s.ApproveRefund(bg, w.branch, r[0].ID, "同意")
	w.must(err)
	return w.refund(r[0].ID)
}

func (w *desk) refund(id int64) (d model.DuesRefund) {
	w.t.Helper()
	w.must(w.db.Read(bg).Take(&d, id).Error)
	return d
}

func (w *desk) wantRefund(id int64, want string) {
	w.t.Helper()
	if d := w.refund(id); d.State != want {
		w.t.Fatalf("refund %d is %s (%s), want %s", id, d.State, d.Error, want)
	}
}

// news is what WeChat says of a refund, by notice.
func (w *desk) news(d model.DuesRefund, state string) string {
	w.t.Helper()
	var outcome string
	w.must(w.db.Tx(bg, func(tx model.Tx) (err error) {
		var p model.DuesPayment
		if err := tx.Take(&p, d.PaymentID).Error; err != nil {
			return err
		}
		outcome, err = w.s.refundNews(tx, wechat.RefundResult{RefundNo: d.RefundNo, RefundID: "50", OrderNo: p.OrderNo, State: state, AmountFen: d.AmountFen, FinishedAt: tx.Now}, model.FoundByNotice)
		return err
	}))
	return outcome
}

// settled waits in real time until the far side has carried refunds out and told so.
func (w *desk) until(what string, done func() bool) {
	w.t.Helper()
	for end := time.Now().Add(10 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatal("never: " + what)
		}
	}
}

func (w *desk) pollRefunds() int {
	w.t.Helper()
	n, err := w.s.pollRefunds(bg)
	w.must(err)
	return n
}

// wechatSound holds what WeChat has, by the ledger, against the payments (see compare.go).
func (w *desk) wechatSound() {
	w.t.Helper()
	want := w.count(`SELECT CASE WHEN p.reconciled_on = '' OR p.state = 'SURPLUS' OR EXISTS (SELECT 1 FROM dues_refund r WHERE r.payment_id = p.id AND r.bill_id IS NULL)
  THEN p.amount_fen - (SELECT coalesce(sum(r.amount_fen), 0) FROM dues_refund r WHERE r.payment_id = p.id AND r.state = 'DONE')
  ELSE (SELECT coalesce(sum(r.amount_fen), 0) FROM dues_refund r WHERE r.payment_id = p.id AND r.state = 'APPROVED') END AS n
FROM dues_payment p WHERE p.method = 'WECHAT' AND p.state IN ('SETTLED', 'SURPLUS', 'REFUNDED')`)
	if got := w.held(); got != want {
		w.t.Fatalf("WeChat holds %d by the ledger, %d by the payments", got, want)
	}
	if n := w.count(`SELECT count(*) AS n FROM dues_payment p WHERE p.refunded_fen <> (SELECT coalesce(sum(r.amount_fen), 0) FROM dues_refund r WHERE r.payment_id = p.id AND r.state IN ('REQUESTED', 'APPROVED', 'DONE'))`); n != 0 {
		w.t.Fatalf("%d payments have another sum set aside than their refunds", n)
	}
}

func TestRefund(t *testing.T) {
	eachDesk(t, func(t *testing.T, w *desk) {
		oct, nov := w.bill(w.zhang, "2026-10", 1000), w.bill(w.zhang, "2026-11", 1250)
		p := w.online(oct, nov)
		t.Run("one person asks, another approves, and no more is asked for than was paid", func(t *testing.T) {
			got, err := w.s.RequestRefund(bg, w.one, p.ID, nov.ID, "重复缴纳")
			w.must(err)
			if len(got) != 1 || got[0].AmountFen != 1250 || got[0].State != model.RefundRequested || got[0].MemberName != "张三" || got[0].RequestedByName != "甲收" {
				t.Fatalf("%+v", got)
			}
			_, err = w.s.RequestRefund(bg, w.two, p.ID, nov.ID, "再来")
			w.wants(err, "dues.refunding")
			_, err = w.s.ApproveRefund(bg, w.one, got[0].ID, "")
			w.wants(err, "auth.forbidden") // collects, and administers nothing
			_, err = w.s.ApproveRefund(bg, w.foreign, got[0].ID, "")
			w.wants(err, "not_found")
			own, err := w.s.RequestRefund(bg, w.branch, p.ID, oct.ID, "重复缴纳")
			w.must(err)
			_, err = w.s.ApproveRefund(bg, w.branch, own[0].ID, "")
			w.wants(err, "dues.same_person")
			if now := w.payment(p.ID); now.RefundedFen != 2250 {
				t.Fatalf("%d set aside", now.RefundedFen)
			}
			_, err = w.s.RejectRefund(bg, w.committee, own[0].ID, "不属重复缴纳")
			w.must(err)
			if now := w.payment(p.ID); now.RefundedFen != 1250 {
				t.Fatalf("%d set aside", now.RefundedFen)
			}
			mine, err := w.s.RequestRefund(bg, w.one, p.ID, oct.ID, "重复缴纳")
			w.must(err)
			_, err = w.s.RejectRefund(bg, w.two, mine[0].ID, "收回")
			w.wants(err, "auth.forbidden")
			took, err := w.s.RejectRefund(bg, w.one, mine[0].ID, "收回")
			w.must(err)
			if took.State != model.RefundRejected || took.DecidedByName != "" {
				t.Fatalf("%+v", took)
			}
			w.wantBill(nov, model.BillPaid)
			if n := w.pollRefunds(); n != 0 {
				t.Fatalf("%d were sent without an approval", n)
			}
			off := w.service(nil)
			_, err = off.ApproveRefund(bg, w.committee, got[0].ID, "")
			w.wants(err, "dues.pay_off")
			_, err = w.s.ApproveRefund(bg, w.committee, got[0].ID, "情况属实")
			w.must(err)
		})
		t.Run("WeChat gives the money back once, and the bill is to be paid again", func(t *testing.T) {
			if n := w.pollRefunds(); n != 1 {
				t.Fatalf("%d refunds taken up", n)
			}
			if n := w.pollRefunds(); n != 0 {
				t.Fatalf("%d taken up again at once", n)
			}
			w.until("refunded", func() bool { return w.count("SELECT count(*) AS n FROM dues_refund WHERE state = 'DONE'") == 1 })
			w.wantBill(nov, model.BillUnpaid)
			w.wantBill(oct, model.BillPaid)
			w.wantState(p.ID, model.PaymentSettled)
			w.wantBalance(ledger.DuesWeChat(), 1000)
			feed, err := w.s.notify.Inbox(bg, w.zhang, 0, 10)
			w.must(err)
			if len(feed.Items) != 1 || feed.Items[0].Body != "张三同志，您2026年11月的党费12.50元已退回或冲销，原因：重复缴纳。该月党费现为未缴，如有疑问请联系所在党支部。" {
				t.Fatalf("%+v", feed.Items)
			}
			var d model.DuesRefund
			w.must(w.db.Read(bg).Where("state = 'DONE'").Take(&d).Error)
			if w.news(d, wechat.RefundSuccess) != outcomeRepeated {
				t.Fatal("told twice it counted twice")
			}
			w.wantBalance(ledger.DuesWeChat(), 1000)
		})
		t.Run("all that it still holds is the rest, and then nothing is left", func(t *testing.T) {
			got, err := w.s.RequestRefund(bg, w.one, p.ID, 0, "整单退回")
			w.must(err)
			if len(got) != 1 || *got[0].BillID != oct.ID {
				t.Fatalf("%+v", got)
			}
			_, err = w.s.ApproveRefund(bg, w.branch, got[0].ID, "")
			w.must(err)
			w.door("faults", map[string]any{"api": "pay/notify", "drop": true, "times": 5}) // nobody tells
			w.pollRefunds()
			w.until("carried out", func() bool {
				r, err := w.s.pay.QueryRefund(bg, got[0].RefundNo)
				return err == nil && r.State == wechat.RefundSuccess
			})
			w.wantRefund(got[0].ID, model.RefundApproved)
			w.clock.Add(time.Minute)
			w.pollRefunds() // asks
			w.wantRefund(got[0].ID, model.RefundDone)
			w.wantState(p.ID, model.PaymentRefunded)
			w.wantBalance(ledger.DuesWeChat(), 0)
			_, err = w.s.RequestRefund(bg, w.one, p.ID, 0, "还要")
			w.wants(err, "dues.changed")
		})
		t.Run("cash is not given back by WeChat", func(t *testing.T) {
			_, err := w.s.RequestRefund(bg, w.one, w.cash(nov).ID, 0, "退")
			w.wants(err, "dues.not_online")
		})
		w.sound()
		w.wechatSound()
	})
}

func TestRefund_Answers(t *testing.T) {
	eachDesk(t, func(t *testing.T, w *desk) {
		b := w.bill(w.zhang, "2026-11", 1250)
		p := w.online(b)
		t.Run("no answer leaves it open, and the same refund is asked for again", func(t *testing.T) {
			d := w.approved(p, b.ID)
			w.door("faults", map[string]any{"api": "pay/refund", "drop": true, "times": 1})
			w.door("faults", map[string]any{"api": "refund", "drop": true, "times": 1})
			w.door("faults", map[string]any{"api": "v3/refund/domestic/refunds", "drop": true, "times": 1})
			_, _ = w.s.pollRefunds(bg)
			got := w.refund(d.ID)
			if got.State != model.RefundApproved || got.Attempts != 1 || got.Error == "" {
				t.Fatalf("%+v", got)
			}
			w.door("faults", nil)
			for _, state := range []string{wechat.RefundAbnormal, wechat.RefundAbnormal} {
				w.news(d, state)
			}
			w.wantRefund(d.ID, model.RefundFailed)
			w.wantBill(b, model.BillPaid)
			if now := w.payment(p.ID); now.RefundedFen != 0 {
				t.Fatalf("%d are still set aside", now.RefundedFen)
			}
			w.wechatSound()
		})
		t.Run("what was given up and came to pass after all is booked", func(t *testing.T) {
			var d model.DuesRefund
			w.must(w.db.Read(bg).Where("state = 'FAILED'").Take(&d).Error)
			if got := w.news(d, wechat.RefundSuccess); got != outcomeRefunded {
				t.Fatal(got)
			}
			w.wantState(p.ID, model.PaymentRefunded)
			w.wantBill(b, model.BillUnpaid)
			w.wechatSound()
			w.sound()
		})
		t.Run("but not where the bill has another refund by then: people look at it", func(t *testing.T) {
			p := w.online(b, w.bill(w.zhang, "2026-10", 2000)) // the sum alone would have room for both
			first := w.approved(p, b.ID)
			w.news(first, wechat.RefundClosed)
			second := w.approved(p, b.ID)
			if got := w.news(first, wechat.RefundSuccess); got != outcomeDiffers || w.count("SELECT count(*) AS n FROM pay_difference WHERE refund_id = ? AND kind = 'ONLY_THEIRS'", first.ID) != 1 {
				t.Fatal(got)
			}
			w.wantRefund(first.ID, model.RefundFailed)
			w.news(second, wechat.RefundSuccess)
			w.wechatSound()
			w.sound()
		})
		t.Run("another amount, or a number that nobody knows, is a difference", func(t *testing.T) {
			p := w.online(b)
			d := w.approved(p, b.ID)
			wrong := d
			wrong.AmountFen++
			if got := w.news(wrong, wechat.RefundSuccess); got != outcomeDiffers {
				t.Fatal(got)
			}
			w.wantRefund(d.ID, model.RefundApproved)
			wrong = d
			wrong.RefundNo = "TK-unknown"
			if got := w.news(wrong, wechat.RefundSuccess); got != outcomeUnordered {
				t.Fatal(got)
			}
			w.news(d, wechat.RefundSuccess)
		})
		w.sound()
	})
}

// Refused again and again by WeChat, which does not know the refund, it is given up.
func TestRefund_Refused(t *testing.T) {
	eachDesk(t, func(t *testing.T, w *desk) {
		b := w.bill(w.zhang, "2026-11", 1250)
		p := w.online(b)
		d := w.approved(p, b.ID)
		w.clock.Add(366 * 24 * time.Hour) // WeChat gives nothing back after a year
		for range refundTries - 1 {
			w.pollRefunds()
			w.clock.Add(refundLate)
		}
		w.wantRefund(d.ID, model.RefundApproved)
		w.pollRefunds()
		w.wantRefund(d.ID, model.RefundFailed)
		if got := w.refund(d.ID); got.Error != "微信支付多次拒绝退款：订单已超过一年，不能退款" {
			t.Fatal(got.Error)
		}
		w.wantBill(b, model.BillPaid)
		w.sound()
		w.wechatSound()
	})
}

func TestRefund_AtOnce(t *testing.T) {
	eachDesk(t, func(t *testing.T, w *desk) {
		b := w.bill(w.zhang, "2026-11", 1250)
		p := w.online(b)
		many := func(n int, act func(i int) error, refused ...string) int64 {
			var wait sync.WaitGroup
			var done atomic.Int64
			for i := range n {
				wait.Go(func() {
					if err := act(i); err == nil {
						done.Add(1)
					} else if !slices.ContainsFunc(refused, func(code string) bool { return fault.Is(err, code) }) {
						t.Error(err)
					}
				})
			}
			wait.Wait()
			return done.Load()
		}
		t.Run("asked for by many at once it is asked for once", func(t *testing.T) {
			if n := many(20, func(int) error { _, err := w.s.RequestRefund(bg, w.one, p.ID, b.ID, "重复"); return err }, "dues.refunding"); n != 1 {
				t.Fatalf("%d", n)
			}
		})
		var d model.DuesRefund
		w.must(w.db.Read(bg).Take(&d).Error)
		t.Run("approved and rejected by many at once, one counts", func(t *testing.T) {
			n := many(20, func(i int) error {
				if i%2 == 0 {
					_, err := w.s.ApproveRefund(bg, w.branch, d.ID, "")
					return err
				}
				_, err := w.s.RejectRefund(bg, w.committee, d.ID, "不同意")
				return err
			}, "dues.changed")
			if n != 1 {
				t.Fatalf("%d", n)
			}
		})
		if w.refund(d.ID).State == model.RefundRejected {
			d = w.approved(p, b.ID)
		}
		t.Run("sent by two instances and told by notices at once it counts once", func(t *testing.T) {
			other := w.service(w.s.pay)
			many(10, func(i int) error {
				var err error
				switch i % 3 {
				case 0:
					_, err = w.s.pollRefunds(bg)
				case 1:
					_, err = other.pollRefunds(bg)
				default:
					err = w.db.Tx(bg, func(tx model.Tx) error {
						_, err := w.s.refundNews(tx, wechat.RefundResult{RefundNo: d.RefundNo, RefundID: "50", OrderNo: p.OrderNo, State: wechat.RefundSuccess, AmountFen: d.AmountFen}, model.FoundByNotice)
						return err
					})
				}
				return err
			})
			w.wantRefund(d.ID, model.RefundDone)
			w.wantState(p.ID, model.PaymentRefunded)
		})
		w.sound()
		w.wechatSound()
	})
}

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
			if got, err := w.reconcile("2026-11-21"); err == nil || got != "取得对账单0份，对上缴费0笔，新发现差异0条，自动核销0条" {
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
