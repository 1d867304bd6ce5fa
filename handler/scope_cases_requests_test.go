package handler

import (
	"fmt"

	"hongyun/model"
)

// Where a request stands: the role's own, another's at the window, another's with a unit.
var requestPlaces = []string{"own", "window", "unit1", "unit2"}

func seesRequest(r *role, place string) bool {
	return place == "own" || r.cityAdmin() || r.is(post{model.RoleLeader, "city"}) || r.is(post{model.RoleDesk, "city"}) || r.unit(place)
}

func requestPhotoCase() scopeCase {
	return scopeCase{places: requestPlaces, own: true, want: signedIn(found(seesRequest)), make: func(w *world, r *role, place string) attempt {
		return attempt{path: fmt.Sprintf("/files/%d", w.requestPhoto(w.request(place, model.RequestSubmitted, max(r.account, 1))))}
	}}
}

func requestCases() map[string][]scopeCase {
	step := func(name, state string, want func(*role, string) int, body map[string]any) []scopeCase {
		return []scopeCase{{places: requestPlaces, own: true, want: want, make: func(w *world, r *role, place string) attempt {
			b := body
			if name == "/refer" {
				b = map[string]any{"department_id": w.units["unit1"], "note": "请尽快"}
			}
			a := attempt{path: fmt.Sprintf("/requests/%d%s", w.request(place, state, max(r.account, 1)), name), body: b}
			if name == "/photos" {
				a.body = formFile(w.t, "现场.png", png)
			}
			return a
		}}}
	}
	window := onlyIf(func(r *role) bool { return r.cityAdmin() || r.has(model.RoleDesk) }, everybody)
	unit := onlyIf((*role).onRequests, func(r *role, place string) int {
		switch {
		case r.unit(place):
			return allowed
		case seesRequest(r, place):
			return 403
		}
		return 404
	})
	sender := signedIn(func(r *role, place string) int {
		switch {
		case place == "own":
			return allowed
		case seesRequest(r, place):
			return 403
		}
		return 404
	})
	note := map[string]any{"note": "请到窗口办理"}
	return map[string][]scopeCase{
		"GET /api/v1/requests":      to("/requests", signedIn(everybody)),
		"GET /api/v1/requests/{id}": step("", model.RequestSubmitted, signedIn(found(seesRequest)), nil),
		"POST /api/v1/requests": {{want: signedIn(everybody), make: func(w *world, _ *role, _ string) attempt {
			return attempt{path: "/requests", body: map[string]any{"content": fmt.Sprintf("路灯坏了%d天", w.next()), "category": "HELP", "place": "人民路", "lat": 28.9, "lng": 117.5, "anonymous": true}}
		}}},
		"POST /api/v1/requests/{id}/photos":   step("/photos", model.RequestSubmitted, sender, nil),
		"POST /api/v1/requests/{id}/accept":   step("/accept", model.RequestSubmitted, window, map[string]any{"category": "HELP", "note": "已核实"}),
		"POST /api/v1/requests/{id}/decline":  step("/decline", model.RequestSubmitted, window, note),
		"POST /api/v1/requests/{id}/answer":   step("/answer", model.RequestAccepted, window, note),
		"POST /api/v1/requests/{id}/refer":    step("/refer", model.RequestAccepted, window, note),
		"POST /api/v1/requests/{id}/handle":   step("/handle", model.RequestReferred, unit, note),
		"POST /api/v1/requests/{id}/reply":    step("/reply", model.RequestHandling, unit, note),
		"POST /api/v1/requests/{id}/close":    step("/close", model.RequestHandling, unit, note),
		"POST /api/v1/requests/{id}/rating":   step("/rating", model.RequestClosed, sender, map[string]any{"rating": 5, "note": "很快"}),
		"POST /api/v1/requests/{id}/withdraw": step("/withdraw", model.RequestSubmitted, sender, nil),
	}
}
