package o2o

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/calendar"
	"hongyun/service/clock"
)

// tally is the same count another way: day by day, without a formula.
type tally struct {
	from   model.Date
	days   int64
	pauses []clock.Pause
}

func (p tally) deadline(works func(model.Date) bool, today model.Date) model.Date {
	d := p.from
	for left := p.days; left > 0; {
		d = d.AddDays(1)
		stands := false
		for _, pause := range p.pauses {
			stands = stands || pause.From < d && d <= until(pause, today)
		}
		if works(d) && !stands {
			left--
		}
	}
	for _, pause := range p.pauses { // that began on the last day or later
		d = max(d, until(pause, today))
	}
	return d
}

func until(p clock.Pause, today model.Date) model.Date {
	if p.Until == "" {
		return max(today, p.From)
	}
	return p.Until
}

func (p tally) closed() tally {
	if n := len(p.pauses); n > 0 && p.pauses[n-1].Until == "" {
		p.pauses = p.pauses[:n-1]
	}
	return p
}

// TestClock_property plays random events and compares the stored deadline and the shown one with a plain count after each.
func TestClock_property(t *testing.T) {
	t.Parallel()
	now := modeltest.At("2026-01-05 10:00:00")
	modeltest.Each(t, now.Now, func(t *testing.T, db *model.DB) {
		c := newCounty(t, db, now)
		holidays := calendar.New(db)
		holidays.OnChange(c.s.Recount)
		var table []model.WorkdayOverride
		must(t, db.Read(ctx).Order("date").Find(&table).Error)
		rapid.Check(t, func(rt *rapid.T) {
			must(t, db.Read(ctx).Exec("UPDATE request SET clock = ''").Error)
			must(t, db.Read(ctx).Exec("DELETE FROM workday_override").Error)
			must(t, db.Read(ctx).Create(table).Error)
			g := &game{T: rt, county: c, holidays: holidays}
			g.today = model.Date("2026-01-02").AddDays(rapid.IntRange(0, 370).Draw(rt, "first day"))
			g.wait(0)
			g.category = rapid.SampledFrom([]string{model.CategoryComplaint, model.CategoryConsult, model.CategoryUrgent}).Draw(rt, "category")
			g.id = c.submit(c.citizen, SubmitInput{Category: g.category}).ID
			g.begin(1)
			g.check("submit")
			for range rapid.SampledFrom([]int{0, 3, 3}).Draw(rt, "steps at once") {
				g.on()
			}
			for range rapid.IntRange(4, 14).Draw(rt, "events") {
				g.check(g.event())
			}
		})
	})
}

// game is one request and what the test knows of it.
type game struct {
	*rapid.T
	*county
	holidays *calendar.Service
	id       int64
	category string
	today    model.Date
	limit    tally
	steps    []model.RequestStep
}

func (g *game) wait(days int) {
	g.today = g.today.AddDays(days)
	g.clock.Set(string(g.today) + " 10:00:00")
}

// begin starts a limit today, of urgent requests none but today.
func (g *game) begin(days int64) {
	if g.category == model.CategoryUrgent {
		days = 0
	}
	g.limit = tally{from: g.today, days: days}
}

// on takes the next step of a request that nothing goes wrong with.
func (g *game) on() {
	if second(g.s.Accept(ctx, g.desk, g.id, AcceptInput{})) == nil {
		g.begin(1)
	} else if second(g.s.Refer(ctx, g.desk, g.id, g.roads, "")) == nil {
		g.begin(map[string]int64{model.CategoryComplaint: 10, model.CategoryConsult: 3}[g.category])
	} else {
		_ = second(g.s.Handle(ctx, g.handler, g.id, ""))
	}
}

func (g *game) works(d model.Date) bool {
	var kind []string
	must(g.t, g.db.Read(ctx).Raw("SELECT kind FROM workday_override WHERE date = ?", d).Scan(&kind).Error)
	if len(kind) > 0 {
		return kind[0] == "WORK"
	}
	w := d.Time().Weekday()
	return w != time.Saturday && w != time.Sunday
}

// pauseEnd is the tenth working day of the open pause.
func (g *game) pauseEnd() model.Date {
	d := g.limit.pauses[len(g.limit.pauses)-1].From
	for left := 10; left > 0; {
		if d = d.AddDays(1); g.works(d) {
			left--
		}
	}
	return d
}

func (g *game) open() bool {
	n := len(g.limit.pauses)
	return n > 0 && g.limit.pauses[n-1].Until == ""
}

func (g *game) resume(on model.Date) { g.limit.pauses[len(g.limit.pauses)-1].Until = on }

func (g *game) pause() {
	if second(g.s.Pause(ctx, g.handler, g.id, "CITIZEN", "")) == nil {
		g.limit.pauses = append(g.limit.pauses, clock.Pause{From: g.today})
	}
}

func (g *game) goOn() {
	if second(g.s.Resume(ctx, g.handler, g.id, "")) == nil {
		g.resume(min(g.today, g.pauseEnd()))
	}
}

// event plays one event; what is refused changes nothing, which check then sees.
func (g *game) event() string {
	s := g.s
	what := rapid.SampledFrom([]string{"on", "wait", "wait", "pause", "break", "break", "break", "resume", "extend", "holiday", "holiday", "job", "close"}).Draw(g.T, "event")
	switch what {
	case "wait":
		g.wait(rapid.IntRange(1, 7).Draw(g.T, "days"))
	case "on":
		g.on()
	case "pause":
		g.pause()
	case "resume":
		g.goOn()
	case "break":
		g.pause()
		g.wait(rapid.IntRange(0, 7).Draw(g.T, "days"))
		g.check("pause")
		g.goOn()
	case "extend":
		days := rapid.Int64Range(1, 10).Draw(g.T, "more")
		_ = second(s.AskExtension(ctx, g.handler, g.id, days, "配件未到"))
		if second(s.GrantExtension(ctx, g.desk, g.id, 0, "")) == nil {
			var e model.RequestExtension
			must(g.t, g.db.Read(ctx).Where("request_id = ?", g.id).Take(&e).Error)
			g.limit.days += e.WorkingDays
		}
	case "holiday":
		d := g.today.AddDays(rapid.IntRange(-20, 25).Draw(g.T, "which"))
		kind := "OFF"
		if !g.works(d) {
			kind = "WORK"
		}
		must(g.t, g.holidays.SetOverride(ctx, g.admin, calendar.Override{Date: d, Kind: kind, Name: "临时调整"}))
		what = fmt.Sprint(what, " ", d, " ", kind)
	case "job":
		must(g.t, second(s.Clock(ctx)))
		if g.open() && g.pauseEnd() < g.today {
			g.resume(g.pauseEnd())
		}
	case "close":
		if second(s.Close(ctx, g.handler, g.id, "已修好")) == nil {
			g.limit = tally{}
		}
	}
	return what
}

// check compares what is stored and shown with the plain count, and the history with what it was.
func (g *game) check(after string) {
	r := g.row(g.id)
	if running := r.Clock != model.ClockRate; running {
		want := g.limit.closed().deadline(g.works, g.today)
		d, err := g.s.Request(ctx, g.desk, g.id)
		must(g.t, err)
		if shown := g.limit.deadline(g.works, g.today); r.Deadline != want || d.ClockState.Deadline != shown || r.Paused != g.open() {
			g.Fatalf("%s, after %s: stored %s, want %s; shown %s, want %s (%+v)", g.today, after, r.Deadline, want, d.ClockState.Deadline, shown, g.limit)
		}
		if (r.Clock == model.ClockHandle) != (r.HandleDue != "") || r.HandleDue != "" && r.HandleDue != want {
			g.Fatalf("%s, after %s: handle_due %s, want %s", g.today, after, r.HandleDue, want)
		}
	}
	must(g.t, g.db.Tx(ctx, func(tx model.Tx) error {
		again, err := clock.Recount(tx, ActionRecount)
		if again != (clock.Recounted{}) {
			g.Fatalf("%s, after %s: a second pass changes %+v", g.today, after, again)
		}
		return err
	}))
	var steps []model.RequestStep
	must(g.t, g.db.Read(ctx).Where("request_id = ?", g.id).Order("seq").Find(&steps).Error)
	for i, st := range steps {
		if st.Seq != int64(i+1) || i < len(g.steps) && !reflect.DeepEqual(st, g.steps[i]) {
			g.Fatalf("%s, after %s: step %d is %+v, was %+v", g.today, after, i+1, st, g.steps)
		}
	}
	if int64(len(steps)) != r.Steps {
		g.Fatalf("%d steps, the request says %d", len(steps), r.Steps)
	}
	g.steps = steps
}
