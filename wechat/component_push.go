package wechat

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"log/slog"
	"math"
	"time"
)

// What the open platform tells. It has other words too, which concern nobody here and are to be answered with success.
const (
	InfoTicket           = "component_verify_ticket"
	InfoAuthorized       = "authorized"
	InfoUpdateAuthorized = "updateauthorized" // authorised again, perhaps for more or less
	InfoUnauthorized     = "unauthorized"
)

// ComponentPush is one push of the open platform about our third-party platform. Printed or logged it shows no secret.
type ComponentPush struct {
	InfoType          string
	Key               string    // the same for a repeated push; at most 40 characters
	CreatedAt         time.Time // UTC
	Ticket            string    `json:"-"` // component_verify_ticket
	AuthorizerAppID   string    // the three about an account
	AuthorizationCode string    `json:"-"` // authorized, updateauthorized: for QueryAuthorization
}

// String names the push without what is secret in it.
func (p ComponentPush) String() string {
	return fmt.Sprintf("%s(%s) at %s", p.InfoType, p.AuthorizerAppID, p.CreatedAt.Format(time.RFC3339))
}

// GoString keeps secrets out of %#v.
func (p ComponentPush) GoString() string { return p.String() }

// LogValue keeps secrets out of structured logs.
func (p ComponentPush) LogValue() slog.Value { return slog.StringValue(p.String()) }

// OpenComponentPush checks and decrypts a push of the open platform, as strictly as OpenPush. The error is one of
// ErrNoComponent, ErrForged, ErrStale, ErrPlaintext, ErrTooLarge, ErrMalformed.
func (c *Client) OpenComponentPush(ctx context.Context, q CallbackQuery, body []byte) (ComponentPush, error) {
	app, err := c.componentApp(ctx)
	if err != nil {
		return ComponentPush{}, err
	}
	raw, err := c.unseal(pushKeys(app), q, body)
	if err != nil {
		return ComponentPush{}, err
	}
	var w struct {
		AppID      scalar `xml:"AppId"`
		CreateTime scalar `xml:"CreateTime"`
		InfoType   scalar `xml:"InfoType"`
		Ticket     scalar `xml:"ComponentVerifyTicket"`
		Authorizer scalar `xml:"AuthorizerAppid"`
		Code       scalar `xml:"AuthorizationCode"`
	}
	if err := xml.Unmarshal(raw, &w); err != nil {
		return ComponentPush{}, fmt.Errorf("%w: not the XML of the open platform", ErrMalformed)
	}
	if w.AppID.text() != app.AppID {
		return ComponentPush{}, fmt.Errorf("%w: addressed to another platform", ErrForged)
	}
	at := w.CreateTime.number()
	if w.InfoType == "" || at <= 0 || at > math.MaxInt32*2 {
		return ComponentPush{}, fmt.Errorf("%w: no kind or time", ErrMalformed)
	}
	p := ComponentPush{InfoType: w.InfoType.text(), CreatedAt: time.Unix(at, 0).UTC(), Ticket: w.Ticket.text(),
		AuthorizerAppID: w.Authorizer.text(), AuthorizationCode: w.Code.text()}
	digest := sha256.New()
	for _, part := range []scalar{w.InfoType, w.CreateTime, w.Authorizer, w.Code, w.Ticket} {
		_, _ = fmt.Fprintf(digest, "%d:%s", len(part), part)
	}
	p.Key = "cmp:" + hex.EncodeToString(digest.Sum(nil)[:16])
	return p, p.complete()
}

// complete tells a push that lacks what it is about.
func (p ComponentPush) complete() error {
	switch {
	case p.InfoType == InfoTicket && p.Ticket == "":
		return fmt.Errorf("%w: no ticket", ErrMalformed)
	case (p.InfoType == InfoAuthorized || p.InfoType == InfoUpdateAuthorized || p.InfoType == InfoUnauthorized) && p.AuthorizerAppID == "":
		return fmt.Errorf("%w: no account", ErrMalformed)
	}
	return nil
}
