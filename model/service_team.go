package model

import "time"

// ServiceTeam is a team of party members that goes out to citizens.
type ServiceTeam struct {
	ID           int64 `gorm:"primaryKey"`
	Name         string
	OrgID        int64  // that keeps the team
	DepartmentID *int64 // that it mostly works for
	LeaderID     *int64
	Phone        string
	Note         string
	ClosedOn     Date
	CreatedBy    *int64
	CreatedAt    time.Time
	Version      int64
}

// ServiceTeamSkill is a skill of a team.
type ServiceTeamSkill struct {
	TeamID int64
	Skill  string // code of the list service_skill
}

// ServiceTeamArea is a town, street or community that a team goes to.
type ServiceTeamArea struct {
	TeamID int64
	Area   string // name of a town, street or community
}

// ServiceTeamMember is a member of a team.
type ServiceTeamMember struct {
	ID       int64 `gorm:"primaryKey"`
	TeamID   int64
	MemberID int64
	JoinedOn Date
	LeftOn   Date
}

// ServiceDuty is the roster: who of a team is on duty on a day.
type ServiceDuty struct {
	TeamID    int64
	Day       Date
	MemberID  int64
	CreatedBy *int64
}

// ServiceOrder is what a team is asked to do for a request: claimed or dispatched, visited, confirmed.
type ServiceOrder struct {
	ID           int64 `gorm:"primaryKey"`
	RequestID    int64
	DepartmentID *int64 // that asked; empty: the window
	What         string
	Skill        string
	Area         string
	Due          Date
	State        string
	TeamID       *int64
	MemberID     *int64 // who goes
	Dispatched   bool   // sent by a person; else claimed
	VisitedOn    Date
	VisitNote    string
	ConfirmedBy  string
	ConfirmNote  string
	CreatedBy    *int64
	CreatedAt    time.Time
	TakenAt      *time.Time
	VisitedAt    *time.Time
	EndedAt      *time.Time
	Version      int64
}

// ServiceOrderPhoto is a photo of the visit.
type ServiceOrderPhoto struct {
	OrderID int64
	FileID  int64
}

// States of an order to a team.
const (
	OrderOpen      = "OPEN"
	OrderTaken     = "TAKEN"
	OrderVisited   = "VISITED"
	OrderConfirmed = "CONFIRMED"
	OrderCancelled = "CANCELLED"
)

// Who confirmed a visit.
const (
	ConfirmedByCitizen    = "citizen"
	ConfirmedByDepartment = "department"
)
