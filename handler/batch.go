package handler

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime"

	"github.com/gofiber/fiber/v2"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/batch"
	"hongyun/service/file"
)

// workbook is an Excel file that a browser saves and never keeps elsewhere: it may hold identity numbers.
type workbook struct {
	name    string
	content io.ReadCloser
	bytes   int64
}

// respond sends it. The server closes the content.
func (w workbook) respond(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, file.ExcelMIME)
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": w.name}))
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.SendStream(w.content, int(w.bytes))
}

func saved(f model.File, content io.ReadCloser, err error) (workbook, error) {
	return workbook{f.Name, content, f.Bytes}, err
}

type templateInput struct {
	Kind string `query:"kind" validate:"required,max=30" label:"导入类型"`
}

func (h *Handler) importTemplate(ctx context.Context, _ access.Viewer, in *templateInput) (workbook, error) {
	var b bytes.Buffer
	title, err := h.s.Batch.Template(ctx, in.Kind, &b)
	return workbook{title + "-导入模板.xlsx", io.NopCloser(&b), int64(b.Len())}, err
}

// uploadInput says in the address what the file is: a form that is cut off then names it still.
type uploadInput struct {
	Kind  string `query:"kind" validate:"required,max=30" label:"导入类型"`
	OrgID int64  `query:"org_id" validate:"required,min=1" label:"导入到的组织"`
	File  upload `formData:"file"`
}

func (h *Handler) uploadImport(ctx context.Context, v access.Viewer, in *uploadInput) (batch.ImportView, error) {
	return h.s.Batch.Upload(ctx, v, in.Kind, in.OrgID, in.File.Name, in.File.Body)
}

func (h *Handler) imports(ctx context.Context, v access.Viewer, in *page) (list[batch.ImportView], error) {
	offset, limit := in.rows(20)
	return paged(h.s.Batch.Imports(ctx, v, offset, limit))
}

func (h *Handler) importBatch(ctx context.Context, v access.Viewer, in *byID) (batch.ImportDetail, error) {
	return h.s.Batch.Import(ctx, v, in.ID)
}

type pageOf struct {
	byID
	page
}

func (h *Handler) importErrors(ctx context.Context, v access.Viewer, in *pageOf) (list[batch.RowError], error) {
	offset, limit := in.rows(50)
	return paged(h.s.Batch.ImportErrors(ctx, v, in.ID, offset, limit))
}

func (h *Handler) importResult(ctx context.Context, v access.Viewer, in *byID) (workbook, error) {
	return saved(h.s.Batch.ResultFile(ctx, v, in.ID))
}

func (h *Handler) importSource(ctx context.Context, v access.Viewer, in *byID) (workbook, error) {
	return saved(h.s.Batch.SourceFile(ctx, v, in.ID))
}

type startImportInput struct {
	byID
	SkipBad bool `json:"skip_bad" label:"只导入正确的行"`
}

func (h *Handler) startImport(ctx context.Context, v access.Viewer, in *startImportInput) (batch.ImportView, error) {
	return h.s.Batch.StartImport(ctx, v, in.ID, in.SkipBad)
}

func (h *Handler) undoImport(ctx context.Context, v access.Viewer, in *byID) (batch.ImportView, error) {
	return h.s.Batch.UndoImport(ctx, v, in.ID)
}

type exportInput struct {
	Kind     string         `json:"kind" validate:"required,max=30" label:"导出类型"`
	Filter   map[string]any `json:"filter" label:"筛选条件"` // the names and values of the list's query
	Reason   string         `json:"reason" validate:"required,text,max=200" label:"导出用途"`
	Identity bool           `json:"identity" label:"含完整身份证号"`
}

func (h *Handler) requestExport(ctx context.Context, v access.Viewer, in *exportInput) (batch.ExportView, error) {
	if in.Filter == nil {
		in.Filter = map[string]any{}
	}
	filter, err := json.Marshal(in.Filter)
	if err != nil {
		return batch.ExportView{}, err
	}
	return h.s.Batch.RequestExport(ctx, v, batch.Wish{Kind: in.Kind, Filter: filter, Reason: in.Reason, Identity: in.Identity})
}

func (h *Handler) exports(ctx context.Context, v access.Viewer, in *page) (list[batch.ExportView], error) {
	offset, limit := in.rows(20)
	return paged(h.s.Batch.Exports(ctx, v, offset, limit))
}

type approveExportInput struct {
	byID
	Note string `json:"note" validate:"max=200" label:"审批意见"`
}

func (h *Handler) approveExport(ctx context.Context, v access.Viewer, in *approveExportInput) (batch.ExportView, error) {
	return h.s.Batch.ApproveExport(ctx, v, in.ID, in.Note)
}

type rejectExportInput struct {
	byID
	Note string `json:"note" validate:"required,text,max=200" label:"驳回原因"`
}

func (h *Handler) rejectExport(ctx context.Context, v access.Viewer, in *rejectExportInput) (batch.ExportView, error) {
	return h.s.Batch.RejectExport(ctx, v, in.ID, in.Note)
}

func (h *Handler) exportFile(ctx context.Context, v access.Viewer, in *byID) (workbook, error) {
	return saved(h.s.Batch.ExportFile(ctx, v, in.ID))
}
