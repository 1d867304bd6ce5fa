package org_test

import (
	"testing"

	"hongyun/model"
	"hongyun/service/org"
)

func TestGroups(t *testing.T) {
	counties(t, func(t *testing.T, c *county) {
		ctx := t.Context()
		committee := c.committee("甲委")
		branch, other := c.branch(committee, "一支部"), c.branch(committee, "二支部")
		own := c.admin(branch)
		first, second, foreign := c.member(branch), c.member(branch), c.member(other)
		g, err := c.CreateGroup(ctx, own, branch, org.GroupInput{Name: " 第一小组 ", LeaderID: first.ID})
		must(t, err)
		t.Run("the leader comes into the group", func(t *testing.T) {
			equal(t, g.Name, "第一小组")
			equal(t, g.LeaderName, first.Name)
			equal(t, len(g.Members), 1)
		})
		t.Run("belongs to a branch, under a name of its own, with people of the branch", func(t *testing.T) {
			_, err := c.CreateGroup(ctx, c.admin(committee), committee, org.GroupInput{Name: "小组"})
			refused(t, err, "group.only_branch")
			_, err = c.CreateGroup(ctx, own, branch, org.GroupInput{Name: "第一小组"})
			refused(t, err, "group.name_taken")
			_, err = c.CreateGroup(ctx, own, branch, org.GroupInput{Name: "第二小组", LeaderID: foreign.ID})
			refused(t, err, "group.not_of_branch")
			_, err = c.SetGroupMembers(ctx, own, g.ID, members(first.ID, foreign.ID))
			refused(t, err, "group.not_of_branch")
		})
		t.Run("its members are replaced, but the leader stays in it", func(t *testing.T) {
			got, err := c.SetGroupMembers(ctx, own, g.ID, members(first.ID, second.ID, second.ID))
			must(t, err)
			equal(t, len(got.Members), 2)
			_, err = c.SetGroupMembers(ctx, own, g.ID, members(second.ID))
			refused(t, err, "group.leader_missing")
			got, err = c.SetGroupMembers(ctx, own, g.ID, members(first.ID))
			must(t, err)
			equal(t, len(got.Members), 1)
		})
		t.Run("who comes in and who goes out is a new version of the member, and stands in the log", func(t *testing.T) {
			var m model.Member
			must(t, c.db.Read(ctx).Where("id = ?", second.ID).Take(&m).Error)
			equal(t, m.Version, second.Version+2)
			var log []model.MemberChange
			must(t, c.db.Read(ctx).Where("member_id = ? AND field = 'group_id'", second.ID).Order("version").Find(&log).Error)
			equal(t, len(log), 2)
			equal(t, log[0].After, "第一小组")
			equal(t, log[1].Before, "第一小组")
			equal(t, log[1].Version, m.Version)
			equal(t, c.count("SELECT count(*) FROM member_change WHERE member_id = ?", first.ID), 1) // was in it all the time
		})
		next, err := c.CreateGroup(ctx, own, branch, org.GroupInput{Name: "第二小组", LeaderID: second.ID})
		must(t, err)
		t.Run("whoever comes into another group leaves this one", func(t *testing.T) {
			got, err := c.ChangeGroup(ctx, own, g.ID, org.GroupInput{Name: "第一小组", LeaderID: second.ID})
			must(t, err)
			equal(t, *got.LeaderID, second.ID)
			groups, err := c.Groups(ctx, own, branch)
			must(t, err)
			equal(t, groups[1].LeaderID == nil, true)
			equal(t, len(groups[1].Members), 0)
			_, err = c.ChangeGroup(ctx, own, next.ID, org.GroupInput{Name: "第一小组"})
			refused(t, err, "group.name_taken")
		})
		t.Run("a leader who moves away leads no more", func(t *testing.T) {
			must(t, c.transfer(second.ID, other))
			groups, err := c.Groups(ctx, own, branch)
			must(t, err)
			equal(t, groups[0].LeaderName, "")
		})
		t.Run("dissolved, its members belong to the branch alone", func(t *testing.T) {
			must(t, c.DissolveGroup(ctx, own, g.ID))
			equal(t, c.count("SELECT count(*) FROM member WHERE group_id = ?", g.ID), 0)
			_, err := c.ChangeGroup(ctx, own, g.ID, org.GroupInput{Name: "再"})
			notFound(t, err)
			_, err = c.CreateGroup(ctx, own, branch, org.GroupInput{Name: "第一小组"})
			must(t, err)
		})
		t.Run("another branch neither sees nor changes it", func(t *testing.T) {
			_, err := c.Groups(ctx, c.admin(other), branch)
			notFound(t, err)
			_, err = c.SetGroupMembers(ctx, c.admin(other), next.ID, members())
			notFound(t, err)
			_, err = c.Groups(ctx, c.holder(model.RoleLeader, committee), branch)
			must(t, err)
		})
	})
}

func members(ids ...int64) org.GroupMembersInput {
	in := org.GroupMembersInput{Members: []org.GroupMemberInput{}}
	for _, id := range ids {
		in.Members = append(in.Members, org.GroupMemberInput{MemberID: id})
	}
	return in
}
