package o2o

import (
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/calendar"
)

func TestO2O_Recount(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-11-23 10:00:00")
		c := newCounty(t, db, clock)
		holidays := calendar.New(db)
		holidays.OnChange(c.s.Recount)
		open := c.submit(c.citizen, SubmitInput{Content: "路灯坏了，请维修", Category: model.CategoryHelp})
		closed := c.submit(c.citizen, SubmitInput{Content: "窨井盖松动，请维修", Category: model.CategoryHelp})
		for _, id := range []int64{open.ID, closed.ID} {
			_, err := c.s.Accept(ctx, c.desk, id, AcceptInput{Category: model.CategoryHelp})
			must(t, err)
			_, err = c.s.Refer(ctx, c.desk, id, c.roads, "")
			must(t, err)
			_, err = c.s.Handle(ctx, c.handler, id, "")
			must(t, err)
		}
		_, err := c.s.Close(ctx, c.handler, closed.ID, "已修好")
		must(t, err)
		of := func(id int64) (r model.Request) {
			must(t, db.Read(ctx).Where("id = ?", id).Take(&r).Error)
			return r
		}
		if d := of(open.ID).Deadline; d != "2026-11-30" {
			t.Fatalf("five working days from Monday end on %s", d)
		}
		rating := of(closed.ID).Deadline
		helped := c.submit(c.citizen, SubmitInput{Content: "河道有人倾倒垃圾", Category: model.CategoryHelp}).ID
		must(t, second(c.s.Accept(ctx, c.desk, helped, AcceptInput{Category: model.CategoryHelp, Disposition: model.DispositionSolve})))
		must(t, second(c.s.AskHelp(ctx, c.desk, helped, HelpInput{DepartmentID: c.roads, Part: "清理"})))
		must(t, second(c.s.AskHelp(ctx, c.desk, helped, HelpInput{DepartmentID: c.clinics, Part: "消毒", Deadline: "2026-11-24"})))
		parts := func() (days []model.Date) {
			must(t, db.Read(ctx).Raw("SELECT deadline FROM request_helper ORDER BY id").Scan(&days).Error)
			return days
		}
		call := func() (day model.Date) {
			must(t, db.Read(ctx).Raw("SELECT due FROM request_revisit").Scan(&day).Error)
			return day
		}
		partsBefore, callBefore := parts(), call()
		t.Run("a new day off inside the limit moves it, one outside does not", func(t *testing.T) {
			for _, day := range []model.Date{"2026-11-25", "2026-12-10"} {
				must(t, holidays.SetOverride(ctx, c.admin, calendar.Override{Date: day, Kind: "OFF", Name: "临时放假"}))
			}
			if d := of(open.ID).Deadline; d != "2026-12-01" {
				t.Errorf("the deadline is %s", d)
			}
			if days := parts(); days[0] <= partsBefore[0] || days[0] > of(helped).Deadline || days[1] != "2026-11-24" {
				t.Errorf("helpers have until %s, before %s; the request %s", days, partsBefore, of(helped).Deadline)
			}
		})
		t.Run("the rating window counts calendar days and stays", func(t *testing.T) {
			if d := of(closed.ID).Deadline; d != rating {
				t.Errorf("the window ends on %s, was %s", d, rating)
			}
		})
		t.Run("the audit log says so once", func(t *testing.T) {
			var n int64
			must(t, db.Read(ctx).Model(&model.AuditEntry{}).Where("action = 'o2o.recount'").Count(&n).Error)
			if n != 1 {
				t.Errorf("%d entries", n)
			}
		})
		t.Run("so does one within the time of a call-back", func(t *testing.T) {
			must(t, holidays.SetOverride(ctx, c.admin, calendar.Override{Date: callBefore, Kind: "OFF", Name: "临时放假"}))
			if day := call(); callBefore != "2026-11-24" || day != "2026-11-26" {
				t.Errorf("the call-back is due on %s, before %s", day, callBefore)
			}
		})
	})
}
