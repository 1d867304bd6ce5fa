package model

import "time"

// Transfer moves a member's affiliation; the old branch stays responsible until it is accepted (RULES 2.8).
type Transfer struct {
	ID          int64 `gorm:"primaryKey"`
	MemberID    int64
	FromOrgID   int64
	ToOrgID     *int64 // empty: leaves the platform
	ToName      string
	Reason      string
	LetterNo    string // 介绍信编号
	DuesPaidTo  Month  // month
	State       string
	RequestedBy *int64
	RequestedAt time.Time
	MovedOn     *Date
	ReceiptNo   string // 回执, for one that leaves the platform
	DecidedBy   *int64
	DecidedAt   *time.Time
	Note        string // the reason for a refusal
}

// Floating is a member's stay away from the home organisation (RULES 2.9).
type Floating struct {
	ID            int64  `gorm:"primaryKey"`
	MemberID      *int64 // empty: comes from outside the platform
	Name          string
	PhoneSealed   string
	PhoneIndex    string
	HomeOrgID     *int64
	HomeName      string
	HostOrgID     *int64
	HostName      string
	Place         string
	Reason        string
	Abroad        bool
	LeftOn        Date
	ExpectedUntil *Date
	CardNo        string
	ReceiptNo     string // of a side outside the platform
	State         string
	HomeBy        *int64
	HomeAt        *time.Time
	HostBy        *int64
	HostAt        *time.Time
	EndedOn       *Date
	Note          string
	RegisteredBy  *int64
	RegisteredAt  time.Time
}

// FloatingContact is a contact with a floating member.
type FloatingContact struct {
	ID         int64 `gorm:"primaryKey"`
	FloatingID int64
	OnDay      Date
	Way        string
	Note       string
	AccountID  *int64
	ByName     string
	At         time.Time
}

// Congress is a party congress with its term.
type Congress struct {
	ID        int64 `gorm:"primaryKey"`
	OrgID     int64
	Number    int64 // 第几次
	Name      string
	HeldOn    Date
	TermUntil Date
	CreatedBy *int64
	CreatedAt time.Time
}

// Delegate is a member elected to a congress.
type Delegate struct {
	ID         int64 `gorm:"primaryKey"`
	CongressID int64
	MemberID   int64
	ElectedBy  string // the electing unit
	ElectedOn  Date
	EndedOn    *Date
	EndReason  string
	CreatedBy  *int64
	CreatedAt  time.Time
}

// DelegateDuty is what a delegate did as one.
type DelegateDuty struct {
	ID         int64 `gorm:"primaryKey"`
	DelegateID int64
	OnDay      Date
	Kind       string
	Note       string
	AccountID  *int64
	At         time.Time
}

// States of a transfer, and of a floating member's stay.
const (
	TransferOpen      = "OPEN"
	TransferAccepted  = "ACCEPTED"
	TransferRefused   = "REFUSED"
	TransferWithdrawn = "WITHDRAWN"

	FloatingRegistered = "REGISTERED" // one side's receipt is missing
	FloatingActive     = "ACTIVE"
	FloatingRefused    = "REFUSED"
	FloatingEnded      = "ENDED"
)
