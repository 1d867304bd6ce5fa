package collection

import (
	"context"
	"fmt"

	"hongyun/model"
	"hongyun/service/notify"
	"hongyun/service/schedule"
)

// JobQuarter sums up the quarter that has ended, in the first month of the next.
const JobQuarter = "dues-quarter"

// KindQuarter tells committees and the city how their quarter stood; its period is the quarter and the organisation.
const KindQuarter = "dues.quarter"

func quarterKinds() []notify.Kind {
	return []notify.Kind{{Name: KindQuarter, Title: "党费收缴季度汇总", Page: "pages/dues/quarters?org_id={org_id}&quarter={quarter}",
		Body: "{org}{words}应缴党费{payable}元，实缴{paid}元，收缴率{rate}，{change}。请查看问题清单。"}}
}

// sumUpQuarter keeps how the last quarter stands in every organisation of all levels, in one statement, and tells the
// administrators of committees and the city. A quarter that is summed up already stays as it was; the job runs every month and
// does something in the first month of a quarter alone.
func (s *Service) sumUpQuarter(ctx context.Context, r schedule.Run) (string, error) {
	this := r.Day.Month().Quarter()
	if r.Day.Month() != this.First() {
		return fmt.Sprintf("%s不是季度的第一个月，无需汇总", inWords(r.Day.Month())), nil
	}
	quarter := this.Add(-1)
	var summary string
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		if quarter.Last() >= tx.Day().Month() {
			summary = quarterInWords(quarter) + "尚未结束，不能汇总"
			return nil
		}
		if _, err := keepQuarter(tx, quarter.Add(-1)); err != nil { // the first of all has one to be compared with
			return err
		}
		kept, err := keepQuarter(tx, quarter)
		if err != nil {
			return err
		}
		told, err := s.tellQuarter(tx, quarter)
		summary = fmt.Sprintf("%s：汇总组织%d个，新发出提醒%d条", quarterInWords(quarter), kept, told)
		return err
	})
	return summary, err
}

// keepQuarter writes down how a quarter stands. Its bills are counted branch by branch and added up along the tree.
func keepQuarter(tx model.Tx, quarter model.Quarter) (int64, error) {
	return model.Exec(tx, `
WITH billed AS (
  SELECT b.org_id, `+quarterColumns+` FROM dues_bill b WHERE b.month BETWEEN ? AND ? GROUP BY b.org_id
), level AS (SELECT DISTINCT length(path) AS digits FROM org
), node AS (
  SELECT substr(o.path, 1, l.digits) AS path, `+quarterSums("b")+`
  FROM billed b JOIN org o ON o.id = b.org_id JOIN level l ON l.digits <= length(o.path) GROUP BY 1
)
INSERT INTO dues_quarter (org_id, quarter, bills, paid_bills, exempt_bills, payable_fen, paid_fen, taken_at)
SELECT o.id, CAST(? AS text), coalesce(n.bills, 0), coalesce(n.paid_bills, 0), coalesce(n.exempt_bills, 0), coalesce(n.payable_fen, 0), coalesce(n.paid_fen, 0), `+timestamp(tx.Dialect)+`
FROM org o LEFT JOIN node n ON n.path = o.path WHERE o.dissolved_on IS NULL OR n.path IS NOT NULL ORDER BY o.id
ON CONFLICT DO NOTHING`, quarter.First(), quarter.Last(), quarter, tx.Now)
}

// quarterColumns are the counts of bills that a quarter is told by.
const quarterColumns = `count(*) FILTER (WHERE b.state <> 'CANCELLED') AS bills, count(*) FILTER (WHERE b.state = 'PAID') AS paid_bills,
    count(*) FILTER (WHERE b.state = 'EXEMPT') AS exempt_bills, coalesce(sum(b.amount_fen) FILTER (WHERE b.state IN ('UNPAID', 'PAID')), 0) AS payable_fen,
    coalesce(sum(b.amount_fen) FILTER (WHERE b.state = 'PAID'), 0) AS paid_fen`

// quarterSums adds the columns of a table up.
func quarterSums(table string) string {
	sums := ""
	for i, c := range []string{"bills", "paid_bills", "exempt_bills", "payable_fen", "paid_fen"} {
		if i > 0 {
			sums += ", "
		}
		sums += whole("sum("+table+"."+c+")") + " AS " + c
	}
	return sums
}

// tellQuarter tells the administrators of the city and of every committee that had something to collect.
func (s *Service) tellQuarter(tx model.Tx, quarter model.Quarter) (int64, error) {
	var rows []struct {
		OrgID               int64
		Org                 string
		PayableFen, PaidFen int64
		WasFen, WasPaidFen  int64
		RecipientType       string
		RecipientID         int64
	}
	err := tx.Raw(`
WITH recipient AS MATERIALIZED (`+staff+`)
SELECT o.id AS org_id, o.name AS org, q.payable_fen, q.paid_fen, coalesce(w.payable_fen, 0) AS was_fen, coalesce(w.paid_fen, 0) AS was_paid_fen, r.recipient_type, r.recipient_id
FROM dues_quarter q JOIN org o ON o.id = q.org_id AND o.type IN ('CITY', 'COMMITTEE') JOIN recipient r ON r.org_id = o.id
LEFT JOIN dues_quarter w ON w.org_id = q.org_id AND w.quarter = ?
WHERE q.quarter = ? AND q.payable_fen > 0 ORDER BY o.path, r.recipient_type, r.recipient_id`, quarter.Add(-1), quarter).Scan(&rows).Error
	if err != nil {
		return 0, err
	}
	messages := make([]notify.Message, len(rows))
	for i, r := range rows {
		rate := shareBP(r.PaidFen, r.PayableFen)
		messages[i] = notify.Message{Kind: KindQuarter, Period: fmt.Sprintf("%s/%d", quarter, r.OrgID), To: notify.Recipient{Type: r.RecipientType, ID: r.RecipientID},
			Data: map[string]string{"org": r.Org, "org_id": fmt.Sprint(r.OrgID), "quarter": string(quarter), "words": quarterInWords(quarter), "payable": yuan(r.PayableFen),
				"paid": yuan(r.PaidFen), "rate": perCent(*rate) + "%", "change": changeInWords(change(rate, shareBP(r.WasPaidFen, r.WasFen)))}}
	}
	return s.notify.Queue(tx, messages...)
}

// change is how much a rate has risen, in hundredths of a percentage point; nil if one of the two is none.
func change(now, before *int64) *int64 {
	if now == nil || before == nil {
		return nil
	}
	c := *now - *before
	return &c
}

func changeInWords(c *int64) string {
	switch {
	case c == nil:
		return "上季度没有可比的数据"
	case *c == 0:
		return "与上季度持平"
	case *c < 0:
		return "比上季度下降" + perCent(-*c) + "个百分点"
	}
	return "比上季度上升" + perCent(*c) + "个百分点"
}

func quarterInWords(q model.Quarter) string {
	return string(q[:4]) + "年第" + string(q[5:]) + "季度"
}

// perCent writes hundredths of a per cent: 98.05.
func perCent(bp int64) string { return fmt.Sprintf("%d.%02d", bp/100, bp%100) }

func yuan(fen int64) string { return fmt.Sprintf("%d.%02d", fen/100, fen%100) }
