package sandbox

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/validators"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/verifiers"
	"github.com/wechatpay-apiv3/wechatpay-go/services/certificates"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments/jsapi"

	"hongyun/wechat"
)

func TestPay_Signature(t *testing.T) {
	t.Parallel()
	b := newPayBench(t)
	c, ctx := b.m.Credentials(), context.Background()
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	query := func() error {
		_, _, err := b.orders.QueryOrderByOutTradeNo(ctx, jsapi.QueryOrderByOutTradeNoRequest{OutTradeNo: core.String("D-000001"), Mchid: core.String(b.m.mchID)})
		return err
	}
	for name, change := range map[string]func(*wechat.Merchant){
		"another key":      func(m *wechat.Merchant) { m.PrivateKey = stranger },
		"another serial":   func(m *wechat.Merchant) { m.SerialNo = "00" },
		"another merchant": func(m *wechat.Merchant) { m.MchID = "1900000110" },
	} {
		other := c
		change(&other)
		b.connect(other)
		t.Log(name)
		wantRefusal(t, query(), 401, "SIGN_ERROR")
	}
	other := c
	other.PublicKeyID = "PUB_KEY_ID_OTHER"
	b.connect(other)
	wantRefusal(t, query(), 400, "INVALID_REQUEST")
	b.connect(c)
	wantRefusal(t, query(), 404, "ORDER_NOT_EXIST")

	t.Run("a body, a path or a time that was not signed is refused", func(t *testing.T) {
		sign := func(method, path, body string, at time.Time) *http.Request {
			req, _ := http.NewRequest(method, b.url+"/sandbox/wire"+path, strings.NewReader(body))
			req.Header.Set("Accept", "application/json")
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("X-Original-Host", payHost)
			req.Header.Set("Authorization", authorization(t, c, method, path, body, at))
			return req
		}
		do := func(req *http.Request) int {
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			return res.StatusCode
		}
		const path = "/v3/pay/transactions/out-trade-no/D-000001"
		now := time.Now()
		if got := do(sign("GET", path+"?mchid="+b.m.mchID, "", now)); got != 404 {
			t.Fatalf("a good one: %d", got)
		}
		if got := do(sign("GET", path+"?mchid="+b.m.mchID, "", now.Add(-payPatience-time.Second))); got != 401 {
			t.Errorf("an old one: %d", got)
		}
		if got := do(sign("GET", path+"?mchid="+b.m.mchID, "", now.Add(payPatience+2*time.Second))); got != 401 {
			t.Errorf("one of the future: %d", got)
		}
		bent := sign("GET", path+"?mchid="+b.m.mchID, "", now)
		bent.URL.Path = strings.Replace(bent.URL.Path, "000001", "000002", 1)
		if got := do(bent); got != 401 {
			t.Errorf("another path: %d", got)
		}
		bare := sign("GET", path+"?mchid="+b.m.mchID, "", now)
		bare.Header.Del("Authorization")
		if got := do(bare); got != 401 {
			t.Errorf("unsigned: %d", got)
		}
		for header, status := range map[string]int{"Accept": 406, "Content-Type": 415} {
			req := sign("POST", "/v3/refund/domestic/refunds", "{}", now)
			req.Header.Set(header, "text/html")
			if got := do(req); got != status {
				t.Errorf("%s: %d", header, got)
			}
		}
		if got := do(sign("GET", "/v3/refund/domestic/refunds", "", now)); got != 405 {
			t.Errorf("method: %d", got)
		}
		if got := do(sign("GET", "/v3/nothing", "", now)); got != 404 {
			t.Errorf("unknown API: %d", got)
		}
	})
	t.Run("WeChat's errors are signed too", func(t *testing.T) {
		status, raw, h := b.raw(http.MethodGet, "/sandbox/wire/v3/certificates", nil)
		validator := validators.NewWechatPayResponseValidator(verifiers.NewSHA256WithRSAPubkeyVerifier(c.PublicKeyID, *c.PublicKey))
		err := validator.Validate(ctx, &http.Response{Header: h, Body: io.NopCloser(bytes.NewReader(raw))})
		if status != 406 && status != 401 || err != nil {
			t.Errorf("%d %v", status, err)
		}
	})
	t.Run("there are no platform certificates for a new merchant", func(t *testing.T) {
		_, _, err := (&certificates.CertificatesApiService{Client: b.client}).DownloadCertificates(ctx)
		wantRefusal(t, err, 404, "RESOURCE_NOT_EXISTS")
	})
}

// authorization signs as a merchant does.
func authorization(t *testing.T, m wechat.Merchant, method, path, body string, at time.Time) string {
	t.Helper()
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%d\n%s\n%s\n", method, path, at.Unix(), "nonce", body))
	signed, err := rsa.SignPKCS1v15(rand.Reader, m.PrivateKey, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`%s mchid="%s",nonce_str="nonce",signature="%s",timestamp="%d",serial_no="%s"`,
		payScheme, m.MchID, base64.StdEncoding.EncodeToString(signed), at.Unix(), m.SerialNo)
}
