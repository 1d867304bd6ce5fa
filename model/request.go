package model

import "time"

// TimeLimit is a limit for a step of a request, in working days.
type TimeLimit struct {
	ID            int64  `gorm:"primaryKey"`
	Step          string // ACCEPT, REFER, ANSWER, HANDLE, HELPER, RETURN, EXTEND, CALL_BACK, RATE, REOPEN
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

	Confidential        bool // who the citizen is, the city's window alone may read
	ReplyWanted         bool
	SubjectDepartmentID *int64 // the unit complained of: it must not handle it
	UnitContent         string // what units read instead of the content; empty: the content
	Topic               string // code of the list request_topic
	Priority            int64
	Disposition         string // at intake: ANSWER, REFER, SOLVE
	DeclineReason       string // code of the list decline_reason
	Final               bool   // the city has assigned it: no further return
	RepeatOf            *int64 // the same citizen's earlier request in the same matter
	Repeats             int64  // how often it was brought up again
	Chases              int64
	ChasedAt            *time.Time
	APIKeyID            *int64 `gorm:"column:api_key_id"`
	ExternalID          string // the number in the other system
	ClockSeq            int64  // the step that started the open limit
	ClockFrom           Date   // its day 0
	ClockDays           int64  // working days (RATE: calendar days), extensions included
	Paused              bool
	ContactBy           *time.Time // URGENT: first contact
	ContactedAt         *time.Time
	SubmittedOn         Date
	AcceptedOn          Date
	AcceptMet           *bool
	ReferDue            Date
	ReferredOn          Date // of the first referral
	ReferMet            *bool
	HandleDue           Date // the deadline that the closing is measured by
	ClosedOn            Date // of the latest closing; empty while it is open
	CloseMet            *bool
	RatedOn             Date
	UnratedOn           Date
	Solved              *bool // by the citizen's word or the call-back
	ExcludedOn          Date  // two persons have taken it out of the unit's rates
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
	Author     string // citizen, or staff who wrote it down for him or her
	Lost       bool   // WeChat has it no more, or it may not be kept
	LostReason string // a sentence for the window
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

	// RequestConversation is a message that asks for nothing: it went back into the account's conversation.
	RequestConversation = "CONVERSATION"
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
	ClockAnswer = "ANSWER"
)

// What the window does with a request at once (RULES 9, principles).
const (
	DispositionAnswer = "ANSWER"
	DispositionRefer  = "REFER"
	DispositionSolve  = "SOLVE"
)

// Where a request came from.
const (
	SourceOfficialAccount = "oa"
	SourceMiniProgram     = "mp"
	SourceWeb             = "web"
	SourceDesk            = "desk" // written down by the window for somebody who called or came
	SourceAPI             = "api"  // another system
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
