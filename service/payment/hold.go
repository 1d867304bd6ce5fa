package payment

import (
	"fmt"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/fault"
	"hongyun/service/roster"
)

// toPay is lockBills for a new payment: it refers to the branch, which is held before the bills, as who merges branches has
// them both in this order.
func toPay(tx model.Tx, ids []int64) ([]model.DuesBill, error) {
	if err := roster.HoldAll(tx, "SELECT org_id FROM dues_bill WHERE "+tx.Dialect.OneOf("id", tx.Dialect.Numbers()), model.JSONList(ids)); err != nil {
		return nil, err
	}
	return lockBills(tx, ids)
}

// lockBills reads the bills in order of id, locked until the transaction ends. Every change of a bill or of what pays it
// begins here: a payment first, if there is one already, then its bills, then the ledger.
func lockBills(tx model.Tx, ids []int64) ([]model.DuesBill, error) {
	var bills []model.DuesBill
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where(tx.Dialect.OneOf("id", tx.Dialect.Numbers()), model.JSONList(ids)).
		Order("id").Find(&bills).Error
	return bills, err
}

// lockPayment reads a payment, locked until the transaction ends.
func lockPayment(tx model.Tx, condition string, args ...any) (p model.DuesPayment, err error) {
	err = tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where(condition, args...).Take(&p).Error
	if model.NotFound(err) {
		err = fault.NotFound("缴费记录")
	}
	return p, err
}

// billsOf are the bills that the payment was made for, locked, in order of id; only those that it still holds, if live.
func billsOf(tx model.Tx, p model.DuesPayment, live bool) ([]model.DuesBill, error) {
	parts := "SELECT bill_id FROM dues_payment_bill WHERE payment_id = ?"
	if live {
		parts += " AND live"
	}
	var bills []model.DuesBill
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where(tx.Dialect.OneOf("id", parts), p.ID).Order("id").Find(&bills).Error
	return bills, err
}

// hold keeps a new payment, OPEN or RECORDED, and gives it the bills, which are locked. Of each bill one payment lives: who
// comes second is told so.
//
// Faults: those of heldBy, dues.transaction_used, dues.key_used.
func hold(tx model.Tx, p *model.DuesPayment, bills []model.DuesBill) error {
	switch res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(p); {
	case res.Error != nil:
		return fmt.Errorf("keep the payment: %w", res.Error)
	case res.RowsAffected != 1:
		return used(tx, *p)
	}
	parts := make([]model.DuesPaymentBill, len(bills))
	for i, b := range bills {
		if err := heldBy(tx, b); err != nil {
			return err
		}
		parts[i] = model.DuesPaymentBill{PaymentID: p.ID, BillID: b.ID, AmountFen: b.AmountFen, Live: true}
	}
	kept, err := model.Bulk(tx, parts) // what no lock has stopped, the index on live parts stops
	if err == nil && kept != int64(len(parts)) {
		err = fault.Conflict("dues.already_paid", "该月党费正在缴纳或已缴纳，请刷新后核对")
	}
	return err
}

// used names the unique value that kept a payment out.
func used(tx model.Tx, p model.DuesPayment) error {
	if p.TransactionNo != nil {
		var n int64
		if err := tx.Model(&model.DuesPayment{}).Where("transaction_no = ? AND state NOT IN ?", *p.TransactionNo, []string{model.PaymentClosed, model.PaymentReversed}).Count(&n).Error; err != nil {
			return err
		}
		if n > 0 {
			return fault.Conflict("dues.transaction_used", "该流水号已登记过，请核对")
		}
	}
	return keyUsed()
}

func keyUsed() error {
	return fault.Conflict("dues.key_used", "该请求编号（Idempotency-Key）已用于另一笔缴费，请刷新后重新提交")
}

// heldBy is nil if the bill is unpaid and nobody is about to pay it.
//
// Faults: dues.already_paid, dues.exempt, dues.cancelled, dues.paying, dues.recorded.
func heldBy(tx model.Tx, b model.DuesBill) error {
	switch b.State {
	case model.BillPaid:
		return fault.Conflict("dues.already_paid", "本月党费已缴纳").With("bill_id", b.ID)
	case model.BillExempt:
		return fault.Conflict("dues.exempt", "本月免缴党费，无需缴纳").With("bill_id", b.ID)
	case model.BillCancelled:
		return fault.Conflict("dues.cancelled", "该账单已作废，无需缴纳").With("bill_id", b.ID)
	}
	var p model.DuesPayment
	err := tx.Raw(`SELECT p.* FROM dues_payment p JOIN dues_payment_bill pb ON pb.payment_id = p.id WHERE pb.bill_id = ? AND pb.live`, b.ID).Take(&p).Error
	switch {
	case model.NotFound(err):
		return nil
	case err != nil:
		return err
	case p.State == model.PaymentOpen:
		return fault.Conflict("dues.paying", "该月党费正在网上缴纳，请等待支付完成，或先撤销支付后再试").With("bill_id", b.ID).With("payment_id", p.ID)
	default:
		return fault.Conflict("dues.recorded", "该月党费已登记缴纳，正在等待复核").With("bill_id", b.ID).With("payment_id", p.ID)
	}
}

// release ends a payment without money: its bills are free again.
func release(tx model.Tx, p *model.DuesPayment, byAccount *int64, reason string) error {
	done, err := model.Exec(tx, `UPDATE dues_payment SET state = ?, ended_by = ?, ended_at = ?, reason = ?, not_before = NULL WHERE id = ? AND state = ?`,
		model.PaymentClosed, byAccount, tx.Now, reason, p.ID, p.State)
	if err == nil && done != 1 {
		err = fault.Conflict("dues.changed", "该笔缴费的状态已变化，请刷新后再试")
	}
	if err != nil {
		return err
	}
	p.State, p.EndedBy, p.EndedAt, p.Reason = model.PaymentClosed, byAccount, &tx.Now, reason
	_, err = model.Exec(tx, "UPDATE dues_payment_bill SET live = ? WHERE payment_id = ?", false, p.ID)
	return err
}
