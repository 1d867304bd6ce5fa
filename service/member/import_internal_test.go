package member

import (
	"strings"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/rule"
)

// TestUndo_KnowsEveryReference compares what keeps an import from being undone with the catalogues of both databases, so
// that no table that refers to a member can be forgotten.
func TestUndo_KnowsEveryReference(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, d := range append(append([]dependent{}, dependents...), companions...) {
		known[d.table+"."+d.column] = true
	}
	modeltest.Each(t, nil, func(t *testing.T, db *model.DB) {
		query := `SELECT m.name || '.' || f."from" FROM sqlite_schema m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table' AND f."table" = 'member'
UNION SELECT m.name || '.' || c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c
WHERE m.type = 'table' AND (c.name LIKE '%member_id' OR c.name IN ('subject_id', 'owner_id', 'recipient_id'))`
		if db.Dialect() == model.Postgres {
			query = `SELECT c.conrelid::regclass || '.' || a.attname FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
WHERE c.contype = 'f' AND c.confrelid = 'member'::regclass
UNION SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public' AND
(column_name LIKE '%member_id' OR column_name IN ('subject_id', 'owner_id', 'recipient_id'))`
		}
		var found []string
		if err := db.Read(t.Context()).Raw(query).Scan(&found).Error; err != nil {
			t.Fatal(err)
		}
		if len(found) < 20 {
			t.Fatalf("only %d references were found", len(found))
		}
		for _, column := range found {
			if !known[column] {
				t.Errorf("%s refers to a member: say in dependents what it is, or in companions that it goes with an undone import", column)
			}
		}
	})
}

// TestForm reads rows as people write them.
func TestForm(t *testing.T) {
	t.Parallel()
	db := modeltest.SQLite(t, modeltest.At("2026-11-20 09:00:00").Now)
	tx := db.Read(t.Context())
	words, err := loadWords(tx)
	if err != nil {
		t.Fatal(err)
	}
	rules, err := rule.Load(tx, model.RulesMember, "2026-11-20")
	if err != nil {
		t.Fatal(err)
	}
	known := branches{top: "甲委", byCode: map[string]int64{"DX1": 7}, byName: map[string][]int64{"一支部": {5}, "同名支部": {7, 8}}}
	read := func(changes ...string) *form {
		cells := map[string]string{"name": "李小明", "id_number": "361199199001010018", "status": "正式党员", "org": "一支部", "admitted_on": "2012-07-01"}
		for i := 0; i < len(changes); i += 2 {
			cells[changes[i]] = changes[i+1]
		}
		f := &form{cells: cells, words: words, branches: known, rules: rules, today: "2026-11-20"}
		f.read()
		return f
	}
	t.Run("a row that holds only what must be there is good", func(t *testing.T) {
		if f := read(); len(f.reasons) != 0 || f.draft.Sex != "MALE" || f.draft.BornOn != "1990-01-01" || f.draft.EthnicGroup != "汉族" || *f.draft.OrgID != 5 {
			t.Fatalf("%v %+v", f.reasons, f.draft)
		}
	})
	t.Run("a cell that the file itself has made unusable is not called empty", func(t *testing.T) {
		f := &form{cells: map[string]string{"name": "李小明"}, unreadable: map[string]bool{"id_number": true}, words: words, branches: known, rules: rules, today: "2026-11-20"}
		f.read()
		if all := strings.Join(f.reasons, ""); strings.Contains(all, "公民身份号码") || !strings.Contains(all, "请填写所在党支部") {
			t.Fatal(all)
		}
	})
	good := map[string][]string{
		"a number of 15 digits":          {"id_number", "361199900101001"},
		"a lower x":                      {"id_number", "36119919851231123x", "admitted_on", "2010-1-1"},
		"the branch's code":              {"org", "DX1"},
		"what people call things":        {"ethnic_group", "汉", "education", "大专", "degree", "学士学位", "occupation", "农民", "status", "正式"},
		"a blank in the name":            {"name", "李 明"},
		"a name of a minority":           {"name", "阿不都・热合曼"},
		"only the month of birth":        {"born_on", "1990-01"},
		"an Excel date":                  {"admitted_on", "41091", "full_on", "41456"},
		"a phone with blanks":            {"phone", "+86 138 0000 0000", "landline", "0793-7000000转8001"},
		"the day of the 18th birthday":   {"admitted_on", "2008-01-01"},
		"a probationary member":          {"status", "预备党员", "admitted_on", "2026-07-01"},
		"lost, and elsewhere":            {"is_lost", "是", "lost_since", "2026-01", "is_floating", "是", "floating_place", "浙江", "floating_since", "2025/1/2"},
		"no, in so many words":           {"is_lost", "否", "is_floating", "否", "is_cadre", "否", "degree", "无"},
		"full on the day of the meeting": {"full_on", "2012-07-01"},
	}
	for sentence, changes := range good {
		t.Run(sentence+" is read", func(t *testing.T) {
			if f := read(changes...); len(f.reasons) != 0 {
				t.Fatal(f.reasons)
			}
		})
	}
	bad := map[string]struct {
		changes []string
		reasons string
	}{
		"no name":                         {[]string{"name", ""}, "请填写姓名"},
		"a name with digits":              {[]string{"name", "李4"}, "姓名只能包含"},
		"no number":                       {[]string{"id_number", ""}, "请填写公民身份号码"},
		"a wrong check digit":             {[]string{"id_number", "361199199001010019"}, "校验位"},
		"29 February of a common year":    {[]string{"id_number", "361199199902290010"}, "出生日期不存在"},
		"another sex":                     {[]string{"sex", "女"}, "性别与公民身份号码不一致"},
		"another birth date":              {[]string{"born_on", "1990-01-02"}, "出生日期与公民身份号码不一致"},
		"a branch that is not there":      {[]string{"org", "九支部"}, "在“甲委”范围内没有找到党支部“九支部”"},
		"a branch of which there are two": {[]string{"org", "同名支部"}, "有 2 个党支部都叫“同名支部”"},
		"no status":                       {[]string{"status", ""}, "请填写人员类别"},
		"another status":                  {[]string{"status", "群众"}, "人员类别“群众”无法识别"},
		"no day of admission":             {[]string{"admitted_on", ""}, "请填写加入党组织日期"},
		"a day that does not exist":       {[]string{"admitted_on", "2012-02-30"}, "加入党组织日期：日期无效"},
		"too young":                       {[]string{"admitted_on", "2007-12-31"}, "未满18周岁"},
		"a day to come":                   {[]string{"admitted_on", "2026-11-21"}, "在今天之后"},
		"full before admission":           {[]string{"full_on", "2012-06-30"}, "早于加入党组织日期"},
		"probationary and full":           {[]string{"status", "预备党员", "full_on", "2013-07-01"}, "预备党员不应填写"},
		"a word that is in no list":       {[]string{"education", "私塾"}, "学历“私塾”不在代码表中"},
		"a landline as a mobile":          {[]string{"phone", "07937000000"}, "手机号码须为11位"},
		"lost without a day":              {[]string{"is_lost", "是"}, "请填写失联日期"},
		"a day but not lost":              {[]string{"lost_since", "2026-01-01"}, "填写了失联日期"},
		"elsewhere without a place":       {[]string{"is_floating", "是", "floating_since", "2025-01-01"}, "请填写外出流向和外出日期"},
		"a place but not elsewhere":       {[]string{"floating_place", "浙江"}, "填写了外出信息"},
		"an address without end":          {[]string{"address", strings.Repeat("长", 201)}, "家庭住址不能超过200个字"},
		"two things at once":              {[]string{"sex", "女", "org", ""}, "性别与公民身份号码不一致，请核对；请填写所在党支部"},
	}
	for sentence, test := range bad {
		t.Run(sentence+" is told", func(t *testing.T) {
			f := read(test.changes...)
			told := strings.Join(f.reasons, "；")
			if !strings.Contains(told, test.reasons) {
				t.Fatalf("got %q, want %q", told, test.reasons)
			}
			if strings.Contains(told, "36119919") {
				t.Fatalf("%q repeats the number", told)
			}
		})
	}
}
