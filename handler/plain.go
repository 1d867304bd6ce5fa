package handler

import (
	"context"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// mountPlain adds what machines ask: alive, able to serve, metrics, the API document.
func (h *Handler) mountPlain(app *fiber.App, metrics *prometheus.Registry) {
	app.Get("/healthz", func(c *fiber.Ctx) error { return c.JSON(fiber.Map{"status": "ok"}) })
	app.Get("/readyz", h.ready)
	app.Get("/metrics", adaptor.HTTPHandler(promhttp.HandlerFor(metrics, promhttp.HandlerOpts{})))
	app.Get("/openapi.json", func(c *fiber.Ctx) error {
		c.Type("json", "utf-8")
		return c.Send(h.openapi)
	})
}

// ready answers 503 while the database or Redis does not answer.
func (h *Handler) ready(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), 2*time.Second)
	defer cancel()
	checks, ok := h.s.Ready(ctx)
	if !ok {
		c.Status(fiber.StatusServiceUnavailable)
	}
	return c.JSON(checks)
}

// measure counts and times requests by route, not by address: an id is no label.
func measure(metrics *prometheus.Registry) fiber.Handler {
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "hongyun_http_request_seconds", Help: "Time to answer, by route and status.",
		Buckets: []float64{.001, .005, .01, .05, .1, .5, 1, 5},
	}, []string{"method", "route", "status"})
	metrics.MustRegister(seconds)
	return func(c *fiber.Ctx) error {
		start := time.Now()
		err := c.Next()
		if err != nil { // answered here, so that the status is known
			if err := c.App().ErrorHandler(c, err); err != nil {
				return err
			}
		}
		seconds.WithLabelValues(c.Method(), c.Route().Path, strconv.Itoa(c.Response().StatusCode())).Observe(time.Since(start).Seconds())
		return nil
	}
}
