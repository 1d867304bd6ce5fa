package sandbox

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"hongyun/wechat"
)

const numberLetters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// orderRequest is the body of POST /v3/pay/transactions/jsapi.
type orderRequest struct {
	AppID       string `json:"appid"`
	MchID       string `json:"mchid"`
	Description string `json:"description"`
	OutTradeNo  string `json:"out_trade_no"`
	TimeExpire  string `json:"time_expire"`
	Attach      string `json:"attach"`
	NotifyURL   string `json:"notify_url"`
	Amount      struct {
		Total    int64   `json:"total"`
		Currency *string `json:"currency"`
	} `json:"amount"`
	Payer struct {
		OpenID string `json:"openid"`
	} `json:"payer"`
}

// placeOrder is POST /v3/pay/transactions/jsapi: the same order again gets one more prepay_id.
func (s *Sandbox) placeOrder(c *payCall) (any, error) {
	var in orderRequest
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	wanted, err := s.checkOrder(in, c.now)
	if err != nil {
		return nil, err
	}
	wanted.PrepayID = prepayID(c.now)
	err = s.changePay(func(b *batch) error {
		o, again := b.pay.orders[wanted.OrderNo]
		if again {
			if err := mayRepeat(o, wanted, c.now); err != nil {
				return err
			}
			o.PrepayID = wanted.PrepayID
		} else {
			o = wanted
			o.Seq = b.nextID(c.now)
		}
		b.setOrder(o)
		b.setPrepay(o.PrepayID, prepayRecord{o.OrderNo, c.now})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return map[string]string{"prepay_id": wanted.PrepayID}, nil
}

// changePay changes the books, unless change refuses. It must not have changed anything when it refuses.
func (s *Sandbox) changePay(change func(*batch) error) error {
	var refused error
	if err := s.state.update(func(b *batch) { refused = change(b) }); err != nil {
		return err
	}
	return refused
}

func (s *Sandbox) checkOrder(in orderRequest, now time.Time) (orderRecord, error) {
	o := orderRecord{
		OrderNo: in.OutTradeNo, AppID: in.AppID, OpenID: in.Payer.OpenID, Description: in.Description, Attach: in.Attach,
		NotifyURL: in.NotifyURL, AmountFen: in.Amount.Total, Created: now.UTC(), State: wechat.TradeNotPaid,
		Expires: now.UTC().Add(orderLife),
	}
	switch {
	case in.AppID == "":
		return o, badParam("缺少参数 appid")
	case in.MchID == "":
		return o, badParam("缺少参数 mchid")
	case in.MchID != s.merchant.mchID:
		return o, badRequest("HTTP 头 Authorization 中的商户号与请求报文的 mchid 不一致")
	case in.AppID != s.o.MiniProgram:
		return o, payRefuse(http.StatusBadRequest, "APPID_MCHID_NOT_MATCH", "商户号 mchid 与 appid 不匹配")
	case !orderNumber(in.OutTradeNo):
		return o, badParam("out_trade_no 应当是 6 到 32 位的数字、大小写字母、_-*")
	case in.Description == "" || utf8.RuneCountInString(in.Description) > 127:
		return o, badParam("description 应当是 1 到 127 个字符")
	case utf8.RuneCountInString(in.Attach) > 128:
		return o, badParam("attach 最多 128 个字符")
	case !plainURL(in.NotifyURL):
		return o, badParam("notify_url 应当是不带参数的 http(s) 地址，最多 255 个字符")
	case in.Amount.Total < 1:
		return o, badParam("amount.total 应当是大于 0 的整数，单位为分")
	case in.Amount.Currency != nil && *in.Amount.Currency != "CNY":
		return o, badParam("amount.currency 只支持 CNY")
	}
	if _, known := PersonOf(in.AppID, in.Payer.OpenID); !known {
		return o, badParam("无效的 openid")
	}
	if in.TimeExpire == "" {
		return o, nil
	}
	end, ok := payMoment(in.TimeExpire)
	if !ok {
		return o, badParam("time_expire 应当是 RFC3339 格式，如 2018-06-08T10:34:56+08:00")
	}
	if !end.After(now) {
		return o, badParam("time_expire 应当晚于当前时间")
	}
	o.Expires, o.Fixed = end, true
	return o, nil
}

// mayRepeat says whether an order that is there already may be placed once more.
func mayRepeat(o, wanted orderRecord, now time.Time) error {
	switch o.trade(now) {
	case wechat.TradeSuccess, wechat.TradeRefund:
		return payRefuse(http.StatusBadRequest, "ORDERPAID", "该订单已支付")
	case wechat.TradeClosed:
		return payRefuse(http.StatusBadRequest, "ORDER_CLOSED", "该订单已关闭")
	}
	same := o.AppID == wanted.AppID && o.OpenID == wanted.OpenID && o.AmountFen == wanted.AmountFen &&
		o.Description == wanted.Description && o.Attach == wanted.Attach && o.NotifyURL == wanted.NotifyURL &&
		o.Fixed == wanted.Fixed && (!o.Fixed || o.Expires.Equal(wanted.Expires))
	if !same {
		return badRequest("商户订单号重复，请求参数与首次下单时不一致")
	}
	return nil
}

// orderNumber is strict where the documents of the years differ: no "|", no fewer than six characters.
func orderNumber(no string) bool {
	return len(no) >= 6 && len(no) <= 32 && strings.Trim(no, numberLetters+"_-*") == ""
}

// payMoment reads a time with its offset written out and without fractions, as the documents show it.
func payMoment(text string) (time.Time, bool) {
	t, err := time.Parse("2006-01-02T15:04:05-07:00", text)
	return t.UTC(), err == nil && len(text) == len("2006-01-02T15:04:05-07:00")
}

// plainURL tells what a notify_url may be.
func plainURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && len(text) <= 255 && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" &&
		u.User == nil && !strings.ContainsAny(text, "?#")
}

// prepayID looks like WeChat's.
func prepayID(now time.Time) string {
	raw := make([]byte, 10)
	_, _ = rand.Read(raw) // crypto/rand never fails: it ends the program instead
	return "wx" + now.In(china()).Format("20060102150405") + hex.EncodeToString(raw)
}

// queryOrder is GET /v3/pay/transactions/out-trade-no/{no}.
func (s *Sandbox) queryOrder(c *payCall) (any, error) {
	if err := s.sameMerchant(c.query.Get("mchid")); err != nil {
		return nil, err
	}
	var o orderRecord
	var found bool
	s.state.view(func(st *state) { o, found = st.pay.orders[c.no] })
	if !found {
		return nil, noOrder()
	}
	return s.transaction(o, o.AmountFen, c.now), nil
}

// queryTransaction is GET /v3/pay/transactions/id/{transaction_id}.
func (s *Sandbox) queryTransaction(c *payCall) (any, error) {
	if err := s.sameMerchant(c.query.Get("mchid")); err != nil {
		return nil, err
	}
	var o orderRecord
	var found bool
	s.state.view(func(st *state) { o, found = st.pay.orders[st.pay.byTransaction[c.no]] })
	if !found {
		return nil, noOrder()
	}
	return s.transaction(o, o.AmountFen, c.now), nil
}

func noOrder() error {
	return payRefuse(http.StatusNotFound, "ORDER_NOT_EXIST", "订单不存在")
}

func (s *Sandbox) sameMerchant(mchID string) error {
	switch mchID {
	case "":
		return badParam("缺少参数 mchid")
	case s.merchant.mchID:
		return nil
	}
	return badRequest("HTTP 头 Authorization 中的商户号与请求的 mchid 不一致")
}

// closeOrder is POST /v3/pay/transactions/out-trade-no/{no}/close.
func (s *Sandbox) closeOrder(c *payCall) (any, error) {
	var in struct {
		MchID string `json:"mchid"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if err := s.sameMerchant(in.MchID); err != nil {
		return nil, err
	}
	return nil, s.changePay(func(b *batch) error {
		o, found := b.pay.orders[c.no]
		if !found {
			return noOrder()
		}
		switch o.trade(c.now) {
		case wechat.TradeSuccess, wechat.TradeRefund:
			return payRefuse(http.StatusBadRequest, "ORDERPAID", "该订单已支付，不能关闭")
		case wechat.TradeClosed:
			return payRefuse(http.StatusBadRequest, "ORDER_CLOSED", "该订单已关闭")
		}
		o.State = wechat.TradeClosed
		b.setOrder(o)
		return nil
	})
}

// transaction is an order as queries and notices show it; what was not paid has neither number nor time nor payer.
func (s *Sandbox) transaction(o orderRecord, total int64, now time.Time) map[string]any {
	trade := o.trade(now)
	amount := map[string]any{"total": total, "currency": "CNY"}
	t := map[string]any{
		"appid": o.AppID, "mchid": s.merchant.mchID, "out_trade_no": o.OrderNo, "attach": o.Attach,
		"trade_state": trade, "trade_state_desc": tradeWords(trade), "amount": amount,
	}
	if o.State == wechat.TradeSuccess {
		amount["payer_total"], amount["payer_currency"] = total, "CNY"
		t["transaction_id"], t["trade_type"], t["bank_type"] = o.TransactionID, "JSAPI", "OTHERS"
		t["success_time"] = payTime(o.Paid)
		t["payer"] = map[string]string{"openid": o.OpenID}
	}
	return t
}

func tradeWords(trade string) string {
	switch trade {
	case wechat.TradeSuccess:
		return "支付成功"
	case wechat.TradeRefund:
		return "订单发生过退款，退款详情请查询退款单"
	case wechat.TradeClosed:
		return "订单已关闭"
	}
	return "订单未支付"
}
