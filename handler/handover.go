package handler

import (
	"context"

	"hongyun/service/access"
	"hongyun/service/account"
)

type openHandoverInput struct {
	byID
	account.HandoverInput
}

func (h *Handler) openHandover(ctx context.Context, v access.Viewer, in *openHandoverInput) (account.HandoverDetail, error) {
	return h.s.Account.OpenHandover(ctx, v, in.ID, in.HandoverInput)
}

type handoversInput struct {
	State string `query:"state" validate:"omitempty,oneof=OPEN DONE WITHDRAWN" label:"状态"`
	page
}

func (h *Handler) handovers(ctx context.Context, v access.Viewer, in *handoversInput) (list[account.HandoverView], error) {
	offset, limit := in.rows(50)
	return paged(h.s.Account.Handovers(ctx, v, in.State, offset, limit))
}

func (h *Handler) handover(ctx context.Context, v access.Viewer, in *byID) (account.HandoverDetail, error) {
	return h.s.Account.Handover(ctx, v, in.ID)
}

func (h *Handler) acceptHandover(ctx context.Context, v access.Viewer, in *byID) (account.HandoverDetail, error) {
	return h.s.Account.AcceptHandover(ctx, v, in.ID)
}

func (h *Handler) withdrawHandover(ctx context.Context, v access.Viewer, in *byID) (account.HandoverDetail, error) {
	return h.s.Account.WithdrawHandover(ctx, v, in.ID)
}
