package dues

import (
	"strings"
	"sync"
	"testing"

	"hongyun/model"
	"hongyun/service/ledger"
)

// proved checks the whole ledger, and that what each member owes there is the sum of the unpaid bills.
func (w *world) proved() {
	w.t.Helper()
	r, err := ledger.Check(ctx, w.db)
	if err != nil || !r.OK() {
		w.t.Fatalf("the ledger is not sound: %+v, %v", r, err)
	}
	var wrong []int64
	must(w.t, w.db.Read(ctx).Raw(`SELECT m.id FROM member m
LEFT JOIN (SELECT member_id, sum(amount_fen) AS fen FROM dues_bill WHERE state = 'UNPAID' GROUP BY member_id) b ON b.member_id = m.id
LEFT JOIN ledger_account a ON a.kind = 'dues_due' AND a.owner_type = 'member' AND a.owner_id = m.id
WHERE coalesce(b.fen, 0) <> coalesce(a.balance, 0)`).Scan(&wrong).Error)
	if len(wrong) > 0 {
		w.t.Fatalf("members %v owe other than their unpaid bills", wrong)
	}
}

func (w *world) billed(org string) int64 {
	w.t.Helper()
	n, err := ledger.Balance(w.db.Read(ctx), ledger.DuesBilled(w.orgs[org].ID))
	must(w.t, err)
	return n
}

func (w *world) relief(m model.Member, category, state string, amountFen int64, from, to model.Month) model.DuesRelief {
	w.t.Helper()
	r := model.DuesRelief{MemberID: m.ID, OrgID: m.OrgID, Category: category, AmountFen: amountFen, FromMonth: from, ToMonth: to, Reason: "困难", StudiedOn: "2026-01-05",
		State: state, RequestedAt: w.db.Now()}
	w.create(&r)
	return r
}

func (w *world) collectQuarterly(org string, on bool) {
	w.t.Helper()
	w.create(&model.DuesSetting{OrgID: w.orgs[org].ID, Quarterly: on, Version: 1, UpdatedAt: w.db.Now()})
}

func TestBills_Ledger(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.payer("甲一支部", "一", 1250)
		w.payer("甲一支部", "二", 750)
		w.payer("甲二支部", "三", 20)
		excused := w.member("乙一支部", "困", "2010-07-01")
		w.assess(excused, "EXEMPT", 0, "2026-01")
		w.bill("2026-10-01")
		t.Run("each branch's bills are one transfer to what its members owe", func(t *testing.T) {
			w.proved()
			if n := w.sum("SELECT count(*) AS n FROM ledger_transfer WHERE kind = 'dues.bill' AND memo = '2026年10月党费账单'"); n != 2 {
				t.Fatalf("%d transfers", n)
			}
			if w.billed("甲一支部") != -2000 || w.billed("甲二支部") != -20 || w.billed("乙一支部") != 0 {
				t.Fatal("the far side is wrong")
			}
		})
		t.Run("a second run makes no bill, no transfer and no run", func(t *testing.T) {
			w.bill("2026-10-01")
			w.proved()
			if w.sum("SELECT count(*) AS n FROM ledger_transfer") != 2 || w.sum("SELECT count(DISTINCT run_id) AS n FROM dues_bill") != 1 || w.billed("甲一支部") != -2000 {
				t.Fatal("something was made")
			}
		})
		t.Run("a run that finds one new member bills that one alone", func(t *testing.T) {
			w.payer("甲一支部", "四", 100)
			if summary := w.bill("2026-10-01"); summary != "2026年10月：新生成党费账单1份" {
				t.Fatal(summary)
			}
			if w.proved(); w.billed("甲一支部") != -2100 {
				t.Fatal("the far side is wrong")
			}
		})
		t.Run("runs at the same time make each bill once", func(t *testing.T) {
			for n := range 40 {
				w.payer([]string{"甲一支部", "甲二支部", "乙一支部"}[n%3], "众", int64(100+n))
			}
			var all sync.WaitGroup
			for _, day := range []model.Date{"2026-11-01", "2026-11-01", "2026-12-01", "2026-12-01"} {
				all.Go(func() { w.bill(day) })
			}
			all.Wait()
			if n := w.sum("SELECT count(*) AS n FROM (SELECT 1 FROM dues_bill WHERE month IN ('2026-11', '2026-12') GROUP BY member_id, month) x"); n != 90 {
				t.Fatalf("%d bills, want 90", n)
			}
			w.proved()
		})
	})
}

func TestBills_Relief(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		exempt, reduced, over, none := w.payer("甲一支部", "免", 1250), w.payer("甲一支部", "减", 1250), w.payer("甲一支部", "少", 300), w.member("甲一支部", "未核定", "2010-07-01")
		pending, ended := w.payer("甲一支部", "待批", 1250), w.payer("甲一支部", "期满", 1250)
		relief := w.relief(exempt, model.ReliefExempt, model.ReliefApproved, 0, "2026-10", "2026-11")
		w.relief(reduced, model.ReliefReduced, model.ReliefApproved, 500, "2026-11", "2026-11")
		w.relief(over, model.ReliefReduced, model.ReliefApproved, 500, "2026-11", "2026-11")
		w.relief(none, model.ReliefExempt, model.ReliefApproved, 0, "2026-11", "2026-11")
		for _, state := range []string{model.ReliefPending, model.ReliefRejected, model.ReliefWithdrawn} {
			w.relief(pending, model.ReliefExempt, state, 0, "2026-11", "2026-11")
		}
		w.relief(ended, model.ReliefExempt, model.ReliefApproved, 0, "2026-08", "2026-10")
		w.bill("2026-11-01")
		for _, test := range []struct {
			sentence        string
			m               model.Member
			category, state string
			fen             int64
		}{
			{"the exempt owe nothing", exempt, "EXEMPT", model.BillExempt, 0},
			{"the reduced owe what is left", reduced, "REDUCED", model.BillUnpaid, 500},
			{"a relief never raises what is due", over, "REDUCED", model.BillUnpaid, 300},
			{"an exemption needs no assessment", none, "EXEMPT", model.BillExempt, 0},
			{"a request that nobody has approved relieves nobody", pending, "SALARIED", model.BillUnpaid, 1250},
			{"nor does one whose months are over", ended, "SALARIED", model.BillUnpaid, 1250},
		} {
			t.Run(test.sentence, func(t *testing.T) {
				if b := w.billOf(test.m, "2026-11"); b.Category != test.category || b.State != test.state || b.AmountFen != test.fen {
					t.Fatalf("%+v", b)
				}
			})
		}
		if b := w.billOf(exempt, "2026-11"); b.ReliefID == nil || *b.ReliefID != relief.ID || b.AssessmentID == nil {
			t.Fatalf("the bill does not name what it rests on: %+v", b)
		}
		w.proved()
	})
}

func TestBills_Quarterly(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.collectQuarterly("甲党委", true)
		w.collectQuarterly("甲二支部", false)
		one, two, far := w.payer("甲一支部", "一", 100), w.payer("甲二支部", "二", 200), w.payer("乙一支部", "三", 300)
		w.assess(one, "SALARIED", 150, "2026-12") // known already when the quarter is billed
		months := func(m model.Member) (all string) {
			must(t, w.db.Read(ctx).Raw("SELECT coalesce(string_agg(month, ' '), '') FROM (SELECT month FROM dues_bill WHERE member_id = ? ORDER BY month) x", m.ID).Scan(&all).Error)
			return all
		}
		t.Run("the months of the quarter that are left are billed with the first, each by what is in force in it", func(t *testing.T) {
			if summary := w.bill("2026-10-01"); summary != "2026年10月：新生成党费账单3份，按季度预生成账单2份" {
				t.Fatal(summary)
			}
			if got := months(one); got != "2026-10 2026-11 2026-12" || w.billOf(one, "2026-11").AmountFen != 100 || w.billOf(one, "2026-12").AmountFen != 150 {
				t.Fatal(got)
			}
			w.proved()
		})
		t.Run("the nearest organisation that has decided decides, and where nobody has, it is by the month", func(t *testing.T) {
			if months(two) != "2026-10" || months(far) != "2026-10" {
				t.Fatal(months(two), months(far))
			}
		})
		t.Run("the next month finds its bills there, and who came meanwhile gets the rest of the quarter", func(t *testing.T) {
			w.clock.Set("2026-11-01 02:00:00")
			late := w.member("甲一支部", "新", "2026-10-20")
			w.assess(late, "STUDENT", 20, "2026-10")
			if summary := w.bill("2026-11-01"); summary != "2026年11月：新生成党费账单3份，补生成上月新党员账单1份，按季度预生成账单1份" {
				t.Fatal(summary)
			}
			if months(late) != "2026-10 2026-11 2026-12" {
				t.Fatal(months(late))
			}
		})
		t.Run("the last month of a quarter bills nothing ahead", func(t *testing.T) {
			w.clock.Set("2026-12-01 02:00:00")
			if summary := w.bill("2026-12-01"); strings.Contains(summary, "按季度") || w.sum("SELECT count(*) AS n FROM dues_bill WHERE month > '2026-12'") != 0 {
				t.Fatal(summary)
			}
			w.proved()
		})
	})
}
