package handler

import (
	"context"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/schedule"
)

func (h *Handler) jobs(ctx context.Context, _ access.Viewer, _ *empty) (list[schedule.JobView], error) {
	return items(h.s.Schedule.List(ctx))
}

type runInput struct {
	Name string     `path:"name" json:"-"`
	At   model.Date `json:"at" validate:"omitempty,date" label:"日期"` // empty: today
}

func (h *Handler) runJob(ctx context.Context, v access.Viewer, in *runInput) (schedule.RunResult, error) {
	return h.s.Schedule.RunByHand(ctx, audit.By(v), in.Name, in.At)
}

type timeInput struct {
	Name string `path:"name" json:"-"`
	schedule.TimeInput
}

func (h *Handler) setJobTime(ctx context.Context, v access.Viewer, in *timeInput) (empty, error) {
	return empty{}, h.s.Schedule.SetTime(ctx, v, in.Name, in.TimeInput)
}

func (h *Handler) auditLog(ctx context.Context, v access.Viewer, in *feedInput) (audit.Feed, error) {
	return h.s.Audit(ctx, v, in.Before, in.Limit)
}
