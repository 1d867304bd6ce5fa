package model

import "time"

// Contact is somebody as one official account knows him or her.
type Contact struct {
	ID          int64  `gorm:"primaryKey"`
	AppID       string `gorm:"column:appid"`
	OpenID      string `gorm:"column:openid"`
	UnionID     string `gorm:"column:unionid"`
	AccountID   *int64
	Follows     bool
	WindowUntil *time.Time // customer-service messages may be sent until then
	WindowLeft  int64
	CreatedAt   time.Time
}

// Message is a message in somebody's inbox; its text is made from its kind and data.
type Message struct {
	ID            int64 `gorm:"primaryKey"`
	Kind          string
	RecipientType string
	RecipientID   int64
	Period        string // the period or object that the message is about: the second half of its key
	Data          string // values of the kind's text, JSON object of strings
	Page          string
	Month         Month
	CreatedAt     time.Time
	ReadAt        *time.Time
}

// Delivery is the way of one message to a phone.
type Delivery struct {
	ID         int64 `gorm:"primaryKey"`
	MessageID  int64
	Kind       string
	Month      Month
	State      string
	Channel    string // subscribe, template, customer
	AppID      string `gorm:"column:appid"`
	OpenID     string `gorm:"column:openid"`
	TemplateID string
	Attempts   int64
	NotBefore  time.Time
	LeaseOwner string
	LeaseUntil *time.Time
	MsgID      string `gorm:"column:msgid"`
	Errcode    int64
	Error      string
	UpdatedAt  time.Time
}

// DeliveryAttempt is one try to deliver, with WeChat's answer.
type DeliveryAttempt struct {
	ID         int64 `gorm:"primaryKey"`
	DeliveryID int64
	Month      Month
	At         time.Time
	Channel    string
	AppID      string `gorm:"column:appid"`
	Outcome    string
	Errcode    int64
	Error      string
}

// MessageTemplate says which WeChat template carries a kind of message, and how its fields are filled.
type MessageTemplate struct {
	ID         int64  `gorm:"primaryKey"`
	Kind       string // of the message
	Channel    string
	AppID      string `gorm:"column:appid"`
	TemplateID string
	Fields     string // JSON: WeChat's field key to text with {placeholders}
	LongTerm   bool
	Enabled    bool
}

// MessageCredit counts the sends that a person has allowed for a template.
type MessageCredit struct {
	AccountID  int64  `gorm:"primaryKey"`
	TemplateID string `gorm:"primaryKey"`
	Balance    int64
	UpdatedAt  time.Time
}

// Recipients of a message.
const (
	ToMember  = "member"
	ToAccount = "account"
	ToContact = "contact"
)

// States of a delivery. A delivery ends as sent, unknown, failed or unreachable.
const (
	DeliveryPending     = "pending"     // waits for its turn
	DeliveryClaimed     = "claimed"     // an instance holds it; nothing was sent yet
	DeliverySending     = "sending"     // may be on the wire: never claimed again
	DeliverySent        = "sent"        // WeChat took it
	DeliveryUnknown     = "unknown"     // nobody knows whether WeChat took it: never sent again
	DeliveryFailed      = "failed"      // WeChat refused it for good
	DeliveryUnreachable = "unreachable" // no channel leads to the phone; the inbox has it
)

// Channels to a phone.
const (
	ChannelSubscribe = "subscribe" // mini-program subscribe message
	ChannelTemplate  = "template"  // template message of a service account
	ChannelCustomer  = "customer"  // customer-service message
	ChannelReply     = "reply"     // said with the answer to the contact's next message, when no other had led to the phone
)
