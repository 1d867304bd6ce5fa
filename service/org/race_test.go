package org_test

import (
	"fmt"
	"sync"
	"testing"

	"hongyun/model"
	"hongyun/service/fault"
	"hongyun/service/org"
)

// atOnce runs all at the same time and answers with what each said.
func atOnce(all ...func() error) []error {
	errs := make([]error, len(all))
	var wg sync.WaitGroup
	gate := make(chan struct{})
	for i, one := range all {
		wg.Go(func() {
			<-gate
			errs[i] = one()
		})
	}
	close(gate)
	wg.Wait()
	return errs
}

// TestAtOnce: changes of the tree by several people at the same time wait for each other.
func TestAtOnce(t *testing.T) {
	counties(t, func(t *testing.T, c *county) {
		ctx, city := t.Context(), c.admin(c.city.ID)
		a, b := c.committee("甲委"), c.committee("乙委")
		t.Run("of two who change one organisation one succeeds, the other hears what has changed", func(t *testing.T) {
			for round := range 5 {
				version := c.now(a).Version
				rename := func(name string) func() error {
					return func() error {
						_, err := c.Change(ctx, city, a, org.ChangeInput{Version: version, Fields: org.Fields{Name: fmt.Sprint(name, round)}})
						return err
					}
				}
				won := 0
				for _, err := range atOnce(rename("丙委"), rename("丁委")) {
					if err == nil {
						won++
						continue
					}
					f := refused(t, err, "org.changed")
					equal(t, f.Kind, fault.KindConflict)
					equal(t, len(f.Details["changes"].([]org.Event)), 1)
				}
				equal(t, won, 1)
			}
		})
		t.Run("moves and foundings below one parent take places of their own", func(t *testing.T) {
			var all []func() error
			for i := range 6 {
				branch := c.branch(a, fmt.Sprint("支部", i))
				all = append(all, func() error {
					_, err := c.Move(ctx, city, branch, org.MoveInput{Version: 1, ParentID: b, On: c.today()})
					return err
				}, func() error {
					_, err := c.Create(ctx, city, org.NewInput{ParentID: b, Type: model.OrgBranch, Fields: org.Fields{Name: fmt.Sprint("新支部", i)}})
					return err
				})
			}
			for _, err := range atOnce(all...) {
				must(t, err)
			}
			equal(t, c.count("SELECT count(DISTINCT path) FROM org WHERE parent_id = ?", b), 12)
		})
		t.Run("a general branch that moves while its branch moves out keeps the tree", func(t *testing.T) {
			for i := range 4 {
				general := c.create(a, model.OrgGeneralBranch, fmt.Sprint("总支", i))
				branch := c.branch(general, fmt.Sprint("总支支部", i))
				for _, err := range atOnce(func() error {
					_, err := c.Move(ctx, city, general, org.MoveInput{Version: 1, ParentID: b, On: c.today()})
					return err
				}, func() error {
					_, err := c.Move(ctx, city, branch, org.MoveInput{Version: 1, ParentID: a, On: c.today()})
					return err
				}) {
					must(t, err)
				}
			}
		})
		t.Run("whoever comes while a branch ends is in a branch in the end", func(t *testing.T) {
			home := c.branch(a, "老支部")
			for i := range 6 {
				ends := c.branch(a, fmt.Sprint("短支部", i))
				m := c.member(home)
				errs := atOnce(func() error {
					return c.Dissolve(ctx, city, ends, org.DissolveInput{Version: 1, On: c.today()})
				}, func() error { return c.transfer(m.ID, ends) })
				switch {
				case errs[0] == nil:
					refused(t, errs[1], "org.dissolved")
				default:
					refused(t, errs[0], "org.not_empty")
					must(t, errs[1])
				}
			}
		})
		c.set("DELETE FROM member_span WHERE org_id = ?", c.city.ID)
		c.holds(t)
	})
}
