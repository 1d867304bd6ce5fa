package model

import "time"

// ImportBatch is an Excel file on its way into the tables: checked first, imported, perhaps undone.
type ImportBatch struct {
	ID           int64 `gorm:"primaryKey"`
	Kind         string
	OrgID        int64 // rows may belong to its subtree alone
	FileID       int64
	ResultFileID *int64 // the same file with a reason on each bad row
	State        string
	Total        int64 // rows of the sheet, as soon as it is known
	Done         int64
	Bad          int64
	Error        string // why the file was refused: a sentence for a person
	LeaseOwner   string
	LeaseUntil   *time.Time
	Attempts     int64
	CreatedBy    *int64
	CreatedAt    time.Time
	UpdatedAt    time.Time
	ImportedBy   *int64
	ImportedAt   *time.Time
	UndoneBy     *int64
	UndoneAt     *time.Time
}

// MemberDraft is a checked row of a member import.
type MemberDraft struct {
	BatchID       int64
	RowNo         int64 // of the sheet
	OrgID         *int64
	Name          string
	Pinyin        string
	IDSealed      string
	IDIndex       string
	PhoneSealed   string
	PhoneIndex    string
	Sex           string
	BornOn        Date
	EthnicGroup   string
	NativePlace   string
	Education     string
	Degree        string
	Occupation    string
	WorkUnit      string
	WorkPost      string
	Landline      string
	AddressSealed string
	IsCadre       bool
	Status        string
	AdmittedOn    Date
	FullOn        *Date
	LostSince     *Date
	FloatingPlace string // 外出流向
	FloatingSince *Date
	Error         string
}

// OrgDraft is a checked row of an organisation import.
type OrgDraft struct {
	BatchID      int64
	RowNo        int64
	OfficialCode string
	ParentName   string // name or official code of the organisation above
	Type         string
	Name         string
	Kind         string
	IsJoint      bool
	Address      string
	Phone        string
	FoundedOn    *Date
	Error        string
}

// ExportBatch is a list on its way out as an Excel file; above some rows it needs approval.
type ExportBatch struct {
	ID         int64 `gorm:"primaryKey"`
	Kind       string
	OrgID      int64  // the highest organisation of the one who asks: who is above it decides
	Filter     string // JSON, exactly as the list was filtered; sealed, for it may name a person
	Title      string
	Reason     string
	Identity   bool // with full identity numbers
	Total      int64
	State      string
	Done       int64
	FileID     *int64
	LeaseOwner string
	LeaseUntil *time.Time
	Attempts   int64
	CreatedBy  int64
	CreatedAt  time.Time
	UpdatedAt  time.Time
	DecidedBy  *int64
	DecidedAt  *time.Time
	Note       string
}

// States of an import and of an export.
const (
	ImportWaiting   = "WAITING"
	ImportChecking  = "CHECKING"
	ImportRefused   = "REFUSED" // the file itself is bad
	ImportChecked   = "CHECKED"
	ImportQueued    = "QUEUED"
	ImportImporting = "IMPORTING"
	ImportImported  = "IMPORTED"
	ImportUndone    = "UNDONE"
	ImportFailed    = "FAILED"

	ExportPending  = "PENDING"
	ExportRejected = "REJECTED"
	ExportQueued   = "QUEUED"
	ExportRunning  = "RUNNING"
	ExportReady    = "READY"
	ExportFailed   = "FAILED"
)
