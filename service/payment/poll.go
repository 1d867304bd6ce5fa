package payment

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"hongyun/model"
	"hongyun/service/rule"
	"hongyun/service/worker"
)

const (
	pollEvery = 3 * time.Second
	pollBatch = 16               // payments asked for at once
	pollMost  = 30 * time.Minute // longest pause between two questions
	pollAfter = 5 * time.Second  // behind the end of an order's time, when it is asked for the last time
	restTime  = 10 * time.Second // to put down the next time even while the process stops
)

// Start asks for open payments, and carries out refunds, in the background until Stop; it does not end with ctx. Without a
// merchant account it does nothing.
func (s *Service) Start(ctx context.Context) {
	if s.pay == nil {
		return
	}
	s.poller.Start(ctx, worker.Poll(pollEvery, nil, s.Poll, func(ctx context.Context, err error) {
		s.log.ErrorContext(ctx, "an open payment could not be asked for", "error", err)
	}))
	s.refunds.Start(ctx, worker.Poll(pollEvery, nil, s.pollRefunds, func(ctx context.Context, err error) {
		s.log.ErrorContext(ctx, "a refund could not be carried out", "error", err)
	}))
}

// Stop waits for the questions on the wire. If ctx ends first they are cut off, and asked again later.
func (s *Service) Stop(ctx context.Context) error {
	var refunds error
	var all sync.WaitGroup
	all.Go(func() { refunds = s.refunds.Stop(ctx) })
	err := s.poller.Stop(ctx)
	all.Wait()
	if err = errors.Join(err, refunds); err != nil {
		return fmt.Errorf("stop asking for payments: %w", err)
	}
	return nil
}

// Poll asks WeChat for open payments that had no news for a while, each by one instance at a time, books what was paid and
// closes what is over. It tells how many it asked for.
func (s *Service) Poll(ctx context.Context) (int, error) {
	if s.pay == nil {
		return 0, nil
	}
	due, seconds, err := s.claim(ctx)
	if err != nil {
		return 0, fmt.Errorf("claim open payments: %w", err)
	}
	work, cancel := context.WithTimeout(ctx, s.lease*3/4) // before another instance takes over
	defer cancel()
	errs := make([]error, len(due))
	var all sync.WaitGroup
	for i, p := range due {
		all.Go(func() { errs[i] = s.askFor(work, p, seconds) })
	}
	all.Wait()
	return len(due), errors.Join(errs...)
}

// claim leases payments whose time has come, those of a killed instance too.
func (s *Service) claim(ctx context.Context) (due []model.DuesPayment, seconds int, err error) {
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		owner := fmt.Sprintf("%s/%s", s.instance, chance())
		ids, err := model.Claim(tx, "dues_payment", model.PaymentOpen, owner, s.lease, pollBatch,
			"state = ? AND not_before <= ? AND (lease_until IS NULL OR lease_until < ?)", model.PaymentOpen, tx.Now, tx.Now)
		if err != nil || len(ids) == 0 {
			return err
		}
		rules, err := rule.Load(tx, "dues", tx.Day())
		if err != nil {
			return err
		}
		seconds = rules.Int("QUERY_SECONDS")
		return tx.Where("id IN ?", ids).Order("id").Find(&due).Error
	})
	return due, seconds, err
}

// askFor asks for one payment that this instance holds, and lets go of it.
func (s *Service) askFor(ctx context.Context, p model.DuesPayment, seconds int) error {
	var end *ending
	if !s.db.Now().Before(*p.ExpiresAt) {
		end = expired()
	}
	err := s.ask(ctx, p, end)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), restTime)
	defer cancel()
	tx := s.db.Read(ctx)
	_, restErr := model.Exec(tx, `UPDATE dues_payment SET not_before = ?, attempts = attempts + 1, lease_owner = '', lease_until = NULL
WHERE id = ? AND state = ? AND lease_owner = ?`, nextAsk(tx.Now, *p.ExpiresAt, seconds, p.Attempts), p.ID, model.PaymentOpen, p.LeaseOwner)
	if err = errors.Join(err, restErr); err != nil {
		return fmt.Errorf("payment %d: %w", p.ID, err)
	}
	return nil
}

// nextAsk is when to ask again after so many earlier questions: the pause doubles up to half an hour, but the end of the
// order's time is never slept through.
func nextAsk(now, expires time.Time, seconds int, earlier int64) time.Time {
	pause := time.Duration(seconds) * time.Second
	for range min(earlier+1, 20) {
		pause = min(2*pause, pollMost)
	}
	next := now.Add(pause)
	if last := expires.Add(pollAfter); now.Before(expires) && next.After(last) {
		next = last
	}
	return next
}
