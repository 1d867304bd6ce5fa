package model

import "time"

// DuesArrears is a member who is behind. People decide what follows; it changes no standing (RULES 3.2.13).
type DuesArrears struct {
	ID         int64 `gorm:"primaryKey"`
	MemberID   int64
	OrgID      int64
	SinceMonth Month // the first of the unpaid months in a row
	Months     int64 // how many in a row when last counted
	Step       string
	State      string
	Outcome    string
	Note       string
	OpenedAt   time.Time
	CountedOn  Date
	ClosedBy   *int64
	ClosedAt   *time.Time
	Version    int64
}

// DuesArrearsStep is a step that arrears have reached.
type DuesArrearsStep struct {
	ID        int64 `gorm:"primaryKey"`
	ArrearsID int64
	Step      string
	Month     Month // in which the step was reached
	At        time.Time
}

// DuesArrearsNote is a talk with a member who is behind.
type DuesArrearsNote struct {
	ID        int64 `gorm:"primaryKey"`
	ArrearsID int64
	HeldOn    Date // the day of the talk
	Text      string
	DueOn     Date // until when it is to be put right
	CreatedBy *int64
	CreatedAt time.Time
}

// DuesQuarter is how an organisation's quarter stood when it was summed up.
type DuesQuarter struct {
	ID          int64 `gorm:"primaryKey"`
	OrgID       int64
	Quarter     Quarter
	Bills       int64
	PaidBills   int64
	ExemptBills int64
	PayableFen  int64
	PaidFen     int64
	TakenAt     time.Time
}

// DuesDeposit is cash that was carried to the dues account.
type DuesDeposit struct {
	ID             int64 `gorm:"primaryKey"`
	OrgID          int64
	AmountFen      int64
	Day            Date
	SlipNo         string
	State          string
	RecordedBy     *int64
	RecordedAt     time.Time
	ConfirmedBy    *int64
	ConfirmedAt    *time.Time
	EndedBy        *int64
	EndedAt        *time.Time
	Reason         string
	IdempotencyKey *string
}

// DuesShare is what a level hands up of what it has collected and got from below (RULES 3.2.15). No row: not decided yet.
type DuesShare struct {
	ID            int64 `gorm:"primaryKey"`
	OrgType       string
	ShareBP       int64
	EffectiveFrom Quarter
	Clause        string
	CreatedBy     *int64
	CreatedAt     time.Time
}

// DuesRemittance is dues handed up.
type DuesRemittance struct {
	ID             int64 `gorm:"primaryKey"`
	OrgID          int64
	ToOrgID        *int64 // empty: to the level above the city
	Quarter        Quarter
	IncomeFen      int64 // of the quarter: own collection and what came from below
	ShareBP        int64
	DueFen         int64
	AmountFen      int64
	Day            Date
	DocumentNo     string
	State          string
	RecordedBy     *int64
	RecordedAt     time.Time
	ConfirmedBy    *int64
	ConfirmedAt    *time.Time
	EndedBy        *int64
	EndedAt        *time.Time
	Reason         string
	IdempotencyKey *string
}

// DuesUse is dues that were used.
type DuesUse struct {
	ID             int64 `gorm:"primaryKey"`
	OrgID          int64
	Category       string // lookup dues_use
	AmountFen      int64
	Day            Date
	Purpose        string
	VoucherNo      string
	DecidedOn      Date // the meeting that decided on it
	State          string
	RecordedBy     *int64
	RecordedAt     time.Time
	ConfirmedBy    *int64
	ConfirmedAt    *time.Time
	EndedBy        *int64
	EndedAt        *time.Time
	Reason         string
	IdempotencyKey *string
}

// DuesPublication is income and use of a year as the members were shown them: it stays as it was shown (RULES 3.2.16).
type DuesPublication struct {
	ID           int64 `gorm:"primaryKey"`
	OrgID        int64
	Year         string
	OpeningFen   int64
	CollectedFen int64
	ReceivedFen  int64 // from below
	RemittedFen  int64
	UsedFen      int64
	ClosingFen   int64
	Uses         string // JSON: use, count, amount_fen
	Note         string
	PublishedBy  *int64
	PublishedAt  time.Time
}

// Steps and states of arrears, and how they ended.
const (
	ArrearsBranch    = "BRANCH"    // the branch is told
	ArrearsCommittee = "COMMITTEE" // the committee is told
	ArrearsCase      = "CASE"      // the organisation must study it

	ArrearsOpen   = "OPEN"
	ArrearsClosed = "CLOSED"
)

// States of what one person records and a second one confirms: deposits, remittances, uses.
const (
	EntryRecorded  = "RECORDED"
	EntryConfirmed = "CONFIRMED"
	EntryRejected  = "REJECTED"
	EntryReversed  = "REVERSED"
)
