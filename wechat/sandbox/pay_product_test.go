package sandbox

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"hongyun/wechat"
)

// payProduct is the product's own client, and a place for its notices, on a sandbox.
type payProduct struct {
	*payBench
	pay *wechat.Pay

	mu      sync.Mutex
	read    []wechat.Notice
	refused []error
}

func newPayProduct(t *testing.T) *payProduct {
	t.Helper()
	p := &payProduct{payBench: newPayBench(t)}
	product := httptest.NewServer(http.HandlerFunc(p.take))
	t.Cleanup(product.Close)
	web, err := wechat.NewHTTPClient(wechat.HTTPOptions{SandboxURL: p.url + "/sandbox/wire"})
	if err != nil {
		t.Fatal(err)
	}
	m := p.m.Credentials()
	m.NotifyURL = product.URL + "/wechat/pay/notify"
	if p.pay, err = wechat.NewPay(context.Background(), m, web); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *payProduct) take(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	n, err := p.pay.ReadNotice(r.Context(), r.Header, body)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		p.refused = append(p.refused, err)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	p.read = append(p.read, n)
	w.WriteHeader(http.StatusNoContent)
}

func (p *payProduct) notes() ([]wechat.Notice, []error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]wechat.Notice(nil), p.read...), append([]error(nil), p.refused...)
}

func (p *payProduct) order(no string) wechat.Order {
	return wechat.Order{AppID: mini, OrderNo: no, Description: "七月党费", AmountFen: 1250, OpenID: OpenID(mini, "li"), ExpiresAt: p.clock().Add(3 * time.Hour)}
}

// TestPay_Product is what a product must get right, with a far side that misbehaves.
func TestPay_Product(t *testing.T) {
	t.Parallel()
	ctx := context.Background()

	t.Run("the same order again is the same order; with another amount it is refused", func(t *testing.T) {
		t.Parallel()
		p := newPayProduct(t)
		for range 2 {
			if _, err := p.pay.Prepay(ctx, p.order("D-000001")); err != nil {
				t.Fatal(err)
			}
		}
		other := p.order("D-000001")
		other.AmountFen = 1
		var refusal *wechat.PayError
		if _, err := p.pay.Prepay(ctx, other); !errors.As(err, &refusal) || refusal.Code == "" || errors.Is(err, wechat.ErrOrderPaid) || errors.Is(err, wechat.ErrOrderClosed) {
			t.Error(err)
		}
		if got, err := p.pay.QueryOrder(ctx, "D-000001"); err != nil || got.State != wechat.TradeNotPaid || got.OrderNo != "D-000001" {
			t.Errorf("%+v %v", got, err)
		}
	})
	t.Run("an order that is closed or over its time can never be paid", func(t *testing.T) {
		t.Parallel()
		p := newPayProduct(t)
		late := p.order("D-000002")
		for _, o := range []wechat.Order{p.order("D-000001"), late} {
			if _, err := p.pay.Prepay(ctx, o); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.pay.CloseOrder(ctx, "D-000001"); err != nil {
			t.Fatal(err)
		}
		if _, err := p.pay.Prepay(ctx, p.order("D-000001")); !errors.Is(err, wechat.ErrOrderClosed) {
			t.Error(err)
		}
		p.pass(4 * time.Hour)
		for _, no := range []string{"D-000001", "D-000002"} {
			if got, err := p.pay.QueryOrder(ctx, no); err != nil || got.State != wechat.TradeClosed || got.TransactionNo != "" {
				t.Errorf("%s: %+v %v", no, got, err)
			}
			if err := p.pay.CloseOrder(ctx, no); err != nil {
				t.Errorf("%s: %v", no, err)
			}
		}
	})
	t.Run("a call that got no answer leaves the outcome open; asking settles it", func(t *testing.T) {
		t.Parallel()
		p := newPayProduct(t)
		p.fault(Fault{API: "v3/pay/transactions/jsapi", TimeoutMS: 60_000, Times: 1})
		short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
		defer cancel()
		var refusal *wechat.PayError
		if _, err := p.pay.Prepay(short, p.order("D-000001")); !errors.Is(err, context.DeadlineExceeded) || errors.As(err, &refusal) || strings.Contains(err.Error(), "http") {
			t.Error(err)
		}
		if got, err := p.pay.QueryOrder(ctx, "D-000001"); err != nil || got.State != wechat.TradeNotPaid {
			t.Errorf("%+v %v", got, err)
		}
		p.fault(Fault{API: "v3/pay/transactions/jsapi", Status: 500, Times: 1})
		if _, err := p.pay.Prepay(ctx, p.order("D-000002")); !errors.As(err, &refusal) || refusal.Status != 500 || refusal.Code != "SYSTEM_ERROR" {
			t.Error(err)
		}
	})
	t.Run("a notice that comes three times has one name", func(t *testing.T) {
		t.Parallel()
		p := newPayProduct(t)
		params, err := p.pay.Prepay(ctx, p.order("D-000001"))
		if err != nil {
			t.Fatal(err)
		}
		p.pays(params.Package, "repeated")
		read, refused := p.notes()
		if len(read) != 3 || len(refused) != 0 || read[0].ID != read[1].ID || read[1].ID != read[2].ID || *read[0].Transaction != *read[2].Transaction {
			t.Errorf("%+v %v", read, refused)
		}
	})
	t.Run("a notice may state an amount that the books do not have", func(t *testing.T) {
		t.Parallel()
		p := newPayProduct(t)
		params, err := p.pay.Prepay(ctx, p.order("D-000001"))
		if err != nil {
			t.Fatal(err)
		}
		p.pays(params.Package, "wrong_amount", "amount_fen", 1)
		read, _ := p.notes()
		if got, err := p.pay.QueryOrder(ctx, "D-000001"); err != nil || got.AmountFen != 1250 || len(read) != 1 || read[0].Transaction.AmountFen != 1 {
			t.Errorf("%+v %+v %v", got, read, err)
		}
	})
	t.Run("a forged notice is refused and shows nothing", func(t *testing.T) {
		t.Parallel()
		p := newPayProduct(t)
		params, err := p.pay.Prepay(ctx, p.order("D-000001"))
		if err != nil {
			t.Fatal(err)
		}
		p.pays(params.Package, "forged")
		read, refused := p.notes()
		if len(read) != 0 || len(refused) == 0 {
			t.Fatalf("%+v %v", read, refused)
		}
		for _, err := range refused {
			if !errors.Is(err, wechat.ErrForged) && !errors.Is(err, wechat.ErrStale) || len(err.Error()) > 100 {
				t.Error(err)
			}
		}
	})
	t.Run("a refund of more than was paid is refused", func(t *testing.T) {
		t.Parallel()
		p := newPayProduct(t)
		params, err := p.pay.Prepay(ctx, p.order("D-000001"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.pay.Refund(ctx, wechat.Refund{RefundNo: "R-1", OrderNo: "D-000001", AmountFen: 1, TotalFen: 1250}); err == nil {
			t.Error("an unpaid order gives money back")
		}
		p.pays(params.Package, "dropped")
		var refusal *wechat.PayError
		if _, err := p.pay.Refund(ctx, wechat.Refund{RefundNo: "R-1", OrderNo: "D-000001", AmountFen: 1251, TotalFen: 1250}); !errors.As(err, &refusal) {
			t.Error(err)
		}
	})
}
