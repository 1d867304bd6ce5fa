package model

import "time"

// ContactMessage is a message in the conversation of an official account that belongs to no request, or an answer there.
type ContactMessage struct {
	ID         int64 `gorm:"primaryKey"`
	ContactID  int64
	Direction  string
	Type       string
	Content    string
	FileID     *int64
	CallbackID *int64
	AccountID  *int64 // who answered
	MessageID  *int64 // the delivery of the answer
	Courtesy   bool   // asks for nothing: a greeting, a smiley, thanks
	CreatedAt  time.Time
}

// Directions of a contact's message.
const (
	DirectionIn  = "in"
	DirectionOut = "out"
)
