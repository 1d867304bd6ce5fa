package wechat

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const billHead = "\ufeff交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额," +
	"微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注\r\n"

const (
	billPaid = "`2026-11-20 15:18:00,`wx1,`1900000001,`0,`,`4200,`D1,`oABC,`JSAPI,`SUCCESS,`OTHERS,`CNY,`15.00,`0.00,`0,`0,`0.00,`0.00,`,`," +
		"`党费, \"2026年11月\",`,`0.09000,`0.60%,`15.00,`0.00,`\r\n"
	billBack = "`2026-11-20 16:00:01,`wx1,`1900000001,`0,`,`4200,`D1,`oABC,`JSAPI,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`5000,`R1,`5.00,`0.00,`ORIGINAL,`SUCCESS," +
		"`党费,`,`-0.03000,`0.60%,`15.00,`5.00,`\r\n"
	billTail = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r\n`2,`15.00,`5.00,`0.00,`0.06000,`30.00,`5.00\r\n"
)

func TestReadBill(t *testing.T) {
	t.Parallel()
	paid := StatementRow{At: time.Date(2026, 11, 20, 7, 18, 0, 0, time.UTC), AppID: "wx1", TransactionNo: "4200", OrderNo: "D1", State: TradeSuccess,
		AmountFen: 1500, FeeFen: 9}
	back := StatementRow{At: time.Date(2026, 11, 20, 8, 0, 1, 0, time.UTC), AppID: "wx1", TransactionNo: "4200", OrderNo: "D1", State: TradeRefund,
		AmountFen: 1500, RefundNo: "R1", RefundID: "5000", RefundFen: 500, FeeFen: -3}
	for name, c := range map[string]struct {
		bill string
		want []StatementRow
	}{
		"payments and refunds, with a comma and quotes in a name": {billHead + billPaid + billBack + billTail, []StatementRow{paid, back}},
		"without a byte order mark and carriage returns":          {strings.ReplaceAll(strings.TrimPrefix(billHead, "\ufeff")+billPaid+billTail, "\r", ""), []StatementRow{paid}},
		"with columns in another order": {"订单金额,申请退款金额,手续费,交易时间,公众账号ID,微信订单号,商户订单号,交易状态,微信退款单号,商户退款单号\n" +
			"`15.00,`0,`0.09,`2026-11-20 15:18:00,`wx1,`4200,`D1,`SUCCESS,`,`\n" + billTail, []StatementRow{paid}},
		"of a day without trade":             {billHead + billTail, nil},
		"with empty lines at the end":        {billHead + billPaid + billTail + "\r\n\n", []StatementRow{paid}},
		"whose last line has no line feed":   {billHead + billPaid + strings.TrimSuffix(billTail, "\r\n"), []StatementRow{paid}},
		"with a fee of a fraction of a fen":  {billHead + strings.Replace(billPaid, "0.09000", "0.08500", 1) + billTail, []StatementRow{paid}},
		"with a fee returned in a fraction ": {billHead + strings.Replace(billBack, "-0.03000", "-0.02500", 1) + billTail, []StatementRow{back}},
	} {
		t.Run("a bill "+name+" is read", func(t *testing.T) {
			got, err := readBill(strings.NewReader(c.bill))
			if err != nil || len(got) != len(c.want) {
				t.Fatalf("%+v, %v", got, err)
			}
			for i := range got {
				if got[i] != c.want[i] {
					t.Errorf("\n%+v, want\n%+v", got[i], c.want[i])
				}
			}
		})
	}
	for name, bill := range map[string]string{
		"that is empty":                     "",
		"that is a page":                    "<html></html>",
		"without a column":                  strings.Replace(billHead, "订单金额", "总额", 2) + billPaid + billTail,
		"without totals":                    billHead + billPaid,
		"that ends at the names of totals":  billHead + billPaid + strings.SplitAfter(billTail, "\n")[0],
		"whose totals are no totals":        billHead + billPaid + strings.Replace(billTail, "`2,", "2,", 1),
		"with a line after the totals":      billHead + billPaid + billTail + billPaid,
		"with an empty line between":        billHead + "\n" + billPaid + billTail,
		"with a field less":                 billHead + strings.Replace(billPaid, ",`OTHERS", "", 1) + billTail,
		"with a field more":                 billHead + strings.Replace(billPaid, "`党费", "`党,`费", 1) + billTail,
		"whose lines have no backticks":     billHead + strings.ReplaceAll(billPaid, "`", "") + billTail,
		"with an amount of half a fen":      billHead + strings.Replace(billPaid, "15.00,`0.00,`\r", "15.005,`0.00,`\r", 1) + billTail,
		"with an amount in words":           billHead + strings.Replace(billPaid, "15.00,`0.00,`\r", "fifteen,`0.00,`\r", 1) + billTail,
		"with an amount past all money":     billHead + strings.Replace(billPaid, "15.00,`0.00,`\r", "9999999999999.00,`0.00,`\r", 1) + billTail,
		"with a time that is none":          billHead + strings.Replace(billPaid, "15:18", "25:18", 1) + billTail,
		"with a payment without its number": billHead + strings.Replace(billPaid, "`D1", "`", 1) + billTail,
		"with a line without end":           billHead + "`" + strings.Repeat("x", maxBillLine) + "\n" + billTail,
	} {
		t.Run("a bill "+name+" is refused", func(t *testing.T) {
			got, err := readBill(strings.NewReader(bill))
			if err == nil {
				t.Fatalf("%+v", got)
			}
			if strings.Contains(err.Error(), "15.00") || strings.Contains(err.Error(), "oABC") {
				t.Errorf("the error shows the line: %v", err)
			}
		})
	}
}

func TestFen(t *testing.T) {
	t.Parallel()
	for yuan, want := range map[string]int64{"0": 0, "0.0": 0, "0.01": 1, "1": 100, "1.2": 120, "12.30": 1230, "-0.05": -5, "0.00000": 0, "999999999999.99": 99999999999999} {
		if got, err := fen(yuan); err != nil || got != want {
			t.Errorf("%s: %d, %v", yuan, got, err)
		}
	}
	for _, yuan := range []string{"", ".", "1.", ".5", "-", "--1", "+1", "1e3", "0x1", "1,000.00", " 1", "0.001", "１", "1.123456789", "1000000000000"} {
		if got, err := fen(yuan); err == nil {
			t.Errorf("%q is %d", yuan, got)
		}
	}
	for yuan, want := range map[string]int64{"0.004": 0, "0.005": 1, "-0.005": -1, "-0.00499": 0, "0.01499": 1, "1.235": 124} {
		if got, err := feeFen(yuan); err != nil || got != want {
			t.Errorf("a fee of %s: %d, %v", yuan, got, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.Int64Range(-99999999999999, 99999999999999).Draw(t, "fen")
		sign, n := "", want
		if n < 0 {
			sign, n = "-", -n
		}
		digits := []byte("00")
		for at := 0; n > 0; at++ {
			digits = append([]byte{byte('0' + n%10)}, digits...)
			n /= 10
		}
		number := strings.TrimLeft(string(digits[:len(digits)-2]), "0")
		for len(number) < 3 {
			number = "0" + number
		}
		text := sign + number[:len(number)-2] + "." + number[len(number)-2:]
		if got, err := fen(text); err != nil || got != want {
			t.Fatalf("%s: %d, want %d: %v", text, got, want, err)
		}
	})
}

// FuzzReadBill: any file is an error or rows with an order number, never a panic.
func FuzzReadBill(f *testing.F) {
	f.Add(billHead + billPaid + billBack + billTail)
	f.Add(billHead + billTail)
	f.Add("`,`")
	f.Fuzz(func(t *testing.T, bill string) {
		rows, err := readBill(strings.NewReader(bill))
		if err != nil && !errors.Is(err, errBill) && err.Error() != "bufio.Scanner: token too long" {
			t.Fatal(err)
		}
		for _, row := range rows {
			if err == nil && (row.OrderNo == "" || row.At.IsZero()) {
				t.Fatalf("%+v", row)
			}
		}
	})
}
