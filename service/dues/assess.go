package dues

import (
	"context"
	"fmt"
	"strings"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
	"hongyun/service/ledger"
	"hongyun/service/rule"
)

// aheadMonths is how far ahead of its month an assessment or a relief may be written down.
const aheadMonths = 12

// AssessInput is what a member is assessed by. Amounts are in fen; which of them is asked for depends on the category.
type AssessInput struct {
	Category       string      `json:"category" validate:"required,max=50" label:"党员类别"`
	BaseFen        *int64      `json:"base_fen" validate:"omitempty,min=0,max=1000000000000" label:"计算基数"`
	Items          []ItemInput `json:"items" validate:"max=50,dive" label:"收入项目"` // instead of base_fen
	QuarterNetFen  *int64      `json:"quarter_net_fen" validate:"omitempty,min=0,max=1000000000000" label:"上季度纯收入"`
	SetFen         *int64      `json:"set_fen" validate:"omitempty,min=0,max=1000000000000" label:"核定金额"`
	EffectiveMonth model.Month `json:"effective_month" validate:"required,month" label:"生效月份"`
	Reason         string      `json:"reason" validate:"max=500" label:"核定原因"`
	Correction     bool        `json:"correction" label:"更正"` // of an earlier one that was wrong, from this month on; wants a reason
}

// Preview is what an assessment would come to.
type Preview struct {
	Amount
	QuarterNetFen int64  `json:"quarter_net_fen"`
	Items         []Item `json:"items"`
}

// Preview works out what an assessment of the member would come to, and keeps nothing.
//
// Faults: those of Assess that need no look at other months.
func (s *Service) Preview(ctx context.Context, v access.Viewer, memberID int64, in AssessInput) (Preview, error) {
	tx := s.db.Read(ctx)
	_, path, err := collected(tx, v, memberID)
	if err != nil {
		return Preview{}, err
	}
	return workOut(tx, path, in)
}

// workOut applies the rules of the effective month and the branch's treatment of items.
func workOut(tx model.Tx, path string, in AssessInput) (Preview, error) {
	var treatments []treatment
	if len(in.Items) > 0 {
		var err error
		if treatments, err = treatmentsAt(tx, path); err != nil {
			return Preview{}, err
		}
	}
	rules, err := RulesIn(tx, in.EffectiveMonth)
	if err != nil {
		return Preview{}, err
	}
	return in.workOut(rules, treatments)
}

func (in AssessInput) workOut(rules Rules, treatments []treatment) (Preview, error) {
	p := Preview{Items: []Item{}}
	if in.Category == model.ReliefExempt || in.Category == model.ReliefReduced {
		return p, fault.Invalid("dues.by_relief", "免缴、减缴须由党支部研究并报上一级党委批准，请通过减免申请办理")
	}
	basis := Basis{Category: in.Category, BaseFen: in.BaseFen, QuarterNetFen: in.QuarterNetFen, SetFen: in.SetFen}
	if len(in.Items) > 0 {
		if in.BaseFen != nil {
			return p, fault.Invalid("dues.base", "计算基数和收入项目只填一种")
		}
		items, sum, err := base(treatments, in.Category, in.Items)
		if err != nil {
			return p, err
		}
		p.Items, basis.BaseFen = items, &sum
	}
	var err error
	if p.Amount, err = Due(rules, basis); err != nil {
		return p, err
	}
	if in.Category == selfEmployed {
		p.QuarterNetFen = *in.QuarterNetFen
	}
	return p, nil
}

// Assess keeps what a member pays from a month on, revises the bills of that month and those after it which nobody has paid
// or is paying, and makes those of this month and the last that were missing. It never touches a bill of a past month.
//
// Faults: not_found or auth.forbidden (collected), dues.inactive, dues.by_relief, those of Due, dues.item, dues.month,
// dues.past, dues.annual, dues.reason, dues.billed.
func (s *Service) Assess(ctx context.Context, v access.Viewer, memberID int64, in AssessInput) (Assessment, error) {
	var out Assessment
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		m, path, err := collected(tx, v, memberID)
		if err != nil {
			return err
		}
		if err := held(tx, &m); err != nil {
			return err
		}
		if err := active(m); err != nil {
			return err
		}
		worked, err := workOut(tx, path, in)
		if err != nil {
			return err
		}
		id, err := assess(tx, v, m, in, worked)
		if err != nil {
			return err
		}
		rows, err := assessments(tx, "a.id = ?", id)
		if err == nil {
			out = rows[0]
		}
		return err
	})
	return out, err
}

func assess(tx model.Tx, v access.Viewer, m model.Member, in AssessInput, p Preview) (int64, error) {
	var before []model.DuesAssessment
	if err := tx.Where("member_id = ? AND replaced_at IS NULL", m.ID).Order("effective_month").Find(&before).Error; err != nil {
		return 0, err
	}
	if err := mayBegin(tx, m, in.EffectiveMonth, len(before) == 0); err != nil {
		return 0, err
	}
	corrects, next, err := among(tx, before, in)
	if err != nil {
		return 0, err
	}
	bills, taken, err := billed(tx, m.ID, max(in.EffectiveMonth, tx.Day().Month()), next)
	if err != nil {
		return 0, err
	}
	if err := free(tx, bills, taken); err != nil {
		return 0, err
	}
	row := model.DuesAssessment{MemberID: m.ID, Category: in.Category, BaseFen: p.BaseFen, QuarterNetFen: p.QuarterNetFen, AmountFen: p.AmountFen, RateBP: p.RateBP,
		Clause: p.Clause, EffectiveMonth: in.EffectiveMonth, Reason: strings.TrimSpace(in.Reason), CreatedBy: &v.AccountID, CreatedAt: tx.Now}
	if err := keep(tx, v, &row, p.Items, corrects); err != nil {
		return 0, err
	}
	transfers, err := revise(tx, bills, taken)
	if err != nil {
		return 0, err
	}
	late, err := billLate(tx, m)
	if err != nil {
		return 0, err
	}
	if _, err := ledger.Post(tx, append(transfers, late...)...); err != nil {
		return 0, err
	}
	audit.Record(tx, audit.By(v), audit.Entry{Action: "dues.assess", ObjectType: "dues_assessment", ObjectID: row.ID,
		After: map[string]any{"member_id": m.ID, "category": row.Category, "effective_month": row.EffectiveMonth, "replaces": corrects}})
	return row.ID, nil
}

// mayBegin: an assessment begins this month or later. Somebody's first one may begin earlier, not before the month of
// admission, where no bill has been made (RULES 3.2.8, 3.2.9).
func mayBegin(tx model.Tx, m model.Member, from model.Month, first bool) error {
	this := tx.Day().Month()
	switch {
	case from > this.Add(aheadMonths):
		return fault.Invalid("dues.month", fmt.Sprintf("生效月份最迟为%s", inWords(this.Add(aheadMonths))))
	case from < m.AdmittedOn.Month():
		return fault.Invalid("dues.month", "生效月份不能早于支部大会接收该党员的月份")
	case from >= this:
		return nil
	case !first:
		return past()
	}
	var billed bool
	err := tx.Raw("SELECT EXISTS (SELECT 1 FROM dues_bill WHERE member_id = ? AND month >= ? AND month < ?)", m.ID, from, this).Scan(&billed).Error
	if err == nil && billed {
		err = past()
	}
	return err
}

func past() error {
	return fault.Conflict("dues.past", "核定不改变以前月份的党费，请从本月或以后的月份起生效")
}

// Categories with an income that is looked at more often than once a year.
const (
	selfEmployed = "SELF_EMPLOYED" // by the quarter
	annualSalary = "ANNUAL_SALARY" // by the month
)

// among places a new assessment among those in force: which one it corrects, having the same month, and the last month in
// which it counts; "" if none follows. Where an assessment stays fixed for the year, a second one is refused (RULES 3.2.8).
func among(tx model.Tx, before []model.DuesAssessment, in AssessInput) (corrects *int64, last model.Month, err error) {
	numbers, err := rule.Load(tx, model.RulesDues, in.EffectiveMonth.First())
	if err != nil {
		return nil, "", err
	}
	again := numbers.Int("REASSESS_ON_CHANGE") == 1
	if in.Correction && strings.TrimSpace(in.Reason) == "" {
		return nil, "", fault.Invalid("dues.reason", "更正核定请写明原因").With("field", "reason")
	}
	for _, a := range before {
		switch {
		case a.EffectiveMonth == in.EffectiveMonth:
			corrects = &a.ID
			continue
		case !again && !in.Correction && a.Category == in.Category && period(a.Category, a.EffectiveMonth) == period(in.Category, in.EffectiveMonth):
			return nil, "", fault.Conflict("dues.annual", fmt.Sprintf("党费%s核定一次，该党员已从%s起核定；如原核定有误，请勾选“更正”并写明原因", often(a.Category), inWords(a.EffectiveMonth))).
				With("assessment_id", a.ID).With("effective_month", a.EffectiveMonth)
		}
		if a.EffectiveMonth > in.EffectiveMonth && last == "" {
			last = a.EffectiveMonth.Add(-1)
		}
	}
	return corrects, last, nil
}

// period names the span of time for which an assessment of the category stays fixed.
func period(category string, month model.Month) string {
	switch category {
	case annualSalary:
		return string(month)
	case selfEmployed:
		return fmt.Sprint(month[:4], (month.First().Time().Month()-1)/3)
	default:
		return string(month[:4])
	}
}

func often(category string) string {
	switch category {
	case annualSalary:
		return "每月"
	case selfEmployed:
		return "每季度"
	default:
		return "每年"
	}
}

// free refuses to change bills of which one is paid or being paid.
func free(tx model.Tx, bills []model.DuesBill, taken map[int64]bool) error {
	for _, b := range bills {
		if !taken[b.ID] {
			continue
		}
		sentence := "本月账单已缴纳或正在缴纳，请从下月起生效"
		if b.Month != tx.Day().Month() {
			sentence = inWords(b.Month) + "的账单已缴纳或正在缴纳，请从以后的月份起生效"
		}
		return fault.Conflict("dues.billed", sentence).With("bill_id", b.ID).With("month", b.Month)
	}
	return nil
}

// keep writes the assessment with its items; the one that it corrects stays, marked as replaced.
func keep(tx model.Tx, v access.Viewer, row *model.DuesAssessment, items []Item, corrects *int64) error {
	if corrects != nil {
		done, err := model.Exec(tx, "UPDATE dues_assessment SET replaced_by = ?, replaced_at = ? WHERE id = ? AND replaced_at IS NULL", v.AccountID, tx.Now, *corrects)
		if err != nil || done != 1 {
			return fmt.Errorf("replace assessment %d: %d rows: %w", *corrects, done, err)
		}
	}
	res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(row)
	if res.Error != nil {
		return res.Error
	}
	if res.RowsAffected == 0 {
		return fault.Conflict("dues.changed", "该党员的党费刚刚由他人核定，请刷新后核对")
	}
	if len(items) == 0 {
		return nil
	}
	rows := make([]model.DuesAssessmentItem, len(items))
	for i, item := range items {
		rows[i] = model.DuesAssessmentItem{AssessmentID: row.ID, Code: item.Code, Title: item.Title, Treatment: item.Treatment, AmountFen: item.AmountFen}
	}
	return tx.Create(&rows).Error
}
