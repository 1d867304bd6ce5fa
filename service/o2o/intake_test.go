package o2o

import (
	"encoding/xml"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/silenceper/wechat/v2/util"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
	"hongyun/wechat"
)

// TestStory is a request's whole way, from a citizen's phone to the rating, both ways through the sandbox.
func TestStory(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-11-23 10:00:00")
		c := withSandbox(t, db, clock)
		c.addClinic() // at run time: nothing was started anew
		if reply := c.door("people/li/follow", map[string]any{"appid": clinic}); !strings.Contains(reply, "欢迎关注卫健之窗") {
			t.Errorf("welcome %q", reply)
		}
		want := "您的诉求已登记，编号 HY20261123-0001，查询码 " + c.s.followCode("HY20261123-0001") + "，可凭编号和查询码在网页上查询。可在10分钟内继续发送照片、位置补充。回复“进度”查询办理情况。紧急情况请直接拨打110、119、120、122。"
		if reply := c.say("门诊大厅地面积水，老人容易滑倒"); reply != want {
			t.Errorf("first reply %q", reply)
		}
		clock.Add(9 * time.Minute)
		if reply := c.door("people/li/say", map[string]any{"appid": clinic, "type": "image"}); reply != "已补充到诉求 HY20261123-0001。" {
			t.Errorf("photo %q", reply)
		}
		clock.Add(9 * time.Minute) // after the last message, not after the first
		if reply := c.door("people/li/say", map[string]any{"appid": clinic, "type": "location", "lat": 28.95, "lng": 117.58, "label": "人民医院"}); reply != "已补充到诉求 HY20261123-0001。" {
			t.Errorf("place %q", reply)
		}
		c.door("people/li/say", map[string]any{"appid": clinic, "type": "voice"})
		for n := 1; n > 0; {
			var err error
			n, err = c.push.Work(ctx)
			must(t, err)
		}
		list := c.list(c.desk, Filter{State: model.RequestSubmitted})
		if list.Total != 1 {
			t.Fatalf("%d requests", list.Total)
		}
		id := list.Items[0].ID
		d, err := c.s.Request(ctx, c.desk, id)
		must(t, err)
		if d.Content != "门诊大厅地面积水，老人容易滑倒" || d.Place != "人民医院" || *d.Lat != 28.95 || *d.IntakeDepartmentID != c.clinics ||
			d.Citizen != "公众号用户" || d.Photos != 1 || d.Deadline != "2026-11-24" {
			t.Errorf("%+v", d.View)
		}
		var parts []string
		for _, p := range d.Parts {
			parts = append(parts, p.Type)
			if (p.Type == model.PartImage || p.Type == model.PartVoice) && p.FileID == nil {
				t.Errorf("the %s was not fetched", p.Type)
			}
		}
		if fmt.Sprint(parts) != "[text image location voice]" {
			t.Errorf("parts %v", parts)
		}

		step := func(d Detail, err error) Detail {
			t.Helper()
			must(t, err)
			return d
		}
		step(c.s.Accept(ctx, c.desk, id, AcceptInput{Category: model.CategoryComplaint, Note: "已核实"}))
		step(c.s.Refer(ctx, c.desk, id, c.clinics, "请派人清理"))
		if reply := c.say("进度"); !strings.Contains(reply, "HY20261123-0001 “门诊大厅地面积水，老人容易滑倒”：已转交，卫生健康委，期限 2026年12月7日") {
			t.Errorf("progress %q", reply)
		}
		if reply := c.door("people/li/click", map[string]any{"appid": clinic, "key": "MY_REQUESTS"}); !strings.Contains(reply, "已转交") {
			t.Errorf("menu %q", reply)
		}
		step(c.s.Handle(ctx, c.stranger, id, "")) // works for the clinics
		step(c.s.Reply(ctx, c.stranger, id, "保洁已到现场"))
		if reply := c.say("评价5"); reply != "您目前没有待评价的诉求。回复“进度”查询办理情况。" {
			t.Errorf("a rating too early %q", reply)
		}
		closed := step(c.s.Close(ctx, c.stranger, id, "已清理并铺设防滑垫。"))
		if closed.Deadline != "2026-11-30" || closed.Clock != model.ClockRate {
			t.Errorf("rating until %s", closed.Deadline)
		}
		if reply := c.say("评价 9"); reply != ratingHelp {
			t.Errorf("a wrong rating %q", reply)
		}
		if reply := c.say("评价 4 谢谢"); reply != "感谢您的评价！诉求 HY20261123-0001：满意。" {
			t.Errorf("rating %q", reply)
		}
		if reply := c.say("非常满意"); !strings.Contains(reply, "没有待评价的诉求") {
			t.Errorf("a second rating %q", reply)
		}
		d = step(c.s.Request(ctx, c.admin, id))
		if d.State != model.RequestRated || *d.Rating != 4 || d.RatingNote != "谢谢" || len(d.Steps) != 7 || !slices.Equal(d.Actions, []string{"send_back"}) {
			t.Errorf("%+v", d)
		}

		t.Run("the citizen hears of each step once", func(t *testing.T) {
			for kind, want := range map[string]int{"o2o.accepted": 1, "o2o.declined": 0, "o2o.referred": 1, "o2o.replied": 1, "o2o.closed": 1} {
				if got := c.messages(kind); len(got) != want || want == 1 && got[0].RecipientType != model.ToContact {
					t.Errorf("%s: %+v", kind, got)
				}
			}
			if m := c.messages("o2o.referred")[0]; strings.Contains(m.Data, "请派人清理") || m.Period != "HY20261123-0001/3" {
				t.Errorf("a note among staff goes out: %+v", m)
			}
			if m := c.messages("o2o.closed")[0]; !strings.Contains(m.Data, "防滑垫") || !strings.Contains(m.Data, "2026年11月30日") {
				t.Errorf("%s", m.Data)
			}
			told := c.messages(kindToDepartment)
			if len(told) != 1 || told[0].RecipientType != model.ToAccount || told[0].RecipientID != c.stranger.AccountID {
				t.Errorf("the department hears %+v", told)
			}
		})
		t.Run("the audit chain tells who of the staff did what", func(t *testing.T) {
			report, err := audit.Verify(ctx, db)
			if err != nil || report.Entries != 6 { // the account and five steps
				t.Errorf("%+v %v", report, err)
			}
		})
		if strings.Contains(c.log.String(), "积水") || strings.Contains(c.log.String(), token) {
			t.Error("the log holds a citizen's words or a secret")
		}
	})
}

func TestIntake_grouping(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	c := withSandbox(t, modeltest.SQLite(t, clock.Now), clock)
	c.addClinic()
	c.door("people/li/follow", map[string]any{"appid": clinic})
	c.door("people/wang/follow", map[string]any{"appid": clinic})
	last := func() Detail {
		t.Helper()
		p := c.list(c.desk, Filter{})
		d, err := c.s.Request(ctx, c.desk, p.Items[0].ID)
		must(t, err)
		return d
	}
	t.Run("a photo opens a request, and the first words become its content", func(t *testing.T) {
		if reply := c.door("people/li/say", map[string]any{"appid": clinic, "type": "image"}); !strings.Contains(reply, "HY20261123-0001") {
			t.Error(reply)
		}
		if d := last(); d.Content != "（图片）" || len(d.Parts) != 1 {
			t.Errorf("%+v", d)
		}
		c.say("这个窨井盖坏了")
		c.say("就在学校门口")
		if d := last(); d.Content != "这个窨井盖坏了" || len(d.Parts) != 3 {
			t.Errorf("%+v", d)
		}
	})
	t.Run("ten minutes after the last message the next one is a new request", func(t *testing.T) {
		clock.Add(10*time.Minute - time.Second)
		if reply := c.say("还在那里"); reply != "已补充到诉求 HY20261123-0001。" {
			t.Error(reply)
		}
		clock.Add(10 * time.Minute)
		if reply := c.say("另外公交站牌倒了"); !strings.Contains(reply, "HY20261123-0002") {
			t.Error(reply)
		}
	})
	t.Run("新诉求 ends the collecting", func(t *testing.T) {
		if reply := c.say("新诉求"); !strings.Contains(reply, "请发送新的诉求内容") {
			t.Error(reply)
		}
		if reply := c.say("自来水发黄"); !strings.Contains(reply, "HY20261123-0003") {
			t.Error(reply)
		}
		if reply := c.say("新诉求：停车场乱收费"); !strings.Contains(reply, "HY20261123-0004") || last().Content != "停车场乱收费" {
			t.Error(reply)
		}
	})
	t.Run("an accepted request still collects, a referred one does not", func(t *testing.T) {
		id := last().ID
		must(t, second(c.s.Accept(ctx, c.desk, id, AcceptInput{})))
		if reply := c.say("每小时二十元"); !strings.HasPrefix(reply, "已补充") {
			t.Error(reply)
		}
		must(t, second(c.s.Refer(ctx, c.desk, id, c.roads, "")))
		if reply := c.say("还有一件事要反映"); !strings.Contains(reply, "HY20261123-0005") {
			t.Error(reply)
		}
	})
	t.Run("another citizen has another request", func(t *testing.T) {
		reply := c.door("people/wang/say", map[string]any{"appid": clinic, "type": "location", "lat": 28.9, "lng": 117.5, "label": "广场"})
		if d := last(); !strings.Contains(reply, "HY20261123-0006") || d.Content != "（位置） 广场" || d.Place != "广场" {
			t.Errorf("%s %+v", reply, d.View)
		}
	})
	t.Run("a citizen without requests is told how to begin", func(t *testing.T) {
		must(t, c.db.Read(ctx).Exec("UPDATE request SET contact_id = (SELECT min(id) FROM contact)").Error)
		if reply := c.door("people/wang/say", map[string]any{"appid": clinic, "type": "text", "content": "进度"}); !strings.Contains(reply, "还没有登记过诉求") {
			t.Error(reply)
		}
	})
}

// TestIntake_atOnce repeats and reorders pushes: one effect each, one request for one person.
func TestIntake_atOnce(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		c := newCounty(t, db, clock)
		c.addClinic()
		bodies := []string{
			`<MsgType>text</MsgType><Content>门口积水</Content><MsgId>1001</MsgId>`,
			`<MsgType>image</MsgType><PicUrl>http://mmbiz.qpic.cn/x/0</PicUrl><MediaId>m</MediaId><MsgId>1002</MsgId>`,
			`<MsgType>location</MsgType><Location_X>28.9</Location_X><Location_Y>117.5</Location_Y><Label>广场</Label><MsgId>1003</MsgId>`,
		}
		replies := make([]string, 60) // twenty copies of each, in any order
		var wg sync.WaitGroup
		for _, i := range rand.Perm(len(replies)) {
			wg.Go(func() { replies[i] = c.pushXML("fan-1", bodies[i%len(bodies)]) })
		}
		wg.Wait()
		p := c.list(c.desk, Filter{})
		if p.Total != 1 {
			t.Fatalf("%d requests", p.Total)
		}
		d, err := c.s.Request(ctx, c.desk, p.Items[0].ID)
		must(t, err)
		if len(d.Parts) != 3 || d.Content != "门口积水" || d.Place != "广场" || len(d.Steps) != 1 {
			t.Errorf("%+v", d)
		}
		for i, r := range replies {
			if r != replies[i%len(bodies)] || !strings.Contains(r, d.Number) {
				t.Errorf("copy %d is answered %q", i, r)
			}
		}
	})
}

func TestIntake_otherPushes(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	c := newCounty(t, modeltest.SQLite(t, clock.Now), clock)
	c.addClinic()
	if r := c.pushXML("fan-1", `<MsgType>video</MsgType><MediaId>v</MediaId><MsgId>1</MsgId>`); !strings.Contains(r, "暂不支持") {
		t.Errorf("video: %q", r)
	}
	if r := c.pushXML("fan-1", `<MsgType>event</MsgType><Event>CLICK</Event><EventKey>OTHER</EventKey>`); r != "" {
		t.Errorf("another menu: %q", r)
	}
	if r := c.pushXML("fan-1", `<MsgType>event</MsgType><Event>unsubscribe</Event>`); r != "" {
		t.Errorf("unsubscribe: %q", r)
	}
	long := strings.Repeat("长", 9000)
	c.pushXML("fan-1", `<MsgType>text</MsgType><Content>`+long+`</Content><MsgId>2</MsgId>`)
	p := c.list(c.desk, Filter{})
	if p.Total != 1 || p.Items[0].Content != long {
		t.Errorf("a long text: %d", p.Total)
	}
	t.Run("a message to the mini-program is no request", func(t *testing.T) {
		reply, err := c.s.answering(c.s.takeIn)(model.Tx{DB: c.db.Read(ctx).DB, Now: c.db.Now()}, wechat.Push{AppID: mini, Kind: "text", Content: "你好", OpenID: "x"})
		if err != nil || reply != "" {
			t.Errorf("%q %v", reply, err)
		}
	})
	t.Run("a citizen whose account is tied to the contact sees, rates and withdraws in the mini-program", func(t *testing.T) {
		must(t, c.db.Read(ctx).Exec("UPDATE contact SET account_id = ? WHERE openid = 'fan-1'", c.neighbour.AccountID).Error)
		d, err := c.s.Withdraw(ctx, c.neighbour, p.Items[0].ID)
		if err != nil || d.State != model.RequestWithdrawn || !d.Mine {
			t.Errorf("%+v %v", d.View, err)
		}
	})
}

// pushXML sends one encrypted push as WeChat does and returns the text of the reply.
func (c *county) pushXML(openid, body string) string {
	raw := fmt.Sprintf(`<xml><ToUserName>gh_0123456789ab</ToUserName><FromUserName>%s</FromUserName><CreateTime>%d</CreateTime>%s</xml>`,
		openid, c.clock.Now().Unix(), body)
	sealed, err := util.EncryptMsg([]byte("0123456789abcdef"), []byte(raw), clinic, aesKey)
	if err != nil {
		c.t.Error(err)
		return ""
	}
	stamp, nonce := fmt.Sprint(c.clock.Now().Unix()), "nonce"
	q := wechat.CallbackQuery{Timestamp: stamp, Nonce: nonce, EncryptType: "aes", Signature: util.Signature(token, stamp, nonce),
		MsgSignature: util.Signature(token, stamp, nonce, string(sealed))}
	reply, err := c.push.Receive(ctx, clinic, q, fmt.Appendf(nil, "<xml><Encrypt><![CDATA[%s]]></Encrypt></xml>", sealed))
	if err != nil {
		c.t.Error(err)
		return ""
	}
	if reply == nil {
		return ""
	}
	var envelope struct{ Encrypt string }
	var text struct{ Content string }
	err = xml.Unmarshal(reply, &envelope)
	if err == nil {
		_, raw, decryptErr := util.DecryptMsg(clinic, envelope.Encrypt, aesKey)
		if err = decryptErr; err == nil {
			err = xml.Unmarshal(raw, &text)
		}
	}
	if err != nil {
		c.t.Error(err)
	}
	return text.Content
}

func TestFetch(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	c := withSandbox(t, modeltest.SQLite(t, clock.Now), clock)
	c.addClinic()
	c.door("people/li/follow", map[string]any{"appid": clinic})
	work := func() {
		for n := 1; n > 0; {
			var err error
			n, err = c.push.Work(ctx)
			must(t, err)
		}
	}
	c.door("faults", map[string]any{"api": "cgi-bin/media/get", "errcode": 48001, "times": 1})
	c.door("people/li/say", map[string]any{"appid": clinic, "type": "image"})
	work()
	p := c.list(c.desk, Filter{})
	d, err := c.s.Request(ctx, c.desk, p.Items[0].ID)
	must(t, err)
	if d.Parts[0].FileID == nil {
		t.Error("an account without the media interface gets the picture by its address")
	}
	c.door("faults", map[string]any{"api": "cgi-bin/media/get", "status": 500, "times": 1})
	c.door("people/li/say", map[string]any{"appid": clinic, "type": "voice"})
	work()
	d, err = c.s.Request(ctx, c.desk, d.ID)
	must(t, err)
	if d.Parts[1].FileID != nil {
		t.Error("the fault did not work")
	}
	clock.Add(time.Minute)
	work()
	if d, err = c.s.Request(ctx, c.desk, d.ID); err != nil || d.Parts[1].FileID == nil {
		t.Errorf("a voice that WeChat could not give at first is fetched later: %+v %v", d.Parts, err)
	}
	var files int64
	must(t, c.db.Read(ctx).Model(&model.File{}).Count(&files).Error)
	var kept model.Callback
	must(t, c.db.Read(ctx).Where("kind = 'voice'").Take(&kept).Error)
	must(t, c.s.fetch(ctx, kept.ID, wechat.Push{AppID: clinic, Kind: "voice", MediaID: "gone"}))
	if files != 2 {
		t.Errorf("%d files", files)
	}
	if _, err := c.s.Request(ctx, access.Viewer{}, d.ID); !fault.Is(err, "not_found") {
		t.Error(err)
	}
}
