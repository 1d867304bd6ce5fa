package sandbox

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"hongyun/wechat"
)

func testComponent() wechat.ComponentApp {
	return wechat.ComponentApp{AppID: "wx00000000000000ff", Secret: "open-secret", Token: "open-token",
		AESKey: "GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcba"}
}

// platform is a product with a third-party platform: what it stores, and any number of its instances.
type platform struct {
	*bench
	redis *miniredis.Miniredis

	mu      sync.Mutex
	ticket  string
	refresh map[string]string
	saves   int
	failing error // of the store
	known   map[string]wechat.App
	infos   []wechat.ComponentPush
}

func newPlatform(t *testing.T) *platform {
	p := &platform{refresh: map[string]string{}, known: map[string]wechat.App{}, redis: miniredis.RunT(t)}
	p.bench = newBench(t, func(o *Options) {
		o.Component = testComponent()
		app := o.App
		o.App = func(ctx context.Context, appid string) (wechat.App, error) {
			p.mu.Lock()
			defer p.mu.Unlock()
			if a, ok := p.known[appid]; ok {
				return a, nil
			}
			return app(ctx, appid)
		}
	})
	reader := p.client(t)
	p.product.answers(func(w http.ResponseWriter, o opened) {
		if o.appid == "ticket" {
			push, err := reader.OpenComponentPush(context.Background(), queryOf(o), o.sealed)
			if err != nil {
				t.Errorf("push: %v", err)
			}
			p.mu.Lock()
			p.infos = append(p.infos, push)
			if push.InfoType == wechat.InfoTicket {
				p.ticket = push.Ticket
			}
			p.mu.Unlock()
		}
		_, _ = io.WriteString(w, "success")
	})
	p.mustDoor("component/ticket", map[string]any{})
	return p
}

func queryOf(o opened) wechat.CallbackQuery {
	return wechat.CallbackQuery{Signature: o.query.Get("signature"), MsgSignature: o.query.Get("msg_signature"),
		Timestamp: o.query.Get("timestamp"), Nonce: o.query.Get("nonce"), EncryptType: o.query.Get("encrypt_type")}
}

// client is one instance of the product.
func (p *platform) client(t *testing.T) *wechat.Client {
	t.Helper()
	db := redis.NewClient(&redis.Options{Addr: p.redis.Addr(), MaxRetries: -1})
	t.Cleanup(func() { _ = db.Close() })
	client, err := wechat.NewHTTPClient(wechat.HTTPOptions{SandboxURL: p.url + "/sandbox/wire", Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return wechat.New(wechat.Options{App: p.o.App, Redis: db, HTTP: client, Now: p.clock, Pages: p.url + "/sandbox/wire",
		Component: func(context.Context) (wechat.ComponentApp, error) { return testComponent(), nil },
		Ticket: func(context.Context) (string, error) {
			p.mu.Lock()
			defer p.mu.Unlock()
			return p.ticket, nil
		},
		RefreshToken: func(_ context.Context, appid string) (string, error) {
			p.mu.Lock()
			defer p.mu.Unlock()
			return p.refresh[appid], nil
		},
		SaveRefreshToken: func(_ context.Context, appid, old, token string) error {
			p.mu.Lock()
			defer p.mu.Unlock()
			if p.failing != nil {
				return p.failing
			}
			if token == "" {
				t.Error("an empty refresh token")
			}
			if p.refresh[appid] == old {
				p.refresh[appid], p.saves = token, p.saves+1
			}
			return nil
		}})
}

// authorize lets the citizen's new account authorise the platform, and stores it as the product would.
func (p *platform) authorize(t *testing.T, c *wechat.Client, account string, functions ...int64) (appid, code string) {
	t.Helper()
	ctx := context.Background()
	page, err := c.AuthorizationPage(ctx, "https://dj.example.gov.cn/wechat/open/authorized?x=1", "state-1")
	if err != nil {
		t.Fatal(err)
	}
	in := map[string]any{"url": page, "person": "wang", "account": account, "name": "县民政局"}
	if functions != nil {
		in["functions"] = functions
	}
	a := p.mustDoor("component/authorize", in)
	back, err := url.Parse(a["redirect"].(string))
	if err != nil || back.Host != "dj.example.gov.cn" || back.Query().Get("state") != "state-1" || back.Query().Get("x") != "1" ||
		back.Query().Get("expires_in") != "600" || back.Query().Get("auth_code") != a["auth_code"] {
		t.Fatalf("redirect %v", a)
	}
	got, err := c.QueryAuthorization(ctx, back.Query().Get("auth_code"))
	if err != nil || got.AppID != a["appid"] {
		t.Fatalf("%+v %v", got, err)
	}
	info, err := c.AuthorizerInfo(ctx, got.AppID)
	if err != nil || info.Name != "县民政局" || info.Kind != wechat.KindService || !info.Verified || !strings.HasPrefix(info.OriginalID, "gh_") {
		t.Fatalf("%+v %v", info, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refresh[got.AppID] = got.RefreshToken
	p.known[got.AppID] = wechat.App{AppID: got.AppID, OriginalID: info.OriginalID, Name: info.Name, Kind: info.Kind,
		Authorization: wechat.AuthorizationComponent}
	return got.AppID, back.Query().Get("auth_code")
}

func (p *platform) stored(appid string) (string, int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.refresh[appid], p.saves
}

func (p *platform) componentTokens() (n int) {
	p.s.state.view(func(st *state) {
		for _, r := range st.tokens {
			if r.Of == ofComponent {
				n++
			}
		}
	})
	return n
}

func codeOf(err error) int64 {
	var refusal *wechat.Error
	if errors.As(err, &refusal) {
		return refusal.Code
	}
	return 0
}

func TestComponent(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	c, ctx := p.client(t), context.Background()
	appid, code := p.authorize(t, c, newAccount)
	fan := OpenID(appid, "wang")

	t.Run("the push tells of the authorisation, with the code that the browser brings", func(t *testing.T) {
		p.mu.Lock()
		defer p.mu.Unlock()
		last := p.infos[len(p.infos)-1]
		if last.InfoType != wechat.InfoAuthorized || last.AuthorizerAppID != appid || last.AuthorizationCode != code || len(last.Key) > 40 {
			t.Errorf("%#v", last)
		}
	})
	t.Run("a code works once, and an invented one never", func(t *testing.T) {
		if _, err := c.QueryAuthorization(ctx, code); codeOf(err) != 61010 {
			t.Error(err)
		}
		if _, err := c.QueryAuthorization(ctx, "queryauthcode@@@x"); codeOf(err) != 61009 {
			t.Error(err)
		}
	})
	t.Run("messages are sealed with the platform's keys, and so are the answers", func(t *testing.T) {
		p.mu.Lock()
		for id, original := range map[string]string{"wx00000000000000d1": "gh_other", "wx00000000000000d2": ""} {
			p.known[id] = wechat.App{AppID: id, OriginalID: original, Kind: wechat.KindService, Authorization: wechat.AuthorizationComponent}
		}
		p.mu.Unlock()
		before := p.product.answer
		defer p.product.answers(before)
		p.product.answers(func(w http.ResponseWriter, o opened) {
			push, err := c.OpenPush(ctx, o.appid, queryOf(o), o.sealed)
			if err != nil || o.kind != "open" || push.AppID != appid || push.OpenID != fan {
				t.Errorf("%s %+v %v", o.kind, push, err)
			}
			raw, err := c.SealReply(ctx, push, "已收到")
			if err != nil {
				t.Error(err)
			}
			_, _ = w.Write(raw)
			for _, other := range []string{clinic, "wx00000000000000d1", "wx00000000000000d2"} {
				if _, err := c.OpenPush(ctx, other, queryOf(o), o.sealed); !errors.Is(err, wechat.ErrForged) {
					t.Errorf("taken for one of %s: %v", other, err)
				}
			}
		})
		if a := p.mustDoor("people/wang/follow", map[string]any{"appid": appid}); a["reply"] != "已收到" {
			t.Error(a)
		}
		if a := p.mustDoor("people/wang/say", map[string]any{"appid": appid, "type": "text", "content": "路灯"}); a["reply"] != "已收到" {
			t.Error(a)
		}
	})
	t.Run("it sends with a token got by the refresh token, which is stored anew", func(t *testing.T) {
		old, _ := p.stored(appid)
		if err := c.SendCustomerText(ctx, appid, fan, "正在办理"); err != nil {
			t.Fatal(err)
		}
		if token, saves := p.stored(appid); token == old || token == "" || saves != 1 {
			t.Errorf("%d saves", saves)
		}
	})
	t.Run("the stable token is not for it", func(t *testing.T) {
		p.change(func(apps []wechat.App) []wechat.App { return apps })
		if a := p.stable(appid, "any", false); a.code() == 0 {
			t.Error(a)
		}
	})
	t.Run("it gets over dead tokens of the account and of the platform", func(t *testing.T) {
		if err := p.s.state.update(func(b *batch) { b.killTokens(appid); b.killTokens(testComponent().AppID) }); err != nil {
			t.Fatal(err)
		}
		if err := c.SendCustomerText(ctx, appid, fan, "已办结"); err != nil {
			t.Error(err)
		}
	})
	t.Run("an expired token of the platform is replaced", func(t *testing.T) {
		p.pass(3 * time.Hour)
		if _, err := c.AuthorizerInfo(ctx, appid); err != nil {
			t.Error(err)
		}
	})
	t.Run("who has taken the authorisation back is unauthorised", func(t *testing.T) {
		if status, _ := p.door("component/unauthorize", map[string]any{"account": appid, "person": "li"}); status != http.StatusConflict {
			t.Errorf("somebody else took it back: %d", status)
		}
		p.mustDoor("component/unauthorize", map[string]any{"account": appid, "person": "wang"})
		err := c.SendCustomerText(ctx, appid, fan, "再见")
		if !errors.Is(err, wechat.ErrUnauthorized) || wechat.OutcomeOf(err) != wechat.OutcomeConfig {
			t.Error(err)
		}
		if last := p.infos[len(p.infos)-1]; last.InfoType != wechat.InfoUnauthorized || last.AuthorizerAppID != appid {
			t.Errorf("%#v", last)
		}
	})
}

func TestComponent_Refresh(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	first, ctx := p.client(t), context.Background()
	appid, _ := p.authorize(t, first, newAccount)
	info := func(c *wechat.Client) error {
		_, err := c.Follower(ctx, appid, OpenID(appid, "wang"))
		return err
	}
	t.Run("of many on two instances one turns the refresh token", func(t *testing.T) {
		second := p.client(t)
		p.fault(Fault{API: "cgi-bin/component/api_authorizer_token", TimeoutMS: 100, Times: 2})
		defer p.s.faults.clear()
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				if err := info([]*wechat.Client{first, second}[i%2]); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if _, saves := p.stored(appid); saves != 1 {
			t.Errorf("%d saves", saves)
		}
	})
	t.Run("of many on two instances one exchanges the ticket", func(t *testing.T) {
		p.redis.FlushAll()
		p.fault(Fault{API: "cgi-bin/component/api_component_token", TimeoutMS: 100, Times: 2})
		defer p.s.faults.clear()
		before := p.componentTokens()
		var all sync.WaitGroup
		for range 2 {
			c := p.client(t)
			all.Go(func() {
				if _, err := c.AuthorizerInfo(ctx, appid); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if got := p.componentTokens() - before; got != 1 {
			t.Errorf("%d tokens", got)
		}
	})
	dead := func() {
		if err := p.s.state.update(func(b *batch) { b.killTokens(appid) }); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("a token that could not be stored is not used, and is stored before the next", func(t *testing.T) {
		dead()
		p.mu.Lock()
		p.failing = errors.New("no database")
		p.mu.Unlock()
		if err := info(first); wechat.OutcomeOf(err) != wechat.OutcomeRetry {
			t.Error(err)
		}
		p.mu.Lock()
		p.failing = nil
		p.mu.Unlock()
		if err := info(first); err != nil {
			t.Error(err)
		}
	})
	t.Run("a caller who gives up loses no refresh token", func(t *testing.T) {
		dead()
		p.fault(Fault{API: "cgi-bin/component/api_authorizer_token", TimeoutMS: 150, Times: 1})
		hasty, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
		defer cancel()
		if _, err := first.Follower(hasty, appid, OpenID(appid, "wang")); err == nil {
			t.Error("in time")
		}
		if err := info(first); err != nil {
			t.Error(err)
		}
	})
	t.Run("an old refresh token is unauthorised", func(t *testing.T) {
		dead()
		p.mu.Lock()
		p.refresh[appid] = "refreshtoken@@@old"
		p.mu.Unlock()
		if err := info(p.client(t)); !errors.Is(err, wechat.ErrUnauthorized) {
			t.Error(err)
		}
	})
	t.Run("without any it does not ask", func(t *testing.T) {
		p.mu.Lock()
		p.refresh[appid] = ""
		p.mu.Unlock()
		if err := info(p.client(t)); !errors.Is(err, wechat.ErrUnauthorized) {
			t.Error(err)
		}
	})
}

func TestComponent_Ticket(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	c, ctx := p.client(t), context.Background()
	own := testComponent()
	token := func(ticket string) answer {
		_, a := p.send(http.MethodPost, "/sandbox/wire/cgi-bin/component/api_component_token", map[string]any{
			"component_appid": own.AppID, "component_appsecret": own.Secret, "component_verify_ticket": ticket})
		return a
	}
	p.mu.Lock()
	old := p.ticket
	p.mu.Unlock()
	p.mustDoor("component/ticket", map[string]any{})
	wantCode(t, token(old), 61005)
	wantCode(t, token("ticket@@@x"), 61006)
	p.mu.Lock()
	p.ticket = ""
	p.mu.Unlock()
	if _, err := c.AuthorizationPage(ctx, "https://x/", "s"); !errors.Is(err, wechat.ErrNoTicket) || wechat.OutcomeOf(err) != wechat.OutcomeRetry {
		t.Error(err)
	}
	t.Run("a ticket comes at every tick", func(t *testing.T) {
		ticks := make(chan time.Time)
		done := make(chan struct{})
		before := len(p.product.pushes())
		go func() { defer close(done); p.s.pushTickets(ticks) }()
		ticks <- time.Time{}
		ticks <- time.Time{}
		if got := len(p.product.pushes()) - before; got < 2 {
			t.Errorf("%d tickets", got)
		}
		p.s.pushes.close(time.Second)
		<-done
	})
}

func TestComponent_Functions(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	c, ctx := p.client(t), context.Background()
	appid, _ := p.authorize(t, c, newAccount, 1)
	if err := c.SetMenu(ctx, appid, []wechat.MenuButton{{Name: "诉求", Type: wechat.ButtonClick, Key: "MINE"}}); codeOf(err) != 61007 {
		t.Error(err)
	}
}

func TestComponent_Forged(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	c, ctx, own := p.client(t), context.Background(), testComponent()
	make := func(change func(*wechat.ComponentApp), b infoBody) (wechat.CallbackQuery, []byte) {
		keys := own
		if change != nil {
			change(&keys)
		}
		query, body, err := seal(p.s.infoPush(wechat.InfoTicket, b, p.clock()), keys, p.clock())
		if err != nil {
			t.Fatal(err)
		}
		return queryOf(opened{query: query}), body
	}
	good := infoBody{Ticket: &cdata{"t"}}
	want := func(name string, want error, q wechat.CallbackQuery, body []byte) {
		t.Run(name, func(t *testing.T) {
			if _, err := c.OpenComponentPush(ctx, q, body); !errors.Is(err, want) {
				t.Errorf("%v, want %v", err, want)
			}
		})
	}
	q, body := make(nil, good)
	want("genuine", nil, q, body)
	plain := q
	plain.EncryptType = ""
	want("without encryption", wechat.ErrPlaintext, plain, body)
	want("a plain body", wechat.ErrPlaintext, q, p.s.infoPush(wechat.InfoTicket, good, p.clock()).body)
	want("too large", wechat.ErrTooLarge, q, append(body, []byte(strings.Repeat(" ", wechat.MaxPushBytes))...))
	wrong := q
	wrong.MsgSignature = strings.Repeat("0", 40)
	want("a wrong signature", wechat.ErrForged, wrong, body)
	q2, body2 := make(func(a *wechat.ComponentApp) { a.Token = "other" }, good)
	want("another token", wechat.ErrForged, q2, body2)
	q2, body2 = make(func(a *wechat.ComponentApp) { a.AppID = "wx00000000000000ee" }, good)
	want("sealed for another platform", wechat.ErrForged, q2, body2)
	inside := p.s.infoPush(wechat.InfoTicket, good, p.clock())
	inside.body = []byte(strings.Replace(string(inside.body), own.AppID, "wx00000000000000ee", 1))
	query, body2, err := seal(inside, own, p.clock())
	if err != nil {
		t.Fatal(err)
	}
	want("about another platform", wechat.ErrForged, queryOf(opened{query: query}), body2)
	q2, body2 = make(nil, infoBody{})
	want("no ticket", wechat.ErrMalformed, q2, body2)
	p.pass(11 * time.Minute)
	want("eleven minutes old", wechat.ErrStale, q, body)
}

func TestComponent_Page(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	c := p.client(t)
	var back string
	product := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { back = r.URL.RawQuery }))
	defer product.Close()
	page, err := c.AuthorizationPage(context.Background(), product.URL+"/wechat/open/authorized", "s")
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.Get(page)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK || !strings.Contains(string(text), "县卫健局") {
		t.Errorf("%d %s", res.StatusCode, text)
	}
	for _, twice := range []bool{false, true} {
		res, err = http.PostForm(page, url.Values{"person": {"wang"}, "account": {"new"}, "name": {"县民政局"}, "kind": {"subscription"}})
		if err != nil {
			t.Fatal(err)
		}
		text, _ = io.ReadAll(res.Body)
		_ = res.Body.Close()
		if twice && !strings.Contains(string(text), "已经用过") || !twice && !strings.Contains(back, "auth_code=") {
			t.Errorf("%v %s %s", twice, back, text)
		}
	}
}

func TestComponent_Journal(t *testing.T) {
	t.Parallel()
	file := t.TempDir() + "/journal"
	b := newBench(t, func(o *Options) { o.StateFile = file })
	err := b.s.state.update(func(s *batch) {
		s.setTicket("wxc", ticketRecord{Current: "t"})
		s.setGrant("wxa", grantRecord{On: true, Refresh: "r"})
		s.setFounded(foundedRecord{AppID: "wxa", Name: "县民政局"})
		s.setMenu("wxa", []wechat.MenuButton{{Name: "诉求"}})
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time from what the first start wrote back
		_ = b.s.Close()
		b.open()
		st := b.s.state.open
		if st.tickets["wxc"].Current != "t" || st.grants["wxa"].Refresh != "r" || st.founded["wxa"].Name != "县民政局" || len(st.menus["wxa"]) != 1 {
			t.Errorf("%+v", st)
		}
	}
}
