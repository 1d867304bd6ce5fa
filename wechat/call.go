package wechat

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
)

// maxAnswer bounds a JSON answer of WeChat, in bytes.
const maxAnswer = 1 << 20

// answer is what every JSON answer of WeChat may hold. A missing errcode is told apart from a zero one.
type answer struct {
	Code    *int64 `json:"errcode"`
	Message string `json:"errmsg"`
}

func (a answer) refusal(api string) error {
	if a.Code != nil && *a.Code != 0 {
		return &Error{API: api, Code: *a.Code, Message: a.Message}
	}
	return nil
}

// post sends in as JSON to an API that takes a token and reads the JSON answer into out, which may be nil. Success means
// that WeChat said errcode 0; an answer without one leaves open what happened.
func (c *Client) post(ctx context.Context, appid, api, path string, in, out any) error {
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false) // WeChat shows < as it is escaped
	if err := enc.Encode(in); err != nil {
		return &callError{api: api, unsent: true, cause: err}
	}
	return c.withToken(ctx, appid, api, func(ctx context.Context, token string) error {
		raw, _, err := c.do(ctx, api, http.MethodPost, apiURL(path, url.Values{"access_token": {token}}), body.Bytes(), maxAnswer)
		if err != nil {
			return err
		}
		got, err := decode(api, raw, out)
		if err != nil {
			return err
		}
		if got.Code == nil {
			return &callError{api: api, cause: errors.New("answer without errcode")}
		}
		return nil
	})
}

// decode turns a JSON answer into a refusal or into out.
func decode(api string, raw []byte, out any) (answer, error) {
	var got answer
	if err := json.Unmarshal(raw, &got); err != nil {
		return got, &callError{api: api, cause: errors.New("answer is not JSON")}
	}
	if err := got.refusal(api); err != nil {
		return got, err
	}
	if out == nil {
		return got, nil
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return got, &callError{api: api, cause: errors.New("answer of another shape")}
	}
	return got, nil
}

func apiURL(path string, query url.Values) string {
	u := url.URL{Scheme: "https", Host: apiHost, Path: path, RawQuery: query.Encode()}
	return u.String()
}

// do makes one HTTP request and returns the body, at most limit bytes, and its content type. A longer body is
// ErrTooLarge.
func (c *Client) do(ctx context.Context, api, method, address string, body []byte, limit int64) ([]byte, string, error) {
	ctx, sent := traceSent(ctx)
	fail := func(err error) ([]byte, string, error) {
		return nil, "", &callError{api: api, unsent: !sent(), cause: bare(err)}
	}
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return fail(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json;charset=utf-8")
	}
	res, err := c.http.Do(req)
	if err != nil {
		return fail(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return fail(&statusError{status: res.StatusCode})
	}
	raw, err := io.ReadAll(io.LimitReader(res.Body, limit+1))
	if err != nil {
		return fail(err)
	}
	if int64(len(raw)) > limit {
		return fail(ErrTooLarge)
	}
	return raw, res.Header.Get("Content-Type"), nil
}

// traceSent watches whether a request got a connection. Until then (name not found, connection refused, no TLS, time-out
// while dialing) not a byte of it has left, and it may be sent again safely.
func traceSent(ctx context.Context) (context.Context, func() bool) {
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	return ctx, connected.Load
}

// bare takes the address, which holds the token, off an error of net/http.
func bare(err error) error {
	var withURL *url.Error
	for errors.As(err, &withURL) {
		err = withURL.Err
	}
	if err == nil {
		return errors.New("no cause")
	}
	return err
}

// unsent marks a failure before anything was sent, unless the error already says what it is.
func unsent(api string, err error) error {
	var refusal *Error
	if errors.As(err, &refusal) || errors.Is(err, ErrUnknownApp) || errors.Is(err, ErrNoComponent) || errors.Is(err, ErrUnauthorized) {
		return fmt.Errorf("wechat: %s: %w", api, err)
	}
	return &callError{api: api, unsent: true, cause: err}
}
