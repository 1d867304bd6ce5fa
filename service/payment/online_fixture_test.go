package payment

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/ledger"
	"hongyun/service/notify"
	"hongyun/service/vault"
	"hongyun/wechat"
	"hongyun/wechat/sandbox"
)

const shopAppID = "wx00000000000000aa"

// shopMerchant is made once: keys take long.
var shopMerchant = sync.OnceValues(func() (*sandbox.Merchant, error) { return sandbox.OpenMerchant("") })

// shop is two branches of one committee and one of another, with WeChat Pay at the far side of a real wire.
type shop struct {
	t     testing.TB
	db    *model.DB
	s     *Service
	far   *sandbox.Sandbox
	wire  string
	clock *modeltest.Clock
	orgs  map[string]model.Org
	n     int

	mu      sync.Mutex
	refused int // notices that were not taken
}

var bg = context.Background()

func eachShop(t *testing.T, test func(t *testing.T, w *shop)) {
	t.Helper()
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		clock := modeltest.At("2026-11-20 09:00:00")
		test(t, newShop(t, modeltest.SQLite(t, clock.Now), clock))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		clock := modeltest.At("2026-11-20 09:00:00")
		test(t, newShop(t, modeltest.Postgres(t, clock.Now), clock))
	})
}

func newShop(t testing.TB, db *model.DB, clock *modeltest.Clock) *shop {
	t.Helper()
	w := &shop{t: t, db: db, clock: clock, orgs: map[string]model.Org{}}
	for path, o := range map[string]model.Org{"001": {Type: model.OrgCity, Name: "市委"}, "001001": {Type: model.OrgCommittee, Name: "甲党委"},
		"001001001": {Type: model.OrgBranch, Name: "甲一支部"}, "001001002": {Type: model.OrgBranch, Name: "甲二支部"}} {
		o.Path, o.CreatedAt = path, db.Now()
		w.create(&o)
		w.orgs[o.Name] = o
	}
	w.open()
	return w
}

// run is a sub-test: what fails in the shop fails there.
func (w *shop) run(t *testing.T, sentence string, test func(t *testing.T)) {
	t.Helper()
	t.Run(sentence, func(t *testing.T) {
		outer := w.t
		w.t = t
		defer func() { w.t = outer }()
		test(t)
	})
}

// open builds WeChat Pay, and the service on its wire.
func (w *shop) open() {
	w.t.Helper()
	product := httptest.NewServer(http.HandlerFunc(w.notified))
	w.t.Cleanup(product.Close)
	merchant, err := shopMerchant()
	w.must(err)
	anybody := func(_ context.Context, id string) (sandbox.Person, error) {
		return sandbox.Person{ID: id, Name: id}, nil
	}
	app := wechat.App{AppID: shopAppID, Secret: "s", Kind: wechat.KindMiniProgram}
	w.far, err = sandbox.New(sandbox.Options{
		People: func(context.Context) ([]sandbox.Person, error) { return nil, nil }, Person: anybody,
		Apps:        func(context.Context) ([]wechat.App, error) { return []wechat.App{app}, nil },
		App:         func(context.Context, string) (wechat.App, error) { return app, nil },
		MiniProgram: shopAppID, Merchant: merchant, Now: w.clock.Now,
	})
	w.must(err)
	far := httptest.NewServer(w.far.Handler())
	w.t.Cleanup(func() { far.Close(); _ = w.far.Close() })
	w.wire = far.URL
	client, err := wechat.NewHTTPClient(wechat.HTTPOptions{SandboxURL: far.URL + "/sandbox/wire", Timeout: 5 * time.Second})
	w.must(err)
	credentials := merchant.Credentials()
	credentials.NotifyURL = product.URL + "/wechat/pay/notify"
	pay, err := wechat.NewPay(bg, credentials, client)
	w.must(err)
	w.s = w.service(pay)
}

// service is one instance; pay is nil where nothing can be paid online.
func (w *shop) service(pay *wechat.Pay) *Service {
	w.t.Helper()
	v, err := vault.New(make([]byte, vault.KeyBytes))
	w.must(err)
	w.n++
	return New(Options{DB: w.db, Notify: notify.New(notify.Options{DB: w.db, Kinds: Kinds(), MPAppID: shopAppID, Instance: "test"}), Vault: v, Pay: pay,
		MPAppID: shopAppID, Instance: fmt.Sprint("i", w.n)})
}

// notified is the product's callback address.
func (w *shop) notified(out http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if err := w.s.Notice(r.Context(), r.Header, body); err != nil {
		w.mu.Lock()
		w.refused++
		w.mu.Unlock()
		if !errors.Is(err, wechat.ErrForged) {
			w.t.Errorf("a notice failed: %v", err)
		}
		out.WriteHeader(http.StatusUnauthorized)
		return
	}
	out.WriteHeader(http.StatusNoContent)
}

func (w *shop) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *shop) create(row any) {
	w.t.Helper()
	w.must(w.db.Read(bg).Create(row).Error)
}

// member is somebody of a branch with the mini-program.
func (w *shop) member(org, name string) access.Viewer {
	w.t.Helper()
	w.n++
	m := model.Member{OrgID: w.orgs[org].ID, Name: name, IDSealed: "x", IDIndex: fmt.Sprint(w.n), Sex: "FEMALE", BornOn: "1990-01-01",
		Status: model.MemberFull, Standing: model.StandingActive, AdmittedOn: "2010-07-01", CreatedAt: w.db.Now(), UpdatedAt: w.db.Now()}
	w.create(&m)
	return w.as(m.ID)
}

// as is a phone of the member: an account of its own.
func (w *shop) as(member int64) access.Viewer {
	w.t.Helper()
	w.n++
	a := model.Account{MPAppID: shopAppID, OpenID: sandbox.OpenID(shopAppID, fmt.Sprint("p", w.n)), MemberID: &member, CreatedAt: w.db.Now(), LastLoginAt: w.db.Now()}
	w.create(&a)
	v, err := access.Load(w.db.Read(bg), a.ID)
	w.must(err)
	return v
}

func (w *shop) holder(role, org, name string) access.Viewer {
	w.t.Helper()
	v, id := w.member("甲二支部", name), w.orgs[org].ID
	w.create(&model.RoleGrant{MemberID: &v.MemberID, Role: role, OrgID: &id, GrantedAt: w.db.Now()})
	v, err := access.Load(w.db.Read(bg), v.AccountID)
	w.must(err)
	return v
}

func (w *shop) allow(org string, change func(*model.DuesSetting)) {
	w.t.Helper()
	row := model.DuesSetting{OrgID: w.orgs[org].ID, UpdatedAt: w.db.Now()}
	change(&row)
	w.create(&row)
}

// bill is what a member owes for a month, with its entry in the ledger.
func (w *shop) bill(v access.Viewer, month model.Month, fen int64) model.DuesBill {
	w.t.Helper()
	b := model.DuesBill{MemberID: v.MemberID, OrgID: v.OrgID, Month: month, Category: "SALARIED", AmountFen: fen, State: model.BillUnpaid, CreatedAt: w.db.Now()}
	w.must(w.db.Tx(bg, func(tx model.Tx) error {
		if err := tx.Create(&b).Error; err != nil {
			return err
		}
		_, err := ledger.Post(tx, ledger.Transfer{Key: fmt.Sprint("bill/", b.ID), Kind: "dues.bill", From: ledger.DuesBilled(b.OrgID), To: ledger.DuesDue(b.MemberID), Amount: fen})
		return err
	}))
	return b
}

func (w *shop) pay(v access.Viewer, bills ...model.DuesBill) (Paying, error) {
	return w.s.Pay(bg, v, "", PayInput{BillIDs: idsOf(bills)})
}

func (w *shop) mustPay(v access.Viewer, bills ...model.DuesBill) Paying {
	w.t.Helper()
	p, err := w.pay(v, bills...)
	w.must(err)
	return p
}

// tap is what v does with WeChat's dialog; it returns the door's answer.
func (w *shop) tap(v access.Viewer, p Paying, outcome string, more ...any) map[string]any {
	w.t.Helper()
	body := map[string]any{"outcome": outcome}
	if p.Params != nil {
		body["package"] = p.Params.Package
	}
	for i := 0; i+1 < len(more); i += 2 {
		body[more[i].(string)] = more[i+1]
	}
	person, ok := sandbox.PersonOf(shopAppID, w.openID(v))
	if !ok {
		w.t.Fatal("no person")
	}
	return w.door("people/"+person+"/pay", body)
}

func (w *shop) openID(v access.Viewer) string {
	w.t.Helper()
	var a model.Account
	w.must(w.db.Read(bg).Take(&a, v.AccountID).Error)
	return a.OpenID
}

func (w *shop) door(path string, body any) map[string]any {
	w.t.Helper()
	raw, err := json.Marshal(body)
	w.must(err)
	res, err := http.Post(w.wire+"/sandbox/api/"+path, "application/json", bytes.NewReader(raw))
	w.must(err)
	defer res.Body.Close()
	out := map[string]any{}
	_ = json.NewDecoder(res.Body).Decode(&out)
	out["status"] = res.StatusCode
	return out
}

func (w *shop) payment(id int64) model.DuesPayment {
	w.t.Helper()
	var p model.DuesPayment
	w.must(w.db.Read(bg).Take(&p, id).Error)
	return p
}

func (w *shop) poll() int {
	w.t.Helper()
	n, err := w.s.Poll(bg)
	w.must(err)
	return n
}

func (w *shop) wantState(id int64, want string) {
	w.t.Helper()
	if p := w.payment(id); p.State != want {
		w.t.Fatalf("payment %d is %s, want %s", id, p.State, want)
	}
}

func (w *shop) wantBill(b model.DuesBill, want string) {
	w.t.Helper()
	var now model.DuesBill
	w.must(w.db.Read(bg).Take(&now, b.ID).Error)
	if now.State != want {
		w.t.Fatalf("bill %d is %s, want %s", b.ID, now.State, want)
	}
}

func (w *shop) count(sql string, args ...any) (n int64) {
	w.t.Helper()
	w.must(w.db.Read(bg).Raw("SELECT coalesce(sum(n), 0) FROM ("+sql+") x", args...).Scan(&n).Error)
	return n
}

// sound holds everything against everything else (I2, I3): of each bill one payment lives, a bill is paid if and only if a
// settled payment holds it, what members owe is what their bills say, and WeChat holds what was settled and what is surplus.
func (w *shop) sound() {
	w.t.Helper()
	r, err := ledger.Check(bg, w.db)
	w.must(err)
	if !r.OK() {
		w.t.Fatalf("the ledger is not sound: %+v", r)
	}
	for what, sql := range map[string]string{
		"bills that two payments hold": `SELECT count(*) AS n FROM (SELECT bill_id FROM dues_payment_bill WHERE live GROUP BY bill_id HAVING count(*) > 1) y`,
		"paid bills without exactly one settled payment": `SELECT count(*) AS n FROM dues_bill b WHERE b.state = 'PAID' AND 1 <>
  (SELECT count(*) FROM dues_payment_bill pb JOIN dues_payment p ON p.id = pb.payment_id WHERE pb.bill_id = b.id AND pb.live AND p.state = 'SETTLED')`,
		"settled payments of bills that are not paid": `SELECT count(*) AS n FROM dues_payment_bill pb JOIN dues_payment p ON p.id = pb.payment_id JOIN dues_bill b ON b.id = pb.bill_id
  WHERE pb.live AND p.state = 'SETTLED' AND b.state <> 'PAID'`,
		"ended payments that hold bills":     `SELECT count(*) AS n FROM dues_payment_bill pb JOIN dues_payment p ON p.id = pb.payment_id WHERE pb.live AND p.state NOT IN ('OPEN', 'RECORDED', 'SETTLED')`,
		"payments of another sum than bills": `SELECT count(*) AS n FROM dues_payment p WHERE amount_fen <> (SELECT sum(amount_fen) FROM dues_payment_bill pb WHERE pb.payment_id = p.id)`,
		"members who owe something else than their bills": `SELECT count(*) AS n FROM ledger_account a WHERE a.kind = 'dues_due' AND a.balance <>
  (SELECT coalesce(sum(b.amount_fen), 0) FROM dues_bill b WHERE b.member_id = a.owner_id AND b.state = 'UNPAID')`,
		"paid bills without a fact":            `SELECT count(*) AS n FROM dues_bill b WHERE b.state = 'PAID' AND 1 <> (SELECT coalesce(sum(f.quantity), 0) FROM fact f WHERE f.code = 'dues.paid' AND f.source LIKE 'dues/' || b.id || '/%')`,
		"surplus without one refund asked for": `SELECT count(*) AS n FROM dues_payment p WHERE p.state = 'SURPLUS' AND 1 <> (SELECT count(*) FROM dues_refund r WHERE r.payment_id = p.id AND r.amount_fen = p.amount_fen)`,
	} {
		if n := w.count(sql); n != 0 {
			w.t.Fatalf("%d %s", n, what)
		}
	}
}

// balanced holds the ledger against WeChat's own books: all that was paid there has arrived here.
func (w *shop) balanced() {
	w.t.Helper()
	res, err := http.Get(w.wire + "/sandbox/api/pay/summary")
	w.must(err)
	defer res.Body.Close()
	var far struct {
		PaidFen     int64 `json:"paid_fen"`
		RefundedFen int64 `json:"refunded_fen"`
	}
	w.must(json.NewDecoder(res.Body).Decode(&far))
	settled := w.count("SELECT amount_fen AS n FROM dues_payment WHERE method = 'WECHAT' AND state IN ('SETTLED', 'SURPLUS')")
	if held := w.held(); held != far.PaidFen-far.RefundedFen || settled != held {
		w.t.Fatalf("WeChat has %d, the ledger says %d, payments %d", far.PaidFen-far.RefundedFen, held, settled)
	}
}

// held is what the ledger says that WeChat holds for the platform.
func (w *shop) held() int64 {
	w.t.Helper()
	n, err := ledger.Balance(w.db.Read(bg), ledger.DuesWeChat())
	w.must(err)
	return n
}
