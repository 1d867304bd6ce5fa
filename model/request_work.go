package model

import "time"

// RequestIdentity is who the citizen is, apart from the request and sealed: what reads requests cannot read this.
type RequestIdentity struct {
	RequestID   int64 `gorm:"primaryKey;autoIncrement:false"`
	NameSealed  string
	PhoneSealed string
	PhoneIndex  string // for finding the same citizen
	CreatedAt   time.Time
}

// RequestReading is one reading of who the citizen is.
type RequestReading struct {
	ID           int64 `gorm:"primaryKey"`
	RequestID    int64
	AccountID    int64  // who read
	DepartmentID *int64 // for which unit; empty: the window
	ReadAt       time.Time
}

// RequestPause is a pause of the open limit. The working days after its first day, up to its last, do not count.
type RequestPause struct {
	ID        int64 `gorm:"primaryKey"`
	RequestID int64
	ClockSeq  int64  // of the limit that stands still
	Reason    string // code of the list pause_reason
	Note      string
	PausedOn  Date
	PausedBy  *int64
	ResumedOn Date // empty: it stands still
	ResumedBy *int64
	CreatedAt time.Time
}

// RequestExtension is an extension that a unit asks for, once for a limit (RULES 9.2).
type RequestExtension struct {
	ID          int64 `gorm:"primaryKey"`
	RequestID   int64
	ClockSeq    int64
	WorkingDays int64
	Reason      string
	State       string
	AskedBy     *int64
	AskedOn     Date
	DecidedBy   *int64
	Note        string
	CreatedAt   time.Time
	DecidedAt   *time.Time
}

// RequestHelper is a unit that helps the lead unit with a part of its own.
type RequestHelper struct {
	ID           int64 `gorm:"primaryKey"`
	RequestID    int64
	DepartmentID int64
	Part         string
	Deadline     Date
	CountedFrom  Date // day 0 of the deadline; empty: a person named the day
	CountedDays  int64
	State        string
	Result       string
	AskedBy      *int64
	DoneBy       *int64
	CreatedAt    time.Time
	DoneAt       *time.Time
}

// RequestRating is one rating that a citizen gave, also for a merged request and in an earlier round.
type RequestRating struct {
	ID           int64 `gorm:"primaryKey"`
	RequestID    int64
	Round        int64 // 0: the first closing, 1: after the first reopening
	Rating       int64
	Solved       *bool // empty: the citizen did not say
	Note         string
	DepartmentID *int64 // that had closed it
	RatedOn      Date
	CreatedAt    time.Time
}

// RequestRevisit is a call-back after a closing: due on the next working day, for every closing (RULES 9.2).
type RequestRevisit struct {
	ID           int64 `gorm:"primaryKey"`
	RequestID    int64
	Round        int64
	DepartmentID *int64 // that had closed it; empty: the window
	Due          Date
	CountedFrom  Date // day 0 of Due
	CountedDays  int64
	State        string
	Tries        int64
	Solved       bool
	Satisfied    bool
	FalseClosing bool
	Note         string
	DoneBy       *int64
	CreatedAt    time.Time
	DoneAt       *time.Time
}

// RequestRelease is a closed request that a person has released for everybody to read, in words that are fit for it.
type RequestRelease struct {
	RequestID   int64 `gorm:"primaryKey;autoIncrement:false"`
	Title       string
	Content     string
	Answer      string
	ReleasedBy  *int64
	ReleasedAt  time.Time
	WithdrawnBy *int64
	WithdrawnAt *time.Time
}

// States of an extension.
const (
	ExtensionAsked   = "ASKED"
	ExtensionGranted = "GRANTED"
	ExtensionRefused = "REFUSED"
)

// States of a helper's part.
const (
	HelperOpen      = "OPEN"
	HelperDone      = "DONE"
	HelperCancelled = "CANCELLED"
)

// States of a call-back.
const (
	RevisitWaiting   = "WAITING"
	RevisitDone      = "DONE"
	RevisitUnreached = "UNREACHED"
)
