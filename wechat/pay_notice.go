package wechat

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core/consts"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments"
	"github.com/wechatpay-apiv3/wechatpay-go/utils"
)

// What a notice of WeChat Pay says of itself.
const (
	noticeSignature = "WECHATPAY2-SHA256-RSA2048"
	noticeSeal      = "AEAD_AES_256_GCM"
	noticeNonce     = 12 // bytes; AES-GCM panics on any other length
	noticePaid      = "TRANSACTION.SUCCESS"
)

// NoticeHeaders are the headers that ReadNotice looks at.
func NoticeHeaders() []string {
	return []string{consts.WechatPaySignature, consts.WechatPayTimestamp, consts.WechatPayNonce, consts.WechatPaySerial, noticeSignatureType}
}

const noticeSignatureType = "Wechatpay-Signature-Type"

// notice is the envelope of a push; resource is sealed.
type notice struct {
	ID       string `json:"id"`
	Event    string `json:"event_type"`
	Resource *struct {
		Algorithm  string `json:"algorithm"`
		Ciphertext string `json:"ciphertext"`
		Associated string `json:"associated_data"`
		Nonce      string `json:"nonce"`
	} `json:"resource"`
}

// ReadNotice verifies and opens a push of WeChat Pay. Errors: ErrForged, ErrStale, ErrMalformed; none shows what was sent.
//
// A genuine push that is sealed with another APIv3 key or speaks of another merchant is ErrForged. So are WeChat's own
// probes, whose signature begins with WECHATPAY/SIGNTEST/: they expect to be refused.
func (p *Pay) ReadNotice(ctx context.Context, header http.Header, body []byte) (Notice, error) {
	if err := p.verifyNotice(ctx, header, body); err != nil {
		return Notice{}, err
	}
	return p.merchant.openNotice(body)
}

// openNotice reads what is known to come from WeChat.
func (m Merchant) openNotice(body []byte) (Notice, error) {
	var n notice
	if err := json.Unmarshal(body, &n); err != nil {
		return Notice{}, fmt.Errorf("%w: not JSON", ErrMalformed)
	}
	if n.ID == "" || len(n.ID) > 64 || n.Resource == nil || n.Resource.Algorithm != noticeSeal || len(n.Resource.Nonce) != noticeNonce {
		return Notice{}, fmt.Errorf("%w: an envelope without id or sealed resource", ErrMalformed)
	}
	// SECURITY: the library's notify.Handler would open it too, but it panics without a resource, and its errors print
	// the whole request.
	plain, err := utils.DecryptAES256GCM(m.APIv3Key, n.Resource.Associated, n.Resource.Nonce, n.Resource.Ciphertext)
	if err != nil {
		return Notice{}, fmt.Errorf("%w: it does not open with the APIv3 key", ErrForged)
	}
	out := Notice{ID: n.ID}
	var mchid string
	switch n.Event {
	case noticePaid:
		out.Transaction, mchid, err = paidNotice(plain)
	case "REFUND.SUCCESS", "REFUND.ABNORMAL", "REFUND.CLOSED":
		out.Refund, mchid, err = refundNotice(plain)
	default:
		return Notice{}, fmt.Errorf("%w: an event that nobody asked for", ErrMalformed)
	}
	if err != nil {
		return Notice{}, err
	}
	if mchid != m.MchID {
		return Notice{}, fmt.Errorf("%w: for another merchant", ErrForged)
	}
	return out, nil
}

// verifyNotice checks signature and age. The library holds the clock: the signed time may be five minutes away.
func (p *Pay) verifyNotice(ctx context.Context, header http.Header, body []byte) error {
	if kind := header.Get(noticeSignatureType); kind != "" && kind != noticeSignature {
		return ErrForged
	}
	if p.notices.Validate(ctx, &http.Request{Header: header, Body: io.NopCloser(bytes.NewReader(body))}) == nil {
		return nil
	}
	seconds, err := strconv.ParseInt(strings.TrimSpace(header.Get(consts.WechatPayTimestamp)), 10, 64)
	if err != nil {
		return ErrForged
	}
	message := fmt.Sprintf("%d\n%s\n%s\n", seconds, strings.TrimSpace(header.Get(consts.WechatPayNonce)), body)
	serial, signature := strings.TrimSpace(header.Get(consts.WechatPaySerial)), strings.TrimSpace(header.Get(consts.WechatPaySignature))
	if p.verifier.Verify(ctx, serial, message, signature) != nil {
		return ErrForged
	}
	return ErrStale // all is right but the age
}

func paidNotice(plain string) (*Transaction, string, error) {
	var got payments.Transaction
	if err := json.Unmarshal([]byte(plain), &got); err != nil {
		return nil, "", fmt.Errorf("%w: a payment of another shape", ErrMalformed)
	}
	t, err := transactionOf(&got)
	if err != nil || t.TransactionNo == "" || got.Amount == nil {
		return nil, "", fmt.Errorf("%w: a payment of another shape", ErrMalformed)
	}
	return &t, t.MchID, nil
}

func refundNotice(plain string) (*RefundResult, string, error) {
	var got struct {
		MchID      string    `json:"mchid"`
		OrderNo    string    `json:"out_trade_no"`
		RefundNo   string    `json:"out_refund_no"`
		RefundID   string    `json:"refund_id"`
		State      string    `json:"refund_status"`
		FinishedAt time.Time `json:"success_time"`
		Amount     *struct {
			Refund int64 `json:"refund"`
		} `json:"amount"`
	}
	if err := json.Unmarshal([]byte(plain), &got); err != nil || got.RefundNo == "" || got.State == "" || got.Amount == nil {
		return nil, "", fmt.Errorf("%w: a refund of another shape", ErrMalformed)
	}
	out := RefundResult{RefundNo: got.RefundNo, RefundID: got.RefundID, OrderNo: got.OrderNo, State: got.State, AmountFen: got.Amount.Refund}
	if !got.FinishedAt.IsZero() {
		out.FinishedAt = got.FinishedAt.UTC()
	}
	return &out, got.MchID, nil
}
