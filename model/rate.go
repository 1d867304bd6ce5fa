package model

import "time"

// RateMonth is a month whose four rates are settled: they never change afterwards.
type RateMonth struct {
	Month    Month
	ClosedBy *int64 // empty: the clock
	ClosedAt time.Time
}

// RateFigure is one rate of a settled month and unit. Department 0 is the window.
type RateFigure struct {
	Month        Month
	Rate         string
	DepartmentID int64
	Numerator    int64
	Denominator  int64
	Unrated      int64
	Excluded     int64
	Grade1       int64 `gorm:"column:grade_1"` // SATISFACTION: how many gave each grade
	Grade2       int64 `gorm:"column:grade_2"`
	Grade3       int64 `gorm:"column:grade_3"`
	Grade4       int64 `gorm:"column:grade_4"`
	Grade5       int64 `gorm:"column:grade_5"`
}

// RateLine is one request behind a settled figure.
type RateLine struct {
	Month        Month
	Rate         string
	DepartmentID int64
	Part         string // BOTH: also in the numerator
	RequestID    int64
	Round        int64 // SATISFACTION: of the closing
	Grade        int64 // SATISFACTION: 1 to 5; 0: unrated
}

// The rates (RULES 9.3).
const (
	RateAcceptance   = "ACCEPTANCE"
	RateReferral     = "REFERRAL"
	RateClosure      = "CLOSURE"
	RateOnTime       = "ON_TIME"
	RateSatisfaction = "SATISFACTION"
	RateSolved       = "SOLVED"
)

// Parts of a rate that a request takes.
const (
	RateBoth        = "BOTH" // numerator and denominator
	RateDenominator = "DENOMINATOR"
	RateUnrated     = "UNRATED"
	RateExcluded    = "EXCLUDED"
)
