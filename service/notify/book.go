package notify

import (
	"fmt"

	"hongyun/model"
	"hongyun/wechat"
)

// open reads all that routes of a batch need, in a handful of queries however large the batch is.
func open(tx model.Tx, batch []waiting) (*book, error) {
	b := &book{now: tx.Now,
		byMember: map[int64]*model.Account{}, accounts: map[int64]*model.Account{}, byUnion: map[string]*model.Account{},
		contacts: map[int64]*model.Contact{}, contactsOf: map[int64][]*model.Contact{}, credits: map[creditKey]int64{},
		templates: map[templateKey]template{}, inVain: map[channelKey]bool{}}
	for _, read := range []func(model.Tx, []waiting) error{
		b.readContacts, b.readAccounts, b.readFans, b.readCredits, b.readTemplates, b.readInVain,
	} {
		if err := read(tx, batch); err != nil {
			return nil, fmt.Errorf("read the channels of a batch: %w", err)
		}
	}
	return b, nil
}

// readContacts reads the contacts to whom messages are addressed.
func (b *book) readContacts(tx model.Tx, batch []waiting) error {
	ids := recipients(batch, model.ToContact)
	if len(ids) == 0 {
		return nil
	}
	var rows []*model.Contact
	err := tx.Where("id IN ?", ids).Find(&rows).Error
	for _, c := range rows {
		b.contacts[c.ID] = c
	}
	return err
}

// readAccounts reads the accounts of members, those addressed themselves, and those of the contacts.
func (b *book) readAccounts(tx model.Tx, batch []waiting) error {
	ids := recipients(batch, model.ToAccount)
	var unions []string
	for _, c := range b.contacts {
		if c.AccountID != nil {
			ids = append(ids, *c.AccountID)
		} else if c.UnionID != "" {
			unions = append(unions, c.UnionID)
		}
	}
	read := func(where string, values any) error {
		var rows []*model.Account
		if err := tx.Where(where, values).Order("id DESC").Find(&rows).Error; err != nil {
			return err
		}
		for _, a := range rows { // of two with the same unionid, the older one stays
			b.accounts[a.ID] = a
			if a.MemberID != nil {
				b.byMember[*a.MemberID] = a
			}
			if a.UnionID != "" {
				b.byUnion[a.UnionID] = a
			}
		}
		return nil
	}
	if members := recipients(batch, model.ToMember); len(members) > 0 {
		if err := read("member_id IN ?", members); err != nil {
			return err
		}
	}
	if len(ids) > 0 {
		if err := read("id IN ?", ids); err != nil {
			return err
		}
	}
	if len(unions) > 0 {
		return read("unionid IN ?", unions)
	}
	return nil
}

// readFans reads the accounts' contacts at official accounts, linked or with the same unionid.
func (b *book) readFans(tx model.Tx, _ []waiting) error {
	ids := make([]int64, 0, len(b.accounts))
	unions := make([]string, 0, len(b.byUnion))
	for id := range b.accounts {
		ids = append(ids, id)
	}
	for union := range b.byUnion {
		unions = append(unions, union)
	}
	add := func(where string, values any) error {
		var rows []*model.Contact
		if err := tx.Where(where, values).Order("id").Find(&rows).Error; err != nil {
			return err
		}
		for _, c := range rows {
			if known := b.contacts[c.ID]; known != nil {
				c = known // one object for one window
			}
			b.contacts[c.ID] = c
			if a := b.accountOf(c); a != nil {
				b.contactsOf[a.ID] = append(b.contactsOf[a.ID], c)
			}
		}
		return nil
	}
	if len(ids) > 0 {
		if err := add("account_id IN ?", ids); err != nil {
			return err
		}
	}
	if len(unions) > 0 {
		return add("account_id IS NULL AND unionid IN ?", unions)
	}
	return nil
}

func (b *book) readCredits(tx model.Tx, _ []waiting) error {
	if len(b.accounts) == 0 {
		return nil
	}
	ids := make([]int64, 0, len(b.accounts))
	for id := range b.accounts {
		ids = append(ids, id)
	}
	var rows []model.MessageCredit
	err := tx.Where("account_id IN ? AND balance > 0", ids).Find(&rows).Error
	for _, c := range rows {
		b.credits[creditKey{c.AccountID, c.TemplateID}] = c.Balance
	}
	return err
}

// readTemplates reads the kinds' templates. Only a service account (服务号) has template messages, whatever the table says.
func (b *book) readTemplates(tx model.Tx, batch []waiting) error {
	kinds := map[string]bool{}
	for _, w := range batch {
		kinds[w.Kind] = true
	}
	names := make([]string, 0, len(kinds))
	for name := range kinds {
		names = append(names, name)
	}
	var rows []model.MessageTemplate
	err := tx.Where("kind IN ? AND enabled", names).Where(`(channel = ? OR EXISTS
 (SELECT 1 FROM official_account o WHERE o.appid = message_template.appid AND o.kind = ?))`,
		model.ChannelSubscribe, model.AccountService).Find(&rows).Error
	if err != nil {
		return err
	}
	for _, r := range rows {
		pattern, err := patternOf(r)
		b.templates[templateKey{r.Kind, r.Channel, r.AppID}] = template{id: r.TemplateID, pattern: pattern, longTerm: r.LongTerm, broken: err}
	}
	return nil
}

// readInVain reads which channels the deliveries have given up: nothing tries them twice for one message.
func (b *book) readInVain(tx model.Tx, batch []waiting) error {
	var tried []int64
	for _, w := range batch {
		if w.Attempts > 0 {
			tried = append(tried, w.ID)
		}
	}
	if len(tried) == 0 {
		return nil
	}
	var rows []model.DeliveryAttempt
	if err := tx.Where("delivery_id IN ?", tried).Find(&rows).Error; err != nil {
		return err
	}
	for _, a := range rows {
		if givesUp(wechat.Outcome(a.Outcome)) {
			b.inVain[channelKey{a.DeliveryID, a.Channel, a.AppID}] = true
		}
	}
	return nil
}

func recipients(batch []waiting, kind string) []int64 {
	var ids []int64
	for _, w := range batch {
		if w.RecipientType == kind {
			ids = append(ids, w.RecipientID)
		}
	}
	return ids
}
