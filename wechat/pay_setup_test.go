package wechat_test

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
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"hongyun/wechat"
)

const (
	mchID    = "1900000001"
	serialNo = "7132D72A03E93CDDF8C03BBD1F37EEDF61CE2DDA"
	pubKeyID = "PUB_KEY_ID_0114232134912410000000000000"
	v3Key    = "0123456789abcdef0123456789ABCDEF"
	orderNo  = "D20261100000001"
)

// payKeys are made once: the merchant's, WeChat's, and one of neither.
var payKeys = sync.OnceValue(func() (k struct{ merchant, weChat, stranger *rsa.PrivateKey }) {
	for _, at := range []**rsa.PrivateKey{&k.merchant, &k.weChat, &k.stranger} {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		*at = key
	}
	return k
})

func merchant() wechat.Merchant {
	return wechat.Merchant{MchID: mchID, SerialNo: serialNo, PrivateKey: payKeys().merchant, APIv3Key: v3Key,
		PublicKeyID: pubKeyID, PublicKey: &payKeys().weChat.PublicKey, NotifyURL: "https://hongyun.example/wechat/pay/notify"}
}

// payFar plays WeChat Pay: it checks every request's signature by itself, and signs what it answers.
type payFar struct {
	*httptest.Server
	t testing.TB

	mu      sync.Mutex
	answers map[string]func(w http.ResponseWriter, r *http.Request, body []byte)
	bodies  map[string]string
	signer  *rsa.PrivateKey
}

func newPay(t testing.TB) (*wechat.Pay, *payFar) {
	t.Helper()
	far := &payFar{t: t, answers: map[string]func(http.ResponseWriter, *http.Request, []byte){}, bodies: map[string]string{}, signer: payKeys().weChat}
	far.Server = httptest.NewServer(http.HandlerFunc(far.serve))
	t.Cleanup(far.Close)
	client, err := wechat.NewHTTPClient(wechat.HTTPOptions{SandboxURL: far.URL, Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	pay, err := wechat.NewPay(context.Background(), merchant(), client)
	if err != nil {
		t.Fatal(err)
	}
	return pay, far
}

var authorization = regexp.MustCompile(`^WECHATPAY2-SHA256-RSA2048 mchid="(\d+)",nonce_str="(\w+)",timestamp="(\d+)",serial_no="(\w+)",signature="(.+)"$`)

func (f *payFar) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	auth := authorization.FindStringSubmatch(r.Header.Get("Authorization"))
	if auth == nil || auth[1] != mchID || auth[4] != serialNo || r.Header.Get("X-Original-Host") != "api.mch.weixin.qq.com" {
		f.t.Errorf("%s %s: not as a merchant asks", r.Method, r.URL)
	} else if text := fmt.Sprintf("%s\n%s\n%s\n%s\n%s\n", r.Method, r.URL.RequestURI(), auth[3], auth[2], body); !genuine(&payKeys().merchant.PublicKey, text, auth[5]) {
		f.t.Errorf("%s %s: wrong signature", r.Method, r.URL)
	}
	f.mu.Lock()
	f.bodies[r.URL.Path] = string(body)
	answer := f.answers[r.Method+" "+r.URL.Path]
	f.mu.Unlock()
	if answer == nil {
		f.t.Errorf("nobody answers %s %s", r.Method, r.URL)
		http.NotFound(w, r)
		return
	}
	answer(w, r, body)
}

func (f *payFar) on(call string, answer func(w http.ResponseWriter, r *http.Request, body []byte)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answers[call] = answer
}

// says answers with one text. An answer that is no success is not signed, as with WeChat.
func (f *payFar) says(call string, status int, text string) {
	f.on(call, func(w http.ResponseWriter, _ *http.Request, _ []byte) {
		if status < 300 {
			sign(w.Header(), f.signer, time.Now(), []byte(text))
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	})
}

func (f *payFar) sent(t *testing.T, path string) map[string]any {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	var out map[string]any
	must(t, json.Unmarshal([]byte(f.bodies[path]), &out))
	return out
}

// sign puts WeChat's headers on what it answers or pushes.
func sign(h http.Header, key *rsa.PrivateKey, at time.Time, body []byte) {
	stamp, nonce := strconv.FormatInt(at.Unix(), 10), "c5ac7061fccab6bf3e254dcf98995b8c"
	h.Set("Wechatpay-Serial", pubKeyID)
	h.Set("Wechatpay-Timestamp", stamp)
	h.Set("Wechatpay-Nonce", nonce)
	h.Set("Wechatpay-Signature", signature(key, stamp+"\n"+nonce+"\n"+string(body)+"\n"))
}

func signature(key *rsa.PrivateKey, text string) string {
	sum := sha256.Sum256([]byte(text))
	raw, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return base64.StdEncoding.EncodeToString(raw)
}

func genuine(key *rsa.PublicKey, text, signature string) bool {
	raw, err := base64.StdEncoding.DecodeString(signature)
	sum := sha256.Sum256([]byte(text))
	return err == nil && rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], raw) == nil
}

// sealedNotice is the body of a push.
func sealedNotice(event, plain, key, nonce string) []byte {
	block, err := aes.NewCipher([]byte(key))
	if err != nil {
		panic(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	sealed := base64.StdEncoding.EncodeToString(gcm.Seal(nil, []byte(nonce), []byte(plain), []byte("transaction")))
	body, err := json.Marshal(map[string]any{"id": "EV-2026112015180001", "create_time": "2026-11-20T15:18:00+08:00", "event_type": event,
		"resource_type": "encrypt-resource", "summary": "支付成功", "resource": map[string]string{"algorithm": "AEAD_AES_256_GCM",
			"ciphertext": sealed, "associated_data": "transaction", "nonce": nonce, "original_type": "transaction"}})
	if err != nil {
		panic(err)
	}
	return body
}

const noticeNonce = "fdasflkja484"

const paidPlain = `{"transaction_id":"4200002026112000000000000001","amount":{"payer_total":1500,"total":1500,"currency":"CNY","payer_currency":"CNY"},
"mchid":"` + mchID + `","trade_state":"SUCCESS","bank_type":"OTHERS","promotion_detail":[],"success_time":"2026-11-20T15:18:00+08:00",
"payer":{"openid":"` + openID + `"},"out_trade_no":"` + orderNo + `","appid":"` + miniAppID + `","trade_state_desc":"支付成功","trade_type":"JSAPI","attach":""}`

// leaks are words that no error may show.
func leaks(t *testing.T, err error) {
	t.Helper()
	for _, secret := range []string{v3Key, openID, "Authorization", "Wechatpay-Signature", "ciphertext", "BEGIN"} {
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("the error shows %s: %v", secret, err)
		}
	}
}

func zeros(n int) []byte { return bytes.Repeat([]byte{'0'}, n) }
