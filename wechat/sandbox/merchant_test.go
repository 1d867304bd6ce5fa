package sandbox

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/wechatpay-apiv3/wechatpay-go/utils"

	"hongyun/wechat"
)

func TestMerchant(t *testing.T) {
	t.Parallel()

	t.Run("is made once and kept, also when several ask at the same time", func(t *testing.T) {
		t.Parallel()
		file := filepath.Join(t.TempDir(), "wechat", "merchant.json")
		all := make([]*Merchant, 3)
		var wg sync.WaitGroup
		for i := range all {
			wg.Go(func() {
				m, err := OpenMerchant(file)
				if err != nil {
					t.Error(err)
				}
				all[i] = m
			})
		}
		wg.Wait()
		again, err := OpenMerchant(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range all {
			if m == nil || !m.key.Equal(again.key) || !m.platform.Equal(again.platform) || m.apiV3Key != again.apiV3Key || m.serialNo != again.serialNo || m.publicKeyID != again.publicKeyID {
				t.Error("another merchant")
			}
		}
		info, err := os.Stat(file)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v %v", info.Mode(), err)
		}
		if files, _ := os.ReadDir(filepath.Dir(file)); len(files) != 1 {
			t.Errorf("left behind: %v", files)
		}
	})
	t.Run("gives the product what a merchant has", func(t *testing.T) {
		t.Parallel()
		m, err := testMerchant()
		if err != nil {
			t.Fatal(err)
		}
		c := m.Credentials()
		if c.MchID != "1900000109" || len(c.SerialNo) != 40 || len(c.APIv3Key) != 32 || !strings.HasPrefix(c.PublicKeyID, "PUB_KEY_ID_01190000") || c.NotifyURL != "" {
			t.Errorf("credentials %+v", c)
		}
		client, err := wechat.NewHTTPClient(wechat.HTTPOptions{})
		if err != nil {
			t.Fatal(err)
		}
		c.NotifyURL = "https://example.com/wechat/pay/notify"
		if _, err := wechat.NewPay(context.Background(), c, client); err != nil {
			t.Error(err)
		}
		keyFile, publicFile, err := m.WriteFiles(filepath.Join(t.TempDir(), "pay"))
		if err != nil {
			t.Fatal(err)
		}
		key, keyErr := utils.LoadPrivateKeyWithPath(keyFile)
		public, publicErr := utils.LoadPublicKeyWithPath(publicFile)
		if keyErr != nil || publicErr != nil || !key.Equal(c.PrivateKey) || !public.Equal(c.PublicKey) {
			t.Errorf("%v %v", keyErr, publicErr)
		}
	})
	t.Run("shows no secret", func(t *testing.T) {
		t.Parallel()
		m, err := testMerchant()
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{fmt.Sprint(m), fmt.Sprintf("%+v", m), fmt.Sprintf("%#v", m), m.LogValue().String()} {
			if text != "sandbox merchant(1900000109)" {
				t.Error("shown")
			}
		}
	})
	t.Run("a damaged file is not replaced", func(t *testing.T) {
		t.Parallel()
		for _, text := range []string{"{", "{}", `{"private_key":"x"}`} {
			file := filepath.Join(t.TempDir(), "m")
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := OpenMerchant(file); err == nil {
				t.Errorf("%s: opened", text)
			}
		}
	})
}
