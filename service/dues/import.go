package dues

import (
	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/batch"
	"hongyun/service/sheet"
	"hongyun/service/vault"
)

// KindAssessments names the list of assessments among imports.
const KindAssessments = "assessments"

// Importers is the lists that this module takes in. They hold what people earn: who collects dues sees them, nobody else
// (RULES 11.4).
func (s *Service) Importers(v *vault.Vault) []batch.Importer {
	return []batch.Importer{{Kind: KindAssessments, Title: "党费核定", Drafts: "dues_assessment_draft", Identity: true, Scope: access.Viewer.Collects, Spec: assessmentSpec,
		Stage: func(tx model.Tx, b batch.Batch, rows []sheet.Row) error { return stageAssessments(tx, v, b, rows) },
		Check: checkAssessments, Apply: applyAssessments, Undo: undoAssessments}}
}

// The columns of amounts that are no items.
const (
	columnBase = "base"
	columnNet  = "quarter_net"
	columnSet  = "set"
)

func amountTitle(key string) string {
	return map[string]string{columnBase: "计算基数", columnNet: "上季度纯收入", columnSet: "核定金额"}[key]
}

const inYuan = "（元）"

// sheetWords is what the template draws on: the categories by their titles, without those of a relief, and the items.
type sheetWords struct {
	titles []string
	codes  map[string]string // by title
	title  map[string]string // by code
	items  []model.DuesBaseItem
}

func loadSheetWords(tx model.Tx) (w sheetWords, err error) {
	var rows []model.Lookup
	if err := tx.Where("list = 'dues_category' AND code NOT IN ?", []string{model.ReliefExempt, model.ReliefReduced}).Order("seq").Find(&rows).Error; err != nil {
		return w, err
	}
	w.codes, w.title = map[string]string{}, map[string]string{}
	for _, r := range rows {
		w.titles, w.codes[r.Title], w.title[r.Code] = append(w.titles, r.Title), r.Code, r.Title
	}
	return w, tx.Order("category DESC, seq").Find(&w.items).Error
}

func itemKey(i model.DuesBaseItem) string { return "item/" + i.Category + "/" + i.Code }

// assessmentSpec is the template, with the categories and items as they stand.
func assessmentSpec(tx model.Tx) (sheet.Spec, []string, error) {
	words, err := loadSheetWords(tx)
	if err != nil {
		return sheet.Spec{}, nil, err
	}
	spec := sheet.Spec{Title: "党费核定", Columns: []sheet.Column{
		{Key: "id_number", Title: "身份证号", Required: true, Text: true, Width: 22, Note: "18位，按文本填写"},
		{Key: "name", Title: "姓名", Required: true, Width: 12},
		{Key: "category", Title: "党员类别", Required: true, Options: words.titles, Width: 24},
		{Key: columnBase, Title: amountTitle(columnBase) + inYuan, Text: true, Width: 14, Note: "按月领取工资、年薪制、离退休、村干部；与收入项目只填一种"},
		{Key: columnNet, Title: amountTitle(columnNet) + inYuan, Text: true, Width: 18, Note: "不按月取得收入的党员填写：上季度三个月合计"},
		{Key: columnSet, Title: amountTitle(columnSet) + inYuan, Text: true, Width: 14, Note: "农民党员可填，不填按规定的标准"},
		{Key: "month", Title: "生效月份", Required: true, Date: true, Width: 12, Note: "如 2026-01"},
		{Key: "reason", Title: "核定原因", Width: 24, Note: "年内更正已有核定的，以“更正”开头写明原因"},
	}, Notes: []string{
		"带 * 的为必填项；每名党员一行，请勿合并单元格、勿使用公式。金额以元为单位，最多两位小数。",
		"工资和离退休收入可以填计算基数，也可以在后面各列逐项填写，由系统按所在组织的规定计入或扣除；免缴、减缴请通过减免申请办理。本表含个人收入，请妥善保管。",
	}}
	example := []string{"361199199001010018", "张三", words.titles[0], "5100.00", "", "", "2026-01", "年初核定"}
	for _, i := range words.items {
		spec.Columns = append(spec.Columns, sheet.Column{Key: itemKey(i), Title: i.Title + inYuan, Text: true, Width: 16, Note: words.title[i.Category]})
		example = append(example, "")
	}
	return spec, example, nil
}
