// Package rates tells how the work on citizens' requests stands: the four rates and what belongs beside them, by unit and month,
// each with the list behind it; months that are settled and never change; what will be late; where requests gather; and what the
// public may read (RULES 9.3). It reads what the steps of requests have left in their rows and takes no step itself.
//
// What a request may go through is decided by service/o2o, who answers for what by service/supervision.
package rates

import (
	"hongyun/model"
	"hongyun/service/schedule"
)

// Options is what the service stands on.
type Options struct {
	DB *model.DB
}

// Service counts, settles and publishes. It is safe for concurrent use.
type Service struct {
	db     *model.DB
	public shelf // of answers to everybody
}

// New makes the service.
func New(o Options) *Service { return &Service{db: o.DB} }

// JobMonth settles the rates of the month before.
const JobMonth = "request-month"

// Jobs are what this module does by the clock; their times are rows of job_time.
func (s *Service) Jobs() []schedule.Job {
	return []schedule.Job{{Name: JobMonth, Title: "四率月度结清", Run: s.settleMonths}}
}
