package handler

import (
	"fmt"

	"hongyun/model"
)

func (r *role) window() bool { return r.cityAdmin() || r.has(model.RoleDesk) }

// onRequests is who works on requests somewhere.
func (r *role) onRequests() bool {
	return r.window() || r.is(post{model.RoleLeader, "city"}) || r.has(model.RoleDepartmentHandler, model.RoleDepartmentLeader)
}

// otherUnit is the unit that a request at the place is not with.
func otherUnit(place string) string {
	if place == "unit2" {
		return "unit1"
	}
	return "unit2"
}

// helped has a unit help with a request.
func (w *world) helped(request int64, unit string) int64 {
	w.t.Helper()
	w.create(&model.RequestHelper{RequestID: request, DepartmentID: w.units[unit], Part: "情况说明", Deadline: "2026-11-24", State: model.HelperOpen, CreatedAt: w.db.Now()})
	return request
}

// leads is who may do what the unit does that leads a request.
func leads(place string, r *role, sees bool) int {
	switch {
	case r.unit(place):
		return allowed
	case sees || seesRequest(r, place):
		return 403
	}
	return 404
}

func deskCases() map[string][]scopeCase {
	step := func(name, state string, want func(*role, string) int, body map[string]any) []scopeCase {
		return []scopeCase{{places: requestPlaces, own: true, want: want, make: func(w *world, r *role, place string) attempt {
			id := w.request(place, state, max(r.account, 1))
			b := body
			switch name {
			case "/assign":
				w.must(w.db.Read(w.t.Context()).Model(&model.Request{}).Where("id = ?", id).Updates(map[string]any{"return_count": 2, "department_id": nil}).Error)
				b = map[string]any{"department_id": w.units["unit1"], "note": "由你单位办理"}
			case "/converse":
				w.must(w.db.Read(w.t.Context()).Model(&model.Request{}).Where("id = ?", id).Update("source", model.SourceOfficialAccount).Error)
			case "/merge":
				b = map[string]any{"into": w.request("window", model.RequestHandling, 0)}
			case "/helpers":
				b = map[string]any{"department_id": w.units[otherUnit(place)], "part": "请提供情况"}
			}
			return attempt{path: fmt.Sprintf("/requests/%d%s", id, name), body: b}
		}}}
	}
	window := onlyIf((*role).window, everybody)
	unit := onlyIf((*role).onRequests, func(r *role, place string) int { return leads(place, r, false) })
	note := map[string]any{"note": "说明"}
	cases := map[string][]scopeCase{
		"GET /api/v1/requests/summary": to("/requests/summary", onlyIf((*role).onRequests, everybody)),
		"POST /api/v1/desk/requests": {{want: window, make: func(w *world, _ *role, _ string) attempt {
			return attempt{path: "/desk/requests", body: map[string]any{"content": fmt.Sprintf("来电反映路灯坏了%d天", w.next()), "phone": "13800001234", "name": "周某某"}}
		}}},
		"POST /api/v1/requests/{id}/solve":     step("/solve", model.RequestAccepted, window, note),
		"POST /api/v1/requests/{id}/classify":  step("/classify", model.RequestAccepted, window, map[string]any{"topic": "ROAD", "priority": 1}),
		"POST /api/v1/requests/{id}/merge":     step("/merge", model.RequestSubmitted, window, nil),
		"POST /api/v1/requests/{id}/converse":  step("/converse", model.RequestSubmitted, window, note),
		"GET /api/v1/requests/{id}/duplicates": step("/duplicates", model.RequestSubmitted, window, nil),
		"POST /api/v1/requests/{id}/send-back": step("/send-back", model.RequestClosed, window, note),
		"POST /api/v1/requests/{id}/assign":    step("/assign", model.RequestReturned, onlyIf((*role).cityAdmin, everybody), nil),
		"POST /api/v1/requests/{id}/return":    step("/return", model.RequestReferred, unit, note),
		"POST /api/v1/requests/{id}/rework":    step("/rework", model.RequestReopened, unit, note),
		"POST /api/v1/requests/{id}/helpers":   step("/helpers", model.RequestHandling, unit, nil),
		"GET /api/v1/requests/{id}/drafts": step("/drafts", model.RequestHandling, onlyIf((*role).onRequests, func(r *role, place string) int {
			if r.window() {
				return allowed
			}
			return leads(place, r, false)
		}), nil),
	}
	cases["POST /api/v1/requests/{id}/helpers/{department_id}/done"] = []scopeCase{{places: requestPlaces, own: true,
		make: func(w *world, r *role, place string) attempt {
			id, unit := w.request("window", model.RequestHandling, max(r.account, 1)), place
			if place == "own" {
				id = w.request("own", model.RequestHandling, max(r.account, 1))
			}
			if w.units[place] == 0 {
				unit = "unit1"
			}
			return attempt{path: fmt.Sprintf("/requests/%d/helpers/%d/done", w.helped(id, unit), w.units[unit]), body: map[string]any{"result": "已说明"}}
		},
		want: onlyIf(func(r *role) bool { return r.has(model.RoleDepartmentHandler, model.RoleDepartmentLeader) }, func(r *role, place string) int {
			unit := place
			if place == "own" || place == "window" {
				unit = "unit1"
			}
			return leads(unit, r, place == "own" || seesRequest(r, "window"))
		})}}
	cases["POST /api/v1/requests/{id}/helpers/{department_id}/cancel"] = []scopeCase{{places: requestPlaces, own: true,
		make: func(w *world, r *role, place string) attempt {
			id := w.helped(w.request(place, model.RequestHandling, max(r.account, 1)), otherUnit(place))
			return attempt{path: fmt.Sprintf("/requests/%d/helpers/%d/cancel", id, w.units[otherUnit(place)]), body: map[string]any{"note": "不再需要"}}
		},
		want: onlyIf((*role).onRequests, func(r *role, place string) int { return leads(place, r, r.unit(otherUnit(place))) })}}
	return cases
}
