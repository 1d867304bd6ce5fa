package handler

import (
	"context"

	"hongyun/service/access"
	"hongyun/service/o2o"
)

type requestIdentity struct {
	byID
	o2o.IdentityInput
}

func (h *Handler) identifyCitizen(ctx context.Context, v access.Viewer, in *requestIdentity) (o2o.Identity, error) {
	return h.s.O2O.Identify(ctx, v, in.ID, in.IdentityInput)
}
