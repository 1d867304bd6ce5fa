package payment

import (
	"context"
	"time"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// OwnPayment is a payment as who paid sees it, or whose bill it paid: that member sees the own part alone.
type OwnPayment struct {
	ID            int64       `json:"id"`
	Number        string      `json:"number"`
	Method        string      `json:"method"`
	State         string      `json:"state"`
	OrgID         int64       `json:"org_id"`
	OrgName       string      `json:"org_name"`
	PayerID       *int64      `json:"payer_id"`
	PayerName     string      `json:"payer_name"`
	AmountFen     int64       `json:"amount_fen"` // of the bills below
	Description   string      `json:"description"`
	PaidOn        *model.Date `json:"paid_on"`
	TransactionNo *string     `json:"transaction_no"`
	RecordedAt    time.Time   `json:"recorded_at"`
	ExpiresAt     *time.Time  `json:"expires_at"`
	SettledAt     *time.Time  `json:"settled_at"`
	EndedAt       *time.Time  `json:"ended_at"`
	Reason        string      `json:"reason"`
	Bills         []PaidBill  `json:"bills" gorm:"-"`
}

// PaidBill is a bill that a payment was made for.
type PaidBill struct {
	BillID     int64       `json:"bill_id"`
	MemberID   int64       `json:"member_id"`
	MemberName string      `json:"member_name"`
	Month      model.Month `json:"month"`
	Category   string      `json:"category"`
	AmountFen  int64       `json:"amount_fen"`
	Live       bool        `json:"live"` // held or paid by this payment; false: closed or given back
}

const ownColumns = `p.id, p.order_no AS number, p.method, p.state, p.org_id, o.name AS org_name, p.payer_id, coalesce(m.name, '') AS payer_name,
  p.amount_fen, p.description, nullif(p.paid_on, '') AS paid_on, p.transaction_no, p.recorded_at, p.expires_at, p.settled_at, p.ended_at, p.reason
FROM dues_payment p JOIN org o ON o.id = p.org_id LEFT JOIN member m ON m.id = p.payer_id`

// ownCondition needs the member twice: payments that he or she made, and those that paid a bill of his or hers.
// Each half runs along an index of its own.
const ownCondition = ` WHERE p.id IN (SELECT x.id FROM dues_payment x WHERE x.payer_id = ?
  UNION SELECT pb.payment_id FROM dues_payment_bill pb JOIN dues_bill b ON b.id = pb.bill_id WHERE b.member_id = ?)`

// MyPayments lists up to limit payments that v made or that paid a bill of v, newest first, with the number of all.
func (s *Service) MyPayments(ctx context.Context, v access.Viewer, offset, limit int) ([]OwnPayment, int64, error) {
	tx := s.db.Read(ctx)
	var total int64
	if err := tx.Raw("SELECT count(*) FROM dues_payment p"+ownCondition, v.MemberID, v.MemberID).Scan(&total).Error; err != nil {
		return nil, 0, err
	}
	rows := []OwnPayment{}
	err := tx.Raw("SELECT "+ownColumns+ownCondition+" ORDER BY p.id DESC LIMIT ? OFFSET ?", v.MemberID, v.MemberID, limit, offset).Scan(&rows).Error
	if err != nil {
		return nil, 0, err
	}
	return rows, total, withParts(tx, v, rows)
}

// MyPayment is one of these. Fault: not_found.
func (s *Service) MyPayment(ctx context.Context, v access.Viewer, id int64) (OwnPayment, error) {
	tx := s.db.Read(ctx)
	rows := []OwnPayment{}
	if v.MemberID != 0 {
		err := tx.Raw("SELECT "+ownColumns+ownCondition+" AND p.id = ?", v.MemberID, v.MemberID, id).Scan(&rows).Error
		if err != nil {
			return OwnPayment{}, err
		}
	}
	if len(rows) == 0 {
		return OwnPayment{}, fault.NotFound("缴费记录")
	}
	return rows[0], withParts(tx, v, rows)
}

// withParts adds the bills: all for who paid, the own ones for others, with their sum.
func withParts(tx model.Tx, v access.Viewer, rows []OwnPayment) error {
	ids := make([]int64, len(rows))
	at := make(map[int64]*OwnPayment, len(rows))
	for i := range rows {
		ids[i], at[rows[i].ID] = rows[i].ID, &rows[i]
		rows[i].Bills = []PaidBill{}
	}
	parts, err := partsOf(tx, ids)
	if err != nil {
		return err
	}
	for id, bills := range parts {
		p := at[id]
		if p.PayerID != nil && *p.PayerID == v.MemberID {
			p.Bills = bills
			continue
		}
		p.AmountFen = 0
		for _, b := range bills {
			if b.MemberID == v.MemberID {
				p.Bills, p.AmountFen = append(p.Bills, b), p.AmountFen+b.AmountFen
			}
		}
	}
	return nil
}

// partsOf are the bills that payments were made for, by payment, in order of month and member.
func partsOf(tx model.Tx, ids []int64) (map[int64][]PaidBill, error) {
	var rows []struct {
		PaymentID int64
		PaidBill
	}
	err := tx.Raw(`SELECT pb.payment_id, b.id AS bill_id, b.member_id, m.name AS member_name, b.month, b.category, pb.amount_fen, pb.live
FROM dues_payment_bill pb JOIN dues_bill b ON b.id = pb.bill_id JOIN member m ON m.id = b.member_id
WHERE `+tx.Dialect.OneOf("pb.payment_id", tx.Dialect.Numbers())+` ORDER BY b.month, m.name, b.id`, model.JSONList(ids)).Scan(&rows).Error
	parts := map[int64][]PaidBill{}
	for _, r := range rows {
		parts[r.PaymentID] = append(parts[r.PaymentID], r.PaidBill)
	}
	return parts, err
}
