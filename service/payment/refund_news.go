package payment

import (
	"fmt"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/audit"
	"hongyun/service/fault"
	"hongyun/service/ledger"
	"hongyun/wechat"
)

// What became of news of a refund, beside what arrived.go names.
const (
	outcomeRefunded     = "REFUNDED"
	outcomeRefundFailed = "REFUND_FAILED"
	outcomeUnderWay     = "UNDER_WAY"
)

// refundNews takes what WeChat says of a refund, by notice (foundBy model.FoundByNotice) or as the answer to a call
// (model.FoundByQuery). It may be called any number of times, in any order.
func (s *Service) refundNews(tx model.Tx, r wechat.RefundResult, foundBy string) (outcome string, err error) {
	var p model.DuesPayment
	p, err = lockPayment(tx, "id = (SELECT payment_id FROM dues_refund WHERE refund_no = ?)", r.RefundNo)
	if fault.Is(err, "not_found") {
		return outcomeUnordered, differ(tx, model.PayDifference{Kind: model.DifferenceOnlyTheirs, FoundBy: foundBy, Day: tx.Day(),
			OrderNo: r.OrderNo, RefundNo: r.RefundNo, TheirFen: r.AmountFen})
	}
	if err != nil {
		return "", err
	}
	var d model.DuesRefund
	if err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("refund_no = ?", r.RefundNo).Take(&d).Error; err != nil {
		return "", err
	}
	if r.AmountFen != d.AmountFen || r.OrderNo != p.OrderNo {
		return outcomeDiffers, differ(tx, model.PayDifference{Kind: model.DifferenceAmount, FoundBy: foundBy, Day: tx.Day(), PaymentID: &p.ID, RefundID: &d.ID,
			OrderNo: p.OrderNo, RefundNo: d.RefundNo, OurFen: d.AmountFen, TheirFen: r.AmountFen})
	}
	switch r.State {
	case wechat.RefundSuccess:
		return s.refunded(tx, p, d, r, foundBy)
	case wechat.RefundAbnormal, wechat.RefundClosed:
		return refundFailed(tx, p, d, r)
	default:
		return outcomeUnderWay, nil
	}
}

// refunded: the money is back with who paid.
func (s *Service) refunded(tx model.Tx, p model.DuesPayment, d model.DuesRefund, r wechat.RefundResult, foundBy string) (string, error) {
	switch d.State {
	case model.RefundApproved:
	case model.RefundDone:
		return outcomeRepeated, nil
	default: // it was given up, or never sent by us
		again, err := revive(tx, &p, d)
		if err != nil {
			return "", err
		}
		if !again {
			return outcomeDiffers, differ(tx, model.PayDifference{Kind: model.DifferenceOnlyTheirs, FoundBy: foundBy, Day: tx.Day(), PaymentID: &p.ID, RefundID: &d.ID,
				OrderNo: p.OrderNo, RefundNo: d.RefundNo, TheirFen: r.AmountFen})
		}
	}
	at := r.FinishedAt
	if at.IsZero() {
		at = tx.Now
	}
	if _, err := model.Exec(tx, "UPDATE dues_refund SET state = ?, wechat_id = ?, finished_at = ?, error = '', not_before = NULL, lease_until = NULL WHERE id = ?",
		model.RefundDone, r.RefundID, model.Instant(at), d.ID); err != nil {
		return "", err
	}
	audit.Record(tx, audit.System("微信支付"), audit.Entry{Action: "dues.refunded", ObjectType: "dues_payment", ObjectID: p.ID,
		After: map[string]any{"refund_id": d.ID, "amount_fen": d.AmountFen}})
	if err := s.moneyBack(tx, p, d); err != nil {
		return "", err
	}
	_, err := model.Exec(tx, `UPDATE dues_payment SET state = ?, ended_at = ? WHERE id = ? AND amount_fen =
(SELECT sum(amount_fen) FROM dues_refund WHERE payment_id = dues_payment.id AND state = ?)`, model.PaymentRefunded, tx.Now, p.ID, model.RefundDone)
	return outcomeRefunded, err
}

// moneyBack books a refund that is done, and tells the member whose bill is unpaid again.
func (s *Service) moneyBack(tx model.Tx, p model.DuesPayment, d model.DuesRefund) error {
	if d.BillID == nil {
		_, err := ledger.Post(tx, ledger.Transfer{Key: fmt.Sprintf("dues.surplus/back/%d", d.ID), Kind: "dues.back", Memo: "多收款项退回",
			From: ledger.DuesWeChat(), To: ledger.DuesSurplus(), Amount: d.AmountFen})
		return err
	}
	bills, err := lockBills(tx, []int64{*d.BillID})
	if err != nil {
		return err
	}
	if err := takeBack(tx, p, bills[0]); err != nil {
		return err
	}
	return s.tell(tx, KindReversed, p, bills, d.Reason)
}

// refundFailed: WeChat cannot carry it out. What was set aside for it goes back, and people act.
func refundFailed(tx model.Tx, p model.DuesPayment, d model.DuesRefund, r wechat.RefundResult) (string, error) {
	if d.State != model.RefundApproved {
		return outcomeRepeated, nil
	}
	reason := "微信支付退款异常，请在微信支付商户平台处理"
	if r.State == wechat.RefundClosed {
		reason = "微信支付已关闭该笔退款，请核对后重新申请"
	}
	return outcomeRefundFailed, endRefund(tx, p, d, model.RefundFailed, reason)
}

// endRefund ends an approved refund without money, and frees what was set aside for it.
func endRefund(tx model.Tx, p model.DuesPayment, d model.DuesRefund, state, reason string) error {
	done, err := model.Exec(tx, "UPDATE dues_refund SET state = ?, error = ?, finished_at = ?, not_before = NULL, lease_until = NULL WHERE id = ? AND state = ?",
		state, reason, tx.Now, d.ID, model.RefundApproved)
	if err == nil && done != 1 {
		err = changed()
	}
	if err == nil {
		_, err = model.Exec(tx, "UPDATE dues_payment SET refunded_fen = refunded_fen - ? WHERE id = ?", d.AmountFen, p.ID)
	}
	if err != nil {
		return err
	}
	audit.Record(tx, audit.System("微信支付"), audit.Entry{Action: "dues.refund_failed", ObjectType: "dues_payment", ObjectID: p.ID,
		After: map[string]any{"refund_id": d.ID, "amount_fen": d.AmountFen, "reason": reason}})
	if p.ReconciledOn == "" || d.BillID == nil {
		return nil
	}
	_, err = ledger.Post(tx, ledger.Transfer{Key: fmt.Sprintf("dues.refund/free/%d", d.ID), Kind: "dues.refund", Memo: "退款未成功，退还党费账户",
		From: ledger.DuesWeChat(), To: ledger.DuesAccount(p.OrgID), Amount: d.AmountFen})
	return err
}

// revive takes up a refund that was given up as failed and came to pass after all. It tells false where the books have no
// room for it any more: the bill is paid otherwise by now, or the money was handed up.
func revive(tx model.Tx, p *model.DuesPayment, d model.DuesRefund) (bool, error) {
	if d.State != model.RefundFailed {
		return false, nil
	}
	if d.BillID != nil {
		var b model.DuesBill
		err := tx.Raw(`SELECT b.* FROM dues_bill b JOIN dues_payment_bill pb ON pb.bill_id = b.id WHERE pb.payment_id = ? AND b.id = ? AND pb.live`, p.ID, *d.BillID).Take(&b).Error
		if model.NotFound(err) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if _, err := lockBills(tx, []int64{b.ID}); err != nil {
			return false, err
		}
		account := ledger.DuesAccount(p.OrgID)
		held, err := ledger.Lock(tx, account, ledger.DuesDue(b.MemberID)) // both at once: the bill is taken back after this
		if err != nil || p.ReconciledOn != "" && held[account].Balance < d.AmountFen {
			return false, err
		}
	}
	done, err := model.Exec(tx, `UPDATE dues_payment SET refunded_fen = refunded_fen + ? WHERE id = ? AND refunded_fen + ? <= amount_fen
AND NOT EXISTS (SELECT 1 FROM dues_refund r WHERE r.payment_id = dues_payment.id AND coalesce(r.bill_id, 0) = ? AND r.state IN ('REQUESTED', 'APPROVED', 'DONE'))`,
		d.AmountFen, p.ID, d.AmountFen, billOf(d))
	if err != nil || done == 0 {
		return false, err
	}
	return true, setAside(tx, *p, d, "dues.refund/again")
}

// setAside brings money that a branch has been given already back to where WeChat takes refunds from.
func setAside(tx model.Tx, p model.DuesPayment, d model.DuesRefund, key string) error {
	if p.ReconciledOn == "" || d.BillID == nil {
		return nil
	}
	_, err := ledger.Post(tx, ledger.Transfer{Key: fmt.Sprintf("%s/%d", key, d.ID), Kind: "dues.refund", Memo: "线上缴费退款",
		From: ledger.DuesAccount(p.OrgID), To: ledger.DuesWeChat(), Amount: d.AmountFen})
	return err
}

func billOf(d model.DuesRefund) int64 {
	if d.BillID == nil {
		return 0
	}
	return *d.BillID
}
