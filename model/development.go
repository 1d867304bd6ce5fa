package model

import "time"

// Development is one person's way from applicant to full member (RULES 5).
type Development struct {
	ID              int64 `gorm:"primaryKey"`
	OrgID           int64
	Name            string
	Pinyin          string
	IDSealed        string
	IDIndex         string
	PhoneSealed     string
	PhoneIndex      string
	Sex             string
	BornOn          Date
	EthnicGroup     string
	Education       string
	Occupation      string
	WorkUnit        string
	State           string
	AppliedOn       Date
	TalkedOn        *Date
	ActivistOn      *Date
	CandidateOn     *Date
	TrainedOn       *Date
	PreReviewedOn   *Date
	AdmittedOn      *Date // T5, the branch meeting
	ReportedOn      *Date // the resolution went to the committee
	ApprovedOn      *Date // T6
	OathOn          *Date
	ProbationMonths int64 // with extension
	ProbationEndsOn *Date // the full-member date, kept apart from meeting and approval
	FullMeetingOn   *Date
	FullApprovedOn  *Date // T8
	ArchivedOn      *Date
	EndedOn         *Date  // withdrawn, stopped, rejected, cancelled
	SpecialReason   string // why approval may take up to six months
	LeavingOn       *Date  // the person will leave the unit (DEV-W03)
	MemberID        *int64 // from T6 on
	RestartsID      *int64 // the ended course that this one begins again
	Version         int64
	CreatedBy       *int64
	CreatedAt       time.Time
	UpdatedAt       time.Time
}

// DevelopmentStep is a step that was taken; append-only.
type DevelopmentStep struct {
	ID            int64 `gorm:"primaryKey"`
	DevelopmentID int64
	Seq           int64
	Code          string // T1, T1a, T2 …
	OnDay         Date
	RuleSet       string
	FromState     string
	ToState       string
	Data          string // JSON: what the step recorded
	VoteID        *int64
	Warnings      string // codes that stood when it was taken
	Note          string
	OrgID         int64 // the branch of the day
	AccountID     *int64
	ByName        string
	At            time.Time
}

// DevelopmentDocument is an uploaded paper of a course.
type DevelopmentDocument struct {
	ID            int64 `gorm:"primaryKey"`
	DevelopmentID int64
	Kind          string // the paper's name: 入党申请书 …
	Step          string
	FileID        int64
	AccountID     *int64
	At            time.Time
}

// DevelopmentPaper is a paper that a step asks for.
type DevelopmentPaper struct {
	Step string
	Kind string
	Seq  int64
}

// DevelopmentSponsor is a training contact or an introducer.
type DevelopmentSponsor struct {
	ID            int64 `gorm:"primaryKey"`
	DevelopmentID int64
	MemberID      int64
	Role          string
	FromOn        Date
	UntilOn       *Date
}

// DevelopmentNotice is a public notice before somebody becomes a candidate.
type DevelopmentNotice struct {
	ID            int64 `gorm:"primaryKey"`
	DevelopmentID int64
	StartOn       Date
	EndsOn        Date // the last working day
	Outcome       string
	Objection     string
	AccountID     *int64
	At            time.Time
}

// DevelopmentDeadline is what must be done by when, and by which level.
type DevelopmentDeadline struct {
	ID            int64 `gorm:"primaryKey"`
	DevelopmentID int64
	Code          string // DEV-W01 …
	DueOn         Date
	Level         string // who must act
}

// States of a course of development (RULES 5).
const (
	DevApplicant    = "APPLICANT"
	DevActivist     = "ACTIVIST"
	DevCandidate    = "CANDIDATE"
	DevAdmitted     = "ADMITTED"
	DevProbationary = "PROBATIONARY"
	DevFull         = "FULL"
	DevRejected     = "REJECTED"
	DevCancelled    = "CANCELLED"
	DevWithdrawn    = "WITHDRAWN"
	DevStopped      = "STOPPED"
)

// Roles of a sponsor, outcomes of a public notice, and who must act on a deadline.
const (
	SponsorContact    = "CONTACT"
	SponsorIntroducer = "INTRODUCER"

	NoticeOpen    = "OPEN"
	NoticeClear   = "CLEAR"
	NoticeBlocked = "BLOCKED"

	LevelBranch    = "BRANCH"
	LevelCommittee = "COMMITTEE"
)
