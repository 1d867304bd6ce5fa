package model

import "time"

// Org is a node of the organisation tree: city, committee, general branch or branch.
type Org struct {
	ID           int64 `gorm:"primaryKey"`
	ParentID     *int64
	Type         string
	Path         string // three digits a level: a subtree is a prefix
	Name         string
	OfficialCode *string
	Kind         string // 农村 社区 机关 学校 企业 …
	IsJoint      bool
	CreatedAt    time.Time
	DissolvedOn  *Date
	Address      string
	Phone        string // of the office
	FoundedOn    *Date
	Version      int64  // who changes a row says which version he or she saw
	BatchID      *int64 // the import that made it
}

// Department is a government unit (政务单位) that citizens' requests are referred to.
type Department struct {
	ID        int64 `gorm:"primaryKey"`
	Name      string
	Duties    string
	Address   string
	Phone     string // the public service number
	Hours     string
	CreatedAt time.Time
	ClosedOn  *Date
}

// The four levels of the organisation tree (RULES 2.1).
const (
	OrgCity          = "CITY"
	OrgCommittee     = "COMMITTEE"
	OrgGeneralBranch = "GENERAL_BRANCH"
	OrgBranch        = "BRANCH"
)

// PathEnd is the first path after the subtree of path: a subtree is path <= p < PathEnd(path).
func PathEnd(path string) string { return path + ":" } // ':' follows '9'
