package sandbox

import (
	"strings"
	"testing"
	"time"
)

const customSend = "cgi-bin/message/custom/send"

func note(appid, person string) map[string]any {
	return map[string]any{"touser": OpenID(appid, person), "msgtype": "text", "text": map[string]string{"content": "您的诉求已受理"}}
}

func TestCustomer_Send(t *testing.T) {
	t.Parallel()

	t.Run("five messages within 48 hours of the last message of the user", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.mustDoor("people/wang/follow", map[string]any{"appid": weather})
		b.pass(time.Hour)
		wantCode(t, b.wire(weather, customSend, note(weather, "wang")), 45015)
		say := map[string]any{"appid": weather, "type": "text", "content": "路灯不亮"}
		b.mustDoor("people/wang/say", say)
		for range 5 {
			wantCode(t, b.wire(weather, customSend, note(weather, "wang")), 0)
		}
		wantCode(t, b.wire(weather, customSend, note(weather, "wang")), 45047)
		b.mustDoor("people/wang/say", say)
		b.pass(48*time.Hour - time.Second)
		wantCode(t, b.wire(weather, customSend, note(weather, "wang")), 0)
		b.pass(time.Second)
		wantCode(t, b.wire(weather, customSend, note(weather, "wang")), 45015)
	})
	t.Run("three messages in the minute after a follow or a tap on the menu", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.mustDoor("people/wang/follow", map[string]any{"appid": clinic})
		for range 3 {
			wantCode(t, b.wire(clinic, customSend, note(clinic, "wang")), 0)
		}
		wantCode(t, b.wire(clinic, customSend, note(clinic, "wang")), 45047)
		b.mustDoor("people/wang/click", map[string]any{"appid": clinic, "key": "MINE"})
		wantCode(t, b.wire(clinic, customSend, note(clinic, "wang")), 0)
		b.pass(time.Minute)
		wantCode(t, b.wire(clinic, customSend, note(clinic, "wang")), 45015)
	})
	t.Run("a tap does not shorten the window of a message", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.mustDoor("people/wang/follow", map[string]any{"appid": clinic})
		b.mustDoor("people/wang/say", map[string]any{"appid": clinic, "type": "text", "content": "你好"})
		for range 8 {
			wantCode(t, b.wire(clinic, customSend, note(clinic, "wang")), 0)
		}
		wantCode(t, b.wire(clinic, customSend, note(clinic, "wang")), 45047)
	})
	t.Run("leaving closes all windows", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.mustDoor("people/wang/follow", map[string]any{"appid": clinic})
		b.mustDoor("people/wang/say", map[string]any{"appid": clinic, "type": "text", "content": "你好"})
		b.mustDoor("people/wang/unfollow", map[string]any{"appid": clinic})
		wantCode(t, b.wire(clinic, customSend, note(clinic, "wang")), 45015)
	})
	t.Run("refuses what WeChat would", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.mustDoor("people/wang/follow", map[string]any{"appid": clinic})
		with := func(key string, value any) map[string]any {
			m := note(clinic, "wang")
			m[key] = value
			return m
		}
		wantCode(t, b.wire(clinic, customSend, with("touser", OpenID(weather, "wang"))), 40003)
		wantCode(t, b.wire(clinic, customSend, with("msgtype", "image")), 40008)
		wantCode(t, b.wire(clinic, customSend, with("text", map[string]string{"content": " "})), 44004)
		wantCode(t, b.wire(clinic, customSend, with("text", map[string]string{"content": strings.Repeat("长", 683)})), 45002)
		wantCode(t, b.wire(mini, customSend, note(mini, "wang")), 48001)
	})
	t.Run("stands in the conversation", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.mustDoor("people/wang/follow", map[string]any{"appid": clinic})
		wantCode(t, b.wire(clinic, customSend, note(clinic, "wang")), 0)
		chat := b.list("people/wang/chats/" + clinic)
		if len(chat) != 1 || chat[0]["channel"] != "customer" || chat[0]["content"] != "您的诉求已受理" {
			t.Errorf("chat %v", chat)
		}
	})
}
