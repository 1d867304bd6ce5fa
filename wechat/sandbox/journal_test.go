package sandbox

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func journaled(t *testing.T) *bench {
	t.Helper()
	file := filepath.Join(t.TempDir(), "sandbox.journal")
	return newBench(t, func(o *Options) { o.StateFile = file })
}

func TestJournal(t *testing.T) {
	t.Parallel()

	t.Run("everything is there after a process that was killed", func(t *testing.T) {
		t.Parallel()
		b := journaled(t)
		b.mustDoor("people/li/accept", map[string]any{"template_ids": []string{"T-DUES", "T-CARD"}})
		wantCode(t, b.wire(mini, subscribeSend, dues(nil)), 0)
		b.mustDoor("people/wang/follow", map[string]any{"appid": clinic})
		said := b.mustDoor("people/wang/say", map[string]any{"appid": clinic, "type": "image"})
		media := between(string(b.lastPush().body), "<MediaId><![CDATA[", "]]>")
		first := b.wire(clinic, templateSend, progress(map[string]any{"client_msg_id": "r-1"}))
		used := b.code("li", "code")
		b.session(mini, "mini-secret", used)
		unused, token := b.code("li", "code"), b.token(mini)
		messages, chat := b.list("people/li/messages"), b.list("people/wang/chats/"+clinic)

		b.open() // beside the first one, which never closed its file

		if got := b.token(mini); got != token {
			t.Error("another token")
		}
		wantCode(t, b.wireWith(token, subscribeSend, dues(nil)), 43101)
		wantCode(t, b.session(mini, "mini-secret", used), 40163)
		wantCode(t, b.session(mini, "mini-secret", unused), 0)
		if again := b.wire(clinic, templateSend, progress(map[string]any{"client_msg_id": "r-1"})); again["msgid"] != first["msgid"] {
			t.Errorf("dedup forgotten: %v", again)
		}
		wantCode(t, b.wire(clinic, customSend, note(clinic, "wang")), 0)
		if _, raw, _ := b.raw("GET", "/sandbox/wire/cgi-bin/media/get?media_id="+media+"&access_token="+b.token(clinic), nil); !strings.HasPrefix(string(raw), "\x89PNG") {
			t.Errorf("picture lost: %.40q", raw)
		}
		if got := b.list("people/li/messages"); fmt.Sprint(got) != fmt.Sprint(messages) {
			t.Errorf("messages %v, want %v", got, messages)
		}
		if got := b.list("people/wang/chats/" + clinic); fmt.Sprint(got[:len(chat)]) != fmt.Sprint(chat) {
			t.Errorf("chat %v, want %v", got, chat)
		}
		if next := b.says("新的一条"); next["msg_id"].(float64) <= said["msg_id"].(float64) {
			t.Error("message numbers start again")
		}
	})
	t.Run("a line that was cut off is dropped, damage before it is not", func(t *testing.T) {
		t.Parallel()
		b := journaled(t)
		b.mustDoor("people/li/accept", map[string]any{"template_ids": []string{"T-DUES"}})
		whole, err := os.ReadFile(b.o.StateFile)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(b.o.StateFile, append(whole, `{"k":"credit","id":"x","v":{"le`...), 0o600); err != nil {
			t.Fatal(err)
		}
		b.open()
		wantCode(t, b.wire(mini, subscribeSend, dues(nil)), 0)
		if err := os.WriteFile(b.o.StateFile, append([]byte("{\n"), whole...), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := New(b.o); err == nil || !strings.Contains(err.Error(), "line 1") {
			t.Errorf("err %v", err)
		}
	})
	t.Run("opening keeps the last values only and forgets what has run out", func(t *testing.T) {
		t.Parallel()
		b := journaled(t)
		for range 50 {
			b.mustDoor("people/li/accept", map[string]any{"template_ids": []string{"T-DUES"}})
			b.code("li", "code")
		}
		before := lines(t, b.o.StateFile)
		b.pass(time.Hour)
		b.open()
		if after := lines(t, b.o.StateFile); before < 150 || after > 2 {
			t.Errorf("%d lines, then %d", before, after)
		}
		if c := b.mustDoor("people/li", nil)["credits"].(map[string]any); c["T-DUES"] != 50.0 {
			t.Errorf("credits %v", c)
		}
	})
	t.Run("a phone keeps its newest 200", func(t *testing.T) {
		t.Parallel()
		b := journaled(t)
		if err := b.s.Seed([]Grant{{PersonID: "li", AppID: mini, Credits: map[string]int{"T-DUES": 300}}}); err != nil {
			t.Fatal(err)
		}
		for i := range 300 {
			wantCode(t, b.wire(mini, subscribeSend, dues(map[string]any{"page": fmt.Sprintf("pages/index/index?n=%d", i)})), 0)
		}
		for range 2 {
			got := b.list("people/li/messages")
			if len(got) != 200 || got[0]["page"] != "pages/index/index?n=299" || got[199]["page"] != "pages/index/index?n=100" {
				t.Errorf("%d messages from %v to %v", len(got), got[0]["page"], got[len(got)-1]["page"])
			}
			b.open()
		}
	})
	t.Run("only its owner may read it", func(t *testing.T) {
		t.Parallel()
		b := journaled(t)
		b.token(mini)
		if info, err := os.Stat(b.o.StateFile); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v %v", info.Mode(), err)
		}
	})
}

func lines(t *testing.T, path string) int {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(raw), "\n")
}
