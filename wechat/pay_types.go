package wechat

import (
	"crypto/rsa"
	"errors"
	"log/slog"
	"time"
)

// Merchant is the account with WeChat Pay that dues are paid into, and its credentials. Printed, logged or marshalled it
// shows no secret.
type Merchant struct {
	MchID       string
	SerialNo    string          // of the merchant's certificate
	PrivateKey  *rsa.PrivateKey `json:"-"` // signs our requests
	APIv3Key    string          `json:"-"` // 32 bytes; opens what WeChat seals
	PublicKeyID string          // PUB_KEY_ID_…
	PublicKey   *rsa.PublicKey  // checks WeChat's answers and notices
	NotifyURL   string          // {public address}/wechat/pay/notify
}

// String names the merchant without its secrets.
func (m Merchant) String() string { return "merchant(" + m.MchID + ")" }

// GoString keeps secrets out of %#v.
func (m Merchant) GoString() string { return m.String() }

// LogValue keeps secrets out of structured logs.
func (m Merchant) LogValue() slog.Value { return slog.StringValue(m.String()) }

// Order is what WeChat is asked to collect. The same OrderNo with the same content is the same order.
type Order struct {
	AppID       string
	OrderNo     string // out_trade_no: up to 32 of 0-9 A-Z a-z _ - *
	Description string // shown to who pays, up to 127 characters
	AmountFen   int64
	OpenID      string    // who pays
	ExpiresAt   time.Time // WeChat takes no money after it
}

// PayParams is what wx.requestPayment wants, as it wants it.
type PayParams struct {
	TimeStamp string `json:"timeStamp"`
	NonceStr  string `json:"nonceStr"`
	Package   string `json:"package"` // prepay_id=…
	SignType  string `json:"signType"`
	PaySign   string `json:"paySign"`
}

// Trade states of WeChat.
const (
	TradeSuccess = "SUCCESS"
	TradeRefund  = "REFUND" // paid, and refunded in part or whole
	TradeNotPaid = "NOTPAY"
	TradeClosed  = "CLOSED"
	TradePaying  = "USERPAYING"
	TradeFailed  = "PAYERROR"
)

// Transaction is what WeChat says of an order.
type Transaction struct {
	MchID         string
	AppID         string
	OrderNo       string
	TransactionNo string // WeChat's own number; empty while nothing was paid
	State         string
	AmountFen     int64  // of the order
	Currency      string // CNY
	OpenID        string
	PaidAt        time.Time // zero while nothing was paid
}

// Refund is money that goes back. The same RefundNo is the same refund.
type Refund struct {
	RefundNo  string // out_refund_no
	OrderNo   string
	Reason    string // shown to who gets it, up to 80 characters
	AmountFen int64
	TotalFen  int64 // of the order
}

// Refund states of WeChat.
const (
	RefundProcessing = "PROCESSING"
	RefundSuccess    = "SUCCESS"
	RefundClosed     = "CLOSED"
	RefundAbnormal   = "ABNORMAL" // the money could not be given back to where it came from; a person must act at WeChat
)

// RefundResult is what WeChat says of a refund.
type RefundResult struct {
	RefundNo   string
	RefundID   string // WeChat's own number
	OrderNo    string
	State      string
	AmountFen  int64
	FinishedAt time.Time // zero while it is under way
}

// Notice is one push of WeChat Pay: a payment or a refund.
type Notice struct {
	ID          string // natural key
	Transaction *Transaction
	Refund      *RefundResult
}

// StatementRow is one line of WeChat's bill of a day.
type StatementRow struct {
	At            time.Time
	AppID         string
	TransactionNo string
	OrderNo       string
	State         string // SUCCESS or REFUND
	AmountFen     int64  // what was paid; 0 on a REFUND line
	RefundNo      string
	RefundID      string
	RefundFen     int64
	FeeFen        int64
}

// What a caller must tell apart. Any other failure of a call that moves money leaves open whether it was carried out: query.
var (
	ErrNoOrder     = errors.New("wechat pay: no such order")
	ErrOrderPaid   = errors.New("wechat pay: the order is paid")
	ErrOrderClosed = errors.New("wechat pay: the order is closed")
	ErrNoRefund    = errors.New("wechat pay: no such refund")
	// ErrNotReady says that WeChat has not made the day's bill yet (it is there from about ten the next morning).
	ErrNotReady = errors.New("wechat pay: the day's bill is not ready")
)
