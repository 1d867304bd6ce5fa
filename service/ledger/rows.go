package ledger

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gorm.io/gorm/clause"

	"hongyun/model"
)

// chunk is the rows of one statement. The SQLite driver binds values in a time
// that grows with their square: 1000 rows of ten take four times as long.
const chunk = 200

// Held is an account as a transaction has locked it.
type Held struct {
	ID      int64
	Balance int64 // 0 for an unguarded account, which keeps none
}

// Lock makes the accounts that are missing, locks the guarded ones in order of
// id until the transaction ends, and tells what they hold. It is for callers
// who must read a balance before they decide how much to move.
func Lock(tx model.Tx, accounts ...Account) (map[Account]Held, error) {
	accounts = distinct(accounts)
	found, err := idsOf(tx, accounts)
	if err != nil {
		return nil, err
	}
	if len(found) < len(accounts) {
		// In one order for all transactions, like the keys. Existing rows are locked only after this.
		if err := create(tx, accounts, found); err != nil {
			return nil, err
		}
		if found, err = idsOf(tx, accounts); err != nil {
			return nil, err
		}
	}
	byID := make(map[int64]Account, len(accounts))
	held := make(map[Account]Held, len(accounts))
	for _, a := range accounts {
		row, ok := found[unguarded(a)]
		if !ok || row.Guarded != a.Guarded {
			return nil, fmt.Errorf("account %s of %s %d: found %v, guarded %v, asked for guarded %v", a.Kind, a.OwnerType, a.OwnerID, ok, row.Guarded, a.Guarded)
		}
		held[a] = Held{ID: row.ID}
		if a.Guarded {
			byID[row.ID] = a
		}
	}
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(byID)), chunk) {
		var rows []model.LedgerAccount
		err := tx.Select("id", "balance").Clauses(clause.Locking{Strength: "UPDATE"}).Where("id IN ?", ids).Order("id").Find(&rows).Error
		if err != nil {
			return nil, fmt.Errorf("lock accounts: %w", err)
		}
		for _, row := range rows {
			held[byID[row.ID]] = Held{ID: row.ID, Balance: row.Balance}
		}
	}
	return held, nil
}

func distinct(accounts []Account) []Account {
	sorted := slices.Clone(accounts)
	slices.SortFunc(sorted, func(a, b Account) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.OwnerType, b.OwnerType), cmp.Compare(a.OwnerID, b.OwnerID))
	})
	return slices.Compact(sorted)
}

// unguarded is the account's key in the table, which the flag is no part of.
func unguarded(a Account) Account {
	a.Guarded = false
	return a
}

// idsOf finds the accounts that exist, by their key.
func idsOf(tx model.Tx, accounts []Account) (map[Account]model.LedgerAccount, error) {
	found := make(map[Account]model.LedgerAccount, len(accounts))
	for start := 0; start < len(accounts); {
		first, end := accounts[start], start
		var owners []int64
		for ; end < len(accounts) && len(owners) < chunk && accounts[end].Kind == first.Kind && accounts[end].OwnerType == first.OwnerType; end++ {
			owners = append(owners, accounts[end].OwnerID)
		}
		var rows []model.LedgerAccount
		err := tx.Where("kind = ? AND owner_type = ? AND owner_id IN ?", first.Kind, first.OwnerType, owners).Find(&rows).Error
		if err != nil {
			return nil, fmt.Errorf("find accounts: %w", err)
		}
		for _, r := range rows {
			found[Account{Kind: r.Kind, OwnerType: r.OwnerType, OwnerID: r.OwnerID}] = r
		}
		start = end
	}
	return found, nil
}

func create(tx model.Tx, accounts []Account, found map[Account]model.LedgerAccount) error {
	var missing []Account
	for _, a := range accounts {
		if _, ok := found[unguarded(a)]; !ok {
			missing = append(missing, a)
		}
	}
	for part := range slices.Chunk(missing, chunk) {
		args := make([]any, 0, 4*len(part))
		for _, a := range part {
			args = append(args, a.Kind, a.OwnerType, a.OwnerID, a.Guarded)
		}
		_, err := model.Exec(tx, `INSERT INTO ledger_account (kind, owner_type, owner_id, guarded) VALUES `+
			values(len(part), "(?, ?, ?, ?)")+` ON CONFLICT DO NOTHING`, args...)
		if err != nil {
			return fmt.Errorf("create accounts: %w", err)
		}
	}
	return nil
}

// insertTransfers inserts those with a new key and gives their ids by key.
func insertTransfers(tx model.Tx, transfers []Transfer) (map[string]int64, error) {
	ids := make(map[string]int64, len(transfers))
	month := tx.Day().Month()
	for part := range slices.Chunk(transfers, chunk) {
		args := make([]any, 0, 6*len(part))
		for _, t := range part {
			args = append(args, t.Key, t.Kind, t.FactID, t.Memo, tx.Now, month)
		}
		var rows []struct {
			ID  int64
			Key string
		}
		err := tx.Raw(`INSERT INTO ledger_transfer (key, kind, fact_id, memo, at, month) VALUES `+
			values(len(part), "(?, ?, ?, ?, ?, ?)")+` ON CONFLICT DO NOTHING RETURNING id, key`, args...).Scan(&rows).Error
		if err != nil {
			return nil, fmt.Errorf("insert transfers: %w", err)
		}
		for _, r := range rows {
			ids[r.Key] = r.ID
		}
	}
	return ids, nil
}

// insertEntries writes both sides of each transfer and brings the balances of
// guarded accounts up to them.
func insertEntries(tx model.Tx, held map[Account]Held, ids map[string]int64, transfers []Transfer) error {
	for part := range slices.Chunk(transfers, chunk) {
		args := make([]any, 0, 6*len(part))
		transferIDs := make([]int64, len(part))
		for i, t := range part {
			id := ids[t.Key]
			transferIDs[i] = id
			args = append(args, id, held[t.From].ID, -t.Amount, id, held[t.To].ID, t.Amount)
		}
		_, err := model.Exec(tx, `INSERT INTO ledger_entry (transfer_id, account_id, amount) VALUES `+
			values(len(part), "(?, ?, ?), (?, ?, ?)"), args...)
		if err != nil {
			return fmt.Errorf("insert entries: %w", err)
		}
		_, err = model.Exec(tx, `UPDATE ledger_account SET balance = balance + d.amount
			FROM (SELECT account_id, sum(amount) AS amount FROM ledger_entry WHERE transfer_id IN ? GROUP BY account_id) d
			WHERE d.account_id = ledger_account.id AND ledger_account.guarded`, transferIDs)
		if err != nil {
			return fmt.Errorf("update balances: %w", err)
		}
	}
	return nil
}

// sameAsBefore holds repeated transfers against what their keys stand for.
func sameAsBefore(tx model.Tx, repeated []Transfer) error {
	for part := range slices.Chunk(repeated, chunk) {
		keys := make([]string, len(part))
		for i, t := range part {
			keys[i] = t.Key
		}
		var rows []struct {
			Key, Kind       string
			AccountKind     string
			OwnerType       string
			OwnerID, Amount int64
		}
		err := tx.Raw(`SELECT t.key, t.kind, a.kind AS account_kind, a.owner_type, a.owner_id, e.amount
			FROM ledger_transfer t JOIN ledger_entry e ON e.transfer_id = t.id JOIN ledger_account a ON a.id = e.account_id
			WHERE t.key IN ?`, keys).Scan(&rows).Error
		if err != nil {
			return fmt.Errorf("read repeated transfers: %w", err)
		}
		type side struct {
			key, kind string
			account   Account
			amount    int64
		}
		before := make(map[side]bool, len(rows))
		for _, r := range rows {
			before[side{r.Key, r.Kind, Account{Kind: r.AccountKind, OwnerType: r.OwnerType, OwnerID: r.OwnerID}, r.Amount}] = true
		}
		for _, t := range part {
			if !before[side{t.Key, t.Kind, unguarded(t.From), -t.Amount}] || !before[side{t.Key, t.Kind, unguarded(t.To), t.Amount}] {
				return keyReused(t.Key)
			}
		}
	}
	return nil
}

func values(n int, row string) string {
	return strings.TrimSuffix(strings.Repeat(row+", ", n), ", ")
}
