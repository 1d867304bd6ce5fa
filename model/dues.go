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

// DuesSetting is what an organisation decides on dues for itself and for everything below it that has no row of its own.
type DuesSetting struct {
	ID            int64 `gorm:"primaryKey"`
	OrgID         int64
	PayForOthers  bool  // a member may pay for another of the same branch (RULES 3.2.10)
	Quarterly     bool  // the months of the current quarter may be paid ahead (3.2.11)
	CollectionDay int64 // of the month; 0: none is fixed (3.2.16)
	Version       int64
	UpdatedBy     *int64
	UpdatedAt     time.Time
}

// DuesBaseItem is one of the items that a base is made of, with its treatment where no organisation decides otherwise (RULES 3.2.4-3.2.7).
type DuesBaseItem struct {
	ID        int64 `gorm:"primaryKey"`
	Category  string
	Code      string
	Title     string
	Treatment string
	Seq       int64
	Clause    string
}

// DuesBaseChoice is an organisation's own treatment of an item, for itself and everything below it.
type DuesBaseChoice struct {
	ID        int64 `gorm:"primaryKey"`
	OrgID     int64
	ItemID    int64
	Treatment string
	UpdatedBy *int64
	UpdatedAt time.Time
}

// DuesAssessment is what a member pays a month, from a month on. A corrected one stays, marked as replaced.
type DuesAssessment struct {
	ID             int64 `gorm:"primaryKey"`
	MemberID       int64
	Category       string
	BaseFen        int64 // what the rate is applied to
	QuarterNetFen  int64 // SELF_EMPLOYED: what the base was worked out from
	AmountFen      int64 // what the rule makes of the base
	RateBP         int64
	Clause         string
	EffectiveMonth Month
	Reason         string
	DecisionNo     string
	BatchID        *int64
	CreatedBy      *int64
	CreatedAt      time.Time
	ReplacedBy     *int64
	ReplacedAt     *time.Time
}

// DuesAssessmentItem is one item of the base of an assessment, as it was treated then.
type DuesAssessmentItem struct {
	ID           int64 `gorm:"primaryKey"`
	AssessmentID int64
	Code         string
	Title        string
	Treatment    string
	AmountFen    int64
}

// DuesAssessmentDraft is a row of an Excel file on its way to an assessment.
type DuesAssessmentDraft struct {
	ID             int64 `gorm:"primaryKey"`
	BatchID        int64
	RowNo          int64
	Name           string
	IDIndex        string
	MemberID       *int64
	Category       string
	QuarterNetFen  int64
	BaseFen        int64
	AmountFen      int64
	RateBP         int64
	Clause         string
	EffectiveMonth Month
	Reason         string
	Items          string // JSON: code, title, treatment, amount_fen
	Error          string
}

// DuesRelief is a reduction or exemption for a span of months: studied by the branch, decided one level up (RULES 3.1, art. 7).
type DuesRelief struct {
	ID           int64 `gorm:"primaryKey"`
	MemberID     int64
	OrgID        int64 // the branch that asked
	Category     string
	AmountFen    int64 // REDUCED: what is left to pay a month
	FromMonth    Month
	ToMonth      Month
	Reason       string
	StudiedOn    Date // the branch's meeting
	State        string
	DecisionNo   string // of the committee
	DecisionNote string
	RequestedBy  *int64
	RequestedAt  time.Time
	DecidedBy    *int64
	DecidedAt    *time.Time
}

// DuesRun is one run that made bills: they name it.
type DuesRun struct {
	ID       int64 `gorm:"primaryKey"`
	Month    Month
	Everyone bool // the month's own run, and not one for some members
	MadeAt   time.Time
}

// DuesBill is one member's dues for one month.
type DuesBill struct {
	ID           int64 `gorm:"primaryKey"`
	MemberID     int64
	OrgID        int64
	Month        Month
	Category     string
	AmountFen    int64
	State        string
	CreatedAt    time.Time
	RunID        *int64
	AssessmentID *int64
	ReliefID     *int64
	Revision     int64  // counts the changes of the amount
	Note         string // why it was cancelled
	Method       string // of the payment that paid it; empty: not paid
}

// States of a bill.
const (
	BillUnpaid    = "UNPAID"
	BillPaid      = "PAID"
	BillExempt    = "EXEMPT"    // nothing is to be paid
	BillCancelled = "CANCELLED" // was made by mistake
)

// Treatments of an item of the base.
const (
	ItemInclude = "INCLUDE"
	ItemDeduct  = "DEDUCT"
	ItemIgnore  = "IGNORE"
)

// Categories of a relief, and of the bills that it makes.
const (
	ReliefExempt  = "EXEMPT"
	ReliefReduced = "REDUCED"
)

// States of a relief.
const (
	ReliefPending   = "PENDING"
	ReliefApproved  = "APPROVED"
	ReliefRejected  = "REJECTED"
	ReliefWithdrawn = "WITHDRAWN"
)
