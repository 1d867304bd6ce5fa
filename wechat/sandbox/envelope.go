package sandbox

import (
	"crypto/rand"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/silenceper/wechat/v2/util"

	"hongyun/wechat"
)

// envelope is an encrypted body, in a push or in a reply.
type envelope struct {
	XMLName      xml.Name `xml:"xml"`
	AppID        *cdata   `xml:"AppId"`
	ToUserName   *cdata   `xml:"ToUserName"`
	Encrypt      cdata    `xml:"Encrypt"`
	MsgSignature *cdata   `xml:"MsgSignature"`
	TimeStamp    string   `xml:"TimeStamp,omitempty"`
	Nonce        *cdata   `xml:"Nonce"`
}

// seal encrypts and signs a push as WeChat does and returns the query and the body of the request.
func seal(p push, keys wechat.ComponentApp, now time.Time) (url.Values, []byte, error) {
	random := make([]byte, 16)
	_, _ = rand.Read(random) // crypto/rand never fails: it ends the program instead
	sealed, err := util.EncryptMsg(random, p.body, keys.AppID, keys.AESKey)
	if err != nil {
		return nil, nil, fmt.Errorf("推送内容无法加密: %w", err)
	}
	q := signature(keys.Token, now)
	q.Set("encrypt_type", "aes")
	q.Set("msg_signature", util.Signature(keys.Token, q.Get("timestamp"), q.Get("nonce"), string(sealed)))
	var body []byte
	switch {
	case p.info:
		body, err = xml.Marshal(envelope{AppID: &cdata{p.app.AppID}, Encrypt: cdata{string(sealed)}})
	case p.form == formJSON:
		body, err = json.Marshal(map[string]string{"ToUserName": originalID(p.app), "Encrypt": string(sealed)})
	default:
		body, err = xml.Marshal(envelope{ToUserName: &cdata{originalID(p.app)}, Encrypt: cdata{string(sealed)}})
	}
	return q, body, err
}

// signature is the query that proves to the product that it is WeChat who calls.
func signature(token string, now time.Time) url.Values {
	stamp, nonce := strconv.FormatInt(now.Unix(), 10), randomText(10)
	return url.Values{
		"signature": {util.Signature(token, stamp, nonce)}, "timestamp": {stamp}, "nonce": {nonce},
	}
}

// passiveReply is what the product answers a message with.
type passiveReply struct {
	ToUserName   string `xml:"ToUserName"`
	FromUserName string `xml:"FromUserName"`
	CreateTime   int64  `xml:"CreateTime"`
	MsgType      string `xml:"MsgType"`
	Content      string `xml:"Content"`
}

// unseal reads the answer to a push: nothing, or the word success, or an encrypted reply that is signed with the
// account's token and goes back to the sender. Anything else is an error, and WeChat would tell the user that the
// account is out of order.
func unseal(p push, keys wechat.ComponentApp, body []byte) (string, error) {
	text := strings.TrimSpace(string(body))
	if p.info {
		if text != "success" {
			return "", errors.New("开放平台的推送只能用 success 应答")
		}
		return "", nil
	}
	if text == "" || text == "success" {
		return "", nil
	}
	if p.form == formJSON {
		return "", errors.New("小程序的推送只能用 success 或空内容应答")
	}
	var env envelope
	if err := xml.Unmarshal(body, &env); err != nil || env.Encrypt.Text == "" {
		return "", errors.New("应答既不是 success，也不是加密的回复")
	}
	if env.MsgSignature == nil || env.Nonce == nil ||
		env.MsgSignature.Text != util.Signature(keys.Token, env.TimeStamp, env.Nonce.Text, env.Encrypt.Text) {
		return "", errors.New("回复的签名不对")
	}
	_, raw, err := util.DecryptMsg(keys.AppID, env.Encrypt.Text, keys.AESKey)
	if err != nil {
		return "", fmt.Errorf("回复无法解密: %w", err)
	}
	var r passiveReply
	if err := xml.Unmarshal(raw, &r); err != nil {
		return "", errors.New("回复不是 XML")
	}
	switch {
	case r.ToUserName != p.openid || r.FromUserName != originalID(p.app) || r.CreateTime == 0:
		return "", errors.New("回复的收发方或时间不对")
	case r.MsgType != "text":
		return "", fmt.Errorf("沙箱不显示 %q 类型的回复", r.MsgType)
	case strings.TrimSpace(r.Content) == "" || len(r.Content) > maxTextBytes:
		return "", errors.New("回复为空，或超过 2048 字节")
	}
	return r.Content, nil
}
