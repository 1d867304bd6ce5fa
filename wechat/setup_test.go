package wechat_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"hongyun/wechat"
)

const (
	miniAppID  = "wx00000000000000a1"
	oaAppID    = "wx00000000000000b2"
	secret     = "9f8e7d6c5b4a39281706f5e4d3c2b1a0"
	signToken  = "callbackToken2024"
	aesKey     = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
	originalID = "gh_0123456789ab"
	openID     = "oABCD0123456789abcdefghijklm"
	tokenKey   = "gowechat_miniprogram__stable_access_token_" + miniAppID
)

// bundle is a client with its Redis, its clock and the far side of the wire.
type bundle struct {
	*wechat.Client
	far   *farSide
	redis *miniredis.Miniredis
	clock *clock
	log   *bytes.Buffer

	mu   sync.Mutex
	apps map[string]wechat.App
}

type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func setup(t *testing.T) *bundle {
	t.Helper()
	far := newFarSide(t)
	httpClient, err := wechat.NewHTTPClient(wechat.HTTPOptions{SandboxURL: far.URL + "/wire", Timeout: 5 * time.Second})
	must(t, err)
	return setupWith(t, far, httpClient)
}

func setupWith(t *testing.T, far *farSide, httpClient *http.Client) *bundle {
	t.Helper()
	b := &bundle{
		far: far, redis: miniredis.RunT(t), log: &bytes.Buffer{},
		clock: &clock{t: time.Date(2026, 7, 1, 8, 0, 0, 0, time.UTC)},
		apps: map[string]wechat.App{
			miniAppID: {AppID: miniAppID, Secret: secret, Token: signToken, AESKey: aesKey, Kind: wechat.KindMiniProgram},
			oaAppID: {AppID: oaAppID, Secret: secret, Token: signToken, AESKey: aesKey, OriginalID: originalID,
				Kind: wechat.KindService},
		},
	}
	rdb := redis.NewClient(&redis.Options{Addr: b.redis.Addr(), MaxRetries: -1})
	t.Cleanup(func() { _ = rdb.Close() })
	b.Client = wechat.New(wechat.Options{
		App: b.app, Redis: rdb, HTTP: httpClient, Now: b.clock.now, Log: slog.New(slog.NewTextHandler(b.log, nil)),
	})
	return b
}

func (b *bundle) app(_ context.Context, appid string) (wechat.App, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if app, ok := b.apps[appid]; ok {
		return app, nil
	}
	return wechat.App{}, wechat.ErrUnknownApp
}

func (b *bundle) change(appid string, change func(*wechat.App)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	app := b.apps[appid]
	change(&app)
	b.apps[appid] = app
}

// farSide plays WeChat: it answers by path and counts.
type farSide struct {
	*httptest.Server
	mu      sync.Mutex
	answers map[string]http.HandlerFunc
	calls   map[string]int
	bodies  map[string][]string
	host    string // the last X-Original-Host
	expires int
	current string // the token in force; "" = a new one for each fetch
}

const tokenPath = "/cgi-bin/stable_token"

func newFarSide(t *testing.T) *farSide {
	f := &farSide{answers: map[string]http.HandlerFunc{}, calls: map[string]int{}, bodies: map[string][]string{}, expires: 7200}
	f.Server = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(f.Close)
	f.on(tokenPath, func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		defer f.mu.Unlock()
		token := f.current
		if token == "" {
			token = fmt.Sprintf("token-%d", f.calls[tokenPath])
		}
		fmt.Fprintf(w, `{"access_token":%q,"expires_in":%d}`, token, f.expires)
	})
	return f
}

func (f *farSide) serve(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/wire")
	body, _ := io.ReadAll(r.Body)
	f.mu.Lock()
	f.calls[path]++
	f.bodies[path] = append(f.bodies[path], string(body))
	f.host = r.Header.Get("X-Original-Host")
	answer := f.answers[path]
	f.mu.Unlock()
	r.Body = io.NopCloser(bytes.NewReader(body))
	if answer == nil {
		http.NotFound(w, r)
		return
	}
	answer(w, r)
}

func (f *farSide) on(path string, answer http.HandlerFunc) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answers[path] = answer
}

// says makes an API answer with one fixed text.
func (f *farSide) says(path, text string) {
	f.on(path, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) })
}

// onlyToken makes an API accept nothing but one access token.
func (f *farSide) onlyToken(path, token, dead string) {
	f.on(path, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("access_token") != token {
			_, _ = io.WriteString(w, dead)
			return
		}
		_, _ = io.WriteString(w, `{"errcode":0,"errmsg":"ok","msgid":7}`)
	})
}

func (f *farSide) count(path string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[path]
}

func (f *farSide) body(t *testing.T, path string) map[string]any {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	var out map[string]any
	if len(f.bodies[path]) == 0 {
		t.Fatalf("no call of %s", path)
	}
	must(t, json.Unmarshal([]byte(f.bodies[path][len(f.bodies[path])-1]), &out))
	return out
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T comparable](t *testing.T, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("got %v, want %v", got, want)
	}
}
