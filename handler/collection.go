package handler

import (
	"context"

	"hongyun/service/access"
	"hongyun/service/collection"
)

func (h *Handler) collectionTable(ctx context.Context, v access.Viewer, in *collection.TableFilter) (collection.Table, error) {
	return h.s.Collection.Table(ctx, v, *in)
}

type arrearsInput struct {
	collection.ArrearsFilter
	page
}

func (h *Handler) arrears(ctx context.Context, v access.Viewer, in *arrearsInput) (list[collection.Arrears], error) {
	offset, limit := in.rows(100)
	rows, total, err := h.s.Collection.ArrearsList(ctx, v, in.ArrearsFilter, offset, limit)
	return paged(rows, total, err)
}

func (h *Handler) oneArrears(ctx context.Context, v access.Viewer, in *byID) (collection.ArrearsDetail, error) {
	return h.s.Collection.ArrearsOf(ctx, v, in.ID)
}

type arrearsNote struct {
	byID
	collection.NoteInput
}

func (h *Handler) noteArrears(ctx context.Context, v access.Viewer, in *arrearsNote) (collection.ArrearsDetail, error) {
	return h.s.Collection.AddNote(ctx, v, in.ID, in.NoteInput)
}

type arrearsClose struct {
	byID
	collection.CloseInput
}

func (h *Handler) closeArrears(ctx context.Context, v access.Viewer, in *arrearsClose) (collection.ArrearsDetail, error) {
	return h.s.Collection.CloseArrears(ctx, v, in.ID, in.CloseInput)
}

func (h *Handler) duesQuarter(ctx context.Context, v access.Viewer, in *collection.QuarterFilter) (collection.QuarterReport, error) {
	return h.s.Collection.Quarter(ctx, v, *in)
}

func (h *Handler) duesProblems(ctx context.Context, v access.Viewer, in *collection.ProblemFilter) (list[collection.Problem], error) {
	return items(h.s.Collection.Problems(ctx, v, *in))
}
