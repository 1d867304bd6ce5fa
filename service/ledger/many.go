package ledger

import (
	"fmt"

	"hongyun/model"
)

// PostMany makes compound transfers out of a query, in a handful of statements however many there are: a whole county's
// bills of a month. entries is a SELECT of (key, account_kind, owner_type, owner_id, amount), one row for each account of each
// transfer. A key that is not new, a transfer that does not sum to zero over two accounts or more, and a shortage fail by the
// database's own checks: the caller must roll back.
//
// guarded names the kinds among them that may not go below zero: their rows are locked in order of id, as Post does.
func PostMany(tx model.Tx, kind, memo string, guarded []string, entries string, args ...any) (int64, error) {
	m := many{tx: tx, keeps: "account_kind IN (" + tx.Dialect.Texts() + ")", guarded: model.JSONList(guarded)}
	staged, err := m.stage(entries, args)
	if err != nil {
		return 0, fmt.Errorf("post many: stage: %w", err)
	}
	if staged == 0 {
		return 0, m.drop()
	}
	if err := m.accounts(); err != nil {
		return 0, fmt.Errorf("post many: accounts: %w", err)
	}
	made, err := m.transfers(kind, memo)
	if err != nil {
		return 0, fmt.Errorf("post many: transfers, new ones that sum to zero: %w", err)
	}
	if err := m.balances(); err != nil {
		return 0, fmt.Errorf("post many: balances: %w", err)
	}
	if err := m.entries(); err != nil { // after the locks: what foreign keys lock on the way comes in no order
		return 0, fmt.Errorf("post many: entries: %w", err)
	}
	return made, m.drop()
}

// many is one call of PostMany: its rows wait in a table of the transaction's own, so that the query runs once and Postgres
// knows how many they are. Guessing few, it would look for each of a million accounts by itself.
type many struct {
	tx      model.Tx
	keeps   string // whether a row's account is guarded; takes guarded
	guarded string
}

func (m many) stage(entries string, args []any) (int64, error) {
	_, err := model.Exec(m.tx, "CREATE TEMPORARY TABLE ledger_staged (key text, account_kind text, owner_type text, owner_id bigint, amount bigint)")
	if err != nil {
		return 0, err
	}
	staged, err := model.Exec(m.tx, "INSERT INTO ledger_staged SELECT key, account_kind, owner_type, owner_id, amount FROM ("+entries+") e", args...)
	if err == nil && m.tx.Dialect == model.Postgres {
		_, err = model.Exec(m.tx, "ANALYZE ledger_staged")
	}
	return staged, err
}

func (m many) drop() error {
	_, err := model.Exec(m.tx, "DROP TABLE ledger_staged")
	return err
}

// accounts makes those that are missing, in one order for all transactions.
func (m many) accounts() error {
	_, err := model.Exec(m.tx, `INSERT INTO ledger_account (kind, owner_type, owner_id, guarded)
SELECT e.account_kind, e.owner_type, e.owner_id, e.`+m.keeps+` FROM (SELECT DISTINCT account_kind, owner_type, owner_id FROM ledger_staged) e
WHERE NOT EXISTS (SELECT 1 FROM ledger_account a WHERE a.kind = e.account_kind AND a.owner_type = e.owner_type AND a.owner_id = e.owner_id)
ORDER BY e.account_kind, e.owner_type, e.owner_id ON CONFLICT DO NOTHING`, m.guarded)
	return err
}

// transfers makes one for each key. The memo is empty where the entries are no transfer: its column does not take that.
func (m many) transfers(kind, memo string) (int64, error) {
	at := "?"
	if m.tx.Dialect == model.Postgres {
		at = "CAST(? AS timestamptz)"
	}
	return model.Exec(m.tx, `INSERT INTO ledger_transfer (key, kind, memo, at, month)
SELECT e.key, CAST(? AS text), CASE WHEN sum(e.amount) = 0 AND count(*) > 1 THEN CAST(? AS text) END, `+at+`, CAST(? AS text)
FROM ledger_staged e GROUP BY e.key ORDER BY e.key`, kind, memo, m.tx.Now, m.tx.Day().Month())
}

// balances brings the guarded accounts up to their entries.
func (m many) balances() error {
	changes := `SELECT a.id, d.amount FROM ledger_account a JOIN
  (SELECT account_kind, owner_type, owner_id, sum(amount) AS amount FROM ledger_staged WHERE ` + m.keeps + ` GROUP BY account_kind, owner_type, owner_id) d
  ON a.kind = d.account_kind AND a.owner_type = d.owner_type AND a.owner_id = d.owner_id AND a.guarded ORDER BY a.id`
	if m.tx.Dialect == model.Postgres {
		changes += " FOR NO KEY UPDATE OF a"
	}
	_, err := model.Exec(m.tx, "UPDATE ledger_account SET balance = balance + c.amount FROM ("+changes+") c WHERE c.id = ledger_account.id", m.guarded)
	return err
}

func (m many) entries() error {
	_, err := model.Exec(m.tx, `INSERT INTO ledger_entry (transfer_id, account_id, amount)
SELECT t.id, a.id, e.amount FROM ledger_staged e JOIN ledger_transfer t ON t.key = e.key
JOIN ledger_account a ON a.kind = e.account_kind AND a.owner_type = e.owner_type AND a.owner_id = e.owner_id`)
	return err
}
