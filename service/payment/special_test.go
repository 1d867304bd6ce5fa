package payment

import (
	"sync"
	"sync/atomic"
	"testing"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/ledger"
)

func (w *desk) large(fen int64) SpecialInput {
	return SpecialInput{MemberID: w.zhang.MemberID, AmountFen: fen, Method: model.PayTransfer, TransactionNo: "", PaidOn: "2026-11-20", Brief: "张三，中学教师，自愿多缴"}
}

func TestSpecial(t *testing.T) {
	eachDesk(t, func(t *testing.T, w *desk) {
		branch := w.orgs["甲一支部"].ID
		cash := func(fen int64) SpecialInput { in := w.large(fen); in.Method = model.PayCash; return in }
		t.Run("less than 1,000 yuan is no special payment", func(t *testing.T) {
			_, err := w.s.RecordSpecial(bg, w.one, "", cash(99999))
			w.wants(err, "dues.special_least")
			in := cash(100000)
			in.Brief = " "
			_, err = w.s.RecordSpecial(bg, w.one, "", in)
			w.wants(err, "dues.brief")
			_, err = w.s.RecordSpecial(bg, w.one, "", w.large(100000))
			w.wants(err, "dues.transaction_no")
			in = cash(100000)
			in.PaidOn = "2026-11-21"
			_, err = w.s.RecordSpecial(bg, w.one, "", in)
			w.wants(err, "dues.paid_on")
			_, err = w.s.RecordSpecial(bg, w.committee, "", cash(100000))
			w.wants(err, "auth.forbidden")
			for _, v := range []access.Viewer{w.foreign, w.leader, w.zhang} {
				_, err = w.s.RecordSpecial(bg, v, "", cash(100000))
				w.wants(err, "not_found")
			}
		})
		var sp Special
		t.Run("a second person confirms, and it goes whole to the top with a document of the committee", func(t *testing.T) {
			var err error
			sp, err = w.s.RecordSpecial(bg, w.one, "k", cash(100000))
			w.must(err)
			again, err := w.s.RecordSpecial(bg, w.one, "k", cash(100000))
			w.must(err)
			if again.ID != sp.ID || sp.State != model.SpecialRecorded || sp.MemberName != "张三" {
				t.Fatalf("%+v %+v", sp, again)
			}
			_, err = w.s.RecordSpecial(bg, w.one, "k", cash(100001))
			w.wants(err, "dues.key_used")
			_, err = w.s.ConfirmSpecial(bg, w.one, sp.ID)
			w.wants(err, "dues.same_person")
			_, err = w.s.ForwardSpecial(bg, w.committee, sp.ID, ForwardInput{DocumentNo: "甲委〔2026〕1号", ForwardedOn: "2026-11-20"})
			w.wants(err, "dues.changed")
			_, err = w.s.ConfirmSpecial(bg, w.branch, sp.ID)
			w.must(err)
			w.wantBalance(ledger.DuesSpecial(branch), 100000)
			w.wantBalance(ledger.DuesGiven(w.zhang.MemberID), -100000)
			w.wantBalance(ledger.DuesCash(branch), 0)
			_, err = w.s.ForwardSpecial(bg, w.branch, sp.ID, ForwardInput{DocumentNo: "甲委〔2026〕1号", ForwardedOn: "2026-11-20"})
			w.wants(err, "auth.forbidden")
			_, err = w.s.ForwardSpecial(bg, w.committee, sp.ID, ForwardInput{DocumentNo: "甲委〔2026〕1号", ForwardedOn: "2026-11-19"})
			w.wants(err, "dues.forwarded_on")
			got, err := w.s.ForwardSpecial(bg, w.committee, sp.ID, ForwardInput{DocumentNo: "甲委〔2026〕1号", ForwardedOn: "2026-11-20"})
			w.must(err)
			if got.State != model.SpecialForwarded || got.DocumentNo != "甲委〔2026〕1号" {
				t.Fatalf("%+v", got)
			}
			w.wantBalance(ledger.DuesSpecial(branch), 0)
			w.wantBalance(ledger.DuesRemitted(branch), 100000)
			_, err = w.s.ReverseSpecial(bg, w.branch, sp.ID, "收错")
			w.wants(err, "dues.changed")
		})
		t.Run("rejected, or reversed before it is handed up", func(t *testing.T) {
			bank := w.large(200000)
			bank.TransactionNo = "B1"
			a, err := w.s.RecordSpecial(bg, w.one, "", bank)
			w.must(err)
			_, err = w.s.RecordSpecial(bg, w.two, "", bank)
			w.wants(err, "dues.transaction_used")
			_, err = w.s.RejectSpecial(bg, w.branch, a.ID, "")
			w.wants(err, "dues.reason")
			_, err = w.s.RejectSpecial(bg, w.branch, a.ID, "未到账")
			w.must(err)
			b, err := w.s.RecordSpecial(bg, w.one, "", cash(300000))
			w.must(err)
			_, err = w.s.ConfirmSpecial(bg, w.committee, b.ID)
			w.must(err)
			_, err = w.s.ReverseSpecial(bg, w.one, b.ID, "登记错人")
			w.wants(err, "dues.same_person")
			_, err = w.s.ReverseSpecial(bg, w.two, b.ID, "登记错人")
			w.must(err)
			w.wantBalance(ledger.DuesSpecial(branch), 0)
			w.wantBalance(ledger.DuesGiven(w.zhang.MemberID), -100000)
		})
		t.Run("confirmed and rejected at once, one counts", func(t *testing.T) {
			c, err := w.s.RecordSpecial(bg, w.one, "", cash(400000))
			w.must(err)
			var wait sync.WaitGroup
			var done atomic.Int64
			for i := range 10 {
				wait.Go(func() {
					var err error
					if i%2 == 0 {
						_, err = w.s.ConfirmSpecial(bg, w.two, c.ID)
					} else {
						_, err = w.s.RejectSpecial(bg, w.branch, c.ID, "没有")
					}
					if err == nil {
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
		})
		t.Run("the list has its sums, and nobody sees another branch's", func(t *testing.T) {
			rows, sums, err := w.s.Specials(bg, w.committee, SpecialFilter{State: model.SpecialForwarded}, 0, 10)
			w.must(err)
			if len(rows) != 1 || rows[0].ID != sp.ID || sums != (SpecialSums{Count: 1, ForwardedFen: 100000}) {
				t.Fatalf("%+v %+v", rows, sums)
			}
			if rows, _, err := w.s.Specials(bg, w.foreign, SpecialFilter{}, 0, 10); err != nil || len(rows) != 0 {
				t.Fatal(rows, err)
			}
		})
		t.Run("it is no bill's and counts in no payment", func(t *testing.T) {
			if w.count("SELECT count(*) AS n FROM dues_payment") != 0 || w.count("SELECT count(*) AS n FROM fact") != 0 {
				t.Fatal("it was mixed with dues")
			}
		})
		w.sound()
	})
}
