package handler

import (
	"context"

	"hongyun/service/access"
	"hongyun/service/o2o"
)

// What the signed-in citizen does with a request of his or her own.

func (h *Handler) requestFollow(ctx context.Context, v access.Viewer, in *byID) (o2o.Follow, error) {
	f, err := h.s.O2O.Follow(ctx, v, in.ID)
	f.URL = absolute(ctx, f.URL)
	return f, err
}

type requestAddition struct {
	byID
	o2o.AddInput
}

func (h *Handler) addToRequest(ctx context.Context, v access.Viewer, in *requestAddition) (o2o.Detail, error) {
	return h.s.O2O.Add(ctx, v, in.ID, in.AddInput)
}

func (h *Handler) addRequestVoice(ctx context.Context, v access.Viewer, in *requestPhoto) (o2o.Detail, error) {
	return h.s.O2O.AddVoice(ctx, v, in.ID, in.File.Name, in.File.Body)
}

func (h *Handler) chaseRequest(ctx context.Context, v access.Viewer, in *requestNote) (o2o.Detail, error) {
	return h.s.O2O.Chase(ctx, v, in.ID, in.Note)
}

type requestReopening struct {
	byID
	o2o.ReopenInput
}

func (h *Handler) reopenRequest(ctx context.Context, v access.Viewer, in *requestReopening) (o2o.Detail, error) {
	return h.s.O2O.Reopen(ctx, v, in.ID, in.ReopenInput)
}
