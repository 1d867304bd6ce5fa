package sandbox

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments/jsapi"
)

func TestPay_Order(t *testing.T) {
	t.Parallel()
	ctx := context.Background()

	t.Run("is placed, paid, told of and found, as WeChat's own library reads it", func(t *testing.T) {
		t.Parallel()
		b := newPayBench(t)
		res, _, err := b.orders.PrepayWithRequestPayment(ctx, b.request("D-2026-07-*1"))
		if err != nil || !strings.HasPrefix(*res.Package, "prepay_id=wx2026070109") {
			t.Fatalf("%v %v", res, err)
		}
		if got := b.tradeState("D-2026-07-*1"); got != "NOTPAY" {
			t.Errorf("state %s", got)
		}
		a := b.pays(*res.Package, "ok")
		if a["trade_state"] != "SUCCESS" || a["amount_fen"] != 1250.0 || a["notified"] != 1.0 || a["notify_status"] != 204.0 || a["order_no"] != "D-2026-07-*1" {
			t.Errorf("answer %v", a)
		}
		n := b.notices()
		if len(n) != 1 || n[0].err != nil || n[0].EventType != "TRANSACTION.SUCCESS" || n[0].Resource.OriginalType != "transaction" {
			t.Fatalf("notices %+v", n)
		}
		c := n[0].content
		if c["out_trade_no"] != "D-2026-07-*1" || c["transaction_id"] != a["transaction_id"] || c["trade_state"] != "SUCCESS" || c["mchid"] != b.m.mchID ||
			c["payer"].(map[string]any)["openid"] != OpenID(mini, "li") || c["amount"].(map[string]any)["total"] != 1250.0 || c["success_time"] != "2026-07-01T09:00:00+08:00" {
			t.Errorf("content %v", c)
		}
		byID, _, err := b.orders.QueryOrderById(ctx, jsapi.QueryOrderByIdRequest{TransactionId: core.String(a["transaction_id"].(string)), Mchid: core.String(b.m.mchID)})
		if err != nil || *byID.OutTradeNo != "D-2026-07-*1" || *byID.TradeState != "SUCCESS" || *byID.Amount.PayerTotal != 1250 {
			t.Errorf("%v %v", byID, err)
		}
	})
	t.Run("the same again gets one more prepay_id, and either pays it once", func(t *testing.T) {
		t.Parallel()
		b := newPayBench(t)
		first, second := b.place("D-000001"), b.place("D-000001")
		if first == second {
			t.Error("the same prepay_id")
		}
		b.pays(first, "")
		if status, a := b.door("people/li/pay", map[string]any{"prepay_id": second}); status != 409 || a["code"] != "pay.paid" {
			t.Errorf("%d %v", status, a)
		}
		_, _, err := b.orders.Prepay(ctx, b.request("D-000001"))
		wantRefusal(t, err, 400, "ORDERPAID")
		wantRefusal(t, b.close("D-000001"), 400, "ORDERPAID")
	})
	t.Run("another one under the same number is refused", func(t *testing.T) {
		t.Parallel()
		b := newPayBench(t)
		b.place("D-000001")
		for name, change := range map[string]func(*jsapi.PrepayRequest){
			"amount":      func(r *jsapi.PrepayRequest) { r.Amount.Total = core.Int64(1251) },
			"description": func(r *jsapi.PrepayRequest) { r.Description = core.String("八月党费") },
			"payer":       func(r *jsapi.PrepayRequest) { r.Payer.Openid = core.String(OpenID(mini, "wang")) },
			"attach":      func(r *jsapi.PrepayRequest) { r.Attach = nil },
			"notify":      func(r *jsapi.PrepayRequest) { r.NotifyUrl = core.String(b.notifyAt + "2") },
			"end":         func(r *jsapi.PrepayRequest) { r.TimeExpire = core.Time(r.TimeExpire.Add(time.Second)) },
			"no end":      func(r *jsapi.PrepayRequest) { r.TimeExpire = nil },
		} {
			r := b.request("D-000001")
			change(&r)
			if _, _, err := b.orders.Prepay(ctx, r); err == nil {
				t.Errorf("%s: accepted", name)
			} else {
				wantRefusal(t, err, 400, "INVALID_REQUEST")
			}
		}
	})
	t.Run("a wrong field is refused", func(t *testing.T) {
		t.Parallel()
		b := newPayBench(t)
		for name, c := range map[string]struct {
			code   string
			change func(*jsapi.PrepayRequest)
		}{
			"no appid":             {"PARAM_ERROR", func(r *jsapi.PrepayRequest) { r.Appid = core.String("") }},
			"another appid":        {"APPID_MCHID_NOT_MATCH", func(r *jsapi.PrepayRequest) { r.Appid = core.String(clinic) }},
			"no mchid":             {"PARAM_ERROR", func(r *jsapi.PrepayRequest) { r.Mchid = core.String("") }},
			"another mchid":        {"INVALID_REQUEST", func(r *jsapi.PrepayRequest) { r.Mchid = core.String("1900000110") }},
			"a short number":       {"PARAM_ERROR", func(r *jsapi.PrepayRequest) { r.OutTradeNo = core.String("D-001") }},
			"a long number":        {"PARAM_ERROR", func(r *jsapi.PrepayRequest) { r.OutTradeNo = core.String(strings.Repeat("9", 33)) }},
			"a number with signs":  {"PARAM_ERROR", func(r *jsapi.PrepayRequest) { r.OutTradeNo = core.String("D.000001") }},
			"no description":       {"PARAM_ERROR", func(r *jsapi.PrepayRequest) { r.Description = core.String("") }},
			"a long description":   {"PARAM_ERROR", func(r *jsapi.PrepayRequest) { r.Description = core.String(strings.Repeat("费", 128)) }},
			"a long attach":        {"PARAM_ERROR", func(r *jsapi.PrepayRequest) { r.Attach = core.String(strings.Repeat("费", 129)) }},
			"an end in the past":   {"PARAM_ERROR", func(r *jsapi.PrepayRequest) { r.TimeExpire = core.Time(b.clock().In(china())) }},
			"no amount":            {"PARAM_ERROR", func(r *jsapi.PrepayRequest) { r.Amount.Total = core.Int64(0) }},
			"a debt":               {"PARAM_ERROR", func(r *jsapi.PrepayRequest) { r.Amount.Total = core.Int64(-1) }},
			"dollars":              {"PARAM_ERROR", func(r *jsapi.PrepayRequest) { r.Amount.Currency = core.String("USD") }},
			"no openid":            {"PARAM_ERROR", func(r *jsapi.PrepayRequest) { r.Payer.Openid = core.String("") }},
			"an openid elsewhere":  {"PARAM_ERROR", func(r *jsapi.PrepayRequest) { r.Payer.Openid = core.String(OpenID(clinic, "li")) }},
			"an address with ?":    {"PARAM_ERROR", func(r *jsapi.PrepayRequest) { r.NotifyUrl = core.String(b.notifyAt + "?a=1") }},
			"an address by ftp":    {"PARAM_ERROR", func(r *jsapi.PrepayRequest) { r.NotifyUrl = core.String("ftp://example.com/") }},
			"an address of a path": {"PARAM_ERROR", func(r *jsapi.PrepayRequest) { r.NotifyUrl = core.String("/wechat/pay/notify") }},
		} {
			r := b.request("D-000001")
			c.change(&r)
			if _, _, err := b.orders.Prepay(ctx, r); err == nil {
				t.Errorf("%s: accepted", name)
			} else {
				wantRefusal(t, err, 400, c.code)
			}
		}
		for _, body := range []any{
			"{", map[string]any{"amount": map[string]any{"total": "1"}}, map[string]any{"amount": map[string]any{"total": 1.5}},
			map[string]any{"amount": 1}, map[string]any{"appid": 1},
		} {
			_, err := b.client.Post(ctx, "https://api.mch.weixin.qq.com/v3/pay/transactions/jsapi", body)
			wantRefusal(t, err, 400, "PARAM_ERROR")
		}
		if got := b.list("pay/orders"); len(got) != 0 {
			t.Errorf("orders %v", got)
		}
	})
	t.Run("an end is written with its offset and without fractions", func(t *testing.T) {
		t.Parallel()
		for text, want := range map[string]bool{
			"2026-07-02T10:34:56+08:00": true, "2026-07-02T10:34:56Z": false, "2026-07-02T10:34:56.5+08:00": false, "2026-07-02 10:34:56": false, "tomorrow": false,
		} {
			if _, ok := payMoment(text); ok != want {
				t.Errorf("%s: %v", text, ok)
			}
		}
	})
	t.Run("closed, it is never paid", func(t *testing.T) {
		t.Parallel()
		b := newPayBench(t)
		prepay := b.place("D-000001")
		if err := b.close("D-000001"); err != nil {
			t.Fatal(err)
		}
		if got := b.tradeState("D-000001"); got != "CLOSED" {
			t.Errorf("state %s", got)
		}
		wantRefusal(t, b.close("D-000001"), 400, "ORDER_CLOSED")
		wantRefusal(t, b.close("D-000009"), 404, "ORDER_NOT_EXIST")
		_, _, err := b.orders.Prepay(ctx, b.request("D-000001"))
		wantRefusal(t, err, 400, "ORDER_CLOSED")
		if status, a := b.door("people/li/pay", map[string]any{"prepay_id": prepay}); status != 409 || a["code"] != "pay.closed" {
			t.Errorf("%d %v", status, a)
		}
	})
	t.Run("past its end it is closed; its prepay_id ends sooner", func(t *testing.T) {
		t.Parallel()
		b := newPayBench(t)
		old := b.place("D-000001")
		same := b.request("D-000001")
		b.pass(2 * time.Hour)
		if status, a := b.door("people/li/pay", map[string]any{"prepay_id": old}); status != 409 || a["code"] != "pay.prepay_expired" {
			t.Errorf("%d %v", status, a)
		}
		if o := b.list("people/li/orders"); o[0]["prepay_id"] != "" || o[0]["trade_state"] != "NOTPAY" {
			t.Errorf("order %v", o)
		}
		res, _, err := b.orders.Prepay(ctx, same)
		if err != nil {
			t.Fatal(err)
		}
		b.pass(22 * time.Hour)
		if got := b.tradeState("D-000001"); got != "CLOSED" {
			t.Errorf("state %s", got)
		}
		if status, a := b.door("people/li/pay", map[string]any{"prepay_id": *res.PrepayId}); status != 409 || a["code"] != "pay.expired" {
			t.Errorf("%d %v", status, a)
		}
	})
	t.Run("of two taps at the same moment one pays", func(t *testing.T) {
		t.Parallel()
		b := newPayBench(t)
		prepay := b.place("D-000001")
		var paid atomic.Int32
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if status, _ := b.door("people/li/pay", map[string]any{"prepay_id": prepay}); status == 200 {
					paid.Add(1)
				}
			})
		}
		wg.Wait()
		if paid.Load() != 1 || len(b.notices()) != 1 {
			t.Errorf("paid %d times, %d notices", paid.Load(), len(b.notices()))
		}
	})
}
