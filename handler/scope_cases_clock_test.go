package handler

import (
	"fmt"

	"hongyun/model"
)

// clockCases are what units and the window do to a request's limit.
func clockCases() map[string][]scopeCase {
	step := func(name string, want func(*role, string) int, body map[string]any, prepare func(w *world, id int64)) []scopeCase {
		return []scopeCase{{places: requestPlaces, own: true, want: want, make: func(w *world, r *role, place string) attempt {
			id := w.request(place, model.RequestHandling, max(r.account, 1))
			prepare(w, id)
			return attempt{path: fmt.Sprintf("/requests/%d%s", id, name), body: body}
		}}}
	}
	desk := func(r *role) bool { return r.cityAdmin() || r.has(model.RoleDesk) }
	window := onlyIf(desk, everybody)
	unit := onlyIf(func(r *role) bool {
		return desk(r) || r.is(post{model.RoleLeader, "city"}) || r.has(model.RoleDepartmentHandler, model.RoleDepartmentLeader)
	}, func(r *role, place string) int {
		switch {
		case r.unit(place):
			return allowed
		case seesRequest(r, place):
			return 403
		}
		return 404
	})
	asIs := func(*world, int64) {}
	note := map[string]any{"note": "已与群众电话沟通"}
	return map[string][]scopeCase{
		"POST /api/v1/requests/{id}/contact":          step("/contact", unit, note, asIs),
		"POST /api/v1/requests/{id}/pause":            step("/pause", unit, map[string]any{"reason": "CITIZEN", "note": "等待照片"}, asIs),
		"POST /api/v1/requests/{id}/resume":           step("/resume", unit, note, (*world).pause),
		"POST /api/v1/requests/{id}/extension":        step("/extension", unit, map[string]any{"working_days": 3, "reason": "配件未到"}, asIs),
		"POST /api/v1/requests/{id}/extension/grant":  step("/extension/grant", window, map[string]any{"working_days": 2, "note": "同意"}, (*world).askExtension),
		"POST /api/v1/requests/{id}/extension/refuse": step("/extension/refuse", window, note, (*world).askExtension),
	}
}

func (w *world) pause(request int64) {
	w.t.Helper()
	w.must(w.db.Read(w.t.Context()).Exec("UPDATE request SET paused = TRUE WHERE id = ?", request).Error)
	w.create(&model.RequestPause{RequestID: request, ClockSeq: 1, Reason: "CITIZEN", PausedOn: "2026-11-20", CreatedAt: w.db.Now()})
}

func (w *world) askExtension(request int64) {
	w.t.Helper()
	w.create(&model.RequestExtension{RequestID: request, ClockSeq: 1, WorkingDays: 3, Reason: "配件未到", State: model.ExtensionAsked, AskedOn: "2026-11-20", CreatedAt: w.db.Now()})
}
