package wechat

import (
	"context"
	"errors"
	"net/http"

	_ "github.com/wechatpay-apiv3/wechatpay-go/core"
)

// Pay speaks with WeChat Pay for one merchant. It is safe for concurrent use.
type Pay struct {
	merchant Merchant
	http     *http.Client
}

// NewPay makes the client; http is from NewHTTPClient. The error says what is wrong with the merchant's credentials, not what they are.
func NewPay(ctx context.Context, m Merchant, http *http.Client) (*Pay, error) {
	return &Pay{merchant: m, http: http}, nil
}

var errUnbuilt = errors.New("unbuilt")

// MchID names the merchant.
func (p *Pay) MchID() string { return p.merchant.MchID }

// Prepay places the order, or finds it again, and returns what the phone needs. Errors: ErrOrderPaid, ErrOrderClosed, a typed refusal, or an open outcome.
func (p *Pay) Prepay(ctx context.Context, o Order) (PayParams, error) { return PayParams{}, errUnbuilt }

// QueryOrder asks what became of an order. Errors: ErrNoOrder.
func (p *Pay) QueryOrder(ctx context.Context, orderNo string) (Transaction, error) {
	return Transaction{}, errUnbuilt
}

// CloseOrder makes an unpaid order unpayable. Closed already is no error. Errors: ErrNoOrder, ErrOrderPaid.
func (p *Pay) CloseOrder(ctx context.Context, orderNo string) error { return errUnbuilt }

// Refund gives money back, or finds the refund again.
func (p *Pay) Refund(ctx context.Context, r Refund) (RefundResult, error) {
	return RefundResult{}, errUnbuilt
}

// QueryRefund asks what became of a refund. Errors: ErrNoRefund.
func (p *Pay) QueryRefund(ctx context.Context, refundNo string) (RefundResult, error) {
	return RefundResult{}, errUnbuilt
}

// Statement is WeChat's bill of a day (2026-11-20), its hash checked. A day without trade has no rows. Errors: ErrNotReady.
func (p *Pay) Statement(ctx context.Context, day string) ([]StatementRow, error) {
	return nil, errUnbuilt
}

// ReadNotice verifies and opens a push of WeChat Pay. Errors: ErrForged, ErrStale, ErrMalformed; none shows what was sent.
func (p *Pay) ReadNotice(ctx context.Context, header http.Header, body []byte) (Notice, error) {
	return Notice{}, errUnbuilt
}
