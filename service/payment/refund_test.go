package payment

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hongyun/model"
	"hongyun/service/fault"
	"hongyun/service/ledger"
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
