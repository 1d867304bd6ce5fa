package handler

import (
	"context"

	"hongyun/service/access"
	"hongyun/service/member"
)

type decisionInput struct {
	byID
	member.DecisionInput
}

func (h *Handler) decideStanding(ctx context.Context, v access.Viewer, in *decisionInput) (member.Decision, error) {
	return h.s.Member.Decide(ctx, v, in.ID, in.DecisionInput)
}

func (h *Handler) standingDecisions(ctx context.Context, v access.Viewer, in *byID) (list[member.Decision], error) {
	return items(h.s.Member.Decisions(ctx, v, in.ID))
}

type decisionFile struct {
	byID
	File upload `formData:"file"`
}

func (h *Handler) attachDecisionFile(ctx context.Context, v access.Viewer, in *decisionFile) (member.Decision, error) {
	return h.s.Member.AttachDecisionFile(ctx, v, in.ID, in.File.Name, in.File.Body)
}

type transferRequest struct {
	byID
	member.TransferInput
}

func (h *Handler) requestTransfer(ctx context.Context, v access.Viewer, in *transferRequest) (member.Transfer, error) {
	return h.s.Member.RequestTransfer(ctx, v, in.ID, in.TransferInput)
}

type transfersInput struct {
	member.TransferFilter
	page
}

func (h *Handler) transfers(ctx context.Context, v access.Viewer, in *transfersInput) (list[member.Transfer], error) {
	offset, limit := in.rows(50)
	return paged(h.s.Member.Transfers(ctx, v, in.TransferFilter, offset, limit))
}

func (h *Handler) transfer(ctx context.Context, v access.Viewer, in *byID) (member.Transfer, error) {
	return h.s.Member.Transfer(ctx, v, in.ID)
}

type transferAcceptance struct {
	byID
	member.AcceptInput
}

func (h *Handler) acceptTransfer(ctx context.Context, v access.Viewer, in *transferAcceptance) (member.Transfer, error) {
	return h.s.Member.AcceptTransfer(ctx, v, in.ID, in.AcceptInput)
}

type refusal struct {
	byID
	member.RefuseInput
}

func (h *Handler) refuseTransfer(ctx context.Context, v access.Viewer, in *refusal) (member.Transfer, error) {
	return h.s.Member.RefuseTransfer(ctx, v, in.ID, in.RefuseInput)
}

type transferWithdrawal struct {
	byID
	member.WithdrawInput
}

func (h *Handler) withdrawTransfer(ctx context.Context, v access.Viewer, in *transferWithdrawal) (member.Transfer, error) {
	return h.s.Member.WithdrawTransfer(ctx, v, in.ID, in.WithdrawInput)
}

type branchesInput struct {
	Q string `query:"q" validate:"required,text,max=50" label:"关键词"`
	page
}

func (h *Handler) branches(ctx context.Context, _ access.Viewer, in *branchesInput) (list[member.Branch], error) {
	offset, limit := in.rows(20)
	return paged(h.s.Member.Branches(ctx, in.Q, offset, limit))
}

type movementListInput struct {
	member.MovementListFilter
	page
}

func (h *Handler) memberMovement(ctx context.Context, v access.Viewer, in *member.MovementFilter) (member.Movement, error) {
	return h.s.Member.Movement(ctx, v, *in)
}

func (h *Handler) memberMovementList(ctx context.Context, v access.Viewer, in *movementListInput) (list[member.MovementRow], error) {
	offset, limit := in.rows(50)
	return paged(h.s.Member.MovementList(ctx, v, in.MovementListFilter, offset, limit))
}
