package sandbox

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"time"
)

// The uses of a code.
const (
	useLogin = "login"
	usePhone = "phone"
)

// codeToSession is GET /sns/jscode2session.
func (s *Sandbox) codeToSession(ctx context.Context, c *wireCall) (any, error) {
	app, err := s.authenticate(ctx, c.query.Get("appid"), c.query.Get("secret"))
	if err != nil {
		return nil, err
	}
	if c.query.Get("grant_type") != "authorization_code" {
		return nil, refuse(40002)
	}
	code := c.query.Get("js_code")
	if code == "" {
		return nil, refuse(41008)
	}
	if app.AppID != s.o.MiniProgram {
		return nil, refuse(40029) // codes come from the mini-program alone
	}
	person, err := s.redeem(code, useLogin, c.now)
	if err != nil {
		return nil, err
	}
	key := make([]byte, 16)
	_, _ = rand.Read(key) // crypto/rand never fails: it ends the program instead
	reply := map[string]any{"openid": OpenID(app.AppID, person), "session_key": base64.StdEncoding.EncodeToString(key)}
	if s.o.OpenPlatform(app.AppID) {
		reply["unionid"] = UnionID(person)
	}
	return reply, nil
}

// phoneNumber is POST /wxa/business/getuserphonenumber. WeChat has one code for all bad codes here.
func (s *Sandbox) phoneNumber(ctx context.Context, c *wireCall) (any, error) {
	var in struct {
		Code string `json:"code"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	person, err := s.redeem(in.Code, usePhone, c.now)
	if err != nil {
		return nil, refuse(40029)
	}
	p, err := s.o.Person(ctx, person)
	if err != nil {
		return nil, fmt.Errorf("phone of %s: %w", person, err)
	}
	return success(map[string]any{"phone_info": map[string]any{
		"phoneNumber": p.Phone, "purePhoneNumber": p.Phone, "countryCode": "86",
		"watermark": map[string]any{"timestamp": c.now.Unix(), "appid": c.app.AppID},
	}}), nil
}

// issueCode hands a person a code; a login code also counts as a visit to the mini-program.
func (s *Sandbox) issueCode(person, use string, now time.Time) (string, error) {
	code := "0" + randomText(31)
	if use == usePhone {
		code = randomText(64)
	}
	return code, s.state.update(func(b *batch) {
		b.setCode(code, codeRecord{Use: use, Person: person, Issued: now})
		if use == useLogin {
			b.setVisit(person, now)
		}
	})
}

// redeem uses a code up: 40163 the second time, 40029 for an unknown, late or other kind of code.
func (s *Sandbox) redeem(code, use string, now time.Time) (person string, err error) {
	journalErr := s.state.update(func(b *batch) {
		r, found := b.codes[code]
		switch {
		case !found || r.Use != use || now.Sub(r.Issued) >= codeLife:
			err = refuse(40029)
		case r.Used:
			err = refuse(40163)
		default:
			r.Used, person = true, r.Person
			b.setCode(code, r)
		}
	})
	if err == nil {
		err = journalErr
	}
	return person, err
}
