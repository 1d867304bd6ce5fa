package payment

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/wechat"
)

func wantCode(t testing.TB, err error, code string) {
	t.Helper()
	if !fault.Is(err, code) {
		t.Fatalf("got %v, want the fault %s", err, code)
	}
}

func TestPay(t *testing.T) {
	eachShop(t, func(t *testing.T, w *shop) {
		zhang := w.member("甲一支部", "张一")
		w.run(t, "a bill is paid with a tap, and the receipt stands", func(t *testing.T) {
			b := w.bill(zhang, "2026-11", 1250)
			p := w.mustPay(zhang, b)
			if p.Params == nil || !strings.HasPrefix(p.Params.Package, "prepay_id=") || p.Payment.State != model.PaymentOpen || p.Payment.Description != "2026年11月党费" {
				t.Fatalf("%+v", p)
			}
			if at := w.tap(zhang, p, "ok"); at["notify_status"] != 204.0 {
				t.Fatalf("%v", at)
			}
			w.wantState(p.Payment.ID, model.PaymentSettled)
			w.wantBill(b, model.BillPaid)
			if held := w.held(); held != 1250 {
				t.Fatalf("WeChat holds %d", held)
			}
			now := w.payment(p.Payment.ID)
			if now.PaidOn != "2026-11-20" || now.TransactionNo == nil || now.SettledBy != nil || now.NotBefore != nil {
				t.Fatalf("%+v", now)
			}
			_, err := w.pay(zhang, b)
			wantCode(t, err, "dues.already_paid")
		})
		w.run(t, "several months are one order, and a second tap is the same one", func(t *testing.T) {
			a, b := w.bill(zhang, "2026-09", 1250), w.bill(zhang, "2026-10", 1300)
			p := w.mustPay(zhang, b, a)
			again := w.mustPay(zhang, a, b)
			if p.Payment.ID != again.Payment.ID || p.Payment.Number != again.Payment.Number || again.Params == nil || p.Payment.AmountFen != 2550 || len(p.Payment.Bills) != 2 ||
				p.Payment.Description != "2026年9月至2026年10月党费（2笔）" {
				t.Fatalf("%+v %+v", p, again)
			}
			_, err := w.pay(zhang, a)
			wantCode(t, err, "dues.paying")
			w.tap(zhang, again, "repeated")
			w.wantState(p.Payment.ID, model.PaymentSettled)
			if n := w.count("SELECT count(*) AS n FROM pay_notice WHERE order_no = ?", p.Payment.Number); n != 1 {
				t.Fatalf("%d notices are kept", n)
			}
		})
		w.run(t, "a second phone is told", func(t *testing.T) {
			b := w.bill(zhang, "2026-08", 1250)
			w.mustPay(zhang, b)
			w.must(w.db.Read(bg).Exec("UPDATE account SET member_id = NULL WHERE id = ?", zhang.AccountID).Error)
			other := w.as(zhang.MemberID) // WeChat would not let this phone pay the other one's order
			_, err := w.pay(other, b)
			wantCode(t, err, "dues.paying")
		})
		w.run(t, "the same key is the same payment, and nothing else", func(t *testing.T) {
			li := w.member("甲一支部", "李四")
			a, b := w.bill(li, "2026-10", 100), w.bill(li, "2026-11", 100)
			first, err := w.s.Pay(bg, li, "k", PayInput{BillIDs: []int64{a.ID}})
			w.must(err)
			same, err := w.s.Pay(bg, li, "k", PayInput{BillIDs: []int64{a.ID}})
			w.must(err)
			if same.Payment.ID != first.Payment.ID {
				t.Fatal("two payments")
			}
			_, err = w.s.Pay(bg, li, "k", PayInput{BillIDs: []int64{b.ID}})
			wantCode(t, err, "dues.key_used")
			w.tap(li, first, "ok")
			done, err := w.s.Pay(bg, li, "k", PayInput{BillIDs: []int64{a.ID}})
			w.must(err)
			if done.Payment.State != model.PaymentSettled || done.Params != nil {
				t.Fatalf("%+v", done)
			}
			next, err := w.s.Pay(bg, li, "k2", PayInput{BillIDs: []int64{b.ID}})
			w.must(err)
			_, err = w.s.Cancel(bg, li, next.Payment.ID)
			w.must(err)
			_, err = w.s.Pay(bg, li, "k2", PayInput{BillIDs: []int64{b.ID}})
			wantCode(t, err, "dues.closed")
		})
		w.sound()
		w.balanced()
	})
}

func TestPay_Rules(t *testing.T) {
	eachShop(t, func(t *testing.T, w *shop) {
		zhang := w.member("甲一支部", "张一")
		refused := func(t *testing.T, code string, v access.Viewer, bills ...model.DuesBill) {
			t.Helper()
			_, err := w.pay(v, bills...)
			wantCode(t, err, code)
		}
		w.run(t, "six months back, not seven (3.2.12)", func(t *testing.T) {
			refused(t, "dues.too_late", zhang, w.bill(zhang, "2026-04", 100))
			w.mustPay(zhang, w.bill(zhang, "2026-05", 100))
		})
		w.run(t, "not ahead, but for the quarter where that is granted (3.2.11)", func(t *testing.T) {
			december, january := w.bill(zhang, "2026-12", 100), w.bill(zhang, "2027-01", 100)
			refused(t, "dues.too_early", zhang, december)
			w.allow("甲党委", func(s *model.DuesSetting) { s.Quarterly = true })
			refused(t, "dues.too_early", zhang, january)
			w.mustPay(zhang, december)
		})
		w.run(t, "exempt and cancelled bills are not paid", func(t *testing.T) {
			for state, code := range map[string]string{model.BillExempt: "dues.exempt", model.BillCancelled: "dues.cancelled"} {
				m := w.member("甲一支部", "王五")
				b := model.DuesBill{MemberID: m.MemberID, OrgID: m.OrgID, Month: "2026-11", Category: "X", State: state, CreatedAt: w.db.Now()}
				w.create(&b)
				refused(t, code, m, b)
			}
		})
		w.run(t, "for another of the branch where the branch allows it, and for nobody else (3.2.10)", func(t *testing.T) {
			li, far := w.member("甲一支部", "李四"), w.member("甲二支部", "赵六")
			own, others, fars := w.bill(zhang, "2026-11", 100), w.bill(li, "2026-11", 200), w.bill(far, "2026-11", 300)
			refused(t, "not_found", zhang, others)
			refused(t, "not_found", w.member("甲一支部", "陈八"), own)
			w.allow("市委", func(s *model.DuesSetting) { s.PayForOthers = true })
			refused(t, "not_found", zhang, others) // the committee's own row, which says no, is nearer
			w.allow("甲一支部", func(s *model.DuesSetting) { s.PayForOthers = true })
			refused(t, "not_found", zhang, own, fars)
			p := w.mustPay(zhang, own, others)
			w.tap(zhang, p, "ok")
			w.wantBill(others, model.BillPaid)
			if mine, err := w.s.MyPayment(bg, li, p.Payment.ID); err != nil || len(mine.Bills) != 1 || mine.AmountFen != 200 || mine.PayerName != "张一" {
				t.Fatalf("li sees %+v, %v", mine, err)
			}
			if n := w.count("SELECT count(*) AS n FROM message WHERE kind = ? AND recipient_id = ?", KindReceived, li.MemberID); n != 1 {
				t.Fatalf("li has %d messages", n)
			}
			if n := w.count("SELECT count(*) AS n FROM message WHERE kind = ?", KindReceived); n != 1 {
				t.Fatalf("%d messages: who paid knows it from WeChat", n)
			}
		})
		w.run(t, "bills of two branches are two orders", func(t *testing.T) {
			b := w.bill(zhang, "2026-10", 100)
			moved := zhang
			moved.OrgID = w.orgs["甲二支部"].ID
			refused(t, "dues.other_branch", zhang, b, w.bill(moved, "2026-09", 100))
		})
		w.run(t, "an account outside the mini-program cannot pay with WeChat", func(t *testing.T) {
			v := w.member("甲一支部", "周九")
			w.must(w.db.Read(bg).Exec("UPDATE account SET mp_appid = 'other' WHERE id = ?", v.AccountID).Error)
			refused(t, "dues.no_openid", v, w.bill(v, "2026-11", 100))
		})
		w.run(t, "without a merchant account people are told where to pay, and all else works", func(t *testing.T) {
			off := w.service(nil)
			b := w.bill(w.member("甲一支部", "吴十"), "2026-11", 100)
			_, err := off.Pay(bg, zhang, "", PayInput{BillIDs: []int64{b.ID}})
			wantCode(t, err, "dues.pay_off")
			if err := off.Notice(bg, http.Header{}, nil); err != ErrOff {
				t.Fatal(err)
			}
			if n, err := off.Poll(bg); n != 0 || err != nil {
				t.Fatal(n, err)
			}
			if list, err := off.Payable(bg, zhang, PayableFilter{}); err != nil || list.Online {
				t.Fatalf("%+v, %v", list, err)
			}
		})
		w.sound()
		w.balanced()
	})
}

func TestPay_FarSideFails(t *testing.T) {
	eachShop(t, func(t *testing.T, w *shop) {
		zhang := w.member("甲一支部", "张一")
		w.run(t, "a person is told to try again, and the next tap finds the same order", func(t *testing.T) {
			b := w.bill(zhang, "2026-11", 1250)
			w.door("faults", map[string]any{"api": "v3/pay/transactions/jsapi", "status": 500, "times": 1})
			_, err := w.pay(zhang, b)
			wantCode(t, err, "dues.wechat_busy")
			p := w.mustPay(zhang, b)
			if n := w.count("SELECT count(*) AS n FROM dues_payment"); n != 1 {
				t.Fatalf("%d payments", n)
			}
			w.tap(zhang, p, "dropped")
			again := w.mustPay(zhang, b) // WeChat says that it is paid
			if again.Payment.State != model.PaymentSettled || again.Params != nil {
				t.Fatalf("%+v", again)
			}
			w.wantBill(b, model.BillPaid)
		})
		w.run(t, "an order past its time makes room for a new one", func(t *testing.T) {
			b := w.bill(zhang, "2026-10", 1250)
			old := w.mustPay(zhang, b)
			w.clock.Add(31 * time.Minute)
			p := w.mustPay(zhang, b)
			if p.Payment.ID == old.Payment.ID || p.Payment.State != model.PaymentOpen {
				t.Fatalf("%+v", p)
			}
			w.wantState(old.Payment.ID, model.PaymentClosed)
			if at := w.tap(zhang, old, "ok"); at["status"] == 200 {
				t.Fatalf("the old one is still payable: %v", at)
			}
			w.tap(zhang, p, "ok")
			w.wantState(p.Payment.ID, model.PaymentSettled)
		})
		w.sound()
		w.balanced()
	})
}

func TestNotice(t *testing.T) {
	eachShop(t, func(t *testing.T, w *shop) {
		zhang := w.member("甲一支部", "张一")
		month := model.Month("2026-11")
		open := func() (model.DuesBill, Paying) {
			b := w.bill(zhang, month, 1250)
			month = month.Add(-1)
			return b, w.mustPay(zhang, b)
		}
		w.run(t, "a forged one changes nothing", func(t *testing.T) {
			b, p := open()
			w.tap(zhang, p, "forged")
			w.wantState(p.Payment.ID, model.PaymentOpen)
			w.wantBill(b, model.BillUnpaid)
			if w.refused != 1 || w.held() != 0 {
				t.Fatalf("%d refused, %d held", w.refused, w.held())
			}
		})
		w.run(t, "another amount settles nothing and is put on the list; the query brings the truth", func(t *testing.T) {
			b, p := open()
			if at := w.tap(zhang, p, "wrong_amount"); at["notify_status"] != 204.0 {
				t.Fatalf("%v", at)
			}
			w.wantState(p.Payment.ID, model.PaymentOpen)
			var d model.PayDifference
			w.must(w.db.Read(bg).Where("order_no = ?", p.Payment.Number).Take(&d).Error)
			if d.Kind != model.DifferenceAmount || d.FoundBy != model.FoundByNotice || d.OurFen != 1250 || d.TheirFen != 1251 || d.State != model.DifferenceOpen || d.Day != "2026-11-20" {
				t.Fatalf("%+v", d)
			}
			own, err := w.s.Query(bg, zhang, p.Payment.ID)
			w.must(err)
			if own.State != model.PaymentSettled {
				t.Fatalf("%+v", own)
			}
			w.wantBill(b, model.BillPaid)
		})
		w.run(t, "once people have worked the difference off, the order is closed and its bill free; the truth still finds it", func(t *testing.T) {
			b, p := open()
			w.tap(zhang, p, "wrong_amount")
			var d model.PayDifference
			w.must(w.db.Read(bg).Where("order_no = ?", p.Payment.Number).Take(&d).Error)
			_, err := w.s.Resolve(bg, w.holder(model.RoleAdmin, "市委", "核对人"), d.ID, "已在商户平台核对")
			w.must(err)
			w.wantState(p.Payment.ID, model.PaymentClosed)
			news, err := w.s.pay.QueryOrder(bg, p.Payment.Number)
			w.must(err)
			w.must(w.s.take(bg, news))
			w.wantBill(b, model.BillPaid)
		})
		w.run(t, "a number of WeChat's that somebody has recorded by hand is a difference, and no failure", func(t *testing.T) {
			b, p := open()
			number, _ := w.tap(zhang, p, "dropped")["transaction_id"].(string)
			hand := model.DuesPayment{OrgID: zhang.OrgID, Method: model.PayTransfer, State: model.PaymentRecorded, AmountFen: 1250, OrderNo: "DF-hand", TransactionNo: &number, RecordedAt: w.db.Now()}
			w.create(&hand)
			_, err := w.s.Query(bg, zhang, p.Payment.ID)
			w.must(err)
			w.wantState(p.Payment.ID, model.PaymentOpen)
			if n := w.count("SELECT count(*) AS n FROM pay_difference WHERE order_no = ? AND found_by = 'QUERY'", p.Payment.Number); n != 1 {
				t.Fatalf("%d differences", n)
			}
			w.must(w.db.Read(bg).Delete(&hand).Error)
			_, err = w.s.Query(bg, zhang, p.Payment.ID)
			w.must(err)
			w.wantBill(b, model.BillPaid)
		})
		w.run(t, "what is known changes nothing, whichever way it comes", func(t *testing.T) {
			b, p := open()
			w.tap(zhang, p, "ok")
			held := w.held()
			news, err := w.s.pay.QueryOrder(bg, p.Payment.Number)
			w.must(err)
			w.must(w.s.take(bg, news))
			if _, err := w.s.Query(bg, zhang, p.Payment.ID); err != nil || w.held() != held {
				t.Fatalf("WeChat holds %d, then %d, %v", held, w.held(), err)
			}
			w.wantState(p.Payment.ID, model.PaymentSettled)
			w.wantBill(b, model.BillPaid)
			if n := w.count("SELECT count(*) AS n FROM pay_notice WHERE order_no = ? AND outcome = 'settled'", p.Payment.Number); n != 1 {
				t.Fatalf("%d notices are kept", n)
			}
		})
		w.run(t, "what nobody ordered is put on the list", func(t *testing.T) {
			b, p := open()
			w.must(w.db.Read(bg).Exec("UPDATE dues_payment SET order_no = 'other-number' WHERE id = ?", p.Payment.ID).Error)
			w.tap(zhang, p, "ok")
			w.wantBill(b, model.BillUnpaid)
			if n := w.count("SELECT count(*) AS n FROM pay_difference WHERE kind = 'ONLY_THEIRS' AND order_no = ? AND their_fen = 1250", p.Payment.Number); n != 1 {
				t.Fatalf("%d differences", n)
			}
			w.must(w.db.Read(bg).Exec("UPDATE dues_payment SET order_no = ? WHERE id = ?", p.Payment.Number, p.Payment.ID).Error)
			_, err := w.s.Query(bg, zhang, p.Payment.ID)
			w.must(err)
		})
		w.run(t, "nobody but who ordered has paid", func(t *testing.T) {
			for what, change := range map[string]func(*wechat.Transaction){
				"payer":    func(x *wechat.Transaction) { x.OpenID = "o-another" },
				"appid":    func(x *wechat.Transaction) { x.AppID = "wx-another" },
				"merchant": func(x *wechat.Transaction) { x.MchID = "1" },
				"currency": func(x *wechat.Transaction) { x.Currency = "USD" },
				"amount":   func(x *wechat.Transaction) { x.AmountFen-- },
			} {
				b, p := open()
				row := w.payment(p.Payment.ID)
				news := wechat.Transaction{MchID: w.s.pay.MchID(), AppID: shopAppID, OrderNo: row.OrderNo, TransactionNo: "4200" + what, State: wechat.TradeSuccess,
					AmountFen: row.AmountFen, Currency: "CNY", OpenID: row.OpenID, PaidAt: w.db.Now()}
				change(&news)
				w.must(w.s.take(bg, news))
				w.must(w.s.take(bg, news))
				w.wantState(row.ID, model.PaymentOpen)
				w.wantBill(b, model.BillUnpaid)
				if n := w.count("SELECT count(*) AS n FROM pay_difference WHERE payment_id = ?", row.ID); n != 1 {
					t.Fatalf("%s: %d differences", what, n)
				}
				if month == "2026-04" {
					break // older bills cannot be paid
				}
			}
		})
		w.sound()
		w.balanced()
	})
}

// TestNotice_Late: money comes for an order that was closed here.
func TestNotice_Late(t *testing.T) {
	eachShop(t, func(t *testing.T, w *shop) {
		zhang := w.member("甲一支部", "张一")
		closeHere := func(p Paying) {
			t.Helper()
			row := w.payment(p.Payment.ID)
			w.must(w.s.endOrder(bg, row, expired()))
			w.wantState(p.Payment.ID, model.PaymentClosed)
		}
		w.run(t, "it pays its bills if these are as they were", func(t *testing.T) {
			b := w.bill(zhang, "2026-11", 1250)
			p := w.mustPay(zhang, b)
			closeHere(p)
			w.tap(zhang, p, "repeated")
			w.wantState(p.Payment.ID, model.PaymentSettled)
			w.wantBill(b, model.BillPaid)
		})
		w.run(t, "it is surplus if one of them is paid otherwise, and a refund waits for people", func(t *testing.T) {
			a, b := w.bill(zhang, "2026-09", 1250), w.bill(zhang, "2026-10", 1250)
			old := w.mustPay(zhang, a, b)
			closeHere(old)
			p := w.mustPay(zhang, a)
			w.tap(zhang, p, "ok")
			w.tap(zhang, old, "repeated")
			w.wantState(old.Payment.ID, model.PaymentSurplus)
			w.wantBill(b, model.BillUnpaid)
			var r model.DuesRefund
			w.must(w.db.Read(bg).Where("payment_id = ?", old.Payment.ID).Take(&r).Error)
			if r.State != model.RefundRequested || r.RequestedBy != nil || r.BillID != nil || r.AmountFen != 2500 || w.payment(old.Payment.ID).RefundedFen != 2500 {
				t.Fatalf("%+v", r)
			}
			if n := w.held(); n != 1250+1250+2500 {
				t.Fatalf("WeChat holds %d", n)
			}
		})
		w.run(t, "it is surplus if the amount was changed meanwhile", func(t *testing.T) {
			b := w.bill(zhang, "2026-08", 1250)
			old := w.mustPay(zhang, b)
			closeHere(old)
			w.must(w.db.Read(bg).Exec("UPDATE dues_bill SET amount_fen = 1000 WHERE id = ?", b.ID).Error)
			w.tap(zhang, old, "ok")
			w.wantState(old.Payment.ID, model.PaymentSurplus)
			w.must(w.db.Read(bg).Exec("UPDATE dues_bill SET amount_fen = 1250 WHERE id = ?", b.ID).Error)
		})
		w.run(t, "it is surplus if somebody else is about to pay", func(t *testing.T) {
			b := w.bill(zhang, "2026-07", 1250)
			old := w.mustPay(zhang, b)
			closeHere(old)
			p := w.mustPay(zhang, b)
			w.tap(zhang, old, "ok")
			w.wantState(old.Payment.ID, model.PaymentSurplus)
			w.wantState(p.Payment.ID, model.PaymentOpen)
		})
		w.sound()
		w.balanced()
	})
}

func TestPoll(t *testing.T) {
	eachShop(t, func(t *testing.T, w *shop) {
		zhang := w.member("甲一支部", "张一")
		w.run(t, "finds what was paid without news, after five minutes", func(t *testing.T) {
			b := w.bill(zhang, "2026-11", 1250)
			p := w.mustPay(zhang, b)
			w.tap(zhang, p, "dropped")
			if n := w.poll(); n != 0 {
				t.Fatalf("%d asked for too early", n)
			}
			w.clock.Add(5 * time.Minute)
			if n := w.poll(); n != 1 {
				t.Fatalf("%d asked for", n)
			}
			w.wantState(p.Payment.ID, model.PaymentSettled)
			if n := w.poll(); n != 0 {
				t.Fatalf("%d asked for again", n)
			}
		})
		w.run(t, "waits longer each time, and closes what nobody has paid soon after its end", func(t *testing.T) {
			b := w.bill(zhang, "2026-10", 1250)
			p := w.mustPay(zhang, b)
			for i, minutes := range []int{5, 10} {
				w.clock.Add(time.Duration(minutes) * time.Minute)
				if n := w.poll(); n != 1 || w.payment(p.Payment.ID).Attempts != int64(i+1) {
					t.Fatalf("after %d minutes: %d asked for", minutes, n)
				}
				w.wantState(p.Payment.ID, model.PaymentOpen)
			}
			w.clock.Add(15*time.Minute + 4*time.Second) // the end, which lies before the next pause of twenty minutes is over
			if n := w.poll(); n != 0 {
				t.Fatalf("%d asked for", n)
			}
			w.clock.Add(time.Second)
			if n := w.poll(); n != 1 {
				t.Fatalf("%d asked for", n)
			}
			w.wantState(p.Payment.ID, model.PaymentClosed)
			w.mustPay(zhang, b)
		})
		w.run(t, "an order that never reached WeChat is closed after its end", func(t *testing.T) {
			b := w.bill(zhang, "2026-09", 1250)
			w.door("faults", map[string]any{"api": "v3/pay/transactions/jsapi", "status": 500, "times": 1})
			_, err := w.pay(zhang, b)
			wantCode(t, err, "dues.wechat_busy")
			id := w.count("SELECT max(id) AS n FROM dues_payment")
			w.clock.Add(5 * time.Minute)
			w.poll()
			w.wantState(id, model.PaymentOpen)
			w.clock.Add(26 * time.Minute)
			w.poll()
			w.wantState(id, model.PaymentClosed)
		})
		w.run(t, "a killed instance keeps a payment no longer than its lease", func(t *testing.T) {
			b := w.bill(zhang, "2026-08", 1250)
			p := w.mustPay(zhang, b)
			w.tap(zhang, p, "dropped")
			w.clock.Add(5 * time.Minute)
			if due, _, err := w.service(w.s.pay).claim(bg); err != nil || len(due) == 0 {
				t.Fatal(due, err)
			}
			if n := w.poll(); n != 0 {
				t.Fatal("two instances ask for the same")
			}
			w.clock.Add(61 * time.Second)
			w.poll()
			w.wantState(p.Payment.ID, model.PaymentSettled)
		})
		w.run(t, "an answer that does not come leaves everything open", func(t *testing.T) {
			b := w.bill(zhang, "2026-07", 1250)
			p := w.mustPay(zhang, b)
			w.clock.Add(31 * time.Minute)
			w.door("faults", map[string]any{"api": "v3/pay/transactions/query", "status": 500, "times": 1})
			if _, err := w.s.Poll(bg); err == nil {
				t.Fatal("no error")
			}
			w.wantState(p.Payment.ID, model.PaymentOpen)
			w.clock.Add(31 * time.Minute)
			w.poll()
			w.wantState(p.Payment.ID, model.PaymentClosed)
		})
		w.sound()
		w.balanced()
	})
}

func TestCancel(t *testing.T) {
	eachShop(t, func(t *testing.T, w *shop) {
		zhang, li := w.member("甲一支部", "张一"), w.member("甲一支部", "李四")
		w.run(t, "frees the bill, here and at WeChat", func(t *testing.T) {
			b := w.bill(zhang, "2026-11", 1250)
			p := w.mustPay(zhang, b)
			_, err := w.s.Cancel(bg, li, p.Payment.ID)
			wantCode(t, err, "not_found")
			own, err := w.s.Cancel(bg, zhang, p.Payment.ID)
			w.must(err)
			if own.State != model.PaymentClosed || own.Reason != "本人撤销" {
				t.Fatalf("%+v", own)
			}
			if at := w.tap(zhang, p, "ok"); at["code"] != "pay.closed" {
				t.Fatalf("%v", at)
			}
			if _, err := w.s.Cancel(bg, zhang, p.Payment.ID); err != nil {
				t.Fatal(err)
			}
			w.mustPay(zhang, b)
		})
		w.run(t, "who has paid meanwhile is told so", func(t *testing.T) {
			b := w.bill(zhang, "2026-10", 1250)
			p := w.mustPay(zhang, b)
			w.tap(zhang, p, "dropped")
			_, err := w.s.Cancel(bg, zhang, p.Payment.ID)
			wantCode(t, err, "dues.already_paid")
			w.wantBill(b, model.BillPaid)
		})
		w.run(t, "without an answer nothing is cancelled", func(t *testing.T) {
			b := w.bill(zhang, "2026-09", 1250)
			p := w.mustPay(zhang, b)
			w.door("faults", map[string]any{"api": "v3/pay/transactions/close", "status": 500, "times": 1})
			_, err := w.s.Cancel(bg, zhang, p.Payment.ID)
			wantCode(t, err, "dues.wechat_busy")
			w.wantState(p.Payment.ID, model.PaymentOpen)
		})
		w.run(t, "the branch's collector closes an open order; who only sees it does not", func(t *testing.T) {
			b := w.bill(zhang, "2026-08", 1250)
			p := w.mustPay(zhang, b)
			_, err := w.s.Close(bg, w.holder(model.RoleAdmin, "甲二支部", "外人"), p.Payment.ID, CloseInput{})
			wantCode(t, err, "not_found")
			_, err = w.s.Close(bg, w.holder(model.RoleAdmin, "甲党委", "党委"), p.Payment.ID, CloseInput{})
			wantCode(t, err, "auth.forbidden")
			collector := w.holder(model.RoleCollector, "甲一支部", "党务")
			own, err := w.s.Close(bg, collector, p.Payment.ID, CloseInput{Reason: "本人要交现金"})
			w.must(err)
			if own.State != model.PaymentClosed || own.Reason != "本人要交现金" || w.count("SELECT count(*) AS n FROM audit_entry WHERE action = 'dues.close'") != 1 {
				t.Fatalf("%+v", own)
			}
			_, err = w.s.Close(bg, collector, p.Payment.ID, CloseInput{})
			wantCode(t, err, "dues.not_open")
			paid := w.mustPay(zhang, b)
			w.tap(zhang, paid, "dropped")
			_, err = w.s.Close(bg, collector, paid.Payment.ID, CloseInput{})
			wantCode(t, err, "dues.already_paid")
			w.wantBill(b, model.BillPaid)
		})
		w.sound()
		w.balanced()
	})
}

func TestNotice_Malformed(t *testing.T) {
	eachShop(t, func(t *testing.T, w *shop) {
		for _, body := range [][]byte{nil, []byte("{}"), bytes.Repeat([]byte("x"), 1000)} {
			if err := w.s.Notice(bg, http.Header{}, body); err == nil {
				t.Fatalf("%.20q is taken", body)
			}
		}
		if n := w.count("SELECT count(*) AS n FROM pay_notice"); n != 0 {
			t.Fatal(n)
		}
	})
}
