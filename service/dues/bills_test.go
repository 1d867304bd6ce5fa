package dues

import (
	"slices"
	"strings"
	"testing"

	"hongyun/model"
	"hongyun/service/access"
)

func TestCancel(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		above := w.holder(model.RoleAdmin, "甲党委")
		m, paid, paying := w.payer("甲一支部", "错", 1250), w.payer("甲一支部", "付", 1250), w.payer("甲一支部", "正", 1250)
		w.bill("2026-11-01")
		w.pay(w.billOf(paid, "2026-11"), "2026-11-20")
		w.payment(w.billOf(paying, "2026-11"), model.PaymentOpen, "")
		id := w.billOf(m, "2026-11").ID
		in := CancelInput{Reason: " 重复建档 "}
		for _, test := range []struct {
			sentence string
			v        access.Viewer
			id       int64
			code     string
		}{
			{"not by the branch itself", w.holder(model.RoleAdmin, "甲一支部"), id, "dues.not_above"},
			{"nor by its collector", w.holder(model.RoleCollector, "甲一支部"), id, "dues.not_above"},
			{"a foreign committee finds nothing", w.holder(model.RoleAdmin, "乙党委"), id, "not_found"},
			{"a bill that is paid", above, w.billOf(paid, "2026-11").ID, "dues.not_open"},
			{"a bill that somebody is paying", above, w.billOf(paying, "2026-11").ID, "dues.held"},
		} {
			t.Run(test.sentence, func(t *testing.T) {
				_, err := w.s.Cancel(ctx, test.v, test.id, in)
				wantFault(t, err, test.code)
			})
		}
		t.Run("cancelled by an opposite entry, once, and not billed again", func(t *testing.T) {
			b, err := w.s.Cancel(ctx, above, id, in)
			must(t, err)
			if b.State != model.BillCancelled || b.Note != "重复建档" || b.AmountFen != 1250 {
				t.Fatalf("got %+v", b)
			}
			w.owes(m, 0)
			_, err = w.s.Cancel(ctx, above, id, in)
			wantFault(t, err, "dues.not_open")
			w.bill("2026-11-01")
			w.mustAssess(w.holder(model.RoleAdmin, "甲一支部"), m, AssessInput{Category: "STUDENT", EffectiveMonth: "2026-11"})
			if got := w.billOf(m, "2026-11"); got.State != model.BillCancelled || got.Revision != 0 {
				t.Fatalf("got %+v", got)
			}
			w.owes(m, 0)
		})
	})
}

// TestBills_Filters: each number of the table of collection opens its list.
func TestBills_Filters(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		city := w.holder(model.RoleAdmin, "市委")
		one, two := w.payer("甲一支部", "一", 1250), w.payer("甲一支部", "二", 1000)
		for month := model.Month("2026-05"); month <= "2026-11"; month = month.Add(1) {
			w.bill(month.First())
		}
		w.pay(w.billOf(two, "2026-11"), "2026-11-20")
		online := w.pay(w.billOf(two, "2026-10"), "2026-10-20")
		must(t, w.db.Read(ctx).Model(&online).Update("method", model.PayWeChat).Error)
		w.payment(w.billOf(one, "2026-11"), model.PaymentRecorded, "2026-11-20")
		_, err := w.s.Cancel(ctx, city, w.billOf(two, "2026-09").ID, CancelInput{Reason: "误"})
		must(t, err)
		for _, test := range []struct {
			sentence string
			f        Filter
			want     Sums
		}{
			{"all", Filter{}, Sums{Count: 14, Unpaid: 11, Paid: 2, Cancelled: 1, PayableFen: 7*1250 + 6*1000, PaidFen: 2000}},
			{"cancelled", Filter{State: model.BillCancelled}, Sums{Count: 1, Cancelled: 1}},
			{"a span of months", Filter{From: "2026-10", To: "2026-11"}, Sums{Count: 4, Unpaid: 2, Paid: 2, PayableFen: 4500, PaidFen: 2000}},
			{"paid online", Filter{State: model.BillPaid, Method: model.PayWeChat}, Sums{Count: 1, Paid: 1, PayableFen: 1000, PaidFen: 1000}},
			{"recorded, waiting for a second person", Filter{State: model.BillUnpaid, Payment: model.PaymentRecorded}, Sums{Count: 1, Unpaid: 1, PayableFen: 1250}},
			{"nobody pays it", Filter{Month: "2026-11", Payment: "NONE"}, Sums{}},
			{"one member", Filter{MemberID: one.ID, Month: "2026-10"}, Sums{Count: 1, Unpaid: 1, PayableFen: 1250}},
			{"of this month", Filter{Age: "1"}, Sums{Count: 1, Unpaid: 1, PayableFen: 1250}},
			{"two and three months", Filter{Age: "2-3"}, Sums{Count: 2, Unpaid: 2, PayableFen: 2500}},
			{"four and five months", Filter{Age: "4-5"}, Sums{Count: 4, Unpaid: 4, PayableFen: 4500}},
			{"six and more", Filter{Age: "6+"}, Sums{Count: 4, Unpaid: 4, PayableFen: 4500}},
			{"an age as of an earlier month", Filter{Age: "1", Month: "2026-06"}, Sums{Count: 2, Unpaid: 2, PayableFen: 2250}},
		} {
			t.Run(test.sentence, func(t *testing.T) {
				rows, sums, err := w.s.Bills(ctx, city, test.f, 0, 100)
				must(t, err)
				if sums != test.want || int64(len(rows)) != sums.Count {
					t.Fatalf("got %d rows and %+v, want %+v", len(rows), sums, test.want)
				}
			})
		}
	})
}

func TestUnassessed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		city, branch := w.holder(model.RoleAdmin, "市委"), w.holder(model.RoleCollector, "甲二支部")
		w.payer("甲二支部", "核", 1)
		w.assess(w.member("甲二支部", "后", "2010-07-01"), "STUDENT", 20, "2026-12")
		w.relieve(w.member("甲二支部", "困", "2010-07-01"), model.ReliefExempt, 0, "2026-11", "2026-11")
		w.member("甲二支部", "新", "2026-12-01")
		for _, test := range []struct {
			v     access.Viewer
			f     UnassessedFilter
			names string
		}{
			{city, UnassessedFilter{OrgID: w.orgs["甲二支部"].ID}, "后"},
			{city, UnassessedFilter{OrgID: w.orgs["甲二支部"].ID, Month: "2026-12"}, "困新"},
			{branch, UnassessedFilter{}, "后"},
			{w.holder(model.RoleLeader, "乙一支部"), UnassessedFilter{}, ""},
		} {
			rows, total, err := w.s.Unassessed(ctx, test.v, test.f, 0, 100)
			must(t, err)
			var names []string
			for _, r := range rows {
				names = append(names, r.Name)
			}
			slices.Sort(names)
			if got := strings.Join(names, ""); got != test.names || total != int64(len(rows)) {
				t.Fatalf("%+v: %s of %d, want %s", test.f, got, total, test.names)
			}
		}
	})
}
