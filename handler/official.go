package handler

import (
	"context"

	"hongyun/service/access"
	"hongyun/service/official"
)

func (h *Handler) departments(ctx context.Context, v access.Viewer, _ *empty) (list[official.DepartmentView], error) {
	return items(h.s.Official.Departments(ctx, v))
}

func (h *Handler) addDepartment(ctx context.Context, v access.Viewer, in *official.DepartmentInput) (official.DepartmentView, error) {
	return h.s.Official.AddDepartment(ctx, v, *in)
}

func (h *Handler) officialAccounts(ctx context.Context, v access.Viewer, _ *empty) (list[official.AccountView], error) {
	return items(h.s.Official.List(ctx, v))
}

func (h *Handler) addOfficialAccount(ctx context.Context, v access.Viewer, in *official.AccountInput) (official.AccountView, error) {
	return h.s.Official.Add(ctx, v, *in)
}

type officialAccountChange struct {
	byID
	official.AccountInput
}

func (h *Handler) updateOfficialAccount(ctx context.Context, v access.Viewer, in *officialAccountChange) (official.AccountView, error) {
	return h.s.Official.Update(ctx, v, in.ID, in.AccountInput)
}
