package handler

import (
	"fmt"
	"net/url"

	"hongyun/model"
)

func partyCases() map[string][]scopeCase {
	seesOrg := func(r *role, place string) bool { return r.reads(place) || r.home == place }
	return map[string][]scopeCase{
		"GET /api/v1/orgs": to("/orgs", signedIn(everybody)),
		"GET /api/v1/orgs/{id}": {{places: orgs, want: signedIn(found(seesOrg)), make: func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/orgs/%d", w.org[place])}
		}}},
		"GET /api/v1/members": to("/members", readers(everybody)),
		"GET /api/v1/members/{id}": {
			{places: branches, want: signedIn(found(reads)), make: func(w *world, _ *role, place string) attempt {
				_, id, _ := w.freshMember(place)
				return attempt{path: fmt.Sprintf("/members/%d", id)}
			}},
			{own: true, want: signedIn(found(func(r *role, _ string) bool { return r.member != 0 })), make: func(_ *world, r *role, _ string) attempt {
				if r.member == 0 {
					return attempt{path: "/members/999999"}
				}
				return attempt{path: fmt.Sprintf("/members/%d", r.member)}
			}},
		},
	}
}

func themeDayCases() map[string][]scopeCase {
	// A draft is seen by those who lead or administer; a completed theme day by its branch as well, which may not change it.
	seesDay := func(state string) func(*role, string) bool {
		return func(r *role, place string) bool {
			return r.reads(place) || r.home == place && state == model.MeetingCompleted
		}
	}
	change := func(state string) func(*role, string) int {
		return admins(func(r *role, place string) int {
			switch {
			case r.works(place):
				return allowed
			case seesDay(state)(r, place):
				return 403
			}
			return 404
		})
	}
	draft := func(suffix string, body func(w *world, place string) any) []scopeCase {
		return []scopeCase{{places: branches, want: change(model.MeetingDraft), make: func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/theme-days/%d%s", w.themeDay(place, model.MeetingDraft), suffix), body: body(w, place)}
		}}}
	}
	text := map[string]any{"theme": "学习党史", "held_on": "2026-11-12", "content": "学习", "place": "活动室", "record": "记录"}
	view := func(state string) scopeCase {
		return scopeCase{places: branches, want: signedIn(found(seesDay(state))), make: func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/theme-days/%d", w.themeDay(place, state))}
		}}
	}
	cancel := func(state string) scopeCase {
		return scopeCase{places: branches, want: change(state), make: func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/theme-days/%d/cancel", w.themeDay(place, state)), body: map[string]any{"note": "日期填错"}}
		}}
	}
	photo := func(state string) scopeCase {
		return scopeCase{places: branches, want: signedIn(found(seesDay(state))), make: func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/files/%d", w.photoOf(w.themeDay(place, state)))}
		}}
	}
	return map[string][]scopeCase{
		"GET /api/v1/theme-days": to("/theme-days", signedIn(everybody)),
		"POST /api/v1/theme-days": {{places: orgs, make: func(w *world, _ *role, place string) attempt {
			return attempt{path: "/theme-days", body: map[string]any{"org_id": w.org[place], "theme": "学习党章", "held_on": "2026-11-12", "content": "", "place": "", "record": ""}}
		}, want: admins(func(r *role, place string) int {
			branch := place[len(place)-1] >= '0' && place[len(place)-1] <= '9' || place == "d"
			switch {
			case !r.works(place):
				return 404
			case !branch:
				return 400
			}
			return allowed
		})}},
		"GET /api/v1/theme-days/statistics":   to("/theme-days/statistics?month=2026-11", readers(everybody)),
		"GET /api/v1/theme-days/warnings":     to("/theme-days/warnings?month=2026-11", readers(everybody)),
		"GET /api/v1/theme-days/{id}":         {view(model.MeetingDraft), view(model.MeetingCompleted), view(model.MeetingCancelled)},
		"PUT /api/v1/theme-days/{id}":         draft("", func(*world, string) any { return text }),
		"POST /api/v1/theme-days/{id}/photos": draft("/photos", func(w *world, _ string) any { return formFile(w.t, "现场.png", png) }),
		"DELETE /api/v1/theme-days/{id}/photos/{file_id}": {{places: branches, want: change(model.MeetingDraft), make: func(w *world, _ *role, place string) attempt {
			id := w.themeDay(place, model.MeetingDraft)
			return attempt{path: fmt.Sprintf("/theme-days/%d/photos/%d", id, w.photoOf(id))}
		}}},
		"PUT /api/v1/theme-days/{id}/attendance": draft("/attendance", func(w *world, place string) any {
			_, id, _ := w.freshMember(place)
			return map[string]any{"attendance": []any{map[string]any{"member_id": id, "status": "PRESENT"}}}
		}),
		"POST /api/v1/theme-days/{id}/complete": {{places: branches, want: change(model.MeetingDraft), make: func(w *world, _ *role, place string) attempt {
			id, _ := w.attended(place)
			return attempt{path: fmt.Sprintf("/theme-days/%d/complete", id)}
		}}},
		"POST /api/v1/theme-days/{id}/cancel": {cancel(model.MeetingDraft), cancel(model.MeetingCompleted)},
		"GET /api/v1/files/{id}":              {photo(model.MeetingDraft), photo(model.MeetingCompleted), requestPhotoCase(), standardPhotoCase(), decisionFileCase(), looseFileCase(), developmentFileCase()},
	}
}

// looseFileCase is a file that nothing refers to: nobody sees it.
func looseFileCase() scopeCase {
	return scopeCase{want: signedIn(func(*role, string) int { return 404 }), make: func(w *world, _ *role, _ string) attempt {
		f, err := w.s.Files.SavePhoto(w.t.Context(), 0, url.PathEscape("x"), png)
		w.must(err)
		return attempt{path: fmt.Sprintf("/files/%d", f.ID)}
	}}
}
