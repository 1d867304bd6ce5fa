// Package fault holds the errors that a person can do something about: a stable
// code, a Chinese sentence, and the kind that decides the HTTP status. Failures
// that only an operator can mend are ordinary wrapped errors and don't belong here.
package fault

import (
	"errors"
	"fmt"
)

// Kind tells what sort of answer a fault is.
type Kind int

// The kinds, each with the HTTP status that the handlers give it.
const (
	KindInvalid      Kind = 400 // what came in cannot be right
	KindUnauthorized Kind = 401 // nobody is signed in
	KindForbidden    Kind = 403 // signed in, but may not call this
	KindNotFound     Kind = 404 // not there, or not to be seen
	KindConflict     Kind = 409 // right in itself, but not now
	KindTooLarge     Kind = 413
	KindTooMany      Kind = 429
	KindUnavailable  Kind = 503 // the far side does not answer; try again
)

// Fault is an error for a person.
type Fault struct {
	Kind    Kind
	Code    string         // stable, for programs: "dues.already_paid"
	Message string         // Chinese, tells what to do
	Details map[string]any // optional
	cause   error
}

// Error is for logs; people read Message.
func (f *Fault) Error() string {
	if f.cause != nil {
		return fmt.Sprintf("%s: %s: %v", f.Code, f.Message, f.cause)
	}
	return f.Code + ": " + f.Message
}

// Unwrap is the cause, if one was given.
func (f *Fault) Unwrap() error { return f.cause }

// With adds a detail for programs and returns the fault.
func (f *Fault) With(key string, value any) *Fault {
	if f.Details == nil {
		f.Details = map[string]any{}
	}
	f.Details[key] = value
	return f
}

// Because keeps the cause for the log and returns the fault.
func (f *Fault) Because(err error) *Fault { f.cause = err; return f }

// Invalid says that what came in cannot be right.
func Invalid(code, message string) *Fault {
	return &Fault{Kind: KindInvalid, Code: code, Message: message}
}

// Unauthorized says that nobody is signed in.
func Unauthorized() *Fault {
	return &Fault{Kind: KindUnauthorized, Code: "auth.required", Message: "请先登录"}
}

// Forbidden says that the caller's role does not reach this.
func Forbidden() *Fault {
	return &Fault{Kind: KindForbidden, Code: "auth.forbidden", Message: "您没有进行此操作的权限"}
}

// NotFound says that something is not there or not to be seen. what is Chinese: 支部, 诉求.
func NotFound(what string) *Fault {
	return &Fault{Kind: KindNotFound, Code: "not_found", Message: "没有找到该" + what}
}

// Conflict says that it cannot be done in the present state.
func Conflict(code, message string) *Fault {
	return &Fault{Kind: KindConflict, Code: code, Message: message}
}

// TooLarge says that what came in is too big.
func TooLarge(code, message string) *Fault {
	return &Fault{Kind: KindTooLarge, Code: code, Message: message}
}

// TooMany says that it was tried too often.
func TooMany(code, message string) *Fault {
	return &Fault{Kind: KindTooMany, Code: code, Message: message}
}

// Unavailable says that the far side does not answer now.
func Unavailable(code, message string) *Fault {
	return &Fault{Kind: KindUnavailable, Code: code, Message: message}
}

// Is tells whether err is a fault with the code.
func Is(err error, code string) bool {
	var f *Fault
	return errors.As(err, &f) && f.Code == code
}
