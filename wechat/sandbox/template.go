package sandbox

import (
	"context"
	"unicode/utf8"
)

const maxClientMsgID = 32

// sendTemplate is POST /cgi-bin/message/template/send, for service accounts. A second message with the same
// client_msg_id to the same follower within ten minutes is answered with the number of the first and shown once.
func (s *Sandbox) sendTemplate(_ context.Context, c *wireCall) (any, error) {
	var in struct {
		ToUser      string `json:"touser"`
		TemplateID  string `json:"template_id"`
		URL         string `json:"url"`
		MiniProgram struct {
			AppID    string `json:"appid"`
			PagePath string `json:"pagepath"`
		} `json:"miniprogram"`
		ClientMsgID string `json:"client_msg_id"`
		Data        fields `json:"data"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	person, mine := PersonOf(c.app.AppID, in.ToUser)
	if !mine {
		return nil, refuse(40003)
	}
	t, found := s.template(c.app.AppID, in.TemplateID)
	if !found {
		return nil, refuse(40037)
	}
	if err := s.checkJump(in.MiniProgram.AppID, in.MiniProgram.PagePath); err != nil {
		return nil, err
	}
	if utf8.RuneCountInString(in.ClientMsgID) > maxClientMsgID {
		return nil, refuse(40097)
	}
	data, err := in.Data.check(t)
	if err != nil {
		return nil, err
	}
	page := in.MiniProgram.PagePath
	if in.MiniProgram.AppID == "" {
		page = in.URL
	}
	id, fresh, err := s.deliverTemplate(c, person, in.ClientMsgID, entry{
		AppID: c.app.AppID, From: fromAccount, Channel: channelTemplate, Type: "notice",
		TemplateID: t.ID, Title: t.Title, Data: data, Page: page, At: c.now,
	})
	if err != nil {
		return nil, err
	}
	if fresh {
		s.pushLater(templateFinished(c.app.App, in.ToUser, id, c.now))
	}
	return success(map[string]any{"msgid": id}), nil
}

// checkJump allows a jump to the one mini-program that is linked, and to pages that it has.
func (s *Sandbox) checkJump(appid, page string) error {
	if appid == "" {
		return nil
	}
	if appid != s.o.MiniProgram {
		return refuse(40013)
	}
	if page != "" && !s.hasPage(page) {
		return refuse(40165)
	}
	return nil
}

func (s *Sandbox) deliverTemplate(c *wireCall, person, clientID string, e entry) (id int64, fresh bool, err error) {
	key := triple(c.app.AppID, person, clientID)
	journalErr := s.state.update(func(b *batch) {
		if !b.follows[pair(c.app.AppID, person)].On {
			err = refuse(43004)
			return
		}
		if before, sent := b.dedups[key]; clientID != "" && sent && c.now.Sub(before.At) < dedupLife {
			id = before.MsgID
			return
		}
		e.ID = b.nextID(c.now)
		id, fresh = e.ID, true
		if clientID != "" {
			b.setDedup(key, dedupRecord{MsgID: id, At: c.now})
		}
		b.put(person, e)
	})
	if err == nil {
		err = journalErr
	}
	return id, fresh, err
}
