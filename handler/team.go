package handler

import (
	"context"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/team"
)

func (h *Handler) serviceTeams(ctx context.Context, v access.Viewer, _ *empty) (list[team.View], error) {
	return items(h.s.Team.Teams(ctx, v))
}

func (h *Handler) serviceTeam(ctx context.Context, v access.Viewer, in *byID) (team.View, error) {
	return h.s.Team.Team(ctx, v, in.ID)
}

func (h *Handler) addServiceTeam(ctx context.Context, v access.Viewer, in *team.Input) (team.View, error) {
	return h.s.Team.Add(ctx, v, *in)
}

type teamChange struct {
	byID
	team.Change
}

func (h *Handler) editServiceTeam(ctx context.Context, v access.Viewer, in *teamChange) (team.View, error) {
	return h.s.Team.Edit(ctx, v, in.ID, in.Change)
}

func (h *Handler) closeServiceTeam(ctx context.Context, v access.Viewer, in *byID) (team.View, error) {
	return h.s.Team.Close(ctx, v, in.ID)
}

type rosterSpan struct {
	byID
	From model.Date `query:"from" validate:"omitempty,date" label:"开始日期"`
	To   model.Date `query:"to" validate:"omitempty,date" label:"结束日期"`
}

func (h *Handler) serviceRoster(ctx context.Context, v access.Viewer, in *rosterSpan) (list[team.Duty], error) {
	return items(h.s.Team.Roster(ctx, v, in.ID, in.From, in.To))
}

type dutyInput struct {
	byID
	Day       model.Date `json:"day" validate:"required,date" label:"值班日期"`
	MemberIDs []int64    `json:"member_ids" validate:"max=50,unique,dive,min=1" label:"值班人员"`
}

func (h *Handler) setServiceDuty(ctx context.Context, v access.Viewer, in *dutyInput) (list[team.Duty], error) {
	return items(h.s.Team.SetDuty(ctx, v, in.ID, in.Day, in.MemberIDs))
}

type orderFilter struct {
	team.Filter
	page
}

func (h *Handler) serviceOrders(ctx context.Context, v access.Viewer, in *orderFilter) (list[team.Order], error) {
	offset, limit := in.rows(50)
	return paged(h.s.Team.Orders(ctx, v, in.Filter, offset, limit))
}

func (h *Handler) serviceOrder(ctx context.Context, v access.Viewer, in *byID) (team.Order, error) {
	return h.s.Team.Order(ctx, v, in.ID)
}

type orderInput struct {
	byID
	team.NewOrder
}

func (h *Handler) askServiceTeam(ctx context.Context, v access.Viewer, in *orderInput) (team.Order, error) {
	return h.s.Team.Ask(ctx, v, in.ID, in.NewOrder)
}

type orderClaim struct {
	byID
	TeamID int64 `json:"team_id" validate:"min=0" label:"服务队"` // 0: the only one that fits
}

func (h *Handler) claimOrder(ctx context.Context, v access.Viewer, in *orderClaim) (team.Order, error) {
	return h.s.Team.Claim(ctx, v, in.ID, in.TeamID)
}

type orderDispatch struct {
	byID
	team.Dispatch
}

func (h *Handler) dispatchOrder(ctx context.Context, v access.Viewer, in *orderDispatch) (team.Order, error) {
	return h.s.Team.Dispatch(ctx, v, in.ID, in.Dispatch)
}

func (h *Handler) giveUpOrder(ctx context.Context, v access.Viewer, in *byID) (team.Order, error) {
	return h.s.Team.GiveUp(ctx, v, in.ID)
}

type orderVisit struct {
	byID
	team.Visited
}

func (h *Handler) visitOrder(ctx context.Context, v access.Viewer, in *orderVisit) (team.Order, error) {
	return h.s.Team.Visit(ctx, v, in.ID, in.Visited)
}

type orderPhoto struct {
	byID
	File upload `formData:"file"`
}

func (h *Handler) addOrderPhoto(ctx context.Context, v access.Viewer, in *orderPhoto) (team.Order, error) {
	return h.s.Team.AddPhoto(ctx, v, in.ID, in.File.Name, in.File.Body)
}

func (h *Handler) confirmOrder(ctx context.Context, v access.Viewer, in *requestNote) (team.Order, error) {
	return h.s.Team.Confirm(ctx, v, in.ID, in.Note)
}

type orderReason struct {
	byID
	Note string `json:"note" validate:"required,text,max=500" label:"原因"`
}

func (h *Handler) redoOrder(ctx context.Context, v access.Viewer, in *orderReason) (team.Order, error) {
	return h.s.Team.Redo(ctx, v, in.ID, in.Note)
}

func (h *Handler) cancelOrder(ctx context.Context, v access.Viewer, in *orderReason) (team.Order, error) {
	return h.s.Team.Cancel(ctx, v, in.ID, in.Note)
}
