// Package payment knows what was paid: orders with WeChat Pay, cash and bank payments that one person records and another
// confirms, their way back, refunds, receipts, and the comparison with WeChat's books (RULES 3.2.10-3.2.17; DESIGN I2, I3).
// What is owed is decided by package dues, which this one knows through its tables alone.
package payment

import (
	"log/slog"
	"time"

	"hongyun/model"
	"hongyun/service/notify"
	"hongyun/service/schedule"
	"hongyun/service/vault"
	"hongyun/service/worker"
	"hongyun/wechat"
)

// FactPaid is the fact that a member's bill was paid; its source is dues/<bill id>/<payment id>, its day the day of payment.
const FactPaid = "dues.paid"

// Options is what the service stands on. Pay is nil where no merchant account is configured; Lease and Log have defaults.
type Options struct {
	DB       *model.DB
	Notify   *notify.Service
	Vault    *vault.Vault
	Pay      *wechat.Pay
	MPAppID  string
	Instance string
	Lease    time.Duration // how long a killed instance keeps a payment from being asked for
	Log      *slog.Logger
}

// Service takes payments. It is safe for concurrent use.
type Service struct {
	db       *model.DB
	notify   *notify.Service
	vault    *vault.Vault
	pay      *wechat.Pay
	appid    string
	instance string
	lease    time.Duration
	log      *slog.Logger
	poller   worker.Worker // of open payments
	refunds  worker.Worker // of approved refunds
}

// New makes the service. Nothing runs before Start.
func New(o Options) *Service {
	s := &Service{db: o.DB, notify: o.Notify, vault: o.Vault, pay: o.Pay, appid: o.MPAppID, instance: o.Instance, lease: o.Lease, log: o.Log}
	if s.lease == 0 {
		s.lease = time.Minute
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	return s
}

// Kinds are the messages that this module sends.
func Kinds() []notify.Kind {
	return []notify.Kind{
		{Name: KindReceived, Title: "党费已缴纳", Page: "pages/dues/index",
			Body: "{name}同志，已收到您{month}的党费{amount}元，缴费编号{number}。"},
		{Name: KindReversed, Title: "党费已退回", Page: "pages/dues/index",
			Body: "{name}同志，您{month}的党费{amount}元已退回或冲销，原因：{reason}。该月党费现为未缴，如有疑问请联系所在党支部。"},
	}
}

// Jobs are what this module does by the clock.
func (s *Service) Jobs() []schedule.Job {
	return []schedule.Job{{Name: JobStatement, Title: "微信支付每日对账", Run: s.reconcileDays}}
}
