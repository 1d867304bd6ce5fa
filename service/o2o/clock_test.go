package o2o

import (
	"slices"
	"strings"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/calendar"
	"hongyun/service/fault"
)

// handling is a request of a category that a unit has begun to handle, now.
func (c *county) handling(category string) Detail {
	c.t.Helper()
	d := c.submit(c.citizen, SubmitInput{Category: category})
	must(c.t, second(c.s.Accept(ctx, c.desk, d.ID, AcceptInput{Category: category})))
	must(c.t, second(c.s.Refer(ctx, c.desk, d.ID, c.roads, "")))
	d, err := c.s.Handle(ctx, c.handler, d.ID, "")
	must(c.t, err)
	return d
}

func (c *county) row(id int64) (r model.Request) {
	c.t.Helper()
	must(c.t, c.db.Read(ctx).Where("id = ?", id).Take(&r).Error)
	return r
}

// TestClock_worked is the examples of RULES 9.2 through the whole product.
func TestClock_worked(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-02-13 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		c := newCounty(t, db, clock)
		for _, w := range []struct {
			at       string
			category string // empty: only submitted
			ask      int64
			want     model.Date
		}{
			{"2026-02-13 10:00:00", model.CategoryConsult, 0, "2026-02-25"},
			{"2026-09-18 23:59:59", "", 0, "2026-09-20"},
			{"2026-09-24 00:00:00", model.CategoryConsult, 0, "2026-09-30"},
			{"2026-09-24 12:00:00", model.CategoryConsult, 5, "2026-10-13"},
			{"2026-09-30 10:00:00", model.CategoryHelp, 0, "2026-10-13"},
			{"2026-10-10 10:00:00", model.CategoryHelp, 0, "2026-10-16"},
			{"2026-11-23 10:00:00", model.CategoryUrgent, 0, "2026-11-23"},
			{"2026-12-31 10:00:00", "", 0, "2027-01-04"},
		} {
			clock.Set(w.at)
			var d Detail
			if w.category == "" {
				d = c.submit(c.citizen, SubmitInput{})
			} else {
				d = c.handling(w.category)
			}
			if w.ask != 0 {
				must(t, second(c.s.AskExtension(ctx, c.handler, d.ID, w.ask, "需要外地配件")))
				var err error
				d, err = c.s.GrantExtension(ctx, c.desk, d.ID, 0, "")
				must(t, err)
			}
			stored := c.row(d.ID).Deadline
			if d.Deadline != w.want || d.ClockState.Deadline != w.want || stored != w.want || d.Provisional != (w.want > "2027") {
				t.Errorf("%s %s: shown %s, counted %+v, stored %s, want %s", w.at, w.category, d.Deadline, d.ClockState, stored, w.want)
			}
		}
	})
}

func TestClock_pause(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-09-21 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-09-21 10:00:00")
		c := newCounty(t, db, clock)
		d := c.handling(model.CategoryHelp) // until 29 September
		id := d.ID
		t.Run("asks for a reason of the list, and for whoever handles it", func(t *testing.T) {
			refused(t, "o2o.no_reason", second(c.s.Pause(ctx, c.handler, id, "HOLIDAY", "")))
			refused(t, "auth.forbidden", second(c.s.Pause(ctx, c.desk, id, "CITIZEN", "")))
			refused(t, "not_found", second(c.s.Pause(ctx, c.stranger, id, "CITIZEN", "")))
			refused(t, "o2o.not_paused", second(c.s.Resume(ctx, c.handler, id, "")))
		})
		clock.Set("2026-09-23 10:00:00")
		d, err := c.s.Pause(ctx, c.handler, id, "CITIZEN", "请补充照片")
		must(t, err)
		t.Run("nothing is late while it stands still", func(t *testing.T) {
			clock.Set("2026-10-08 10:00:00")
			list := c.list(c.handler, Filter{})
			if v := list.Items[0]; v.Overdue || !v.Paused || v.ClockState.Text != "计时已暂停（等待群众补充材料）" {
				t.Errorf("%+v %+v", v, v.ClockState)
			}
			if got := c.list(c.handler, Filter{Overdue: true}); got.Total != 0 {
				t.Errorf("%d are overdue", got.Total)
			}
			if stored := c.row(id).Deadline; stored != "2026-09-29" {
				t.Errorf("the column keeps %s", stored)
			}
			refused(t, "o2o.paused", second(c.s.Pause(ctx, c.handler, id, "CITIZEN", "")))
			refused(t, "o2o.paused", second(c.s.AskExtension(ctx, c.handler, id, 3, "配件未到")))
		})
		t.Run("it goes on with what was left", func(t *testing.T) {
			d, err = c.s.Resume(ctx, c.handler, id, "材料已补充")
			must(t, err)
			// 24, 28, 29, 30 September and 8 October did not count: three are left, 9, 10 and 12 October
			last := d.Steps[len(d.Steps)-1]
			if d.Deadline != "2026-10-12" || c.row(id).Deadline != "2026-10-12" || c.row(id).HandleDue != "2026-10-12" || last.Note != "期限由2026年9月29日改为2026年10月12日，材料已补充" {
				t.Errorf("until %s: %s", d.Deadline, last.Note)
			}
		})
		t.Run("the citizen is told of both", func(t *testing.T) {
			if m := c.messages("o2o.paused"); len(m) != 1 || !strings.Contains(m[0].Data, "等待群众补充材料：请补充照片") {
				t.Errorf("%+v", m)
			}
			if m := c.messages("o2o.resumed"); len(m) != 1 || !strings.Contains(m[0].Data, "2026年10月12日") {
				t.Errorf("%+v", m)
			}
		})
		t.Run("a closing ends the pause, and is judged by what was left", func(t *testing.T) {
			must(t, second(c.s.Pause(ctx, c.handler, id, "WEATHER", "")))
			clock.Set("2026-10-19 10:00:00")
			d, err = c.s.Close(ctx, c.handler, id, "已修好")
			must(t, err)
			var p model.RequestPause
			must(t, db.Read(ctx).Where("request_id = ? AND reason = 'WEATHER'", id).Take(&p).Error)
			last := d.Steps[len(d.Steps)-1]
			if r := c.row(id); p.ResumedOn != "2026-10-19" || r.Paused || last.Deadline != "2026-10-22" || !*last.Met || r.HandleDue != "2026-10-22" || !*r.CloseMet {
				t.Errorf("%+v; %+v", p, last)
			}
		})
		t.Run("paused on its last day and resumed on a holiday, it ends with that day", func(t *testing.T) {
			clock.Set("2026-10-01 10:00:00")
			urgent := c.handling(model.CategoryUrgent).ID
			must(t, second(c.s.Pause(ctx, c.handler, urgent, "CITIZEN", "")))
			clock.Set("2026-10-03 10:00:00")
			must(t, second(c.s.Resume(ctx, c.handler, urgent, "")))
			must(t, second(c.s.Clock(ctx)))
			if r := c.row(urgent); r.Deadline != "2026-10-03" {
				t.Errorf("until %s", r.Deadline)
			}
			clock.Set("2026-10-19 10:00:00")
		})
		t.Run("a limit that is over cannot stand still", func(t *testing.T) {
			late := c.handling(model.CategoryConsult).ID
			clock.Set("2026-10-24 10:00:00")
			refused(t, "o2o.too_late", second(c.s.Pause(ctx, c.handler, late, "CITIZEN", "")))
			refused(t, "o2o.too_late", second(c.s.AskExtension(ctx, c.handler, late, 3, "配件未到")))
		})
	})
}

func TestClock_longPause(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-11-23 10:00:00")
		c := newCounty(t, db, clock)
		id, other := c.handling(model.CategoryHelp).ID, c.handling(model.CategoryHelp).ID // until 30 November
		must(t, second(c.s.Pause(ctx, c.handler, id, "CITIZEN", "")))
		clock.Set("2026-11-24 10:00:00")
		must(t, second(c.s.Pause(ctx, c.handler, other, "CITIZEN", "")))
		run := func(at string) string {
			clock.Set(at)
			summary, err := c.s.Clock(ctx)
			must(t, err)
			return summary
		}
		if got := run("2026-12-07 00:20:00"); got != "0 件诉求恢复计时，0 件诉求的期限有变动" {
			t.Errorf("on the tenth working day: %s", got)
		}
		if got := run("2026-12-08 00:20:00"); got != "1 件诉求恢复计时，1 件诉求的期限有变动" {
			t.Errorf("on the day after: %s", got)
		}
		d, err := c.s.Request(ctx, c.citizen, id)
		must(t, err)
		var last []string
		for _, st := range d.Steps[len(d.Steps)-2:] {
			last = append(last, st.Action+" "+st.ActorName+" "+st.Note)
		}
		want := []string{"resume 系统 暂停满10个工作日，自动恢复计时", "recount 系统 期限由2026年11月30日改为2026年12月14日"}
		if !slices.Equal(last, want) || d.Deadline != "2026-12-14" || d.Paused || c.row(id).HandleDue != "2026-12-14" {
			t.Errorf("%q until %s", last, d.Deadline)
		}
		if m := c.messages("o2o.resumed"); len(m) != 1 || !strings.Contains(m[0].Data, "2026年12月14日") {
			t.Errorf("%+v", m)
		}
		if got := run("2026-12-20 00:20:00"); got != "1 件诉求恢复计时，1 件诉求的期限有变动" || c.row(other).Deadline != "2026-12-14" {
			t.Errorf("a run that comes late ends the pause on the day that it had to end: %s, until %s", got, c.row(other).Deadline)
		}
		if got := run("2026-12-20 00:21:00"); got != "0 件诉求恢复计时，0 件诉求的期限有变动" {
			t.Errorf("once more: %s", got)
		}
	})
}

func TestClock_extension(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-11-23 10:00:00")
		c := newCounty(t, db, clock)
		id := c.handling(model.CategoryHelp).ID // until 30 November
		ask := func(id, days int64) error { return second(c.s.AskExtension(ctx, c.handler, id, days, "配件未到")) }
		grant := func(v access.Viewer, id int64) error { return second(c.s.GrantExtension(ctx, v, id, 0, "同意")) }
		t.Run("is bounded, and granted by the window alone", func(t *testing.T) {
			refused(t, "o2o.extension_days", ask(id, 11))
			refused(t, "o2o.no_extension", grant(c.desk, id))
			must(t, ask(id, 5))
			refused(t, "o2o.extension_asked", ask(id, 5))
			refused(t, "auth.forbidden", grant(c.handler, id))
			if m := c.messages("o2o.extension_asked"); len(m) != 2 {
				t.Errorf("the window has %d messages", len(m))
			}
		})
		t.Run("asked in time and granted late, it counts from the old deadline", func(t *testing.T) {
			clock.Set("2026-12-03 10:00:00")
			must(t, grant(c.desk, id))
			if r := c.row(id); r.Deadline != "2026-12-07" || r.HandleDue != "2026-12-07" || r.ClockDays != 10 || !r.Extended {
				t.Errorf("%+v", r)
			}
			if m := c.messages("o2o.extended"); len(m) != 1 || !strings.Contains(m[0].Data, "配件未到") || !strings.Contains(m[0].Data, "2026年12月7日") {
				t.Errorf("%+v", m)
			}
			if m := c.messages("o2o.extension_granted"); len(m) != 1 {
				t.Errorf("the unit has %d messages", len(m))
			}
			refused(t, "o2o.extension_asked", ask(id, 5))
			clock.Set("2026-12-07 23:00:00")
			must(t, second(c.s.Close(ctx, c.handler, id, "已修好")))
			if r := c.row(id); !*r.CloseMet {
				t.Error("closed before the new deadline, and not met")
			}
		})
		t.Run("refused with a reason, the deadline stands", func(t *testing.T) {
			clock.Set("2026-12-08 10:00:00")
			id := c.handling(model.CategoryHelp).ID
			must(t, ask(id, 3))
			refused(t, "o2o.no_note", second(c.s.RefuseExtension(ctx, c.desk, id, "")))
			must(t, second(c.s.RefuseExtension(ctx, c.desk, id, "材料已到")))
			refused(t, "o2o.no_extension", grant(c.desk, id))
			if m := c.messages("o2o.extension_refused"); len(m) != 1 || !strings.Contains(m[0].Data, "材料已到") || c.row(id).Deadline != "2026-12-15" {
				t.Errorf("%+v", m)
			}
		})
		t.Run("undecided when the limit ends, it lapses", func(t *testing.T) {
			id := c.handling(model.CategoryConsult).ID // until 11 December
			must(t, ask(id, 3))
			clock.Set("2026-12-14 10:00:00")
			must(t, second(c.s.Close(ctx, c.handler, id, "已修好")))
			var e model.RequestExtension
			must(t, db.Read(ctx).Where("request_id = ?", id).Take(&e).Error)
			if e.State != model.ExtensionRefused || e.Note == "" || *c.row(id).CloseMet {
				t.Errorf("%+v", e)
			}
		})
		t.Run("nobody grants what he or she has asked for", func(t *testing.T) {
			id := c.handling(model.CategoryHelp).ID
			must(t, ask(id, 3))
			must(t, db.Read(ctx).Exec("UPDATE request_extension SET asked_by = ? WHERE request_id = ?", c.desk.AccountID, id).Error)
			refused(t, "o2o.own_extension", grant(c.desk, id))
			must(t, grant(c.desk2, id))
		})
	})
}

func TestClock_firstContact(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-11-23 10:00:00")
		c := newCounty(t, db, clock)
		in, late := c.handling(model.CategoryUrgent), c.handling(model.CategoryUrgent)
		if f := in.FirstContact; f == nil || !f.By.Equal(modeltest.At("2026-11-23 12:00:00").Now()) || f.Missed {
			t.Fatalf("%+v", in.FirstContact)
		}
		clock.Set("2026-11-23 12:00:00")
		d, err := c.s.Contact(ctx, c.handler, in.ID, "已电话联系")
		must(t, err)
		if f := d.FirstContact; f.At == nil || f.Missed {
			t.Errorf("%+v", f)
		}
		refused(t, "o2o.contacted", second(c.s.Contact(ctx, c.handler, in.ID, "")))
		clock.Set("2026-11-23 12:00:01")
		if d, err = c.s.Request(ctx, c.desk, late.ID); err != nil || !d.FirstContact.Missed {
			t.Errorf("%+v, %v", d.FirstContact, err)
		}
		d, err = c.s.Reply(ctx, c.handler, late.ID, "已派人")
		must(t, err)
		if f := d.FirstContact; f.At == nil || !f.Missed {
			t.Errorf("a reply is a contact, this one late: %+v", f)
		}
		if d := c.handling(model.CategoryHelp); d.FirstContact != nil {
			t.Errorf("%+v", d.FirstContact)
		}
	})
}

// TestClock_notice: a deadline in a year without a notice moves, and is final, when the notice is in.
func TestClock_notice(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-12-30 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-12-30 10:00:00")
		c := newCounty(t, db, clock)
		holidays := calendar.New(db)
		holidays.OnChange(c.s.Recount)
		id := c.handling(model.CategoryConsult).ID
		if r := c.row(id); r.Deadline != "2027-01-05" || !r.Provisional {
			t.Fatalf("until %s, provisional %v", r.Deadline, r.Provisional)
		}
		year, err := holidays.Overrides(ctx, 2027)
		must(t, err)
		for i := range year.Items {
			year.Items[i].Provisional, year.Items[i].NoticeNo = false, "国办发明电〔2026〕1号"
		}
		notice := append(year.Items, calendar.Override{Date: "2027-01-02", Kind: calendar.Work, Name: "元旦调休", NoticeNo: "国办发明电〔2026〕1号"})
		must(t, holidays.SetOverride(ctx, c.admin, notice...))
		r := c.row(id)
		d, err := c.s.Request(ctx, c.handler, id)
		must(t, err)
		if r.Deadline != "2027-01-04" || r.Provisional || r.HandleDue != "2027-01-04" || d.Deadline != r.Deadline || d.Steps[len(d.Steps)-1].Note != "期限由2027年1月5日改为2027年1月4日" {
			t.Errorf("until %s, provisional %v: %+v", r.Deadline, r.Provisional, d.Steps[len(d.Steps)-1])
		}
	})
}

func refused(t *testing.T, code string, err error) {
	t.Helper()
	if !fault.Is(err, code) {
		t.Errorf("want %s: %v", code, err)
	}
}
