package handler

import (
	"context"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/calendar"
)

type deadlineInput struct {
	From        model.Date `query:"from" validate:"required,date" label:"起始日期"`
	WorkingDays *int       `query:"working_days" validate:"required" label:"工作日数"`
}

func (h *Handler) deadline(ctx context.Context, _ access.Viewer, in *deadlineInput) (calendar.Deadline, error) {
	return h.s.Calendar.DeadlineAfter(ctx, in.From, *in.WorkingDays)
}

type yearInput struct {
	Year int `query:"year" validate:"required,min=1900,max=2199" label:"年份"`
}

func (h *Handler) workdays(ctx context.Context, _ access.Viewer, in *yearInput) (calendar.Year, error) {
	return h.s.Calendar.Overrides(ctx, in.Year)
}

type workdayInput struct {
	byDate
	Kind        string `json:"kind" validate:"required,oneof=OFF WORK" label:"类型"`
	Name        string `json:"name" validate:"required,max=50,text" label:"名称"`
	NoticeNo    string `json:"notice_no" validate:"max=50" label:"通知文号"`
	Provisional bool   `json:"provisional" label:"暂定"`
}

// byDate is the input of a route about one day.
type byDate struct {
	Date model.Date `path:"date" validate:"required,date" label:"日期"`
}

func (h *Handler) setWorkday(ctx context.Context, v access.Viewer, in *workdayInput) (calendar.Override, error) {
	o := calendar.Override{Date: in.Date, Kind: in.Kind, Name: in.Name, NoticeNo: in.NoticeNo, Provisional: in.Provisional}
	return o, h.s.Calendar.SetOverride(ctx, v, o)
}

func (h *Handler) removeWorkday(ctx context.Context, v access.Viewer, in *byDate) (empty, error) {
	return empty{}, h.s.Calendar.RemoveOverride(ctx, v, in.Date)
}
