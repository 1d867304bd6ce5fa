package sandbox

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"hongyun/wechat"
)

// fields are the values of a message as they come over the wire.
type fields map[string]struct {
	Value json.RawMessage `json:"value"`
}

// check compares the fields with the template and with WeChat's limits: each key of the template once and no other,
// each value a text that fits. 47003 names the first one that does not.
func (f fields) check(t Template) (map[string]string, error) {
	data := make(map[string]string, len(t.Keys))
	for _, key := range t.Keys {
		item, given := f[key]
		if !given {
			return nil, badField(key, "is empty")
		}
		var value string
		if err := json.Unmarshal(item.Value, &value); err != nil {
			return nil, refuse(47001)
		}
		if err := wechat.CheckField(key, value); err != nil {
			return nil, badField(key, "invalid")
		}
		data[key] = value
	}
	if len(f) == len(data) {
		return data, nil
	}
	for _, key := range slices.Sorted(maps.Keys(f)) {
		if _, known := data[key]; !known {
			return nil, badField(key, "is not in the template")
		}
	}
	return data, nil
}

func badField(key, what string) error {
	return &refusal{Code: 47003, Message: "argument invalid! data." + key + ".value " + what}
}

// sendSubscribe is POST /cgi-bin/message/subscribe/send.
func (s *Sandbox) sendSubscribe(_ context.Context, c *wireCall) (any, error) {
	var in struct {
		ToUser     string `json:"touser"`
		TemplateID string `json:"template_id"`
		Page       string `json:"page"`
		State      string `json:"miniprogram_state"`
		Lang       string `json:"lang"`
		Data       fields `json:"data"`
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
	if in.Page != "" && !s.hasPage(in.Page) {
		return nil, refuse(41030)
	}
	if !slices.Contains([]string{"", "formal", "trial", "developer"}, in.State) ||
		!slices.Contains([]string{"", "zh_CN", "en_US", "zh_HK", "zh_TW"}, in.Lang) {
		return nil, refuse(40097)
	}
	data, err := in.Data.check(t)
	if err != nil {
		return nil, err
	}
	id, err := s.spend(c, person, t, entry{
		AppID: c.app.AppID, From: fromAccount, Channel: channelSubscribe, Type: "notice",
		TemplateID: t.ID, Title: t.Title, Data: data, Page: in.Page, At: c.now,
	})
	if err != nil {
		return nil, err
	}
	if s.o.SentEvents {
		s.pushLater(sentEvent(c.app.App, in.ToUser, t.ID, id, c.now))
	}
	return success(map[string]any{"msgid": id}), nil
}

// spend takes one credit and lays the message on the phone, or refuses with 43101. A long-term template only needs to
// have been accepted.
func (s *Sandbox) spend(c *wireCall, person string, t Template, e entry) (id int64, err error) {
	journalErr := s.state.update(func(b *batch) {
		credit := b.credits[triple(c.app.AppID, t.ID, person)]
		if credit.Left <= 0 {
			err = refuse(43101)
			return
		}
		if !t.LongTerm {
			credit.Left--
			b.setCredit(c.app.AppID, t.ID, person, credit)
		}
		e.ID = b.nextID(c.now)
		id = e.ID
		b.put(person, e)
	})
	if err == nil {
		err = journalErr
	}
	return id, err
}
