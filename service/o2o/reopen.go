package o2o

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/clock"
	"hongyun/service/fault"
	"hongyun/service/rule"
)

// ReopenInput is why a citizen wants a closed request worked on again. Of a request that is not rated yet the rating comes with it.
type ReopenInput struct {
	Rating int64  `json:"rating" validate:"omitempty,min=1,max=2" label:"评价"`
	Solved *bool  `json:"solved" label:"是否解决"`
	Reason string `json:"reason" validate:"required,text,max=1000" label:"理由"`
}

// reopen leads a request back to those who closed it. It rests on an unsatisfied rating, given before or with it: silence is no
// dissatisfaction, so an unrated request is not reopened by its citizen.
func (s *Service) reopen(ctx context.Context, d door, in ReopenInput) error {
	in.Reason = strings.TrimSpace(in.Reason)
	if n := utf8.RuneCountInString(in.Reason); n == 0 || n > maxNote {
		return fault.Invalid("o2o.no_reason", fmt.Sprintf("请写明要求重新办理的理由，不超过 %d 字", maxNote)).With("field", "reason")
	}
	return s.db.Tx(ctx, func(tx model.Tx) error {
		r, err := d.open(tx)
		if err != nil {
			return err
		}
		if err := s.rateForReopening(tx, d.viewer, &r, in); err != nil {
			return err
		}
		if err := may(tx, d.viewer, r, ActionReopen); err != nil {
			return err
		}
		if err := s.take(tx, &r.Request, step{Action: ActionReopen, Actor: citizenOn(&r.Request), Note: in.Reason, DepartmentID: r.DepartmentID}); err != nil {
			return err
		}
		if err := s.tellWorkers(tx, &r.Request, kindReopened); err != nil {
			return err
		}
		return d.show(tx, r)
	})
}

// rateForReopening gives the unsatisfied rating that a closed request does not have yet.
func (s *Service) rateForReopening(tx model.Tx, v access.Viewer, r *found, in ReopenInput) error {
	if !r.Mine {
		return fault.Forbidden()
	}
	switch {
	case r.State == model.RequestRated && in.Rating != 0:
		return ratedAlready()
	case r.State != model.RequestClosed:
		return nil // the rating is there, or the state is what is wrong
	case in.Rating < 1 || in.Rating >= ratingSatisfied:
		return fault.Invalid("o2o.reopen_unrated", "请先评价：评价为“不满意”或“非常不满意”的，可以要求重新办理").With("field", "rating")
	}
	if err := may(tx, v, *r, ActionRate); err != nil {
		return err
	}
	return s.rate(tx, &r.Request, RateInput{Rating: in.Rating, Solved: in.Solved, Note: in.Reason})
}

// guardReopen: with an unsatisfied rating, within the rating limit after it, and so often (RULES 9.2). Later the window decides.
func guardReopen(tx model.Tx, _ access.Viewer, r found) error {
	if r.Rating == nil || *r.Rating >= ratingSatisfied {
		return fault.Conflict("o2o.satisfied", "评价为“不满意”或“非常不满意”的诉求才能要求重新办理")
	}
	until, err := reopenUntil(tx, r.Request)
	if err != nil {
		return err
	}
	if tx.Day() > until {
		return fault.Conflict("o2o.reopen_over", fmt.Sprintf("要求重新办理的期限已于%s结束，仍有问题请重新提交诉求", day(until))).With("until", until)
	}
	return reopensLeft(tx, r.Request)
}

// reopenUntil is the last day on which a rated request may be reopened.
func reopenUntil(tx model.Tx, r model.Request) (model.Date, error) {
	days, err := clock.Limit(tx, model.ClockRate, r.Category, r.RatedOn)
	return r.RatedOn.AddDays(days), err
}

// reopensLeft refuses when the citizen has had the request reopened as often as may be. What the window sent back does not count.
func reopensLeft(tx model.Tx, r model.Request) error {
	numbers, err := rule.Load(tx, ruleFamily, tx.Day())
	if err != nil {
		return err
	}
	var n int64
	if err := tx.Model(&model.RequestStep{}).Where("request_id = ? AND action = ?", r.ID, ActionReopen).Count(&n).Error; err != nil {
		return err
	}
	if n >= int64(numbers.Int("REOPEN_MOST")) {
		return fault.Conflict("o2o.reopened_enough", fmt.Sprintf("您已要求重新办理%d次，如仍未解决，请联系服务窗口", n))
	}
	return nil
}
