package handler

import (
	"context"

	"hongyun/service/access"
	"hongyun/service/account"
)

func (h *Handler) login(ctx context.Context, v access.Viewer, in *account.LoginInput) (account.SignedIn, error) {
	return h.s.Account.Login(ctx, v, *in)
}

func (h *Handler) signOut(ctx context.Context, v access.Viewer, _ *empty) (empty, error) {
	return empty{}, h.s.Account.SignOut(ctx, v)
}

func (h *Handler) me(ctx context.Context, v access.Viewer, _ *empty) (account.Me, error) {
	return h.s.Account.Me(ctx, v)
}

func (h *Handler) home(ctx context.Context, v access.Viewer, _ *empty) (account.Home, error) {
	return h.s.Account.Home(ctx, v)
}

func (h *Handler) bindAccount(ctx context.Context, v access.Viewer, in *account.BindInput) (account.View, error) {
	return h.s.Account.Bind(ctx, v, *in)
}

func (h *Handler) untieMember(ctx context.Context, v access.Viewer, in *byID) (empty, error) {
	return empty{}, h.s.Account.Untie(ctx, v, in.ID)
}

func (h *Handler) requestRebind(ctx context.Context, v access.Viewer, in *account.RebindInput) (account.RebindView, error) {
	return h.s.Account.RequestRebind(ctx, v, *in)
}

type rebindsInput struct {
	State string `query:"state" validate:"omitempty,oneof=PENDING APPROVED REJECTED" label:"状态"`
}

func (h *Handler) rebinds(ctx context.Context, v access.Viewer, in *rebindsInput) (list[account.RebindView], error) {
	return items(h.s.Account.RebindRequests(ctx, v, in.State))
}

type approvalInput struct {
	byID
	Note string `json:"note" validate:"max=200" label:"审批意见"`
}

func (h *Handler) approveRebind(ctx context.Context, v access.Viewer, in *approvalInput) (account.RebindView, error) {
	return h.s.Account.Approve(ctx, v, in.ID, in.Note)
}

type rejectionInput struct {
	byID
	Note string `json:"note" validate:"required,max=200,text" label:"驳回原因"`
}

func (h *Handler) rejectRebind(ctx context.Context, v access.Viewer, in *rejectionInput) (account.RebindView, error) {
	return h.s.Account.Reject(ctx, v, in.ID, in.Note)
}

type rolesInput struct {
	OrgID int64 `query:"org_id" validate:"min=0" label:"组织"`
	page
}

func (h *Handler) roles(ctx context.Context, v access.Viewer, in *rolesInput) (list[account.GrantView], error) {
	offset, limit := in.rows(100)
	return paged(h.s.Account.Roles(ctx, v, in.OrgID, offset, limit))
}

func (h *Handler) grantRole(ctx context.Context, v access.Viewer, in *account.GrantInput) (account.GrantView, error) {
	return h.s.Account.Grant(ctx, v, *in)
}

func (h *Handler) revokeRole(ctx context.Context, v access.Viewer, in *byID) (empty, error) {
	return empty{}, h.s.Account.Revoke(ctx, v, in.ID)
}
