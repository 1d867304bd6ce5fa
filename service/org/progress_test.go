package org_test

import (
	"fmt"
	"testing"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/org"
)

// busy gives the branches something of every duty.
func (h *house) busy() {
	h.t.Helper()
	for _, d := range []struct {
		at    string
		month model.Month
		state string
	}{{"一支部", "2026-11", model.MeetingCompleted}, {"一支部", "2026-10", model.MeetingCompleted}, {"二支部", "2026-11", model.MeetingDraft}, {"三支部", "2026-09", model.MeetingCompleted}} {
		h.create(&model.Meeting{OrgID: h.by[d.at].ID, Kind: model.ThemeDay, Month: d.month, HeldOn: d.month.First(), Theme: "学习", State: d.state, Round: 1, CreatedAt: h.db.Now(), UpdatedAt: h.db.Now()})
	}
	for i, b := range []struct {
		at    string
		month model.Month
		state string
	}{{"一支部", "2026-11", model.BillPaid}, {"一支部", "2026-11", model.BillUnpaid}, {"一支部", "2026-11", model.BillExempt}, {"二支部", "2026-10", model.BillUnpaid}, {"三支部", "2025-12", model.BillUnpaid}} {
		member := h.member(b.at)
		h.create(&model.DuesBill{MemberID: member, OrgID: h.by[b.at].ID, Month: b.month, Category: "SALARIED", AmountFen: int64(100 + i), State: b.state, CreatedAt: h.db.Now()})
	}
	for i, due := range []model.Date{"2026-11-19", "2026-11-20", "2026-12-15", "2027-03-01"} {
		d := model.Development{OrgID: h.by["二支部"].ID, Name: fmt.Sprint("申请人", i), IDSealed: "x", IDIndex: fmt.Sprint("d", i), Sex: "MALE", BornOn: "1990-01-01",
			State: model.DevActivist, AppliedOn: "2025-01-01", Version: 1, CreatedAt: h.db.Now(), UpdatedAt: h.db.Now()}
		h.create(&d)
		h.create(&model.DevelopmentDeadline{DevelopmentID: d.ID, Code: "DEV-W01", DueOn: due, Level: model.LevelBranch})
	}
	h.term("一支部", "2021-11-01", "2026-11-19")
	h.term("二支部", "2026-11-05", "2029-11-05")
	h.term("三支部", "2023-12-20", "2026-12-20")
	h.admin("一支部", "一支部")
	var item int64
	must(h.t, h.db.Read(h.t.Context()).Raw("SELECT min(i.id) FROM standard_item i JOIN standard_checklist c ON c.id = i.checklist_id WHERE c.org_type = 'BRANCH'").Scan(&item).Error)
	h.create(&model.StandardEvidence{OrgID: h.by["一支部"].ID, ItemID: item, State: model.EvidenceApproved, UpdatedAt: h.db.Now()})
	h.create(&model.StandardEvidence{OrgID: h.by["二支部"].ID, ItemID: item, State: model.EvidenceSubmitted, UpdatedAt: h.db.Now()})
}

func TestProgress(t *testing.T) {
	eachHouse(t, func(h *house) {
		h.busy()
		city := h.holder(model.RoleLeader, "市委")
		page := func(at string, month model.Month) org.Progress {
			p, err := h.Progress(h.t.Context(), city, h.by[at].ID, month)
			must(h.t, err)
			return p
		}
		short := func(list []org.DutyCount, duty string) string {
			for _, d := range list {
				if d.Duty == duty {
					return fmt.Sprintf("%d/%d/%d %d/%d/%d", d.Month.Due, d.Month.Done, d.Month.Late, d.Year.Due, d.Year.Done, d.Year.Late)
				}
			}
			return ""
		}
		for _, c := range []struct{ name, duty, at, want string }{
			{"every branch owes a theme day a month; on the 20th nobody is late for it yet", org.DutyThemeDay, "市委", "3/1/0 33/3/28"},
			{"dues: what is paid of what asks for something; a month is late when it is over", org.DutyDues, "市委", "2/1/0 3/1/1"},
			{"development: what falls by the end of the month, and of the year", org.DutyDevelopment, "市委", "2/0/1 3/0/1"},
			{"elections: terms that end, and those that began", org.DutyElection, "市委", "2/1/1 3/1/1"},
			{"standardisation: items of the published checklist that are approved", org.DutyStandard, "一支部", "10/1/0 10/1/0"},
			{"what waits for approval is not done", org.DutyStandard, "二支部", "10/0/0 10/0/0"},
			{"every organisation has an administrator", org.DutyAdmin, "市委", "7/1/6 7/1/6"},
		} {
			h.t.Run(c.name, func(t *testing.T) { equal(t, short(page(c.at, "2026-11").Total, c.duty), c.want) })
		}
		h.t.Run("after the 20th a theme day is late", func(t *testing.T) {
			h.clock.Set("2026-11-21 08:00:00")
			equal(t, short(page("市委", "2026-11").Total, org.DutyThemeDay), "3/1/2 33/3/30")
			h.clock.Set("2026-11-20 08:00:00")
		})
		h.t.Run("an empty month is the present one", func(t *testing.T) { equal(t, page("市委", "").Month, "2026-11") })
		h.t.Run("a branch owes nothing for the months before it stood", func(t *testing.T) {
			b := h.by["三支部"]
			span := model.OrgSpan{OrgID: b.ID, ParentID: b.ParentID, Type: b.Type, Name: b.Name, Path: b.Path, FromOn: "2026-09-10"}
			h.create(&span)
			equal(t, short(page("乙委", "2026-11").Total, org.DutyThemeDay), "1/0/0 3/1/1")
			h.exec("DELETE FROM org_span WHERE id = ?", span.ID)
		})
		h.t.Run("the share is in hundredths of a per cent, and nothing due has none", func(t *testing.T) {
			p := page("二支部", "2026-11")
			equal(t, *p.Total[0].Year.ShareBP, 0)
			equal(t, *p.Total[4].Month.ShareBP, 0)
			equal(t, *page("一支部", "2026-11").Total[4].Month.ShareBP, 1000)
			equal(t, page("乙委", "2026-11").Total[1].Month.ShareBP, nil)
		})
		h.t.Run("a checklist of the own kind stands before the one for every kind", func(t *testing.T) {
			list := model.StandardChecklist{OrgType: model.OrgBranch, Kind: "农村", Version: 1, Title: "村", State: model.ChecklistPublished, CreatedAt: h.db.Now()}
			h.create(&list)
			h.create(&model.StandardItem{ChecklistID: list.ID, Seq: 1, Area: "一", Title: "一", Photos: 1})
			equal(t, short(page("一支部", "2026-11").Total, org.DutyStandard), "1/0/0 1/0/0")
			equal(t, short(page("二支部", "2026-11").Total, org.DutyStandard), "10/0/0 10/0/0")
			h.exec("UPDATE standard_checklist SET state = 'RETIRED' WHERE id = ?", list.ID)
		})
	})
}

func TestProgress_lists(t *testing.T) {
	eachHouse(t, func(h *house) {
		h.busy()
		h.clock.Set("2026-11-25 08:00:00")
		city := h.holder(model.RoleLeader, "市委")
		list := func(id int64, duty, span, state string, own bool) int64 {
			rows, total, err := h.Work(h.t.Context(), city, id, org.WorkFilter{Month: "2026-11", Duty: duty, Span: span, Own: own}, state, 0, 1000)
			must(h.t, err)
			equal(h.t, total, int64(len(rows)))
			return total
		}
		h.t.Run("each number opens its list, and the children add up to the parent", func(t *testing.T) {
			for name, o := range h.by {
				p, err := h.Progress(t.Context(), city, o.ID, "2026-11")
				must(t, err)
				for i, d := range p.Total {
					for span, n := range map[string]org.Done{"month": d.Month, "year": d.Year} {
						equal(t, list(o.ID, d.Duty, span, org.WorkLate, false), n.Late)
						equal(t, list(o.ID, d.Duty, span, org.WorkDue, false), n.Due)
						equal(t, list(o.ID, d.Duty, span, org.WorkDone, false), n.Done)
						equal(t, list(o.ID, d.Duty, span, org.WorkOpen, false), n.Due-n.Done)
					}
					equal(t, list(o.ID, d.Duty, "year", org.WorkDue, true), p.Own[i].Year.Due)
					due, late := p.Own[i].Year.Due, p.Own[i].Month.Late
					for _, child := range p.Children {
						due, late = due+child.Duties[i].Year.Due, late+child.Duties[i].Month.Late
					}
					if due != d.Year.Due || late != d.Month.Late {
						t.Errorf("%s %s: %d and %d, total %+v", name, d.Duty, due, late, d)
					}
				}
			}
		})
		h.t.Run("says whose work it is and what", func(t *testing.T) {
			rows, _, err := h.Work(t.Context(), city, h.by["甲委"].ID, org.WorkFilter{Duty: org.DutyThemeDay}, org.WorkLate, 0, 10)
			must(t, err)
			equal(t, len(rows), 1)
			equal(t, rows[0], org.Work{OrgID: h.by["二支部"].ID, OrgName: "二支部", What: "2026-11", DueOn: "2026-11-20", Late: true})
		})
		h.t.Run("what v does not lead or administer is not found", func(t *testing.T) {
			other := h.holder(model.RoleAdmin, "乙委")
			_, err := h.Progress(t.Context(), other, h.by["甲委"].ID, "")
			notFound(t, err)
			_, _, err = h.Work(t.Context(), other, h.by["一支部"].ID, org.WorkFilter{Duty: org.DutyDues}, org.WorkLate, 0, 10)
			notFound(t, err)
			plain := access.Viewer{AccountID: 1, MemberID: 1, OrgID: h.by["一支部"].ID, OrgPath: h.by["一支部"].Path}
			_, err = h.Progress(t.Context(), plain, h.by["一支部"].ID, "")
			notFound(t, err)
		})
		h.t.Run("a month that is none", func(t *testing.T) {
			_, err := h.Progress(t.Context(), city, h.by["甲委"].ID, "2026-13")
			refused(t, err, "progress.month")
		})
	})
}

func TestProgress_dissolved(t *testing.T) {
	eachHouse(t, func(h *house) {
		h.busy()
		ctx, city, two := h.t.Context(), h.holder(model.RoleLeader, "市委"), h.by["二支部"].ID
		h.exec("UPDATE org SET dissolved_on = '2026-10-15' WHERE id = ?", two)
		h.t.Run("stands in its parent's page with what it owed, which opens", func(t *testing.T) {
			p, err := h.Progress(ctx, city, h.by["甲委"].ID, "2026-11")
			must(t, err)
			due := p.Own[0].Year.Due
			for _, c := range p.Children {
				due += c.Duties[0].Year.Due
				if c.OrgID == two {
					equal(t, c.Duties[0].Month.Due, 0)
					equal(t, c.Duties[0].Year.Due, 9)
				}
			}
			equal(t, due, p.Total[0].Year.Due)
			_, total, err := h.Work(ctx, city, two, org.WorkFilter{Month: "2026-11", Duty: org.DutyThemeDay, Span: "year"}, org.WorkDue, 0, 10)
			must(t, err)
			equal(t, total, 9)
		})
		h.t.Run("is not in it when nothing was due", func(t *testing.T) {
			h.exec("UPDATE org SET dissolved_on = '2025-10-10' WHERE id = ?", two)
			h.exec("DELETE FROM dues_bill WHERE org_id = ?", two)
			h.exec("DELETE FROM development_deadline")
			p, err := h.Progress(ctx, city, h.by["甲委"].ID, "2026-11")
			must(t, err)
			equal(t, len(p.Children), 1)
		})
	})
}
