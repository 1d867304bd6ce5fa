package wechat

import "context"

// SubscribeMessage is a mini-program's subscribe message (订阅消息). Values must fit their fields, see Fit.
type SubscribeMessage struct {
	OpenID     string // of the mini-program
	TemplateID string
	Page       string // opened by a tap; with query, without leading slash
	Data       map[string]string
}

// TemplateMessage is a service account's template message (模板消息).
type TemplateMessage struct {
	OpenID           string // of this very account
	TemplateID       string
	Data             map[string]string
	ClientMsgID      string // WeChat drops a second message with the same one to the same person within ten minutes
	MiniProgramAppID string // with PagePath; wins over URL
	PagePath         string
	URL              string
}

type value struct {
	Value string `json:"value"`
}

// SendSubscribe uses up one credit of the receiver. WeChat has no key against sending twice: after OutcomeUnknown do not
// send again.
func (c *Client) SendSubscribe(ctx context.Context, appid string, m SubscribeMessage) error {
	return c.post(ctx, appid, "subscribe/send", "/cgi-bin/message/subscribe/send", struct {
		ToUser     string           `json:"touser"`
		TemplateID string           `json:"template_id"`
		Page       string           `json:"page,omitempty"`
		State      string           `json:"miniprogram_state"`
		Lang       string           `json:"lang"`
		Data       map[string]value `json:"data"`
	}{m.OpenID, m.TemplateID, m.Page, "formal", "zh_CN", values(m.Data)}, nil)
}

// SendTemplate returns WeChat's number of the message, which the event TEMPLATESENDJOBFINISH will name.
func (c *Client) SendTemplate(ctx context.Context, appid string, m TemplateMessage) (msgID int64, err error) {
	type miniProgram struct {
		AppID    string `json:"appid"`
		PagePath string `json:"pagepath,omitempty"`
	}
	in := struct {
		ToUser      string           `json:"touser"`
		TemplateID  string           `json:"template_id"`
		URL         string           `json:"url,omitempty"`
		MiniProgram *miniProgram     `json:"miniprogram,omitempty"`
		ClientMsgID string           `json:"client_msg_id,omitempty"`
		Data        map[string]value `json:"data"`
	}{ToUser: m.OpenID, TemplateID: m.TemplateID, URL: m.URL, ClientMsgID: m.ClientMsgID, Data: values(m.Data)}
	if m.MiniProgramAppID != "" {
		in.MiniProgram = &miniProgram{m.MiniProgramAppID, m.PagePath}
	}
	var out struct {
		MsgID int64 `json:"msgid"`
	}
	err = c.post(ctx, appid, "template/send", "/cgi-bin/message/template/send", in, &out)
	return out.MsgID, err
}

// SendCustomerText writes to somebody who wrote first: five messages within 48 hours (客服消息).
func (c *Client) SendCustomerText(ctx context.Context, appid, openid, text string) error {
	type content struct {
		Content string `json:"content"`
	}
	return c.post(ctx, appid, "custom/send", "/cgi-bin/message/custom/send", struct {
		ToUser  string  `json:"touser"`
		MsgType string  `json:"msgtype"`
		Text    content `json:"text"`
	}{openid, "text", content{text}}, nil)
}

func values(data map[string]string) map[string]value {
	out := make(map[string]value, len(data))
	for key, v := range data {
		out[key] = value{v}
	}
	return out
}
