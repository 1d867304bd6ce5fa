package member

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"hongyun/model"
	"hongyun/service/batch"
	"hongyun/service/calendar"
	"hongyun/service/fault"
	"hongyun/service/roster"
	"hongyun/service/rule"
	"hongyun/service/sheet"
)

// stageForms reads rows of the form into drafts, each with everything that is wrong with it.
func (s *Service) stageForms(tx model.Tx, b batch.Batch, rows []sheet.Row) error {
	words, err := loadWords(tx)
	if err != nil {
		return err
	}
	branches, err := loadBranches(tx, b.Org, rows)
	if err != nil {
		return err
	}
	rules, err := rule.Load(tx, model.RulesMember, tx.Day())
	if err != nil {
		return err
	}
	drafts := make([]model.MemberDraft, len(rows))
	for i, r := range rows {
		f := form{cells: r.Cells, unreadable: map[string]bool{}, words: words, branches: branches, rules: rules, today: tx.Day()}
		for _, p := range r.Problems {
			f.wrong("%s", p.Message)
			f.unreadable[p.Key] = true
		}
		f.read()
		d := f.draft
		d.BatchID, d.RowNo, d.Error = b.ID, int64(r.No), strings.Join(f.reasons, batch.Between)
		d.IDSealed, d.IDIndex = s.vault.Seal(f.number), s.vault.Index(f.number)
		d.PhoneSealed, d.PhoneIndex, d.AddressSealed = s.vault.Seal(f.phone), s.vault.Index(f.phone), s.vault.Seal(f.address)
		drafts[i] = d
	}
	_, err = model.Bulk(tx, drafts)
	return err
}

// form is one row on its way into a draft. What is sealed stays beside it until it is. The reasons never repeat an
// identity or phone number.
type form struct {
	cells map[string]string
	// unreadable are the columns that hold something which the file itself made unusable: they are not empty.
	unreadable map[string]bool
	words      words
	branches   branches
	rules      rule.Set
	today      model.Date

	draft                  model.MemberDraft
	number, phone, address string
	reasons                []string
}

func (f *form) wrong(format string, args ...any) {
	f.reasons = append(f.reasons, fmt.Sprintf(format, args...))
}

// lacks tells of a required cell that is empty.
func (f *form) lacks(key, sentence string) {
	if !f.unreadable[key] {
		f.wrong("%s", sentence)
	}
}

func (f *form) read() {
	f.who()
	f.membership()
	f.work()
	f.contact()
	f.whereabouts()
}

// who is name, identity number, and what must agree with it.
func (f *form) who() {
	d := &f.draft
	d.Name = f.name()
	d.Pinyin = roster.Initials(d.Name)
	d.EthnicGroup = f.word("ethnic_group", "民族", f.words.ethnic)
	if d.EthnicGroup == "" && f.cells["ethnic_group"] == "" {
		d.EthnicGroup = "汉族"
	}
	d.Education, d.Degree = f.word("education", "学历", f.words.education), f.word("degree", "学位", f.words.degree)
	sex, stated := f.choice("sex", "性别", map[string]string{"男": "MALE", "女": "FEMALE", "男性": "MALE", "女性": "FEMALE"})
	born, month := f.day("born_on", "出生日期")
	text := f.cells["id_number"]
	if text == "" {
		f.lacks("id_number", "请填写公民身份号码")
		return
	}
	id, err := roster.ParseIdentity(strings.ReplaceAll(text, " ", ""), f.today)
	if err != nil {
		f.wrong("%s", message(err))
		return
	}
	f.number, d.Sex, d.BornOn = id.Number, id.Sex, id.BornOn
	if stated && sex != id.Sex {
		f.wrong("性别与公民身份号码不一致，请核对")
	}
	if born != "" && born != id.BornOn && !(month && born.Month() == id.BornOn.Month()) {
		f.wrong("出生日期与公民身份号码不一致，请核对")
	}
}

// name takes the blanks out that people put between two characters of a name, and refuses what is no name.
func (f *form) name() string {
	name := f.cells["name"]
	if !strings.ContainsFunc(name, func(r rune) bool { return r < unicode.MaxASCII && unicode.IsLetter(r) }) {
		name = strings.ReplaceAll(name, " ", "")
	}
	name = strings.NewReplacer("•", "·", "・", "·", "．", "·").Replace(name)
	switch {
	case name == "":
		f.lacks("name", "请填写姓名")
	case utf8.RuneCountInString(name) < 2 || utf8.RuneCountInString(name) > 50:
		f.wrong("姓名须为2至50个字")
	case strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && r != '·' && r != ' ' && r != '.' }):
		f.wrong("姓名只能包含文字和间隔号“·”，请核对")
	}
	return cutText(name, 50)
}

// membership is branch, status and the days on which it began.
func (f *form) membership() {
	d := &f.draft
	switch name := f.cells["org"]; name {
	case "":
		f.lacks("org", "请填写所在党支部")
	default:
		id, problem := f.branches.find(name)
		if problem != "" {
			f.wrong("%s", cutText(problem, 200))
			break
		}
		d.OrgID = &id
	}
	status, ok := f.choice("status", "人员类别", map[string]string{"正式党员": model.MemberFull, "正式": model.MemberFull,
		"预备党员": model.MemberProbationary, "预备": model.MemberProbationary, "中共党员": model.MemberFull, "中共预备党员": model.MemberProbationary})
	if d.Status = status; !ok && f.cells["status"] == "" {
		f.lacks("status", "请填写人员类别（正式党员或预备党员）")
	}
	d.AdmittedOn = f.past("admitted_on", "加入党组织日期")
	if d.AdmittedOn == "" && f.cells["admitted_on"] == "" {
		f.lacks("admitted_on", "请填写加入党组织日期")
	}
	full := f.past("full_on", "转为正式党员日期")
	if full != "" {
		d.FullOn = &full
	}
	least := f.rules.On(d.AdmittedOn).Int("ADMISSION_AGE_LEAST")
	if d.AdmittedOn != "" && d.BornOn != "" && calendar.Years(d.BornOn, d.AdmittedOn) < least {
		f.wrong("加入党组织时未满%d周岁，请核对加入党组织日期", least)
	}
	switch {
	case full == "":
	case status == model.MemberProbationary:
		f.wrong("预备党员不应填写转为正式党员日期，请清除或改为正式党员")
	case d.AdmittedOn != "" && full < d.AdmittedOn:
		f.wrong("转为正式党员日期早于加入党组织日期，请核对")
	}
}

func (f *form) work() {
	d := &f.draft
	d.WorkPost, d.WorkUnit = f.text("work_post", "工作岗位", 50), f.text("work_unit", "工作单位", 100)
	d.Occupation = f.word("occupation", "职业", f.words.occupation)
	d.NativePlace = f.text("native_place", "籍贯", 50)
	d.IsCadre = f.yes("is_cadre", "是否科级干部")
}

func (f *form) contact() {
	f.address = f.text("address", "家庭住址", 200)
	f.draft.Landline = f.text("landline", "固定电话", 30)
	if strings.Trim(f.draft.Landline, "0123456789-()（）+ 转*#/、,，;；") != "" {
		f.wrong("固定电话只能填写数字、括号和连接号")
	}
	phone := strings.NewReplacer(" ", "", "-", "").Replace(f.cells["phone"])
	phone = strings.TrimPrefix(phone, "+86")
	switch {
	case phone == "":
	case !roster.Mobile(phone):
		f.wrong("手机号码须为11位，请核对；固定电话请填在固定电话一栏")
	default:
		f.phone = phone
	}
}

// whereabouts is who cannot be reached, and who lives elsewhere.
func (f *form) whereabouts() {
	d := &f.draft
	lost, since := f.yes("is_lost", "是否失联党员"), f.past("lost_since", "失联日期")
	switch {
	case lost && since != "":
		d.LostSince = &since
	case lost && f.cells["lost_since"] == "":
		f.wrong("失联党员请填写失联日期")
	case !lost && f.cells["lost_since"] != "":
		f.wrong("填写了失联日期，请把“是否失联党员”填为“是”，或清除失联日期")
	}
	floating, left, place := f.yes("is_floating", "是否流动党员"), f.past("floating_since", "外出日期"), f.text("floating_place", "外出流向", 200)
	switch {
	case floating && left != "" && place != "":
		d.FloatingSince, d.FloatingPlace = &left, place
	case floating && (f.cells["floating_since"] == "" || place == ""):
		f.wrong("流动党员请填写外出流向和外出日期")
	case !floating && (f.cells["floating_since"] != "" || place != ""):
		f.wrong("填写了外出信息，请把“是否流动党员”填为“是”，或清除外出流向和外出日期")
	}
}

// day reads a date cell; month tells that only its month was given.
func (f *form) day(key, title string) (day model.Date, month bool) {
	if f.cells[key] == "" {
		return "", false
	}
	day, month, err := sheet.ParseDay(f.cells[key])
	if err != nil {
		f.wrong("%s：%s", title, message(err))
		return "", false
	}
	return day, month
}

// past is a day that has come.
func (f *form) past(key, title string) model.Date {
	day, _ := f.day(key, title)
	if day > f.today {
		f.wrong("%s在今天之后，请核对", title)
		return ""
	}
	return day
}

func (f *form) text(key, title string, most int) string {
	text := f.cells[key]
	if utf8.RuneCountInString(text) > most {
		f.wrong("%s不能超过%d个字", title, most)
		return ""
	}
	return text
}

func (f *form) word(key, title string, list *wordList) string {
	text := f.cells[key]
	if text == "" || text == "无" {
		return ""
	}
	word, ok := list.known[text]
	if !ok {
		f.wrong("%s“%s”不在代码表中，请从下拉列表中选择", title, cutText(text, 20))
	}
	return word
}

func (f *form) choice(key, title string, known map[string]string) (string, bool) {
	text := f.cells[key]
	word, ok := known[text]
	if text != "" && !ok {
		f.wrong("%s“%s”无法识别，请从下拉列表中选择", title, cutText(text, 20))
	}
	return word, ok
}

func (f *form) yes(key, title string) bool {
	word, _ := f.choice(key, title, map[string]string{"是": "1", "否": "", "有": "1", "无": "", "Y": "1", "N": ""})
	return word != ""
}

// message is what a fault tells a person.
func message(err error) string {
	var f *fault.Fault
	if errors.As(err, &f) {
		return f.Message
	}
	return "内容无法识别"
}

func cutText(text string, most int) string {
	if letters := []rune(text); len(letters) > most {
		return string(letters[:most]) + "…"
	}
	return text
}
