package sandbox

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"strconv"
	"time"

	"hongyun/wechat"
)

// push is one message or event on its way to the product. Official accounts get XML and the mini-program gets JSON,
// so that both forms are in use.
type push struct {
	app    wechat.App
	openid string // who does something, or has received something
	name   string // the event, or the type of the message
	body   []byte // before encryption
	form   string // its content type
	err    error  // why there is no body
	info   bool   // of the open platform, about the third-party platform app
}

const (
	formXML  = "text/xml"
	formJSON = "application/json"
)

// cdata is text in XML. A "]]>" in it is written so that it cannot end the section.
type cdata struct {
	Text string `xml:",cdata"`
}

// xmlBody is every field that a push to an official account may have.
type xmlBody struct {
	XMLName      xml.Name `xml:"xml"`
	ToUserName   cdata    `xml:"ToUserName"`
	FromUserName cdata    `xml:"FromUserName"`
	CreateTime   int64    `xml:"CreateTime"`
	MsgType      cdata    `xml:"MsgType"`
	Event        *cdata   `xml:"Event"`
	EventKey     *cdata   `xml:"EventKey"`
	Content      *cdata   `xml:"Content"`
	PicURL       *cdata   `xml:"PicUrl"`
	MediaID      *cdata   `xml:"MediaId"`
	Format       *cdata   `xml:"Format"`
	LocationX    string   `xml:"Location_X,omitempty"`
	LocationY    string   `xml:"Location_Y,omitempty"`
	Scale        int      `xml:"Scale,omitempty"`
	Label        *cdata   `xml:"Label"`
	MsgID        int64    `xml:"MsgId,omitempty"`
	JobID        int64    `xml:"MsgID,omitempty"`
	Status       *cdata   `xml:"Status"`
}

// originalID is the gh_… of an account; the sandbox makes one up for an account that the product has none for.
func originalID(a wechat.App) string {
	if a.OriginalID != "" {
		return a.OriginalID
	}
	sum := sha256.Sum256([]byte(a.AppID))
	return "gh_" + hex.EncodeToString(sum[:6])
}

func newBody(a wechat.App, openid, msgType string, now time.Time) xmlBody {
	return xmlBody{
		ToUserName: cdata{originalID(a)}, FromUserName: cdata{openid}, CreateTime: now.Unix(), MsgType: cdata{msgType},
	}
}

func (b xmlBody) push(a wechat.App) push {
	raw, err := xml.Marshal(b)
	name := b.MsgType.Text
	if b.Event != nil {
		name = b.Event.Text
	}
	return push{app: a, openid: b.FromUserName.Text, name: name, body: raw, form: formXML, err: err}
}

// messageOf is what WeChat sends on when a person writes to an account.
func messageOf(a wechat.App, openid string, e entry, now time.Time) push {
	b := newBody(a, openid, e.Type, now)
	b.MsgID = e.ID
	switch e.Type {
	case "text":
		b.Content = &cdata{e.Content}
	case "image":
		b.PicURL, b.MediaID = &cdata{pictureURL(e.MediaID)}, &cdata{e.MediaID}
	case "voice":
		b.MediaID, b.Format = &cdata{e.MediaID}, &cdata{"amr"}
	case "location":
		b.LocationX, b.LocationY = strconv.FormatFloat(e.Lat, 'f', 6, 64), strconv.FormatFloat(e.Lng, 'f', 6, 64)
		b.Scale, b.Label = 16, &cdata{e.Content}
	}
	return b.push(a)
}

// accountEvent is subscribe, unsubscribe or CLICK.
func accountEvent(a wechat.App, openid, event, key string, now time.Time) push {
	b := newBody(a, openid, "event", now)
	b.Event, b.EventKey = &cdata{event}, &cdata{key}
	return b.push(a)
}

// templateFinished tells the account that a template message has arrived.
func templateFinished(a wechat.App, openid string, msgID int64, now time.Time) push {
	b := newBody(a, openid, "event", now)
	b.Event, b.JobID, b.Status = &cdata{wechat.EventTemplateDone}, msgID, &cdata{"success"}
	return b.push(a)
}

// choice is one template in the event that follows the subscribe dialog or the settings.
type choice struct {
	TemplateID string `json:"TemplateId"`
	Status     string `json:"SubscribeStatusString"`
	Scene      string `json:"PopupScene,omitempty"`
}

// choiceEvent is subscribe_msg_popup_event or subscribe_msg_change_event.
func choiceEvent(a wechat.App, openid, event string, choices []choice, now time.Time) push {
	return jsonPush(a, openid, event, now, map[string]any{"List": listOf(choices)})
}

// sentEvent is what became of a subscribe message.
func sentEvent(a wechat.App, openid, template string, msgID int64, now time.Time) push {
	return jsonPush(a, openid, wechat.EventSubscribeSent, now, map[string]any{"List": map[string]string{
		"TemplateId": template, "MsgID": strconv.FormatInt(msgID, 10), "ErrorCode": "0", "ErrorStatus": "success",
	}})
}

// mediaChecked is the verdict of media_check_async.
func mediaChecked(a wechat.App, openid, trace, suggest string, label int, now time.Time) push {
	return jsonPush(a, openid, "wxa_media_check", now, map[string]any{
		"appid": a.AppID, "trace_id": trace, "version": 2, "errcode": 0, "errmsg": "ok",
		"result": map[string]any{"suggest": suggest, "label": label},
		"detail": []map[string]any{{"strategy": "content_model", "errcode": 0, "suggest": suggest, "label": label, "prob": 90}},
	})
}

// listOf writes one choice as an object and several as an array: WeChat does.
func listOf(choices []choice) any {
	if len(choices) == 1 {
		return choices[0]
	}
	return choices
}

func jsonPush(a wechat.App, openid, event string, now time.Time, more map[string]any) push {
	more["ToUserName"], more["FromUserName"], more["CreateTime"] = originalID(a), openid, now.Unix()
	more["MsgType"], more["Event"] = "event", event
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	err := enc.Encode(more)
	return push{app: a, openid: openid, name: event, body: bytes.TrimSpace(buf.Bytes()), form: formJSON, err: err}
}
