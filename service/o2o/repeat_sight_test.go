package o2o

import (
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
)

// TestRepeat_sight: that two requests are one citizen's would tell a unit who wrote the one under whose name it reads nothing (RULES 9.2).
func TestRepeat_sight(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		c := newCounty(t, db, clock)
		send := func(v access.Viewer, in SubmitInput) int64 {
			in.Content = "人民路路灯坏了三天没人修"
			id := c.submit(v, in).ID
			must(t, second(c.s.Accept(ctx, c.desk, id, AcceptInput{})))
			must(t, second(c.s.Refer(ctx, c.desk, id, c.roads, "")))
			return id
		}
		open := send(c.citizen, SubmitInput{})
		hidden := send(c.citizen, SubmitInput{Confidential: true})
		shy := send(c.neighbour, SubmitInput{Anonymous: true})
		after := send(c.neighbour, SubmitInput{}) // whose first one nobody is to know of
		frank := send(c.committee, SubmitInput{})
		again := send(c.committee, SubmitInput{})
		told := func(v access.Viewer, id int64) (of, times int64) {
			t.Helper()
			d, err := c.s.Request(ctx, v, id)
			must(t, err)
			if d.RepeatOf != nil {
				of = *d.RepeatOf
			}
			for _, row := range c.list(v, Filter{}).Items {
				if row.ID == id && (row.Repeats != d.Repeats || (row.RepeatOf == nil) != (d.RepeatOf == nil)) {
					t.Errorf("the list says of %d: %v, %d", id, row.RepeatOf, row.Repeats)
				}
			}
			return of, d.Repeats
		}
		for _, x := range []struct {
			what      string
			v         access.Viewer
			id        int64
			of, times int64
		}{
			{"the unit, of the open one", c.handler, open, 0, 0},
			{"the unit, of the confidential one", c.handler, hidden, 0, 0},
			{"the unit, of the anonymous one", c.handler, shy, 0, 0},
			{"the unit, of the open one after it", c.handler, after, 0, 0},
			{"the unit, of two open ones, the first", c.handler, frank, 0, 1},
			{"the unit, of two open ones, the second", c.handler, again, frank, 0},
			{"the city's leader, of the confidential one", c.leader, hidden, 0, 0},
			{"the window, of the open one", c.desk, open, 0, 1},
			{"the window, of the confidential one", c.desk, hidden, open, 0},
			{"the window, of the open one after the anonymous one", c.desk, after, shy, 0},
			{"the citizen, of the confidential one", c.citizen, hidden, open, 0},
		} {
			if of, times := told(x.v, x.id); of != x.of || times != x.times {
				t.Errorf("%s: repeats %d, brought up again %d times, want %d, %d", x.what, of, times, x.of, x.times)
			}
		}
		for _, x := range []struct {
			what string
			v    access.Viewer
			n    int64
		}{{"the unit", c.handler, 2}, {"the window", c.desk, 6}, {"the citizen", c.citizen, 2}} {
			if got := c.list(x.v, Filter{WorkFilter: WorkFilter{Repeats: true}}).Total; got != x.n {
				t.Errorf("%s finds %d by the filter, want %d", x.what, got, x.n)
			}
		}
	})
}
