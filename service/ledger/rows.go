package ledger

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"gorm.io/gorm/clause"

	"hongyun/model"
)

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
	if len(byID) == 0 {
		return held, nil
	}
	var rows []model.LedgerAccount
	err = tx.Select("id", "balance").Clauses(clause.Locking{Strength: "UPDATE"}).
		Where(tx.Dialect.OneOf("id", tx.Dialect.Numbers()), model.JSONList(slices.Collect(maps.Keys(byID)))).Order("id").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("lock accounts: %w", err)
	}
	for _, row := range rows {
		held[byID[row.ID]] = Held{ID: row.ID, Balance: row.Balance}
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
		for ; end < len(accounts) && accounts[end].Kind == first.Kind && accounts[end].OwnerType == first.OwnerType; end++ {
			owners = append(owners, accounts[end].OwnerID)
		}
		var rows []model.LedgerAccount
		err := tx.Where("kind = ? AND owner_type = ? AND "+tx.Dialect.OneOf("owner_id", tx.Dialect.Numbers()),
			first.Kind, first.OwnerType, model.JSONList(owners)).Find(&rows).Error
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
	var missing []model.LedgerAccount
	for _, a := range accounts {
		if _, ok := found[unguarded(a)]; !ok {
			missing = append(missing, model.LedgerAccount{Kind: a.Kind, OwnerType: a.OwnerType, OwnerID: a.OwnerID, Guarded: a.Guarded})
		}
	}
	if _, err := model.Bulk(tx, missing); err != nil {
		return fmt.Errorf("create accounts: %w", err)
	}
	return nil
}

// insertTransfers inserts those with a new key and gives their ids by key.
func insertTransfers(tx model.Tx, transfers []Transfer) (map[string]int64, error) {
	rows := make([]model.LedgerTransfer, len(transfers))
	month := tx.Day().Month()
	for i, t := range transfers {
		rows[i] = model.LedgerTransfer{Key: t.Key, Kind: t.Kind, FactID: t.FactID, Memo: t.Memo, At: tx.Now, Month: month}
	}
	fresh, err := model.BulkFresh(tx, rows)
	if err != nil {
		return nil, fmt.Errorf("insert transfers: %w", err)
	}
	ids := make(map[string]int64, len(fresh))
	for _, r := range fresh {
		ids[r.Key] = r.ID
	}
	return ids, nil
}

// insertEntries writes both sides of each transfer and brings the balances of
// guarded accounts up to them.
func insertEntries(tx model.Tx, held map[Account]Held, ids map[string]int64, transfers []Transfer) error {
	rows := make([]model.LedgerEntry, 0, 2*len(transfers))
	transferIDs := make([]int64, len(transfers))
	for i, t := range transfers {
		id := ids[t.Key]
		transferIDs[i] = id
		rows = append(rows, model.LedgerEntry{TransferID: id, AccountID: held[t.From].ID, Amount: -t.Amount},
			model.LedgerEntry{TransferID: id, AccountID: held[t.To].ID, Amount: t.Amount})
	}
	n, err := model.Bulk(tx, rows)
	if err == nil && n != int64(len(rows)) {
		err = fmt.Errorf("%d of %d are new", n, len(rows))
	}
	if err != nil {
		return fmt.Errorf("insert entries: %w", err)
	}
	_, err = model.Exec(tx, `UPDATE ledger_account SET balance = balance + d.amount
		FROM (SELECT account_id, sum(amount) AS amount FROM ledger_entry WHERE `+tx.Dialect.OneOf("transfer_id", tx.Dialect.Numbers())+` GROUP BY account_id) d
		WHERE d.account_id = ledger_account.id AND ledger_account.guarded`, model.JSONList(transferIDs))
	if err != nil {
		return fmt.Errorf("update balances: %w", err)
	}
	return nil
}

// sameAsBefore holds repeated transfers against what their keys stand for.
func sameAsBefore(tx model.Tx, repeated []Transfer) error {
	if len(repeated) == 0 {
		return nil
	}
	keys := make([]string, len(repeated))
	for i, t := range repeated {
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
		WHERE `+tx.Dialect.OneOf("t.key", tx.Dialect.Texts()), model.JSONList(keys)).Scan(&rows).Error
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
	for _, t := range repeated {
		if !before[side{t.Key, t.Kind, unguarded(t.From), -t.Amount}] || !before[side{t.Key, t.Kind, unguarded(t.To), t.Amount}] {
			return keyReused(t.Key)
		}
	}
	return nil
}
