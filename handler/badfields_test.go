package handler

import (
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"encoding/json"

	"hongyun/model"
)

// inputField is one field of a route's input.
type inputField struct {
	name, rules string
	kind        reflect.Type
}

// inputFields lists the fields that a tag names, those of embedded structs too.
func inputFields(t reflect.Type, tag string) (all []inputField) {
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get(tag), ",")
		if name != "" && name != "-" && !f.Anonymous {
			kind := f.Type
			if kind.Kind() == reflect.Pointer {
				kind = kind.Elem()
			}
			all = append(all, inputField{name, f.Tag.Get("validate"), kind})
		}
	}
	return all
}

var (
	longest = regexp.MustCompile(`max=(\d+)`)
	isDate  = reflect.TypeFor[model.Date]()
	isMonth = reflect.TypeFor[model.Month]()
)

func (f inputField) must() bool { return strings.HasPrefix(f.rules, "required") }

// texts are the values that a text field must refuse; nul too where the field takes any text.
func (f inputField) texts() map[string]string {
	bad := map[string]string{"NUL": "a\x00b"}
	switch {
	case f.kind == isDate:
		for _, d := range []string{"2026-02-30", "2026-13-01", "2025-02-29", "20261120", "2026-1-2", "tomorrow", "2026-11-20T00:00:00Z"} {
			bad[d] = d
		}
	case f.kind == isMonth:
		for _, m := range []string{"2026-13", "2026-00", "202611", "2026-11-20", "x"} {
			bad[m] = m
		}
	case strings.Contains(f.rules, "oneof"):
		bad["no choice"] = "NONSENSE"
	}
	length := 30000
	if m := longest.FindStringSubmatch(f.rules); m != nil {
		n, _ := strconv.Atoi(m[1])
		length = n + 1
	}
	bad["too long"] = strings.Repeat("长", length)
	if f.must() {
		bad["blank"] = "   "
	}
	return bad
}

// badFields: each field of the body with a wrong type, out of its range, or not there.
func (w *world) badFields(s sample) {
	for _, f := range inputFields(s.route.in, "json") {
		w.badField(s, f, func(value any) []byte { return s.with(w, f.name, value) })
		if f.kind.Kind() != reflect.Slice {
			continue
		}
		held, _ := s.body.(map[string]any)[f.name].([]any)
		if len(held) == 0 || f.kind.Elem().Kind() != reflect.Struct {
			continue
		}
		element := held[0].(map[string]any)
		for _, inner := range inputFields(f.kind.Elem(), "json") {
			w.badField(s, inner, func(value any) []byte {
				changed := maps.Clone(element)
				changed[inner.name] = value
				return s.with(w, f.name, []any{changed})
			})
		}
	}
	if key := inputFields(s.route.in, "header"); len(key) > 0 {
		for what, value := range map[string]string{"too long": strings.Repeat("k", 101), "invalid UTF-8": "k\xff"} {
			w.refuse(s, flawed{what: key[0].name + " " + what, headers: map[string]string{key[0].name: value}, want: 400})
		}
	}
}

func (w *world) badField(s sample, f inputField, body func(value any) []byte) {
	w.t.Helper()
	wrong := map[string]any{"an object": map[string]any{"a": 1}}
	switch f.kind.Kind() {
	case reflect.String:
		wrong["a number"], wrong["a list"], wrong["a truth value"] = 12345, []string{"x"}, true
		for what, text := range f.texts() {
			wrong[what] = text
		}
		if f.must() {
			wrong["empty"] = ""
		}
	case reflect.Int, reflect.Int64:
		wrong["a text"], wrong["a broken number"], wrong["a list"] = "abc", 1.5, []int{1}
		for _, n := range []string{"9223372036854775808", "-9223372036854775809", "99999999999999999999999999", "1e400", "9223372036854775807", "-9223372036854775808", "-1"} {
			wrong[n] = json.RawMessage(n)
		}
	case reflect.Float64:
		wrong["a text"], wrong["beyond"], wrong["far beyond"], wrong["1e400"] = "abc", 181, 1e300, json.RawMessage("1e400")
	case reflect.Bool:
		wrong["a text"], wrong["a number"] = "yes", 1
	case reflect.Slice:
		wrong["a text"], wrong["a number"] = "x", 1
		if f.kind.Elem().Kind() == reflect.String {
			wrong["a list of numbers"], wrong["NUL"], wrong["blank"] = []int{1}, []string{"a\x00b"}, []string{"  "}
		} else {
			wrong["a list of texts"] = []string{"x"}
		}
	case reflect.Map: // of texts, or a list's filter, which may be empty
		if f.kind.Elem().Kind() == reflect.Interface {
			wrong["a text"], wrong["a number"], wrong["a list"], wrong["unknown key"] = "x", 1, []string{"x"}, map[string]any{"nonsense": 1}
			wrong["NUL"], wrong["a wrong type inside"] = map[string]any{"q": "a\x00b"}, map[string]any{"org_id": "abc"}
			break
		}
		delete(wrong, "an object")
		wrong["a text"], wrong["a number"], wrong["a list"], wrong["null"], wrong["nothing in it"] = "x", 1, []string{"x"}, nil, map[string]any{}
		for key, value := range s.body.(map[string]any)[f.name].(map[string]any) {
			wrong["a number inside"], wrong["an object inside"] = map[string]any{key: 1}, map[string]any{key: map[string]any{}}
			wrong["NUL"], wrong["NUL in a key"] = map[string]any{key: "a\x00b"}, map[string]any{key + "\x00": value}
			wrong["too long"], wrong["blank"] = map[string]any{key: strings.Repeat("长", 30000)}, map[string]any{key: "   "}
			wrong["unknown key"] = map[string]any{"nonsense": value}
		}
	default:
		w.t.Errorf("%s: say what is wrong in a %s", s.route.Path, f.kind)
	}
	for what, value := range wrong {
		raw := body(value)
		if what == "1e400" { // Marshal would refuse it
			raw = []byte(fmt.Sprintf(`{%q: 1e400}`, f.name))
		}
		w.refuse(s, flawed{what: f.name + " " + what, body: raw})
	}
}

// badQueries: each parameter with a wrong form, out of its range, or not there.
func (w *world) badQueries(s sample) {
	path, query, _ := strings.Cut(s.path, "?")
	for _, f := range inputFields(s.route.in, "query") {
		with := func(value string) string {
			q, err := url.ParseQuery(query)
			w.must(err)
			q.Set(f.name, value)
			return path + "?" + q.Encode()
		}
		var wrong []string
		switch f.kind.Kind() {
		case reflect.String:
			wrong = append(wrong, "a\xffb")
			for _, text := range f.texts() {
				if len(text) < 1000 { // an address is bounded as a whole: TestTooLarge
					wrong = append(wrong, text)
				}
			}
		case reflect.Int, reflect.Int64:
			wrong = []string{"abc", "1.5", "9223372036854775808", "-9223372036854775809", "0x10", "１", "1\x00"}
			if strings.Contains(f.rules, "min=0") {
				wrong = append(wrong, "-1", "-9223372036854775808")
			}
		case reflect.Bool:
			wrong = []string{"maybe", "2", "\x00"}
		}
		if f.must() {
			q, err := url.ParseQuery(query)
			w.must(err)
			q.Del(f.name)
			w.refuse(s, flawed{what: "without " + f.name, path: path + "?" + q.Encode(), want: 400})
		}
		for _, value := range wrong {
			if value == "" || f.kind.Kind() == reflect.String && value == "   " {
				continue
			}
			w.refuse(s, flawed{what: f.name, path: with(value), want: 400})
		}
		if k := f.kind.Kind(); k == reflect.Int || k == reflect.Int64 {
			status, out := w.try(s.caller, s.route.Method, attempt{path: with("9223372036854775807"), body: s.body, token: s.token})
			if status >= 500 {
				w.t.Errorf("%s %s: %d %v", s.route.Method, with("9223372036854775807"), status, out)
			}
		}
	}
}
