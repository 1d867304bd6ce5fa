package sandbox

import (
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"hongyun/wechat"
)

// The kinds of journal lines about the open platform and menus.
const (
	kindTicket  = "ticket"  // by the platform's appid
	kindGrant   = "grant"   // by appid
	kindFounded = "founded" // by appid
	kindMenu    = "menu"    // by appid
)

// open is what the open platform remembers.
type open struct {
	tickets map[string]ticketRecord
	grants  map[string]grantRecord
	founded map[string]foundedRecord
	menus   map[string][]wechat.MenuButton // empty: taken away
}

func newOpen() open {
	return open{tickets: map[string]ticketRecord{}, grants: map[string]grantRecord{}, founded: map[string]foundedRecord{},
		menus: map[string][]wechat.MenuButton{}}
}

// ticketRecord: a ticket counts from the moment it is under way; the one before it until the product has answered.
type ticketRecord struct {
	Current string `json:"current"`
	Coming  string `json:"coming,omitempty"`
	Before  string `json:"before,omitempty"` // told from an invented one
}

// grantRecord is what an account has granted the platform.
type grantRecord struct {
	On        bool      `json:"on"`
	Refresh   string    `json:"refresh"` // the only refresh token that counts
	Functions []int64   `json:"functions"`
	Since     time.Time `json:"since"`
}

// foundedRecord is an account that was made up here, of which the product knows nothing before it is authorised.
type foundedRecord struct {
	AppID      string      `json:"appid"`
	OriginalID string      `json:"original_id"`
	Name       string      `json:"name"`
	Kind       wechat.Kind `json:"kind"`
	Owner      string      `json:"owner"` // person
}

func (r foundedRecord) app() wechat.App {
	return wechat.App{AppID: r.AppID, OriginalID: r.OriginalID, Name: r.Name, Kind: r.Kind, Authorization: wechat.AuthorizationComponent}
}

func (b *batch) setTicket(appid string, r ticketRecord) {
	b.open.tickets[appid] = r
	b.note(kindTicket, appid, r)
}

func (b *batch) setGrant(appid string, r grantRecord) {
	b.open.grants[appid] = r
	b.note(kindGrant, appid, r)
}

func (b *batch) setFounded(r foundedRecord) {
	b.open.founded[r.AppID] = r
	b.note(kindFounded, r.AppID, r)
}

func (b *batch) setMenu(appid string, buttons []wechat.MenuButton) {
	b.open.menus[appid] = buttons
	b.note(kindMenu, appid, buttons)
}

func (st *state) replayOpen(l line) error {
	switch l.Kind {
	case kindTicket:
		return into(st.open.tickets, l)
	case kindGrant:
		return into(st.open.grants, l)
	case kindFounded:
		return into(st.open.founded, l)
	}
	var buttons []wechat.MenuButton
	if err := json.Unmarshal(l.Value, &buttons); err != nil {
		return err
	}
	st.open.menus[l.Key] = buttons
	return nil
}

func (st *state) dumpOpen(w io.Writer) error {
	return errors.Join(dumpMap(w, kindTicket, st.open.tickets), dumpMap(w, kindGrant, st.open.grants),
		dumpMap(w, kindFounded, st.open.founded), dumpMap(w, kindMenu, st.open.menus))
}

// grant is what an account has granted; false when it has not, or no longer.
func (s *Sandbox) grant(appid string) (r grantRecord, on bool) {
	s.state.view(func(st *state) { r = st.open.grants[appid] })
	return r, r.On && s.o.Component.AppID != ""
}

// founded finds an account that was made up here.
func (s *Sandbox) founded(appid string) (r foundedRecord, found bool) {
	s.state.view(func(st *state) { r, found = st.open.founded[appid] })
	return r, found
}

// unknownTo are the accounts that were made up here and that are not among apps.
func (s *Sandbox) unknownTo(apps []wechat.App) []wechat.App {
	var out []wechat.App
	s.state.view(func(st *state) {
		for appid, r := range st.open.founded {
			if !slices.ContainsFunc(apps, func(a wechat.App) bool { return a.AppID == appid }) {
				out = append(out, r.app())
			}
		}
	})
	slices.SortFunc(out, func(a, b wechat.App) int { return strings.Compare(a.AppID, b.AppID) })
	return out
}
