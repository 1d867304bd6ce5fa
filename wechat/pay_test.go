package wechat_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hongyun/wechat"
)

const (
	prepayPath = "/v3/pay/transactions/jsapi"
	orderPath  = "/v3/pay/transactions/out-trade-no/" + orderNo
	refundPath = "/v3/refund/domestic/refunds"
)

func order() wechat.Order {
	return wechat.Order{AppID: miniAppID, OrderNo: orderNo, Description: "党费 2026年11月", AmountFen: 1500, OpenID: openID,
		ExpiresAt: time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)}
}

func TestNewPay(t *testing.T) {
	t.Parallel()
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	must(t, err)
	for name, spoil := range map[string]func(*wechat.Merchant){
		"without a number":                 func(m *wechat.Merchant) { m.MchID = "" },
		"without a serial number":          func(m *wechat.Merchant) { m.SerialNo = "" },
		"without a private key":            func(m *wechat.Merchant) { m.PrivateKey = nil },
		"with a short private key":         func(m *wechat.Merchant) { m.PrivateKey = short },
		"with half an APIv3 key":           func(m *wechat.Merchant) { m.APIv3Key = v3Key[:16] },
		"without the id of the public key": func(m *wechat.Merchant) { m.PublicKeyID = "" },
		"without the public key":           func(m *wechat.Merchant) { m.PublicKey = nil },
		"with an empty public key":         func(m *wechat.Merchant) { m.PublicKey = &rsa.PublicKey{} },
		"with a relative address":          func(m *wechat.Merchant) { m.NotifyURL = "/wechat/pay/notify" },
		"with a query in the address":      func(m *wechat.Merchant) { m.NotifyURL += "?a=b" },
	} {
		t.Run("a merchant "+name+" is refused", func(t *testing.T) {
			m := merchant()
			spoil(&m)
			_, err := wechat.NewPay(context.Background(), m, http.DefaultClient)
			if err == nil {
				t.Fatal("accepted")
			}
			if strings.Contains(err.Error(), v3Key[:16]) {
				t.Fatalf("the error shows the key: %v", err)
			}
		})
	}
	t.Run("printed, logged or marshalled, a merchant shows no secret", func(t *testing.T) {
		m := merchant()
		var out strings.Builder
		slog.New(slog.NewTextHandler(&out, nil)).Info("x", "m", m)
		raw, err := json.Marshal(m)
		must(t, err)
		fmt.Fprintf(&out, "%v %+v %#v %s %s", m, m, m, m, raw)
		for _, secret := range []string{v3Key, m.PrivateKey.D.String(), m.PrivateKey.Primes[0].String()} {
			if strings.Contains(out.String(), secret) {
				t.Errorf("shown in %s", out.String())
			}
		}
	})
}

func TestPay_Prepay(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	t.Run("the phone gets parameters that the merchant has signed", func(t *testing.T) {
		t.Parallel()
		pay, far := newPay(t)
		rapid.Check(t, func(rt *rapid.T) {
			o := order()
			o.AppID = rapid.StringMatching(`wx[0-9a-f]{16}`).Draw(rt, "appid")
			far.says("POST "+prepayPath, 200, `{"prepay_id":"`+rapid.StringMatching(`[0-9a-zA-Z]{1,64}`).Draw(rt, "prepay")+`"}`)
			got, err := pay.Prepay(ctx, o)
			if err != nil {
				rt.Fatal(err)
			}
			text := o.AppID + "\n" + got.TimeStamp + "\n" + got.NonceStr + "\n" + got.Package + "\n"
			if got.SignType != "RSA" || !strings.HasPrefix(got.Package, "prepay_id=") || !genuine(&payKeys().merchant.PublicKey, text, got.PaySign) {
				rt.Fatalf("%+v", got)
			}
		})
		sent := far.sent(t, prepayPath)
		equal(t, sent["mchid"], any(mchID))
		equal(t, sent["notify_url"], any(merchant().NotifyURL))
		equal(t, sent["time_expire"], any("2026-11-20T16:00:00+08:00"))
		equal(t, fmt.Sprint(sent["amount"]), "map[currency:CNY total:1500]")
		equal(t, fmt.Sprint(sent["payer"]), "map[openid:"+openID+"]")
	})
	for name, c := range map[string]struct {
		status int
		body   string
		want   error // nil: none that a caller tells apart
		code   string
	}{
		"an order that is paid":        {403, `{"code":"ORDER_PAID","message":"订单已支付"}`, wechat.ErrOrderPaid, "ORDER_PAID"},
		"an order that is closed":      {400, `{"code":"ORDER_CLOSED","message":"订单已关闭"}`, wechat.ErrOrderClosed, "ORDER_CLOSED"},
		"the old spelling of paid":     {403, `{"code":"ORDERPAID","message":"订单已支付"}`, wechat.ErrOrderPaid, "ORDERPAID"},
		"a wrong parameter":            {400, `{"code":"PARAM_ERROR","message":"` + strings.Repeat(`错\n`, 500) + `"}`, nil, "PARAM_ERROR"},
		"a code that is none":          {500, `{"code":"<script>","message":"x"}`, nil, ""},
		"a page of a gateway":          {502, `<html>secret=abc</html>`, nil, ""},
		"a body that names its status": {403, `{"code":"RULE_LIMIT","message":"m","StatusCode":200,"Body":"b"}`, nil, "RULE_LIMIT"},
	} {
		t.Run(name+" is a typed refusal", func(t *testing.T) {
			t.Parallel()
			pay, far := newPay(t)
			far.says("POST "+prepayPath, c.status, c.body)
			_, err := pay.Prepay(ctx, order())
			var refusal *wechat.PayError
			if !errors.As(err, &refusal) || refusal.Status != c.status || refusal.Code != c.code || len([]rune(refusal.Message)) > 100 {
				t.Fatalf("%#v", err)
			}
			if c.want != nil && !errors.Is(err, c.want) {
				t.Fatalf("%v is not %v", err, c.want)
			}
			leaks(t, err)
		})
	}
	for name, answer := range map[string]func(far *payFar){
		"an answer that another has signed": func(far *payFar) {
			far.signer = payKeys().stranger
			far.says("POST "+prepayPath, 200, `{"prepay_id":"wx1"}`)
		},
		"an answer that nobody has signed": func(far *payFar) {
			far.on("POST "+prepayPath, func(w http.ResponseWriter, _ *http.Request, _ []byte) {
				_, _ = io.WriteString(w, `{"prepay_id":"wx1"}`)
			})
		},
		"an answer of six minutes ago": func(far *payFar) {
			far.on("POST "+prepayPath, func(w http.ResponseWriter, _ *http.Request, _ []byte) {
				body := []byte(`{"prepay_id":"wx1"}`)
				sign(w.Header(), payKeys().weChat, time.Now().Add(-6*time.Minute), body)
				_, _ = w.Write(body)
			})
		},
		"an answer without prepay_id":        func(far *payFar) { far.says("POST "+prepayPath, 200, `{}`) },
		"an answer with an empty prepay_id":  func(far *payFar) { far.says("POST "+prepayPath, 200, `{"prepay_id":""}`) },
		"an answer that is not JSON":         func(far *payFar) { far.says("POST "+prepayPath, 200, `wx1`) },
		"an answer that is longer than 1 MB": func(far *payFar) { far.says("POST "+prepayPath, 200, `{"prepay_id":"`+string(zeros(1<<20))+`"}`) },
		"a refusal that is longer than 1 MB": func(far *payFar) { far.says("POST "+prepayPath, 500, string(zeros(1<<20+1))) },
	} {
		t.Run(name+" leaves the outcome open", func(t *testing.T) {
			t.Parallel()
			pay, far := newPay(t)
			answer(far)
			_, err := pay.Prepay(ctx, order())
			var refusal *wechat.PayError
			if err == nil || errors.As(err, &refusal) {
				t.Fatalf("%v", err)
			}
			leaks(t, err)
		})
	}
	t.Run("a call ends with its context and names no address", func(t *testing.T) {
		t.Parallel()
		pay, far := newPay(t)
		ended, cancel := context.WithCancel(ctx)
		far.on("POST "+prepayPath, func(_ http.ResponseWriter, r *http.Request, _ []byte) {
			cancel()
			<-r.Context().Done()
		})
		_, err := pay.Prepay(ended, order())
		if !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "http") {
			t.Fatal(err)
		}
	})
}

func TestPay_QueryOrder(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	t.Run("a paid order", func(t *testing.T) {
		t.Parallel()
		pay, far := newPay(t)
		far.says("GET "+orderPath, 200, paidPlain)
		got, err := pay.QueryOrder(ctx, orderNo)
		must(t, err)
		equal(t, got, wechat.Transaction{MchID: mchID, AppID: miniAppID, OrderNo: orderNo, TransactionNo: "4200002026112000000000000001",
			State: wechat.TradeSuccess, AmountFen: 1500, Currency: "CNY", OpenID: openID, PaidAt: time.Date(2026, 11, 20, 7, 18, 0, 0, time.UTC)})
	})
	t.Run("an unpaid order has neither number nor time", func(t *testing.T) {
		t.Parallel()
		pay, far := newPay(t)
		far.says("GET "+orderPath, 200, `{"appid":"`+miniAppID+`","mchid":"`+mchID+`","out_trade_no":"`+orderNo+`","trade_state":"NOTPAY","trade_state_desc":"订单未支付"}`)
		got, err := pay.QueryOrder(ctx, orderNo)
		must(t, err)
		equal(t, got, wechat.Transaction{MchID: mchID, AppID: miniAppID, OrderNo: orderNo, State: wechat.TradeNotPaid})
	})
	t.Run("an order that WeChat does not know", func(t *testing.T) {
		t.Parallel()
		pay, far := newPay(t)
		far.says("GET "+orderPath, 404, `{"code":"ORDER_NOT_EXIST","message":"订单不存在"}`)
		if _, err := pay.QueryOrder(ctx, orderNo); !errors.Is(err, wechat.ErrNoOrder) {
			t.Fatal(err)
		}
	})
	for name, answer := range map[string]string{
		"another order":               strings.Replace(paidPlain, orderNo, "D20261100000002", 1),
		"another merchant":            strings.Replace(paidPlain, mchID, "1900000002", 1),
		"a payment without number":    strings.Replace(paidPlain, "transaction_id", "x", 1),
		"a payment without amount":    strings.Replace(paidPlain, `"amount"`, `"x"`, 1),
		"a payment without its total": strings.Replace(paidPlain, `"total"`, `"x"`, 1),
		"a payment without time":      strings.Replace(paidPlain, "success_time", "x", 1),
		"a payment at no time":        strings.Replace(paidPlain, "2026-11-20T15", "yesterday", 1),
		"nothing":                     `{}`,
		"null":                        `null`,
	} {
		t.Run("an answer about "+name+" is refused", func(t *testing.T) {
			t.Parallel()
			pay, far := newPay(t)
			far.says("GET "+orderPath, 200, answer)
			if got, err := pay.QueryOrder(ctx, orderNo); err == nil || got != (wechat.Transaction{}) {
				t.Fatalf("%+v, %v", got, err)
			}
		})
	}
}

func TestPay_CloseOrder(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		body   string
		want   error
	}{
		"an unpaid order is closed":             {204, ``, nil},
		"closed already is closed":              {400, `{"code":"ORDER_CLOSED","message":"订单已关闭"}`, nil},
		"a paid order stays open":               {400, `{"code":"ORDER_PAID","message":"订单已支付"}`, wechat.ErrOrderPaid},
		"an unknown order cannot be closed":     {404, `{"code":"ORDER_NOT_EXIST","message":"订单不存在"}`, wechat.ErrNoOrder},
		"the old spelling of unknown is enough": {404, `{"code":"ORDERNOTEXIST","message":"订单不存在"}`, wechat.ErrNoOrder},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pay, far := newPay(t)
			far.says("POST "+orderPath+"/close", c.status, c.body)
			if err := pay.CloseOrder(context.Background(), orderNo); !errors.Is(err, c.want) {
				t.Fatal(err)
			}
		})
	}
}

func TestPay_Refund(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	const answer = `{"refund_id":"50000000382019052709732678859","out_refund_no":"R1","transaction_id":"4200","out_trade_no":"` + orderNo + `",
		"channel":"ORIGINAL","user_received_account":"支付用户零钱","create_time":"2026-11-20T10:00:00+08:00","status":"PROCESSING",
		"amount":{"total":1500,"refund":500,"payer_total":1500,"payer_refund":500,"settlement_refund":500,"settlement_total":1500,"discount_refund":0,"currency":"CNY"}}`
	refund := wechat.Refund{RefundNo: "R1", OrderNo: orderNo, Reason: "重复缴纳", AmountFen: 500, TotalFen: 1500}
	want := wechat.RefundResult{RefundNo: "R1", RefundID: "50000000382019052709732678859", OrderNo: orderNo, State: wechat.RefundProcessing, AmountFen: 500}
	t.Run("a refund is taken, and found again", func(t *testing.T) {
		t.Parallel()
		pay, far := newPay(t)
		far.says("POST "+refundPath, 200, answer)
		far.says("GET "+refundPath+"/R1", 200, strings.Replace(answer, `"PROCESSING"`, `"SUCCESS","success_time":"2026-11-20T10:01:00+08:00"`, 1))
		got, err := pay.Refund(ctx, refund)
		must(t, err)
		equal(t, got, want)
		equal(t, fmt.Sprint(far.sent(t, refundPath)["amount"]), "map[currency:CNY refund:500 total:1500]")
		done := want
		done.State, done.FinishedAt = wechat.RefundSuccess, time.Date(2026, 11, 20, 2, 1, 0, 0, time.UTC)
		got, err = pay.QueryRefund(ctx, "R1")
		must(t, err)
		equal(t, got, done)
	})
	t.Run("what is missing is told apart", func(t *testing.T) {
		t.Parallel()
		pay, far := newPay(t)
		far.says("POST "+refundPath, 404, `{"code":"RESOURCE_NOT_EXISTS","message":"订单不存在"}`)
		far.says("GET "+refundPath+"/R1", 404, `{"code":"RESOURCE_NOT_EXISTS","message":"退款单不存在"}`)
		if _, err := pay.Refund(ctx, refund); !errors.Is(err, wechat.ErrNoOrder) {
			t.Error(err)
		}
		if _, err := pay.QueryRefund(ctx, "R1"); !errors.Is(err, wechat.ErrNoRefund) {
			t.Error(err)
		}
	})
	t.Run("a merchant without money is a refusal with its code", func(t *testing.T) {
		t.Parallel()
		pay, far := newPay(t)
		far.says("POST "+refundPath, 403, `{"code":"NOT_ENOUGH","message":"基本账户余额不足，请充值后重新发起"}`)
		_, err := pay.Refund(ctx, refund)
		var refusal *wechat.PayError
		if !errors.As(err, &refusal) || refusal.Code != "NOT_ENOUGH" || errors.Unwrap(refusal) != nil {
			t.Fatal(err)
		}
	})
	for name, spoilt := range map[string]string{
		"another refund":   strings.Replace(answer, `"R1"`, `"R2"`, 1),
		"no amount":        strings.Replace(answer, `"amount"`, `"x"`, 1),
		"no refunded part": strings.Replace(answer, `"refund":`, `"x":`, 1),
		"no state":         strings.Replace(answer, `"status"`, `"x"`, 1),
		"no number":        strings.Replace(answer, `"refund_id"`, `"x"`, 1),
	} {
		t.Run("an answer with "+name+" is refused", func(t *testing.T) {
			t.Parallel()
			pay, far := newPay(t)
			far.says("POST "+refundPath, 200, spoilt)
			if got, err := pay.Refund(ctx, refund); err == nil || got != (wechat.RefundResult{}) {
				t.Fatalf("%+v, %v", got, err)
			}
		})
	}
}
