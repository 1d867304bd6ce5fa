package notify

import (
	"hongyun/model"
	"hongyun/wechat"
)

// Handlers are what a push from WeChat changes here, by kind ("text", "event:subscribe"), to be registered with package
// callback. They run in the transaction that takes the push, each push once, and never reply.
func (s *Service) Handlers() map[string]func(tx model.Tx, p wechat.Push) (string, error) {
	handlers := map[string]func(model.Tx, wechat.Push) (string, error){
		"event:" + wechat.EventSubscribePopup:  silent(s.allowed),
		"event:" + wechat.EventSubscribeChange: silent(s.withdrawn),
		"event:" + wechat.EventSubscribeSent:   silent(s.subscribeDone),
		"event:" + wechat.EventTemplateDone:    silent(s.templateDone),
		"event:unsubscribe":                    silent(s.left),
	}
	for _, kind := range []string{"text", "image", "voice", "video", "shortvideo", "location", "link"} {
		handlers[kind] = silent(s.wrote)
	}
	for _, event := range []string{"subscribe", "CLICK", "SCAN", "scancode_push", "scancode_waitmsg"} {
		handlers["event:"+event] = silent(s.touched)
	}
	return handlers
}

func silent(f func(model.Tx, wechat.Push) error) func(model.Tx, wechat.Push) (string, error) {
	return func(tx model.Tx, p wechat.Push) (string, error) { return "", f(tx, p) }
}

// allowed counts one send for each template that somebody has allowed. WeChat tells nobody the balance, so it is counted
// here, and from the push alone: what the mini-program reports could be made up.
func (s *Service) allowed(tx model.Tx, p wechat.Push) error {
	for _, c := range sortedChoices(p) {
		if c.Status != "accept" {
			continue
		}
		_, err := model.Exec(tx, `INSERT INTO message_credit (account_id, template_id, balance, updated_at)
SELECT id, CAST(? AS text), 1, `+timeParam(tx.Dialect)+` FROM account WHERE mp_appid = ? AND openid = ?
ON CONFLICT (account_id, template_id) DO UPDATE SET balance = message_credit.balance + 1, updated_at = excluded.updated_at`,
			c.TemplateID, tx.Now, p.AppID, p.OpenID)
		if err != nil {
			return err
		}
	}
	return nil
}

// withdrawn empties the credit of a template that somebody has turned off in WeChat's settings. What was allowed before is
// void then.
func (s *Service) withdrawn(tx model.Tx, p wechat.Push) error {
	for _, c := range sortedChoices(p) {
		if c.Status != "reject" {
			continue
		}
		_, err := model.Exec(tx, `UPDATE message_credit SET balance = 0, updated_at = ? WHERE template_id = ?
AND account_id IN (SELECT id FROM account WHERE mp_appid = ? AND openid = ?)`, tx.Now, c.TemplateID, p.AppID, p.OpenID)
		if err != nil {
			return err
		}
	}
	return nil
}

// wrote opens the long window: somebody has written to an official account.
func (s *Service) wrote(tx model.Tx, p wechat.Push) error {
	if p.AppID == s.mpAppID {
		return nil
	}
	_, err := model.Exec(tx, contactUpsert+`
 window_until = CASE WHEN contact.window_until > excluded.window_until THEN contact.window_until ELSE excluded.window_until END,
 window_left = excluded.window_left`,
		p.AppID, p.OpenID, p.CreatedAt.Add(windowAfterMessage), sendsAfterMessage, tx.Now)
	return err
}

// touched opens the short window, unless a window with something left is open: it is never worth less than that.
func (s *Service) touched(tx model.Tx, p wechat.Push) error {
	if p.AppID == s.mpAppID {
		return nil
	}
	open := "contact.window_left > 0 AND contact.window_until > excluded.window_until"
	_, err := model.Exec(tx, contactUpsert+`
 window_until = CASE WHEN `+open+` THEN contact.window_until ELSE excluded.window_until END,
 window_left = CASE WHEN `+open+` THEN contact.window_left ELSE excluded.window_left END`,
		p.AppID, p.OpenID, p.CreatedAt.Add(windowAfterTouch), sendsAfterTouch, tx.Now)
	return err
}

// contactUpsert makes a contact of whoever speaks to an official account: only a follower can.
const contactUpsert = `INSERT INTO contact (appid, openid, follows, window_until, window_left, created_at) VALUES (?, ?, TRUE, ?, ?, ?)
ON CONFLICT (appid, openid) DO UPDATE SET follows = TRUE,`

// left notes that somebody has stopped following: WeChat takes nothing more for him or her.
func (s *Service) left(tx model.Tx, p wechat.Push) error {
	if p.AppID == s.mpAppID {
		return nil
	}
	_, err := model.Exec(tx, "UPDATE contact SET follows = FALSE, window_left = 0 WHERE appid = ? AND openid = ?", p.AppID, p.OpenID)
	return err
}

// timeParam is a parameter for a time in a SELECT, where Postgres cannot tell its type.
func timeParam(d model.Dialect) string { return "CAST(? AS " + typeWord(d, "time") + ")" }
