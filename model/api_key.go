package model

import "time"

// APIKey is a key with which a department's own system takes and returns requests.
type APIKey struct {
	ID           int64 `gorm:"primaryKey"`
	Name         string
	DepartmentID int64
	AccountID    int64  // in whose name steps are taken
	Prefix       string // shown in lists
	KeyHash      string
	CreatedBy    *int64
	CreatedAt    time.Time
	LastUsedOn   Date
	RevokedAt    *time.Time
}
