package wechat

import (
	"context"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/services/refunddomestic"
)

// The calls whose refusals share a code.
const (
	apiRefund      = "refund"
	apiQueryRefund = "query refund"
)

// Refund gives money back, or finds the refund again. That it is taken does not mean that it is done: see the state,
// query, or wait for the notice. Errors: ErrNoOrder; a *PayError, e.g. NOT_ENOUGH when the merchant's balance is short.
func (p *Pay) Refund(ctx context.Context, r Refund) (RefundResult, error) {
	req := refunddomestic.CreateRequest{
		OutTradeNo: &r.OrderNo, OutRefundNo: &r.RefundNo, NotifyUrl: &p.merchant.NotifyURL,
		Amount: &refunddomestic.AmountReq{Refund: &r.AmountFen, Total: &r.TotalFen, Currency: core.String(currency)},
	}
	if r.Reason != "" {
		req.Reason = &r.Reason
	}
	return p.refund(apiRefund, r.RefundNo, func() (*refunddomestic.Refund, *core.APIResult, error) {
		return p.refunds.Create(ctx, req)
	})
}

// QueryRefund asks what became of a refund. Errors: ErrNoRefund.
func (p *Pay) QueryRefund(ctx context.Context, refundNo string) (RefundResult, error) {
	return p.refund(apiQueryRefund, refundNo, func() (*refunddomestic.Refund, *core.APIResult, error) {
		return p.refunds.QueryByOutRefundNo(ctx, refunddomestic.QueryByOutRefundNoRequest{OutRefundNo: &refundNo})
	})
}

// refund runs either call and reads the answer, which has one form.
func (p *Pay) refund(api, refundNo string, call func() (*refunddomestic.Refund, *core.APIResult, error)) (RefundResult, error) {
	var out RefundResult
	err := payCall(api, func() (*core.APIResult, error) {
		got, result, err := call()
		if err != nil {
			return result, err
		}
		out = RefundResult{RefundNo: deref(got.OutRefundNo), RefundID: deref(got.RefundId), OrderNo: deref(got.OutTradeNo)}
		if got.Status == nil || got.Amount == nil || got.Amount.Refund == nil || out.RefundID == "" {
			return result, errShape
		}
		out.State, out.AmountFen = string(*got.Status), *got.Amount.Refund
		if got.SuccessTime != nil {
			out.FinishedAt = got.SuccessTime.UTC()
		}
		return result, nil
	})
	if err != nil {
		return RefundResult{}, err
	}
	// SECURITY: the signature of an answer does not cover the question.
	if out.RefundNo != refundNo {
		return RefundResult{}, &callError{api: "pay " + api, cause: errOther}
	}
	return out, nil
}
