package handler

import (
	"context"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/notify"
)

// feedInput is the part of a feed that is asked for.
type feedInput struct {
	Before int64 `query:"before" validate:"min=0" label:"起点"`
	Limit  int   `query:"limit" validate:"min=0,max=200" label:"条数"`
}

func (h *Handler) inbox(ctx context.Context, v access.Viewer, in *feedInput) (notify.Feed, error) {
	return h.s.Notify.Inbox(ctx, v, in.Before, in.Limit)
}

func (h *Handler) markRead(ctx context.Context, v access.Viewer, in *byID) (empty, error) {
	return empty{}, h.s.Notify.MarkRead(ctx, v, in.ID)
}

func (h *Handler) subscriptions(ctx context.Context, v access.Viewer, _ *empty) (list[notify.CreditView], error) {
	return items(h.s.Notify.Credits(ctx, v))
}

type deliveriesInput struct {
	feedInput
	State  string      `query:"state" validate:"omitempty,oneof=pending claimed sending sent unknown failed unreachable" label:"状态"`
	Kind   string      `query:"kind" validate:"max=100" label:"消息种类"`
	Period string      `query:"period" validate:"max=100" label:"时段"`
	Month  model.Month `query:"month" validate:"omitempty,month" label:"月份"`
}

func (h *Handler) deliveries(ctx context.Context, v access.Viewer, in *deliveriesInput) (notify.DeliveryPage, error) {
	return h.s.Notify.Deliveries(ctx, v, notify.DeliveryFilter{State: in.State, Kind: in.Kind, Period: in.Period, Month: in.Month,
		Before: in.Before, Limit: in.Limit})
}

func (h *Handler) messageTemplates(ctx context.Context, v access.Viewer, _ *empty) (notify.TemplateList, error) {
	return h.s.Notify.Templates(ctx, v)
}

func (h *Handler) setMessageTemplate(ctx context.Context, v access.Viewer, in *notify.TemplateInput) (notify.TemplateView, error) {
	return h.s.Notify.SetTemplate(ctx, v, *in)
}
