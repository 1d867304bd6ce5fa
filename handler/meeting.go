package handler

import (
	"context"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/meeting"
)

type themeDaysInput struct {
	meeting.Filter
	page
}

func (h *Handler) themeDays(ctx context.Context, v access.Viewer, in *themeDaysInput) (list[meeting.Summary], error) {
	offset, limit := in.rows(1000)
	return paged(h.s.Meeting.ThemeDays(ctx, v, in.Filter, offset, limit))
}

func (h *Handler) createThemeDay(ctx context.Context, v access.Viewer, in *meeting.NewInput) (meeting.View, error) {
	return h.s.Meeting.Create(ctx, v, *in)
}

func (h *Handler) themeDay(ctx context.Context, v access.Viewer, in *byID) (meeting.View, error) {
	return h.s.Meeting.ThemeDay(ctx, v, in.ID)
}

type themeDayChange struct {
	byID
	meeting.Input
}

func (h *Handler) editThemeDay(ctx context.Context, v access.Viewer, in *themeDayChange) (meeting.View, error) {
	return h.s.Meeting.Edit(ctx, v, in.ID, in.Input)
}

type themeDayPhoto struct {
	byID
	File upload `formData:"file"`
}

func (h *Handler) addThemeDayPhoto(ctx context.Context, v access.Viewer, in *themeDayPhoto) (meeting.View, error) {
	return h.s.Meeting.AddPhoto(ctx, v, in.ID, in.File.Name, in.File.Body)
}

type themeDayPhotoID struct {
	byID
	FileID int64 `path:"file_id" validate:"min=1" label:"照片"`
}

func (h *Handler) removeThemeDayPhoto(ctx context.Context, v access.Viewer, in *themeDayPhotoID) (meeting.View, error) {
	return h.s.Meeting.RemovePhoto(ctx, v, in.ID, in.FileID)
}

type themeDayAttendance struct {
	byID
	Attendance []meeting.AttendanceInput `json:"attendance" validate:"required,max=2000,dive" label:"参会人员"`
}

func (h *Handler) setThemeDayAttendance(ctx context.Context, v access.Viewer, in *themeDayAttendance) (meeting.View, error) {
	return h.s.Meeting.SetAttendance(ctx, v, in.ID, in.Attendance)
}

func (h *Handler) completeThemeDay(ctx context.Context, v access.Viewer, in *byID) (meeting.View, error) {
	return h.s.Meeting.Complete(ctx, v, in.ID)
}

type themeDayCancellation struct {
	byID
	meeting.CancelInput
}

func (h *Handler) cancelThemeDay(ctx context.Context, v access.Viewer, in *themeDayCancellation) (meeting.View, error) {
	return h.s.Meeting.Cancel(ctx, v, in.ID, in.CancelInput)
}

// byMonth is the input of a route about one month.
type byMonth struct {
	Month model.Month `query:"month" validate:"required,month" label:"月份"`
}

func (h *Handler) themeDayStatistics(ctx context.Context, v access.Viewer, in *byMonth) (meeting.Statistics, error) {
	return h.s.Meeting.Statistics(ctx, v, in.Month)
}

func (h *Handler) themeDayWarnings(ctx context.Context, v access.Viewer, in *byMonth) (list[meeting.Warning], error) {
	return items(h.s.Meeting.Warnings(ctx, v, in.Month))
}
