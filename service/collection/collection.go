// Package collection tells how the collection of dues stands, and keeps what comes of it: the table by unit, members in
// arrears and the steps that people are told of, the quarter's comparison, cash carried to the account, what is handed up, used
// and published (RULES 3.2.13-3.2.17, 6). What is owed is decided by package dues, what was paid by package payment; both are
// known here through their tables alone.
package collection

import (
	"slices"

	"hongyun/model"
	"hongyun/service/notify"
	"hongyun/service/schedule"
)

// Options is what the service stands on.
type Options struct {
	DB     *model.DB
	Notify *notify.Service
}

// Service shows and keeps how collection stands. It is safe for concurrent use.
type Service struct {
	db     *model.DB
	notify *notify.Service
}

// New makes the service. Notify must know the Kinds of this package.
func New(o Options) *Service { return &Service{db: o.DB, notify: o.Notify} }

// Kinds are the messages that this module sends.
func Kinds() []notify.Kind { return slices.Concat(arrearsKinds(), quarterKinds(), publicationKinds()) }

// Jobs are what this module does by the clock; their times are rows of job_time.
func (s *Service) Jobs() []schedule.Job {
	return []schedule.Job{
		{Name: JobArrears, Title: "党费欠缴提醒", Run: s.countArrears},
		{Name: JobQuarter, Title: "党费收缴季度汇总", Run: s.sumUpQuarter},
	}
}
