package model

import "time"

// JobTime says when a job is due, from a day on.
type JobTime struct {
	ID            int64 `gorm:"primaryKey"`
	Job           string
	EffectiveFrom Date
	Pattern       string
	Day           int64 // of the month, for monthly
	Hour          int64
	Minute        int64 // for every: the interval
	Enabled       bool
}

// JobRun is one run of a job for one period.
type JobRun struct {
	ID         int64 `gorm:"primaryKey"`
	Job        string
	Period     string
	ByHand     string // empty: by the clock; otherwise names the run by hand
	DueAt      time.Time
	State      string
	Attempts   int64
	LeaseOwner string
	LeaseUntil *time.Time
	StartedAt  time.Time
	FinishedAt *time.Time
	Result     string
	Error      string
}

// Patterns of a job's time, and states of a run.
const (
	JobDaily    = "daily"
	JobMonthly  = "monthly"
	JobMonthEnd = "month_end"
	JobEvery    = "every" // every Minute minutes

	RunRunning = "running"
	RunDone    = "done"
	RunFailed  = "failed"
)
