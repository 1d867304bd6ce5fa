package sandbox

import (
	"slices"
	"time"
)

// received is one thing that a phone has got, as the door shows it.
type received struct {
	ID         int64             `json:"id"`
	Channel    string            `json:"channel"`
	AppID      string            `json:"appid"`
	Sender     string            `json:"sender"` // the account's name, or its appid if it is gone
	TemplateID string            `json:"template_id"`
	Title      string            `json:"title"`
	Data       map[string]string `json:"data"`
	Fields     []field           `json:"fields"`
	Page       string            `json:"page"`
	Content    string            `json:"content"`
	At         time.Time         `json:"at"`
}

// listMessages is what the phone has received, newest first: channel subscribe or template (notices, with data), and
// customer or reply (texts of official accounts, with content). ?channel= picks one.
func (s *Sandbox) listMessages(v *visit) (any, error) {
	only := v.URL.Query().Get("channel")
	items := []received{}
	for _, e := range s.entriesOf(v.person.ID) {
		if e.From != fromAccount || only != "" && e.Channel != only {
			continue
		}
		r := received{ID: e.ID, Channel: e.Channel, AppID: e.AppID, Sender: e.AppID, TemplateID: e.TemplateID, Title: e.Title,
			Data: e.Data, Fields: []field{}, Page: e.Page, Content: e.Content, At: e.At.UTC()}
		if r.Data == nil {
			r.Data = map[string]string{"content": e.Content}
		}
		if app, err := s.app(v.Context(), e.AppID, false); err == nil && app.Name != "" {
			r.Sender = app.Name
		}
		if t, found := s.template(e.AppID, e.TemplateID); found {
			r.Fields = cardFields(t, e.Data)
		}
		items = append(items, r)
	}
	return items, nil
}

// chatLine is one line of a conversation.
type chatLine struct {
	ID       int64     `json:"id"`
	From     string    `json:"from"` // me, account or system
	Channel  string    `json:"channel,omitempty"`
	Type     string    `json:"type"`
	Title    string    `json:"title,omitempty"`
	Content  string    `json:"content,omitempty"`
	Fields   []field   `json:"fields,omitempty"`
	Page     string    `json:"page,omitempty"`
	ImageURL string    `json:"image_url,omitempty"`
	Lat      float64   `json:"lat,omitempty"`
	Lng      float64   `json:"lng,omitempty"`
	At       time.Time `json:"at"`
}

// showChat is the conversation with one account, oldest first.
func (s *Sandbox) showChat(v *visit) (any, error) {
	appid := v.PathValue("appid")
	items := []chatLine{}
	for _, e := range slices.Backward(s.entriesOf(v.person.ID)) {
		if e.AppID != appid {
			continue
		}
		l := chatLine{ID: e.ID, From: e.From, Channel: e.Channel, Type: e.Type, Title: e.Title, Content: e.Content,
			Page: e.Page, Lat: e.Lat, Lng: e.Lng, At: e.At.UTC()}
		if t, found := s.template(e.AppID, e.TemplateID); found {
			l.Fields = cardFields(t, e.Data)
		}
		if e.Type == "image" {
			l.ImageURL = wirePrefix + "mmbiz_jpg/" + e.MediaID + "/0"
		}
		items = append(items, l)
	}
	return items, nil
}

// entriesOf are the newest things on a phone, newest first.
func (s *Sandbox) entriesOf(person string) []entry {
	var entries []entry
	s.state.view(func(st *state) {
		all := st.phones[person]
		entries = slices.Clone(all[max(0, len(all)-phoneKeeps):])
	})
	slices.Reverse(entries)
	return entries
}
