package handler

import (
	"context"

	"hongyun/service/access"
	"hongyun/service/development"
)

type developmentsInput struct {
	development.Filter
	page
}

func (h *Handler) developments(ctx context.Context, v access.Viewer, in *developmentsInput) (list[development.View], error) {
	offset, limit := in.rows(50)
	return paged(h.s.Development.Developments(ctx, v, in.Filter, offset, limit))
}

func (h *Handler) beginDevelopment(ctx context.Context, v access.Viewer, in *development.ApplyInput) (development.Detail, error) {
	return h.s.Development.Begin(ctx, v, *in)
}

func (h *Handler) development(ctx context.Context, v access.Viewer, in *byID) (development.Detail, error) {
	return h.s.Development.Development(ctx, v, in.ID)
}

type developmentEdit struct {
	byID
	development.EditInput
}

func (h *Handler) editDevelopment(ctx context.Context, v access.Viewer, in *developmentEdit) (development.Detail, error) {
	return h.s.Development.Edit(ctx, v, in.ID, in.EditInput)
}

type developmentStep struct {
	byID
	development.StepInput
}

func (h *Handler) takeDevelopmentStep(ctx context.Context, v access.Viewer, in *developmentStep) (development.Detail, error) {
	return h.s.Development.Take(ctx, v, in.ID, in.StepInput)
}

type developmentMove struct {
	byID
	development.MoveInput
}

func (h *Handler) moveDevelopment(ctx context.Context, v access.Viewer, in *developmentMove) (development.Detail, error) {
	return h.s.Development.Move(ctx, v, in.ID, in.MoveInput)
}

// developmentDocument names the paper in the form, beside the file.
type developmentDocument struct {
	byID
	Kind string `formData:"kind" validate:"required,max=50" label:"材料名称"`
	Step string `formData:"step" validate:"max=10" label:"所属步骤"`
	File upload `formData:"file"`
}

func (h *Handler) addDevelopmentDocument(ctx context.Context, v access.Viewer, in *developmentDocument) (development.Detail, error) {
	return h.s.Development.AddDocument(ctx, v, in.ID, in.Step, in.Kind, in.File.Name, in.File.Body)
}

func (h *Handler) myDevelopment(ctx context.Context, v access.Viewer, _ *empty) (development.Mine, error) {
	return h.s.Development.Mine(ctx, v)
}

type guidanceInput struct {
	OrgID int64 `query:"org_id" validate:"min=0" label:"党组织"`
}

func (h *Handler) developmentGuidance(ctx context.Context, v access.Viewer, in *guidanceInput) (development.Guidance, error) {
	return h.s.Development.Guidance(ctx, v, in.OrgID)
}
