package sandbox

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

const subscribeSend = "cgi-bin/message/subscribe/send"

// dues is a subscribe message that the sandbox accepts, with changes.
func dues(change map[string]any) map[string]any {
	m := map[string]any{"touser": OpenID(mini, "li"), "template_id": "T-DUES", "page": "pages/dues/bill?id=7",
		"data": duesData(), "miniprogram_state": "formal", "lang": "zh_CN"}
	for key, value := range change {
		m[key] = value
	}
	return m
}

func TestSubscribe_Send(t *testing.T) {
	t.Parallel()

	t.Run("spends one credit a message and shows a card", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		wantCode(t, b.wire(mini, subscribeSend, dues(nil)), 43101)
		for range 2 {
			b.mustDoor("people/li/accept", map[string]any{"template_ids": []string{"T-DUES"}})
		}
		wantCode(t, b.wire(mini, subscribeSend, dues(nil)), 0)
		wantCode(t, b.wire(mini, subscribeSend, dues(nil)), 0)
		wantCode(t, b.wire(mini, subscribeSend, dues(nil)), 43101)
		got := b.list("people/li/messages")
		if len(got) != 2 || got[0]["channel"] != "subscribe" || got[0]["title"] != "党费缴纳提醒" || got[0]["page"] != "pages/dues/bill?id=7" {
			t.Fatalf("messages %v", got)
		}
		if data := got[0]["data"].(map[string]any); data["amount2"] != "¥12.50" {
			t.Errorf("data %v", data)
		}
		first := got[0]["fields"].([]any)[0].(map[string]any)
		if first["label"] != "缴费项目" || first["value"] != "七月党费" {
			t.Errorf("first row %v", first)
		}
	})
	t.Run("a message that is refused spends nothing", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.mustDoor("people/li/accept", map[string]any{"template_ids": []string{"T-DUES"}})
		bad := func(key, value string) map[string]any {
			data := duesData()
			data[key] = v(value)
			return map[string]any{"data": data}
		}
		missing, number := duesData(), duesData()
		delete(missing, "date3")
		number["amount2"] = map[string]any{"value": 12.5}
		for name, c := range map[string]struct {
			change map[string]any
			code   int
			names  string
		}{
			"an openid of another appid":  {map[string]any{"touser": OpenID(clinic, "li")}, 40003, ""},
			"an invented openid":          {map[string]any{"touser": "o6_bmjrPTlm6_2sgVt7hMZOPfL2M"}, 40003, ""},
			"an unknown template":         {map[string]any{"template_id": "T-NONE"}, 40037, ""},
			"another account's template":  {map[string]any{"template_id": "T-PROGRESS"}, 40037, ""},
			"a page that is not there":    {map[string]any{"page": "pages/none/none"}, 41030, ""},
			"a page with a leading slash": {map[string]any{"page": "/pages/dues/bill"}, 41030, ""},
			"21 characters in a thing":    {bad("thing1", strings.Repeat("党", 21)), 47003, "thing1"},
			"a line break":                {bad("thing1", "一\n二"), 47003, "thing1"},
			"an empty value":              {bad("thing1", ""), 47003, "thing1"},
			"an amount without sign":      {bad("amount2", "12.50"), 47003, "amount2"},
			"a day that is none":          {bad("date3", "二十日"), 47003, "date3"},
			"a missing field":             {map[string]any{"data": missing}, 47003, "date3"},
			"a field too many":            {bad("thing9", "多余"), 47003, "thing9"},
			"a value that is no text":     {map[string]any{"data": number}, 47001, ""},
			"an unknown state":            {map[string]any{"miniprogram_state": "release"}, 40097, ""},
		} {
			a := b.wire(mini, subscribeSend, dues(c.change))
			if a.code() != c.code || !strings.Contains(a["errmsg"].(string), c.names) {
				t.Errorf("%s: %v, want %d %s", name, a, c.code, c.names)
			}
		}
		wantCode(t, b.wire(clinic, subscribeSend, dues(nil)), 48001)
		wantCode(t, b.wire(mini, subscribeSend, "{"), 47001)
		wantCode(t, b.wire(mini, subscribeSend, dues(nil)), 0)
	})
	t.Run("a long-term template needs one acceptance and spends none", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		m := dues(map[string]any{"template_id": "T-LONG", "data": map[string]any{"thing1": v("已受理")}})
		wantCode(t, b.wire(mini, subscribeSend, m), 43101)
		b.mustDoor("people/li/accept", map[string]any{"template_ids": []string{"T-LONG"}})
		for range 3 {
			wantCode(t, b.wire(mini, subscribeSend, m), 0)
		}
		b.mustDoor("people/li/reject-template", map[string]any{"template_id": "T-LONG"})
		wantCode(t, b.wire(mini, subscribeSend, m), 43101)
	})
	t.Run("never spends more than there is, however many send at once", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		if err := b.s.Seed([]Grant{{PersonID: "li", AppID: mini, Credits: map[string]int{"T-DUES": 10}}}); err != nil {
			t.Fatal(err)
		}
		token := b.token(mini)
		var sent atomic.Int32
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for range 5 {
					if b.wireWith(token, subscribeSend, dues(nil)).code() == 0 {
						sent.Add(1)
					}
				}
			})
		}
		all.Wait()
		if n := len(b.list("people/li/messages")); sent.Load() != 10 || n != 10 {
			t.Errorf("%d sent, %d on the phone, want 10", sent.Load(), n)
		}
	})
	t.Run("tells what became of it when that is turned on", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, func(o *Options) { o.SentEvents = true })
		b.mustDoor("people/li/accept", map[string]any{"template_ids": []string{"T-DUES"}})
		wantCode(t, b.wire(mini, subscribeSend, dues(nil)), 0)
		_ = b.s.Close()
		if got := b.product.pushes(); len(got) != 2 || !strings.Contains(string(got[1].body), "subscribe_msg_sent_event") {
			t.Errorf("pushes %v", got)
		}
	})
}

func TestSubscribe_Dialog(t *testing.T) {
	t.Parallel()

	t.Run("one template is pushed as an object and several as an array", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.mustDoor("people/li/accept", map[string]any{"template_ids": []string{"T-DUES"}})
		b.mustDoor("people/li/accept", map[string]any{"template_ids": []string{"T-DUES"}, "rejected_ids": []string{"T-CARD"}})
		got := b.product.pushes()
		if len(got) != 2 || got[0].kind != "mp" || got[0].appid != mini || got[0].form != "application/json" {
			t.Fatalf("pushes %v", got)
		}
		var one struct {
			ToUserName, FromUserName, MsgType, Event string
			CreateTime                               int64
			List                                     choice
		}
		var two struct{ List []choice }
		if err := json.Unmarshal(got[0].body, &one); err != nil || one.List != (choice{"T-DUES", "accept", "0"}) {
			t.Errorf("one: %v %+v", err, one)
		}
		if one.ToUserName != "gh_mini" || one.FromUserName != OpenID(mini, "li") || one.Event != "subscribe_msg_popup_event" ||
			one.MsgType != "event" || one.CreateTime != b.clock().Unix() {
			t.Errorf("one: %+v", one)
		}
		if err := json.Unmarshal(got[1].body, &two); err != nil || len(two.List) != 2 || two.List[1].Status != "reject" {
			t.Errorf("two: %v %+v", err, two)
		}
	})
	t.Run("turning a template off takes all its credit", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.mustDoor("people/li/accept", map[string]any{"template_ids": []string{"T-DUES"}})
		b.mustDoor("people/li/reject-template", map[string]any{"template_id": "T-DUES"})
		wantCode(t, b.wire(mini, subscribeSend, dues(nil)), 43101)
		last := b.product.pushes()[1]
		if !strings.Contains(string(last.body), `"subscribe_msg_change_event"`) || !strings.Contains(string(last.body), `"reject"`) {
			t.Errorf("push %s", last.body)
		}
		b.mustDoor("people/li/accept", map[string]any{"template_ids": []string{"T-DUES"}})
		if c := b.mustDoor("people/li", nil)["credits"].(map[string]any); c["T-DUES"] != 1.0 {
			t.Errorf("credits %v", c)
		}
	})
	t.Run("keeps the client's own rules", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		for code, ids := range map[string][]string{
			"accept.empty": {}, "accept.too_many": {"T-DUES", "T-CARD", "T-LONG", "T-DUES"},
			"accept.mixed": {"T-DUES", "T-LONG"}, "accept.unknown": {"T-PROGRESS"}, "accept.twice": {"T-DUES", "T-DUES"},
		} {
			if status, a := b.door("people/li/accept", map[string]any{"template_ids": ids}); status != http.StatusBadRequest || a["code"] != code {
				t.Errorf("%v: %d %v, want %s", ids, status, a, code)
			}
		}
		if len(b.product.pushes()) != 0 {
			t.Error("pushed")
		}
	})
}
