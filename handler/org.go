package handler

import (
	"context"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/org"
)

type orgsInput struct {
	org.Filter
	page
}

func (h *Handler) orgs(ctx context.Context, v access.Viewer, in *orgsInput) (list[org.View], error) {
	offset, limit := in.rows(1000)
	return paged(h.s.Org.Orgs(ctx, v, in.Filter, offset, limit))
}

func (h *Handler) org(ctx context.Context, v access.Viewer, in *byID) (org.Card, error) {
	return h.s.Org.Card(ctx, v, in.ID)
}

func (h *Handler) createOrg(ctx context.Context, v access.Viewer, in *org.NewInput) (org.Card, error) {
	return h.s.Org.Create(ctx, v, *in)
}

type orgChange struct {
	byID
	org.ChangeInput
}

func (h *Handler) changeOrg(ctx context.Context, v access.Viewer, in *orgChange) (org.Card, error) {
	return h.s.Org.Change(ctx, v, in.ID, in.ChangeInput)
}

type orgMove struct {
	byID
	org.MoveInput
}

func (h *Handler) moveOrg(ctx context.Context, v access.Viewer, in *orgMove) (org.Card, error) {
	return h.s.Org.Move(ctx, v, in.ID, in.MoveInput)
}

type orgMerge struct {
	byID
	org.MergeInput
}

func (h *Handler) mergeOrg(ctx context.Context, v access.Viewer, in *orgMerge) (org.Card, error) {
	return h.s.Org.Merge(ctx, v, in.ID, in.MergeInput)
}

type orgEnd struct {
	byID
	org.DissolveInput
}

func (h *Handler) dissolveOrg(ctx context.Context, v access.Viewer, in *orgEnd) (empty, error) {
	return empty{}, h.s.Org.Dissolve(ctx, v, in.ID, in.DissolveInput)
}

type orgUnits struct {
	byID
	org.JointUnitsInput
}

func (h *Handler) setJointUnits(ctx context.Context, v access.Viewer, in *orgUnits) (org.Card, error) {
	return h.s.Org.SetJointUnits(ctx, v, in.ID, in.JointUnitsInput)
}

type orgPage struct {
	byID
	page
}

func (h *Handler) orgHistory(ctx context.Context, v access.Viewer, in *orgPage) (list[org.Event], error) {
	offset, limit := in.rows(100)
	return paged(h.s.Org.History(ctx, v, in.ID, offset, limit))
}

type orgRoster struct {
	orgPage
	On model.Date `query:"on" validate:"omitempty,date" label:"日期"`
}

func (h *Handler) orgRoster(ctx context.Context, v access.Viewer, in *orgRoster) (list[org.RosterRow], error) {
	offset, limit := in.rows(100)
	return paged(h.s.Org.Roster(ctx, v, in.ID, in.On, offset, limit))
}

func (h *Handler) partyGroups(ctx context.Context, v access.Viewer, in *byID) (list[org.Group], error) {
	return items(h.s.Org.Groups(ctx, v, in.ID))
}

type groupInput struct {
	byID
	org.GroupInput
}

func (h *Handler) createPartyGroup(ctx context.Context, v access.Viewer, in *groupInput) (org.Group, error) {
	return h.s.Org.CreateGroup(ctx, v, in.ID, in.GroupInput)
}

func (h *Handler) changePartyGroup(ctx context.Context, v access.Viewer, in *groupInput) (org.Group, error) {
	return h.s.Org.ChangeGroup(ctx, v, in.ID, in.GroupInput)
}

type groupMembers struct {
	byID
	org.GroupMembersInput
}

func (h *Handler) setPartyGroupMembers(ctx context.Context, v access.Viewer, in *groupMembers) (org.Group, error) {
	return h.s.Org.SetGroupMembers(ctx, v, in.ID, in.GroupMembersInput)
}

func (h *Handler) dissolvePartyGroup(ctx context.Context, v access.Viewer, in *byID) (empty, error) {
	return empty{}, h.s.Org.DissolveGroup(ctx, v, in.ID)
}
