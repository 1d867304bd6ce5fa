package notify_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"hongyun/model"
	"hongyun/service/fault"
	"hongyun/service/notify"
)

func TestNotify_Queue(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ctx := context.Background()
		m, _ := r.member(0)
		other, _ := r.member(0)

		equal(t, "queued", r.queue(dues(m, "2026-11"), dues(m, "2026-11"), dues(other, "2026-11")), 2)
		equal(t, "queued again", r.queue(dues(other, "2026-11"), dues(m, "2026-11"), dues(m, "2026-12")), 1)
		rows := r.deliveries()
		equal(t, "deliveries", len(rows), 3)
		for _, d := range rows {
			equal(t, "state", d.State, model.DeliveryPending)
			equal(t, "month", d.Month, "2026-11")
			equal(t, "kind", d.Kind, "dues.reminder")
		}

		for name, bad := range map[string]notify.Message{
			"a kind that nobody listed": {Kind: "no.such", To: notify.Recipient{Type: model.ToMember, ID: m}, Period: "1"},
			"an unknown recipient type": {Kind: "birthday.card", To: notify.Recipient{Type: "org", ID: m}, Period: "1"},
			"nobody":                    {Kind: "birthday.card", To: notify.Recipient{Type: model.ToMember}, Period: "1"},
			"no period":                 {Kind: "birthday.card", To: notify.Recipient{Type: model.ToMember, ID: m}},
		} {
			err := r.db.Tx(ctx, func(tx model.Tx) error { _, err := r.notify.Queue(tx, bad); return err })
			if err == nil {
				t.Errorf("%s was queued", name)
			}
		}

		rollback := fmt.Errorf("rolled back")
		err := r.db.Tx(ctx, func(tx model.Tx) error {
			_, err := r.notify.Queue(tx, dues(m, "2027-01"))
			must(t, err)
			return rollback
		})
		equal(t, "error", err, rollback)
		equal(t, "deliveries after a rollback", len(r.deliveries()), 3)
	})
}

// numbers is a recursive SELECT of member messages for the ids from 1 to n.
func numbers(d model.Dialect, n int) string {
	return fmt.Sprintf(`WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < %d)
SELECT 'member', n, %s, '' FROM c`, n, d.JSONObject("name", "'李卫国'", "month", "'2026-11'", "amount", "n"))
}

func TestNotify_QueueSelect(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ctx := context.Background()
		queue := func(n int) (queued int64) {
			must(t, r.db.Tx(ctx, func(tx model.Tx) (err error) {
				queued, err = r.notify.QueueSelect(tx, "dues.reminder", "2026-11", numbers(tx.Dialect, n))
				return err
			}))
			return queued
		}
		equal(t, "queued", queue(10_000), 10_000)
		equal(t, "the second run", queue(10_000), 0)
		r.clock.Add(60_000_000_000)
		equal(t, "a run with 50 more", queue(10_050), 50)

		var twice sync.WaitGroup
		for range 2 {
			twice.Go(func() { queue(10_100) })
		}
		twice.Wait()
		var messages, deliveries, orphans int64
		tx := r.db.Read(ctx)
		must(t, tx.Table("message").Count(&messages).Error)
		must(t, tx.Table("delivery").Where("state = 'pending'").Count(&deliveries).Error)
		must(t, tx.Table("message").Where("id NOT IN (SELECT message_id FROM delivery)").Count(&orphans).Error)
		equal(t, "messages", messages, 10_100)
		equal(t, "deliveries", deliveries, 10_100)
		equal(t, "messages without delivery", orphans, 0)

		feed, err := r.notify.Inbox(ctx, viewer(1, 7), 0, 0)
		must(t, err)
		equal(t, "items", len(feed.Items), 1)
		equal(t, "body", feed.Items[0].Body, "李卫国同志，2026-11党费为7。")
		equal(t, "page", feed.Items[0].Page, "pages/dues/bill?month=2026-11")

		must(t, r.db.Tx(ctx, func(tx model.Tx) error {
			n, err := r.notify.QueueSelect(tx, "birthday.card", "2026", "SELECT 'member', CAST(? AS bigint), '{}', ? WHERE 1 = ?", 7, "pages/card?y=2026", 1)
			equal(t, "queued with arguments", n, 1)
			return err
		}))
		feed, err = r.notify.Inbox(ctx, viewer(1, 7), 0, 0)
		must(t, err)
		equal(t, "the page of the row", feed.Items[0].Page, "pages/card?y=2026")
	})
}

func TestNotify_Inbox(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ctx := context.Background()
		mine, account := r.member(0)
		other, otherAccount := r.member(0)
		linked := r.fan(mine, &account)
		stranger := model.Contact{AppID: clinic, OpenID: "o-stranger", CreatedAt: r.clock.Now()}
		r.insert(&stranger)
		sameUnion := model.Contact{AppID: "wx-other", OpenID: "o-union", UnionID: unionOf(mine), CreatedAt: r.clock.Now()}
		r.insert(&sameUnion)
		r.queue(dues(mine, "2026-10"), dues(mine, "2026-11"), dues(other, "2026-11"),
			progress(notify.Recipient{Type: model.ToAccount, ID: account}, "1"), progress(toContact(linked), "2"),
			progress(toContact(stranger.ID), "3"), progress(toContact(sameUnion.ID), "4"))

		var titles []string
		var seen []int64
		before := int64(0)
		for {
			feed, err := r.notify.Inbox(ctx, viewer(account, mine), before, 2)
			must(t, err)
			for _, item := range feed.Items {
				titles = append(titles, item.Title)
				seen = append(seen, item.ID)
				equal(t, "read", item.Read, false)
				equal(t, "delivery", item.Delivery, model.DeliveryPending)
			}
			if feed.Next == "" {
				break
			}
			_, err = fmt.Sscan(feed.Next, &before)
			must(t, err)
		}
		equal(t, "my messages", len(titles), 5)
		if n, err := r.notify.Unread(ctx, viewer(account, mine)); err != nil || n != 5 {
			t.Errorf("unread: %d, %v", n, err)
		}
		feed, err := r.notify.Inbox(ctx, viewer(otherAccount, other), 0, 0)
		must(t, err)
		equal(t, "the other's messages", len(feed.Items), 1)
		equal(t, "the other's body", feed.Items[0].Body, "李卫国同志，2026-11党费为¥3.00。")

		must(t, r.notify.MarkRead(ctx, viewer(account, mine), seen[0]))
		must(t, r.notify.MarkRead(ctx, viewer(account, mine), seen[0]))
		if err := r.notify.MarkRead(ctx, viewer(account, mine), feed.Items[0].ID); !fault.Is(err, "not_found") {
			t.Errorf("another's message was marked: %v", err)
		}
		if n, _ := r.notify.Unread(ctx, viewer(account, mine)); n != 4 {
			t.Errorf("unread after reading one: %d", n)
		}
		if n, _ := r.notify.Unread(ctx, viewer(otherAccount, other)); n != 1 {
			t.Errorf("the other's unread: %d", n)
		}
		if _, err := r.notify.Inbox(ctx, viewer(0, 0), 0, 0); err == nil {
			t.Error("nobody has an inbox")
		}
		feed, err = r.notify.Inbox(ctx, viewer(other+1000, 0), 0, 0)
		must(t, err)
		equal(t, "somebody without messages", len(feed.Items), 0)
	})
}

func TestNotify_Report(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ctx := context.Background()
		m, account := r.member(2)
		r.queue(dues(m, "2026-11"))
		must(t, r.db.Tx(ctx, func(tx model.Tx) error {
			return tx.Model(&model.Delivery{}).Where("1 = 1").Update("state", model.DeliveryUnknown).Error
		}))

		credits, err := r.notify.Credits(ctx, viewer(account, m))
		must(t, err)
		equal(t, "templates", len(credits), 2)
		equal(t, "credit", credits[0], notify.CreditView{TemplateID: duesTemplate, Kind: "dues.reminder", Title: "党费缴纳提醒", Balance: 2})
		equal(t, "long-term", credits[1], notify.CreditView{TemplateID: longTemplate, Kind: "request.progress", Title: "诉求办理进度", LongTerm: true})

		page, err := r.notify.Deliveries(ctx, cityAdmin(), notify.DeliveryFilter{State: model.DeliveryUnknown, Kind: "dues.reminder", Period: "2026-11", Month: "2026-11"})
		must(t, err)
		equal(t, "unknown deliveries", len(page.Items), 1)
		equal(t, "name", page.Items[0].RecipientName, "李卫国")
		equal(t, "title", page.Items[0].Title, "党费缴纳提醒")
		if _, err := r.notify.Deliveries(ctx, viewer(account, m), notify.DeliveryFilter{}); !fault.Is(err, "auth.forbidden") {
			t.Errorf("a member sees deliveries: %v", err)
		}
		if strings.Contains(fmt.Sprint(page), openID(mini, m)) {
			t.Error("an openid is shown")
		}
	})
}
