package dues

import (
	"hongyun/model"
	"hongyun/service/batch"
	"hongyun/service/rule"
)

const drafts = "dues_assessment_draft"

// checkAssessments finds what only shows beside other rows and other tables: the same refusals as for one member (Assess).
// It adds nothing twice.
func checkAssessments(tx model.Tx, b batch.Batch) error {
	this := tx.Day().Month()
	const member = "EXISTS (SELECT 1 FROM member m WHERE m.id = dues_assessment_draft.member_id AND "
	const counts = "a.member_id = dues_assessment_draft.member_id AND a.replaced_at IS NULL"
	for _, c := range []struct {
		sign, reason, where string
		args                []any
	}{
		{"身份证号重复", `'与第 ' || (SELECT min(d.row_no) FROM dues_assessment_draft d WHERE d.batch_id = dues_assessment_draft.batch_id AND d.id_index = dues_assessment_draft.id_index
AND d.row_no <> dues_assessment_draft.row_no) || ' 行的身份证号重复，请只保留一行'`,
			"id_index IN (SELECT d.id_index FROM dues_assessment_draft d WHERE d.batch_id = ? AND d.id_index <> '' GROUP BY d.id_index HAVING count(*) > 1)", []any{b.ID}},
		{"没有找到该党员", "'在所选组织范围内没有找到该党员，请核对身份证号'",
			"id_index <> '' AND (member_id IS NULL OR NOT EXISTS (SELECT 1 FROM member m JOIN org o ON o.id = m.org_id WHERE m.id = dues_assessment_draft.member_id AND o.path >= ? AND o.path < ?))",
			[]any{b.Org.Path, model.PathEnd(b.Org.Path)}},
		{"姓名与身份证号不符", "'姓名与身份证号不符，请核对'", "name <> '' AND " + member + "replace(m.name, ' ', '') <> dues_assessment_draft.name)", nil},
		{"已停止党籍", "'该党员已停止党籍或不在名册中，不能核定党费'", member + "m.standing <> ?)", []any{model.StandingActive}},
		{"早于支部大会", "'生效月份不能早于支部大会接收该党员的月份'", "effective_month <> '' AND " + member + "substr(m.admitted_on, 1, 7) > dues_assessment_draft.effective_month)", nil},
		{"不改变以前月份", "'核定不改变以前月份的党费，请从本月或以后的月份起生效'", `effective_month <> '' AND effective_month < ? AND (EXISTS (SELECT 1 FROM dues_assessment a WHERE ` + counts + `)
OR EXISTS (SELECT 1 FROM dues_bill b WHERE b.member_id = dues_assessment_draft.member_id AND b.month >= dues_assessment_draft.effective_month AND b.month < ?))`, []any{this, this}},
		{"已缴纳或正在缴纳", "'生效月份以后有账单已缴纳或正在缴纳，请从以后的月份起生效'", `effective_month <> '' AND EXISTS (SELECT 1 FROM dues_bill b
WHERE b.member_id = dues_assessment_draft.member_id AND b.month >= ? AND b.month >= dues_assessment_draft.effective_month
AND (b.state = 'PAID' OR EXISTS (SELECT 1 FROM dues_payment_bill pb WHERE pb.bill_id = b.id AND pb.live))
AND NOT EXISTS (SELECT 1 FROM dues_assessment a WHERE ` + counts + ` AND a.effective_month > dues_assessment_draft.effective_month AND a.effective_month <= b.month))`, []any{this}},
	} {
		if err := batch.Mark(tx, drafts, b.ID, c.sign, c.reason, c.where, c.args...); err != nil {
			return err
		}
	}
	return checkOnce(tx, b)
}

// checkOnce refuses a second assessment in the span for which one stays fixed (RULES 3.2.8), unless its reason says that it
// corrects the first: see among.
func checkOnce(tx model.Tx, b batch.Batch) error {
	var months []model.Month
	if err := tx.Raw("SELECT DISTINCT effective_month FROM dues_assessment_draft WHERE batch_id = ? AND effective_month <> ''", b.ID).Scan(&months).Error; err != nil {
		return err
	}
	for _, month := range months {
		numbers, err := rule.Load(tx, model.RulesDues, month.First())
		if err != nil {
			return err
		}
		if numbers.Int("REASSESS_ON_CHANGE") == 1 {
			continue
		}
		first, last := month[:4]+"-01", month[:4]+"-12"
		err = batch.Mark(tx, drafts, b.ID, "核定一次", `CASE category WHEN 'SELF_EMPLOYED' THEN '党费每季度核定一次' ELSE '党费每年核定一次' END || '，该党员已核定；如原核定有误，请在核定原因中以“更正”开头写明原因'`,
			`effective_month = ? AND category <> 'ANNUAL_SALARY' AND reason NOT LIKE '更正_%' AND EXISTS (SELECT 1 FROM dues_assessment a WHERE a.member_id = dues_assessment_draft.member_id AND a.replaced_at IS NULL
AND a.category = dues_assessment_draft.category AND a.effective_month <> dues_assessment_draft.effective_month
AND a.effective_month BETWEEN CASE a.category WHEN 'SELF_EMPLOYED' THEN ? ELSE ? END AND CASE a.category WHEN 'SELF_EMPLOYED' THEN ? ELSE ? END)`,
			month, month.Quarter().First(), first, month.Quarter().Last(), last)
		if err != nil {
			return err
		}
	}
	return nil
}
