package collection

import (
	"testing"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/ledger"
)

func bp(n int64) *int64 { return &n }

func TestDueOf(t *testing.T) {
	t.Parallel()
	for _, one := range []struct{ income, bp, want int64 }{{10000, 10000, 10000}, {10000, 500, 500}, {1, 5000, 1}, {1, 4999, 0}, {30, 500, 2}, {-30, 500, -2}, {0, 500, 0}, {999, 0, 0}} {
		equal(t, "due", dueOf(one.income, one.bp), one.want)
	}
}

func TestShare(t *testing.T) {
	each(t, "2026-11-20 10:00:00", func(c *county) {
		t := c.t
		city := c.holder(model.RoleAdmin, "市委")
		byLevel := func(shares []Share) map[string]Share {
			m := map[string]Share{}
			for _, s := range shares {
				m[s.OrgType] = s
			}
			return m
		}
		t.Run("branches hand up all, above it is not decided yet", func(t *testing.T) {
			s := byLevel(ok[[]Share](t)(c.Shares(ctx)))
			equal(t, "branch", *s[model.OrgBranch].ShareBP, 10000)
			if s[model.OrgCommittee].ShareBP != nil || s[model.OrgCity].Note != "尚未确定" || len(s) != 4 {
				t.Fatalf("got %+v", s)
			}
		})
		t.Run("a quarter that is over keeps its share", func(t *testing.T) {
			fails[[]Share](t, "dues.share_past")(c.SetShare(ctx, city, ShareInput{OrgType: model.OrgCommittee, ShareBP: bp(2000), EffectiveFrom: "2026Q3", Clause: "文"}))
		})
		t.Run("from a quarter on, replaced only while it is not over, with its history", func(t *testing.T) {
			for _, in := range []ShareInput{{model.OrgBranch, bp(5000), "2026Q4", "甲"}, {model.OrgBranch, bp(6000), "2026Q4", "乙"}, {model.OrgBranch, bp(7000), "2027Q1", "丙"}} {
				ok[[]Share](t)(c.SetShare(ctx, city, in))
			}
			s := byLevel(ok[[]Share](t)(c.Shares(ctx)))[model.OrgBranch]
			if *s.ShareBP != 6000 || len(s.History) != 3 || s.History[0].ShareBP != 7000 || s.History[1].SetBy != city.Name || s.History[2].SetBy != "" {
				t.Fatalf("got %+v", s)
			}
			equal(t, "kept in the log", c.count("SELECT count(*) FROM audit_entry WHERE action = 'dues.share' AND before LIKE '%5000%'"), 1)
		})
	})
}

func TestRemittance(t *testing.T) {
	each(t, "2026-08-20 10:00:00", func(c *county) {
		t := c.t
		branch, general, committee, second := c.holder(model.RoleAdmin, "甲一支部"), c.holder(model.RoleAdmin, "甲总支"), c.holder(model.RoleAdmin, "甲党委"), c.holder(model.RoleAdmin, "甲党委")
		city, city2, leader, beside := c.holder(model.RoleAdmin, "市委"), c.holder(model.RoleAdmin, "市委"), c.holder(model.RoleLeader, "甲党委"), c.holder(model.RoleAdmin, "乙党委")
		ok[[]Share](t)(c.SetShare(ctx, city, ShareInput{OrgType: model.OrgBranch, ShareBP: bp(5000), EffectiveFrom: "2026Q3", Clause: "试行"}))
		c.money("甲一支部", model.PayTransfer, 3001) // collected in the third quarter
		c.money("甲二支部", model.PayTransfer, 200)
		c.money("甲一支部", model.PayCash, 700) // in hand, not on the account: no income yet
		c.clock.Set("2026-10-09 10:00:00")
		c.money("甲一支部", model.PayTransfer, 40)
		due := func(v access.Viewer, q model.Quarter) map[string]Due {
			t.Helper()
			rows, total, _, err := c.Dues(ctx, v, DueFilter{Quarter: q}, 0, 100)
			must(t, err)
			equal(t, "total", total, int64(len(rows)))
			m := map[string]Due{}
			for _, r := range rows {
				m[r.OrgName] = r
			}
			return m
		}
		t.Run("what came to the account in the quarter is shared, half up", func(t *testing.T) {
			d := due(committee, "2026Q3")
			equal(t, "organisations", len(d), 5)
			b := d["甲一支部"]
			if b.CollectedFen != 3001 || b.IncomeFen != 3001 || b.DueFen != 1501 || b.OpenFen != 1501 || b.ToOrgName != "甲总支" {
				t.Fatalf("got %+v", b)
			}
			if top := d["甲党委"]; top.ShareBP != nil || top.Note != "尚未确定" || top.DueFen != 0 || top.ToOrgName != "市委" {
				t.Fatalf("got %+v", top)
			}
			equal(t, "now", due(committee, "")["甲一支部"].IncomeFen, 40)
		})
		var first RecordedRemittance
		t.Run("recorded by the organisation's administrator with what the rule asked for", func(t *testing.T) {
			in := RemittanceInput{OrgID: c.org["甲一支部"].ID, Quarter: "2026Q3", AmountFen: 1501, Day: "2026-10-09", DocumentNo: "D"}
			first = ok[RecordedRemittance](t)(c.RecordRemittance(ctx, branch, "k", in))
			equal(t, "the same", ok[RecordedRemittance](t)(c.RecordRemittance(ctx, branch, "k", in)).ID, first.ID)
			if first.DueFen != 1501 || first.ShareBP != 5000 || first.IncomeFen != 3001 || first.ToOrgName != "甲总支" || first.OverFen != 0 {
				t.Fatalf("got %+v", first)
			}
			fails[RecordedRemittance](t, "auth.forbidden")(c.RecordRemittance(ctx, leader, "", in))
			fails[RecordedRemittance](t, "not_found")(c.RecordRemittance(ctx, beside, "", in))
			in.Quarter = "2027Q1"
			fails[RecordedRemittance](t, "dues.quarter_ahead")(c.RecordRemittance(ctx, branch, "", in))
			d := due(general, "2026Q3")["甲一支部"]
			equal(t, "waiting", d.RecordedFen, 1501)
			equal(t, "open", d.OpenFen, 1501)
		})
		t.Run("more than is open is allowed and warned of", func(t *testing.T) {
			r := c.remits(branch, "甲一支部", "2026Q3", 5)
			equal(t, "over", r.OverFen, 5)
			ok[Remittance](t)(c.RejectRemittance(ctx, branch, r.ID, "多余"))
		})
		t.Run("confirmed by an administrator of the receiving side alone", func(t *testing.T) {
			fails[Remittance](t, "auth.forbidden")(c.ConfirmRemittance(ctx, c.holder(model.RoleAdmin, "甲一支部"), first.ID))
			fails[Remittance](t, "auth.forbidden")(c.ConfirmRemittance(ctx, leader, first.ID))
			fails[Remittance](t, "not_found")(c.ConfirmRemittance(ctx, beside, first.ID))
			ok[Remittance](t)(c.ConfirmRemittance(ctx, general, first.ID))
			equal(t, "from", c.account("甲一支部"), 1540)
			equal(t, "to", c.account("甲总支"), 1501)
			d := due(committee, "2026Q3")
			equal(t, "handed up", d["甲一支部"].HandedUpFen, 1501)
			equal(t, "open", d["甲一支部"].OpenFen, 0)
		})
		t.Run("it is income of the quarter in which it came, of the side that got it", func(t *testing.T) {
			equal(t, "third", due(committee, "2026Q3")["甲总支"].IncomeFen, 0)
			d := due(committee, "2026Q4")["甲总支"]
			if d.ReceivedFen != 1501 || d.CollectedFen != 0 || d.DueFen != 1501 {
				t.Fatalf("got %+v", d)
			}
		})
		t.Run("where the share is not decided nothing is due, and handing up is warned of", func(t *testing.T) {
			ok[Remittance](t)(c.ConfirmRemittance(ctx, committee, c.remits(general, "甲总支", "2026Q4", 1501).ID))
			r := c.remits(committee, "甲党委", "2026Q4", 1000)
			equal(t, "over", r.OverFen, 1000)
			equal(t, "share", r.ShareBP, 0)
			fails[Remittance](t, "auth.forbidden")(c.ConfirmRemittance(ctx, second, r.ID))
			ok[Remittance](t)(c.ConfirmRemittance(ctx, city, r.ID))
		})
		t.Run("the city hands up out of the platform, by two of its administrators", func(t *testing.T) {
			r := c.remits(city, "市委", "2026Q4", 600)
			if r.ToOrgID != nil {
				t.Fatalf("got %+v", r)
			}
			fails[Remittance](t, "dues.same_person")(c.ConfirmRemittance(ctx, city, r.ID))
			ok[Remittance](t)(c.ConfirmRemittance(ctx, city2, r.ID))
			equal(t, "remitted", c.balance(ledger.DuesRemitted(c.org["市委"].ID)), 600)
			equal(t, "left", c.account("市委"), 400)
		})
		t.Run("reversed while the receiver still holds it", func(t *testing.T) {
			fails[Remittance](t, "ledger.insufficient")(c.ReverseRemittance(ctx, committee, first.ID, "退回"))
			over := c.remits(branch, "甲一支部", "2026Q4", 1540)
			ok[Remittance](t)(c.ConfirmRemittance(ctx, committee, over.ID))
			ok[Remittance](t)(c.ReverseRemittance(ctx, general, over.ID, "退回"))
			equal(t, "back", c.account("甲一支部"), 1540)
			d := due(committee, "2026Q4")
			equal(t, "handed up", d["甲一支部"].HandedUpFen, 0)
			equal(t, "received", d["甲总支"].ReceivedFen, 1501)
		})
		t.Run("a dissolved branch hands up what it holds, to the next that stands", func(t *testing.T) {
			c.exec("UPDATE org SET dissolved_on = '2026-10-09' WHERE name IN ('甲二支部', '甲总支')")
			r := c.remits(committee, "甲二支部", "2026Q3", 200)
			equal(t, "to", r.ToOrgName, "甲党委")
			ok[Remittance](t)(c.ConfirmRemittance(ctx, second, r.ID))
			equal(t, "left", c.account("甲二支部"), 0)
		})
		t.Run("both sides see it in their lists", func(t *testing.T) {
			for v, want := range map[*access.Viewer]int64{&branch: 3, &general: 5, &city: 7, &beside: 0} { // the branch's three, one of the general branch and of the dissolved one, two above
				_, total, err := c.Remittances(ctx, *v, RemittanceFilter{}, 0, 10)
				must(t, err)
				equal(t, v.Name, total, want)
			}
			_, total, err := c.Remittances(ctx, city, RemittanceFilter{Quarter: "2026Q3"}, 0, 10)
			must(t, err)
			equal(t, "of the quarter", total, 3)
		})
		c.sound()
	})
}
