package dues

import (
	"strings"
	"testing"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/schedule"
)

func TestBills_Made(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		plain := w.payer("甲一支部", "工", 1250)
		w.assess(plain, "SALARIED", 3000, "2026-12") // a rise that is not in force yet
		w.assess(plain, "SALARIED", 900, "2025-01")  // what was before
		excused := w.member("甲一支部", "困", "2010-07-01")
		w.assess(excused, "SALARIED", 77, "2026-01")
		w.relieve(excused, model.ReliefExempt, 0, "2026-10", "2027-09")
		nothing := w.member("甲二支部", "零", "2010-07-01")
		w.assess(nothing, "SALARIED", 0, "2026-01")
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
		w.relieve(excused, model.ReliefExempt, 0, "2026-10", "2027-09")
		w.bill("2026-10-01")
		w.bill("2026-11-01")
		w.pay(w.billOf(paid, "2026-11"), "2026-11-20")
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

func TestReminder_BillsFirst(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		first, other := w.payer("甲一支部", "甲", 1250), w.payer("甲一支部", "乙", 1250)
		must(t, w.db.Tx(ctx, func(tx model.Tx) error { _, err := MakeBillsOf(tx, "2026-11", []int64{first.ID}); return err }))
		summary, err := w.s.remind(ctx, schedule.Run{Day: "2026-11-30"})
		must(t, err)
		t.Run("bills of some members alone do not stand for the month's run", func(t *testing.T) {
			if !strings.HasSuffix(summary, "新发出温馨提示2条") || w.billOf(other, "2026-11").State != model.BillUnpaid {
				t.Fatal(summary)
			}
		})
	})
}

func notifyInbox(w *world, m model.Member) ([]string, error) {
	feed, err := w.s.notify.Inbox(ctx, access.Viewer{AccountID: 1, MemberID: m.ID}, 0, 10)
	var bodies []string
	for _, i := range feed.Items {
		bodies = append(bodies, i.Body)
	}
	return bodies, err
}
