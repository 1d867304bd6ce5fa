package demo

import (
	"fmt"

	"hongyun/model"
	"hongyun/service/dues"
	"hongyun/service/payment"
)

// categoryOf is the dues category of each occupation.
var categoryOf = map[string]string{"农牧渔民": "FARMER", "离退休人员": "RETIRED", "学生": "STUDENT", "其他职业人员": "SELF_EMPLOYED"}

// longBack is how far back the bills of the few branches reach in which somebody has fallen far behind.
const longBack = 8

// makeDues assesses every member, bills the past months and this one, and
// records what was paid: nearly all of the past, two thirds of this month.
func (b *builder) makeDues(tx model.Tx) error {
	this := tx.Day().Month()
	far := b.fallBehind()
	for _, step := range []func() error{
		func() error { return b.assess(tx, this.Add(-longBack)) },
		func() error { return b.relieve(tx, this) },
		func() error { return b.decideDues(tx) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	for month := this.Add(-longBack + 1); month <= this; month = month.Add(1) {
		var err error
		if month < this.Add(-monthsBack) {
			_, err = dues.MakeBillsOf(tx, month, far)
		} else {
			_, err = dues.MakeBills(tx, month, "")
		}
		if err != nil {
			return err
		}
		if err := b.payMost(tx, month); err != nil {
			return err
		}
	}
	if _, err := dues.MakeAhead(tx, this); err != nil {
		return err
	}
	return b.recordSome(tx, this)
}

// fallBehind says who owes since how many months besides this one: two of the start page for one month, a few elsewhere for
// two, four and more than six. It gives the members of their branches, who have bills of those months too.
func (b *builder) fallBehind() (far []int64) {
	cast := b.firstBranch(b.tree[1])
	b.behind = map[int64]int{b.seat(cast, 7).ID: 1, b.seat(cast, 8).ID: 1, b.unboundMember().ID: 1, b.seat(cast, 10).ID: 2}
	branches := b.branches()
	for i, months := range []int{2, 4, 4, 6, 7} {
		n := branches[(1+i*7)%len(branches)]
		if n == cast {
			continue
		}
		b.behind[b.seat(n, 9).ID] = months
		for _, m := range b.ofOrg[n.org.ID] {
			far = append(far, m.ID)
		}
	}
	return far
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
		due, err := dues.Due(rules, basis)
		if err != nil {
			return fmt.Errorf("assess a %s: %w", basis.Category, err)
		}
		row := model.DuesAssessment{MemberID: m.ID, Category: basis.Category, BaseFen: due.BaseFen, AmountFen: due.AmountFen,
			RateBP: due.RateBP, Clause: due.Clause, EffectiveMonth: from, Reason: "年初核定", CreatedAt: tx.Now}
		if basis.QuarterNetFen != nil {
			row.QuarterNetFen = income
		}
		rows = append(rows, row)
	}
	if rows, err = model.BulkFresh(tx, rows); err != nil {
		return err
	}
	return itemise(tx, rows)
}

// itemise takes the base of some wages apart.
func itemise(tx model.Tx, rows []model.DuesAssessment) error {
	var usual []model.DuesBaseItem
	if err := tx.Where("category = 'SALARIED'").Find(&usual).Error; err != nil {
		return err
	}
	var items []model.DuesAssessmentItem
	for i, a := range rows {
		if a.Category != "SALARIED" || i%16 != 0 {
			continue
		}
		tax, insurance := a.BaseFen/100, a.BaseFen/10
		gross := a.BaseFen + tax + insurance
		amounts := map[string]int64{"POST_PAY": gross / 2, "GRADE_PAY": gross / 4, "ALLOWANCE": gross - gross/2 - gross/4, "INCOME_TAX": tax, "SOCIAL_INSURANCE": insurance,
			"REFORM_SUBSIDY": 60000}
		for _, u := range usual {
			if fen, ok := amounts[u.Code]; ok {
				items = append(items, model.DuesAssessmentItem{AssessmentID: a.ID, Code: u.Code, Title: u.Title, Treatment: u.Treatment, AmountFen: fen})
			}
		}
	}
	_, err := model.Bulk(tx, items)
	return err
}

func (b *builder) payMost(tx model.Tx, month model.Month) error {
	var bills []model.DuesBill
	if err := tx.Where("month = ? AND state = ?", month, model.BillUnpaid).Order("id").Find(&bills).Error; err != nil {
		return err
	}
	this := tx.Day().Month()
	paidOf100, last := 98, month.Last()
	switch {
	case month == this:
		paidOf100, last = 65, tx.Day()
	case month < this.Add(-monthsBack):
		paidOf100 = 100
	}
	var sheet []payment.Collected
	for _, bill := range bills {
		if months, ok := b.behind[bill.MemberID]; ok && month >= this.Add(-months) || b.random.IntN(100) >= paidOf100 {
			continue
		}
		day := month.First().AddDays(b.random.IntN(last.Time().Day()))
		sheet = append(sheet, payment.Collected{Bill: bill, On: day})
	}
	return payment.SettleCash(tx, sheet)
}
