package notify_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/notify"
	"hongyun/wechat/sandbox"
)

func TestNotify_Channels(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		m, account := r.member(1)
		contact := r.fan(m, &account)
		r.writes(m)

		r.queue(dues(m, "2026-11"))
		r.drain(r.notify)
		d := r.only()
		equal(t, "first: the subscribe message", d.State+" "+d.Channel, "sent subscribe")
		equal(t, "credit", r.credit(account, duesTemplate), 0)
		got := r.phone(m)[0]
		equal(t, "title", got["title"], any("党费缴纳提醒"))
		equal(t, "page", got["page"], any("pages/dues/bill?month=2026-11"))
		equal(t, "field", got["data"].(map[string]any)["amount2"], any("¥3.00"))

		r.queue(dues(m, "2026-12"))
		r.drain(r.notify)
		d = r.deliveries()[1]
		equal(t, "without credit: the template message", d.State+" "+d.Channel, "sent template")
		if d.MsgID == "" {
			t.Error("a template message has no number")
		}
		equal(t, "jump", r.phone(m)[0]["page"], any("pages/dues/bill?month=2026-12"))

		r.door("POST", "people/"+person(m)+"/unfollow", map[string]any{"appid": clinic})
		equal(t, "follows", r.contact(contact).Follows, false)
		r.queue(dues(m, "2027-01"))
		r.drain(r.notify)
		equal(t, "nothing left", r.deliveries()[2].State, model.DeliveryUnreachable)
		feed, err := r.notify.Inbox(context.Background(), viewer(account, m), 0, 0)
		must(t, err)
		equal(t, "the inbox has all", len(feed.Items), 3)

		r.follows(m)
		r.writes(m)
		r.templateOff("dues.reminder")
		r.queue(dues(m, "2027-02"))
		r.drain(r.notify)
		d = r.deliveries()[3]
		equal(t, "inside the window: the customer-service message", d.State+" "+d.Channel, "sent customer")
		equal(t, "window", r.contact(contact).WindowLeft, 4)
		equal(t, "text", r.phone(m)[0]["content"], any("【党费缴纳提醒】\n李卫国同志，2027-02党费为¥3.00。"))
		equal(t, "attempts", len(r.attempts()), 3)
	})
}

func TestNotify_ChannelsOfContact(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		m, account := r.member(0)
		contact := r.fan(m, nil)
		r.writes(m)
		send := func(no string) model.Delivery {
			t.Helper()
			r.queue(progress(toContact(contact), no))
			r.drain(r.notify)
			rows := r.deliveries()
			return rows[len(rows)-1]
		}
		for _, no := range []string{"1", "2", "3", "4", "5"} {
			d := send(no)
			equal(t, "in the window", d.State+" "+d.Channel, "sent customer")
		}
		d := send("6")
		equal(t, "the window is used up", d.State+" "+d.Channel, "sent template")

		r.door("POST", "people/"+person(m)+"/unfollow", map[string]any{"appid": clinic})
		equal(t, "nobody knows whose contact it is", send("7").State, model.DeliveryUnreachable)
		must(t, r.db.Tx(context.Background(), func(tx model.Tx) error {
			return tx.Model(&model.Contact{}).Where("id = ?", contact).Update("unionid", unionOf(m)).Error
		}))
		r.door("POST", "people/"+person(m)+"/accept", map[string]any{"template_ids": []string{longTemplate}})
		d = send("8")
		equal(t, "the same person by unionid, long-term template", d.State+" "+d.Channel+" "+d.OpenID, "sent subscribe "+openID(mini, m))
		equal(t, "a long-term template uses up no credit", r.credit(account, longTemplate), 1)
	})
}

func TestNotify_Outcomes(t *testing.T) {
	const credit = 3
	for name, c := range map[string]struct {
		fault   sandbox.Fault
		outcome string // of the first attempt
		state   string
		again   string // not before
		credit  int64
	}{
		"taken":                    {sandbox.Fault{}, "sent", "sent", "", 2},
		"no credit at WeChat":      {sandbox.Fault{ErrCode: 43101}, "no_credit", "unreachable", "", 0},
		"a wrong receiver":         {sandbox.Fault{ErrCode: 40003}, "bad_receiver", "unreachable", "", 3},
		"a field is wrong":         {sandbox.Fault{ErrCode: 47003}, "bad_data", "failed", "", 3},
		"the daily limit":          {sandbox.Fault{ErrCode: 45009}, "daily_limit", "pending", "2026-11-21 00:05:00", 3},
		"WeChat is ill":            {sandbox.Fault{ErrCode: -1}, "retry", "pending", "2026-11-20 09:00:01", 3},
		"WeChat's gateway is ill":  {sandbox.Fault{Status: 502}, "retry", "pending", "2026-11-20 09:00:01", 3},
		"our address is not known": {sandbox.Fault{ErrCode: 40164}, "config", "pending", "2026-11-20 09:10:00", 3},
		"the line breaks":          {sandbox.Fault{Drop: true}, "unknown", "unknown", "", 2},
		"WeChat is slow, and took": {sandbox.Fault{TimeoutMS: 30_000}, "unknown", "unknown", "", 2},
	} {
		t.Run(name, func(t *testing.T) {
			patience := 20 * time.Second
			if c.fault.TimeoutMS > 0 {
				patience = time.Second
			}
			eachWithin(t, patience, func(t *testing.T, r *rig) {
				m, account := r.member(credit)
				r.queue(dues(m, "2026-11"))
				// Without the later report of WeChat, which would end the unknown.
				r.fault(sandbox.Fault{API: "callback", Drop: true, Times: 1})
				if f := c.fault; f != (sandbox.Fault{}) {
					f.API = subscribeSend
					r.fault(f)
				}
				r.drain(r.notify)
				d := r.only()
				equal(t, "state", d.State, c.state)
				equal(t, "credit", r.credit(account, duesTemplate), c.credit)
				attempts := r.attempts()
				equal(t, "attempts", len(attempts), 1)
				equal(t, "outcome", attempts[0].Outcome, c.outcome)
				equal(t, "errcode", attempts[0].Errcode, c.fault.ErrCode)
				if c.again != "" {
					equal(t, "not before", d.NotBefore.Unix(), modeltest.At(c.again).Now().Unix())
				}
				if c.state == "failed" && !strings.Contains(d.Error, "47003") {
					t.Errorf("the error is lost: %q", d.Error)
				}
				if c.again == "" {
					r.clock.Add(24 * time.Hour)
					r.drain(r.notify)
					equal(t, "calls in the end", r.called(subscribeSend), 1)
					return
				}
				r.clock.Add(d.NotBefore.Sub(r.clock.Now()) - time.Millisecond)
				r.drain(r.notify)
				equal(t, "calls before its time", r.called(subscribeSend), 1)
				r.clock.Add(time.Millisecond)
				r.drain(r.notify)
				equal(t, "state in the end", r.only().State, "sent")
				equal(t, "on the phone", len(r.phone(m)), 1)
				equal(t, "credit in the end", r.credit(account, duesTemplate), credit-1)
			})
		})
	}
}

func TestNotify_NextChannel(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		m, account := r.member(1)
		contact := r.fan(m, &account)
		r.writes(m)

		r.fault(sandbox.Fault{API: subscribeSend, ErrCode: 43101})
		r.fault(sandbox.Fault{API: templateSend, ErrCode: 43004})
		r.fault(sandbox.Fault{API: customerSend, ErrCode: 45047})
		r.queue(dues(m, "2026-11"))
		r.drain(r.notify)
		d := r.only()
		equal(t, "state", d.State, model.DeliveryUnreachable)
		equal(t, "the last reason is kept", d.Errcode, 45047)
		var way []string
		for _, a := range r.attempts() {
			way = append(way, a.Channel+":"+a.Outcome)
		}
		equal(t, "way", strings.Join(way, " "), "subscribe:no_credit template:bad_receiver customer:window_closed")
		c := r.contact(contact)
		equal(t, "follows", c.Follows, false)
		equal(t, "window", c.WindowLeft, 0)
		equal(t, "credit", r.credit(account, duesTemplate), 0)
		equal(t, "on the phone", len(r.phone(m)), 0)
	})
}

func TestNotify_NextChannelWithoutPermission(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		m, account := r.member(0)
		contact := r.fan(m, &account)
		r.writes(m)
		r.fault(sandbox.Fault{API: customerSend, ErrCode: 48001})
		r.queue(progress(toContact(contact), "1"))
		r.drain(r.notify)
		d := r.only()
		equal(t, "an account without customer-service messages goes on to the template", d.State+" "+d.Channel, "sent template")
	})
}

func TestNotify_TenTries(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		m, account := r.member(1)
		r.queue(dues(m, "2026-11"))
		r.fault(sandbox.Fault{API: subscribeSend, ErrCode: -1, Times: 100})
		for range 20 {
			r.drain(r.notify)
			r.clock.Add(10 * time.Minute)
		}
		d := r.only()
		equal(t, "state", d.State, model.DeliveryFailed)
		equal(t, "tries", r.called(subscribeSend), 10)
		equal(t, "attempts", d.Attempts, 10)
		equal(t, "credit", r.credit(account, duesTemplate), 1)
	})
}

func TestNotify_ShutDoor(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		s := r.service("b", func(o *notify.Options) { o.Workers = 4 })
		for range 40 {
			m, _ := r.member(1)
			r.queue(dues(m, "2026-11"))
		}
		r.setFailed(mini, true)
		r.drain(s)
		equal(t, "one group knocks, the others know", len(r.attempts()), 4)
		equal(t, "log lines", strings.Count(r.log.String(), "a setting keeps messages"), 1)
		equal(t, "level", strings.Count(r.log.String(), "level=ERROR"), 1)
		for _, d := range r.deliveries() {
			equal(t, "state", d.State, model.DeliveryPending)
			equal(t, "attempts", d.Attempts, 0)
		}
		r.setFailed(mini, false)
		r.clock.Add(11 * time.Minute)
		r.drain(s)
		for _, d := range r.deliveries() {
			equal(t, "state in the end", d.State, model.DeliverySent)
		}
	})
}

func TestNotify_BrokenRows(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		m, account := r.member(2)
		r.queue(dues(m, "2026-10"), dues(m, "2026-11"))
		must(t, r.db.Tx(context.Background(), func(tx model.Tx) error {
			return tx.Model(&model.Message{}).Where("period = ?", "2026-10").Update("data", "[broken").Error
		}))
		r.drain(r.notify)
		rows := r.deliveries()
		equal(t, "broken data", rows[0].State, model.DeliveryFailed)
		equal(t, "its neighbour", rows[1].State, model.DeliverySent)

		must(t, r.db.Tx(context.Background(), func(tx model.Tx) error {
			return tx.Model(&model.MessageTemplate{}).Where("template_id = ?", duesTemplate).Update("fields", "broken").Error
		}))
		r.queue(dues(m, "2026-12"))
		r.drain(r.notify)
		d := r.deliveries()[2]
		equal(t, "a broken template", d.State, model.DeliveryPending)
		equal(t, "again in ten minutes", d.NotBefore.Sub(r.clock.Now()), 10*time.Minute)
		equal(t, "log lines", strings.Count(r.log.String(), "fields cannot be read"), 1)
		equal(t, "credit", r.credit(account, duesTemplate), 1)
	})
}

// follows is the person following the service account again.
func (r *rig) follows(memberID int64) {
	r.t.Helper()
	r.door("POST", "people/"+person(memberID)+"/follow", map[string]any{"appid": clinic})
}

func (r *rig) templateOff(kind string) {
	r.t.Helper()
	must(r.t, r.db.Tx(context.Background(), func(tx model.Tx) error {
		return tx.Model(&model.MessageTemplate{}).Where("kind = ? AND channel = ?", kind, model.ChannelTemplate).Update("enabled", false).Error
	}))
}

// Messages that were queued one after the other reach one phone in that order, however many sends run at once.
func TestNotify_Order(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		m, _ := r.member(12)
		for month := range 12 {
			r.queue(dues(m, fmt.Sprintf("2026-%02d", month+1)))
		}
		r.drain(r.service("a", func(o *notify.Options) { o.Workers = 12 }))
		received := r.phone(m)
		equal(t, "received", len(received), 12)
		for i, got := range received { // newest first
			equal(t, "page", fmt.Sprint(got["page"]), fmt.Sprintf("pages/dues/bill?month=2026-%02d", 12-i))
		}
	})
}
