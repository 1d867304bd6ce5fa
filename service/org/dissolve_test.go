package org_test

import (
	"slices"
	"testing"

	"hongyun/model"
	"hongyun/service/org"
)

func TestDissolve(t *testing.T) {
	counties(t, func(t *testing.T, c *county) {
		ctx, city := t.Context(), c.admin(c.city.ID)
		city.AccountID = c.account("")
		committee := c.committee("甲委")
		branch, other := c.branch(committee, "一支部"), c.branch(committee, "二支部")
		m := c.member(branch)
		in := org.DissolveInput{Version: 1, On: c.today(), DocumentNo: "3号"}
		t.Run("says what is left", func(t *testing.T) {
			f := refused(t, c.Dissolve(ctx, city, branch, in), "org.not_empty")
			equal(t, f.Details["members"].(int64), 1)
			equal(t, f.Message, "“一支部”还有1名党员，请先转出或合并后再撤销")
			equal(t, refused(t, c.Dissolve(ctx, city, committee, in), "org.not_empty").Details["orgs"].(int64), 2)
		})
		t.Run("who left lately belonged to it until then", func(t *testing.T) {
			c.later(3)
			must(t, c.transfer(m.ID, other))
			refused(t, c.Dissolve(ctx, city, branch, org.DissolveInput{Version: 1, On: "2026-11-21"}), "org.day_too_early")
		})
		t.Run("its own administrator may not", func(t *testing.T) {
			refused(t, c.Dissolve(ctx, c.admin(branch), branch, in), "org.not_above")
		})
		t.Run("its roles, posts and hand-overs end with it", func(t *testing.T) {
			c.insert(&model.RoleGrant{MemberID: &m.ID, Role: model.RoleAdmin, OrgID: &branch, GrantedAt: c.db.Now()})
			c.insert(&model.OrgPost{OrgID: branch, MemberID: m.ID, Post: model.PostSecretary, FromOn: "2026-01-01", CreatedAt: c.db.Now()})
			c.insert(&model.Handover{OrgID: branch, ToMemberID: m.ID, State: model.HandoverOpen, Pack: "{}", OpenedAt: c.db.Now()})
			in.On = c.today()
			must(t, c.Dissolve(ctx, city, branch, in))
			equal(t, c.count("SELECT count(*) FROM role_grant WHERE org_id = ? AND revoked_at IS NULL", branch), 0)
			equal(t, c.count("SELECT count(*) FROM org_post WHERE org_id = ? AND until_on IS NULL", branch), 0)
			equal(t, c.count("SELECT count(*) FROM handover WHERE org_id = ? AND state = 'OPEN'", branch), 0)
		})
		t.Run("it is not found any more, but its history is by those above", func(t *testing.T) {
			_, err := c.Card(ctx, city, branch)
			notFound(t, err)
			events, _, err := c.History(ctx, c.admin(committee), branch, 0, 1)
			must(t, err)
			equal(t, events[0].Kind+events[0].DocumentNo, "DISSOLVED3号")
			_, _, err = c.History(ctx, c.admin(other), branch, 0, 1)
			notFound(t, err)
			equal(t, c.names(t, org.Filter{Under: committee}), "二支部")
			equal(t, c.names(t, org.Filter{Under: committee, On: "2026-11-22"}), "一支部 二支部")
			rows, _, err := c.Roster(ctx, c.admin(committee), branch, "2026-11-22", 0, 10)
			must(t, err)
			equal(t, len(rows), 1)
		})
		t.Run("nobody comes into it any more", func(t *testing.T) {
			refused(t, c.transfer(m.ID, branch), "org.dissolved")
		})
	})
}

func TestJointUnits(t *testing.T) {
	counties(t, func(t *testing.T, c *county) {
		ctx := t.Context()
		committee := c.committee("甲委")
		card, err := c.Create(ctx, c.admin(committee), org.NewInput{ParentID: committee, Type: model.OrgBranch, Fields: org.Fields{Name: "联合支部", IsJoint: true}})
		must(t, err)
		units := func(names ...string) (list []org.JointUnit) {
			for _, n := range names {
				list = append(list, org.JointUnit{Name: n})
			}
			return list
		}
		card, err = c.SetJointUnits(ctx, c.admin(card.ID), card.ID, org.JointUnitsInput{Version: 1, Units: units("供销社", "粮站")})
		must(t, err)
		card, err = c.SetJointUnits(ctx, c.admin(card.ID), card.ID, org.JointUnitsInput{Version: 2, Units: units("粮站", " 邮局 ")})
		must(t, err)
		if !slices.Equal(card.JointUnits, []string{"粮站", "邮局"}) {
			t.Fatalf("%v", card.JointUnits)
		}
		t.Run("each once", func(t *testing.T) {
			_, err := c.SetJointUnits(ctx, c.admin(card.ID), card.ID, org.JointUnitsInput{Version: 3, Units: units("粮站", "粮站 ")})
			refused(t, err, "org.unit_twice")
		})
		t.Run("a branch with units stays joint", func(t *testing.T) {
			_, err := c.Change(ctx, c.admin(committee), card.ID, org.ChangeInput{Version: 3, Fields: org.Fields{Name: "联合支部"}})
			refused(t, err, "org.has_joint_units")
		})
		t.Run("only a joint branch has them", func(t *testing.T) {
			_, err := c.SetJointUnits(ctx, c.admin(committee), c.branch(committee, "一支部"), org.JointUnitsInput{Version: 1, Units: units("粮站")})
			refused(t, err, "org.not_joint")
		})
	})
}
