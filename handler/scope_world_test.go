package handler

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"hongyun/model"
)

// above is the tree of the scope tests, by short names: which organisation stands above each.
var above = map[string]string{"d": "city", "a": "city", "b": "city", "ag": "a", "a1": "a", "ag1": "ag", "ag2": "ag", "b1": "b"}

// The places at which objects are made. For the roles at ag1, ag, a and the city they are own, below, above, sibling and foreign.
var (
	branches = []string{"ag1", "ag2", "a1", "b1", "d"}
	orgs     = []string{"city", "a", "b", "ag", "ag1", "ag2", "a1", "b1", "d"}
)

// under tells whether org is top or lies below it. It climbs the tree of the test, and knows nothing of paths.
func under(org, top string) bool {
	for ; org != ""; org = above[org] {
		if org == top {
			return true
		}
	}
	return false
}

// post is one role at an organisation or a department.
type post struct{ role, at string }

// role is one of the cast: somebody with posts, or a member, a citizen, nobody.
type role struct {
	name   string
	home   string // the branch of the member; empty: no member
	posts  []post
	person string
	token  string

	account, member int64
}

func castOf() []*role {
	cast := []*role{{name: "nobody"}, {name: "citizen"}, {name: "member", home: "ag1"}}
	for _, at := range []struct{ org, home string }{{"ag1", "ag1"}, {"ag", "ag2"}, {"a", "ag1"}, {"city", "d"}} {
		for _, kind := range []string{model.RoleLeader, model.RoleAdmin} {
			cast = append(cast, &role{name: kind + " of " + at.org, home: at.home, posts: []post{{kind, at.org}}})
		}
	}
	return append(cast,
		&role{name: "admin of ag1 and leader of b", home: "b1", posts: []post{{model.RoleAdmin, "ag1"}, {model.RoleLeader, "b"}}},
		&role{name: "admin of ag1 from a1", home: "a1", posts: []post{{model.RoleAdmin, "ag1"}}},
		&role{name: "leader of b who reads identity numbers in ag", home: "b1", posts: []post{{model.RoleLeader, "b"}, {model.RoleIdentity, "ag"}}},
		&role{name: "collector of ag1", home: "d", posts: []post{{model.RoleCollector, "ag1"}}},
		&role{name: "desk", home: "d", posts: []post{{model.RoleDesk, "city"}}},
		&role{name: "handler of unit1", home: "d", posts: []post{{model.RoleDepartmentHandler, "unit1"}}},
		&role{name: "leader of unit1", home: "d", posts: []post{{model.RoleDepartmentLeader, "unit1"}}},
		&role{name: "handler of unit2", home: "d", posts: []post{{model.RoleDepartmentHandler, "unit2"}}})
}

func (r *role) has(kinds ...string) bool {
	for _, p := range r.posts {
		for _, k := range kinds {
			if p.role == k {
				return true
			}
		}
	}
	return false
}

func (r *role) over(org string, kinds ...string) bool {
	for _, p := range r.posts {
		for _, k := range kinds {
			if p.role == k && under(org, p.at) {
				return true
			}
		}
	}
	return false
}

func (r *role) reads(org string) bool { return r.over(org, model.RoleLeader, model.RoleAdmin) }
func (r *role) works(org string) bool { return r.over(org, model.RoleAdmin) }
func (r *role) is(p post) bool {
	for _, held := range r.posts {
		if held == p {
			return true
		}
	}
	return false
}
func (r *role) cityAdmin() bool { return r.is(post{model.RoleAdmin, "city"}) }
func (r *role) unit(name string) bool {
	return r.is(post{model.RoleDepartmentHandler, name}) || r.is(post{model.RoleDepartmentLeader, name})
}

// world is the small tree with its cast, signed in, and makers of whatever a route may be about.
type world struct {
	*phones
	org   map[string]int64
	units map[string]int64
	cast  []*role
	n     int // names things apart
	came  int // addresses

	lastTeam int64 // made
	answers  *answers
}

func newWorld(t *testing.T, db *model.DB) *world {
	w := &world{phones: newPhones(t, db), org: map[string]int64{}, units: map[string]int64{}, cast: castOf()}
	w.org["city"], w.org["d"] = w.city, w.branch
	paths := map[string]string{"city": "001", "d": "001001", "a": "001002", "b": "001003", "ag": "001002001", "a1": "001002002",
		"ag1": "001002001001", "ag2": "001002001002", "b1": "001003001"}
	types := map[int]string{6: model.OrgCommittee, 9: model.OrgGeneralBranch}
	for _, name := range orgs {
		if w.org[name] != 0 {
			continue
		}
		parent := w.org[above[name]]
		o := model.Org{ParentID: &parent, Type: model.OrgBranch, Path: paths[name], Name: name, CreatedAt: db.Now()}
		if last := name[len(name)-1]; last < '0' || last > '9' {
			o.Type = types[len(o.Path)]
		}
		w.create(&o)
		w.org[name] = o.ID
	}
	for _, name := range []string{"unit1", "unit2"} {
		d := model.Department{Name: name, CreatedAt: db.Now()}
		w.create(&d)
		w.units[name] = d.ID
	}
	for _, r := range w.cast {
		w.settle(r)
	}
	return w
}

// settle makes the person, gives the posts, and signs in.
func (w *world) settle(r *role) {
	w.t.Helper()
	switch {
	case r.name == "nobody":
		return
	case r.home == "":
		r.person, r.token, r.account = w.stranger()
	default:
		r.person, r.member, r.account = w.boundMember(r.home)
		r.token = w.login(r.person)
	}
	for _, p := range r.posts {
		w.post(r.member, p)
	}
}

func (w *world) next() int { w.n++; return w.n }

// address is one from which nobody has come yet: tries are counted by address.
func (w *world) address() string {
	w.came++
	n := w.came
	return fmt.Sprintf("10.%d.%d.%d", n>>16&255, n>>8&255, n&255)
}

// post gives a member a post and answers the id of the grant.
func (w *world) post(member int64, p post) int64 {
	w.t.Helper()
	g := model.RoleGrant{MemberID: &member, Role: p.role, GrantedAt: w.db.Now()}
	if id, ok := w.org[p.at]; ok {
		g.OrgID = &id
	} else {
		id := w.units[p.at]
		g.DepartmentID = &id
	}
	w.create(&g)
	return g.ID
}

// stranger is a fresh person without a member, signed in.
func (w *world) stranger() (person, token string, account int64) {
	w.t.Helper()
	person = fmt.Sprintf("c-%d", w.next())
	w.phone[person] = fmt.Sprintf("1390000%04d", w.n)
	token = w.login(person)
	return person, token, int64(w.call(token, "GET", "/me", nil, 200)["id"].(float64))
}

// freshMember is a member of a branch, not bound.
func (w *world) freshMember(branch string) (person string, id int64, number string) {
	w.t.Helper()
	n := w.next()
	number = fmt.Sprintf("3611991980%08d", n)
	w.branch = w.org[branch]
	person, id = w.phones.member(fmt.Sprintf("党员%d", n), number, fmt.Sprintf("138%08d", n))
	return person, id, number
}

func (w *world) boundMember(branch string) (person string, id, account int64) {
	w.t.Helper()
	person, id, _ = w.freshMember(branch)
	token := w.login(person)
	account = int64(w.call(token, "GET", "/me", nil, 200)["id"].(float64))
	w.must(w.db.Read(w.t.Context()).Exec("UPDATE account SET member_id = ?, bound_at = ? WHERE id = ?", id, w.db.Now(), account).Error)
	return person, id, account
}

// attempt is one request to a route.
type attempt struct {
	path  string // behind /api/v1
	body  any    // JSON, or a *bytes.Buffer of formFile
	token string // instead of the role's own
}

// try sends the attempt as r.
func (w *world) try(r *role, method string, a attempt) (int, map[string]any) {
	w.t.Helper()
	raw, kind := []byte{}, "application/json"
	if form, ok := a.body.(*bytes.Buffer); ok {
		raw, kind = form.Bytes(), "multipart/form-data; boundary=b"
	} else if a.body != nil {
		var err error
		raw, err = json.Marshal(a.body)
		w.must(err)
	}
	q := httptest.NewRequest(method, "/api/v1"+a.path, bytes.NewReader(raw))
	q.Header.Set("Content-Type", kind)
	q.Header.Set("X-Real-IP", w.address())
	token := r.token
	if a.token != "" {
		token = a.token
	}
	if token != "" {
		q.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := w.app.Test(q, 20000)
	w.must(err)
	content, err := io.ReadAll(res.Body)
	w.must(err)
	out := map[string]any{}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") && len(content) > 0 {
		w.must(json.Unmarshal(content, &out))
	}
	return res.StatusCode, out
}
