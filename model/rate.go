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
}

// RateLine is one request behind a settled figure.
type RateLine struct {
	Month        Month
	Rate         string
	DepartmentID int64
	RequestID    int64
	Part         string // BOTH: also in the numerator
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
