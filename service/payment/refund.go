package payment

import (
	"context"
	"strings"
	"time"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
)

// RequestRefund asks that WeChat gives money back: of one bill, of all that the payment still holds where billID is 0, or
// the whole of money that paid no bill. A second person approves. The sum is set aside at once, so that no more is given
// back than was paid.
//
// Faults: not_found, dues.reason, dues.not_online, dues.changed, dues.refunding.
func (s *Service) RequestRefund(ctx context.Context, v access.Viewer, paymentID, billID int64, reason string) ([]Refund, error) {
	reason, err := reasoned(reason)
	if err != nil {
		return nil, err
	}
	var out []Refund
	_, err = s.act(ctx, v, paymentID, func(tx model.Tx, p *model.DuesPayment) error {
		parts, err := refundable(tx, *p, billID)
		if err != nil {
			return err
		}
		var fresh []int64
		for _, part := range parts {
			part.PaymentID, part.RefundNo, part.Reason, part.State = p.ID, newRefundNumber(tx), reason, model.RefundRequested
			part.RequestedBy, part.RequestedAt = &v.AccountID, tx.Now
			res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&part)
			if res.Error != nil {
				return res.Error
			}
			if res.RowsAffected != 1 {
				continue // asked for already
			}
			if _, err := model.Exec(tx, "UPDATE dues_payment SET refunded_fen = refunded_fen + ? WHERE id = ?", part.AmountFen, p.ID); err != nil {
				return err
			}
			fresh = append(fresh, part.ID)
			audit.Record(tx, audit.By(v), audit.Entry{Action: "dues.refund_request", ObjectType: "dues_payment", ObjectID: p.ID,
				After: map[string]any{"refund_id": part.ID, "bill_id": part.BillID, "amount_fen": part.AmountFen, "reason": reason}})
		}
		if len(fresh) == 0 {
			return fault.Conflict("dues.refunding", "该款项已申请退款，请查看退款进度")
		}
		return tx.Raw("SELECT "+refundColumns+" WHERE "+tx.Dialect.OneOf("r.id", tx.Dialect.Numbers())+" ORDER BY r.id", model.JSONList(fresh)).Scan(&out).Error
	})
	return out, err
}

// refundable is what may be asked back of a payment that is locked.
func refundable(tx model.Tx, p model.DuesPayment, billID int64) ([]model.DuesRefund, error) {
	switch {
	case p.Method != model.PayWeChat:
		return nil, fault.Conflict("dues.not_online", "现金或转账缴纳的党费请冲销后线下退还，不能在线退款")
	case p.State == model.PaymentSurplus && billID == 0:
		return []model.DuesRefund{{AmountFen: p.AmountFen}}, nil
	case p.State != model.PaymentSettled:
		return nil, changed()
	}
	var held []model.DuesPaymentBill
	q := tx.Where("payment_id = ? AND live", p.ID)
	if billID != 0 {
		q = q.Where("bill_id = ?", billID)
	}
	if err := q.Order("bill_id").Find(&held).Error; err != nil {
		return nil, err
	}
	if len(held) == 0 {
		return nil, fault.NotFound("账单对应的缴费")
	}
	parts := make([]model.DuesRefund, len(held))
	for i, pb := range held {
		parts[i] = model.DuesRefund{BillID: &held[i].BillID, AmountFen: pb.AmountFen}
	}
	return parts, nil
}

// ApproveRefund lets WeChat carry a refund out. Money that the branch has been given already is brought back first: it must
// still be there.
//
// Faults: not_found, auth.forbidden, dues.changed, dues.same_person, dues.pay_off, ledger.insufficient.
func (s *Service) ApproveRefund(ctx context.Context, v access.Viewer, id int64, note string) (Refund, error) {
	note = strings.TrimSpace(note)
	return s.decide(ctx, v, id, false, func(tx model.Tx, p model.DuesPayment, d model.DuesRefund) error {
		if s.pay == nil {
			return fault.Conflict("dues.pay_off", "尚未开通微信支付，不能办理线上退款")
		}
		if err := secondPerson(d.RequestedBy, v); err != nil {
			return err
		}
		bills, err := lockBills(tx, []int64{billOf(d)})
		if err != nil {
			return err
		}
		if err := notOwn(v, p.PayerID, bills...); err != nil {
			return err
		}
		if err := decided(tx, d, model.RefundApproved, v, note); err != nil {
			return err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "dues.refund_approve", ObjectType: "dues_payment", ObjectID: p.ID,
			After: map[string]any{"refund_id": d.ID, "amount_fen": d.AmountFen, "note": note}})
		return setAside(tx, p, d, "dues.refund")
	})
}

// RejectRefund says no to a refund, with a reason. Who asked for it may take it back so too.
//
// Faults: not_found, auth.forbidden, dues.reason, dues.changed.
func (s *Service) RejectRefund(ctx context.Context, v access.Viewer, id int64, note string) (Refund, error) {
	note, err := reasoned(note)
	if err != nil {
		return Refund{}, err
	}
	return s.decide(ctx, v, id, true, func(tx model.Tx, p model.DuesPayment, d model.DuesRefund) error {
		by := v
		if secondPerson(d.RequestedBy, v) != nil {
			by.AccountID = 0 // taken back: nobody else has decided
		}
		if err := decided(tx, d, model.RefundRejected, by, note); err != nil {
			return err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "dues.refund_reject", ObjectType: "dues_payment", ObjectID: p.ID,
			After: map[string]any{"refund_id": d.ID, "note": note}})
		_, err := model.Exec(tx, "UPDATE dues_payment SET refunded_fen = refunded_fen - ? WHERE id = ?", d.AmountFen, p.ID)
		return err
	})
}

// decide locks the payment, then the refund, where v administers the branch; or, if own is enough, asked for it.
func (s *Service) decide(ctx context.Context, v access.Viewer, id int64, own bool, change func(model.Tx, model.DuesPayment, model.DuesRefund) error) (Refund, error) {
	var out Refund
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		// SECURITY: the branch is part of the WHERE, so that a guessed id finds nothing.
		where, args := handled(v, "org_id")
		p, err := lockPayment(tx, "id = (SELECT payment_id FROM dues_refund WHERE id = ?) AND "+where, append([]any{id}, args...)...)
		if err != nil {
			return err
		}
		path, err := pathOf(tx, p.OrgID)
		if err != nil {
			return err
		}
		var d model.DuesRefund
		if err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id).Take(&d).Error; err != nil {
			return err
		}
		if asked := d.RequestedBy != nil && *d.RequestedBy == v.AccountID; !v.Works().Covers(path) && !(own && asked) {
			return fault.Forbidden()
		}
		if d.State != model.RefundRequested {
			return fault.Conflict("dues.changed", "该退款申请已处理，请刷新后查看")
		}
		if err := change(tx, p, d); err != nil {
			return err
		}
		return tx.Raw("SELECT "+refundColumns+" WHERE r.id = ?", id).Scan(&out).Error
	})
	return out, err
}

func decided(tx model.Tx, d model.DuesRefund, state string, v access.Viewer, note string) error {
	var by *int64
	if v.AccountID != 0 {
		by = &v.AccountID
	}
	var send *time.Time
	if state == model.RefundApproved {
		send = &tx.Now
	}
	done, err := model.Exec(tx, "UPDATE dues_refund SET state = ?, decided_by = ?, decided_at = ?, note = ?, not_before = ? WHERE id = ? AND state = ?",
		state, by, tx.Now, note, send, d.ID, model.RefundRequested)
	if err == nil && done != 1 {
		err = changed()
	}
	return err
}

// Refund is money of WeChat that goes back.
type Refund struct {
	ID              int64      `json:"id"`
	PaymentID       int64      `json:"payment_id"`
	Number          string     `json:"number"` // of the payment
	OrgID           int64      `json:"org_id"`
	OrgName         string     `json:"org_name"`
	BillID          *int64     `json:"bill_id"` // null: money that paid no bill
	MemberName      string     `json:"member_name"`
	Month           string     `json:"month"`
	RefundNo        string     `json:"refund_no"`
	AmountFen       int64      `json:"amount_fen"`
	Reason          string     `json:"reason"`
	State           string     `json:"state"`
	RequestedByName string     `json:"requested_by"` // empty: the platform
	RequestedAt     time.Time  `json:"requested_at"`
	DecidedByName   string     `json:"decided_by"`
	DecidedAt       *time.Time `json:"decided_at"`
	Note            string     `json:"note"`
	FinishedAt      *time.Time `json:"finished_at"`
	Error           string     `json:"error"` // what WeChat said when it was last asked
}

const refundColumns = `r.id, r.payment_id, p.order_no AS number, p.org_id, o.name AS org_name, r.bill_id, coalesce(m.name, '') AS member_name, coalesce(b.month, '') AS month,
  r.refund_no, r.amount_fen, r.reason, r.state, coalesce(asked.name, '') AS requested_by_name, r.requested_at, coalesce(said.name, '') AS decided_by_name, r.decided_at,
  r.note, r.finished_at, r.error
FROM dues_refund r JOIN dues_payment p ON p.id = r.payment_id JOIN org o ON o.id = p.org_id
LEFT JOIN dues_bill b ON b.id = r.bill_id LEFT JOIN member m ON m.id = b.member_id
LEFT JOIN account ra ON ra.id = r.requested_by LEFT JOIN member asked ON asked.id = ra.member_id
LEFT JOIN account da ON da.id = r.decided_by LEFT JOIN member said ON said.id = da.member_id`

// RefundFilter narrows the list. Empty fields narrow nothing.
type RefundFilter struct {
	OrgID int64  `query:"org_id" validate:"min=0" label:"党组织"` // and everything below it
	State string `query:"state" validate:"omitempty,oneof=REQUESTED REJECTED APPROVED DONE FAILED" label:"状态"`
}

// Refunds lists refunds of the branches where v collects or administers, the newest first.
func (s *Service) Refunds(ctx context.Context, v access.Viewer, f RefundFilter, offset, limit int) ([]Refund, int64, error) {
	tx := s.db.Read(ctx)
	where, args := handles(v, "o.path")
	if f.OrgID != 0 {
		where, args = where+" AND "+belowOrg, append(args, f.OrgID)
	}
	if f.State != "" {
		where, args = where+" AND r.state = ?", append(args, f.State)
	}
	var total int64
	err := tx.Raw("SELECT count(*) FROM dues_refund r JOIN dues_payment p ON p.id = r.payment_id JOIN org o ON o.id = p.org_id WHERE "+where, args...).Scan(&total).Error
	if err != nil {
		return nil, 0, err
	}
	rows := []Refund{}
	err = tx.Raw("SELECT "+refundColumns+" WHERE "+where+" ORDER BY r.id DESC LIMIT ? OFFSET ?", append(args, limit, offset)...).Scan(&rows).Error
	return rows, total, err
}

func refundsOf(tx model.Tx, paymentID int64) ([]Refund, error) {
	rows := []Refund{}
	err := tx.Raw("SELECT "+refundColumns+" WHERE r.payment_id = ? ORDER BY r.id", paymentID).Scan(&rows).Error
	return rows, err
}
