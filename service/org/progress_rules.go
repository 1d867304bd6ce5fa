package org

import (
	"fmt"
	"strings"

	"hongyun/model"
	"hongyun/service/fault"
)

// Duties that a progress page shows.
const (
	DutyThemeDay    = "THEME_DAY"
	DutyDues        = "DUES"
	DutyDevelopment = "DEVELOPMENT"
	DutyElection    = "ELECTION"
	DutyStandard    = "STANDARD"
	DutyAdmin       = "ADMIN"
)

// period is what a page looks at: a month, and its year up to the end of that month.
type period struct {
	month model.Month
	today model.Date
}

// periodOf reads the month of a page; empty is the present one.
func periodOf(month model.Month, today model.Date) (period, error) {
	if month == "" {
		month = today.Month()
	}
	if _, err := model.ParseMonth(string(month)); err != nil {
		return period{}, fault.Invalid("progress.month", "月份须为存在的月份，如 2026-11")
	}
	return period{month: month, today: today}, nil
}

func (p period) january() model.Month { return p.month[:4] + "-01" }

// months is a table of the months of the year up to the month of the page, each with its last day.
func (p period) months() (string, []any) {
	var rows []string
	var args []any
	for m := p.january(); m <= p.month; m = m.Add(1) {
		rows, args = append(rows, "SELECT CAST(? AS text) AS month, CAST(? AS text) AS last"), append(args, m, m.Last())
	}
	return "(" + strings.Join(rows, " UNION ALL ") + ")", args
}

// duty is one kind of work. items is a SELECT with a row for each piece of it, from which the counts and the lists are
// both made, so that each number opens its list. Its columns: path, org_id, org_name (of the organisation whose work it
// is), what, due_on, done, late, in_month, in_year (0 or 1). scope is a condition on o.path.
type duty struct {
	Code  string
	Title string
	items func(p period, scope string, args []any) (string, []any)
}

// duties are in the order of the page. The clause of each stands in docs/rules.md.
func duties() []duty {
	return []duty{
		{DutyThemeDay, "主题党日", themeDayItems},
		{DutyDues, "党费收缴", duesItems},
		{DutyDevelopment, "发展党员", developmentItems},
		{DutyElection, "换届", electionItems},
		{DutyStandard, "标准化建设", standardItems},
		{DutyAdmin, "管理员配备", adminItems},
	}
}

// themeDayItems: each branch owes one completed theme day a month, from the month on in which it stands on the platform, and
// as long as it stands on the 20th; after the 20th the month's is late (RULES 6).
func themeDayItems(p period, scope string, args []any) (string, []any) {
	months, list := p.months()
	list = append(append(list, model.ThemeDay, model.MeetingCompleted), args...)
	return fmt.Sprintf(`
SELECT path, org_id, org_name, month AS what, due_on, done, CASE WHEN done = 0 AND due_on < '%s' THEN 1 ELSE 0 END AS late,
       CASE WHEN month = '%s' THEN 1 ELSE 0 END AS in_month, 1 AS in_year
FROM (
  SELECT o.path, o.id AS org_id, o.name AS org_name, c.month, c.month || '-20' AS due_on,
         CASE WHEN EXISTS (SELECT 1 FROM meeting t WHERE t.org_id = o.id AND t.month = c.month AND t.kind = k.kind AND t.state = k.state) THEN 1 ELSE 0 END AS done
  FROM org o CROSS JOIN %s c CROSS JOIN (SELECT CAST(? AS text) AS kind, CAST(? AS text) AS state) k
  LEFT JOIN (SELECT org_id, min(from_on) AS began FROM org_span GROUP BY org_id) s ON s.org_id = o.id
  WHERE o.type = 'BRANCH' AND (o.dissolved_on IS NULL OR o.dissolved_on > c.month || '-20')
    AND (s.began IS NULL OR substr(s.began, 1, 7) <= c.month) AND %s) d`, p.today, p.month, months, scope), list
}

// duesItems: each bill that asks for something; unpaid it is late when its month is over. Months and states are named one
// by one, so that the index on month, state and organisation finds those of a few organisations.
func duesItems(p period, scope string, args []any) (string, []any) {
	var months []string
	var ends strings.Builder
	for m := p.january(); m <= p.month; m = m.Add(1) {
		months = append(months, "'"+string(m)+"'")
		fmt.Fprintf(&ends, " WHEN '%s' THEN '%s'", m, m.Last())
	}
	return fmt.Sprintf(`
SELECT o.path, o.id AS org_id, o.name AS org_name, coalesce(m.name, '') AS what, CASE b.month%[1]s END AS due_on,
       CASE WHEN b.state = 'PAID' THEN 1 ELSE 0 END AS done, CASE WHEN b.state = 'UNPAID' AND b.month < '%[2]s' THEN 1 ELSE 0 END AS late,
       CASE WHEN b.month = '%[3]s' THEN 1 ELSE 0 END AS in_month, 1 AS in_year
FROM dues_bill b JOIN org o ON o.id = b.org_id LEFT JOIN member m ON m.id = b.member_id
WHERE b.state IN ('PAID', 'UNPAID') AND b.month IN (%[4]s) AND %[5]s`,
		ends.String(), p.today.Month(), p.month, strings.Join(months, ", "), scope), args
}

// developmentItems: deadlines of open courses that fall by the end of the month, or of the year. A deadline goes when its
// step is taken, so that nothing here is ever done: what is done stands in the course.
func developmentItems(p period, scope string, args []any) (string, []any) {
	return fmt.Sprintf(`
SELECT o.path, o.id AS org_id, o.name AS org_name, d.name AS what, l.due_on, 0 AS done, CASE WHEN l.due_on < '%s' THEN 1 ELSE 0 END AS late,
       CASE WHEN l.due_on <= '%s' THEN 1 ELSE 0 END AS in_month, 1 AS in_year
FROM development_deadline l JOIN development d ON d.id = l.development_id JOIN org o ON o.id = d.org_id
WHERE d.ended_on IS NULL AND l.due_on <= '%s-12-31' AND %s`, p.today, p.month.Last(), p.month[:4], scope), args
}

// electionItems: terms that end by the end of the month, or of the year, and those that were begun in it.
func electionItems(p period, scope string, args []any) (string, []any) {
	const present = "NOT EXISTS (SELECT 1 FROM org_term later WHERE later.org_id = t.org_id AND later.elected_on > t.elected_on)"
	return fmt.Sprintf(`
SELECT o.path, o.id AS org_id, o.name AS org_name, '' AS what, coalesce(t.postponed_until, t.ends_on) AS due_on, 0 AS done,
       CASE WHEN coalesce(t.postponed_until, t.ends_on) < '%[1]s' THEN 1 ELSE 0 END AS late,
       CASE WHEN coalesce(t.postponed_until, t.ends_on) <= '%[2]s' THEN 1 ELSE 0 END AS in_month, 1 AS in_year
FROM org_term t JOIN org o ON o.id = t.org_id
WHERE o.dissolved_on IS NULL AND %[5]s AND coalesce(t.postponed_until, t.ends_on) <= '%[3]s-12-31' AND %[4]s
UNION ALL
SELECT o.path, o.id, o.name, '', t.elected_on, 1, 0, CASE WHEN t.elected_on >= '%[6]s' THEN 1 ELSE 0 END, 1
FROM org_term t JOIN org o ON o.id = t.org_id
WHERE o.dissolved_on IS NULL AND t.elected_on >= '%[3]s-01-01' AND t.elected_on <= '%[2]s' AND %[4]s`,
		p.today, p.month.Last(), p.month[:4], scope, present, p.month.First()), append(append([]any{}, args...), args...)
}

// standardItems: the items of the published checklist for the organisation's type and kind; done when the evidence is
// approved. It stands as it is today and is never late.
func standardItems(_ period, scope string, args []any) (string, []any) {
	return `
SELECT o.path, o.id AS org_id, o.name AS org_name, i.title AS what, '' AS due_on,
       CASE WHEN e.state = 'APPROVED' THEN 1 ELSE 0 END AS done, 0 AS late, 1 AS in_month, 1 AS in_year
FROM org o JOIN standard_checklist c ON c.org_type = o.type AND c.state = 'PUBLISHED'
  AND (c.kind = o.kind OR (c.kind = '' AND NOT EXISTS (SELECT 1 FROM standard_checklist own
       WHERE own.org_type = o.type AND own.kind = o.kind AND own.state = 'PUBLISHED')))
JOIN standard_item i ON i.checklist_id = c.id LEFT JOIN standard_evidence e ON e.item_id = i.id AND e.org_id = o.id
WHERE o.dissolved_on IS NULL AND ` + scope, args
}

// adminItems: each organisation has an administrator (RULES 2.2), today.
func adminItems(_ period, scope string, args []any) (string, []any) {
	return `
SELECT o.path, o.id AS org_id, o.name AS org_name, '' AS what, '' AS due_on, CASE WHEN a.org_id IS NULL THEN 0 ELSE 1 END AS done,
       CASE WHEN a.org_id IS NULL THEN 1 ELSE 0 END AS late, 1 AS in_month, 1 AS in_year
FROM org o LEFT JOIN (SELECT DISTINCT org_id FROM (` + administrators + `) r) a ON a.org_id = o.id
WHERE o.dissolved_on IS NULL AND ` + scope, args
}
