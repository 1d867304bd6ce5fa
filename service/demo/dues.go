package demo

import (
	"fmt"

	"hongyun/model"
	"hongyun/service/dues"
	"hongyun/service/payment"
)

// categoryOf is the dues category of each occupation.
var categoryOf = map[string]string{"农牧渔民": "FARMER", "离退休人员": "RETIRED", "学生": "STUDENT", "其他职业人员": "SELF_EMPLOYED"}

// makeDues assesses every member, bills the past months and this one, and
// records what was paid: nearly all of the past, two thirds of this month.
func (b *builder) makeDues(tx model.Tx) error {
	this := tx.Day().Month()
	if err := b.assess(tx, this.Add(-monthsBack-1)); err != nil {
		return err
	}
	for month := this.Add(-monthsBack); month <= this; month = month.Add(1) {
		if _, err := dues.MakeBills(tx, month, ""); err != nil {
			return err
		}
		if err := b.payMost(tx, month); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) assess(tx model.Tx, from model.Month) error {
	rules, err := dues.RulesIn(tx, from)
	if err != nil {
		return err
	}
	rows := make([]model.DuesAssessment, 0, len(b.members))
	for _, m := range b.members {
		basis := dues.Basis{Category: categoryOf[m.Occupation]}
		income := int64(250000 + b.random.IntN(700000))
		switch basis.Category {
		case "":
			basis.Category, basis.BaseFen = "SALARIED", &income
		case "RETIRED":
			basis.BaseFen = &income
		case "SELF_EMPLOYED":
			basis.QuarterNetFen = &income
		}
		decision := ""
		if b.random.IntN(200) == 0 {
			basis, decision = dues.Basis{Category: "EXEMPT"}, "云组干〔2026〕12号"
		}
		due, err := dues.Due(rules, basis)
		if err != nil {
			return fmt.Errorf("assess a %s: %w", basis.Category, err)
		}
		rows = append(rows, model.DuesAssessment{MemberID: m.ID, Category: basis.Category, BaseFen: due.BaseFen, AmountFen: due.AmountFen,
			RateBP: due.RateBP, EffectiveMonth: from, DecisionNo: decision, CreatedAt: tx.Now})
	}
	_, err = model.Bulk(tx, rows)
	return err
}

func (b *builder) payMost(tx model.Tx, month model.Month) error {
	var bills []model.DuesBill
	if err := tx.Where("month = ? AND state = ?", month, model.BillUnpaid).Order("id").Find(&bills).Error; err != nil {
		return err
	}
	paidOf100, last := 98, month.Last()
	if month == tx.Day().Month() {
		paidOf100, last = 65, tx.Day()
	}
	var sheet []payment.Collected
	for _, bill := range bills {
		if b.random.IntN(100) >= paidOf100 || month == tx.Day().Month() && bill.MemberID == b.seat(b.firstBranch(b.tree[1]), 8).ID {
			continue
		}
		day := month.First().AddDays(b.random.IntN(last.Time().Day()))
		sheet = append(sheet, payment.Collected{Bill: bill, On: day})
	}
	return payment.SettleCash(tx, sheet)
}
