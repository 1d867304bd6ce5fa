package dues

import (
	"slices"
	"testing"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/ledger"
)

// salaried is an assessment by a month's base, from this month on.
func salaried(baseFen int64) AssessInput {
	return AssessInput{Category: "SALARIED", BaseFen: fen(baseFen), EffectiveMonth: "2026-11", Reason: "年度核定"}
}

func (w *world) mustAssess(v access.Viewer, m model.Member, in AssessInput) Assessment {
	w.t.Helper()
	a, err := w.s.Assess(ctx, v, m.ID, in)
	must(w.t, err)
	return a
}

// owes is what the ledger says, and must be the sum of the unpaid bills.
func (w *world) owes(m model.Member, want int64) {
	w.t.Helper()
	got, err := ledger.Balance(w.db.Read(ctx), ledger.DuesDue(m.ID))
	must(w.t, err)
	if unpaid := w.sum("SELECT amount_fen AS n FROM dues_bill WHERE member_id = ? AND state = 'UNPAID'", m.ID); got != want || unpaid != want {
		w.t.Fatalf("the ledger says %d, unpaid are %d, want %d", got, unpaid, want)
	}
	if n := w.sum("SELECT e.amount AS n FROM ledger_entry e"); n != 0 {
		w.t.Fatalf("the ledger sums to %d", n)
	}
}

func TestAssess_Kept(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		v := w.holder(model.RoleCollector, "甲一支部")
		m := w.member("甲一支部", "工", "2010-07-01")
		a := w.mustAssess(v, m, AssessInput{Category: "SALARIED", EffectiveMonth: "2026-11", Reason: " 年度核定 ", Items: []ItemInput{
			{"POST_PAY", 400000}, {"GRADE_PAY", 200000}, {"INCOME_TAX", 10000}, {"SOCIAL_INSURANCE", 80000}, {"REFORM_SUBSIDY", 99999}}})
		t.Run("items are added up by their treatment, and kept with it", func(t *testing.T) {
			if a.BaseFen != 510000 || a.RateBP != 150 || a.AmountFen != 7650 || a.Clause == "" || a.Reason != "年度核定" || a.ByName != "甲一支部dues_collector" || a.CategoryTitle != "按月领取工资的党员" {
				t.Fatalf("got %+v", a)
			}
			if len(a.Items) != 5 || a.Items[3] != (Item{"SOCIAL_INSURANCE", "个人缴纳的社会保险费", "DEDUCT", 80000}) || a.Items[4].Treatment != "IGNORE" {
				t.Fatalf("items %+v", a.Items)
			}
		})
		t.Run("the bill of this month, which the run had not made, is made", func(t *testing.T) {
			if b := w.billOf(m, "2026-11"); b.AmountFen != 7650 || b.State != model.BillUnpaid || *b.AssessmentID != a.ID {
				t.Fatalf("got %+v", b)
			}
			w.owes(m, 7650)
			if summary := w.bill("2026-11-01"); summary != "2026年11月：新生成党费账单0份" {
				t.Fatal(summary)
			}
		})
		t.Run("a preview says the same and keeps nothing", func(t *testing.T) {
			before := w.sum("SELECT count(*) AS n FROM dues_assessment")
			p, err := w.s.Preview(ctx, v, m.ID, AssessInput{Category: "SALARIED", EffectiveMonth: "2026-12", Items: []ItemInput{{"POST_PAY", 510000}, {"INCOME_TAX", 0}}})
			must(t, err)
			if p.AmountFen != 7650 || p.BaseFen != 510000 || p.RateBP != 150 || len(p.Items) != 2 || before != w.sum("SELECT count(*) AS n FROM dues_assessment") {
				t.Fatalf("got %+v", p)
			}
		})
		t.Run("an organisation's own treatment counts from then on, the nearest first", func(t *testing.T) {
			admin := w.holder(model.RoleAdmin, "市委")
			choose := func(org, treatment string) {
				_, err := w.s.Choose(ctx, admin, w.orgs[org].ID, ChoicesInput{Items: []ChoiceInput{{"SALARIED", "SOCIAL_INSURANCE", treatment}}})
				must(t, err)
			}
			in := AssessInput{Category: "SALARIED", EffectiveMonth: "2026-12", Items: []ItemInput{{"POST_PAY", 400000}, {"SOCIAL_INSURANCE", 50000}}}
			for _, step := range []struct {
				org, treatment string
				want           int64
			}{{"市委", "IGNORE", 400000}, {"甲党委", "INCLUDE", 450000}, {"甲一支部", "DEDUCT", 350000}, {"乙党委", "INCLUDE", 350000}} {
				choose(step.org, step.treatment)
				if p, err := w.s.Preview(ctx, v, m.ID, in); err != nil || p.BaseFen != step.want {
					t.Fatalf("%s %s: %+v, %v; want %d", step.org, step.treatment, p, err, step.want)
				}
			}
			rows, err := w.s.Assessments(ctx, v, m.ID)
			must(t, err)
			if len(rows) != 1 || !slices.Equal(rows[0].Items, a.Items) || rows[0].BaseFen != 510000 {
				t.Fatalf("what was assessed has changed: %+v", rows)
			}
		})
		t.Run("the quarter's net of a trader is kept beside the mean month", func(t *testing.T) {
			trader := w.member("甲一支部", "商", "2010-07-01")
			a := w.mustAssess(v, trader, AssessInput{Category: "SELF_EMPLOYED", QuarterNetFen: fen(2700000), EffectiveMonth: "2026-11"})
			if a.QuarterNetFen != 2700000 || a.BaseFen != 900000 || a.AmountFen != 13500 {
				t.Fatalf("got %+v", a)
			}
		})
		t.Run("the audit log names months and categories, never a base", func(t *testing.T) {
			if n := w.sum("SELECT count(*) AS n FROM audit_entry WHERE action = 'dues.assess' AND object_id = ? AND after LIKE '%SALARIED%2026-11%' AND after NOT LIKE '%510000%' AND after NOT LIKE '%7650%'", a.ID); n != 1 {
				t.Fatalf("%d entries", n)
			}
		})
	})
}

func TestAssess_Refused(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		v := w.holder(model.RoleAdmin, "甲一支部")
		m := w.member("甲一支部", "工", "2010-07-01")
		gone := w.member("甲一支部", "停", "2010-07-01")
		must(t, w.db.Read(ctx).Model(&gone).Update("standing", model.StandingSuspended).Error)
		foreign, own := w.member("乙一支部", "外", "2010-07-01"), model.Member{ID: v.MemberID}
		with := func(change func(*AssessInput)) AssessInput { in := salaried(510000); change(&in); return in }
		itemised := func(items ...ItemInput) AssessInput {
			return with(func(in *AssessInput) { in.BaseFen, in.Items = nil, items })
		}
		for _, test := range []struct {
			sentence string
			who      access.Viewer
			member   model.Member
			in       AssessInput
			code     string
		}{
			{"a member of another branch is not found", v, foreign, salaried(1), "not_found"},
			{"the committee's administrator does not assess", w.holder(model.RoleAdmin, "甲党委"), m, salaried(1), "auth.forbidden"},
			{"nobody assesses himself without being a collector", w.as(m), m, salaried(1), "auth.forbidden"},
			{"a suspended member", v, gone, salaried(1), "dues.inactive"},
			{"an exemption goes by relief", v, m, AssessInput{Category: "EXEMPT", EffectiveMonth: "2026-11"}, "dues.by_relief"},
			{"so does a reduction", v, m, AssessInput{Category: "REDUCED", SetFen: fen(1), EffectiveMonth: "2026-11"}, "dues.by_relief"},
			{"base and items at once", v, m, with(func(in *AssessInput) { in.Items = []ItemInput{{"POST_PAY", 1}} }), "dues.base"},
			{"an item that is not there", v, m, itemised(ItemInput{"PENSION", 1}), "dues.item"},
			{"an item twice", v, m, itemised(ItemInput{"POST_PAY", 1}, ItemInput{"POST_PAY", 1}), "dues.item"},
			{"an item of nonsense", v, m, itemised(ItemInput{"POST_PAY", maxFen + 1}), "dues.item"},
			{"more taken off than put in", v, m, itemised(ItemInput{"POST_PAY", 1}, ItemInput{"INCOME_TAX", 2}), "dues.base"},
			{"items for whom none are known", v, m, AssessInput{Category: "STUDENT", Items: []ItemInput{{"POST_PAY", 1}}, EffectiveMonth: "2026-11"}, "dues.item"},
			{"thirteen months ahead", v, m, with(func(in *AssessInput) { in.EffectiveMonth = "2027-12" }), "dues.month"},
			{"before the admission", v, w.member("甲一支部", "新", "2026-11-02"), with(func(in *AssessInput) { in.EffectiveMonth = "2026-10" }), "dues.month"},
			{"a past month of who has been assessed", v, w.payer("甲一支部", "有", 100), with(func(in *AssessInput) { in.EffectiveMonth = "2026-10" }), "dues.past"},
		} {
			t.Run(test.sentence, func(t *testing.T) {
				before := w.sum("SELECT count(*) AS n FROM dues_assessment")
				_, err := w.s.Assess(ctx, test.who, test.member.ID, test.in)
				wantFault(t, err, test.code)
				if w.sum("SELECT count(*) AS n FROM dues_assessment") != before {
					t.Fatal("kept all the same")
				}
			})
		}
		t.Run("a branch's administrator may be assessed as well", func(t *testing.T) { w.mustAssess(v, own, salaried(250000)) })
	})
}

func TestAssess_FirstMonths(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		v := w.holder(model.RoleCollector, "甲一支部")
		w.bill("2026-10-01")
		w.bill("2026-11-01")
		in := salaried(250000)
		t.Run("who was admitted last month gets last month's bill and this month's", func(t *testing.T) {
			m := w.member("甲一支部", "新", "2026-10-16")
			in.EffectiveMonth = "2026-10"
			w.mustAssess(v, m, in)
			if w.billOf(m, "2026-10").AmountFen != 1250 || w.billOf(m, "2026-11").AmountFen != 1250 {
				t.Fatal("bills are missing")
			}
			w.owes(m, 2500)
		})
		t.Run("an earlier first month makes no bill of the months long past", func(t *testing.T) {
			m := w.member("甲一支部", "旧", "2010-07-01")
			in.EffectiveMonth = "2026-06"
			w.mustAssess(v, m, in)
			w.owes(m, 1250)
		})
		t.Run("a month that has a bill by relief is past, too", func(t *testing.T) {
			m := w.member("甲一支部", "困", "2010-07-01")
			w.relieve(m, model.ReliefExempt, 0, "2026-10", "2026-10")
			w.bill("2026-10-01")
			in.EffectiveMonth = "2026-09"
			_, err := w.s.Assess(ctx, v, m.ID, in)
			wantFault(t, err, "dues.past")
			in.EffectiveMonth = "2026-11"
			w.mustAssess(v, m, in)
			if b := w.billOf(m, "2026-10"); b.State != model.BillExempt || b.Revision != 0 {
				t.Fatalf("the past bill: %+v", b)
			}
		})
		t.Run("from next month on there is no bill yet", func(t *testing.T) {
			m := w.member("甲一支部", "后", "2010-07-01")
			in.EffectiveMonth = "2026-12"
			w.mustAssess(v, m, in)
			w.owes(m, 0)
		})
	})
}

func TestAssess_Bills(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		v := w.holder(model.RoleCollector, "甲一支部")
		m := w.payer("甲一支部", "工", 1250) // since January: another category may follow in November
		w.bill("2026-10-01")
		w.bill("2026-11-01")
		w.owes(m, 2500)
		revised := func(revision, amount int64, category, state string) {
			t.Helper()
			if b := w.billOf(m, "2026-11"); b.Revision != revision || b.AmountFen != amount || b.Category != category || b.State != state {
				t.Fatalf("got %+v", b)
			}
			if b := w.billOf(m, "2026-10"); b.Revision != 0 || b.AmountFen != 1250 {
				t.Fatalf("a past bill was touched: %+v", b)
			}
		}
		retired := AssessInput{Category: "RETIRED", BaseFen: fen(500001), EffectiveMonth: "2026-11"}
		first := w.mustAssess(v, m, retired)
		t.Run("this month's bill becomes what was assessed", func(t *testing.T) {
			revised(1, 5000, "RETIRED", model.BillUnpaid)
			w.owes(m, 6250)
		})
		t.Run("a correction replaces the row of its month, which stays", func(t *testing.T) {
			retired.BaseFen = fen(400000)
			w.mustAssess(v, m, retired)
			revised(2, 2000, "RETIRED", model.BillUnpaid)
			w.owes(m, 3250)
			rows, err := w.s.Assessments(ctx, v, m.ID)
			must(t, err)
			if len(rows) != 3 || rows[1].ID != first.ID || rows[1].ReplacedAt == nil || rows[1].ReplacedByName == "" || rows[0].ReplacedAt != nil {
				t.Fatalf("got %+v", rows)
			}
		})
		t.Run("down to nothing it is exempt, and back", func(t *testing.T) {
			retired.BaseFen = fen(0)
			w.mustAssess(v, m, retired)
			revised(3, 0, "RETIRED", model.BillExempt)
			w.owes(m, 1250)
			retired.BaseFen = fen(300000)
			w.mustAssess(v, m, retired)
			revised(4, 1500, "RETIRED", model.BillUnpaid)
			w.owes(m, 2750)
		})
		t.Run("a bill that somebody holds is not changed, nor is anything kept", func(t *testing.T) {
			p := w.payment(w.billOf(m, "2026-11"), model.PaymentOpen, "")
			_, err := w.s.Assess(ctx, v, m.ID, retired)
			wantFault(t, err, "dues.billed")
			must(t, w.db.Read(ctx).Model(&model.DuesPaymentBill{}).Where("payment_id = ?", p.ID).Update("live", false).Error)
			w.mustAssess(v, m, retired)
		})
		t.Run("a bill that is paid is not changed either, but the next month is free", func(t *testing.T) {
			w.pay(w.billOf(m, "2026-11"), "2026-11-20")
			_, err := w.s.Assess(ctx, v, m.ID, retired)
			wantFault(t, err, "dues.billed")
			student := AssessInput{Category: "STUDENT", EffectiveMonth: "2026-12"}
			w.mustAssess(v, m, student)
			w.bill("2026-12-01")
			if b := w.billOf(m, "2026-12"); b.AmountFen != 20 {
				t.Fatalf("got %+v", b)
			}
		})
		t.Run("a month ahead that is billed is revised, up to the next assessment", func(t *testing.T) {
			n := w.payer("甲一支部", "季", 1250)
			w.assess(n, "STUDENT", 20, "2026-12")
			w.bill("2026-11-01")
			w.bill("2026-12-01")
			w.pay(w.billOf(n, "2026-12"), "2026-11-20")
			w.mustAssess(v, n, AssessInput{Category: "RETIRED", BaseFen: fen(300000), EffectiveMonth: "2026-11"})
			if b := w.billOf(n, "2026-11"); b.AmountFen != 1500 {
				t.Fatalf("got %+v", b)
			}
			if b := w.billOf(n, "2026-12"); b.AmountFen != 20 || b.Revision != 0 {
				t.Fatalf("got %+v", b)
			}
		})
		t.Run("under a relief the amount stays", func(t *testing.T) {
			n := w.payer("甲一支部", "困", 1250)
			w.relieve(n, model.ReliefReduced, 300, "2026-11", "2026-12")
			w.bill("2026-11-01")
			w.mustAssess(v, n, AssessInput{Category: "RETIRED", BaseFen: fen(300000), EffectiveMonth: "2026-11"})
			if b := w.billOf(n, "2026-11"); b.AmountFen != 300 || b.Category != "REDUCED" {
				t.Fatalf("got %+v", b)
			}
			w.owes(n, 300)
		})
	})
}

func TestAssess_Annual(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		v := w.holder(model.RoleCollector, "甲一支部")
		again := func(m model.Member, category string, month model.Month, code string) {
			t.Helper()
			in := AssessInput{Category: category, BaseFen: fen(400000), QuarterNetFen: fen(900000), EffectiveMonth: month}
			_, err := w.s.Assess(ctx, v, m.ID, in)
			if code == "" {
				must(t, err)
			} else {
				wantFault(t, err, code)
			}
		}
		m := w.payer("甲一支部", "工", 1250)
		t.Run("wages are assessed once a year", func(t *testing.T) {
			again(m, "SALARIED", "2026-11", "dues.annual")
			again(m, "SALARIED", "2027-01", "")
			again(m, "SALARIED", "2027-01", "") // a correction
			again(m, "SALARIED", "2027-05", "dues.annual")
			again(m, "RETIRED", "2027-05", "") // another category
		})
		t.Run("one that was wrong is corrected from this month on, with a reason; the months before stay", func(t *testing.T) {
			wrong := w.payer("甲一支部", "误", 1250)
			in := AssessInput{Category: "SALARIED", BaseFen: fen(400000), EffectiveMonth: "2026-11", Correction: true}
			_, err := w.s.Assess(ctx, v, wrong.ID, in)
			wantFault(t, err, "dues.reason")
			in.Reason = "年初漏计绩效工资"
			w.mustAssess(v, wrong, in)
			in.EffectiveMonth = "2026-10"
			_, err = w.s.Assess(ctx, v, wrong.ID, in)
			wantFault(t, err, "dues.past")
		})
		t.Run("a trader every quarter, who has a year's pay every month", func(t *testing.T) {
			trader, manager := w.member("甲一支部", "商", "2010-07-01"), w.member("甲一支部", "总", "2010-07-01")
			again(trader, "SELF_EMPLOYED", "2026-11", "")
			again(trader, "SELF_EMPLOYED", "2026-12", "dues.annual")
			again(trader, "SELF_EMPLOYED", "2027-01", "")
			again(manager, "ANNUAL_SALARY", "2026-11", "")
			again(manager, "ANNUAL_SALARY", "2026-12", "")
		})
		t.Run("where the rule says so, on every change", func(t *testing.T) {
			w.create(&model.RuleValue{Family: model.RulesDues, Code: "REASSESS_ON_CHANGE", Value: 1, EffectiveFrom: "2027-07-01", Clause: "试点"})
			again(m, "RETIRED", "2027-06", "dues.annual")
			again(m, "RETIRED", "2027-07", "")
			again(m, "RETIRED", "2027-08", "")
		})
	})
}
