package handler

import (
	"context"

	"hongyun/service/access"
	"hongyun/service/rule"
)

type rulesInput struct {
	Family string `query:"family" validate:"omitempty,oneof=org member development sheet dues o2o" label:"规则类别"`
}

func (h *Handler) rules(ctx context.Context, _ access.Viewer, in *rulesInput) (list[rule.View], error) {
	return items(h.s.Rules.Values(ctx, in.Family))
}

func (h *Handler) setRule(ctx context.Context, v access.Viewer, in *rule.Input) (rule.View, error) {
	return h.s.Rules.SetValue(ctx, v, *in)
}

type lookupInput struct {
	List string `query:"list" validate:"required,oneof=ethnic_group education degree occupation org_kind org_post dues_category dues_use request_topic pause_reason decline_reason service_skill" label:"代码表"`
}

func (h *Handler) lookup(ctx context.Context, _ access.Viewer, in *lookupInput) (list[rule.LookupView], error) {
	return items(h.s.Rules.Lookup(ctx, in.List))
}
