package handler

import (
	"fmt"
	"slices"

	"hongyun/model"
)

// Where what is supervised lies: with the window, or with a unit.
var unitPlaces = []string{"window", "unit1", "unit2"}

// seesUnit: the window and the city see all, a unit its own.
func seesUnit(r *role, place string) bool { return seesRequest(r, place) && place != "own" }

func (w *world) unitOf(place string) *int64 {
	if id, ok := w.units[place]; ok {
		return &id
	}
	return nil
}

// somebody is an account that is nobody of the cast.
func (w *world) somebody() int64 {
	w.t.Helper()
	a := model.Account{MPAppID: phonesAppID, OpenID: fmt.Sprint("somebody-", w.next()), CreatedAt: w.db.Now(), LastLoginAt: w.db.Now()}
	w.create(&a)
	return a.ID
}

func (w *world) warning(place string) int64 {
	w.t.Helper()
	x := model.RequestWarning{RequestID: w.request(place, model.RequestHandling, 0), Level: model.WarningChase, Clock: model.ClockHandle, Deadline: "2026-11-10",
		DepartmentID: w.unitOf(place), WarnedOn: "2026-11-11", CreatedAt: w.db.Now()}
	w.create(&x)
	return x.ID
}

func (w *world) revisit(place string) int64 {
	w.t.Helper()
	x := model.RequestRevisit{RequestID: w.request(place, model.RequestClosed, 0), DepartmentID: w.unitOf(place), Due: "2026-11-20", State: model.RevisitWaiting, CreatedAt: w.db.Now()}
	w.create(&x)
	return x.ID
}

func (w *world) accountability(place string) int64 {
	w.t.Helper()
	x := model.Accountability{RequestID: w.request(place, model.RequestHandling, 0), DepartmentID: w.unitOf(place), Kind: model.AccountOverdue, Reason: "逾期", State: model.Proposed, ProposedAt: w.db.Now()}
	w.create(&x)
	return x.ID
}

func (w *world) exclusion(place string) int64 {
	w.t.Helper()
	x := model.RequestExclusion{RequestID: w.request(place, model.RequestHandling, 0), Reason: "恶意", State: model.Proposed, ProposedBy: w.somebody(), ProposedAt: w.db.Now()}
	w.create(&x)
	return x.ID
}

func (w *world) mark(unit string) int64 {
	w.t.Helper()
	x := model.UnitMark{DepartmentID: w.units[unit], Kind: model.MarkReward, Points: 100, Day: "2026-11-10", Reason: "锦旗", State: model.Proposed, RecordedBy: w.somebody(), RecordedAt: w.db.Now()}
	w.create(&x)
	return x.ID
}

// supervise furnishes the lists.
func (w *world) supervise() {
	for _, place := range slices.Concat(unitPlaces, unitPlaces, unitPlaces) {
		w.warning(place)
		w.revisit(place)
		w.accountability(place)
		w.exclusion(place)
		if place != "window" {
			w.mark(place)
		}
	}
}

func supervisionCases() map[string][]scopeCase {
	desk := onlyIf(func(r *role) bool { return r.cityAdmin() || r.has(model.RoleDesk) }, everybody)
	impartial := func(r *role, place string) int { // nobody decides about the own unit
		if r.unit(place) || place == "window" && r.has(model.RoleDesk) {
			return 409
		}
		return allowed
	}
	city := onlyIf((*role).cityAdmin, impartial)
	whole := requestStaff(func(r *role, _ string) int {
		if seesUnit(r, "window") {
			return allowed
		}
		return 403
	})
	on := func(places []string, make func(*world, string) int64, path string, body map[string]any, want func(*role, string) int) []scopeCase {
		return []scopeCase{{places: places, want: want, make: func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf(path, make(w, place)), body: body}
		}}}
	}
	units, why := unitPlaces[1:], map[string]any{"note": "情况属实"}
	handled := func(w *world, place string) int64 { return w.request(place, model.RequestHandling, w.somebody()) }
	return map[string][]scopeCase{
		"GET /api/v1/supervision/warnings":          to("/supervision/warnings", requestStaff(everybody)),
		"GET /api/v1/supervision/revisits":          to("/supervision/revisits", whole),
		"GET /api/v1/supervision/revisits/coverage": to("/supervision/revisits/coverage", whole),
		"POST /api/v1/supervision/revisits/{id}/result": on(unitPlaces, (*world).revisit, "/supervision/revisits/%d/result",
			map[string]any{"reached": true, "solved": true, "satisfied": true}, desk),
		"GET /api/v1/supervision/accountabilities": to("/supervision/accountabilities", requestStaff(everybody)),
		"POST /api/v1/supervision/accountabilities": {{places: unitPlaces, want: desk, make: func(w *world, _ *role, place string) attempt {
			return attempt{path: "/supervision/accountabilities", body: map[string]any{"request_id": handled(w, place), "kind": "REFUSED", "reason": "推诿"}}
		}}},
		"GET /api/v1/supervision/accountabilities/{id}":          on(unitPlaces, (*world).accountability, "/supervision/accountabilities/%d", nil, requestStaff(found(seesUnit))),
		"POST /api/v1/supervision/accountabilities/{id}/decide":  on(unitPlaces, (*world).accountability, "/supervision/accountabilities/%d/decide", map[string]any{"measure": "CRITICISM"}, city),
		"POST /api/v1/supervision/accountabilities/{id}/dismiss": on(unitPlaces, (*world).accountability, "/supervision/accountabilities/%d/dismiss", why, city),
		"POST /api/v1/requests/{id}/exclusion": on(unitPlaces, handled, "/requests/%d/exclusion", map[string]any{"reason": "恶意反映"}, requestStaff(func(r *role, place string) int {
			switch {
			case r.cityAdmin() || r.has(model.RoleDesk) || r.unit(place):
				return allowed
			case seesUnit(r, place):
				return 403
			}
			return 404
		})),
		"GET /api/v1/supervision/exclusions":               to("/supervision/exclusions", requestStaff(everybody)),
		"POST /api/v1/supervision/exclusions/{id}/confirm": on(unitPlaces, (*world).exclusion, "/supervision/exclusions/%d/confirm", why, city),
		"POST /api/v1/supervision/exclusions/{id}/refuse":  on(unitPlaces, (*world).exclusion, "/supervision/exclusions/%d/refuse", why, city),
		"GET /api/v1/supervision/marks":                    to("/supervision/marks", requestStaff(everybody)),
		"POST /api/v1/supervision/marks": {{places: units, want: onlyIf(func(r *role) bool { return r.cityAdmin() || r.has(model.RoleDesk) }, impartial), make: func(w *world, _ *role, place string) attempt {
			return attempt{path: "/supervision/marks", body: map[string]any{"department_id": w.units[place], "kind": "REWARD", "points": 100, "day": "2026-11-10", "reason": "锦旗"}}
		}}},
		"POST /api/v1/supervision/marks/{id}/confirm": on(units, (*world).mark, "/supervision/marks/%d/confirm", why, city),
		"POST /api/v1/supervision/marks/{id}/refuse":  on(units, (*world).mark, "/supervision/marks/%d/refuse", why, city),
		"GET /api/v1/supervision/scores":              to("/supervision/scores", requestStaff(everybody)),
		"GET /api/v1/supervision/scores/lines":        to("/supervision/scores/lines?part=OVERDUE", requestStaff(everybody)),
		"GET /api/v1/supervision/scores/staff":        to("/supervision/scores/staff", requestStaff(everybody)),
	}
}

func supervisionLists() map[string]scopeList {
	ofUnit := func(r *role, row listed) bool { return seesUnit(r, row.Unit) }
	from := func(table, column string) string {
		return "SELECT x.id, coalesce(d.name, 'window') AS unit FROM " + table + " x LEFT JOIN department d ON d.id = " + column
	}
	return map[string]scopeList{
		"/supervision/warnings":         {requestStaff(everybody), from("request_warning", "x.department_id"), ofUnit},
		"/supervision/accountabilities": {requestStaff(everybody), from("accountability", "x.department_id"), ofUnit},
		"/supervision/exclusions":       {requestStaff(everybody), from("request_exclusion", "(SELECT department_id FROM request WHERE id = x.request_id)"), ofUnit},
		"/supervision/marks":            {requestStaff(everybody), from("unit_mark", "x.department_id"), ofUnit},
		"/supervision/revisits": {onlyIf(func(r *role) bool { return seesUnit(r, "window") }, everybody), from("request_revisit", "x.department_id"),
			func(*role, listed) bool { return true }},
	}
}
