package model

import "time"

// Fact says that something that counts has happened. Append-only.
type Fact struct {
	ID          int64 `gorm:"primaryKey"`
	Code        string
	SubjectType string
	SubjectID   int64
	OrgID       int64 // the branch of the day; for an organisation, itself
	Day         Date
	Month       Month
	Source      string
	Quantity    int64
	ReversesID  *int64 // the fact that this one takes back
	RecordedAt  time.Time
}

// EnergyRule says how much red energy a fact earns.
type EnergyRule struct {
	ID            int64 `gorm:"primaryKey"`
	FactCode      string
	Units         int64
	DayCap        *int64 // units a member may get by this rule a day; empty: no cap
	EffectiveFrom Date
}

// Subjects of facts.
const (
	SubjectMember = "member"
	SubjectOrg    = "org"
)
