package model

import "time"

// StandardChecklist is a version of the standardisation checklist of one type of organisation.
type StandardChecklist struct {
	ID          int64 `gorm:"primaryKey"`
	OrgType     string
	Kind        string // 农村 社区 机关 …; empty: every kind that has no list of its own
	Version     int64
	Title       string
	State       string
	CreatedBy   *int64
	CreatedAt   time.Time
	PublishedAt *time.Time
}

// StandardItem is one item of a checklist.
type StandardItem struct {
	ID          int64 `gorm:"primaryKey"`
	ChecklistID int64
	Seq         int64
	Area        string // 组织设置 活动场所 …
	Title       string
	Requirement string
	Photos      int64 // at least so many
	Public      bool  // a public place: its photos stand in the gallery
}

// StandardEvidence is what an organisation shows for an item, and what the level above says of it.
type StandardEvidence struct {
	ID          int64 `gorm:"primaryKey"`
	OrgID       int64
	ItemID      int64
	State       string
	Note        string
	SubmittedBy *int64
	SubmittedAt *time.Time
	ReviewedBy  *int64
	ReviewedAt  *time.Time
	ReviewNote  string
	Round       int64  // how often it was approved: names the source of its fact, with
	OriginID    *int64 // the evidence of an older version that it was carried over from
	UpdatedAt   time.Time
}

// StandardPhoto is a photo of an evidence, taken before or after the work.
type StandardPhoto struct {
	ID         int64 `gorm:"primaryKey"`
	EvidenceID int64
	FileID     int64
	Moment     string
}

// States of a checklist, states of an evidence, and when a photo was taken.
const (
	ChecklistDraft     = "DRAFT"
	ChecklistPublished = "PUBLISHED"
	ChecklistRetired   = "RETIRED"

	EvidenceDraft     = "DRAFT"
	EvidenceSubmitted = "SUBMITTED"
	EvidenceApproved  = "APPROVED"
	EvidenceReturned  = "RETURNED"

	PhotoBefore = "BEFORE"
	PhotoAfter  = "AFTER"
)
