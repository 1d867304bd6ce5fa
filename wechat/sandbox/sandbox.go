// Package sandbox stands in for WeChat: an http.Handler that answers as api.weixin.qq.com and api.mch.weixin.qq.com do, pushes signed and
// encrypted callbacks as WeChat does, and shows what arrives on a phone.
//
// Here belongs the far side of the wire and nothing of the product: what WeChat knows (tokens, openids, followers,
// credit, windows, media), its error codes, and the door through which a test or a person plays the people who hold
// the phones. It is strict: what it accepts, WeChat would accept; where WeChat's documents leave a doubt, it refuses.
//
// Three parts hang under /sandbox/: wire/ is the API that the product's HTTP client is rerouted to, api/ is the door
// (JSON, Chinese errors {code, message}), and / is the phone page.
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	neturl "net/url"
	"strings"
	"sync"
	"time"

	"hongyun/wechat"
)

// Person is somebody who holds a phone. Bind is set for a member who has not tied the account yet: what he or she
// would type to do so.
type Person struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Role  string `json:"role"`
	Org   string `json:"org"`
	Phone string `json:"-"`
	Bound bool   `json:"bound"`
	Bind  *Bind  `json:"bind,omitempty"`
}

// Bind is what an unbound member types to be recognised.
type Bind struct {
	Name    string `json:"name"`
	IDLast6 string `json:"id_last6"`
}

// Template is a message template that an account owns. AppID may be empty for a template that every service account
// owns, also those added at run time. Keys are the fields in the order of the card; Labels are their Chinese names on
// the card and may be missing. A long-term template needs one acceptance and spends none.
type Template struct {
	AppID    string            `json:"appid"`
	ID       string            `json:"id"`
	Title    string            `json:"title"`
	Keys     []string          `json:"keys"`
	Labels   map[string]string `json:"labels,omitempty"`
	LongTerm bool              `json:"long_term"`
}

// Grant is the starting state of one person under one appid: follows the official account, or has credit for
// templates of the mini-program.
type Grant struct {
	PersonID string
	AppID    string
	Follows  bool
	Credits  map[string]int
}

// Options says who plays and where the product listens. People, Person, Apps, App and Now must be given.
type Options struct {
	People func(ctx context.Context) ([]Person, error)
	// Person finds anybody, also outside the cast; any error that is not of the context means that there is no such person.
	Person func(ctx context.Context, id string) (Person, error)
	Apps   func(ctx context.Context) ([]wechat.App, error)
	// App answers wechat.ErrUnknownApp for an appid that the product does not have.
	App         func(ctx context.Context, appid string) (wechat.App, error)
	MiniProgram string
	// Component is the product's third-party platform with the open platform; a zero one: there is none.
	Component wechat.ComponentApp
	// OpenPlatform tells which appids share an open-platform account; a unionid is given only for these. Nil: none.
	OpenPlatform func(appid string) bool
	Templates    []Template
	// Pages are those of the published mini-program, without query.
	Pages []string
	// Merchant is the account with WeChat Pay; nil: nobody can pay.
	Merchant *Merchant
	// CallbackURL is the base of the product; pushes go to {base}/wechat/oa/{appid} and {base}/wechat/mp/{appid}.
	CallbackURL string
	// StateFile is the journal; empty keeps everything in memory only.
	StateFile string
	// SentEvents turns on subscribe_msg_sent_event after each subscribe message. WeChat pushes it for every message;
	// it is off by default because it only repeats what the answer to the send has said.
	SentEvents bool
	Now        func() time.Time
	Log        *slog.Logger

	pause time.Duration // between two attempts of a push; 0: half a second
}

// Sandbox is one stand-in for WeChat. It is safe for concurrent use.
type Sandbox struct {
	o         Options
	log       *slog.Logger
	templates map[string]Template
	pages     map[string]bool
	apps      appCache
	state     *state
	faults    faults
	pushes    *pushes
	wire      map[string]wireAPI
	merchant  *Merchant
	payWire   []payAPI
	till      *till
	ticketing sync.Mutex // one ticket at a time is under way
	handler   http.Handler
}

// New opens the journal and starts nothing that outlives Close. It fails when a needed option is missing or the
// journal cannot be read.
func New(o Options) (*Sandbox, error) {
	if o.People == nil || o.Person == nil || o.Apps == nil || o.App == nil || o.Now == nil {
		return nil, errors.New("sandbox: People, Person, Apps, App and Now must be set")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.OpenPlatform == nil {
		o.OpenPlatform = func(string) bool { return false }
	}
	o.CallbackURL = strings.TrimRight(o.CallbackURL, "/")
	s := &Sandbox{o: o, log: o.Log, templates: map[string]Template{}, pages: map[string]bool{}}
	for _, t := range o.Templates {
		s.templates[t.AppID+"|"+t.ID] = t
	}
	for _, p := range o.Pages {
		s.pages[strings.TrimPrefix(p, "/")] = true
	}
	st, err := openState(o.StateFile, o.Now(), o.Log)
	if err != nil {
		return nil, fmt.Errorf("sandbox: open %s: %w", o.StateFile, err)
	}
	s.state = st
	s.pushes, s.till = newPushes(), newTill()
	if o.pause > 0 {
		s.pushes.pause = o.pause
	}
	s.wire = s.wireAPIs()
	s.handler = s.routes()
	if s.merchant = o.Merchant; s.merchant != nil {
		s.payWire = s.payAPIs()
		s.resumeRefunds()
	}
	s.startTickets()
	return s, nil
}

// Handler serves everything under /sandbox/ and is to be mounted there.
func (s *Sandbox) Handler() http.Handler { return http.HandlerFunc(s.serve) }

// Close waits for pushes under way (10 seconds at most) and closes the journal. Calls after it fail.
func (s *Sandbox) Close() error {
	s.pushes.close(10 * time.Second)
	return s.state.close()
}

// Blank tells whether nobody here follows or has allowed anything yet: a journal that has just begun.
func (s *Sandbox) Blank() bool {
	blank := false
	s.state.view(func(st *state) { blank = len(st.follows) == 0 && len(st.credits) == 0 })
	return blank
}

// Seed puts people into a starting state, in bulk and without callbacks: the product that seeds knows already. What
// a grant names is set, whatever it was before, so it is called when a demo is built and not at every start.
func (s *Sandbox) Seed(grants []Grant) error {
	now := s.o.Now()
	for i, g := range grants {
		if OpenID(g.AppID, g.PersonID) == "" {
			return fmt.Errorf("sandbox: grant %d: person id %q is not 1 to 12 characters of [a-z0-9-]", i, g.PersonID)
		}
		for id := range g.Credits {
			if _, ok := s.template(g.AppID, id); !ok {
				return fmt.Errorf("sandbox: grant %d: template %q does not belong to %s", i, id, g.AppID)
			}
		}
	}
	return s.state.update(func(b *batch) {
		for _, g := range grants {
			if g.Follows {
				b.setFollow(g.AppID, g.PersonID, followRecord{On: true, Since: now})
			}
			for id, n := range g.Credits {
				b.setCredit(g.AppID, id, g.PersonID, creditRecord{Left: n})
			}
		}
	})
}

// serve makes the request its own first: a server that reuses its buffers may hand over strings that change later.
func (s *Sandbox) serve(w http.ResponseWriter, r *http.Request) {
	own, err := ownRequest(r)
	if err != nil {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	s.handler.ServeHTTP(w, own)
}

func ownRequest(r *http.Request) (*http.Request, error) {
	url, err := neturl.ParseRequestURI(strings.Clone(r.URL.RequestURI()))
	if err != nil {
		return nil, err
	}
	own := (&http.Request{
		Method: strings.Clone(r.Method), URL: url, Header: http.Header{}, Body: r.Body, ContentLength: r.ContentLength,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Host: strings.Clone(r.Host),
	}).WithContext(r.Context())
	own.RequestURI = url.RequestURI()
	for _, name := range []string{"X-Original-Host", "Authorization", "Accept", "Content-Type", "User-Agent", "Wechatpay-Serial"} {
		if h := r.Header.Get(name); h != "" {
			own.Header.Set(name, strings.Clone(h))
		}
	}
	return own, nil
}

func (s *Sandbox) template(appid, id string) (Template, bool) {
	if t, ok := s.templates[appid+"|"+id]; ok {
		return t, true
	}
	if appid == s.o.MiniProgram {
		return Template{}, false
	}
	t, ok := s.templates["|"+id]
	return t, ok
}

func (s *Sandbox) hasPage(page string) bool {
	path, _, _ := strings.Cut(page, "?")
	return s.pages[path]
}
