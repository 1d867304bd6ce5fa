package org

import (
	"strings"
	"unicode/utf8"

	"hongyun/model"
	"hongyun/service/batch"
	"hongyun/service/sheet"
)

// KindOrgs names the list of organisations among imports.
const KindOrgs = "orgs"

// Importers is the lists that this module takes in.
func (s *Service) Importers() []batch.Importer {
	return []batch.Importer{{Kind: KindOrgs, Title: "党组织名册", Drafts: "org_draft", Spec: orgSpec, Stage: stageOrgs, Check: checkOrgs, Apply: applyOrgs, Undo: undoOrgs}}
}

// orgSpec is the template, with the list of kinds as it stands.
func orgSpec(tx model.Tx) (sheet.Spec, []string, error) {
	kinds, err := kinds(tx)
	if err != nil {
		return sheet.Spec{}, nil, err
	}
	spec := sheet.Spec{Title: "党组织名册", Columns: []sheet.Column{
		{Key: "parent", Title: "上级组织", Text: true, Width: 30, Note: "上级组织的全称或组织代码；上级可以在同一张表里；不填则直属所选组织"},
		{Key: "name", Title: "组织名称", Required: true, Text: true, Width: 30, Note: "全称"},
		{Key: "type", Title: "组织类型", Required: true, Options: []string{"党委", "党总支", "党支部"}},
		{Key: "kind", Title: "单位类别", Options: kinds},
		{Key: "code", Title: "组织代码", Text: true, Width: 16, Note: "全市唯一，可不填"},
		{Key: "joint", Title: "是否联合支部", Options: []string{"是", "否"}, Note: "不填按“否”登记"},
		{Key: "address", Title: "办公地址", Width: 30},
		{Key: "phone", Title: "办公电话", Text: true, Width: 16},
		{Key: "founded", Title: "成立日期", Date: true, Width: 14, Note: "如 2012-07-01"},
	}, Notes: []string{
		"带 * 的为必填项；每个组织一行，各行先后不限；请勿合并单元格、勿使用公式。",
		"党委设在市委之下，党总支设在党委之下，党支部设在党委或党总支之下；同名的上级组织请填组织代码。",
	}}
	example := []string{"德兴市某某局党委", "德兴市某某局第一党支部", "党支部", "机关", "", "否", "德兴市银城街道某某路1号", "0793-7000000", "2012-07-01"}
	return spec, example, nil
}

// typeWords are the types as people write them.
var typeWords = map[string]string{"党委": model.OrgCommittee, "党总支": model.OrgGeneralBranch, "总支": model.OrgGeneralBranch, "党总支部": model.OrgGeneralBranch,
	"党支部": model.OrgBranch, "支部": model.OrgBranch}

// stageOrgs reads rows into drafts, each with everything that is wrong with it alone.
func stageOrgs(tx model.Tx, b batch.Batch, rows []sheet.Row) error {
	known, err := kinds(tx)
	if err != nil {
		return err
	}
	drafts := make([]model.OrgDraft, len(rows))
	for i, r := range rows {
		f := orgRow{cells: r.Cells, today: tx.Day()}
		for _, p := range r.Problems {
			f.reasons = append(f.reasons, p.Message)
		}
		f.read(known)
		f.draft.BatchID, f.draft.RowNo, f.draft.Error = b.ID, int64(r.No), strings.Join(f.reasons, batch.Between)
		drafts[i] = f.draft
	}
	_, err = model.Bulk(tx, drafts)
	return err
}

// orgRow is one row on its way into a draft.
type orgRow struct {
	cells   map[string]string
	today   model.Date
	draft   model.OrgDraft
	reasons []string
}

func (f *orgRow) wrong(reason string) { f.reasons = append(f.reasons, reason) }

func (f *orgRow) read(kinds []string) {
	d := &f.draft
	d.ParentName, d.Name = f.text("parent", "上级组织", 100), f.text("name", "组织名称", 100)
	if d.Name == "" && f.cells["name"] == "" {
		f.wrong("请填写组织名称")
	}
	switch d.Type = typeWords[f.cells["type"]]; {
	case f.cells["type"] == "":
		f.wrong("请填写组织类型（党委、党总支或党支部）")
	case d.Type == "":
		f.wrong("组织类型须为党委、党总支或党支部")
	}
	d.Kind = f.choice("kind", "单位类别须为："+strings.Join(kinds, "、"), kinds...)
	d.OfficialCode = f.text("code", "组织代码", 40)
	d.IsJoint = f.choice("joint", "是否联合支部须填“是”或“否”", "是", "否") == "是"
	if d.IsJoint && d.Type != model.OrgBranch && d.Type != "" {
		f.wrong("只有党支部可以是联合支部")
	}
	d.Address, d.Phone = f.text("address", "办公地址", 200), f.text("phone", "办公电话", 30)
	if text := f.cells["founded"]; text != "" {
		day, err := sheet.ParseDate(text)
		switch {
		case err != nil:
			f.wrong("成立日期无效，请按 2024-05-01 或 2024-05 的样式填写")
		case day < always || day > f.today:
			f.wrong("成立日期须在1900年至今天之间")
		default:
			d.FoundedOn = &day
		}
	}
}

// text is a cell that is not too long.
func (f *orgRow) text(key, title string, most int) string {
	text := f.cells[key]
	if utf8.RuneCountInString(text) > most {
		f.wrong(title + "太长，请缩短")
		return ""
	}
	return text
}

// choice is a cell with one of a few words, or empty.
func (f *orgRow) choice(key, reason string, words ...string) string {
	text := f.cells[key]
	if text == "" {
		return ""
	}
	for _, w := range words {
		if w == text {
			return w
		}
	}
	f.wrong(reason)
	return ""
}
