package wechat

import (
	"context"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/consts"
)

const (
	// maxBill bounds the file of a bill, in bytes: half a million lines.
	maxBill = 256 << 20
	// billTimeout is for the whole download.
	billTimeout = 5 * time.Minute
	payHost     = "api.mch.weixin.qq.com"
)

// errNoTrade: WeChat has no bill of the day because nothing was paid or given back on it.
var errNoTrade = errors.New("wechat pay: no trade on that day")

// Statement is WeChat's bill of a day (2026-11-20), its hash checked. A day without trade has no rows. Errors: ErrNotReady.
//
// WeChat makes the bill of a day by about ten the next morning and keeps it for three months. Its documents allow it to
// answer "not ready" for a day without trade too, so a caller should not wait for ever; and neither "no trade" nor
// "not ready" is signed.
func (p *Pay) Statement(ctx context.Context, day string) ([]StatementRow, error) {
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return nil, errors.New("wechat pay: the day of a bill must be written 2006-01-02")
	}
	var link billLink
	query := url.Values{"bill_date": {day}, "bill_type": {"ALL"}}
	err := payCall("bill", func() (*core.APIResult, error) {
		result, err := p.signed.Get(ctx, consts.WechatPayAPIServer+"/v3/bill/tradebill?"+query.Encode())
		if err != nil {
			return result, err
		}
		return result, core.UnMarshalResponse(result.Response, &link)
	})
	if errors.Is(err, errNoTrade) {
		return nil, nil
	}
	if err == nil {
		err = link.check()
	}
	if err != nil {
		return nil, err
	}
	var rows []StatementRow
	err = payCall("bill file", func() (*core.APIResult, error) {
		result, err := p.files.Get(ctx, link.Address)
		if err != nil {
			return result, err
		}
		defer func() { _ = result.Response.Body.Close() }()
		rows, err = link.read(result.Response)
		return result, err
	})
	if err != nil {
		return nil, err
	}
	return rows, nil
}

// billLink is where a bill lies, signed by WeChat.
type billLink struct {
	HashType string `json:"hash_type"`
	Hash     string `json:"hash_value"`
	Address  string `json:"download_url"`
}

func (l billLink) check() error {
	address, err := url.Parse(l.Address)
	if l.HashType != "SHA1" || len(l.Hash) != 2*sha1.Size || err != nil || address.Scheme != "https" || address.Host != payHost || address.User != nil {
		return &callError{api: "pay bill", cause: errShape}
	}
	return nil
}

// read reads the file, which is not signed: its hash stands in the link, which is. No row leaves before the hash is
// known to be right.
func (l billLink) read(res *http.Response) ([]StatementRow, error) {
	sum := sha1.New()
	body := io.TeeReader(res.Body, sum)
	rows, err := readBill(body)
	if _, drained := io.Copy(io.Discard, body); drained != nil {
		return nil, fmt.Errorf("read the bill: %w", drained)
	}
	got := hex.EncodeToString(sum.Sum(nil))
	if subtle.ConstantTimeCompare([]byte(got), []byte(strings.ToLower(l.Hash))) != 1 {
		return nil, errors.New("the bill is not the one that WeChat has signed: its hash differs")
	}
	return rows, err
}
