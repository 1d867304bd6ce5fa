package handler

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"github.com/gofiber/fiber/v2"

	"hongyun/service/access"
	"hongyun/service/rates"
)

func (h *Handler) rates(ctx context.Context, v access.Viewer, in *rates.Filter) (rates.Report, error) {
	return h.s.Rates.Rates(ctx, v, *in)
}

type rateLinesInput struct {
	rates.LineFilter
	page
}

func (h *Handler) rateLines(ctx context.Context, v access.Viewer, in *rateLinesInput) (list[rates.Line], error) {
	offset, limit := in.rows(50)
	return paged(h.s.Rates.Lines(ctx, v, in.LineFilter, offset, limit))
}

func (h *Handler) rateMonths(ctx context.Context, _ access.Viewer, _ *empty) (list[rates.Settled], error) {
	return items(h.s.Rates.Months(ctx))
}

func (h *Handler) forecast(ctx context.Context, v access.Viewer, _ *empty) (rates.Forecast, error) {
	return h.s.Rates.Forecast(ctx, v)
}

type forecastLinesInput struct {
	rates.StakeFilter
	page
}

func (h *Handler) forecastLines(ctx context.Context, v access.Viewer, in *forecastLinesInput) (list[rates.Stake], error) {
	offset, limit := in.rows(50)
	return paged(h.s.Rates.AtStake(ctx, v, in.StakeFilter, offset, limit))
}

// hotspotsShown is how many hot topics an answer holds.
const hotspotsShown = 100

func (h *Handler) hotspots(ctx context.Context, v access.Viewer, in *rates.HotspotFilter) (list[rates.Hotspot], error) {
	return items(h.s.Rates.Hotspots(ctx, v, *in, hotspotsShown))
}

type hotspotLinesInput struct {
	rates.GatheredFilter
	page
}

func (h *Handler) hotspotLines(ctx context.Context, v access.Viewer, in *hotspotLinesInput) (list[rates.Stake], error) {
	offset, limit := in.rows(50)
	return paged(h.s.Rates.Gathered(ctx, v, in.GatheredFilter, offset, limit))
}

type releaseInput struct {
	byID
	rates.ReleaseInput
}

func (h *Handler) releaseRequest(ctx context.Context, v access.Viewer, in *releaseInput) (rates.Released, error) {
	return h.s.Rates.Release(ctx, v, in.ID, in.ReleaseInput)
}

func (h *Handler) unreleaseRequest(ctx context.Context, v access.Viewer, in *byID) (empty, error) {
	return empty{}, h.s.Rates.Unrelease(ctx, v, in.ID)
}

func (h *Handler) publicRates(ctx context.Context, _ access.Viewer, in *rates.PublicFilter) (rates.PublicRates, error) {
	return h.s.Rates.Public(ctx, *in)
}

func (h *Handler) releases(ctx context.Context, _ access.Viewer, in *page) (list[rates.Released], error) {
	offset, limit := in.rows(20)
	return paged(h.s.Rates.Releases(ctx, offset, min(limit, 100)))
}

type byNumber struct {
	Number string `path:"number" validate:"required,max=40" label:"诉求编号"`
}

func (h *Handler) release(ctx context.Context, _ access.Viewer, in *byNumber) (rates.Released, error) {
	return h.s.Rates.ReleaseOf(ctx, in.Number)
}

// cached says that everybody gets the same answer: whoever stands between may keep it for a minute, and who has it already is told
// that it has not changed.
func cached(r Route) Route {
	serve := r.serve
	r.serve = func(c *fiber.Ctx, v access.Viewer) error {
		if err := serve(c, v); err != nil {
			return err
		}
		sum := sha256.Sum256(c.Response().Body())
		tag := `"` + hex.EncodeToString(sum[:16]) + `"`
		c.Set(fiber.HeaderETag, tag)
		c.Set(fiber.HeaderCacheControl, "public, max-age=60")
		if c.Get(fiber.HeaderIfNoneMatch) == tag {
			c.Response().ResetBody()
			c.Status(fiber.StatusNotModified)
		}
		return nil
	}
	return r
}
