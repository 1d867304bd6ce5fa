package ledger

import (
	"context"
	"fmt"

	"hongyun/model"
)

// Report is what the self-check found.
type Report struct {
	Transfers int64     `json:"transfers"`
	Accounts  int64     `json:"accounts"`
	Problems  []Problem `json:"problems"` // at most problemsEach of each sort
}

// Problem is one row that breaks an invariant. It is written for operators.
type Problem struct {
	What string `json:"what"`
	ID   int64  `json:"id"` // of the transfer or the account
}

// OK tells whether the ledger is sound.
func (r Report) OK() bool { return len(r.Problems) == 0 }

// problemsEach bounds the report: the first few tell the operator what broke.
const problemsEach = 20

// checks are the invariants of the ledger, each as a query for the ids of rows
// that break it. Each is one statement and so sees one moment.
func checks() []struct{ what, sql string } {
	return []struct{ what, sql string }{
		{"the transfer does not sum to zero over two entries or more", `
			SELECT t.id FROM ledger_transfer t LEFT JOIN ledger_entry e ON e.transfer_id = t.id
			GROUP BY t.id HAVING count(e.id) < 2 OR sum(e.amount) <> 0`},
		{"the entries name a transfer that is gone", `
			SELECT e.transfer_id FROM ledger_entry e LEFT JOIN ledger_transfer t ON t.id = e.transfer_id WHERE t.id IS NULL`},
		{"the guarded account's balance is not the sum of its entries", `
			SELECT a.id FROM ledger_account a
			LEFT JOIN (SELECT account_id, sum(amount) AS amount FROM ledger_entry GROUP BY account_id) e ON e.account_id = a.id
			WHERE a.guarded AND a.balance <> coalesce(e.amount, 0)`},
		{"the guarded account is below zero", `
			SELECT a.id FROM ledger_account a WHERE a.guarded AND a.balance < 0`},
		{"the unguarded account keeps a balance", `
			SELECT a.id FROM ledger_account a WHERE NOT a.guarded AND a.balance <> 0`},
		{"the red energy was given out without a fact of its receiver", `
			SELECT t.id FROM ledger_entry given
			JOIN ledger_account issued ON issued.id = given.account_id AND issued.kind = '` + KindEnergyIssued + `'
			JOIN ledger_transfer t ON t.id = given.transfer_id
			JOIN ledger_entry e ON e.transfer_id = t.id AND e.amount > 0
			JOIN ledger_account a ON a.id = e.account_id
			LEFT JOIN fact f ON f.id = t.fact_id AND f.subject_type = a.owner_type AND f.subject_id = a.owner_id
			WHERE given.amount < 0 AND f.id IS NULL`},
	}
}

// Check looks the whole ledger over: every transfer sums to zero, every guarded
// balance is the sum of its entries and not below zero, and every unit of red
// energy given out has its fact. An error means that it could not look.
func Check(ctx context.Context, db *model.DB) (Report, error) {
	r := Report{Problems: []Problem{}}
	tx := db.Read(ctx)
	if err := tx.Model(&model.LedgerTransfer{}).Count(&r.Transfers).Error; err != nil {
		return r, fmt.Errorf("check the ledger: %w", err)
	}
	if err := tx.Model(&model.LedgerAccount{}).Count(&r.Accounts).Error; err != nil {
		return r, fmt.Errorf("check the ledger: %w", err)
	}
	for _, c := range checks() {
		var ids []int64
		if err := tx.Raw(c.sql+" ORDER BY 1 LIMIT ?", problemsEach).Scan(&ids).Error; err != nil {
			return r, fmt.Errorf("check whether %s: %w", c.what, err)
		}
		for _, id := range ids {
			r.Problems = append(r.Problems, Problem{What: c.what, ID: id})
		}
	}
	return r, nil
}
