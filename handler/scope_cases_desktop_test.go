package handler

import "net/http"

// desktopCases: anybody may ask for a sign-in at the back office, and get no further without the phone of somebody with a role.
func desktopCases() map[string][]scopeCase {
	ask := func(w *world) (code, secret string) {
		w.t.Helper()
		status, answer := w.try(&role{name: "nobody"}, http.MethodPost, attempt{path: "/auth/desktop"})
		if status != http.StatusCreated {
			w.t.Fatalf("%d %v", status, answer)
		}
		return answer["code"].(string), answer["secret"].(string)
	}
	withRole := onlyIf(func(r *role) bool { return len(r.posts) > 0 }, everybody)
	phone := func(then string) []scopeCase {
		return []scopeCase{{want: withRole, make: func(w *world, _ *role, _ string) attempt {
			code, _ := ask(w)
			return attempt{path: "/me/desktop-sign-ins/" + code + then}
		}}}
	}
	return map[string][]scopeCase{
		"POST /api/v1/auth/desktop": {{want: everybody, make: func(*world, *role, string) attempt { return attempt{path: "/auth/desktop"} }}},
		"GET /api/v1/auth/desktop/{code}/qr.png": {{want: everybody, make: func(w *world, _ *role, _ string) attempt {
			code, _ := ask(w)
			return attempt{path: "/auth/desktop/" + code + "/qr.png"}
		}}},
		"POST /api/v1/auth/desktop/{code}/session": {{want: everybody, make: func(w *world, _ *role, _ string) attempt {
			code, secret := ask(w)
			return attempt{path: "/auth/desktop/" + code + "/session", body: map[string]any{"secret": secret}}
		}}},
		"GET /api/v1/me/desktop-sign-ins/{code}":          phone(""),
		"POST /api/v1/me/desktop-sign-ins/{code}/confirm": phone("/confirm"),
		"POST /api/v1/me/desktop-sign-ins/{code}/refuse":  phone("/refuse"),
	}
}
