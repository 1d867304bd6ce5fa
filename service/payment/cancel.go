package payment

import (
	"context"
	"strings"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
)

// Query asks WeChat now what became of v's open payment: the phone came back from WeChat's dialog.
//
// Faults: not_found, dues.pay_off, dues.wechat_busy.
func (s *Service) Query(ctx context.Context, v access.Viewer, id int64) (OwnPayment, error) {
	return s.settleOwn(ctx, v, id, nil)
}

// Cancel closes v's open payment, at WeChat and here, so that its bills are free.
//
// Faults: not_found, dues.already_paid if somebody has paid, dues.pay_off, dues.wechat_busy.
func (s *Service) Cancel(ctx context.Context, v access.Viewer, id int64) (OwnPayment, error) {
	own, err := s.settleOwn(ctx, v, id, &ending{by: &v.AccountID, reason: "本人撤销"})
	if err != nil {
		return own, err
	}
	return own, stillPaid(own.State, own.ID)
}

// settleOwn asks for a payment that v made, if it is open.
func (s *Service) settleOwn(ctx context.Context, v access.Viewer, id int64, end *ending) (OwnPayment, error) {
	own, err := s.MyPayment(ctx, v, id)
	if err != nil {
		return own, err
	}
	if own.PayerID == nil || *own.PayerID != v.MemberID {
		return own, fault.NotFound("缴费记录")
	}
	if own.State != model.PaymentOpen {
		return own, nil
	}
	if s.pay == nil {
		return own, errOff()
	}
	if err := s.ask(ctx, model.DuesPayment{ID: own.ID, OrderNo: own.Number}, end); err != nil {
		return own, busy(err)
	}
	return s.MyPayment(ctx, v, id)
}

// stillPaid says why a payment that was to be closed is not.
func stillPaid(state string, id int64) error {
	switch state {
	case model.PaymentClosed:
		return nil
	case model.PaymentSettled:
		return fault.Conflict("dues.already_paid", "该笔党费已支付成功，不能撤销").With("payment_id", id)
	case model.PaymentOpen:
		return fault.Conflict("dues.differs", "微信的支付记录与本笔缴费不一致，已转人工核对，暂不能撤销").With("payment_id", id)
	default:
		return fault.Conflict("dues.not_open", "该笔缴费不在支付中，不能撤销").With("payment_id", id)
	}
}

// CloseInput says why a collector closes somebody's open order.
type CloseInput struct {
	Reason string `json:"reason" validate:"max=200" label:"原因"`
}

// Close ends an open order of a branch that v collects for, after asking WeChat, so that its bills can be paid otherwise.
//
// Faults: not_found, auth.forbidden for who sees the payment but does not collect there, dues.already_paid, dues.not_open,
// dues.pay_off, dues.wechat_busy.
func (s *Service) Close(ctx context.Context, v access.Viewer, id int64, in CloseInput) (OwnPayment, error) {
	tx := s.db.Read(ctx)
	var rows []struct {
		model.DuesPayment
		OrgPath string
	}
	err := tx.Raw("SELECT p.*, o.path AS org_path FROM dues_payment p JOIN org o ON o.id = p.org_id WHERE p.id = ?", id).Scan(&rows).Error
	switch {
	case err != nil:
		return OwnPayment{}, err
	case len(rows) == 0 || !v.Collects().Covers(rows[0].OrgPath) && !v.Works().Covers(rows[0].OrgPath):
		return OwnPayment{}, fault.NotFound("缴费记录")
	case !v.Collects().Covers(rows[0].OrgPath):
		return OwnPayment{}, fault.Forbidden()
	case rows[0].State != model.PaymentOpen:
		return OwnPayment{}, stillPaid(notOpen(rows[0].State), id)
	case s.pay == nil:
		return OwnPayment{}, errOff()
	}
	reason := strings.TrimSpace(in.Reason)
	if reason == "" {
		reason = "党支部关闭"
	}
	if err := s.ask(ctx, rows[0].DuesPayment, &ending{by: &v.AccountID, reason: reason, audit: by(v)}); err != nil {
		return OwnPayment{}, busy(err)
	}
	p, err := s.collected(ctx, id)
	if err != nil {
		return p, err
	}
	return p, stillPaid(p.State, id)
}

func by(v access.Viewer) *audit.Actor {
	a := audit.By(v)
	return &a
}

// notOpen is the state, but a payment that was closed before cannot be closed again.
func notOpen(state string) string {
	if state == model.PaymentClosed {
		return ""
	}
	return state
}

// collected is a payment whole, as the branch sees it.
func (s *Service) collected(ctx context.Context, id int64) (OwnPayment, error) {
	tx := s.db.Read(ctx)
	rows := []OwnPayment{}
	if err := tx.Raw("SELECT "+ownColumns+" WHERE p.id = ?", id).Scan(&rows).Error; err != nil {
		return OwnPayment{}, err
	}
	if len(rows) == 0 {
		return OwnPayment{}, fault.NotFound("缴费记录")
	}
	parts, err := partsOf(tx, []int64{id})
	rows[0].Bills = parts[id]
	return rows[0], err
}
