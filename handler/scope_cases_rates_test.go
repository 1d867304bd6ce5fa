package handler

import (
	"fmt"

	"hongyun/model"
)

// officeOf is the permission staff: whoever works on requests, or leads or administers the city.
func officeOf(want func(*role, string) int) func(*role, string) int {
	return onlyIf(func(r *role) bool {
		return r.cityAdmin() || r.is(post{model.RoleLeader, "city"}) || r.has(model.RoleDesk, model.RoleDepartmentHandler, model.RoleDepartmentLeader)
	}, want)
}

func rateCases() map[string][]scopeCase {
	// The rates of a unit are seen by the unit, and by who sees all units.
	ofUnit := func(path string) []scopeCase {
		return append(to(path, officeOf(everybody)), scopeCase{places: requestPlaces[2:], want: officeOf(found(seesRequest)),
			make: func(w *world, _ *role, place string) attempt {
				return attempt{path: fmt.Sprintf("%s&department_id=%d", path, w.units[place])}
			}})
	}
	window := onlyIf(func(r *role) bool { return r.cityAdmin() || r.has(model.RoleDesk) }, everybody)
	release := map[string]any{"title": "路灯", "content": "反映路灯不亮", "answer": "已修复"}
	released := func(w *world, place string, r *role) int64 {
		id := w.request(place, model.RequestClosed, max(r.account, 1))
		w.create(&model.RequestRelease{RequestID: id, Title: "路灯", Content: "反映路灯不亮", Answer: "已修复", ReleasedAt: w.db.Now()})
		return id
	}
	return map[string][]scopeCase{
		"GET /api/v1/rates":                   ofUnit("/rates?from=2026-01"),
		"GET /api/v1/rates/lines":             ofUnit("/rates/lines?rate=CLOSURE"),
		"GET /api/v1/rates/months":            to("/rates/months", officeOf(everybody)),
		"GET /api/v1/requests/forecast":       to("/requests/forecast", officeOf(everybody)),
		"GET /api/v1/requests/forecast/lines": to("/requests/forecast/lines", officeOf(everybody)),
		"GET /api/v1/requests/hotspots":       to("/requests/hotspots", officeOf(everybody)),
		"GET /api/v1/requests/hotspots/lines": to("/requests/hotspots/lines?kind=TEXT", officeOf(everybody)),
		"GET /api/v1/public/rates":            to("/public/rates?month=2026-11", everybody),
		"GET /api/v1/public/releases":         to("/public/releases", everybody),
		"GET /api/v1/public/releases/{number}": {{places: requestPlaces, own: true, want: everybody, make: func(w *world, r *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/public/releases/%s", w.numberOf(released(w, place, r)))}
		}}, {places: requestPlaces, own: true, want: func(*role, string) int { return 404 }, make: func(w *world, r *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/public/releases/%s", w.numberOf(w.request(place, model.RequestClosed, max(r.account, 1))))}
		}}},
		"POST /api/v1/requests/{id}/release": {{places: requestPlaces, own: true, want: window, make: func(w *world, r *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/requests/%d/release", w.request(place, model.RequestClosed, max(r.account, 1))), body: release}
		}}},
		"DELETE /api/v1/requests/{id}/release": {{places: requestPlaces, own: true, want: window, make: func(w *world, r *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/requests/%d/release", released(w, place, r))}
		}}},
	}
}

func (w *world) numberOf(request int64) (number string) {
	w.t.Helper()
	w.must(w.db.Read(w.t.Context()).Raw("SELECT number FROM request WHERE id = ?", request).Scan(&number).Error)
	return number
}
