package wechat_test

import (
	"context"
	"crypto/rsa"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"hongyun/wechat"
)

const refundPlain = `{"mchid":"` + mchID + `","transaction_id":"4200","out_trade_no":"` + orderNo + `","refund_id":"5000","out_refund_no":"R1",
"refund_status":"SUCCESS","success_time":"2026-11-20T15:18:00+08:00","user_received_account":"支付用户零钱",
"amount":{"total":1500,"refund":500,"payer_total":1500,"payer_refund":500}}`

// push is one notice on the wire, before it is spoilt.
type push struct {
	header http.Header
	body   []byte
	key    *rsa.PrivateKey
	at     time.Time
}

func (p *push) signed() *push {
	sign(p.header, p.key, p.at, p.body)
	return p
}

func newPush(event, plain string) *push {
	return &push{header: http.Header{}, body: sealedNotice(event, plain, v3Key, noticeNonce), key: payKeys().weChat, at: time.Now()}
}

func TestPay_ReadNotice(t *testing.T) {
	t.Parallel()
	pay, _ := newPay(t)
	ctx := context.Background()
	t.Run("a payment", func(t *testing.T) {
		p := newPush("TRANSACTION.SUCCESS", paidPlain).signed()
		got, err := pay.ReadNotice(ctx, p.header, p.body)
		must(t, err)
		if got.ID != "EV-2026112015180001" || got.Refund != nil {
			t.Fatalf("%+v", got)
		}
		equal(t, *got.Transaction, wechat.Transaction{MchID: mchID, AppID: miniAppID, OrderNo: orderNo, TransactionNo: "4200002026112000000000000001",
			State: wechat.TradeSuccess, AmountFen: 1500, Currency: "CNY", OpenID: openID, PaidAt: time.Date(2026, 11, 20, 7, 18, 0, 0, time.UTC)})
	})
	for event, state := range map[string]string{"REFUND.SUCCESS": wechat.RefundSuccess, "REFUND.ABNORMAL": wechat.RefundAbnormal, "REFUND.CLOSED": wechat.RefundClosed} {
		t.Run("a refund: "+state, func(t *testing.T) {
			plain, finished := strings.Replace(refundPlain, `"SUCCESS"`, `"`+state+`"`, 1), time.Date(2026, 11, 20, 7, 18, 0, 0, time.UTC)
			if state != wechat.RefundSuccess {
				plain, finished = strings.Replace(plain, `"success_time":"2026-11-20T15:18:00+08:00",`, "", 1), time.Time{}
			}
			p := newPush(event, plain).signed()
			got, err := pay.ReadNotice(ctx, p.header, p.body)
			must(t, err)
			if got.Transaction != nil {
				t.Fatalf("%+v", got)
			}
			equal(t, *got.Refund, wechat.RefundResult{RefundNo: "R1", RefundID: "5000", OrderNo: orderNo, State: state, AmountFen: 500, FinishedAt: finished})
		})
	}
	for name, c := range forgeries() {
		t.Run(name+" is refused", func(t *testing.T) {
			p := c.make()
			got, err := pay.ReadNotice(ctx, p.header, p.body)
			if !errors.Is(err, c.want) || got != (wechat.Notice{}) {
				t.Fatalf("%+v, %v; want %v", got, err, c.want)
			}
			leaks(t, err)
		})
	}
}

type forgery struct {
	want error
	make func() *push
}

// forgeries is a table of what must not be taken.
func forgeries() map[string]forgery {
	paid := func(spoil func(p *push)) func() *push {
		return func() *push {
			p := newPush("TRANSACTION.SUCCESS", paidPlain)
			spoil(p)
			return p
		}
	}
	body := func(text string) func() *push { return paid(func(p *push) { p.body = []byte(text); p.signed() }) }
	plain := func(event, text string) func() *push {
		return func() *push { return newPush(event, text).signed() }
	}
	without := func(name string) func() *push { return paid(func(p *push) { p.signed().header.Del(name) }) }
	return map[string]forgery{
		"one that another has signed": {wechat.ErrForged, paid(func(p *push) { p.key = payKeys().stranger; p.signed() })},
		"a changed body":              {wechat.ErrForged, paid(func(p *push) { p.signed().body = append(p.body, ' ') })},
		"another key's serial number": {wechat.ErrForged, paid(func(p *push) { p.signed().header.Set("Wechatpay-Serial", "PUB_KEY_ID_2") })},
		"another nonce":               {wechat.ErrForged, paid(func(p *push) { p.signed().header.Set("Wechatpay-Nonce", "x") })},
		"another time":                {wechat.ErrForged, paid(func(p *push) { p.signed().header.Set("Wechatpay-Timestamp", "1") })},
		"no time that can be read":    {wechat.ErrForged, paid(func(p *push) { p.signed().header.Set("Wechatpay-Timestamp", "now") })},
		"another kind of signature":   {wechat.ErrForged, paid(func(p *push) { p.signed().header.Set("Wechatpay-Signature-Type", "WECHATPAY2-SM2-WITH-SM3") })},
		"WeChat's probe":              {wechat.ErrForged, paid(func(p *push) { p.signed().header.Set("Wechatpay-Signature", "WECHATPAY/SIGNTEST/abc=") })},
		"one without signature":       {wechat.ErrForged, without("Wechatpay-Signature")},
		"one without serial":          {wechat.ErrForged, without("Wechatpay-Serial")},
		"one without nonce":           {wechat.ErrForged, without("Wechatpay-Nonce")},
		"one without time":            {wechat.ErrForged, without("Wechatpay-Timestamp")},
		"one without any header":      {wechat.ErrForged, paid(func(p *push) { p.header = nil })},
		"one of six minutes ago":      {wechat.ErrStale, paid(func(p *push) { p.at = p.at.Add(-6 * time.Minute); p.signed() })},
		"one of six minutes to come":  {wechat.ErrStale, paid(func(p *push) { p.at = p.at.Add(6 * time.Minute); p.signed() })},
		"one that opens with no key": {wechat.ErrForged, paid(func(p *push) {
			p.body = sealedNotice("TRANSACTION.SUCCESS", paidPlain, strings.ToUpper(v3Key), noticeNonce)
			p.signed()
		})},
		"one for another merchant":     {wechat.ErrForged, plain("TRANSACTION.SUCCESS", strings.Replace(paidPlain, mchID, "1900000002", 1))},
		"a refund of another merchant": {wechat.ErrForged, plain("REFUND.SUCCESS", strings.Replace(refundPlain, mchID, "1900000002", 1))},
		"an event of another kind":     {wechat.ErrMalformed, plain("COUPON.USE", paidPlain)},
		"one that is not JSON":         {wechat.ErrMalformed, body("<xml/>")},
		"one without a body":           {wechat.ErrMalformed, body("")},
		"one without resource":         {wechat.ErrMalformed, body(`{"id":"EV-1","event_type":"TRANSACTION.SUCCESS"}`)},
		"one without id":               {wechat.ErrMalformed, paid(func(p *push) { p.body = []byte(strings.Replace(string(p.body), `"id"`, `"x"`, 1)); p.signed() })},
		"a nonce of eleven bytes": {wechat.ErrMalformed, paid(func(p *push) {
			p.body = []byte(strings.Replace(string(p.body), noticeNonce, noticeNonce[1:], 1))
			p.signed()
		})},
		"a seal of another kind":    {wechat.ErrMalformed, paid(func(p *push) { p.body = []byte(strings.Replace(string(p.body), "AES_256", "SM4_128", 1)); p.signed() })},
		"a text that is no base64":  {wechat.ErrForged, body(`{"id":"EV-1","event_type":"TRANSACTION.SUCCESS","resource":{"algorithm":"AEAD_AES_256_GCM","ciphertext":"***","nonce":"` + noticeNonce + `"}}`)},
		"a payment without number":  {wechat.ErrMalformed, plain("TRANSACTION.SUCCESS", strings.Replace(paidPlain, "transaction_id", "x", 1))},
		"a payment without amount":  {wechat.ErrMalformed, plain("TRANSACTION.SUCCESS", strings.Replace(paidPlain, `"amount"`, `"x"`, 1))},
		"a payment that is a list":  {wechat.ErrMalformed, plain("TRANSACTION.SUCCESS", `[]`)},
		"a refund without amount":   {wechat.ErrMalformed, plain("REFUND.SUCCESS", strings.Replace(refundPlain, `"amount"`, `"x"`, 1))},
		"a payment called a refund": {wechat.ErrMalformed, plain("REFUND.SUCCESS", paidPlain)},
		"a refund called a payment": {wechat.ErrMalformed, plain("TRANSACTION.SUCCESS", refundPlain)},
	}
}
