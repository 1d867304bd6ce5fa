// Package official is the official accounts through which citizens write, and the units that they belong to: the
// directory of units, the rows of accounts with their credentials, their way through the open platform, their menus, and
// the conversations in them (RULES 9).
//
// What becomes of a citizen's request is service/o2o's. Signatures, tokens and WeChat's interfaces are wechat's, channels
// and counters of messages are service/notify's.
package official

import (
	"log/slog"

	"hongyun/model"
	"hongyun/service/notify"
	"hongyun/service/vault"
	"hongyun/wechat"
)

// Options is what the module stands on; all are required.
type Options struct {
	DB      *model.DB
	Vault   *vault.Vault // seals the secrets of official accounts
	WeChat  *wechat.Client
	Notify  *notify.Service
	MPAppID string // the mini-program that the menus open
	// ComponentAppID is of our third-party platform with the open platform; empty: there is none.
	ComponentAppID string
	PublicURL      string // where phones reach the platform, without a slash at the end
	Log            *slog.Logger
}

// Service keeps accounts and units. It is safe for concurrent use.
type Service struct {
	*Accounts
	wechat    *wechat.Client
	notify    *notify.Service
	mpAppID   string
	component string
	publicURL string
	log       *slog.Logger
}

// New makes the module.
func New(o Options) *Service {
	return &Service{Accounts: NewAccounts(o.DB, o.Vault), wechat: o.WeChat, notify: o.Notify, mpAppID: o.MPAppID,
		component: o.ComponentAppID, publicURL: o.PublicURL, log: o.Log}
}
