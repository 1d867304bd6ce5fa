package handler

import (
	"context"

	"hongyun/service/access"
	"hongyun/service/official"
)

func (h *Handler) departments(ctx context.Context, _ access.Viewer, _ *empty) (list[official.DepartmentView], error) {
	return items(h.s.Official.Departments(ctx))
}

func (h *Handler) addDepartment(ctx context.Context, v access.Viewer, in *official.DepartmentInput) (official.DepartmentView, error) {
	return h.s.Official.AddDepartment(ctx, v, *in)
}

type departmentChange struct {
	byID
	official.DepartmentInput
}

func (h *Handler) updateDepartment(ctx context.Context, v access.Viewer, in *departmentChange) (official.DepartmentView, error) {
	return h.s.Official.UpdateDepartment(ctx, v, in.ID, in.DepartmentInput)
}

func (h *Handler) closeDepartment(ctx context.Context, v access.Viewer, in *byID) (empty, error) {
	return empty{}, h.s.Official.CloseDepartment(ctx, v, in.ID)
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

type menuChange struct {
	byID
	official.MenuInput
}

func (h *Handler) setMenu(ctx context.Context, v access.Viewer, in *menuChange) (official.MenuView, error) {
	return h.s.Official.SetMenu(ctx, v, in.ID, in.MenuInput)
}

type authorizationPageInput struct {
	DepartmentID int64 `json:"department_id" validate:"min=1" label:"所属单位"`
}

func (h *Handler) authorizationPage(ctx context.Context, v access.Viewer, in *authorizationPageInput) (official.AuthorizationPage, error) {
	return h.s.Official.AuthorizationPage(ctx, v, in.DepartmentID)
}
