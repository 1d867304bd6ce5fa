package org

import (
	"context"
	"fmt"

	"hongyun/model"
	"hongyun/service/calendar"
	"hongyun/service/notify"
	"hongyun/service/rule"
	"hongyun/service/schedule"
)

// Steps of an election's reminders; each is sent once for a term's end.
const (
	electionFirst   = "FIRST"
	electionLast    = "LAST"
	electionOverdue = "OVERDUE"
)

// remindElections tells the administrators of every organisation whose term ends within the rule's first and last notice,
// or has ended without an election, and those of the level above (RULES 6). Who was told of a step for a term's end is not
// told again, so it may run any number of times; a run that is late finds the step that stands on its own day.
func (s *Service) remindElections(ctx context.Context, r schedule.Run) (string, error) {
	var summary string
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		rules, err := rule.Load(tx, model.RulesOrg, r.Day)
		if err != nil {
			return err
		}
		first, last := reach(r.Day, rules.Int("ELECTION_NOTICE_FIRST_MONTHS")), reach(r.Day, rules.Int("ELECTION_NOTICE_LAST_MONTHS"))
		due, err := elections(tx, first)
		if err != nil {
			return err
		}
		queued, err := s.notify.Queue(tx, electionMessages(due, r.Day, last)...)
		summary = electionSummary(due, r.Day, last, queued)
		return err
	})
	return summary, err
}

// reach is the latest day whose notice of n months has come on day: the months are counted back from the end of the term.
func reach(day model.Date, n int) model.Date {
	end := calendar.AddMonths(day, n)
	for calendar.AddMonths(end.AddDays(1), -n) <= day {
		end = end.AddDays(1)
	}
	return end
}

// electionDue is a term that ends, and one person to tell; nobody up to the city leaves the recipient empty.
type electionDue struct {
	OrgID         int64
	Org           string
	Ends          model.Date
	Above         bool // the person stands above the organisation
	RecipientType string
	RecipientID   int64
}

// elections lists the present terms that end by a day, with the administrators of the organisation and those of the nearest
// organisation above that has one.
func elections(tx model.Tx, by model.Date) ([]electionDue, error) {
	var rows []electionDue
	err := tx.Raw(`
WITH RECURSIVE recipient AS MATERIALIZED (`+administrators+`
), staffed AS MATERIALIZED (SELECT DISTINCT org_id FROM recipient
), due AS MATERIALIZED (
  SELECT o.id, o.name, o.path, o.parent_id, coalesce(t.postponed_until, t.ends_on) AS ends
  FROM org o JOIN org_term t ON t.org_id = o.id
  WHERE o.dissolved_on IS NULL AND coalesce(t.postponed_until, t.ends_on) <= ?
    AND NOT EXISTS (SELECT 1 FROM org_term later WHERE later.org_id = t.org_id AND later.elected_on > t.elected_on)
), up (due_id, org_id) AS (
  SELECT id, parent_id FROM due WHERE parent_id IS NOT NULL
  UNION ALL
  SELECT up.due_id, o.parent_id FROM up JOIN org o ON o.id = up.org_id LEFT JOIN staffed ON staffed.org_id = up.org_id
  WHERE staffed.org_id IS NULL AND o.parent_id IS NOT NULL
), told (due_id, org_id, above) AS (
  SELECT id, id, 0 FROM due
  UNION ALL
  SELECT up.due_id, up.org_id, 1 FROM up JOIN staffed ON staffed.org_id = up.org_id
)
SELECT due.id AS org_id, due.name AS org, due.ends, told.above = 1 AS above,
       coalesce(r.recipient_type, '') AS recipient_type, coalesce(r.recipient_id, 0) AS recipient_id
FROM due JOIN told ON told.due_id = due.id LEFT JOIN recipient r ON r.org_id = told.org_id
ORDER BY due.path, told.above, r.recipient_type, r.recipient_id`, by).Scan(&rows).Error
	return rows, err
}

// administrators are the active administrators of each organisation. A grant to an account reaches its member, if it has an
// active one; a member who is removed, suspended or dead holds no role.
const administrators = `
  SELECT DISTINCT g.org_id, CASE WHEN m.id IS NULL THEN 'account' ELSE 'member' END AS recipient_type, coalesce(m.id, g.account_id) AS recipient_id
  FROM role_grant g LEFT JOIN account a ON a.id = g.account_id
  LEFT JOIN member m ON m.id = coalesce(g.member_id, a.member_id) AND m.standing = 'ACTIVE'
  WHERE g.role = 'admin' AND g.org_id IS NOT NULL AND g.revoked_at IS NULL AND (m.id IS NOT NULL OR a.member_id IS NULL AND g.account_id IS NOT NULL)`

// electionStep is where a term stands on a day; last is the latest end for the last notice.
func electionStep(ends, day, last model.Date) string {
	switch {
	case ends < day:
		return electionOverdue
	case ends <= last:
		return electionLast
	}
	return electionFirst
}

func electionMessages(due []electionDue, day, last model.Date) []notify.Message {
	var messages []notify.Message
	for _, d := range due {
		if d.RecipientID == 0 {
			continue
		}
		step := electionStep(d.Ends, day, last)
		data := map[string]string{"org": d.Org, "org_id": fmt.Sprint(d.OrgID), "ends": d.Ends.Time().Format("2006年1月2日"),
			"state": "请提前做好换届准备", "action": "如需延期或提前换届，须报上级批准。"}
		switch {
		case step == electionLast:
			data["state"] = "请抓紧做好换届准备"
		case step == electionOverdue:
			data["state"], data["action"] = "现已超期", "请尽快换届；延期须报上级批准，一般不超过一年。"
		}
		messages = append(messages, notify.Message{Kind: KindElection, Period: fmt.Sprintf("%s/%d/%s", step, d.OrgID, d.Ends),
			To: notify.Recipient{Type: d.RecipientType, ID: d.RecipientID}, Data: data})
	}
	return messages
}

func electionSummary(due []electionDue, day, last model.Date, queued int64) string {
	orgs, told := map[string]map[int64]bool{}, map[int64]bool{}
	for _, d := range due {
		step := electionStep(d.Ends, day, last)
		if orgs[step] == nil {
			orgs[step] = map[int64]bool{}
		}
		orgs[step][d.OrgID] = true
		told[d.OrgID] = told[d.OrgID] || d.RecipientID != 0
	}
	summary := fmt.Sprintf("任期将满%d个组织，其中临近届满%d个；超期未换届%d个；新发出提醒%d条",
		len(orgs[electionFirst])+len(orgs[electionLast]), len(orgs[electionLast]), len(orgs[electionOverdue]), queued)
	nobody := 0
	for _, ok := range told {
		if !ok {
			nobody++
		}
	}
	if nobody > 0 {
		summary += fmt.Sprintf("；%d个组织及其上级均没有管理员，无人可提醒", nobody)
	}
	return summary
}
