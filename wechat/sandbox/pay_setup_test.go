package sandbox

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/verifiers"
	"github.com/wechatpay-apiv3/wechatpay-go/core/notify"
	"github.com/wechatpay-apiv3/wechatpay-go/core/option"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments/jsapi"
	"github.com/wechatpay-apiv3/wechatpay-go/services/refunddomestic"

	"hongyun/wechat"
)

// testMerchant is made once: keys take long.
var testMerchant = sync.OnceValues(func() (*Merchant, error) { return OpenMerchant("") })

// payBench is a bench whose sandbox has a merchant, with WeChat's own library as the client and as the reader of notices.
type payBench struct {
	*bench
	m        *Merchant
	client   *core.Client
	orders   jsapi.JsapiApiService
	money    refunddomestic.RefundsApiService
	reader   *notify.Handler
	notifyAt string

	mu     sync.Mutex
	seen   []seen
	status func(n int) int // of the n-th notice, from 1
}

// seen is a notice as the library reads it.
type seen struct {
	*notify.Request
	content map[string]any
	err     error
}

func newPayBench(t *testing.T, change ...func(*Options)) *payBench {
	t.Helper()
	m, err := testMerchant()
	if err != nil {
		t.Fatal(err)
	}
	b := &payBench{m: m}
	b.bench = newBench(t, append([]func(*Options){func(o *Options) { o.Merchant = m }}, change...)...)
	b.s.till.refundDelay = time.Millisecond
	c := m.Credentials()
	b.reader, err = notify.NewRSANotifyHandler(c.APIv3Key, verifiers.NewSHA256WithRSAPubkeyVerifier(c.PublicKeyID, *c.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	product := httptest.NewServer(http.HandlerFunc(b.takeNotice))
	t.Cleanup(product.Close)
	b.notifyAt = product.URL + "/wechat/pay/notify"
	b.connect(c)
	return b
}

// connect makes the client anew, after a restart or with other credentials.
func (b *payBench) connect(c wechat.Merchant, more ...core.ClientOption) {
	b.t.Helper()
	web, err := wechat.NewHTTPClient(wechat.HTTPOptions{SandboxURL: b.url + "/sandbox/wire"})
	if err != nil {
		b.t.Fatal(err)
	}
	opts := append([]core.ClientOption{
		option.WithWechatPayPublicKeyAuthCipher(c.MchID, c.SerialNo, c.PrivateKey, c.PublicKeyID, c.PublicKey), option.WithHTTPClient(web),
	}, more...)
	b.client, err = core.NewClient(context.Background(), opts...)
	if err != nil {
		b.t.Fatal(err)
	}
	b.orders, b.money = jsapi.JsapiApiService{Client: b.client}, refunddomestic.RefundsApiService{Client: b.client}
}

func (b *payBench) takeNotice(w http.ResponseWriter, r *http.Request) {
	content := map[string]any{}
	req, err := b.reader.ParseNotifyRequest(r.Context(), r, &content)
	b.mu.Lock()
	b.seen = append(b.seen, seen{req, content, err})
	n, status := len(b.seen), b.status
	b.mu.Unlock()
	switch {
	case status != nil:
		w.WriteHeader(status(n))
	case err != nil:
		w.WriteHeader(http.StatusUnauthorized)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

func (b *payBench) notices() []seen {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]seen{}, b.seen...)
}

// waitNotices waits in real time for notices that come by themselves.
func (b *payBench) waitNotices(n int) []seen {
	b.t.Helper()
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if got := b.notices(); len(got) >= n {
			return got
		}
	}
	b.t.Fatalf("%d notices, want %d", len(b.notices()), n)
	return nil
}

func (b *payBench) request(no string) jsapi.PrepayRequest {
	return jsapi.PrepayRequest{
		Appid: core.String(mini), Mchid: core.String(b.m.mchID), Description: core.String("七月党费"), OutTradeNo: core.String(no),
		TimeExpire: core.Time(b.clock().In(china()).Add(24 * time.Hour)), Attach: core.String("七月"), NotifyUrl: core.String(b.notifyAt),
		Amount: &jsapi.Amount{Total: core.Int64(1250), Currency: core.String("CNY")}, Payer: &jsapi.Payer{Openid: core.String(OpenID(mini, "li"))},
	}
}

// place is the prepay_id of a new order of 12.50 yuan.
func (b *payBench) place(no string) string {
	b.t.Helper()
	res, _, err := b.orders.Prepay(context.Background(), b.request(no))
	if err != nil {
		b.t.Fatal(err)
	}
	return *res.PrepayId
}

// pays lets li pay.
func (b *payBench) pays(prepayID, outcome string, more ...any) answer {
	b.t.Helper()
	body := map[string]any{"prepay_id": prepayID, "outcome": outcome}
	for i := 0; i+1 < len(more); i += 2 {
		body[more[i].(string)] = more[i+1]
	}
	return b.mustDoor("people/li/pay", body)
}

// state is the trade_state that a query gives.
func (b *payBench) tradeState(no string) string {
	b.t.Helper()
	t, _, err := b.orders.QueryOrderByOutTradeNo(context.Background(), jsapi.QueryOrderByOutTradeNoRequest{OutTradeNo: core.String(no), Mchid: core.String(b.m.mchID)})
	if err != nil {
		b.t.Fatal(err)
	}
	return *t.TradeState
}

func (b *payBench) close(no string) error {
	_, err := b.orders.CloseOrder(context.Background(), jsapi.CloseOrderRequest{OutTradeNo: core.String(no), Mchid: core.String(b.m.mchID)})
	return err
}

func (b *payBench) refund(no, refundNo string, fen int64) (*refunddomestic.Refund, error) {
	r, _, err := b.money.Create(context.Background(), refunddomestic.CreateRequest{
		OutTradeNo: core.String(no), OutRefundNo: core.String(refundNo), Reason: core.String("重复缴纳"), NotifyUrl: core.String(b.notifyAt),
		Amount: &refunddomestic.AmountReq{Refund: core.Int64(fen), Total: core.Int64(1250), Currency: core.String("CNY")},
	})
	return r, err
}

// wantRefusal checks an error of the library.
func wantRefusal(t *testing.T, err error, status int, code string) {
	t.Helper()
	var api *core.APIError
	if !errors.As(err, &api) || api.StatusCode != status || api.Code != code || api.Message == "" {
		t.Errorf("err %v, want %d %s", err, status, code)
	}
}
