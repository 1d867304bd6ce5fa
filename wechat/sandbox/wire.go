package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"hongyun/wechat"
)

const (
	wirePrefix   = "/sandbox/wire/"
	apiHost      = "api.weixin.qq.com"
	pageHost     = "mp.weixin.qq.com"
	maxWireBytes = 1 << 20
)

// wireCall is one call as an API sees it. app is set for APIs that take a token.
type wireCall struct {
	query url.Values
	body  []byte
	now   time.Time
	app   cachedApp
}

// decode reads the JSON body; what is none is 47001.
func (c *wireCall) decode(into any) error {
	if err := json.Unmarshal(c.body, into); err != nil {
		return refuse(47001)
	}
	return nil
}

// wireAPI is one API: how it is called, by what kinds of account (nil: it takes no token), and what it does. An error
// that is no refusal is answered with -1.
type wireAPI struct {
	method string
	kinds  []wechat.Kind
	run    func(ctx context.Context, c *wireCall) (any, error)
}

// wireAPIs is all that the sandbox offers; everything else is refused.
func (s *Sandbox) wireAPIs() map[string]wireAPI {
	mini := []wechat.Kind{wechat.KindMiniProgram}
	service := []wechat.Kind{wechat.KindService}
	official := []wechat.Kind{wechat.KindService, wechat.KindSubscription}
	apis := map[string]wireAPI{
		"cgi-bin/stable_token":            {http.MethodPost, nil, s.stableToken},
		"sns/jscode2session":              {http.MethodGet, nil, s.codeToSession},
		"wxa/business/getuserphonenumber": {http.MethodPost, mini, s.phoneNumber},
		"cgi-bin/message/subscribe/send":  {http.MethodPost, mini, s.sendSubscribe},
		"wxa/msg_sec_check":               {http.MethodPost, mini, s.checkText},
		"wxa/media_check_async":           {http.MethodPost, mini, s.checkMedia},
		"cgi-bin/message/template/send":   {http.MethodPost, service, s.sendTemplate},
		"cgi-bin/message/custom/send":     {http.MethodPost, official, s.sendCustomer},
		"cgi-bin/user/info":               {http.MethodGet, official, s.userInfo},
		"cgi-bin/media/get":               {http.MethodGet, official, s.fetchMedia},
		"cgi-bin/menu/create":             {http.MethodPost, official, s.createMenu},
		"cgi-bin/menu/get":                {http.MethodGet, official, s.showMenu},
		"cgi-bin/menu/delete":             {http.MethodGet, official, s.deleteMenu},
	}
	maps.Copy(apis, s.componentAPIs())
	return apis
}

// serveWire answers as api.weixin.qq.com, as api.mch.weixin.qq.com if there is a merchant, or as the picture host for the addresses that image messages carry.
func (s *Sandbox) serveWire(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, wirePrefix)
	host := r.Header.Get("X-Original-Host")
	if id, ok := pictureID(path); ok && (host == "" || host == pictureHost) {
		s.servePicture(w, r, id)
		return
	}
	if s.merchant != nil && (host == payHost || host == "" && strings.HasPrefix(path, payPrefix)) {
		s.servePay(w, r, path)
		return
	}
	if path == loginPage && (host == "" || host == pageHost) {
		s.serveLoginPage(w, r)
		return
	}
	api, ok := s.wire[path]
	if !ok || host != "" && host != apiHost {
		answerWire(w, nil, &refusal{Code: 48001, Message: "api unauthorized: not offered by the sandbox"})
		return
	}
	fault, faulty := s.faults.take(path)
	if faulty && s.failInstead(w, r, fault) {
		return
	}
	reply, err := s.runWire(r, api)
	if faulty {
		s.hold(r.Context(), fault.TimeoutMS)
	}
	var refused *refusal
	if err != nil && !errors.As(err, &refused) {
		s.log.Error("sandbox wire", "api", path, "err", err)
	}
	answerWire(w, reply, err)
}

// failInstead carries out a fault that takes the place of the call.
func (s *Sandbox) failInstead(w http.ResponseWriter, r *http.Request, f Fault) bool {
	switch {
	case f.Drop:
		drop(w, r)
	case f.Status != 0:
		s.hold(r.Context(), f.TimeoutMS)
		http.Error(w, http.StatusText(f.Status), f.Status)
	case f.ErrCode != 0:
		s.hold(r.Context(), f.TimeoutMS)
		answerWire(w, nil, refuse(f.ErrCode))
	default:
		return false
	}
	return true
}

func (s *Sandbox) runWire(r *http.Request, api wireAPI) (any, error) {
	if r.Method != api.method {
		if api.method == http.MethodGet {
			return nil, refuse(43001)
		}
		return nil, refuse(43002)
	}
	c := &wireCall{query: r.URL.Query(), now: s.o.Now()}
	if api.method == http.MethodPost {
		body, err := io.ReadAll(io.LimitReader(r.Body, maxWireBytes+1))
		if err != nil {
			return nil, fmt.Errorf("read body: %w", err)
		}
		if len(body) > maxWireBytes {
			return nil, refuse(45002)
		}
		c.body = body
	}
	if api.kinds != nil {
		app, err := s.caller(r.Context(), c.query.Get("access_token"), c.now)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(api.kinds, app.Kind) {
			return nil, refuse(48001)
		}
		if err := s.mayCall(app.AppID, strings.TrimPrefix(r.URL.Path, wirePrefix)); err != nil {
			return nil, err
		}
		c.app = app
	}
	return api.run(r.Context(), c)
}

// answerWire writes JSON as WeChat does, with status 200 whatever happened, or a file.
func answerWire(w http.ResponseWriter, reply any, err error) {
	if err != nil {
		refused := refuse(-1)
		errors.As(err, &refused)
		reply = map[string]any{"errcode": refused.Code, "errmsg": refused.Message + " rid: " + rid()}
	}
	if file, ok := reply.(mediaFile); ok {
		file.serve(w)
		return
	}
	raw, err := json.Marshal(reply)
	if err != nil {
		raw = []byte(`{"errcode":-1,"errmsg":"system error"}`)
	}
	w.Header().Set("Content-Type", "application/json; encoding=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(raw)))
	_, _ = w.Write(raw) // a caller who has gone learns nothing, as on any wire
}

func rid() string { return strings.ToLower(randomText(8) + "-" + randomText(8) + "-" + randomText(8)) }

// success is errcode 0, with more fields if given.
func success(more map[string]any) map[string]any {
	if more == nil {
		more = map[string]any{}
	}
	more["errcode"], more["errmsg"] = 0, "ok"
	return more
}
