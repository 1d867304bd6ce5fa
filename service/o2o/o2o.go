// Package o2o is the citizens' channel: requests that come in through the official accounts of all departments and
// through the mini-program, the way of each request from the window through the departments to the citizen's rating,
// with a limit on every step (RULES 9).
//
// What may follow what stands in one table in rules.go. Signatures and envelopes of WeChat's pushes, delivery of
// messages and counting of working days belong elsewhere, the accounts and units themselves to service/official.
package o2o

import (
	"log/slog"

	"github.com/redis/go-redis/v9"

	"hongyun/model"
	"hongyun/service/callback"
	"hongyun/service/file"
	"hongyun/service/limit"
	"hongyun/service/notify"
	"hongyun/service/vault"
	"hongyun/wechat"
)

// Options is what the module stands on; all are required.
type Options struct {
	DB      *model.DB
	Vault   *vault.Vault // seals who the citizen is
	WeChat  *wechat.Client
	Notify  *notify.Service
	Files   *file.Service
	Redis   redis.UniversalClient // counters of tries
	MPAppID string                // the mini-program in which citizens write
	Log     *slog.Logger
}

// Service takes in requests and leads them to their end. It is safe for concurrent use.
type Service struct {
	db      *model.DB
	vault   *vault.Vault
	wechat  *wechat.Client
	notify  *notify.Service
	files   *file.Service
	limit   *limit.Limiter
	mpAppID string
	log     *slog.Logger
}

// New makes the module. It hears of WeChat's pushes after Listen.
func New(o Options) *Service {
	return &Service{db: o.DB, vault: o.Vault, wechat: o.WeChat, notify: o.Notify, files: o.Files.Nameless(), limit: limit.New(o.Redis), mpAppID: o.MPAppID, log: o.Log}
}

// requestPage opens one request in the mini-program.
const requestPage = "pages/request/index?id={id}"

// Kinds is what this module tells people.
func Kinds() []notify.Kind {
	kinds := append(extensionKinds(), notify.Kind{
		Name: kindToDepartment, Title: "新转交的诉求",
		Body: "诉求 {number}（{category}）已转交{department}，请于 {deadline} 前办结：{content}", Page: requestPage,
	})
	kinds = append(append(kinds, workerKinds()...), unitKinds()...)
	seen := map[string]bool{}
	for _, t := range transitions {
		if t.Kind != "" && !seen[t.Kind] {
			seen[t.Kind] = true
			kinds = append(kinds, notify.Kind{Name: t.Kind, Title: "诉求办理进度", Body: t.Says, Page: requestPage, ToCitizen: true})
		}
	}
	return kinds
}

// Listen takes in what citizens write to the official accounts.
func (s *Service) Listen(c *callback.Service) {
	c.Finish(s.fillCode)
	for _, kind := range []string{model.PartText, model.PartImage, model.PartLocation, model.PartVoice} {
		c.On(kind, s.answering(s.takeIn))
	}
	for _, kind := range []string{"video", "shortvideo", "link", "file"} {
		c.On(kind, s.answering(s.refuseKind))
	}
	c.On("event:subscribe", s.answering(s.welcome))
	c.On("event:CLICK", s.answering(s.click))
	for _, kind := range []string{model.PartImage, model.PartVoice} {
		c.OnLater(kind, s.fetch)
		c.Patiently(kind, mediaTries)
	}
}
