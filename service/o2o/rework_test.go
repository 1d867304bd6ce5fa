package o2o

import (
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
)

// TestSendBack: a closing that was false leads back to the unit, takes back what it earned, and is closed by somebody else.
func TestSendBack(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-11-23 10:00:00")
		c := newCounty(t, db, clock)
		id := c.submit(c.citizen, SubmitInput{}).ID
		must(t, second(c.s.Accept(ctx, c.desk, id, AcceptInput{})))
		must(t, second(c.s.Refer(ctx, c.desk, id, c.roads, "")))
		must(t, second(c.s.Handle(ctx, c.handler, id, "")))
		must(t, second(c.s.Close(ctx, c.handler, id, "已修好")))
		must(t, second(c.s.Rate(ctx, c.citizen, id, RateInput{Rating: 4})))
		var facts int64
		count := func() int64 {
			must(t, db.Read(ctx).Raw("SELECT coalesce(sum(quantity), 0) FROM fact WHERE code = ?", FactRated).Scan(&facts).Error)
			return facts
		}
		if count() != 1 {
			t.Fatalf("%d facts", facts)
		}
		d, err := c.s.SendBack(ctx, c.desk, id, "回访核实：路灯未修")
		must(t, err)
		if d.State != model.RequestReopened || d.Clock != model.ClockReopen || d.Deadline != "2026-11-30" || d.Rating != nil || d.ReopenCount != 1 || count() != 0 {
			t.Errorf("%+v, %d facts", d.View, facts)
		}
		if told := c.messages(kindReopened); len(told) == 0 {
			t.Error("the unit is not told")
		}
		must(t, second(c.s.Rework(ctx, c.chief, id, "")))
		d, err = c.s.Close(ctx, c.chief, id, "确已修好")
		if err != nil || d.State != model.RequestClosed {
			t.Errorf("%s %v", d.State, err)
		}
		must(t, second(c.s.Rate(ctx, c.citizen, id, RateInput{Rating: 5})))
		if count() != 0 {
			t.Errorf("%d facts: who closed it falsely keeps none, and the chief is no member", facts)
		}
		if r := c.row(id); *r.HandlerID != c.chief.AccountID || r.CloseMet == nil || !*r.CloseMet || r.HandleDue != "2026-11-30" {
			t.Errorf("%+v", r)
		}
	})
}
