package handler

import (
	"fmt"
	"slices"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
)

// scopeCase says of a route how to make what it is about, and who may. The answers are worked out from the cast and the
// tree of the test, not from the code under test.
type scopeCase struct {
	places []string // of the object; none: the route is about nothing that lies somewhere
	// own: the object is made for each role anew, because it belongs to the role or to nobody else.
	own  bool
	make func(w *world, r *role, place string) attempt
	want func(r *role, place string) int // the status; allowed: the route's own
}

// allowed stands for the route's status of success.
const allowed = 0

// TestScope is invariant I4: every route is called by every role for an object at every place. Who may is answered as the
// cases say, in the form of the API's document; who may not changes nothing at all, and hears 404 for what lies out of sight.
func TestScope(t *testing.T) {
	t.Parallel()
	modeltest.Each(t, modeltest.At("2026-11-20 10:00:00").Now, func(t *testing.T, db *model.DB) {
		t.Parallel()
		w := newWorld(t, db)
		w.answers = newAnswers(t)
		cases := scopeCases()
		seen := map[string]bool{}
		for _, route := range (&Handler{}).routes() {
			name := route.Method + " " + route.Path
			seen[name] = true
			if len(cases[name]) == 0 {
				t.Errorf("%s has no entry in the cases: say how to make its object and who may", name)
			}
			for _, c := range cases[name] {
				w.walk(route, c)
			}
		}
		for name := range cases {
			if !seen[name] {
				t.Errorf("%s stands in the cases, but is no route", name)
			}
		}
	})
}

// call is one request of the walk.
type call struct {
	r       *role
	place   string
	attempt attempt
	status  int
}

// walk calls the route for an object at each place as every role: those first who may not, and the database must stay as it is.
func (w *world) walk(route Route, c scopeCase) {
	w.t.Helper()
	var refused, may []call
	for _, place := range slices.Concat(c.places, []string{""})[:max(1, len(c.places))] {
		var shared *attempt // by all who are refused
		for _, r := range w.cast {
			status := c.want(r, place)
			if status == allowed {
				may = append(may, call{r, place, c.make(w, r, place), route.Status})
				continue
			}
			if shared == nil || c.own {
				a := c.make(w, r, place)
				shared = &a
			}
			refused = append(refused, call{r, place, *shared, status})
		}
	}
	before := watch(w.t, w.db)
	for _, one := range refused {
		w.expect(route, one)
	}
	unchanged(w.t, w.db, before, fmt.Sprintf("%s %s, refused", route.Method, route.Path))
	for _, one := range may {
		w.expect(route, one)
	}
}

func (w *world) expect(route Route, c call) {
	w.t.Helper()
	got, out := w.try(c.r, route.Method, c.attempt)
	if c.status == route.Status && got == c.status {
		w.answers.check(w.t, route, out)
	}
	if got != c.status {
		w.t.Errorf("%s, %s %s, object at %q: %d %v, want %d", c.r.name, route.Method, c.attempt.path, c.place, got, out["code"], c.status)
	}
}

// Who may, before any row is looked at.

func everybody(*role, string) int { return allowed }

func signedIn(then func(r *role, place string) int) func(*role, string) int {
	return func(r *role, place string) int {
		if r.name == "nobody" {
			return 401
		}
		return then(r, place)
	}
}

func onlyIf(holds func(*role) bool, then func(r *role, place string) int) func(*role, string) int {
	return signedIn(func(r *role, place string) int {
		if !holds(r) {
			return 403
		}
		return then(r, place)
	})
}

func admins(then func(r *role, place string) int) func(*role, string) int {
	return onlyIf(func(r *role) bool { return r.has(model.RoleAdmin) }, then)
}

func readers(then func(r *role, place string) int) func(*role, string) int {
	return onlyIf(func(r *role) bool { return r.has(model.RoleAdmin, model.RoleLeader) }, then)
}

func members(then func(r *role, place string) int) func(*role, string) int {
	return onlyIf(func(r *role) bool { return r.member != 0 }, then)
}

var cityAdmins = onlyIf((*role).cityAdmin, everybody)

// found answers 404 to everybody else.
func found(sees func(r *role, place string) bool) func(*role, string) int {
	return func(r *role, place string) int {
		if sees(r, place) {
			return allowed
		}
		return 404
	}
}

func works(r *role, place string) bool { return r.works(place) }
func reads(r *role, place string) bool { return r.reads(place) }
