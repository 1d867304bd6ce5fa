package member

import (
	"context"
	"fmt"

	"hongyun/model"
	"hongyun/service/notify"
	"hongyun/service/schedule"
)

// JobFloatingReminder tells, once a month, the home branches whom nobody has asked after for too long.
const JobFloatingReminder = "floating-reminder"

// Messages about floating members. Their data: name, home, host, place, note; of the reminder: branch, count, period.
const (
	KindFloatingRegistered = "member.floating_registered" // to the side that shall confirm
	KindFloatingConfirmed  = "member.floating_confirmed"  // to the member and the side that registered
	KindFloatingRefused    = "member.floating_refused"    // to the side that registered
	KindFloatingSilent     = "member.floating_silent"     // to the home branch, monthly
)

func floatingKinds() []notify.Kind {
	return []notify.Kind{
		{Name: KindFloatingRegistered, Title: "流动党员登记待确认", Page: "pages/index/index",
			Body: "{name}同志由{home}流动到{host}（{place}），请核对并确认；不予确认的须说明理由。"},
		{Name: KindFloatingConfirmed, Title: "流动党员登记已确认", Page: "pages/index/index", Body: "{name}同志由{home}流动到{host}的登记，双方已确认。"},
		{Name: KindFloatingRefused, Title: "流动党员登记未确认", Page: "pages/index/index", Body: "{name}同志由{home}流动到{host}的登记未获确认，理由：{note}。"},
		{Name: KindFloatingSilent, Title: "流动党员久未联系", Page: "pages/index/index", Body: "{branch}有{count}名流动党员超过规定时间没有联系记录，请尽快联系并登记。"},
	}
}

// tellOtherSide asks the branch that has not confirmed yet.
func (s *Service) tellOtherSide(tx model.Tx, f Floating) error {
	if f.State != model.FloatingRegistered || f.HomeOrgID == nil || f.HostOrgID == nil {
		return nil
	}
	to := *f.HostOrgID
	if f.HomeAt == nil {
		to = *f.HomeOrgID
	}
	return s.tellAdmins(tx, to, floatingMessage(f, KindFloatingRegistered))
}

// tellStep tells the side that registered, and of a confirmed stay the member.
func (s *Service) tellStep(tx model.Tx, f Floating) error {
	kind := map[string]string{model.FloatingActive: KindFloatingConfirmed, model.FloatingRefused: KindFloatingRefused}[f.State]
	if kind == "" {
		return nil
	}
	m := floatingMessage(f, kind)
	for _, id := range []*int64{f.HomeOrgID, f.HostOrgID} {
		if id == nil {
			continue
		}
		if err := s.tellAdmins(tx, *id, m); err != nil {
			return err
		}
	}
	if f.State != model.FloatingActive || f.MemberID == nil {
		return nil
	}
	m.To = notify.Recipient{Type: model.ToMember, ID: *f.MemberID}
	_, err := s.notify.Queue(tx, m)
	return err
}

func floatingMessage(f Floating, kind string) notify.Message {
	return notify.Message{Kind: kind, Period: fmt.Sprintf("floating:%d", f.ID),
		Data: map[string]string{"name": f.Name, "home": f.HomeName, "host": f.HostName, "place": f.Place, "note": f.Note}}
}

// remindFloating tells the administrators of every home branch with silent floating members how many there are; a branch
// without an administrator: those of the nearest organisation above that has one. Once a month and branch.
func (s *Service) remindFloating(ctx context.Context, r schedule.Run) (string, error) {
	var summary string
	month := r.Day.Month()
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		rows, err := silentBranches(tx)
		if err != nil {
			return err
		}
		people, branches := int64(0), map[int64]bool{}
		var messages []notify.Message
		for _, row := range rows {
			if !branches[row.BranchID] {
				branches[row.BranchID] = true
				people += row.Count
			}
			if row.ID != 0 {
				messages = append(messages, notify.Message{Kind: KindFloatingSilent, Period: fmt.Sprintf("%s/%d", month, row.BranchID), To: row.Recipient,
					Data: map[string]string{"branch": row.Branch, "count": fmt.Sprint(row.Count), "period": string(month)}})
			}
		}
		queued, err := s.notify.Queue(tx, messages...)
		summary = fmt.Sprintf("%d个支部的%d名流动党员久未联系，新发出提醒%d条", len(branches), people, queued)
		return err
	})
	return summary, err
}

// silentBranch is a home branch with one person to tell; nobody up to the city: without one.
type silentBranch struct {
	BranchID int64
	Branch   string
	Count    int64
	notify.Recipient
}

// silentBranches climbs from each branch only as long as it meets nobody to tell.
func silentBranches(tx model.Tx) ([]silentBranch, error) {
	condition, args, err := silent(tx)
	if err != nil {
		return nil, err
	}
	var rows []silentBranch
	err = tx.Raw(`
WITH RECURSIVE recipient AS MATERIALIZED (
  SELECT DISTINCT g.org_id, CASE WHEN m.id IS NULL THEN 'account' ELSE 'member' END AS type, coalesce(m.id, g.account_id) AS id
  FROM role_grant g LEFT JOIN account a ON a.id = g.account_id
  LEFT JOIN member m ON m.id = coalesce(g.member_id, a.member_id) AND m.standing = 'ACTIVE'
  WHERE g.role = 'admin' AND g.org_id IS NOT NULL AND g.revoked_at IS NULL AND (m.id IS NOT NULL OR a.member_id IS NULL AND g.account_id IS NOT NULL)
), staffed AS MATERIALIZED (SELECT DISTINCT org_id FROM recipient
), quiet AS MATERIALIZED (SELECT f.home_org_id AS branch_id, count(*) AS n FROM floating f WHERE f.home_org_id IS NOT NULL AND `+condition+` GROUP BY f.home_org_id
), up (branch_id, org_id, height) AS (
  SELECT branch_id, branch_id, 0 FROM quiet
  UNION ALL
  SELECT up.branch_id, o.parent_id, up.height + 1
  FROM up JOIN org o ON o.id = up.org_id LEFT JOIN staffed ON staffed.org_id = up.org_id
  WHERE staffed.org_id IS NULL AND o.parent_id IS NOT NULL
), top AS (SELECT branch_id, max(height) AS height FROM up GROUP BY branch_id)
SELECT b.id AS branch_id, b.name AS branch, q.n AS count, coalesce(r.type, '') AS type, coalesce(r.id, 0) AS id
FROM top JOIN up ON up.branch_id = top.branch_id AND up.height = top.height JOIN quiet q ON q.branch_id = up.branch_id
JOIN org b ON b.id = up.branch_id LEFT JOIN recipient r ON r.org_id = up.org_id
ORDER BY b.path, type, r.id`, args...).Scan(&rows).Error
	return rows, err
}
