package ledger

import (
	"fmt"

	"hongyun/model"
)

// PostMany makes compound transfers out of a query, in a handful of statements however many there are: a whole county's
// bills of a month. entries is a SELECT of (key, account_kind, owner_type, owner_id, amount), one row for each account of each
// transfer, read several times: it must not depend on the ledger. A key that is not new, a transfer that does not sum to zero
// over two accounts or more, and a shortage fail by the database's own checks: the caller must roll back.
//
// guarded names the kinds among them that may not go below zero: their rows are locked in order of id, as Post does.
func PostMany(tx model.Tx, kind, memo string, guarded []string, entries string, args ...any) (int64, error) {
	keeps := "account_kind IN (" + tx.Dialect.Texts() + ")"
	list := model.JSONList(guarded)
	if _, err := model.Exec(tx, `INSERT INTO ledger_account (kind, owner_type, owner_id, guarded)
SELECT e.account_kind, e.owner_type, e.owner_id, e.`+keeps+` FROM (SELECT DISTINCT account_kind, owner_type, owner_id FROM (`+entries+`) x) e
WHERE NOT EXISTS (SELECT 1 FROM ledger_account a WHERE a.kind = e.account_kind AND a.owner_type = e.owner_type AND a.owner_id = e.owner_id)
ORDER BY e.account_kind, e.owner_type, e.owner_id ON CONFLICT DO NOTHING`, append([]any{list}, args...)...); err != nil {
		return 0, fmt.Errorf("post many: accounts: %w", err)
	}
	at := "?"
	if tx.Dialect == model.Postgres {
		at = "CAST(? AS timestamptz)"
	}
	// The memo is empty where the transfer is not one: the column does not take that.
	made, err := model.Exec(tx, `INSERT INTO ledger_transfer (key, kind, memo, at, month)
SELECT e.key, CAST(? AS text), CASE WHEN sum(e.amount) = 0 AND count(*) > 1 THEN CAST(? AS text) END, `+at+`, CAST(? AS text)
FROM (`+entries+`) e GROUP BY e.key ORDER BY e.key`,
		append([]any{kind, memo, tx.Now, tx.Day().Month()}, args...)...)
	if err != nil {
		return 0, fmt.Errorf("post many: transfers, new ones that sum to zero: %w", err)
	}
	if made == 0 {
		return 0, nil
	}
	changes := `SELECT a.id, d.amount FROM ledger_account a JOIN
  (SELECT account_kind, owner_type, owner_id, sum(amount) AS amount FROM (` + entries + `) x WHERE ` + keeps + ` GROUP BY account_kind, owner_type, owner_id) d
  ON a.kind = d.account_kind AND a.owner_type = d.owner_type AND a.owner_id = d.owner_id AND a.guarded ORDER BY a.id`
	if tx.Dialect == model.Postgres {
		changes += " FOR NO KEY UPDATE OF a"
	}
	if _, err := model.Exec(tx, `UPDATE ledger_account SET balance = balance + c.amount FROM (`+changes+`) c WHERE c.id = ledger_account.id`,
		append(args[:len(args):len(args)], list)...); err != nil {
		return 0, fmt.Errorf("post many: balances: %w", err)
	}
	// After the locks: what the foreign keys lock on the way comes in no order.
	if _, err := model.Exec(tx, `INSERT INTO ledger_entry (transfer_id, account_id, amount)
SELECT t.id, a.id, e.amount FROM (`+entries+`) e JOIN ledger_transfer t ON t.key = e.key
JOIN ledger_account a ON a.kind = e.account_kind AND a.owner_type = e.owner_type AND a.owner_id = e.owner_id`, args...); err != nil {
		return 0, fmt.Errorf("post many: entries: %w", err)
	}
	return made, nil
}
