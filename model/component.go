package model

import "time"

// ComponentTicket is what the open platform last pushed to our third-party platform.
type ComponentTicket struct {
	AppID        string `gorm:"column:appid"`
	TicketSealed string
	ReceivedAt   time.Time
}

// ComponentAuthorization is a way to the open platform's page on which a unit authorises us: who began it, for which unit.
type ComponentAuthorization struct {
	ID           int64  `gorm:"primaryKey"`
	StateHash    string // of the word in the address, which comes back
	DepartmentID int64
	BegunBy      int64
	CreatedAt    time.Time
	ExpiresAt    time.Time
	UsedAt       *time.Time
	AppID        string `gorm:"column:appid"`
}
