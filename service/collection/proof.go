package collection

import "hongyun/service/ledger"

// Proofs are what must hold between the ledger and the tables of dues: bills, payments, refunds, special payments, deposits,
// remittances and uses. Rows of bills and payments are named by their ids, balances by the member or organisation, 0 for the platform.
func Proofs() []ledger.Proof {
	return append(append(billProofs(), balanceProofs()...), entryProofs()...)
}

func billProofs() []ledger.Proof {
	return []ledger.Proof{
		{Holds: "each member owes what the unpaid bills come to", Else: "the member owes something else than the unpaid bills come to",
			Count: "SELECT count(DISTINCT member_id) FROM dues_bill",
			Broken: `SELECT member_id FROM (SELECT member_id, amount_fen AS amount FROM dues_bill WHERE state = 'UNPAID'
  UNION ALL SELECT owner_id, -balance FROM ledger_account WHERE kind = 'dues_due') x GROUP BY member_id HAVING sum(amount) <> 0`},
		{Holds: "what was billed is what the unpaid and the paid bills come to", Else: "billed and bills are this many fen apart",
			Count: "SELECT count(*) FROM dues_bill WHERE state IN ('UNPAID', 'PAID')",
			Broken: `SELECT CAST(sum(amount) AS bigint) AS apart FROM (SELECT amount_fen AS amount FROM dues_bill WHERE state IN ('UNPAID', 'PAID')
  UNION ALL SELECT e.amount FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id WHERE a.kind = 'dues_billed') x HAVING sum(amount) <> 0`},
		{Holds: "each paid bill has one settled payment, and no other bill has one", Else: "the bill's state and its payment do not agree",
			Count: "SELECT count(*) FROM dues_bill WHERE state = 'PAID'",
			Broken: `SELECT b.id FROM dues_bill b LEFT JOIN (SELECT pb.bill_id, count(*) AS parts, sum(pb.amount_fen) AS amount FROM dues_payment_bill pb
  JOIN dues_payment p ON p.id = pb.payment_id WHERE pb.live AND p.state = 'SETTLED' GROUP BY pb.bill_id) s ON s.bill_id = b.id
WHERE b.state = 'PAID' AND (coalesce(s.parts, 0) <> 1 OR s.amount <> b.amount_fen) OR b.state <> 'PAID' AND s.parts IS NOT NULL`},
		{Holds: "a payment that has ended holds no bill", Else: "the payment has ended and still holds a bill", Count: "SELECT count(*) FROM dues_payment",
			Broken: `SELECT DISTINCT p.id FROM dues_payment p JOIN dues_payment_bill pb ON pb.payment_id = p.id
WHERE pb.live AND p.state NOT IN ('OPEN', 'RECORDED', 'SETTLED')`},
		{Holds: "each payment is the sum of its parts", Else: "the payment is not the sum of its parts", Count: "SELECT count(*) FROM dues_payment",
			Broken: `SELECT p.id FROM dues_payment p LEFT JOIN dues_payment_bill pb ON pb.payment_id = p.id
GROUP BY p.id, p.amount_fen HAVING p.amount_fen <> coalesce(sum(pb.amount_fen), 0)`},
		{Holds: "each payment's refunds are what was set aside for them", Else: "the payment's refunds are not what was set aside for them", Count: "SELECT count(*) FROM dues_refund",
			Broken: `SELECT p.id FROM dues_payment p LEFT JOIN dues_refund r ON r.payment_id = p.id AND r.state IN ('REQUESTED', 'APPROVED', 'DONE')
GROUP BY p.id, p.refunded_fen HAVING p.refunded_fen <> coalesce(sum(r.amount_fen), 0)`},
		{Holds: "each transfer of a payment is a part of one, and each of its way back a part that was given back",
			Else: "the transfer is no part of a payment, or another one", Count: "SELECT count(*) FROM ledger_transfer WHERE kind IN ('dues.paid', 'dues.back')",
			Broken: `SELECT t.id FROM ledger_transfer t JOIN ledger_entry e ON e.transfer_id = t.id JOIN ledger_account a ON a.id = e.account_id AND a.kind = 'dues_due'
LEFT JOIN (SELECT 'dues.paid/' || pb.payment_id || '/' || pb.bill_id AS key, b.member_id, -pb.amount_fen AS amount
    FROM dues_payment_bill pb JOIN dues_bill b ON b.id = pb.bill_id JOIN dues_payment p ON p.id = pb.payment_id WHERE p.settled_at IS NOT NULL
  UNION ALL SELECT 'dues.back/' || pb.payment_id || '/' || pb.bill_id, b.member_id, pb.amount_fen
    FROM dues_payment_bill pb JOIN dues_bill b ON b.id = pb.bill_id WHERE NOT pb.live) w ON w.key = t.key AND w.member_id = a.owner_id AND w.amount = e.amount
WHERE t.kind IN ('dues.paid', 'dues.back') AND t.key NOT LIKE 'dues.sheet/%' AND w.key IS NULL
UNION SELECT t.id FROM ledger_transfer t WHERE t.kind IN ('dues.paid', 'dues.back') AND t.key NOT LIKE 'dues.surplus/%'
  AND NOT EXISTS (SELECT 1 FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id WHERE e.transfer_id = t.id AND a.kind = 'dues_due')`},
	}
}

// paidParts sums up the parts of settled payments by one method.
const paidParts = `SELECT p.org_id AS owner, pb.amount_fen AS amount FROM dues_payment p JOIN dues_payment_bill pb ON pb.payment_id = p.id
  WHERE pb.live AND p.state = 'SETTLED' AND p.method = `

// The money of WeChat, as package payment keeps it: a payment whose line was found is with the branch, but for refunds that are
// on their way or done; everything else is with WeChat until it has gone back.
const (
	refundsOf  = "(SELECT coalesce(sum(r.amount_fen), 0) FROM dues_refund r WHERE r.payment_id = p.id AND r.state IN "
	withBranch = "p.method = 'WECHAT' AND p.state IN ('SETTLED', 'REFUNDED') AND p.reconciled_on <> ''"
)

func balanceProofs() []ledger.Proof {
	return []ledger.Proof{
		balanceProof("dues_cash", "each branch's cash is what it was paid in cash and has not carried to the account", paidParts+`'CASH'
  UNION ALL SELECT org_id, -amount_fen FROM dues_deposit WHERE state = 'CONFIRMED'`),
		balanceProof("dues_account", "each dues account is what came in less what was handed up and used", paidParts+`'TRANSFER'
  UNION ALL SELECT p.org_id, p.amount_fen - `+refundsOf+`('APPROVED', 'DONE')) FROM dues_payment p WHERE `+withBranch+`
  UNION ALL SELECT org_id, amount_fen FROM dues_deposit WHERE state = 'CONFIRMED'
  UNION ALL SELECT org_id, -amount_fen FROM dues_remittance WHERE state = 'CONFIRMED'
  UNION ALL SELECT to_org_id, amount_fen FROM dues_remittance WHERE state = 'CONFIRMED' AND to_org_id IS NOT NULL
  UNION ALL SELECT org_id, -amount_fen FROM dues_use WHERE state = 'CONFIRMED'`),
		balanceProof("dues_wechat", "WeChat holds the payments that no statement has shown yet, what is on its way back, and surplus money",
			`SELECT 0 AS owner, CASE WHEN `+withBranch+` THEN `+refundsOf+`('APPROVED')) ELSE p.amount_fen - `+refundsOf+`('DONE')) END AS amount
  FROM dues_payment p WHERE p.method = 'WECHAT' AND p.state IN ('SETTLED', 'SURPLUS', 'REFUNDED')`),
		balanceProof("dues_surplus", "the surplus is the money that pays no bill and has not gone back",
			"SELECT 0 AS owner, -amount_fen AS amount FROM dues_payment WHERE state = 'SURPLUS'"),
		balanceProof("dues_special", "each organisation's special payments are those that are confirmed and not forwarded",
			"SELECT org_id AS owner, amount_fen AS amount FROM dues_special WHERE state = 'CONFIRMED'"),
		balanceProof("dues_given", "each member has given the special payments that are confirmed or forwarded",
			"SELECT member_id AS owner, -amount_fen AS amount FROM dues_special WHERE state IN ('CONFIRMED', 'FORWARDED')"),
		balanceProof("dues_used", "what was used is the confirmed uses", "SELECT org_id AS owner, amount_fen AS amount FROM dues_use WHERE state = 'CONFIRMED'"),
		balanceProof("dues_remitted", "what left the platform is the confirmed remittances of the top and the special payments that were forwarded",
			`SELECT org_id AS owner, amount_fen AS amount FROM dues_remittance WHERE state = 'CONFIRMED' AND to_org_id IS NULL
  UNION ALL SELECT org_id, amount_fen FROM dues_special WHERE state = 'FORWARDED'`),
	}
}

// balanceProof says that the accounts of a kind hold what rows of (owner, amount) come to.
func balanceProof(kind, holds, rows string) ledger.Proof {
	return ledger.Proof{Holds: holds, Else: kind + " of this owner is not so",
		Count: "SELECT count(*) FROM ledger_account WHERE kind = '" + kind + "'",
		Broken: "SELECT owner FROM (" + rows + " UNION ALL SELECT a.owner_id, -e.amount FROM ledger_account a JOIN ledger_entry e ON e.account_id = a.id WHERE a.kind = '" +
			kind + "') x GROUP BY owner HAVING sum(amount) <> 0"}
}

func entryProofs() []ledger.Proof {
	out := []ledger.Proof{}
	for _, one := range []struct{ table, kinds, what, rows string }{
		{"dues_deposit", "'dues.deposit', 'dues.deposit.back'", "deposit", moved("dues_deposit", "dues.deposit", "'dues_cash'", "org_id", "'dues_account'", "org_id")},
		{"dues_remittance", handed, "remittance", moved("dues_remittance", "dues.remit", "'dues_account'", "org_id",
			"CASE WHEN to_org_id IS NULL THEN 'dues_remitted' ELSE 'dues_account' END", "coalesce(to_org_id, org_id)")},
		{"dues_use", used, "use", moved("dues_use", "dues.use", "'dues_account'", "org_id", "'dues_used'", "org_id")},
		{"dues_special", "'dues.special'", "special payment", `SELECT id, 'dues.special/given/' || id AS key, 'dues_special' AS kind, org_id AS owner, amount_fen AS amount
    FROM dues_special WHERE state IN ('CONFIRMED', 'FORWARDED', 'REVERSED')
  UNION ALL SELECT id, 'dues.special/back/' || id, 'dues_special', org_id, -amount_fen FROM dues_special WHERE state = 'REVERSED'
  UNION ALL SELECT id, 'dues.special/forwarded/' || id, 'dues_special', org_id, -amount_fen FROM dues_special WHERE state = 'FORWARDED'`},
	} {
		have := `SELECT t.id, t.key, a.kind, a.owner_id AS owner, e.amount FROM ledger_transfer t JOIN ledger_entry e ON e.transfer_id = t.id
  JOIN ledger_account a ON a.id = e.account_id WHERE t.kind IN (` + one.kinds + `) AND a.kind <> 'dues_given' AND NOT (t.kind = 'dues.special' AND a.kind = 'dues_remitted')`
		const same = "h.key = w.key AND h.kind = w.kind AND h.owner = w.owner AND h.amount = w.amount"
		out = append(out,
			ledger.Proof{Holds: "each " + one.what + " has moved what its state says", Else: "the " + one.what + " has not moved what its state says",
				Count:  "SELECT count(*) FROM " + one.table,
				Broken: "SELECT DISTINCT w.id FROM (" + one.rows + ") w LEFT JOIN (" + have + ") h ON " + same + " WHERE h.id IS NULL"},
			ledger.Proof{Holds: "each transfer of a " + one.what + " belongs to one", Else: "the transfer belongs to no " + one.what + " of that state",
				Count:  "SELECT count(*) FROM ledger_transfer WHERE kind IN (" + one.kinds + ")",
				Broken: "SELECT DISTINCT h.id FROM (" + have + ") h LEFT JOIN (" + one.rows + ") w ON " + same + " WHERE w.id IS NULL"})
	}
	return out
}

// moved is the entries that the rows of a register must have: two for what was confirmed, two more for what was reversed.
func moved(table, kind, fromKind, from, toKind, to string) string {
	side := func(suffix, accountKind, owner, sign, states string) string {
		return "SELECT id, '" + kind + suffix + "/' || id AS key, " + accountKind + " AS kind, " + owner + " AS owner, " + sign + "amount_fen AS amount FROM " + table +
			" WHERE state IN (" + states + ")"
	}
	const done, back = "'CONFIRMED', 'REVERSED'", "'REVERSED'"
	return side("", fromKind, from, "-", done) + " UNION ALL " + side("", toKind, to, "", done) +
		" UNION ALL " + side(".back", fromKind, from, "", back) + " UNION ALL " + side(".back", toKind, to, "-", back)
}
