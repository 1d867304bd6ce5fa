package dues

import (
	"slices"
	"testing"

	"hongyun/model"
	"hongyun/service/access"
)

func TestOwnBills(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		collector, above := w.holder(model.RoleCollector, "甲一支部"), w.holder(model.RoleAdmin, "甲党委")
		w.holder(model.RoleCollector, "乙党委")
		m := w.member("甲一支部", "工", "2010-07-01")
		w.mustAssess(collector, m, AssessInput{Category: "SALARIED", EffectiveMonth: "2026-11", Items: []ItemInput{{"POST_PAY", 520000}, {"INCOME_TAX", 10000}}})
		r := w.request(collector, m, ReliefInput{Category: model.ReliefReduced, AmountFen: 1000, FromMonth: "2026-12", ToMonth: "2026-12", Reason: "病", StudiedOn: "2026-11-10"})
		_, err := w.s.ApproveRelief(ctx, above, r.ID, DecisionInput{DecisionNo: "甲委〔2026〕8号"})
		must(t, err)
		w.bill("2026-12-01")
		w.mustAssess(collector, m, AssessInput{Category: "STUDENT", EffectiveMonth: "2027-01"})
		w.bill("2027-01-01")
		p := w.pay(w.billOf(m, "2026-11"), "2026-11-20")
		v := access.Viewer{AccountID: 1, MemberID: m.ID}
		rows, err := w.s.MyBills(ctx, v)
		must(t, err)
		t.Run("each is explained by what counted then", func(t *testing.T) {
			if len(rows) != 3 {
				t.Fatalf("%d bills", len(rows))
			}
			for i, want := range []string{
				"您按“学生党员”自2027年1月起核定，每月0.20元；依据：" + rows[0].Clause,
				"您按“按月领取工资的党员”自2026年11月起核定：计算基数5100.00元×1.5%＝76.50元；依据：" + rows[1].Clause + "；经甲委〔2026〕8号批准，2026年12月至2026年12月减为每月10.00元",
				"您按“按月领取工资的党员”自2026年11月起核定：计算基数5100.00元×1.5%＝76.50元；依据：" + rows[2].Clause,
			} {
				if rows[i].Explanation != want || rows[i].Clause == "" {
					t.Errorf("got %s, want %s", rows[i].Explanation, want)
				}
			}
			if b := rows[1]; b.AmountFen != 1000 || b.AssessedFen != 7650 || b.BaseFen != 510000 || b.Relief == nil || b.Relief.Reason != "病" || b.CategoryTitle != "减缴" || b.ReceiptNo != "" {
				t.Errorf("got %+v", b)
			}
			if b := rows[2]; len(b.Items) != 2 || b.ReceiptNo != p.OrderNo || b.Payment != model.PaymentSettled || b.Relief != nil {
				t.Errorf("got %+v", b)
			}
		})
		t.Run("and says whom to ask", func(t *testing.T) {
			if !slices.Equal(rows[0].Ask, []string{"甲一支部dues_collector"}) {
				t.Fatalf("got %v", rows[0].Ask)
			}
		})
		t.Run("one's own, and nobody else's", func(t *testing.T) {
			b, err := w.s.MyBill(ctx, v, rows[1].ID)
			if err != nil || b.Explanation != rows[1].Explanation {
				t.Fatalf("got %+v, %v", b, err)
			}
			_, err = w.s.MyBill(ctx, collector, rows[1].ID)
			wantFault(t, err, "not_found")
			_, err = w.s.MyBill(ctx, access.Viewer{AccountID: 1}, rows[1].ID)
			wantFault(t, err, "not_found")
		})
		t.Run("the year has twelve months, its sums and its receipts", func(t *testing.T) {
			s, err := w.s.Statement(ctx, v, StatementInput{})
			must(t, err)
			if s.Year != 2026 || len(s.Months) != 12 || s.Months[0].BillID != nil || s.Months[0].Month != "2026-01" || s.Months[11].AmountFen != 1000 ||
				s.PayableFen != 8650 || s.PaidFen != 7650 || s.UnpaidFen != 1000 {
				t.Fatalf("got %+v", s)
			}
			if len(s.Payments) != 1 || s.Payments[0].ReceiptNo != p.OrderNo || s.Payments[0].AmountFen != 7650 || !slices.Equal(s.Payments[0].Months, []model.Month{"2026-11"}) {
				t.Fatalf("got %+v", s.Payments)
			}
			if s, err = w.s.Statement(ctx, v, StatementInput{Year: 2027}); err != nil || s.PayableFen != 20 {
				t.Fatalf("got %+v, %v", s, err)
			}
		})
	})
}

func TestPercent(t *testing.T) {
	t.Parallel()
	for bp, want := range map[int64]string{50: "0.5%", 100: "1%", 150: "1.5%", 200: "2%", 5: "0.05%", 1000: "10%"} {
		if got := percent(bp); got != want {
			t.Errorf("%d: %s, want %s", bp, got, want)
		}
	}
}
