package handler

import (
	"bytes"
	"cmp"
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"hongyun/model"
	"hongyun/service/apikey"
	"hongyun/service/fault"
	"hongyun/service/o2o"
)

// mountOpen311 adds GeoReport v2, by which departments' own systems take and return requests. These addresses stand outside the
// route table: who calls, what comes in and what goes out follow that specification. Reading and writing need a key; what is
// released for everybody is at /api/v1/public.
func (h *Handler) mountOpen311(app *fiber.App) {
	const base = "/open311/v2"
	app.Get(base+"/discovery.:format", h.geoFormat(h.geoDiscover))
	app.Get(base+"/services.:format", h.geoFormat(h.geoServices))
	app.Get(base+"/services/:code.:format", h.geoFormat(h.geoDefine))
	app.Get(base+"/requests.:format", h.geoFormat(h.geoKeyed(h.geoRequests)))
	app.Get(base+"/requests/:id.:format", h.geoFormat(h.geoKeyed(h.geoRequest)))
	app.Post(base+"/requests.:format", h.geoFormat(h.geoKeyed(h.geoSubmit)))
	app.Get(base+"/tokens/:token.:format", h.geoFormat(h.geoKeyed(h.geoToken)))
	app.Post(base+"/servicerequestupdates.:format", h.geoFormat(h.geoKeyed(h.geoReport)))
}

// geoFormat refuses a form that is neither JSON nor XML, bounds the time, and answers faults in GeoReport's own way.
func (h *Handler) geoFormat(next func(ctx context.Context, c *fiber.Ctx) error) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if f := c.Params("format"); f != "json" && f != "xml" {
			return fiber.ErrNotFound
		}
		ctx, cancel := context.WithTimeout(c.UserContext(), requestTime)
		defer cancel()
		if err := next(ctx, c); err != nil {
			return h.geoFault(c, err)
		}
		return nil
	}
}

// geoKeyed lets in who shows a key, as a parameter (GeoReport) or as a bearer token.
func (h *Handler) geoKeyed(next func(ctx context.Context, c *fiber.Ctx, caller apikey.Caller) error) func(context.Context, *fiber.Ctx) error {
	return func(ctx context.Context, c *fiber.Ctx) error {
		if err := geoLegible(c); err != nil {
			return err
		}
		key, _ := strings.CutPrefix(c.Get(fiber.HeaderAuthorization), "Bearer ")
		caller, err := h.s.Keys.Caller(ctx, cmp.Or(c.FormValue("api_key"), c.Query("api_key"), key), c.IP())
		caller.RequestID = requestID(c)
		if fault.Is(err, "auth.required") {
			return &fault.Fault{Kind: fault.KindForbidden, Code: "open311.key", Message: "api_key 缺失或无效"}
		}
		if err != nil {
			return err
		}
		return next(ctx, c, caller)
	}
}

// geoLegible refuses what no database keeps as text, wherever it stands.
func geoLegible(c *fiber.Ctx) (err error) {
	check := func(_, value []byte) {
		if bytes.IndexByte(value, 0) >= 0 || !utf8.Valid(value) {
			err = badCharacter()
		}
	}
	c.Request().URI().QueryArgs().VisitAll(check)
	c.Request().PostArgs().VisitAll(check)
	if form, bad := c.MultipartForm(); bad == nil {
		for _, values := range form.Value {
			for _, value := range values {
				check(nil, []byte(value))
			}
		}
	}
	return err
}

func (h *Handler) geoDiscover(_ context.Context, c *fiber.Ctx) error {
	const changeset = "2026-11-23T00:00:00+08:00"
	d := geoDiscovery{Changeset: changeset, Contact: "请联系市级管理员", KeyService: "接口密钥由市级管理员在平台生成", Endpoints: []geoEndpoint{{
		Specification: "http://wiki.open311.org/GeoReport_v2", URL: cmp.Or(h.site, c.BaseURL()) + "/open311/v2", Changeset: changeset, Type: "production",
		Formats: []string{"application/json", "text/xml"}}}}
	return geoSend(c, fiber.StatusOK, d, d)
}

const topicList = "request_topic"

func (h *Handler) geoServices(ctx context.Context, c *fiber.Ctx) error {
	topics, err := h.s.Rules.Lookup(ctx, topicList)
	if err != nil {
		return err
	}
	rows := make([]geoService, len(topics))
	for i, t := range topics {
		rows[i] = geoService{Code: t.Code, Name: t.Title, Description: t.Title + "方面的咨询、求助、投诉举报和建议", Metadata: true, Type: "realtime", Keywords: t.Title, Group: "群众诉求"}
	}
	return geo(c, fiber.StatusOK, "services", rows)
}

// geoDefine tells the one attribute that a request may have: its category, by which the time limit goes.
func (h *Handler) geoDefine(ctx context.Context, c *fiber.Ctx) error {
	code := c.Params("code")
	if _, err := h.topic(ctx, code); err != nil {
		return err
	}
	d := geoDefinition{Code: code, Attributes: []geoAttribute{{Variable: true, Code: "category", Datatype: "singlevaluelist", Order: 1, Description: "诉求类别"}}}
	for _, k := range o2o.Categories() {
		d.Attributes[0].Values = append(d.Attributes[0].Values, geoValue{Key: k.Code, Name: k.Name})
	}
	return geoSend(c, fiber.StatusOK, d, d)
}

// topic is the title of a service code; one that is not there is not found.
func (h *Handler) topic(ctx context.Context, code string) (string, error) {
	topics, err := h.s.Rules.Lookup(ctx, topicList)
	if err != nil {
		return "", err
	}
	for _, t := range topics {
		if t.Code == code {
			return t.Title, nil
		}
	}
	return "", fault.NotFound("service_code ")
}

func (h *Handler) geoRequests(ctx context.Context, c *fiber.Ctx, caller apikey.Caller) error {
	f := o2o.ForeignFilter{Numbers: commas(c.Query("service_request_id")), Topics: commas(c.Query("service_code"))}
	var err error
	if f.From, err = geoSpan(c, "start_date"); err != nil {
		return err
	}
	if f.To, err = geoSpan(c, "end_date"); err != nil {
		return err
	}
	for _, s := range commas(c.Query("status")) {
		switch s {
		case "open":
			f.Open = true
		case "closed":
			f.Ended = true
		default:
			return fault.Invalid("open311.status", "status 须为 open 或 closed").With("field", "status")
		}
	}
	if len(f.Numbers) > o2o.MostForeign || len(f.Topics) > o2o.MostForeign {
		return fault.Invalid("open311.too_many", "一次最多查询1000件")
	}
	return h.geoList(ctx, c, caller, f)
}

func (h *Handler) geoRequest(ctx context.Context, c *fiber.Ctx, caller apikey.Caller) error {
	return h.geoList(ctx, c, caller, o2o.ForeignFilter{Numbers: []string{c.Params("id")}})
}

func (h *Handler) geoList(ctx context.Context, c *fiber.Ctx, caller apikey.Caller, f o2o.ForeignFilter) error {
	found, err := h.s.O2O.Foreign(ctx, caller.Viewer, caller.KeyID, f)
	if err != nil {
		return err
	}
	if len(found) == 0 && len(f.Numbers) == 1 {
		return fault.NotFound("诉求")
	}
	topics, err := h.s.Rules.Lookup(ctx, topicList)
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, t := range topics {
		names[t.Code] = t.Title
	}
	rows := make([]geoRequest, len(found))
	for i, r := range found {
		rows[i] = geoOf(r, names)
	}
	return geo(c, fiber.StatusOK, "service_requests", rows)
}

func geoOf(r o2o.Foreign, topics map[string]string) geoRequest {
	out := geoRequest{ID: r.Number, Status: "closed", StatusNotes: cmp.Or(r.Note, r.StateName), ServiceCode: cmp.Or(r.Topic, "OTHER"), Description: r.Content,
		Agency: cmp.Or(r.DepartmentName, r.IntakeDepartmentName), Notice: r.CategoryName + "，" + r.StateName, Requested: geoTime(r.SubmittedAt), Updated: geoTime(r.UpdatedAt),
		Address: r.Place, Lat: r.Lat, Long: r.Lng}
	out.ServiceName = topics[out.ServiceCode]
	if o2o.Open(r.State) {
		out.Status = "open"
		if !r.Paused && r.Deadline != "" {
			expected := geoTime(r.Deadline.Time().Add(24*time.Hour - time.Second))
			out.Expected = &expected
		}
	}
	return out
}

func (h *Handler) geoSubmit(ctx context.Context, c *fiber.Ctx, caller apikey.Caller) error {
	code := c.FormValue("service_code")
	if code == "" {
		return fault.Invalid("open311.service_code", "service_code 不能为空").With("field", "service_code")
	}
	if _, err := h.topic(ctx, code); err != nil {
		return err
	}
	in := o2o.SubmitInput{Content: c.FormValue("description"), Category: c.FormValue("attribute[category]"), Place: c.FormValue("address_string"), Topic: code,
		Name: strings.TrimSpace(c.FormValue("last_name") + c.FormValue("first_name")), Phone: c.FormValue("phone")}
	var err error
	if in.Lat, err = geoNumber(c, "lat"); err != nil {
		return err
	}
	if in.Lng, err = geoNumber(c, "long"); err != nil {
		return err
	}
	if in.Lat == nil && in.Place == "" {
		return fault.Invalid("open311.place", "lat 和 long，或 address_string，须至少填写一项").With("field", "lat")
	}
	external := c.FormValue("account_id")
	if utf8.RuneCountInString(external) > 100 {
		return fault.Invalid("open311.account_id", "account_id 不能超过100个字").With("field", "account_id")
	}
	if err := validateInput(&in); err != nil {
		return err
	}
	number, err := h.s.O2O.SubmitForeign(ctx, caller.KeyID, in, external)
	if err != nil {
		return err
	}
	receipt := geoReceipt{ID: number, Notice: "诉求已登记，将在1个工作日内答复是否受理"}
	if external != "" {
		receipt.AccountID = &external
	}
	return geo(c, fiber.StatusCreated, "service_requests", []geoReceipt{receipt})
}

// geoToken tells the number for a token. Numbers are given at once here, so a token is the number itself.
func (h *Handler) geoToken(ctx context.Context, c *fiber.Ctx, caller apikey.Caller) error {
	found, err := h.s.O2O.Foreign(ctx, caller.Viewer, caller.KeyID, o2o.ForeignFilter{Numbers: []string{c.Params("token")}})
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return fault.NotFound("诉求")
	}
	return geo(c, fiber.StatusOK, "service_requests", []geoReceipt{{ID: found[0].Number, Token: found[0].Number}})
}

// geoReport takes what a unit's system has done with a request: begun, answered on the way, closed, or returned with its ground. It
// follows the extension of GeoReport for updates.
func (h *Handler) geoReport(ctx context.Context, c *fiber.Ctx, caller apikey.Caller) error {
	note, status := strings.TrimSpace(c.FormValue("description")), c.FormValue("status")
	if utf8.RuneCountInString(note) > 1000 {
		return fault.Invalid("open311.description", "description 不能超过1000字").With("field", "description")
	}
	id, state, err := h.s.O2O.OfNumber(ctx, caller.Viewer, c.FormValue("service_request_id"))
	if err != nil {
		return err
	}
	switch status {
	case "acknowledged":
		if state == model.RequestReopened {
			_, err = h.s.O2O.Rework(ctx, caller.Viewer, id, note)
		} else {
			_, err = h.s.O2O.Handle(ctx, caller.Viewer, id, note)
		}
	case "in_progress":
		_, err = h.s.O2O.Reply(ctx, caller.Viewer, id, note)
	case "closed":
		_, err = h.s.O2O.Close(ctx, caller.Viewer, id, note)
	case "returned":
		_, err = h.s.O2O.Return(ctx, caller.Viewer, id, note)
	default:
		err = fault.Invalid("open311.status", "status 须为 acknowledged、in_progress、closed 或 returned").With("field", "status")
	}
	if err != nil {
		return err
	}
	return geo(c, fiber.StatusOK, "request_updates", []geoUpdate{{ID: c.FormValue("service_request_id"), UpdateID: c.FormValue("update_id"), Status: status}})
}

func commas(text string) []string {
	var out []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}
