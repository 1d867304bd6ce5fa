package official

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/file/filetest"
)

// talk is a county with one contact of the clinics' account and what he or she has written.
type talk struct {
	*county
	contact int64
}

func newTalk(t *testing.T, db *model.DB, clock *modeltest.Clock) *talk {
	c := &talk{county: newCounty(t, db, clock)}
	c.addClinic()
	c.contact = c.somebody("openid-secret-1")
	return c
}

func (c *talk) somebody(openid string) int64 {
	c.t.Helper()
	until := c.db.Now().Add(48 * time.Hour)
	row := model.Contact{AppID: clinic, OpenID: openid, UnionID: "union-" + openid, Follows: true, WindowUntil: &until, WindowLeft: 5, CreatedAt: c.db.Now()}
	must(c.t, c.db.Read(ctx).Create(&row).Error)
	return row.ID
}

// says adds a message that is no request.
func (c *talk) says(text string) {
	c.t.Helper()
	c.clock.Add(time.Minute)
	must(c.t, c.db.Read(ctx).Create(&model.ContactMessage{ContactID: c.contact, Direction: model.DirectionIn, Type: model.PartText, Content: text, CreatedAt: c.db.Now()}).Error)
	c.opens()
}

// thanks adds a message that asks for nothing.
func (c *talk) thanks(text string) {
	c.t.Helper()
	c.says(text)
	must(c.t, c.db.Read(ctx).Exec("UPDATE contact_message SET courtesy = TRUE WHERE id = (SELECT max(id) FROM contact_message)").Error)
}

// asks adds a request with one part.
func (c *talk) asks(text string, r model.Request) int64 {
	c.t.Helper()
	c.clock.Add(time.Minute)
	r.ContactID, r.IntakeDepartmentID, r.Content = &c.contact, &c.clinics, text
	if r.State == "" {
		r.State = model.RequestHandling
	}
	id := c.put(r)
	must(c.t, c.db.Read(ctx).Create(&model.RequestPart{RequestID: id, Type: model.PartText, Content: text, CreatedAt: c.db.Now()}).Error)
	c.opens()
	return id
}

// opens is what WeChat's window does after a message.
func (c *talk) opens() {
	c.t.Helper()
	must(c.t, c.db.Read(ctx).Exec("UPDATE contact SET window_until = ?, window_left = 5 WHERE id = ?", c.db.Now().Add(48*time.Hour), c.contact).Error)
}

func (c *talk) reads(v access.Viewer) (texts []string) {
	c.t.Helper()
	d, err := c.s.Conversation(ctx, v, c.contact, 0, 50)
	if fault.Is(err, "not_found") || fault.Is(err, "auth.forbidden") {
		return nil
	}
	must(c.t, err)
	for _, m := range d.Messages {
		texts = append(texts, m.Content)
	}
	if int(d.Total) != len(texts) || len(texts) > 0 && d.Last.Content != texts[len(texts)-1] {
		c.t.Errorf("total %d, last %q of %q", d.Total, d.Last.Content, texts)
	}
	return texts
}

func TestConversation_scope(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		c := newTalk(t, db, clock)
		c.says("你们周末上班吗")
		c.asks("我要看病", model.Request{DepartmentID: &c.clinics})
		c.asks("匿名的事", model.Request{DepartmentID: &c.clinics, Anonymous: true})
		c.asks("保密的事", model.Request{DepartmentID: &c.clinics, Confidential: true})
		c.asks("路灯坏了", model.Request{DepartmentID: &c.roads})
		c.asks("谢谢", model.Request{State: model.RequestConversation})
		c.asks("举报卫健委收费", model.Request{DepartmentID: &c.roads, Confidential: true, SubjectDepartmentID: &c.clinics})
		c.asks("投诉卫健委态度", model.Request{State: model.RequestConversation, SubjectDepartmentID: &c.clinics})
		all := "你们周末上班吗 我要看病 匿名的事 保密的事 路灯坏了 谢谢 举报卫健委收费 投诉卫健委态度"
		both := c.person("何兼职", 1, model.RoleGrant{Role: model.RoleDesk, OrgID: new(int64(1))}, model.RoleGrant{Role: model.RoleDepartmentHandler, DepartmentID: &c.clinics})
		for _, x := range []struct {
			name string
			v    access.Viewer
			want string
		}{
			{"the window reads everything", c.desk, all}, {"so does the city's administrator", c.admin, all},
			{"the city's leader reads nothing of somebody who is not to be known", c.leader, "你们周末上班吗 我要看病 路灯坏了 谢谢 投诉卫健委态度"},
			{"the account's unit reads its own", c.stranger, "你们周末上班吗 我要看病 谢谢"},
			{"at the window, too, nobody reads a complaint about the own unit", both, "你们周末上班吗 我要看病 匿名的事 保密的事 路灯坏了 谢谢"},
			{"another unit reads nothing, though a request is its", c.handler, ""},
			{"nor does an administrator below", c.committee, ""}, {"nor a citizen", c.citizen, ""},
		} {
			if got := strings.Join(c.reads(x.v), " "); got != x.want {
				t.Errorf("%s: %q, want %q", x.name, got, x.want)
			}
		}
		t.Run("a courtesy may go with a request that leaves no trace", func(t *testing.T) {
			c.thanks("好的")
			for _, x := range []struct {
				name string
				v    access.Viewer
				sees bool
			}{{"the window", c.desk, true}, {"the city's leader", c.leader, false}, {"the unit complained of", c.stranger, false}, {"a clerk of it at the window", both, false}} {
				if got := strings.Contains(strings.Join(c.reads(x.v), " "), "好的"); got != x.sees {
					t.Errorf("%s reads it: %v", x.name, got)
				}
			}
			must(t, db.Read(ctx).Exec("DELETE FROM contact_message WHERE courtesy").Error)
		})
		t.Run("no list says who the citizen is", func(t *testing.T) {
			for _, v := range []access.Viewer{c.desk, c.stranger} {
				rows, total, err := c.s.Conversations(ctx, v, ConversationFilter{}, 0, 50)
				must(t, err)
				d, err := c.s.Conversation(ctx, v, c.contact, 0, 50)
				must(t, err)
				raw, err := json.Marshal([]any{rows, d})
				must(t, err)
				if total != 1 || strings.Contains(string(raw), "openid-secret") || rows[0].Name != fmt.Sprintf("公众号用户 #%d", c.contact) {
					t.Errorf("%d %s", total, raw)
				}
			}
		})
		t.Run("a file goes with its message", func(t *testing.T) {
			f, err := c.files.SavePhoto(ctx, 0, "现场.png", filetest.PNG(1))
			must(t, err)
			for _, x := range []struct {
				part string
				sees bool
			}{{"我要看病", true}, {"谢谢", true}, {"保密的事", false}, {"举报卫健委收费", false}} {
				must(t, db.Read(ctx).Exec("UPDATE request_part SET file_id = NULL").Error)
				must(t, db.Read(ctx).Exec("UPDATE request_part SET file_id = ? WHERE content = ?", f.ID, x.part).Error)
				if sees, err := c.s.MaySeeFile(ctx, c.stranger, f.ID); err != nil || sees != x.sees {
					t.Errorf("%s: %v %v", x.part, sees, err)
				}
			}
		})
	})
}

// A complaint about the unit must not show itself by what it changes around it.
func TestConversation_noTrace(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		c := newTalk(t, db, clock)
		c.says("你们周末上班吗")
		clock.Add(72 * time.Hour)
		before, err := c.s.Conversation(ctx, c.stranger, c.contact, 0, 50)
		must(t, err)
		c.asks("举报卫健委收费", model.Request{Confidential: true, SubjectDepartmentID: &c.clinics, State: model.RequestSubmitted})
		_, err = c.s.Answer(ctx, c.desk, c.contact, AnswerInput{Content: "您举报的事已登记"}, "")
		must(t, err)
		both := c.person("何兼职", 1, model.RoleGrant{Role: model.RoleDesk, OrgID: new(int64(1))}, model.RoleGrant{Role: model.RoleDepartmentHandler, DepartmentID: &c.clinics})
		if got := c.reads(both); len(got) != 1 || len(c.reads(c.desk)) != 3 {
			t.Errorf("at the window, who works for the unit reads %q", got)
		}
		after, err := c.s.Conversation(ctx, c.stranger, c.contact, 0, 50)
		must(t, err)
		a, _ := json.Marshal(before)
		b, _ := json.Marshal(after)
		if string(a) != string(b) {
			t.Errorf("before %s\nafter  %s", a, b)
		}
		if err := second(c.s.Answer(ctx, c.stranger, c.contact, AnswerInput{Content: "上班"}, "")); !fault.Is(err, "official.window_closed") {
			t.Errorf("the unit finds the window open: %v", err)
		}
		only := c.somebody("openid-secret-2")
		c.contact = only
		c.asks("举报卫健委主任", model.Request{Confidential: true, SubjectDepartmentID: &c.clinics, State: model.RequestSubmitted})
		if rows, total, err := c.s.Conversations(ctx, c.stranger, ConversationFilter{}, 0, 50); err != nil || total != 1 || len(rows) != 1 {
			t.Errorf("%d %+v %v", total, rows, err)
		}
		if err := second(c.s.Conversation(ctx, c.stranger, only, 0, 50)); !fault.Is(err, "not_found") {
			t.Error(err)
		}
		if err := second(c.s.Answer(ctx, c.stranger, only, AnswerInput{Content: "在吗"}, "")); !fault.Is(err, "not_found") {
			t.Error(err)
		}
	})
}

func TestAnswer(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		c := newTalk(t, db, clock)
		answer := func(v access.Viewer, key string) error {
			return second(c.s.Answer(ctx, v, c.contact, AnswerInput{Content: "周六上午上班"}, key))
		}
		first := func() Conversation {
			t.Helper()
			rows, _, err := c.s.Conversations(ctx, c.stranger, ConversationFilter{}, 0, 50)
			must(t, err)
			return rows[0]
		}
		c.asks("我要看病", model.Request{DepartmentID: &c.clinics})
		t.Run("a request is answered on its own way, a message in the conversation", func(t *testing.T) {
			if first().Unanswered {
				t.Error("a request waits for an answer here")
			}
			c.says("你们周末上班吗")
			if r := first(); !r.Unanswered || !r.MayAnswer || r.Last.Content != "你们周末上班吗" {
				t.Errorf("%+v", r)
			}
			if c.thanks("在吗"); !first().Unanswered {
				t.Error("a courtesy is taken for an answer")
			}
		})
		t.Run("the same key answers once, also at the same moment", func(t *testing.T) {
			errs := make([]error, 4)
			var wg sync.WaitGroup
			for i := range errs {
				wg.Go(func() { errs[i] = answer(c.stranger, "tap") })
			}
			wg.Wait()
			for _, err := range errs {
				must(t, err)
			}
			if sent := c.messages(kindAnswer); len(sent) != 1 || sent[0].RecipientType != model.ToContact || sent[0].RecipientID != c.contact {
				t.Errorf("%+v", sent)
			}
			d, err := c.s.Conversation(ctx, c.desk, c.contact, 0, 50)
			must(t, err)
			if last := d.Messages[len(d.Messages)-1]; d.Total != 4 || last.Direction != model.DirectionOut || last.Delivery != model.DeliveryPending || d.Unanswered {
				t.Errorf("%+v", d)
			}
			var trail model.AuditEntry
			must(t, db.Read(ctx).Where("action = ?", "official.answer").Take(&trail).Error)
			if strings.Contains(fmt.Sprintf("%+v", trail), "周六") {
				t.Error("the log repeats the answer")
			}
			if c.thanks("谢谢"); first().Unanswered {
				t.Error("a courtesy waits for an answer")
			}
		})
		t.Run("unanswered ones come first", func(t *testing.T) {
			old := c.contact
			c.contact = c.somebody("openid-secret-3")
			c.says("在吗")
			waiting := c.contact
			c.contact = old
			c.asks("又有一件", model.Request{DepartmentID: &c.clinics})
			if first().ID != waiting {
				t.Error("the answered one is first")
			}
			rows, total, err := c.s.Conversations(ctx, c.desk, ConversationFilter{Unanswered: true}, 0, 50)
			if err != nil || total != 1 || rows[0].ID != waiting {
				t.Errorf("%d %v", total, err)
			}
			if _, total, err = c.s.Conversations(ctx, c.desk, ConversationFilter{AccountID: 999}, 0, 50); err != nil || total != 0 {
				t.Errorf("%d %v", total, err)
			}
		})
		t.Run("who may not answer", func(t *testing.T) {
			for _, x := range []struct {
				v    access.Viewer
				code string
			}{{c.leader, "auth.forbidden"}, {c.handler, "not_found"}, {c.citizen, "auth.forbidden"}, {c.committee, "auth.forbidden"}} {
				if err := answer(x.v, ""); !fault.Is(err, x.code) {
					t.Errorf("%s: %v", x.v.Name, err)
				}
			}
		})
		t.Run("only in the window that WeChat keeps, what waits is counted", func(t *testing.T) {
			for range 4 {
				must(t, answer(c.desk, ""))
			}
			if err := answer(c.desk, ""); !fault.Is(err, "official.window_closed") {
				t.Errorf("a sixth: %v", err)
			}
			must(t, db.Read(ctx).Exec("UPDATE delivery SET state = 'sent'").Error)
			c.says("收到")
			must(t, answer(c.desk, ""))
			clock.Add(49 * time.Hour)
			if err := answer(c.desk, ""); !fault.Is(err, "official.window_closed") {
				t.Errorf("after 49 hours: %v", err)
			}
			c.says("还在吗")
			must(t, db.Read(ctx).Exec("UPDATE contact SET follows = ?", false).Error)
			if err := answer(c.desk, ""); !fault.Is(err, "official.not_following") {
				t.Errorf("who has left: %v", err)
			}
		})
		t.Run("what is on the wire has been taken from the window and counts no second time", func(t *testing.T) {
			must(t, db.Read(ctx).Exec("UPDATE contact SET follows = ?", true).Error)
			c.says("那周日呢")
			must(t, db.Read(ctx).Exec("UPDATE delivery SET state = ?", model.DeliverySending).Error)
			must(t, db.Read(ctx).Exec("UPDATE contact SET window_left = 1 WHERE id = ?", c.contact).Error)
			must(t, answer(c.desk, ""))
			if err := answer(c.desk, ""); !fault.Is(err, "official.window_closed") {
				t.Errorf("a sixth: %v", err)
			}
		})
	})
}
