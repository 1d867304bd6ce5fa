package handler

import (
	"fmt"

	"hongyun/model"
)

func apiKeyCases() map[string][]scopeCase {
	city := onlyIf((*role).cityAdmin, everybody)
	return map[string][]scopeCase{
		"GET /api/v1/api-keys": to("/api-keys", city),
		"POST /api/v1/api-keys": {{want: city, make: func(w *world, _ *role, _ string) attempt {
			return attempt{path: "/api-keys", body: map[string]any{"name": "工单系统", "department_id": w.units["unit1"]}}
		}}},
		"POST /api/v1/api-keys/{id}/revoke": {{want: city, make: func(w *world, _ *role, _ string) attempt {
			_, _, account := w.stranger()
			n := w.next()
			k := model.APIKey{Name: "工单系统", DepartmentID: w.units["unit1"], AccountID: account, Prefix: "hyk_abcdef", KeyHash: fmt.Sprint("hash", n), CreatedAt: w.db.Now()}
			w.create(&k)
			return attempt{path: fmt.Sprintf("/api-keys/%d/revoke", k.ID)}
		}}},
	}
}
