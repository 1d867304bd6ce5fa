package model

import "time"

// TimeLimit is a limit for a step of a request, in working days.
type TimeLimit struct {
	ID            int64  `gorm:"primaryKey"`
	Step          string // ACCEPT, REFER, HANDLE, RETURN, EXTEND, CALL_BACK, RATE, REOPEN
	Category      string // empty: every category
	WorkingDays   int64
	EffectiveFrom Date
}

// Request is a citizen's request.
type Request struct {
	ID                 int64 `gorm:"primaryKey"`
	Number             string
	Source             string
	ContactID          *int64
	AccountID          *int64
	IntakeDepartmentID *int64 // whose official account was written to
	Category           string
	Content            string
	Place              string
	Lat                *float64
	Lng                *float64
	Anonymous          bool
	State              string
	DepartmentID       *int64 // the lead unit
	HandlerID          *int64
	Clock              string // the open limit: a step of time_limit
	Deadline           Date   // met until the end of this day
	Provisional        bool   // the deadline rests on a year without a holiday notice
	Extended           bool
	ReturnCount        int64
	ReopenCount        int64
	DuplicateOf        *int64
	CollectingUntil    *time.Time // further messages of the same contact belong to it until then
	Rating             *int64     // 5 very satisfied … 1 very dissatisfied
	RatingNote         string
	IdempotencyKey     *string
	Steps              int64
	SubmittedAt        time.Time
	UpdatedAt          time.Time
}

// RequestPart is one message or attachment of a request.
type RequestPart struct {
	ID         int64 `gorm:"primaryKey"`
	RequestID  int64
	CallbackID *int64
	Type       string
	Content    string
	Lat        *float64
	Lng        *float64
	FileID     *int64
	CreatedAt  time.Time
}

// RequestStep is one step of a request: who, when, and whether its limit was met.
type RequestStep struct {
	ID           int64 `gorm:"primaryKey"`
	RequestID    int64
	Seq          int64
	Action       string
	FromState    string
	ToState      string
	ActorType    string
	ActorID      int64
	ActorName    string
	DepartmentID *int64
	Note         string
	Public       bool   // may the citizen read the note
	Clock        string // the limit that this step ended
	Deadline     Date
	Met          *bool // empty: the step ended no limit
	At           time.Time
}

// States of a request (RULES 9.1).
const (
	RequestSubmitted = "SUBMITTED"
	RequestAccepted  = "ACCEPTED"
	RequestReferred  = "REFERRED"
	RequestHandling  = "HANDLING"
	RequestReturned  = "RETURNED"
	RequestClosed    = "CLOSED"
	RequestRated     = "RATED"
	RequestUnrated   = "UNRATED"
	RequestReopened  = "REOPENED"
	RequestDeclined  = "DECLINED"
	RequestDuplicate = "DUPLICATE"
	RequestWithdrawn = "WITHDRAWN"
)

// Categories of a request (RULES 9.2).
const (
	CategoryConsult    = "CONSULT"
	CategoryHelp       = "HELP"
	CategoryComplaint  = "COMPLAINT"
	CategorySuggestion = "SUGGESTION"
	CategoryUrgent     = "URGENT"
)

// Limits that run on a request (RULES 9.2).
const (
	ClockAccept = "ACCEPT"
	ClockRefer  = "REFER"
	ClockHandle = "HANDLE"
	ClockRate   = "RATE"
	ClockReopen = "REOPEN"
)

// Where a request came from.
const (
	SourceOfficialAccount = "oa"
	SourceMiniProgram     = "mp"
)

// Types of parts.
const (
	PartText     = "text"
	PartImage    = "image"
	PartLocation = "location"
	PartVoice    = "voice"
)

// Who takes a step.
const (
	ActorCitizen = "citizen"
	ActorStaff   = "staff"
	ActorSystem  = "system"
)
