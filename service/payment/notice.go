package payment

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"gorm.io/gorm/clause"

	"hongyun/model"
)

// ErrOff says that no merchant account is configured.
var ErrOff = errors.New("payment: no merchant account is configured")

// Notice takes one push of WeChat Pay, in one transaction. nil means that it is kept and need not come again: also where it
// changes nothing, because it was known or is not as it was ordered.
//
// Errors: ErrOff; wechat.ErrForged, wechat.ErrStale, wechat.ErrMalformed for what WeChat did not send.
func (s *Service) Notice(ctx context.Context, header http.Header, body []byte) error {
	if s.pay == nil {
		return ErrOff
	}
	n, err := s.pay.ReadNotice(ctx, header, body)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx model.Tx) (err error) {
		row := model.PayNotice{NoticeNo: n.ID, ReceivedAt: tx.Now}
		switch {
		case n.Transaction != nil:
			row.OrderNo, row.State, row.AmountFen = n.Transaction.OrderNo, n.Transaction.State, n.Transaction.AmountFen
			row.Outcome, err = s.arrived(tx, *n.Transaction, model.FoundByNotice)
		case n.Refund != nil:
			row.OrderNo, row.RefundNo, row.State, row.AmountFen = n.Refund.OrderNo, n.Refund.RefundNo, n.Refund.State, n.Refund.AmountFen
			row.Outcome, err = s.refundNews(tx, *n.Refund, model.FoundByNotice)
		}
		if err == nil { // a repeated one is kept as it was the first time
			err = tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error
		}
		if err != nil {
			return fmt.Errorf("take notice %s: %w", n.ID, err)
		}
		return nil
	})
}
