package model

import "time"

// LedgerAccount holds units of one kind for one owner.
type LedgerAccount struct {
	ID        int64  `gorm:"primaryKey"`
	Kind      string // energy, energy_issued, …
	OwnerType string // member, org, system
	OwnerID   int64
	Guarded   bool // may never go below zero; only guarded accounts keep their balance
	Balance   int64
}

// LedgerTransfer moves units between accounts; its entries sum to zero.
type LedgerTransfer struct {
	ID     int64  `gorm:"primaryKey"`
	Key    string // one transfer for each source event
	Kind   string
	FactID *int64
	Memo   string
	At     time.Time
	Month  Month
}

// LedgerEntry is one side of a transfer.
type LedgerEntry struct {
	ID         int64 `gorm:"primaryKey"`
	TransferID int64
	AccountID  int64
	Amount     int64
}
