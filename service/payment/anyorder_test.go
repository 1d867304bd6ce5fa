package payment

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/wechat"
)

// TestHands_AnyOrder draws what people and WeChat do, in any order: the books hold (I2, I3).
func TestHands_AnyOrder(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(testing.TB, *modeltest.Clock) *model.DB{
		"sqlite":   func(t testing.TB, c *modeltest.Clock) *model.DB { return modeltest.SQLite(t, c.Now) },
		"postgres": func(t testing.TB, c *modeltest.Clock) *model.DB { return modeltest.Postgres(t, c.Now) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := modeltest.At("2026-11-20 09:00:00")
			s := newShop(t, open(t, clock), clock)
			w := &desk{shop: s, one: s.holder(model.RoleCollector, "甲一支部", "甲收"), two: s.holder(model.RoleCollector, "甲一支部", "乙收"),
				branch: s.holder(model.RoleAdmin, "甲一支部", "支书"), committee: s.holder(model.RoleAdmin, "甲党委", "党委")}
			day := model.Date("2026-11-20")
			drawn, most := 0, map[string]int{"sqlite": 60, "postgres": 20}[name] // each takes a while
			rapid.Check(t, func(r *rapid.T) {
				if drawn++; drawn <= most {
					w.anyOrder(r, &day)
				}
			})
		})
	}
}

func (w *desk) anyOrder(r *rapid.T, day *model.Date) {
	w.zhang = w.member("甲一支部", "张三")
	bills := []model.DuesBill{w.bill(w.zhang, "2026-10", 1000), w.bill(w.zhang, "2026-11", 1250)}
	people := []access.Viewer{w.one, w.two, w.branch, w.committee}
	var payments []int64
	var refunds []model.DuesRefund
	any := func() access.Viewer { return rapid.SampledFrom(people).Draw(r, "who") }
	some := func() int64 {
		if len(payments) == 0 {
			return 0
		}
		return rapid.SampledFrom(payments).Draw(r, "payment")
	}
	refund := func() model.DuesRefund {
		if len(refunds) == 0 {
			return model.DuesRefund{}
		}
		return w.refund(rapid.SampledFrom(refunds).Draw(r, "refund").ID)
	}
	refused := func(err error) {
		var f *fault.Fault
		if err != nil && !errors.As(err, &f) {
			r.Fatal(err)
		}
	}
	step := func(act func() error) func(*rapid.T) { return func(*rapid.T) { refused(act()) } }
	r.Repeat(map[string]func(*rapid.T){
		"record": step(func() error {
			set := rapid.SampledFrom([][]model.DuesBill{bills[:1], bills[1:], bills}).Draw(r, "bills")
			in := cashFor(0)
			if rapid.Bool().Draw(r, "bank") {
				w.n++
				in = bankFor(0, string(rune('A'+w.n%26))+newNumber(w.db.Read(bg)))
			}
			for _, b := range set {
				in.AmountFen += b.AmountFen
			}
			p, err := w.s.Record(bg, any(), idsOf(set), "", in)
			if err == nil {
				payments = append(payments, p.ID)
			}
			return err
		}),
		"online": step(func() error {
			set := rapid.SampledFrom([][]model.DuesBill{bills[:1], bills[1:], bills}).Draw(r, "bills")
			p, err := w.pay(w.zhang, set...)
			if err != nil {
				return err
			}
			payments = append(payments, p.Payment.ID)
			now := w.payment(p.Payment.ID)
			return w.db.Tx(bg, func(tx model.Tx) error {
				_, err := w.s.arrived(tx, wechat.Transaction{MchID: w.s.pay.MchID(), AppID: shopAppID, OrderNo: now.OrderNo, TransactionNo: "T" + now.OrderNo, State: wechat.TradeSuccess,
					AmountFen: now.AmountFen, Currency: currency, OpenID: now.OpenID, PaidAt: tx.Now}, model.FoundByNotice)
				return err
			})
		}),
		"confirm": step(func() error { _, err := w.s.Confirm(bg, any(), some()); return err }),
		"reject":  step(func() error { _, err := w.s.Reject(bg, any(), some(), "不符"); return err }),
		"reverse": step(func() error { _, err := w.s.Reverse(bg, any(), some(), "收错"); return err }),
		"refund": step(func() error {
			bill := rapid.SampledFrom([]int64{0, bills[0].ID, bills[1].ID}).Draw(r, "bill")
			got, err := w.s.RequestRefund(bg, any(), some(), bill, "退款")
			for _, one := range got {
				refunds = append(refunds, model.DuesRefund{ID: one.ID})
			}
			return err
		}),
		"approve": step(func() error { _, err := w.s.ApproveRefund(bg, any(), refund().ID, ""); return err }),
		"refuse":  step(func() error { _, err := w.s.RejectRefund(bg, any(), refund().ID, "不同意"); return err }),
		"news": step(func() error {
			if d := refund(); d.ID != 0 {
				w.news(d, rapid.SampledFrom([]string{wechat.RefundSuccess, wechat.RefundAbnormal, wechat.RefundProcessing}).Draw(r, "state"))
			}
			return nil
		}),
		"statement": step(func() error {
			var lines []wechat.StatementRow
			for _, id := range payments {
				if p := w.payment(id); p.Method == model.PayWeChat && p.TransactionNo != nil && p.ReconciledOn == "" && rapid.Bool().Draw(r, "in the bill") {
					lines = append(lines, lineOf(p, *day))
				}
			}
			*day = day.AddDays(1)
			w.keep(*day, lines...)
			return w.db.Tx(bg, func(tx model.Tx) error { _, err := compare(tx, "2026-10-01"); return err })
		}),
	})
	w.sound() // whatever was drawn may have been the last step
	w.wechatSound()
}
