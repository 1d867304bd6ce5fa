package org_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/org"
)

// quiet gives every organisation an administrator, a term and a secretary, so that a test sees its own warnings alone.
func (h *house) quiet() {
	h.t.Helper()
	for name, branch := range map[string]string{"市委": "三支部", "甲委": "二支部", "总支": "一支部", "一支部": "一支部", "二支部": "二支部", "乙委": "三支部", "三支部": "三支部"} {
		h.post(name, h.admin(name, branch), model.PostSecretary)
		h.term(name, "2024-01-01", "2027-01-01")
	}
	h.members("一支部", 3)
	h.members("二支部", 3)
}

// warned lists the codes of one organisation.
func (h *house) warned(at string) string {
	h.t.Helper()
	rows, _, err := h.Warnings(h.t.Context(), h.holder(model.RoleLeader, "市委"), org.WarningFilter{OrgID: h.by[at].ID, Own: true}, 0, 100)
	must(h.t, err)
	var codes []string
	for _, r := range rows {
		codes = append(codes, strings.TrimPrefix(r.Code, "ORG-"))
	}
	return strings.Join(codes, " ")
}

func TestWarnings(t *testing.T) {
	eachHouse(t, func(h *house) {
		h.t.Run("nothing is registered yet", func(t *testing.T) {
			equal(t, h.warned("一支部"), "W01 W09 W11 W12")
			equal(t, h.warned("三支部"), "W09 W11 W12") // joint
			equal(t, h.warned("甲委"), "W09 W11 W12")
		})
		h.quiet()
		h.t.Run("a unit that is in order has none", func(t *testing.T) {
			for name := range h.by {
				equal(t, h.warned(name), "")
			}
		})
		one := h.by["一支部"].ID
		h.t.Run("probationary members do not make a branch", func(t *testing.T) {
			h.exec("UPDATE member SET status = 'PROBATIONARY' WHERE org_id = ? AND id NOT IN (SELECT member_id FROM org_post)", one)
			equal(t, h.warned("一支部"), "W01")
			h.exec("UPDATE member SET status = 'FULL'")
		})
		h.t.Run("a joint branch gathers at most five units", func(t *testing.T) {
			for i := range 5 {
				h.create(&model.JointUnit{OrgID: h.by["三支部"].ID, Name: fmt.Sprint("单位", i)})
			}
			equal(t, h.warned("三支部"), "")
			h.create(&model.JointUnit{OrgID: h.by["三支部"].ID, Name: "单位6"})
			equal(t, h.warned("三支部"), "W02")
		})
		h.t.Run("seven full members elect a committee of three to five, at most seven; fewer have none", func(t *testing.T) {
			equal(t, h.count("SELECT count(*) FROM member WHERE org_id = ?", one), 5)
			ids := h.members("一支部", 1)
			h.post("一支部", ids[0], model.PostOrganisation)
			equal(t, h.warned("一支部"), "W07")
			ids = append(ids, h.members("一支部", 1)...)
			equal(t, h.warned("一支部"), "W08")
			h.post("一支部", ids[1], model.PostPublicity)
			equal(t, h.warned("一支部"), "")
			for _, id := range h.members("一支部", 5) {
				h.post("一支部", id, model.PostMember)
			}
			equal(t, h.warned("一支部"), "W08")
			h.exec("UPDATE org_post SET until_on = '2026-01-01' WHERE org_id = ? AND post <> 'SECRETARY'", one)
			equal(t, h.warned("一支部"), "W06")
		})
		h.t.Run("over fifty and over a hundred members", func(t *testing.T) {
			h.exec("UPDATE rule_value SET value = 1000 WHERE code = 'BRANCH_COMMITTEE_FROM'")
			two := h.by["二支部"].ID
			h.members("二支部", int(50-h.count("SELECT count(*) FROM member WHERE org_id = ?", two)))
			equal(t, h.warned("二支部"), "")
			h.members("二支部", 1)
			equal(t, h.warned("二支部"), "W03 W04")
			h.members("二支部", 50)
			equal(t, h.warned("二支部"), "W03 W05")
			equal(t, h.warned("总支"), "")
			h.exec("UPDATE member SET org_id = ? WHERE org_id = ? AND id NOT IN (SELECT member_id FROM org_post)", one, two)
			equal(t, h.warned("总支"), "W05") // what its branches have
			equal(t, h.warned("甲委"), "")
		})
		h.t.Run("a term is overdue on the day after its last one", func(t *testing.T) {
			h.exec("UPDATE org_term SET ends_on = '2026-11-20' WHERE org_id = ?", h.by["甲委"].ID)
			equal(t, h.warned("甲委"), "")
			h.exec("UPDATE org_term SET ends_on = '2026-11-19' WHERE org_id = ?", h.by["甲委"].ID)
			equal(t, h.warned("甲委"), "W10")
			h.exec("UPDATE org_term SET postponed_until = '2027-11-19' WHERE org_id = ?", h.by["甲委"].ID)
			equal(t, h.warned("甲委"), "")
		})
		h.t.Run("a post held by somebody who may not", func(t *testing.T) {
			secretary := h.count("SELECT member_id FROM org_post WHERE org_id = ? AND post = 'SECRETARY'", h.by["乙委"].ID)
			for _, change := range []string{"standing = 'REMOVED'", "standing = 'ACTIVE', status = 'PROBATIONARY'", "status = 'FULL', watched_until = '2026-11-20'"} {
				h.exec("UPDATE member SET "+change+" WHERE id = ?", secretary)
				if got := h.warned("乙委"); !strings.Contains(got, "W13") {
					t.Errorf("%s: %q", change, got)
				}
			}
			h.exec("UPDATE member SET watched_until = '2026-11-19' WHERE id = ?", secretary)
			equal(t, h.warned("乙委"), "")
			h.exec("UPDATE member SET org_id = ? WHERE id = ?", one, secretary)
			equal(t, h.warned("乙委"), "W13")
		})
		h.t.Run("the numbers are the rule table's", func(t *testing.T) {
			equal(t, h.warned("三支部"), "W02")
			h.exec("INSERT INTO rule_value (family, code, variant, value, rule_set, effective_from, clause) VALUES ('org', 'JOINT_UNITS_MOST', '', 6, '', '2026-11-20', '新规定')")
			equal(t, h.warned("三支部"), "")
		})
	})
}

func TestWarnings_list(t *testing.T) {
	eachHouse(t, func(h *house) {
		h.members("一支部", 7)
		city := h.holder(model.RoleLeader, "市委")
		list := func(v access.Viewer, f org.WarningFilter) ([]org.Warning, int64) {
			rows, total, err := h.Warnings(h.t.Context(), v, f, 0, 100)
			must(h.t, err)
			return rows, total
		}
		h.t.Run("says what is counted, by which rule", func(t *testing.T) {
			rows, _ := list(city, org.WarningFilter{Code: org.WarnNoCommittee})
			equal(t, len(rows), 1)
			equal(t, rows[0], org.Warning{OrgID: h.by["一支部"].ID, OrgName: "一支部", OrgType: model.OrgBranch, Code: "ORG-W06", Title: "应设支部委员会",
				Message: "正式党员7名，达到7名，应选举产生支部委员会，一般3至5人，最多7人", Figure: 7, Limit: 7, Clause: "支部工作条例第四条、基层组织选举工作条例"})
		})
		h.t.Run("each number of the summary opens its list, and the children add up to the parent", func(t *testing.T) {
			for name, o := range h.by {
				s, err := h.WarningSummary(t.Context(), city, o.ID)
				must(t, err)
				equal(t, len(s.Codes), 13)
				for _, c := range s.Codes {
					sum := s.Own[c.Code]
					_, own := list(city, org.WarningFilter{OrgID: o.ID, Code: c.Code, Own: true})
					equal(t, own, s.Own[c.Code])
					for _, child := range s.Children {
						_, n := list(city, org.WarningFilter{OrgID: child.OrgID, Code: c.Code})
						equal(t, n, child.Counts[c.Code])
						sum += n
					}
					_, all := list(city, org.WarningFilter{OrgID: o.ID, Code: c.Code})
					if sum != s.Total[c.Code] || all != sum {
						t.Errorf("%s %s: %d, total %d, list %d", name, c.Code, sum, s.Total[c.Code], all)
					}
				}
			}
		})
		h.t.Run("a committee's administrator sees the own ones alone", func(t *testing.T) {
			rows, total := list(h.holder(model.RoleAdmin, "乙委"), org.WarningFilter{})
			equal(t, total, int64(len(rows)))
			for _, r := range rows {
				if !slices.Contains([]string{"乙委", "三支部"}, r.OrgName) {
					t.Errorf("%+v", r)
				}
			}
			_, err := h.WarningSummary(t.Context(), h.holder(model.RoleAdmin, "乙委"), h.by["甲委"].ID)
			notFound(t, err)
			plain := access.Viewer{AccountID: 1, MemberID: 1, OrgID: h.by["一支部"].ID, OrgPath: h.by["一支部"].Path}
			_, _, err = h.Warnings(t.Context(), plain, org.WarningFilter{OrgID: h.by["一支部"].ID}, 0, 10)
			notFound(t, err)
		})
		h.t.Run("a part of the list", func(t *testing.T) {
			all, total := list(city, org.WarningFilter{})
			part, same, err := h.Warnings(t.Context(), city, org.WarningFilter{}, 2, 3)
			must(t, err)
			equal(t, same, total)
			equal(t, len(part), 3)
			equal(t, part[0], all[2])
		})
	})
}
