package handler

import (
	"fmt"

	"hongyun/model"
)

// duesReaders lead, administer or collect somewhere.
func duesReaders(then func(r *role, place string) int) func(*role, string) int {
	return onlyIf(func(r *role) bool { return r.has(model.RoleLeader, model.RoleAdmin, model.RoleCollector) }, then)
}

func (r *role) collects(org string) bool {
	if r.over(org, model.RoleCollector) {
		return true
	}
	for _, p := range r.posts { // an administrator of a branch collects there
		if p.role == model.RoleAdmin && p.at == org && org != "" && org[len(org)-1] >= '0' && org[len(org)-1] <= '9' || p.role == model.RoleAdmin && p.at == "d" && org == "d" {
			return true
		}
	}
	return false
}

func collectionCases() map[string][]scopeCase {
	report := func(path, query string) []scopeCase {
		return []scopeCase{{places: orgs, want: readers(found(reads)), make: func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf("%s?org_id=%d%s", path, w.org[place], query)}
		}}}
	}
	seesArrears := func(r *role, place string) bool { return r.reads(place) || r.collects(place) }
	work := func(suffix string, may func(*role, string) bool, body any) []scopeCase {
		return []scopeCase{{places: branches, make: func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/dues/arrears/%d/%s", w.arrears(place), suffix), body: body}
		}, want: onlyIf(func(r *role) bool { return r.has(model.RoleAdmin, model.RoleCollector) }, func(r *role, place string) int {
			switch {
			case may(r, place):
				return allowed
			case seesArrears(r, place):
				return 403
			}
			return 404
		})}}
	}
	return map[string][]scopeCase{
		"GET /api/v1/dues/collection":        report("/dues/collection", "&month=2026-11"),
		"GET /api/v1/dues/quarters":          report("/dues/quarters", "&quarter=2026Q3"),
		"GET /api/v1/dues/quarters/problems": report("/dues/quarters/problems", "&quarter=2026Q3"),
		"GET /api/v1/dues/arrears":           to("/dues/arrears", duesReaders(everybody)),
		"GET /api/v1/dues/arrears/{id}": {{places: branches, want: duesReaders(found(seesArrears)), make: func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/dues/arrears/%d", w.arrears(place))}
		}}},
		"POST /api/v1/dues/arrears/{id}/notes": work("notes", func(r *role, place string) bool { return r.works(place) || r.collects(place) },
			map[string]any{"held_on": "2026-11-19", "text": "已谈话提醒", "due_on": "2026-12-31"}),
		"POST /api/v1/dues/arrears/{id}/close": work("close", works, map[string]any{"outcome": "GOOD_REASON", "note": "住院期间", "version": 1}),
	}
}

// arrears is an open case of a fresh member of the branch, who owes two months.
func (w *world) arrears(branch string) int64 {
	w.t.Helper()
	_, member, _ := w.freshMember(branch)
	for _, month := range []model.Month{"2026-08", "2026-09"} {
		w.bill(branch, member, month, model.BillUnpaid)
	}
	a := model.DuesArrears{MemberID: member, OrgID: w.org[branch], SinceMonth: "2026-08", Months: 2, Step: model.ArrearsBranch, State: model.ArrearsOpen,
		OpenedAt: w.db.Now(), CountedOn: "2026-10-01", Version: 1}
	w.create(&a)
	return a.ID
}
