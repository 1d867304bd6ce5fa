package o2o

import (
	"context"

	"hongyun/service/schedule"
)

// Jobs is what this module does by the clock.
func (s *Service) Jobs() []schedule.Job {
	return []schedule.Job{{
		Name: "request-ratings", Title: "诉求评价到期",
		Run: func(ctx context.Context, r schedule.Run) (string, error) { return s.ExpireRatings(ctx, r.Day) },
	}, {
		Name: "request-clock", Title: "诉求期限核对",
		Run: func(ctx context.Context, _ schedule.Run) (string, error) { return s.Clock(ctx) },
	}}
}
