package payment

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/rule"
	"hongyun/wechat"
)

// PayInput names the bills that are paid together.
type PayInput struct {
	BillIDs []int64 `json:"bill_ids" validate:"required,min=1,max=12,unique,dive,min=1" label:"账单"`
}

// Paying is a payment and what the phone needs to show WeChat's dialog; without that if there is nothing left to pay.
type Paying struct {
	Payment OwnPayment        `json:"payment"`
	Params  *wechat.PayParams `json:"params"`
}

// payTries bounds how often an order that has just ended makes room for a new one: a bill may hang on each of several.
const payTries = 4

// errOff is what people are told where no merchant account is configured.
func errOff() error {
	return fault.Conflict("dues.pay_off", "暂未开通网上缴纳，请向党支部缴纳")
}

// Pay opens one payment with WeChat for bills of v, or of members of v's branch where it lets members pay for each other.
// Tapping twice with the same bills returns the same payment. key is the caller's Idempotency-Key, or empty. When WeChat
// does not answer, the payment stays open: the next tap, or the poller, finds out.
//
// Faults: dues.pay_off, not_found, those of heldBy and payableNow, dues.other_branch, dues.key_used, dues.closed,
// dues.no_openid, dues.wechat_busy.
func (s *Service) Pay(ctx context.Context, v access.Viewer, key string, in PayInput) (Paying, error) {
	if s.pay == nil {
		return Paying{}, errOff()
	}
	if key != "" {
		key = fmt.Sprintf("pay/%d/%s", v.AccountID, key)
	}
	for range payTries {
		p, err := s.open(ctx, v, key, in.BillIDs)
		if over := new(overdueError); errors.As(err, &over) {
			if err := s.ask(ctx, over.payment, expired()); err != nil {
				return Paying{}, busy(err)
			}
			continue
		}
		if err != nil {
			return Paying{}, err
		}
		params, err := s.prepay(ctx, p)
		if errors.Is(err, wechat.ErrOrderPaid) || errors.Is(err, wechat.ErrOrderClosed) {
			if err := s.ask(ctx, p, expired()); err != nil {
				return Paying{}, busy(err)
			}
			if errors.Is(err, wechat.ErrOrderClosed) {
				continue
			}
			params, err = nil, nil
		}
		if err != nil {
			return Paying{}, busy(err)
		}
		return s.paying(ctx, v, p, params)
	}
	return Paying{}, fault.Conflict("dues.paying", "其中有党费正在网上缴纳，请稍后刷新再试")
}

// prepay places the order, or finds it again. What is not open any more needs none.
func (s *Service) prepay(ctx context.Context, p model.DuesPayment) (*wechat.PayParams, error) {
	if p.State != model.PaymentOpen {
		return nil, nil
	}
	params, err := s.pay.Prepay(ctx, wechat.Order{AppID: p.AppID, OrderNo: p.OrderNo, Description: p.Description, AmountFen: p.AmountFen,
		OpenID: p.OpenID, ExpiresAt: *p.ExpiresAt})
	return &params, err
}

// paying answers with the payment as it is now. It may have been closed while WeChat took the order: then WeChat must not
// take money for it.
func (s *Service) paying(ctx context.Context, v access.Viewer, p model.DuesPayment, params *wechat.PayParams) (Paying, error) {
	own, err := s.MyPayment(ctx, v, p.ID)
	switch {
	case err != nil:
		return Paying{}, err
	case own.State == model.PaymentClosed:
		if err := s.pay.CloseOrder(ctx, p.OrderNo); err != nil && !errors.Is(err, wechat.ErrNoOrder) {
			s.log.WarnContext(ctx, "an order that was cancelled while it was placed is not closed", "payment", p.ID, "error", err)
		}
		return Paying{}, closed()
	case own.State != model.PaymentOpen:
		params = nil
	}
	return Paying{Payment: own, Params: params}, nil
}

// overdueError says that a payment past its time holds a bill: what became of it must be asked first.
type overdueError struct{ payment model.DuesPayment }

func (e *overdueError) Error() string { return fmt.Sprintf("payment %d is overdue", e.payment.ID) }

// open finds v's payment of exactly these bills, or makes it.
func (s *Service) open(ctx context.Context, v access.Viewer, key string, ids []int64) (p model.DuesPayment, err error) {
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		bills, err := toPay(tx, ids)
		if err != nil {
			return err
		}
		if len(bills) != len(ids) {
			return fault.NotFound("党费账单")
		}
		members := make([]int64, len(bills))
		for i, b := range bills {
			members[i] = b.MemberID
		}
		if err := mayPayFor(tx, v, members); err != nil {
			return err
		}
		found, err := opened(tx, v, key, bills)
		if err != nil {
			return err
		}
		if found == nil {
			found, err = s.newOrder(tx, v, key, bills)
		}
		if err == nil {
			p = *found
		}
		return err
	})
	return p, err
}

// opened is the payment that v has made for exactly these bills, with the same key or still open; nil: none.
func opened(tx model.Tx, v access.Viewer, key string, bills []model.DuesBill) (*model.DuesPayment, error) {
	if key != "" {
		var kept []model.DuesPayment
		if err := tx.Where("idempotency_key = ?", key).Find(&kept).Error; err != nil {
			return nil, err
		}
		if len(kept) == 1 {
			same, err := paysExactly(tx, kept[0], bills)
			switch {
			case err != nil:
				return nil, err
			case !same:
				return nil, keyUsed()
			case kept[0].State == model.PaymentClosed:
				return nil, closed()
			}
			return current(tx, kept[0])
		}
	}
	var holders []model.DuesPayment
	err := tx.Raw(`SELECT * FROM dues_payment p WHERE state = 'OPEN' AND EXISTS
  (SELECT 1 FROM dues_payment_bill pb WHERE pb.payment_id = p.id AND pb.live AND `+tx.Dialect.OneOf("pb.bill_id", tx.Dialect.Numbers())+`) ORDER BY id`,
		model.JSONList(idsOf(bills))).Scan(&holders).Error
	if err != nil {
		return nil, err
	}
	for _, p := range holders {
		if _, err := current(tx, p); err != nil {
			return nil, err
		}
	}
	if len(holders) != 1 || holders[0].RecordedBy == nil || *holders[0].RecordedBy != v.AccountID {
		return nil, nil
	}
	if same, err := paysExactly(tx, holders[0], bills); err != nil || !same {
		return nil, err
	}
	return &holders[0], nil
}

// current is the payment, unless it is open past its time.
func current(tx model.Tx, p model.DuesPayment) (*model.DuesPayment, error) {
	if p.State == model.PaymentOpen && p.ExpiresAt != nil && !tx.Now.Before(*p.ExpiresAt) {
		return nil, &overdueError{p}
	}
	return &p, nil
}

func paysExactly(tx model.Tx, p model.DuesPayment, bills []model.DuesBill) (bool, error) {
	var ids []int64
	err := tx.Model(&model.DuesPaymentBill{}).Where("payment_id = ?", p.ID).Order("bill_id").Pluck("bill_id", &ids).Error
	return slices.EqualFunc(ids, bills, func(id int64, b model.DuesBill) bool { return id == b.ID }), err
}

// newOrder makes the payment of the locked bills.
func (s *Service) newOrder(tx model.Tx, v access.Viewer, key string, bills []model.DuesBill) (*model.DuesPayment, error) {
	rules, err := rule.Load(tx, "dues", tx.Day())
	if err != nil {
		return nil, err
	}
	setting, err := settingOf(tx, bills[0].OrgID)
	if err != nil {
		return nil, err
	}
	var sum int64
	for _, b := range bills {
		if b.OrgID != bills[0].OrgID {
			return nil, fault.Conflict("dues.other_branch", "一次只能缴纳同一个党支部的党费，请分开缴纳")
		}
		if err := heldBy(tx, b); err != nil {
			return nil, err
		}
		if err := payableNow(b.Month, tx.Day(), rules.Int("BACK_PAY_MONTHS"), setting.Quarterly); err != nil {
			return nil, err
		}
		sum += b.AmountFen
	}
	var payer model.Account
	if err := tx.Where("id = ? AND mp_appid = ? AND openid <> ''", v.AccountID, s.appid).Take(&payer).Error; err != nil {
		if model.NotFound(err) {
			err = fault.Conflict("dues.no_openid", "请在微信小程序中登录后缴纳党费")
		}
		return nil, err
	}
	expires := tx.Now.Add(time.Duration(rules.Int("ORDER_MINUTES")) * time.Minute).Truncate(time.Second) // WeChat knows no fractions
	first := tx.Now.Add(time.Duration(rules.Int("QUERY_SECONDS")) * time.Second)
	p := model.DuesPayment{OrgID: bills[0].OrgID, PayerID: &v.MemberID, Method: model.PayWeChat, State: model.PaymentOpen, AmountFen: sum,
		OrderNo: newNumber(tx), AppID: s.appid, OpenID: payer.OpenID, Description: described(bills), ExpiresAt: &expires,
		RecordedBy: &v.AccountID, RecordedAt: tx.Now, NotBefore: &first}
	if key != "" {
		p.IdempotencyKey = &key
	}
	return &p, hold(tx, &p, bills)
}

// described is what WeChat shows to who pays.
func described(bills []model.DuesBill) string {
	first, last := bills[0].Month, bills[0].Month
	for _, b := range bills {
		first, last = min(first, b.Month), max(last, b.Month)
	}
	text := inWords(first)
	if last != first {
		text += "至" + inWords(last)
	}
	text += "党费"
	if len(bills) > 1 {
		text += fmt.Sprintf("（%d笔）", len(bills))
	}
	return text
}

func closed() error {
	return fault.Conflict("dues.closed", "该笔支付单已关闭，请重新缴纳")
}

// busy is what people are told when WeChat gives no answer that counts.
func busy(err error) error {
	var f *fault.Fault
	if errors.As(err, &f) {
		return err
	}
	return fault.Unavailable("dues.wechat_busy", "微信支付暂时没有响应，请稍后再试").Because(err)
}
