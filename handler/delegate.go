package handler

import (
	"context"

	"hongyun/service/access"
	"hongyun/service/member"
)

func (h *Handler) addCongress(ctx context.Context, v access.Viewer, in *member.CongressInput) (member.Congress, error) {
	return h.s.Member.AddCongress(ctx, v, *in)
}

type congressesInput struct {
	OrgID int64 `query:"org_id" validate:"min=0" label:"组织"`
	page
}

func (h *Handler) congresses(ctx context.Context, v access.Viewer, in *congressesInput) (list[member.Congress], error) {
	offset, limit := in.rows(50)
	return paged(h.s.Member.Congresses(ctx, v, in.OrgID, offset, limit))
}

type newDelegate struct {
	byID
	member.DelegateInput
}

func (h *Handler) addDelegate(ctx context.Context, v access.Viewer, in *newDelegate) (member.Delegate, error) {
	return h.s.Member.AddDelegate(ctx, v, in.ID, in.DelegateInput)
}

type congressDelegatesInput struct {
	byID
	Current bool `query:"current"` // those in office alone: the number that stands beside the congress
	page
}

func (h *Handler) congressDelegates(ctx context.Context, v access.Viewer, in *congressDelegatesInput) (list[member.Delegate], error) {
	offset, limit := in.rows(100)
	return paged(h.s.Member.CongressDelegates(ctx, v, in.ID, in.Current, offset, limit))
}

type delegatesInput struct {
	member.DelegateFilter
	page
}

func (h *Handler) delegates(ctx context.Context, v access.Viewer, in *delegatesInput) (list[member.Delegate], error) {
	offset, limit := in.rows(50)
	return paged(h.s.Member.Delegates(ctx, v, in.DelegateFilter, offset, limit))
}

type delegateEnd struct {
	byID
	member.EndDelegateInput
}

func (h *Handler) endDelegate(ctx context.Context, v access.Viewer, in *delegateEnd) (member.Delegate, error) {
	return h.s.Member.EndDelegate(ctx, v, in.ID, in.EndDelegateInput)
}

type newDuty struct {
	byID
	member.DutyInput
}

func (h *Handler) addDuty(ctx context.Context, v access.Viewer, in *newDuty) (member.Duty, error) {
	return h.s.Member.AddDuty(ctx, v, in.ID, in.DutyInput)
}

func (h *Handler) duties(ctx context.Context, v access.Viewer, in *byID) (list[member.Duty], error) {
	return items(h.s.Member.Duties(ctx, v, in.ID))
}
