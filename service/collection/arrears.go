package collection

import (
	"context"
	"fmt"

	"hongyun/model"
	"hongyun/service/notify"
	"hongyun/service/rule"
	"hongyun/service/schedule"
)

// JobArrears counts, on the 1st of a month, the months in a row that members have not paid.
const JobArrears = "dues-arrears"

// Messages about arrears. The period of the one to the member is the first unpaid month with the step, that of the others the
// case with the step: a step is told once.
const (
	KindArrears       = "dues.arrears"
	KindArrearsMember = "dues.arrears_member"
)

func arrearsKinds() []notify.Kind {
	return []notify.Kind{
		{Name: KindArrears, Title: "党费欠缴提醒", Page: "pages/dues/arrears?id={id}",
			Body: "{org}党员{name}自{since}起连续{months}个月未缴纳党费。{action}"},
		{Name: KindArrearsMember, Title: "党费补缴提示", Page: "pages/dues/index",
			Body: "{name}同志，您自{since}起有{months}个月的党费尚未缴纳。如有困难，请与{org}联系；如已缴纳，请忽略本提示。"},
	}
}

// limits are the unpaid months in a row at which each step is reached.
type limits struct{ branch, committee, casus int }

func loadLimits(tx model.Tx, day model.Date) (limits, error) {
	rules, err := rule.Load(tx, "dues", day)
	months := func(step string) int { return rules.Int("ARREARS_MONTHS", step) }
	return limits{months(model.ArrearsBranch), months(model.ArrearsCommittee), months(model.ArrearsCase)}, err
}

// countArrears counts the unpaid months in a row up to the end of the month before the run's, and opens, raises and closes cases
// by them. It changes no standing and no role (RULES 3.2.13). Two that run at the same time wait for each other; a second run
// finds nothing to do.
func (s *Service) countArrears(ctx context.Context, r schedule.Run) (string, error) {
	var summary string
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		if _, err := model.Exec(tx, `INSERT INTO sequence (name, value) VALUES ('dues.arrears', 1) ON CONFLICT (name) DO UPDATE SET value = sequence.value + 1`); err != nil {
			return err
		}
		until := min(r.Day, tx.Day()).Month().Add(-1)
		most, err := loadLimits(tx, r.Day)
		if err != nil {
			return err
		}
		c := counting{Tx: tx, until: until, limits: most}
		for _, step := range []func() error{c.closePaid, c.noteReopened, c.goOn, c.open, c.reach} {
			if err := step(); err != nil {
				return err
			}
		}
		told, err := s.tellArrears(tx)
		summary = fmt.Sprintf("截至%s：新列入欠缴%d人，缴清关闭%d人，新到提醒节点%d个，新发出提醒%d条", inWords(until), c.opened, c.closed, c.reached, told)
		return err
	})
	return summary, err
}

// counting is one run.
type counting struct {
	model.Tx
	until                   model.Month // the last month that counts
	limits                  limits
	opened, closed, reached int64
}

// What the statements below share. A bill with a payment that waits for its second person counts as paid until that is refused;
// a case is closed by money that is confirmed alone. Months without a bill, exempt or cancelled ones neither count nor break the row: those count that were to be paid.
const (
	recordedBill = `EXISTS (SELECT 1 FROM dues_payment_bill pb JOIN dues_payment p ON p.id = pb.payment_id AND p.state = 'RECORDED' WHERE pb.bill_id = b.id AND pb.live)`

	// stillOwed: a month that was counted in the case is not paid.
	stillOwed = `EXISTS (SELECT 1 FROM dues_bill b WHERE b.member_id = a.member_id AND b.state = 'UNPAID' AND b.month >= a.since_month AND b.month < substr(a.counted_on, 1, 7))`

	// run is each active member's unpaid months since the last paid one. It takes the last month twice.
	runs = `
WITH owed AS MATERIALIZED (
  SELECT b.member_id, b.month FROM dues_bill b JOIN member m ON m.id = b.member_id AND m.standing = 'ACTIVE'
  WHERE b.state = 'UNPAID' AND b.month <= ?
), settled AS (
  SELECT b.member_id, max(b.month) AS month FROM dues_bill b JOIN (SELECT DISTINCT member_id FROM owed) x ON x.member_id = b.member_id
  WHERE b.month <= ? AND (b.state = 'PAID' OR b.state = 'UNPAID' AND ` + recordedBill + `) GROUP BY b.member_id
), run AS MATERIALIZED (
  SELECT o.member_id, m.org_id, min(o.month) AS since_month, count(*) AS months
  FROM owed o JOIN member m ON m.id = o.member_id LEFT JOIN settled s ON s.member_id = o.member_id
  WHERE s.month IS NULL OR o.month > s.month GROUP BY o.member_id, m.org_id
)`

	// same: the case that a run goes on with is the member's open one, else the latest that counted one of the run's months.
	same = `a.member_id = run.member_id AND (a.state = 'OPEN' OR substr(a.counted_on, 1, 7) > run.since_month
  AND NOT EXISTS (SELECT 1 FROM dues_arrears x WHERE x.member_id = a.member_id AND (x.state = 'OPEN' OR x.since_month > a.since_month)))`
)

// rank is an SQL expression: the number of the step that a column names.
func rank(column string) string {
	return "CASE " + column + " WHEN 'CASE' THEN 3 WHEN 'COMMITTEE' THEN 2 WHEN 'BRANCH' THEN 1 ELSE 0 END"
}

// reaches is an SQL expression: the number of the step that the months of a run come to.
func (l limits) reaches() string {
	return fmt.Sprintf("CASE WHEN run.months >= %d THEN 3 WHEN run.months >= %d THEN 2 WHEN run.months >= %d THEN 1 ELSE 0 END", l.casus, l.committee, l.branch)
}

// reopens is an SQL condition on a closed case: its months are unpaid again, or what people closed it at is exceeded.
func (l limits) reopens() string {
	return fmt.Sprintf("a.state = 'CLOSED' AND (a.outcome = 'PAID' AND run.months >= %d OR %s > %s)", l.branch, l.reaches(), rank("a.step"))
}

func (c *counting) closePaid() (err error) {
	c.closed, err = model.Exec(c.Tx, `UPDATE dues_arrears AS a SET state = 'CLOSED', outcome = 'PAID', closed_at = ?, version = version + 1 WHERE a.state = 'OPEN' AND NOT `+stillOwed, c.Now)
	return err
}

// noteReopened keeps how a case was closed before it is opened again.
func (c *counting) noteReopened() error {
	_, err := model.Exec(c.Tx, runs+`
INSERT INTO dues_arrears_note (arrears_id, held_on, text, due_on, created_by, created_at)
SELECT a.id, CAST(? AS text), CASE a.outcome WHEN 'PAID' THEN '原已缴清关闭，缴纳被撤销后重新列入' WHEN 'GOOD_REASON' THEN '原以“有正当理由”关闭，仍未缴纳，欠缴月数达到新的节点：'
  WHEN 'CORRECTED' THEN '原以“已改正”关闭，仍未缴纳，欠缴月数达到新的节点：' WHEN 'LEFT' THEN '原以“已离开”关闭，仍未缴纳，欠缴月数达到新的节点：' ELSE '原以“转入组织处理”关闭，仍未缴纳，欠缴月数达到新的节点：' END || a.note,
  '', a.closed_by, `+timestamp(c.Dialect)+` FROM run JOIN dues_arrears a ON `+same+` WHERE `+c.limits.reopens(), c.until, c.until, c.Day(), c.Now)
	return err
}

// goOn brings the cases that are there up to date: months, branch, step; and opens again those that must not stay closed.
func (c *counting) goOn() error {
	step := "CASE WHEN " + c.limits.reaches() + " > " + rank("a.step") + " THEN CASE " + c.limits.reaches() + " WHEN 3 THEN 'CASE' WHEN 2 THEN 'COMMITTEE' ELSE 'BRANCH' END ELSE a.step END"
	_, err := model.Exec(c.Tx, runs+`, due AS MATERIALIZED (
  SELECT a.id, run.org_id, run.months, `+step+` AS step, a.step AS was, a.state AS stood FROM run JOIN dues_arrears a ON `+same+`
  WHERE a.state = 'OPEN' OR `+c.limits.reopens()+`
)
UPDATE dues_arrears SET org_id = due.org_id, months = due.months, step = due.step, state = 'OPEN', outcome = '', note = '', closed_by = NULL, closed_at = NULL,
  counted_on = CASE WHEN counted_on > ? THEN counted_on ELSE ? END, version = version + CASE WHEN due.step <> due.was OR due.stood <> 'OPEN' THEN 1 ELSE 0 END
FROM due WHERE due.id = dues_arrears.id`, c.until, c.until, c.until.Add(1).First(), c.until.Add(1).First())
	return err
}

// open begins a case for every run that is long enough and goes on with none.
func (c *counting) open() (err error) {
	c.opened, err = model.Exec(c.Tx, runs+`
INSERT INTO dues_arrears (member_id, org_id, since_month, months, step, state, opened_at, counted_on)
SELECT run.member_id, run.org_id, run.since_month, run.months, CASE `+c.limits.reaches()+` WHEN 3 THEN 'CASE' WHEN 2 THEN 'COMMITTEE' ELSE 'BRANCH' END, 'OPEN', `+timestamp(c.Dialect)+`, CAST(? AS text)
FROM run WHERE `+c.limits.reaches()+` > 0 AND NOT EXISTS (SELECT 1 FROM dues_arrears a WHERE `+same+`) ORDER BY run.member_id
ON CONFLICT DO NOTHING`, c.until, c.until, c.Now, c.until.Add(1).First())
	return err
}

// reach notes the steps up to the one at which a case stands, each once.
func (c *counting) reach() (err error) {
	c.reached, err = model.Exec(c.Tx, `
INSERT INTO dues_arrears_step (arrears_id, step, month, at)
SELECT a.id, s.step, CAST(? AS text), `+timestamp(c.Dialect)+` FROM dues_arrears a
JOIN (SELECT 'BRANCH' AS step UNION ALL SELECT 'COMMITTEE' UNION ALL SELECT 'CASE') s ON `+rank("s.step")+` <= `+rank("a.step")+`
WHERE a.state = 'OPEN' ON CONFLICT DO NOTHING`, c.until, c.Now)
	return err
}

// timestamp is the parameter of a time among the values of a SELECT, where Postgres cannot tell its type.
func timestamp(d model.Dialect) string {
	if d == model.Postgres {
		return "CAST(? AS timestamptz)"
	}
	return "?"
}

func inWords(m model.Month) string { return m.First().Time().Format("2006年1月") }
