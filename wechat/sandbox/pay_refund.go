package sandbox

import (
	"net/http"
	"strings"
	"time"

	"hongyun/wechat"
)

const (
	refundsOfOrder = 50 // partial refunds of one order
	refundTerm     = 365 * 24 * time.Hour
)

// refundRequest is the body of POST /v3/refund/domestic/refunds.
type refundRequest struct {
	TransactionID string `json:"transaction_id"`
	OutTradeNo    string `json:"out_trade_no"`
	OutRefundNo   string `json:"out_refund_no"`
	Reason        string `json:"reason"`
	NotifyURL     string `json:"notify_url"`
	Amount        struct {
		Refund   int64  `json:"refund"`
		Total    int64  `json:"total"`
		Currency string `json:"currency"`
	} `json:"amount"`
}

func (in refundRequest) check() error {
	switch {
	case (in.TransactionID == "") == (in.OutTradeNo == ""):
		return badParam("transaction_id 和 out_trade_no 应当二选一")
	case in.OutRefundNo == "" || len(in.OutRefundNo) > 64 || strings.Trim(in.OutRefundNo, numberLetters+"_-|*@") != "":
		return badParam("out_refund_no 应当是 1 到 64 位的数字、大小写字母、_-|*@")
	case len(in.Reason) > 80:
		return badParam("reason 最多 80 个字节")
	case in.NotifyURL != "" && !plainURL(in.NotifyURL):
		return badParam("notify_url 应当是不带参数的 http(s) 地址，最多 255 个字符")
	case in.Amount.Refund < 1:
		return badParam("amount.refund 应当是大于 0 的整数，单位为分")
	case in.Amount.Total < 1:
		return badParam("amount.total 应当是大于 0 的整数，单位为分")
	case in.Amount.Currency != "CNY":
		return badParam("amount.currency 只支持 CNY")
	}
	return nil
}

// placeRefund is POST /v3/refund/domestic/refunds: the same number is the same refund. It is under way when this
// answers, and done a moment later.
func (s *Sandbox) placeRefund(c *payCall) (any, error) {
	var in refundRequest
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	var o orderRecord
	var r refundRecord
	again := false
	err := s.changePay(func(b *batch) error {
		no := in.OutTradeNo
		if in.TransactionID != "" {
			no = b.pay.byTransaction[in.TransactionID]
		}
		var err error
		if o, err = b.refundable(no, in, c.now); err != nil {
			return err
		}
		if r, again = b.pay.refunds[in.OutRefundNo]; again {
			return sameRefund(r, in, o)
		}
		switch {
		case o.RefundedFen+in.Amount.Refund > o.AmountFen:
			return badRequest("申请退款金额大于订单可退金额")
		case o.Refunds >= refundsOfOrder:
			return badRequest("一笔订单最多部分退款 50 次")
		}
		o.RefundedFen += in.Amount.Refund
		o.Refunds++
		r = refundRecord{
			Seq: b.nextID(c.now), RefundNo: in.OutRefundNo, RefundID: "503" + randomDigits(5) + c.now.In(china()).Format("20060102") + randomDigits(13),
			OrderNo: o.OrderNo, AmountFen: in.Amount.Refund, Reason: in.Reason, NotifyURL: in.NotifyURL,
			Status: wechat.RefundProcessing, Created: c.now.UTC().Truncate(time.Second),
		}
		b.setOrder(o)
		b.setRefund(r)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !again {
		s.finishLater(r.RefundNo)
	}
	return refundReply(r, o), nil
}

// refundable finds the order, if it is one that was paid and that the caller knows.
func (b *batch) refundable(no string, in refundRequest, now time.Time) (orderRecord, error) {
	o, found := b.pay.orders[no]
	switch {
	case !found:
		return o, payRefuse(http.StatusNotFound, "RESOURCE_NOT_EXISTS", "订单号不存在")
	case o.State != wechat.TradeSuccess:
		return o, badRequest("订单未支付，不能退款")
	case in.Amount.Total != o.AmountFen:
		return o, badRequest("订单金额或退款金额与之前请求不一致，请核实后再试")
	case now.Sub(o.Paid) > refundTerm:
		return o, badRequest("订单已超过一年，不能退款")
	}
	return o, nil
}

func sameRefund(r refundRecord, in refundRequest, o orderRecord) error {
	if r.OrderNo != o.OrderNo || r.AmountFen != in.Amount.Refund {
		return badRequest("订单金额或退款金额与之前请求不一致，请核实后再试")
	}
	return nil
}

// finishLater completes a refund after a moment and tells the merchant. One that the end of the sandbox interrupts is
// taken up when it opens again.
func (s *Sandbox) finishLater(refundNo string) {
	s.later(s.till.refundDelay, func() {
		now := s.o.Now()
		var r refundRecord
		var o orderRecord
		err := s.changePay(func(b *batch) error {
			r = b.pay.refunds[refundNo]
			r.Status, r.Done = wechat.RefundSuccess, now.UTC().Truncate(time.Second)
			o = b.pay.orders[r.OrderNo]
			b.setRefund(r)
			return nil
		})
		if err != nil {
			s.log.Error("sandbox refund", "err", err)
			return
		}
		if r.NotifyURL == "" {
			return
		}
		n, err := s.refundNotice(r, o, now)
		if err != nil {
			s.log.Error("sandbox refund notice", "err", err)
			return
		}
		s.tellMerchant(n, 1)
	})
}

// resumeRefunds takes up what the last process left under way.
func (s *Sandbox) resumeRefunds() {
	for _, r := range s.refunds() {
		if r.Status == wechat.RefundProcessing {
			s.finishLater(r.RefundNo)
		}
	}
}

// queryRefund is GET /v3/refund/domestic/refunds/{no}.
func (s *Sandbox) queryRefund(c *payCall) (any, error) {
	var r refundRecord
	var o orderRecord
	var found bool
	s.state.view(func(st *state) {
		if r, found = st.pay.refunds[c.no]; found {
			o = st.pay.orders[r.OrderNo]
		}
	})
	if !found {
		return nil, payRefuse(http.StatusNotFound, "RESOURCE_NOT_EXISTS", "退款单不存在")
	}
	return refundReply(r, o), nil
}

func refundReply(r refundRecord, o orderRecord) map[string]any {
	reply := map[string]any{
		"refund_id": r.RefundID, "out_refund_no": r.RefundNo, "transaction_id": o.TransactionID, "out_trade_no": o.OrderNo,
		"channel": "ORIGINAL", "user_received_account": "支付用户零钱", "create_time": payTime(r.Created), "status": r.Status,
		"funds_account": "AVAILABLE", "promotion_detail": []any{},
		"amount": map[string]any{
			"total": o.AmountFen, "refund": r.AmountFen, "from": []any{}, "payer_total": o.AmountFen, "payer_refund": r.AmountFen,
			"settlement_total": o.AmountFen, "settlement_refund": r.AmountFen, "discount_refund": 0, "currency": "CNY",
		},
	}
	if r.Status == wechat.RefundSuccess {
		reply["success_time"] = payTime(r.Done)
	}
	return reply
}
