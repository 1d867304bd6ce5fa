package dues

import (
	"testing"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/schedule"
)

func TestReminder_Skips(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		paid, recorded, cancelled, open := w.payer("甲一支部", "付", 100), w.payer("甲一支部", "登", 100), w.payer("甲一支部", "废", 100), w.payer("甲一支部", "欠", 100)
		ordered, refused := w.payer("甲一支部", "网", 100), w.payer("甲一支部", "退", 100)
		exempt := w.payer("甲一支部", "免", 100)
		w.relief(exempt, model.ReliefExempt, model.ReliefApproved, 0, "2026-11", "2026-11")
		w.bill("2026-11-01")
		w.pay(w.billOf(paid, "2026-11"), "2026-11-05")
		w.payment(w.billOf(recorded, "2026-11"), model.PaymentRecorded, "2026-11-05")
		w.payment(w.billOf(ordered, "2026-11"), model.PaymentOpen, "")
		closed := w.payment(w.billOf(refused, "2026-11"), model.PaymentClosed, "2026-11-05")
		must(t, w.db.Read(ctx).Exec("UPDATE dues_payment_bill SET live = ? WHERE payment_id = ?", false, closed.ID).Error)
		must(t, w.db.Read(ctx).Exec("UPDATE dues_bill SET state = 'CANCELLED' WHERE member_id = ?", cancelled.ID).Error)
		summary, err := w.s.remind(ctx, schedule.Run{Day: "2026-11-28"})
		must(t, err)
		if summary != "2026年11月：3名党员尚未缴纳党费，新发出温馨提示3条" {
			t.Error(summary)
		}
		for _, test := range []struct {
			sentence string
			m        model.Member
			want     int64
		}{
			{"who owes is told", open, 1}, {"who has paid is not", paid, 0}, {"nor who is exempt", exempt, 0}, {"nor whose bill was cancelled", cancelled, 0},
			{"nor whose payment waits for the second person", recorded, 0}, {"who began to pay online and has not finished is told", ordered, 1}, {"so is whose payment was not confirmed", refused, 1},
		} {
			if n := w.sum("SELECT count(*) AS n FROM message WHERE recipient_id = ? AND kind = ?", test.m.ID, KindReminder); n != test.want {
				t.Errorf("%s: %d messages", test.sentence, n)
			}
		}
	})
}

func TestReminders(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		states := map[string]model.Member{}
		for _, state := range []string{model.DeliverySent, model.DeliveryPending, model.DeliverySending, model.DeliveryUnreachable, model.DeliveryFailed, model.DeliveryUnknown} {
			states[state] = w.payer("甲一支部", state, 100)
		}
		w.payer("乙一支部", "外", 100)
		w.bill("2026-11-01")
		_, err := w.s.remind(ctx, schedule.Run{Day: "2026-11-28"})
		must(t, err)
		for state, m := range states {
			channel, code := "subscribe", 0
			if state == model.DeliveryFailed {
				code = 43101
			}
			must(t, w.db.Read(ctx).Exec("UPDATE delivery SET state = ?, channel = ?, errcode = ? WHERE message_id = (SELECT id FROM message WHERE recipient_id = ? AND period = '2026-11')", state, channel, code, m.ID).Error)
		}
		sent := states[model.DeliverySent]
		must(t, w.db.Read(ctx).Exec("UPDATE message SET read_at = ? WHERE recipient_id = ?", w.db.Now(), sent.ID).Error)
		w.pay(w.billOf(sent, "2026-11"), "2026-11-29")
		branch := w.holder(model.RoleCollector, "甲一支部")

		t.Run("by which channel, with what answer, whether read and paid since", func(t *testing.T) {
			rows, counts, err := w.s.Reminders(ctx, branch, ReminderFilter{}, 0, 100)
			must(t, err)
			if counts != (ReminderCounts{Count: 6, Sent: 1, Waiting: 2, Inbox: 1, Failed: 1, Unknown: 1, Read: 1, Paid: 1}) || len(rows) != 6 {
				t.Fatalf("%+v, %d rows", counts, len(rows))
			}
			want := map[string][2]string{
				model.DeliverySent: {"小程序订阅消息", "微信已接收"}, model.DeliveryPending: {"小程序订阅消息", "等待发送"}, model.DeliverySending: {"小程序订阅消息", "等待发送"},
				model.DeliveryUnreachable: {"站内消息", "已放入站内消息，没有可用的微信渠道"}, model.DeliveryFailed: {"小程序订阅消息", "微信未接收：本人没有授权接收"},
				model.DeliveryUnknown: {"小程序订阅消息", "微信没有答复，是否送达不明"}}
			for _, r := range rows {
				if got := [2]string{r.ChannelText, r.ResultText}; got != want[r.MemberName] || r.OrgName != "甲一支部" || r.At.IsZero() {
					t.Errorf("%s: %v", r.MemberName, got)
				}
				if isSent := r.MemberID == sent.ID; r.Paid != isSent || (r.ReadAt != nil) != isSent {
					t.Errorf("%+v", r)
				}
			}
		})
		t.Run("narrowed by result, month and organisation", func(t *testing.T) {
			city := w.holder(model.RoleAdmin, "市委")
			for want, f := range map[int64]ReminderFilter{0: {Month: "2026-10"}, 1: {OrgID: w.orgs["乙党委"].ID}, 2: {Result: ReminderWaiting, OrgID: w.orgs["甲党委"].ID}, 7: {Month: "2026-11"}} {
				if rows, counts, err := w.s.Reminders(ctx, city, f, 0, 100); err != nil || counts.Count != want || int64(len(rows)) != want {
					t.Errorf("%+v: %+v, %d rows, %v", f, counts, len(rows), err)
				}
			}
		})
		for _, test := range []struct {
			who  string
			v    access.Viewer
			want int64
		}{{"nobody", access.Viewer{}, 0}, {"a leader", w.holder(model.RoleLeader, "市委"), 0}, {"the member himself", w.as(sent), 0}, {"the sibling's collector", w.holder(model.RoleCollector, "甲二支部"), 0},
			{"the committee's administrator", w.holder(model.RoleAdmin, "甲党委"), 6}, {"the other committee's", w.holder(model.RoleAdmin, "乙党委"), 1}} {
			t.Run(test.who+" sees those of the own organisations alone", func(t *testing.T) {
				if _, counts, err := w.s.Reminders(ctx, test.v, ReminderFilter{}, 0, 100); err != nil || counts.Count != test.want {
					t.Fatalf("%+v, %v", counts, err)
				}
			})
		}
	})
}
