package handler

import (
	"context"

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
