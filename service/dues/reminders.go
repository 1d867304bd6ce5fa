package dues

import (
	"context"
	"fmt"
	"time"

	"hongyun/model"
	"hongyun/service/access"
)

// ReminderFilter narrows the list of reminders. Empty fields narrow nothing, but for the month: empty is the present one.
type ReminderFilter struct {
	Month  model.Month `query:"month" validate:"omitempty,month" label:"月份"`
	OrgID  int64       `query:"org_id" validate:"min=0" label:"党组织"` // and everything below it
	Result string      `query:"result" validate:"omitempty,oneof=SENT WAITING INBOX FAILED UNKNOWN" label:"发送结果"`
}

// Results of a reminder, as far as phones go. All of them lie in the inbox.
const (
	ReminderSent    = "SENT"    // WeChat took it
	ReminderWaiting = "WAITING" // on its way
	ReminderInbox   = "INBOX"   // no channel leads to the phone
	ReminderFailed  = "FAILED"  // WeChat refused it
	ReminderUnknown = "UNKNOWN" // nobody knows whether WeChat took it
)

// Reminder is a message to a member that the month's dues were open, and what came of it.
type Reminder struct {
	MemberID    int64      `json:"member_id"`
	MemberName  string     `json:"member_name"`
	OrgID       int64      `json:"org_id"`
	OrgName     string     `json:"org_name"`
	BillID      int64      `json:"bill_id"`
	BillState   string     `json:"bill_state"`
	At          time.Time  `json:"at"`
	Channel     string     `json:"channel"`
	ChannelText string     `json:"channel_text" gorm:"-"`
	Result      string     `json:"result"`
	ResultText  string     `json:"result_text" gorm:"-"`
	ReadAt      *time.Time `json:"read_at"`
	Paid        bool       `json:"paid"` // since
	Errcode     int64      `json:"-"`
}

// ReminderCounts are the reminders by result, over all pages.
type ReminderCounts struct {
	Count   int64 `json:"count"`
	Sent    int64 `json:"sent"`
	Waiting int64 `json:"waiting"`
	Inbox   int64 `json:"inbox"`
	Failed  int64 `json:"failed"`
	Unknown int64 `json:"unknown"`
	Read    int64 `json:"read"`
	Paid    int64 `json:"paid"`
}

const reminderResult = `CASE coalesce(d.state, 'unreachable') WHEN 'sent' THEN 'SENT' WHEN 'failed' THEN 'FAILED' WHEN 'unknown' THEN 'UNKNOWN' WHEN 'unreachable' THEN 'INBOX' ELSE 'WAITING' END`

// Reminders lists who was reminded of a month's dues in the branches where v collects or administers, when, by which channel
// and with what result, whether it was read, and whether the month is paid since.
func (s *Service) Reminders(ctx context.Context, v access.Viewer, f ReminderFilter, offset, limit int) ([]Reminder, ReminderCounts, error) {
	tx := s.db.Read(ctx)
	if f.Month == "" {
		f.Month = tx.Day().Month()
	}
	c := conditionOf(handles(v, "o.path"))
	c.and("g.kind = ? AND g.recipient_type = ? AND g.period = ?", KindReminder, model.ToMember, f.Month)
	c.under(f.OrgID)
	if f.Result != "" {
		c.and(reminderResult+" = ?", f.Result)
	}
	const from = ` FROM message g JOIN dues_bill b ON b.member_id = g.recipient_id AND b.month = g.period JOIN org o ON o.id = b.org_id JOIN member m ON m.id = b.member_id
LEFT JOIN delivery d ON d.message_id = g.id WHERE `
	var counts ReminderCounts
	err := tx.Raw(`SELECT count(*) AS count, count(*) FILTER (WHERE result = 'SENT') AS sent, count(*) FILTER (WHERE result = 'WAITING') AS waiting,
  count(*) FILTER (WHERE result = 'INBOX') AS inbox, count(*) FILTER (WHERE result = 'FAILED') AS failed, count(*) FILTER (WHERE result = 'UNKNOWN') AS unknown,
  count(read_at) AS "read", count(*) FILTER (WHERE state = 'PAID') AS paid
FROM (SELECT `+reminderResult+" AS result, g.read_at, b.state"+from+c.where+") x", c.args...).Scan(&counts).Error
	if err != nil {
		return nil, counts, err
	}
	rows := []Reminder{}
	err = tx.Raw(`SELECT m.id AS member_id, m.name AS member_name, o.id AS org_id, o.name AS org_name, b.id AS bill_id, b.state AS bill_state, g.created_at AS at,
  coalesce(d.channel, '') AS channel, `+reminderResult+` AS result, g.read_at, b.state = 'PAID' AS paid, coalesce(d.errcode, 0) AS errcode`+from+c.where+
		" ORDER BY o.path, m.name, g.id LIMIT ? OFFSET ?", append(c.args, limit, offset)...).Scan(&rows).Error
	for i := range rows {
		rows[i].inWords()
	}
	return rows, counts, err
}

func (r *Reminder) inWords() {
	r.ChannelText = "站内消息"
	if r.Result != ReminderInbox {
		if text, ok := map[string]string{model.ChannelSubscribe: "小程序订阅消息", model.ChannelTemplate: "公众号模板消息", model.ChannelCustomer: "公众号客服消息"}[r.Channel]; ok {
			r.ChannelText = text
		}
	}
	switch r.Result {
	case ReminderSent:
		r.ResultText = "微信已接收"
	case ReminderWaiting:
		r.ResultText = "等待发送"
	case ReminderUnknown:
		r.ResultText = "微信没有答复，是否送达不明"
	case ReminderFailed:
		r.ResultText = "微信未接收：" + answer(r.Errcode)
	default:
		r.ResultText = "已放入站内消息，没有可用的微信渠道"
		if r.Errcode != 0 {
			r.ResultText = "已放入站内消息，微信未接收：" + answer(r.Errcode)
		}
	}
}

// answer is what WeChat's error codes mean to an administrator.
func answer(code int64) string {
	switch code {
	case 40003, 40037:
		return "接收人或模板已失效"
	case 43004:
		return "没有关注公众号"
	case 43101:
		return "本人没有授权接收"
	case 43107, 43108:
		return "本人拒收或账号异常"
	case 45009, 45047:
		return "发送次数已达上限"
	case 45015:
		return "超过可以回复的时间"
	case 48001:
		return "公众号没有此项权限"
	case 0:
		return "原因不明"
	}
	return fmt.Sprintf("错误代码%d", code)
}
