package sandbox

import (
	"context"
	"strings"
	"time"
)

// How many customer-service messages an account may send, and how long.
const (
	userWindow   = 48 * time.Hour
	userMessages = 5
	tapWindow    = time.Minute
	tapMessages  = 3
	maxTextBytes = 2048
)

// sendCustomer is POST /cgi-bin/message/custom/send, for texts.
func (s *Sandbox) sendCustomer(_ context.Context, c *wireCall) (any, error) {
	var in struct {
		ToUser  string `json:"touser"`
		MsgType string `json:"msgtype"`
		Text    struct {
			Content string `json:"content"`
		} `json:"text"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	person, mine := PersonOf(c.app.AppID, in.ToUser)
	if !mine {
		return nil, refuse(40003)
	}
	if in.MsgType != "text" {
		return nil, refuse(40008)
	}
	if strings.TrimSpace(in.Text.Content) == "" {
		return nil, &refusal{Code: 44004, Message: "empty content"}
	}
	if len(in.Text.Content) > maxTextBytes {
		return nil, refuse(45002)
	}
	var err error
	journalErr := s.state.update(func(b *batch) {
		if err = b.useWindow(c.app.AppID, person, c.now); err != nil {
			return
		}
		b.put(person, entry{
			AppID: c.app.AppID, From: fromAccount, Channel: channelCustomer, Type: "text",
			Title: c.app.Name, Content: in.Text.Content, At: c.now,
		})
	})
	if err == nil {
		err = journalErr
	}
	if err != nil {
		return nil, err
	}
	return success(nil), nil
}

// openUserWindow lets the account write five times within 48 hours, counted anew from each message of the user.
func (b *batch) openUserWindow(appid, person string, now time.Time) {
	w := b.windows[pair(appid, person)]
	w.UserUntil, w.UserLeft = now.Add(userWindow), userMessages
	b.setWindow(appid, person, w)
}

// openTapWindow lets the account write three times within a minute after a follow or a tap on its menu.
func (b *batch) openTapWindow(appid, person string, now time.Time) {
	w := b.windows[pair(appid, person)]
	w.TapUntil, w.TapLeft = now.Add(tapWindow), tapMessages
	b.setWindow(appid, person, w)
}

// useWindow spends one message, first of the window that closes first. It is 45015 when none is open or the person no
// longer follows, 45047 when what is open is used up.
func (b *batch) useWindow(appid, person string, now time.Time) error {
	w := b.windows[pair(appid, person)]
	tapOpen, userOpen := now.Before(w.TapUntil), now.Before(w.UserUntil)
	switch {
	case !b.follows[pair(appid, person)].On || !tapOpen && !userOpen:
		return refuse(45015)
	case tapOpen && w.TapLeft > 0:
		w.TapLeft--
	case userOpen && w.UserLeft > 0:
		w.UserLeft--
	default:
		return refuse(45047)
	}
	b.setWindow(appid, person, w)
	return nil
}
