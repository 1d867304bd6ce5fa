// Package handler is HTTP in, HTTP out: one route table (routes.go), one file
// for each module, and what all requests share: who asks, reading the input,
// errors, metrics. It decides nothing about the business and knows no database.
package handler

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/gofiber/fiber/v2/middleware/recover"
	"github.com/prometheus/client_golang/prometheus"

	"hongyun/service"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// maxBody bounds every request: a photo of 10 MiB and its form around it.
const maxBody = 11 << 20

// Options is what the handlers stand on.
type Options struct {
	Service *service.Service
	Log     *slog.Logger
	Metrics *prometheus.Registry
	Sandbox http.Handler // the WeChat sandbox; nil where real WeChat is configured
	// ProxyHeader names the header in which the proxy in front says who calls; empty: nobody is in front.
	ProxyHeader string
	PublicURL   string // under which others reach the platform; empty: the address that was called
}

// Handler holds the functions of the route table.
type Handler struct {
	s       *service.Service
	log     *slog.Logger
	site    string
	openapi []byte
}

// New builds the web application. The caller listens and shuts down.
func New(o Options) (*fiber.App, error) {
	app := fiber.New(fiber.Config{
		AppName:               "hongyun",
		DisableStartupMessage: true,
		Immutable:             true, // strings kept after the handler would otherwise change under us
		BodyLimit:             maxBody,
		// Forms are read after it is known who sends them, and a broken one is answered like any other bad input.
		DisablePreParseMultipartForm: true,
		ProxyHeader:                  o.ProxyHeader,
		EnableIPValidation:           true, // what is no address is no caller: it would go into the audit log as it is
		ReadTimeout:                  30 * time.Second,
		IdleTimeout:                  2 * time.Minute,
		ErrorHandler:                 fail(o.Log),
	})
	h := &Handler{s: o.Service, log: o.Log, site: strings.TrimSuffix(o.PublicURL, "/")}
	app.Use(measure(o.Metrics), nameRequest, recover.New(recover.Config{EnableStackTrace: true, StackTraceHandler: h.logPanic}))
	h.mountPlain(app, o.Metrics)
	h.mountCallbacks(app)
	h.mountOpen311(app)
	if err := h.mountAPI(app); err != nil {
		return nil, err
	}
	if o.Sandbox != nil {
		app.All("/sandbox/*", adaptor.HTTPHandler(o.Sandbox))
		app.Get("/sandbox", func(c *fiber.Ctx) error { return c.Redirect("/sandbox/") })
	}
	h.mountPages(app)
	return app, nil
}

func (h *Handler) mountAPI(app *fiber.App) error {
	table := h.routes()
	for _, r := range table {
		app.Add(r.Method, fiberPath(r.Path), h.call(r))
	}
	var err error
	h.openapi, err = Document(table)
	return err
}

// call is the way of every request of the table: who asks, may he or she, then the function.
func (h *Handler) call(r Route) fiber.Handler {
	return func(c *fiber.Ctx) error {
		ctx, cancel := context.WithTimeout(c.UserContext(), r.Time)
		defer cancel()
		c.SetUserContext(context.WithValue(ctx, siteKey{}, cmp.Or(h.site, c.BaseURL())))
		v, err := h.viewer(c)
		if err != nil && r.Permission != access.Public {
			return err
		}
		if err := r.Permission.Check(v); err != nil {
			return err
		}
		return r.serve(c, v)
	}
}

// viewer turns the bearer token into who asks. No token: nobody.
func (h *Handler) viewer(c *fiber.Ctx) (access.Viewer, error) {
	nobody := access.Viewer{IP: c.IP(), RequestID: requestID(c)}
	token, ok := strings.CutPrefix(c.Get(fiber.HeaderAuthorization), "Bearer ")
	if !ok {
		return nobody, fault.Unauthorized()
	}
	v, err := h.s.Account.Viewer(c.UserContext(), token)
	if err != nil {
		return nobody, err
	}
	v.IP, v.RequestID = nobody.IP, nobody.RequestID
	return v, nil
}

const requestIDKey = "request_id"

// nameRequest gives every request a number that stands in its answer, in the log and in the audit.
func nameRequest(c *fiber.Ctx) error {
	requestID(c)
	return c.Next()
}

// requestID is the request's number. What the server refuses before any handler runs gets its number here.
func requestID(c *fiber.Ctx) string {
	if id, ok := c.Locals(requestIDKey).(string); ok {
		return id
	}
	b := make([]byte, 8)
	rand.Read(b) // never fails (crypto/rand)
	id := hex.EncodeToString(b)
	c.Locals(requestIDKey, id)
	c.Set(fiber.HeaderXRequestID, id)
	return id
}

func (h *Handler) logPanic(c *fiber.Ctx, e any) {
	h.log.Error("panic", "request_id", requestID(c), "route", c.Route().Path, "panic", e, "stack", string(debug.Stack()))
}

// fiberPath writes {id} as :id.
func fiberPath(path string) string {
	return strings.NewReplacer("{", ":", "}", "").Replace(path)
}
