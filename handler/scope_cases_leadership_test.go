package handler

import (
	"fmt"

	"hongyun/model"
)

// voter is a full member of an organisation's branch, with a vote there since 2011.
func (w *world) voter(orgID int64) int64 {
	w.t.Helper()
	member := w.personIn(orgID)
	w.must(w.db.Read(w.t.Context()).Exec("UPDATE member SET full_on = '2011-07-01' WHERE id = ?", member).Error)
	w.must(w.db.Read(w.t.Context()).Exec("INSERT INTO member_span (member_id, org_id, from_on, reason) VALUES (?, ?, '2010-07-01', 'FIRST') ON CONFLICT DO NOTHING", member, orgID).Error)
	return member
}

// led is an organisation below the place with a term and a post.
func (w *world) led(place string) (branch model.Org, term, post int64) {
	w.t.Helper()
	branch = w.inside(place)
	t := model.OrgTerm{OrgID: branch.ID, Number: 1, ElectedOn: "2024-01-01", EndsOn: "2027-01-01", CreatedAt: w.db.Now()}
	w.create(&t)
	p := model.OrgPost{OrgID: branch.ID, TermID: &t.ID, MemberID: w.voter(branch.ID), Post: model.PostSecretary, FromOn: "2024-01-01", CreatedAt: w.db.Now()}
	w.create(&p)
	return branch, t.ID, p.ID
}

// handover is an open one in an organisation, from one of its administrators.
func (w *world) handover(orgID, from, to int64) int64 {
	w.t.Helper()
	const none = `{"items":[]}`
	pack := fmt.Sprintf(`{"unbound":%[1]s,"no_phone":%[1]s,"development":%[1]s,"transfers":%[1]s,"floating":%[1]s,"groups":%[1]s,"rebinds":%[1]s,"leadership":{"posts":[]}}`, none)
	h := model.Handover{OrgID: orgID, FromMemberID: &from, ToMemberID: to, State: model.HandoverOpen, Pack: pack, OpenedAt: w.db.Now()}
	w.create(&h)
	return h.ID
}

// adminOf is a fresh member of a branch who administers an organisation.
func (w *world) adminOf(orgID int64, branch string) int64 {
	_, member, _ := w.freshMember(branch)
	w.create(&model.RoleGrant{MemberID: &member, Role: model.RoleAdmin, OrgID: &orgID, GrantedAt: w.db.Now()})
	return member
}

func leadershipCases() map[string][]scopeCase {
	seesOrg := func(r *role, place string) bool { return r.reads(place) || r.home == place }
	return map[string][]scopeCase{
		"GET /api/v1/orgs/{id}/leadership": {{places: orgs, want: signedIn(found(seesOrg)), make: func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/orgs/%d/leadership", w.org[place])}
		}}},
		"POST /api/v1/orgs/{id}/terms": {{places: orgs, want: admins(workedIn), make: func(w *world, _ *role, place string) attempt {
			branch := w.inside(place)
			elected, sick := w.voter(branch.ID), w.voter(branch.ID)
			return attempt{path: fmt.Sprintf("/orgs/%d/terms", branch.ID), body: map[string]any{"number": 1, "elected_on": "2026-11-20", "ends_on": "2029-11-20", "document_no": "德组〔2026〕1号",
				"present": 1, "yes": 1, "no": 0, "abstain": 0, "voters": 0, "exclusions": []any{map[string]any{"member_id": sick, "reason": "长期患病", "decision_no": "1"}},
				"elected": []any{map[string]any{"member_id": elected, "post": model.PostSecretary}}}}
		}}},
		"POST /api/v1/terms/{id}/postponement": {
			{places: orgs, want: admins(workedIn), make: func(w *world, _ *role, place string) attempt {
				_, term, _ := w.led(place)
				return attempt{path: fmt.Sprintf("/terms/%d/postponement", term), body: map[string]any{"until": "2027-12-31", "document_no": "德组〔2026〕2号"}}
			}},
			{places: orgs[1:], own: true, make: func(w *world, _ *role, place string) attempt { // the level above approves
				var term model.OrgTerm
				tx := w.db.Read(w.t.Context())
				w.must(tx.Where("org_id = ?", w.org[place]).FirstOrCreate(&term, model.OrgTerm{OrgID: w.org[place], Number: 1, ElectedOn: "2024-01-01", EndsOn: "2027-01-01", CreatedAt: w.db.Now()}).Error)
				return attempt{path: fmt.Sprintf("/terms/%d/postponement", term.ID), body: map[string]any{"until": "2027-12-31", "document_no": "德组〔2026〕2号"}}
			}, want: admins(func(r *role, place string) int {
				switch {
				case r.works(above[place]):
					return allowed
				case seesOrg(r, place):
					return 403
				}
				return 404
			})},
		},
		"POST /api/v1/orgs/{id}/posts": {{places: orgs, want: admins(workedIn), make: func(w *world, _ *role, place string) attempt {
			branch, _, _ := w.led(place)
			return attempt{path: fmt.Sprintf("/orgs/%d/posts", branch.ID), body: map[string]any{"member_id": w.voter(branch.ID), "post": model.PostOrganisation, "from_on": "2026-11-20", "note": "补选"}}
		}}},
		"POST /api/v1/posts/{id}/end": {{places: orgs, want: admins(workedIn), make: func(w *world, _ *role, place string) attempt {
			_, _, post := w.led(place)
			return attempt{path: fmt.Sprintf("/posts/%d/end", post), body: map[string]any{"on": "2026-11-20", "note": "调离"}}
		}}},
		"GET /api/v1/org-warnings": {
			{want: readers(everybody), make: func(*world, *role, string) attempt { return attempt{path: "/org-warnings"} }},
			{places: orgs, want: readers(found(reads)), make: func(w *world, _ *role, place string) attempt {
				return attempt{path: fmt.Sprintf("/org-warnings?org_id=%d&code=ORG-W12", w.org[place])}
			}},
		},
		"GET /api/v1/org-warnings/summary": {{places: orgs, want: readers(found(reads)), make: func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/org-warnings/summary?org_id=%d", w.org[place])}
		}}},
		"GET /api/v1/admin-vacancies": to("/admin-vacancies", readers(everybody)),
		"GET /api/v1/orgs/{id}/progress": {{places: orgs, want: readers(found(reads)), make: func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/orgs/%d/progress?month=2026-11", w.org[place])}
		}}},
		"GET /api/v1/orgs/{id}/progress/late": {{places: orgs, want: readers(found(reads)), make: func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/orgs/%d/progress/late?duty=DUES&span=year", w.org[place])}
		}}},
		"GET /api/v1/orgs/{id}/progress/items": {{places: orgs, want: readers(found(reads)), make: func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/orgs/%d/progress/items?duty=THEME_DAY&state=open", w.org[place])}
		}}},
	}
}

func handoverCases() map[string][]scopeCase {
	// A hand-over at a place, from one of its administrators to a fresh member, or to the role itself.
	at := func(verb string, toSelf bool) func(*world, *role, string) attempt {
		return func(w *world, r *role, place string) attempt {
			o := w.inside(place)
			from := w.adminOf(o.ID, "b1")
			_, to, _ := w.freshMember("b1")
			if toSelf && r.member != 0 {
				to = r.member
			}
			return attempt{path: fmt.Sprintf("/handovers/%d%s", w.handover(o.ID, from, to), verb)}
		}
	}
	successor := func(r *role, _ string) int {
		if r.member == 0 {
			return 404
		}
		return allowed
	}
	return map[string][]scopeCase{
		"POST /api/v1/orgs/{id}/handovers": {
			{places: orgs, want: admins(found(works)), make: func(w *world, _ *role, place string) attempt { // from above
				o := w.inside(place)
				return attempt{path: fmt.Sprintf("/orgs/%d/handovers", o.ID), body: map[string]any{"to_member_id": w.personIn(o.ID), "from_member_id": w.adminOf(o.ID, "b1"), "note": "调动"}}
			}},
			{places: orgs[1:], own: true, make: func(w *world, r *role, place string) attempt { // for another, beside whom one works
				return attempt{path: fmt.Sprintf("/orgs/%d/handovers", w.org[place]), body: map[string]any{"to_member_id": w.personIn(w.org[place]), "from_member_id": w.adminOf(w.org[place], "b1"), "note": ""}}
			}, want: admins(func(r *role, place string) int {
				switch {
				case r.works(above[place]):
					return allowed
				case r.works(place):
					return 403
				}
				return 404
			})},
		},
		"GET /api/v1/handovers": to("/handovers", signedIn(everybody)),
		"GET /api/v1/handovers/{id}": {
			{places: orgs, want: signedIn(found(reads)), make: at("", false)},
			{places: []string{"b1"}, own: true, want: signedIn(func(r *role, place string) int {
				if r.reads(place) {
					return allowed
				}
				return successor(r, place)
			}), make: at("", true)},
		},
		"POST /api/v1/handovers/{id}/accept": {
			{places: orgs, want: members(func(r *role, place string) int {
				if r.reads(place) {
					return 403
				}
				return 404
			}), make: at("/accept", false)},
			{own: true, want: members(successor), make: func(w *world, r *role, _ string) attempt { // as a fresh successor: the cast stays as it is
				if r.member == 0 {
					return attempt{path: "/handovers/999999/accept"}
				}
				o := w.inside("b")
				person, to, _ := w.boundMember("b1")
				return attempt{path: fmt.Sprintf("/handovers/%d/accept", w.handover(o.ID, w.adminOf(o.ID, "b1"), to)), token: w.login(person)}
			}},
		},
		"POST /api/v1/handovers/{id}/withdraw": {
			{places: orgs, want: signedIn(workedIn), make: at("/withdraw", false)},
			{places: []string{"b1"}, own: true, want: signedIn(func(r *role, place string) int {
				if r.works(place) {
					return allowed
				}
				return successor(r, place)
			}), make: at("/withdraw", true)},
		},
	}
}

func ruleCases() map[string][]scopeCase {
	return map[string][]scopeCase{
		"GET /api/v1/lookups":     to("/lookups?list=education", signedIn(everybody)),
		"GET /api/v1/admin/rules": to("/admin/rules?family=org", cityAdmins),
		"PUT /api/v1/admin/rules": {{want: cityAdmins, make: func(w *world, _ *role, _ string) attempt {
			return attempt{path: "/admin/rules", body: map[string]any{"family": "org", "code": "BRANCH_MEMBERS_MOST", "variant": "", "value": 60 + w.next(), "effective_from": "2027-01-01", "clause": "新规定"}}
		}}},
	}
}
