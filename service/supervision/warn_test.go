package supervision

import (
	"strings"
	"sync"
	"testing"

	"hongyun/model"
)

// warned runs the job and answers the warnings of a request as level and day.
func (c *county) warned(r model.Request) string {
	c.t.Helper()
	_, err := c.Warn(ctx)
	must(c.t, err)
	var rows []model.RequestWarning
	must(c.t, c.db.Read(ctx).Where("request_id = ?", r.ID).Order("id").Find(&rows).Error)
	var out []string
	for _, w := range rows {
		out = append(out, w.Level+" "+string(w.WarnedOn))
	}
	return strings.Join(out, ", ")
}

// TestWarn_Days is the worked example of RULES 9.2 and 9.4: a deadline before the National Day of 2026, 10 October made up.
func TestWarn_Days(t *testing.T) {
	each(t, "2026-09-28 08:30:00", func(t *testing.T, c *county) {
		r := c.request(model.ClockHandle, "2026-09-30")
		for _, step := range []struct{ at, want string }{
			{"2026-09-28", ""},
			{"2026-09-29", "REMINDER 2026-09-29"},
			{"2026-09-30", "REMINDER 2026-09-29"},
			{"2026-10-07", "REMINDER 2026-09-29"},
			{"2026-10-08", "REMINDER 2026-09-29, CHASE 2026-10-08"},
			{"2026-10-12", "REMINDER 2026-09-29, CHASE 2026-10-08"},
			{"2026-10-13", "REMINDER 2026-09-29, CHASE 2026-10-08, CRITICISM 2026-10-13"},
			{"2026-10-14", "REMINDER 2026-09-29, CHASE 2026-10-08, CRITICISM 2026-10-13"},
		} {
			c.clock.Set(step.at + " 08:30:00")
			if got := c.warned(r); got != step.want {
				t.Fatalf("on %s: got %q, want %q", step.at, got, step.want)
			}
		}
		t.Run("the reminder reaches the handlers, the chase the leader too, the criticism the city as well", func(t *testing.T) {
			for _, w := range []struct {
				who  string
				want [3]int64
				got  [3]int64
			}{
				{"handler", [3]int64{1, 1, 1}, [3]int64{c.heard(c.handler, KindReminder), c.heard(c.handler, KindChase), c.heard(c.handler, KindCriticism)}},
				{"chief", [3]int64{0, 1, 1}, [3]int64{c.heard(c.chief, KindReminder), c.heard(c.chief, KindChase), c.heard(c.chief, KindCriticism)}},
				{"admin", [3]int64{0, 0, 1}, [3]int64{c.heard(c.admin, KindReminder), c.heard(c.admin, KindChase), c.heard(c.admin, KindCriticism)}},
				{"another unit", [3]int64{}, [3]int64{c.heard(c.other, KindReminder), c.heard(c.other, KindChase), c.heard(c.other, KindCriticism)}},
				{"desk", [3]int64{}, [3]int64{c.heard(c.desk, KindReminder), c.heard(c.desk, KindChase), c.heard(c.desk, KindCriticism)}},
			} {
				if w.got != w.want {
					t.Errorf("%s heard %v, want %v", w.who, w.got, w.want)
				}
			}
		})
		t.Run("the leader is recorded, and the criticism proposes who answers", func(t *testing.T) {
			var w model.RequestWarning
			must(t, c.db.Read(ctx).Where("level = 'CRITICISM'").Take(&w).Error)
			equal(t, w.LeaderName, "周局长")
			var a model.Accountability
			must(t, c.db.Read(ctx).Take(&a).Error)
			if a.RequestID != r.ID || a.Kind != model.AccountOverdue || a.State != model.Proposed || a.ProposedBy != nil || *a.DepartmentID != c.roads || a.LeaderName != "周局长" {
				t.Fatalf("%+v", a)
			}
		})
	})
}

func TestWarn(t *testing.T) {
	each(t, "2026-10-14 08:30:00", func(t *testing.T, c *county) {
		const all = "REMINDER 2026-10-14, CHASE 2026-10-14, CRITICISM 2026-10-14"
		late := c.request(model.ClockHandle, "2026-09-30")
		t.Run("what passed while no server was up is made up for, dated today, and told once", func(t *testing.T) {
			equal(t, c.warned(late), all)
			equal(t, c.heard(c.handler, KindReminder)+c.heard(c.handler, KindChase), 0)
			equal(t, c.heard(c.handler, KindCriticism), 1)
		})
		t.Run("a second run finds nothing to do", func(t *testing.T) {
			summary, err := c.Warn(ctx)
			must(t, err)
			equal(t, summary, "到期提醒0件，逾期督办0件，逾期通报0件")
			equal(t, c.count("SELECT count(*) FROM accountability"), 1)
		})
		t.Run("a deadline that moves is warned of anew, and the old one no more", func(t *testing.T) {
			c.exec("UPDATE request SET deadline = '2026-10-15' WHERE id = ?", late.ID)
			equal(t, c.warned(late), all+", REMINDER 2026-10-14")
			c.clock.Set("2026-10-16 08:30:00")
			equal(t, c.warned(late), all+", REMINDER 2026-10-14, CHASE 2026-10-16")
			equal(t, c.count("SELECT count(*) FROM accountability"), 1)
			c.clock.Set("2026-10-14 08:30:00")
		})
		t.Run("a limit that stands still is left alone", func(t *testing.T) {
			equal(t, c.warned(c.request(model.ClockHandle, "2026-09-30", func(r *model.Request) { r.Paused = true })), "")
		})
		t.Run("the rating window warns nobody", func(t *testing.T) {
			equal(t, c.warned(c.request(model.ClockRate, "2026-09-30")), "")
		})
		t.Run("what the window is late with, the window and the city hear", func(t *testing.T) {
			r := c.request(model.ClockAccept, "2026-10-12", func(r *model.Request) { r.State = model.RequestSubmitted })
			equal(t, c.warned(r), "REMINDER 2026-10-14, CHASE 2026-10-14")
			equal(t, c.heard(c.desk, KindChase), 1)
			equal(t, c.count("SELECT count(*) FROM request_warning WHERE request_id = ? AND department_id IS NULL AND leader_name = ''", r.ID), 2)
		})
		t.Run("a limit of another kind with the same deadline is warned of too", func(t *testing.T) {
			r := c.request(model.ClockRefer, "2026-10-14", func(r *model.Request) { r.State = model.RequestAccepted })
			equal(t, c.warned(r), "REMINDER 2026-10-14")
			c.exec("UPDATE request SET clock = 'HANDLE', department_id = ? WHERE id = ?", c.roads, r.ID)
			equal(t, c.warned(r), "REMINDER 2026-10-14, REMINDER 2026-10-14")
		})
		t.Run("whoever works for the unit complained of hears nothing, whatever else he or she is", func(t *testing.T) {
			before := c.heard(c.ded, KindCriticism)
			c.warned(c.request(model.ClockHandle, "2026-09-29", func(r *model.Request) { r.SubjectDepartmentID = &c.clinics }))
			equal(t, c.heard(c.ded, KindCriticism), before)
			equal(t, c.heard(c.admin, KindCriticism), before+1)
		})
		t.Run("no message says what the citizen wrote", func(t *testing.T) {
			equal(t, c.count("SELECT count(*) FROM message WHERE data LIKE '%路灯%'"), 0)
		})
	})
}

func TestWarn_Together(t *testing.T) {
	each(t, "2026-10-14 08:30:00", func(t *testing.T, c *county) {
		for range 50 {
			c.request(model.ClockHandle, "2026-09-30")
		}
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if _, err := c.Warn(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		equal(t, c.count("SELECT count(*) FROM request_warning"), 150)
		equal(t, c.heard(c.handler, KindCriticism), 50)
		equal(t, c.count("SELECT count(*) FROM accountability"), 50)
	})
}
