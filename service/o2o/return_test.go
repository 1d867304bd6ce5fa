package o2o

import (
	"strings"
	"sync"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
)

func TestReturn(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-11-23 10:00:00")
		c := newCounty(t, db, clock)
		id := c.submit(c.citizen, SubmitInput{}).ID
		must(t, second(c.s.Accept(ctx, c.desk, id, AcceptInput{})))
		must(t, second(c.s.Refer(ctx, c.desk, id, c.roads, "")))
		t.Run("a return names its legal ground", func(t *testing.T) {
			if _, err := c.s.Return(ctx, c.handler, id, " "); !fault.Is(err, "o2o.no_note") {
				t.Error(err)
			}
		})
		clock.Set("2026-11-25 23:59:59")
		must(t, second(c.s.AskHelp(ctx, c.handler, id, HelpInput{DepartmentID: c.clinics, Part: "伤者情况"})))
		out, err := c.s.Return(ctx, c.handler, id, "《道路管理条例》第六条")
		if err != nil || out.State != model.RequestReturned {
			t.Fatalf("%+v %v", out, err)
		}
		t.Run("the unit sees it no more, its helpers are let go, and the step keeps its name", func(t *testing.T) {
			for _, v := range []access.Viewer{c.handler, c.stranger} {
				if _, err := c.s.Request(ctx, v, id); !fault.Is(err, "not_found") {
					t.Error(err)
				}
			}
			d, err := c.s.Request(ctx, c.desk, id)
			must(t, err)
			last := d.Steps[len(d.Steps)-1]
			if d.DepartmentID != nil || d.ReturnCount != 1 || last.DepartmentName != "城市管理局" || last.Note != "《道路管理条例》第六条" || last.Met == nil || !*last.Met {
				t.Errorf("%+v", d)
			}
			if len(d.Helpers) != 1 || d.Helpers[0].State != model.HelperCancelled || len(c.messages(kindHelpEnded)) != 1 {
				t.Errorf("%+v", d.Helpers)
			}
			if d.Clock != model.ClockRefer || d.Deadline != "2026-11-26" {
				t.Errorf("%s until %s", d.Clock, d.Deadline)
			}
			if n := len(c.messages(kindToCity)); n != 0 {
				t.Errorf("the city is told %d times of a first return", n)
			}
		})
		must(t, second(c.s.Refer(ctx, c.desk, id, c.clinics, "")))
		must(t, second(c.s.Return(ctx, c.stranger, id, "《医疗机构管理条例》第五条")))
		t.Run("the second return goes to the city by itself, and what it assigns is final", func(t *testing.T) {
			told := c.messages(kindToCity)
			if len(told) != 1 || told[0].RecipientType != model.ToMember || told[0].RecipientID != c.admin.MemberID || strings.Contains(told[0].Data, "医疗机构管理条例") {
				t.Errorf("%+v", told)
			}
			d, err := c.s.Assign(ctx, c.admin, id, c.roads, "道路由城管负责")
			if err != nil || d.State != model.RequestReferred || !d.Final || d.DepartmentName != "城市管理局" || d.Disposition != model.DispositionRefer {
				t.Fatalf("%+v %v", d, err)
			}
			if _, err := c.s.Return(ctx, c.handler, id, "仍非本单位职责"); !fault.Is(err, "o2o.final") {
				t.Error(err)
			}
			if n := len(c.messages(kindToDepartment)); n != 3 {
				t.Errorf("units were told %d times", n)
			}
		})
		if r := c.row(id); r.ReferredOn != "2026-11-23" || r.ReferMet == nil || !*r.ReferMet {
			t.Errorf("the referral counts once: %+v", r)
		}
		if _, err := audit.Verify(ctx, db); err != nil {
			t.Error(err)
		}
	})
}

// TestReturn_atOnce: two of the unit act at once; one wins, the other is told, and nothing is half done.
func TestReturn_atOnce(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		c := newCounty(t, db, clock)
		for range 5 {
			id := c.put(model.RequestReferred)
			var returned, handled error
			var wg sync.WaitGroup
			wg.Go(func() { _, returned = c.s.Return(ctx, c.handler, id, "依据") })
			wg.Go(func() { _, handled = c.s.Handle(ctx, c.chief, id, "") })
			wg.Wait()
			r := c.row(id)
			switch {
			case returned == nil && fault.Is(handled, "not_found") || returned == nil && fault.Is(handled, "o2o.wrong_state"):
				if r.State != model.RequestReturned || r.DepartmentID != nil || r.HandlerID != nil || r.Steps != 2 {
					t.Errorf("returned, and %+v", r)
				}
			case handled == nil && fault.Is(returned, "o2o.wrong_state"):
				if r.State != model.RequestHandling || r.DepartmentID == nil || r.Steps != 2 {
					t.Errorf("handled, and %+v", r)
				}
			default:
				t.Errorf("returned: %v, handled: %v", returned, handled)
			}
		}
	})
}
