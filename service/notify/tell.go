package notify

import (
	"fmt"
	"strings"

	"hongyun/model"
	"hongyun/wechat"
)

// MaxReplyBytes is the longest text that WeChat takes as the answer to a push.
const MaxReplyBytes = 2048

// toldAtOnce bounds how many messages go with one answer.
const toldAtOnce = 3

// untold are the ends of a delivery with which its message has reached no phone. What nobody knows the end of is not said twice.
const untold = "d.state IN ('unreachable', 'failed')"

// UntoldTo is an SQL condition: a message to the contact in a column has reached no phone.
func UntoldTo(contact string) string {
	return "EXISTS (SELECT 1 FROM message m JOIN delivery d ON d.message_id = m.id WHERE m.recipient_type = 'contact' AND m.recipient_id = " + contact + " AND " + untold + ")"
}

// TellWith adds to the answer to a push of contact c what has reached no phone, oldest first, within MaxReplyBytes less spare; these
// messages count as sent with tx. c must be locked. The rest waits for the next push. What is longer than there is room for is cut.
func (s *Service) TellWith(tx model.Tx, c model.Contact, reply string, spare int) (string, error) {
	var rows []struct {
		DeliveryID              int64
		Month, Kind, Data, Page string
	}
	err := tx.Raw(`SELECT d.id AS delivery_id, d.month, m.kind, m.data, m.page FROM message m JOIN delivery d ON d.message_id = m.id
		WHERE m.recipient_type = ? AND m.recipient_id = ? AND `+untold+" ORDER BY m.id", model.ToContact, c.ID).Scan(&rows).Error
	if err != nil {
		return "", err
	}
	room := MaxReplyBytes - spare - len(moreToTell(len(rows)))
	attempts := make([]model.DeliveryAttempt, 0, toldAtOnce)
	told := make([]int64, 0, toldAtOnce)
	for _, r := range rows {
		t, err := s.read(r.Kind, r.Data, r.Page)
		if err != nil {
			return "", err
		}
		next := strings.TrimPrefix(reply+"\n\n"+t.customer(), "\n\n")
		if len(told) == toldAtOnce || len(next) > room && len(told) > 0 {
			reply += moreToTell(len(rows) - len(told))
			break
		}
		reply, told = cut(next, room), append(told, r.DeliveryID)
		attempts = append(attempts, model.DeliveryAttempt{DeliveryID: r.DeliveryID, Month: model.Month(r.Month), At: tx.Now, Channel: model.ChannelReply,
			AppID: c.AppID, Outcome: string(wechat.OutcomeSent)})
	}
	if len(told) == 0 {
		return reply, nil
	}
	if _, err := model.Exec(tx, `UPDATE delivery SET state = ?, channel = ?, appid = ?, openid = ?, attempts = attempts + 1, errcode = 0, error = '', updated_at = ?
		WHERE id IN ?`, model.DeliverySent, model.ChannelReply, c.AppID, c.OpenID, tx.Now, told); err != nil {
		return "", err
	}
	return reply, tx.Create(&attempts).Error
}

func moreToTell(n int) string {
	return fmt.Sprintf("\n\n另有%d条消息，回复“进度”继续查看。", n)
}
