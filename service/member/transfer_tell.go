package member

import (
	"fmt"

	"hongyun/model"
	"hongyun/service/notify"
)

// Messages about transfers. Their data: name, from, to, reason; in the decided ones note too.
const (
	KindTransferRequested = "member.transfer_requested" // to the receiving branch
	KindTransferAccepted  = "member.transfer_accepted"  // to the member and the old branch
	KindTransferRefused   = "member.transfer_refused"   // likewise
	KindTransferWithdrawn = "member.transfer_withdrawn" // to the receiving branch
)

func transferKinds() []notify.Kind {
	return []notify.Kind{
		{Name: KindTransferRequested, Title: "有党员组织关系待接收", Page: "pages/index/index",
			Body: "{name}同志的组织关系拟由{from}转入{to}，请在{due}前接收；不接收的须说明理由。"},
		{Name: KindTransferAccepted, Title: "组织关系转接已接收", Page: "pages/index/index", Body: "{name}同志的组织关系已由{from}转入{to}。"},
		{Name: KindTransferRefused, Title: "组织关系转接未接收", Page: "pages/index/index", Body: "{to}未接收{name}同志的组织关系，理由：{note}。目前仍由{from}管理。"},
		{Name: KindTransferWithdrawn, Title: "组织关系转接已撤回", Page: "pages/index/index", Body: "{from}已撤回{name}同志转入{to}的申请。"},
	}
}

func (s *Service) tellRequested(tx model.Tx, t Transfer) error {
	if t.ToOrgID == nil {
		return nil
	}
	return s.tellAdmins(tx, *t.ToOrgID, transferMessage(t, KindTransferRequested, ""))
}

// tellDecided tells whoever waits for the answer.
func (s *Service) tellDecided(tx model.Tx, t Transfer, kind, note string) error {
	m := transferMessage(t, kind, note)
	if kind == KindTransferWithdrawn {
		if t.ToOrgID == nil {
			return nil
		}
		return s.tellAdmins(tx, *t.ToOrgID, m)
	}
	if err := s.tellAdmins(tx, t.FromOrgID, m); err != nil {
		return err
	}
	m.To = notify.Recipient{Type: model.ToMember, ID: t.MemberID}
	_, err := s.notify.Queue(tx, m)
	return err
}

func transferMessage(t Transfer, kind, note string) notify.Message {
	return notify.Message{Kind: kind, Period: fmt.Sprintf("transfer:%d", t.ID),
		Data: map[string]string{"name": t.Name, "from": t.FromName, "to": t.ToName, "due": t.DueOn.Time().Format("2006年1月2日"), "note": note}}
}

// tellAdmins sends a message to the administrators of an organisation, or of the nearest above that has one.
func (s *Service) tellAdmins(tx model.Tx, orgID int64, m notify.Message) error {
	to, err := administrators(tx, orgID)
	if err != nil {
		return err
	}
	messages := make([]notify.Message, len(to))
	for i, one := range to {
		m.To = one
		messages[i] = m
	}
	_, err = s.notify.Queue(tx, messages...)
	return err
}

// administrators are the people to tell about an organisation: its own, or those of the nearest one above that has any.
func administrators(tx model.Tx, orgID int64) ([]notify.Recipient, error) {
	var rows []notify.Recipient
	err := tx.Raw(`
WITH RECURSIVE up (org_id, parent_id, height) AS (
  SELECT id, parent_id, 0 FROM org WHERE id = ?
  UNION ALL
  SELECT o.id, o.parent_id, up.height + 1 FROM up JOIN org o ON o.id = up.parent_id
), admin AS (
  SELECT DISTINCT up.height, CASE WHEN m.id IS NULL THEN 'account' ELSE 'member' END AS type, coalesce(m.id, g.account_id) AS id
  FROM up JOIN role_grant g ON g.org_id = up.org_id AND g.role = 'admin' AND g.revoked_at IS NULL
  LEFT JOIN account a ON a.id = g.account_id
  LEFT JOIN member m ON m.id = coalesce(g.member_id, a.member_id) AND m.standing = 'ACTIVE'
  WHERE m.id IS NOT NULL OR a.member_id IS NULL AND g.account_id IS NOT NULL)
SELECT type, id FROM admin WHERE height = (SELECT min(height) FROM admin) ORDER BY type, id`, orgID).Scan(&rows).Error
	return rows, err
}
