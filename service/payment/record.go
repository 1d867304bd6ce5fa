package payment

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
)

// RecordInput is money that a collector has received.
type RecordInput struct {
	Method         string     `json:"method" validate:"required,oneof=CASH TRANSFER" label:"缴纳方式"`
	PaidOn         model.Date `json:"paid_on" validate:"required,date" label:"缴纳日期"`
	AmountFen      int64      `json:"amount_fen" validate:"min=1" label:"缴纳金额"`
	TransactionNo  string     `json:"transaction_no" validate:"max=64" label:"流水号"` // of the bank; a transfer needs it
	OverrideReason string     `json:"override_reason" validate:"max=500" label:"超期补缴理由"`
}

// Record keeps money that was received for one bill or several of one member, each whole; a second person confirms it. key
// is the caller's Idempotency-Key, or empty: the same key with the same payment answers with the first one, with another
// payment it is refused.
//
// Faults: not_found for a bill out of v's sight, auth.forbidden where v sees and does not collect, dues.bills, those of
// payable and hold.
func (s *Service) Record(ctx context.Context, v access.Viewer, billIDs []int64, key string, in RecordInput) (Payment, error) {
	in.TransactionNo, in.OverrideReason = strings.TrimSpace(in.TransactionNo), strings.TrimSpace(in.OverrideReason)
	if err := in.check(); err != nil {
		return Payment{}, err
	}
	slices.Sort(billIDs)
	billIDs = slices.Compact(billIDs)
	var out Payment
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		bills, err := billsToCollect(tx, v, billIDs)
		if err != nil {
			return err
		}
		p, found, err := paymentOfKey(tx, keyOf(v, key))
		switch {
		case err != nil:
			return err
		case found:
			err = in.same(tx, p, billIDs)
		default:
			p, err = record(tx, v, bills, key, in)
		}
		if err != nil {
			return err
		}
		out, err = one(tx, p.ID)
		return err
	})
	return out, err
}

func record(tx model.Tx, v access.Viewer, bills []model.DuesBill, key string, in RecordInput) (model.DuesPayment, error) {
	p := model.DuesPayment{OrgID: bills[0].OrgID, PayerID: &bills[0].MemberID, OrderNo: newNumber(tx), Method: in.Method, State: model.PaymentRecorded,
		AmountFen: in.AmountFen, TransactionNo: orNil(in.TransactionNo), IdempotencyKey: orNil(keyOf(v, key)), PaidOn: in.PaidOn,
		OverrideReason: in.OverrideReason, RecordedBy: &v.AccountID, RecordedAt: tx.Now}
	for _, b := range bills { // first: who comes second is told so, and not that something is wrong with the money
		if err := heldBy(tx, b); err != nil {
			return p, err
		}
	}
	if err := payable(tx, bills, in); err != nil {
		return p, err
	}
	if err := hold(tx, &p, bills); err != nil {
		return p, err
	}
	after := map[string]any{"bill_ids": idsOf(bills), "amount_fen": p.AmountFen, "method": p.Method, "paid_on": p.PaidOn, "transaction_no": in.TransactionNo}
	if in.OverrideReason != "" {
		after["override_reason"] = in.OverrideReason
	}
	audit.Record(tx, audit.By(v), audit.Entry{Action: "dues.record", ObjectType: "dues_payment", ObjectID: p.ID, After: after})
	return p, nil
}

// billsToCollect locks bills of one member and one branch where v collects.
func billsToCollect(tx model.Tx, v access.Viewer, ids []int64) ([]model.DuesBill, error) {
	bills, err := toPay(tx, ids)
	if err != nil {
		return nil, err
	}
	if len(bills) == 0 || len(bills) < len(ids) {
		return nil, fault.NotFound("党费账单")
	}
	paths := map[int64]string{}
	for _, b := range bills {
		if _, known := paths[b.OrgID]; known {
			continue
		}
		path, err := pathOf(tx, b.OrgID)
		// SECURITY: a bill out of sight is not found, whoever else's bills are asked for beside it.
		if err != nil || !v.Collects().Covers(path) && !v.Works().Covers(path) {
			return nil, errOr(err, fault.NotFound("党费账单"))
		}
		paths[b.OrgID] = path
	}
	for _, b := range bills {
		switch {
		case !v.Collects().Covers(paths[b.OrgID]):
			return nil, fault.Forbidden()
		case b.MemberID != bills[0].MemberID || b.OrgID != bills[0].OrgID:
			return nil, fault.Invalid("dues.bills", "一次只能登记同一党员在同一党支部的党费，请分开登记")
		}
	}
	return bills, nil
}

func (in RecordInput) check() error {
	switch _, err := model.ParseDate(string(in.PaidOn)); {
	case err != nil:
		return fault.Invalid("dues.paid_on", "缴纳日期须为存在的日期，如 2026-11-20")
	case in.Method != model.PayCash && in.Method != model.PayTransfer:
		return fault.Invalid("dues.method", "缴纳方式须为现金（CASH）或转账（TRANSFER）")
	case in.Method == model.PayTransfer && in.TransactionNo == "":
		return fault.Invalid("dues.transaction_no", "转账缴纳请填写流水号")
	}
	return nil
}

// same is nil if the payment is what in and the bills ask for. Fault: dues.key_used.
func (in RecordInput) same(tx model.Tx, p model.DuesPayment, billIDs []int64) error {
	var before []int64
	if err := tx.Model(&model.DuesPaymentBill{}).Where("payment_id = ?", p.ID).Order("bill_id").Pluck("bill_id", &before).Error; err != nil {
		return err
	}
	no := ""
	if p.TransactionNo != nil {
		no = *p.TransactionNo
	}
	if slices.Equal(before, billIDs) && p.AmountFen == in.AmountFen && p.Method == in.Method && p.PaidOn == in.PaidOn && no == in.TransactionNo &&
		p.OverrideReason == in.OverrideReason {
		return nil
	}
	return keyUsed()
}

func paymentOfKey(tx model.Tx, key string) (p model.DuesPayment, found bool, err error) {
	if key == "" {
		return p, false, nil
	}
	err = tx.Where("idempotency_key = ?", key).Take(&p).Error
	if model.NotFound(err) {
		return p, false, nil
	}
	return p, err == nil, err
}

// keyOf keeps the keys of two accounts apart.
func keyOf(v access.Viewer, key string) string {
	if key == "" {
		return ""
	}
	return fmt.Sprintf("%d/%s", v.AccountID, key)
}

func orNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func errOr(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

func idsOf(bills []model.DuesBill) []int64 {
	ids := make([]int64, len(bills))
	for i, b := range bills {
		ids[i] = b.ID
	}
	return ids
}
