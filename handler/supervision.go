package handler

import (
	"context"

	"hongyun/service/access"
	"hongyun/service/supervision"
)

type warningsInput struct {
	supervision.WarningFilter
	page
}

func (h *Handler) requestWarnings(ctx context.Context, v access.Viewer, in *warningsInput) (list[supervision.Warning], error) {
	offset, limit := in.rows(50)
	return paged(h.s.Supervision.Warnings(ctx, v, in.WarningFilter, offset, limit))
}

type revisitsInput struct {
	supervision.RevisitFilter
	page
}

func (h *Handler) revisits(ctx context.Context, v access.Viewer, in *revisitsInput) (list[supervision.Revisit], error) {
	offset, limit := in.rows(50)
	return paged(h.s.Supervision.Revisits(ctx, v, in.RevisitFilter, offset, limit))
}

func (h *Handler) revisitCoverage(ctx context.Context, v access.Viewer, in *supervision.CoverageFilter) (list[supervision.Coverage], error) {
	return items(h.s.Supervision.RevisitCoverage(ctx, v, *in))
}

type revisitResult struct {
	byID
	supervision.ResultInput
}

func (h *Handler) recordRevisit(ctx context.Context, v access.Viewer, in *revisitResult) (supervision.ResultView, error) {
	return h.s.Supervision.RecordResult(ctx, v, in.ID, in.ResultInput)
}

type accountabilitiesInput struct {
	supervision.AccountabilityFilter
	page
}

func (h *Handler) accountabilities(ctx context.Context, v access.Viewer, in *accountabilitiesInput) (list[supervision.Accountability], error) {
	offset, limit := in.rows(50)
	return paged(h.s.Supervision.Accountabilities(ctx, v, in.AccountabilityFilter, offset, limit))
}

func (h *Handler) accountability(ctx context.Context, v access.Viewer, in *byID) (supervision.AccountabilityDetail, error) {
	return h.s.Supervision.AccountabilityOf(ctx, v, in.ID)
}

func (h *Handler) proposeAccountability(ctx context.Context, v access.Viewer, in *supervision.ProposeInput) (supervision.AccountabilityDetail, error) {
	return h.s.Supervision.Propose(ctx, v, *in)
}

type accountabilityDecision struct {
	byID
	supervision.DecideInput
}

func (h *Handler) decideAccountability(ctx context.Context, v access.Viewer, in *accountabilityDecision) (supervision.AccountabilityDetail, error) {
	return h.s.Supervision.Decide(ctx, v, in.ID, in.DecideInput)
}

// supervisionNo says why something is dismissed or refused.
type supervisionNo struct {
	byID
	supervision.DismissInput
}

func (h *Handler) dismissAccountability(ctx context.Context, v access.Viewer, in *supervisionNo) (supervision.AccountabilityDetail, error) {
	return h.s.Supervision.Dismiss(ctx, v, in.ID, in.DismissInput)
}

type exclusionsInput struct {
	supervision.ExclusionFilter
	page
}

func (h *Handler) exclusions(ctx context.Context, v access.Viewer, in *exclusionsInput) (list[supervision.Exclusion], error) {
	offset, limit := in.rows(50)
	return paged(h.s.Supervision.Exclusions(ctx, v, in.ExclusionFilter, offset, limit))
}

type exclusionReason struct {
	byID
	supervision.ReasonInput
}

func (h *Handler) proposeExclusion(ctx context.Context, v access.Viewer, in *exclusionReason) (supervision.Exclusion, error) {
	return h.s.Supervision.ProposeExclusion(ctx, v, in.ID, in.ReasonInput)
}

// supervisionYes confirms something, and may say why.
type supervisionYes struct {
	byID
	supervision.NoteInput
}

func (h *Handler) confirmExclusion(ctx context.Context, v access.Viewer, in *supervisionYes) (supervision.Exclusion, error) {
	return h.s.Supervision.ConfirmExclusion(ctx, v, in.ID, in.NoteInput)
}

func (h *Handler) refuseExclusion(ctx context.Context, v access.Viewer, in *supervisionNo) (supervision.Exclusion, error) {
	return h.s.Supervision.RefuseExclusion(ctx, v, in.ID, in.DismissInput)
}

type marksInput struct {
	supervision.MarkFilter
	page
}

func (h *Handler) unitMarks(ctx context.Context, v access.Viewer, in *marksInput) (list[supervision.Mark], error) {
	offset, limit := in.rows(50)
	return paged(h.s.Supervision.Marks(ctx, v, in.MarkFilter, offset, limit))
}

func (h *Handler) recordUnitMark(ctx context.Context, v access.Viewer, in *supervision.MarkInput) (supervision.Mark, error) {
	return h.s.Supervision.RecordMark(ctx, v, *in)
}

func (h *Handler) confirmUnitMark(ctx context.Context, v access.Viewer, in *supervisionYes) (supervision.Mark, error) {
	return h.s.Supervision.ConfirmMark(ctx, v, in.ID, in.NoteInput)
}

func (h *Handler) refuseUnitMark(ctx context.Context, v access.Viewer, in *supervisionNo) (supervision.Mark, error) {
	return h.s.Supervision.RefuseMark(ctx, v, in.ID, in.DismissInput)
}

func (h *Handler) unitScores(ctx context.Context, v access.Viewer, in *supervision.ScoreFilter) (supervision.ScoreSheet, error) {
	return h.s.Supervision.Scores(ctx, v, *in)
}

type scoreLinesInput struct {
	supervision.LineFilter
	page
}

func (h *Handler) scoreLines(ctx context.Context, v access.Viewer, in *scoreLinesInput) (list[supervision.ScoreLine], error) {
	offset, limit := in.rows(50)
	return paged(h.s.Supervision.ScoreLines(ctx, v, in.LineFilter, offset, limit))
}

func (h *Handler) staffScores(ctx context.Context, v access.Viewer, in *supervision.ScoreFilter) (list[supervision.StaffScore], error) {
	return items(h.s.Supervision.StaffScores(ctx, v, *in))
}
