package handler

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service"
	"hongyun/service/account"
	"hongyun/service/audit"
	"hongyun/service/vault"
	"hongyun/wechat"
	"hongyun/wechat/sandbox"
)

const phonesAppID = "wx00000000000000a1"

// phones is the whole platform from the outside: people sign in with codes of the WeChat sandbox and send what a phone
// would send.
type phones struct {
	t            testing.TB
	db           *model.DB
	vault        *vault.Vault
	s            *service.Service
	app          *fiber.App
	far          *httptest.Server
	phone        map[string]string
	branch, city int64
}

func eachPhones(t *testing.T, test func(t *testing.T, p *phones)) {
	t.Parallel()
	clock := modeltest.At("2026-11-20 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) { test(t, newPhones(t, db)) })
}

func newPhones(t testing.TB, db *model.DB) *phones {
	rdb := redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr(), MaxRetries: -1})
	t.Cleanup(func() { _ = rdb.Close() })
	p := newPhonesOn(t, db, rdb)
	p.county()
	return p
}

// phonesMerchant is made once: keys take long.
var phonesMerchant = sync.OnceValues(func() (*sandbox.Merchant, error) { return sandbox.OpenMerchant("") })

// newPhonesOn makes no county: the database may hold one already.
func newPhonesOn(t testing.TB, db *model.DB, rdb redis.UniversalClient) *phones {
	p := &phones{t: t, db: db, phone: map[string]string{}}
	mini := wechat.App{AppID: phonesAppID, Secret: strings.Repeat("5", 32), Token: "token", AESKey: strings.Repeat("a", 43), Kind: wechat.KindMiniProgram}
	merchant, err := phonesMerchant()
	p.must(err)
	platform := wechat.ComponentApp{AppID: "wx00000000000000ff", Secret: strings.Repeat("6", 32), Token: "token", AESKey: strings.Repeat("b", 43)}
	var door atomic.Pointer[http.Handler]
	p.far = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h := door.Load(); h != nil {
			(*h).ServeHTTP(w, r)
			return
		}
		w.WriteHeader(http.StatusServiceUnavailable) // a push before everything stands
	}))
	box, err := sandbox.New(sandbox.Options{
		People: func(context.Context) ([]sandbox.Person, error) { return nil, nil },
		Person: func(_ context.Context, id string) (sandbox.Person, error) {
			if p.phone[id] == "" {
				return sandbox.Person{}, errors.New("no such person")
			}
			return sandbox.Person{ID: id, Phone: p.phone[id]}, nil
		},
		Apps: func(context.Context) ([]wechat.App, error) { return nil, nil },
		App: func(ctx context.Context, appid string) (wechat.App, error) {
			if app, err := p.s.Official.Credentials(ctx, appid); err == nil {
				return app, nil
			}
			return mini, nil
		},
		MiniProgram: phonesAppID, Component: platform, CallbackURL: p.far.URL, Merchant: merchant, Now: db.Now,
	})
	p.must(err)
	t.Cleanup(func() { p.far.Close(); p.must(box.Close()) })
	client, err := wechat.NewHTTPClient(wechat.HTTPOptions{SandboxURL: p.far.URL + "/sandbox/wire"})
	p.must(err)
	t.Cleanup(client.CloseIdleConnections)
	p.vault, err = vault.New([]byte(strings.Repeat("k", vault.KeyBytes)))
	p.must(err)
	log := slog.New(slog.DiscardHandler)
	credentials := merchant.Credentials()
	credentials.NotifyURL = p.far.URL + "/wechat/pay/notify" // nobody listens
	pay, err := wechat.NewPay(t.Context(), credentials, client)
	p.must(err)
	p.s = service.New(service.Options{DB: db, Redis: rdb, Vault: p.vault, HTTP: client, MiniProgram: mini, Component: platform, PublicURL: "https://dj.example.gov.cn",
		Pay: pay, DataDir: t.TempDir(), Instance: "test", Log: log, Now: db.Now})
	p.app, err = New(Options{Service: p.s, Log: log, Metrics: prometheus.NewRegistry(), ProxyHeader: "X-Real-IP"})
	p.must(err)
	mux := http.NewServeMux()
	mux.Handle("/sandbox/", box.Handler())
	mux.HandleFunc("POST /wechat/open/ticket", adaptor.FiberApp(p.app))
	var h http.Handler = mux
	door.Store(&h)
	p.ticket()
	return p
}

// ticket lets the open platform push its first ticket, which everything there needs.
func (p *phones) ticket() {
	p.t.Helper()
	res, err := http.Post(p.far.URL+"/sandbox/api/component/ticket", "application/json", strings.NewReader("{}"))
	p.must(err)
	defer res.Body.Close()
	if body, err := io.ReadAll(res.Body); err != nil || !strings.Contains(string(body), `"ok":true`) {
		p.t.Fatalf("ticket: %s %v", body, err)
	}
}

func (p *phones) county() {
	city := model.Org{Type: model.OrgCity, Path: "001", Name: "市委", CreatedAt: p.db.Now()}
	p.create(&city)
	branch := model.Org{ParentID: &city.ID, Type: model.OrgBranch, Path: "001001", Name: "一支部", CreatedAt: p.db.Now()}
	p.create(&branch)
	p.city, p.branch = city.ID, branch.ID
}

func (p *phones) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *phones) create(row any) {
	p.t.Helper()
	p.must(p.db.Tx(p.t.Context(), func(tx model.Tx) error { return tx.Create(row).Error }))
}

// member adds one with a phone of his or her own and answers the id of the person who holds it.
func (p *phones) member(name, idNumber, phone string) (person string, id int64) {
	m := model.Member{OrgID: p.branch, Name: name, IDSealed: p.vault.Seal(idNumber), IDIndex: p.vault.Index(idNumber), PhoneSealed: p.vault.Seal(phone),
		PhoneIndex: p.vault.Index(phone), Sex: "MALE", BornOn: "1980-01-01", Status: model.MemberFull, Standing: model.StandingActive,
		AdmittedOn: "2010-07-01", CreatedAt: p.db.Now(), UpdatedAt: p.db.Now(), Version: 1}
	p.create(&m)
	person = fmt.Sprintf("m-%d", m.ID)
	p.phone[person] = phone
	return person, m.ID
}

// code is what WeChat gives the phone: code for signing in, phone-code for the number.
func (p *phones) code(person, kind string) string {
	p.t.Helper()
	res, err := http.Post(p.far.URL+"/sandbox/api/people/"+person+"/"+kind, "application/json", nil)
	p.must(err)
	defer res.Body.Close()
	var out struct{ Code string }
	p.must(json.NewDecoder(res.Body).Decode(&out))
	return out.Code
}

// call sends a request and wants the status.
func (p *phones) call(token, method, path string, body any, status int) map[string]any {
	p.t.Helper()
	var content io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		p.must(err)
		content = bytes.NewReader(raw)
	}
	r := httptest.NewRequest(method, "/api/v1"+path, content)
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := p.app.Test(r, int((20 * time.Second).Milliseconds()))
	p.must(err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	p.must(err)
	if res.StatusCode != status {
		p.t.Fatalf("%s %s: %d %s, want %d", method, path, res.StatusCode, raw, status)
	}
	out := map[string]any{}
	if len(raw) > 0 {
		p.must(json.Unmarshal(raw, &out))
	}
	return out
}

func (p *phones) login(person string) string {
	p.t.Helper()
	return p.call("", "POST", "/auth/wechat", map[string]string{"code": p.code(person, "code")}, 200)["token"].(string)
}

func (p *phones) bind(token, person, name, last6 string, status int) map[string]any {
	p.t.Helper()
	return p.call(token, "POST", "/auth/bind", map[string]string{"name": name, "id_last6": last6, "phone_code": p.code(person, "phone-code")}, status)
}

func TestAccount_FromThePhone(t *testing.T) {
	eachPhones(t, func(t *testing.T, p *phones) {
		zhang, zhangID := p.member("张三", "361199199001010018", "13800000001")
		li, liID := p.member("李四", "36119919851231123X", "13800000002")
		in := p.call("", "POST", "/auth/wechat", map[string]string{"code": p.code(zhang, "code")}, 200)
		token := in["token"].(string)
		if in["expires_at"] == nil || in["account"].(map[string]any)["bound"] != false || in["account"].(map[string]any)["member"] != nil {
			p.t.Fatal(in)
		}
		p.call("", "GET", "/me", nil, 401)
		p.call("forged", "GET", "/me", nil, 401)

		t.Run("a wrong triple is refused in a sentence", func(t *testing.T) {
			out := p.bind(token, zhang, "张三", "010019", 400)
			if out["code"] != "account.no_match" || !strings.Contains(out["message"].(string), "花名册") {
				t.Fatal(out)
			}
		})
		bound := p.bind(token, zhang, "张三", "010018", 200)
		if m := bound["member"].(map[string]any); m["name"] != "张三" || m["org_name"] != "一支部" || bound["roles"] == nil {
			p.t.Fatal(bound)
		}
		t.Run("the member's own pages", func(t *testing.T) {
			if me := p.call(token, "GET", "/me", nil, 200); len(me["modules"].([]any)) == 0 || me["bound"] != true {
				t.Fatal(me)
			}
			if home := p.call(token, "GET", "/me/home", nil, 200); home["name"] != "张三" || home["dues"] != nil {
				t.Fatal(home)
			}
			if orgs := p.call(token, "GET", "/orgs", nil, 200); orgs["total"] != 1.0 {
				t.Fatal(orgs)
			}
			p.call(token, "GET", fmt.Sprint("/orgs/", p.branch), nil, 200)
			p.call(token, "GET", fmt.Sprint("/orgs/", p.city), nil, 404)
			if self := p.call(token, "GET", fmt.Sprint("/members/", zhangID), nil, 200); self["id_number"] != "361199********0018" {
				t.Fatal(self)
			}
			p.call(token, "GET", fmt.Sprint("/members/", liID), nil, 404)
			p.call(token, "GET", "/members", nil, 403)
			p.call(token, "GET", "/roles", nil, 403)
			p.call(token, "DELETE", fmt.Sprintf("/members/%d/binding", liID), nil, 403)
		})

		_, err := p.s.Account.GrantFirst(t.Context(), audit.Command("root"), account.FirstGrant{IDNumber: "36119919851231123X", Role: model.RoleAdmin})
		p.must(err)
		admin := p.login(li)
		p.bind(admin, li, "李四", "31123x", 200)
		t.Run("an administrator reads the roster in pages", func(t *testing.T) {
			page := p.call(admin, "GET", "/members?size=1&page=2", nil, 200)
			if page["total"] != 2.0 || len(page["items"].([]any)) != 1 {
				t.Fatal(page)
			}
			p.call(admin, "GET", "/members?size=1001", nil, 400)
			p.call(admin, "GET", "/members?status=KING", nil, 400)
		})
		t.Run("gives a role and takes it back", func(t *testing.T) {
			g := p.call(admin, "POST", "/roles", map[string]any{"member_id": zhangID, "role": "leader", "org_id": p.branch}, 201)
			p.call(token, "GET", "/members", nil, 200)
			p.call(admin, "DELETE", fmt.Sprint("/roles/", g["id"]), nil, 204)
			p.call(token, "GET", "/members", nil, 403)
			p.call(admin, "POST", "/roles", map[string]any{"member_id": zhangID, "role": "emperor", "org_id": p.branch}, 400)
		})
		t.Run("moves a member to a new phone", func(t *testing.T) {
			p.phone["new"] = "13800000001"
			fresh := p.login("new")
			refusal := p.bind(fresh, "new", "张三", "010018", 409)
			ticket := refusal["details"].(map[string]any)["ticket"]
			r := p.call(fresh, "POST", "/rebind-requests", map[string]any{"ticket": ticket, "reason": "换了手机"}, 201)
			if rows := p.call(admin, "GET", "/rebind-requests?state=PENDING", nil, 200); rows["total"] != 1.0 {
				t.Fatal(rows)
			}
			p.call(admin, "POST", fmt.Sprintf("/rebind-requests/%v/reject", r["id"]), map[string]any{"note": " "}, 400)
			p.call(admin, "POST", fmt.Sprintf("/rebind-requests/%v/approve", r["id"]), map[string]any{"note": "已核实"}, 200)
			p.call(token, "GET", "/me", nil, 401)
			if me := p.call(fresh, "GET", "/me", nil, 200); me["bound"] != true {
				t.Fatal(me)
			}
			if inbox := p.call(fresh, "GET", "/me/messages", nil, 200); len(inbox["items"].([]any)) != 1 {
				t.Fatal(inbox)
			}
			p.call(admin, "DELETE", fmt.Sprintf("/members/%d/binding", zhangID), nil, 204)
			p.call(fresh, "GET", "/me", nil, 401)
		})
		t.Run("signs out for good", func(t *testing.T) {
			p.call(admin, "DELETE", "/auth/session", nil, 204)
			p.call(admin, "GET", "/me", nil, 401)
		})
		_, err = audit.Verify(t.Context(), p.db)
		p.must(err)
	})
}
