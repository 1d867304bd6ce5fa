package sandbox

import (
	"crypto/rand"
	"crypto/rsa"
	"strings"
	"time"

	"hongyun/wechat"
)

// The outcomes of a payment dialog.
const (
	outcomePaid        = "paid"
	outcomeCancelled   = "cancelled"
	outcomeFailed      = "failed"
	outcomeDropped     = "dropped"      // paid; the notice is never sent
	outcomeLate        = "late"         // paid; the notice comes later
	outcomeRepeated    = "repeated"     // paid; the notice comes several times at once
	outcomeReordered   = "reordered"    // paid; the notice comes after that of the next payment
	outcomeForged      = "forged"       // not paid; somebody who is not WeChat sends a notice
	outcomeWrongAmount = "wrong_amount" // paid; the notice states another amount
)

const (
	defaultDelayMS = 3000
	defaultCopies  = 3
	outcomeList    = "paid、cancel、dropped、late、repeated、reordered、forged、wrong_amount、fail"
)

// outcome is what becomes of a payment dialog.
type outcome struct {
	kind   string
	delay  time.Duration
	copies int
	amount *int64
}

// outcome reads it generously: whoever writes a test should not have to look up the word.
func (in payDialog) outcome() (outcome, error) {
	o := outcome{kind: outcomeOf(in.Outcome), delay: defaultDelayMS * time.Millisecond, copies: 1, amount: in.AmountFen}
	if o.kind == "" {
		return o, invalid("pay.outcome", "outcome 应当是 "+outcomeList+" 之一")
	}
	if in.DelayMS != nil {
		if *in.DelayMS < 0 || *in.DelayMS > 600_000 {
			return o, invalid("pay.delay", "delay_ms 应当在 0 到 600000 之间")
		}
		o.delay = time.Duration(*in.DelayMS) * time.Millisecond
	}
	if o.kind == outcomeRepeated {
		o.copies = defaultCopies
		if in.Repeat != nil {
			o.copies = *in.Repeat
		}
		if o.copies < 1 || o.copies > 20 {
			return o, invalid("pay.repeat", "repeat 应当在 1 到 20 之间")
		}
	}
	return o, nil
}

func outcomeOf(word string) string {
	switch strings.ReplaceAll(strings.ToLower(strings.TrimSpace(word)), "-", "_") {
	case "", "paid", "success", "succeeded", "pay", "ok", "normal":
		return outcomePaid
	case "cancel", "cancelled", "canceled":
		return outcomeCancelled
	case "fail", "failed", "error", "payerror":
		return outcomeFailed
	case "dropped", "drop", "never", "lost", "notify_dropped", "notify_lost", "paid_dropped":
		return outcomeDropped
	case "late", "delayed", "delay", "notify_late", "notify_delayed", "paid_late":
		return outcomeLate
	case "repeated", "repeat", "duplicate", "duplicated", "notify_repeated", "notify_duplicated", "paid_repeated":
		return outcomeRepeated
	case "reordered", "reorder", "out_of_order", "notify_reordered":
		return outcomeReordered
	case "forged", "forge", "fake", "notify_forged":
		return outcomeForged
	case "wrong_amount", "amount_mismatch", "notify_wrong_amount":
		return outcomeWrongAmount
	}
	return ""
}

func (o outcome) pays() bool {
	return o.kind != outcomeCancelled && o.kind != outcomeFailed && o.kind != outcomeForged
}

// message is errMsg as wx.requestPayment gives it.
func (o outcome) message() string {
	switch o.kind {
	case outcomeCancelled, outcomeForged:
		return "requestPayment:fail cancel"
	case outcomeFailed:
		return "requestPayment:fail"
	}
	return "requestPayment:ok"
}

// announce tells the merchant as the outcome wants it: how many notices went before it returns, and the last status.
func (s *Sandbox) announce(o orderRecord, out outcome, now time.Time) (sent, status int, err error) {
	switch out.kind {
	case outcomeCancelled, outcomeFailed, outcomeDropped:
		return 0, 0, nil
	case outcomeForged:
		return s.forge(o, now)
	}
	total := o.AmountFen
	if out.kind == outcomeWrongAmount {
		total++
		if out.amount != nil {
			total = *out.amount
		}
	}
	n, err := s.payNotice(o, total, now)
	if err != nil {
		return 0, 0, err
	}
	switch out.kind {
	case outcomeReordered:
		s.holdBack(n)
		return 0, 0, nil
	case outcomeLate:
		s.later(out.delay, func() {
			s.tellMerchant(n, 1)
			s.release()
		})
		return 0, 0, nil
	}
	sent, status = s.tellMerchant(n, out.copies)
	s.release()
	return sent, status, nil
}

// forge sends what would be true if the order had been paid, signed by somebody else. A forger tries once.
func (s *Sandbox) forge(o orderRecord, now time.Time) (sent, status int, err error) {
	o.State, o.Paid = wechat.TradeSuccess, now.UTC().Truncate(time.Second)
	o.TransactionID = "4200" + randomDigits(24)
	n, err := s.payNotice(o, o.AmountFen, now)
	if err != nil {
		return 0, 0, err
	}
	if n.key, err = rsa.GenerateKey(rand.Reader, keyBits); err != nil {
		return 0, 0, err
	}
	return 1, s.sendOnce(n), nil
}
