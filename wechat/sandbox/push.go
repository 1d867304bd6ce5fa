package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"hongyun/wechat"
)

const (
	pushAttempts  = 3
	pushWorkers   = 8
	maxReplyBytes = 64 << 10
)

// What goes wrong with a push is shown to whoever plays the person, hence in Chinese.
var (
	errDropped = errors.New("这次推送被设定为丢失")
	errTooSlow = errors.New("产品没有在 5 秒内应答推送")
)

// pushes owns the pushes under way: those that somebody waits for, and a queue that a few workers empty.
type pushes struct {
	client  *http.Client
	timeout time.Duration // WeChat's patience with one attempt
	pause   time.Duration // between attempts after an error
	closing chan struct{} // closed when no new push may start: no pauses, no more attempts

	ctx    context.Context // ends when waiting for pushes is over
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	queue   []push
	workers int
}

func newPushes() *pushes {
	ctx, cancel := context.WithCancel(context.Background())
	return &pushes{
		client: &http.Client{
			Transport:     &http.Transport{MaxIdleConnsPerHost: 2 * pushWorkers, IdleConnTimeout: 30 * time.Second},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		timeout: 5 * time.Second, pause: 500 * time.Millisecond,
		closing: make(chan struct{}), ctx: ctx, cancel: cancel,
	}
}

// close lets the queue run empty, one attempt each, for at most patience.
func (p *pushes) close(patience time.Duration) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return
	}
	p.closed = true
	close(p.closing)
	p.mu.Unlock()
	stop := time.AfterFunc(patience, p.cancel)
	p.wg.Wait()
	stop.Stop()
	p.cancel()
	p.client.CloseIdleConnections()
}

// begin is false once the sandbox is closing. Who gets true calls p.wg.Done.
func (p *pushes) begin() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.wg.Add(1)
	return true
}

func (p *pushes) wait(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-p.closing:
	}
}

// pushLater queues a push that nobody waits for. What the product answers is not shown to anybody.
func (s *Sandbox) pushLater(p push) {
	q := s.pushes
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return
	}
	q.queue = append(q.queue, p)
	if q.workers < pushWorkers {
		q.workers++
		q.wg.Add(1)
		go s.work()
	}
}

// work empties the queue and ends.
func (s *Sandbox) work() {
	q := s.pushes
	defer q.wg.Done()
	for {
		q.mu.Lock()
		if len(q.queue) == 0 {
			q.workers--
			q.mu.Unlock()
			return
		}
		p := q.queue[0]
		q.queue = q.queue[1:]
		q.mu.Unlock()
		if _, err := s.deliver(p); err != nil && !errors.Is(err, errDropped) {
			s.log.Warn("sandbox push failed", "appid", p.app.AppID, "event", p.name, "err", err)
		}
	}
}

// pushNow pushes and returns the reply that the person sees, which is empty if the product only says success.
func (s *Sandbox) pushNow(p push) (string, error) {
	if !s.pushes.begin() {
		return "", errClosed
	}
	defer s.pushes.wg.Done()
	return s.deliver(p)
}

// deliver makes up to three attempts, like WeChat, and carries out faults.
func (s *Sandbox) deliver(p push) (string, error) {
	fault, _ := s.faults.take(faultCallback, faultCallback+"/"+p.name)
	if fault.Drop {
		return "", errDropped
	}
	s.hold(s.pushes.ctx, fault.TimeoutMS)
	reply, err := s.attempts(p)
	var again sync.WaitGroup
	for range fault.Repeat {
		again.Go(func() {
			if _, err := s.attempt(p); err != nil {
				s.log.Warn("sandbox repeated push failed", "event", p.name, "err", err)
			}
		})
	}
	again.Wait()
	return reply, err
}

func (s *Sandbox) attempts(p push) (string, error) {
	var err error
	for n := range pushAttempts {
		if n > 0 {
			select {
			case <-s.pushes.closing:
				return "", err
			default:
				s.pushes.wait(s.pushes.pause)
			}
		}
		var reply string
		if reply, err = s.attempt(p); err == nil {
			return reply, nil
		}
	}
	return "", err
}

// attempt is one request, signed anew.
func (s *Sandbox) attempt(p push) (string, error) {
	if p.err != nil {
		return "", fmt.Errorf("推送内容无法生成: %w", p.err)
	}
	keys, path := s.route(p)
	query, body, err := seal(p, keys, s.o.Now())
	if err != nil {
		return "", err
	}
	if p.openid != "" {
		query.Set("openid", p.openid)
	}
	raw, err := s.call(http.MethodPost, path, query, body, p.form)
	if err != nil {
		return "", err
	}
	return unseal(p, keys, raw)
}

// verifyURL asks the product for an echo, as WeChat does when an administrator enters the address.
func (s *Sandbox) verifyURL(a wechat.App) error {
	if !s.pushes.begin() {
		return errClosed
	}
	defer s.pushes.wg.Done()
	query, echo := signature(a.Token, s.o.Now()), randomText(19)
	query.Set("echostr", echo)
	raw, err := s.call(http.MethodGet, callbackPath(a), query, nil, "")
	if err == nil && string(raw) != echo {
		err = errors.New("产品没有原样返回 echostr")
	}
	return err
}

// callbackPath is where the product listens for an account's own pushes.
func callbackPath(a wechat.App) string {
	if a.Kind == wechat.KindMiniProgram {
		return "/wechat/mp/" + url.PathEscape(a.AppID)
	}
	return "/wechat/oa/" + url.PathEscape(a.AppID)
}

func (s *Sandbox) call(method, path string, query url.Values, body []byte, form string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(s.pushes.ctx, s.pushes.timeout)
	defer cancel()
	address := s.o.CallbackURL + path + "?" + query.Encode()
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if form != "" {
		req.Header.Set("Content-Type", form)
	}
	req.Header.Set("User-Agent", "Mozilla/4.0")
	res, err := s.pushes.client.Do(req)
	if err != nil {
		return nil, unreachable(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxReplyBytes))
	if err != nil {
		return nil, unreachable(err)
	}
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("产品应答推送的状态码是 %d", res.StatusCode)
	}
	return raw, nil
}

// unreachable says what happened without the address, which is signed.
func unreachable(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return errTooSlow
	}
	var withURL *url.Error
	if errors.As(err, &withURL) {
		err = withURL.Err
	}
	return fmt.Errorf("推送没有送达产品: %w", err)
}
