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

func (h *Handler) enterMember(ctx context.Context, v access.Viewer, in *member.NewInput) (member.Detail, error) {
	return h.s.Member.Enter(ctx, v, *in)
}

func (h *Handler) member(ctx context.Context, v access.Viewer, in *byID) (member.Detail, error) {
	return h.s.Member.Member(ctx, v, in.ID)
}

type memberEdit struct {
	byID
	member.EditInput
}

func (h *Handler) editMember(ctx context.Context, v access.Viewer, in *memberEdit) (member.Detail, error) {
	return h.s.Member.Edit(ctx, v, in.ID, in.EditInput)
}

type memberChangesInput struct {
	byID
	page
}

func (h *Handler) memberChanges(ctx context.Context, v access.Viewer, in *memberChangesInput) (list[member.Change], error) {
	offset, limit := in.rows(50)
	return paged(h.s.Member.Changes(ctx, v, in.ID, offset, limit))
}

type identityReading struct {
	byID
	member.IdentityInput
}

func (h *Handler) readIdentity(ctx context.Context, v access.Viewer, in *identityReading) (member.Identity, error) {
	return h.s.Member.ReadIdentity(ctx, v, in.ID, in.IdentityInput)
}

func (h *Handler) dataAccess(ctx context.Context, v access.Viewer, in *page) (list[member.Access], error) {
	offset, limit := in.rows(50)
	return paged(h.s.Member.DataAccess(ctx, v, offset, limit))
}

type qualityInput struct {
	OrgID int64  `query:"org_id" validate:"min=0" label:"组织"`
	Code  string `query:"code" validate:"max=30" label:"数据问题"`
	page
}

func (h *Handler) memberQuality(ctx context.Context, v access.Viewer, in *qualityInput) (list[member.Flawed], error) {
	offset, limit := in.rows(50)
	return paged(h.s.Member.Quality(ctx, v, member.Filter{OrgID: in.OrgID, Quality: in.Code}, offset, limit))
}

type qualitySummaryInput struct {
	OrgID int64 `query:"org_id" validate:"min=0" label:"组织"`
}

func (h *Handler) memberQualitySummary(ctx context.Context, v access.Viewer, in *qualitySummaryInput) (member.QualitySummary, error) {
	return h.s.Member.QualitySummary(ctx, v, in.OrgID)
}
