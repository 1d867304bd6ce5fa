package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
	"hongyun/service/limit"
)

// DesktopTime is how long the back office's sign-in waits for the phone.
const DesktopTime = 2 * time.Minute

// desktopBound bounds sign-ins that a network begins: a whole office stands behind one address.
var desktopBound = limit.Bound{Name: "desktop", Most: 300, Window: 10 * time.Minute, Code: "auth.too_many_tries", Says: "操作过于频繁，请十分钟后再试"}

// States of a sign-in at the back office.
const (
	DesktopWaiting   = "WAITING"
	DesktopConfirmed = "CONFIRMED"
	DesktopRefused   = "REFUSED"
)

// DesktopSignIn is a sign-in that a browser has begun: the phone sees the code, the browser alone knows the secret.
type DesktopSignIn struct {
	Code      string    `json:"code"`
	Secret    string    `json:"secret"`
	ExpiresAt time.Time `json:"expires_at"`
}

// DesktopAsked is what a phone is told before it confirms.
type DesktopAsked struct {
	Code      string    `json:"code"`
	From      string    `json:"from"` // network address of the browser
	AskedAt   time.Time `json:"asked_at"`
	ExpiresAt time.Time `json:"expires_at"`
}

// DesktopSession is how far a sign-in is. Token and the rest are there once, when it is confirmed.
type DesktopSession struct {
	State     string     `json:"state"`
	Token     string     `json:"token"`
	ExpiresAt *time.Time `json:"expires_at"`
	Account   *View      `json:"account"`
}

// DesktopSecret is what the browser shows for its session.
type DesktopSecret struct {
	Secret string `json:"secret" validate:"required,max=64" label:"登录凭证"`
}

// asked is what Redis keeps of a sign-in under its code; of the secret its hash alone.
type asked struct {
	Secret string    `json:"secret"`
	From   string    `json:"from"`
	At     time.Time `json:"at"`
}

// decided is what the phone said.
type decided struct {
	State     string `json:"state"`
	AccountID int64  `json:"account_id"`
}

// AskDesktop begins a sign-in at the back office. from says where the browser is. Fault: auth.too_many_tries.
func (s *Service) AskDesktop(ctx context.Context, from access.Viewer) (DesktopSignIn, error) {
	if err := s.limit.Take(ctx, desktopBound, limit.Network(from.IP)); err != nil {
		return DesktopSignIn{}, err
	}
	in := DesktopSignIn{Code: rand.Text()[:10], Secret: rand.Text(), ExpiresAt: s.db.Now().Add(DesktopTime)}
	body, err := json.Marshal(asked{Secret: nameOf(in.Secret), From: from.IP, At: s.db.Now()})
	if err != nil {
		return DesktopSignIn{}, err
	}
	if err := s.redis.Set(ctx, askedKey(in.Code), body, DesktopTime).Err(); err != nil {
		return DesktopSignIn{}, noRedis(err)
	}
	return in, nil
}

// DesktopAsked tells the phone what it would confirm. For whoever holds a role. A code that is unknown, used or over is not found.
func (s *Service) DesktopAsked(ctx context.Context, v access.Viewer, code string) (DesktopAsked, error) {
	if err := holdsRole(v); err != nil {
		return DesktopAsked{}, err
	}
	code = plainCode(code)
	a, err := s.askedDesktop(ctx, code)
	return DesktopAsked{Code: code, From: a.From, AskedAt: a.At, ExpiresAt: a.At.Add(DesktopTime)}, err
}

// ConfirmDesktop signs v in at the browser that shows the code. For whoever holds a role; the first phone decides, for a second one
// it is fault.Conflict "account.desktop_decided".
func (s *Service) ConfirmDesktop(ctx context.Context, v access.Viewer, code string) (DesktopAsked, error) {
	return s.decideDesktop(ctx, v, code, DesktopConfirmed)
}

// RefuseDesktop says that it was not v who wanted in.
func (s *Service) RefuseDesktop(ctx context.Context, v access.Viewer, code string) (DesktopAsked, error) {
	return s.decideDesktop(ctx, v, code, DesktopRefused)
}

func (s *Service) decideDesktop(ctx context.Context, v access.Viewer, code, state string) (DesktopAsked, error) {
	in, err := s.DesktopAsked(ctx, v, code)
	if err != nil {
		return DesktopAsked{}, err
	}
	body, err := json.Marshal(decided{State: state, AccountID: v.AccountID})
	if err != nil {
		return DesktopAsked{}, err
	}
	// The entry comes first: nobody is let in of whom no log says so.
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		audit.Record(tx, audit.By(v), audit.Entry{Action: "account.desktop", ObjectType: "account", ObjectID: v.AccountID,
			After: map[string]any{"state": state, "from": in.From}})
		return nil
	})
	if err != nil {
		return DesktopAsked{}, err
	}
	first, err := s.redis.SetNX(ctx, decidedKey(in.Code), body, DesktopTime).Result()
	switch {
	case err != nil:
		return DesktopAsked{}, noRedis(err)
	case !first:
		return DesktopAsked{}, fault.Conflict("account.desktop_decided", "该二维码已被使用，请在电脑上刷新后重新扫码")
	}
	return in, nil
}

// DesktopSession tells the browser how far its sign-in is; the first call after the phone has confirmed opens the session, a later one
// finds nothing. A wrong secret is answered as an unknown code is.
func (s *Service) DesktopSession(ctx context.Context, from access.Viewer, code, secret string) (DesktopSession, error) {
	code = plainCode(code)
	a, err := s.askedDesktop(ctx, code)
	if err != nil {
		return DesktopSession{}, err
	}
	if subtle.ConstantTimeCompare([]byte(a.Secret), []byte(nameOf(secret))) == 0 {
		return DesktopSession{}, noDesktop()
	}
	raw, err := s.redis.GetDel(ctx, decidedKey(code)).Bytes()
	if errors.Is(err, redis.Nil) {
		return DesktopSession{State: DesktopWaiting}, nil
	}
	if err != nil {
		return DesktopSession{}, noRedis(err)
	}
	if err := s.redis.Del(ctx, askedKey(code)).Err(); err != nil {
		return DesktopSession{}, noRedis(err)
	}
	var said decided
	if err := json.Unmarshal(raw, &said); err != nil || said.State != DesktopConfirmed {
		return DesktopSession{State: DesktopRefused}, err
	}
	v, err := load(s.db.Read(ctx), from, said.AccountID)
	if err != nil {
		return DesktopSession{}, err
	}
	if err := holdsRole(v); err != nil { // the role was taken back meanwhile
		return DesktopSession{}, err
	}
	in, err := s.openSession(ctx, v)
	return DesktopSession{State: DesktopConfirmed, Token: in.Token, ExpiresAt: &in.ExpiresAt, Account: &in.Account}, err
}

// DesktopCode is a code as it is drawn for the phone, if a browser waits with it.
func (s *Service) DesktopCode(ctx context.Context, code string) (string, error) {
	code = plainCode(code)
	_, err := s.askedDesktop(ctx, code)
	return code, err
}

func (s *Service) askedDesktop(ctx context.Context, code string) (a asked, err error) {
	raw, err := s.redis.Get(ctx, askedKey(code)).Bytes()
	if errors.Is(err, redis.Nil) {
		return a, noDesktop()
	}
	if err != nil {
		return a, noRedis(err)
	}
	return a, json.Unmarshal(raw, &a)
}

func noDesktop() error {
	return &fault.Fault{Kind: fault.KindNotFound, Code: "not_found", Message: "二维码已失效，请在电脑上刷新后重新扫码"}
}

// holdsRole: the back office is for whoever leads, administers or works somewhere.
func holdsRole(v access.Viewer) error {
	if len(v.Grants) == 0 {
		return fault.Forbidden()
	}
	return nil
}

// plainCode reads a code as people type it.
func plainCode(code string) string {
	return strings.ToUpper(strings.ReplaceAll(strings.TrimSpace(code), "-", ""))
}

func askedKey(code string) string { return "hongyun:desktop:" + code }

func decidedKey(code string) string { return "hongyun:desktop:" + code + ":decided" }
