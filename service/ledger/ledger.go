// Package ledger moves units between accounts by double entry (RULES 7.4): red
// energy in units, dues in fen.
// What a transfer is for, and who may ask for it, is decided by its callers.
//
// Entries are append-only. A guarded account keeps its balance in its row and
// never goes below zero. An unguarded account (the system's side) keeps none:
// everybody's transfers touch it, and a lock on its row would queue them all.
package ledger

import (
	"cmp"
	"fmt"
	"slices"

	"hongyun/model"
	"hongyun/service/fault"
)

// Account names an account. It comes into being with its first transfer.
type Account struct {
	Kind      string
	OwnerType string
	OwnerID   int64
	Guarded   bool
}

// Transfer moves Amount units, more than 0, from one account to another.
type Transfer struct {
	Key    string // of the source event: a transfer with the same key is made once
	Kind   string
	FactID *int64
	Memo   string // Chinese: the owner of the account reads it
	From   Account
	To     Account
	Amount int64
}

// Post makes the transfers whose key is new and tells how many they were. The
// batch is one act: balances are looked at after all of it.
//
// Guarded accounts are locked in order of id until the transaction ends. A
// shortage is fault.Conflict "ledger.insufficient", a key that stands for
// another transfer "ledger.key_reused"; on any error the caller must roll back.
// A transaction that posts should do so once: two calls may lock against each
// other's order.
func Post(tx model.Tx, transfers ...Transfer) (posted int64, err error) {
	transfers, err = prepare(transfers)
	if err != nil || len(transfers) == 0 {
		return 0, err
	}
	ids, err := insertTransfers(tx, transfers)
	if err != nil {
		return 0, fmt.Errorf("post: %w", err)
	}
	fresh := make([]Transfer, 0, len(ids))
	var repeated []Transfer
	for _, t := range transfers {
		if _, ok := ids[t.Key]; ok {
			fresh = append(fresh, t)
		} else {
			repeated = append(repeated, t)
		}
	}
	if err := sameAsBefore(tx, repeated); err != nil || len(fresh) == 0 {
		return 0, err
	}
	held, err := Lock(tx, accountsOf(fresh)...)
	if err != nil {
		return 0, fmt.Errorf("post: %w", err)
	}
	if err := sufficient(held, fresh); err != nil {
		return 0, err
	}
	if err := insertEntries(tx, held, ids, fresh); err != nil {
		return 0, fmt.Errorf("post: %w", err)
	}
	return int64(len(fresh)), nil
}

// prepare checks the transfers and puts them in order of their keys, in which
// all transactions insert: two that share keys wait for each other in one
// direction only. A key that comes twice counts once.
func prepare(transfers []Transfer) ([]Transfer, error) {
	for _, t := range transfers {
		switch {
		case t.Key == "" || t.Kind == "":
			return nil, fmt.Errorf("post: transfer %q of kind %q lacks its key or kind", t.Key, t.Kind)
		case t.Amount <= 0:
			return nil, fmt.Errorf("post %s: the amount is %d", t.Key, t.Amount)
		case t.From == t.To:
			return nil, fmt.Errorf("post %s: from and to are the same account", t.Key)
		}
	}
	sorted := slices.Clone(transfers)
	slices.SortStableFunc(sorted, func(a, b Transfer) int { return cmp.Compare(a.Key, b.Key) })
	for i := 1; i < len(sorted); i++ {
		if a, b := sorted[i-1], sorted[i]; a.Key == b.Key && (a.From != b.From || a.To != b.To || a.Amount != b.Amount || a.Kind != b.Kind) {
			return nil, keyReused(b.Key)
		}
	}
	return slices.CompactFunc(sorted, func(a, b Transfer) bool { return a.Key == b.Key }), nil
}

func accountsOf(transfers []Transfer) []Account {
	var accounts []Account
	for _, t := range transfers {
		accounts = append(accounts, t.From, t.To)
	}
	return accounts
}

// sufficient holds the net of the batch against what the guarded accounts have.
func sufficient(held map[Account]Held, transfers []Transfer) error {
	left := map[Account]int64{}
	for _, t := range transfers {
		left[t.From] -= t.Amount
		left[t.To] += t.Amount
	}
	for account, change := range left {
		if account.Guarded && held[account].Balance+change < 0 {
			return fault.Conflict("ledger.insufficient", shortageOf(account.Kind)).With("balance", held[account].Balance)
		}
	}
	return nil
}

func shortageOf(kind string) string {
	switch kind {
	case KindDuesDue:
		return "应缴党费余额不足，请刷新后核对是否已缴纳"
	case KindDuesCash:
		return "党支部的党费现金余额不足，请核对是否已存入账户"
	case KindDuesAccount:
		return "党费账户余额不足，请核对金额"
	case KindDuesSpecial:
		return "大额党费余额不足，请核对是否已上缴"
	default:
		return "红能量余额不足"
	}
}

func keyReused(key string) error {
	return fault.Conflict("ledger.key_reused", "该笔操作已办理过，但内容与这次不同，请刷新后再试").
		Because(fmt.Errorf("key %s stands for another transfer", key))
}

// Balance is what the account holds, in units; 0 if nothing ever touched it.
func Balance(tx model.Tx, a Account) (int64, error) {
	var balance int64
	column, join := "a.balance", ""
	if !a.Guarded {
		column, join = "CAST(coalesce(sum(e.amount), 0) AS bigint)", "JOIN ledger_entry e ON e.account_id = a.id"
	}
	err := tx.Raw(`SELECT `+column+` FROM ledger_account a `+join+`
		WHERE a.kind = ? AND a.owner_type = ? AND a.owner_id = ?`, a.Kind, a.OwnerType, a.OwnerID).Scan(&balance).Error
	if err != nil {
		return 0, fmt.Errorf("balance: %w", err)
	}
	return balance, nil
}
