package wechat_test

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"testing"

	"hongyun/wechat"
)

const (
	billPath = "/v3/bill/tradebill"
	filePath = "/v3/billdownload/file"
	billFile = "\ufeff交易时间,公众账号ID,微信订单号,商户订单号,交易状态,微信退款单号,商户退款单号,手续费,订单金额,申请退款金额\r\n" +
		"`2026-11-20 15:18:00,`wx1,`4200,`D1,`SUCCESS,`0,`0,`0.00000,`15.00,`0.00\r\n" +
		"总交易单数,应结订单总金额\r\n`1,`15.00\r\n"
)

// offersBill answers as WeChat does: a signed link, and an unsigned file behind it.
func (f *payFar) offersBill(link map[string]string, file string) {
	sum := sha1.Sum([]byte(file))
	fields := map[string]string{"hash_type": "SHA1", "hash_value": hex.EncodeToString(sum[:]),
		"download_url": "https://api.mch.weixin.qq.com" + filePath + "?token=6XIv5TUPto7pByrTQKhd6kwvyKLG2uY2wMMR8cNXqaA_Cv_isgaUtBzp4QtiozLO"}
	for name, other := range link {
		fields[name] = other
	}
	text := "{"
	for name, field := range fields {
		text += `"` + name + `":"` + field + `",`
	}
	f.says("GET "+billPath, 200, strings.TrimSuffix(text, ",")+"}")
	f.on("GET "+filePath, func(w http.ResponseWriter, _ *http.Request, _ []byte) { _, _ = w.Write([]byte(file)) })
}

func TestPay_Statement(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	t.Run("a day's bill", func(t *testing.T) {
		t.Parallel()
		pay, far := newPay(t)
		far.offersBill(nil, billFile)
		rows, err := pay.Statement(ctx, "2026-11-20")
		if err != nil || len(rows) != 1 || rows[0].OrderNo != "D1" || rows[0].AmountFen != 1500 {
			t.Fatalf("%+v, %v", rows, err)
		}
	})
	t.Run("a bill longer than an answer", func(t *testing.T) {
		t.Parallel()
		pay, far := newPay(t)
		lines := strings.SplitAfter(billFile, "\r\n")
		far.offersBill(nil, lines[0]+strings.Repeat(lines[1], 20000)+lines[2]+lines[3])
		if rows, err := pay.Statement(ctx, "2026-11-20"); err != nil || len(rows) != 20000 {
			t.Fatalf("%d, %v", len(rows), err)
		}
	})
	t.Run("a day without trade has no rows", func(t *testing.T) {
		t.Parallel()
		pay, far := newPay(t)
		far.says("GET "+billPath, 400, `{"code":"NO_STATEMENT_EXIST","message":"账单文件不存在"}`)
		if rows, err := pay.Statement(ctx, "2026-11-20"); err != nil || len(rows) != 0 {
			t.Fatalf("%+v, %v", rows, err)
		}
	})
	t.Run("a bill that is being made is not ready", func(t *testing.T) {
		t.Parallel()
		pay, far := newPay(t)
		far.says("GET "+billPath, 400, `{"code":"STATEMENT_CREATING","message":"账单生成中"}`)
		if _, err := pay.Statement(ctx, "2026-11-20"); !errors.Is(err, wechat.ErrNotReady) {
			t.Fatal(err)
		}
	})
	t.Run("a day that is none is not asked for", func(t *testing.T) {
		t.Parallel()
		pay, _ := newPay(t)
		for _, day := range []string{"", "2026-02-30", "2026-11-20&bill_type=REFUND", "20261120"} {
			if _, err := pay.Statement(ctx, day); err == nil {
				t.Errorf("%q", day)
			}
		}
	})
	for name, link := range map[string]map[string]string{
		"a hash of another file":     {"hash_value": "79bb0f45fc4c42234a918000b2668d689e2bde04"},
		"a hash of another kind":     {"hash_type": "MD5"},
		"no hash":                    {"hash_value": ""},
		"a file at another host":     {"download_url": "https://api.weixin.qq.com" + filePath + "?token=x"},
		"a file that comes in plain": {"download_url": "http://api.mch.weixin.qq.com" + filePath + "?token=x"},
		"a file at another port":     {"download_url": "https://api.mch.weixin.qq.com:444" + filePath + "?token=x"},
		"no file":                    {"download_url": ""},
	} {
		t.Run("a link with "+name+" is refused", func(t *testing.T) {
			t.Parallel()
			pay, far := newPay(t)
			far.offersBill(link, billFile)
			if rows, err := pay.Statement(ctx, "2026-11-20"); err == nil || rows != nil {
				t.Fatalf("%+v, %v", rows, err)
			}
		})
	}
	t.Run("a link that another has signed is not followed", func(t *testing.T) {
		t.Parallel()
		pay, far := newPay(t)
		far.signer = payKeys().stranger
		far.offersBill(nil, billFile)
		if rows, err := pay.Statement(ctx, "2026-11-20"); err == nil || rows != nil {
			t.Fatalf("%+v, %v", rows, err)
		}
	})
	t.Run("a file that WeChat has lost is a refusal", func(t *testing.T) {
		t.Parallel()
		pay, far := newPay(t)
		far.offersBill(nil, billFile)
		far.says("GET "+filePath, 403, `{"code":"NO_AUTH","message":"权限异常"}`)
		var refusal *wechat.PayError
		if _, err := pay.Statement(ctx, "2026-11-20"); !errors.As(err, &refusal) || refusal.Code != "NO_AUTH" {
			t.Fatal(err)
		}
	})
}
