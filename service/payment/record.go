package payment

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
)

// RecordInput is money that a collector has received for a bill.
type RecordInput struct {
	Method        string     `json:"method" validate:"required,oneof=CASH TRANSFER" label:"缴纳方式"`
	PaidOn        model.Date `json:"paid_on" validate:"required,date" label:"缴纳日期"`
	AmountFen     int64      `json:"amount_fen" validate:"min=1" label:"缴纳金额"`
	TransactionNo string     `json:"transaction_no" validate:"max=64" label:"流水号"` // of the bank; a transfer needs it
}

// Payment is a payment as those who collect see it.
type Payment struct {
	ID            int64      `json:"id"`
	OrgID         int64      `json:"org_id"`
	PayerID       int64      `json:"payer_id"`
	Method        string     `json:"method"`
	State         string     `json:"state"`
	AmountFen     int64      `json:"amount_fen"`
	PaidOn        model.Date `json:"paid_on"`
	TransactionNo string     `json:"transaction_no"`
	RecordedAt    time.Time  `json:"recorded_at"`
	BillIDs       []int64    `json:"bill_ids"`
}

// Record keeps money that was received for a bill, whole; a second person confirms it. key is the caller's Idempotency-Key,
// or empty: the same key with the same payment answers with the first one, with another payment it is refused.
//
// Faults: not_found for a bill outside v's collection, those of heldBy, dues.wrong_amount, dues.paid_on, dues.too_late,
// dues.transaction_no, dues.transaction_used, dues.key_used.
func (s *Service) Record(ctx context.Context, v access.Viewer, billID int64, key string, in RecordInput) (Payment, error) {
	in.TransactionNo = strings.TrimSpace(in.TransactionNo)
	if in.Method == model.PayTransfer && in.TransactionNo == "" {
		return Payment{}, fault.Invalid("dues.transaction_no", "转账缴纳请填写流水号")
	}
	var p model.DuesPayment
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		bills, err := lockBills(tx, []int64{billID})
		if err != nil {
			return err
		}
		if len(bills) == 0 {
			return fault.NotFound("党费账单")
		}
		p = model.DuesPayment{OrgID: bills[0].OrgID, PayerID: &bills[0].MemberID, OrderNo: newNumber(tx), Method: in.Method, State: model.PaymentRecorded, AmountFen: in.AmountFen,
			PaidOn: in.PaidOn, RecordedBy: &v.AccountID, RecordedAt: tx.Now}
		if err := hold(tx, &p, bills); err != nil {
			return err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "dues.record", ObjectType: "dues_payment", ObjectID: p.ID,
			After: map[string]any{"bill_id": billID, "amount_fen": p.AmountFen, "method": p.Method}})
		return nil
	})
	if err != nil {
		return Payment{}, err
	}
	return Payment{ID: p.ID, State: p.State, BillIDs: []int64{billID}}, fmt.Errorf("unfinished")
}
