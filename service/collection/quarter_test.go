package collection

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"hongyun/model"
	"hongyun/service/ledger"
	"hongyun/service/schedule"
)

func (c *county) sumUp(day model.Date) string {
	c.t.Helper()
	c.clock.Set(string(day) + " 08:50:00")
	summary, err := c.sumUpQuarter(ctx, schedule.Run{Day: day})
	must(c.t, err)
	return summary
}

func TestQuarter(t *testing.T) {
	each(t, "2026-09-20 09:00:00", func(c *county) {
		c.scatter(rand.New(rand.NewPCG(8, 15)))
		city := c.holder(model.RoleLeader, "市委")
		admin, branch := c.staffMember(model.RoleAdmin, "甲党委"), c.staffMember(model.RoleAdmin, "甲一支部")
		reckon := func(path string, q model.Quarter) (f QuarterFigures) {
			all := c.reckon(path, q.First(), q.Last())
			return QuarterFigures{Bills: all.Bills, PaidBills: all.Paid, ExemptBills: all.Exempt, PayableFen: all.PayableFen, PaidFen: all.PaidFen, RateBP: all.RateBP, CountRateBP: all.CountRateBP}
		}
		figures := func(r QuarterRow) string {
			return fmt.Sprint(r.Bills, r.PaidBills, r.ExemptBills, r.PayableFen, r.PaidFen, *r.RateBP, *r.CountRateBP)
		}
		in := func(f QuarterFigures) string { return figures(QuarterRow{QuarterFigures: f}) }
		report := func(org string, q model.Quarter) QuarterReport {
			r, err := c.Quarter(ctx, city, QuarterFilter{OrgID: c.org[org].ID, Quarter: q})
			must(c.t, err)
			return r
		}
		c.t.Run("a quarter that has not ended is not summed up, nor in another month than the first", func(t *testing.T) {
			if s := c.sumUp("2026-09-01"); !strings.Contains(s, "无需汇总") {
				t.Fatal(s)
			}
			_, err := c.sumUpQuarter(ctx, schedule.Run{Day: "2026-10-01", ByHand: true})
			must(t, err)
			equal(t, "kept", c.count("SELECT count(*) FROM dues_quarter"), 0)
			if r := report("市委", "2026Q3"); r.TakenAt != nil || in(r.Total.Now) != figures(r.Total) || r.Total.PaidLaterFen != 0 {
				t.Fatalf("got %+v", r.Total)
			}
		})
		then := map[string]string{}
		before := map[string]string{}
		for name, o := range c.org {
			then[name], before[name] = in(reckon(o.Path, "2026Q3")), in(reckon(o.Path, "2026Q2"))
		}
		c.t.Run("it is kept for every organisation of all levels, once, and stays as it was", func(t *testing.T) {
			c.sumUp("2026-07-01")
			c.sumUp("2026-10-01")
			equal(t, "rows of each quarter", c.count("SELECT count(*) FROM dues_quarter"), int64(3*len(c.org))) // the first has one before it to be compared with
			c.exec("UPDATE dues_bill SET state = 'PAID', method = 'CASH' WHERE state = 'UNPAID' AND month = '2026-08'")
			c.sumUp("2026-10-01")
			var rows []model.DuesQuarter
			must(t, c.db.Read(ctx).Where("quarter = '2026Q3'").Find(&rows).Error)
			for _, q := range rows {
				f := QuarterFigures{Bills: q.Bills, PaidBills: q.PaidBills, ExemptBills: q.ExemptBills, PayableFen: q.PayableFen, PaidFen: q.PaidFen}
				f.rate()
				for name, o := range c.org {
					if o.ID == q.OrgID {
						equal(t, name, in(f), then[name])
					}
				}
			}
		})
		c.t.Run("the report says how it was, how it was before and how it is, and the rows add up", func(t *testing.T) {
			for name, o := range c.org {
				r := report(name, "2026Q3")
				now := reckon(o.Path, "2026Q3")
				equal(t, name+" then", figures(r.Total), then[name])
				equal(t, name+" before", in(r.Total.Previous), before[name])
				equal(t, name+" now", in(r.Total.Now), in(now))
				equal(t, name+" paid later", r.Total.PaidLaterFen, now.PaidFen-r.Total.PaidFen)
				var sum QuarterFigures
				for _, row := range r.Rows {
					sum.add(row.QuarterFigures)
				}
				sum.rate()
				equal(t, name+" rows", in(sum), then[name])
				if r.TakenAt == nil || *r.Total.ChangeBP != *r.Total.RateBP-*r.Total.Previous.RateBP {
					t.Fatalf("%s: %+v", name, r.Total)
				}
			}
		})
		c.t.Run("committees are told once, branches are not", func(t *testing.T) {
			equal(t, "committee", c.messages(KindQuarter, admin), 2) // of two quarters
			equal(t, "branch", c.messages(KindQuarter, branch), 0)
			var data string
			must(t, c.db.Read(ctx).Raw("SELECT data FROM message WHERE kind = ? AND recipient_id = ? ORDER BY id DESC LIMIT 1", KindQuarter, admin.ID).Scan(&data).Error)
			if !strings.Contains(data, "2026年第3季度") || !strings.Contains(data, "%") || !strings.Contains(data, "上季度") {
				t.Fatal(data)
			}
		})
		c.t.Run("a quarter without bills has no rate and no change", func(t *testing.T) {
			r := report("市委", "2020Q1")
			if r.Total.RateBP != nil || r.Total.ChangeBP != nil || len(r.Rows) != 3 {
				t.Fatalf("got %+v", r)
			}
		})
	})
}

func TestQuarter_Problems(t *testing.T) {
	each(t, "2026-11-01 09:30:00", func(c *county) {
		good, late := c.member("甲三支部"), c.member("甲一支部")
		for _, month := range []model.Month{"2026-04", "2026-05", "2026-06"} {
			c.bill(good, month, 1000, model.BillPaid)
			c.bill(late, month, 1000, model.BillPaid)
		}
		for _, month := range []model.Month{"2026-07", "2026-08", "2026-09"} {
			c.bill(good, month, 1000, model.BillPaid)
			c.bill(late, month, 1000, model.BillUnpaid)
		}
		c.owes(late, "2026-10", 1)
		c.runs("2026-11")
		stranger := c.member("乙一支部")
		c.exec("DELETE FROM dues_assessment WHERE member_id = ?", stranger.ID)
		p := c.recorded(c.bill(stranger, "2026-10", 1000, model.BillUnpaid))
		c.exec("UPDATE dues_payment SET recorded_at = ? WHERE id = ?", c.db.Now().Add(-9*24*time.Hour), p.ID)
		c.recorded(c.bill(good, "2026-10", 1000, model.BillUnpaid)) // of today
		c.create(&model.PayDifference{Kind: model.DifferenceAmount, FoundBy: model.FoundByNotice, Day: "2026-10-10", State: model.DifferenceOpen, FoundAt: c.db.Now()})
		c.clock.Set("2026-09-15 10:00:00")
		must(c.t, c.db.Tx(ctx, func(tx model.Tx) error {
			_, err := ledger.Post(tx, ledger.Transfer{Key: "k", Kind: "dues.paid", From: ledger.DuesSurplus(), To: ledger.DuesAccount(good.OrgID), Amount: 3000})
			return err
		}))
		c.clock.Set("2026-11-01 10:00:00")
		list := func(role, org string, f ProblemFilter) (words []string) {
			f.Quarter = "2026Q3"
			rows, err := c.Problems(ctx, c.holder(role, org), f)
			must(c.t, err)
			for _, p := range rows {
				words = append(words, fmt.Sprint(p.OrgName, " ", p.Kind, " ", p.Number))
				if strings.Contains(p.Sentence, "{") || strings.Contains(p.Opens, "{") || p.Title == "" || !strings.HasPrefix(p.Opens, "/dues/") {
					c.t.Errorf("got %+v", p)
				}
			}
			return words
		}
		c.t.Run("the city sees its committees' problems, and its own", func(t *testing.T) {
			equal(t, "problems", strings.Join(list(model.RoleLeader, "市委", ProblemFilter{}), "; "), "市委 RATE_LOW 5000; 市委 RATE_FALL 5000; 市委 DIFFERENCE 1; "+
				"甲党委 RATE_LOW 5000; 甲党委 RATE_FALL 5000; 甲党委 NO_COLLECTION 1; 甲党委 ARREARS_COMMITTEE 1; 甲党委 REMITTANCE 1; 乙党委 UNASSESSED 1; 乙党委 UNCONFIRMED 1")
		})
		c.t.Run("a number opens the same problem one level down, to the branch", func(t *testing.T) {
			equal(t, "committee", strings.Join(list(model.RoleLeader, "市委", ProblemFilter{QuarterFilter: QuarterFilter{OrgID: c.org["甲党委"].ID}, Kind: ProblemNoCollection}), "; "), "甲总支 NO_COLLECTION 1")
			equal(t, "branch", strings.Join(list(model.RoleAdmin, "甲一支部", ProblemFilter{}), "; "), "甲一支部 RATE_LOW 0; 甲一支部 RATE_FALL 10000; 甲一支部 NO_COLLECTION 1; 甲一支部 ARREARS_COMMITTEE 1")
		})
		c.t.Run("what has been put right is gone", func(t *testing.T) {
			c.pays(late, "2026-07", "2026-08", "2026-09", "2026-10")
			if words := list(model.RoleLeader, "甲党委", ProblemFilter{}); len(words) != 0 && slices.ContainsFunc(words, func(s string) bool { return !strings.Contains(s, "RATE_FALL") && !strings.Contains(s, "REMITTANCE") }) {
				t.Fatal(words)
			}
		})
	})
}
