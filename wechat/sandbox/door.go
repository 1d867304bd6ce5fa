package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"hongyun/wechat"
)

// maxDoorBytes leaves room for a picture of 10 MiB in base64.
const maxDoorBytes = 15 << 20

// doorError is a refusal of the door, for a person.
type doorError struct {
	Status  int    `json:"-"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (e *doorError) Error() string { return e.Code + ": " + e.Message }

func invalid(code, message string) error { return &doorError{http.StatusBadRequest, code, message} }
func notFound(code, message string) error {
	return &doorError{http.StatusNotFound, code, message}
}
func conflict(code, message string) error {
	return &doorError{http.StatusConflict, code, message}
}

// visit is one request at the door.
type visit struct {
	*http.Request
	person Person // of {id}, if the path has one
}

// decode reads the JSON body; a missing body is an empty object.
func (v *visit) decode(into any) error {
	raw, err := io.ReadAll(io.LimitReader(v.Body, maxDoorBytes+1))
	if err != nil {
		return invalid("request.body", "请求没有读完，请重试")
	}
	if len(raw) > maxDoorBytes {
		return &doorError{http.StatusRequestEntityTooLarge, "request.too_large", "请求太大，图片不能超过 10 MB"}
	}
	if len(raw) == 0 {
		return nil
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return invalid("request.json", "请求不是正确的 JSON")
	}
	return nil
}

// routes puts the three parts under one handler.
func (s *Sandbox) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc(wirePrefix, s.serveWire)
	for pattern, do := range map[string]func(*visit) (any, error){
		"GET people":                       s.listPeople,
		"GET people/{id}":                  s.showPerson,
		"POST people/{id}/code":            s.giveLoginCode,
		"POST people/{id}/phone-code":      s.givePhoneCode,
		"POST people/{id}/accept":          s.accept,
		"POST people/{id}/reject-template": s.rejectTemplate,
		"GET people/{id}/messages":         s.listMessages,
		"GET people/{id}/accounts":         s.listAccountsOf,
		"GET people/{id}/chats/{appid}":    s.showChat,
		"POST people/{id}/follow":          s.follow,
		"POST people/{id}/unfollow":        s.unfollow,
		"POST people/{id}/click":           s.click,
		"POST people/{id}/say":             s.say,
		"POST people/{id}/pay":             s.pay,
		"GET people/{id}/orders":           s.listOrdersOf,
		"GET pay/orders":                   s.listOrders,
		"GET pay/refunds":                  s.listRefunds,
		"GET pay/summary":                  s.sumUp,
		"GET accounts":                     s.listAccounts,
		"POST accounts/{appid}/verify":     s.verifyAccount,
		"POST component/ticket":            s.sendTicket,
		"POST component/authorize":         s.consentAtDoor,
		"POST component/unauthorize":       s.withdraw,
		"GET component/accounts":           s.listGrants,
		"GET templates":                    s.listTemplates,
		"GET faults":                       s.listFaults,
		"POST faults":                      s.addFault,
		"DELETE faults":                    s.clearFaults,
	} {
		mux.HandleFunc(doorPattern(pattern), s.atDoor(do))
	}
	mux.HandleFunc("/sandbox/api/", s.atDoor(func(*visit) (any, error) {
		return nil, notFound("door.no_such_path", "沙箱没有这个接口")
	}))
	s.pageRoutes(mux)
	return mux
}

// doorPattern puts the door's prefix between method and path.
func doorPattern(pattern string) string {
	for i := range pattern {
		if pattern[i] == ' ' {
			return pattern[:i+1] + "/sandbox/api/" + pattern[i+1:]
		}
	}
	return pattern
}

// atDoor finds the person of the path, runs do, and writes what it returns as JSON.
func (s *Sandbox) atDoor(do func(*visit) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v := &visit{Request: r}
		var reply any
		var err error
		if id := r.PathValue("id"); id != "" {
			v.person, err = s.person(r.Context(), id)
		}
		if err == nil {
			reply, err = do(v)
		}
		status := http.StatusOK
		if err != nil {
			refused := &doorError{http.StatusInternalServerError, "sandbox.failed", "沙箱出错，请查看日志"}
			if !errors.As(err, &refused) {
				s.log.Error("sandbox door", "path", r.URL.Path, "err", err)
			}
			status, reply = refused.Status, refused
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(reply) // a caller who has gone learns nothing
	}
}

// person finds anybody who may hold a phone.
func (s *Sandbox) person(ctx context.Context, id string) (Person, error) {
	if OpenID("", id) == "" {
		return Person{}, notFound("person.not_found", "没有这个人")
	}
	p, err := s.o.Person(ctx, id)
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return Person{}, fmt.Errorf("find person: %w", err)
	}
	if err != nil {
		return Person{}, notFound("person.not_found", "没有这个人")
	}
	return p, nil
}

// official finds an official account that the product has now.
func (s *Sandbox) official(ctx context.Context, appid string) (wechat.App, error) {
	if appid == "" {
		return wechat.App{}, invalid("account.missing", "请填写公众号的 appid")
	}
	app, err := s.app(ctx, appid, true)
	if errors.Is(err, wechat.ErrUnknownApp) {
		return wechat.App{}, notFound("account.not_found", "没有这个公众号")
	}
	if err != nil {
		return wechat.App{}, fmt.Errorf("find account: %w", err)
	}
	if app.Kind == wechat.KindMiniProgram {
		return wechat.App{}, invalid("account.mini_program", "这是小程序，不是公众号")
	}
	return app.App, nil
}

// miniProgram is the one mini-program.
func (s *Sandbox) miniProgram(ctx context.Context) (wechat.App, error) {
	app, err := s.app(ctx, s.o.MiniProgram, true)
	if err != nil {
		return wechat.App{}, fmt.Errorf("find mini-program: %w", err)
	}
	return app.App, nil
}

func (s *Sandbox) listFaults(*visit) (any, error) {
	return map[string]any{"items": s.faults.left()}, nil
}

func (s *Sandbox) addFault(v *visit) (any, error) {
	f := Fault{Times: 1}
	if err := v.decode(&f); err != nil {
		return nil, err
	}
	if err := s.checkFault(f); err != nil {
		return nil, err
	}
	s.faults.add(f)
	return f, nil
}

func (s *Sandbox) clearFaults(*visit) (any, error) {
	s.faults.clear()
	return map[string]any{"items": []Fault{}}, nil
}
