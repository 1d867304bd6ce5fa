package handler

import (
	"bytes"
	"errors"
	"fmt"
	"mime/multipart"
	"strings"
	"testing"

	"hongyun/model"
	"hongyun/service/access"
)

// citizenCases: what the citizen of a request does, signed in and with the code.
func citizenCases() map[string][]scopeCase {
	sender := signedIn(func(r *role, place string) int {
		switch {
		case place == "own":
			return allowed
		case seesRequest(r, place):
			return 403
		}
		return 404
	})
	own := func(name, state string, body func(w *world) any) []scopeCase {
		return []scopeCase{{places: requestPlaces, own: true, want: sender, make: func(w *world, r *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/requests/%d/%s", w.request(place, state, max(r.account, 1)), name), body: body(w)}
		}}}
	}
	// Whoever has the code may, whoever he or she is; who has another one, not even the citizen's own account.
	coded := func(method, name, state string, body func(w *world, code string) any) []scopeCase {
		return []scopeCase{{places: []string{"right", "wrong", "other"}, own: true,
			want: func(_ *role, place string) int {
				if place == "right" {
					return allowed
				}
				return 404
			},
			make: func(w *world, r *role, place string) attempt {
				number, code := w.numbered(state, max(r.account, 1))
				switch place {
				case "wrong":
					code = "00000-00000"
				case "other":
					_, code = w.numbered(state, max(r.account, 1))
				}
				a := attempt{path: "/public/requests/" + number + name}
				if method == "GET" {
					a.path += "?code=" + code
				} else {
					a.body = body(w, code)
				}
				return a
			}}}
	}
	with := func(more map[string]any) func(*world, string) any {
		return func(_ *world, code string) any {
			out := map[string]any{"code": code}
			for k, v := range more {
				out[k] = v
			}
			return out
		}
	}
	upload := func(name string, content []byte) func(*world, string) any {
		return func(w *world, code string) any { return formOf(w.t, name, content, map[string]string{"code": code}) }
	}
	note := func(more map[string]any) func(*world) any { return func(*world) any { return more } }
	voice := []byte("#!AMR\n\x3c\x48")
	const public = " /api/v1/public/requests"
	return map[string][]scopeCase{
		"POST /api/v1/requests/{id}/parts":  own("parts", model.RequestSubmitted, note(map[string]any{"content": "就在桥头"})),
		"POST /api/v1/requests/{id}/voice":  own("voice", model.RequestSubmitted, func(w *world) any { return formFile(w.t, "说明.amr", voice) }),
		"POST /api/v1/requests/{id}/chase":  own("chase", model.RequestHandling, note(map[string]any{"note": "请尽快"})),
		"POST /api/v1/requests/{id}/reopen": own("reopen", model.RequestClosed, note(map[string]any{"rating": 1, "solved": false, "reason": "还是没有修好"})),
		"GET /api/v1/requests/{id}/follow":  own("follow", model.RequestSubmitted, note(nil)),
		"POST" + public: {{want: everybody, make: func(w *world, _ *role, _ string) attempt {
			return attempt{path: "/public/requests", body: map[string]any{"content": fmt.Sprintf("路灯坏了%d天", w.next()), "category": "HELP", "place": "人民路", "lat": 28.9, "lng": 117.5, "anonymous": true}}
		}}},
		"GET" + public + "/{number}":           coded("GET", "", model.RequestHandling, nil),
		"GET" + public + "/{number}/qr.png":    coded("GET", "/qr.png", model.RequestHandling, nil),
		"POST" + public + "/{number}/parts":    coded("POST", "/parts", model.RequestSubmitted, with(map[string]any{"content": "就在桥头"})),
		"POST" + public + "/{number}/photos":   coded("POST", "/photos", model.RequestSubmitted, upload("现场.png", png)),
		"POST" + public + "/{number}/voice":    coded("POST", "/voice", model.RequestSubmitted, upload("说明.amr", voice)),
		"POST" + public + "/{number}/chase":    coded("POST", "/chase", model.RequestHandling, with(map[string]any{"note": "请尽快"})),
		"POST" + public + "/{number}/withdraw": coded("POST", "/withdraw", model.RequestSubmitted, with(nil)),
		"POST" + public + "/{number}/rating":   coded("POST", "/rating", model.RequestClosed, with(map[string]any{"rating": 5, "solved": true, "note": "很快"})),
		"POST" + public + "/{number}/reopen":   coded("POST", "/reopen", model.RequestClosed, with(map[string]any{"rating": 1, "solved": false, "reason": "还是没有修好"})),
	}
}

// formOf is formFile with texts beside the file.
func formOf(t testing.TB, name string, file []byte, texts map[string]string) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	err := w.SetBoundary("b")
	for field, text := range texts {
		err = errors.Join(err, w.WriteField(field, text))
	}
	part, failed := w.CreateFormFile("file", name)
	if failed != nil {
		t.Fatal(failed)
	}
	_, failed = part.Write(file)
	if err = errors.Join(err, failed, w.Close()); err != nil {
		t.Fatal(err)
	}
	return &b
}

// numbered is a request of the account, with its number and code as the account itself is told them.
func (w *world) numbered(state string, account int64) (number, code string) {
	w.t.Helper()
	id := w.request("own", state, account)
	var r model.Request
	w.must(w.db.Read(w.t.Context()).Where("id = ?", id).Take(&r).Error)
	f, err := w.s.O2O.Follow(w.t.Context(), access.Viewer{AccountID: account}, id)
	w.must(err)
	if f.Number != r.Number || !strings.Contains(f.URL, f.Code) {
		w.t.Fatalf("%+v", f)
	}
	return f.Number, f.Code
}
