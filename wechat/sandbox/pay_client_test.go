package sandbox

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"hongyun/wechat"
)

// TestPay_Client runs the product's own client against the sandbox, mounted in Fiber as in the product.
func TestPay_Client(t *testing.T) {
	t.Parallel()
	b := newPayBench(t)
	ctx := context.Background()
	var mu sync.Mutex
	var told []wechat.Notice
	var pay *wechat.Pay
	product := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		n, err := pay.ReadNotice(r.Context(), r.Header, raw)
		if err != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		told = append(told, n)
	}))
	defer product.Close()
	web, err := wechat.NewHTTPClient(wechat.HTTPOptions{SandboxURL: onFiber(t, b.bench)})
	if err != nil {
		t.Fatal(err)
	}
	c := b.m.Credentials()
	c.NotifyURL = product.URL + "/wechat/pay/notify"
	if pay, err = wechat.NewPay(ctx, c, web); err != nil {
		t.Fatal(err)
	}
	order := func(no string) wechat.Order {
		return wechat.Order{AppID: mini, OrderNo: no, Description: "七月党费", AmountFen: 1250, OpenID: OpenID(mini, "li"), ExpiresAt: b.clock().Add(24 * time.Hour)}
	}
	placed := order("D-000001")
	params, err := pay.Prepay(ctx, placed)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := pay.QueryOrder(ctx, "D-000001"); err != nil || got.State != wechat.TradeNotPaid || !got.PaidAt.IsZero() {
		t.Errorf("%+v %v", got, err)
	}
	if a := b.pays(params.Package, "forged"); a["notify_status"] != 401.0 || len(told) != 0 {
		t.Errorf("forged %v", a)
	}
	if a := b.pays(params.Package, "paid"); a["notify_status"] != 200.0 || len(told) != 1 || told[0].Transaction == nil ||
		told[0].Transaction.AmountFen != 1250 || told[0].Transaction.OrderNo != "D-000001" || told[0].Transaction.OpenID != OpenID(mini, "li") {
		t.Fatalf("%v %+v", a, told)
	}
	if got, err := pay.QueryOrder(ctx, "D-000001"); err != nil || got != *told[0].Transaction {
		t.Errorf("%+v %v, told %+v", got, err, told[0].Transaction)
	}
	if _, err := pay.Prepay(ctx, placed); !errors.Is(err, wechat.ErrOrderPaid) {
		t.Errorf("err %v", err)
	}
	if err := pay.CloseOrder(ctx, "D-000001"); !errors.Is(err, wechat.ErrOrderPaid) {
		t.Errorf("err %v", err)
	}
	if _, err := pay.QueryOrder(ctx, "D-000009"); !errors.Is(err, wechat.ErrNoOrder) {
		t.Errorf("err %v", err)
	}
	if _, err := pay.Prepay(ctx, order("D-000002")); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := pay.CloseOrder(ctx, "D-000002"); err != nil {
			t.Error(err)
		}
	}
	if _, err := pay.QueryRefund(ctx, "R-000001"); !errors.Is(err, wechat.ErrNoRefund) {
		t.Errorf("err %v", err)
	}
	refund := wechat.Refund{RefundNo: "R-000001", OrderNo: "D-000001", Reason: "重复缴纳", AmountFen: 250, TotalFen: 1250}
	if got, err := pay.Refund(ctx, refund); err != nil || got.State != wechat.RefundProcessing || got.AmountFen != 250 {
		t.Errorf("%+v %v", got, err)
	}
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		mu.Lock()
		n := len(told)
		mu.Unlock()
		if n == 2 {
			break
		}
	}
	if got, err := pay.QueryRefund(ctx, "R-000001"); err != nil || len(told) != 2 || told[1].Refund == nil || told[1].Refund.State != wechat.RefundSuccess || got.State != wechat.RefundSuccess {
		t.Errorf("%+v %v, told %+v", got, err, told)
	}
	if _, err := pay.Statement(ctx, "2026-07-01"); !errors.Is(err, wechat.ErrNotReady) {
		t.Errorf("err %v", err)
	}
	b.pass(48 * time.Hour)
	rows, err := pay.Statement(ctx, "2026-07-01")
	if err != nil || len(rows) != 2 {
		t.Fatalf("%+v %v", rows, err)
	}
	for _, r := range rows {
		if r.State == "SUCCESS" && (r.AmountFen != 1250 || r.FeeFen != 8 || r.OrderNo != "D-000001") || r.State == "REFUND" && (r.RefundFen != 250 || r.FeeFen != -2 || r.RefundNo != "R-000001") {
			t.Errorf("row %+v", r)
		}
	}
	if rows, err := pay.Statement(ctx, "2026-06-30"); err != nil || len(rows) != 0 {
		t.Errorf("%+v %v", rows, err)
	}
}
