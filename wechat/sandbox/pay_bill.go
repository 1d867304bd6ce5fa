package sandbox

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"hongyun/wechat"
)

const (
	billHour     = 10 // of the next day in China, when a bill is ready
	billMonths   = 3
	billFileLife = 5 * time.Minute
	// feePermyriad is what WeChat keeps of each payment and gives back with each refund.
	feePermyriad = 60
	billColumns  = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额," +
		"微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
	billTotals = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
)

// billFile is a bill that may be downloaded for a while.
type billFile struct {
	body payFile
	at   time.Time
}

// tradeBill is GET /v3/bill/tradebill.
func (s *Sandbox) tradeBill(c *payCall) (any, error) {
	day, err := time.ParseInLocation(time.DateOnly, c.query.Get("bill_date"), china())
	if err != nil {
		return nil, badParam("bill_date 应当是 YYYY-MM-DD 格式的日期")
	}
	if t := c.query.Get("bill_type"); t != "" && t != "ALL" {
		return nil, badParam("沙箱只提供 bill_type=ALL 的账单")
	}
	if c.query.Get("tar_type") != "" {
		return nil, badParam("沙箱不提供压缩的账单，请勿填写 tar_type")
	}
	if c.now.Before(day.AddDate(0, 0, 1).Add(billHour * time.Hour)) {
		return nil, payRefuse(http.StatusBadRequest, "STATEMENT_CREATING", "账单生成中，请在次日 10 点以后再获取")
	}
	if c.now.After(day.AddDate(0, billMonths, 1)) {
		return nil, badParam("只能下载三个月内的账单")
	}
	lines := s.billOf(day)
	if len(lines) == 0 {
		return nil, payRefuse(http.StatusBadRequest, "NO_STATEMENT_EXIST", "请求的账单文件不存在，当日没有交易")
	}
	body := writeBill(lines)
	token := randomText(64)
	s.till.mu.Lock()
	defer s.till.mu.Unlock()
	dropOld(s.till.bills, func(f billFile) bool { return c.now.Sub(f.at) > billFileLife })
	s.till.bills[token] = billFile{body, c.now}
	sum := sha1.Sum(body)
	return map[string]string{
		"hash_type": "SHA1", "hash_value": hex.EncodeToString(sum[:]),
		"download_url": "https://" + payHost + "/v3/billdownload/file?token=" + token,
	}, nil
}

// downloadBill is GET /v3/billdownload/file.
func (s *Sandbox) downloadBill(c *payCall) (any, error) {
	s.till.mu.Lock()
	f, found := s.till.bills[c.query.Get("token")]
	s.till.mu.Unlock()
	if !found || c.now.Sub(f.at) > billFileLife {
		return nil, badParam("账单下载地址无效或已过期，请重新申请")
	}
	return f.body, nil
}

// billLine is one row of a bill; amounts are in fen.
type billLine struct {
	at                  time.Time
	cells               []string
	paid, refunded, fee int64
}

// billOf are the payments and the refunds of one day in China, newest first.
func (s *Sandbox) billOf(day time.Time) []billLine {
	end := day.AddDate(0, 0, 1)
	within := func(t time.Time) bool { return !t.Before(day) && t.Before(end) }
	var lines []billLine
	s.state.view(func(st *state) {
		for _, o := range st.pay.orders {
			if o.State == wechat.TradeSuccess && within(o.Paid) {
				lines = append(lines, s.paidLine(o))
			}
		}
		for _, r := range st.pay.refunds {
			if within(r.Created) {
				lines = append(lines, s.refundLine(r, st.pay.orders[r.OrderNo]))
			}
		}
	})
	slices.SortFunc(lines, func(a, b billLine) int {
		if c := b.at.Compare(a.at); c != 0 {
			return c
		}
		return strings.Compare(b.cells[5]+b.cells[14], a.cells[5]+a.cells[14])
	})
	return lines
}

func (s *Sandbox) paidLine(o orderRecord) billLine {
	fee := feeOf(o.AmountFen)
	cells := append(s.billHead(o, o.Paid, "SUCCESS", o.AmountFen), "0", "0", yuan(0), yuan(0), "", "")
	return billLine{at: o.Paid, paid: o.AmountFen, fee: fee, cells: append(cells, billTail(o, fee, o.AmountFen, 0)...)}
}

func (s *Sandbox) refundLine(r refundRecord, o orderRecord) billLine {
	fee := -feeOf(r.AmountFen)
	cells := append(s.billHead(o, r.Created, "REFUND", 0), r.RefundID, r.RefundNo, yuan(r.AmountFen), yuan(0), "ORIGINAL", r.Status)
	return billLine{at: r.Created, refunded: r.AmountFen, fee: fee, cells: append(cells, billTail(o, fee, 0, r.AmountFen)...)}
}

// billHead are the columns from the time to the voucher.
func (s *Sandbox) billHead(o orderRecord, at time.Time, state string, due int64) []string {
	return []string{at.In(china()).Format(time.DateTime), o.AppID, s.merchant.mchID, "0", "", o.TransactionID, o.OrderNo, o.OpenID,
		"JSAPI", state, "OTHERS", "CNY", yuan(due), yuan(0)}
}

// billTail are the columns from the goods to the remark on the rate.
func billTail(o orderRecord, fee, total, asked int64) []string {
	plain := strings.NewReplacer(",", " ", "`", " ", "\r", " ", "\n", " ") // WeChat quotes nothing
	return []string{plain.Replace(o.Description), plain.Replace(o.Attach), yuan(fee) + "000",
		fmt.Sprintf("%d.%02d%%", feePermyriad/100, feePermyriad%100), yuan(total), yuan(asked), ""}
}

// writeBill is the file as WeChat writes it: a mark of UTF-8, every value after a backtick, two rows of totals.
func writeBill(lines []billLine) payFile {
	var b strings.Builder
	b.WriteString("\ufeff" + billColumns + "\r\n")
	var paid, refunded, fee int64
	for _, l := range lines {
		b.WriteString("`" + strings.Join(l.cells, ",`") + "\r\n")
		paid, refunded, fee = paid+l.paid, refunded+l.refunded, fee+l.fee
	}
	totals := []string{fmt.Sprint(len(lines)), yuan(paid), yuan(refunded), yuan(0), yuan(fee) + "000", yuan(paid), yuan(refunded)}
	b.WriteString(billTotals + "\r\n`" + strings.Join(totals, ",`") + "\r\n")
	return payFile(b.String())
}

// feeOf is WeChat's fee, rounded to the fen.
func feeOf(fen int64) int64 { return (fen*feePermyriad + 5000) / 10000 }

func yuan(fen int64) string {
	sign := ""
	if fen < 0 {
		sign, fen = "-", -fen
	}
	return fmt.Sprintf("%s%d.%02d", sign, fen/100, fen%100)
}
