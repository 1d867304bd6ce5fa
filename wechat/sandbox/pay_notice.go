package sandbox

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// faultNotify is the api of faults that hit the notices of WeChat Pay.
const faultNotify = "pay/notify"

// till is what WeChat Pay has in hand and forgets with the process.
type till struct {
	refundDelay time.Duration   // until a refund is done
	heldFor     time.Duration   // a notice that waits to be overtaken
	ladder      []time.Duration // WeChat's pauses before it tells a merchant again

	mu    sync.Mutex
	held  []*heldNotice
	bills map[string]billFile // by download token
}

// heldNotice waits to be overtaken.
type heldNotice struct{ notice notice }

func newTill() *till {
	return &till{
		refundDelay: 300 * time.Millisecond, heldFor: 5 * time.Second, bills: map[string]billFile{},
		ladder: []time.Duration{
			15 * time.Second, 15 * time.Second, 30 * time.Second, 3 * time.Minute, 10 * time.Minute, 20 * time.Minute,
			30 * time.Minute, 30 * time.Minute, 30 * time.Minute, time.Hour, 3 * time.Hour, 3 * time.Hour, 3 * time.Hour,
			6 * time.Hour, 6 * time.Hour,
		},
	}
}

// notice is one event that the merchant is told of. Each attempt is signed anew, id and body stay.
type notice struct {
	url  string
	body []byte
	key  *rsa.PrivateKey // signs it
}

// payNotice tells that an order was paid; total is what the notice says was to be paid.
func (s *Sandbox) payNotice(o orderRecord, total int64, now time.Time) (notice, error) {
	return s.sealNotice(o.NotifyURL, "TRANSACTION.SUCCESS", "支付成功", "transaction", s.transaction(o, total, now), now)
}

// refundNotice tells that a refund is done.
func (s *Sandbox) refundNotice(r refundRecord, o orderRecord, now time.Time) (notice, error) {
	return s.sealNotice(r.NotifyURL, "REFUND.SUCCESS", "退款成功", "refund", map[string]any{
		"mchid": s.merchant.mchID, "out_trade_no": o.OrderNo, "transaction_id": o.TransactionID, "out_refund_no": r.RefundNo,
		"refund_id": r.RefundID, "refund_status": r.Status, "success_time": payTime(r.Done), "user_received_account": "支付用户零钱",
		"amount": map[string]any{"total": o.AmountFen, "refund": r.AmountFen, "payer_total": o.AmountFen, "payer_refund": r.AmountFen},
	}, now)
}

func (s *Sandbox) sealNotice(url, event, summary, kind string, content any, now time.Time) (notice, error) {
	plain, err := json.Marshal(content)
	if err != nil {
		return notice{}, err
	}
	block, err := aes.NewCipher([]byte(s.merchant.apiV3Key))
	if err != nil {
		return notice{}, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return notice{}, err
	}
	nonce := randomText(gcm.NonceSize())
	id := make([]byte, 16)
	_, _ = rand.Read(id) // crypto/rand never fails: it ends the program instead
	body, err := json.Marshal(map[string]any{
		"id":          fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:]),
		"create_time": payTime(now), "resource_type": "encrypt-resource", "event_type": event, "summary": summary,
		"resource": map[string]string{
			"original_type": kind, "algorithm": "AEAD_AES_256_GCM", "associated_data": kind, "nonce": nonce,
			"ciphertext": base64.StdEncoding.EncodeToString(gcm.Seal(nil, []byte(nonce), plain, []byte(kind))),
		},
	})
	return notice{url: url, body: body, key: s.merchant.platform}, err
}

// tellMerchant sends a notice so many times, side by side, unless a fault says otherwise, and waits for the answers. It
// returns how many were sent and the last HTTP status, 0 if there was none. If no attempt was accepted, more follow in
// the background for as long as WeChat would try.
func (s *Sandbox) tellMerchant(n notice, copies int) (sent, status int) {
	fault, _ := s.faults.take(faultNotify)
	if fault.Drop {
		return 0, 0
	}
	copies += fault.Repeat
	if fault.TimeoutMS > 0 {
		s.later(time.Duration(fault.TimeoutMS)*time.Millisecond, func() { s.send(n, copies) })
		return 0, 0
	}
	return copies, s.send(n, copies)
}

// send makes the attempts at once.
func (s *Sandbox) send(n notice, copies int) (status int) {
	answers := make(chan int, copies)
	for range copies {
		go func() { answers <- s.sendOnce(n) }()
	}
	taken := false
	for range copies {
		status = <-answers
		taken = taken || accepted(status)
	}
	if !taken {
		s.sendAgain(n, s.till.ladder)
	}
	return status
}

func accepted(status int) bool { return status >= 200 && status < 300 }

// sendAgain climbs WeChat's ladder until the merchant accepts.
func (s *Sandbox) sendAgain(n notice, ladder []time.Duration) {
	if len(ladder) == 0 {
		return
	}
	s.later(ladder[0], func() {
		if !accepted(s.sendOnce(n)) {
			s.sendAgain(n, ladder[1:])
		}
	})
}

// later does something after a pause in real time, unless the sandbox closes first. Close waits for what has begun.
func (s *Sandbox) later(pause time.Duration, do func()) {
	if !s.pushes.begin() {
		return
	}
	go func() {
		defer s.pushes.wg.Done()
		s.pushes.wait(pause)
		select {
		case <-s.pushes.closing:
		default:
			do()
		}
	}()
}

// sendOnce is one attempt; it returns the HTTP status, or 0 if no answer came.
func (s *Sandbox) sendOnce(n notice) int {
	if !s.pushes.begin() {
		return 0
	}
	defer s.pushes.wg.Done()
	ctx, cancel := context.WithTimeout(s.pushes.ctx, s.pushes.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, n.url, bytes.NewReader(n.body))
	if err == nil {
		err = s.merchant.sign(req.Header, n.key, n.body, time.Now())
	}
	if err != nil {
		s.log.Error("sandbox pay notice", "err", err)
		return 0
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "*/*")
	req.Header.Set("User-Agent", "Mozilla/4.0")
	res, err := s.pushes.client.Do(req)
	if err != nil {
		s.log.Warn("sandbox pay notice", "err", unreachable(err))
		return 0
	}
	defer func() { _ = res.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, maxReplyBytes)) // only the status counts
	return res.StatusCode
}

// holdBack keeps a notice until others have gone, or for a while.
func (s *Sandbox) holdBack(n notice) {
	h := &heldNotice{n}
	s.till.mu.Lock()
	s.till.held = append(s.till.held, h)
	s.till.mu.Unlock()
	s.later(s.till.heldFor, func() {
		s.till.mu.Lock()
		i := slices.Index(s.till.held, h)
		if i >= 0 {
			s.till.held = slices.Delete(s.till.held, i, i+1)
		}
		s.till.mu.Unlock()
		if i >= 0 {
			s.tellMerchant(h.notice, 1)
		}
	})
}

// release sends what was held back, the newest first, and waits for the answers.
func (s *Sandbox) release() {
	s.till.mu.Lock()
	held := s.till.held
	s.till.held = nil
	s.till.mu.Unlock()
	for _, h := range slices.Backward(held) {
		s.tellMerchant(h.notice, 1)
	}
}
