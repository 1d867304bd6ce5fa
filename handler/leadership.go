package handler

import (
	"context"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/org"
)

func (h *Handler) leadership(ctx context.Context, v access.Viewer, in *byID) (org.Leadership, error) {
	return h.s.Org.Leadership(ctx, v, in.ID)
}

type termInput struct {
	byID
	org.TermInput
}

func (h *Handler) recordTerm(ctx context.Context, v access.Viewer, in *termInput) (org.Leadership, error) {
	return h.s.Org.RecordTerm(ctx, v, in.ID, in.TermInput)
}

type postponementInput struct {
	byID
	org.PostponementInput
}

func (h *Handler) postponeTerm(ctx context.Context, v access.Viewer, in *postponementInput) (org.Leadership, error) {
	return h.s.Org.Postpone(ctx, v, in.ID, in.PostponementInput)
}

type postInput struct {
	byID
	org.PostInput
}

func (h *Handler) addPost(ctx context.Context, v access.Viewer, in *postInput) (org.Leadership, error) {
	return h.s.Org.AddPost(ctx, v, in.ID, in.PostInput)
}

type endPostInput struct {
	byID
	org.EndInput
}

func (h *Handler) endPost(ctx context.Context, v access.Viewer, in *endPostInput) (org.Leadership, error) {
	return h.s.Org.EndPost(ctx, v, in.ID, in.EndInput)
}

type orgWarningsInput struct {
	org.WarningFilter
	page
}

func (h *Handler) orgWarnings(ctx context.Context, v access.Viewer, in *orgWarningsInput) (list[org.Warning], error) {
	offset, limit := in.rows(100)
	return paged(h.s.Org.Warnings(ctx, v, in.WarningFilter, offset, limit))
}

type warningSummaryInput struct {
	OrgID int64 `query:"org_id" validate:"required,min=1" label:"组织"`
}

func (h *Handler) orgWarningSummary(ctx context.Context, v access.Viewer, in *warningSummaryInput) (org.WarningSummary, error) {
	return h.s.Org.WarningSummary(ctx, v, in.OrgID)
}

func (h *Handler) vacancies(ctx context.Context, v access.Viewer, in *page) (list[org.Vacancy], error) {
	offset, limit := in.rows(100)
	return paged(h.s.Org.Vacancies(ctx, v, offset, limit))
}

type progressInput struct {
	byID
	Month model.Month `query:"month" validate:"omitempty,month" label:"月份"`
}

func (h *Handler) progress(ctx context.Context, v access.Viewer, in *progressInput) (org.Progress, error) {
	return h.s.Org.Progress(ctx, v, in.ID, in.Month)
}

type lateInput struct {
	byID
	org.WorkFilter
	page
}

func (h *Handler) lateWork(ctx context.Context, v access.Viewer, in *lateInput) (list[org.Work], error) {
	offset, limit := in.rows(100)
	return paged(h.s.Org.Work(ctx, v, in.ID, in.WorkFilter, org.WorkLate, offset, limit))
}

type workInput struct {
	lateInput
	State string `query:"state" validate:"omitempty,oneof=due done open late" label:"状态"` // empty: due
}

func (h *Handler) work(ctx context.Context, v access.Viewer, in *workInput) (list[org.Work], error) {
	offset, limit := in.rows(100)
	return paged(h.s.Org.Work(ctx, v, in.ID, in.WorkFilter, in.State, offset, limit))
}
