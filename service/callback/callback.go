// Package callback takes what WeChat pushes to the platform: each push takes effect once, however often WeChat repeats
// it. What a push changes in the database happens in the transaction that takes it; what needs the network is done
// afterwards by a worker. What a push means is decided by the handlers, which other packages register.
package callback

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/worker"
	"hongyun/wechat"
)

// Handler takes effect inside the transaction that stores the push, so it is for the database alone. Its reply, if any, is
// shown to the sender. An error undoes everything: WeChat gets no answer and pushes again.
type Handler func(tx model.Tx, p wechat.Push) (reply string, err error)

// Later runs after the push was answered, outside any transaction; it may use the network. id is that of the stored push.
// It may run more than once for one push, and must then have the effect of one run.
type Later func(ctx context.Context, id int64, p wechat.Push) error

// Options are what a Service needs.
type Options struct {
	DB       *model.DB
	WeChat   *wechat.Client
	Instance string // names this process in leases
	Log      *slog.Logger
}

// Service takes pushes and works them off. It is safe for concurrent use once all handlers are registered.
type Service struct {
	db     *model.DB
	wechat *wechat.Client
	log    *slog.Logger
	owner  string
	passes atomic.Int64
	wake   chan struct{}

	handlers map[string][]Handler
	laters   map[string][]Later
	patience map[string]time.Duration
	fill     func(reply string) string

	worker worker.Worker
}

// New makes a service without handlers; it stores every push all the same.
func New(o Options) *Service {
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Service{db: o.DB, wechat: o.WeChat, log: log, owner: o.Instance + "/" + rand.Text()[:8], wake: make(chan struct{}, 1),
		handlers: map[string][]Handler{}, laters: map[string][]Later{}, patience: map[string]time.Duration{}}
}

// On registers a handler for a kind of push: "text", "image", "event:subscribe". Several of one kind run in the order of
// their registration; the first reply that is not empty is given. Register before the first push.
func (s *Service) On(kind string, h Handler) { s.handlers[kind] = append(s.handlers[kind], h) }

// OnLater registers work to do after a kind of push. If one of several fails, all of them run again.
func (s *Service) OnLater(kind string, l Later) { s.laters[kind] = append(s.laters[kind], l) }

// Patiently has the later work of a kind tried for so long after the push came, each hour in the end, instead of eight times in half
// an hour.
func (s *Service) Patiently(kind string, long time.Duration) { s.patience[kind] = long }

// Finish registers what fills into a reply, as it leaves, what must not be kept with the push. Register before the first push.
func (s *Service) Finish(fill func(reply string) string) { s.fill = fill }

// Receive takes one push. It returns the answer to give to WeChat; nil: the word success. A repeated push gets the answer
// of the first and changes nothing. The error is one of those of wechat.Client.OpenPush for a push that must be refused;
// any other error means that the push was not taken and that WeChat must not get a 200.
func (s *Service) Receive(ctx context.Context, appid string, q wechat.CallbackQuery, body []byte) (reply []byte, err error) {
	p, err := s.wechat.OpenPush(ctx, appid, q, body)
	if err != nil {
		return nil, fmt.Errorf("push to %q: %w", appid, err)
	}
	text, err := s.take(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("take push %s of %q: %w", p.Key, appid, err)
	}
	if text == "" {
		return nil, nil
	}
	if s.fill != nil {
		text = s.fill(text)
	}
	return s.wechat.SealReply(ctx, p, text)
}

// take stores the push and lets the handlers run, or finds what was replied to it before.
func (s *Service) take(ctx context.Context, p wechat.Push) (reply string, err error) {
	payload, err := json.Marshal(p)
	if err != nil {
		return "", err
	}
	kind := kindOf(p)
	row := model.Callback{AppID: p.AppID, NaturalKey: p.Key, Kind: p.Kind, Event: p.Event, OpenID: p.OpenID,
		Payload: string(payload), State: model.CallbackDone}
	if len(s.laters[kind]) > 0 {
		row.State = model.CallbackPending
	}
	taken := false
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		row.NotBefore, row.ReceivedAt = tx.Now, tx.Now
		res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
		if res.Error != nil {
			return res.Error
		}
		if taken = res.RowsAffected == 1; !taken {
			return tx.Model(&model.Callback{}).Where("appid = ? AND natural_key = ?", p.AppID, p.Key).
				Select("reply").Take(&reply).Error
		}
		p.Row = row.ID
		if reply, err = s.handle(tx, kind, p); err != nil || reply == "" {
			return err
		}
		return tx.Model(&model.Callback{}).Where("id = ?", row.ID).Update("reply", reply).Error
	})
	if err == nil && taken && row.State == model.CallbackPending {
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
	return reply, err
}

func (s *Service) handle(tx model.Tx, kind string, p wechat.Push) (reply string, err error) {
	for _, h := range s.handlers[kind] {
		text, err := h(tx, p)
		if err != nil {
			return "", fmt.Errorf("handle %s: %w", kind, err)
		}
		if reply == "" {
			reply = text
		}
	}
	return reply, nil
}

func kindOf(p wechat.Push) string { return named(p.Kind, p.Event) }

func named(kind, event string) string {
	if kind == "event" {
		return "event:" + event
	}
	return kind
}
