package collection

import "hongyun/model"

// The transfers that bring money to a dues account or take it away other than by collecting it. Everything else on the account
// is collected: the bank's payments, deposits of cash, WeChat's days, and their opposites.
const (
	handed = "'dues.remit', 'dues.remit.back'"
	used   = "'dues.use', 'dues.use.back'"
)

// Flow is what happened on a dues account in some months. Each opposite counts against what it undoes.
type Flow struct {
	CollectedFen int64 `json:"collected_fen"`
	ReceivedFen  int64 `json:"received_fen"` // from below
	RemittedFen  int64 `json:"remitted_fen"`
	UsedFen      int64 `json:"used_fen"`
}

// flowColumns sum up entries e of transfers t on dues accounts.
const flowColumns = `
  CAST(coalesce(sum(CASE WHEN t.kind IN (` + handed + `, ` + used + `) THEN 0 ELSE e.amount END), 0) AS bigint) AS collected_fen,
  CAST(coalesce(sum(CASE WHEN t.kind = 'dues.remit' AND e.amount > 0 OR t.kind = 'dues.remit.back' AND e.amount < 0 THEN e.amount ELSE 0 END), 0) AS bigint) AS received_fen,
  CAST(-coalesce(sum(CASE WHEN t.kind = 'dues.remit' AND e.amount < 0 OR t.kind = 'dues.remit.back' AND e.amount > 0 THEN e.amount ELSE 0 END), 0) AS bigint) AS remitted_fen,
  CAST(-coalesce(sum(CASE WHEN t.kind IN (` + used + `) THEN e.amount ELSE 0 END), 0) AS bigint) AS used_fen`

const flowFrom = ` FROM ledger_account a JOIN ledger_entry e ON e.account_id = a.id JOIN ledger_transfer t ON t.id = e.transfer_id
WHERE a.kind = 'dues_account' AND a.owner_type = 'org'`

// flowOf is what happened on an organisation's account in the months from one to another, both included.
func flowOf(tx model.Tx, orgID int64, from, to model.Month) (f Flow, err error) {
	return f, tx.Raw("SELECT "+flowColumns+flowFrom+" AND a.owner_id = ? AND t.month >= ? AND t.month <= ?", orgID, from, to).Scan(&f).Error
}
