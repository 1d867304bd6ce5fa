package model

import "time"

// DuesRule is a bracket or a fixed amount of the dues table (RULES: 中组发〔2008〕3号).
type DuesRule struct {
	ID            int64 `gorm:"primaryKey"`
	Category      string
	Base          string
	OverFen       int64 // the bracket begins above this base
	RateBP        int64
	FixedFen      int64 // FIXED: the amount; SET: the default
	LeastFen      int64 // SET: smallest and largest amount that may be set
	MostFen       int64
	EffectiveFrom Date
	Clause        string
}

// DuesAssessment is what a member pays a month, from a month on.
type DuesAssessment struct {
	ID             int64 `gorm:"primaryKey"`
	MemberID       int64
	Category       string
	BaseFen        int64
	AmountFen      int64 // what the rule makes of the base
	RateBP         int64
	EffectiveMonth Month
	DecisionNo     string // EXEMPT and REDUCED: the committee's decision
	CreatedBy      *int64
	CreatedAt      time.Time
}

// DuesBill is one member's dues for one month.
type DuesBill struct {
	ID        int64 `gorm:"primaryKey"`
	MemberID  int64
	OrgID     int64
	Month     Month
	Category  string
	AmountFen int64
	State     string
	CreatedAt time.Time
}

// DuesPayment pays a bill, whole and once.
type DuesPayment struct {
	ID             int64 `gorm:"primaryKey"`
	BillID         int64
	AmountFen      int64
	Method         string
	TransactionNo  *string
	IdempotencyKey *string
	PaidOn         Date
	RecordedBy     *int64
	RecordedAt     time.Time
}

// States of a bill.
const (
	BillUnpaid = "UNPAID"
	BillPaid   = "PAID"
	BillExempt = "EXEMPT"
)
