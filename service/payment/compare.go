package payment

import (
	"fmt"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/ledger"
)

// How the books and WeChat's bills are compared. A payment is found by its number, in whichever day's bill it stands: near
// midnight WeChat's day may be the next one. So what stands in no bill counts as a difference only when the bill of the day
// after is there too.
//
// Where the money is. Until its line is found, a payment's money is in dues_wechat; then it goes to the branch's
// dues_account, less what is on its way back or has gone. A refund is always paid out of dues_wechat: one that is approved
// after that brings its money back from dues_account first (setAside), and so is refused where the money was handed up, and
// one that fails returns it (endRefund). A line of a refund therefore moves nothing; it is only compared. At any time
// dues_wechat holds the payments that are not found yet, less the refunds that are done, and for the payments that are
// found the refunds that are approved and not done; and money that paid no bill, until it has gone back.

// compared is what one comparison came to.
type compared struct{ matched, found, resolved int64 }

// paidStates are those in which money of a payment came.
const paidStates = "('SETTLED', 'SURPLUS', 'REFUNDED')"

// compare holds the stored lines since a day against the books, in a handful of statements however many they are. It may be
// run again at any time.
func compare(tx model.Tx, since model.Date) (c compared, err error) {
	if c.matched, err = match(tx, since); err != nil {
		return c, fmt.Errorf("match payments: %w", err)
	}
	if c.found, err = findDifferences(tx, since); err != nil {
		return c, fmt.Errorf("find differences: %w", err)
	}
	for _, agree := range agreements() {
		n, err := model.Exec(tx, "UPDATE pay_difference SET state = 'RESOLVED', resolution = ?, resolved_at = ? WHERE state = 'OPEN' AND found_by = 'STATEMENT' AND "+agree,
			"对账单或缴费结果到达后自动核销", tx.Now)
		if err != nil {
			return c, fmt.Errorf("resolve differences: %w", err)
		}
		c.resolved += n
	}
	return c, nil
}

// match marks the payments whose line is found and agrees, and moves their money from WeChat to the branches' accounts: one
// transfer for each branch and day.
func match(tx model.Tx, since model.Date) (int64, error) {
	var ids []int64
	err := tx.Model(&model.DuesPayment{}).Clauses(clause.Locking{Strength: "UPDATE"}).
		Where(`method = 'WECHAT' AND paid_on >= ? AND reconciled_on = '' AND state IN `+paidStates+` AND EXISTS
(SELECT 1 FROM pay_statement_line l WHERE l.order_no = dues_payment.order_no AND l.kind = 'PAYMENT' AND l.amount_fen = dues_payment.amount_fen)`, since.AddDays(-1)).
		Order("id").Pluck("id", &ids).Error
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	list := model.JSONList(ids)
	_, err = model.Exec(tx, `UPDATE dues_payment SET reconciled_on = (SELECT min(s.day) FROM pay_statement_line l JOIN pay_statement s ON s.id = l.statement_id
WHERE l.order_no = dues_payment.order_no AND l.kind = 'PAYMENT' AND l.amount_fen = dues_payment.amount_fen) WHERE `+tx.Dialect.OneOf("id", tx.Dialect.Numbers()), list)
	if err != nil {
		return 0, err
	}
	var sums []struct {
		First, OrgID, Fen int64
		Day               model.Date
	}
	err = tx.Raw(`SELECT min(p.id) AS first, p.org_id, p.reconciled_on AS day, CAST(sum(p.amount_fen -
  (SELECT coalesce(sum(r.amount_fen), 0) FROM dues_refund r WHERE r.payment_id = p.id AND r.state IN ('APPROVED', 'DONE'))) AS bigint) AS fen
FROM dues_payment p WHERE `+tx.Dialect.OneOf("p.id", tx.Dialect.Numbers())+` AND p.state = 'SETTLED' GROUP BY p.org_id, p.reconciled_on`, list).Scan(&sums).Error
	if err != nil {
		return 0, err
	}
	transfers := make([]ledger.Transfer, 0, len(sums))
	for _, t := range sums {
		if t.Fen > 0 {
			// A payment is matched once: with the first of them the key is new also for what comes late.
			transfers = append(transfers, ledger.Transfer{Key: fmt.Sprintf("dues.wechat/%s/%d/%d", t.Day, t.OrgID, t.First), Kind: "dues.reconciled",
				Memo: string(t.Day) + "微信支付党费", From: ledger.DuesWeChat(), To: ledger.DuesAccount(t.OrgID), Amount: t.Fen})
		}
	}
	_, err = ledger.Post(tx, transfers...)
	return int64(len(ids)), err
}
