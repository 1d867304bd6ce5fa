package model

import "time"

// Member is a party member on the roster. Identity and phone numbers are sealed; see service/vault.
type Member struct {
	ID          int64 `gorm:"primaryKey"`
	OrgID       int64
	Name        string
	IDSealed    string // identity number, AES-256-GCM with key id
	IDIndex     string // HMAC, for equality search
	PhoneSealed string
	PhoneIndex  string
	Sex         string
	BornOn      Date
	EthnicGroup string
	Education   string
	Occupation  string
	IsCadre     bool // section-level cadre (科级干部)
	Status      string
	Standing    string
	AdmittedOn  Date  // T5, the branch meeting: the political birthday
	ApprovedOn  *Date // T6; no greeting before it
	FullOn      *Date
	CreatedAt   time.Time
	UpdatedAt   time.Time

	Pinyin        string // initials of the name, lower case: lxm
	NativePlace   string
	Degree        string
	WorkUnit      string
	WorkPost      string // 工作岗位
	Landline      string
	AddressSealed string // home
	GroupID       *int64 // party group
	LostSince     *Date  // contact lost since
	WatchedUntil  *Date  // 留党察看 until: no vote, may not introduce
	Exempt        bool   // old, infirm or gravely ill: no duty to attend (RULES 4)
	LeftOn        *Date  // first day off the roster: transferred out, removed or dead
	Version       int64  // who changes a row says which version he or she saw
	BatchID       *int64 // the import that made it
}

// Status and standing of a member.
const (
	MemberProbationary = "PROBATIONARY"
	MemberFull         = "FULL"

	StandingActive      = "ACTIVE"
	StandingSuspended   = "SUSPENDED"
	StandingRemoved     = "REMOVED"
	StandingDeceased    = "DECEASED"
	StandingTransferred = "TRANSFERRED" // the affiliation left the platform
)
