package config_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hongyun/config"
)

const v3Key = "hunter2-hunter2-hunter2-hunter2-"

// payFiles are the two keys of a merchant, and files that look like them.
func payFiles(t *testing.T) map[string]string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{"missing": filepath.Join(t.TempDir(), "missing.pem")}
	put := func(name, kind string, der []byte, err error) {
		if err != nil {
			t.Fatal(err)
		}
		out[name] = filepath.Join(t.TempDir(), name+".pem")
		if err := os.WriteFile(out[name], pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	put("key", "PRIVATE KEY", der, err)
	put("damaged", "PRIVATE KEY", der[:100], err)
	der, err = x509.MarshalPKIXPublicKey(&key.PublicKey)
	put("public", "PUBLIC KEY", der, err)
	der, err = x509.MarshalPKCS8PrivateKey(other)
	put("curve", "PRIVATE KEY", der, err)
	return out
}

func TestLoad_Pay(t *testing.T) {
	files := payFiles(t)
	merchant := func(change ...string) []string {
		return append([]string{"WECHAT", "live", "PUBLIC_URL", "https://dj.example.gov.cn", "PAY_MCHID", "1900000001", "PAY_SERIAL", "7132D72A",
			"PAY_KEY_FILE", files["key"], "PAY_API_V3_KEY", v3Key, "PAY_PUBLIC_KEY_ID", "PUB_KEY_ID_1", "PAY_PUBLIC_KEY_FILE", files["public"]}, change...)
	}
	for name, c := range map[string]struct {
		set  []string
		want string
	}{
		"the sandbox of this process has its merchant": {nil, config.PaySandbox},
		"a newcomer may turn pay off":                  {[]string{"PAY_MCHID", "off"}, config.PayOff},
		"real WeChat has none by itself":               {[]string{"WECHAT", "live"}, config.PayOff},
		"a sandbox elsewhere has none by itself":       {[]string{"SANDBOX_URL", "http://127.0.0.1:1/sandbox/wire"}, config.PayOff},
		"a merchant with real WeChat":                  {merchant(), config.PayMerchant},
		"a merchant with a sandbox elsewhere":          {merchant("WECHAT", "sandbox", "PUBLIC_URL", "", "SANDBOX_URL", "http://127.0.0.1:1/w"), config.PayMerchant},
		"a merchant that is turned off for a while":    {merchant("PAY_MCHID", "off"), config.PayOff},
	} {
		t.Run(name, func(t *testing.T) {
			set(t, c.set...)
			got, err := config.Load()
			if err != nil || got.Pay() != c.want {
				t.Fatalf("%s, %v", got.Pay(), err)
			}
			if c.want == config.PayMerchant {
				if key, public, err := got.PayKeys(); err != nil || !key.PublicKey.Equal(public) {
					t.Fatal(err)
				}
			}
		})
	}
	for name, c := range map[string]struct {
		set  []string
		want string // what the error names
	}{
		"without a number":               {merchant("PAY_MCHID", ""), "PAY_MCHID"},
		"whose number is none":           {merchant("PAY_MCHID", "on"), "PAY_MCHID"},
		"without a serial number":        {merchant("PAY_SERIAL", ""), "PAY_SERIAL"},
		"without a private key":          {merchant("PAY_KEY_FILE", ""), "PAY_KEY_FILE"},
		"without an APIv3 key":           {merchant("PAY_API_V3_KEY", ""), "PAY_API_V3_KEY"},
		"with a short APIv3 key":         {merchant("PAY_API_V3_KEY", v3Key[:31]), "PAY_API_V3_KEY"},
		"without the public key's id":    {merchant("PAY_PUBLIC_KEY_ID", ""), "PAY_PUBLIC_KEY_ID"},
		"without the public key":         {merchant("PAY_PUBLIC_KEY_FILE", ""), "PAY_PUBLIC_KEY_FILE"},
		"whose private key is not there": {merchant("PAY_KEY_FILE", files["missing"]), "PAY_KEY_FILE"},
		"whose private key is damaged":   {merchant("PAY_KEY_FILE", files["damaged"]), "PAY_KEY_FILE"},
		"whose private key is no RSA":    {merchant("PAY_KEY_FILE", files["curve"]), "PAY_KEY_FILE"},
		"whose keys are swapped":         {merchant("PAY_KEY_FILE", files["public"], "PAY_PUBLIC_KEY_FILE", files["key"]), "PAY_PUBLIC_KEY_FILE"},
		"that WeChat cannot reach":       {merchant("PUBLIC_URL", ""), "PUBLIC_URL"},
		"that is reached without TLS":    {merchant("PUBLIC_URL", "http://dj.example.gov.cn"), "PUBLIC_URL"},
		"with a query in its address":    {merchant("PUBLIC_URL", "https://dj.example.gov.cn/?a=b"), "PUBLIC_URL"},
		"beside the sandbox's own":       {merchant("WECHAT", "sandbox"), "PAY_MCHID"},
	} {
		t.Run("it refuses a merchant "+name, func(t *testing.T) {
			set(t, c.set...)
			_, err := config.Load()
			if err == nil || !strings.Contains(err.Error(), config.Prefix+c.want) {
				t.Fatalf("%v does not name %s", err, c.want)
			}
			if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), files["key"]) {
				t.Errorf("a secret is quoted:\n%v", err)
			}
		})
	}
}
