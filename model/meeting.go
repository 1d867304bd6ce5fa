package model

import "time"

// Meeting is a meeting that a branch records; so far the theme party day.
type Meeting struct {
	ID          int64 `gorm:"primaryKey"`
	OrgID       int64
	Kind        string
	Month       Month
	HeldOn      Date
	Theme       string
	Content     string
	Place       string
	Record      string
	State       string
	Round       int64 // how often it was completed: names the source of its facts
	CreatedBy   *int64
	CompletedBy *int64
	CompletedAt *time.Time
	CancelledAt *time.Time
	CancelNote  string
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Attendance says how a member took part in a meeting.
type Attendance struct {
	ID        int64 `gorm:"primaryKey"`
	MeetingID int64
	MemberID  int64
	Month     Month
	Status    string
}

// MeetingPhoto is a photo taken at a meeting.
type MeetingPhoto struct {
	ID        int64 `gorm:"primaryKey"`
	MeetingID int64
	FileID    int64
}

// Kinds and states of a meeting, and ways to take part.
const (
	ThemeDay = "THEME_DAY"

	MeetingDraft     = "DRAFT"
	MeetingCompleted = "COMPLETED"
	MeetingCancelled = "CANCELLED"

	Present = "PRESENT"
	Late    = "LATE"
	Leave   = "LEAVE"
	Absent  = "ABSENT"
	Exempt  = "EXEMPT"
)
