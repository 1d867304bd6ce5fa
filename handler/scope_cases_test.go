package handler

import (
	"fmt"
	"maps"
	"strings"

	"hongyun/model"
	"hongyun/service/dues"
)

// to is a case about nothing that lies somewhere.
func to(path string, want func(*role, string) int) []scopeCase {
	return []scopeCase{{make: func(*world, *role, string) attempt { return attempt{path: path} }, want: want}}
}

func scopeCases() map[string][]scopeCase {
	all := map[string][]scopeCase{}
	for _, some := range []map[string][]scopeCase{accountCases(), roleCases(), partyCases(), orgCases(), groupCases(), themeDayCases(), memberCases(), analysisCases(), membershipCases(), floatingCases(), delegateCases(), requestCases(), deskCases(), clockCases(), citizenCases(), identityCases(), rateCases(), officialCases(), supervisionCases(), adminCases(),
		leadershipCases(), handoverCases(), ruleCases(), standardCases(), developmentCases(), duesCases(), collectionCases(), moneyCases(), onlineCases(), handsCases(), teamCases(), serviceOrderCases(), apiKeyCases(), batchCases(), desktopCases()} {
		maps.Copy(all, some)
	}
	return all
}

func accountCases() map[string][]scopeCase {
	return map[string][]scopeCase{
		"POST /api/v1/auth/wechat": {{own: true, want: everybody, make: func(w *world, _ *role, _ string) attempt {
			person, _, _ := w.freshMember("ag1")
			return attempt{path: "/auth/wechat", body: map[string]any{"code": w.code(person, "code")}}
		}}},
		"DELETE /api/v1/auth/session": {{own: true, want: signedIn(everybody), make: func(w *world, r *role, _ string) attempt {
			if r.person == "" {
				return attempt{path: "/auth/session"}
			}
			return attempt{path: "/auth/session", token: w.login(r.person)}
		}}},
		"POST /api/v1/auth/bind": {{own: true, make: bindAttempt, want: signedIn(func(r *role, _ string) int {
			if r.member != 0 {
				return 409
			}
			return allowed
		})}},
		"GET /api/v1/me":               to("/me", signedIn(everybody)),
		"GET /api/v1/me/home":          to("/me/home", signedIn(everybody)),
		"GET /api/v1/me/messages":      to("/me/messages", signedIn(everybody)),
		"GET /api/v1/me/subscriptions": to("/me/subscriptions", signedIn(everybody)),
		"PUT /api/v1/me/messages/{id}/read": {{places: []string{"own", "account", "ag1", "d"}, own: true,
			want: signedIn(func(r *role, place string) int {
				if place == "own" && r.member != 0 || place == "account" {
					return allowed
				}
				return 404
			}),
			make: func(w *world, r *role, place string) attempt {
				to, id := model.ToMember, r.member
				switch {
				case place == "account":
					to, id = model.ToAccount, max(r.account, 1)
				case place != "own" || id == 0:
					_, id, _ = w.freshMember(strings.Replace(place, "own", "ag1", 1))
				}
				return attempt{path: fmt.Sprintf("/me/messages/%d/read", w.message(to, id))}
			}}},
		"POST /api/v1/rebind-requests": {{own: true, make: rebindAttempt, want: signedIn(func(r *role, _ string) int {
			if r.name == "citizen" {
				return allowed
			}
			return 400 // somebody else's ticket is worth nothing
		})}},
		"GET /api/v1/rebind-requests": to("/rebind-requests", admins(everybody)),
		"POST /api/v1/rebind-requests/{id}/approve": {{places: branches, want: admins(found(works)), make: func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/rebind-requests/%d/approve", w.rebind(place)), body: map[string]any{"note": "已核实"}}
		}}},
		"POST /api/v1/rebind-requests/{id}/reject": {{places: branches, want: admins(found(works)), make: func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/rebind-requests/%d/reject", w.rebind(place)), body: map[string]any{"note": "未核实"}}
		}}},
		"DELETE /api/v1/members/{id}/binding": {{places: branches, want: admins(found(works)), make: func(w *world, _ *role, place string) attempt {
			_, id, _ := w.boundMember(place)
			return attempt{path: fmt.Sprintf("/members/%d/binding", id)}
		}}},
	}
}

// bindAttempt binds a fresh account where the role itself is not bound.
func bindAttempt(w *world, r *role, _ string) attempt {
	person, _, number := w.freshMember("ag1")
	a := attempt{path: "/auth/bind", body: map[string]any{"name": fmt.Sprintf("党员%d", w.n), "id_last6": number[12:], "phone_code": w.code(person, "phone-code")}}
	if r.name == "citizen" {
		a.token = w.login(person)
	}
	return a
}

// rebindAttempt shows a ticket that a stranger with a bound member's numbers got; the citizen comes as that stranger.
func rebindAttempt(w *world, r *role, _ string) attempt {
	person, _, number := w.freshMember("ag1")
	n := w.n
	first := w.login(person)
	w.bind(first, person, fmt.Sprintf("党员%d", n), number[12:], 200)
	again := fmt.Sprintf("new-%d", n)
	w.phone[again] = w.phone[person]
	token := w.login(again)
	refusal := w.bind(token, again, fmt.Sprintf("党员%d", n), number[12:], 409)
	a := attempt{path: "/rebind-requests", body: map[string]any{"ticket": refusal["details"].(map[string]any)["ticket"], "reason": "换了手机"}}
	if r.name == "citizen" {
		a.token = token
	}
	return a
}

func roleCases() map[string][]scopeCase {
	// Roles come from above: to give or take one in an organisation, one administers a higher one. The city has nobody above.
	fromAbove := func(r *role, place string) int {
		switch {
		case place == "city" && r.cityAdmin(), place != "city" && r.works(above[place]):
			return allowed
		case r.works(place):
			return 403
		}
		return 404
	}
	give := func(w *world, member int64, p post) attempt {
		body := map[string]any{"member_id": member, "role": p.role}
		if id := w.org[p.at]; id != 0 {
			body["org_id"] = id
		} else {
			body["department_id"] = w.units[p.at]
		}
		return attempt{path: "/roles", body: body}
	}
	return map[string][]scopeCase{
		"GET /api/v1/roles": to("/roles", admins(everybody)),
		"POST /api/v1/roles": {
			{places: orgs, want: admins(fromAbove), make: func(w *world, _ *role, place string) attempt {
				_, id, _ := w.freshMember("ag1") // in the scope of every administrator of the cast
				return give(w, id, post{model.RoleLeader, place})
			}},
			{places: branches, make: func(w *world, _ *role, place string) attempt {
				_, id, _ := w.freshMember(place)
				return give(w, id, post{model.RoleLeader, "ag1"})
			}, want: admins(func(r *role, place string) int {
				if !r.works(place) {
					return 404
				}
				return fromAbove(r, "ag1")
			})},
			{want: admins(onlyIf((*role).cityAdmin, everybody)), make: func(w *world, _ *role, _ string) attempt {
				_, id, _ := w.freshMember("ag1")
				return give(w, id, post{model.RoleDepartmentHandler, "unit1"})
			}},
			{want: admins(func(r *role, _ string) int { // without a place: the city, which only its administrators have
				if r.cityAdmin() {
					return allowed
				}
				return 400
			}), make: func(w *world, _ *role, _ string) attempt {
				_, id, _ := w.freshMember("ag1")
				return attempt{path: "/roles", body: map[string]any{"member_id": id, "role": "desk"}}
			}},
		},
		"DELETE /api/v1/roles/{id}": {
			{places: orgs, want: admins(fromAbove), make: func(w *world, _ *role, place string) attempt {
				_, id, _ := w.freshMember("ag1")
				return attempt{path: fmt.Sprintf("/roles/%d", w.post(id, post{model.RoleLeader, place}))}
			}},
			{want: admins(func(r *role, _ string) int {
				return found(func(r *role, _ string) bool { return r.cityAdmin() })(r, "")
			}),
				make: func(w *world, _ *role, _ string) attempt {
					_, id, _ := w.freshMember("ag1")
					return attempt{path: fmt.Sprintf("/roles/%d", w.post(id, post{model.RoleDepartmentLeader, "unit1"}))}
				}},
		},
	}
}

func adminCases() map[string][]scopeCase {
	at := func(path string, make func(w *world) (string, any)) []scopeCase {
		return []scopeCase{{want: cityAdmins, make: func(w *world, _ *role, _ string) attempt {
			id, body := make(w)
			return attempt{path: strings.Replace(path, "*", id, 1), body: body}
		}}}
	}
	return map[string][]scopeCase{
		"GET /api/v1/admin/workdays": to("/admin/workdays?year=2026", cityAdmins),
		"PUT /api/v1/admin/workdays/{date}": at("/admin/workdays/*", func(w *world) (string, any) {
			return string(w.workday()), map[string]any{"kind": "OFF", "name": "放假", "notice_no": "", "provisional": true}
		}),
		"DELETE /api/v1/admin/workdays/{date}": at("/admin/workdays/*", func(w *world) (string, any) { return string(w.workday()), nil }),
		"GET /api/v1/departments":              to("/departments", everybody),
		"POST /api/v1/departments": at("/departments", func(w *world) (string, any) {
			return "", map[string]any{"name": fmt.Sprintf("单位%d", w.next()), "duties": "", "address": "", "phone": "", "hours": ""}
		}),
		"GET /api/v1/official-accounts": to("/official-accounts", cityAdmins),
		"POST /api/v1/official-accounts": at("/official-accounts", func(w *world) (string, any) {
			return "", map[string]any{"appid": fmt.Sprintf("wx%016d", w.next()), "name": "城管之窗", "department_id": w.units["unit1"], "kind": "service",
				"original_id": "gh_0123456789ab", "secret": townSecret, "token": townToken, "aes_key": townKey}
		}),
		"PUT /api/v1/official-accounts/{id}": at("/official-accounts/*", func(w *world) (string, any) {
			return fmt.Sprint(w.officialAccount()), map[string]any{"appid": "", "name": "城管之窗", "department_id": w.units["unit1"], "kind": "service",
				"original_id": "gh_0123456789ab", "secret": townSecret, "token": townToken, "aes_key": townKey}
		}),
		"GET /api/v1/admin/jobs":             to("/admin/jobs", cityAdmins),
		"POST /api/v1/admin/jobs/{name}/run": at("/admin/jobs/*/run", func(*world) (string, any) { return "request-ratings", map[string]any{"at": "2026-11-20"} }),
		"PUT /api/v1/admin/jobs/{name}": at("/admin/jobs/*", func(*world) (string, any) {
			return "theme-day-warning", map[string]any{"effective_from": "2026-11-20", "pattern": "monthly", "day": 20, "hour": 9, "minute": 0, "enabled": true}
		}),
		"GET /api/v1/admin/deliveries":        to("/admin/deliveries", cityAdmins),
		"GET /api/v1/admin/message-templates": to("/admin/message-templates", cityAdmins),
		"PUT /api/v1/admin/message-templates": at("/admin/message-templates", func(w *world) (string, any) {
			return "", map[string]any{"kind": dues.KindReminder, "channel": "subscribe", "appid": phonesAppID, "template_id": fmt.Sprint("T", w.next()),
				"fields": map[string]any{"name1": "{name}"}, "long_term": false, "enabled": true}
		}),
		"GET /api/v1/admin/audit":       to("/admin/audit", cityAdmins),
		"GET /api/v1/dues/calculator":   to("/dues/calculator?category=SALARIED&base_fen=300001", everybody),
		"GET /api/v1/calendar/deadline": to("/calendar/deadline?from=2026-09-30&working_days=5", everybody),
	}
}
