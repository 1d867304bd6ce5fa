package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hongyun/model"
	"hongyun/service/dues"
	"hongyun/wechat"
	"hongyun/wechat/sandbox"
)

const (
	payers   = 1000
	payKills = 25
)

// TestPayKill is invariant I3: 1,000 members pay while notices are dropped, repeated, reordered and late, and the program is
// killed 25 times at random points. Afterwards each paid bill has exactly one payment, and the sums are those of WeChat's books.
func TestPayKill(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	eachDatabase(t, payKillTest)
}

func payKillTest(t *testing.T, db *model.DB, pairs ...string) {
	bills := seedPayers(t, db)
	bank := newBank(t)
	address := freeAddress(t)
	env := settings(append(pairs, "ADDR", address, "PUBLIC_URL", "http://"+address, "SANDBOX_URL", bank.url+"/sandbox/wire", "LEASE_SECONDS", "1",
		"PAY_MCHID", bank.merchant.MchID, "PAY_SERIAL", bank.merchant.SerialNo, "PAY_API_V3_KEY", bank.merchant.APIv3Key,
		"PAY_PUBLIC_KEY_ID", bank.merchant.PublicKeyID, "PAY_KEY_FILE", bank.keyFile, "PAY_PUBLIC_KEY_FILE", bank.publicKeyFile)...)

	var left atomic.Int64
	left.Store(payers)
	next := make(chan int, payers)
	for i := range payers {
		next <- i
	}
	close(next)
	var wg sync.WaitGroup
	over := make(chan struct{})
	for range 16 {
		wg.Go(func() {
			for i := range next {
				(&payer{bank: bank, url: "http://" + address, person: fmt.Sprintf("m-%d", i+1), bill: bills[i], over: over}).pay(t)
				left.Add(-1)
			}
		})
	}
	random := rand.New(rand.NewPCG(4, uint64(time.Now().UnixNano())))
	for i := 0; i < payKills || left.Load() > 0; i++ {
		s, err := tryStart(env)
		if err != nil {
			t.Fatalf("start %d: %v", i, err)
		}
		life := time.Duration(100+random.IntN(1500)) * time.Millisecond // the random point
		if i >= payKills {
			life = 20 * time.Second // enough deaths: let them finish
		}
		for end := time.Now().Add(life); time.Now().Before(end) && (i < payKills || left.Load() > 0); {
			time.Sleep(20 * time.Millisecond)
		}
		s.kill()
		if i > payKills+6 {
			close(over)
			t.Fatalf("%d members could not pay", left.Load())
		}
	}
	wg.Wait()
	last := start(t, env)
	waitPaid(t, db)
	if err := last.stop(); err != nil {
		t.Errorf("the last run did not end well: %v\n%s", err, last.logs)
	}
	comparePaid(t, db, bank)
	if out, err := command(env, "ledger", "verify"); err != nil {
		t.Errorf("ledger verify: %v\n%s", err, out)
	}
}

// payer is one member with a phone: it taps until WeChat has taken the money once.
type payer struct {
	bank        *bank
	url, person string
	bill        int64
	token       string
	over        chan struct{}
}

func (p *payer) pay(t *testing.T) {
	for {
		select {
		case <-p.over:
			return
		default:
		}
		prepay, paid := p.order()
		if paid {
			return
		}
		if prepay == "" {
			time.Sleep(time.Duration(20+rand.IntN(80)) * time.Millisecond) // the server is down: a person tries again
			continue
		}
		status, said := p.bank.send("POST", "/sandbox/api/people/"+p.person+"/pay", map[string]any{"prepay_id": prepay, "outcome": outcome(), "delay_ms": 200 + rand.IntN(4000), "repeat": 2})
		if status != http.StatusOK {
			t.Errorf("WeChat refuses %s's payment: %d %v", p.person, status, said)
			return
		}
		if said["trade_state"] == "SUCCESS" {
			return
		}
	}
}

// outcome is what happens at WeChat: of 100 payments 10 notices are lost, 30 come three times, 15 too late, 15 out of order; 5 are cancelled first.
func outcome() string {
	switch n := rand.IntN(100); {
	case n < 10:
		return "dropped"
	case n < 40:
		return "repeated"
	case n < 55:
		return "late"
	case n < 70:
		return "reordered"
	case n < 75:
		return "cancel"
	default:
		return "paid"
	}
}

// order opens the payment, or finds it again; "" while the server does not answer.
func (p *payer) order() (prepay string, paid bool) {
	if p.token == "" {
		_, code := p.bank.send("POST", "/sandbox/api/people/"+p.person+"/code", nil)
		status, said := call(p.url, "", "POST", "/api/v1/auth/wechat", map[string]any{"code": code["code"]})
		if status != http.StatusOK {
			return "", false
		}
		p.token, _ = said["token"].(string)
	}
	status, said := call(p.url, p.token, "POST", "/api/v1/me/payments", map[string]any{"bill_ids": []int64{p.bill}})
	switch {
	case status == http.StatusUnauthorized:
		p.token = "" // sessions died with the process
	case status == http.StatusConflict && said["code"] == "dues.already_paid":
		return "", true
	case status == http.StatusOK || status == http.StatusCreated:
		params, _ := said["params"].(map[string]any)
		prepay, _ = params["package"].(string)
	}
	return prepay, false
}

// call is one request; 0: no answer.
func call(url, token, method, path string, body any) (int, map[string]any) {
	raw, err := json.Marshal(body)
	if err != nil {
		return 0, nil
	}
	r, err := http.NewRequest(method, url+path, bytes.NewReader(raw))
	if err != nil {
		return 0, nil
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := (&http.Client{Timeout: 10 * time.Second}).Do(r)
	if err != nil {
		return 0, nil
	}
	defer res.Body.Close()
	out := map[string]any{}
	content, err := io.ReadAll(res.Body)
	if err != nil || json.Unmarshal(content, &out) != nil {
		return res.StatusCode, nil
	}
	return res.StatusCode, out
}

// bank is a sandbox in the test's own process: WeChat goes on while the program is dead.
type bank struct {
	url                    string
	merchant               wechat.Merchant
	keyFile, publicKeyFile string
}

func newBank(t *testing.T) *bank {
	merchant, err := sandbox.OpenMerchant("")
	if err != nil {
		t.Fatal(err)
	}
	b := &bank{merchant: merchant.Credentials()}
	if b.keyFile, b.publicKeyFile, err = merchant.WriteFiles(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	mini := miniProgram(t)
	box, err := sandbox.New(sandbox.Options{
		People: func(context.Context) ([]sandbox.Person, error) { return nil, nil },
		Person: func(_ context.Context, id string) (sandbox.Person, error) {
			return sandbox.Person{ID: id, Phone: "13800000000"}, nil
		},
		Apps: func(context.Context) ([]wechat.App, error) { return nil, nil },
		App: func(_ context.Context, appid string) (wechat.App, error) {
			if appid != mini.AppID {
				return wechat.App{}, wechat.ErrUnknownApp
			}
			return mini, nil
		},
		MiniProgram: mini.AppID, Merchant: merchant, Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(box.Handler())
	t.Cleanup(func() {
		server.Close()
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})
	b.url = server.URL
	return b
}

func (b *bank) send(method, path string, body any) (int, map[string]any) {
	return call(b.url, "", method, path, body)
}

// freeAddress is a port that stays the same over all lives of the program: WeChat's notices go there.
func freeAddress(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// seedPayers is a branch of members with phones and a bill each, made by the month's own run; WeChat is asked after a second.
func seedPayers(t *testing.T, db *model.DB) []int64 {
	month := model.DateOf(db.Now()).Month()
	mini := miniProgram(t)
	var bills []int64
	err := db.Tx(context.Background(), func(tx model.Tx) error {
		org := model.Org{Type: model.OrgBranch, Path: "001", Name: "测试党支部", CreatedAt: tx.Now}
		if err := tx.Create(&org).Error; err != nil {
			return err
		}
		approved := model.Date("2010-08-01")
		var members []model.Member
		for i := range payers {
			members = append(members, model.Member{OrgID: org.ID, Name: "党员", IDIndex: fmt.Sprint(i), Sex: "MALE", BornOn: "1980-01-01", Status: model.MemberFull,
				Standing: model.StandingActive, AdmittedOn: "2010-07-02", ApprovedOn: &approved, CreatedAt: tx.Now, UpdatedAt: tx.Now})
		}
		members, err := model.BulkFresh(tx, members)
		if err != nil {
			return err
		}
		var accounts []model.Account
		var assessments []model.DuesAssessment
		for i, m := range members {
			accounts = append(accounts, model.Account{MPAppID: mini.AppID, OpenID: sandbox.OpenID(mini.AppID, fmt.Sprintf("m-%d", i+1)),
				MemberID: &members[i].ID, BoundAt: &tx.Now, CreatedAt: tx.Now, LastLoginAt: tx.Now})
			assessments = append(assessments, model.DuesAssessment{MemberID: m.ID, Category: "SALARIED", AmountFen: int64(1000 + i), EffectiveMonth: month, CreatedAt: tx.Now})
		}
		_, err = model.Bulk(tx, accounts)
		_, err2 := model.Bulk(tx, assessments)
		_, err3 := dues.MakeBills(tx, month, "")
		_, err4 := model.Exec(tx, "UPDATE rule_value SET value = 1 WHERE family = 'dues' AND code = 'QUERY_SECONDS'")
		return errors.Join(err, err2, err3, err4, tx.Raw("SELECT id FROM dues_bill ORDER BY member_id").Scan(&bills).Error)
	})
	if err != nil || len(bills) != payers {
		t.Fatalf("%d bills: %v", len(bills), err)
	}
	return bills
}

// waitPaid waits until no order is open any more.
func waitPaid(t *testing.T, db *model.DB) {
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(100 * time.Millisecond) {
		var open int64
		if err := db.Read(context.Background()).Raw("SELECT count(*) FROM dues_payment WHERE state = 'OPEN'").Scan(&open).Error; err != nil {
			t.Fatal(err)
		}
		if open == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d orders are still open", open)
		}
	}
}

func comparePaid(t *testing.T, db *model.DB, bank *bank) {
	read := db.Read(context.Background())
	number := func(query string) (n int64) {
		if err := read.Raw(query).Scan(&n).Error; err != nil {
			t.Fatal(err)
		}
		return n
	}
	_, books := bank.send("GET", "/sandbox/api/pay/summary", nil)
	paid, _ := books["paid"].(float64)
	paidFen, _ := books["paid_fen"].(float64)
	if int64(paid) != payers {
		t.Errorf("WeChat took %v payments, want %d", books, payers)
	}
	for _, c := range []struct {
		what, query string
		want        int64
	}{
		{"paid bills", "SELECT count(*) FROM dues_bill WHERE state = 'PAID'", payers},
		{"settled payments", "SELECT count(*) FROM dues_payment WHERE state = 'SETTLED'", payers},
		{"fen", "SELECT sum(amount_fen) FROM dues_payment WHERE state = 'SETTLED'", int64(paidFen)},
		{"live parts of settled payments for paid bills", `SELECT count(DISTINCT pb.bill_id) FROM dues_payment_bill pb JOIN dues_payment p ON p.id = pb.payment_id
JOIN dues_bill b ON b.id = pb.bill_id WHERE pb.live AND p.state = 'SETTLED' AND b.state = 'PAID' AND pb.amount_fen = b.amount_fen`, payers},
		{"transfers", "SELECT count(*) FROM ledger_transfer WHERE kind = 'dues.paid'", payers},
		{"facts", "SELECT count(*) FROM fact WHERE code = 'dues.paid'", payers},
		{"what is still owed", "SELECT coalesce(sum(balance), 0) FROM ledger_account WHERE kind = 'dues_due'", 0},
		{"open differences", "SELECT count(*) FROM pay_difference", 0},
	} {
		if got := number(c.query); got != c.want {
			t.Errorf("%s: %d, want %d", c.what, got, c.want)
		}
	}
	comparePaidOrders(t, db, bank)
	t.Logf("after %d kills: %d notices taken; WeChat's books: %v", payKills, number("SELECT count(*) FROM pay_notice"), books)
}

// comparePaidOrders holds each order that WeChat was paid for against the payment with its number.
func comparePaidOrders(t *testing.T, db *model.DB, bank *bank) {
	var payments []model.DuesPayment
	if err := db.Read(context.Background()).Where("state = ?", model.PaymentSettled).Find(&payments).Error; err != nil {
		t.Fatal(err)
	}
	byNumber := map[string]model.DuesPayment{}
	for _, p := range payments {
		byNumber[p.OrderNo] = p
	}
	res, err := http.Get(bank.url + "/sandbox/api/pay/orders?trade_state=SUCCESS")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var orders []struct {
		OrderNo       string `json:"order_no"`
		TransactionID string `json:"transaction_id"`
		AmountFen     int64  `json:"amount_fen"`
	}
	if err := json.NewDecoder(res.Body).Decode(&orders); err != nil || len(orders) != payers {
		t.Fatalf("%d orders are paid at WeChat, want %d: %v", len(orders), payers, err)
	}
	for _, o := range orders {
		if p := byNumber[o.OrderNo]; p.TransactionNo == nil || *p.TransactionNo != o.TransactionID || p.AmountFen != o.AmountFen {
			t.Errorf("WeChat's order %+v is here %+v", o, p)
		}
	}
}
