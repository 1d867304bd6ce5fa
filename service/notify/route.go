package notify

import (
	"time"

	"hongyun/model"
)

// route is one way to a phone.
type route struct {
	channel, appID, openID, templateID string
	pattern                            map[string]string // of the template
	credit                             *creditKey        // that one send uses up; nil: none
	contactID                          int64             // of the official account's fan; 0: subscribe message
	broken                             error             // a setting keeps it from being used
}

type creditKey struct {
	accountID  int64
	templateID string
}

// book is who can be reached how, for one batch. Routes that it hands out are taken off it, so that two messages of a
// batch don't count on the same credit.
type book struct {
	now        time.Time
	byMember   map[int64]*model.Account
	accounts   map[int64]*model.Account
	byUnion    map[string]*model.Account
	contacts   map[int64]*model.Contact
	contactsOf map[int64][]*model.Contact // by account
	credits    map[creditKey]int64
	templates  map[templateKey]template
	inVain     map[channelKey]bool
}

type templateKey struct{ kind, channel, appID string }

type template struct {
	id       string
	pattern  map[string]string
	longTerm bool
	broken   error // its fields cannot be read
}

// channelKey is a channel that a delivery has tried and given up.
type channelKey struct {
	deliveryID     int64
	channel, appID string
}

// route chooses the channel (WECHAT 5). A member or an account: subscribe message, template message, customer-service
// message. A contact, who stands in a conversation with an official account: its customer-service message, its template
// message, then a subscribe message if it is known whose contact it is. False: no channel leads to the phone.
func (b *book) route(w waiting) (route, bool) {
	if w.RecipientType == model.ToContact {
		c := b.contacts[w.RecipientID]
		if c == nil {
			return route{}, false
		}
		return first(
			func() (route, bool) { return b.customer(w, c) },
			func() (route, bool) { return b.template(w, c) },
			func() (route, bool) { return b.subscribe(w, b.accountOf(c)) },
		)
	}
	account := b.accounts[w.RecipientID]
	if w.RecipientType == model.ToMember {
		account = b.byMember[w.RecipientID]
	}
	if account == nil {
		return route{}, false
	}
	ways := []func() (route, bool){func() (route, bool) { return b.subscribe(w, account) }}
	for _, c := range b.contactsOf[account.ID] {
		ways = append(ways, func() (route, bool) { return b.template(w, c) })
	}
	for _, c := range b.contactsOf[account.ID] {
		ways = append(ways, func() (route, bool) { return b.customer(w, c) })
	}
	return first(ways...)
}

func first(ways ...func() (route, bool)) (route, bool) {
	for _, way := range ways {
		if r, ok := way(); ok {
			return r, true
		}
	}
	return route{}, false
}

func (b *book) subscribe(w waiting, a *model.Account) (route, bool) {
	if a == nil {
		return route{}, false
	}
	t, ok := b.templates[templateKey{w.Kind, model.ChannelSubscribe, a.MPAppID}]
	if !ok || b.inVain[channelKey{w.ID, model.ChannelSubscribe, a.MPAppID}] {
		return route{}, false
	}
	r := route{channel: model.ChannelSubscribe, appID: a.MPAppID, openID: a.OpenID, templateID: t.id, pattern: t.pattern,
		broken: t.broken}
	if t.longTerm {
		return r, true
	}
	r.credit = &creditKey{a.ID, t.id}
	if b.credits[*r.credit] <= 0 {
		return route{}, false
	}
	b.credits[*r.credit]--
	return r, true
}

func (b *book) template(w waiting, c *model.Contact) (route, bool) {
	t, ok := b.templates[templateKey{w.Kind, model.ChannelTemplate, c.AppID}]
	if !ok || !c.Follows || b.inVain[channelKey{w.ID, model.ChannelTemplate, c.AppID}] {
		return route{}, false
	}
	return route{channel: model.ChannelTemplate, appID: c.AppID, openID: c.OpenID, templateID: t.id, pattern: t.pattern,
		contactID: c.ID, broken: t.broken}, true
}

func (b *book) customer(w waiting, c *model.Contact) (route, bool) {
	if c.WindowUntil == nil || !c.WindowUntil.After(b.now) || c.WindowLeft <= 0 ||
		b.inVain[channelKey{w.ID, model.ChannelCustomer, c.AppID}] {
		return route{}, false
	}
	c.WindowLeft--
	return route{channel: model.ChannelCustomer, appID: c.AppID, openID: c.OpenID, contactID: c.ID}, true
}

// accountOf is whose contact c is: the one it was linked to, or the one with the same unionid. nil: nobody knows.
func (b *book) accountOf(c *model.Contact) *model.Account {
	if c.AccountID != nil {
		return b.accounts[*c.AccountID]
	}
	if c.UnionID == "" {
		return nil
	}
	return b.byUnion[c.UnionID]
}
