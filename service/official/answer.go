package official

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
	"hongyun/service/notify"
)

// AnswerInput is an answer in a conversation.
type AnswerInput struct {
	Content string `json:"content" validate:"required,text,max=500" label:"回复内容"`
}

const (
	kindAnswer       = "official.answer"
	kindUnauthorized = "official.unauthorized"
)

// Kinds is what this module tells people.
func Kinds() []notify.Kind {
	return []notify.Kind{
		{Name: kindAnswer, Title: "公众号回复", Body: "{content}"},
		{Name: kindUnauthorized, Title: "公众号取消授权", Body: "{department}的公众号“{account}”已取消对本平台的授权，消息已停止发送。请联系该单位重新授权。"},
	}
}

// Answer writes to the citizen through the account in which he or she wrote. WeChat lets an account do so for 48 hours after a
// message, five times; afterwards it is fault.Conflict "official.window_closed". The same key answers once.
func (s *Service) Answer(ctx context.Context, v access.Viewer, id int64, in AnswerInput, key string) (m Message, err error) {
	p := eyesOf(v)
	if p.blind() {
		return m, fault.Forbidden()
	}
	if key == "" {
		key = rand.Text()
	}
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		// The contact stays locked: two answers at once count each other, and the same one is seen.
		if err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id).Limit(1).Find(&model.Contact{}).Error; err != nil {
			return err
		}
		c, err := s.conversation(tx, p, id, 0, 1)
		if err != nil {
			return err
		}
		if !p.answers {
			return fault.Forbidden()
		}
		period := fmt.Sprintf("%d/%s", v.AccountID, key)
		if m, err = answered(tx, id, period); err != nil || m.ID != 0 {
			return err
		}
		if err := open(tx, c.Conversation); err != nil {
			return err
		}
		m, err = s.answer(tx, v, id, strings.TrimSpace(in.Content), period)
		return err
	})
	return m, err
}

// answer queues the answer and writes down who gave it.
func (s *Service) answer(tx model.Tx, v access.Viewer, contact int64, content, period string) (Message, error) {
	to := notify.Recipient{Type: model.ToContact, ID: contact}
	if _, err := s.notify.Queue(tx, notify.Message{Kind: kindAnswer, To: to, Period: period, Data: map[string]string{"content": content}}); err != nil {
		return Message{}, err
	}
	var queued model.Message
	if err := tx.Select("id").Where("kind = ? AND recipient_type = ? AND recipient_id = ? AND period = ?", kindAnswer, to.Type, to.ID, period).Take(&queued).Error; err != nil {
		return Message{}, err
	}
	row := model.ContactMessage{ContactID: contact, Direction: model.DirectionOut, Type: model.PartText, Content: content, AccountID: &v.AccountID,
		MessageID: &queued.ID, CreatedAt: tx.Now}
	if err := tx.Create(&row).Error; err != nil {
		return Message{}, err
	}
	// What was said stands in the conversation; the log tells who said something there.
	audit.Record(tx, audit.By(v), audit.Entry{Action: "official.answer", ObjectType: "contact", ObjectID: contact, After: map[string]any{"message_id": row.ID}})
	return messageOf(tx, row.ID)
}

// answered is the answer that the same key gave before; the zero Message: none.
func answered(tx model.Tx, contact int64, period string) (Message, error) {
	var id int64
	err := tx.Raw(`SELECT coalesce(max(m.id), 0) FROM contact_message m JOIN message n ON n.id = m.message_id
WHERE m.contact_id = ? AND n.kind = ? AND n.recipient_type = ? AND n.recipient_id = ? AND n.period = ?`, contact, kindAnswer, model.ToContact, contact, period).Scan(&id).Error
	if err != nil || id == 0 {
		return Message{}, err
	}
	return messageOf(tx, id)
}

func messageOf(tx model.Tx, id int64) (Message, error) {
	k := itemKey{sourceMessage, id}
	found, err := messages(tx, []itemKey{k})
	return found[k], err
}

// open refuses an answer that WeChat would not take. Answers that wait for their turn count; what is on the wire was taken from the
// window as it left.
func open(tx model.Tx, c Conversation) error {
	var waiting int64
	err := tx.Raw(`SELECT count(*) FROM delivery d JOIN message n ON n.id = d.message_id WHERE n.kind = ? AND n.recipient_type = ? AND n.recipient_id = ? AND d.state IN ?`,
		kindAnswer, model.ToContact, c.ID, []string{model.DeliveryPending, model.DeliveryClaimed}).Scan(&waiting).Error
	switch {
	case err != nil:
		return err
	case c.Gone:
		return fault.Conflict("official.unauthorized", "该公众号已取消授权，请先由单位重新授权")
	case !c.Follows:
		return fault.Conflict("official.not_following", "对方已取消关注该公众号，无法发送；重新关注并发来消息后才能回复")
	case !c.MayAnswer || c.WindowLeft <= waiting:
		return fault.Conflict("official.window_closed", "微信只允许在对方发来消息后48小时内回复，最多5条。现在不能发送，请等对方再次在公众号里发来消息后回复")
	}
	return nil
}
