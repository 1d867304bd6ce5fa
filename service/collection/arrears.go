package collection

import (
	"context"

	"hongyun/service/notify"
	"hongyun/service/schedule"
)

// JobArrears counts unpaid months in a row.
const JobArrears = "dues-arrears"

func arrearsKinds() []notify.Kind { return nil }

func (s *Service) countArrears(context.Context, schedule.Run) (string, error) { return "", nil }
