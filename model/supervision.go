package model

import "time"

// RequestWarning is a warning by the clock, before or after a deadline: once for each deadline and level (RULES 9.2).
type RequestWarning struct {
	ID           int64 `gorm:"primaryKey"`
	RequestID    int64
	Level        string
	Clock        string
	Deadline     Date
	DepartmentID *int64 // empty: the window
	LeaderName   string // who led the unit then
	LeaderID     *int64 // grant of that leader
	WarnedOn     Date
	CreatedAt    time.Time
}

// Accountability is what somebody has to answer for: proposed by the clock, a call-back or a person, decided by a person (RULES 9.2).
type Accountability struct {
	ID           int64 `gorm:"primaryKey"`
	RequestID    int64
	DepartmentID *int64
	Kind         string
	Round        int64
	Reason       string
	State        string
	Measure      string
	MemberID     *int64 // whom the measure is for; empty: the unit
	LeaderName   string
	ProposedBy   *int64 // empty: the clock
	ProposedAt   time.Time
	DecidedBy    *int64
	DecidedAt    *time.Time
	Note         string
}

// RequestExclusion is a case that shall not count for the unit: proposed by one, confirmed by another.
type RequestExclusion struct {
	ID         int64 `gorm:"primaryKey"`
	RequestID  int64
	Reason     string
	State      string
	ProposedBy int64
	ProposedAt time.Time
	DecidedBy  *int64
	DecidedAt  *time.Time
	Note       string
}

// UnitMark is a reward, an inspection's finding or a correction for a unit or one of its staff, confirmed by a second person.
type UnitMark struct {
	ID           int64 `gorm:"primaryKey"`
	DepartmentID int64
	AccountID    *int64 // of the staff; empty: the unit
	Kind         string
	Points       int64 // hundredths of a point, may be negative
	Day          Date
	Reason       string
	RequestID    *int64
	State        string
	RecordedBy   int64
	RecordedAt   time.Time
	DecidedBy    *int64
	DecidedAt    *time.Time
	Note         string
}

// Levels of a warning.
const (
	WarningReminder  = "REMINDER"
	WarningChase     = "CHASE"
	WarningCriticism = "CRITICISM"
)

// Kinds of accountability.
const (
	AccountOverdue      = "OVERDUE"
	AccountFalseClosing = "FALSE_CLOSING"
	AccountRefused      = "REFUSED"
	AccountLeak         = "LEAK"
)

// Measures of a decision.
const (
	MeasureCriticism = "CRITICISM" // told to the unit's leader and handlers
	MeasureInterview = "INTERVIEW"
	MeasurePoints    = "POINTS" // a party member loses points (RULES 7.4 BP4)
)

// Kinds of marks.
const (
	MarkReward     = "REWARD"
	MarkInspection = "INSPECTION"
	MarkCorrection = "CORRECTION"
)

// States of what one person proposes and another decides.
const (
	Proposed  = "PROPOSED"
	Decided   = "DECIDED"
	Dismissed = "DISMISSED"
	Confirmed = "CONFIRMED"
	Refused   = "REFUSED"
)
