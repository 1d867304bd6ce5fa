package wechat

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments"
)

// PayError is WeChat Pay's own refusal. It is not signed: a hint, not a proof. Where a caller must tell it apart, it
// wraps ErrNoOrder, ErrOrderPaid, ErrOrderClosed, ErrNoRefund or ErrNotReady.
type PayError struct {
	API     string
	Status  int    // of HTTP
	Code    string // NOT_ENOUGH, PARAM_ERROR, …; empty if the answer named none
	Message string // WeChat's words, in Chinese, at most 100 characters
	reason  error
}

// Error names the API, the code and WeChat's words; never the request, which the library's own error shows.
func (e *PayError) Error() string {
	return fmt.Sprintf("wechat pay: %s: http status %d %s: %s", e.API, e.Status, e.Code, e.Message)
}

// Unwrap gives what a caller must tell apart, or nil.
func (e *PayError) Unwrap() error { return e.reason }

var (
	errShape = errors.New("answer of another shape")
	errOther = errors.New("answer about something else")
)

// payCall runs one call of the library and makes its error fit to be shown. The library takes it for granted that a
// signed answer has every field, and panics where one is missing: that is an answer of another shape.
func payCall(api string, call func() (*core.APIResult, error)) (err error) {
	defer func() {
		if recover() != nil {
			err = &callError{api: "pay " + api, cause: errShape}
		}
	}()
	result, err := call()
	if err == nil {
		return nil
	}
	var refusal *core.APIError
	if !errors.As(err, &refusal) {
		return &callError{api: "pay " + api, cause: bare(err)}
	}
	out := &PayError{API: api, Code: payCode(refusal.Code), Message: payWords(refusal.Message), Status: result.Response.StatusCode}
	out.reason = payReason(api, out.Code)
	return out
}

// payReason reads a code. WeChat's documents write some of them with and without underscores.
func payReason(api, code string) error {
	switch strings.ReplaceAll(code, "_", "") {
	case "ORDERNOTEXIST":
		return ErrNoOrder
	case "ORDERPAID":
		return ErrOrderPaid
	case "ORDERCLOSED":
		return ErrOrderClosed
	case "RESOURCENOTEXISTS":
		if api == apiRefund {
			return ErrNoOrder
		}
		if api == apiQueryRefund {
			return ErrNoRefund
		}
	case "STATEMENTCREATING":
		return ErrNotReady
	case "NOSTATEMENTEXIST":
		return errNoTrade
	}
	return nil
}

// payCode keeps a code only if it looks like one.
func payCode(code string) string {
	if len(code) > 40 || strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != "" {
		return ""
	}
	return code
}

func payWords(text string) string {
	words := []rune(strings.Join(strings.Fields(printable(text)), " "))
	return redact(string(words[:min(len(words), 100)]))
}

// transactionOf reads what the library has decoded. A paid order without number or amount is refused.
func transactionOf(t *payments.Transaction) (Transaction, error) {
	out := Transaction{MchID: deref(t.Mchid), AppID: deref(t.Appid), OrderNo: deref(t.OutTradeNo), TransactionNo: deref(t.TransactionId),
		State: deref(t.TradeState)}
	if t.Amount != nil {
		out.AmountFen, out.Currency = deref(t.Amount.Total), deref(t.Amount.Currency)
	}
	if t.Payer != nil {
		out.OpenID = deref(t.Payer.Openid)
	}
	paid := out.State == TradeSuccess || out.State == TradeRefund
	if at := deref(t.SuccessTime); at != "" {
		when, err := time.Parse(time.RFC3339, at)
		if err != nil {
			return Transaction{}, errShape
		}
		out.PaidAt = when.UTC()
	}
	if out.State == "" || out.OrderNo == "" || paid && (out.TransactionNo == "" || t.Amount == nil || t.Amount.Total == nil || out.PaidAt.IsZero()) {
		return Transaction{}, errShape
	}
	return out, nil
}

// deref is what p points at, or the zero value.
func deref[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

// bounded is client with answers of at most limit bytes and another time-out for a whole request.
func bounded(client *http.Client, limit int64, timeout time.Duration) *http.Client {
	out := *client
	out.Transport, out.Timeout = boundedAnswers{next: client.Transport, limit: limit}, timeout
	return &out
}

// boundedAnswers cuts answers, which the library reads without a limit.
type boundedAnswers struct {
	next  http.RoundTripper
	limit int64
}

func (b boundedAnswers) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := b.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	res.Body = &boundedBody{ReadCloser: res.Body, left: b.limit}
	return res, nil
}

type boundedBody struct {
	io.ReadCloser
	left int64
}

// Read fails with ErrTooLarge, and closes, after the last byte that is allowed, unless that was the end.
func (b *boundedBody) Read(into []byte) (int, error) {
	if int64(len(into)) > b.left+1 {
		into = into[:b.left+1]
	}
	n, err := b.ReadCloser.Read(into)
	if int64(n) > b.left {
		_ = b.Close()
		return int(b.left), ErrTooLarge
	}
	b.left -= int64(n)
	return n, err
}
