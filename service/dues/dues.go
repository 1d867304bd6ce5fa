// Package dues works out membership dues, bills them month by month, reminds and records what was paid (RULES 3). It
// holds no bank's or WeChat's side of a payment, and what paying in time is worth in points is decided elsewhere, from
// the facts.
package dues

import (
	"hongyun/model"
	"hongyun/service/notify"
	"hongyun/service/schedule"
)

// KindReminder is the message to a member that the month's dues are still open; its period is the month.
const KindReminder = "dues.reminder"

// The jobs of this module.
const (
	JobBills    = "dues-bills"
	JobReminder = "dues-reminder"
)

// Service works out, bills and records dues. It is safe for concurrent use.
type Service struct {
	db     *model.DB
	notify *notify.Service
}

// New makes the service. notify must know the Kinds of this package.
func New(db *model.DB, notify *notify.Service) *Service { return &Service{db: db, notify: notify} }

// Kinds are the messages that this module sends.
func Kinds() []notify.Kind {
	return []notify.Kind{{
		Name:  KindReminder,
		Title: "党费缴纳温馨提示",
		Body:  "{name}同志，您{month}的党费{amount}元尚未缴纳，请及时向所在党支部缴纳。如已缴纳，请忽略本提示。",
		Page:  "pages/dues/index?month={period}",
	}}
}

// Jobs are what this module does by the clock.
func (s *Service) Jobs() []schedule.Job {
	return []schedule.Job{
		{Name: JobBills, Title: "生成当月党费账单", Run: s.bill},
		{Name: JobReminder, Title: "党费未缴温馨提示", Run: s.remind},
	}
}
