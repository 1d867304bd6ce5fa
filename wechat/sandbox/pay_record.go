package sandbox

import (
	"encoding/json"
	"errors"
	"io"
	"slices"
	"time"

	"hongyun/wechat"
)

// The kinds of journal lines of WeChat Pay.
const (
	kindOrder  = "order"  // by out_trade_no
	kindPrepay = "prepay" // by prepay_id
	kindRefund = "refund" // by out_refund_no
)

const (
	orderLife  = 7 * 24 * time.Hour // of an order that names no end
	prepayLife = 2 * time.Hour
	prepayKept = 24 * time.Hour // one that has run out is told from an unknown one so long
)

// orderRecord is an order at WeChat. State is what was done to it: NOTPAY, SUCCESS or CLOSED; see trade for what it
// counts as.
type orderRecord struct {
	Seq           int64     `json:"seq"` // in the order of arrival
	OrderNo       string    `json:"out_trade_no"`
	AppID         string    `json:"appid"`
	OpenID        string    `json:"openid"`
	Description   string    `json:"description"`
	Attach        string    `json:"attach,omitempty"`
	NotifyURL     string    `json:"notify_url"`
	AmountFen     int64     `json:"amount"`
	Expires       time.Time `json:"expires"`
	Fixed         bool      `json:"fixed,omitempty"` // Expires was asked for
	PrepayID      string    `json:"prepay_id"`       // the newest
	Created       time.Time `json:"created"`
	State         string    `json:"state"`
	TransactionID string    `json:"transaction_id,omitempty"`
	Paid          time.Time `json:"paid,omitzero"`
	RefundedFen   int64     `json:"refunded,omitempty"` // asked for and not failed
	Refunds       int       `json:"refunds,omitempty"`
}

// trade is WeChat's trade_state at a time.
func (o orderRecord) trade(now time.Time) string {
	switch {
	case o.State == wechat.TradeSuccess && o.RefundedFen > 0:
		return wechat.TradeRefund
	case o.State == wechat.TradeNotPaid && !now.Before(o.Expires):
		return wechat.TradeClosed
	}
	return o.State
}

// prepayRecord is one permission to pay an order.
type prepayRecord struct {
	OrderNo string    `json:"out_trade_no"`
	At      time.Time `json:"at"`
}

// refundRecord is money on its way back.
type refundRecord struct {
	Seq       int64     `json:"seq"`
	RefundNo  string    `json:"out_refund_no"`
	RefundID  string    `json:"refund_id"`
	OrderNo   string    `json:"out_trade_no"`
	AmountFen int64     `json:"amount"`
	Reason    string    `json:"reason,omitempty"`
	NotifyURL string    `json:"notify_url,omitempty"`
	Status    string    `json:"status"`
	Created   time.Time `json:"created"`
	Done      time.Time `json:"done,omitzero"`
}

// books are what WeChat Pay remembers of the merchant.
type books struct {
	orders  map[string]orderRecord
	prepays map[string]prepayRecord
	refunds map[string]refundRecord

	byPayer       map[string][]string // openid → order numbers
	byTransaction map[string]string   // transaction_id → order number
}

func newBooks() books {
	return books{
		orders: map[string]orderRecord{}, prepays: map[string]prepayRecord{}, refunds: map[string]refundRecord{},
		byPayer: map[string][]string{}, byTransaction: map[string]string{},
	}
}

func (b *books) put(o orderRecord) {
	if _, known := b.orders[o.OrderNo]; !known {
		b.byPayer[o.OpenID] = append(b.byPayer[o.OpenID], o.OrderNo)
	}
	if o.TransactionID != "" {
		b.byTransaction[o.TransactionID] = o.OrderNo
	}
	b.orders[o.OrderNo] = o
}

// replayPay takes one journal line of WeChat Pay back into memory.
func (st *state) replayPay(l line) error {
	switch l.Kind {
	case kindOrder:
		var o orderRecord
		if err := json.Unmarshal(l.Value, &o); err != nil {
			return err
		}
		st.lastID = max(st.lastID, o.Seq)
		st.pay.put(o)
	case kindPrepay:
		return into(st.pay.prepays, l)
	case kindRefund:
		var r refundRecord
		if err := json.Unmarshal(l.Value, &r); err != nil {
			return err
		}
		st.lastID = max(st.lastID, r.Seq)
		st.pay.refunds[l.Key] = r
	}
	return nil
}

func (st *state) dumpPay(w io.Writer) error {
	return errors.Join(dumpMap(w, kindOrder, st.pay.orders), dumpMap(w, kindPrepay, st.pay.prepays), dumpMap(w, kindRefund, st.pay.refunds))
}

func (b *batch) setOrder(o orderRecord) {
	b.pay.put(o)
	b.note(kindOrder, o.OrderNo, o)
}

func (b *batch) setPrepay(id string, r prepayRecord) {
	if r.At.Sub(b.swept) > sweepEvery {
		b.sweep(r.At)
	}
	b.pay.prepays[id] = r
	b.note(kindPrepay, id, r)
}

func (b *batch) setRefund(r refundRecord) {
	b.pay.refunds[r.RefundNo] = r
	b.note(kindRefund, r.RefundNo, r)
}

// ordersOf are one payer's orders, or everybody's if openid is empty, newest first.
func (s *Sandbox) ordersOf(openid string) []orderRecord {
	var orders []orderRecord
	s.state.view(func(st *state) {
		if openid == "" {
			for _, o := range st.pay.orders {
				orders = append(orders, o)
			}
			return
		}
		for _, no := range st.pay.byPayer[openid] {
			orders = append(orders, st.pay.orders[no])
		}
	})
	slices.SortFunc(orders, func(a, b orderRecord) int { return int(b.Seq - a.Seq) })
	return orders
}

// refunds are all, newest first.
func (s *Sandbox) refunds() []refundRecord {
	var refunds []refundRecord
	s.state.view(func(st *state) {
		for _, r := range st.pay.refunds {
			refunds = append(refunds, r)
		}
	})
	slices.SortFunc(refunds, func(a, b refundRecord) int { return int(b.Seq - a.Seq) })
	return refunds
}
