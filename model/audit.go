package model

// AuditHead is the newest link of a chain.
type AuditHead struct {
	Chain string `gorm:"primaryKey"`
	Seq   int64
	Hash  string
}

// AuditEntry is one link of the audit chain. Append-only.
type AuditEntry struct {
	ID         int64 `gorm:"primaryKey"`
	Chain      string
	Seq        int64
	Month      Month
	At         string // RFC 3339, UTC, microseconds: as it was hashed
	ActorType  string // account, command, system, citizen
	ActorID    int64
	ActorName  string
	IP         string
	RequestID  string
	Action     string
	ObjectType string
	ObjectID   int64
	Before     string
	After      string
	PrevHash   string
	Hash       string
}

// MainChain is the name of the audit chain.
const MainChain = "main"
