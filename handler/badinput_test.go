package handler

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http/httptest"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"hongyun/model"
	"hongyun/model/modeltest"
)

// sample is a route with a caller who may call it and a request that it would take.
type sample struct {
	route  Route
	caller *role
	attempt
}

// TestBadInput sends to every route what cannot be right, each time as somebody who may call it. The answer is a refusal in
// Chinese, never a failure, and the database stays as it is. In the end the request itself is taken: it was only the flaw.
func TestBadInput(t *testing.T) {
	t.Parallel()
	modeltest.Each(t, modeltest.At("2026-11-20 10:00:00").Now, func(t *testing.T, db *model.DB) {
		t.Parallel()
		w := newWorld(t, db)
		all := &role{name: "all", home: "ag1", posts: []post{{model.RoleAdmin, "city"}, {model.RoleCollector, "city"}, {model.RoleDesk, "city"}, {model.RoleDepartmentHandler, "unit1"},
			{model.RoleIdentity, "city"}}}
		w.settle(all)
		cases := scopeCases()
		for _, route := range (&Handler{}).routes() {
			s := w.sampleOf(route, cases[route.Method+" "+route.Path], []*role{all, w.cast[1]})
			before := watch(t, db)
			w.badBodies(s)
			w.badFields(s)
			w.badPaths(s)
			w.badQueries(s)
			w.badForms(s)
			unchanged(t, db, before, route.Method+" "+route.Path)
			if status, out := w.try(s.caller, route.Method, s.attempt); status != route.Status {
				t.Errorf("%s %s: the sample is answered with %d %v", route.Method, route.Path, status, out)
			}
		}
	})
}

func (w *world) sampleOf(route Route, cases []scopeCase, callers []*role) sample {
	w.t.Helper()
	for _, caller := range callers {
		for _, c := range cases {
			for _, place := range slices.Concat(c.places, []string{""})[:max(1, len(c.places))] {
				if c.want(caller, place) == allowed {
					return sample{route, caller, c.make(w, caller, place)}
				}
			}
		}
	}
	w.t.Fatalf("nobody may call %s %s", route.Method, route.Path)
	return sample{}
}

// flawed is one request with something wrong in it.
type flawed struct {
	what    string
	path    string // the sample's, if empty
	body    []byte
	kind    string // of the body; application/json if empty
	headers map[string]string
	want    int // 0: some refusal
}

// refuse sends it and wants a refusal that a person can read.
func (w *world) refuse(s sample, f flawed) {
	w.t.Helper()
	path := s.path
	if f.path != "" {
		path = f.path
	}
	if f.body == nil && f.kind == "" {
		f.body, f.kind = s.raw(w)
	}
	r := httptest.NewRequest(s.route.Method, "/api/v1"+path, bytes.NewReader(f.body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Real-IP", w.address())
	if f.kind != "" {
		r.Header.Set("Content-Type", f.kind)
	}
	token := s.caller.token
	if s.token != "" {
		token = s.token
	}
	r.Header.Set("Authorization", "Bearer "+token)
	for name, value := range f.headers {
		r.Header.Set(name, value)
	}
	res, err := w.app.Test(r, 20000)
	w.must(err)
	content, err := io.ReadAll(res.Body)
	w.must(err)
	name := fmt.Sprintf("%s %s, %s", s.route.Method, path, f.what)
	if f.want != 0 && res.StatusCode != f.want || res.StatusCode < 400 || res.StatusCode >= 500 {
		w.t.Errorf("%s: %d %.200s, want %d", name, res.StatusCode, content, max(f.want, 400))
		return
	}
	readable(w.t, name, content, res.Header.Get("X-Request-Id"))
}

// readable wants the body of every error answer: a code, a Chinese sentence, and the request's number.
func readable(t testing.TB, name string, content []byte, id string) {
	t.Helper()
	var answer failure
	if err := json.Unmarshal(content, &answer); err != nil {
		t.Errorf("%s: %.200s is no JSON", name, content)
		return
	}
	if answer.Code == "" || answer.RequestID == "" || answer.RequestID != id {
		t.Errorf("%s: code %q, request_id %q, header %q", name, answer.Code, answer.RequestID, id)
	}
	if !strings.ContainsFunc(answer.Message, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		t.Errorf("%s: the message %q is not Chinese", name, answer.Message)
	}
	if ourNames.MatchString(answer.Message) {
		t.Errorf("%s: the message %q speaks of the program", name, answer.Message)
	}
}

// ourNames are words of the program, or a hole where a name should stand.
var ourNames = regexp.MustCompile(`[A-Za-z]\.[a-z]|Input|  `)

func (s sample) raw(w *world) (body []byte, kind string) {
	w.t.Helper()
	if form, ok := s.body.(*bytes.Buffer); ok {
		return bytes.Clone(form.Bytes()), "multipart/form-data; boundary=b"
	}
	if s.body == nil {
		return []byte("{}"), "application/json"
	}
	raw, err := json.Marshal(s.body)
	w.must(err)
	return raw, "application/json"
}

// with is the sample's body with one field replaced.
func (s sample) with(w *world, name string, value any) []byte {
	w.t.Helper()
	body := map[string]any{}
	if held, ok := s.body.(map[string]any); ok {
		maps.Copy(body, held)
	}
	body[name] = value
	raw, err := json.Marshal(body)
	w.must(err)
	return raw
}

// needsBody tells whether a field of the JSON body is required; a body in which none is may be left out.
func needsBody(in reflect.Type) bool {
	for i := range in.NumField() {
		f := in.Field(i)
		if f.Anonymous && f.Type.Kind() == reflect.Struct && needsBody(f.Type) {
			return true
		}
		if name, ok := f.Tag.Lookup("json"); ok && name != "-" && strings.Contains(f.Tag.Get("validate"), "required") {
			return true
		}
	}
	return false
}

// badBodies: what is no JSON object in UTF-8 of the known fields.
func (w *world) badBodies(s sample) {
	if !hasTag(s.route.in, "json") {
		return
	}
	good, _ := s.raw(w)
	for what, body := range map[string]string{
		"cut off": string(good[:len(good)-1]), "an array": "[" + string(good) + "]", "an empty array": "[]", "null": "null", "a number": "1", "a string": `"x"`,
		"something behind": string(good) + "{}", "no JSON": "theme=x", "nested deeply": strings.Repeat(`{"note":`, 20000), "a byte order mark": "\ufeff" + string(good),
		"invalid UTF-8": strings.Replace(string(good), `"`, "\"\xff", 1), "half a character": string(good) + "\xe4\xb8",
	} {
		w.refuse(s, flawed{what: what, body: []byte(body), kind: "application/json", want: 400})
	}
	for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml", "x", ";"} {
		w.refuse(s, flawed{what: "as " + kind, body: good, kind: kind, want: 400})
	}
	if needsBody(s.route.in) {
		w.refuse(s, flawed{what: "nothing", body: []byte{}, kind: "application/json", want: 400})
	}
	w.refuse(s, flawed{what: "an unknown field", body: s.with(w, "nonsense", 1), want: 400})
	for _, encoding := range []string{"gzip", "br", "deflate", "nonsense"} {
		w.refuse(s, flawed{what: "packed by " + encoding, body: good, headers: map[string]string{"Content-Encoding": encoding}, want: 400})
	}
}

// badPaths: numbers that are none, and things that are not there.
func (w *world) badPaths(s sample) {
	path, query, _ := strings.Cut(s.path, "?")
	parts, names := strings.Split(path, "/"), strings.Split(strings.TrimPrefix(s.route.Path, "/api/v1"), "/")
	for i, name := range names {
		at := func(value string) string {
			changed := slices.Clone(parts)
			changed[i] = value
			return strings.TrimSuffix(strings.Join(changed, "/")+"?"+query, "?")
		}
		switch {
		case name == "{id}" || name == "{file_id}" || name == "{item_id}" || name == "{department_id}":
			missing := 404
			if name == "{department_id}" { // of a request that is there: the unit has no part in it
				missing = 0
			}
			for _, bad := range []string{"0", "-1", "abc", "1.5", "9223372036854775808", "99999999999999999999999", "%00", "%ff", "1%20", "null"} {
				w.refuse(s, flawed{what: "id " + bad, path: at(bad), want: 400})
			}
			for _, unknown := range []string{"999999", "9223372036854775807"} {
				w.refuse(s, flawed{what: "unknown id", path: at(unknown), want: missing})
			}
		case name == "{name}":
			for _, unknown := range []string{"nonsense", "%27", "a%00", "%ff", url.PathEscape("任务"), strings.Repeat("x", 2000)} {
				w.refuse(s, flawed{what: "unknown name", path: at(unknown), want: 404})
			}
		case name == "{number}", name == "{code}": // of a receipt or a request; of a sign-in at the back office
			for _, unknown := range []string{"nonsense", "%27", "a%00", "%ff", url.PathEscape("收据"), "DF20261120AAAAAAAAAAAAA"} {
				w.refuse(s, flawed{what: "unknown number", path: at(unknown), want: 404})
			}
			w.refuse(s, flawed{what: "long number", path: at(strings.Repeat("x", 2000)), want: 400})
		case name == "{date}":
			for _, bad := range []string{"2026-02-30", "2026-13-01", "20261120", "abc", "%00", "%ff"} {
				w.refuse(s, flawed{what: "date " + bad, path: at(bad), want: 400})
			}
		case strings.Contains(name, "{"):
			w.t.Errorf("%s: say what is wrong with %s", s.route.Path, name)
		}
	}
}

// badForms: uploads that are none.
func (w *world) badForms(s sample) {
	if !hasTag(s.route.in, "formData") {
		return
	}
	good, kind := s.raw(w)
	for what, f := range map[string]flawed{
		"no form":         {body: []byte(`{"file":"x"}`), kind: "application/json", want: 400},
		"no boundary":     {body: good, kind: "multipart/form-data", want: 400},
		"wrong boundary":  {body: good, kind: "multipart/form-data; boundary=other", want: 400},
		"cut off":         {body: good[:len(good)/2], kind: kind, want: 400},
		"nothing":         {body: []byte{}, kind: kind, want: 400},
		"another field":   {body: bytes.Replace(good, []byte(`name="file"`), []byte(`name="photo"`), 1), kind: kind, want: 400},
		"an empty file":   {body: w.formLike(good, "a.png", nil), kind: kind, want: 400},
		"no photo":        {body: w.formLike(good, "a.png", []byte("MZ a program")), kind: kind, want: 400},
		"a page":          {body: w.formLike(good, "a.svg", []byte("<svg onload=alert(1)>")), kind: kind, want: 400},
		"over 10 MiB":     {body: w.formLike(good, "a.png", append(bytes.Clone(png), make([]byte, 10<<20)...)), kind: kind, want: 413},
		"packed":          {body: good, kind: kind, headers: map[string]string{"Content-Encoding": "gzip"}, want: 400},
		"as a JSON field": {body: []byte("file=x"), kind: "application/x-www-form-urlencoded", want: 400},
	} {
		f.what = what
		w.refuse(s, f)
	}
	for _, f := range inputFields(s.route.in, "formData") {
		if f.kind.Kind() != reflect.String {
			continue
		}
		for what, text := range f.texts() {
			w.refuse(s, flawed{what: f.name + " " + what, body: w.formWith(good, f.name, text), kind: kind, want: 400})
		}
	}
}

// formLike is the good form with another file in it.
func (w *world) formLike(good []byte, name string, file []byte) []byte {
	return w.form(good, func(part *multipart.Part, body []byte) (string, []byte) {
		if part.FileName() == "" {
			return "", body
		}
		return name, file
	})
}

// formWith is the good form with another text in one of its fields.
func (w *world) formWith(good []byte, field, text string) []byte {
	return w.form(good, func(part *multipart.Part, body []byte) (string, []byte) {
		if part.FormName() == field {
			body = []byte(text)
		}
		return part.FileName(), body
	})
}

// form copies a form part by part, as change says.
func (w *world) form(good []byte, change func(part *multipart.Part, body []byte) (file string, content []byte)) []byte {
	w.t.Helper()
	var b bytes.Buffer
	to, from := multipart.NewWriter(&b), multipart.NewReader(bytes.NewReader(good), "b")
	w.must(to.SetBoundary("b"))
	for {
		part, err := from.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		w.must(err)
		body, err := io.ReadAll(part)
		w.must(err)
		file, content := change(part, body)
		var out io.Writer
		if file == "" {
			out, err = to.CreateFormField(part.FormName())
		} else {
			out, err = to.CreateFormFile(part.FormName(), file)
		}
		w.must(err)
		_, err = out.Write(content)
		w.must(err)
	}
	w.must(to.Close())
	return b.Bytes()
}
