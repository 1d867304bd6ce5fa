package model

import "time"

// Account is somebody who has signed in to the mini-program; tied to at most one member.
type Account struct {
	ID          int64  `gorm:"primaryKey"`
	MPAppID     string `gorm:"column:mp_appid"`
	OpenID      string `gorm:"column:openid"`
	UnionID     string `gorm:"column:unionid"`
	PhoneSealed string
	PhoneIndex  string
	MemberID    *int64
	BoundAt     *time.Time
	CreatedAt   time.Time
	LastLoginAt time.Time
}

// RebindRequest asks a branch administrator to tie a member to another account.
type RebindRequest struct {
	ID        int64 `gorm:"primaryKey"`
	AccountID int64
	MemberID  int64
	Reason    string
	State     string
	CreatedAt time.Time
	DecidedBy *int64
	DecidedAt *time.Time
	Note      string
}

// RoleGrant gives a member or an account a role in an organisation or a department.
type RoleGrant struct {
	ID           int64 `gorm:"primaryKey"`
	MemberID     *int64
	AccountID    *int64
	Role         string
	OrgID        *int64
	DepartmentID *int64
	GrantedBy    *int64 // empty: from the command line or the demo
	GrantedAt    time.Time
	RevokedBy    *int64
	RevokedAt    *time.Time
}

// Roles that a grant may give. leader and admin belong to an organisation and
// take its level; desk works the O2O window of the city; the others belong to a department.
const (
	RoleLeader            = "leader"
	RoleAdmin             = "admin"
	RoleDesk              = "desk"
	RoleDepartmentLeader  = "department_leader"
	RoleDepartmentHandler = "department_handler"
	RoleIdentity          = "identity_reader" // may read full identity numbers in an organisation, each time with a reason (RULES 11.3)
	RoleCollector         = "dues_collector"  // assesses and collects dues in an organisation, and sees bases (RULES 11.4)
)

// States of a rebind request.
const (
	RebindPending  = "PENDING"
	RebindApproved = "APPROVED"
	RebindRejected = "REJECTED"
)
