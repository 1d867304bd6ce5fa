package dues

import (
	"testing"

	"hongyun/model"
	"hongyun/service/access"
)

func TestDues_Scope(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		one, two := w.payer("甲一支部", "一", 1100), w.payer("甲二支部", "二", 1200)
		w.payer("乙一支部", "外", 1300)
		excused := w.member("甲一支部", "困", "2010-07-01")
		w.relieve(excused, model.ReliefExempt, 0, "2026-10", "2027-09")
		w.bill("2026-11-01")
		w.pay(w.billOf(two, "2026-11"), "2026-11-20")
		for _, test := range []struct {
			who  string
			v    access.Viewer
			want Sums
		}{
			{"nobody", access.Viewer{}, Sums{}},
			{"the member himself, who has a list of his own", w.as(one), Sums{}},
			{"the branch's leader", w.holder(model.RoleLeader, "甲一支部"), Sums{}},
			{"the city's leader", w.holder(model.RoleLeader, "市委"), Sums{}},
			{"the sibling's administrator", w.holder(model.RoleAdmin, "甲二支部"), Sums{Count: 1, Paid: 1, PayableFen: 1200, PaidFen: 1200}},
			{"a foreign committee's administrator", w.holder(model.RoleAdmin, "乙党委"), Sums{Count: 1, Unpaid: 1, PayableFen: 1300}},
			{"the committee's administrator", w.holder(model.RoleAdmin, "甲党委"), Sums{Count: 3, Unpaid: 1, Paid: 1, Exempt: 1, PayableFen: 2300, PaidFen: 1200}},
		} {
			t.Run(test.who, func(t *testing.T) {
				rows, sums, err := w.s.Bills(ctx, test.v, Filter{Month: "2026-11"}, 0, 100)
				must(t, err)
				if sums != test.want || int64(len(rows)) != sums.Count {
					t.Fatalf("got %d rows and %+v, want %+v", len(rows), sums, test.want)
				}
			})
		}
		t.Run("a member sees his or her own bills, and how they come about", func(t *testing.T) {
			v := access.Viewer{AccountID: 1, MemberID: two.ID}
			rows, err := w.s.MyBills(ctx, v)
			must(t, err)
			if len(rows) != 1 || rows[0].AmountFen != 1200 || rows[0].State != model.BillPaid || rows[0].PaidOn == nil || *rows[0].PaidOn != "2026-11-20" ||
				rows[0].BaseFen != 120000 || rows[0].RateBP != 100 || rows[0].OrgName != "甲二支部" {
				t.Fatalf("got %+v", rows)
			}
			if rows, err := w.s.MyBills(ctx, access.Viewer{AccountID: 1}); err != nil || len(rows) != 0 {
				t.Fatalf("a citizen has %d bills, %v", len(rows), err)
			}
		})
		t.Run("a list is narrowed by month, state and subtree, its sums with it, and paged without changing them", func(t *testing.T) {
			city := w.holder(model.RoleAdmin, "市委")
			for want, f := range map[int64]Filter{0: {Month: "2026-10"}, 1: {State: model.BillExempt}, 2: {OrgID: w.orgs["甲一支部"].ID}, 3: {OrgID: w.orgs["甲党委"].ID}} {
				if rows, sums, err := w.s.Bills(ctx, city, f, 0, 100); err != nil || sums.Count != want || int64(len(rows)) != want {
					t.Fatalf("%+v: %+v, %v", f, sums, err)
				}
			}
			rows, sums, err := w.s.Bills(ctx, city, Filter{}, 3, 1)
			if err != nil || len(rows) != 1 || sums.Count != 4 {
				t.Fatalf("page: %d, %+v, %v", len(rows), sums, err)
			}
		})
	})
}
