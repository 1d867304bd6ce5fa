package main

import (
	"context"
	"net/http"
	"path/filepath"
	"strings"

	"hongyun/config"
	"hongyun/wechat"
	"hongyun/wechat/sandbox"
)

// notifyPath is where WeChat tells of payments and refunds.
const notifyPath = "/wechat/pay/notify"

// openPay makes the client for WeChat Pay; nil where no merchant is configured. address is where this or another process serves.
func (a *app) openPay(ctx context.Context, address string, client *http.Client) (*wechat.Pay, error) {
	m, err := a.merchantAt(address)
	if m == nil || err != nil {
		return nil, err
	}
	return wechat.NewPay(ctx, *m, client)
}

// merchantAt is the merchant that dues are paid into, told of payments at address or at the public one; nil where there is none.
func (a *app) merchantAt(address string) (*wechat.Merchant, error) {
	c := a.config
	switch c.Pay() {
	case config.PaySandbox:
		// Every command reads the same file, so that a job run by hand speaks with the sandbox of the server.
		var err error
		if a.merchant, err = sandbox.OpenMerchant(filepath.Join(c.DataDir, "sandbox-merchant.json")); err != nil {
			return nil, err
		}
		m := a.merchant.Credentials()
		m.NotifyURL = "http://" + address + notifyPath
		return &m, nil
	case config.PayMerchant:
		key, public, err := c.PayKeys()
		if err != nil {
			return nil, err
		}
		m := wechat.Merchant{MchID: c.PayMchID, SerialNo: c.PaySerial, PrivateKey: key, APIv3Key: c.PayAPIv3Key, PublicKeyID: c.PayPublicKeyID,
			PublicKey: public, NotifyURL: "http://" + address + notifyPath}
		if c.PublicURL != "" {
			m.NotifyURL = strings.TrimRight(c.PublicURL, "/") + notifyPath
		}
		return &m, nil
	default:
		return nil, nil
	}
}
