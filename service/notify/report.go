package notify

import (
	"context"
	"strconv"
	"time"

	"hongyun/model"
	"hongyun/service/access"
)

// CreditView is a subscribe message that the mini-program may ask for on a tap, and how often it was allowed already.
type CreditView struct {
	TemplateID string `json:"template_id"`
	Kind       string `json:"kind"`
	Title      string `json:"title"`
	Balance    int64  `json:"balance"`
	LongTerm   bool   `json:"long_term"` // allowed once for good; needs no balance
}

// Credits is the subscribe messages that v may allow, in order of their kinds.
func (s *Service) Credits(ctx context.Context, v access.Viewer) ([]CreditView, error) {
	if err := access.SignedIn.Check(v); err != nil {
		return nil, err
	}
	views := []CreditView{}
	err := s.db.Read(ctx).Raw(`SELECT t.template_id, t.kind, t.long_term, coalesce(c.balance, 0) AS balance
FROM message_template t LEFT JOIN message_credit c ON c.template_id = t.template_id AND c.account_id = ?
WHERE t.channel = ? AND t.appid = ? AND t.enabled ORDER BY t.kind`,
		v.AccountID, model.ChannelSubscribe, s.mpAppID).Scan(&views).Error
	for i := range views {
		views[i].Title = views[i].Kind
		if k, ok := s.kinds[views[i].Kind]; ok {
			views[i].Title = fill(k.Title, nil)
		}
	}
	return views, err
}

// DeliveryFilter narrows Deliveries; empty fields don't.
type DeliveryFilter struct {
	State  string
	Kind   string
	Period string
	Month  model.Month
	Before int64 // older than this delivery
	Limit  int   // 0: 50, up to 200
}

// DeliveryPage is a page of deliveries, newest first.
type DeliveryPage struct {
	Items []DeliveryView `json:"items"`
	Next  string         `json:"next"`
}

// DeliveryView is the way of one message, with its recipient's name where there is one.
type DeliveryView struct {
	ID            int64     `json:"id"`
	MessageID     int64     `json:"message_id"`
	Kind          string    `json:"kind"`
	Title         string    `json:"title"`
	Period        string    `json:"period"`
	RecipientType string    `json:"recipient_type"`
	RecipientID   int64     `json:"recipient_id"`   // 0: who sent a request, no list says
	RecipientName string    `json:"recipient_name"` // of the member; empty for others
	State         string    `json:"state"`
	Channel       string    `json:"channel"`
	AppID         string    `json:"appid" gorm:"column:appid"`
	Attempts      int64     `json:"attempts"`
	NotBefore     time.Time `json:"not_before"`
	Errcode       int64     `json:"errcode"`
	Error         string    `json:"error"`
	UpdatedAt     time.Time `json:"updated_at"`
	Data          string    `json:"-"`
}

// Deliveries is how messages fared, for an administrator of the city: whom WeChat left unknown is named.
func (s *Service) Deliveries(ctx context.Context, v access.Viewer, f DeliveryFilter) (DeliveryPage, error) {
	if err := access.CityAdmin.Check(v); err != nil {
		return DeliveryPage{}, err
	}
	q := s.db.Read(ctx).Table("delivery d").
		Select(`d.id, d.message_id, d.kind, m.period, m.recipient_type, m.recipient_id, m.data,
 coalesce(p.name, bound.name, '') AS recipient_name,
 d.state, d.channel, d.appid, d.attempts, d.not_before, d.errcode, d.error, d.updated_at`).
		Joins("JOIN message m ON m.id = d.message_id").
		Joins("LEFT JOIN member p ON m.recipient_type = 'member' AND p.id = m.recipient_id").
		Joins("LEFT JOIN account a ON m.recipient_type = 'account' AND a.id = m.recipient_id").
		Joins("LEFT JOIN member bound ON bound.id = a.member_id")
	for column, value := range map[string]string{"d.state": f.State, "d.kind": f.Kind, "m.period": f.Period, "d.month": string(f.Month)} {
		if value != "" {
			q = q.Where(column+" = ?", value)
		}
	}
	if f.Before > 0 {
		q = q.Where("d.id < ?", f.Before)
	}
	limit := pageSize(f.Limit, 50, 200)
	page := DeliveryPage{Items: []DeliveryView{}}
	if err := q.Order("d.id DESC").Limit(limit + 1).Scan(&page.Items).Error; err != nil {
		return DeliveryPage{}, err
	}
	if len(page.Items) > limit {
		page.Items = page.Items[:limit]
		page.Next = strconv.FormatInt(page.Items[limit-1].ID, 10)
	}
	for i := range page.Items {
		item := &page.Items[i]
		if s.kinds[item.Kind].ToCitizen { // SECURITY: the window alone may learn it, and each reading is on record
			item.RecipientID, item.RecipientName = 0, ""
		}
		if t, err := s.read(item.Kind, item.Data, ""); err == nil { // a message with broken data is shown without a title
			item.Title = t.title
		}
	}
	return page, nil
}
