package handler

import (
	"context"

	"hongyun/service/access"
	"hongyun/service/standard"
)

func (h *Handler) checklists(ctx context.Context, _ access.Viewer, _ *empty) (list[standard.ChecklistView], error) {
	return items(h.s.Standard.Checklists(ctx))
}

func (h *Handler) draftChecklist(ctx context.Context, v access.Viewer, in *standard.ChecklistInput) (standard.ChecklistView, error) {
	return h.s.Standard.Draft(ctx, v, *in)
}

type checklistChange struct {
	byID
	standard.ChecklistInput
}

func (h *Handler) editChecklist(ctx context.Context, v access.Viewer, in *checklistChange) (standard.ChecklistView, error) {
	return h.s.Standard.EditDraft(ctx, v, in.ID, in.ChecklistInput)
}

func (h *Handler) publishChecklist(ctx context.Context, v access.Viewer, in *byID) (standard.ChecklistView, error) {
	return h.s.Standard.Publish(ctx, v, in.ID)
}

func (h *Handler) standardBoard(ctx context.Context, v access.Viewer, in *byID) (standard.Board, error) {
	return h.s.Standard.Board(ctx, v, in.ID)
}

func (h *Handler) standardProgress(ctx context.Context, v access.Viewer, in *byID) (standard.Progress, error) {
	return h.s.Standard.Progress(ctx, v, in.ID)
}

// standardItem names an item of an organisation's checklist.
type standardItem struct {
	byID
	ItemID int64 `path:"item_id" validate:"min=1" label:"清单项目"`
}

type standardSubmission struct {
	standardItem
	standard.SubmitInput
}

func (h *Handler) submitStandard(ctx context.Context, v access.Viewer, in *standardSubmission) (standard.Entry, error) {
	return h.s.Standard.Submit(ctx, v, in.ID, in.ItemID, in.SubmitInput)
}

type standardPhoto struct {
	standardItem
	Moment string `query:"moment" validate:"required,oneof=BEFORE AFTER" label:"拍摄时机"` // before or after the work
	File   upload `formData:"file"`
}

func (h *Handler) addStandardPhoto(ctx context.Context, v access.Viewer, in *standardPhoto) (standard.Entry, error) {
	return h.s.Standard.AddPhoto(ctx, v, in.ID, in.ItemID, in.Moment, in.File.Name, in.File.Body)
}

type standardPhotoID struct {
	standardItem
	FileID int64 `path:"file_id" validate:"min=1" label:"照片"`
}

func (h *Handler) removeStandardPhoto(ctx context.Context, v access.Viewer, in *standardPhotoID) (standard.Entry, error) {
	return h.s.Standard.RemovePhoto(ctx, v, in.ID, in.ItemID, in.FileID)
}

type standardItemsInput struct {
	standard.Filter
	page
}

func (h *Handler) standardItems(ctx context.Context, v access.Viewer, in *standardItemsInput) (list[standard.Line], error) {
	offset, limit := in.rows(50)
	return paged(h.s.Standard.Lines(ctx, v, in.Filter, offset, limit))
}

type standardReview struct {
	byID
	standard.ReviewInput
}

func (h *Handler) reviewStandard(ctx context.Context, v access.Viewer, in *standardReview) (standard.Entry, error) {
	return h.s.Standard.Review(ctx, v, in.ID, in.ReviewInput)
}

type galleryInput struct {
	Before int64 `query:"before" validate:"min=0" label:"起始编号"`
	Limit  int   `query:"limit" validate:"min=0,max=100" label:"条数"`
}

func (h *Handler) gallery(ctx context.Context, _ access.Viewer, in *galleryInput) (list[standard.Picture], error) {
	limit := in.Limit
	if limit == 0 {
		limit = 20
	}
	return items(h.s.Standard.Gallery(ctx, in.Before, limit))
}
