package payment

import (
	"time"

	"hongyun/model"
)

// findDifferences puts on the list what the lines since a day and the books disagree on. What is there already stays.
func findDifferences(tx model.Tx, since model.Date) (int64, error) {
	at := "?"
	if tx.Dialect == model.Postgres {
		at = "CAST(? AS timestamptz)"
	}
	var found int64
	insert := func(columns, from string, args ...any) error {
		n, err := model.Exec(tx, `INSERT INTO pay_difference (kind, found_by, day, payment_id, refund_id, order_no, refund_no, transaction_no, our_fen, their_fen, state, found_at)
SELECT `+columns+", 'OPEN', "+at+" "+from+" ON CONFLICT DO NOTHING", append([]any{tx.Now}, args...)...)
		found += n
		return err
	}
	for _, d := range linesThatDiffer() {
		if err := insert(d.columns, d.from, since); err != nil {
			return found, err
		}
	}
	closed, err := closedDays(tx, since)
	if err != nil || len(closed) == 0 {
		return found, err
	}
	err = insert("'ONLY_OURS', 'STATEMENT', p.paid_on, p.id, NULL, p.order_no, '', coalesce(p.transaction_no, ''), p.amount_fen, 0",
		`FROM dues_payment p WHERE p.method = 'WECHAT' AND p.reconciled_on = '' AND p.state IN `+paidStates+` AND p.paid_on IN (`+tx.Dialect.Texts()+`)
AND NOT EXISTS (SELECT 1 FROM pay_statement_line l WHERE l.order_no = p.order_no AND l.kind = 'PAYMENT')`, model.JSONList(closed))
	if err != nil {
		return found, err
	}
	n, err := refundsNowhere(tx, since, closed)
	return found + n, err
}

// differing is a SELECT, in two halves, of lines since a day that differ from the books.
type differing struct{ columns, from string }

func linesThatDiffer() []differing {
	const lines = "FROM pay_statement_line l JOIN pay_statement s ON s.id = l.statement_id "
	const of, since = "l.order_no, l.refund_no, l.transaction_no, ", " AND s.day >= ?"
	return []differing{
		{"'AMOUNT', 'STATEMENT', s.day, p.id, NULL, " + of + "p.amount_fen, l.amount_fen",
			lines + `JOIN dues_payment p ON p.order_no = l.order_no AND p.method = 'WECHAT'
WHERE l.kind = 'PAYMENT' AND p.state IN ` + paidStates + ` AND p.amount_fen <> l.amount_fen` + since},
		{"'AMOUNT', 'STATEMENT', s.day, r.payment_id, r.id, " + of + "r.amount_fen, l.amount_fen",
			lines + `JOIN dues_refund r ON r.refund_no = l.refund_no
WHERE l.kind = 'REFUND' AND r.state IN ('APPROVED', 'DONE') AND r.amount_fen <> l.amount_fen` + since},
		{"'ONLY_THEIRS', 'STATEMENT', s.day, p.id, NULL, " + of + "0, l.amount_fen",
			lines + `LEFT JOIN dues_payment p ON p.order_no = l.order_no AND p.method = 'WECHAT'
WHERE l.kind = 'PAYMENT' AND (p.id IS NULL OR p.state NOT IN ` + paidStates + `)` + since},
		{"'ONLY_THEIRS', 'STATEMENT', s.day, r.payment_id, r.id, " + of + "0, l.amount_fen",
			lines + `LEFT JOIN dues_refund r ON r.refund_no = l.refund_no
WHERE l.kind = 'REFUND' AND (r.id IS NULL OR r.state NOT IN ('APPROVED', 'DONE'))` + since},
	}
}

// agreements are conditions on an open difference: what was missing has come, on whichever day. Another amount is then a
// difference of its own.
func agreements() []string {
	return []string{
		`kind = 'ONLY_OURS' AND refund_id IS NULL AND EXISTS (SELECT 1 FROM pay_statement_line l WHERE l.order_no = pay_difference.order_no AND l.kind = 'PAYMENT')`,
		`kind = 'ONLY_OURS' AND refund_id IS NOT NULL AND EXISTS (SELECT 1 FROM pay_statement_line l WHERE l.refund_no = pay_difference.refund_no AND l.kind = 'REFUND')`,
		`kind = 'ONLY_THEIRS' AND refund_no = '' AND EXISTS (SELECT 1 FROM dues_payment p WHERE p.order_no = pay_difference.order_no AND p.method = 'WECHAT' AND p.state IN ` + paidStates + `)`,
		`kind = 'ONLY_THEIRS' AND refund_no <> '' AND EXISTS (SELECT 1 FROM dues_refund r WHERE r.refund_no = pay_difference.refund_no AND r.state IN ('APPROVED', 'DONE'))`,
	}
}

// closedDays are the days since a day whose bill is there, and the next day's too: what is near midnight may stand in either.
func closedDays(tx model.Tx, since model.Date) ([]model.Date, error) {
	var days []model.Date
	if err := tx.Model(&model.PayStatement{}).Where("day >= ?", since).Order("day").Pluck("day", &days).Error; err != nil {
		return nil, err
	}
	var closed []model.Date
	for i := range len(days) - 1 {
		if days[i].AddDays(1) == days[i+1] {
			closed = append(closed, days[i])
		}
	}
	return closed, nil
}

// refundsNowhere puts refunds that are done on closed days and stand in no bill on the list. There are few, if any.
func refundsNowhere(tx model.Tx, since model.Date, closed []model.Date) (int64, error) {
	var rows []struct {
		ID, PaymentID, AmountFen         int64
		OrderNo, RefundNo, TransactionNo string
		FinishedAt                       time.Time
	}
	err := tx.Raw(`SELECT r.id, r.payment_id, r.amount_fen, p.order_no, r.refund_no, coalesce(p.transaction_no, '') AS transaction_no, r.finished_at
FROM dues_refund r JOIN dues_payment p ON p.id = r.payment_id WHERE r.state = 'DONE' AND r.finished_at >= ?
AND NOT EXISTS (SELECT 1 FROM pay_statement_line l WHERE l.refund_no = r.refund_no AND l.kind = 'REFUND')`, model.Instant(since.Time())).Scan(&rows).Error
	if err != nil {
		return 0, err
	}
	on := make(map[model.Date]bool, len(closed))
	for _, d := range closed {
		on[d] = true
	}
	var missing []model.PayDifference
	for _, r := range rows {
		if day := model.DateOf(r.FinishedAt); on[day] {
			missing = append(missing, model.PayDifference{Kind: model.DifferenceOnlyOurs, FoundBy: model.FoundByStatement, Day: day, PaymentID: &r.PaymentID, RefundID: &r.ID,
				OrderNo: r.OrderNo, RefundNo: r.RefundNo, TransactionNo: r.TransactionNo, OurFen: r.AmountFen, State: model.DifferenceOpen, FoundAt: tx.Now})
		}
	}
	return model.Bulk(tx, missing)
}
