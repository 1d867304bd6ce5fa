package collection

import (
	"testing"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/ledger"
)

func TestPublication(t *testing.T) {
	each(t, "2025-12-20 10:00:00", func(c *county) {
		t := c.t
		admin, second, city, leader := c.holder(model.RoleAdmin, "甲党委"), c.holder(model.RoleAdmin, "甲党委"), c.holder(model.RoleAdmin, "市委"), c.holder(model.RoleLeader, "甲党委")
		branch := c.holder(model.RoleAdmin, "甲三支部")
		reader, stranger := c.as(c.member("甲一支部")), c.as(c.member("乙一支部"))
		id := c.org["甲党委"].ID
		c.money("甲党委", model.PayTransfer, 1000) // of the year before
		c.clock.Set("2026-03-20 10:00:00")
		c.money("甲党委", model.PayTransfer, 5000)
		c.money("甲三支部", model.PayTransfer, 300)
		ok[Remittance](t)(c.ConfirmRemittance(ctx, admin, c.remits(branch, "甲三支部", "2026Q1", 300).ID))
		up := c.remits(admin, "甲党委", "2026Q1", 100)
		ok[Remittance](t)(c.ConfirmRemittance(ctx, city, up.ID))
		for _, fen := range []int64{700, 50} {
			ok[Use](t)(c.ConfirmUse(ctx, second, c.uses(admin, "甲党委", "TRAINING", fen).ID))
		}
		ok[Use](t)(c.ConfirmUse(ctx, second, c.uses(admin, "甲党委", "HARDSHIP", 200).ID))
		wrong := c.uses(admin, "甲党委", "AWARDS", 9)
		ok[Use](t)(c.ConfirmUse(ctx, second, wrong.ID))
		ok[Use](t)(c.ReverseUse(ctx, second, wrong.ID, "写错"))
		want := YearAccount{OrgID: id, OrgName: "甲党委", Year: 2026, OpeningFen: 1000, Flow: Flow{CollectedFen: 5000, ReceivedFen: 300, RemittedFen: 100, UsedFen: 950}, ClosingFen: 5250}
		same := func(t *testing.T, got YearAccount) {
			t.Helper()
			used := map[string]UseSum{}
			for _, u := range got.Uses {
				used[u.Category] = u
			}
			if used["TRAINING"].Count != 2 || used["TRAINING"].AmountFen != 750 || used["HARDSHIP"].AmountFen != 200 || used["AWARDS"].AmountFen != 0 {
				t.Fatalf("uses: %+v", got.Uses)
			}
			got.Uses = nil
			if got.OpeningFen != want.OpeningFen || got.Flow != want.Flow || got.ClosingFen != want.ClosingFen || got.Year != 2026 || got.OrgName != "甲党委" {
				t.Fatalf("got %+v, want %+v", got, want)
			}
		}
		in := PublicationInput{Year: 2026, Note: "经党委会审议"}
		t.Run("a year that still runs can be looked at, not published", func(t *testing.T) {
			same(t, ok[YearAccount](t)(c.PreviewPublication(ctx, admin, id, 2026)))
			fails[Publication](t, "dues.year_open")(c.Publish(ctx, admin, id, in))
		})
		c.clock.Set("2027-01-15 10:00:00")
		t.Run("published by an administrator, from the ledger", func(t *testing.T) {
			fails[Publication](t, "auth.forbidden")(c.Publish(ctx, leader, id, in))
			fails[Publication](t, "not_found")(c.Publish(ctx, stranger, id, in))
			fails[YearAccount](t, "auth.forbidden")(c.PreviewPublication(ctx, reader, id, 2026))
			p := ok[Publication](t)(c.Publish(ctx, admin, id, in))
			same(t, p.YearAccount)
			equal(t, "by", p.PublishedBy, admin.Name)
		})
		t.Run("once", func(t *testing.T) {
			fails[Publication](t, "dues.published")(c.Publish(ctx, second, id, in))
		})
		t.Run("what happens later changes nothing of it", func(t *testing.T) {
			ok[Remittance](t)(c.ReverseRemittance(ctx, city, up.ID, "退回"))
			rows := ok[[]Publication](t)(c.Publications(ctx, admin, id))
			equal(t, "rows", len(rows), 1)
			same(t, rows[0].YearAccount)
			next := ok[YearAccount](t)(c.PreviewPublication(ctx, admin, id, 2027))
			if next.OpeningFen != 5250 || next.RemittedFen != -100 || next.ClosingFen != 5350 {
				t.Fatalf("got %+v", next)
			}
		})
		t.Run("every member below reads it and is told once, nobody elsewhere", func(t *testing.T) {
			equal(t, "rows", len(ok[[]Publication](t)(c.Publications(ctx, reader, id))), 1)
			equal(t, "rows", len(ok[[]Publication](t)(c.Publications(ctx, leader, id))), 1)
			fails[[]Publication](t, "not_found")(c.Publications(ctx, stranger, id))
			below := c.count("SELECT count(*) FROM member m JOIN org o ON o.id = m.org_id WHERE o.path LIKE '001001%'")
			equal(t, "told", c.count("SELECT count(*) FROM message WHERE kind = ?", KindPublished), below)
			equal(t, "told", c.count("SELECT count(*) FROM message WHERE kind = ? AND recipient_id = ?", KindPublished, reader.MemberID), 1)
		})
		c.sound()
	})
}

func TestBalances(t *testing.T) {
	each(t, "2026-11-20 10:00:00", func(c *county) {
		t := c.t
		collector, admin, committee, leader := c.holder(model.RoleCollector, "甲一支部"), c.holder(model.RoleAdmin, "甲一支部"), c.holder(model.RoleAdmin, "甲党委"), c.holder(model.RoleLeader, "甲党委")
		org := c.org["甲一支部"].ID
		c.money("甲一支部", model.PayCash, 500)
		c.money("甲二支部", model.PayTransfer, 70)
		giver := c.member("甲一支部")
		c.post(ledger.Transfer{Key: "special", Kind: "dues.special", From: ledger.DuesGiven(giver.ID), To: ledger.DuesSpecial(org), Amount: 100000})
		c.clock.Set("2026-11-21 10:00:00")
		d := c.deposit(collector, "甲一支部", 400)
		ok[Deposit](t)(c.ConfirmDeposit(ctx, admin, d.ID))
		c.clock.Set("2026-11-22 10:00:00")
		ok[Deposit](t)(c.ReverseDeposit(ctx, committee, d.ID, "退回"))
		t.Run("what each organisation holds, where one works", func(t *testing.T) {
			for _, one := range []struct {
				v     access.Viewer
				orgs  int64
				total Holding
			}{{collector, 1, Holding{500, 0, 100000}}, {committee, 5, Holding{500, 70, 100000}}, {leader, 0, Holding{}}} {
				rows, total, sums, err := c.Balances(ctx, one.v, 0, 0, 10)
				must(t, err)
				if total != one.orgs || int64(len(rows)) != total || sums != one.total {
					t.Errorf("%s: %d rows, %+v", one.v.Name, total, sums)
				}
			}
			rows, _, _, err := c.Balances(ctx, committee, org, 0, 10)
			must(t, err)
			equal(t, "one", rows[0].Holding, Holding{500, 0, 100000})
		})
		t.Run("the entries behind it, with the balance after each", func(t *testing.T) {
			st, lines, total, err := c.Statement(ctx, collector, StatementFilter{OrgID: org, Kind: "CASH"}, 1, 1)
			must(t, err)
			equal(t, "lines", total, 3)
			if st.InFen != 900 || st.OutFen != 400 || st.ClosingFen != 500 || lines[0].OutFen != 400 || lines[0].BalanceFen != 100 || lines[0].Day != "2026-11-21" || lines[0].Memo != "党费现金存入账户" {
				t.Fatalf("got %+v, %+v", st, lines)
			}
			st, lines, total, err = c.Statement(ctx, admin, StatementFilter{OrgID: org, Kind: "CASH", From: "2026-11-21", To: "2026-11-21"}, 0, 10)
			must(t, err)
			if st.OpeningFen != 500 || st.ClosingFen != 100 || total != 1 || len(lines) != 1 {
				t.Fatalf("got %+v, %+v of %d", st, lines, total)
			}
			_, lines, _, err = c.Statement(ctx, admin, StatementFilter{OrgID: org, Kind: "SPECIAL"}, 0, 10)
			must(t, err)
			equal(t, "special", lines[0].BalanceFen, 100000)
			_, _, _, err = c.Statement(ctx, leader, StatementFilter{OrgID: org, Kind: "CASH"}, 0, 10)
			refused(t, err, "not_found")
		})
	})
}
