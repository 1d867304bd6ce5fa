package model

import "time"

// OrgSpan is what an organisation was called and where it stood while from_on <= day < until_on.
type OrgSpan struct {
	ID       int64 `gorm:"primaryKey"`
	OrgID    int64
	ParentID *int64
	Type     string
	Name     string
	Path     string
	FromOn   Date
	UntilOn  *Date
}

// OrgEvent is a change of an organisation, with what stood before and after.
type OrgEvent struct {
	ID         int64 `gorm:"primaryKey"`
	OrgID      int64
	Version    int64 // of the organisation, that the event made
	Kind       string
	OnDay      Date
	OtherOrgID *int64 // the new parent, what it was merged into, or what it took in
	DocumentNo string
	Note       string
	Before     string // JSON
	After      string
	AccountID  *int64 // empty: an import or the demo
	At         time.Time
}

// JointUnit is a unit whose members a joint branch gathers (RULES 2.3).
type JointUnit struct {
	ID    int64 `gorm:"primaryKey"`
	OrgID int64
	Name  string
}

// PartyGroup is a party group (党小组) of a branch.
type PartyGroup struct {
	ID          int64 `gorm:"primaryKey"`
	OrgID       int64
	Name        string
	LeaderID    *int64
	CreatedAt   time.Time
	DissolvedOn *Date
}

// Kinds of an organisation's events.
const (
	OrgCreated   = "CREATED"
	OrgChanged   = "CHANGED"
	OrgRenamed   = "RENAMED"
	OrgMoved     = "MOVED"
	OrgMerged    = "MERGED"   // into another
	OrgAbsorbed  = "ABSORBED" // took another in
	OrgDissolved = "DISSOLVED"
	OrgRestored  = "RESTORED"
)
