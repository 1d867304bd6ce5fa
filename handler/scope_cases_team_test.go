package handler

import (
	"fmt"

	"hongyun/model"
)

func teamCases() map[string][]scopeCase {
	gives := func(r *role) bool {
		return r.cityAdmin() || r.is(post{model.RoleLeader, "city"}) || r.has(model.RoleDesk, model.RoleDepartmentHandler, model.RoleDepartmentLeader)
	}
	sees := func(r *role, place string) bool { return gives(r) || r.reads(place) }
	keeps := func(r *role, place string) int {
		switch {
		case r.works(place):
			return allowed
		case sees(r, place):
			return 403
		}
		return 404
	}
	input := func(w *world, place string) map[string]any {
		return map[string]any{"name": fmt.Sprintf("服务队%d", w.next()), "org_id": w.org[place], "skills": []string{"REPAIR"}, "areas": []string{"银城街道"}}
	}
	about := func(suffix string, want func(*role, string) int, body func(w *world, place string) any) []scopeCase {
		return []scopeCase{{places: orgs, want: want, make: func(w *world, _ *role, place string) attempt {
			a := attempt{path: fmt.Sprintf("/service-teams/%d%s", w.serviceTeam(place, 0), suffix)}
			if body != nil {
				a.body = body(w, place)
			}
			return a
		}}}
	}
	return map[string][]scopeCase{
		"GET /api/v1/service-teams": to("/service-teams", signedIn(everybody)),
		"POST /api/v1/service-teams": {{places: orgs, want: admins(found(works)), make: func(w *world, _ *role, place string) attempt {
			return attempt{path: "/service-teams", body: input(w, place)}
		}}},
		"GET /api/v1/service-teams/{id}": about("", signedIn(found(sees)), nil),
		"PUT /api/v1/service-teams/{id}": about("", admins(keeps), func(w *world, place string) any {
			in := input(w, place)
			in["version"] = 1
			return in
		}),
		"POST /api/v1/service-teams/{id}/close": about("/close", admins(keeps), nil),
		"GET /api/v1/service-teams/{id}/duties": about("/duties", signedIn(found(sees)), nil),
		"PUT /api/v1/service-teams/{id}/duties": about("/duties", signedIn(keeps), func(*world, string) any { return map[string]any{"day": "2026-12-01", "member_ids": []int64{}} }),
	}
}

func serviceOrderCases() map[string][]scopeCase {
	const keeper = "b1" // of the team that goes
	leads := func(r *role, place string) bool {
		if place == "own" || place == "window" {
			return r.cityAdmin() || r.has(model.RoleDesk)
		}
		return r.unit(place)
	}
	sees := func(state string) func(*role, string) bool {
		return func(r *role, place string) bool {
			return seesRequest(r, place) || state != model.OrderOpen && r.reads(keeper)
		}
	}
	may := func(state string, may func(*role, string) bool) func(*role, string) int {
		return func(r *role, place string) int {
			switch {
			case may(r, place):
				return allowed
			case sees(state)(r, place):
				return 403
			}
			return 404
		}
	}
	nobody := func(*role, string) bool { return false }
	staff := func(want func(*role, string) int) func(*role, string) int {
		return onlyIf(func(r *role) bool {
			return r.cityAdmin() || r.is(post{model.RoleLeader, "city"}) || r.has(model.RoleDesk, model.RoleDepartmentHandler, model.RoleDepartmentLeader)
		}, want)
	}
	about := func(suffix, state string, want func(*role, string) int, body func(w *world) any) scopeCase {
		return scopeCase{places: requestPlaces, own: true, want: want, make: func(w *world, r *role, place string) attempt {
			a := attempt{path: fmt.Sprintf("/service-orders/%d%s", w.serviceOrder(place, state, r, 0), suffix)}
			if body != nil {
				a.body = body(w)
			}
			return a
		}}
	}
	// goes is the same as an order that the role itself goes out for.
	goes := func(suffix, state string, body func(w *world) any) scopeCase {
		return scopeCase{own: true, want: members(everybody), make: func(w *world, r *role, _ string) attempt {
			a := attempt{path: fmt.Sprintf("/service-orders/%d%s", w.serviceOrder("unit2", state, r, r.member), suffix)}
			if body != nil {
				a.body = body(w)
			}
			return a
		}}
	}
	note := func(*world) any { return map[string]any{"note": "还在漏水"} }
	photo := func(w *world) any { return formFile(w.t, "现场.png", png) }
	confirms := func(r *role, place string) bool { return place == "own" || leads(r, place) }
	return map[string][]scopeCase{
		"POST /api/v1/requests/{id}/orders": {{places: requestPlaces, own: true, make: func(w *world, r *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/requests/%d/orders", w.request(place, model.RequestHandling, max(r.account, 1))), body: map[string]any{"what": "修理水管"}}
		}, want: staff(func(r *role, place string) int {
			switch {
			case leads(r, place):
				return allowed
			case place != "own" && seesRequest(r, place), r.is(post{model.RoleLeader, "city"}):
				return 403
			}
			return 404
		})}},
		"GET /api/v1/service-orders":      to("/service-orders", signedIn(everybody)),
		"GET /api/v1/service-orders/{id}": {about("", model.OrderTaken, signedIn(found(sees(model.OrderTaken))), nil)},
		"POST /api/v1/service-orders/{id}/claim": {about("/claim", model.OrderOpen, members(may(model.OrderOpen, nobody)), func(*world) any { return map[string]any{"team_id": 0} }), {own: true, want: members(everybody), make: func(w *world, r *role, _ string) attempt {
			id := w.serviceOrder("unit2", model.OrderOpen, r, 0)
			area := fmt.Sprintf("片区%d", id) // no other order's: a team that fits sees it
			w.must(w.db.Read(w.t.Context()).Model(&model.ServiceOrder{}).Where("id = ?", id).Updates(map[string]any{"skill": "REPAIR", "area": area}).Error)
			team := w.serviceTeam("b1", r.member)
			w.create(&model.ServiceTeamSkill{TeamID: team, Skill: "REPAIR"})
			w.create(&model.ServiceTeamArea{TeamID: team, Area: area})
			return attempt{path: fmt.Sprintf("/service-orders/%d/claim", id), body: map[string]any{"team_id": team}}
		}}},
		"POST /api/v1/service-orders/{id}/dispatch": {about("/dispatch", model.OrderTaken, signedIn(may(model.OrderTaken, func(r *role, place string) bool { return leads(r, place) || r.works(keeper) })), func(w *world) any { return map[string]any{"team_id": w.lastTeam} })},
		"POST /api/v1/service-orders/{id}/give-up":  {about("/give-up", model.OrderTaken, members(may(model.OrderTaken, nobody)), nil), goes("/give-up", model.OrderTaken, nil)},
		"POST /api/v1/service-orders/{id}/visit":    {about("/visit", model.OrderTaken, members(may(model.OrderTaken, nobody)), note), goes("/visit", model.OrderTaken, note)},
		"POST /api/v1/service-orders/{id}/photos":   {about("/photos", model.OrderTaken, members(may(model.OrderTaken, nobody)), photo), goes("/photos", model.OrderTaken, photo)},
		"POST /api/v1/service-orders/{id}/confirm":  {about("/confirm", model.OrderVisited, signedIn(may(model.OrderVisited, confirms)), note)},
		"POST /api/v1/service-orders/{id}/redo":     {about("/redo", model.OrderVisited, signedIn(may(model.OrderVisited, confirms)), note)},
		"POST /api/v1/service-orders/{id}/cancel":   {about("/cancel", model.OrderTaken, staff(may(model.OrderTaken, leads)), note)},
	}
}

// serviceTeam is a team of an organisation, led by the member; without one, by a fresh one.
func (w *world) serviceTeam(place string, member int64) int64 {
	w.t.Helper()
	if member == 0 {
		_, member, _ = w.freshMember("b1")
	}
	t := model.ServiceTeam{Name: fmt.Sprintf("服务队%d", w.next()), OrgID: w.org[place], LeaderID: &member, CreatedAt: w.db.Now(), Version: 1}
	w.create(&t)
	w.create(&model.ServiceTeamMember{TeamID: t.ID, MemberID: member, JoinedOn: "2026-01-01"})
	w.lastTeam = t.ID
	return t.ID
}

// serviceOrder is one for a request that stands in a place; member is who goes, 0 somebody else.
func (w *world) serviceOrder(place, state string, r *role, member int64) int64 {
	w.t.Helper()
	o := model.ServiceOrder{RequestID: w.request(place, model.RequestHandling, max(r.account, 1)), What: "修理水管", Skill: "FARMING", Due: "2026-12-01", State: state, CreatedAt: w.db.Now(), Version: 1}
	if id, ok := w.units[place]; ok {
		o.DepartmentID = &id
	}
	if state != model.OrderOpen {
		id := w.serviceTeam("b1", member)
		var t model.ServiceTeam
		w.must(w.db.Read(w.t.Context()).Where("id = ?", id).Take(&t).Error)
		o.TeamID, o.MemberID = &id, t.LeaderID
	}
	w.create(&o)
	return o.ID
}
