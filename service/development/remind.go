package development

import (
	"context"
	"fmt"

	"hongyun/model"
	"hongyun/service/notify"
	"hongyun/service/rule"
	"hongyun/service/schedule"
)

// Stages of a reminder: well before the limit, shortly before it, and when it is over (RULES 5: 30 and 7 days before).
const (
	stageFirst = "FIRST"
	stageLast  = "LAST"
	stageLate  = "LATE"
)

// stageOf is the stage in which a limit stands on a day; empty: it is far off.
func stageOf(due, day model.Date, first, last int) string {
	switch {
	case day > due:
		return stageLate
	case day >= due.AddDays(-last):
		return stageLast
	case day >= due.AddDays(-first):
		return stageFirst
	}
	return ""
}

// remind counts all open limits again, then tells those who must act. Who was told of a person's limit in a stage is not
// told again, so it may run any number of times. A run that is made up for leaves out what has moved on to another stage
// since: the next run tells that.
func (s *Service) remind(ctx context.Context, r schedule.Run) (string, error) {
	moved, err := s.refresh(ctx)
	if err != nil {
		return "", err
	}
	var queued int64
	var due []reminder
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		numbers, err := rule.Load(tx, model.RulesDevelopment, r.Day)
		if err != nil {
			return err
		}
		first, last := numbers.Int("NOTICE_FIRST_DAYS"), numbers.Int("NOTICE_LAST_DAYS")
		if due, err = remindersOf(tx, r.Day.AddDays(max(first, last))); err != nil {
			return err
		}
		now := r.Day
		if !r.ByHand {
			now = max(now, tx.Day())
		}
		queued, err = s.notify.Queue(tx, messages(due, r.Day, now, first, last)...)
		return err
	})
	return fmt.Sprintf("重新计算期限%d项，新发出提醒%d条", moved, queued), err
}

// reminder is a limit and one person to tell of it.
type reminder struct {
	ID            int64
	Code          string
	DueOn         model.Date
	Name          string
	Branch        string
	RecipientType string
	RecipientID   int64
}

func messages(rows []reminder, day, now model.Date, first, last int) []notify.Message {
	var all []notify.Message
	for _, r := range rows {
		stage := stageOf(r.DueOn, day, first, last)
		if stage == "" || stage != stageOf(r.DueOn, now, first, last) {
			continue
		}
		left := fmt.Sprintf("还有%d天", daysBetween(day, r.DueOn))
		switch {
		case stage == stageLate:
			left = fmt.Sprintf("已超过%d天", daysBetween(r.DueOn, day))
		case r.DueOn == day:
			left = "今天到期"
		}
		all = append(all, notify.Message{Kind: KindReminder, Period: fmt.Sprintf("%d/%s/%s/%s", r.ID, r.Code, r.DueOn, stage),
			To:   notify.Recipient{Type: r.RecipientType, ID: r.RecipientID},
			Data: map[string]string{"id": fmt.Sprint(r.ID), "name": r.Name, "branch": r.Branch, "what": task(r.Code), "due": string(r.DueOn), "left": left}})
	}
	return all
}

// task says what is to be done before a limit ends.
func task(code string) string {
	return map[string]string{"DEV-W01": "派人与入党申请人谈话", "DEV-W02": "填写培养考察意见", "DEV-W04": "提交支部党员大会讨论接收", "DEV-W05": "审批接收预备党员的决议",
		"DEV-W06": "审批接收预备党员的决议（最长期限）", "DEV-W07": "组织入党宣誓", "DEV-W08": "讨论预备党员转正", "DEV-W09": "审批转正决议", "DEV-W10": "将材料归档"}[code]
}

// remindersOf lists the limits up to a day with the people who must act: the administrators of the branch, or of the
// committee above it. Where there is none, those of the nearest organisation above that has one; for what a committee
// decides a general branch is passed over.
func remindersOf(tx model.Tx, until model.Date) ([]reminder, error) {
	var rows []reminder
	err := tx.Raw(`
WITH RECURSIVE recipient AS MATERIALIZED (
  SELECT DISTINCT g.org_id, CASE WHEN m.id IS NULL THEN 'account' ELSE 'member' END AS recipient_type, coalesce(m.id, g.account_id) AS recipient_id
  FROM role_grant g LEFT JOIN account a ON a.id = g.account_id
  LEFT JOIN member m ON m.id = coalesce(g.member_id, a.member_id) AND m.standing = 'ACTIVE'
  WHERE g.role = 'admin' AND g.org_id IS NOT NULL AND g.revoked_at IS NULL AND (m.id IS NOT NULL OR a.member_id IS NULL AND g.account_id IS NOT NULL)
), staffed AS MATERIALIZED (
  SELECT DISTINCT r.org_id, o.type FROM recipient r JOIN org o ON o.id = r.org_id
), due AS MATERIALIZED (
  SELECT d.id, d.name, d.org_id, x.code, x.due_on, x.level FROM development_deadline x JOIN development d ON d.id = x.development_id WHERE x.due_on <= ?
), up (branch_id, level, org_id, height) AS (
  SELECT DISTINCT org_id, level, org_id, 0 FROM due
  UNION ALL
  SELECT up.branch_id, up.level, o.parent_id, up.height + 1
  FROM up JOIN org o ON o.id = up.org_id LEFT JOIN staffed s ON s.org_id = up.org_id AND (up.level = 'BRANCH' OR s.type IN ('COMMITTEE', 'CITY'))
  WHERE s.org_id IS NULL AND o.parent_id IS NOT NULL
), top AS (SELECT branch_id, level, max(height) AS height FROM up GROUP BY branch_id, level)
SELECT due.id, due.code, due.due_on, due.name, b.name AS branch, r.recipient_type, r.recipient_id
FROM due JOIN top ON top.branch_id = due.org_id AND top.level = due.level
JOIN up ON up.branch_id = top.branch_id AND up.level = top.level AND up.height = top.height
JOIN org b ON b.id = due.org_id JOIN recipient r ON r.org_id = up.org_id
ORDER BY due.id, due.code, r.recipient_type, r.recipient_id`, until).Scan(&rows).Error
	return rows, err
}
