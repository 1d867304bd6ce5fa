package handler

import (
	"context"

	"hongyun/service/access"
	"hongyun/service/o2o"
)

type requestsInput struct {
	o2o.Filter
	page
}

func (h *Handler) requests(ctx context.Context, v access.Viewer, in *requestsInput) (list[o2o.View], error) {
	offset, limit := in.rows(50)
	return paged(h.s.O2O.Requests(ctx, v, in.Filter, offset, limit))
}

func (h *Handler) request(ctx context.Context, v access.Viewer, in *byID) (o2o.Detail, error) {
	return h.s.O2O.Request(ctx, v, in.ID)
}

type newRequest struct {
	o2o.SubmitInput
	Key string `header:"Idempotency-Key" json:"-" validate:"max=100" label:"Idempotency-Key"`
}

func (h *Handler) submitRequest(ctx context.Context, v access.Viewer, in *newRequest) (o2o.Detail, error) {
	return h.s.O2O.Submit(ctx, v, in.SubmitInput, in.Key)
}

type requestPhoto struct {
	byID
	File upload `formData:"file"`
}

func (h *Handler) addRequestPhoto(ctx context.Context, v access.Viewer, in *requestPhoto) (o2o.Detail, error) {
	return h.s.O2O.AddPhoto(ctx, v, in.ID, in.File.Name, in.File.Body)
}

// requestNote is the input of a step that says something.
type requestNote struct {
	byID
	Note string `json:"note" validate:"max=1000" label:"说明"`
}

type requestAcceptance struct {
	byID
	o2o.AcceptInput
}

func (h *Handler) acceptRequest(ctx context.Context, v access.Viewer, in *requestAcceptance) (o2o.Detail, error) {
	return h.s.O2O.Accept(ctx, v, in.ID, in.AcceptInput)
}

type requestRefusal struct {
	requestNote
	ReasonCode string `json:"reason_code" validate:"max=40" label:"不予受理原因"` // code of the list decline_reason; empty: OTHER
}

func (h *Handler) declineRequest(ctx context.Context, v access.Viewer, in *requestRefusal) (o2o.Detail, error) {
	return h.s.O2O.Decline(ctx, v, in.ID, in.ReasonCode, in.Note)
}

func (h *Handler) answerRequest(ctx context.Context, v access.Viewer, in *requestNote) (o2o.Detail, error) {
	return h.s.O2O.Answer(ctx, v, in.ID, in.Note)
}

type requestReferral struct {
	requestNote
	DepartmentID int64 `json:"department_id" validate:"min=1" label:"责任单位"`
}

func (h *Handler) referRequest(ctx context.Context, v access.Viewer, in *requestReferral) (o2o.Detail, error) {
	return h.s.O2O.Refer(ctx, v, in.ID, in.DepartmentID, in.Note)
}

func (h *Handler) handleRequest(ctx context.Context, v access.Viewer, in *requestNote) (o2o.Detail, error) {
	return h.s.O2O.Handle(ctx, v, in.ID, in.Note)
}

func (h *Handler) replyToRequest(ctx context.Context, v access.Viewer, in *requestNote) (o2o.Detail, error) {
	return h.s.O2O.Reply(ctx, v, in.ID, in.Note)
}

func (h *Handler) closeRequest(ctx context.Context, v access.Viewer, in *requestNote) (o2o.Detail, error) {
	return h.s.O2O.Close(ctx, v, in.ID, in.Note)
}

type requestRating struct {
	byID
	o2o.RateInput
}

func (h *Handler) rateRequest(ctx context.Context, v access.Viewer, in *requestRating) (o2o.Detail, error) {
	return h.s.O2O.Rate(ctx, v, in.ID, in.RateInput)
}

func (h *Handler) withdrawRequest(ctx context.Context, v access.Viewer, in *byID) (o2o.Detail, error) {
	return h.s.O2O.Withdraw(ctx, v, in.ID)
}
