package rates

import (
	"context"
	"sync"
	"time"

	"hongyun/model"
)

// PublicFilter is the months that the public page shows: one, or a period.
type PublicFilter struct {
	Period
	Month model.Month `query:"month" validate:"omitempty,month" label:"月份"`
}

// PublicRates is what everybody may see: counts by month and unit, nothing of any request.
type PublicRates struct {
	Report
	CountedAt time.Time `json:"counted_at"`
}

// Public counts for everybody. An answer stands for freshFor: however many ask, the requests are gone through once in that time.
func (s *Service) Public(ctx context.Context, f PublicFilter) (PublicRates, error) {
	if f.Month != "" {
		f.From, f.To = f.Month, f.Month
	}
	today := model.DateOf(s.db.Now())
	from, to, err := f.months(today)
	if err != nil {
		return PublicRates{}, err
	}
	return s.public.take(Period{From: from, To: to}, s.db.Now(), func() (r PublicRates, err error) {
		err = s.db.Sweep(ctx, func(tx model.Tx) error {
			r.CountedAt = tx.Now
			r.Report, err = report(tx, Period{From: from, To: to}, nil)
			return err
		})
		return r, err
	})
}

// freshFor is how long an answer to everybody stands; shelfSize how many are kept.
const (
	freshFor  = time.Minute
	shelfSize = 64
)

// shelf keeps answers to everybody. Who asks for one that is being made waits for it. The zero shelf is empty.
type shelf struct {
	mu   sync.Mutex
	kept map[Period]PublicRates
}

func (s *shelf) take(p Period, now time.Time, count func() (PublicRates, error)) (PublicRates, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r, ok := s.kept[p]; ok && now.Sub(r.CountedAt) < freshFor && !now.Before(r.CountedAt) {
		return r, nil
	}
	r, err := count()
	if err != nil {
		return r, err
	}
	if s.kept == nil || len(s.kept) >= shelfSize {
		s.kept = map[Period]PublicRates{}
	}
	s.kept[p] = r
	return r, nil
}
