package payment

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hongyun/model"
	"hongyun/wechat"
)

const (
	refundBatch = 20
	// refundSoon is when WeChat is asked again for a refund that it has taken, or that nobody knows of; it doubles up to refundLate.
	refundSoon = 10 * time.Second
	refundLate = time.Hour
	// refundTries is after how many refusals a refund that WeChat does not know is given up: most of a day.
	refundTries = 24
)

// pollRefunds carries out what was approved, and asks for what is under way. It tells how many it took up. Each instance
// leases what it works on; the number of a refund stays the same, so that WeChat carries it out once.
func (s *Service) pollRefunds(ctx context.Context) (int, error) {
	if s.pay == nil {
		return 0, nil
	}
	var ids []int64
	err := s.db.Tx(ctx, func(tx model.Tx) (err error) {
		ids, err = model.Claim(tx, "dues_refund", model.RefundApproved, s.instance, s.lease, refundBatch,
			"state = ? AND not_before <= ? AND (lease_until IS NULL OR lease_until < ?)", model.RefundApproved, tx.Now, tx.Now)
		return err
	})
	var errs []error
	for _, id := range ids {
		errs = append(errs, s.sendRefund(ctx, id))
	}
	return len(ids), errors.Join(append(errs, err)...)
}

// sendRefund asks WeChat about one refund, outside any transaction, and puts its answer down.
func (s *Service) sendRefund(ctx context.Context, id int64) error {
	var d struct {
		model.DuesRefund
		OrderNo  string
		TotalFen int64
	}
	err := s.db.Read(ctx).Raw("SELECT r.*, p.order_no, p.amount_fen AS total_fen FROM dues_refund r JOIN dues_payment p ON p.id = r.payment_id WHERE r.id = ?", id).Scan(&d).Error
	if err != nil || d.State != model.RefundApproved {
		return err
	}
	var news wechat.RefundResult
	if d.WeChatID != "" {
		news, err = s.pay.QueryRefund(ctx, d.RefundNo)
	} else {
		news, err = s.pay.Refund(ctx, wechat.Refund{RefundNo: d.RefundNo, OrderNo: d.OrderNo, Reason: short(d.Reason), AmountFen: d.AmountFen, TotalFen: d.TotalFen})
	}
	var refusal *wechat.PayError
	if errors.As(err, &refusal) && d.Attempts+1 >= refundTries {
		if _, unknown := s.pay.QueryRefund(ctx, d.RefundNo); errors.Is(unknown, wechat.ErrNoRefund) {
			return s.giveUp(ctx, d.DuesRefund, refusal.Message)
		}
	}
	return s.db.Tx(ctx, func(tx model.Tx) error {
		said := ""
		if err == nil {
			if _, err := s.refundNews(tx, news, model.FoundByQuery); err != nil {
				return err
			}
		} else {
			said = "微信支付未受理或没有回应，将自动重试"
			if refusal != nil {
				said += "：" + refusal.Message
			}
		}
		wait := min(refundSoon<<min(d.Attempts, 10), refundLate)
		_, err := model.Exec(tx, `UPDATE dues_refund SET attempts = attempts + 1, wechat_id = CASE WHEN ? = '' THEN wechat_id ELSE ? END, error = ?, not_before = ?,
lease_until = NULL WHERE id = ? AND state = ?`, news.RefundID, news.RefundID, said, tx.Now.Add(wait), d.ID, model.RefundApproved)
		return err
	})
}

// giveUp ends a refund that WeChat keeps refusing and has never taken.
func (s *Service) giveUp(ctx context.Context, d model.DuesRefund, words string) error {
	return s.db.Tx(ctx, func(tx model.Tx) error {
		p, err := lockPayment(tx, "id = ?", d.PaymentID)
		if err != nil {
			return err
		}
		return endRefund(tx, p, d, model.RefundFailed, fmt.Sprintf("微信支付多次拒绝退款：%s", words))
	})
}

// short keeps what WeChat takes of a reason: 80 bytes.
func short(reason string) string {
	for i := range reason {
		if i > 76 {
			return reason[:i]
		}
	}
	return reason
}
