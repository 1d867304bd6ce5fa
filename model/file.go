package model

import "time"

// File is an uploaded file; equal contents share one file on disk.
type File struct {
	ID        int64  `gorm:"primaryKey"`
	SHA256    string `gorm:"column:sha256"`
	MIME      string
	Bytes     int64
	Name      string
	AccountID *int64 // who sent it in; empty: from a callback or the demo
	CreatedAt time.Time
	Sealed    bool // encrypted on disk
}

// Sequence is a named counter.
type Sequence struct {
	Name  string `gorm:"primaryKey"`
	Value int64
}
