package wechat

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"
)

// Push is one message or event that WeChat has sent about an account, with the fields that its kind has.
type Push struct {
	AppID, ToUser, OpenID string
	CreatedAt             time.Time // UTC
	Kind                  string    // text image voice location event, or another of WeChat's words
	Event                 string    // subscribe unsubscribe CLICK SCAN TEMPLATESENDJOBFINISH subscribe_msg_popup_event …
	Key                   string    // the same for a repeated push, unique within the account; at most 40 characters
	MsgID                 int64
	Content               string
	PicURL                string
	MediaID               string
	EventKey              string
	Lat, Lng              float64 // degrees; both 0 if there is no place
	Label                 string
	Choices               []SubscribeChoice
	Sent                  []SubscribeSent
	TemplateMsgID         int64  // TEMPLATESENDJOBFINISH: what SendTemplate returned
	TemplateStatus        string // "success", "failed:user block", "failed: system failed"
	Raw                   []byte // decrypted, XML or JSON as received

	Row int64 `json:"-"` // number of the row that keeps it; 0 until it is kept

	keys *pushKeys // what opened it seals the answer
}

// SubscribeChoice is what somebody chose for one template.
type SubscribeChoice struct {
	TemplateID string
	Status     string // accept or reject
	Scene      string
}

// SubscribeSent is what became of one subscribe message.
type SubscribeSent struct {
	TemplateID  string
	MsgID       int64
	ErrorCode   int64
	ErrorStatus string
}

// The events that carry a list of templates.
const (
	EventSubscribePopup  = "subscribe_msg_popup_event"
	EventSubscribeChange = "subscribe_msg_change_event"
	EventSubscribeSent   = "subscribe_msg_sent_event"
	EventTemplateDone    = "TEMPLATESENDJOBFINISH"
)

// wirePush is a push as it stands in XML or JSON. The library's own type loses all but the last List of a popup event
// in XML, and the places in JSON.
type wirePush struct {
	ToUserName   scalar `xml:"ToUserName" json:"ToUserName"`
	FromUserName scalar `xml:"FromUserName" json:"FromUserName"`
	CreateTime   scalar `xml:"CreateTime" json:"CreateTime"`
	MsgType      scalar `xml:"MsgType" json:"MsgType"`
	MessageID    scalar `xml:"MsgId" json:"MsgId"` // of a message
	AboutID      scalar `xml:"MsgID" json:"MsgID"` // of the template message that an event is about
	Content      scalar `xml:"Content" json:"Content"`
	PicURL       scalar `xml:"PicUrl" json:"PicUrl"`
	MediaID      scalar `xml:"MediaId" json:"MediaId"`
	LocationX    scalar `xml:"Location_X" json:"Location_X"`
	LocationY    scalar `xml:"Location_Y" json:"Location_Y"`
	Latitude     scalar `xml:"Latitude" json:"Latitude"`
	Longitude    scalar `xml:"Longitude" json:"Longitude"`
	Label        scalar `xml:"Label" json:"Label"`
	Event        scalar `xml:"Event" json:"Event"`
	EventKey     scalar `xml:"EventKey" json:"EventKey"`
	Status       scalar `xml:"Status" json:"Status"`
	TraceID      scalar `xml:"trace_id" json:"trace_id"`

	Popup  []wireItem `xml:"SubscribeMsgPopupEvent>List" json:"-"`
	Change []wireItem `xml:"SubscribeMsgChangeEvent>List" json:"-"`
	Sent   []wireItem `xml:"SubscribeMsgSentEvent>List" json:"-"`
	List   wireList   `xml:"-" json:"List"`
}

type wireItem struct {
	TemplateID  scalar `xml:"TemplateId" json:"TemplateId"`
	Status      scalar `xml:"SubscribeStatusString" json:"SubscribeStatusString"`
	Scene       scalar `xml:"PopupScene" json:"PopupScene"`
	MsgID       scalar `xml:"MsgID" json:"MsgID"`
	ErrorCode   scalar `xml:"ErrorCode" json:"ErrorCode"`
	ErrorStatus scalar `xml:"ErrorStatus" json:"ErrorStatus"`
}

// scalar is a text that JSON may also write as a number or a bool; the documents and the real pushes differ.
type scalar string

// UnmarshalJSON takes a string, a number or a bool; of anything else it keeps nothing, as it is no field of ours.
func (s *scalar) UnmarshalJSON(raw []byte) error {
	switch raw[0] {
	case '"':
		var text string
		if err := json.Unmarshal(raw, &text); err != nil {
			return err
		}
		*s = scalar(text)
	case '{', '[', 'n':
		*s = ""
	default:
		*s = scalar(raw)
	}
	return nil
}

func (s scalar) text() string { return printable(string(s)) }

// number is 0 for what is not one.
func (s scalar) number() int64 {
	n, err := strconv.ParseInt(string(s), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// wireList is one template as an object, or several as an array.
type wireList []wireItem

// UnmarshalJSON takes both forms.
func (l *wireList) UnmarshalJSON(raw []byte) error {
	switch raw[0] {
	case '[':
		var many []wireItem
		err := json.Unmarshal(raw, &many)
		*l = many
		return err
	case '{':
		var one wireItem
		err := json.Unmarshal(raw, &one)
		*l = wireList{one}
		return err
	}
	return nil
}

// readPush reads a decrypted body. Without sender, time or kind it is ErrMalformed.
func readPush(raw []byte) (Push, error) {
	var w wirePush
	var err error
	if isJSON(raw) {
		err = json.Unmarshal(raw, &w)
	} else {
		dec := xml.NewDecoder(bytes.NewReader(raw))
		dec.CharsetReader = func(string, io.Reader) (io.Reader, error) { return nil, ErrMalformed }
		err = dec.Decode(&w)
	}
	if err != nil {
		return Push{}, fmt.Errorf("%w: not the XML or JSON of a push", ErrMalformed)
	}
	at := w.CreateTime.number()
	if w.FromUserName == "" || w.MsgType == "" || at <= 0 || at > math.MaxInt32*2 {
		return Push{}, fmt.Errorf("%w: no sender, time or kind", ErrMalformed)
	}
	p := Push{
		ToUser: w.ToUserName.text(), OpenID: w.FromUserName.text(), CreatedAt: time.Unix(at, 0).UTC(),
		Kind: w.MsgType.text(), Event: w.Event.text(), Key: w.key(), MsgID: w.MessageID.number(),
		Content: w.Content.text(), PicURL: w.PicURL.text(), MediaID: w.MediaID.text(), EventKey: w.EventKey.text(),
		Label: w.Label.text(), Raw: raw,
	}
	if p.Lat, p.Lng = place(w.LocationX, w.LocationY); p.Lat == 0 && p.Lng == 0 {
		p.Lat, p.Lng = place(w.Latitude, w.Longitude)
	}
	if p.Event == EventTemplateDone {
		p.TemplateMsgID, p.TemplateStatus = w.AboutID.number(), w.Status.text()
	}
	p.Choices, p.Sent = w.subscriptions()
	return p, nil
}

// subscriptions reads the list of the three subscribe events.
func (w *wirePush) subscriptions() (choices []SubscribeChoice, sent []SubscribeSent) {
	for _, item := range w.items() {
		if w.Event == EventSubscribeSent {
			sent = append(sent, SubscribeSent{TemplateID: item.TemplateID.text(), MsgID: item.MsgID.number(),
				ErrorCode: item.ErrorCode.number(), ErrorStatus: item.ErrorStatus.text()})
			continue
		}
		choices = append(choices, SubscribeChoice{TemplateID: item.TemplateID.text(), Status: item.Status.text(),
			Scene: item.Scene.text()})
	}
	return choices, sent
}

// items is the list that belongs to the event, whichever way it came.
func (w *wirePush) items() []wireItem {
	var fromXML []wireItem
	switch w.Event {
	case EventSubscribePopup:
		fromXML = w.Popup
	case EventSubscribeChange:
		fromXML = w.Change
	case EventSubscribeSent:
		fromXML = w.Sent
	default:
		return nil
	}
	if len(fromXML) > 0 {
		return fromXML
	}
	return w.List
}

// key is the same for WeChat's repetitions of one push: the message id, or a digest of who, when and what.
func (w *wirePush) key() string {
	if id := w.MessageID.number(); id != 0 {
		return "msg:" + strconv.FormatInt(id, 10)
	}
	digest := sha256.New()
	write := func(parts ...scalar) {
		for _, part := range parts {
			_, _ = fmt.Fprintf(digest, "%d:%s", len(part), part)
		}
	}
	write(w.FromUserName, w.CreateTime, w.MsgType, w.Event, w.EventKey, w.AboutID, w.TraceID, w.Content, w.MediaID)
	for _, item := range w.items() {
		write(item.TemplateID, item.Status, item.MsgID)
	}
	return "evt:" + hex.EncodeToString(digest.Sum(nil)[:16])
}

// place reads degrees; what is not on the globe is no place.
func place(x, y scalar) (lat, lng float64) {
	lat, errLat := strconv.ParseFloat(string(x), 64)
	lng, errLng := strconv.ParseFloat(string(y), 64)
	if errLat != nil || errLng != nil || !(math.Abs(lat) <= 90) || !(math.Abs(lng) <= 180) {
		return 0, 0
	}
	return lat, lng
}
