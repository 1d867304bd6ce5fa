package handler

import (
	"context"

	"hongyun/service/access"
	"hongyun/service/o2o"
)

type requestPause struct {
	requestNote
	Reason string `json:"reason" validate:"required,max=40" label:"暂停原因"` // code of the list pause_reason
}

func (h *Handler) pauseRequest(ctx context.Context, v access.Viewer, in *requestPause) (o2o.Detail, error) {
	return h.s.O2O.Pause(ctx, v, in.ID, in.Reason, in.Note)
}

func (h *Handler) resumeRequest(ctx context.Context, v access.Viewer, in *requestNote) (o2o.Detail, error) {
	return h.s.O2O.Resume(ctx, v, in.ID, in.Note)
}

func (h *Handler) contactCitizen(ctx context.Context, v access.Viewer, in *requestNote) (o2o.Detail, error) {
	return h.s.O2O.Contact(ctx, v, in.ID, in.Note)
}

type requestExtension struct {
	byID
	WorkingDays int64  `json:"working_days" validate:"min=1,max=1000" label:"延期工作日数"`
	Reason      string `json:"reason" validate:"required,text,max=500" label:"延期原因"`
}

func (h *Handler) askExtension(ctx context.Context, v access.Viewer, in *requestExtension) (o2o.Detail, error) {
	return h.s.O2O.AskExtension(ctx, v, in.ID, in.WorkingDays, in.Reason)
}

type requestExtensionGrant struct {
	requestNote
	WorkingDays int64 `json:"working_days" validate:"min=0,max=1000" label:"延期工作日数"` // 0: as asked
}

func (h *Handler) grantExtension(ctx context.Context, v access.Viewer, in *requestExtensionGrant) (o2o.Detail, error) {
	return h.s.O2O.GrantExtension(ctx, v, in.ID, in.WorkingDays, in.Note)
}

func (h *Handler) refuseExtension(ctx context.Context, v access.Viewer, in *requestNote) (o2o.Detail, error) {
	return h.s.O2O.RefuseExtension(ctx, v, in.ID, in.Note)
}
