package handler

import (
	"context"

	"hongyun/service/access"
	"hongyun/service/apikey"
)

func (h *Handler) apiKeys(ctx context.Context, v access.Viewer, _ *empty) (list[apikey.View], error) {
	return items(h.s.Keys.Keys(ctx, v))
}

func (h *Handler) makeAPIKey(ctx context.Context, v access.Viewer, in *apikey.Input) (apikey.Made, error) {
	return h.s.Keys.Make(ctx, v, *in)
}

func (h *Handler) revokeAPIKey(ctx context.Context, v access.Viewer, in *byID) (apikey.View, error) {
	return h.s.Keys.Revoke(ctx, v, in.ID)
}
