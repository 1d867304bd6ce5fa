package wechat

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/silenceper/wechat/v2/util"
	"github.com/sirupsen/logrus"
)

// adoptLibrary points silenceper/wechat at our HTTP clients, once for the process.
//
// The library sends everything through one package variable, util.DefaultHTTPClient, which has no time-out, and nothing
// synchronises it. So it gets one value for good, which looks up the client of the calling Client in the request's
// context; a call of the library that does not come from this package finds none and fails. Its logger is kept from
// printing messages of citizens.
var adoptLibrary = sync.OnceFunc(func() {
	util.DefaultHTTPClient = &http.Client{
		Transport:     contextTransport{},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	logrus.SetLevel(logrus.WarnLevel)
})

type (
	clientKey struct{}
	tokenKey  struct{}
)

// contextTransport sends a request through the client in its context.
type contextTransport struct{}

func (contextTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	client, ok := r.Context().Value(clientKey{}).(*http.Client)
	if !ok {
		closeBody(r)
		return nil, errors.New("wechat: library call outside its package")
	}
	transport := client.Transport
	if transport == nil {
		transport = http.DefaultTransport
	}
	res, err := transport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK { // the library would make an untyped error that holds the whole address
		_ = res.Body.Close()
		return nil, &statusError{status: res.StatusCode}
	}
	res.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(res.Body, maxAnswer), res.Body}
	return res, nil
}

// viaLibrary runs a call of the library through c's HTTP client and its time-out. A panic of the library is an error, and
// its errors come back typed.
func (c *Client) viaLibrary(ctx context.Context, api string, call func(ctx context.Context) error) (err error) {
	ctx, sent := traceSent(context.WithValue(ctx, clientKey{}, c.http))
	if c.http.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.http.Timeout)
		defer cancel()
	}
	defer func() {
		if p := recover(); p != nil {
			err = &callError{api: api, unsent: !sent(), cause: fmt.Errorf("library panic: %v", p)}
		}
	}()
	err = call(ctx)
	var refusal *util.CommonError
	if errors.As(err, &refusal) {
		return &Error{API: api, Code: refusal.ErrCode, Message: refusal.ErrMsg}
	}
	var known *Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	return &callError{api: api, unsent: !sent(), cause: bare(err)}
}

// carriedToken hands the library the token that withToken has put into the context, so that our recovery from a dead
// token also covers the library's calls.
type carriedToken struct{}

// GetAccessToken is the library's way without a context; nothing of ours uses it.
func (carriedToken) GetAccessToken() (string, error) {
	return "", errors.New("wechat: no token without a context")
}

// GetAccessTokenContext returns the token of withToken.
func (carriedToken) GetAccessTokenContext(ctx context.Context) (string, error) {
	token, ok := ctx.Value(tokenKey{}).(string)
	if !ok {
		return "", errors.New("wechat: no token in the context")
	}
	return token, nil
}
