package collection

import (
	"errors"
	"flag"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/ledger"
)

// TestAnyOrder: whatever is recorded, confirmed, rejected and reversed, in any order, by whomever: the books stay sound, no
// account goes below zero, no money comes or goes but at the ends, and a year adds up.
func TestAnyOrder(t *testing.T) {
	must(t, flag.Set("rapid.checks", "15")) // each is some fifteen transactions
	each(t, "2026-11-20 10:00:00", func(c *county) {
		at := []string{"甲三支部", "甲党委", "市委"}
		people := []access.Viewer{c.holder(model.RoleAdmin, "甲三支部"), c.holder(model.RoleCollector, "甲三支部"), c.holder(model.RoleAdmin, "甲党委"),
			c.holder(model.RoleAdmin, "市委"), c.holder(model.RoleAdmin, "市委")}
		rapid.Check(c.t, func(r *rapid.T) {
			paid := c.count("SELECT coalesce(sum(amount_fen), 0) FROM dues_payment_bill")
			for range rapid.IntRange(5, 25).Draw(r, "steps") {
				org, who := rapid.SampledFrom(at).Draw(r, "at"), rapid.SampledFrom(people).Draw(r, "who")
				fen := rapid.Int64Range(1, 300).Draw(r, "fen")
				var err error
				switch step := rapid.SampledFrom([]string{"pay", "deposit", "remit", "use", "confirm", "confirm", "confirm", "reject", "reverse"}).Draw(r, "step"); step {
				case "pay":
					c.money("甲三支部", rapid.SampledFrom([]string{model.PayCash, model.PayTransfer}).Draw(r, "method"), fen)
					paid += fen
				case "deposit":
					_, err = c.RecordDeposit(ctx, who, "", DepositInput{OrgID: c.org[org].ID, AmountFen: fen, Day: "2026-11-20", SlipNo: rapid.StringMatching("[0-9]{12}").Draw(r, "slip")})
				case "remit":
					_, err = c.RecordRemittance(ctx, who, "", RemittanceInput{OrgID: c.org[org].ID, Quarter: "2026Q4", AmountFen: fen, Day: "2026-11-20", DocumentNo: "D"})
				case "use":
					_, err = c.RecordUse(ctx, who, "", UseInput{OrgID: c.org[org].ID, Category: "TRAINING", AmountFen: fen, Day: "2026-11-20", Purpose: "培训", VoucherNo: "V", DecidedOn: "2026-11-20"})
				default:
					g := rapid.SampledFrom([]register{deposits(), remittances(), uses()}).Draw(r, "register")
					if n := c.count("SELECT coalesce(max(id), 0) FROM " + g.table); n > 0 {
						id := rapid.Int64Range(max(1, n-5), n).Draw(r, "id")
						err = map[string]func() error{"confirm": func() error { return c.confirm(ctx, who, g, id) },
							"reject":  func() error { return c.reject(ctx, who, g, id, "错") },
							"reverse": func() error { return c.reverse(ctx, who, g, id, "错") }}[step]()
					}
				}
				var f *fault.Fault
				if err != nil && !errors.As(err, &f) {
					r.Fatal(err)
				}
			}
			found, err := ledger.Prove(ctx, c.db, slices.Concat(ledger.Proofs(), Proofs())...)
			if err != nil {
				r.Fatal(err)
			}
			for _, f := range found {
				if len(f.IDs) > 0 {
					r.Fatalf("%s: %s: %v", f.Holds, f.Else, f.IDs)
				}
			}
			held := c.count("SELECT coalesce(sum(balance), 0) FROM ledger_account WHERE kind IN ('dues_cash', 'dues_account')")
			gone := c.count("SELECT coalesce(sum(e.amount), 0) FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id WHERE a.kind IN ('dues_used', 'dues_remitted')")
			if held+gone != paid {
				r.Fatalf("%d held and %d gone of %d paid", held, gone, paid)
			}
			for _, name := range at {
				if y, err := yearOf(c.db.Read(ctx), c.org[name], 2026); err != nil || y.ClosingFen != c.account(name) {
					r.Fatalf("%s: %+v, %v", name, y, err)
				}
			}
		})
	})
}
