package wechat

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/silenceper/wechat/v2/util"
)

// MaxPushBytes bounds the body of a callback.
const MaxPushBytes = 64 << 10

const (
	// freshness is how far the signed time may be away. WeChat repeats within 15 s; the bound ends the life of a leaked triple.
	freshness = 10 * time.Minute
	// maxReplyBytes is the longest text of a reply, in bytes.
	maxReplyBytes = 2048
)

// CallbackQuery is the query string of a callback.
type CallbackQuery struct{ Signature, MsgSignature, Timestamp, Nonce, EncryptType, EchoStr string }

// VerifyURL answers WeChat's check of a callback address (GET): what it returns must go out byte for byte. Otherwise the
// error is ErrForged, ErrStale or ErrUnknownApp.
func (c *Client) VerifyURL(ctx context.Context, appid string, q CallbackQuery) (echo string, err error) {
	app, err := c.credentials(ctx, appid)
	if err != nil {
		return "", err
	}
	if !signed(app.Token, q.Signature, q.Timestamp, q.Nonce) {
		return "", ErrForged
	}
	if err := c.fresh(q.Timestamp); err != nil {
		return "", err
	}
	return q.EchoStr, nil
}

// OpenPush checks and decrypts the body of a callback (POST). It accepts only what is encrypted and signed with the
// account's own keys, at most ten minutes old, and addressed to the account inside the ciphertext and, if OriginalID is
// known, in the message. For an account that is authorised through the open platform the keys and the appid inside the
// ciphertext are our platform's, and OriginalID must be known. The error is one of ErrUnknownApp, ErrForged, ErrStale, ErrPlaintext, ErrTooLarge, ErrMalformed.
func (c *Client) OpenPush(ctx context.Context, appid string, q CallbackQuery, body []byte) (Push, error) {
	app, err := c.credentials(ctx, appid)
	if err != nil {
		return Push{}, err
	}
	keys, err := c.keysOf(ctx, app)
	if err != nil {
		return Push{}, err
	}
	raw, err := c.unseal(keys, q, body)
	if err != nil {
		return Push{}, err
	}
	p, err := readPush(raw)
	if err != nil {
		return Push{}, err
	}
	// SECURITY: what our platform's keys seal may be about any account that has authorised it; only the original id tells
	// which, and the appid in the address is anybody's word.
	known := app.OriginalID != "" || app.Authorization != AuthorizationComponent
	if !known || app.OriginalID != "" && p.ToUser != app.OriginalID {
		return Push{}, fmt.Errorf("%w: addressed to another account", ErrForged)
	}
	p.AppID, p.keys = app.AppID, &keys
	return p, nil
}

// pushKeys sign and seal the pushes about an account and the answers to them.
type pushKeys ComponentApp

// keysOf are the account's own keys, or our platform's if it speaks through that.
func (c *Client) keysOf(ctx context.Context, app App) (pushKeys, error) {
	if app.Authorization != AuthorizationComponent {
		return pushKeys{AppID: app.AppID, Token: app.Token, AESKey: app.AESKey}, nil
	}
	component, err := c.componentApp(ctx)
	return pushKeys(component), err
}

// unseal checks a callback's envelope and decrypts it.
func (c *Client) unseal(keys pushKeys, q CallbackQuery, body []byte) ([]byte, error) {
	if len(body) > MaxPushBytes {
		return nil, ErrTooLarge
	}
	// SECURITY: the signature in the query does not cover the body. An account that took plain bodies would believe
	// whatever anybody who has seen one callback writes.
	sealed := sealedText(body)
	if q.EncryptType != "aes" || keys.AESKey == "" || sealed == "" {
		return nil, ErrPlaintext
	}
	if !signed(keys.Token, q.MsgSignature, q.Timestamp, q.Nonce, sealed) {
		return nil, ErrForged
	}
	if q.Signature != "" && !signed(keys.Token, q.Signature, q.Timestamp, q.Nonce) {
		return nil, ErrForged
	}
	if err := c.fresh(q.Timestamp); err != nil {
		return nil, err
	}
	_, raw, err := util.DecryptMsg(keys.AppID, sealed, keys.AESKey) // also compares the appid at the end
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForged, err)
	}
	return raw, nil
}

// SealReply makes the encrypted answer to a push that shows text to its sender. The text is cut at 2048 bytes.
func (c *Client) SealReply(ctx context.Context, p Push, text string) ([]byte, error) {
	if p.keys == nil { // one that was kept
		app, err := c.credentials(ctx, p.AppID)
		if err != nil {
			return nil, err
		}
		keys, err := c.keysOf(ctx, app)
		if err != nil {
			return nil, err
		}
		p.keys = &keys
	}
	now := c.now().Unix()
	plain, err := xml.Marshal(struct {
		XMLName      xml.Name `xml:"xml"`
		ToUserName   cdata    `xml:"ToUserName"`
		FromUserName cdata    `xml:"FromUserName"`
		CreateTime   int64    `xml:"CreateTime"`
		MsgType      cdata    `xml:"MsgType"`
		Content      cdata    `xml:"Content"`
	}{ToUserName: cdata{p.OpenID}, FromUserName: cdata{p.ToUser}, CreateTime: now, MsgType: cdata{"text"},
		Content: cdata{replyText(text)}})
	if err != nil {
		return nil, fmt.Errorf("wechat: reply: %w", err)
	}
	var dice [24]byte
	if _, err := rand.Read(dice[:]); err != nil {
		return nil, fmt.Errorf("wechat: reply: %w", err)
	}
	sealed, err := util.EncryptMsg(dice[:16], plain, p.keys.AppID, p.keys.AESKey)
	if err != nil {
		return nil, fmt.Errorf("wechat: reply: %w", err)
	}
	stamp, nonce := strconv.FormatInt(now, 10), hex.EncodeToString(dice[16:])
	return xml.Marshal(struct {
		XMLName      xml.Name `xml:"xml"`
		Encrypt      cdata    `xml:"Encrypt"`
		MsgSignature cdata    `xml:"MsgSignature"`
		TimeStamp    string   `xml:"TimeStamp"`
		Nonce        cdata    `xml:"Nonce"`
	}{Encrypt: cdata{string(sealed)}, MsgSignature: cdata{util.Signature(p.keys.Token, stamp, nonce, string(sealed))},
		TimeStamp: stamp, Nonce: cdata{nonce}})
}

type cdata struct {
	Text string `xml:",cdata"`
}

// signed compares in constant time. Who has no token can sign nothing.
func signed(token, signature string, parts ...string) bool {
	if token == "" {
		return false
	}
	want := util.Signature(append([]string{token}, parts...)...)
	return subtle.ConstantTimeCompare([]byte(want), []byte(signature)) == 1
}

func (c *Client) fresh(timestamp string) error {
	sec, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return ErrStale
	}
	if away := c.now().Sub(time.Unix(sec, 0)).Abs(); away > freshness {
		return ErrStale
	}
	return nil
}

// sealedText finds the ciphertext in an XML or a JSON envelope, or "".
func sealedText(body []byte) string {
	var envelope struct {
		Encrypt string `xml:"Encrypt" json:"Encrypt"`
	}
	var err error
	if isJSON(body) {
		err = json.Unmarshal(body, &envelope)
	} else {
		err = xml.Unmarshal(body, &envelope)
	}
	if err != nil {
		return ""
	}
	return strings.TrimSpace(envelope.Encrypt)
}

func isJSON(body []byte) bool {
	text := bytes.TrimSpace(body)
	return len(text) > 0 && text[0] == '{'
}

// replyText makes a text that XML can hold and WeChat accepts.
func replyText(s string) string {
	s = printable(s)
	if len(s) <= maxReplyBytes {
		return s
	}
	const more = "…"
	return strings.ToValidUTF8(s[:maxReplyBytes-len(more)], "") + more
}

// printable drops control characters but line breaks and tabs; neither XML nor the database takes them.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' || r == '\ufffe' || r == '\uffff' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
}
