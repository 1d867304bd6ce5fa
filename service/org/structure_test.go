package org_test

import (
	"fmt"
	"strings"
	"testing"

	"hongyun/model"
	"hongyun/service/fault"
	"hongyun/service/org"
)

func TestCreate(t *testing.T) {
	counties(t, func(t *testing.T, c *county) {
		ctx := t.Context()
		committee := c.committee("甲委")
		general := c.create(committee, model.OrgGeneralBranch, "总支")
		branch := c.branch(general, "一支部")
		t.Run("takes the next number below its parent", func(t *testing.T) {
			second := c.branch(general, "二支部")
			equal(t, c.now(committee).Path+c.now(general).Path+c.now(branch).Path+c.now(second).Path, "001001"+"001001001"+"001001001001"+"001001001002")
		})
		t.Run("keeps to the order of the levels", func(t *testing.T) {
			for _, bad := range []struct {
				parent int64
				level  string
			}{{c.city.ID, model.OrgBranch}, {c.city.ID, model.OrgGeneralBranch}, {committee, model.OrgCommittee}, {general, model.OrgGeneralBranch},
				{general, model.OrgCommittee}, {branch, model.OrgBranch}} {
				_, err := c.Create(ctx, c.admin(c.city.ID), org.NewInput{ParentID: bad.parent, Type: bad.level, Fields: org.Fields{Name: "新"}})
				refused(t, err, "org.wrong_level")
			}
		})
		t.Run("refuses what cannot be", func(t *testing.T) {
			_, err := c.Create(ctx, c.admin(c.city.ID), org.NewInput{ParentID: committee, Type: model.OrgBranch, Fields: org.Fields{Name: "三支部", OfficialCode: "X1"}})
			must(t, err)
			for code, f := range map[string]org.Fields{
				"org.name_taken":   {Name: " 三支部 "},
				"org.code_taken":   {Name: "四支部", OfficialCode: "X1"},
				"org.kind_unknown": {Name: "四支部", Kind: "火星"},
				"org.founded_on":   {Name: "四支部", FoundedOn: "2026-11-21"},
			} {
				_, err := c.Create(ctx, c.admin(c.city.ID), org.NewInput{ParentID: committee, Type: model.OrgBranch, Fields: f})
				refused(t, err, code)
			}
			_, err = c.Create(ctx, c.admin(c.city.ID), org.NewInput{ParentID: committee, Type: model.OrgGeneralBranch, Fields: org.Fields{Name: "联合", IsJoint: true}})
			refused(t, err, "org.not_joint")
		})
		t.Run("needs an administrator of the parent", func(t *testing.T) {
			in := org.NewInput{ParentID: general, Type: model.OrgBranch, Fields: org.Fields{Name: "五支部"}}
			_, err := c.Create(ctx, c.admin(branch), in)
			notFound(t, err)
			v := c.admin(branch)
			v.Grants = append(v.Grants, c.holder(model.RoleLeader, general).Grants...)
			_, err = c.Create(ctx, v, in)
			refused(t, err, "auth.forbidden")
			card, err := c.Create(ctx, c.admin(general), in)
			must(t, err)
			equal(t, card.Version, 1)
		})
	})
}

func TestCreate_Full(t *testing.T) {
	counties(t, func(t *testing.T, c *county) {
		committee := c.committee("甲委")
		gone := c.branch(committee, "一支部")
		must(t, c.Dissolve(t.Context(), c.admin(c.city.ID), gone, org.DissolveInput{Version: 1, On: c.today()}))
		moved := c.branch(committee, "二支部")
		other := c.committee("乙委")
		_, err := c.Move(t.Context(), c.admin(c.city.ID), moved, org.MoveInput{Version: 1, ParentID: other, On: c.today()})
		must(t, err)
		var rows []model.Org
		for i := 3; i <= 999; i++ {
			rows = append(rows, model.Org{ParentID: &committee, Type: model.OrgBranch, Path: fmt.Sprintf("001001%03d", i), Name: fmt.Sprint(i), CreatedAt: c.db.Now()})
		}
		must(t, c.tx(func(tx model.Tx) error { _, err := model.Bulk(tx, rows); return err }))
		t.Run("a number that was left is taken again when there is no other", func(t *testing.T) {
			equal(t, c.now(c.branch(committee, "再一支部")).Path, "001001002")
		})
		t.Run("then it is full, and says so", func(t *testing.T) {
			_, err := c.Create(t.Context(), c.admin(committee), org.NewInput{ParentID: committee, Type: model.OrgBranch, Fields: org.Fields{Name: "多出的支部"}})
			refused(t, err, "org.full")
		})
	})
}

func TestChange(t *testing.T) {
	counties(t, func(t *testing.T, c *county) {
		ctx := t.Context()
		committee := c.committee("甲委")
		branch := c.branch(committee, "一支部")
		above, own := c.admin(committee), c.admin(branch)
		own.Name = "小王"
		own.AccountID = c.account("小王")
		t.Run("the organisation's own administrator changes how it is reached", func(t *testing.T) {
			card, err := c.Change(ctx, own, branch, org.ChangeInput{Version: 1, Fields: org.Fields{Name: "一支部", Address: "一号楼", Phone: "7588001"}})
			must(t, err)
			equal(t, card.Address+card.Phone, "一号楼7588001")
			equal(t, card.Version, 2)
		})
		t.Run("and nothing else", func(t *testing.T) {
			for _, f := range []org.Fields{{Name: "新名"}, {Name: "一支部", Kind: "农村"}, {Name: "一支部", OfficialCode: "1"}, {Name: "一支部", IsJoint: true}, {Name: "一支部", FoundedOn: "2020-01-01"}} {
				_, err := c.Change(ctx, own, branch, org.ChangeInput{Version: 2, Fields: f})
				equal(t, refused(t, err, "org.not_above").Kind, fault.KindForbidden)
			}
		})
		t.Run("who saw an older version hears what has changed", func(t *testing.T) {
			_, err := c.Change(ctx, above, branch, org.ChangeInput{Version: 1, Fields: org.Fields{Name: "新名"}})
			f := refused(t, err, "org.changed")
			changes := f.Details["changes"].([]org.Event)
			equal(t, len(changes), 1)
			equal(t, changes[0].ByName, "小王")
			equal(t, changes[0].After["address"].(string), "一号楼")
			equal(t, f.Details["version"].(int64), 2)
		})
		t.Run("what is the same is no change", func(t *testing.T) {
			card, err := c.Change(ctx, own, branch, org.ChangeInput{Version: 2, Fields: org.Fields{Name: "一支部", Address: "一号楼", Phone: "7588001"}})
			must(t, err)
			equal(t, card.Version, 2)
		})
		t.Run("a new name holds from its day on, and the last one of a day", func(t *testing.T) {
			c.later(10)
			for i, name := range []string{"红一支部", "红旗支部"} {
				_, err := c.Change(ctx, above, branch, org.ChangeInput{Version: int64(2 + i), Fields: org.Fields{Name: name}, On: "2026-11-28", DocumentNo: "1号"})
				must(t, err)
			}
			for on, name := range map[model.Date]string{"2026-11-20": "一支部", "2026-11-27": "一支部", "2026-11-28": "红旗支部", "2026-11-29": "红旗支部", "": "红旗支部"} {
				equal(t, c.names(t, org.Filter{On: on, Type: model.OrgBranch}), name)
			}
			equal(t, c.count("SELECT count(*) FROM org_span WHERE org_id = ?", branch), 2)
			_, err := c.Change(ctx, above, branch, org.ChangeInput{Version: 4, Fields: org.Fields{Name: "早"}, On: "2026-11-27"})
			refused(t, err, "org.day_too_early")
			_, err = c.Change(ctx, above, branch, org.ChangeInput{Version: 4, Fields: org.Fields{Name: "晚"}, On: "2026-12-01"})
			refused(t, err, "org.day_ahead")
		})
		t.Run("the history tells it, the newest first", func(t *testing.T) {
			events, total, err := c.History(ctx, above, branch, 0, 10)
			must(t, err)
			equal(t, total, 4)
			var kinds []string
			for _, e := range events {
				kinds = append(kinds, e.Kind)
			}
			equal(t, strings.Join(kinds, " "), "RENAMED RENAMED CHANGED CREATED")
			equal(t, events[0].Before["name"].(string)+events[0].After["name"].(string)+events[0].DocumentNo, "红一支部红旗支部1号")
		})
		t.Run("the city may rename itself", func(t *testing.T) {
			_, err := c.Change(ctx, c.admin(c.city.ID), c.city.ID, org.ChangeInput{Version: 1, Fields: org.Fields{Name: "县委"}})
			must(t, err)
		})
	})
}

// names are the organisations of a list that the city sees.
func (c *county) names(t *testing.T, f org.Filter) string {
	t.Helper()
	rows, total, err := c.Orgs(t.Context(), c.holder(model.RoleLeader, c.city.ID), f, 0, 1000)
	must(t, err)
	equal(t, total, int64(len(rows)))
	var names []string
	for _, r := range rows {
		names = append(names, r.Name)
	}
	return strings.Join(names, " ")
}

func TestMove(t *testing.T) {
	counties(t, func(t *testing.T, c *county) {
		ctx, city := t.Context(), c.admin(c.city.ID)
		a, b := c.committee("甲委"), c.committee("乙委")
		general := c.create(a, model.OrgGeneralBranch, "总支")
		var branches []int64
		for i := range 100 {
			branches = append(branches, c.branch(general, fmt.Sprintf("%d支部", i)))
		}
		member := c.member(branches[50])
		c.later(10)
		in := org.MoveInput{Version: 1, ParentID: b, On: "2026-11-25", DocumentNo: "2号", Note: "调整"}
		t.Run("an administrator of one side alone may not", func(t *testing.T) {
			_, err := c.Move(ctx, c.admin(a), general, in)
			notFound(t, err)
			_, err = c.Move(ctx, c.admin(b), general, in)
			notFound(t, err)
			both := c.admin(general)
			both.Grants = append(both.Grants, c.admin(b).Grants...)
			_, err = c.Move(ctx, both, general, in)
			equal(t, refused(t, err, "org.not_above").Kind, fault.KindForbidden)
		})
		t.Run("what would be no tree is refused", func(t *testing.T) {
			for _, bad := range []struct {
				id, to int64
				code   string
			}{{general, a, "org.same_parent"}, {a, general, "org.cycle"}, {a, a, "org.cycle"}, {a, b, "org.wrong_level"}, {general, c.city.ID, "org.wrong_level"},
				{branches[0], branches[1], "org.wrong_level"}, {c.city.ID, a, "org.city_fixed"}} {
				_, err := c.Move(ctx, city, bad.id, org.MoveInput{Version: 1, ParentID: bad.to, On: c.today()})
				refused(t, err, bad.code)
			}
		})
		t.Run("the whole subtree goes, and everybody in it", func(t *testing.T) {
			_, err := c.Move(ctx, city, general, in)
			must(t, err)
			equal(t, c.now(general).Path, "001002001")
			equal(t, c.count("SELECT count(*) FROM org WHERE path LIKE '001002001___'"), 100)
			equal(t, c.count("SELECT count(*) FROM org WHERE path LIKE '001001_%'"), 0)
			rows, _, err := c.Roster(ctx, c.admin(b), b, "", 0, 10)
			must(t, err)
			equal(t, len(rows), 1)
			equal(t, rows[0], org.RosterRow{ID: member.ID, Name: member.Name, OrgID: branches[50], OrgName: "50支部"})
		})
		t.Run("the tree of a day before is as it was", func(t *testing.T) {
			equal(t, c.names(t, org.Filter{On: "2026-11-24", ParentID: a})+"|"+c.names(t, org.Filter{On: "2026-11-24", ParentID: b}), "总支|")
			equal(t, c.names(t, org.Filter{On: "2026-11-25", ParentID: a})+"|"+c.names(t, org.Filter{On: "2026-11-25", ParentID: b}), "|总支")
			equal(t, strings.Count(c.names(t, org.Filter{On: "2026-11-24", Under: a}), "支部"), 100)
			rows, total, err := c.Roster(ctx, city, a, "2026-11-24", 0, 10)
			must(t, err)
			equal(t, total, 1)
			equal(t, rows[0].OrgName, "50支部")
			_, total, err = c.Roster(ctx, city, a, "2026-11-25", 0, 10)
			must(t, err)
			equal(t, total, 0)
			_, total, err = c.Roster(ctx, c.admin(a), a, "2026-11-24", 0, 10)
			must(t, err)
			equal(t, total, 0) // its branches are another committee's today
		})
		t.Run("history is not rewritten", func(t *testing.T) {
			_, err := c.Move(ctx, city, general, org.MoveInput{Version: 2, ParentID: a, On: "2026-11-24"})
			refused(t, err, "org.day_too_early")
			_, err = c.Move(ctx, city, general, org.MoveInput{Version: 1, ParentID: a, On: c.today()})
			refused(t, err, "org.changed")
		})
		t.Run("nobody finds two of a name below one parent", func(t *testing.T) {
			twin := c.create(a, model.OrgGeneralBranch, "总支")
			_, err := c.Move(ctx, city, twin, org.MoveInput{Version: 1, ParentID: b, On: c.today()})
			refused(t, err, "org.name_taken")
		})
	})
}
