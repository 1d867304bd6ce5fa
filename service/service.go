// Package service builds every module once and owns what runs in the
// background. What may happen, and when, is decided in the packages below it.
package service

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/account"
	"hongyun/service/apikey"
	"hongyun/service/audit"
	"hongyun/service/batch"
	"hongyun/service/calendar"
	"hongyun/service/callback"
	"hongyun/service/collection"
	"hongyun/service/development"
	"hongyun/service/dues"
	"hongyun/service/file"
	"hongyun/service/meeting"
	"hongyun/service/member"
	"hongyun/service/notify"
	"hongyun/service/o2o"
	"hongyun/service/official"
	"hongyun/service/org"
	"hongyun/service/payment"
	"hongyun/service/rates"
	"hongyun/service/rule"
	"hongyun/service/schedule"
	"hongyun/service/standard"
	"hongyun/service/supervision"
	"hongyun/service/team"
	"hongyun/service/vault"
	"hongyun/wechat"
)

// Options is what the modules stand on. All but Pay, Workers, Batch and Lease are required.
type Options struct {
	DB          *model.DB
	Redis       redis.UniversalClient
	Vault       *vault.Vault
	HTTP        *http.Client // to WeChat, or to its sandbox: wechat.NewHTTPClient
	MiniProgram wechat.App
	Component   wechat.ComponentApp // our third-party platform with the open platform; zero: there is none
	Pages       string              // where a browser finds WeChat's pages; "": WeChat itself
	PublicURL   string              // where phones reach the platform, without a slash at the end
	Pay         *wechat.Pay         // nil: no merchant account is configured
	DataDir     string              // uploads
	Instance    string              // names this process among several
	Log         *slog.Logger
	Now         func() time.Time
	Workers     int           // messages on the wire at once
	Batch       int           // deliveries claimed together
	Lease       time.Duration // how long a killed instance blocks its deliveries
}

// Service holds the modules.
type Service struct {
	db    *model.DB
	redis redis.UniversalClient

	Notify   *notify.Service
	Callback *callback.Service
	Schedule *schedule.Service
	Calendar *calendar.Service
	Files    *file.Service
	Papers   *file.Sealed // the same folder, for what must not be read at rest
	Batch    *batch.Service
	Rules    *rule.Service

	Account    *account.Service
	Org        *org.Service
	Member     *member.Service
	Meeting    *meeting.Service
	Standard   *standard.Service
	Dues       *dues.Service
	Payment    *payment.Service
	Collection *collection.Service
	O2O        *o2o.Service
	Official   *official.Service
	Team       *team.Service
	Rates      *rates.Service
	Keys       *apikey.Service

	Development *development.Service
	Supervision *supervision.Service
}

// New builds every module. Nothing runs before Start.
func New(o Options) *Service {
	accounts := official.NewAccounts(o.DB, o.Vault)
	weChat := wechat.New(wechat.Options{App: Credentials(o.MiniProgram, accounts), Redis: o.Redis, HTTP: o.HTTP, Log: o.Log, Now: o.Now,
		Component: func(context.Context) (wechat.ComponentApp, error) { return o.Component, nil }, Pages: o.Pages,
		Ticket:       func(ctx context.Context) (string, error) { return accounts.Ticket(ctx, o.Component.AppID) },
		RefreshToken: accounts.RefreshToken, SaveRefreshToken: accounts.SaveRefreshToken})
	kinds := slices.Concat(account.Kinds(), member.Kinds(), meeting.Kinds(), dues.Kinds(), payment.Kinds(), collection.Kinds(), o2o.Kinds(), supervision.Kinds(), official.Kinds(), development.Kinds(), org.Kinds(), team.Kinds())
	appid := o.MiniProgram.AppID
	s := &Service{
		db:    o.DB,
		redis: o.Redis,
		Notify: notify.New(notify.Options{DB: o.DB, WeChat: weChat, Kinds: kinds, MPAppID: appid, Instance: o.Instance,
			Batch: o.Batch, Workers: o.Workers, Lease: o.Lease, Log: o.Log}),
		Callback: callback.New(callback.Options{DB: o.DB, WeChat: weChat, Instance: o.Instance, Log: o.Log}),
		Calendar: calendar.New(o.DB),
		Files:    file.New(o.DB, o.DataDir),
		Rules:    rule.New(o.DB),
	}
	s.Org = org.New(org.Options{DB: o.DB, Notify: s.Notify, Vault: o.Vault})
	s.Account = account.New(account.Options{DB: o.DB, Redis: o.Redis, Vault: o.Vault, WeChat: weChat, Notify: s.Notify, MPAppID: appid})
	s.Papers = s.Files.Sealed(o.Vault)
	s.Member = member.New(member.Options{DB: o.DB, Vault: o.Vault, Notify: s.Notify, Papers: s.Papers})
	s.Meeting = meeting.New(o.DB, s.Files, s.Notify)
	s.Standard = standard.New(o.DB, s.Files)
	s.Dues = dues.New(o.DB, s.Notify)
	s.Payment = payment.New(payment.Options{DB: o.DB, Notify: s.Notify, Vault: o.Vault, Pay: o.Pay, MPAppID: appid, Instance: o.Instance, Lease: o.Lease, Log: o.Log})
	s.Collection = collection.New(collection.Options{DB: o.DB, Notify: s.Notify})
	s.O2O = o2o.New(o2o.Options{DB: o.DB, Vault: o.Vault, WeChat: weChat, Notify: s.Notify, Files: s.Files, Redis: o.Redis, MPAppID: appid, Log: o.Log})
	s.Official = official.New(official.Options{DB: o.DB, Vault: o.Vault, WeChat: weChat, Notify: s.Notify, MPAppID: appid,
		ComponentAppID: o.Component.AppID, PublicURL: o.PublicURL, Log: o.Log})
	s.Keys = apikey.New(o.DB, o.Redis)
	s.Rates = rates.New(rates.Options{DB: o.DB})
	s.Team = team.New(o.DB, s.Files, s.Notify)
	s.Supervision = supervision.New(supervision.Options{DB: o.DB, Notify: s.Notify})
	s.Development = development.New(development.Options{DB: o.DB, Vault: o.Vault, Papers: s.Papers, Notify: s.Notify})
	s.Batch = batch.New(batch.Options{DB: o.DB, Files: s.Papers, Vault: o.Vault, Importers: s.importers(o.Vault), Exporters: s.exporters(),
		Instance: o.Instance, Lease: o.Lease, Log: o.Log})
	s.Schedule = schedule.New(schedule.Options{DB: o.DB, Instance: o.Instance, Log: o.Log, Jobs: s.jobs()})
	s.listen()
	return s
}

// jobs is the one list of what runs by the clock; the times are rows of job_time.
func (s *Service) jobs() []schedule.Job {
	return slices.Concat(s.Member.Jobs(), s.Dues.Jobs(), s.Payment.Jobs(), s.Collection.Jobs(), s.Meeting.Jobs(), s.O2O.Jobs(), s.Supervision.Jobs(), s.Rates.Jobs(), s.Batch.Jobs(), s.Development.Jobs(), s.Org.Jobs())
}

// importers and exporters are the lists that come in and go out as Excel files.
func (s *Service) importers(vault *vault.Vault) []batch.Importer {
	return slices.Concat(s.Member.Importers(), s.Org.Importers(), s.Dues.Importers(vault))
}
func (s *Service) exporters() []batch.Exporter { return s.Member.Exporters() }

// listen says who hears of WeChat's pushes and of a new holiday. What keeps the channels comes
// first, so that a module already sees the window that a message opened.
func (s *Service) listen() {
	for kind, handle := range s.Notify.Handlers() {
		s.Callback.On(kind, handle)
	}
	for kind, work := range s.Notify.Laters() {
		s.Callback.OnLater(kind, work)
	}
	s.O2O.Listen(s.Callback)
	s.Official.Listen(s.Callback)
	s.Calendar.OnChange(s.O2O.Recount)
	s.Calendar.OnChange(s.Development.Recount)
}

// Credentials looks an appid up: the mini-program is a setting, official
// accounts are rows that an administrator may add at any time.
func Credentials(mini wechat.App, accounts *official.Accounts) func(context.Context, string) (wechat.App, error) {
	return func(ctx context.Context, appid string) (wechat.App, error) {
		if appid == mini.AppID {
			return mini, nil
		}
		return accounts.Credentials(ctx, appid)
	}
}

// Start begins the background work: jobs, deliveries, callbacks, imports and exports, questions about payments.
func (s *Service) Start(ctx context.Context) {
	s.Callback.Start(ctx)
	s.Notify.Start(ctx)
	s.Schedule.Start(ctx)
	s.Batch.Start(ctx)
	s.Payment.Start(ctx)
}

// Stop takes up nothing new and waits, until ctx ends, for what is in flight.
// All stop at the same time: a long job must not use up the time in which
// deliveries finish, or those that are on the wire end as unknown.
func (s *Service) Stop(ctx context.Context) error {
	stops := []func(context.Context) error{s.Schedule.Stop, s.Callback.Stop, s.Notify.Stop, s.Batch.Stop, s.Payment.Stop}
	errs := make([]error, len(stops))
	var wg sync.WaitGroup
	for i, stop := range stops {
		wg.Go(func() { errs[i] = stop(ctx) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Audit shows the audit log.
func (s *Service) Audit(ctx context.Context, v access.Viewer, before int64, limit int) (audit.Feed, error) {
	return audit.List(ctx, s.db, v, before, limit)
}

// Ready asks the database and Redis whether they answer.
func (s *Service) Ready(ctx context.Context) (map[string]string, bool) {
	checks := map[string]string{"database": "ok", "redis": "ok"}
	database, cache := s.db.Ping(ctx), s.redis.Ping(ctx).Err()
	if database != nil {
		checks["database"] = "没有响应"
	}
	if cache != nil {
		checks["redis"] = "没有响应"
	}
	return checks, errors.Join(database, cache) == nil
}
