package sandbox

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func (b *bench) fault(f Fault) {
	b.t.Helper()
	b.mustDoor("faults", f)
}

func newCredited(t *testing.T, n int) *bench {
	t.Helper()
	b := newBench(t)
	if err := b.s.Seed([]Grant{{PersonID: "li", AppID: mini, Credits: map[string]int{"T-DUES": n}}}); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestFaults_Wire(t *testing.T) {
	t.Parallel()

	t.Run("an errcode or a status takes the place of the call, as often as asked", func(t *testing.T) {
		t.Parallel()
		b := newCredited(t, 1)
		b.fault(Fault{API: subscribeSend, ErrCode: 45009, Times: 2})
		b.fault(Fault{API: subscribeSend, Status: 502, Times: 1})
		wantCode(t, b.wire(mini, subscribeSend, dues(nil)), 45009)
		wantCode(t, b.wire(mini, subscribeSend, dues(nil)), 45009)
		if status, _, _ := b.raw(http.MethodPost, "/sandbox/wire/"+subscribeSend+"?access_token="+b.token(mini), dues(nil)); status != 502 {
			t.Errorf("status %d", status)
		}
		wantCode(t, b.wire(mini, subscribeSend, dues(nil)), 0)
	})
	t.Run("a time-out carries the call out and holds the answer", func(t *testing.T) {
		t.Parallel()
		b := newCredited(t, 1)
		token := b.token(mini)
		b.fault(Fault{API: subscribeSend, TimeoutMS: 60_000, Times: 1})
		client := &http.Client{Timeout: 100 * time.Millisecond}
		_, err := client.Post(b.url+"/sandbox/wire/"+subscribeSend+"?access_token="+token, "application/json", jsonBody(t, dues(nil)))
		if err == nil {
			t.Error("answered in time")
		}
		if n := len(b.list("people/li/messages")); n != 1 {
			t.Errorf("%d messages, want 1: the send has had its effect", n)
		}
		wantCode(t, b.wire(mini, subscribeSend, dues(nil)), 43101)
	})
	t.Run("a drop carries nothing out and breaks the connection", func(t *testing.T) {
		t.Parallel()
		b := newCredited(t, 1)
		token := b.token(mini)
		b.fault(Fault{API: subscribeSend, Drop: true, Times: 1})
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		_, err := client.Post(b.url+"/sandbox/wire/"+subscribeSend+"?access_token="+token, "application/json", jsonBody(t, dues(nil)))
		if !errors.Is(err, io.EOF) {
			t.Errorf("err %v, want EOF", err)
		}
		wantCode(t, b.wire(mini, subscribeSend, dues(nil)), 0)
	})
	t.Run("they can be seen and taken back", func(t *testing.T) {
		t.Parallel()
		b := newCredited(t, 1)
		b.fault(Fault{API: subscribeSend, ErrCode: -1, Times: 5})
		wantCode(t, b.wire(mini, subscribeSend, dues(nil)), -1)
		if left := b.mustDoor("faults", nil)["items"].([]any)[0].(map[string]any); left["times"] != 4.0 {
			t.Errorf("left %v", left)
		}
		b.send(http.MethodDelete, "/sandbox/api/faults", nil)
		wantCode(t, b.wire(mini, subscribeSend, dues(nil)), 0)
	})
	t.Run("what could have no effect is refused", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		for _, f := range []Fault{
			{API: "/cgi-bin/stable_token", ErrCode: 1, Times: 1}, {API: subscribeSend, Times: 1}, {API: subscribeSend, ErrCode: 1, Times: -1},
			{API: subscribeSend, Repeat: 1, Times: 1}, {API: "callback", Status: 500, Times: 1}, {API: subscribeSend, Status: 200, Times: 1},
		} {
			if status, a := b.door("faults", f); status != http.StatusBadRequest || a["message"] == "" {
				t.Errorf("%+v: %d %v", f, status, a)
			}
		}
	})
}

func TestFaults_Callback(t *testing.T) {
	t.Parallel()

	t.Run("a dropped push never arrives, though the person has written", func(t *testing.T) {
		t.Parallel()
		b := newFollowed(t)
		b.fault(Fault{API: "callback", Drop: true, Times: 1})
		if a := b.says("路灯不亮"); a["reply"] != "" || a["error"] != errDropped.Error() {
			t.Errorf("answer %v", a)
		}
		if n := len(b.product.pushes()); n != 1 {
			t.Errorf("%d pushes", n)
		}
		wantCode(t, b.wire(clinic, customSend, note(clinic, "wang")), 0)
	})
	t.Run("a repeated push is the same again", func(t *testing.T) {
		t.Parallel()
		b := newFollowed(t)
		b.fault(Fault{API: "callback", Repeat: 3, Times: 1})
		b.says("路灯不亮")
		got := b.product.pushes()[1:]
		if len(got) != 4 {
			t.Fatalf("%d pushes, want 4", len(got))
		}
		for _, o := range got {
			if string(o.body) != string(got[0].body) {
				t.Errorf("another body: %s", o.body)
			}
		}
	})
	t.Run("a push that is held back is overtaken", func(t *testing.T) {
		t.Parallel()
		b := newFollowed(t)
		b.fault(Fault{API: "callback/text", TimeoutMS: 200, Times: 1})
		done := make(chan struct{})
		go func() { defer close(done); b.says("先写的") }()
		for len(b.s.faults.left()) > 0 { // until the first message has taken the fault
			time.Sleep(time.Millisecond)
		}
		b.says("后写的")
		<-done
		got := b.product.pushes()
		if !strings.Contains(string(got[1].body), "后写的") || !strings.Contains(string(got[2].body), "先写的") {
			t.Errorf("order %s then %s", got[1].body, got[2].body)
		}
	})
	t.Run("one event can be meant alone", func(t *testing.T) {
		t.Parallel()
		b := newFollowed(t)
		b.fault(Fault{API: "callback/unsubscribe", Drop: true, Times: 1})
		b.says("路灯不亮")
		b.mustDoor("people/wang/unfollow", map[string]any{"appid": clinic})
		if n := len(b.product.pushes()); n != 2 {
			t.Errorf("%d pushes", n)
		}
	})
}
