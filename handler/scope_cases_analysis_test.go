package handler

import "fmt"

// analysisCases: the structure of an organisation, today's and a past day's, is for those who lead or administer it.
func analysisCases() map[string][]scopeCase {
	structure := func(on string) scopeCase {
		return scopeCase{places: orgs, want: readers(found(reads)), make: func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/member-structure?org_id=%d%s", w.org[place], on)}
		}}
	}
	return map[string][]scopeCase{"GET /api/v1/member-structure": {structure(""), structure("&on=2025-12-31")}}
}
