package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"hongyun/wechat"
)

const (
	mini    = "wx00000000000000aa"
	clinic  = "wx00000000000000bb" // a service account
	weather = "wx00000000000000cc" // a subscription account
	aesKey  = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
)

// bench is a sandbox and a product, each behind a real HTTP server, and one clock.
type bench struct {
	t       testing.TB
	s       *Sandbox
	o       Options
	url     string
	product *product

	mu   sync.Mutex
	now  time.Time
	apps []wechat.App
}

func newBench(t testing.TB, change ...func(*Options)) *bench {
	t.Helper()
	b := &bench{t: t, now: time.Date(2026, 7, 1, 1, 0, 0, 0, time.UTC), apps: []wechat.App{
		{AppID: mini, Secret: "mini-secret", Token: "mini-token", AESKey: aesKey, OriginalID: "gh_mini", Name: "红云", Kind: wechat.KindMiniProgram},
		{AppID: clinic, Secret: "clinic-secret", Token: "clinic-token", AESKey: aesKey, OriginalID: "gh_clinic", Name: "县卫健局", Kind: wechat.KindService},
		{AppID: weather, Secret: "weather-secret", Token: "weather-token", AESKey: aesKey, Name: "县气象台", Kind: wechat.KindSubscription},
	}}
	b.product = newProduct(t, b)
	b.o = Options{
		People: func(context.Context) ([]Person, error) { return cast(), nil },
		Person: func(_ context.Context, id string) (Person, error) {
			if i := slices.IndexFunc(cast(), func(p Person) bool { return p.ID == id }); i >= 0 {
				return cast()[i], nil
			}
			if id == "m-123" {
				return Person{ID: id, Name: "名册里的人", Role: "member", Phone: "13900000123"}, nil
			}
			return Person{}, errors.New("no such person")
		},
		Apps: func(context.Context) ([]wechat.App, error) { return b.accounts(), nil },
		App: func(_ context.Context, appid string) (wechat.App, error) {
			apps := b.accounts()
			if i := slices.IndexFunc(apps, func(a wechat.App) bool { return a.AppID == appid }); i >= 0 {
				return apps[i], nil
			}
			return wechat.App{}, wechat.ErrUnknownApp
		},
		MiniProgram:  mini,
		OpenPlatform: func(appid string) bool { return appid != weather },
		Templates: []Template{
			{AppID: mini, ID: "T-DUES", Title: "党费缴纳提醒", Keys: []string{"thing1", "amount2", "date3"}, Labels: map[string]string{"thing1": "缴费项目"}},
			{AppID: mini, ID: "T-CARD", Title: "政治生日", Keys: []string{"thing1"}},
			{AppID: mini, ID: "T-LONG", Title: "办理进度", Keys: []string{"thing1"}, LongTerm: true},
			{ID: "T-PROGRESS", Title: "诉求办理进度", Keys: []string{"thing1", "phrase2"}},
		},
		Pages:       []string{"pages/index/index", "/pages/dues/bill"},
		CallbackURL: b.product.url,
		Now:         b.clock,
		pause:       time.Millisecond,
	}
	for _, c := range change {
		c(&b.o)
	}
	b.open()
	return b
}

// open starts a sandbox with the bench's options, as a restart would.
func (b *bench) open() {
	b.t.Helper()
	s, err := New(b.o)
	if err != nil {
		b.t.Fatal(err)
	}
	server := httptest.NewServer(s.Handler())
	b.s, b.url = s, server.URL
	b.t.Cleanup(func() { server.Close(); _ = s.Close() })
}

func cast() []Person {
	return []Person{
		{ID: "li", Name: "李卫国", Role: "branch_admin", Org: "城关街道第一支部", Phone: "13800000001", Bound: true},
		{ID: "wang", Name: "王秀英", Role: "citizen", Org: "城关街道", Phone: "13800000002"},
		{ID: "zhao", Name: "赵敏", Role: "member", Org: "城关街道第一支部", Phone: "13800000003", Bind: &Bind{"赵敏", "012345"}},
	}
}

func (b *bench) clock() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

func (b *bench) pass(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(d)
}

func (b *bench) accounts() []wechat.App {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.apps)
}

func (b *bench) change(f func(apps []wechat.App) []wechat.App) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.apps = f(b.apps)
}

// answer is any JSON object.
type answer map[string]any

func (a answer) code() int {
	code, _ := a["errcode"].(float64)
	return int(code)
}

// send makes one request and reads the JSON answer.
func (b *bench) send(method, path string, body any) (int, answer) {
	b.t.Helper()
	status, raw, _ := b.raw(method, path, body)
	var a answer
	if err := json.Unmarshal(raw, &a); err != nil {
		b.t.Errorf("%s %s: %v: %.200s", method, path, err, raw)
	}
	return status, a
}

func (b *bench) raw(method, path string, body any) (int, []byte, http.Header) {
	b.t.Helper()
	var in io.Reader
	switch body := body.(type) {
	case nil:
	case string:
		in = bytes.NewReader([]byte(body))
	default:
		raw, err := json.Marshal(body)
		if err != nil {
			b.t.Fatal(err)
		}
		in = bytes.NewReader(raw)
	}
	req, err := http.NewRequest(method, b.url+path, in)
	if err != nil {
		b.t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.t.Errorf("%s %s: %v", method, path, err)
		return 0, nil, nil
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Errorf("%s %s: %v", method, path, err)
	}
	return res.StatusCode, raw, res.Header
}

// wire calls an API that takes a token.
func (b *bench) wire(appid, path string, body any) answer {
	b.t.Helper()
	return b.wireWith(b.token(appid), path, body)
}

func (b *bench) wireWith(token, path string, body any) answer {
	b.t.Helper()
	method := http.MethodPost
	if body == nil {
		method = http.MethodGet
	}
	u, _ := url.Parse(path)
	q := u.Query()
	q.Set("access_token", token)
	_, a := b.send(method, "/sandbox/wire/"+u.Path+"?"+q.Encode(), body)
	return a
}

func (b *bench) token(appid string) string {
	b.t.Helper()
	a := b.stable(appid, b.secret(appid), false)
	token, _ := a["access_token"].(string)
	if token == "" {
		b.t.Fatalf("no token for %s: %v", appid, a)
	}
	return token
}

func (b *bench) stable(appid, secret string, force bool) answer {
	b.t.Helper()
	_, a := b.send(http.MethodPost, "/sandbox/wire/cgi-bin/stable_token", map[string]any{
		"grant_type": "client_credential", "appid": appid, "secret": secret, "force_refresh": force})
	return a
}

func (b *bench) secret(appid string) string {
	for _, a := range b.accounts() {
		if a.AppID == appid {
			return a.Secret
		}
	}
	return "?"
}

// door posts to the door, or reads when body is nil.
func (b *bench) door(path string, body any) (int, answer) {
	b.t.Helper()
	method := http.MethodPost
	if body == nil {
		method = http.MethodGet
	}
	return b.send(method, "/sandbox/api/"+path, body)
}

func (b *bench) mustDoor(path string, body any) answer {
	b.t.Helper()
	status, a := b.door(path, body)
	if status != http.StatusOK {
		b.t.Fatalf("door %s: %d %v", path, status, a)
	}
	return a
}

func (b *bench) list(path string) []answer {
	b.t.Helper()
	_, raw, _ := b.raw(http.MethodGet, "/sandbox/api/"+path, nil)
	var items []answer
	if err := json.Unmarshal(raw, &items); err != nil {
		b.t.Fatalf("%s: %v: %.200s", path, err, raw)
	}
	return items
}

func wantCode(t *testing.T, a answer, code int) {
	t.Helper()
	if a.code() != code {
		t.Errorf("answer %v, want errcode %d", a, code)
	}
}

// duesData fits template T-DUES.
func duesData() map[string]any {
	return map[string]any{"thing1": v("七月党费"), "amount2": v("¥12.50"), "date3": v("2026年7月20日")}
}

func v(text string) map[string]string { return map[string]string{"value": text} }

func jsonBody(t *testing.T, body any) io.Reader {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(raw)
}
