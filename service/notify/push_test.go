package notify_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"hongyun/model"
	"hongyun/wechat"
	"hongyun/wechat/sandbox"
)

func TestNotify_Credit(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		m, account := r.member(0)
		accept := func() {
			r.door("POST", "people/"+person(m)+"/accept", map[string]any{"template_ids": []string{duesTemplate}})
		}
		accept()
		equal(t, "accepted once", r.credit(account, duesTemplate), 1)
		r.clock.Add(time.Second)
		r.fault(sandbox.Fault{API: "callback", Repeat: 5})
		accept()
		equal(t, "accepted twice, though WeChat repeats itself", r.credit(account, duesTemplate), 2)
		r.clock.Add(time.Second)
		r.door("POST", "people/"+person(m)+"/accept", map[string]any{"template_ids": []string{}, "rejected_ids": []string{duesTemplate}})
		equal(t, "a no changes nothing", r.credit(account, duesTemplate), 2)
		r.clock.Add(time.Second)
		r.door("POST", "people/"+person(m)+"/reject-template", map[string]any{"template_id": duesTemplate})
		equal(t, "turned off in the settings", r.credit(account, duesTemplate), 0)
		r.door("POST", "people/m-4711/accept", map[string]any{"template_ids": []string{duesTemplate}})
		equal(t, "somebody who has never signed in", r.credit(account, duesTemplate), 0)
	})
}

func TestNotify_Window(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		m, _ := r.member(0)
		read := func() string {
			t.Helper()
			var c model.Contact
			must(t, r.db.Read(context.Background()).Where("appid = ? AND openid = ?", clinic, openID(clinic, m)).Take(&c).Error)
			left := "closed"
			if c.WindowUntil != nil {
				left = c.WindowUntil.Sub(r.clock.Now()).Truncate(time.Second).String()
			}
			return fmt.Sprintf("follows %v, %d within %s", c.Follows, c.WindowLeft, left)
		}
		r.follows(m)
		equal(t, "following", read(), "follows true, 3 within 1m0s")
		r.clock.Add(30 * time.Second)
		r.writes(m)
		equal(t, "writing", read(), "follows true, 5 within 48h0m0s")
		r.clock.Add(time.Hour)
		r.door("POST", "people/"+person(m)+"/click", map[string]any{"appid": clinic, "key": "mine"})
		equal(t, "a click takes nothing away", read(), "follows true, 5 within 47h0m0s")
		r.clock.Add(48 * time.Hour)
		r.door("POST", "people/"+person(m)+"/click", map[string]any{"appid": clinic, "key": "mine"})
		equal(t, "a click later", read(), "follows true, 3 within 1m0s")
		r.door("POST", "people/"+person(m)+"/unfollow", map[string]any{"appid": clinic})
		r.follows(m)
		equal(t, "following again", read(), "follows true, 3 within 1m0s")
	})
}

// WeChat takes the message, is slow to say so, and reports on it afterwards.
func TestNotify_Reconcile(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		m, account := r.member(5)
		contact := r.fan(m, &account)
		event := func(sent wechat.SubscribeSent, at time.Time) {
			t.Helper()
			r.handle("event:"+wechat.EventSubscribeSent, wechat.Push{AppID: mini, OpenID: openID(mini, m), CreatedAt: at,
				Sent: []wechat.SubscribeSent{sent}})
		}
		unknown := func(month string) {
			t.Helper()
			r.fault(sandbox.Fault{API: "callback", Drop: true})
			r.cut(subscribeSend)
			r.queue(dues(m, month))
			r.drain(r.notify)
		}
		state := func(i int) string { return r.deliveries()[i].State }

		unknown("2026-10")
		equal(t, "before the report", state(0), model.DeliveryUnknown)
		event(wechat.SubscribeSent{TemplateID: longTemplate, MsgID: 1}, r.clock.Now())
		equal(t, "a report on another template", state(0), model.DeliveryUnknown)
		event(wechat.SubscribeSent{TemplateID: duesTemplate, MsgID: 77}, r.clock.Now())
		equal(t, "reported as sent", state(0), model.DeliverySent)
		equal(t, "number", r.deliveries()[0].MsgID, "77")
		equal(t, "attempts", len(r.attempts()), 2)

		unknown("2026-11")
		event(wechat.SubscribeSent{TemplateID: duesTemplate, MsgID: 77}, r.clock.Now())
		equal(t, "the report on the first, again", state(1), model.DeliveryUnknown)
		event(wechat.SubscribeSent{TemplateID: duesTemplate, MsgID: 78, ErrorCode: 43101, ErrorStatus: "user refused"}, r.clock.Now())
		equal(t, "reported as not delivered", state(1), model.DeliveryFailed)

		unknown("2026-12")
		r.clock.Add(20 * time.Minute)
		r.fault(sandbox.Fault{API: "callback", Drop: true})
		r.queue(dues(m, "2027-01"))
		r.drain(r.notify)
		equal(t, "known to be sent", state(3), model.DeliverySent)
		event(wechat.SubscribeSent{TemplateID: duesTemplate, MsgID: 80}, r.clock.Now())
		equal(t, "its report ends nobody else", state(2), model.DeliveryUnknown)
		event(wechat.SubscribeSent{TemplateID: duesTemplate, MsgID: 79}, r.clock.Now())
		equal(t, "a late report ends the latest unknown", state(2), model.DeliverySent)
		equal(t, "the credit stays taken", r.credit(account, duesTemplate), 1)

		must(t, r.db.Tx(context.Background(), func(tx model.Tx) error {
			return tx.Model(&model.MessageCredit{}).Where("1 = 1").Update("balance", 0).Error
		}))
		r.fault(sandbox.Fault{API: "callback", Drop: true})
		r.cut(templateSend)
		r.queue(dues(m, "2027-02"))
		r.drain(r.notify)
		equal(t, "a template message without answer", state(4), model.DeliveryUnknown)
		r.handle("event:"+wechat.EventTemplateDone, wechat.Push{AppID: clinic, OpenID: r.contact(contact).OpenID, CreatedAt: r.clock.Now(),
			TemplateMsgID: 4711, TemplateStatus: "failed:user block"})
		equal(t, "reported as blocked", state(4), model.DeliveryFailed)
		r.handle("event:"+wechat.EventTemplateDone, wechat.Push{AppID: clinic, OpenID: "o-stranger", CreatedAt: r.clock.Now(),
			TemplateMsgID: 4712, TemplateStatus: "success"})
	})
}

// WeChat's report overtakes its answer, which never comes.
func TestNotify_ReportBeforeAnswer(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		m, _ := r.member(1)
		r.setAfter(func(path string) {
			if path == subscribeSend {
				r.handle("event:"+wechat.EventSubscribeSent, wechat.Push{AppID: mini, OpenID: openID(mini, m), CreatedAt: r.clock.Now(),
					Sent: []wechat.SubscribeSent{{TemplateID: duesTemplate, MsgID: 5}}})
			}
		})
		r.cut(subscribeSend)
		r.fault(sandbox.Fault{API: "callback", Drop: true})
		r.queue(dues(m, "2026-11"))
		r.drain(r.notify)
		d := r.only()
		equal(t, "state", d.State, model.DeliverySent)
		equal(t, "number", d.MsgID, "5")
	})
}

// handle gives a push to its handler, as package callback does.
func (r *rig) handle(kind string, p wechat.Push) {
	r.t.Helper()
	must(r.t, r.db.Tx(context.Background(), func(tx model.Tx) error {
		_, err := r.notify.Handlers()[kind](tx, p)
		return err
	}))
}

// Whoever follows an official account of the same open-platform account is recognised and can be told things there.
func TestNotify_Recognise(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		m, account := r.member(0)
		r.follows(m)
		work := func() {
			for n := 1; n > 0; {
				var err error
				n, err = r.push.Work(context.Background())
				must(t, err)
			}
		}
		work()
		var c model.Contact
		must(t, r.db.Read(context.Background()).Where("appid = ?", clinic).Take(&c).Error)
		if c.AccountID == nil || *c.AccountID != account || c.UnionID != unionOf(m) {
			t.Fatalf("the contact is %+v, want account %d", c, account)
		}
		r.queue(dues(m, "2026-11"))
		r.drain(r.notify)
		equal(t, "channel", r.deliveries()[0].Channel, model.ChannelTemplate)
	})
}
