package wechat

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// apiHost serves every API of this package but payment.
const apiHost = "api.weixin.qq.com"

const defaultTimeout = 8 * time.Second

// HTTPOptions say how requests leave for WeChat.
type HTTPOptions struct {
	SandboxURL string        // "" = real WeChat; else every request goes to this address + path instead
	Timeout    time.Duration // for one whole request; 0 = 8 s
	ProxyURL   string        // leave through this proxy, whose address WeChat's IP whitelist knows; unused with SandboxURL
}

// NewHTTPClient makes the client through which everything leaves for WeChat. It reaches WeChat's hosts only, over TLS
// only, and follows no redirect: an address that comes in with a message cannot make it call anything else.
//
// With SandboxURL every allowed request is sent to SandboxURL + path + query, with the host it was meant for in the
// header X-Original-Host; other hosts are still refused.
func NewHTTPClient(o HTTPOptions) (*http.Client, error) {
	transport := &http.Transport{
		DialContext:           (&net.Dialer{Timeout: 3 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:     true,
		TLSHandshakeTimeout:   3 * time.Second,
		MaxIdleConns:          128,
		MaxIdleConnsPerHost:   64,
		IdleConnTimeout:       60 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
	gate := &gate{next: transport}
	if o.SandboxURL != "" {
		base, err := httpURL(o.SandboxURL)
		if err != nil {
			return nil, fmt.Errorf("wechat: sandbox address: %w", err)
		}
		gate.sandbox = base
	} else if o.ProxyURL != "" {
		proxy, err := httpURL(o.ProxyURL)
		if err != nil {
			return nil, fmt.Errorf("wechat: proxy address: %w", err)
		}
		transport.Proxy = http.ProxyURL(proxy)
	}
	timeout := o.Timeout
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	return &http.Client{
		Timeout:       timeout,
		Transport:     gate,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

// httpURL parses an absolute http address. Its error does not repeat the address, which may hold a password.
func httpURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, errors.New("not an absolute http address")
	}
	return u, nil
}

// gate lets requests for WeChat's hosts through and redirects them to the sandbox if there is one.
type gate struct {
	sandbox *url.URL // nil = real WeChat
	next    http.RoundTripper
}

func (g *gate) RoundTrip(r *http.Request) (*http.Response, error) {
	if !apiHosts(r.URL.Host) && !pictureHosts(r.URL.Host) {
		closeBody(r)
		return nil, fmt.Errorf("%w: %s", ErrBlockedHost, r.URL.Host)
	}
	if g.sandbox == nil {
		if r.URL.Scheme != "https" {
			closeBody(r)
			return nil, fmt.Errorf("%w: %s without TLS", ErrBlockedHost, r.URL.Host)
		}
		return g.next.RoundTrip(r)
	}
	out := r.Clone(r.Context())
	out.Header.Set("X-Original-Host", r.URL.Host)
	out.Host = ""
	out.URL.Scheme, out.URL.Host = g.sandbox.Scheme, g.sandbox.Host
	out.URL.Path = strings.TrimSuffix(g.sandbox.Path, "/") + r.URL.Path
	out.URL.RawPath = ""
	return g.next.RoundTrip(out)
}

// CloseIdleConnections lets http.Client.CloseIdleConnections reach the pool.
func (g *gate) CloseIdleConnections() {
	if pool, ok := g.next.(interface{ CloseIdleConnections() }); ok {
		pool.CloseIdleConnections()
	}
}

// closeBody keeps RoundTripper's promise to close the body of a request that it refuses.
func closeBody(r *http.Request) {
	if r.Body != nil {
		_ = r.Body.Close()
	}
}

func apiHosts(host string) bool {
	switch host {
	case apiHost, "mp.weixin.qq.com", "api.mch.weixin.qq.com":
		return true
	}
	return false
}

// pictureHosts are where WeChat keeps the pictures that fans send (PicUrl).
func pictureHosts(host string) bool {
	switch host {
	case "mmbiz.qpic.cn", "mmbiz.qlogo.cn", "mmsns.qpic.cn", "szmmsns.qpic.cn", "shmmsns.qpic.cn", "wx.qlogo.cn",
		"thirdwx.qlogo.cn":
		return true
	}
	return false
}
