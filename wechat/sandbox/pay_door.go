package sandbox

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"hongyun/wechat"
)

// payDialog is the body of POST people/{id}/pay.
type payDialog struct {
	PrepayID  string `json:"prepay_id"`
	Package   string `json:"package"` // as wx.requestPayment takes it: prepay_id=…
	Outcome   string `json:"outcome"`
	DelayMS   *int   `json:"delay_ms"`
	Repeat    *int   `json:"repeat"`
	AmountFen *int64 `json:"amount_fen"` // what a notice with a wrong amount states
}

// pay is what a person does with WeChat's payment dialog. What is paid is in the books before the answer, and so are the
// answers of the product to the notices that are not meant to come later.
func (s *Sandbox) pay(v *visit) (any, error) {
	if s.merchant == nil {
		return nil, conflict("pay.not_available", "沙箱还没有接通微信支付商户平台，暂时不能付款")
	}
	in := payDialog{}
	if err := v.decode(&in); err != nil {
		return nil, err
	}
	out, err := in.outcome()
	if err != nil {
		return nil, err
	}
	id := strings.TrimPrefix(strings.TrimSpace(cmp.Or(in.PrepayID, in.Package)), "prepay_id=")
	if id == "" {
		return nil, invalid("pay.prepay_missing", "请填写 prepay_id")
	}
	now := s.o.Now()
	var o orderRecord
	err = s.changePay(func(b *batch) error {
		var err error
		if o, err = b.payable(id, v.person.ID, now); err != nil || !out.pays() {
			return err
		}
		o.State, o.Paid = wechat.TradeSuccess, now.UTC().Truncate(time.Second)
		o.TransactionID = b.transactionID(now)
		b.setOrder(o)
		return nil
	})
	if err != nil {
		return nil, err
	}
	sent, status, err := s.announce(o, out, now)
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"order_no": o.OrderNo, "transaction_id": o.TransactionID, "trade_state": o.trade(now), "amount_fen": o.AmountFen,
		"outcome": out.kind, "err_msg": out.message(), "notified": sent, "notify_status": status,
	}, nil
}

// payable finds the order that a person may pay now.
func (b *batch) payable(prepayID, person string, now time.Time) (orderRecord, error) {
	p, found := b.pay.prepays[prepayID]
	o, known := b.pay.orders[p.OrderNo]
	if !found || !known {
		return o, notFound("pay.prepay_unknown", "没有这个 prepay_id")
	}
	if owner, _ := PersonOf(o.AppID, o.OpenID); owner != person {
		return o, &doorError{http.StatusForbidden, "pay.not_yours", "这笔订单是下给别人的，只能由下单时的 openid 支付"}
	}
	switch o.trade(now) {
	case wechat.TradeSuccess, wechat.TradeRefund:
		return o, conflict("pay.paid", "这笔订单已经支付")
	case wechat.TradeClosed:
		if o.State == wechat.TradeNotPaid {
			return o, conflict("pay.expired", "这笔订单已经过了支付时间")
		}
		return o, conflict("pay.closed", "这笔订单已经关闭")
	}
	if now.Sub(p.At) >= prepayLife {
		return o, conflict("pay.prepay_expired", "prepay_id 已超过两小时，请重新下单")
	}
	return o, nil
}

// transactionID makes a number of 28 digits that no other payment has.
func (b *batch) transactionID(now time.Time) string {
	for {
		id := "4200" + randomDigits(6) + now.In(china()).Format("20060102") + randomDigits(10)
		if _, taken := b.pay.byTransaction[id]; !taken {
			return id
		}
	}
}

// shownOrder is an order on its payer's phone or in WeChat's books.
type shownOrder struct {
	OrderNo       string     `json:"order_no"`
	TransactionID string     `json:"transaction_id"`
	PrepayID      string     `json:"prepay_id"` // the newest; empty when it can no longer be paid with
	Person        string     `json:"person"`
	OpenID        string     `json:"openid"`
	AppID         string     `json:"appid"`
	Description   string     `json:"description"`
	AmountFen     int64      `json:"amount_fen"`
	RefundedFen   int64      `json:"refunded_fen"`
	TradeState    string     `json:"trade_state"`
	CreatedAt     time.Time  `json:"created_at"`
	ExpiresAt     time.Time  `json:"expires_at"`
	PaidAt        *time.Time `json:"paid_at"`
}

func (s *Sandbox) shown(orders []orderRecord) []shownOrder {
	now := s.o.Now()
	items := make([]shownOrder, 0, len(orders))
	for _, o := range orders {
		i := shownOrder{
			OrderNo: o.OrderNo, TransactionID: o.TransactionID, OpenID: o.OpenID, AppID: o.AppID, Description: o.Description,
			AmountFen: o.AmountFen, RefundedFen: o.RefundedFen, TradeState: o.trade(now), CreatedAt: o.Created, ExpiresAt: o.Expires,
		}
		i.Person, _ = PersonOf(o.AppID, o.OpenID)
		if i.TradeState == wechat.TradeNotPaid {
			s.state.view(func(st *state) {
				if p := st.pay.prepays[o.PrepayID]; now.Sub(p.At) < prepayLife {
					i.PrepayID = o.PrepayID
				}
			})
		}
		if !o.Paid.IsZero() {
			i.PaidAt = &o.Paid
		}
		items = append(items, i)
	}
	return items
}

// listOrdersOf are one person's orders, newest first.
func (s *Sandbox) listOrdersOf(v *visit) (any, error) {
	return s.shown(s.ordersOf(OpenID(s.o.MiniProgram, v.person.ID))), nil
}

// listOrders are all orders, newest first; ?trade_state= keeps those of one state.
func (s *Sandbox) listOrders(v *visit) (any, error) {
	items := s.shown(s.ordersOf(""))
	if want := v.URL.Query().Get("trade_state"); want != "" {
		items = slices.DeleteFunc(items, func(o shownOrder) bool { return o.TradeState != want })
	}
	return items, nil
}

// listRefunds are all refunds, newest first.
func (s *Sandbox) listRefunds(*visit) (any, error) {
	type shown struct {
		RefundNo  string     `json:"refund_no"`
		RefundID  string     `json:"refund_id"`
		OrderNo   string     `json:"order_no"`
		AmountFen int64      `json:"amount_fen"`
		Reason    string     `json:"reason"`
		Status    string     `json:"status"`
		CreatedAt time.Time  `json:"created_at"`
		SuccessAt *time.Time `json:"success_at"`
	}
	items := []shown{}
	for _, r := range s.refunds() {
		i := shown{r.RefundNo, r.RefundID, r.OrderNo, r.AmountFen, r.Reason, r.Status, r.Created, nil}
		if !r.Done.IsZero() {
			i.SuccessAt = &r.Done
		}
		items = append(items, i)
	}
	return items, nil
}

// sumUp is what went through WeChat: payments, and refunds that are done.
func (s *Sandbox) sumUp(*visit) (any, error) {
	var paid, refunds int
	var paidFen, refundedFen int64
	s.state.view(func(st *state) {
		for _, o := range st.pay.orders {
			if o.State == wechat.TradeSuccess {
				paid, paidFen = paid+1, paidFen+o.AmountFen
			}
		}
		for _, r := range st.pay.refunds {
			if r.Status == wechat.RefundSuccess {
				refunds, refundedFen = refunds+1, refundedFen+r.AmountFen
			}
		}
	})
	return map[string]any{"paid": paid, "paid_fen": paidFen, "refunds": refunds, "refunded_fen": refundedFen}, nil
}
