package sandbox

import "time"

// The kinds of journal lines.
const (
	kindToken  = "token"  // by token
	kindForce  = "force"  // by appid
	kindCode   = "code"   // by code
	kindCredit = "credit" // by appid|template|person
	kindFollow = "follow" // by appid|person
	kindWindow = "window" // by appid|person
	kindVisit  = "visit"  // by person
	kindMedia  = "media"  // by media id
	kindDedup  = "dedup"  // by appid|openid|client_msg_id
	kindEntry  = "entry"  // by person; every line counts
)

// How long things live.
const (
	codeLife   = 5 * time.Minute
	mediaLife  = 3 * 24 * time.Hour
	dedupLife  = 10 * time.Minute
	visitLife  = 2 * time.Hour
	codeKept   = 15 * time.Minute    // a used code is recognised so long
	mediaKept  = 30 * 24 * time.Hour // its picture address works so long
	tokenKept  = 24 * time.Hour      // an expired token is told from an unknown one so long
	phoneKeeps = 200                 // entries on one phone
)

// tokenRecord is one access token. Dead means replaced by force or by a new secret: 40001 and not 42001.
type tokenRecord struct {
	AppID   string    `json:"appid"`
	Secret  string    `json:"secret_hash"`
	Issued  time.Time `json:"issued"`
	Expires time.Time `json:"expires"`
	Dead    bool      `json:"dead,omitempty"`
	Of      string    `json:"of,omitempty"` // "": got with the account's secret
}

// What an access token was got with, if not with the account's secret.
const (
	ofComponent = "component" // the platform's own, with a ticket
	ofGrant     = "grant"     // an account's, with a refresh token
)

// forceRecord counts forced refreshes of one appid.
type forceRecord struct {
	At    time.Time `json:"at"`
	Day   string    `json:"day"`
	Count int       `json:"count"`
}

// codeRecord is a login or phone-number code.
type codeRecord struct {
	Use    string    `json:"use"`
	Person string    `json:"person"`
	Issued time.Time `json:"issued"`
	Used   bool      `json:"used,omitempty"`
}

// creditRecord is what a person allows for one template: Left sends, or any number if Left > 0 of a long-term one.
type creditRecord struct {
	Left int `json:"left"`
}

type followRecord struct {
	On    bool      `json:"on"`
	Since time.Time `json:"since"`
}

// windowRecord bounds customer-service messages: after a message of the user, and after a follow, scan or tap.
type windowRecord struct {
	UserUntil time.Time `json:"user_until"`
	UserLeft  int       `json:"user_left"`
	TapUntil  time.Time `json:"tap_until"`
	TapLeft   int       `json:"tap_left"`
}

type mediaRecord struct {
	AppID string    `json:"appid"`
	At    time.Time `json:"at"`
	MIME  string    `json:"mime"`
	Body  []byte    `json:"body"`
}

type dedupRecord struct {
	MsgID int64     `json:"msgid"`
	At    time.Time `json:"at"`
}

// Who wrote an entry of a conversation.
const (
	fromMe      = "me"
	fromAccount = "account"
	fromSystem  = "system" // WeChat itself, when the account does not answer
)

// The ways by which something reaches a phone.
const (
	channelSubscribe = "subscribe"
	channelTemplate  = "template"
	channelCustomer  = "customer"
	channelReply     = "reply"
)

// entry is one thing on a phone: a notice, or one side of a conversation.
type entry struct {
	ID         int64             `json:"id"`
	AppID      string            `json:"appid"`
	From       string            `json:"from"`
	Channel    string            `json:"channel,omitempty"`
	Type       string            `json:"type"`
	TemplateID string            `json:"template_id,omitempty"`
	Title      string            `json:"title,omitempty"`
	Content    string            `json:"content,omitempty"`
	Data       map[string]string `json:"data,omitempty"`
	Page       string            `json:"page,omitempty"`
	MediaID    string            `json:"media_id,omitempty"`
	Lat        float64           `json:"lat,omitempty"`
	Lng        float64           `json:"lng,omitempty"`
	At         time.Time         `json:"at"`
}
