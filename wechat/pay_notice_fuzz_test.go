package wechat

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"testing"
	"time"
)

// FuzzReadNotice: whatever comes, it is a notice or one of three errors, never a panic. What is sealed and signed is
// reached from behind the signature, which would take nearly all the time.
func FuzzReadNotice(f *testing.F) {
	key, err := rsa.GenerateKey(rand.Reader, minKeyBits)
	if err != nil {
		f.Fatal(err)
	}
	m := Merchant{MchID: "1900000001", SerialNo: "1", PrivateKey: key, APIv3Key: "0123456789abcdef0123456789ABCDEF", PublicKeyID: "PUB_KEY_ID_1",
		PublicKey: &key.PublicKey, NotifyURL: "https://hongyun.example/wechat/pay/notify"}
	pay, err := NewPay(context.Background(), m, http.DefaultClient)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"id":"1","event_type":"TRANSACTION.SUCCESS","resource":{"algorithm":"AEAD_AES_256_GCM","nonce":"","ciphertext":""}}`),
		`{"mchid":"1900000001","out_trade_no":"D1","trade_state":"SUCCESS","transaction_id":"4","amount":{"total":1},"success_time":"2026-11-20T15:18:00+08:00"}`,
		"WECHATPAY/SIGNTEST/x", "abc")
	f.Add([]byte(`{"id":"1","resource":null}`), `{"mchid":"1900000001","out_refund_no":"R1","refund_status":"SUCCESS","amount":{"refund":1}}`, "", "")
	f.Fuzz(func(t *testing.T, body []byte, plain, signature, nonce string) {
		_, err := m.openNotice(body)
		oneOfThree(t, err)
		for _, event := range []string{noticePaid, "REFUND.CLOSED"} {
			n, err := m.openNotice(sealedAs(m, event, plain))
			oneOfThree(t, err)
			if err == nil && (n.ID == "" || (n.Transaction == nil) == (n.Refund == nil)) {
				t.Fatalf("%+v", n)
			}
		}
		header := http.Header{}
		header.Set("Wechatpay-Serial", m.PublicKeyID)
		header.Set("Wechatpay-Timestamp", strconv.FormatInt(time.Now().Unix(), 10))
		header.Set("Wechatpay-Nonce", nonce)
		header.Set("Wechatpay-Signature", signature)
		if _, err := pay.ReadNotice(context.Background(), header, body); !errors.Is(err, ErrForged) {
			t.Fatal(err)
		}
	})
}

func oneOfThree(t *testing.T, err error) {
	t.Helper()
	if err != nil && !errors.Is(err, ErrForged) && !errors.Is(err, ErrStale) && !errors.Is(err, ErrMalformed) {
		t.Fatal(err)
	}
}

func sealedAs(m Merchant, event, plain string) []byte {
	block, _ := aes.NewCipher([]byte(m.APIv3Key))
	gcm, _ := cipher.NewGCM(block)
	const nonce = "fdasflkja484"
	body, _ := json.Marshal(map[string]any{"id": "EV-1", "event_type": event, "resource": map[string]string{"algorithm": noticeSeal, "nonce": nonce,
		"ciphertext": base64.StdEncoding.EncodeToString(gcm.Seal(nil, []byte(nonce), []byte(plain), nil))}})
	return body
}
