package development

import (
	"fmt"
	"strings"
	"testing"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/calendar"
	"hongyun/service/schedule"
)

func (w *world) run(day model.Date, byHand bool) {
	w.t.Helper()
	_, err := w.s.remind(ctx, schedule.Run{Day: day, ByHand: byHand})
	must(w.t, err)
}

// told lists who was told what: recipient and period.
func (w *world) told() (all []string) {
	w.t.Helper()
	must(w.t, w.db.Read(ctx).Raw(`SELECT m.name || ' ' || x.period FROM message x JOIN member m ON m.id = x.recipient_id WHERE x.recipient_type = 'member' ORDER BY x.id`).Scan(&all).Error)
	return all
}

func TestRemind(t *testing.T) {
	each(t, "2026-09-01 08:30:00", func(t *testing.T, w *world) {
		id := w.activist("2025-09-01", "2026-04-01") // W02: 2026-10-01
		on := func(day model.Date, want ...string) {
			t.Helper()
			before := len(w.told())
			w.clock.Set(string(day) + " 08:30:00")
			w.run(day, false)
			w.run(day, false) // and again
			got := w.told()[before:]
			for i := range want {
				want[i] = strings.Replace(want[i], "#", "1/DEV-W02/2026-10-01", 1)
			}
			equal(t, strings.Join(got, ", "), strings.Join(want, ", "))
		}
		equal(t, id, 1)
		on("2026-08-31")
		on("2026-09-01", "一支部admin #/FIRST")
		on("2026-09-10")
		on("2026-09-24", "一支部admin #/LAST")
		on("2026-10-01")
		on("2026-10-02", "一支部admin #/LATE")
		on("2026-11-20")

		var data string
		must(t, w.db.Read(ctx).Raw("SELECT data FROM message ORDER BY id LIMIT 1").Scan(&data).Error)
		for _, part := range []string{"李小明", "一支部", "填写培养考察意见", "2026-10-01", "还有30天"} {
			if !strings.Contains(data, part) {
				t.Errorf("%s says nothing of %s", data, part)
			}
		}
		t.Run("a step that is taken moves the limit: a new one is told anew", func(t *testing.T) {
			w.take(id, StepInput{Code: Assess, OnDay: "2026-11-20"})
			before := len(w.told())
			w.clock.Set("2027-03-02 08:30:00")
			w.run("2027-03-02", false)
			equal(t, strings.Join(w.told()[before:], ""), "一支部admin 1/DEV-W02/2027-04-01/FIRST")
		})
	})
}

func TestRemind_Who(t *testing.T) {
	each(t, "2026-12-10 08:30:00", func(t *testing.T, w *world) {
		id := w.candidate("2025-06-01", "2025-07-01", "2026-08-10")
		w.reviewed(id, "2026-09-01")
		w.take(id, ballot(Admit, "2026-09-12", 5, 5)) // W05: 2026-12-12, W06: 2027-03-12
		t.Run("what a committee decides is told to the committee, not to the general branch", func(t *testing.T) {
			w.run("2026-12-10", false)
			equal(t, strings.Join(w.told(), ", "), "甲党委admin 1/DEV-W05/2026-12-12/LAST")
		})
		t.Run("a committee without an administrator: those above", func(t *testing.T) {
			w.vacate("甲党委")
			w.clock.Set("2026-12-13 08:30:00")
			w.run("2026-12-13", false)
			equal(t, strings.Join(w.told()[1:], ", "), "市委admin 1/DEV-W05/2026-12-12/LATE")
		})
		t.Run("a branch without an administrator: those of the general branch", func(t *testing.T) {
			w.vacate("一支部")
			before := len(w.told())
			d, err := w.s.Begin(ctx, w.general, ApplyInput{OrgID: w.orgs["一支部"].ID, IDNumber: identity("1990-01-01", 7), AppliedOn: "2026-12-01", Person: Person{Name: "王五"}})
			must(t, err)
			w.run("2026-12-13", false)
			equal(t, strings.Join(w.told()[before:], ", "), "总支admin "+fmt.Sprintf("%d/DEV-W01/2027-01-01/FIRST", d.ID))
		})
		t.Run("an administrator who is removed hears nothing; a second one does", func(t *testing.T) {
			other := w.holder("二支部", model.RoleAdmin, "总支")
			before := len(w.told())
			w.run("2026-12-13", false)
			equal(t, len(w.told()), before+1)
			equal(t, other.Name, "总支admin")
		})
	})
}

func (w *world) vacate(org string) {
	w.t.Helper()
	must(w.t, w.db.Read(ctx).Model(&model.RoleGrant{}).Where("org_id = ?", w.orgs[org].ID).Update("revoked_at", w.db.Now()).Error)
}

// TestRemind_CatchUp: days that were missed are made up for in one go; each limit is told in the stage in which it stands.
func TestRemind_CatchUp(t *testing.T) {
	each(t, "2026-07-02 08:30:00", func(t *testing.T, w *world) {
		w.activist("2025-09-01", "2026-04-01") // W02: 2026-10-01
		w.clock.Set("2026-10-05 07:00:00")
		for day := model.Date("2026-08-20"); day <= "2026-10-04"; day = day.AddDays(1) {
			w.run(day, false)
		}
		equal(t, strings.Join(w.told(), ", "), "一支部admin 1/DEV-W02/2026-10-01/LATE")
		t.Run("by hand the day itself counts", func(t *testing.T) {
			w.run("2026-09-05", true)
			equal(t, len(w.told()), 2)
		})
	})
}

// TestRefresh: a number that comes into force, a member who moves or leaves: the nightly run writes the limits anew.
func TestRefresh(t *testing.T) {
	each(t, "2026-11-20 08:30:00", func(t *testing.T, w *world) {
		id := w.apply("2026-11-01").ID
		due := func(id int64) (all []string) {
			must(t, w.db.Read(ctx).Raw("SELECT code || ' ' || due_on FROM development_deadline WHERE development_id = ? ORDER BY code", id).Scan(&all).Error)
			return all
		}
		equal(t, strings.Join(due(id), ", "), "DEV-W01 2026-12-01")
		w.create(&model.RuleValue{Family: model.RulesDevelopment, Code: "TALK_MONTHS", Value: 2, RuleSet: "DEV2026", EffectiveFrom: "2026-11-25", Clause: "试验"})
		n, err := w.s.refresh(ctx)
		must(t, err)
		equal(t, n, 0)
		w.clock.Set("2026-11-25 08:30:00")
		n, err = w.s.refresh(ctx)
		must(t, err)
		equal(t, n, 1)
		equal(t, strings.Join(due(id), ", "), "DEV-W01 2027-01-01")

		id = w.probationer("2026-10-10", "2026-11-20")
		member := *w.course(id).MemberID
		equal(t, strings.Join(due(id), ", "), "DEV-W07 2026-12-20, DEV-W08 2027-10-10")
		must(t, w.db.Read(ctx).Model(&model.Member{}).Where("id = ?", member).Update("org_id", w.orgs["二支部"].ID).Error)
		_, err = w.s.refresh(ctx)
		must(t, err)
		equal(t, w.course(id).OrgID, w.orgs["二支部"].ID)
		must(t, w.db.Read(ctx).Model(&model.Member{}).Where("id = ?", member).Update("standing", model.StandingDeceased).Error)
		_, err = w.s.refresh(ctx)
		must(t, err)
		equal(t, len(due(id)), 0)
	})
}

// TestRecount: a holiday that is entered later moves the end of a notice that runs, and of no other.
func TestRecount(t *testing.T) {
	each(t, "2026-11-20 08:30:00", func(t *testing.T, w *world) {
		id := w.activist("2025-06-01", "2025-07-01")
		w.take(id, StepInput{Code: Consent, OnDay: "2026-11-02"})
		w.take(id, StepInput{Code: OpenNotice, OnDay: "2026-11-02"})
		w.take(id, StepInput{Code: CloseNotice, OnDay: "2026-11-06"})
		d := w.take(id, StepInput{Code: OpenNotice, OnDay: "2026-11-17"})
		equal(t, d.Notice.EndsOn, "2026-11-23")
		days := calendar.New(w.db)
		days.OnChange(w.s.Recount)
		city := access.Viewer{AccountID: w.city.AccountID, Grants: w.city.Grants}
		for _, day := range []model.Date{"2026-11-04", "2026-11-20"} {
			must(t, days.SetOverride(ctx, city, calendar.Override{Date: day, Kind: calendar.Off, Name: "停工"}))
		}
		var ends []string
		must(t, w.db.Read(ctx).Raw("SELECT ends_on FROM development_notice ORDER BY id").Scan(&ends).Error)
		equal(t, strings.Join(ends, " "), "2026-11-06 2026-11-24")
		equal(t, w.count("SELECT count(*) FROM audit_entry WHERE action = 'development.recount'"), 1)
	})
}
