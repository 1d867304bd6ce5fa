package sandbox

import (
	"encoding/xml"
	"errors"
	"time"

	"hongyun/wechat"
)

// ticketEvery is how often the open platform pushes a new ticket.
const ticketEvery = 10 * time.Minute

// infoBody is every field that a push of the open platform may have.
type infoBody struct {
	XMLName    xml.Name `xml:"xml"`
	AppID      cdata    `xml:"AppId"`
	CreateTime int64    `xml:"CreateTime"`
	InfoType   cdata    `xml:"InfoType"`
	Ticket     *cdata   `xml:"ComponentVerifyTicket"`
	Authorizer *cdata   `xml:"AuthorizerAppid"`
	Code       *cdata   `xml:"AuthorizationCode"`
	CodeEnds   int64    `xml:"AuthorizationCodeExpiredTime,omitempty"`
	PreAuth    *cdata   `xml:"PreAuthCode"`
}

func (s *Sandbox) infoPush(info string, b infoBody, now time.Time) push {
	own := s.o.Component
	b.AppID, b.CreateTime, b.InfoType = cdata{own.AppID}, now.Unix(), cdata{info}
	raw, err := xml.Marshal(b)
	return push{app: wechat.App{AppID: own.AppID}, name: info, body: raw, form: formXML, err: err, info: true}
}

// pushTicket sends a new ticket.
func (s *Sandbox) pushTicket() error {
	s.ticketing.Lock()
	defer s.ticketing.Unlock()
	own, now := s.o.Component, s.o.Now()
	ticket := "ticket@@@" + randomText(80)
	err := s.state.update(func(b *batch) {
		r := b.open.tickets[own.AppID]
		r.Coming = ticket
		b.setTicket(own.AppID, r)
	})
	if err != nil {
		return err
	}
	if err := s.tell(s.infoPush(wechat.InfoTicket, infoBody{Ticket: &cdata{ticket}}, now)); err != nil {
		return err
	}
	return s.state.update(func(b *batch) {
		r := b.open.tickets[own.AppID]
		b.setTicket(own.AppID, ticketRecord{Current: ticket, Before: r.Current})
	})
}

// pushTickets sends a ticket at once and at every tick, until the sandbox closes.
func (s *Sandbox) pushTickets(ticks <-chan time.Time) {
	for {
		if err := s.pushTicket(); err != nil && !errors.Is(err, errClosed) {
			s.log.Warn("sandbox ticket failed", "err", err)
		}
		select {
		case <-ticks:
		case <-s.pushes.closing:
			return
		}
	}
}

// startTickets runs pushTickets if there is a platform. Close waits for it.
func (s *Sandbox) startTickets() {
	if s.o.Component.AppID == "" || !s.pushes.begin() {
		return
	}
	go func() {
		defer s.pushes.wg.Done()
		ticker := time.NewTicker(ticketEvery)
		defer ticker.Stop()
		s.pushTickets(ticker.C)
	}()
}

// route says with whose keys a push is sealed, and where it goes: what is about an account that has authorised the
// platform goes to the platform.
func (s *Sandbox) route(p push) (keys wechat.ComponentApp, path string) {
	if p.info {
		return s.o.Component, "/wechat/open/ticket"
	}
	if _, on := s.grant(p.app.AppID); on {
		return s.o.Component, "/wechat/open/" + p.app.AppID
	}
	return wechat.ComponentApp{AppID: p.app.AppID, Token: p.app.Token, AESKey: p.app.AESKey}, callbackPath(p.app)
}

// reachable tells whether pushes about an account have somewhere to go.
func (s *Sandbox) reachable(app wechat.App) bool {
	keys, _ := s.route(push{app: app})
	return keys.Token != "" && keys.AESKey != ""
}
