package dues

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"hongyun/model"
	"hongyun/service/batch"
	"hongyun/service/fault"
	"hongyun/service/roster"
	"hongyun/service/sheet"
	"hongyun/service/vault"
)

// stageAssessments reads rows into drafts, each with everything that is wrong with it alone. No reason repeats an amount or
// an identity number.
func stageAssessments(tx model.Tx, v *vault.Vault, b batch.Batch, rows []sheet.Row) error {
	words, err := loadSheetWords(tx)
	if err != nil {
		return err
	}
	read := make([]*assessmentRow, len(rows))
	var indexes []string
	for i, r := range rows {
		read[i] = &assessmentRow{cells: r.Cells, unusable: map[string]bool{}, words: words, today: tx.Day()}
		for _, p := range r.Problems {
			read[i].wrong("%s", p.Message)
			read[i].unusable[p.Key] = true
		}
		read[i].draft.BatchID, read[i].draft.RowNo = b.ID, int64(r.No)
		read[i].who(v)
		indexes = append(indexes, read[i].draft.IDIndex)
	}
	known, err := membersIn(tx, b.Org, indexes)
	if err != nil {
		return err
	}
	source := rulesSource{tx: tx, rules: map[model.Month]Rules{}, treatments: map[string][]treatment{}}
	drafts := make([]model.DuesAssessmentDraft, len(rows))
	for i, r := range read {
		path := b.Org.Path
		if m, ok := known[r.draft.IDIndex]; ok {
			r.draft.MemberID, path = &m.ID, m.Path
		}
		if err := r.amounts(&source, path); err != nil {
			return err
		}
		r.draft.Error = strings.Join(r.reasons, batch.Between)
		drafts[i] = r.draft
	}
	_, err = model.Bulk(tx, drafts)
	return err
}

// placed is a member and where he or she belongs.
type placed struct {
	ID      int64
	IDIndex string
	Path    string
}

// membersIn finds those below an organisation by the index of their identity numbers.
func membersIn(tx model.Tx, top model.Org, indexes []string) (map[string]placed, error) {
	var rows []placed
	err := tx.Raw("SELECT m.id, m.id_index, o.path FROM member m JOIN org o ON o.id = m.org_id WHERE o.path >= ? AND o.path < ? AND m.id_index <> '' AND "+
		tx.Dialect.OneOf("m.id_index", tx.Dialect.Texts()), top.Path, model.PathEnd(top.Path), model.JSONList(indexes)).Scan(&rows).Error
	known := make(map[string]placed, len(rows))
	for _, r := range rows {
		known[r.IDIndex] = r
	}
	return known, err
}

// rulesSource reads rules once for each month, and treatments once for each branch.
type rulesSource struct {
	tx         model.Tx
	rules      map[model.Month]Rules
	treatments map[string][]treatment
}

func (s *rulesSource) in(month model.Month) (Rules, error) {
	if r, ok := s.rules[month]; ok {
		return r, nil
	}
	r, err := RulesIn(s.tx, month)
	s.rules[month] = r
	return r, err
}

func (s *rulesSource) at(path string) ([]treatment, error) {
	if t, ok := s.treatments[path]; ok {
		return t, nil
	}
	t, err := treatmentsAt(s.tx, path)
	s.treatments[path] = t
	return t, err
}

// assessmentRow is one row on its way into a draft.
type assessmentRow struct {
	cells    map[string]string
	unusable map[string]bool // cells that the file itself has spoilt: they are not called empty
	words    sheetWords
	today    model.Date
	draft    model.DuesAssessmentDraft
	reasons  []string
}

func (r *assessmentRow) wrong(format string, args ...any) {
	r.reasons = append(r.reasons, fmt.Sprintf(format, args...))
}

func (r *assessmentRow) missing(key string) bool { return r.cells[key] == "" && !r.unusable[key] }

// who reads the person, the category, the month and the reason.
func (r *assessmentRow) who(v *vault.Vault) {
	d := &r.draft
	switch id, err := roster.ParseIdentity(r.cells["id_number"], r.today); {
	case r.missing("id_number"):
		r.wrong("请填写身份证号")
	case r.cells["id_number"] == "":
	case err != nil:
		r.wrong("%s", told(err))
	default:
		d.IDIndex = v.Index(id.Number)
	}
	d.Name = strings.Join(strings.Fields(r.cells["name"]), "")
	switch {
	case r.missing("name"):
		r.wrong("请填写姓名")
	case utf8.RuneCountInString(d.Name) > 50:
		r.wrong("姓名不能超过50个字")
		d.Name = ""
	}
	switch d.Category = r.words.codes[r.cells["category"]]; {
	case r.missing("category"):
		r.wrong("请填写党员类别")
	case d.Category == "" && r.cells["category"] != "":
		r.wrong("党员类别无法识别，请从下拉列表中选择；免缴、减缴请通过减免申请办理")
	}
	r.month()
	if d.Reason = r.cells["reason"]; utf8.RuneCountInString(d.Reason) > 500 {
		r.wrong("核定原因不能超过500个字")
		d.Reason = ""
	}
}

func (r *assessmentRow) month() {
	text := r.cells["month"]
	if text == "" {
		if r.missing("month") {
			r.wrong("请填写生效月份")
		}
		return
	}
	day, err := sheet.ParseDate(text)
	switch latest := r.today.Month().Add(aheadMonths); {
	case err != nil:
		r.wrong("生效月份无效，请按 2026-01 的样式填写")
	case day.Month() > latest:
		r.wrong("生效月份最迟为%s", inWords(latest))
	default:
		r.draft.EffectiveMonth = day.Month()
	}
}

// amounts works out what the row comes to, where the person's branch stands at the path. An error is not the row's.
func (r *assessmentRow) amounts(source *rulesSource, path string) error {
	in := AssessInput{Category: r.draft.Category, EffectiveMonth: r.draft.EffectiveMonth}
	before := len(r.reasons)
	in.BaseFen, in.QuarterNetFen, in.SetFen = r.fen(columnBase, amountTitle(columnBase)), r.fen(columnNet, amountTitle(columnNet)), r.fen(columnSet, amountTitle(columnSet))
	for _, i := range r.words.items {
		amount := r.fen(itemKey(i), i.Title)
		switch {
		case amount == nil:
		case i.Category != in.Category && in.Category != "":
			r.wrong("“%s”不是该类别的收入项目，请清除", i.Title)
		default:
			in.Items = append(in.Items, ItemInput{Code: i.Code, AmountFen: *amount})
		}
	}
	if in.Category == "" || in.EffectiveMonth == "" {
		return nil
	}
	rules, err := source.in(in.EffectiveMonth)
	if err != nil {
		return err
	}
	r.unwanted(rules, in)
	if len(r.reasons) > before {
		return nil
	}
	treatments, err := source.at(path)
	if err != nil {
		return err
	}
	p, err := in.workOut(rules, treatments)
	if err != nil {
		if f := (*fault.Fault)(nil); !errors.As(err, &f) {
			return err
		}
		r.wrong("%s", told(err))
		return nil
	}
	d := &r.draft
	d.BaseFen, d.QuarterNetFen, d.AmountFen, d.RateBP, d.Clause = p.BaseFen, p.QuarterNetFen, p.AmountFen, p.RateBP, p.Clause
	items, err := json.Marshal(p.Items)
	d.Items = string(items)
	return err
}

// unwanted names the amounts that the category does not ask for: left standing, people would believe that they count.
func (r *assessmentRow) unwanted(rules Rules, in AssessInput) {
	wants := ""
	for _, rule := range rules.Table {
		if rule.Category == in.Category {
			wants = map[string]string{byBase: columnBase, byQuarterMean: columnNet, set: columnSet}[rule.Base]
		}
	}
	for _, key := range []string{columnBase, columnNet, columnSet} {
		if key != wants && r.cells[key] != "" {
			r.wrong("该类别不按“%s”核定，请清除", amountTitle(key))
		}
	}
}

// fen reads an amount; nil if there is none, or none that can be read.
func (r *assessmentRow) fen(key, title string) *int64 {
	text := r.cells[key]
	if text == "" {
		return nil
	}
	fen, ok := parseYuan(text)
	switch {
	case !ok && strings.HasPrefix(text, "-"):
		r.wrong("“%s”不能为负数", title)
	case !ok:
		r.wrong("“%s”须为以元为单位的数字，最多两位小数", title)
	case fen > maxFen:
		r.wrong("“%s”太大，请检查是否填写正确", title)
	default:
		return &fen
	}
	return nil
}

// parseYuan reads yuan with at most two decimals into fen: 5100, 5,100.5, 5100.50元. No float comes near it.
func parseYuan(text string) (fen int64, ok bool) {
	text = strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(text), "¥"), "元"))
	whole, part, point := strings.Cut(text, ".")
	if groups := strings.Split(whole, ","); len(groups) > 1 {
		for i, g := range groups {
			if len(g) > 3 || len(g) == 0 || i > 0 && len(g) != 3 {
				return 0, false
			}
		}
		whole = strings.Join(groups, "")
	}
	part = strings.TrimRight(part, "0")
	if whole == "" || len(whole) > 12 || len(part) > 2 || point && text[len(text)-1] == '.' || strings.Trim(whole+part, "0123456789") != "" {
		return 0, false
	}
	fen, err := strconv.ParseInt(whole+(part + "00")[:2], 10, 64)
	return fen, err == nil
}

// told is what a fault tells a person.
func told(err error) string {
	var f *fault.Fault
	if errors.As(err, &f) {
		return f.Message
	}
	return "内容无法识别"
}
