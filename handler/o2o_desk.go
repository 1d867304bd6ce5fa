package handler

import (
	"context"

	"hongyun/service/access"
	"hongyun/service/o2o"
)

func (h *Handler) requestSummary(ctx context.Context, v access.Viewer, _ *empty) (o2o.Summary, error) {
	return h.s.O2O.Summarise(ctx, v)
}

func (h *Handler) writeRequestDown(ctx context.Context, v access.Viewer, in *newRequest) (o2o.Detail, error) {
	return h.s.O2O.WriteDown(ctx, v, in.SubmitInput, in.Key)
}

func (h *Handler) solveRequest(ctx context.Context, v access.Viewer, in *requestNote) (o2o.Detail, error) {
	return h.s.O2O.Solve(ctx, v, in.ID, in.Note)
}

func (h *Handler) returnRequest(ctx context.Context, v access.Viewer, in *requestNote) (o2o.Outcome, error) {
	return h.s.O2O.Return(ctx, v, in.ID, in.Note)
}

func (h *Handler) assignRequest(ctx context.Context, v access.Viewer, in *requestReferral) (o2o.Detail, error) {
	return h.s.O2O.Assign(ctx, v, in.ID, in.DepartmentID, in.Note)
}

func (h *Handler) reworkRequest(ctx context.Context, v access.Viewer, in *requestNote) (o2o.Detail, error) {
	return h.s.O2O.Rework(ctx, v, in.ID, in.Note)
}

func (h *Handler) sendRequestBack(ctx context.Context, v access.Viewer, in *requestNote) (o2o.Detail, error) {
	return h.s.O2O.SendBack(ctx, v, in.ID, in.Note)
}

type requestClassification struct {
	byID
	o2o.Classification
}

func (h *Handler) classifyRequest(ctx context.Context, v access.Viewer, in *requestClassification) (o2o.Detail, error) {
	return h.s.O2O.Classify(ctx, v, in.ID, in.Classification)
}

type requestMerger struct {
	requestNote
	Into int64 `json:"into" validate:"min=1" label:"主诉求"`
}

func (h *Handler) mergeRequest(ctx context.Context, v access.Viewer, in *requestMerger) (o2o.Detail, error) {
	return h.s.O2O.Merge(ctx, v, in.ID, in.Into, in.Note)
}

func (h *Handler) converseRequest(ctx context.Context, v access.Viewer, in *requestNote) (o2o.Detail, error) {
	return h.s.O2O.Converse(ctx, v, in.ID, in.Note)
}

func (h *Handler) requestDuplicates(ctx context.Context, v access.Viewer, in *byID) (list[o2o.Candidate], error) {
	return items(h.s.O2O.Duplicates(ctx, v, in.ID))
}

func (h *Handler) requestDrafts(ctx context.Context, v access.Viewer, in *byID) (list[o2o.Draft], error) {
	return items(h.s.O2O.Drafts(ctx, v, in.ID))
}

type requestHelp struct {
	byID
	o2o.HelpInput
}

func (h *Handler) askRequestHelp(ctx context.Context, v access.Viewer, in *requestHelp) (o2o.Detail, error) {
	return h.s.O2O.AskHelp(ctx, v, in.ID, in.HelpInput)
}

type requestHelper struct {
	byID
	DepartmentID int64 `path:"department_id" json:"-" validate:"min=1" label:"协办单位"`
}

type requestHelpResult struct {
	requestHelper
	Result string `json:"result" validate:"required,text,max=1000" label:"协办结果"`
}

func (h *Handler) finishRequestHelp(ctx context.Context, v access.Viewer, in *requestHelpResult) (o2o.Detail, error) {
	return h.s.O2O.HelpDone(ctx, v, in.ID, in.DepartmentID, in.Result)
}

type requestHelpEnd struct {
	requestHelper
	Note string `json:"note" validate:"max=1000" label:"说明"`
}

func (h *Handler) cancelRequestHelp(ctx context.Context, v access.Viewer, in *requestHelpEnd) (o2o.Detail, error) {
	return h.s.O2O.CancelHelp(ctx, v, in.ID, in.DepartmentID, in.Note)
}
