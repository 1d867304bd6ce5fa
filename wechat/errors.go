package wechat

import (
	"errors"
	"fmt"
	"net/http"
)

// What the callback and client functions refuse, for errors.Is.
var (
	// ErrUnknownApp means that nobody has entered credentials for the appid.
	ErrUnknownApp = errors.New("wechat: unknown appid")
	// ErrForged means a wrong signature, a body that does not decrypt, or one made for another account.
	ErrForged = errors.New("wechat: forged callback")
	// ErrStale means that the signed time is more than ten minutes away.
	ErrStale = errors.New("wechat: stale callback")
	// ErrPlaintext means a callback that is not encrypted; every account must run in safe mode (安全模式).
	ErrPlaintext = errors.New("wechat: callback is not encrypted")
	// ErrTooLarge means a callback body over MaxPushBytes, or a medium over 10 MiB.
	ErrTooLarge = errors.New("wechat: body too large")
	// ErrNotMedia means that what a media id stands for is neither a picture nor a voice.
	ErrNotMedia = errors.New("wechat: not a picture or a voice")
	// ErrMalformed means a genuine callback that cannot be read.
	ErrMalformed = errors.New("wechat: malformed callback")
	// ErrNoComponent means that no third-party platform (第三方平台) is set up with the open platform.
	ErrNoComponent = errors.New("wechat: no third-party platform")
	// ErrNoTicket means that the open platform has not pushed a component_verify_ticket yet, which it does every ten minutes.
	ErrNoTicket = errors.New("wechat: no component_verify_ticket yet")
	// ErrUnauthorized means that an account has not authorised our third-party platform, or has taken that back.
	ErrUnauthorized = errors.New("wechat: account is not authorised through the open platform")
	// ErrBlockedHost means that a request was to leave for a host that is not WeChat's.
	ErrBlockedHost = errors.New("wechat: host not allowed")
)

// Error is WeChat's own refusal: the request arrived and was answered with an errcode.
type Error struct {
	API     string
	Code    int64
	Message string
}

// Error names the API, the code and WeChat's words, without secrets.
func (e *Error) Error() string {
	return fmt.Sprintf("wechat: %s: errcode %d: %s", e.API, e.Code, redact(e.Message))
}

// callError is a call that got no usable answer.
type callError struct {
	api    string
	unsent bool // the request surely never reached WeChat
	cause  error
}

func (e *callError) Error() string {
	return fmt.Sprintf("wechat: %s: %s", e.api, redact(e.cause.Error()))
}

func (e *callError) Unwrap() error { return e.cause }

// statusError is an HTTP status other than 200. It never carries the address, which holds the token.
type statusError struct{ status int }

func (e *statusError) Error() string { return fmt.Sprintf("http status %d", e.status) }

// Outcome is what the sender of a message must do next.
type Outcome string

// The outcomes of a send.
const (
	OutcomeSent         Outcome = "sent"
	OutcomeNoCredit     Outcome = "no_credit"     // refused, or no subscription left: stop, use the in-app inbox
	OutcomeBadReceiver  Outcome = "bad_receiver"  // the openid is wrong, or no follower
	OutcomeBadData      Outcome = "bad_data"      // this message can never be accepted
	OutcomeDailyLimit   Outcome = "daily_limit"   // again tomorrow
	OutcomeWindowClosed Outcome = "window_closed" // customer-service window over or used up: another channel
	OutcomeRetry        Outcome = "retry"         // surely not sent: again, with backoff
	OutcomeUnknown      Outcome = "unknown"       // perhaps sent: never again blindly
	OutcomeConfig       Outcome = "config"        // the account's settings are wrong: a person must act
)

// OutcomeOf tells what an error of a Send function means. nil is OutcomeSent. An error from elsewhere is OutcomeUnknown,
// since nothing is known about it. HTTP 5xx comes from a gateway in front of WeChat and counts as not sent.
func OutcomeOf(err error) Outcome {
	if err == nil {
		return OutcomeSent
	}
	var refusal *Error
	if errors.As(err, &refusal) {
		return outcomeOfCode(refusal.Code)
	}
	for _, config := range []error{ErrUnknownApp, ErrBlockedHost, ErrNoComponent, ErrUnauthorized} {
		if errors.Is(err, config) {
			return OutcomeConfig
		}
	}
	var status *statusError
	if errors.As(err, &status) {
		if status.status >= http.StatusInternalServerError || status.status == http.StatusTooManyRequests {
			return OutcomeRetry
		}
		return OutcomeConfig
	}
	var call *callError
	if errors.As(err, &call) && call.unsent {
		return OutcomeRetry
	}
	return OutcomeUnknown
}

// outcomeOfCode follows the error lists of the send APIs. A code that is in no list is a refusal of this one message:
// it is not sent again, and it does not stop the others.
func outcomeOfCode(code int64) Outcome {
	switch code {
	case 0:
		return OutcomeSent
	case 43101:
		return OutcomeNoCredit
	case 40003, 43004:
		return OutcomeBadReceiver
	case 47003, 40037, 41030:
		return OutcomeBadData
	case 45009:
		return OutcomeDailyLimit
	case 45015, 45047:
		return OutcomeWindowClosed
	case -1, 45011, // 45011: too many calls this minute
		61005, 61006: // the ticket is too old or wrong: the next one comes within ten minutes
		return OutcomeRetry
	case 40013, 40125, 40164, 48001, 48004, 50001, 50002,
		61003, 61004, 61007, 61011, 61023: // of the open platform: not authorised, not from here, not this API, no such platform
		return OutcomeConfig
	}
	if deadToken(code) {
		return OutcomeConfig
	}
	return OutcomeBadData
}

// deadToken reports whether WeChat refused the access token itself.
func deadToken(code int64) bool { return code == 40001 || code == 40014 || code == 42001 }
