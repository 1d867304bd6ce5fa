package org_test

import (
	"strings"
	"testing"

	"hongyun/model"
	"hongyun/service/org"
)

func TestMerge_Branches(t *testing.T) {
	counties(t, func(t *testing.T, c *county) {
		ctx, city := t.Context(), c.admin(c.city.ID)
		city.AccountID = c.account("赵六")
		city.Name = "赵六"
		a, b := c.committee("甲委"), c.committee("乙委")
		from, into, third := c.branch(a, "一支部"), c.branch(b, "二支部"), c.branch(a, "三支部")
		in := org.MergeInput{Version: 1, IntoID: into, On: "2026-11-25", DocumentNo: "4号"}
		stays, suspended, gone := c.member(from), c.member(from), c.member(from)
		c.set("UPDATE member SET standing = 'SUSPENDED' WHERE id = ?", suspended.ID)
		c.set("UPDATE member SET standing = 'REMOVED', left_on = '2026-11-20' WHERE id = ?", gone.ID)
		c.set("UPDATE member_span SET until_on = '2026-11-20' WHERE member_id = ?", gone.ID)
		old := model.PartyGroup{OrgID: from, Name: "第一小组", LeaderID: &stays.ID, CreatedAt: c.db.Now()}
		there := model.PartyGroup{OrgID: into, Name: "第一小组", CreatedAt: c.db.Now()}
		c.insert(&old)
		c.insert(&there)
		c.set("UPDATE member SET group_id = ? WHERE id = ?", old.ID, stays.ID)
		for i, state := range []string{model.DevActivist, model.DevStopped} {
			c.insert(&model.Development{OrgID: from, Name: "某", IDSealed: "x", IDIndex: state, Sex: "MALE", BornOn: "2000-01-01", State: state, AppliedOn: "2026-01-01",
				Version: int64(i), CreatedAt: c.db.Now(), UpdatedAt: c.db.Now()})
		}
		elsewhere := c.member(third)
		coming, between := model.Transfer{MemberID: elsewhere.ID, FromOrgID: third, ToOrgID: &from, State: model.TransferOpen, Reason: "x", RequestedAt: c.db.Now()},
			model.Transfer{MemberID: stays.ID, FromOrgID: from, ToOrgID: &into, State: model.TransferOpen, Reason: "x", RequestedAt: c.db.Now()}
		c.insert(&coming)
		c.insert(&between)
		floating := model.Floating{MemberID: &suspended.ID, Name: "某", HomeOrgID: &from, Place: "外地", LeftOn: "2026-01-01", State: model.FloatingActive, RegisteredAt: c.db.Now()}
		c.insert(&floating)
		c.insert(&model.DuesBill{MemberID: stays.ID, OrgID: from, Month: "2026-11", Category: "FARMER", AmountFen: 20, State: model.BillUnpaid, CreatedAt: c.db.Now()})
		c.insert(&model.RoleGrant{MemberID: &stays.ID, Role: model.RoleAdmin, OrgID: &from, GrantedAt: c.db.Now()})
		c.later(10)

		t.Run("needs an administrator above both, and two of a type", func(t *testing.T) {
			_, err := c.Merge(ctx, c.admin(a), from, in)
			notFound(t, err)
			_, err = c.Merge(ctx, c.admin(from), from, in)
			refused(t, err, "org.not_above")
			v := c.admin(a)
			v.Grants = append(v.Grants, c.admin(into).Grants...)
			_, err = c.Merge(ctx, v, from, in)
			refused(t, err, "org.not_above")
			_, err = c.Merge(ctx, city, from, org.MergeInput{Version: 1, IntoID: b, On: c.today()})
			refused(t, err, "org.wrong_level")
			_, err = c.Merge(ctx, city, from, org.MergeInput{Version: 1, IntoID: from, On: c.today()})
			refused(t, err, "org.same")
			_, err = c.Merge(ctx, city, from, org.MergeInput{Version: 1, IntoID: into, On: "2026-11-19"})
			refused(t, err, "org.day_too_early")
			_, err = c.Merge(ctx, city, from, org.MergeInput{Version: 9, IntoID: into, On: c.today()})
			refused(t, err, "org.changed")
		})
		card, err := c.Merge(ctx, city, from, in)
		must(t, err)
		t.Run("its members go over, those who have left stay where they were", func(t *testing.T) {
			equal(t, card.ID, into)
			equal(t, card.Members.Total+card.Members.Suspended, 2)
			equal(t, c.count("SELECT org_id FROM member WHERE id = ?", gone.ID), from)
			equal(t, c.count("SELECT count(*) FROM member_span WHERE member_id = ?", gone.ID), 1)
			equal(t, c.count("SELECT count(*) FROM member_span WHERE org_id = ? AND reason = 'MERGED' AND from_on = '2026-11-25'", into), 2)
			equal(t, c.count("SELECT count(*) FROM member_change WHERE field = 'org_id' AND before = '一支部' AND after = '二支部' AND by_name = '赵六' AND version = 2"), 2)
			equal(t, c.count("SELECT version FROM member WHERE id = ?", stays.ID), 2)
		})
		t.Run("with their party group, under a name of its own", func(t *testing.T) {
			groups, err := c.Groups(ctx, city, into)
			must(t, err)
			equal(t, len(groups), 2)
			equal(t, groups[1].Name, "第一小组（原一支部）")
			equal(t, *groups[1].LeaderID, stays.ID)
			equal(t, len(groups[1].Members), 1)
		})
		t.Run("what is open goes over, what is over stays", func(t *testing.T) {
			equal(t, c.count("SELECT count(*) FROM development WHERE org_id = ? AND state = 'ACTIVIST'", into), 1)
			equal(t, c.count("SELECT count(*) FROM development WHERE org_id = ? AND state = 'STOPPED'", from), 1)
			equal(t, c.count("SELECT count(*) FROM transfer WHERE id = ? AND to_org_id = ? AND state = 'OPEN'", coming.ID, into), 1)
			equal(t, c.count("SELECT count(*) FROM transfer WHERE id = ? AND state = 'WITHDRAWN'", between.ID), 1)
			equal(t, c.count("SELECT home_org_id FROM floating WHERE id = ?", floating.ID), into)
			equal(t, c.count("SELECT count(*) FROM dues_bill WHERE org_id = ?", into), 1)
			equal(t, c.count("SELECT count(*) FROM role_grant WHERE org_id = ? AND revoked_at IS NULL", from), 0)
		})
		t.Run("both histories tell it", func(t *testing.T) {
			var kinds []string
			for _, id := range []int64{from, into} {
				events, _, err := c.History(ctx, city, id, 0, 1)
				must(t, err)
				kinds = append(kinds, events[0].Kind+events[0].OtherName+events[0].DocumentNo)
				equal(t, events[0].After["members"].(float64), 2)
			}
			equal(t, strings.Join(kinds, " "), "MERGED二支部4号 ABSORBED一支部4号")
			rows, _, err := c.Roster(ctx, city, from, "2026-11-24", 0, 10)
			must(t, err)
			equal(t, len(rows), 2)
			rows, _, err = c.Roster(ctx, city, into, "2026-11-25", 0, 10)
			must(t, err)
			equal(t, len(rows), 2)
		})
	})
}

func TestMerge_Committees(t *testing.T) {
	counties(t, func(t *testing.T, c *county) {
		ctx, city := t.Context(), c.admin(c.city.ID)
		a, b := c.committee("甲委"), c.committee("乙委")
		general := c.create(a, model.OrgGeneralBranch, "总支")
		below, gone, beside, twin := c.branch(general, "一支部"), c.branch(a, "旧支部"), c.branch(a, "二支部"), c.branch(b, "二支部")
		must(t, c.Dissolve(ctx, city, gone, org.DissolveInput{Version: 1, On: c.today()}))
		t.Run("two of a name are named", func(t *testing.T) {
			_, err := c.Merge(ctx, city, a, org.MergeInput{Version: 1, IntoID: b, On: c.today()})
			equal(t, refused(t, err, "org.name_taken").Details["names"].([]string)[0], "二支部")
		})
		_, err := c.Change(ctx, city, twin, org.ChangeInput{Version: 1, Fields: org.Fields{Name: "乙二支部"}})
		must(t, err)
		c.later(1)
		_, err = c.Merge(ctx, city, a, org.MergeInput{Version: 1, IntoID: b, On: c.today()})
		must(t, err)
		t.Run("all below goes over, but for what had ended", func(t *testing.T) {
			equal(t, c.names(t, org.Filter{Under: b}), "乙二支部 总支 一支部 二支部")
			equal(t, c.now(below).Path[:6]+c.now(beside).Path[:6]+c.now(gone).Path[:6], "001002001002001001")
			equal(t, c.names(t, org.Filter{Under: a, On: "2026-11-20"}), "总支 一支部 二支部")
			equal(t, c.names(t, org.Filter{ParentID: c.city.ID}), "乙委")
		})
		t.Run("each has its own event and version", func(t *testing.T) {
			events, _, err := c.History(ctx, city, general, 0, 1)
			must(t, err)
			equal(t, events[0].Kind+events[0].Before["parent_name"].(string)+events[0].After["parent_name"].(string), "MOVED甲委乙委")
			equal(t, events[0].Version, c.now(general).Version)
		})
	})
}

// set is a change past the services.
func (c *county) set(sql string, args ...any) {
	c.t.Helper()
	must(c.t, c.tx(func(tx model.Tx) error { return tx.Exec(sql, args...).Error }))
}
