package sandbox

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
)

func TestPay_Outcomes(t *testing.T) {
	t.Parallel()

	t.Run("who cancels or fails pays nothing, and may pay after all", func(t *testing.T) {
		t.Parallel()
		b := newPayBench(t)
		prepay := b.place("D-000001")
		for outcome, message := range map[string]string{"cancel": "requestPayment:fail cancel", "Error": "requestPayment:fail"} {
			if a := b.pays(prepay, outcome); a["trade_state"] != "NOTPAY" || a["transaction_id"] != "" || a["notified"] != 0.0 || a["err_msg"] != message {
				t.Errorf("%s: %v", outcome, a)
			}
		}
		if got := b.tradeState("D-000001"); got != "NOTPAY" || len(b.notices()) != 0 {
			t.Errorf("state %s, notices %v", got, b.notices())
		}
		b.pays(prepay, "paid")
	})
	t.Run("a dropped notice is never sent", func(t *testing.T) {
		t.Parallel()
		b := newPayBench(t)
		if a := b.pays(b.place("D-000001"), "notify_dropped"); a["trade_state"] != "SUCCESS" || a["notified"] != 0.0 || a["notify_status"] != 0.0 {
			t.Errorf("answer %v", a)
		}
		if got := b.tradeState("D-000001"); got != "SUCCESS" || len(b.notices()) != 0 {
			t.Errorf("state %s, notices %v", got, b.notices())
		}
	})
	t.Run("a late notice comes by itself", func(t *testing.T) {
		t.Parallel()
		b := newPayBench(t)
		if a := b.pays(b.place("D-000001"), "late", "delay_ms", 50); a["notified"] != 0.0 || len(b.notices()) != 0 {
			t.Errorf("answer %v", a)
		}
		if n := b.waitNotices(1); n[0].err != nil {
			t.Error(n[0].err)
		}
	})
	t.Run("a repeated notice has one id", func(t *testing.T) {
		t.Parallel()
		b := newPayBench(t)
		if a := b.pays(b.place("D-000001"), "repeated"); a["notified"] != 3.0 {
			t.Errorf("answer %v", a)
		}
		b.pays(b.place("D-000002"), "repeat", "repeat", 5)
		n := b.notices()
		if len(n) != 8 || n[0].ID != n[1].ID || n[1].ID != n[2].ID || n[2].ID == n[3].ID {
			t.Errorf("%d notices", len(n))
		}
	})
	t.Run("a notice is overtaken by the next payment's, or comes after a while", func(t *testing.T) {
		t.Parallel()
		b := newPayBench(t)
		b.pays(b.place("D-000001"), "reordered")
		b.pays(b.place("D-000002"), "reordered")
		b.pays(b.place("D-000003"), "dropped")
		if len(b.notices()) != 0 {
			t.Fatal("sent")
		}
		b.pays(b.place("D-000004"), "paid")
		var order []string
		for _, n := range b.notices() {
			order = append(order, n.content["out_trade_no"].(string))
		}
		if got := strings.Join(order, " "); got != "D-000004 D-000002 D-000001" {
			t.Errorf("order %s", got)
		}
		b.s.till.heldFor = 20 * time.Millisecond
		b.pays(b.place("D-000005"), "reordered")
		if n := b.waitNotices(4); n[3].content["out_trade_no"] != "D-000005" {
			t.Errorf("last %v", n[3].content)
		}
	})
	t.Run("a forged notice is not believed, and nothing is paid", func(t *testing.T) {
		t.Parallel()
		b := newPayBench(t)
		prepay := b.place("D-000001")
		if a := b.pays(prepay, "forged"); a["trade_state"] != "NOTPAY" || a["transaction_id"] != "" || a["notified"] != 1.0 || a["notify_status"] != 401.0 {
			t.Errorf("answer %v", a)
		}
		if n := b.notices(); len(n) != 1 || n[0].err == nil || !strings.Contains(n[0].err.Error(), "verify") {
			t.Errorf("notices %+v", n)
		}
		if got := b.tradeState("D-000001"); got != "NOTPAY" {
			t.Errorf("state %s", got)
		}
	})
	t.Run("a notice with a wrong amount is WeChat's, and the order is not changed by it", func(t *testing.T) {
		t.Parallel()
		b := newPayBench(t)
		b.pays(b.place("D-000001"), "wrong_amount")
		b.pays(b.place("D-000002"), "wrong-amount", "amount_fen", 1)
		for i, want := range []float64{1251, 1} {
			n := b.notices()[i]
			if n.err != nil || n.content["amount"].(map[string]any)["total"] != want {
				t.Errorf("%v %v", n.content, n.err)
			}
		}
		if a := b.mustDoor("pay/summary", nil); a["paid"] != 2.0 || a["paid_fen"] != 2500.0 || a["refunded_fen"] != 0.0 {
			t.Errorf("summary %v", a)
		}
	})
	t.Run("only the one whom the order names may pay it, with an outcome that exists", func(t *testing.T) {
		t.Parallel()
		b := newPayBench(t)
		prepay := b.place("D-000001")
		for _, c := range []struct {
			path   string
			body   map[string]any
			status int
			code   string
		}{
			{"people/wang/pay", map[string]any{"prepay_id": prepay}, 403, "pay.not_yours"},
			{"people/li/pay", map[string]any{"prepay_id": "wx123"}, 404, "pay.prepay_unknown"},
			{"people/li/pay", nil, 400, "pay.prepay_missing"},
			{"people/li/pay", map[string]any{"prepay_id": prepay, "outcome": "stolen"}, 400, "pay.outcome"},
			{"people/li/pay", map[string]any{"prepay_id": prepay, "outcome": "late", "delay_ms": -1}, 400, "pay.delay"},
			{"people/li/pay", map[string]any{"prepay_id": prepay, "outcome": "repeated", "repeat": 21}, 400, "pay.repeat"},
		} {
			body := any(c.body)
			if c.body == nil {
				body = "{}"
			}
			if status, a := b.door(c.path, body); status != c.status || a["code"] != c.code || a["message"] == "" {
				t.Errorf("%v: %d %v", c.body, status, a)
			}
		}
		if _, a := b.door("people/li/pay", map[string]any{"prepay_id": prepay, "outcome": "?"}); !strings.Contains(a["message"].(string), "wrong_amount") {
			t.Errorf("message %v", a)
		}
		b.mustDoor("people/li/pay", map[string]any{"package": "prepay_id=" + prepay})
	})
	t.Run("a notice that is not accepted is sent again, the same and signed anew", func(t *testing.T) {
		t.Parallel()
		b := newPayBench(t)
		b.s.till.ladder = []time.Duration{time.Millisecond, time.Millisecond, time.Millisecond}
		b.status = func(n int) int { return map[int]int{1: 500, 2: 302}[n] + map[bool]int{true: 200}[n > 2] }
		if a := b.pays(b.place("D-000001"), "paid"); a["notify_status"] != 500.0 || a["notified"] != 1.0 {
			t.Errorf("answer %v", a)
		}
		n := b.waitNotices(3)
		if n[0].ID != n[2].ID || n[2].err != nil {
			t.Errorf("%v, then %v", n[0].Request, n[2].Request)
		}
		if err := b.s.Close(); err != nil || len(b.notices()) != 3 {
			t.Errorf("%v, %d notices", err, len(b.notices()))
		}
	})
	t.Run("a product that is not there does not undo the payment", func(t *testing.T) {
		t.Parallel()
		b := newPayBench(t)
		b.s.till.ladder = nil
		r := b.request("D-000001")
		r.NotifyUrl = core.String("http://127.0.0.1:1/wechat/pay/notify")
		res, _, err := b.orders.Prepay(context.Background(), r)
		if err != nil {
			t.Fatal(err)
		}
		if a := b.pays(*res.PrepayId, "paid"); a["notify_status"] != 0.0 || a["trade_state"] != "SUCCESS" {
			t.Errorf("answer %v", a)
		}
	})
	t.Run("closing does not wait for notices that are still far away", func(t *testing.T) {
		t.Parallel()
		b := newPayBench(t)
		b.pays(b.place("D-000001"), "late", "delay_ms", 60_000)
		b.pays(b.place("D-000002"), "reordered")
		b.status = func(int) int { return 500 }
		b.pays(b.place("D-000003"), "paid")
		start := time.Now()
		if err := b.s.Close(); err != nil || time.Since(start) > 2*time.Second {
			t.Errorf("%v after %s", err, time.Since(start))
		}
	})
}

func TestPay_Faults(t *testing.T) {
	t.Parallel()

	t.Run("every API can fail by name", func(t *testing.T) {
		t.Parallel()
		b := newPayBench(t)
		ctx := context.Background()
		for _, api := range b.s.payAPIs() {
			b.fault(Fault{API: api.name, Status: 500, Times: 1})
		}
		_, _, err := b.orders.Prepay(ctx, b.request("D-000001"))
		wantRefusal(t, err, 500, "SYSTEM_ERROR")
		wantRefusal(t, b.close("D-000001"), 500, "SYSTEM_ERROR")
		_, err = b.refund("D-000001", "R-1", 1)
		wantRefusal(t, err, 500, "SYSTEM_ERROR")
		b.fault(Fault{API: "v3/pay/transactions/jsapi", Status: 429, Times: 1})
		_, _, err = b.orders.Prepay(ctx, b.request("D-000001"))
		wantRefusal(t, err, 429, "FREQUENCY_LIMITED")
		if b.place("D-000001") == "" || len(b.list("pay/orders")) != 1 {
			t.Error("nothing placed")
		}
	})
	t.Run("a drop carries nothing out, a time-out carries it out unseen", func(t *testing.T) {
		t.Parallel()
		b := newPayBench(t)
		b.fault(Fault{API: "v3/pay/transactions/jsapi", Drop: true, Times: 1})
		if _, _, err := b.orders.Prepay(context.Background(), b.request("D-000001")); err == nil || len(b.list("pay/orders")) != 0 {
			t.Errorf("err %v", err)
		}
		b.fault(Fault{API: "v3/pay/transactions/jsapi", TimeoutMS: 60_000, Times: 1})
		ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
		defer cancel()
		if _, _, err := b.orders.Prepay(ctx, b.request("D-000001")); err == nil || len(b.list("pay/orders")) != 1 {
			t.Errorf("err %v", err)
		}
	})
	t.Run("notices are dropped, held back or repeated", func(t *testing.T) {
		t.Parallel()
		b := newPayBench(t)
		b.fault(Fault{API: "pay/notify", Drop: true, Times: 1})
		b.fault(Fault{API: "pay/notify", Repeat: 2, Times: 1})
		b.fault(Fault{API: "pay/notify", TimeoutMS: 30, Times: 1})
		for i, want := range []float64{0, 3, 0} {
			if a := b.pays(b.place("D-00000"+string(rune('1'+i))), "paid"); a["notified"] != want {
				t.Errorf("%d: %v", i, a)
			}
		}
		b.waitNotices(4)
	})
	t.Run("what cannot work is refused", func(t *testing.T) {
		t.Parallel()
		b := newPayBench(t)
		for code, f := range map[string]Fault{
			"fault.errcode":  {API: "v3/refund/query", ErrCode: 1, Times: 1},
			"fault.repeat":   {API: "v3/refund/query", Repeat: 1, Times: 1},
			"fault.callback": {API: "pay/notify", Status: 500, Times: 1},
			"fault.api":      {API: "v3/refund/other", Status: 500, Times: 1},
		} {
			if status, a := b.door("faults", f); status != 400 || a["code"] != code {
				t.Errorf("%s: %d %v", code, status, a)
			}
		}
		poor := newBench(t)
		if status, _ := poor.door("faults", Fault{API: "pay/notify", Drop: true, Times: 1}); status != 400 {
			t.Error("accepted without a merchant")
		}
	})
}
