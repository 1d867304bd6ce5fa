package dues

import (
	"encoding/json"
	"fmt"

	"hongyun/model"
	"hongyun/service/batch"
	"hongyun/service/fault"
	"hongyun/service/ledger"
	"hongyun/service/roster"
)

// applyAssessments makes assessments of the good drafts, as Assess does for one member: what they correct stays, marked as
// replaced, bills that nobody has paid follow, and missing ones are made. It looks at the drafts again once it has locked
// what they rest on: a row that cannot come in any more stays out, and the import with it.
func applyAssessments(tx model.Tx, b batch.Batch) (int64, error) {
	if err := holdDrafted(tx, b); err != nil {
		return 0, err
	}
	if err := checkAssessments(tx, b); err != nil {
		return 0, err
	}
	by := accountOf(b)
	_, err := model.Exec(tx, `UPDATE dues_assessment SET replaced_by = CAST(? AS bigint), replaced_at = `+timestamp(tx.Dialect)+` WHERE replaced_at IS NULL AND EXISTS
(SELECT 1 FROM dues_assessment_draft d WHERE d.batch_id = ? AND d.error = '' AND d.member_id = dues_assessment.member_id AND d.effective_month = dues_assessment.effective_month)`,
		by, tx.Now, b.ID)
	if err != nil {
		return 0, err
	}
	n, err := model.Exec(tx, `
INSERT INTO dues_assessment (member_id, category, base_fen, quarter_net_fen, amount_fen, rate_bp, clause, effective_month, reason, batch_id, created_by, created_at)
SELECT member_id, category, base_fen, quarter_net_fen, amount_fen, rate_bp, clause, effective_month, reason, batch_id, CAST(? AS bigint), `+timestamp(tx.Dialect)+`
FROM dues_assessment_draft WHERE batch_id = ? AND error = '' ORDER BY row_no`, by, tx.Now, b.ID)
	if err != nil || n == 0 {
		return n, err
	}
	if err := keepItems(tx, b.ID); err != nil {
		return 0, err
	}
	if err := reviseAll(tx, b.ID); err != nil {
		return 0, err
	}
	return n, billAll(tx, b.ID)
}

const drafted = "SELECT member_id FROM dues_assessment_draft WHERE batch_id = ? AND error = ''"

// holdDrafted locks, as held does for one member, what the changes rest on. It makes bills as a run does, so it comes alone;
// what the members owe is locked at once, for it is posted in several calls.
func holdDrafted(tx model.Tx, b batch.Batch) error {
	if err := aloneWithBills(tx); err != nil {
		return err
	}
	if err := roster.HoldAll(tx, "SELECT org_id FROM member WHERE id IN ("+drafted+")", b.ID); err != nil {
		return err
	}
	var members []int64
	if err := tx.Raw("SELECT id FROM member WHERE id IN ("+drafted+") ORDER BY id"+forUpdate(tx, "NO KEY UPDATE"), b.ID).Scan(&members).Error; err != nil {
		return err
	}
	var bills []int64
	if err := tx.Raw("SELECT id FROM dues_bill WHERE month >= ? AND member_id IN ("+drafted+") ORDER BY id"+forUpdate(tx, "UPDATE"), tx.Day().Month(), b.ID).Scan(&bills).Error; err != nil {
		return err
	}
	accounts := make([]ledger.Account, len(members))
	for i, id := range members {
		accounts[i] = ledger.DuesDue(id)
	}
	_, err := ledger.Lock(tx, accounts...)
	return err
}

// aloneWithBills waits for whoever makes bills or changes what they rest on, and keeps both out until the transaction ends.
// SQLite has one writer at a time.
func aloneWithBills(tx model.Tx) error {
	if tx.Dialect != model.Postgres {
		return nil
	}
	return tx.Exec("LOCK TABLE dues_run IN SHARE ROW EXCLUSIVE MODE").Error
}

func forUpdate(tx model.Tx, strength string) string {
	if tx.Dialect != model.Postgres {
		return ""
	}
	return " FOR " + strength
}

func accountOf(b batch.Batch) *int64 {
	if b.By.AccountID == 0 {
		return nil
	}
	return &b.By.AccountID
}

func keepItems(tx model.Tx, batchID int64) error {
	var made []struct {
		ID    int64
		Items string
	}
	err := tx.Raw(`SELECT a.id, d.items FROM dues_assessment a JOIN dues_assessment_draft d ON d.batch_id = a.batch_id AND d.member_id = a.member_id AND d.error = ''
WHERE a.batch_id = ? AND d.items <> '[]' ORDER BY a.id`, batchID).Scan(&made).Error
	if err != nil {
		return err
	}
	var rows []model.DuesAssessmentItem
	for _, m := range made {
		var items []Item
		if err := json.Unmarshal([]byte(m.Items), &items); err != nil {
			return fmt.Errorf("items of assessment %d: %w", m.ID, err)
		}
		for _, i := range items {
			rows = append(rows, model.DuesAssessmentItem{AssessmentID: m.ID, Code: i.Code, Title: i.Title, Treatment: i.Treatment, AmountFen: i.AmountFen})
		}
	}
	_, err = model.Bulk(tx, rows)
	return err
}

// toRevise is the bills, of this month and later, that an import's assessments say something else about, with what they
// say. None of them is paid or being paid: the check has seen to that. It takes the batch and the month.
const toRevise = `SELECT b.id, b.member_id, b.org_id, b.month, b.amount_fen, b.state, b.revision, coalesce(r.category, a.category) AS new_category,
  ` + amountDue + ` AS new_fen, a.id AS new_assessment, r.id AS new_relief
FROM dues_assessment a JOIN dues_bill b ON b.member_id = a.member_id AND b.month >= a.effective_month
LEFT JOIN dues_relief r ON r.member_id = b.member_id AND r.state = 'APPROVED' AND r.from_month <= b.month AND r.to_month >= b.month
WHERE a.batch_id = ? AND b.month >= ? AND b.state IN ('UNPAID', 'EXEMPT')
AND NOT EXISTS (SELECT 1 FROM dues_assessment x WHERE x.member_id = a.member_id AND x.replaced_at IS NULL AND x.effective_month > a.effective_month AND x.effective_month <= b.month)`

func reviseAll(tx model.Tx, batchID int64) error {
	var bills []struct {
		model.DuesBill
		NewFen int64
	}
	this := tx.Day().Month()
	if err := tx.Raw(toRevise+" ORDER BY b.id", batchID, this).Scan(&bills).Error; err != nil {
		return err
	}
	done, err := model.Exec(tx, `UPDATE dues_bill SET category = n.new_category, amount_fen = n.new_fen, state = CASE WHEN n.new_fen = 0 THEN 'EXEMPT' ELSE 'UNPAID' END,
  assessment_id = n.new_assessment, relief_id = n.new_relief, revision = dues_bill.revision + 1 FROM (`+toRevise+`) n WHERE n.id = dues_bill.id`, batchID, this)
	if err != nil || done != int64(len(bills)) {
		return fmt.Errorf("revise the bills of import %d: %d of %d: %w", batchID, done, len(bills), err)
	}
	var transfers []ledger.Transfer
	for _, b := range bills {
		transfers = append(transfers, revision(b.DuesBill, b.NewFen)...)
	}
	_, err = ledger.Post(tx, transfers...)
	return err
}

// billAll makes the bills that no run could make, as billLate does for one member.
func billAll(tx model.Tx, batchID int64) error {
	this := tx.Day().Month()
	of := fmt.Sprintf("AND m.id IN (SELECT x.member_id FROM dues_assessment x WHERE x.batch_id = %d)", batchID)
	if _, err := makeBills(tx, this.Add(-1), this.Add(-1), this.Add(-1), of); err != nil {
		return err
	}
	_, err := makeBills(tx, this, "", this, of)
	return err
}

// undoAssessments takes the assessments of an import out again, and lets count again what they had corrected.
//
// Faults: import.in_use for a bill that was worked out from one, or one that was corrected since.
func undoAssessments(tx model.Tx, b batch.Batch) error {
	if err := aloneWithBills(tx); err != nil {
		return err
	}
	const ours = "(SELECT id FROM dues_assessment WHERE batch_id = ?)"
	var used struct{ Bills, Corrected int64 }
	err := tx.Raw(`SELECT (SELECT count(*) FROM dues_bill WHERE assessment_id IN `+ours+`) AS bills, (SELECT count(*) FROM dues_assessment WHERE batch_id = ? AND replaced_at IS NOT NULL) AS corrected`,
		b.ID, b.ID).Scan(&used).Error
	if err != nil {
		return err
	}
	if used.Bills > 0 || used.Corrected > 0 {
		return fault.Conflict("import.in_use", fmt.Sprintf("这批核定已有后续业务，不能撤销：党费账单 %d 份、已更正的核定 %d 条；请逐人按原生效月份更正", used.Bills, used.Corrected)).
			With("dependents", map[string]int64{"党费账单": used.Bills, "已更正的核定": used.Corrected})
	}
	var corrected []int64
	err = tx.Raw(`SELECT w.id FROM dues_assessment w JOIN dues_assessment a ON a.member_id = w.member_id AND a.effective_month = w.effective_month AND a.created_at = w.replaced_at
WHERE a.batch_id = ?`, b.ID).Scan(&corrected).Error
	if err != nil {
		return err
	}
	for _, sql := range []string{"DELETE FROM dues_assessment_item WHERE assessment_id IN " + ours, "DELETE FROM dues_assessment WHERE batch_id = ?"} {
		if _, err := model.Exec(tx, sql, b.ID); err != nil {
			return err
		}
	}
	_, err = model.Exec(tx, "UPDATE dues_assessment SET replaced_by = NULL, replaced_at = NULL WHERE "+tx.Dialect.OneOf("id", tx.Dialect.Numbers()), model.JSONList(corrected))
	return err
}
