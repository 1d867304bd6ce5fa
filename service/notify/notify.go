// Package notify is how the platform tells people something. A module queues a message inside its transaction; the inbox
// in the app has it from then on, and the dispatcher takes it to a phone through the channel that reaches it: a subscribe
// message of the mini-program, a template message of a service account, or a customer-service message. A message reaches
// a phone at most once; what WeChat left unanswered is unknown and is never sent again.
//
// Who is told what, and when, is decided by the modules. What WeChat's answers mean is decided by package wechat.
package notify

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"hongyun/model"
	"hongyun/service/worker"
	"hongyun/wechat"
)

// Kind is one sort of message. Title, Body and Page are texts with {placeholders} of the message's data, Title and Body
// in Chinese.
type Kind struct {
	Name  string // dues.reminder
	Title string
	Body  string
	Page  string // opened by a tap, unless the message has its own; with query, without leading slash

	ToCitizen bool // goes to whoever sent a request: the list of deliveries does not say who that is (RULES 9.2)
}

// Recipient is who gets a message.
type Recipient struct {
	Type string // model.ToMember, model.ToAccount or model.ToContact
	ID   int64
}

// Message is one message to queue. Kind, To and Period are its key: a second one with the same key is not queued.
type Message struct {
	Kind   string
	To     Recipient
	Period string // the period or the object that it is about: 2026-11, request:17
	Data   map[string]string
	Page   string // empty: that of the kind
}

// Options are what a Service needs. Zero numbers take the defaults.
type Options struct {
	DB       *model.DB
	WeChat   *wechat.Client
	Kinds    []Kind
	MPAppID  string        // of the mini-program that messages open
	Instance string        // names this process in leases
	Batch    int           // deliveries claimed together; 500
	Workers  int           // sends at the same time; 32
	Lease    time.Duration // how long a killed process blocks what it held; 30 s. A send gets two thirds of it
	Log      *slog.Logger
}

// Service queues, shows and delivers messages. It is safe for concurrent use.
type Service struct {
	db      *model.DB
	wechat  *wechat.Client
	kinds   map[string]Kind
	mpAppID string
	batch   int
	workers int
	lease   time.Duration
	log     *slog.Logger

	owner  string // of leases; unique to this Service
	passes atomic.Int64
	wake   chan struct{}
	pauses pauses

	worker worker.Worker

	mu      sync.Mutex // of sweepAt
	sweepAt time.Time
}

// New makes a service that queues and shows; Start makes it deliver.
func New(o Options) *Service {
	s := &Service{
		db: o.DB, wechat: o.WeChat, kinds: make(map[string]Kind, len(o.Kinds)), mpAppID: o.MPAppID,
		batch: o.Batch, workers: o.Workers, lease: o.Lease, log: o.Log,
		owner: o.Instance + "/" + rand.Text()[:8], wake: make(chan struct{}, 1),
	}
	for _, k := range o.Kinds {
		s.kinds[k.Name] = k
	}
	if s.batch <= 0 {
		s.batch = 500
	}
	if s.workers <= 0 {
		s.workers = 32
	}
	if s.lease <= 0 {
		s.lease = 30 * time.Second
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	return s
}

// kind is an error for a kind that no module has listed.
func (s *Service) kind(name string) (Kind, error) {
	k, ok := s.kinds[name]
	if !ok {
		return Kind{}, fmt.Errorf("notify: unknown kind %q", name)
	}
	return k, nil
}
