package sandbox

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/option"
	"github.com/wechatpay-apiv3/wechatpay-go/services/refunddomestic"

	"hongyun/wechat"
)

func TestPay_Refund(t *testing.T) {
	t.Parallel()
	ctx := context.Background()

	t.Run("is under way, then done and told", func(t *testing.T) {
		t.Parallel()
		b := newPayBench(t)
		b.pays(b.place("D-000001"), "dropped")
		r, err := b.refund("D-000001", "R-1", 250)
		if err != nil || *r.Status != "PROCESSING" || *r.OutTradeNo != "D-000001" || *r.Amount.Refund != 250 || *r.Amount.Total != 1250 || r.SuccessTime != nil {
			t.Fatalf("%v %v", r, err)
		}
		n := b.waitNotices(1)[0]
		if n.err != nil || n.EventType != "REFUND.SUCCESS" || n.content["out_refund_no"] != "R-1" || n.content["refund_status"] != "SUCCESS" ||
			n.content["refund_id"] != *r.RefundId || n.content["amount"].(map[string]any)["refund"] != 250.0 {
			t.Errorf("%v %v", n.content, n.err)
		}
		got, _, err := b.money.QueryByOutRefundNo(ctx, refunddomestic.QueryByOutRefundNoRequest{OutRefundNo: core.String("R-1")})
		if err != nil || *got.Status != "SUCCESS" || got.SuccessTime == nil || *got.RefundId != *r.RefundId {
			t.Errorf("%v %v", got, err)
		}
		if got := b.tradeState("D-000001"); got != "REFUND" {
			t.Errorf("state %s", got)
		}
		if a := b.mustDoor("pay/summary", nil); a["paid"] != 1.0 || a["paid_fen"] != 1250.0 || a["refunds"] != 1.0 || a["refunded_fen"] != 250.0 {
			t.Errorf("summary %v", a)
		}
		if l := b.list("pay/refunds"); len(l) != 1 || l[0]["amount_fen"] != 250.0 || l[0]["status"] != "SUCCESS" || l[0]["success_at"] == nil {
			t.Errorf("refunds %v", l)
		}
		if o := b.list("pay/orders?trade_state=REFUND"); len(o) != 1 || o[0]["refunded_fen"] != 250.0 || o[0]["person"] != "li" || o[0]["paid_at"] == nil {
			t.Errorf("orders %v", o)
		}
	})
	t.Run("the same number is the same refund, and all together never exceed the payment", func(t *testing.T) {
		t.Parallel()
		b := newPayBench(t)
		b.pays(b.place("D-000001"), "dropped")
		first, err := b.refund("D-000001", "R-1", 1000)
		if err != nil {
			t.Fatal(err)
		}
		again, err := b.refund("D-000001", "R-1", 1000)
		if err != nil || *again.RefundId != *first.RefundId {
			t.Errorf("%v %v", again, err)
		}
		_, err = b.refund("D-000001", "R-1", 999)
		wantRefusal(t, err, 400, "INVALID_REQUEST")
		_, err = b.refund("D-000001", "R-2", 251)
		wantRefusal(t, err, 400, "INVALID_REQUEST")
		if _, err = b.refund("D-000001", "R-3", 250); err != nil {
			t.Error(err)
		}
		b.waitNotices(2)
		if got := len(b.notices()); got != 2 {
			t.Errorf("%d notices", got)
		}
	})
	t.Run("what cannot be given back is refused", func(t *testing.T) {
		t.Parallel()
		b := newPayBench(t)
		_, err := b.refund("D-000001", "R-1", 1)
		wantRefusal(t, err, 404, "RESOURCE_NOT_EXISTS")
		prepay := b.place("D-000001")
		_, err = b.refund("D-000001", "R-1", 1)
		wantRefusal(t, err, 400, "INVALID_REQUEST")
		b.pays(prepay, "dropped")
		_, _, err = b.money.QueryByOutRefundNo(ctx, refunddomestic.QueryByOutRefundNoRequest{OutRefundNo: core.String("R-1")})
		wantRefusal(t, err, 404, "RESOURCE_NOT_EXISTS")
		for name, body := range map[string]map[string]any{
			"no order":      {"out_trade_no": ""},
			"no number":     {"out_refund_no": ""},
			"a bad number":  {"out_refund_no": "R 1"},
			"a long number": {"out_refund_no": strings.Repeat("9", 65)},
			"a long reason": {"reason": strings.Repeat("费", 27)},
			"a bad address": {"notify_url": "http://x/?a"},
			"no money":      {"amount": map[string]any{"refund": 0, "total": 1250, "currency": "CNY"}},
			"no total":      {"amount": map[string]any{"refund": 1, "currency": "CNY"}},
			"no currency":   {"amount": map[string]any{"refund": 1, "total": 1250}},
			"a fraction":    {"amount": map[string]any{"refund": 1.5, "total": 1250, "currency": "CNY"}},
		} {
			in := map[string]any{"out_trade_no": "D-000001", "out_refund_no": "R-1", "amount": map[string]any{"refund": 1, "total": 1250, "currency": "CNY"}}
			for k, v := range body {
				in[k] = v
			}
			t.Log(name)
			_, err := b.client.Post(ctx, "https://api.mch.weixin.qq.com/v3/refund/domestic/refunds", in)
			wantRefusal(t, err, 400, "PARAM_ERROR")
		}
		_, err = b.client.Post(ctx, "https://api.mch.weixin.qq.com/v3/refund/domestic/refunds", map[string]any{
			"out_trade_no": "D-000001", "out_refund_no": "R-1", "amount": map[string]any{"refund": 1, "total": 1249, "currency": "CNY"}})
		wantRefusal(t, err, 400, "INVALID_REQUEST")
		b.pass(366 * 24 * time.Hour)
		_, err = b.refund("D-000001", "R-1", 1)
		wantRefusal(t, err, 400, "INVALID_REQUEST")
	})
}

func TestPay_Bill(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	const address = "https://api.mch.weixin.qq.com/v3/bill/tradebill?bill_type=ALL&bill_date="
	b := newPayBench(t) // 1 July, 09:00 in China
	b.pays(b.place("D-000001"), "dropped")
	b.pass(14*time.Hour + 59*time.Minute)
	last := b.pays(b.place("D-000002"), "dropped")
	b.place("D-000003")
	b.pass(time.Minute) // 2 July, 00:00
	b.pays(b.place("D-000004"), "wrong_amount")
	if _, err := b.refund("D-000001", "R-1", 250); err != nil {
		t.Fatal(err)
	}
	b.waitNotices(2)

	bill := func(day string) ([]byte, error) {
		res, err := b.client.Get(ctx, address+day)
		if err != nil {
			return nil, err
		}
		var ready struct {
			HashType    string `json:"hash_type"`
			HashValue   string `json:"hash_value"`
			DownloadURL string `json:"download_url"`
		}
		if err := json.NewDecoder(res.Response.Body).Decode(&ready); err != nil {
			t.Fatal(err)
		}
		c := b.m.Credentials()
		web, err := wechat.NewHTTPClient(wechat.HTTPOptions{SandboxURL: b.url + "/sandbox/wire"})
		if err != nil {
			t.Fatal(err)
		}
		bare, err := core.NewClient(ctx, option.WithMerchantCredential(c.MchID, c.SerialNo, c.PrivateKey), option.WithoutValidator(), option.WithHTTPClient(web))
		if err != nil {
			t.Fatal(err)
		}
		file, err := bare.Get(ctx, ready.DownloadURL)
		if err != nil {
			t.Fatal(err)
		}
		if file.Response.Header.Get("Wechatpay-Signature") != "" {
			t.Error("a bill is not signed")
		}
		raw, err := io.ReadAll(file.Response.Body)
		if sum := sha1.Sum(raw); err != nil || ready.HashType != "SHA1" || hex.EncodeToString(sum[:]) != ready.HashValue {
			t.Errorf("%v, hash %s", err, ready.HashValue)
		}
		return raw, nil
	}

	t.Run("is ready at ten the next morning", func(t *testing.T) {
		b.pass(10*time.Hour - time.Second)
		_, err := bill("2026-07-01")
		wantRefusal(t, err, 400, "STATEMENT_CREATING")
		b.pass(time.Second)
		if _, err = bill("2026-07-01"); err != nil {
			t.Error(err)
		}
		_, err = bill("2026-07-02")
		wantRefusal(t, err, 400, "STATEMENT_CREATING")
	})
	t.Run("has the day's payments, newest first, and totals", func(t *testing.T) {
		raw, err := bill("2026-07-01")
		if err != nil {
			t.Fatal(err)
		}
		rows := strings.Split(strings.TrimSuffix(string(raw), "\r\n"), "\r\n")
		me := OpenID(mini, "li")
		if len(rows) != 5 || rows[0] != "\ufeff"+billColumns || rows[3] != billTotals || rows[4] != "`2,`25.00,`0.00,`0.00,`0.16000,`25.00,`0.00" ||
			rows[1] != fmt.Sprintf("`2026-07-01 23:59:00,`%s,`%s,`0,`,`%s,`D-000002,`%s,`JSAPI,`SUCCESS,`OTHERS,`CNY,`12.50,`0.00,`0,`0,`0.00,`0.00,`,`,`七月党费,`七月,`0.08000,`0.60%%,`12.50,`0.00,`",
				mini, b.m.mchID, last["transaction_id"], me) {
			t.Errorf("bill\n%s", raw)
		}
	})
	t.Run("has the day's refunds, and the amount in the books", func(t *testing.T) {
		b.pass(24 * time.Hour)
		raw, err := bill("2026-07-02")
		if err != nil {
			t.Fatal(err)
		}
		r := csv.NewReader(bytes.NewReader(raw))
		r.FieldsPerRecord, r.LazyQuotes = -1, true
		rows, err := r.ReadAll()
		if err != nil || len(rows) != 5 || rows[4][1] != "`12.50" || rows[4][2] != "`2.50" {
			t.Fatalf("%v\n%s", err, raw)
		}
		for _, row := range rows[1:3] {
			if row[9] == "`REFUND" && (len(row) != 27 || row[12] != "`0.00" || row[15] != "`R-1" || row[16] != "`2.50" || row[19] != "`SUCCESS" || row[22] != "`-0.02000" || row[25] != "`2.50") {
				t.Errorf("row %v", row)
			}
		}
	})
	t.Run("other days and kinds are refused", func(t *testing.T) {
		b.pass(24 * time.Hour)
		_, err := bill("2026-07-03")
		wantRefusal(t, err, 400, "NO_STATEMENT_EXIST")
		for _, day := range []string{"", "2026-7-1", "2026-03-01", "2026-07-01&tar_type=GZIP"} {
			_, err = bill(day)
			wantRefusal(t, err, 400, "PARAM_ERROR")
		}
		_, err = b.client.Get(ctx, "https://api.mch.weixin.qq.com/v3/bill/tradebill?bill_type=REFUND&bill_date=2026-07-01")
		wantRefusal(t, err, 400, "PARAM_ERROR")
		_, err = b.client.Get(ctx, "https://api.mch.weixin.qq.com/v3/billdownload/file?token=x")
		wantRefusal(t, err, 400, "PARAM_ERROR")
	})
}

func TestPay_Journal(t *testing.T) {
	t.Parallel()

	t.Run("orders and refunds are there after a process that was killed", func(t *testing.T) {
		t.Parallel()
		file := t.TempDir() + "/state.jsonl"
		b := newPayBench(t, func(o *Options) { o.StateFile = file })
		b.s.till.refundDelay = time.Hour
		open := b.place("D-000001")
		b.pays(b.place("D-000002"), "paid")
		if _, err := b.refund("D-000002", "R-1", 250); err != nil {
			t.Fatal(err)
		}
		if err := b.placeClosed("D-000003"); err != nil {
			t.Fatal(err)
		}
		orders := fmt.Sprint(b.list("pay/orders"))

		b.open() // beside the first one, which never closed its file
		b.connect(b.m.Credentials())

		if got := fmt.Sprint(b.list("pay/orders")); got != orders {
			t.Errorf("orders\n%s\nwant\n%s", got, orders)
		}
		if n := b.waitNotices(2); n[1].EventType != "REFUND.SUCCESS" {
			t.Errorf("notices %v", n)
		}
		b.pays(open, "paid")
		if o := b.list("people/li/orders"); len(o) != 3 || o[0]["order_no"] != "D-000003" || o[2]["trade_state"] != "SUCCESS" {
			t.Errorf("orders %v", o)
		}
		if status, a := b.door("people/li/pay", map[string]any{"prepay_id": open}); status != 409 {
			t.Errorf("%d %v", status, a)
		}
	})
	t.Run("the file keeps one line for each order", func(t *testing.T) {
		t.Parallel()
		file := t.TempDir() + "/state.jsonl"
		b := newPayBench(t, func(o *Options) { o.StateFile = file })
		for range 30 {
			b.place("D-000001")
		}
		before := lines(t, file)
		b.pass(25 * time.Hour)
		b.open()
		if after := lines(t, file); before != 60 || after != 1 {
			t.Errorf("%d lines, then %d", before, after)
		}
	})
}

// placeClosed places an order and closes it.
func (b *payBench) placeClosed(no string) error {
	b.place(no)
	return b.close(no)
}
