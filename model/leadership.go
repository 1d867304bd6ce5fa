package model

import "time"

// OrgTerm is a term of an organisation's leadership (RULES 2.6).
type OrgTerm struct {
	ID             int64 `gorm:"primaryKey"`
	OrgID          int64
	Number         int64 // 第几届
	ElectedOn      Date
	EndsOn         Date
	VoteID         *int64
	DocumentNo     string // approval of the election's result
	PostponedUntil *Date  // with approval from above, by at most a year (RULES 2.6)
	PostponedNo    string
	CreatedBy      *int64
	CreatedAt      time.Time
}

// OrgPost is a post that a member holds or held.
type OrgPost struct {
	ID        int64 `gorm:"primaryKey"`
	OrgID     int64
	TermID    *int64
	MemberID  int64
	Post      string
	FromOn    Date
	UntilOn   *Date
	Note      string
	CreatedBy *int64
	CreatedAt time.Time
}

// Vote is a vote in a branch or committee with its quorum (RULES 4).
type Vote struct {
	ID        int64 `gorm:"primaryKey"`
	OrgID     int64
	Kind      string
	Subject   string
	HeldOn    Date
	Voters    int64 // full members with voting rights, before exclusions
	Excluded  int64
	Eligible  int64
	Present   int64
	Written   int64 // written opinions sent in before the meeting
	Yes       int64
	No        int64
	Abstain   int64
	Quorate   bool
	Passed    bool
	CreatedBy *int64
	CreatedAt time.Time
}

// VoteExclusion is a member who lawfully is not counted, by the branch's decision.
type VoteExclusion struct {
	ID         int64 `gorm:"primaryKey"`
	VoteID     int64
	MemberID   int64
	Reason     string
	DecisionNo string
}

// Handover hands an administrator's work to a successor, with a pack frozen when it was opened.
type Handover struct {
	ID           int64 `gorm:"primaryKey"`
	OrgID        int64
	FromMemberID *int64
	ToMemberID   int64
	State        string
	Note         string
	Pack         string // JSON, as it stood when it was opened
	OpenedBy     *int64
	OpenedAt     time.Time
	ClosedBy     *int64
	ClosedAt     *time.Time
}

// Posts of an organisation's leadership.
const (
	PostSecretary       = "SECRETARY"
	PostDeputySecretary = "DEPUTY_SECRETARY"
	PostOrganisation    = "ORGANISATION"
	PostPublicity       = "PUBLICITY"
	PostDiscipline      = "DISCIPLINE"
	PostUnitedFront     = "UNITED_FRONT"
	PostYouth           = "YOUTH"
	PostMember          = "MEMBER"
)

// Kinds of a vote: each has its own quorum.
const (
	VoteGeneral     = "GENERAL"
	VoteDevelopment = "DEVELOPMENT"
	VoteElection    = "ELECTION"
)

// States of a hand-over.
const (
	HandoverOpen      = "OPEN"
	HandoverDone      = "DONE"
	HandoverWithdrawn = "WITHDRAWN"
)
