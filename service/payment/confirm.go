package payment

import (
	"context"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
)

// Confirm says that the money that another person recorded is there: its bills are paid. Where a month is too far back, only
// an administrator of a committee above may say so (RULES 3.2.12).
//
// Faults: not_found, dues.changed, dues.same_person (also for who paid, or whose bill it is), dues.committee_only.
func (s *Service) Confirm(ctx context.Context, v access.Viewer, id int64) (Payment, error) {
	return s.act(ctx, v, id, func(tx model.Tx, p *model.DuesPayment) error {
		if p.State != model.PaymentRecorded {
			return changed()
		}
		if err := secondPerson(p.RecordedBy, v); err != nil {
			return err
		}
		if err := overridden(tx, *p, v); err != nil {
			return err
		}
		bills, err := billsOf(tx, *p, true)
		if err != nil {
			return err
		}
		if err := notOwn(v, p.PayerID, bills...); err != nil {
			return err
		}
		if err := settle(tx, p, bills, &v.AccountID); err != nil {
			return err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "dues.confirm", ObjectType: "dues_payment", ObjectID: p.ID,
			After: map[string]any{"bill_ids": idsOf(bills), "amount_fen": p.AmountFen, "method": p.Method}})
		return s.tell(tx, KindReceived, *p, bills, "")
	})
}

func overridden(tx model.Tx, p model.DuesPayment, v access.Viewer) error {
	if p.OverrideReason == "" {
		return nil
	}
	path, err := pathOf(tx, p.OrgID)
	if err == nil && !above(v, path) {
		err = fault.Conflict("dues.committee_only", "超期补缴须由上级党委的管理员复核")
	}
	return err
}

// Reject ends a payment that is not confirmed, with a reason: the money is not there, or was put down wrongly. Who recorded
// it may take it back so too.
//
// Faults: not_found, dues.reason, dues.changed.
func (s *Service) Reject(ctx context.Context, v access.Viewer, id int64, reason string) (Payment, error) {
	reason, err := reasoned(reason)
	if err != nil {
		return Payment{}, err
	}
	return s.act(ctx, v, id, func(tx model.Tx, p *model.DuesPayment) error {
		if p.State != model.PaymentRecorded {
			return changed()
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "dues.reject", ObjectType: "dues_payment", ObjectID: p.ID, After: map[string]any{"reason": reason}})
		return release(tx, p, &v.AccountID, reason)
	})
}

// Reverse takes a settled cash or bank payment back by opposite entries, whole: its bills are to be paid again. The money
// must still be where it was put.
//
// Faults: not_found, dues.reason, dues.not_by_hand, dues.changed, dues.same_person, ledger.insufficient.
func (s *Service) Reverse(ctx context.Context, v access.Viewer, id int64, reason string) (Payment, error) {
	reason, err := reasoned(reason)
	if err != nil {
		return Payment{}, err
	}
	return s.act(ctx, v, id, func(tx model.Tx, p *model.DuesPayment) error {
		switch {
		case p.Method == model.PayWeChat:
			return fault.Conflict("dues.not_by_hand", "线上缴纳的党费请申请退款，不能冲销")
		case p.State != model.PaymentSettled:
			return changed()
		}
		if err := secondPerson(p.RecordedBy, v); err != nil {
			return err
		}
		bills, err := billsOf(tx, *p, true)
		if err != nil {
			return err
		}
		if err := notOwn(v, p.PayerID, bills...); err != nil {
			return err
		}
		done, err := model.Exec(tx, "UPDATE dues_payment SET state = ?, ended_by = ?, ended_at = ?, reason = ? WHERE id = ? AND state = ?",
			model.PaymentReversed, v.AccountID, tx.Now, reason, p.ID, model.PaymentSettled)
		if err != nil || done != 1 {
			return errOr(err, changed())
		}
		for _, b := range bills {
			if err := takeBack(tx, *p, b); err != nil {
				return err
			}
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "dues.reverse", ObjectType: "dues_payment", ObjectID: p.ID,
			After: map[string]any{"bill_ids": idsOf(bills), "amount_fen": p.AmountFen, "reason": reason}})
		return s.tell(tx, KindReversed, *p, bills, reason)
	})
}

// act changes a payment of a branch where v collects or administers, and answers with what it is then.
func (s *Service) act(ctx context.Context, v access.Viewer, id int64, change func(model.Tx, *model.DuesPayment) error) (Payment, error) {
	var out Payment
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		p, err := paymentTo(tx, v, id)
		if err == nil {
			err = change(tx, &p)
		}
		if err == nil {
			out, err = one(tx, id)
		}
		return err
	})
	return out, err
}
