package handler

import (
	"context"

	"hongyun/service/access"
	"hongyun/service/dues"
)

func (h *Handler) assessments(ctx context.Context, v access.Viewer, in *byID) (list[dues.Assessment], error) {
	return items(h.s.Dues.Assessments(ctx, v, in.ID))
}

func (h *Handler) myAssessments(ctx context.Context, v access.Viewer, _ *empty) (list[dues.Assessment], error) {
	return items(h.s.Dues.Assessments(ctx, v, v.MemberID))
}

type newAssessment struct {
	byID
	dues.AssessInput
}

func (h *Handler) assess(ctx context.Context, v access.Viewer, in *newAssessment) (dues.Assessment, error) {
	return h.s.Dues.Assess(ctx, v, in.ID, in.AssessInput)
}

type assessmentPreview struct {
	MemberID int64 `json:"member_id" validate:"min=1" label:"党员"`
	dues.AssessInput
}

func (h *Handler) previewAssessment(ctx context.Context, v access.Viewer, in *assessmentPreview) (dues.Preview, error) {
	return h.s.Dues.Preview(ctx, v, in.MemberID, in.AssessInput)
}

type unassessedInput struct {
	dues.UnassessedFilter
	page
}

func (h *Handler) unassessed(ctx context.Context, v access.Viewer, in *unassessedInput) (list[dues.Unassessed], error) {
	offset, limit := in.rows(100)
	return paged(h.s.Dues.Unassessed(ctx, v, in.UnassessedFilter, offset, limit))
}

func (h *Handler) duesSettings(ctx context.Context, v access.Viewer, in *byID) (dues.Settings, error) {
	return h.s.Dues.SettingsAt(ctx, v, in.ID)
}

type duesSettingsChange struct {
	byID
	dues.SettingsInput
}

func (h *Handler) setDuesSettings(ctx context.Context, v access.Viewer, in *duesSettingsChange) (dues.Settings, error) {
	return h.s.Dues.Set(ctx, v, in.ID, in.SettingsInput)
}

func (h *Handler) duesItems(ctx context.Context, v access.Viewer, in *byID) (list[dues.BaseItem], error) {
	return items(h.s.Dues.BaseItems(ctx, v, in.ID))
}

type duesItemsChange struct {
	byID
	dues.ChoicesInput
}

func (h *Handler) setDuesItems(ctx context.Context, v access.Viewer, in *duesItemsChange) (list[dues.BaseItem], error) {
	return items(h.s.Dues.Choose(ctx, v, in.ID, in.ChoicesInput))
}

type newRelief struct {
	byID
	dues.ReliefInput
}

func (h *Handler) requestRelief(ctx context.Context, v access.Viewer, in *newRelief) (dues.Relief, error) {
	return h.s.Dues.RequestRelief(ctx, v, in.ID, in.ReliefInput)
}

type reliefsInput struct {
	dues.ReliefFilter
	page
}

func (h *Handler) reliefs(ctx context.Context, v access.Viewer, in *reliefsInput) (list[dues.Relief], error) {
	offset, limit := in.rows(100)
	return paged(h.s.Dues.Reliefs(ctx, v, in.ReliefFilter, offset, limit))
}

type reliefDecision struct {
	byID
	dues.DecisionInput
}

func (h *Handler) approveRelief(ctx context.Context, v access.Viewer, in *reliefDecision) (dues.Relief, error) {
	return h.s.Dues.ApproveRelief(ctx, v, in.ID, in.DecisionInput)
}

type reliefRefusal struct {
	byID
	dues.RefusalInput
}

func (h *Handler) rejectRelief(ctx context.Context, v access.Viewer, in *reliefRefusal) (dues.Relief, error) {
	return h.s.Dues.RejectRelief(ctx, v, in.ID, in.RefusalInput)
}

func (h *Handler) withdrawRelief(ctx context.Context, v access.Viewer, in *byID) (dues.Relief, error) {
	return h.s.Dues.WithdrawRelief(ctx, v, in.ID)
}
