package o2o

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/notify"
)

// TestCourtesies: what asks for nothing opens no request, and nothing that asks for something is taken for a courtesy.
func TestCourtesies(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-11-23 10:00:00")
		c := withSandbox(t, db, clock)
		c.addClinic()
		c.door("people/li/follow", map[string]any{"appid": clinic})
		count := func(query string) (n int64) {
			t.Helper()
			must(t, db.Read(ctx).Raw(query).Scan(&n).Error)
			return n
		}
		for i, text := range []string{"你好", "您好！", "谢谢，辛苦了", "在吗？", "ok", "[微笑]", "/::)", "👍👍", "？？", "5", "１", "谢谢你们 🙏", "13979310000"} {
			if reply := c.say(text); !strings.HasPrefix(reply, "您好！请直接发送文字") {
				t.Errorf("%q is answered %q", text, reply)
			}
			if n := count("SELECT count(*) FROM contact_message WHERE courtesy"); n != int64(i)+1 {
				t.Errorf("%q: %d messages in the conversation", text, n)
			}
		}
		if reply := c.say("【收到不支持的消息类型，暂无法显示】"); !strings.HasPrefix(reply, "暂不支持这类消息") {
			t.Errorf("a sticker is answered %q", reply)
		}
		if n := count("SELECT count(*) FROM request"); n != 0 {
			t.Fatalf("%d requests", n)
		}
		for i, text := range []string{"停水了", "你好停水了", "好人", "我要投诉", "谢谢你好心的医生，但是退费还没有到账"} {
			c.say(text)
			clock.Add(collectTime + time.Minute)
			if n := count("SELECT count(*) FROM request"); n != int64(i)+1 {
				t.Errorf("%q: %d requests", text, n)
			}
		}
		t.Run("while a request is being written it goes with it, and is not its content", func(t *testing.T) {
			c.door("people/li/say", map[string]any{"appid": clinic, "type": "image"})
			number := c.list(c.desk, Filter{}).Items[0].Number
			if reply, want := c.say("你好"), "收到。诉求 "+number+" 已登记，可继续发送文字、照片、位置补充。"; reply != want {
				t.Errorf("%q", reply)
			}
			c.say("13979310000") // a phone to call back
			c.say("谢谢")
			d, err := c.s.Request(ctx, c.desk, c.list(c.desk, Filter{}).Items[0].ID)
			must(t, err)
			if d.Content != "13979310000" || len(d.Parts) != 4 || d.Number != number {
				t.Errorf("%q with %d parts", d.Content, len(d.Parts))
			}
			clock.Add(collectTime + time.Minute)
		})
		t.Run("a bare number is no rating, but where one is awaited the answer says how", func(t *testing.T) {
			id := c.list(c.desk, Filter{}).Items[0].ID
			must(t, second(c.s.Accept(ctx, c.desk, id, AcceptInput{Disposition: model.DispositionAnswer})))
			must(t, second(c.s.Answer(ctx, c.desk, id, "已退费")))
			if reply := c.say("5"); reply != ratingHelp {
				t.Errorf("%q", reply)
			}
			if reply := c.say("6"); reply == ratingHelp {
				t.Errorf("%q", reply)
			}
		})
		t.Run("WeChat's repetition of a courtesy stands once", func(t *testing.T) {
			before := count("SELECT count(*) FROM contact_message")
			for range 2 {
				c.pushXML("fan-9", `<MsgType>text</MsgType><Content>谢谢</Content><MsgId>77</MsgId>`)
			}
			if n := count("SELECT count(*) FROM contact_message"); n != before+1 {
				t.Errorf("%d more", n-before)
			}
		})
	})
}

// TestUntold: what has reached no phone is said with the answer to the citizen's next message, once.
func TestUntold(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-11-23 10:00:00")
		c := withSandbox(t, db, clock)
		c.addClinic()
		c.door("people/li/follow", map[string]any{"appid": clinic})
		c.say("门诊大厅地面积水，老人容易滑倒")
		id := c.list(c.desk, Filter{}).Items[0].ID
		deliver := func() {
			t.Helper()
			for n := 1; n > 0; {
				var err error
				n, err = c.s.notify.Dispatch(ctx)
				must(t, err)
			}
		}
		deliver()
		ends := func() (out string) {
			t.Helper()
			var rows []struct {
				State, Channel string
				N              int
			}
			must(t, db.Read(ctx).Raw(`SELECT d.state, d.channel, count(*) AS n FROM delivery d JOIN message m ON m.id = d.message_id WHERE m.recipient_type = 'contact'
				GROUP BY d.state, d.channel ORDER BY d.state, d.channel`).Scan(&rows).Error)
			for _, r := range rows {
				out += fmt.Sprintf("%s/%s:%d ", r.State, r.Channel, r.N)
			}
			return out
		}
		clock.Add(49 * time.Hour) // the customer-service window is over, and there is no template
		must(t, second(c.s.Accept(ctx, c.desk, id, AcceptInput{})))
		must(t, second(c.s.Refer(ctx, c.desk, id, c.clinics, "")))
		must(t, second(c.s.Handle(ctx, c.stranger, id, "")))
		for range 3 {
			must(t, second(c.s.Reply(ctx, c.stranger, id, "保洁"+strings.Repeat("正在清理，", 150))))
		}
		deliver()
		before := ends()
		if !strings.Contains(before, "unreachable/:") {
			t.Fatalf("%s", before)
		}
		page, err := c.s.notify.Deliveries(ctx, c.admin, notify.DeliveryFilter{})
		must(t, err)
		for _, d := range page.Items { // the unit's people are named, who wrote is not
			if citizen := d.RecipientType == model.ToContact; citizen != (d.RecipientID == 0) || citizen && d.RecipientName != "" {
				t.Errorf("the list of deliveries says %+v", d)
			}
		}
		reply := c.say("进度")
		if !strings.Contains(reply, "您最近的诉求") || !strings.Contains(reply, "已受理") || len(reply) > 2048 || !strings.Contains(reply, "条消息，回复“进度”继续查看。") {
			t.Errorf("%d bytes: %q", len(reply), reply)
		}
		said, rounds := reply, 0
		for strings.Contains(reply, "继续查看") && rounds < 10 {
			clock.Add(time.Second) // two clicks within a second are one
			reply = c.door("people/li/click", map[string]any{"appid": clinic, "key": "MY_REQUESTS"})
			if len(reply) > 2048 {
				t.Errorf("%d bytes", len(reply))
			}
			said, rounds = said+reply, rounds+1
		}
		if n := strings.Count(said, "【诉求办理进度】"); n != 5 || strings.Index(said, "已受理") > strings.Index(said, "保洁") {
			t.Errorf("%d messages in %q", n, said)
		}
		if after := ends(); strings.Contains(after, "unreachable") || !strings.Contains(after, "sent/reply:") {
			t.Errorf("%s, before %s", after, before)
		}
		if reply := c.say("进度"); strings.Contains(reply, "【") {
			t.Errorf("said again: %q", reply)
		}
	})
}
