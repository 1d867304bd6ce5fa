package main

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"hongyun/config"
	"hongyun/wechat/sandbox"
)

func TestOpenPay(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	here := config.Config{DataDir: dir, WeChat: config.Sandbox}
	given, err := sandbox.OpenMerchant("")
	if err != nil {
		t.Fatal(err)
	}
	keyFile, publicKeyFile, err := given.WriteFiles(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	c := given.Credentials()
	set := config.Config{DataDir: dir, WeChat: config.Live, PublicURL: "https://dj.example.gov.cn/", PayMchID: c.MchID, PaySerial: c.SerialNo,
		PayAPIv3Key: c.APIv3Key, PayPublicKeyID: c.PublicKeyID, PayKeyFile: keyFile, PayPublicKeyFile: publicKeyFile}
	elsewhere := set
	elsewhere.WeChat, elsewhere.SandboxURL, elsewhere.PublicURL = config.Sandbox, "http://127.0.0.1:1/sandbox/wire", ""

	t.Run("a newcomer's server, and a command beside it, pay to one merchant of the sandbox", func(t *testing.T) {
		server, command := &app{config: here}, &app{config: here}
		first, err := server.merchantAt("127.0.0.1:8080")
		if err != nil {
			t.Fatal(err)
		}
		second, err := command.merchantAt("127.0.0.1:8080")
		if err != nil || !first.PrivateKey.Equal(second.PrivateKey) || first.APIv3Key != second.APIv3Key || server.merchant == nil {
			t.Fatal("two merchants", err)
		}
		if first.NotifyURL != "http://127.0.0.1:8080/wechat/pay/notify" {
			t.Fatal(first.NotifyURL)
		}
		if info, err := os.Stat(filepath.Join(dir, "sandbox-merchant.json")); err != nil || info.Mode().Perm() != 0o600 {
			t.Fatal(info, err)
		}
	})
	for name, c := range map[string]struct {
		config config.Config
		notify string
	}{
		"the merchant of the settings is told at the public address":          {set, "https://dj.example.gov.cn/wechat/pay/notify"},
		"a sandbox elsewhere tells where this server listens, if nobody says": {elsewhere, "http://127.0.0.1:8080/wechat/pay/notify"},
	} {
		t.Run(name, func(t *testing.T) {
			a := &app{config: c.config}
			m, err := a.merchantAt("127.0.0.1:8080")
			if err != nil || m.NotifyURL != c.notify || a.merchant != nil {
				t.Fatalf("%v %v", m, err)
			}
			pay, err := a.openPay(context.Background(), "127.0.0.1:8080", http.DefaultClient)
			if err != nil || pay.MchID() != given.Credentials().MchID {
				t.Fatal(err)
			}
		})
	}
	for name, c := range map[string]config.Config{
		"off is off":                         {DataDir: t.TempDir(), WeChat: config.Sandbox, PayMchID: config.PayOff},
		"real WeChat without a merchant":     {WeChat: config.Live},
		"a sandbox elsewhere has no account": {WeChat: config.Sandbox, SandboxURL: "http://127.0.0.1:1/sandbox/wire"},
	} {
		t.Run(name, func(t *testing.T) {
			a := &app{config: c}
			pay, err := a.openPay(context.Background(), "127.0.0.1:8080", http.DefaultClient)
			if err != nil || pay != nil || a.merchant != nil {
				t.Fatal(pay, err)
			}
		})
	}
}
