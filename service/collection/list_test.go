package collection

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"hongyun/model"
	"hongyun/service/dues"
)

// TestTable_Lists: every number of the table is what its list comes to (I7).
func TestTable_Lists(t *testing.T) {
	each(t, "2026-11-20 09:00:00", func(c *county) {
		c.scatter(rand.New(rand.NewPCG(7, 7)))
		admin := c.holder(model.RoleAdmin, "市委")
		bills := dues.New(c.db, nil)
		for _, months := range []struct{ from, to model.Month }{{"2026-11", "2026-11"}, {"2026-06", "2026-09"}} {
			table, err := c.Table(ctx, admin, TableFilter{From: months.from, To: months.to})
			must(c.t, err)
			for _, row := range append(table.Rows, TableRow{OrgID: table.OrgID, OrgName: table.OrgName, Figures: table.Total}) {
				list := func(f dues.Filter) (rows []dues.Bill, sums dues.Sums) {
					f.OrgID, f.From, f.To = row.OrgID, months.from, months.to
					if f.Age != "" {
						f.From = ""
					}
					rows, sums, err := bills.Bills(ctx, admin, f, 0, 1000)
					must(c.t, err)
					return rows, sums
				}
				_, all := list(dues.Filter{})
				want := fmt.Sprint(row.Bills+row.Cancelled, row.Unpaid, row.Paid, row.Exempt, row.Cancelled, row.PayableFen, row.PaidFen)
				equal(c.t, row.OrgName, fmt.Sprint(all.Count, all.Unpaid, all.Paid, all.Exempt, all.Cancelled, all.PayableFen, all.PaidFen), want)
				_, waiting := list(dues.Filter{State: model.BillUnpaid, Payment: model.PaymentRecorded})
				equal(c.t, row.OrgName+" awaiting", fmt.Sprint(waiting.Count, waiting.PayableFen), fmt.Sprint(row.Awaiting, row.AwaitingFen))
				_, online := list(dues.Filter{State: model.BillPaid, Method: model.PayWeChat})
				equal(c.t, row.OrgName+" online", fmt.Sprint(online.Count, online.PaidFen), fmt.Sprint(row.Online, row.OnlineFen))
				for _, a := range row.Arrears {
					rows, late := list(dues.Filter{Age: a.Band})
					debtors := map[string]bool{}
					for _, b := range rows {
						debtors[fmt.Sprint(b.OrgID, "/", b.MemberID)] = true
					}
					equal(c.t, row.OrgName+" "+a.Band, fmt.Sprint(len(debtors), late.Count, late.PayableFen), fmt.Sprint(a.Members, a.Bills, a.Fen))
				}
				_, unassessed, err := bills.Unassessed(ctx, admin, dues.UnassessedFilter{OrgID: row.OrgID, Month: months.to}, 0, 10)
				must(c.t, err)
				equal(c.t, row.OrgName+" unassessed", unassessed, row.Unassessed)
			}
		}
	})
}
