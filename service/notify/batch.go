package notify

import (
	"context"
	"time"

	"hongyun/model"
	"hongyun/wechat"
)

// batch is what one pass has claimed. It goes group by group: one transaction puts down what became of the last group and
// marks the next one as being sent, then the group is sent outside of any transaction.
type batch struct {
	s           *Service
	owner       string
	leasedUntil time.Time
	stop        <-chan struct{}
	book        *book

	rows    []waiting    // not taken up yet
	settled []settlement // not put down yet
}

// outgoing is one send.
type outgoing struct {
	waiting
	route
	text
}

// settlement is the end of a stay in a state: after a send, or without one.
type settlement struct {
	outgoing
	verdict
	was     string // the state that the delivery must still be in
	answer  *answer
	problem string // why, when there was no send
}

// answer is what WeChat said to a send.
type answer struct {
	outcome wechat.Outcome
	msgID   string
	errcode int64
	message string
	at      time.Time
}

func (b *batch) deliver(ctx context.Context) error {
	for {
		group := b.next()
		if len(group) == 0 && len(b.settled) == 0 {
			return nil
		}
		ready, err := b.step(ctx, group)
		if err != nil {
			return err
		}
		b.settled = b.s.send(ctx, ready)
	}
}

// next takes up the next group. What has no channel, or one that is paused, is settled without a send.
func (b *batch) next() []outgoing {
	now := b.s.db.Now()
	var group []outgoing
	for len(b.rows) > 0 && len(group) < b.s.workers {
		if b.stopped() {
			for _, w := range b.rows {
				b.settle(outgoing{waiting: w}, verdict{state: model.DeliveryPending, notBefore: now}, "")
			}
			b.rows = nil
			return group
		}
		w := b.rows[0]
		b.rows = b.rows[1:]
		if out, ok := b.take(w, now); ok {
			group = append(group, out)
		}
	}
	return group
}

func (b *batch) take(w waiting, now time.Time) (outgoing, bool) {
	out := outgoing{waiting: w}
	var err error
	if out.text, err = b.s.read(w.Kind, w.Data, w.Page); err != nil {
		b.settle(out, verdict{state: model.DeliveryFailed, notBefore: now}, err.Error())
		return out, false
	}
	var reachable bool
	if out.route, reachable = b.book.route(w); !reachable {
		b.settle(out, verdict{state: model.DeliveryUnreachable, notBefore: now}, "")
		return out, false
	}
	if out.broken != nil {
		b.s.reportBroken(out.route, now)
		b.settle(out, verdict{state: model.DeliveryPending, notBefore: now.Add(configDelay)}, out.broken.Error())
		return out, false
	}
	if again := b.s.pauses.again(out.route, now); !again.IsZero() {
		b.settle(out, verdict{state: model.DeliveryPending, notBefore: again}, "")
		return out, false
	}
	return out, true
}

func (b *batch) settle(out outgoing, v verdict, problem string) {
	b.settled = append(b.settled, settlement{outgoing: out, verdict: v, was: model.DeliveryClaimed, problem: problem})
}

func (b *batch) stopped() bool {
	select {
	case <-b.stop:
		return true
	default:
		return false
	}
}

// step runs the transaction between two groups and returns what may be sent now. It is tried again on an error, since a
// result that is not put down turns a message that was sent into one that nobody knows about.
func (b *batch) step(ctx context.Context, group []outgoing) (ready []outgoing, err error) {
	for try := range 4 {
		if try > 0 && !wait(ctx, time.Duration(try*try)*100*time.Millisecond) {
			break
		}
		err = b.s.db.Tx(ctx, func(tx model.Tx) error {
			done, err := b.putDown(tx)
			if err != nil {
				return err
			}
			marked, err := b.mark(tx, group)
			if err != nil {
				return err
			}
			if ready, err = b.charge(tx, done, marked); err != nil {
				return err
			}
			return b.renew(tx)
		})
		if err == nil {
			b.settled = nil
			return ready, nil
		}
	}
	return nil, err
}

// renew keeps the rest of the batch when half of its lease is over.
func (b *batch) renew(tx model.Tx) error {
	if len(b.rows) == 0 || b.leasedUntil.Sub(tx.Now) > b.s.lease/2 {
		return nil
	}
	b.leasedUntil = tx.Now.Add(b.s.lease)
	return tx.Model(&model.Delivery{}).Where("lease_owner = ? AND state = ?", b.owner, model.DeliveryClaimed).
		Where("id IN ?", ids(b.rows)).Update("lease_until", b.leasedUntil).Error
}

// giveBack lets others have what this batch claimed.
func (b *batch) giveBack(ctx context.Context) error {
	return b.s.db.Tx(ctx, func(tx model.Tx) error {
		return tx.Model(&model.Delivery{}).Where("lease_owner = ? AND state = ?", b.owner, model.DeliveryClaimed).
			Where("id IN ?", ids(b.rows)).Update("state", model.DeliveryPending).Error
	})
}

func ids(rows []waiting) []int64 {
	out := make([]int64, len(rows))
	for i, w := range rows {
		out[i] = w.ID
	}
	return out
}

// wait is false if ctx ends first.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
