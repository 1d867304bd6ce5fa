package o2o

import (
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
)

// TestPause_unattended: a pause that was never ended gains no more days than one may have, also where the daily pass did not run.
func TestPause_unattended(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-10-12 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-10-12 10:00:00")
		c := newCounty(t, db, clock)
		swept, left := c.handling(model.CategoryConsult).ID, c.handling(model.CategoryConsult).ID // 3 working days, until the 15th
		for _, id := range []int64{swept, left} {
			must(t, second(c.s.Pause(ctx, c.handler, id, "CITIZEN", "")))
		}
		clock.Set("2026-11-20 10:00:00") // the pause was over on 26 October
		must(t, second(c.s.Close(ctx, c.handler, left, "已办")))
		must(t, second(c.s.Clock(ctx)))
		must(t, second(c.s.Close(ctx, c.handler, swept, "已办")))
		a, b := c.row(swept), c.row(left)
		if *a.CloseMet || *b.CloseMet || a.HandleDue != b.HandleDue || a.HandleDue != "2026-10-29" {
			t.Errorf("after the pass: due %s, met %v; without it: due %s, met %v", a.HandleDue, *a.CloseMet, b.HandleDue, *b.CloseMet)
		}
	})
}
