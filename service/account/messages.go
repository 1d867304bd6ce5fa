package account

import (
	"strconv"

	"hongyun/model"
	"hongyun/service/notify"
)

// The messages of this module.
const (
	kindRebindRequested = "account.rebind_requested"
	kindRebindApproved  = "account.rebind_approved"
	kindRebindRejected  = "account.rebind_rejected"
	kindHandoverOpened  = "account.handover_opened"
	kindHandoverDone    = "account.handover_done"
)

const (
	messagesPage = "pages/messages/index"
	handoverPage = "pages/handovers/detail?id={id}"
)

// Kinds is the messages of this module.
func Kinds() []notify.Kind {
	return []notify.Kind{
		{Name: kindRebindRequested, Title: "换绑申请待审批", Page: messagesPage,
			Body: "{org}党员{member}申请将党员身份换绑到新的微信账号，原因：{reason}。请先向本人核实，再作审批。"},
		{Name: kindRebindApproved, Title: "换绑申请已通过", Page: messagesPage,
			Body: "{member}的党员身份已换绑到新的微信账号，原微信账号已解除绑定。如非本人申请，请立即联系支部管理员。"},
		{Name: kindRebindRejected, Title: "换绑申请未通过", Page: messagesPage,
			Body: "将{member}的党员身份换绑到新微信账号的申请未获通过：{note}。绑定关系没有变化。"},
		{Name: kindHandoverOpened, Title: "管理员工作交接待接收", Page: handoverPage,
			Body: "{from}将{org}的管理员工作移交给您，请核对交接清单后接收。"},
		{Name: kindHandoverDone, Title: "管理员工作交接已完成", Page: handoverPage,
			Body: "{to}已接收{org}的管理员工作，您在该组织的管理员角色已收回。"},
	}
}

func rebindData(r RebindView) map[string]string {
	return map[string]string{"member": r.MemberName, "org": r.OrgName, "reason": r.Reason, "note": r.Note}
}

// tellAdmins tells the administrators of the member's branch; where it has
// none, those of the nearest organisation above that has one.
func (s *Service) tellAdmins(tx model.Tx, r RebindView) error {
	var admins []struct {
		MemberID, AccountID int64
		Path                string
	}
	err := tx.Raw(`
SELECT DISTINCT coalesce(g.member_id, 0) AS member_id, coalesce(g.account_id, 0) AS account_id, o.path
FROM org b
JOIN org o ON b.path >= o.path AND substr(b.path, 1, length(o.path)) = o.path
JOIN role_grant g ON g.org_id = o.id AND g.role = ? AND g.revoked_at IS NULL
LEFT JOIN account a ON a.id = g.account_id
LEFT JOIN member m ON m.id = coalesce(g.member_id, a.member_id)
WHERE b.id = ? AND (m.id IS NULL OR m.standing = ?)
ORDER BY o.path DESC`, model.RoleAdmin, r.OrgID, model.StandingActive).Scan(&admins).Error
	if err != nil {
		return err
	}
	var messages []notify.Message
	for _, a := range admins {
		if a.Path != admins[0].Path {
			break
		}
		to := notify.Recipient{Type: model.ToMember, ID: a.MemberID}
		if a.AccountID != 0 {
			to = notify.Recipient{Type: model.ToAccount, ID: a.AccountID}
		}
		messages = append(messages, rebindMessage(kindRebindRequested, to, r))
	}
	_, err = s.notify.Queue(tx, messages...)
	return err
}

// tellRebound tells the account that got the member, and the one that lost it.
func (s *Service) tellRebound(tx model.Tx, r RebindView, now, old int64) error {
	messages := []notify.Message{rebindMessage(kindRebindApproved, notify.Recipient{Type: model.ToAccount, ID: now}, r)}
	if old != 0 {
		messages = append(messages, rebindMessage(kindRebindApproved, notify.Recipient{Type: model.ToAccount, ID: old}, r))
	}
	_, err := s.notify.Queue(tx, messages...)
	return err
}

// tellRejected tells who asked, and the member, whom somebody else may have tried to take over.
func (s *Service) tellRejected(tx model.Tx, view RebindView, r model.RebindRequest) error {
	_, err := s.notify.Queue(tx,
		rebindMessage(kindRebindRejected, notify.Recipient{Type: model.ToAccount, ID: r.AccountID}, view),
		rebindMessage(kindRebindRejected, notify.Recipient{Type: model.ToMember, ID: r.MemberID}, view))
	return err
}

func rebindMessage(kind string, to notify.Recipient, r RebindView) notify.Message {
	return notify.Message{Kind: kind, To: to, Period: "rebind:" + strconv.FormatInt(r.ID, 10), Data: rebindData(r)}
}
