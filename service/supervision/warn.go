package supervision

import (
	"context"
	"fmt"

	"hongyun/model"
	"hongyun/service/calendar"
	"hongyun/service/rule"
)

// staff is who holds which role now, as somebody who can be told: the member behind the grant, or the account without one. A
// member who is removed or suspended holds none.
const staff = `staff AS (
  SELECT g.id, g.role, g.org_id, g.department_id, coalesce(m.name, '') AS name,
         CASE WHEN m.id IS NULL THEN 'account' ELSE 'member' END AS recipient_type, coalesce(m.id, g.account_id) AS recipient_id
  FROM role_grant g LEFT JOIN account a ON a.id = g.account_id LEFT JOIN member m ON m.id = coalesce(g.member_id, a.member_id)
  WHERE g.revoked_at IS NULL AND (coalesce(g.member_id, a.member_id) IS NULL OR m.standing = 'ACTIVE'))`

// binding is the limits that bind somebody: the first three the window, the others the unit that has the request. The rating
// window binds nobody. Literals, so that Postgres sees that the index request_clocked serves.
const binding = "r.clock <> '' AND r.clock IN ('ACCEPT', 'REFER', 'ANSWER', 'HANDLE', 'REOPEN')"

// Warn notes every level that an open limit has reached by now and that is not noted yet, tells who has to know, and proposes an
// accountability for what is criticised (RULES 9.2). It looks at what is due, not at what day it was run last: what passed while
// no server was up is made up for, dated today. A limit that stands still is left alone; a deadline that moved is another one.
//
// It is a handful of statements, whatever the number of requests, in one transaction. A second run finds nothing to do; two that
// run at the same time wait for each other.
func (s *Service) Warn(ctx context.Context) (summary string, err error) {
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		if _, err := model.Exec(tx, `INSERT INTO sequence (name, value) VALUES ('request.warnings', 1) ON CONFLICT (name) DO UPDATE SET value = sequence.value + 1`); err != nil {
			return err
		}
		rules, err := rule.Load(tx, model.RulesO2O, tx.Day())
		if err != nil {
			return err
		}
		latest, err := dueToday(calendar.Of(tx), rules, tx.Day())
		if err != nil {
			return err
		}
		var noted [3]int64
		for i, one := range []model.Date{latest.reminder, latest.chase, latest.criticism} {
			if noted[i], err = note(tx, levels[i], one); err != nil {
				return fmt.Errorf("warn %s: %w", levels[i], err)
			}
		}
		summary = fmt.Sprintf("到期提醒%d件，逾期督办%d件，逾期通报%d件", noted[0], noted[1], noted[2])
		if noted == [3]int64{} {
			return nil
		}
		if err := proposeOverdue(tx); err != nil {
			return err
		}
		return s.tellWarned(tx)
	})
	return summary, err
}

// note writes the warnings of one level that are missing, with who leads the unit now.
func note(tx model.Tx, level string, latest model.Date) (int64, error) {
	return model.Exec(tx, `WITH `+staff+`,
lead AS (SELECT department_id, min(id) AS id FROM staff WHERE role = 'department_leader' GROUP BY department_id)
INSERT INTO request_warning (request_id, level, clock, deadline, department_id, leader_name, leader_id, warned_on, created_at)
SELECT r.id, CAST(? AS text), r.clock, r.deadline, u.id, coalesce(g.name, ''), g.id, CAST(? AS text), `+instant(tx)+`
FROM request r LEFT JOIN department u ON u.id = r.department_id AND r.clock IN ('HANDLE', 'REOPEN')
LEFT JOIN lead ON lead.department_id = u.id LEFT JOIN staff g ON g.id = lead.id
WHERE `+binding+` AND NOT r.paused AND r.deadline <> '' AND r.deadline <= ?
  AND NOT EXISTS (SELECT 1 FROM request_warning w WHERE w.request_id = r.id AND w.clock = r.clock AND w.deadline = r.deadline AND w.level = ?)
ORDER BY r.id
ON CONFLICT DO NOTHING`, level, tx.Day(), tx.Now, latest, level)
}

// instant is a parameter that is an instant, in a SELECT where Postgres would take it for text.
func instant(tx model.Tx) string {
	if tx.Dialect == model.Postgres {
		return "CAST(? AS timestamptz)"
	}
	return "?"
}

// proposeOverdue proposes that somebody answers for each limit that this run criticised: once for a limit, whatever its
// deadline became.
func proposeOverdue(tx model.Tx) error {
	_, err := model.Exec(tx, `
INSERT INTO accountability (request_id, department_id, kind, round, reason, state, leader_name, proposed_at)
SELECT w.request_id, w.department_id, CAST(? AS text), r.clock_seq, `+inSQL("w.clock", clockNames)+` || '期限为' || w.deadline || '，至' || w.warned_on || '仍未完成',
  CAST(? AS text), w.leader_name, `+instant(tx)+`
FROM request_warning w JOIN request r ON r.id = w.request_id
WHERE w.warned_on = ? AND w.level = ? AND w.created_at = ?
ORDER BY w.id
ON CONFLICT DO NOTHING`, model.AccountOverdue, model.Proposed, tx.Now, tx.Day(), model.WarningCriticism, tx.Now)
	return err
}

// told is whom each level reaches, and the higher levels that say it all instead.
var told = []struct{ level, kind, unit, window, higher string }{
	{model.WarningReminder, KindReminder, "g.role = 'department_handler'", "g.role = 'desk'", "'CHASE', 'CRITICISM'"},
	{model.WarningChase, KindChase, "g.role IN ('department_handler', 'department_leader')", "g.role = 'desk'", "'CRITICISM'"},
	{model.WarningCriticism, KindCriticism, "g.role IN ('department_handler', 'department_leader')", "g.role = 'desk'", "''"},
}

// tellWarned queues the messages of this run: to the handlers, from CHASE on to the leader as well, at CRITICISM to the city's
// administrators too. Of several levels that came at once, only the highest is told. Nobody of the unit that a request
// complains of hears of it.
func (s *Service) tellWarned(tx model.Tx) error {
	day := func(c string) string {
		return "substr(" + c + ", 1, 4) || '年' || CAST(CAST(substr(" + c + ", 6, 2) AS integer) AS text) || '月' || CAST(CAST(substr(" + c + ", 9, 2) AS integer) AS text) || '日'"
	}
	for _, one := range told {
		city := ""
		if one.level == model.WarningCriticism {
			city = " UNION SELECT h.id, h.request_id, h.clock, h.deadline, h.department_id, g.recipient_type, g.recipient_id FROM h CROSS JOIN staff g WHERE g.role = 'admin' AND g.org_id IN (SELECT id FROM org WHERE type = 'CITY')"
		}
		data := tx.Dialect.JSONObject("id", "CAST(r.id AS text)", "number", "r.number", "limit", inSQL("x.clock", clockNames), "deadline", day("x.deadline"),
			"standing", "CASE WHEN x.deadline < t.today THEN '已逾期' WHEN x.deadline = t.today THEN '今天到期' ELSE '即将到期' END", "department", "coalesce(d.name, '"+windowName+"')")
		_, err := s.notify.QueueEach(tx, one.kind, `WITH `+staff+`,
h AS (SELECT w.* FROM request_warning w WHERE w.warned_on = ? AND w.level = '`+one.level+`' AND w.created_at = ?
  AND NOT EXISTS (SELECT 1 FROM request_warning o WHERE o.request_id = w.request_id AND o.clock = w.clock AND o.deadline = w.deadline AND o.level IN (`+one.higher+`))),
x AS (SELECT h.id, h.request_id, h.clock, h.deadline, h.department_id, g.recipient_type, g.recipient_id FROM h JOIN staff g ON g.department_id = h.department_id AND `+one.unit+`
  UNION SELECT h.id, h.request_id, h.clock, h.deadline, h.department_id, g.recipient_type, g.recipient_id FROM h CROSS JOIN staff g WHERE h.department_id IS NULL AND `+one.window+city+`)
SELECT x.recipient_type, x.recipient_id, `+data+`, '', r.number || '/' || x.clock || '/' || x.deadline
FROM x JOIN request r ON r.id = x.request_id LEFT JOIN department d ON d.id = x.department_id CROSS JOIN (SELECT CAST(? AS text) AS today) t
WHERE r.subject_department_id IS NULL OR NOT EXISTS (
  SELECT 1 FROM staff y WHERE y.department_id = r.subject_department_id AND y.recipient_type = x.recipient_type AND y.recipient_id = x.recipient_id)
ORDER BY x.id`, tx.Day(), tx.Now, tx.Day())
		if err != nil {
			return err
		}
	}
	return nil
}
