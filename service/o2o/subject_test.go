package o2o

import (
	"slices"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/fault"
)

// TestMerge_subject: the unit complained of handles a complaint about it under no other number either (RULES 9.2).
func TestMerge_subject(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		c := newCounty(t, db, clock)
		complain := func() int64 {
			return c.submit(c.neighbour, SubmitInput{Content: "城管收了钱才肯修路灯", SubjectDepartmentID: &c.roads}).ID
		}
		t.Run("into what the unit works on it is not merged", func(t *testing.T) {
			main := c.put(model.RequestHandling) // with roads
			if _, err := c.s.Merge(ctx, c.desk, complain(), main, ""); !fault.Is(err, "o2o.subject_works") {
				t.Errorf("%v", err)
			}
			c.set(main, map[string]any{"department_id": c.clinics})
			must(t, second(c.s.AskHelp(ctx, c.stranger, main, HelpInput{DepartmentID: c.roads, Part: "现场"})))
			if _, err := c.s.Merge(ctx, c.desk, complain(), main, ""); !fault.Is(err, "o2o.subject_works") {
				t.Errorf("as a helper: %v", err)
			}
		})
		t.Run("nor what has such a one in it", func(t *testing.T) {
			root, into := c.submit(c.citizen, SubmitInput{}).ID, c.put(model.RequestHandling)
			must(t, second(c.s.Merge(ctx, c.desk, complain(), root, "")))
			if _, err := c.s.Merge(ctx, c.desk, root, into, ""); !fault.Is(err, "o2o.subject_works") {
				t.Errorf("%v", err)
			}
		})
		t.Run("what one is merged into does not go to the unit", func(t *testing.T) {
			main := c.submit(c.citizen, SubmitInput{}).ID
			must(t, second(c.s.Merge(ctx, c.desk, complain(), main, "")))
			must(t, second(c.s.Accept(ctx, c.desk, main, AcceptInput{})))
			if _, err := c.s.Refer(ctx, c.desk, main, c.roads, ""); !fault.Is(err, "o2o.subject_unit") {
				t.Errorf("referred: %v", err)
			}
			must(t, second(c.s.Refer(ctx, c.desk, main, c.clinics, "")))
			if _, err := c.s.AskHelp(ctx, c.stranger, main, HelpInput{DepartmentID: c.roads, Part: "现场"}); !fault.Is(err, "o2o.subject_unit") {
				t.Errorf("for help: %v", err)
			}
			d, err := c.s.Request(ctx, c.stranger, main)
			if err != nil || len(d.Merged) != 1 || slices.Contains(d.Actions, ActionReturn) != true {
				t.Errorf("%+v %v", d, err)
			}
		})
	})
}

// TestExtension_ownUnit: nobody grants his or her own unit more time, under whatever hat.
func TestExtension_ownUnit(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		c := newCounty(t, db, clock)
		both := c.person("两头干", 0, model.RoleGrant{Role: model.RoleDesk, OrgID: &c.desk.Grants[0].OrgID}, model.RoleGrant{Role: model.RoleDepartmentLeader, DepartmentID: &c.roads})
		id := c.put(model.RequestHandling)
		must(t, second(c.s.AskExtension(ctx, c.handler, id, 2, "等待配件")))
		if _, err := c.s.GrantExtension(ctx, both, id, 0, ""); !fault.Is(err, "o2o.own_extension") {
			t.Errorf("granted: %v", err)
		}
		if _, err := c.s.RefuseExtension(ctx, both, id, "不必"); !fault.Is(err, "o2o.own_extension") {
			t.Errorf("refused: %v", err)
		}
		if d, err := c.s.Request(ctx, both, id); err != nil || slices.Contains(d.Actions, ActionGrant) {
			t.Errorf("%v %v", d.Actions, err)
		}
		must(t, second(c.s.GrantExtension(ctx, c.desk, id, 0, "")))
	})
}
