// Package dues says what is owed: it assesses members, relieves them by decision, bills them month by month, explains and
// reminds (RULES 3). What was paid is known to package payment, how collection stands to package collection.
//
// A change of one member's dues locks the making of bills, the branch, the member, his or her bills by id, then the ledger.
package dues

import (
	"hongyun/model"
	"hongyun/service/notify"
	"hongyun/service/schedule"
)

// The messages of this module. KindReminder tells a member that the month's dues are still open, its period is the month;
// KindRelief what the committee has decided on a relief.
const (
	KindReminder = "dues.reminder"
	KindRelief   = "dues.relief"
)

// The jobs of this module.
const (
	JobBills    = "dues-bills"
	JobReminder = "dues-reminder"
)

// Service assesses and bills dues. It is safe for concurrent use.
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
	}, {
		Name:  KindRelief,
		Title: "党费减免结果",
		Body:  "{name}同志，您{from}至{to}{kind}党费的申请{outcome}",
		Page:  "pages/dues/index",
	}}
}

// Jobs are what this module does by the clock.
func (s *Service) Jobs() []schedule.Job {
	return []schedule.Job{
		{Name: JobBills, Title: "生成当月党费账单", Run: s.bill},
		{Name: JobReminder, Title: "党费未缴温馨提示", Run: s.remind},
	}
}
