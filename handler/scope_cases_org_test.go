package handler

import (
	"fmt"
	"slices"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
)

// typeOf is the type of the organisation at a place, and what may stand directly below it.
func typeOf(place string) (own, below string) {
	switch place {
	case "city":
		return model.OrgCity, model.OrgCommittee
	case "a", "b":
		return model.OrgCommittee, model.OrgBranch
	case "ag":
		return model.OrgGeneralBranch, model.OrgBranch
	}
	return model.OrgBranch, model.OrgBranch
}

// spare is an organisation of the same sort as the one at the place, beside it, that nobody belongs to.
func (w *world) spare(place string) model.Org {
	own, _ := typeOf(place)
	return w.orgUnder(above[place], own)
}

// inside is a branch directly below the place, though it be a branch itself.
func (w *world) inside(place string) model.Org { return w.orgUnder(place, model.OrgBranch) }

func (w *world) orgUnder(place, level string) model.Org {
	w.t.Helper()
	var parent model.Org
	w.must(w.db.Read(w.t.Context()).Where("id = ?", w.org[place]).Take(&parent).Error)
	o := model.Org{ParentID: &parent.ID, Type: level, Path: fmt.Sprintf("%s9%05d", parent.Path, w.next()), Name: fmt.Sprintf("组织%d", w.n),
		Kind: "农村", IsJoint: level == model.OrgBranch, CreatedAt: w.db.Now(), Version: 1}
	w.create(&o)
	return o
}

// person is a fresh member of an organisation.
func (w *world) personIn(id int64) int64 {
	n := w.next()
	w.branch = id
	_, member := w.phones.member(fmt.Sprintf("党员%d", n), fmt.Sprintf("3611991980%08d", n), fmt.Sprintf("138%08d", n))
	return member
}

// groupIn is a party group below the place.
func (w *world) groupIn(place string) (group int64, branch model.Org) {
	branch = w.inside(place)
	g := model.PartyGroup{OrgID: branch.ID, Name: fmt.Sprintf("党小组%d", w.next()), CreatedAt: w.db.Now()}
	w.create(&g)
	return g.ID, branch
}

// workedIn is who administers the place; who only reads it hears that it is not for him or her.
func workedIn(r *role, place string) int {
	switch {
	case r.works(place):
		return allowed
	case r.reads(place):
		return 403
	}
	return 404
}

// besides is workedIn for a spare, which is seen from above alone.
func besides(r *role, place string) int { return workedIn(r, above[place]) }

// also refuses, with 404, who does not see a second organisation, and with 403 who does not work in it.
func also(then func(*role, string) int, second string) func(*role, string) int {
	return func(r *role, place string) int {
		if status := then(r, place); status != allowed {
			return status
		}
		return workedIn(r, second)
	}
}

func orgCases() map[string][]scopeCase {
	step := func(verb string, body func(w *world, place string) map[string]any) func(*world, *role, string) attempt {
		return func(w *world, _ *role, place string) attempt {
			all := map[string]any{"version": 1, "on": "2026-11-20", "document_no": "德组〔2026〕1号", "note": "调整"}
			for key, value := range body(w, place) {
				all[key] = value
			}
			return attempt{path: fmt.Sprintf("/orgs/%d/%s", w.spare(place).ID, verb), body: all}
		}
	}
	to := func(key, place string) func(*world, string) map[string]any {
		return func(w *world, _ string) map[string]any { return map[string]any{key: w.org[place]} }
	}
	return map[string][]scopeCase{
		"POST /api/v1/orgs": {{places: orgs, make: func(w *world, _ *role, place string) attempt {
			_, below := typeOf(place)
			return attempt{path: "/orgs", body: map[string]any{"parent_id": w.org[place], "type": below, "name": fmt.Sprintf("新支部%d", w.next()), "kind": "机关",
				"official_code": fmt.Sprint("C", w.n), "is_joint": false, "address": "一号楼", "phone": "0793-7588001", "founded_on": "2020-01-01", "document_no": "1"}}
		}, want: admins(func(r *role, place string) int {
			own, _ := typeOf(place)
			switch {
			case !r.works(place) && r.home == place:
				return 403
			case !r.works(place):
				return workedIn(r, place)
			case own == model.OrgBranch:
				return 400
			}
			return allowed
		})}},
		"PUT /api/v1/orgs/{id}": {
			{places: orgs[1:], want: admins(besides), make: func(w *world, _ *role, place string) attempt { return w.rename(w.spare(place)) }},
			{places: orgs, want: admins(workedIn), make: func(w *world, _ *role, place string) attempt { // the contact is its own affair
				o := w.inside(place)
				o.Phone = "0793-7588002"
				return w.change(o)
			}},
			{places: orgs[1:], own: true, make: func(w *world, r *role, place string) attempt { // its name is not
				var o model.Org
				w.must(w.db.Read(w.t.Context()).Where("id = ?", w.org[place]).Take(&o).Error)
				if r.works(above[place]) {
					return w.change(o)
				}
				return w.rename(o)
			}, want: admins(func(r *role, place string) int {
				if r.works(place) && !r.works(above[place]) || r.home == place && !r.works(place) {
					return 403
				}
				return workedIn(r, place)
			})},
		},
		"POST /api/v1/orgs/{id}/move": {
			{places: []string{"ag1", "ag2", "b1"}, want: admins(also(besides, "a")), make: step("move", to("parent_id", "a"))},
			{places: []string{"ag", "a1"}, want: admins(also(besides, "b")), make: step("move", to("parent_id", "b"))},
		},
		"POST /api/v1/orgs/{id}/merge": {
			{places: orgs[1:], want: admins(besides), make: step("merge", func(w *world, place string) map[string]any {
				return map[string]any{"into_id": w.spare(place).ID}
			})},
			{places: []string{"ag1", "a1"}, want: admins(also(besides, "b")), make: step("merge", func(w *world, _ string) map[string]any {
				return map[string]any{"into_id": w.spare("b1").ID}
			})},
		},
		"POST /api/v1/orgs/{id}/dissolve": {{places: orgs[1:], want: admins(besides),
			make: step("dissolve", func(*world, string) map[string]any { return nil })}},
		"GET /api/v1/orgs/{id}/history": {{places: orgs, want: readers(found(reads)), make: func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/orgs/%d/history", w.org[place])}
		}}},
		"GET /api/v1/orgs/{id}/roster": {{places: orgs, want: readers(found(reads)), make: func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/orgs/%d/roster?on=2026-11-01", w.org[place])}
		}}},
		"PUT /api/v1/orgs/{id}/joint-units": {{places: orgs, want: admins(workedIn), make: func(w *world, _ *role, place string) attempt {
			return attempt{path: fmt.Sprintf("/orgs/%d/joint-units", w.inside(place).ID),
				body: map[string]any{"version": 1, "units": []any{map[string]any{"name": "县供销社"}}}}
		}}},
	}
}

// change is a request that leaves the organisation as it is.
func (w *world) change(o model.Org) attempt {
	body := map[string]any{"version": o.Version, "name": o.Name, "kind": o.Kind, "official_code": "", "is_joint": o.IsJoint, "address": o.Address, "phone": o.Phone,
		"founded_on": "", "on": "", "document_no": ""}
	return attempt{path: fmt.Sprintf("/orgs/%d", o.ID), body: body}
}

func (w *world) rename(o model.Org) attempt {
	o.Name = fmt.Sprintf("改名%d", w.next())
	return w.change(o)
}

func groupCases() map[string][]scopeCase {
	of := func(suffix string, body func(member int64) any) []scopeCase {
		return []scopeCase{{places: branches, want: admins(found(works)), make: func(w *world, _ *role, place string) attempt {
			group, branch := w.groupIn(place)
			return attempt{path: fmt.Sprintf("/groups/%d%s", group, suffix), body: body(w.personIn(branch.ID))}
		}}}
	}
	named := func(leader int64) any { return map[string]any{"name": "第一党小组", "leader_id": leader} }
	return map[string][]scopeCase{
		"GET /api/v1/orgs/{id}/groups": {{places: orgs, want: readers(found(reads)), make: func(w *world, _ *role, place string) attempt {
			_, branch := w.groupIn(place)
			return attempt{path: fmt.Sprintf("/orgs/%d/groups", branch.ID)}
		}}},
		"POST /api/v1/orgs/{id}/groups": {{places: orgs, want: admins(workedIn), make: func(w *world, _ *role, place string) attempt {
			branch := w.inside(place)
			return attempt{path: fmt.Sprintf("/orgs/%d/groups", branch.ID), body: named(w.personIn(branch.ID))}
		}}},
		"PUT /api/v1/groups/{id}": of("", named),
		"PUT /api/v1/groups/{id}/members": of("/members", func(member int64) any {
			return map[string]any{"members": []any{map[string]any{"member_id": member}}}
		}),
		"DELETE /api/v1/groups/{id}": of("", func(int64) any { return nil }),
	}
}

// lateOrgs: what comes too late, or while something is left.
func (w *world) lateOrgs() (all []late) {
	id := w.org["a1"]
	step := map[string]any{"version": 7, "on": "2026-11-20", "parent_id": w.org["b"], "into_id": w.org["ag1"], "units": []any{}}
	body := func(keys ...string) map[string]any {
		some := map[string]any{}
		for _, key := range keys {
			some[key] = step[key]
		}
		return some
	}
	at := func(route, what string, id int64, suffix string, body map[string]any) late {
		return late{route, what, attempt{path: fmt.Sprintf("/orgs/%d%s", id, suffix), body: body}}
	}
	w.freshMember("a1")
	group, branch := w.groupIn("ag1")
	var name string
	w.must(w.db.Read(w.t.Context()).Raw("SELECT name FROM party_group WHERE id = ?", group).Scan(&name).Error)
	taken := map[string]any{"parent_id": w.org["a"], "type": model.OrgBranch, "name": "a1"}
	return append(all, late{"POST /orgs", "a name that is taken", attempt{path: "/orgs", body: taken}},
		at("PUT /orgs/{id}", "an older version", id, "", map[string]any{"version": 7, "name": "新名"}),
		at("POST /orgs/{id}/move", "an older version", id, "/move", body("version", "on", "parent_id")),
		at("POST /orgs/{id}/merge", "an older version", id, "/merge", body("version", "on", "into_id")),
		at("POST /orgs/{id}/dissolve", "an older version", id, "/dissolve", body("version", "on")),
		at("PUT /orgs/{id}/joint-units", "an older version", id, "/joint-units", body("version", "units")),
		at("POST /orgs/{id}/move", "there already", id, "/move", map[string]any{"version": 0, "on": "2026-11-20", "parent_id": w.org["a"]}),
		at("POST /orgs/{id}/merge", "into itself", id, "/merge", map[string]any{"version": 0, "on": "2026-11-20", "into_id": id}),
		at("POST /orgs/{id}/dissolve", "members are left", id, "/dissolve", map[string]any{"version": 0, "on": "2026-11-20"}),
		at("PUT /orgs/{id}/joint-units", "not joint", id, "/joint-units", map[string]any{"version": 0, "units": []any{}}),
		at("POST /orgs/{id}/groups", "there already", branch.ID, "/groups", map[string]any{"name": name}))
}

// TestScope_PastTree: the tree and the roster of a day show what the role may see today.
func TestScope_PastTree(t *testing.T) {
	t.Parallel()
	modeltest.Each(t, modeltest.At("2026-11-20 10:00:00").Now, func(t *testing.T, db *model.DB) {
		t.Parallel()
		w := newWorld(t, db)
		for _, at := range branches {
			w.freshMember(at)
		}
		w.must(db.Read(t.Context()).Exec("INSERT INTO member_span (member_id, org_id, from_on, reason) SELECT id, org_id, admitted_on, 'FIRST' FROM member").Error)
		members := w.rows("SELECT id, org_id FROM member")
		for _, r := range w.cast {
			if r.account == 0 {
				continue
			}
			var see []int64
			for _, at := range orgs {
				if r.reads(at) || r.home == at {
					see = append(see, w.org[at])
				}
			}
			for _, on := range []string{"2026-11-01", "2026-11-20"} {
				if _, out := w.try(r, "GET", attempt{path: "/orgs?on=" + on}); !slices.Equal(ids(out), sorted(see)) || out["total"] != float64(len(see)) {
					t.Errorf("%s, the tree of %s: %v, want %v", r.name, on, out, see)
				}
				for _, top := range orgs {
					w.compareRoster(r, top, on, members)
				}
			}
		}
	})
}

func (w *world) compareRoster(r *role, top, on string, members []listed) {
	w.t.Helper()
	var want []int64
	for _, m := range members {
		if under(m.At, top) && r.reads(m.At) {
			want = append(want, m.ID)
		}
	}
	status, out := w.try(r, "GET", attempt{path: fmt.Sprintf("/orgs/%d/roster?on=%s&size=1000", w.org[top], on)})
	if !r.reads(top) {
		if status != 404 && status != 403 {
			w.t.Errorf("%s, the roster of %s on %s: %d", r.name, top, on, status)
		}
		return
	}
	if !slices.Equal(ids(out), sorted(want)) || out["total"] != float64(len(want)) {
		w.t.Errorf("%s, the roster of %s on %s: %v, want %v", r.name, top, on, out, want)
	}
}
