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

// Proof is something that must hold of the books. It is a query for the ids of the rows that break it: one statement, which
// sees one moment. It is written for operators.
type Proof struct {
	Holds  string // what must hold: each transfer sums to zero
	Else   string // what is wrong with a row that breaks it: the transfer does not sum to zero
	Count  string // SQL: how many rows were looked at
	Broken string // SQL: the ids that break it, without ORDER BY
}

// Finding is what became of a proof.
type Finding struct {
	Proof
	Rows int64
	IDs  []int64 // that break it, at most problemsEach
}

// Proofs are the invariants of the ledger itself. What the accounts of a module must agree with is that module's to prove.
func Proofs() []Proof {
	const transfers, accounts = "SELECT count(*) FROM ledger_transfer", "SELECT count(*) FROM ledger_account WHERE "
	return []Proof{
		{"each transfer sums to zero over two entries or more", "the transfer does not sum to zero over two entries or more", transfers, `
			SELECT t.id FROM ledger_transfer t LEFT JOIN ledger_entry e ON e.transfer_id = t.id
			GROUP BY t.id HAVING count(e.id) < 2 OR sum(e.amount) <> 0`},
		{"each entry belongs to a transfer", "the entries name a transfer that is gone", "SELECT count(*) FROM ledger_entry", `
			SELECT e.transfer_id FROM ledger_entry e LEFT JOIN ledger_transfer t ON t.id = e.transfer_id WHERE t.id IS NULL`},
		{"each guarded balance is the sum of its entries", "the guarded account's balance is not the sum of its entries", accounts + "guarded", `
			SELECT a.id FROM ledger_account a
			LEFT JOIN (SELECT account_id, sum(amount) AS amount FROM ledger_entry GROUP BY account_id) e ON e.account_id = a.id
			WHERE a.guarded AND a.balance <> coalesce(e.amount, 0)`},
		{"no guarded account is below zero", "the guarded account is below zero", accounts + "guarded", `
			SELECT a.id FROM ledger_account a WHERE a.guarded AND a.balance < 0`},
		{"no unguarded account keeps a balance", "the unguarded account keeps a balance", accounts + "NOT guarded", `
			SELECT a.id FROM ledger_account a WHERE NOT a.guarded AND a.balance <> 0`},
		{"every credit of red energy has its fact", "the red energy was given out without a fact of its receiver", `
			SELECT count(*) FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id AND a.kind = '` + KindEnergyIssued + `' WHERE e.amount < 0`, `
			SELECT t.id FROM ledger_entry given
			JOIN ledger_account issued ON issued.id = given.account_id AND issued.kind = '` + KindEnergyIssued + `'
			JOIN ledger_transfer t ON t.id = given.transfer_id
			JOIN ledger_entry e ON e.transfer_id = t.id AND e.amount > 0
			JOIN ledger_account a ON a.id = e.account_id
			LEFT JOIN fact f ON f.id = t.fact_id AND f.subject_type = a.owner_type AND f.subject_id = a.owner_id
			WHERE given.amount < 0 AND f.id IS NULL`},
	}
}

// Prove tries the proofs, all on one snapshot where the database has such. An error means that it could not look.
func Prove(ctx context.Context, db *model.DB, proofs ...Proof) ([]Finding, error) {
	found := make([]Finding, 0, len(proofs))
	err := db.Sweep(ctx, func(tx model.Tx) error {
		for _, p := range proofs {
			f := Finding{Proof: p}
			if err := tx.Raw(p.Count).Scan(&f.Rows).Error; err != nil {
				return fmt.Errorf("count for whether %s: %w", p.Holds, err)
			}
			if err := tx.Raw("SELECT * FROM ("+p.Broken+") x ORDER BY 1 LIMIT ?", problemsEach).Scan(&f.IDs).Error; err != nil {
				return fmt.Errorf("prove that %s: %w", p.Holds, err)
			}
			found = append(found, f)
		}
		return nil
	})
	return found, err
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
	found, err := Prove(ctx, db, Proofs()...)
	if err != nil {
		return r, err
	}
	for _, f := range found {
		for _, id := range f.IDs {
			r.Problems = append(r.Problems, Problem{What: f.Else, ID: id})
		}
	}
	return r, nil
}
