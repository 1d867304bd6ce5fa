package supervision

import (
	"context"
	"time"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/rule"
)

// ScoreFilter is a month, the present one where it says none, and a unit.
type ScoreFilter struct {
	Month        model.Month `query:"month" validate:"omitempty,month" label:"月份"`
	DepartmentID int64       `query:"department_id" validate:"min=0" label:"单位"`
}

// Score is one unit's month. Points are hundredths. Each count opens its list: the parts in ScoreLines, the marks in Marks.
type Score struct {
	DepartmentID   int64  `json:"department_id"`
	DepartmentName string `json:"department_name"`
	Overdue        int64  `json:"overdue"`        // closed after the deadline
	Criticisms     int64  `json:"criticisms"`     // by the clock
	FalseClosings  int64  `json:"false_closings"` // decided by a person
	Dissatisfied   int64  `json:"dissatisfied"`
	Satisfied      int64  `json:"satisfied"`
	Marks          int64  `json:"marks"` // confirmed, of the unit itself
	MarkPoints     int64  `json:"mark_points"`
	Score          int64  `json:"score"`
}

// ScoreSheet is the scores of a month with what they are worked out by.
type ScoreSheet struct {
	Month model.Month      `json:"month"`
	Base  int64            `json:"base"`
	Each  map[string]int64 `json:"each"` // points of one of each part
	Items []Score          `json:"items"`
}

// parts are what a score counts, as the rule SCORE has them.
var parts = []string{"OVERDUE", "CRITICISM", "FALSE_CLOSING", "DISSATISFIED", "SATISFIED"}

// counted is every event of a month that a score counts, one row for each: unit, request, day. A closing is read off its step, so
// that a later reopening does not undo it; a criticism whose accountability was dismissed does not count, nor what two persons
// have excluded. An exclusion leaves a month alone that was settled before.
func counted(tx model.Tx, v access.Viewer, m model.Month) (string, []any, error) {
	var closed []time.Time
	if err := tx.Raw("SELECT closed_at FROM rate_month WHERE month = ? ORDER BY closed_at LIMIT 1", m).Scan(&closed).Error; err != nil {
		return "", nil, err
	}
	settled := model.Date("9999-12-31") // not yet
	if len(closed) > 0 {
		settled = model.DateOf(closed[0])
	}
	first, last := m.First(), m.Last()
	begin, end := first.Time().UTC(), last.AddDays(1).Time().UTC()
	where, args := v.UnitRows("e.department_id")
	return `e AS (
  SELECT e.part, e.department_id, e.request_id, e.day, r.number, r.category FROM (
    SELECT 'OVERDUE' AS part, department_id, request_id, ` + tx.Dialect.ShanghaiDay("at") + ` AS day FROM request_step WHERE action = 'close' AND met = FALSE AND at >= ? AND at < ?
    UNION ALL SELECT 'CRITICISM', w.department_id, w.request_id, w.warned_on FROM request_warning w WHERE w.level = 'CRITICISM' AND w.warned_on BETWEEN ? AND ?
      AND NOT EXISTS (SELECT 1 FROM accountability a WHERE a.request_id = w.request_id AND a.department_id = w.department_id AND a.kind = 'OVERDUE' AND a.state = 'DISMISSED' AND a.proposed_by IS NULL AND a.proposed_at = w.created_at)
    UNION ALL SELECT 'FALSE_CLOSING', department_id, request_id, ` + tx.Dialect.ShanghaiDay("decided_at") + ` FROM accountability WHERE kind = 'FALSE_CLOSING' AND state = 'DECIDED' AND decided_at >= ? AND decided_at < ?
    UNION ALL SELECT CASE WHEN rating >= 3 THEN 'SATISFIED' ELSE 'DISSATISFIED' END, department_id, request_id, rated_on FROM request_rating WHERE rated_on BETWEEN ? AND ?
  ) e JOIN request r ON r.id = e.request_id
  WHERE e.department_id IS NOT NULL AND (r.excluded_on = '' OR r.excluded_on >= ?) AND ` + where + `)`,
		append([]any{begin, end, first, last, begin, end, first, last, settled}, args...), nil
}

// Scores works the month's scores out, for all units in one statement: the base, the points of each part by the rules in force at the
// month's end, and the confirmed marks of the unit. To the window and the city all, to a unit its own.
func (s *Service) Scores(ctx context.Context, v access.Viewer, f ScoreFilter) (ScoreSheet, error) {
	tx := s.db.Read(ctx)
	if f.Month == "" {
		f.Month = tx.Day().Month()
	}
	rules, err := rule.Load(tx, model.RulesO2O, min(f.Month.Last(), tx.Day()))
	if err != nil {
		return ScoreSheet{}, err
	}
	sheet := ScoreSheet{Month: f.Month, Base: int64(rules.Int("SCORE_BASE")), Each: map[string]int64{}, Items: []Score{}}
	for _, p := range parts {
		sheet.Each[p] = int64(rules.Int("SCORE", p))
	}
	events, args, err := counted(tx, v, f.Month)
	if err != nil {
		return sheet, err
	}
	c := conditionOf(ownUnits(v))
	c.ofUnit("d.id", f.DepartmentID)
	c.and("(d.closed_on IS NULL OR d.closed_on >= ? OR n.department_id IS NOT NULL OR k.department_id IS NOT NULL)", f.Month.First())
	marked, markedArgs := v.UnitRows("x.department_id")
	args = append(append(args, f.Month.First(), f.Month.Last()), markedArgs...)
	args = append(args, sheet.Base, sheet.Each["OVERDUE"], sheet.Each["CRITICISM"], sheet.Each["FALSE_CLOSING"], sheet.Each["DISSATISFIED"], sheet.Each["SATISFIED"])
	err = tx.Raw(`WITH `+events+`,
n AS (SELECT department_id, count(*) FILTER (WHERE part = 'OVERDUE') AS overdue, count(*) FILTER (WHERE part = 'CRITICISM') AS criticisms,
  count(*) FILTER (WHERE part = 'FALSE_CLOSING') AS false_closings, count(*) FILTER (WHERE part = 'DISSATISFIED') AS dissatisfied,
  count(*) FILTER (WHERE part = 'SATISFIED') AS satisfied FROM e GROUP BY department_id),
k AS (SELECT x.department_id, count(*) AS marks, CAST(sum(x.points) AS bigint) AS mark_points FROM unit_mark x LEFT JOIN request r ON r.id = x.request_id
  WHERE x.state = 'CONFIRMED' AND x.account_id IS NULL AND x.day BETWEEN ? AND ? AND `+marked+` GROUP BY x.department_id)
SELECT d.id AS department_id, d.name AS department_name, coalesce(n.overdue, 0) AS overdue, coalesce(n.criticisms, 0) AS criticisms, coalesce(n.false_closings, 0) AS false_closings,
  coalesce(n.dissatisfied, 0) AS dissatisfied, coalesce(n.satisfied, 0) AS satisfied, coalesce(k.marks, 0) AS marks, coalesce(k.mark_points, 0) AS mark_points,
  CAST(? AS bigint) + coalesce(CAST(? AS bigint) * n.overdue + CAST(? AS bigint) * n.criticisms + CAST(? AS bigint) * n.false_closings
    + CAST(? AS bigint) * n.dissatisfied + CAST(? AS bigint) * n.satisfied, 0) + coalesce(k.mark_points, 0) AS score
FROM department d LEFT JOIN n ON n.department_id = d.id LEFT JOIN k ON k.department_id = d.id
WHERE `+c.where+` ORDER BY score DESC, d.id`, append(args, c.args...)...).Scan(&sheet.Items).Error
	return sheet, err
}

// ownUnits is the units whose scores v sees.
func ownUnits(v access.Viewer) (string, []any) {
	if v.Desks() {
		return "1 = 1", nil
	}
	if units := v.Departments(model.RoleDepartmentHandler, model.RoleDepartmentLeader); len(units) > 0 {
		return "d.id IN ?", []any{units}
	}
	return "1 = 0", nil
}

// LineFilter is one count of one month's scores.
type LineFilter struct {
	ScoreFilter
	Part string `query:"part" validate:"required,oneof=OVERDUE CRITICISM FALSE_CLOSING DISSATISFIED SATISFIED" label:"项目"`
}

// ScoreLine is one event behind a count.
type ScoreLine struct {
	RequestID      int64      `json:"request_id"`
	Number         string     `json:"number"`
	Category       string     `json:"category"`
	DepartmentID   int64      `json:"department_id"`
	DepartmentName string     `json:"department_name"`
	Day            model.Date `json:"day"`
}

// ScoreLines lists what one count of the scores is made of: as many as it says.
func (s *Service) ScoreLines(ctx context.Context, v access.Viewer, f LineFilter, offset, limit int) (rows []ScoreLine, total int64, err error) {
	tx := s.db.Read(ctx)
	if f.Month == "" {
		f.Month = tx.Day().Month()
	}
	events, args, err := counted(tx, v, f.Month)
	if err != nil {
		return nil, 0, err
	}
	c := conditionOf("e.part = ?", []any{f.Part})
	c.ofUnit("e.department_id", f.DepartmentID)
	args = append(args, c.args...)
	from := " FROM e JOIN department d ON d.id = e.department_id WHERE " + c.where
	if err := tx.Raw("WITH "+events+" SELECT count(*)"+from, args...).Scan(&total).Error; err != nil {
		return nil, 0, err
	}
	err = tx.Raw("WITH "+events+" SELECT e.request_id, e.number, e.category, e.department_id, d.name AS department_name, e.day"+from+" ORDER BY e.day, e.request_id LIMIT ? OFFSET ?",
		append(args, limit, offset)...).Scan(&rows).Error
	return rows, total, err
}
