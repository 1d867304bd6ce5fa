package model

import "time"

// MemberSpan is the branch that a member belonged to while from_on <= day < until_on.
type MemberSpan struct {
	ID       int64 `gorm:"primaryKey"`
	MemberID int64
	OrgID    int64
	FromOn   Date
	UntilOn  *Date
	Reason   string
}

// MemberChange is a changed field with before and after; sealed fields stand masked.
type MemberChange struct {
	ID        int64 `gorm:"primaryKey"`
	MemberID  int64
	Version   int64 // of the member, that the change made
	Field     string
	Before    string
	After     string
	Reason    string
	AccountID *int64
	ByName    string
	At        time.Time
}

// MemberAccess is who looked at a member's data; the same look on one day is counted.
type MemberAccess struct {
	ID        int64 `gorm:"primaryKey"`
	MemberID  int64
	AccountID int64
	ByName    string
	ByRole    string
	Kind      string
	Reason    string
	Day       Date
	Times     int64
	LastAt    time.Time
}

// StandingDecision is what people decided about a member's standing (RULES 2.11, 2.12).
type StandingDecision struct {
	ID          int64 `gorm:"primaryKey"`
	MemberID    int64
	Kind        string
	Ground      string
	DecidedOn   Date
	EffectiveOn Date
	UntilOn     *Date
	DecidedBy   string // the meeting or committee
	DocumentNo  string
	Reason      string
	FileID      *int64
	Before      string
	After       string
	AccountID   *int64
	ByName      string
	At          time.Time
}

// Why a member belongs to a branch from a day on.
const (
	SpanFirst     = "FIRST"
	SpanTransfer  = "TRANSFER"
	SpanMerged    = "MERGED"
	SpanCorrected = "CORRECTED"
)

// Ways to look at a member's data.
const (
	AccessDetail      = "DETAIL"
	AccessIdentity    = "IDENTITY"
	AccessExport      = "EXPORT"
	AccessDevelopment = "DEVELOPMENT"
)

// Kinds of a decision about standing.
const (
	DecisionLost    = "LOST"    // contact lost
	DecisionFound   = "FOUND"   // contact found again
	DecisionSuspend = "SUSPEND" // 停止党籍
	DecisionRestore = "RESTORE" // 恢复党籍
	DecisionRectify = "RECTIFY" // 限期改正
	DecisionWatch   = "WATCH"   // 留党察看
	DecisionRemove  = "REMOVE"  // 除名、开除
	DecisionDeath   = "DEATH"
)
