package rates

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/rule"
	"hongyun/service/schedule"
)

// settleMonths settles the month before the run's, and every earlier one that is not: one transaction for each. From the day
// MONTH_CLOSES_ON of a month on the month before is over; a run by hand before it settles nothing early.
func (s *Service) settleMonths(ctx context.Context, r schedule.Run) (string, error) {
	months, err := s.unsettled(ctx, r.Day)
	if err != nil {
		return "", err
	}
	for _, m := range months {
		if err := s.settle(ctx, m); err != nil {
			return "", fmt.Errorf("settle %s: %w", m, err)
		}
	}
	if len(months) == 0 {
		return "没有需要结清的月份", nil
	}
	return fmt.Sprintf("结清 %d 个月的四率，最近为 %s", len(months), months[len(months)-1]), nil
}

// unsettled are the months to settle on a day, in order; a day that has not come counts as today.
func (s *Service) unsettled(ctx context.Context, day model.Date) (months []model.Month, err error) {
	tx := s.db.Read(ctx)
	day = min(day, tx.Day())
	numbers, err := rule.Load(tx, "o2o", day)
	if err != nil {
		return nil, err
	}
	last := day.Month().Add(-1)
	if day < last.Add(1).First().AddDays(numbers.Int("MONTH_CLOSES_ON")-1) {
		last = last.Add(-1)
	}
	settled, err := settledUntil(tx)
	if err != nil {
		return nil, err
	}
	first := openSince("", settled)
	if first == "" {
		var since model.Date
		if err := tx.Raw("SELECT coalesce(min(submitted_on), '') FROM request WHERE submitted_on <> ''").Scan(&since).Error; err != nil || since == "" {
			return nil, err
		}
		first = since.Month()
	}
	for m := first; m <= last; m = m.Add(1) {
		months = append(months, m)
	}
	return months, nil
}

// settle writes down what every rate of a month consists of, and the figures of that. Two that settle the same month wait for each
// other; the second finds it settled.
func (s *Service) settle(ctx context.Context, m model.Month) error {
	return s.db.Tx(ctx, func(tx model.Tx) error {
		res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&model.RateMonth{Month: m, ClosedAt: tx.Now})
		if res.Error != nil || res.RowsAffected == 0 {
			return res.Error
		}
		for _, d := range definitions() {
			lines, args := d.lines(m, m, tx.Day())
			if _, err := model.Exec(tx, `INSERT INTO rate_line (month, rate, department_id, part, request_id, round, grade)
				SELECT l.month, ?, l.department_id, l.part, l.request_id, l.round, l.grade FROM (`+lines+`) l`, append([]any{d.Rate}, args...)...); err != nil {
				return fmt.Errorf("lines of %s: %w", d.Rate, err)
			}
		}
		_, err := model.Exec(tx, `
			INSERT INTO rate_figure (month, rate, department_id, numerator, denominator, unrated, excluded, grade_1, grade_2, grade_3, grade_4, grade_5)
			SELECT month, rate, department_id, count(*) FILTER (WHERE part = 'BOTH'), count(*) FILTER (WHERE part IN ('BOTH', 'DENOMINATOR')),
				count(*) FILTER (WHERE part = 'UNRATED'), count(*) FILTER (WHERE part = 'EXCLUDED'),
				`+graded(1)+`, `+graded(2)+`, `+graded(3)+`, `+graded(4)+`, `+graded(5)+`
			FROM rate_line WHERE month = ? GROUP BY month, rate, department_id`, m)
		return err
	})
}

// graded is an SQL expression: how many lines that count gave a grade.
func graded(grade int) string {
	return fmt.Sprintf("count(*) FILTER (WHERE grade = %d AND part IN ('BOTH', 'DENOMINATOR'))", grade)
}

// Settled is a month whose rates never change any more.
type Settled struct {
	Month    model.Month `json:"month"`
	ClosedAt time.Time   `json:"closed_at"`
}

// Months lists the settled months, the latest first.
func (s *Service) Months(ctx context.Context) (rows []Settled, err error) {
	err = s.db.Read(ctx).Raw("SELECT month, closed_at FROM rate_month ORDER BY month DESC").Scan(&rows).Error
	return rows, err
}
