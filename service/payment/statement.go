package payment

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/fault"
	"hongyun/service/schedule"
	"hongyun/wechat"
)

// JobStatement fetches WeChat's bills of the days that are over, and compares them with the books.
const JobStatement = "dues-statement"

// statementDays is how far back a bill is still asked for: WeChat keeps it for three months.
const statementDays = 88

// reconcileDays compares the day before the run, and every day since the first order that has no statement yet. A day whose
// bill is not ready is left for the next run; if the books know of trade on it, the run fails, so that it is made again.
func (s *Service) reconcileDays(ctx context.Context, r schedule.Run) (string, error) {
	if s.pay == nil {
		return "尚未开通微信支付，无需对账", nil
	}
	days, err := s.daysWithout(ctx, r.Day)
	if err != nil {
		return "", err
	}
	var fetched int
	var waiting []string
	var errs []error
	for _, day := range days {
		rows, err := s.pay.Statement(ctx, string(day))
		switch {
		case errors.Is(err, wechat.ErrNotReady):
			busy, err := s.tradeOn(ctx, day)
			errs = append(errs, err)
			if busy {
				waiting = append(waiting, string(day))
			}
		case err != nil:
			errs = append(errs, fmt.Errorf("WeChat's bill of %s: %w", day, err))
		default:
			errs = append(errs, s.db.Tx(ctx, func(tx model.Tx) error { return keepStatement(tx, day, rows) }))
			fetched++
		}
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
	}
	var c compared
	errs = append(errs, s.db.Tx(ctx, func(tx model.Tx) (err error) {
		c, err = compare(tx, r.Day.AddDays(-statementDays))
		return err
	}))
	if err := errors.Join(errs...); err != nil {
		return "", err
	}
	if len(waiting) > 0 {
		return "", fault.Conflict("dues.statement_waiting", "微信支付尚未生成"+strings.Join(waiting, "、")+"的对账单，一般在次日10点后取得，请稍后再试")
	}
	return fmt.Sprintf("取得对账单%d份，对上缴费%d笔，新发现差异%d条，自动核销%d条", fetched, c.matched, c.found, c.resolved), nil
}

// daysWithout are the days before the given one that WeChat may have traded on and that have no statement.
func (s *Service) daysWithout(ctx context.Context, before model.Date) ([]model.Date, error) {
	tx := s.db.Read(ctx)
	var first []time.Time
	err := tx.Model(&model.DuesPayment{}).Where("method = ?", model.PayWeChat).Order("id").Limit(1).Pluck("recorded_at", &first).Error
	if err != nil || len(first) == 0 {
		return nil, err
	}
	from := max(model.DateOf(first[0]), before.AddDays(-statementDays))
	var there []model.Date
	if err := tx.Model(&model.PayStatement{}).Where("day >= ?", from).Pluck("day", &there).Error; err != nil {
		return nil, err
	}
	known := map[model.Date]bool{}
	for _, d := range there {
		known[d] = true
	}
	var days []model.Date
	for d := from; d < before; d = d.AddDays(1) {
		if !known[d] {
			days = append(days, d)
		}
	}
	return days, nil
}

// tradeOn tells whether money came or went through WeChat on a day, as far as the books know.
func (s *Service) tradeOn(ctx context.Context, day model.Date) (trade bool, err error) {
	err = s.db.Read(ctx).Raw(`SELECT EXISTS (SELECT 1 FROM dues_payment WHERE method = 'WECHAT' AND paid_on = ?)
  OR EXISTS (SELECT 1 FROM dues_refund WHERE state = 'DONE' AND finished_at >= ? AND finished_at < ?)`,
		day, model.Instant(day.Time()), model.Instant(day.AddDays(1).Time())).Scan(&trade).Error
	return trade, err
}

// keepStatement stores WeChat's bill of a day, once.
func keepStatement(tx model.Tx, day model.Date, rows []wechat.StatementRow) error {
	st := model.PayStatement{Day: day, Lines: int64(len(rows)), FetchedAt: tx.Now}
	lines := make([]model.PayStatementLine, len(rows))
	for i, r := range rows {
		l := model.PayStatementLine{Kind: model.LinePayment, OrderNo: r.OrderNo, TransactionNo: r.TransactionNo, AmountFen: r.AmountFen, FeeFen: r.FeeFen, At: r.At}
		if r.State == wechat.TradeSuccess {
			st.PaidFen += l.AmountFen
		} else {
			l.Kind, l.RefundNo, l.AmountFen = model.LineRefund, r.RefundNo, r.RefundFen
			st.RefundFen += l.AmountFen
		}
		lines[i] = l
	}
	res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&st)
	if res.Error != nil || res.RowsAffected == 0 {
		return res.Error
	}
	for i := range lines {
		lines[i].StatementID = st.ID
	}
	_, err := model.Bulk(tx, lines)
	return err
}

// Statement is WeChat's bill of a day as the city sees it.
type Statement struct {
	ID          int64      `json:"id"`
	Day         model.Date `json:"day"`
	Lines       int64      `json:"lines"`
	PaidFen     int64      `json:"paid_fen"`
	RefundFen   int64      `json:"refund_fen"`
	Matched     int64      `json:"matched"`     // payments of the books that stand in it
	Differences int64      `json:"differences"` // of the day
	Open        int64      `json:"open"`        // of them, not worked off
	FetchedAt   time.Time  `json:"fetched_at"`
}

// Statements lists WeChat's bills, the newest first. The caller is the city's administrator.
func (s *Service) Statements(ctx context.Context, offset, limit int) ([]Statement, int64, error) {
	tx := s.db.Read(ctx)
	var total int64
	if err := tx.Model(&model.PayStatement{}).Count(&total).Error; err != nil {
		return nil, 0, err
	}
	rows := []Statement{}
	err := tx.Raw(`SELECT s.id, s.day, s.lines, s.paid_fen, s.refund_fen, s.fetched_at,
  (SELECT count(*) FROM pay_statement_line l JOIN dues_payment p ON p.order_no = l.order_no AND p.reconciled_on = s.day WHERE l.statement_id = s.id AND l.kind = 'PAYMENT') AS matched,
  (SELECT count(*) FROM pay_difference d WHERE d.day = s.day AND d.found_by = 'STATEMENT') AS differences,
  (SELECT count(*) FROM pay_difference d WHERE d.day = s.day AND d.found_by = 'STATEMENT' AND d.state = 'OPEN') AS open
FROM pay_statement s ORDER BY s.day DESC LIMIT ? OFFSET ?`, limit, offset).Scan(&rows).Error
	return rows, total, err
}
