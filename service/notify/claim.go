package notify

import (
	"context"
	"time"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/wechat"
)

// waiting is a claimed delivery with its message.
type waiting struct {
	ID            int64
	Kind          string
	Month         model.Month
	Attempts      int64
	RecipientType string
	RecipientID   int64
	Data          string
	Page          string
}

// claim leases the next batch to owner, in order of id: what is due, and what a killed process had claimed.
func (s *Service) claim(ctx context.Context, owner string) (batch []waiting, leasedUntil time.Time, err error) {
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		leasedUntil = tx.Now.Add(s.lease)
		// The states stand in the text, so that Postgres sees that its partial index serves.
		ids, err := model.Claim(tx, "delivery", model.DeliveryClaimed, owner, s.lease, s.batch,
			`state IN ('pending', 'claimed', 'sending') AND
 (state = 'pending' AND not_before <= ? OR state = 'claimed' AND lease_until < ?)`, tx.Now, tx.Now)
		if err != nil || len(ids) == 0 {
			return err
		}
		return tx.Table("delivery d").
			Select("d.id, d.kind, d.month, d.attempts, m.recipient_type, m.recipient_id, m.data, m.page").
			Joins("JOIN message m ON m.id = d.message_id").Where("d.id IN ?", ids).Order("d.id").Scan(&batch).Error
	})
	return batch, leasedUntil, err
}

// sweep declares unknown what was on the wire when its process died. It runs at the first call and then a few times a lease.
func (s *Service) sweep(ctx context.Context) error {
	now := s.db.Now()
	s.mu.Lock()
	due := !now.Before(s.sweepAt)
	if due {
		s.sweepAt = now.Add(s.lease / 4)
	}
	s.mu.Unlock()
	if !due {
		return nil
	}
	return s.db.Tx(ctx, func(tx model.Tx) error {
		var lost []model.Delivery
		err := tx.Clauses(clause.Locking{Strength: "UPDATE", Options: "SKIP LOCKED"}).
			Where("state = 'sending' AND lease_until < ?", tx.Now).Order("id").Limit(queueChunk).Find(&lost).Error
		if err != nil || len(lost) == 0 {
			return err
		}
		const why = "the sender died before WeChat answered"
		ids := make([]int64, len(lost))
		attempts := make([]model.DeliveryAttempt, len(lost))
		for i, d := range lost {
			ids[i] = d.ID
			attempts[i] = model.DeliveryAttempt{DeliveryID: d.ID, Month: d.Month, At: tx.Now, Channel: d.Channel, AppID: d.AppID,
				Outcome: string(wechat.OutcomeUnknown), Error: why}
		}
		err = tx.Model(&model.Delivery{}).Where("id IN ?", ids).Updates(map[string]any{
			"state": model.DeliveryUnknown, "error": why, "updated_at": tx.Now}).Error
		if err != nil {
			return err
		}
		return tx.Create(&attempts).Error
	})
}
