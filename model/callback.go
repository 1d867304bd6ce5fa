package model

import "time"

// Callback is a push from WeChat, taken once by its natural key.
type Callback struct {
	ID         int64  `gorm:"primaryKey"`
	AppID      string `gorm:"column:appid"`
	NaturalKey string
	Kind       string
	Event      string
	OpenID     string `gorm:"column:openid"`
	Payload    string // JSON of the decrypted push
	Reply      string // the passive reply: a repeated push gets the same
	State      string
	Attempts   int64
	NotBefore  time.Time
	LeaseOwner string
	LeaseUntil *time.Time
	Error      string
	ReceivedAt time.Time
}

// States of a callback.
const (
	CallbackPending = "pending"
	CallbackClaimed = "claimed"
	CallbackDone    = "done"
	CallbackFailed  = "failed"
)
