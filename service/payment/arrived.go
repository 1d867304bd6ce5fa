package payment

import (
	"fmt"
	"slices"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/audit"
	"hongyun/service/ledger"
	"hongyun/wechat"
)

// What became of news from WeChat (pay_notice.outcome).
const (
	outcomeSettled   = "settled"
	outcomeSurplus   = "surplus"       // its bills were paid otherwise: the money goes back
	outcomeRepeated  = "known"         // was known
	outcomeDiffers   = "differs"       // not what was ordered: people look at it
	outcomeUnordered = "unknown order" // nobody here has ordered it
	outcomeUnpaid    = "not paid"
)

// arrived books money that WeChat reports, whichever way the news came, and however often. What it decides depends on the
// payment alone: an open one is settled, a closed one too if its bills are still to be paid, else the money is surplus.
// What is not as it was ordered settles nothing and is put on the list of differences.
func (s *Service) arrived(tx model.Tx, t wechat.Transaction, foundBy string) (outcome string, err error) {
	if !paid(t) {
		return outcomeUnpaid, nil
	}
	var rows []model.DuesPayment
	err = tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("order_no = ? AND method = ?", t.OrderNo, model.PayWeChat).Find(&rows).Error
	if err != nil {
		return "", err
	}
	if len(rows) == 0 {
		return outcomeUnordered, differs(tx, t, foundBy, nil)
	}
	p := rows[0]
	taken, err := numberTaken(tx, t.TransactionNo, p.ID)
	if err != nil {
		return "", err
	}
	if taken || !s.asOrdered(t, p) {
		return outcomeDiffers, differs(tx, t, foundBy, &p)
	}
	p.TransactionNo, p.PaidOn = &t.TransactionNo, model.DateOf(t.PaidAt)
	switch p.State {
	case model.PaymentOpen:
		bills, err := billsOf(tx, p, true)
		if err != nil {
			return "", err
		}
		return outcomeSettled, s.settleOnline(tx, &p, bills)
	case model.PaymentClosed:
		return s.late(tx, p)
	default:
		return outcomeRepeated, nil
	}
}

// asOrdered tells whether WeChat's words are those of the order, and what is known of its payment.
func (s *Service) asOrdered(t wechat.Transaction, p model.DuesPayment) bool {
	return t.MchID == s.pay.MchID() && t.AppID == p.AppID && t.OpenID == p.OpenID && t.Currency == currency && t.AmountFen == p.AmountFen &&
		(p.TransactionNo == nil || *p.TransactionNo == t.TransactionNo)
}

// numberTaken tells whether another payment has WeChat's number: somebody has recorded it by hand.
func numberTaken(tx model.Tx, number string, paymentID int64) (taken bool, err error) {
	err = tx.Raw("SELECT EXISTS (SELECT 1 FROM dues_payment WHERE transaction_no = ? AND id <> ? AND state NOT IN ('CLOSED', 'REVERSED'))", number, paymentID).Scan(&taken).Error
	return taken, err
}

// currency is the only one that dues are paid in.
const currency = "CNY"

// late books money for a payment that was closed: it pays its bills if they are as they were and nobody else pays them,
// all of them; else the money is surplus and people are asked to give it back.
func (s *Service) late(tx model.Tx, p model.DuesPayment) (outcome string, err error) {
	bills, err := billsOf(tx, p, false)
	if err != nil {
		return "", err
	}
	free, err := asBefore(tx, p, bills)
	if err != nil {
		return "", err
	}
	if !free {
		return outcomeSurplus, surplus(tx, p)
	}
	if _, err := model.Exec(tx, "UPDATE dues_payment_bill SET live = ? WHERE payment_id = ?", true, p.ID); err != nil {
		return "", err
	}
	audit.Record(tx, audit.System("wechat"), audit.Entry{Action: "dues.late", ObjectType: "dues_payment", ObjectID: p.ID})
	return outcomeSettled, s.settleOnline(tx, &p, bills)
}

// settleOnline books the payment, and tells members for whom another has paid: who paid knows from WeChat.
func (s *Service) settleOnline(tx model.Tx, p *model.DuesPayment, bills []model.DuesBill) error {
	if err := settle(tx, p, bills, nil); err != nil {
		return err
	}
	others := slices.DeleteFunc(slices.Clone(bills), func(b model.DuesBill) bool { return p.PayerID != nil && b.MemberID == *p.PayerID })
	if len(others) == 0 {
		return nil
	}
	return s.tell(tx, KindReceived, *p, others, "")
}

// asBefore tells whether the locked bills are unpaid, free, and of the amount that the payment was made for.
func asBefore(tx model.Tx, p model.DuesPayment, bills []model.DuesBill) (bool, error) {
	var parts []model.DuesPaymentBill
	if err := tx.Where("payment_id = ?", p.ID).Order("bill_id").Find(&parts).Error; err != nil {
		return false, err
	}
	for i, b := range bills {
		held, err := isHeld(tx, b)
		if err != nil || held || b.State != model.BillUnpaid || parts[i].AmountFen != b.AmountFen {
			return false, err
		}
	}
	return true, nil
}

func isHeld(tx model.Tx, b model.DuesBill) (held bool, err error) {
	err = tx.Raw("SELECT EXISTS (SELECT 1 FROM dues_payment_bill WHERE bill_id = ? AND live)", b.ID).Scan(&held).Error
	return held, err
}

// surplus books money that pays no bill, and asks people to give it back.
func surplus(tx model.Tx, p model.DuesPayment) error {
	done, err := model.Exec(tx, `UPDATE dues_payment SET state = ?, transaction_no = ?, paid_on = ?, settled_at = ?, refunded_fen = amount_fen
WHERE id = ? AND state = ?`, model.PaymentSurplus, p.TransactionNo, p.PaidOn, tx.Now, p.ID, p.State)
	if err != nil || done != 1 {
		return fmt.Errorf("payment %d becomes surplus in %d rows: %w", p.ID, done, err)
	}
	_, err = ledger.Post(tx, ledger.Transfer{Key: fmt.Sprintf("dues.surplus/%d", p.ID), Kind: "dues.surplus", Memo: "多收的党费",
		From: ledger.DuesSurplus(), To: ledger.DuesWeChat(), Amount: p.AmountFen})
	if err != nil {
		return err
	}
	refund := model.DuesRefund{PaymentID: p.ID, RefundNo: newRefundNumber(tx), AmountFen: p.AmountFen, Reason: "支付到账时账单已另行缴纳，系统提请退款",
		State: model.RefundRequested, RequestedAt: tx.Now}
	if err := tx.Create(&refund).Error; err != nil {
		return fmt.Errorf("ask for a refund: %w", err)
	}
	audit.Record(tx, audit.System("wechat"), audit.Entry{Action: "dues.surplus", ObjectType: "dues_payment", ObjectID: p.ID,
		After: map[string]any{"amount_fen": p.AmountFen, "refund_id": refund.ID}})
	return nil
}

// differs puts what WeChat says beside what was ordered, for people; p is nil where nothing was ordered.
func differs(tx model.Tx, t wechat.Transaction, foundBy string, p *model.DuesPayment) error {
	d := model.PayDifference{Kind: model.DifferenceOnlyTheirs, FoundBy: foundBy, Day: model.DateOf(t.PaidAt), OrderNo: t.OrderNo,
		TransactionNo: t.TransactionNo, TheirFen: t.AmountFen}
	if p != nil {
		d.Kind, d.PaymentID, d.OurFen = model.DifferenceAmount, &p.ID, p.AmountFen
	}
	return differ(tx, d)
}
