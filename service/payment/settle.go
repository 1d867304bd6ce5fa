package payment

import (
	"fmt"

	"hongyun/model"
	"hongyun/service/fact"
	"hongyun/service/fault"
	"hongyun/service/ledger"
)

// settle books the money of a payment that is locked and still OPEN or RECORDED, on the day that it was paid: its bills,
// which are locked too, are paid, each once.
func settle(tx model.Tx, p *model.DuesPayment, bills []model.DuesBill, byAccount *int64) error {
	done, err := model.Exec(tx, `UPDATE dues_payment SET state = ?, transaction_no = ?, paid_on = ?, settled_by = ?, settled_at = ?, not_before = NULL
WHERE id = ? AND state = ?`, model.PaymentSettled, p.TransactionNo, p.PaidOn, byAccount, tx.Now, p.ID, p.State)
	if err == nil && done != 1 {
		err = fault.Conflict("dues.changed", "该笔缴费的状态已变化，请刷新后再试")
	}
	if err != nil {
		return err
	}
	p.State, p.SettledBy, p.SettledAt = model.PaymentSettled, byAccount, &tx.Now
	return payBills(tx, *p, bills)
}

// payBills marks the bills paid, and writes what that means: the transfer from what the member owes to where the money is,
// and the fact.
func payBills(tx model.Tx, p model.DuesPayment, bills []model.DuesBill) error {
	ids := make([]int64, len(bills))
	transfers := make([]ledger.Transfer, len(bills))
	facts := make([]fact.Fact, len(bills))
	var sum int64
	for i, b := range bills {
		ids[i], sum = b.ID, sum+b.AmountFen
		transfers[i] = ledger.Transfer{Key: fmt.Sprintf("dues.paid/%d/%d", p.ID, b.ID), Kind: "dues.paid", Memo: string(b.Month) + "党费",
			From: ledger.DuesDue(b.MemberID), To: moneyOf(p), Amount: b.AmountFen}
		facts[i] = fact.Fact{Code: FactPaid, SubjectType: model.SubjectMember, SubjectID: b.MemberID, OrgID: b.OrgID, Day: p.PaidOn,
			Source: sourceOf(p, b), Quantity: 1}
	}
	if sum != p.AmountFen {
		return fmt.Errorf("payment %d of %d fen is for bills of %d fen", p.ID, p.AmountFen, sum)
	}
	done, err := model.Exec(tx, "UPDATE dues_bill SET state = ?, method = ? WHERE "+tx.Dialect.OneOf("id", tx.Dialect.Numbers())+" AND state = ?",
		model.BillPaid, p.Method, model.JSONList(ids), model.BillUnpaid)
	if err == nil && done != int64(len(ids)) {
		err = fault.Conflict("dues.already_paid", "其中有党费已缴纳，请刷新后核对")
	}
	if err != nil {
		return err
	}
	if _, err := ledger.Post(tx, transfers...); err != nil {
		return err
	}
	return fact.Record(tx, facts...)
}

// takeBack makes one bill of a settled payment unpaid again by opposite entries; the bill is locked and still held.
func takeBack(tx model.Tx, p model.DuesPayment, b model.DuesBill) error {
	done, err := model.Exec(tx, "UPDATE dues_payment_bill SET live = ? WHERE payment_id = ? AND bill_id = ? AND live", false, p.ID, b.ID)
	if err == nil && done == 1 {
		done, err = model.Exec(tx, "UPDATE dues_bill SET state = ?, method = '' WHERE id = ? AND state = ?", model.BillUnpaid, b.ID, model.BillPaid)
	}
	if err == nil && done != 1 {
		err = fault.Conflict("dues.changed", "该笔缴费的状态已变化，请刷新后再试")
	}
	if err != nil {
		return err
	}
	_, err = ledger.Post(tx, ledger.Transfer{Key: fmt.Sprintf("dues.back/%d/%d", p.ID, b.ID), Kind: "dues.back", Memo: string(b.Month) + "党费退回",
		From: moneyOf(p), To: ledger.DuesDue(b.MemberID), Amount: b.AmountFen})
	if err != nil {
		return err
	}
	back, err := fact.Reverse(tx, sourceOf(p, b))
	if err == nil && back == 0 { // paid before payments had a part in the source
		_, err = fact.Reverse(tx, fmt.Sprintf("dues/%d", b.ID))
	}
	return err
}

func sourceOf(p model.DuesPayment, b model.DuesBill) string {
	return fmt.Sprintf("dues/%d/%d", b.ID, p.ID)
}

// moneyOf is where the money of a payment is.
func moneyOf(p model.DuesPayment) ledger.Account {
	switch p.Method {
	case model.PayCash:
		return ledger.DuesCash(p.OrgID)
	case model.PayWeChat:
		return ledger.DuesWeChat()
	default:
		return ledger.DuesAccount(p.OrgID)
	}
}
