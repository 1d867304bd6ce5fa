package dues

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fact"
	"hongyun/service/fault"
)

// PaymentInput is a payment that an administrator has received.
type PaymentInput struct {
	Method        string     `json:"method" validate:"required,oneof=CASH TRANSFER" label:"缴纳方式"`
	PaidOn        model.Date `json:"paid_on" validate:"required,date" label:"缴纳日期"`
	AmountFen     int64      `json:"amount_fen" validate:"min=1" label:"缴纳金额"`
	TransactionNo string     `json:"transaction_no" validate:"max=64" label:"流水号"` // of the bank; a transfer needs it
}

// Payment is a recorded payment.
type Payment struct {
	ID            int64       `json:"id"`
	BillID        int64       `json:"bill_id"`
	Month         model.Month `json:"month"`
	MemberID      int64       `json:"member_id"`
	AmountFen     int64       `json:"amount_fen"`
	Method        string      `json:"method"`
	PaidOn        model.Date  `json:"paid_on"`
	TransactionNo string      `json:"transaction_no"`
	RecordedAt    time.Time   `json:"recorded_at"`
}

// Pay records that the bill was paid, whole and once. key is the caller's Idempotency-Key, or empty: the same key with the
// same payment answers with the first one, with another payment it is refused.
//
// Faults: not_found for a bill outside v's work, dues.already_paid, dues.wrong_amount, dues.paid_on, dues.too_late,
// dues.method, dues.transaction_no, dues.transaction_used, dues.key_used.
func (s *Service) Pay(ctx context.Context, v access.Viewer, billID int64, key string, in PaymentInput) (Payment, error) {
	in.TransactionNo = strings.TrimSpace(in.TransactionNo)
	if err := checkPayment(in); err != nil {
		return Payment{}, err
	}
	var out Payment
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		bill, err := billToWork(tx, v, billID)
		if err != nil {
			return err
		}
		p, found, err := paymentOfKey(tx, keyOf(v, key))
		switch {
		case err != nil:
			return err
		case found && !same(p, bill, in):
			return keyUsed()
		case !found:
			if p, err = pay(tx, v, bill, key, in); err != nil {
				return err
			}
		}
		out = viewOf(p, bill)
		return nil
	})
	return out, err
}

// pay marks the bill, whose row is locked, and keeps the payment and its fact.
func pay(tx model.Tx, v access.Viewer, bill model.DuesBill, key string, in PaymentInput) (model.DuesPayment, error) {
	var p model.DuesPayment
	if err := payable(bill, in.AmountFen, in.PaidOn, tx.Day()); err != nil {
		return p, err
	}
	done, err := model.Exec(tx, `UPDATE dues_bill SET state = ? WHERE id = ? AND state = ?`, model.BillPaid, bill.ID, model.BillUnpaid)
	if err != nil {
		return p, err
	}
	if done != 1 {
		return p, fault.Conflict("dues.already_paid", "本月党费已缴纳")
	}
	p = model.DuesPayment{BillID: bill.ID, AmountFen: in.AmountFen, Method: in.Method, TransactionNo: orNil(in.TransactionNo),
		IdempotencyKey: orNil(keyOf(v, key)), PaidOn: in.PaidOn, RecordedAt: tx.Now}
	if v.AccountID != 0 {
		p.RecordedBy = &v.AccountID
	}
	res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&p)
	if res.Error != nil {
		return p, res.Error
	}
	if res.RowsAffected != 1 {
		return p, whyNot(tx, p)
	}
	err = fact.Record(tx, Paid(bill, in.PaidOn))
	audit.Record(tx, audit.By(v), audit.Entry{Action: "dues.pay", ObjectType: "dues_bill", ObjectID: bill.ID,
		After: map[string]any{"amount_fen": p.AmountFen, "method": p.Method, "paid_on": p.PaidOn, "transaction_no": in.TransactionNo}})
	return p, err
}

// Paid is the fact that the bill was paid on a day.
func Paid(bill model.DuesBill, on model.Date) fact.Fact {
	return fact.Fact{Code: FactPaid, SubjectType: model.SubjectMember, SubjectID: bill.MemberID, OrgID: bill.OrgID,
		Day: on, Source: fmt.Sprintf("dues/%d", bill.ID), Quantity: 1}
}

// whyNot names the unique value that kept a payment out.
func whyNot(tx model.Tx, p model.DuesPayment) error {
	var used int64
	if err := tx.Model(&model.DuesPayment{}).Where("transaction_no = ?", p.TransactionNo).Count(&used).Error; err != nil {
		return err
	}
	if used > 0 {
		return fault.Conflict("dues.transaction_used", "该流水号已登记过，请核对")
	}
	return keyUsed()
}

func keyUsed() error {
	return fault.Conflict("dues.key_used", "该请求编号已用于另一笔登记，请刷新后重新提交")
}

// billToWork locks a bill of a branch that v administers.
func billToWork(tx model.Tx, v access.Viewer, id int64) (model.DuesBill, error) {
	var bill model.DuesBill
	// SECURITY: the branch is part of the WHERE, so that a guessed id finds nothing.
	where, args := v.Works().Orgs("org_id")
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id).Where(where, args...).Take(&bill).Error
	if model.NotFound(err) {
		return bill, fault.NotFound("党费账单")
	}
	return bill, err
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

func same(p model.DuesPayment, bill model.DuesBill, in PaymentInput) bool {
	no := ""
	if p.TransactionNo != nil {
		no = *p.TransactionNo
	}
	return p.BillID == bill.ID && p.AmountFen == in.AmountFen && p.Method == in.Method && p.PaidOn == in.PaidOn && no == in.TransactionNo
}

func checkPayment(in PaymentInput) error {
	switch _, err := model.ParseDate(string(in.PaidOn)); {
	case err != nil:
		return fault.Invalid("dues.paid_on", "缴纳日期须为存在的日期，如 2026-11-20")
	case in.Method != MethodCash && in.Method != MethodTransfer:
		return fault.Invalid("dues.method", "缴纳方式须为现金（CASH）或转账（TRANSFER）")
	case in.Method == MethodTransfer && in.TransactionNo == "":
		return fault.Invalid("dues.transaction_no", "转账缴纳请填写流水号")
	}
	return nil
}

// Ways to pay that an administrator may record.
const (
	MethodCash     = "CASH"
	MethodTransfer = "TRANSFER"
)

func viewOf(p model.DuesPayment, bill model.DuesBill) Payment {
	out := Payment{ID: p.ID, BillID: bill.ID, Month: bill.Month, MemberID: bill.MemberID, AmountFen: p.AmountFen, Method: p.Method,
		PaidOn: p.PaidOn, RecordedAt: p.RecordedAt}
	if p.TransactionNo != nil {
		out.TransactionNo = *p.TransactionNo
	}
	return out
}

func orNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
