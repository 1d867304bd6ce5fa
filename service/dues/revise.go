package dues

import (
	"fmt"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/ledger"
)

// terms are what a member pays in a month: by the assessment in force, or by a relief instead.
type terms struct {
	Category     string
	AmountFen    int64
	AssessmentID *int64
	ReliefID     *int64
}

// termsOf is empty where nobody has assessed the member for the month, and no relief covers it.
func termsOf(tx model.Tx, memberID int64, month model.Month) (t terms, err error) {
	err = tx.Raw(`
SELECT coalesce(r.category, a.category, '') AS category, coalesce(`+amountDue+`, 0) AS amount_fen, a.id AS assessment_id, r.id AS relief_id
FROM member m
LEFT JOIN dues_assessment a ON a.member_id = m.id AND a.replaced_at IS NULL AND a.effective_month =
  (SELECT max(x.effective_month) FROM dues_assessment x WHERE x.member_id = m.id AND x.replaced_at IS NULL AND x.effective_month <= ?)
LEFT JOIN dues_relief r ON r.member_id = m.id AND r.state = 'APPROVED' AND r.from_month <= ? AND r.to_month >= ?
WHERE m.id = ?`, month, month, month, memberID).Scan(&t).Error
	return t, err
}

// state of a bill with these terms: what comes to nothing is exempt.
func (t terms) state() string {
	if t.AmountFen == 0 {
		return model.BillExempt
	}
	return model.BillUnpaid
}

// billed is the member's bills of the months, locked, in order of id, and which of them are paid, or held by a payment.
func billed(tx model.Tx, memberID int64, from, to model.Month) (bills []model.DuesBill, taken map[int64]bool, err error) {
	where := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("member_id = ? AND month >= ?", memberID, from)
	if to != "" {
		where = where.Where("month <= ?", to)
	}
	if err := where.Order("id").Find(&bills).Error; err != nil {
		return nil, nil, err
	}
	ids, taken := make([]int64, len(bills)), map[int64]bool{}
	for i, b := range bills {
		ids[i], taken[b.ID] = b.ID, b.State == model.BillPaid
	}
	var live []int64
	err = tx.Raw("SELECT bill_id FROM dues_payment_bill WHERE live AND "+tx.Dialect.OneOf("bill_id", tx.Dialect.Numbers()), model.JSONList(ids)).Scan(&live).Error
	for _, id := range live {
		taken[id] = true
	}
	return bills, taken, err
}

// revise makes bills that are locked and free what the terms of their months say, and tells the transfers that follow.
// Cancelled bills and those that are taken stay as they are.
func revise(tx model.Tx, bills []model.DuesBill, taken map[int64]bool) ([]ledger.Transfer, error) {
	var transfers []ledger.Transfer
	for _, b := range bills {
		if taken[b.ID] || b.State == model.BillCancelled {
			continue
		}
		t, err := termsOf(tx, b.MemberID, b.Month)
		if err != nil {
			return nil, err
		}
		transfer, err := reviseOne(tx, b, t)
		if err != nil {
			return nil, err
		}
		transfers = append(transfers, transfer...)
	}
	return transfers, nil
}

func reviseOne(tx model.Tx, b model.DuesBill, t terms) ([]ledger.Transfer, error) {
	if t.Category == b.Category && t.AmountFen == b.AmountFen && same(t.AssessmentID, b.AssessmentID) && same(t.ReliefID, b.ReliefID) {
		return nil, nil
	}
	done, err := model.Exec(tx, `UPDATE dues_bill SET category = ?, amount_fen = ?, state = ?, assessment_id = ?, relief_id = ?, revision = revision + 1
WHERE id = ? AND state IN ('UNPAID', 'EXEMPT') AND revision = ?`, t.Category, t.AmountFen, t.state(), t.AssessmentID, t.ReliefID, b.ID, b.Revision)
	if err != nil || done != 1 {
		return nil, fmt.Errorf("revise bill %d: %d rows: %w", b.ID, done, err)
	}
	return revision(b, t.AmountFen), nil
}

// revision is the transfer of the difference that a bill, as it was, has to another amount; none if there is none.
func revision(b model.DuesBill, amountFen int64) []ledger.Transfer {
	var was int64
	if b.State == model.BillUnpaid {
		was = b.AmountFen
	}
	more := amountFen - was
	transfer := ledger.Transfer{Key: fmt.Sprintf("dues.bill/rev/%d/%d", b.ID, b.Revision+1), Kind: "dues.bill", Memo: inWords(b.Month) + "党费账单调整",
		From: ledger.DuesBilled(b.OrgID), To: ledger.DuesDue(b.MemberID), Amount: more}
	switch {
	case more == 0:
		return nil
	case more < 0:
		transfer.From, transfer.To, transfer.Amount = transfer.To, transfer.From, -more
	}
	return []ledger.Transfer{transfer}
}

func same(a, b *int64) bool { return a == b || a != nil && b != nil && *a == *b }

// billLate makes the bills that the run of this month and of the last one could not make, because nobody had assessed the
// member: of the last month only for who was admitted in it (RULES 3.2.9). A bill that is there stays as it is.
func billLate(tx model.Tx, m model.Member) ([]ledger.Transfer, error) {
	this, admitted := tx.Day().Month(), m.AdmittedOn.Month()
	months := []model.Month{this}
	if admitted == this.Add(-1) {
		months = []model.Month{admitted, this}
	}
	var transfers []ledger.Transfer
	for _, month := range months {
		t, err := termsOf(tx, m.ID, month)
		if err != nil {
			return nil, err
		}
		if t.Category == "" || admitted > month {
			continue
		}
		b := model.DuesBill{MemberID: m.ID, OrgID: m.OrgID, Month: month, Category: t.Category, AmountFen: t.AmountFen, State: t.state(), CreatedAt: tx.Now,
			AssessmentID: t.AssessmentID, ReliefID: t.ReliefID}
		res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&b)
		if res.Error != nil {
			return nil, res.Error
		}
		if res.RowsAffected == 1 && t.AmountFen > 0 {
			transfers = append(transfers, ledger.Transfer{Key: fmt.Sprintf("dues.bill/one/%d", b.ID), Kind: "dues.bill", Memo: inWords(month) + "党费账单",
				From: ledger.DuesBilled(b.OrgID), To: ledger.DuesDue(b.MemberID), Amount: b.AmountFen})
		}
	}
	return transfers, nil
}
