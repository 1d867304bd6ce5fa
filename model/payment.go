package model

import "time"

// DuesPayment is money for one bill or several of them, and its life: an order, a record to confirm, money, its way back.
type DuesPayment struct {
	ID             int64  `gorm:"primaryKey"`
	OrgID          int64  // the branch that collects
	PayerID        *int64 // who paid: the member, or another of the branch
	Method         string
	State          string
	AmountFen      int64
	RefundedFen    int64   // asked for or given back
	OrderNo        string  // the number of the payment, also with WeChat (out_trade_no)
	TransactionNo  *string // WeChat's or the bank's
	IdempotencyKey *string
	PaidOn         Date
	AppID          string `gorm:"column:appid"` // WECHAT: who pays, there
	OpenID         string `gorm:"column:openid"`
	Description    string
	ExpiresAt      *time.Time // WECHAT: no money is taken after it
	RecordedBy     *int64
	RecordedAt     time.Time
	SettledBy      *int64 // the second person
	SettledAt      *time.Time
	EndedBy        *int64 // who closed or reversed it
	EndedAt        *time.Time
	Reason         string     // why it was closed or reversed
	OverrideReason string     // why a month was taken that is further back than the rule allows
	ReconciledOn   Date       // the day of WeChat's bill that holds it
	NotBefore      *time.Time // OPEN: when WeChat is asked next
	Attempts       int64
	LeaseOwner     string
	LeaseUntil     *time.Time
}

// DuesPaymentBill is a bill that a payment pays, whole. Of each bill at most one payment lives.
type DuesPaymentBill struct {
	ID        int64 `gorm:"primaryKey"`
	PaymentID int64
	BillID    int64
	AmountFen int64
	Live      bool // the payment is OPEN, RECORDED or SETTLED, and this part was not given back
}

// DuesRefund is money of WeChat that goes back.
type DuesRefund struct {
	ID          int64 `gorm:"primaryKey"`
	PaymentID   int64
	BillID      *int64 // empty: money that paid no bill
	RefundNo    string
	AmountFen   int64
	Reason      string
	State       string
	RequestedBy *int64 // empty: the platform found money that pays no bill
	RequestedAt time.Time
	DecidedBy   *int64
	DecidedAt   *time.Time
	Note        string
	WeChatID    string `gorm:"column:wechat_id"` // the number that WeChat gave it
	FinishedAt  *time.Time
	Error       string
	NotBefore   *time.Time // APPROVED: when it is sent or asked for next
	Attempts    int64
	LeaseOwner  string
	LeaseUntil  *time.Time
}

// PayNotice is a push of WeChat Pay: each takes effect once.
type PayNotice struct {
	ID         int64 `gorm:"primaryKey"`
	NoticeNo   string
	OrderNo    string
	RefundNo   string
	State      string
	AmountFen  int64
	Outcome    string
	ReceivedAt time.Time
}

// PayStatement is WeChat's bill of a day.
type PayStatement struct {
	ID        int64 `gorm:"primaryKey"`
	Day       Date
	Lines     int64
	PaidFen   int64
	RefundFen int64
	FetchedAt time.Time
}

// PayStatementLine is one line of it.
type PayStatementLine struct {
	ID            int64 `gorm:"primaryKey"`
	StatementID   int64
	Kind          string
	OrderNo       string
	TransactionNo string
	RefundNo      string
	AmountFen     int64
	FeeFen        int64
	At            time.Time
}

// Kinds of lines of WeChat's bill.
const (
	LinePayment = "PAYMENT"
	LineRefund  = "REFUND"
)

// PayDifference is what the books and WeChat disagree on, to be worked off by people.
type PayDifference struct {
	ID            int64 `gorm:"primaryKey"`
	Kind          string
	FoundBy       string
	Day           Date
	PaymentID     *int64
	RefundID      *int64
	OrderNo       string
	RefundNo      string
	TransactionNo string
	OurFen        int64
	TheirFen      int64
	State         string
	Resolution    string
	FoundAt       time.Time
	ResolvedBy    *int64
	ResolvedAt    *time.Time
}

// DuesSpecial is a voluntary extra payment that goes whole to the top, never mixed with monthly dues (RULES 3.2.14).
type DuesSpecial struct {
	ID             int64 `gorm:"primaryKey"`
	MemberID       int64
	OrgID          int64
	AmountFen      int64
	Method         string
	TransactionNo  *string
	PaidOn         Date
	Brief          string // 党员简要情况
	State          string
	RecordedBy     *int64
	RecordedAt     time.Time
	ConfirmedBy    *int64
	ConfirmedAt    *time.Time
	ForwardedOn    Date
	ForwardNo      string // the document with which the committee handed it up
	EndedBy        *int64
	EndedAt        *time.Time
	Reason         string
	IdempotencyKey *string
}

// Ways to pay.
const (
	PayCash     = "CASH"
	PayTransfer = "TRANSFER" // by bank
	PayWeChat   = "WECHAT"
)

// States of a payment. OPEN, RECORDED and SETTLED hold their bills.
const (
	PaymentOpen     = "OPEN"     // an order with WeChat, not paid yet
	PaymentRecorded = "RECORDED" // a collector has the money; a second person has not confirmed it
	PaymentSettled  = "SETTLED"  // the money is there, its bills are paid
	PaymentClosed   = "CLOSED"   // ended without money
	PaymentReversed = "REVERSED" // taken back by an opposite entry
	PaymentSurplus  = "SURPLUS"  // money came, but its bills were paid otherwise: it goes back
	PaymentRefunded = "REFUNDED" // all of it went back
)

// States of a refund.
const (
	RefundRequested = "REQUESTED"
	RefundRejected  = "REJECTED"
	RefundApproved  = "APPROVED" // by a second person; WeChat is asked to carry it out
	RefundDone      = "DONE"
	RefundFailed    = "FAILED" // WeChat cannot carry it out; people must
)

// Kinds of differences, how they were found, and their states.
const (
	DifferenceOnlyOurs   = "ONLY_OURS"
	DifferenceOnlyTheirs = "ONLY_THEIRS"
	DifferenceAmount     = "AMOUNT"

	FoundByStatement = "STATEMENT"
	FoundByNotice    = "NOTICE"
	FoundByQuery     = "QUERY"

	DifferenceOpen     = "OPEN"
	DifferenceResolved = "RESOLVED"
)

// States of a special payment.
const (
	SpecialRecorded  = "RECORDED"
	SpecialConfirmed = "CONFIRMED"
	SpecialRejected  = "REJECTED"
	SpecialForwarded = "FORWARDED"
	SpecialReversed  = "REVERSED"
)
