package handler

import (
	"context"

	"hongyun/service/access"
	"hongyun/service/member"
)

func (h *Handler) registerFloatingOut(ctx context.Context, v access.Viewer, in *member.FloatingOut) (member.Floating, error) {
	return h.s.Member.RegisterOut(ctx, v, *in)
}

func (h *Handler) registerFloatingIn(ctx context.Context, v access.Viewer, in *member.FloatingIn) (member.Floating, error) {
	return h.s.Member.RegisterIn(ctx, v, *in)
}

type floatingInput struct {
	member.FloatingFilter
	page
}

func (h *Handler) floatingMembers(ctx context.Context, v access.Viewer, in *floatingInput) (list[member.Floating], error) {
	offset, limit := in.rows(50)
	return paged(h.s.Member.FloatingMembers(ctx, v, in.FloatingFilter, offset, limit))
}

type floatingCountsInput struct {
	OrgID int64 `query:"org_id" validate:"min=0" label:"组织"`
}

func (h *Handler) floatingCounts(ctx context.Context, v access.Viewer, in *floatingCountsInput) (member.FloatingCounts, error) {
	return h.s.Member.CountFloating(ctx, v, in.OrgID)
}

func (h *Handler) floatingMember(ctx context.Context, v access.Viewer, in *byID) (member.Floating, error) {
	return h.s.Member.FloatingMember(ctx, v, in.ID)
}

type floatingReceipt struct {
	byID
	member.ReceiptInput
}

func (h *Handler) confirmFloating(ctx context.Context, v access.Viewer, in *floatingReceipt) (member.Floating, error) {
	return h.s.Member.ConfirmFloating(ctx, v, in.ID, in.ReceiptInput)
}

func (h *Handler) refuseFloating(ctx context.Context, v access.Viewer, in *refusal) (member.Floating, error) {
	return h.s.Member.RefuseFloating(ctx, v, in.ID, in.RefuseInput)
}

type floatingEnd struct {
	byID
	member.EndInput
}

func (h *Handler) endFloating(ctx context.Context, v access.Viewer, in *floatingEnd) (member.Floating, error) {
	return h.s.Member.EndFloating(ctx, v, in.ID, in.EndInput)
}

type floatingContact struct {
	byID
	member.ContactInput
}

func (h *Handler) addFloatingContact(ctx context.Context, v access.Viewer, in *floatingContact) (member.Contact, error) {
	return h.s.Member.AddContact(ctx, v, in.ID, in.ContactInput)
}

func (h *Handler) floatingContacts(ctx context.Context, v access.Viewer, in *byID) (list[member.Contact], error) {
	return items(h.s.Member.Contacts(ctx, v, in.ID))
}
