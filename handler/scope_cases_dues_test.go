package handler

import (
	"fmt"

	"hongyun/model"
	"hongyun/service/ledger"
)

// owed is a bill of this month of a fresh member of the branch, in the books.
func (w *world) owed(branch string) int64 {
	w.t.Helper()
	_, member, _ := w.freshMember(branch)
	id := w.bill(branch, member, "2026-11", model.BillUnpaid)
	w.must(w.db.Tx(w.t.Context(), func(tx model.Tx) error {
		_, err := ledger.Post(tx, ledger.Transfer{Key: fmt.Sprint("owed/", id), Kind: "dues.bill", From: ledger.DuesBilled(w.org[branch]), To: ledger.DuesDue(member), Amount: 20})
		return err
	}))
	return id
}

// assessed writes an assessment down, from last year on.
func (w *world) assessed(member int64) {
	w.t.Helper()
	w.create(&model.DuesAssessment{MemberID: member, Category: "FARMER", AmountFen: 20, EffectiveMonth: "2025-01", CreatedAt: w.db.Now()})
}

// relief is a request for a fresh member of the branch.
func (w *world) relief(branch string) int64 {
	w.t.Helper()
	_, member, _ := w.freshMember(branch)
	r := model.DuesRelief{MemberID: member, OrgID: w.org[branch], Category: model.ReliefExempt, FromMonth: "2026-11", ToMonth: "2026-12", Reason: "困难", StudiedOn: "2026-11-10",
		State: model.ReliefPending, RequestedAt: w.db.Now()}
	w.create(&r)
	return r.ID
}

// overCommittee administers a committee, or the city, above the branch.
func overCommittee(r *role, place string) bool {
	for _, p := range r.posts {
		if p.role == model.RoleAdmin && (p.at == "a" || p.at == "b" || p.at == "city") && under(place, p.at) {
			return true
		}
	}
	return false
}

func duesCases() map[string][]scopeCase {
	collects := func(r *role, place string) bool { return r.collects(place) }
	meets := func(r *role, place string) bool { return r.reads(place) || r.collects(place) } // sees the member
	student := map[string]any{"category": "STUDENT", "effective_month": "2026-11", "reason": "核定"}
	ofMember := func(suffix string, body any) func(*world, *role, string) attempt {
		return func(w *world, _ *role, place string) attempt {
			_, id, _ := w.freshMember(place)
			return attempt{path: fmt.Sprintf("/members/%d/%s", id, suffix), body: body}
		}
	}
	ofOrg := func(suffix string, body any) func(*world, *role, string) attempt {
		return func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/orgs/%d/%s", w.inside(place).ID, suffix), body: body}
		}
	}
	ofRelief := func(step string, body any) func(*world, *role, string) attempt {
		return func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/dues/reliefs/%d/%s", w.relief(place), step), body: body}
		}
	}
	decides := admins(mayOf(overCommittee, handlesDues))
	return map[string][]scopeCase{
		"GET /api/v1/dues/bills": to("/dues/bills", duesWorkers(everybody)),
		"POST /api/v1/dues/bills/{id}/cancel": {{places: branches, make: func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/dues/bills/%d/cancel", w.owed(place)), body: map[string]any{"reason": "重复"}}
		}, want: admins(mayOf(func(r *role, place string) bool { return r.works(above[place]) }, handlesDues))}},
		"GET /api/v1/me/bills":          to("/me/bills", members(everybody)),
		"GET /api/v1/me/dues/statement": to("/me/dues/statement?year=2026", members(everybody)),
		"GET /api/v1/me/assessments":    to("/me/assessments", members(everybody)),
		"GET /api/v1/me/bills/{id}": {
			{places: branches, want: members(func(*role, string) int { return 404 }), make: func(w *world, _ *role, place string) attempt {
				return attempt{path: fmt.Sprintf("/me/bills/%d", w.owed(place))}
			}},
			{own: true, want: members(everybody), make: func(w *world, r *role, _ string) attempt {
				if r.member == 0 {
					return attempt{path: "/me/bills/999999"}
				}
				return attempt{path: fmt.Sprintf("/me/bills/%d", w.bill(r.home, r.member, model.Month(fmt.Sprintf("1901-%02d", 1+w.next()%12)), model.BillUnpaid))}
			}},
		},
		"GET /api/v1/members/{id}/assessments": {
			{places: branches, want: signedIn(found(collects)), make: ofMember("assessments", nil)},
			{own: true, want: signedIn(found(func(r *role, _ string) bool { return r.member != 0 })), make: func(_ *world, r *role, _ string) attempt {
				if r.member == 0 {
					return attempt{path: "/members/999999/assessments"}
				}
				return attempt{path: fmt.Sprintf("/members/%d/assessments", r.member)}
			}},
		},
		"POST /api/v1/members/{id}/assessments": {{places: branches, want: duesWorkers(mayOf(collects, meets)), make: ofMember("assessments", student)}},
		"POST /api/v1/dues/assessments/preview": {{places: branches, want: duesWorkers(mayOf(collects, meets)), make: func(w *world, _ *role, place string) attempt {
			_, id, _ := w.freshMember(place)
			return attempt{path: "/dues/assessments/preview", body: map[string]any{"member_id": id, "category": "STUDENT", "effective_month": "2026-11"}}
		}}},
		"GET /api/v1/dues/reminders":          to("/dues/reminders?month=2026-11", duesWorkers(everybody)),
		"GET /api/v1/dues/unassessed":         to("/dues/unassessed", duesWorkers(everybody)),
		"GET /api/v1/orgs/{id}/dues-settings": {{places: orgs, want: duesWorkers(found(handlesDues)), make: ofOrg("dues-settings", nil)}},
		"PUT /api/v1/orgs/{id}/dues-settings": {{places: orgs, want: admins(mayOf(works, handlesDues)),
			make: ofOrg("dues-settings", map[string]any{"pay_for_others": true, "quarterly": false, "collection_day": 10, "version": 0})}},
		"GET /api/v1/orgs/{id}/dues-items": {{places: orgs, want: duesWorkers(found(handlesDues)), make: ofOrg("dues-items", nil)}},
		"PUT /api/v1/orgs/{id}/dues-items": {{places: orgs, want: admins(mayOf(works, handlesDues)),
			make: ofOrg("dues-items", map[string]any{"items": []any{map[string]any{"category": "SALARIED", "code": "ANNUITY", "treatment": "IGNORE"}}})}},
		"POST /api/v1/members/{id}/reliefs": {{places: branches, want: duesWorkers(mayOf(collects, meets)), make: ofMember("reliefs",
			map[string]any{"category": "EXEMPT", "from_month": "2026-11", "to_month": "2026-12", "reason": "困难", "studied_on": "2026-11-10"})}},
		"GET /api/v1/dues/reliefs":                to("/dues/reliefs", duesWorkers(everybody)),
		"POST /api/v1/dues/reliefs/{id}/approve":  {{places: branches, want: decides, make: ofRelief("approve", map[string]any{"decision_no": "1", "note": ""})}},
		"POST /api/v1/dues/reliefs/{id}/reject":   {{places: branches, want: decides, make: ofRelief("reject", map[string]any{"note": "材料不全"})}},
		"POST /api/v1/dues/reliefs/{id}/withdraw": {{places: branches, want: duesWorkers(mayOf(collects, handlesDues)), make: ofRelief("withdraw", nil)}},
	}
}
