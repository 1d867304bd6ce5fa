package notify

import (
	"cmp"
	"slices"
	"time"

	"gorm.io/gorm/clause"

	"hongyun/model"
)

// charge gives back what the settled sends did not use, and takes what the marked ones will use: one credit, or one
// message of a customer-service window. It returns those that got theirs; the others are given back. The rows are locked
// in one order, so that two dispatchers never wait for each other crosswise.
func (b *batch) charge(tx model.Tx, done []settlement, marked []outgoing) ([]outgoing, error) {
	short, err := b.chargeCredits(tx, done, marked)
	if err != nil {
		return nil, err
	}
	closed, err := b.chargeWindows(tx, done, marked)
	if err != nil {
		return nil, err
	}
	ready := make([]outgoing, 0, len(marked))
	var back []int64
	for _, o := range marked {
		if short[o.ID] || closed[o.ID] {
			back = append(back, o.ID)
		} else {
			ready = append(ready, o)
		}
	}
	return ready, b.unmark(tx, back)
}

// chargeCredits returns the deliveries whose credit is gone.
func (b *batch) chargeCredits(tx model.Tx, done []settlement, marked []outgoing) (map[int64]bool, error) {
	var accounts []int64
	var templates []string
	for _, r := range done {
		if r.credit != nil && r.answer != nil && (r.giveBack || r.noCredit) {
			accounts, templates = append(accounts, r.credit.accountID), append(templates, r.credit.templateID)
		}
	}
	for _, o := range marked {
		if o.credit != nil {
			accounts, templates = append(accounts, o.credit.accountID), append(templates, o.credit.templateID)
		}
	}
	if len(accounts) == 0 {
		return nil, nil
	}
	var rows []model.MessageCredit
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("account_id IN ? AND template_id IN ?", unique(accounts), unique(templates)).
		Order("account_id, template_id").Find(&rows).Error
	if err != nil {
		return nil, err
	}
	before, balance := make(map[creditKey]int64, len(rows)), make(map[creditKey]int64, len(rows))
	for _, r := range rows {
		key := creditKey{r.AccountID, r.TemplateID}
		before[key], balance[key] = r.Balance, r.Balance
	}
	short := takeCredits(balance, done, marked)
	var values [][]any
	for key, n := range balance {
		if was, ok := before[key]; ok && was != n {
			values = append(values, []any{key.accountID, key.templateID, n})
		}
	}
	if len(values) == 0 {
		return short, nil
	}
	with, args := valuesOf(tx.Dialect, []column{{"account", "bigint"}, {"pattern", "text"}, {"n", "bigint"}}, values)
	_, err = model.Exec(tx, `WITH `+with+`
UPDATE message_credit SET balance = v.n, updated_at = ? FROM v WHERE account_id = v.account AND template_id = v.pattern`,
		append(args, tx.Now)...)
	return short, err
}

// takeCredits changes balance and returns the deliveries for which nothing was left. WeChat's word that a person has no
// credit stands above what is given back.
func takeCredits(balance map[creditKey]int64, done []settlement, marked []outgoing) map[int64]bool {
	for _, r := range done {
		if r.credit != nil && r.answer != nil && r.giveBack {
			balance[*r.credit]++
		}
	}
	for _, r := range done {
		if r.credit != nil && r.answer != nil && r.noCredit {
			balance[*r.credit] = 0
		}
	}
	short := map[int64]bool{}
	for _, o := range marked {
		switch {
		case o.credit == nil:
		case balance[*o.credit] > 0:
			balance[*o.credit]--
		default:
			short[o.ID] = true
		}
	}
	return short
}

// chargeWindows returns the deliveries whose window has closed, and notes who does not follow an account any more.
func (b *batch) chargeWindows(tx model.Tx, done []settlement, marked []outgoing) (map[int64]bool, error) {
	var contacts []int64
	for _, r := range done {
		if r.contactID != 0 && r.answer != nil && (r.closed || r.unfollow || r.giveBack && r.channel == model.ChannelCustomer) {
			contacts = append(contacts, r.contactID)
		}
	}
	for _, o := range marked {
		if o.channel == model.ChannelCustomer {
			contacts = append(contacts, o.contactID)
		}
	}
	if len(contacts) == 0 {
		return nil, nil
	}
	var rows []model.Contact
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id IN ?", unique(contacts)).Order("id").Find(&rows).Error
	if err != nil {
		return nil, err
	}
	now := make(map[int64]*window, len(rows))
	for _, c := range rows {
		now[c.ID] = &window{left: c.WindowLeft, until: c.WindowUntil, follows: c.Follows}
	}
	shut := takeWindows(now, done, marked, tx.Now)
	var values [][]any
	for _, c := range rows {
		if w := now[c.ID]; w.left != c.WindowLeft || w.follows != c.Follows {
			var follows int64
			if w.follows {
				follows = 1
			}
			values = append(values, []any{c.ID, w.left, follows})
		}
	}
	if len(values) == 0 {
		return shut, nil
	}
	with, args := valuesOf(tx.Dialect, []column{{"row_id", "bigint"}, {"n", "bigint"}, {"fan", "bigint"}}, values)
	_, err = model.Exec(tx, `WITH `+with+`
UPDATE contact SET window_left = v.n, follows = (v.fan = 1) FROM v WHERE contact.id = v.row_id`, args...)
	return shut, err
}

// window is what a contact allows.
type window struct {
	left    int64
	until   *time.Time
	follows bool
}

func takeWindows(now map[int64]*window, done []settlement, marked []outgoing, at time.Time) map[int64]bool {
	for _, r := range done {
		w := now[r.contactID]
		if w == nil || r.answer == nil {
			continue
		}
		if r.giveBack && r.channel == model.ChannelCustomer && w.left < sendsAfterMessage {
			w.left++
		}
		if r.closed {
			w.left = 0
		}
		if r.unfollow {
			w.follows = false
		}
	}
	shut := map[int64]bool{}
	for _, o := range marked {
		if o.channel != model.ChannelCustomer {
			continue
		}
		if w := now[o.contactID]; w != nil && w.left > 0 && w.until != nil && w.until.After(at) {
			w.left--
		} else {
			shut[o.ID] = true
		}
	}
	return shut
}

func unique[T cmp.Ordered](values []T) []T {
	slices.Sort(values)
	return slices.Compact(values)
}
