package notify

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/wechat"
)

// reconcileWithin is how long after a send WeChat still reports on it: the report comes in seconds, and its repetitions
// within a minute.
const reconcileWithin = 10 * time.Minute

// report is WeChat's later word on one message.
type report struct {
	channel, appID, openID string
	templateID             string // empty: not told
	msgID                  string // empty: not told
	failure                string // empty: it reached the phone
	errcode                int64
	at                     time.Time
}

// subscribeDone takes WeChat's word on subscribe messages.
func (s *Service) subscribeDone(tx model.Tx, p wechat.Push) error {
	for _, sent := range p.Sent {
		r := report{channel: model.ChannelSubscribe, appID: p.AppID, openID: p.OpenID, templateID: sent.TemplateID,
			msgID: number(sent.MsgID), errcode: sent.ErrorCode, at: p.CreatedAt}
		if sent.ErrorCode != 0 {
			r.failure = "not delivered: " + sent.ErrorStatus
		}
		if err := reconcile(tx, r); err != nil {
			return err
		}
	}
	return nil
}

// templateDone takes WeChat's word on a template message.
func (s *Service) templateDone(tx model.Tx, p wechat.Push) error {
	r := report{channel: model.ChannelTemplate, appID: p.AppID, openID: p.OpenID, msgID: number(p.TemplateMsgID), at: p.CreatedAt}
	if !strings.HasPrefix(p.TemplateStatus, "success") {
		r.failure = "not delivered: " + p.TemplateStatus
	}
	return reconcile(tx, r)
}

// reconcile finds the delivery that a report is about and ends it. Which one it is:
// the one with the message's number; else the oldest of the person and template that still waits for its report (a
// delivery that is known to be sent waits too, so that its report does not end another); else the latest unknown one.
// A report on nothing of ours is no error: other systems may send for the same account.
func reconcile(tx model.Tx, r report) error {
	d, err := reported(tx, r)
	if err != nil || d.ID == 0 {
		return err
	}
	change := map[string]any{"state": model.DeliverySent, "errcode": r.errcode, "error": shorten(r.failure), "updated_at": tx.Now}
	if r.failure != "" {
		change["state"] = model.DeliveryFailed
	}
	if r.msgID != "" {
		change["msgid"] = r.msgID
	}
	if err := tx.Model(&model.Delivery{}).Where("id = ? AND state = ?", d.ID, d.State).Updates(change).Error; err != nil {
		return err
	}
	if d.State == change["state"] {
		return nil
	}
	outcome := wechat.OutcomeSent
	if r.failure != "" {
		outcome = wechat.OutcomeBadReceiver
	}
	return tx.Create(&model.DeliveryAttempt{DeliveryID: d.ID, Month: d.Month, At: tx.Now, Channel: d.Channel, AppID: d.AppID,
		Outcome: string(outcome), Errcode: r.errcode, Error: cmp.Or(shorten(r.failure), "reported by WeChat afterwards")}).Error
}

// reported is the delivery that a report is about; its id is 0 if there is none.
func reported(tx model.Tx, r report) (model.Delivery, error) {
	same := func() *gorm.DB {
		q := tx.Clauses(clause.Locking{Strength: "UPDATE"}).
			Where("openid <> '' AND openid = ? AND channel = ? AND appid = ?", r.openID, r.channel, r.appID)
		if r.templateID != "" {
			q = q.Where("template_id = ?", r.templateID)
		}
		return q
	}
	open := []string{model.DeliverySending, model.DeliveryUnknown, model.DeliverySent}
	tries := []*gorm.DB{}
	if r.msgID != "" {
		tries = append(tries, same().Where("msgid = ? AND state IN ?", r.msgID, open))
	}
	tries = append(tries,
		same().Where("msgid = '' AND state IN ? AND updated_at BETWEEN ? AND ?", open,
			r.at.Add(-reconcileWithin), r.at.Add(reconcileWithin)).Order("updated_at, id"),
		same().Where("msgid = '' AND state = ?", model.DeliveryUnknown).Order("id DESC"))
	for _, q := range tries {
		var found []model.Delivery
		if err := q.Limit(1).Find(&found).Error; err != nil {
			return model.Delivery{}, err
		}
		if len(found) == 1 {
			return found[0], nil
		}
	}
	return model.Delivery{}, nil
}

// sortedChoices puts the templates of a push into one order, so that two pushes of a person don't lock crosswise.
func sortedChoices(p wechat.Push) []wechat.SubscribeChoice {
	choices := slices.Clone(p.Choices)
	slices.SortFunc(choices, func(a, b wechat.SubscribeChoice) int { return cmp.Compare(a.TemplateID, b.TemplateID) })
	return choices
}

func number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}
