package collection

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"hongyun/model"
)

// reckon works the figures of a subtree out bill by bill, as the definitions say it.
func (c *county) reckon(under string, from, to model.Month) Figures {
	c.t.Helper()
	f := Figures{Arrears: noArrears()}
	var bills []struct {
		model.DuesBill
		Path    string
		Waiting string
	}
	must(c.t, c.db.Read(ctx).Raw(`SELECT b.*, o.path, coalesce(p.state, '') AS waiting FROM dues_bill b JOIN org o ON o.id = b.org_id
LEFT JOIN dues_payment_bill pb ON pb.bill_id = b.id AND pb.live LEFT JOIN dues_payment p ON p.id = pb.payment_id`).Scan(&bills).Error)
	debtors := map[string]bool{}
	for _, b := range bills {
		if !strings.HasPrefix(b.Path, under) {
			continue
		}
		if b.State == model.BillUnpaid && b.Month <= to {
			age, i := 1, 0
			for b.Month.Add(age-1) < to {
				age++
			}
			for i+1 < len(ages) && ages[i+1].from <= age {
				i++
			}
			a := &f.Arrears[i]
			a.Bills, a.Fen = a.Bills+1, a.Fen+b.AmountFen
			if who := a.Band + b.Path + "/" + strconv.FormatInt(b.MemberID, 10); !debtors[who] {
				debtors[who] = true
				a.Members++
			}
		}
		if b.Month < from || b.Month > to {
			continue
		}
		switch b.State {
		case model.BillUnpaid:
			f.Unpaid, f.UnpaidFen = f.Unpaid+1, f.UnpaidFen+b.AmountFen
			if b.Waiting == model.PaymentRecorded {
				f.Awaiting, f.AwaitingFen = f.Awaiting+1, f.AwaitingFen+b.AmountFen
			}
		case model.BillPaid:
			f.Paid, f.PaidFen = f.Paid+1, f.PaidFen+b.AmountFen
			if b.Method == model.PayWeChat {
				f.Online, f.OnlineFen = f.Online+1, f.OnlineFen+b.AmountFen
			}
		case model.BillExempt:
			f.Exempt++
		default:
			f.Cancelled++
		}
	}
	f.Bills, f.PayableFen = f.Unpaid+f.Paid+f.Exempt, f.UnpaidFen+f.PaidFen
	f.Unassessed = c.count(`SELECT count(*) FROM member m JOIN org o ON o.id = m.org_id WHERE m.standing = 'ACTIVE' AND substr(m.admitted_on, 1, 7) <= ?
  AND substr(o.path, 1, ?) = ? AND m.id NOT IN (SELECT member_id FROM dues_assessment WHERE effective_month <= ? AND replaced_at IS NULL)`, to, len(under), under, to)
	f.rate(from == to)
	return f
}

// scatter makes members with random bills in every branch; some have moved since they were billed.
func (c *county) scatter(random *rand.Rand) {
	c.t.Helper()
	states := []string{model.BillUnpaid, model.BillUnpaid, model.BillPaid, model.BillPaid, model.BillExempt, model.BillCancelled}
	for range 40 {
		m := c.member(c.branches[random.IntN(len(c.branches))])
		if random.IntN(5) == 0 {
			c.exec("UPDATE dues_assessment SET effective_month = '2026-10' WHERE member_id = ?", m.ID)
		}
		for month := model.Month("2026-02"); month <= "2026-11"; month = month.Add(1) {
			if random.IntN(4) == 0 {
				continue
			}
			b := c.bill(m, month, int64(20+random.IntN(5000)), states[random.IntN(len(states))])
			switch {
			case b.State == model.BillUnpaid && random.IntN(3) == 0:
				c.payment(b, model.PayCash, []string{model.PaymentRecorded, model.PaymentOpen}[random.IntN(2)])
			case b.State == model.BillPaid && random.IntN(2) == 0:
				c.exec("UPDATE dues_bill SET method = 'WECHAT' WHERE id = ?", b.ID)
			}
		}
		if random.IntN(6) == 0 {
			c.exec("UPDATE member SET org_id = ? WHERE id = ?", c.org[c.branches[random.IntN(len(c.branches))]].ID, m.ID)
		}
	}
}

func sameJSON(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		g, _ := json.Marshal(got)
		w, _ := json.Marshal(want)
		t.Errorf("%s:\n got %s\nwant %s", what, g, w)
	}
}

func TestTable(t *testing.T) {
	each(t, "2026-11-20 09:00:00", func(c *county) {
		random := rand.New(rand.NewPCG(4, 11))
		c.scatter(random)
		city := c.holder(model.RoleLeader, "市委")
		for _, months := range []struct{ from, to model.Month }{{"2026-11", "2026-11"}, {"2026-09", "2026-09"}, {"2026-07", "2026-09"}, {"2026-02", "2026-12"}, {"2025-01", "2025-01"}} {
			for name, o := range c.org {
				table, err := c.Table(ctx, city, TableFilter{OrgID: o.ID, From: months.from, To: months.to})
				must(c.t, err)
				sameJSON(c.t, name+" "+string(months.from)+"–"+string(months.to), table.Total, c.reckon(o.Path, months.from, months.to))
				sum := Figures{Arrears: noArrears()}
				for _, r := range table.Rows {
					sum.add(r.Figures)
				}
				sum.rate(months.from == months.to)
				sameJSON(c.t, name+": the rows add up to the total", sum, table.Total)
			}
		}
		for _, test := range []struct {
			sentence, role, at string
			f                  TableFilter
			org                string
			rows               int
		}{
			{"the highest organisation is the default, and this month", model.RoleLeader, "甲总支", TableFilter{}, "甲总支", 2},
			{"a branch has one row: itself", model.RoleAdmin, "甲三支部", TableFilter{Month: "2026-10"}, "甲三支部", 1},
			{"the city has its committees and its own branch", model.RoleAdmin, "市委", TableFilter{}, "市委", 3},
		} {
			c.t.Run(test.sentence, func(t *testing.T) {
				table, err := c.Table(ctx, c.holder(test.role, test.at), test.f)
				must(t, err)
				equal(t, "organisation", table.OrgName, test.org)
				equal(t, "rows", len(table.Rows), test.rows)
			})
		}
		c.t.Run("what one does not lead or administer is not found", func(t *testing.T) {
			for _, org := range []string{"市委", "甲总支", "乙党委", "乙一支部"} {
				_, err := c.Table(ctx, c.holder(model.RoleAdmin, "甲三支部"), TableFilter{OrgID: c.org[org].ID})
				refused(t, err, "not_found")
			}
			_, err := c.Table(ctx, c.as(c.member("甲三支部")), TableFilter{})
			refused(t, err, "not_found")
			_, err = c.Table(ctx, city, TableFilter{From: "2026-10", To: "2026-09"})
			refused(t, err, "dues.months")
		})
	})
}
