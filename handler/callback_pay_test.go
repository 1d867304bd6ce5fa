package handler

import (
	"bytes"
	"context"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service"
	"hongyun/service/ledger"
	"hongyun/service/notify"
	"hongyun/service/payment"
	"hongyun/service/vault"
	"hongyun/wechat"
)

const (
	tillMchID  = "1900000001"
	tillV3Key  = "0123456789abcdef0123456789ABCDEF"
	tillPubKey = "PUB_KEY_ID_0114232134912410000000000000"
	tillNonce  = "fdasflkja484"
	tillOrder  = "D20261100000001"
	tillPath   = "/wechat/pay/notify"
)

// till is the address of WeChat Pay's notices on a real listener, with one payment under way.
type till struct {
	t   *testing.T
	db  *model.DB
	url string
	log bytes.Buffer

	weChat, stranger *rsa.PrivateKey
}

func newTill(t *testing.T, on bool) *till {
	t.Helper()
	c := &till{t: t, db: modeltest.SQLite(t, time.Now)} // notices are signed by the wall clock
	var err error
	merchant, err := rsa.GenerateKey(rand.Reader, 2048)
	c.must(err)
	c.weChat, err = rsa.GenerateKey(rand.Reader, 2048)
	c.must(err)
	c.stranger, err = rsa.GenerateKey(rand.Reader, 2048)
	c.must(err)
	client, err := wechat.NewHTTPClient(wechat.HTTPOptions{SandboxURL: "http://127.0.0.1:1/sandbox/wire"}) // nobody answers
	c.must(err)
	var pay *wechat.Pay
	if on {
		pay, err = wechat.NewPay(context.Background(), wechat.Merchant{MchID: tillMchID, SerialNo: "7132D72A", PrivateKey: merchant, APIv3Key: tillV3Key,
			PublicKeyID: tillPubKey, PublicKey: &c.weChat.PublicKey, NotifyURL: "https://hongyun.example" + tillPath}, client)
		c.must(err)
	}
	sealer, err := vault.New(make([]byte, vault.KeyBytes))
	c.must(err)
	log := slog.New(slog.NewTextHandler(&c.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	messages := notify.New(notify.Options{DB: c.db, Kinds: payment.Kinds(), Instance: "test", Log: log})
	h := &Handler{log: log, s: &service.Service{Payment: payment.New(payment.Options{DB: c.db, Notify: messages, Vault: sealer, Pay: pay,
		MPAppID: "wx00000000000000aa", Instance: "test", Log: log})}}
	app := fiber.New(fiber.Config{Immutable: true, BodyLimit: maxBody, ErrorHandler: fail(log), DisableStartupMessage: true})
	h.mountCallbacks(app)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	c.must(err)
	c.url = "http://" + listener.Addr().String()
	served := make(chan error, 1)
	go func() { served <- app.Listener(listener) }()
	t.Cleanup(func() {
		c.must(app.Shutdown())
		c.must(<-served)
	})
	c.payment()
	return c
}

func (c *till) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// payment is an order that waits for its money.
func (c *till) payment() {
	now := c.db.Now()
	create := func(row any) {
		c.must(c.db.Tx(context.Background(), func(tx model.Tx) error { return tx.Create(row).Error }))
	}
	org := model.Org{Type: model.OrgBranch, Path: "001", Name: "一支部", CreatedAt: now}
	create(&org)
	m := model.Member{OrgID: org.ID, Name: "张三", IDSealed: "1", IDIndex: "1", PhoneSealed: "1", PhoneIndex: "1", Sex: "MALE", BornOn: "1980-01-01",
		Status: model.MemberFull, Standing: model.StandingActive, AdmittedOn: "2010-07-01", CreatedAt: now, UpdatedAt: now, Version: 1}
	create(&m)
	bill := model.DuesBill{MemberID: m.ID, OrgID: org.ID, Month: "2026-11", Category: "SALARIED", AmountFen: 1500, State: model.BillUnpaid, CreatedAt: now}
	create(&bill)
	c.must(c.db.Tx(context.Background(), func(tx model.Tx) error {
		_, err := ledger.Post(tx, ledger.Transfer{Key: "bill", Kind: "dues.billed", Memo: "党费", From: ledger.DuesBilled(org.ID), To: ledger.DuesDue(m.ID), Amount: 1500})
		return err
	}))
	expires := now.Add(time.Hour)
	p := model.DuesPayment{OrgID: org.ID, PayerID: &m.ID, Method: model.PayWeChat, State: model.PaymentOpen, AmountFen: 1500, OrderNo: tillOrder,
		AppID: "wx00000000000000aa", OpenID: "o1", Description: "党费", ExpiresAt: &expires, RecordedAt: now, NotBefore: &now}
	create(&p)
	create(&model.DuesPaymentBill{PaymentID: p.ID, BillID: bill.ID, AmountFen: 1500, Live: true})
}

// states of the payment and its bill.
func (c *till) states() string {
	var payment, bill string
	c.must(c.db.Read(context.Background()).Raw("SELECT state FROM dues_payment").Scan(&payment).Error)
	c.must(c.db.Read(context.Background()).Raw("SELECT state FROM dues_bill").Scan(&bill).Error)
	return payment + " " + bill
}

// told is a notice on its way; spoil changes it before it leaves.
type told struct {
	header http.Header
	body   []byte
}

func (c *till) sealed(event, plain, key string) []byte {
	block, err := aes.NewCipher([]byte(key))
	c.must(err)
	gcm, err := cipher.NewGCM(block)
	c.must(err)
	body, err := json.Marshal(map[string]any{"id": "EV-1", "create_time": "2026-11-20T15:18:00+08:00", "event_type": event, "resource_type": "encrypt-resource",
		"resource": map[string]string{"algorithm": "AEAD_AES_256_GCM", "associated_data": "transaction", "nonce": tillNonce, "original_type": "transaction",
			"ciphertext": base64.StdEncoding.EncodeToString(gcm.Seal(nil, []byte(tillNonce), []byte(plain), []byte("transaction")))}})
	c.must(err)
	return body
}

func (c *till) signed(key *rsa.PrivateKey, at time.Time, body []byte) told {
	stamp := strconv.FormatInt(at.Unix(), 10)
	sum := sha256.Sum256([]byte(stamp + "\nabc\n" + string(body) + "\n"))
	raw, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	c.must(err)
	h := http.Header{}
	h.Set("Content-Type", "application/json")
	h.Set("Wechatpay-Serial", tillPubKey)
	h.Set("Wechatpay-Timestamp", stamp)
	h.Set("Wechatpay-Nonce", "abc")
	h.Set("Wechatpay-Signature", base64.StdEncoding.EncodeToString(raw))
	h.Set("Wechatpay-Signature-Type", "WECHATPAY2-SHA256-RSA2048")
	return told{h, body}
}

func (c *till) send(n told) (int, string) {
	c.t.Helper()
	req, err := http.NewRequest(http.MethodPost, c.url+tillPath, bytes.NewReader(n.body))
	c.must(err)
	req.Header = n.header
	res, err := http.DefaultClient.Do(req)
	c.must(err)
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	c.must(err)
	return res.StatusCode, string(answer)
}

func paidText(mchid string, fen int64) string {
	return fmt.Sprintf(`{"transaction_id":"4200002026112000000000000001","amount":{"payer_total":%[2]d,"total":%[2]d,"currency":"CNY","payer_currency":"CNY"},
"mchid":"%[1]s","trade_state":"SUCCESS","bank_type":"OTHERS","success_time":"2026-11-20T15:18:00+08:00","payer":{"openid":"o1"},
"out_trade_no":"%[3]s","appid":"wx00000000000000aa","trade_state_desc":"支付成功","trade_type":"JSAPI","attach":""}`, mchid, fen, tillOrder)
}

// TestPayNotice: only what WeChat has signed and sealed is taken, and what is refused leaves no trace but a line in the log.
func TestPayNotice(t *testing.T) {
	t.Parallel()
	c := newTill(t, true)
	const event = "TRANSACTION.SUCCESS"
	now := time.Now()
	genuine := c.sealed(event, paidText(tillMchID, 1500), tillV3Key)
	with := func(name, value string) told {
		n := c.signed(c.weChat, now, genuine)
		n.header.Set(name, value)
		return n
	}
	without := func(name string) told {
		n := c.signed(c.weChat, now, genuine)
		n.header.Del(name)
		return n
	}
	body := func(text string) told { return c.signed(c.weChat, now, []byte(text)) }
	before := watch(t, c.db)
	for name, f := range map[string]struct {
		told
		want int
	}{
		"one that another has signed":    {c.signed(c.stranger, now, genuine), 401},
		"a changed body":                 {told{c.signed(c.weChat, now, genuine).header, append(bytes.Clone(genuine), ' ')}, 401},
		"another key's serial number":    {with("Wechatpay-Serial", "PUB_KEY_ID_2"), 401},
		"another nonce":                  {with("Wechatpay-Nonce", "abd"), 401},
		"another time":                   {with("Wechatpay-Timestamp", strconv.FormatInt(now.Unix()+1, 10)), 401},
		"a time of words":                {with("Wechatpay-Timestamp", "now"), 401},
		"another kind of signature":      {with("Wechatpay-Signature-Type", "WECHATPAY2-SM2-WITH-SM3"), 401},
		"WeChat's probe":                 {with("Wechatpay-Signature", "WECHATPAY/SIGNTEST/YWJj"), 401},
		"no signature":                   {without("Wechatpay-Signature"), 401},
		"no serial number":               {without("Wechatpay-Serial"), 401},
		"no nonce":                       {without("Wechatpay-Nonce"), 401},
		"no time":                        {without("Wechatpay-Timestamp"), 401},
		"no header at all":               {told{http.Header{}, genuine}, 401},
		"six minutes old":                {c.signed(c.weChat, now.Add(-6*time.Minute), genuine), 401},
		"six minutes to come":            {c.signed(c.weChat, now.Add(6*time.Minute), genuine), 401},
		"sealed with another key":        {c.signed(c.weChat, now, c.sealed(event, paidText(tillMchID, 1500), strings.ToUpper(tillV3Key))), 401},
		"for another merchant":           {c.signed(c.weChat, now, c.sealed(event, paidText("1900000002", 1500), tillV3Key)), 401},
		"no resource":                    {body(`{"id":"EV-1","event_type":"TRANSACTION.SUCCESS"}`), 400},
		"a nonce of eleven bytes":        {body(strings.Replace(string(genuine), tillNonce, tillNonce[1:], 1)), 400},
		"no JSON":                        {body("<xml/>"), 400},
		"nothing":                        {body(""), 400},
		"an event of another kind":       {c.signed(c.weChat, now, c.sealed("COUPON.USE", paidText(tillMchID, 1500), tillV3Key)), 400},
		"a payment that is no payment":   {c.signed(c.weChat, now, c.sealed(event, `{"mchid":"`+tillMchID+`"}`, tillV3Key)), 400},
		"more than any notice, unsigned": {told{http.Header{}, bytes.Repeat([]byte{'x'}, wechat.MaxPushBytes+1)}, 413},
	} {
		status, answer := c.send(f.told)
		var form struct{ Code, Message string }
		if status != f.want || json.Unmarshal([]byte(answer), &form) != nil || form.Code != "FAIL" || form.Message == "" {
			t.Errorf("%s: %d %q, want %d", name, status, answer, f.want)
		}
	}
	if changed := written(t, c.db, before); len(changed) > 0 {
		t.Error("something was changed", changed)
	}
	log := c.log.String()
	if strings.Count(log, "notice refused") != 24 {
		t.Errorf("the log does not name each:\n%s", log)
	}
	for _, sent := range []string{"ciphertext", "Wechatpay", "EV-1", "SIGNTEST", tillV3Key, tillOrder, "PUB_KEY_ID_2"} {
		if strings.Contains(log, sent) {
			t.Errorf("the log shows %s", sent)
		}
	}

	t.Run("a genuine one is taken, however often it comes", func(t *testing.T) {
		for range 3 {
			if status, answer := c.send(c.signed(c.weChat, time.Now(), genuine)); status != http.StatusNoContent || answer != "" {
				t.Fatalf("%d %q\n%s", status, answer, c.log.String())
			}
		}
		if got := c.states(); got != model.PaymentSettled+" "+model.BillPaid {
			t.Error(got)
		}
	})
	t.Run("it can only be posted", func(t *testing.T) {
		res, err := http.Get(c.url + tillPath)
		c.must(err)
		_ = res.Body.Close()
		if res.StatusCode != http.StatusMethodNotAllowed {
			t.Error(res.StatusCode)
		}
	})
}

func TestPayNotice_Off(t *testing.T) {
	t.Parallel()
	c := newTill(t, false)
	before := watch(t, c.db)
	status, answer := c.send(c.signed(c.weChat, time.Now(), c.sealed("TRANSACTION.SUCCESS", paidText(tillMchID, 1500), tillV3Key)))
	if status != http.StatusNotFound || !strings.Contains(answer, `"FAIL"`) || len(written(t, c.db, before)) > 0 {
		t.Errorf("%d %q", status, answer)
	}
}

// TestPayNotice_Fails: what could not be kept is answered so that WeChat comes again.
func TestPayNotice_Fails(t *testing.T) {
	t.Parallel()
	c := newTill(t, true)
	c.must(c.db.Close())
	status, answer := c.send(c.signed(c.weChat, time.Now(), c.sealed("TRANSACTION.SUCCESS", paidText(tillMchID, 1500), tillV3Key)))
	if status != http.StatusInternalServerError || !strings.Contains(answer, `"FAIL"`) || strings.Contains(answer, "sql") {
		t.Errorf("%d %q", status, answer)
	}
}
