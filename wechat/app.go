// Package wechat is the product's one door to WeChat: it logs people in, sends messages, fetches media, and opens and
// seals callbacks. It wraps silenceper/wechat (tokens, crypto, login, text check) and adds what that library lacks: one
// HTTP client with time-outs and a host allow-list, typed errors, one recovery from a dead token, and a callback envelope
// that accepts nothing unencrypted. Plain structs go in and out.
//
// It knows nothing of services, tables or settings, and it decides nothing: what a failed send means for a queue is told
// by OutcomeOf, what to do about it is the caller's business. The stand-in for WeChat itself is package sandbox.
package wechat

import (
	"fmt"
	"log/slog"
)

// Kind is the sort of account, which decides what WeChat lets it do.
type Kind string

// The sorts of account.
const (
	KindMiniProgram  Kind = "mini_program" // 小程序
	KindService      Kind = "service"      // 服务号: template messages, when verified
	KindSubscription Kind = "subscription" // 订阅号: no template messages
)

// AuthorizationKind is how the platform may speak for an account.
type AuthorizationKind string

// The ways. An empty one is direct.
const (
	AuthorizationDirect    AuthorizationKind = "direct"    // with the account's own secret, token and AES key
	AuthorizationComponent AuthorizationKind = "component" // through the open platform, with a refresh token and the component's keys
)

// App is one account with WeChat and its credentials. Printed, logged or marshalled it shows no secret.
type App struct {
	AppID      string
	Secret     string `json:"-"`
	Token      string `json:"-"` // signs callbacks
	AESKey     string `json:"-"` // EncodingAESKey, 43 characters
	OriginalID string // gh_…; when set, callbacks must be addressed to it
	Name       string
	Kind       Kind
	// Authorization component: Secret, Token and AESKey are unused; OriginalID must be known, or no push is believed.
	Authorization AuthorizationKind
}

// String names the account without its secrets.
func (a App) String() string { return fmt.Sprintf("%s(%s)", a.Kind, a.AppID) }

// GoString keeps secrets out of %#v.
func (a App) GoString() string { return a.String() }

// LogValue keeps secrets out of structured logs.
func (a App) LogValue() slog.Value { return slog.StringValue(a.String()) }
