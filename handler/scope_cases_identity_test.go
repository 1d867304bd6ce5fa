package handler

import (
	"fmt"

	"hongyun/model"
)

// identityCases: the window may know who any citizen is; the unit that works on a request, where the citizen asked for nothing else.
func identityCases() map[string][]scopeCase {
	reads := func(shielded string) scopeCase {
		return scopeCase{places: requestPlaces, own: true,
			want: onlyIf(func(r *role) bool {
				return r.cityAdmin() || r.has(model.RoleDesk, model.RoleDepartmentHandler, model.RoleDepartmentLeader) || r.is(post{model.RoleLeader, "city"})
			}, func(r *role, place string) int {
				switch {
				case place == "own": // nobody looks him- or herself up; a clerk sees his or her own request by office too
					if r.cityAdmin() || r.has(model.RoleDesk) {
						return allowed
					}
					return 403
				case r.cityAdmin(), r.has(model.RoleDesk):
					return allowed
				case r.unit(place) && shielded == "":
					return allowed
				case seesRequest(r, place):
					return 403
				}
				return 404
			}),
			make: func(w *world, r *role, place string) attempt {
				id := w.request(place, model.RequestHandling, max(r.account, 1))
				if shielded != "" {
					w.must(w.db.Read(w.t.Context()).Exec("UPDATE request SET "+shielded+" = TRUE WHERE id = ?", id).Error)
				}
				return attempt{path: fmt.Sprintf("/requests/%d/identity", id), body: map[string]any{"reason": "需要联系群众核实地点"}}
			}}
	}
	return map[string][]scopeCase{
		"POST /api/v1/requests/{id}/identity": {reads(""), reads("anonymous"), reads("confidential")},
	}
}
