package handler

import (
	"context"

	"hongyun/service/access"
	"hongyun/service/member"
)

func (h *Handler) memberStructure(ctx context.Context, v access.Viewer, in *member.StructureFilter) (member.Structure, error) {
	return h.s.Member.Structure(ctx, v, *in)
}
