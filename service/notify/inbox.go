package notify

import (
	"context"
	"strconv"
	"time"

	"gorm.io/gorm"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

const (
	feedDefault = 20
	feedMax     = 100
)

// Feed is a page of an inbox, newest first.
type Feed struct {
	Items []Item `json:"items"`
	Next  string `json:"next"` // the before of the next page; empty at the end
}

// Item is one message as its recipient reads it.
type Item struct {
	ID        int64             `json:"id"`
	Kind      string            `json:"kind"`
	Title     string            `json:"title"`
	Body      string            `json:"body"`
	Page      string            `json:"page"`
	Data      map[string]string `json:"data"`
	CreatedAt time.Time         `json:"created_at"`
	Read      bool              `json:"read"`
	Delivery  string            `json:"delivery"` // state of the way to the phone
}

// Inbox is v's own messages older than the message before (0: from the newest), at most limit of them (0: 20, up to 100).
func (s *Service) Inbox(ctx context.Context, v access.Viewer, before int64, limit int) (Feed, error) {
	tx := s.db.Read(ctx)
	where, args, err := mine(tx, v)
	if err != nil {
		return Feed{}, err
	}
	limit = pageSize(limit, feedDefault, feedMax)
	var rows []struct {
		model.Message
		State string
	}
	q := tx.Table("message").Select("message.*, coalesce(delivery.state, '') AS state").
		Joins("LEFT JOIN delivery ON delivery.message_id = message.id").Where(where, args...)
	if before > 0 {
		q = q.Where("message.id < ?", before)
	}
	if err := q.Order("message.id DESC").Limit(limit + 1).Scan(&rows).Error; err != nil {
		return Feed{}, err
	}
	feed := Feed{Items: make([]Item, 0, len(rows))}
	for i, r := range rows {
		if i == limit {
			feed.Next = strconv.FormatInt(rows[i-1].ID, 10)
			break
		}
		t, err := s.read(r.Kind, r.Data, r.Page)
		if err != nil {
			return Feed{}, err
		}
		feed.Items = append(feed.Items, Item{ID: r.ID, Kind: r.Kind, Title: t.title, Body: t.body, Page: t.page, Data: t.data,
			CreatedAt: r.CreatedAt, Read: r.ReadAt != nil, Delivery: r.State})
	}
	return feed, nil
}

// MarkRead notes that v has read a message of his or her own. A second time changes nothing.
func (s *Service) MarkRead(ctx context.Context, v access.Viewer, id int64) error {
	return s.db.Tx(ctx, func(tx model.Tx) error {
		where, args, err := mine(tx, v)
		if err != nil {
			return err
		}
		// SECURITY: the recipient is part of the WHERE, so that a guessed id finds nothing.
		res := tx.Table("message").Where("id = ?", id).Where(where, args...).
			Updates(map[string]any{"read_at": gorm.Expr("coalesce(read_at, ?)", tx.Now)})
		if res.Error == nil && res.RowsAffected == 0 {
			return fault.NotFound("消息")
		}
		return res.Error
	})
}

// Unread counts v's own messages that nobody has read.
func (s *Service) Unread(ctx context.Context, v access.Viewer) (int64, error) {
	tx := s.db.Read(ctx)
	where, args, err := mine(tx, v)
	if err != nil {
		return 0, err
	}
	var n int64
	err = model.Row(tx, "SELECT count(*) FROM message WHERE read_at IS NULL AND "+where, args...).Scan(&n)
	return n, err
}

// mine is the SQL condition on message for what is addressed to v: as an account, as its member, and as a contact of an
// official account that belongs to the same person.
func mine(tx model.Tx, v access.Viewer) (string, []any, error) {
	if v.AccountID == 0 {
		return "", nil, fault.Unauthorized()
	}
	contacts := tx.Dialect.OneOf("message.recipient_id", `SELECT c.id FROM contact c WHERE c.account_id = ?
 UNION SELECT c.id FROM contact c WHERE c.unionid = (SELECT a.unionid FROM account a WHERE a.id = ? AND a.unionid <> '') AND c.account_id IS NULL`)
	where := "(message.recipient_type = 'account' AND message.recipient_id = ? OR message.recipient_type = 'contact' AND " + contacts
	args := []any{v.AccountID, v.AccountID, v.AccountID}
	if v.MemberID != 0 {
		where += " OR message.recipient_type = 'member' AND message.recipient_id = ?"
		args = append(args, v.MemberID)
	}
	return where + ")", args, nil
}

func pageSize(asked, standard, most int) int {
	switch {
	case asked <= 0:
		return standard
	case asked > most:
		return most
	}
	return asked
}
