package org_test

import (
	"fmt"
	"strings"
	"testing"

	"hongyun/model"
	"hongyun/service/org"
	"hongyun/service/schedule"
)

// run runs a job as the schedule does, due on a day.
func (h *house) run(name string, day model.Date) string {
	h.t.Helper()
	for _, j := range h.Jobs() {
		if j.Name == name {
			summary, err := j.Run(h.t.Context(), schedule.Run{Period: string(day), Day: day})
			must(h.t, err)
			return summary
		}
	}
	h.t.Fatalf("no job %s", name)
	return ""
}

// told lists the periods of the messages that a member has, oldest first.
func (h *house) told(kind string, member int64) string {
	h.t.Helper()
	var periods []string
	must(h.t, h.db.Read(h.t.Context()).Raw("SELECT period FROM message WHERE kind = ? AND recipient_type = 'member' AND recipient_id = ? ORDER BY id", kind, member).Scan(&periods).Error)
	return strings.Join(periods, " ")
}

func TestElectionReminder(t *testing.T) {
	eachHouse(t, func(h *house) {
		own, upper, city := h.admin("一支部", "一支部"), h.admin("甲委", "二支部"), h.admin("市委", "三支部")
		gone := h.admin("一支部", "一支部")
		h.exec("UPDATE member SET standing = 'SUSPENDED' WHERE id = ?", gone)
		h.term("一支部", "2020-01-01", "2022-01-01") // a term before is no matter
		h.term("一支部", "2022-05-31", "2027-05-31")
		h.term("三支部", "2024-01-01", "2029-01-01")
		period := func(step string) string { return fmt.Sprintf("%s/%d/2027-05-31", step, h.by["一支部"].ID) }
		for _, c := range []struct{ name, from, to, want string }{
			{"a day before the sixth month nobody is told", "2026-11-29", "2026-11-29", ""},
			{"six months before, its own and the level above are told", "2026-11-30", "2026-11-30", period("FIRST")},
			{"nobody again on the days after", "2026-12-01", "2027-02-27", period("FIRST")},
			{"three months before, once more: the month's last day stands for the 31st", "2027-02-28", "2027-03-01", period("FIRST") + " " + period("LAST")},
			{"the last day is not overdue", "2027-05-31", "2027-05-31", period("FIRST") + " " + period("LAST")},
			{"the day after is", "2027-06-01", "2027-07-01", period("FIRST") + " " + period("LAST") + " " + period("OVERDUE")},
		} {
			h.t.Run(c.name, func(t *testing.T) {
				for _, day := range []string{c.from, c.to} {
					h.run(org.JobElection, model.Date(day))
				}
				equal(t, h.told(org.KindElection, own), c.want)
				equal(t, h.told(org.KindElection, upper), c.want) // the general branch above has nobody
				equal(t, h.told(org.KindElection, city)+h.told(org.KindElection, gone), "")
			})
		}
		h.t.Run("a postponed term begins anew, and a run that is late still tells", func(t *testing.T) {
			h.exec("UPDATE org_term SET postponed_until = '2028-05-31' WHERE ends_on = '2027-05-31'")
			before := h.told(org.KindElection, own)
			equal(t, h.run(org.JobElection, "2027-08-01"), "任期将满0个组织，其中临近届满0个；超期未换届0个；新发出提醒0条")
			equal(t, h.run(org.JobElection, "2028-04-15"), "任期将满1个组织，其中临近届满1个；超期未换届0个；新发出提醒2条")
			equal(t, h.told(org.KindElection, own), before+fmt.Sprintf(" LAST/%d/2028-05-31", h.by["一支部"].ID))
		})
		h.t.Run("after the election nobody is told any more", func(t *testing.T) {
			h.term("一支部", "2028-05-01", "2033-05-01")
			equal(t, h.run(org.JobElection, "2028-06-30"), "任期将满0个组织，其中临近届满0个；超期未换届0个；新发出提醒0条")
		})
		h.t.Run("where nobody administers anything, the summary says so", func(t *testing.T) {
			h.exec("UPDATE role_grant SET revoked_at = ?", h.db.Now())
			equal(t, h.run(org.JobElection, "2029-02-01"), "任期将满0个组织，其中临近届满0个；超期未换届1个；新发出提醒0条；1个组织及其上级均没有管理员，无人可提醒")
		})
	})
}

func TestVacancyAlarm(t *testing.T) {
	eachHouse(t, func(h *house) {
		upper, city := h.admin("甲委", "二支部"), h.admin("市委", "三支部")
		own := h.admin("二支部", "二支部")
		names := func(member int64) int {
			told := h.told(org.KindVacancy, member)
			return len(strings.Fields(told))
		}
		h.t.Run("the nearest level above that has an administrator is told, once a month", func(t *testing.T) {
			equal(t, h.run(org.JobVacancy, "2026-11-01"), "4个组织没有管理员，新发出提醒4条")
			equal(t, h.run(org.JobVacancy, "2026-11-01"), "4个组织没有管理员，新发出提醒0条")
			equal(t, names(upper), 2) // 总支, 一支部
			equal(t, names(city), 2)  // 乙委, 三支部
			equal(t, names(own), 0)
			h.run(org.JobVacancy, "2026-12-01")
			equal(t, names(upper), 4)
		})
		list := func(role, at string) string {
			rows, total, err := h.Vacancies(h.t.Context(), h.holder(role, at), 0, 10)
			must(h.t, err)
			equal(h.t, total, int64(len(rows)))
			var b strings.Builder
			for _, r := range rows {
				fmt.Fprintf(&b, "%s<%s ", r.OrgName, r.AboveName)
			}
			return b.String()
		}
		h.t.Run("everybody lists what he or she sees, and learns no name from above", func(t *testing.T) {
			equal(t, list(model.RoleLeader, "市委"), "总支<甲委 一支部<甲委 乙委<市委 三支部<市委 ")
			equal(t, list(model.RoleAdmin, "甲委"), "总支<甲委 一支部<甲委 ")
			equal(t, list(model.RoleLeader, "乙委"), "乙委< 三支部< ")
			equal(t, list(model.RoleAdmin, "二支部"), "")
		})
		h.t.Run("an administrator who is suspended is none", func(t *testing.T) {
			h.exec("UPDATE member SET standing = 'SUSPENDED' WHERE id = ?", own)
			equal(t, list(model.RoleAdmin, "二支部"), "二支部< ")
		})
	})
}
