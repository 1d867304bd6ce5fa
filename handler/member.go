package handler

import (
	"context"

	"hongyun/service/access"
	"hongyun/service/member"
)

type membersInput struct {
	member.Filter
	page
}

func (h *Handler) members(ctx context.Context, v access.Viewer, in *membersInput) (list[member.View], error) {
	offset, limit := in.rows(50)
	return paged(h.s.Member.Members(ctx, v, in.Filter, offset, limit))
}

func (h *Handler) member(ctx context.Context, v access.Viewer, in *byID) (member.Detail, error) {
	return h.s.Member.Member(ctx, v, in.ID)
}
