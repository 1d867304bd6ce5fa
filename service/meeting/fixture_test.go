package meeting

import (
	"context"
	"fmt"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/file"
	"hongyun/service/file/filetest"
	"hongyun/service/notify"
)

// world is a small county:
//
//	德兴市委 ── 甲党委 ─┬─ 甲一总支 ─┬─ 甲一支部
//	         │        │          └─ 甲二支部
//	         │        └─ 甲三支部
//	         ├─ 乙党委 ── 乙一支部
//	         ├─ 丙党委 (no branch)
//	         └─ 直属支部
type world struct {
	t     *testing.T
	db    *model.DB
	s     *Service
	clock *modeltest.Clock
	orgs  map[string]model.Org
	n     int
}

var ctx = context.Background()

func newWorld(t *testing.T, db *model.DB, clock *modeltest.Clock) *world {
	t.Helper()
	w := &world{t: t, db: db, clock: clock, orgs: map[string]model.Org{}}
	w.s = New(db, file.New(db, t.TempDir()), notify.New(notify.Options{DB: db, Kinds: Kinds(), Instance: "test"}))
	w.org("", "001", model.OrgCity, "德兴市委")
	w.org("德兴市委", "001001", model.OrgCommittee, "甲党委")
	w.org("甲党委", "001001001", model.OrgGeneralBranch, "甲一总支")
	w.org("甲一总支", "001001001001", model.OrgBranch, "甲一支部")
	w.org("甲一总支", "001001001002", model.OrgBranch, "甲二支部")
	w.org("甲党委", "001001002", model.OrgBranch, "甲三支部")
	w.org("德兴市委", "001002", model.OrgCommittee, "乙党委")
	w.org("乙党委", "001002001", model.OrgBranch, "乙一支部")
	w.org("德兴市委", "001003", model.OrgCommittee, "丙党委")
	w.org("德兴市委", "001004", model.OrgBranch, "直属支部")
	return w
}

// each runs test in a fresh world on both databases, at nine o'clock on 20 November 2026.
func each(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	t.Parallel()
	clock := modeltest.At("2026-11-20 09:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-11-20 09:00:00")
		test(t, newWorld(t, db, clock))
	})
}

func (w *world) org(parent, path, kind, name string) {
	w.t.Helper()
	o := model.Org{Type: kind, Path: path, Name: name, CreatedAt: w.db.Now()}
	if parent != "" {
		id := w.orgs[parent].ID
		o.ParentID = &id
	}
	w.create(&o)
	w.orgs[name] = o
}

func (w *world) create(row any) {
	w.t.Helper()
	must(w.t, w.db.Read(ctx).Create(row).Error)
}

func (w *world) member(org, name string) model.Member {
	w.t.Helper()
	w.n++
	m := model.Member{OrgID: w.orgs[org].ID, Name: name, IDSealed: "x", IDIndex: fmt.Sprint(w.n), Sex: "MALE", BornOn: "1990-01-01",
		Status: model.MemberFull, Standing: model.StandingActive, AdmittedOn: "2016-07-01", CreatedAt: w.db.Now(), UpdatedAt: w.db.Now()}
	w.create(&m)
	return m
}

// as signs a member in, with the roles granted before.
func (w *world) as(m model.Member) access.Viewer {
	w.t.Helper()
	w.n++
	a := model.Account{MPAppID: "wx1", OpenID: fmt.Sprint(w.n), MemberID: &m.ID, CreatedAt: w.db.Now(), LastLoginAt: w.db.Now()}
	w.create(&a)
	v, err := access.Load(w.db.Read(ctx), a.ID)
	must(w.t, err)
	return v
}

func (w *world) grant(m model.Member, role, org string) {
	w.t.Helper()
	id := w.orgs[org].ID
	w.create(&model.RoleGrant{MemberID: &m.ID, Role: role, OrgID: &id, GrantedAt: w.db.Now()})
}

// holder is a new member of the branch, signed in, with a role in an organisation.
func (w *world) holder(branch, role, org string) access.Viewer {
	w.t.Helper()
	m := w.member(branch, org+role)
	w.grant(m, role, org)
	return w.as(m)
}

func photo(n int) []byte { return filetest.PNG(n) }

func draftOf(w *world, org string) NewInput {
	return NewInput{OrgID: w.orgs[org].ID, Input: Input{Theme: "学习党章", HeldOn: "2026-11-12", Content: "集中学习", Record: "会议记录"}}
}

// ready is a draft of the branch with all five elements; the members were there.
func (w *world) ready(v access.Viewer, org string, members ...model.Member) View {
	w.t.Helper()
	view, err := w.s.Create(ctx, v, draftOf(w, org))
	must(w.t, err)
	in := make([]AttendanceInput, len(members))
	for i, m := range members {
		in[i] = AttendanceInput{m.ID, model.Present}
	}
	_, err = w.s.SetAttendance(ctx, v, view.ID, in)
	must(w.t, err)
	view, err = w.s.AddPhoto(ctx, v, view.ID, "现场.png", photo(int(view.ID)))
	must(w.t, err)
	return view
}

func (w *world) completed(v access.Viewer, org string, members ...model.Member) View {
	w.t.Helper()
	view, err := w.s.Complete(ctx, v, w.ready(v, org, members...).ID)
	must(w.t, err)
	return view
}

func (w *world) count(sql string, args ...any) (n int64) {
	w.t.Helper()
	must(w.t, w.db.Read(ctx).Raw("SELECT coalesce(sum(n), 0) FROM ("+sql+") x", args...).Scan(&n).Error)
	return n
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantFault(t testing.TB, err error, code string) {
	t.Helper()
	if !fault.Is(err, code) {
		t.Fatalf("got %v, want the fault %s", err, code)
	}
}
