package member

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/calendar"
	"hongyun/service/fault"
	"hongyun/service/rule"
)

// problem is a flaw that the data-quality desk (NK6) finds: an SQL condition on m, o and a as in filtered.
type problem struct {
	code, title, where string
	args               []any
}

// problems is what is looked for, by the numbers in force today. They are hints to look at a record; nothing follows from one.
func problems(tx model.Tx) ([]problem, error) {
	members, err := rule.Load(tx, model.RulesMember, tx.Day())
	if err != nil {
		return nil, err
	}
	courses, err := rule.Load(tx, model.RulesDevelopment, tx.Day())
	if err != nil {
		return nil, err
	}
	today, probation := tx.Day(), courses.Int("PROBATION_MONTHS")
	a := func(code, title, where string, args ...any) problem { return problem{code, title, where, args} }
	return []problem{
		a("NO_PHONE", "未登记手机号", "m.phone_index = ''"),
		a("DUPLICATE_PHONE", "手机号与他人重复", "m.phone_index <> '' AND EXISTS (SELECT 1 FROM member d WHERE d.phone_index = m.phone_index "+another),
		a("NO_EDUCATION", "未填学历", "m.education = ''"),
		a("NO_OCCUPATION", "未填职业", "m.occupation = ''"),
		a("NO_NATIVE_PLACE", "未填籍贯", "m.native_place = ''"),
		a("ADMITTED_YOUNG", fmt.Sprintf("入党时未满%d周岁", members.Int("ADMISSION_AGE_LEAST")),
			onCalendar("m.admitted_on")+" < "+onCalendar("m.born_on")+" + ?", 1200*members.Int("ADMISSION_AGE_LEAST")),
		// From the ninth congress to the eleventh nobody was on probation: both days are one (党章 1969, 1977).
		a("FULL_EARLY", fmt.Sprintf("转正早于预备期满%d个月", probation),
			onCalendar("m.full_on")+" < "+onCalendar("m.admitted_on")+" + ? AND NOT m.admitted_on BETWEEN '1969-04-01' AND '1977-08-31'", 100*probation),
		a("NO_FULL_DATE", "正式党员未填转正日期", "m.status = 'FULL' AND m.full_on IS NULL"),
		a("PROBATION_OVER", fmt.Sprintf("预备期超过%d个月尚无决定", probation), "m.status = 'PROBATIONARY' AND "+onCalendar("m.admitted_on")+
			" < ? AND NOT EXISTS (SELECT 1 FROM development d WHERE d.member_id = m.id AND d.probation_ends_on >= ?)",
			(today.Year()*12+int(today.Time().Month())-probation)*100+min(today.Time().Day(), 28), today),
		a("POSSIBLE_DUPLICATE", "全市有姓名、出生日期相同的党员", "EXISTS (SELECT 1 FROM member d WHERE d.name = m.name AND d.born_on = m.born_on "+another),
		a("NOT_IN_BRANCH", "不在党支部或所在组织已撤销", "(o.type <> 'BRANCH' OR o.dissolved_on IS NOT NULL)"),
		a("NOT_BOUND", "未绑定微信", "a.id IS NULL"),
		a("LOST_UNDECIDED", fmt.Sprintf("失去联系满%d个月尚无组织处理", members.Int("LOST_SUSPEND_MONTHS")),
			"m.standing = 'ACTIVE' AND m.lost_since <= ? AND NOT EXISTS (SELECT 1 FROM standing_decision d WHERE d.member_id = m.id "+
				"AND d.kind IN ('SUSPEND', 'RECTIFY', 'FOUND') AND d.decided_on >= m.lost_since)",
			calendar.AddMonths(today, -members.Int("LOST_SUSPEND_MONTHS"))),
	}, nil
}

const another = "AND d.id <> m.id AND d.standing IN ('ACTIVE', 'SUSPENDED'))"

// onCalendar is a date as a number in which a month is 100: whole months are added by plain addition. The last days of a
// month count as its 28th, so that the end of February is no flaw. No date is NULL.
func onCalendar(column string) string {
	digits := func(from, length int) string {
		return fmt.Sprintf("CAST(nullif(substr(%s, %d, %d), '') AS integer)", column, from, length)
	}
	return fmt.Sprintf("((%s * 12 + %s) * 100 + CASE WHEN %s > 28 THEN 28 ELSE %s END)", digits(1, 4), digits(6, 2), digits(9, 2), digits(9, 2))
}

func (c *conditions) quality(tx model.Tx, code string) error {
	all, err := problems(tx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(p problem) bool { return p.code == code })
	if i < 0 {
		return fault.Invalid("member.quality", "没有这种数据问题，请从列表中选择")
	}
	c.present = true
	c.and("("+all[i].where+")", all[i].args...)
	return nil
}

// Flawed is a member with what the data-quality desk finds.
type Flawed struct {
	View
	Problems []string `json:"problems"` // codes
}

// Quality lists the members of the roster with a problem, or, where f.Quality names none, with any.
func (s *Service) Quality(ctx context.Context, v access.Viewer, f Filter, offset, limit int) ([]Flawed, int64, error) {
	tx := s.db.Read(ctx)
	all, err := problems(tx)
	if err != nil {
		return nil, 0, err
	}
	filtered, args, err := s.filtered(tx, v, f)
	if err != nil {
		return nil, 0, err
	}
	var codes, either []string
	var ofCodes []any
	for _, p := range all {
		codes = append(codes, "CASE WHEN "+p.where+" THEN ' "+p.code+"' ELSE '' END")
		either = append(either, "("+p.where+")")
		ofCodes = append(ofCodes, p.args...)
	}
	if f.Quality == "" {
		filtered, args = filtered+" AND ("+strings.Join(either, " OR ")+")", append(args, ofCodes...)
	}
	rows, total, err := readPage(tx, viewColumns+", "+strings.Join(codes, " || ")+" AS codes", ofCodes, filtered, args, offset, limit)
	if err != nil {
		return nil, 0, err
	}
	list := make([]Flawed, 0, len(rows))
	for _, r := range rows {
		view, err := s.view(v, r)
		if err != nil {
			return nil, 0, err
		}
		list = append(list, Flawed{View: view, Problems: strings.Fields(r.Codes)})
	}
	return list, total, nil
}
