package meeting

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/notify"
	"hongyun/service/schedule"
)

// warn tells the administrators of every branch without a completed theme day in the month of the run's day (RULES 6). A
// branch that has no administrator is told to those of the nearest organisation above that has one. Who was told for a
// branch and month is not told again, so it may run any number of times.
func (s *Service) warn(ctx context.Context, r schedule.Run) (string, error) {
	month := r.Day.Month()
	var summary string
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		late, err := lateBranches(tx, month, r.Day)
		if err != nil {
			return err
		}
		queued, err := s.notify.Queue(tx, warnings(month, late)...)
		summary = summarise(month, late, queued)
		return err
	})
	return summary, err
}

// late is a branch without a theme day, and one person to tell; a branch with several people has several rows, a branch
// with nobody up to the city has one without a recipient.
type late struct {
	BranchID      int64
	Branch        string
	Up            int64 // how many levels above the branch the person is
	RecipientType string
	RecipientID   int64
}

// recipients are the active administrators of each organisation. A grant to an account reaches its member, if it has an
// active one; a member who is removed, suspended or dead holds no role.
const recipients = `
  SELECT DISTINCT g.org_id, CASE WHEN m.id IS NULL THEN 'account' ELSE 'member' END AS recipient_type, coalesce(m.id, g.account_id) AS recipient_id
  FROM role_grant g LEFT JOIN account a ON a.id = g.account_id
  LEFT JOIN member m ON m.id = coalesce(g.member_id, a.member_id) AND m.standing = 'ACTIVE'
  WHERE g.role = 'admin' AND g.org_id IS NOT NULL AND g.revoked_at IS NULL AND (m.id IS NOT NULL OR a.member_id IS NULL AND g.account_id IS NOT NULL)`

// up climbs from a late branch only as long as it meets nobody to tell.
func lateBranches(tx model.Tx, month model.Month, day model.Date) ([]late, error) {
	var rows []late
	err := tx.Raw(`
WITH RECURSIVE recipient AS MATERIALIZED (`+recipients+`
), staffed AS MATERIALIZED (SELECT DISTINCT org_id FROM recipient
), up (branch_id, org_id, height) AS (
  SELECT b.id, b.id, 0 FROM org b
  WHERE b.type = ? AND (b.dissolved_on IS NULL OR b.dissolved_on > ?)
    AND NOT EXISTS (SELECT 1 FROM meeting t WHERE t.org_id = b.id AND t.month = ? AND t.kind = ? AND t.state = ?)
  UNION ALL
  SELECT up.branch_id, o.parent_id, up.height + 1
  FROM up JOIN org o ON o.id = up.org_id LEFT JOIN staffed ON staffed.org_id = up.org_id
  WHERE staffed.org_id IS NULL AND o.parent_id IS NOT NULL
), top AS (SELECT branch_id, max(height) AS height FROM up GROUP BY branch_id)
SELECT b.id AS branch_id, b.name AS branch, up.height AS up, coalesce(r.recipient_type, '') AS recipient_type, coalesce(r.recipient_id, 0) AS recipient_id
FROM top JOIN up ON up.branch_id = top.branch_id AND up.height = top.height
JOIN org b ON b.id = up.branch_id LEFT JOIN recipient r ON r.org_id = up.org_id
ORDER BY b.path, r.recipient_type, r.recipient_id`,
		model.OrgBranch, day, month, model.ThemeDay, model.MeetingCompleted).Scan(&rows).Error
	return rows, err
}

// warnings is one message for each branch and person: who administers two late branches gets two.
func warnings(month model.Month, rows []late) []notify.Message {
	var messages []notify.Message
	for _, r := range rows {
		if r.RecipientID == 0 {
			continue
		}
		data := map[string]string{"branch": r.Branch, "month": inWords(month), "period": string(month), "note": ""}
		if r.Up > 0 {
			data["note"] = "该支部没有管理员，请督促并尽快配备。"
		}
		messages = append(messages, notify.Message{Kind: KindWarning, Period: period(month, r.BranchID),
			To: notify.Recipient{Type: r.RecipientType, ID: r.RecipientID}, Data: data})
	}
	return messages
}

func summarise(month model.Month, rows []late, queued int64) string {
	type person struct {
		kind string
		id   int64
	}
	branches, above, nobody, people := map[int64]bool{}, map[int64]bool{}, map[int64]bool{}, map[person]bool{}
	for _, r := range rows {
		branches[r.BranchID] = true
		switch {
		case r.RecipientID == 0:
			nobody[r.BranchID] = true
			continue
		case r.Up > 0:
			above[r.BranchID] = true
		}
		people[person{r.RecipientType, r.RecipientID}] = true
	}
	var s strings.Builder
	fmt.Fprintf(&s, "%s：%d个支部未完成主题党日，涉及管理员%d人，新发出提醒%d条", inWords(month), len(branches), len(people), queued)
	if len(above) > 0 {
		fmt.Fprintf(&s, "；%d个支部没有管理员，已改为提醒上级党组织", len(above))
	}
	if len(nobody) > 0 {
		fmt.Fprintf(&s, "；%d个支部及其上级均没有管理员，无人可提醒", len(nobody))
	}
	return s.String()
}

func inWords(m model.Month) string { return m.First().Time().Format("2006年1月") }

func period(m model.Month, branchID int64) string { return fmt.Sprintf("%s/%d", m, branchID) }

// Warning is one warning that was sent.
type Warning struct {
	OrgID     int64      `json:"org_id"`
	OrgName   string     `json:"org_name"`
	Completed bool       `json:"completed"` // the branch has completed a theme day since
	Recipient string     `json:"recipient"` // name of the administrator; empty: an account without a member
	SentAt    time.Time  `json:"sent_at"`
	Delivery  string     `json:"delivery"` // state of the way to the phone; the inbox has it in any case
	ReadAt    *time.Time `json:"read_at"`
}

// Warnings lists who was warned for a month, among the branches that v leads or administers.
func (s *Service) Warnings(ctx context.Context, v access.Viewer, month model.Month) ([]Warning, error) {
	where, args := v.Reads().Paths("o.path")
	rows := []Warning{}
	err := s.db.Read(ctx).Raw(`
SELECT o.id AS org_id, o.name AS org_name, coalesce(m.name, '') AS recipient, w.created_at AS sent_at, coalesce(d.state, '') AS delivery, w.read_at,
       EXISTS (SELECT 1 FROM meeting t WHERE t.org_id = o.id AND t.month = ? AND t.kind = ? AND t.state = ?) AS completed
FROM org o JOIN message w ON w.kind = ? AND w.period = CAST(? AS text) || '/' || CAST(o.id AS text)
LEFT JOIN member m ON w.recipient_type = 'member' AND m.id = w.recipient_id
LEFT JOIN delivery d ON d.message_id = w.id
WHERE o.type = ? AND `+where+`
ORDER BY o.path, w.id`,
		append([]any{month, model.ThemeDay, model.MeetingCompleted, KindWarning, month, model.OrgBranch}, args...)...).Scan(&rows).Error
	return rows, err
}
