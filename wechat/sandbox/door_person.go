package sandbox

import (
	"fmt"
	"strings"

	"hongyun/wechat"
)

const maxAccepted = 3

// listPeople is the cast.
func (s *Sandbox) listPeople(v *visit) (any, error) {
	people, err := s.o.People(v.Context())
	if err != nil {
		return nil, fmt.Errorf("cast: %w", err)
	}
	if people == nil {
		people = []Person{}
	}
	return people, nil
}

// showPerson is one person with the credit that he or she has given, by template.
func (s *Sandbox) showPerson(v *visit) (any, error) {
	credits := map[string]int{}
	s.state.view(func(st *state) {
		for _, t := range s.o.Templates {
			if t.AppID == s.o.MiniProgram {
				credits[t.ID] = st.credits[triple(t.AppID, t.ID, v.person.ID)].Left
			}
		}
	})
	return struct {
		Person
		Credits map[string]int `json:"credits"`
	}{v.person, credits}, nil
}

func (s *Sandbox) giveLoginCode(v *visit) (any, error) {
	code, err := s.issueCode(v.person.ID, useLogin, s.o.Now())
	return map[string]string{"code": code}, err
}

func (s *Sandbox) givePhoneCode(v *visit) (any, error) {
	if v.person.Phone == "" {
		return nil, conflict("person.no_phone", "这个人没有登记手机号")
	}
	code, err := s.issueCode(v.person.ID, usePhone, s.o.Now())
	return map[string]string{"code": code}, err
}

// accept taps the subscribe dialog: "allow" for template_ids and "deny" for rejected_ids. The answer comes when the
// product has answered WeChat's push; error is set if it did not.
func (s *Sandbox) accept(v *visit) (any, error) {
	var in struct {
		TemplateIDs []string `json:"template_ids"`
		RejectedIDs []string `json:"rejected_ids"`
	}
	if err := v.decode(&in); err != nil {
		return nil, err
	}
	if err := s.checkDialog(append(append([]string{}, in.TemplateIDs...), in.RejectedIDs...)); err != nil {
		return nil, err
	}
	app, err := s.miniProgram(v.Context())
	if err != nil {
		return nil, err
	}
	var choices []choice
	credits := map[string]int{}
	err = s.state.update(func(b *batch) {
		for _, id := range in.TemplateIDs {
			r := b.credits[triple(app.AppID, id, v.person.ID)]
			if t, _ := s.template(app.AppID, id); !t.LongTerm || r.Left == 0 {
				r.Left++
			}
			b.setCredit(app.AppID, id, v.person.ID, r)
			credits[id] = r.Left
			choices = append(choices, choice{TemplateID: id, Status: "accept", Scene: "0"})
		}
	})
	if err != nil {
		return nil, err
	}
	for _, id := range in.RejectedIDs {
		choices = append(choices, choice{TemplateID: id, Status: "reject", Scene: "0"})
	}
	pushErr := s.tell(choiceEvent(app, OpenID(app.AppID, v.person.ID), wechat.EventSubscribePopup, choices, s.o.Now()))
	return withError(map[string]any{"credits": credits}, pushErr), nil
}

// checkDialog holds wx.requestSubscribeMessage's own rules.
func (s *Sandbox) checkDialog(ids []string) error {
	if len(ids) == 0 {
		return invalid("accept.empty", "请选择要订阅的模板")
	}
	if len(ids) > maxAccepted {
		return invalid("accept.too_many", "一次最多订阅 3 个模板")
	}
	seen, longTerm := map[string]bool{}, 0
	for _, id := range ids {
		t, found := s.template(s.o.MiniProgram, id)
		if !found {
			return invalid("accept.unknown", "小程序没有这个订阅模板："+id)
		}
		if seen[id] {
			return invalid("accept.twice", "同一个模板不能重复选择")
		}
		seen[id] = true
		if t.LongTerm {
			longTerm++
		}
	}
	if longTerm != 0 && longTerm != len(ids) {
		return invalid("accept.mixed", "一次性订阅和长期订阅不能同时弹窗")
	}
	return nil
}

// rejectTemplate turns a template off in the settings; all credit for it is gone.
func (s *Sandbox) rejectTemplate(v *visit) (any, error) {
	var in struct {
		TemplateID string `json:"template_id"`
	}
	if err := v.decode(&in); err != nil {
		return nil, err
	}
	if err := s.checkDialog([]string{in.TemplateID}); err != nil {
		return nil, err
	}
	app, err := s.miniProgram(v.Context())
	if err != nil {
		return nil, err
	}
	err = s.state.update(func(b *batch) {
		b.setCredit(app.AppID, in.TemplateID, v.person.ID, creditRecord{})
	})
	if err != nil {
		return nil, err
	}
	off := []choice{{TemplateID: in.TemplateID, Status: "reject"}}
	pushErr := s.tell(choiceEvent(app, OpenID(app.AppID, v.person.ID), wechat.EventSubscribeChange, off, s.o.Now()))
	return withError(map[string]any{}, pushErr), nil
}

func (s *Sandbox) listTemplates(*visit) (any, error) {
	type shown struct {
		Template
		Fields []field `json:"fields"`
	}
	items := make([]shown, 0, len(s.o.Templates))
	for _, t := range s.o.Templates {
		items = append(items, shown{t, cardFields(t, nil)})
	}
	return items, nil
}

// tell pushes an event that needs no reply.
func (s *Sandbox) tell(p push) error {
	_, err := s.pushNow(p)
	return err
}

// withError adds what went wrong with the push to an answer: the tap itself has had its effect.
func withError(answer map[string]any, err error) map[string]any {
	if err != nil {
		answer["error"] = err.Error()
	}
	return answer
}

// field is one row of a card.
type field struct {
	Key   string `json:"key"`
	Label string `json:"label"`
	Value string `json:"value"`
}

// cardFields are the rows of a card in the template's order.
func cardFields(t Template, data map[string]string) []field {
	rows := make([]field, 0, len(t.Keys))
	for _, key := range t.Keys {
		label := t.Labels[key]
		if label == "" {
			label = plainLabel(key)
		}
		rows = append(rows, field{key, label, data[key]})
	}
	return rows
}

// plainLabel stands in for a field whose name on the card is not known.
func plainLabel(key string) string {
	switch strings.TrimRight(key, "0123456789") {
	case "time":
		return "时间"
	case "date":
		return "日期"
	case "number":
		return "数量"
	case "amount":
		return "金额"
	case "name":
		return "姓名"
	case "phrase":
		return "状态"
	case "phone_number":
		return "电话"
	case "character_string":
		return "编号"
	case "car_number":
		return "车牌"
	}
	return "事项"
}
