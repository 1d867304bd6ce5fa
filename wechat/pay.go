package wechat

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/validators"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/verifiers"
	"github.com/wechatpay-apiv3/wechatpay-go/core/option"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments/jsapi"
	"github.com/wechatpay-apiv3/wechatpay-go/services/refunddomestic"
)

// Pay speaks with WeChat Pay for one merchant. It is safe for concurrent use.
//
// WeChat signs an answer only where it says yes. A refusal (ErrNoOrder, ErrOrderPaid, … and every *PayError) is not
// signed: it is a hint to query, close or wait, never a proof that money did or did not move.
type Pay struct {
	merchant Merchant
	orders   jsapi.JsapiApiService
	refunds  refunddomestic.RefundsApiService
	signed   *core.Client // answers must be signed by WeChat
	files    *core.Client // for the file of a bill, which is not signed but hashed
	verifier *verifiers.SHA256WithRSAPubkeyVerifier
	notices  *validators.WechatPayNotifyValidator
}

// NewPay makes the client; http is from NewHTTPClient. The error says what is wrong with the merchant's credentials, not what they are.
func NewPay(ctx context.Context, m Merchant, http *http.Client) (*Pay, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	signed, err := core.NewClient(ctx, option.WithHTTPClient(bounded(http, maxAnswer, http.Timeout)),
		option.WithWechatPayPublicKeyAuthCipher(m.MchID, m.SerialNo, m.PrivateKey, m.PublicKeyID, m.PublicKey))
	if err != nil {
		return nil, errors.New("wechat pay: the library does not take the merchant's credentials")
	}
	files, err := core.NewClient(ctx, option.WithHTTPClient(bounded(http, maxBill, billTimeout)),
		option.WithMerchantCredential(m.MchID, m.SerialNo, m.PrivateKey), option.WithoutValidator())
	if err != nil {
		return nil, errors.New("wechat pay: the library does not take the merchant's credentials")
	}
	verifier := verifiers.NewSHA256WithRSAPubkeyVerifier(m.PublicKeyID, *m.PublicKey)
	return &Pay{
		merchant: m, signed: signed, files: files, verifier: verifier, notices: validators.NewWechatPayNotifyValidator(verifier),
		orders: jsapi.JsapiApiService{Client: signed}, refunds: refunddomestic.RefundsApiService{Client: signed},
	}, nil
}

// minKeyBits is the shortest RSA key that WeChat Pay works with.
const minKeyBits = 2048

// check says what is missing or of the wrong form.
func (m Merchant) check() error {
	address, err := url.Parse(m.NotifyURL)
	switch {
	case m.MchID == "":
		return errors.New("wechat pay: the merchant has no number")
	case m.SerialNo == "":
		return errors.New("wechat pay: the merchant's certificate has no serial number")
	case m.PrivateKey == nil || m.PrivateKey.N.BitLen() < minKeyBits:
		return fmt.Errorf("wechat pay: the merchant's private key is missing or shorter than %d bits", minKeyBits)
	case len(m.APIv3Key) != 32:
		return errors.New("wechat pay: the APIv3 key must have 32 bytes")
	case m.PublicKeyID == "" || !usable(m.PublicKey):
		return fmt.Errorf("wechat pay: WeChat's public key or its id is missing, or the key is shorter than %d bits", minKeyBits)
	case err != nil || address.Host == "" || (address.Scheme != "https" && address.Scheme != "http") || address.RawQuery != "":
		return errors.New("wechat pay: the address of the notices must be absolute and without a query")
	}
	return nil
}

func usable(key *rsa.PublicKey) bool {
	return key != nil && key.N != nil && key.N.BitLen() >= minKeyBits
}

// MchID names the merchant.
func (p *Pay) MchID() string { return p.merchant.MchID }

// Prepay places the order, or finds it again, and returns what the phone needs. Errors: ErrOrderPaid, ErrOrderClosed, a typed refusal, or an open outcome.
func (p *Pay) Prepay(ctx context.Context, o Order) (PayParams, error) {
	req := jsapi.PrepayRequest{
		Appid: &o.AppID, Mchid: &p.merchant.MchID, Description: &o.Description, OutTradeNo: &o.OrderNo,
		NotifyUrl: &p.merchant.NotifyURL, Amount: &jsapi.Amount{Total: &o.AmountFen, Currency: core.String(currency)},
		Payer: &jsapi.Payer{Openid: &o.OpenID},
	}
	if !o.ExpiresAt.IsZero() {
		req.TimeExpire = core.Time(o.ExpiresAt.In(shanghai)) // WeChat's documents show +08:00 and nothing else
	}
	var got *jsapi.PrepayWithRequestPaymentResponse
	err := payCall("prepay", func() (result *core.APIResult, err error) {
		got, result, err = p.orders.PrepayWithRequestPayment(ctx, req)
		return result, err
	})
	if err != nil {
		return PayParams{}, err
	}
	if deref(got.PrepayId) == "" {
		return PayParams{}, &callError{api: "pay prepay", cause: errShape}
	}
	return PayParams{TimeStamp: deref(got.TimeStamp), NonceStr: deref(got.NonceStr), Package: deref(got.Package),
		SignType: deref(got.SignType), PaySign: deref(got.PaySign)}, nil
}

// QueryOrder asks what became of an order. Errors: ErrNoOrder.
func (p *Pay) QueryOrder(ctx context.Context, orderNo string) (Transaction, error) {
	var out Transaction
	err := payCall("query order", func() (*core.APIResult, error) {
		got, result, err := p.orders.QueryOrderByOutTradeNo(ctx, jsapi.QueryOrderByOutTradeNoRequest{OutTradeNo: &orderNo, Mchid: &p.merchant.MchID})
		if err != nil {
			return result, err
		}
		out, err = transactionOf(got)
		return result, err
	})
	if err != nil {
		return Transaction{}, err
	}
	// SECURITY: the signature of an answer does not cover the question.
	if out.OrderNo != orderNo || out.MchID != p.merchant.MchID {
		return Transaction{}, &callError{api: "pay query order", cause: errOther}
	}
	return out, nil
}

// CloseOrder makes an unpaid order unpayable. Closed already is no error. Errors: ErrNoOrder, ErrOrderPaid.
func (p *Pay) CloseOrder(ctx context.Context, orderNo string) error {
	err := payCall("close order", func() (*core.APIResult, error) {
		return p.orders.CloseOrder(ctx, jsapi.CloseOrderRequest{OutTradeNo: &orderNo, Mchid: &p.merchant.MchID})
	})
	if errors.Is(err, ErrOrderClosed) {
		return nil
	}
	return err
}

// currency is the only one that dues are paid in.
const currency = "CNY"

// shanghai is WeChat's clock on the wire and in bills.
var shanghai = time.FixedZone("CST", 8*60*60)
