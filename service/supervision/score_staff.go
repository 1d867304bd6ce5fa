package supervision

import (
	"context"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/rule"
)

// StaffScore is the month of somebody who works for a unit. Points are hundredths; what is counted is less than for units, as
// ratings and criticisms are the unit's.
type StaffScore struct {
	AccountID      int64  `json:"account_id"`
	Name           string `json:"name"`
	DepartmentID   int64  `json:"department_id"`
	DepartmentName string `json:"department_name"`
	Closed         int64  `json:"closed"`
	Overdue        int64  `json:"overdue"` // of the closed, after the deadline
	Marks          int64  `json:"marks"`   // confirmed; Marks lists them
	MarkPoints     int64  `json:"mark_points"`
	Score          int64  `json:"score"` // the points of the overdue ones and of the marks, from 0
}

// StaffScores works out the month of those who closed requests for a unit or have marks, in one statement. To the window and the
// city all, to a unit its own. It is not shown outside of the units (RULES 11.17).
func (s *Service) StaffScores(ctx context.Context, v access.Viewer, f ScoreFilter) (rows []StaffScore, err error) {
	tx := s.db.Read(ctx)
	if f.Month == "" {
		f.Month = tx.Day().Month()
	}
	rules, err := rule.Load(tx, model.RulesO2O, min(f.Month.Last(), tx.Day()))
	if err != nil {
		return nil, err
	}
	steps, stepArgs := v.UnitRows("s.department_id")
	marked, markArgs := v.UnitRows("x.department_id")
	c := conditionOf(ownUnits(v))
	c.ofUnit("d.id", f.DepartmentID)
	first, last := f.Month.First(), f.Month.Last()
	args := append([]any{first.Time().UTC(), last.AddDays(1).Time().UTC()}, stepArgs...)
	args = append(append(args, first, last), markArgs...)
	args = append(append(args, int64(rules.Int("SCORE", "OVERDUE"))), c.args...)
	err = tx.Raw(`WITH e AS (
  SELECT s.actor_id AS account_id, s.department_id, 1 AS closed, CASE WHEN s.met = FALSE THEN 1 ELSE 0 END AS overdue, 0 AS marks, CAST(0 AS bigint) AS points
  FROM request_step s JOIN request r ON r.id = s.request_id
  WHERE s.action = 'close' AND s.actor_type = 'staff' AND s.department_id IS NOT NULL AND s.at >= ? AND s.at < ? AND r.excluded_on = '' AND `+steps+`
  UNION ALL SELECT x.account_id, x.department_id, 0, 0, 1, x.points FROM unit_mark x LEFT JOIN request r ON r.id = x.request_id
  WHERE x.state = 'CONFIRMED' AND x.account_id IS NOT NULL AND x.day BETWEEN ? AND ? AND `+marked+`),
n AS (SELECT account_id, department_id, sum(closed) AS closed, sum(overdue) AS overdue, sum(marks) AS marks, CAST(sum(points) AS bigint) AS mark_points FROM e GROUP BY account_id, department_id)
SELECT n.account_id, coalesce(m.name, '') AS name, n.department_id, d.name AS department_name, n.closed, n.overdue, n.marks, n.mark_points,
  CAST(? AS bigint) * n.overdue + n.mark_points AS score
FROM n JOIN department d ON d.id = n.department_id JOIN account a ON a.id = n.account_id LEFT JOIN member m ON m.id = a.member_id
WHERE `+c.where+` ORDER BY d.id, score DESC, n.account_id`, args...).Scan(&rows).Error
	return rows, err
}
