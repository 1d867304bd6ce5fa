package payment

import (
	"context"
	"errors"

	"hongyun/model"
	"hongyun/service/audit"
	"hongyun/wechat"
)

// ending says that a payment which nobody has paid is to be closed, by whom and why.
type ending struct {
	by     *int64 // empty: the platform
	reason string
	audit  *audit.Actor // who closes somebody else's payment
}

func expired() *ending { return &ending{reason: "超过支付时限"} }

// ask asks WeChat what became of a payment and books the answer. With an end the order is closed there, and then here,
// unless somebody has paid. An error leaves everything open.
func (s *Service) ask(ctx context.Context, p model.DuesPayment, end *ending) error {
	t, err := s.pay.QueryOrder(ctx, p.OrderNo)
	switch {
	case errors.Is(err, wechat.ErrNoOrder):
		// A hint, not a proof. Should money come all the same, it is booked as late.
		if end == nil {
			return nil
		}
		return s.endOrder(ctx, p, end)
	case err != nil:
		return err
	case paid(t):
		return s.take(ctx, t)
	case t.State == wechat.TradeClosed:
		if end == nil {
			end = &ending{reason: "微信支付单已关闭"}
		}
		return s.endOrder(ctx, p, end)
	case end == nil:
		return nil
	}
	err = s.pay.CloseOrder(ctx, p.OrderNo)
	switch {
	case err == nil, errors.Is(err, wechat.ErrNoOrder):
		return s.endOrder(ctx, p, end)
	case errors.Is(err, wechat.ErrOrderPaid): // between the two questions
		if t, err = s.pay.QueryOrder(ctx, p.OrderNo); err == nil && paid(t) {
			return s.take(ctx, t)
		}
	}
	return err
}

// paid tells whether WeChat says that money came. What went back again since is another matter: the statement of the day
// shows it.
func paid(t wechat.Transaction) bool {
	return t.State == wechat.TradeSuccess || t.State == wechat.TradeRefund
}

// take books what a query said.
func (s *Service) take(ctx context.Context, t wechat.Transaction) error {
	return s.db.Tx(ctx, func(tx model.Tx) error {
		_, err := s.arrived(tx, t, model.FoundByQuery)
		return err
	})
}

// endOrder closes a payment that is still open.
func (s *Service) endOrder(ctx context.Context, p model.DuesPayment, end *ending) error {
	return s.db.Tx(ctx, func(tx model.Tx) error {
		now, err := lockPayment(tx, "id = ?", p.ID)
		if err != nil || now.State != model.PaymentOpen {
			return err
		}
		if end.audit != nil {
			audit.Record(tx, *end.audit, audit.Entry{Action: "dues.close", ObjectType: "dues_payment", ObjectID: p.ID, After: map[string]any{"reason": end.reason}})
		}
		return release(tx, &now, end.by, end.reason)
	})
}
