package dues

import (
	"fmt"
	"strings"
	"testing"

	"hongyun/model"
	"hongyun/service/schedule"
)

func TestBills_Made(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		plain := w.payer("甲一支部", "工", 1250)
		w.assess(plain, "SALARIED", 3000, "2026-12") // a rise that is not in force yet
		w.assess(plain, "SALARIED", 900, "2025-01")  // what was before
		excused := w.member("甲一支部", "困", "2010-07-01")
		w.assess(excused, "EXEMPT", 77, "2026-01")
		nothing := w.member("甲二支部", "零", "2010-07-01")
		w.assess(nothing, "REDUCED", 0, "2026-01")
		w.member("甲二支部", "未核定", "2010-07-01")
		later := w.member("甲二支部", "后", "2026-11-15")
		w.assess(later, "STUDENT", 20, "2026-01")
		for _, standing := range []string{model.StandingSuspended, model.StandingRemoved, model.StandingDeceased, model.StandingTransferred} {
			gone := w.payer("乙一支部", standing, 1250)
			must(t, w.db.Read(ctx).Model(&model.Member{}).Where("id = ?", gone.ID).Update("standing", standing).Error)
		}

		w.bill("2026-10-01")
		t.Run("one bill for each active member with an assessment in force", func(t *testing.T) {
			if n := w.sum("SELECT count(*) AS n FROM dues_bill"); n != 3 {
				t.Fatalf("%d bills, want 3", n)
			}
			if b := w.billOf(plain, "2026-10"); b.AmountFen != 1250 || b.State != model.BillUnpaid || b.OrgID != plain.OrgID || b.CreatedAt.IsZero() {
				t.Fatalf("got %+v", b)
			}
		})
		t.Run("the exempt owe nothing, and what comes to nothing is exempt", func(t *testing.T) {
			for _, m := range []model.Member{excused, nothing} {
				if b := w.billOf(m, "2026-10"); b.AmountFen != 0 || b.State != model.BillExempt {
					t.Fatalf("%s: %+v", m.Name, b)
				}
			}
		})
		t.Run("a second run makes none, and an assessment changes no bill that is there", func(t *testing.T) {
			w.assess(plain, "SALARIED", 5000, "2026-09")
			if summary := w.bill("2026-10-01"); summary != "2026年10月：新生成党费账单0份" || w.billOf(plain, "2026-10").AmountFen != 1250 {
				t.Fatalf("%s, %+v", summary, w.billOf(plain, "2026-10"))
			}
		})
		t.Run("the first payable month is the whole month of admission, billed together with the next", func(t *testing.T) {
			w.bill("2026-11-01")
			if n := w.sum("SELECT count(*) AS n FROM dues_bill WHERE member_id = ?", later.ID); n != 1 {
				t.Fatalf("%d bills in the month of admission", n) // admitted_on lies in the month of the run
			}
			month := w.member("甲二支部", "月中", "2026-11-16")
			w.assess(month, "STUDENT", 20, "2026-11")
			if summary := w.bill("2026-12-01"); !strings.HasSuffix(summary, "补生成上月新党员账单1份") {
				t.Fatal(summary)
			}
			if w.billOf(month, "2026-11").AmountFen != 20 || w.billOf(month, "2026-12").AmountFen != 20 {
				t.Fatal("bills are missing")
			}
			if n := w.sum("SELECT count(*) AS n FROM dues_bill WHERE member_id = ? AND month < '2026-11'", month.ID); n != 0 {
				t.Fatalf("%d bills from before the admission", n)
			}
		})
		t.Run("in the month of its effect the rise is billed", func(t *testing.T) {
			if got := w.billOf(plain, "2026-12").AmountFen; got != 3000 {
				t.Fatalf("got %d", got)
			}
		})
	})
}

func TestReminder(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		open, paid := w.payer("甲一支部", `王"五\`, 1205), w.payer("甲一支部", "付", 1250)
		gone := map[string]model.Member{}
		for _, standing := range []string{model.StandingSuspended, model.StandingRemoved, model.StandingDeceased, model.StandingTransferred} {
			gone[standing] = w.payer("甲二支部", standing, 1250)
		}
		excused := w.member("甲一支部", "困", "2010-07-01")
		w.assess(excused, "EXEMPT", 0, "2026-01")
		w.bill("2026-10-01")
		w.bill("2026-11-01")
		_, err := w.s.Pay(ctx, w.holder(model.RoleAdmin, "甲一支部"), w.billOf(paid, "2026-11").ID, "", cash(1250))
		must(t, err)
		for standing, m := range gone {
			must(t, w.db.Read(ctx).Model(&model.Member{}).Where("id = ?", m.ID).Update("standing", standing).Error)
		}
		remind := func(day model.Date) string {
			summary, err := w.s.remind(ctx, schedule.Run{Day: day})
			must(t, err)
			return summary
		}

		t.Run("who has an open bill of the month is told, and nobody else", func(t *testing.T) {
			if got := remind("2026-11-30"); got != "2026年11月：1名党员尚未缴纳党费，新发出温馨提示1条" {
				t.Fatal(got)
			}
			feed, err := notifyInbox(w, open)
			must(t, err)
			if len(feed) != 1 || feed[0] != `王"五\同志，您2026年11月的党费12.05元尚未缴纳，请及时向所在党支部缴纳。如已缴纳，请忽略本提示。` {
				t.Fatalf("got %v", feed)
			}
		})
		t.Run("a second run tells nobody again", func(t *testing.T) {
			if got := remind("2026-11-30"); !strings.HasSuffix(got, "新发出温馨提示0条") || w.sum("SELECT count(*) AS n FROM message") != 1 {
				t.Fatal(got)
			}
		})
		t.Run("each message has its delivery and its period", func(t *testing.T) {
			if n := w.sum("SELECT count(*) AS n FROM delivery d JOIN message m ON m.id = d.message_id AND m.period = '2026-11' AND m.kind = ?", KindReminder); n != 1 {
				t.Fatalf("%d deliveries", n)
			}
		})
		t.Run("another month is another reminder", func(t *testing.T) {
			if got := remind("2026-10-31"); !strings.HasSuffix(got, "新发出温馨提示2条") {
				t.Fatal(got)
			}
		})
	})
}

func notifyInbox(w *world, m model.Member) ([]string, error) {
	feed, err := w.s.notify.Inbox(ctx, w.as(m), 0, 10)
	var bodies []string
	for _, i := range feed.Items {
		bodies = append(bodies, i.Body)
	}
	return bodies, err
}

func TestPay(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		admin := w.holder(model.RoleAdmin, "甲一支部")
		a, b, c := w.payer("甲一支部", "一", 1250), w.payer("甲一支部", "二", 1250), w.payer("甲一支部", "三", 1250)
		excused := w.member("甲一支部", "困", "2010-07-01")
		w.assess(excused, "EXEMPT", 0, "2026-01")
		w.bill("2026-11-01")
		bill := w.billOf(a, "2026-11")

		first, err := w.s.Pay(ctx, admin, bill.ID, "key-1", cash(1250))
		must(t, err)
		t.Run("the bill is paid, with its payment, its fact and an entry in the audit log", func(t *testing.T) {
			if w.billOf(a, "2026-11").State != model.BillPaid || first.AmountFen != 1250 || first.BillID != bill.ID || first.Month != "2026-11" {
				t.Fatalf("got %+v", first)
			}
			if n := w.sum("SELECT quantity AS n FROM fact WHERE code = ? AND subject_id = ? AND org_id = ? AND day = '2026-11-20' AND source = ?",
				FactPaid, a.ID, a.OrgID, fmt.Sprintf("dues/%d", bill.ID)); n != 1 {
				t.Fatalf("the fact: %d", n)
			}
			if n := w.sum("SELECT count(*) AS n FROM audit_entry WHERE action = 'dues.pay' AND object_id = ? AND actor_id = ?", bill.ID, admin.AccountID); n != 1 {
				t.Fatalf("%d audit entries", n)
			}
		})
		t.Run("the same key with the same payment answers the same", func(t *testing.T) {
			w.clock.Set("2026-11-21 10:00:00")
			again, err := w.s.Pay(ctx, admin, bill.ID, "key-1", cash(1250))
			must(t, err)
			again.RecordedAt, first.RecordedAt = model.Instant(again.RecordedAt), model.Instant(first.RecordedAt)
			if again != first {
				t.Fatalf("got %+v, want %+v", again, first)
			}
		})
		t.Run("the same key with another payment is refused", func(t *testing.T) {
			other := cash(1250)
			other.PaidOn = "2026-11-19"
			_, err := w.s.Pay(ctx, admin, bill.ID, "key-1", other)
			wantFault(t, err, "dues.key_used")
			_, err = w.s.Pay(ctx, admin, w.billOf(b, "2026-11").ID, "key-1", cash(1250))
			wantFault(t, err, "dues.key_used")
			if w.billOf(b, "2026-11").State != model.BillUnpaid {
				t.Fatal("the other bill was paid")
			}
		})
		t.Run("another administrator's key of the same name is another key", func(t *testing.T) {
			_, err := w.s.Pay(ctx, w.holder(model.RoleAdmin, "甲党委"), w.billOf(b, "2026-11").ID, "key-1", cash(1250))
			must(t, err)
		})
		t.Run("another key, or none, finds it paid", func(t *testing.T) {
			for _, key := range []string{"", "key-2"} {
				_, err := w.s.Pay(ctx, admin, bill.ID, key, cash(1250))
				wantFault(t, err, "dues.already_paid")
			}
			_, err := w.s.Pay(ctx, admin, w.billOf(excused, "2026-11").ID, "", cash(1250))
			wantFault(t, err, "dues.already_paid")
		})
		t.Run("a transfer needs its number, and a number pays one bill", func(t *testing.T) {
			in := PaymentInput{Method: MethodTransfer, PaidOn: "2026-11-20", AmountFen: 1250}
			_, err := w.s.Pay(ctx, admin, w.billOf(c, "2026-11").ID, "", in)
			wantFault(t, err, "dues.transaction_no")
			in.TransactionNo = "ICBC-1"
			d := w.payer("甲一支部", "四", 1250)
			w.bill("2026-11-01")
			got, err := w.s.Pay(ctx, admin, w.billOf(d, "2026-11").ID, "", in)
			if err != nil || got.TransactionNo != "ICBC-1" {
				t.Fatalf("got %+v, %v", got, err)
			}
			in.TransactionNo = " ICBC-1 "
			_, err = w.s.Pay(ctx, admin, w.billOf(c, "2026-11").ID, "", in)
			wantFault(t, err, "dues.transaction_used")
			if w.billOf(c, "2026-11").State != model.BillUnpaid {
				t.Fatal("the refused payment marked the bill")
			}
		})
		t.Run("another way to pay is not recorded by hand", func(t *testing.T) {
			in := cash(1250)
			in.Method = "WECHAT"
			_, err := w.s.Pay(ctx, admin, w.billOf(c, "2026-11").ID, "", in)
			wantFault(t, err, "dues.method")
		})
	})
}
