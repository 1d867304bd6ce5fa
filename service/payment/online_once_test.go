package payment

import (
	"errors"
	"flag"
	"fmt"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// Invariants I2 and I3: whatever people, WeChat and the clock do, in any order, no bill is paid twice, no money is lost, and
// the books agree with WeChat's.
func TestPay_AnyOrder(t *testing.T) {
	if err := flag.Set("rapid.checks", "30"); err != nil { // each is some fifty transactions and calls
		t.Fatal(err)
	}
	eachShop(t, func(t *testing.T, w *shop) {
		w.allow("甲一支部", func(s *model.DuesSetting) { s.PayForOthers = true })
		collector, second := w.holder(model.RoleCollector, "甲一支部", "收款"), w.holder(model.RoleAdmin, "甲一支部", "复核")
		zhang, li := w.member("甲一支部", "张一"), w.member("甲一支部", "李四")
		round := 0
		rapid.Check(t, func(rt *rapid.T) {
			outer := w.t
			w.t = quiet{outer, rt}
			defer func() { w.t = outer }()
			round++
			play(rt, w, round, []access.Viewer{zhang, li}, collector, second)
		})
	})
}

// quiet fails the attempt, so that it shrinks, and leaves the rest to the test.
type quiet struct {
	testing.TB
	rt *rapid.T
}

func (q quiet) Helper()                           {}
func (q quiet) Fatal(args ...any)                 { q.rt.Fatal(args...) }
func (q quiet) Fatalf(format string, args ...any) { q.rt.Fatalf(format, args...) }

// play is one random course of events about three bills.
func play(rt *rapid.T, w *shop, round int, people []access.Viewer, collector, second access.Viewer) {
	for _, p := range people { // the bills of the last round are out of the way
		w.must(w.db.Read(bg).Exec("UPDATE dues_bill SET month = month || ? WHERE member_id = ? AND length(month) = 7", fmt.Sprint("#", round), p.MemberID).Error)
	}
	month := model.DateOf(w.clock.Now()).Month()
	bills := []model.DuesBill{w.bill(people[0], month, 1250), w.bill(people[0], month.Add(-1), 1000), w.bill(people[1], month, 20)}
	var taken []Paying
	payer := map[int64]access.Viewer{}
	anyBills := func() []model.DuesBill {
		from := rapid.IntRange(0, 2).Draw(rt, "first bill")
		return bills[from:rapid.IntRange(from+1, 3).Draw(rt, "last bill")]
	}
	some := func() (Paying, access.Viewer, bool) {
		if len(taken) == 0 {
			return Paying{}, access.Viewer{}, false
		}
		p := taken[rapid.IntRange(0, len(taken)-1).Draw(rt, "payment")]
		return p, payer[p.Payment.ID], true
	}
	expected := func(err error) {
		var f *fault.Fault
		if err != nil && !errors.As(err, &f) {
			rt.Fatal(err)
		}
	}
	tap := func(outcome string) func() {
		return func() {
			if p, v, ok := some(); ok && p.Params != nil {
				w.tap(v, p, outcome)
			}
		}
	}
	acts := map[string]func(){
		"open": func() {
			v := people[rapid.IntRange(0, 1).Draw(rt, "who")]
			p, err := w.pay(v, anyBills()...)
			expected(err)
			if err == nil {
				taken, payer[p.Payment.ID] = append(taken, p), v
			}
		},
		"tap again": func() {
			if p, v, ok := some(); ok {
				ids := make([]int64, len(p.Payment.Bills))
				for i, b := range p.Payment.Bills {
					ids[i] = b.BillID
				}
				_, err := w.s.Pay(bg, v, "", PayInput{BillIDs: ids})
				expected(err)
			}
		},
		"paid": tap("ok"), "paid, told three times": tap("repeated"), "paid, never told": tap("dropped"), "forged": tap("forged"), "wrong amount": tap("wrong_amount"), "given up": tap("cancel"),
		"news again": func() { // late, or known: whatever WeChat says now
			if p, _, ok := some(); ok {
				if news, err := w.s.pay.QueryOrder(bg, p.Payment.Number); err == nil {
					w.must(w.s.take(bg, news))
				}
			}
		},
		"query": func() {
			if p, v, ok := some(); ok {
				_, err := w.s.Query(bg, v, p.Payment.ID)
				expected(err)
			}
		},
		"cancel": func() {
			if p, v, ok := some(); ok {
				_, err := w.s.Cancel(bg, v, p.Payment.ID)
				expected(err)
			}
		},
		"closed here alone": func() { // as if WeChat had known of no such order
			if p, _, ok := some(); ok {
				w.must(w.s.endOrder(bg, w.payment(p.Payment.ID), expired()))
			}
		},
		"cash": func() {
			b := bills[rapid.IntRange(0, 2).Draw(rt, "bill")]
			p, err := w.s.Record(bg, collector, []int64{b.ID}, "", RecordInput{Method: model.PayCash, PaidOn: model.DateOf(w.clock.Now()), AmountFen: b.AmountFen})
			expected(err)
			if err == nil && rapid.Bool().Draw(rt, "confirmed") {
				_, err := w.s.Confirm(bg, second, p.ID)
				expected(err)
			}
		},
		"poll": func() { w.clock.Add(6 * time.Minute); w.poll() },
		"time": func() { w.clock.Add(31 * time.Minute) },
	}
	names := []string{"open", "open", "tap again", "paid", "paid, told three times", "paid, never told", "forged", "wrong amount", "given up", "news again", "query", "cancel", "closed here alone", "cash", "poll", "time"}
	for range rapid.IntRange(3, 14).Draw(rt, "acts") {
		acts[rapid.SampledFrom(names).Draw(rt, "act")]()
	}
	w.sound()
	for w.clock.Add(31 * time.Minute); w.count("SELECT count(*) AS n FROM dues_payment WHERE state = 'OPEN'") > 0; w.clock.Add(31 * time.Minute) {
		w.poll()
	}
	for _, p := range taken { // what was closed here while somebody paid: the notice would have told
		if news, err := w.s.pay.QueryOrder(bg, p.Payment.Number); err == nil {
			w.must(w.s.take(bg, news))
		}
	}
	w.sound()
	w.balanced()
}

// Two taps, two phones, online and cash at once: one wins, the other is told.
func TestPay_AtOnce(t *testing.T) {
	eachShop(t, func(t *testing.T, w *shop) {
		w.allow("甲一支部", func(s *model.DuesSetting) { s.PayForOthers = true })
		collector, second := w.holder(model.RoleCollector, "甲一支部", "收款"), w.holder(model.RoleAdmin, "甲一支部", "复核")
		zhang, li := w.member("甲一支部", "张一"), w.member("甲一支部", "李四")
		// together runs n of each at once, and counts by answer.
		together := func(n int, acts ...func(i int) error) map[string]int {
			var mu sync.Mutex
			answers := map[string]int{}
			var all sync.WaitGroup
			for i := range n {
				for _, act := range acts {
					all.Go(func() {
						err := act(i)
						code := "ok"
						if f := (*fault.Fault)(nil); errors.As(err, &f) {
							code = f.Code
						} else if err != nil {
							t.Error(err)
						}
						mu.Lock()
						answers[code]++
						mu.Unlock()
					})
				}
			}
			all.Wait()
			return answers
		}
		online := func(v access.Viewer, key string, ids ...int64) func(int) error {
			return func(int) error {
				_, err := w.s.Pay(bg, v, key, PayInput{BillIDs: ids})
				return err
			}
		}
		cash := func(b model.DuesBill) func(int) error {
			return func(int) error {
				_, err := w.s.Record(bg, collector, []int64{b.ID}, "", RecordInput{Method: model.PayCash, PaidOn: "2026-11-20", AmountFen: b.AmountFen})
				return err
			}
		}
		payments := func(b model.DuesBill) int64 {
			return w.count("SELECT count(*) AS n FROM dues_payment_bill WHERE bill_id = ?", b.ID)
		}
		w.run(t, "many taps are one payment", func(t *testing.T) {
			b := w.bill(zhang, "2026-11", 1250)
			if got := together(12, online(zhang, "", b.ID)); got["ok"] != 12 || payments(b) != 1 {
				t.Fatalf("%v, %d payments", got, payments(b))
			}
		})
		w.run(t, "one key for two bills: one wins, the other is told", func(t *testing.T) {
			a, b := w.bill(zhang, "2026-10", 1250), w.bill(zhang, "2026-09", 1250)
			got := together(6, online(zhang, "one", a.ID), online(zhang, "one", b.ID))
			if got["ok"] != 6 || got["dues.key_used"] != 6 || payments(a)+payments(b) != 1 {
				t.Fatalf("%v", got)
			}
		})
		w.run(t, "two phones, and cash: one wins", func(t *testing.T) {
			for _, month := range []model.Month{"2026-08", "2026-07", "2026-06", "2026-05"} {
				b := w.bill(zhang, month, 1250)
				got := together(4, online(zhang, "", b.ID), online(li, "", b.ID), cash(b))
				if payments(b) != 1 || got["ok"]+got["dues.paying"]+got["dues.recorded"] != 12 || got["ok"] != 1 && got["ok"] != 4 {
					t.Fatalf("%s: %v, %d payments", month, got, payments(b))
				}
			}
		})
		w.run(t, "sets that overlap crosswise wait for each other in one direction", func(t *testing.T) {
			a, b, c := w.bill(li, "2026-11", 100), w.bill(li, "2026-10", 100), w.bill(li, "2026-09", 100)
			got := together(4, online(li, "", a.ID, b.ID), online(li, "", b.ID, a.ID), online(zhang, "", c.ID, b.ID), online(zhang, "", a.ID, c.ID))
			if got["ok"]+got["dues.paying"] != 16 || got["ok"] == 0 {
				t.Fatalf("%v", got)
			}
		})
		w.run(t, "the same news by four ways at once settles once, and a cancel loses or wins", func(t *testing.T) {
			for i := range 6 {
				m := w.member("甲一支部", "王五")
				b := w.bill(m, "2026-11", 1250)
				p := w.mustPay(m, b)
				if i%2 == 0 {
					w.tap(m, p, "dropped")
				}
				got := together(3,
					func(int) error { _, err := w.s.Query(bg, m, p.Payment.ID); return err },
					func(int) error { _, err := w.s.Cancel(bg, m, p.Payment.ID); return err },
					func(int) error { w.tap(m, p, "repeated"); return nil },
					func(int) error { _, err := w.s.Close(bg, second, p.Payment.ID, CloseInput{}); return err })
				if i%2 == 0 {
					w.wantBill(b, model.BillPaid)
				}
				if got["dues.wechat_busy"] > 0 {
					t.Fatalf("%v", got)
				}
			}
		})
		w.sound()
		w.balanced()
	})
}
