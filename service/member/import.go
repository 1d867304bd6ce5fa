package member

import (
	"fmt"

	"hongyun/model"
	"hongyun/service/batch"
	"hongyun/service/sheet"
)

// KindMembers names the roster among imports and exports.
const KindMembers = "members"

// Importers is the lists that this module takes in.
func (s *Service) Importers() []batch.Importer {
	return []batch.Importer{{Kind: KindMembers, Title: "党员名册", Drafts: "member_draft", Identity: true, Spec: formSpec, Stage: s.stageForms, Check: checkForms,
		Apply: applyForms, Undo: undoForms}}
}

// formColumns is the national form (党员基本信息采集表) in its order. Import and export share it, so that what goes out can
// come back in.
func formColumns() []sheet.Column {
	return []sheet.Column{
		{Key: "name", Title: "姓名", Required: true, Width: 12},
		{Key: "sex", Title: "性别", Options: []string{"男", "女"}, Note: "可不填，按公民身份号码识别"},
		{Key: "id_number", Title: "公民身份号码", Required: true, Text: true, Width: 22, Note: "18位，按文本填写；15位号码会自动换算"},
		{Key: "ethnic_group", Title: "民族", Note: "如 汉族；不填按汉族登记"},
		{Key: "born_on", Title: "出生日期", Date: true, Width: 12, Note: "可不填，按公民身份号码识别"},
		{Key: "education", Title: "学历"},
		{Key: "degree", Title: "学位"},
		{Key: "status", Title: "人员类别", Required: true, Options: []string{statusTitle[model.MemberFull], statusTitle[model.MemberProbationary]}},
		{Key: "org", Title: "所在党支部", Required: true, Text: true, Width: 30, Note: "党支部全称或组织编码，须在所选组织范围内"},
		{Key: "admitted_on", Title: "加入党组织日期", Required: true, Date: true, Width: 14, Note: "支部大会通过之日，如 2024-05-01"},
		{Key: "full_on", Title: "转为正式党员日期", Date: true, Width: 16, Note: "预备党员不填"},
		{Key: "work_post", Title: "工作岗位", Width: 14},
		{Key: "work_unit", Title: "工作单位", Width: 24},
		{Key: "occupation", Title: "职业", Width: 16},
		{Key: "phone", Title: "手机号码", Text: true, Width: 14, Note: "11位手机号"},
		{Key: "landline", Title: "固定电话", Text: true, Width: 14},
		{Key: "address", Title: "家庭住址", Width: 30},
		{Key: "native_place", Title: "籍贯", Width: 14},
		{Key: "is_cadre", Title: "是否科级干部", Options: yesOrNo, Note: "不填按“否”登记"},
		{Key: "is_lost", Title: "是否失联党员", Options: yesOrNo, Note: "填“是”时须填失联日期"},
		{Key: "lost_since", Title: "失联日期", Date: true, Width: 12},
		{Key: "is_floating", Title: "是否流动党员", Options: yesOrNo, Note: "填“是”时须填外出流向和外出日期"},
		{Key: "floating_place", Title: "外出流向", Width: 20},
		{Key: "floating_since", Title: "外出日期", Date: true, Width: 12},
	}
}

var (
	yesOrNo     = []string{"是", "否"}
	statusTitle = map[string]string{model.MemberFull: "正式党员", model.MemberProbationary: "预备党员"}
)

// formSpec is the template, with the code lists as they stand.
func formSpec(tx model.Tx) (sheet.Spec, []string, error) {
	words, err := loadWords(tx)
	if err != nil {
		return sheet.Spec{}, nil, err
	}
	spec := sheet.Spec{Title: "党员名册", Columns: formColumns(), Notes: []string{
		"带 * 的为必填项；每名党员一行，请勿合并单元格、勿使用公式。",
		"日期可写为 2024-05-01、2024.05.01、2024/5/1 或 2024-05；公民身份号码、手机号码按文本填写。",
		"所在党支部填写全称或组织编码；同名支部请填组织编码。不得填写涉密内容。",
	}}
	for i, c := range spec.Columns {
		if list := words.list(c.Key); list != nil {
			spec.Columns[i].Options = list.titles
		}
	}
	example := []string{"张三", "男", "361199199001010018", "汉族", "1990-01-01", "大学本科", "学士", "正式党员", "德兴市银城街道某某党支部", "2012-07-01", "2013-07-01",
		"科员", "德兴市某某局", "党政机关工作人员", "13800000000", "0793-7000000", "德兴市银城街道某某路1号", "江西德兴", "否", "否", "", "否", "", ""}
	return spec, example, nil
}

// words is the code lists that the form draws on, with what people write instead of the official titles.
type words struct{ ethnic, education, degree, occupation *wordList }

type wordList struct {
	titles []string
	known  map[string]string // what people write → title
}

func (w words) list(column string) *wordList {
	return map[string]*wordList{"ethnic_group": w.ethnic, "education": w.education, "degree": w.degree, "occupation": w.occupation}[column]
}

// aliases are common names of a code's title. One whose title is not in the list falls out.
var aliases = map[string]map[string]string{
	model.ListEducation: {"博士研究生": "研究生", "硕士研究生": "研究生", "博士": "研究生", "硕士": "研究生", "研究生及以上": "研究生", "在职研究生": "研究生",
		"本科": "大学本科", "大学": "大学本科", "全日制本科": "大学本科", "在职本科": "大学本科", "大专": "大学专科", "专科": "大学专科", "高职": "大学专科",
		"中等专科": "中专", "中技": "中专", "技校": "中专", "职高": "高中", "职业高中": "高中", "普通高中": "高中", "初级中学": "初中",
		"小学": "小学及以下", "文盲": "小学及以下", "半文盲": "小学及以下"},
	model.ListDegree:     {"博士学位": "博士", "硕士学位": "硕士", "学士学位": "学士", "博士研究生": "博士", "硕士研究生": "硕士"},
	model.ListOccupation: {"农民": "农牧渔民", "公务员": "党政机关工作人员", "离退休": "离退休人员", "退休": "离退休人员", "退休人员": "离退休人员", "其他": "其他职业人员"},
}

func loadWords(tx model.Tx) (words, error) {
	var rows []model.Lookup
	lists := []string{model.ListEthnicGroup, model.ListEducation, model.ListDegree, model.ListOccupation}
	if err := tx.Where("list IN ?", lists).Order("list, seq").Find(&rows).Error; err != nil {
		return words{}, err
	}
	byName := map[string]*wordList{}
	for _, name := range lists {
		byName[name] = &wordList{known: map[string]string{}}
	}
	for _, r := range rows {
		l := byName[r.List]
		l.titles, l.known[r.Title] = append(l.titles, r.Title), r.Title
		if short := []rune(r.Title); r.List == model.ListEthnicGroup && len(short) > 1 && short[len(short)-1] == '族' {
			l.known[string(short[:len(short)-1])] = r.Title // 汉 → 汉族
		}
	}
	for name, all := range aliases {
		for alias, title := range all {
			if l := byName[name]; l.known[title] != "" && l.known[alias] == "" {
				l.known[alias] = title
			}
		}
	}
	return words{byName[model.ListEthnicGroup], byName[model.ListEducation], byName[model.ListDegree], byName[model.ListOccupation]}, nil
}

// branches are the branches below an organisation by the names and codes that stand in some rows.
type branches struct {
	top    string
	byCode map[string]int64
	byName map[string][]int64
}

func loadBranches(tx model.Tx, top model.Org, rows []sheet.Row) (branches, error) {
	b := branches{top: top.Name, byCode: map[string]int64{}, byName: map[string][]int64{}}
	seen := map[string]bool{}
	var asked []string
	for _, r := range rows {
		if name := r.Cells["org"]; name != "" && !seen[name] {
			seen[name] = true
			asked = append(asked, name)
		}
	}
	if len(asked) == 0 {
		return b, nil
	}
	var found []model.Org
	err := tx.Select("id, name, official_code").Where("path >= ? AND path < ? AND type = ? AND dissolved_on IS NULL", top.Path, model.PathEnd(top.Path), model.OrgBranch).
		Where("name IN ? OR official_code IN ?", asked, asked).Order("id").Find(&found).Error
	for _, o := range found {
		if o.OfficialCode != nil {
			b.byCode[*o.OfficialCode] = o.ID
		}
		b.byName[o.Name] = append(b.byName[o.Name], o.ID)
	}
	return b, err
}

// find is the branch that a cell names; else what to do about it.
func (b branches) find(text string) (int64, string) {
	if id, ok := b.byCode[text]; ok {
		return id, ""
	}
	switch ids := b.byName[text]; len(ids) {
	case 1:
		return ids[0], ""
	case 0:
		return 0, fmt.Sprintf("在“%s”范围内没有找到党支部“%s”，请核对全称或改填组织编码", b.top, text)
	default:
		return 0, fmt.Sprintf("有 %d 个党支部都叫“%s”，请改填组织编码", len(ids), text)
	}
}
