package development

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/file"
	"hongyun/service/notify"
	"hongyun/service/vault"
)

// world is a small county:
//
//	市委 001 ─┬─ 甲党委 001001 ─┬─ 总支 001001001 ── 一支部 001001001001
//	         │                └─ 二支部 001001002
//	         └─ 乙党委 001002 ── 三支部 001002001
type world struct {
	t     testing.TB
	db    *model.DB
	s     *Service
	vault *vault.Vault
	clock *modeltest.Clock
	orgs  map[string]model.Org
	n     int

	branch, committee, general, city, leader access.Viewer
	full                                     []model.Member // of 一支部: five
}

var ctx = context.Background()

func newWorld(t testing.TB, db *model.DB, clock *modeltest.Clock) *world {
	t.Helper()
	v, err := vault.New([]byte(strings.Repeat("k", vault.KeyBytes)))
	must(t, err)
	w := &world{t: t, db: db, vault: v, clock: clock, orgs: map[string]model.Org{}}
	w.s = New(Options{DB: db, Vault: v, Papers: file.New(db, t.TempDir()).Sealed(v), Notify: notify.New(notify.Options{DB: db, Kinds: Kinds(), Instance: "test"})})
	w.org("", "001", model.OrgCity, "市委")
	w.org("市委", "001001", model.OrgCommittee, "甲党委")
	w.org("甲党委", "001001001", model.OrgGeneralBranch, "总支")
	w.org("总支", "001001001001", model.OrgBranch, "一支部")
	w.org("甲党委", "001001002", model.OrgBranch, "二支部")
	w.org("市委", "001002", model.OrgCommittee, "乙党委")
	w.org("乙党委", "001002001", model.OrgBranch, "三支部")
	for i := range 5 {
		w.full = append(w.full, w.member("一支部", fmt.Sprint("正式", i+1)))
	}
	w.branch = w.holder("一支部", model.RoleAdmin, "一支部")
	w.committee = w.holder("二支部", model.RoleAdmin, "甲党委")
	w.general = w.holder("二支部", model.RoleAdmin, "总支")
	w.city = w.holder("二支部", model.RoleAdmin, "市委")
	w.leader = w.holder("二支部", model.RoleLeader, "甲党委")
	return w
}

// each runs test in a fresh world on both databases.
func each(t *testing.T, now string, test func(t *testing.T, w *world)) {
	t.Helper()
	t.Parallel()
	modeltest.Each(t, modeltest.At(now).Now, func(t *testing.T, db *model.DB) {
		t.Parallel()
		clock := modeltest.At(now)
		test(t, newWorld(t, db.At(clock.Now), clock))
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

// member is a full member since 2011 of a branch.
func (w *world) member(org, name string) model.Member {
	w.t.Helper()
	w.n++
	full := model.Date("2011-07-01")
	m := model.Member{OrgID: w.orgs[org].ID, Name: name, IDSealed: w.vault.Seal("x"), IDIndex: fmt.Sprint(w.n), Sex: "MALE", BornOn: "1980-01-01", Education: "高中",
		Status: model.MemberFull, Standing: model.StandingActive, AdmittedOn: "2010-07-01", FullOn: &full, CreatedAt: w.db.Now(), UpdatedAt: w.db.Now(), Version: 1}
	w.create(&m)
	w.create(&model.MemberSpan{MemberID: m.ID, OrgID: m.OrgID, FromOn: "2010-07-01", Reason: model.SpanFirst})
	return m
}

// holder is a new member of the branch, signed in, with a role in an organisation. He or she has no vote: the numbers of
// the tests are those of the five.
func (w *world) holder(branch, role, org string) access.Viewer {
	w.t.Helper()
	m := w.member(branch, org+role)
	must(w.t, w.db.Read(ctx).Model(&model.Member{}).Where("id = ?", m.ID).Update("watched_until", "2099-01-01").Error)
	id := w.orgs[org].ID
	w.create(&model.RoleGrant{MemberID: &m.ID, Role: role, OrgID: &id, GrantedAt: w.db.Now()})
	w.n++
	a := model.Account{MPAppID: "wx1", OpenID: fmt.Sprint(w.n), MemberID: &m.ID, CreatedAt: w.db.Now(), LastLoginAt: w.db.Now()}
	w.create(&a)
	v, err := access.Load(w.db.Read(ctx), a.ID)
	must(w.t, err)
	return v
}

// identity is a number of somebody born on a day; n makes it another person.
func identity(born model.Date, n int) string {
	number := "361199" + strings.ReplaceAll(string(born), "-", "") + fmt.Sprintf("%03d", n)
	weights := []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, weight := range weights {
		sum += int(number[i]-'0') * weight
	}
	return number + string("10X98765432"[sum%11])
}

// apply begins a course of a woman born in 1995 in 一支部.
func (w *world) apply(on model.Date) Detail {
	w.t.Helper()
	w.n++
	d, err := w.s.Begin(ctx, w.branch, ApplyInput{OrgID: w.orgs["一支部"].ID, IDNumber: identity(model.Date("1995-03-05").AddDays(w.n/400), 2*(w.n%400)), AppliedOn: on,
		Person: Person{Name: "李小明", Phone: "13800000001", Education: "大学本科"}})
	must(w.t, err)
	return d
}

// as takes a step in the newest version of the course, with all papers that it asks for.
func (w *world) as(v access.Viewer, id int64, in StepInput) (Detail, error) {
	w.t.Helper()
	w.papers(id, in.Code)
	if in.Version == 0 {
		in.Version = w.course(id).Version
	}
	return w.s.Take(ctx, v, id, in)
}

// take does what as does and wants it done: by the branch or the committee, as the table says.
func (w *world) take(id int64, in StepInput) Detail {
	w.t.Helper()
	v := w.branch
	if t, _ := transitionOf(in.Code); t.Level == model.LevelCommittee {
		v = w.committee
	}
	d, err := w.as(v, id, in)
	if err != nil {
		w.t.Fatalf("%s on %s: %v", in.Code, in.OnDay, err)
	}
	return d
}

func (w *world) course(id int64) model.Development {
	w.t.Helper()
	var d model.Development
	must(w.t, w.db.Read(ctx).Where("id = ?", id).Take(&d).Error)
	return d
}

// papers uploads whatever a step asks for.
func (w *world) papers(id int64, code string) {
	w.t.Helper()
	if code == FullMeeting {
		code = BecomeFull
	}
	w.clock.Add(time.Second) // what serves a step comes after the last taking of it
	defer w.clock.Add(time.Second)
	var kinds []string
	must(w.t, w.db.Read(ctx).Raw("SELECT kind FROM development_paper WHERE step = ?", code).Scan(&kinds).Error)
	for _, kind := range kinds {
		w.n++
		f := model.File{SHA256: fmt.Sprint(w.n), MIME: "application/pdf", Bytes: 1, Name: kind, CreatedAt: w.db.Now()}
		w.create(&f)
		w.create(&model.DevelopmentDocument{DevelopmentID: id, Kind: kind, Step: code, FileID: f.ID, At: w.db.Now()})
	}
}

// ballot is a vote of the five: yes, and the rest no.
func ballot(code string, on model.Date, present, yes int64) StepInput {
	return StepInput{Code: code, OnDay: on, Here: true, Present: present, Yes: yes, No: present - yes}
}

func (w *world) sponsors(code string, on model.Date, members ...model.Member) StepInput {
	in := StepInput{Code: code, OnDay: on}
	for _, m := range members {
		in.Members = append(in.Members, MemberID{m.ID})
	}
	return in
}

// Ways through the course, under DEV2026 unless the days say otherwise.

// activist takes a course to T2a.
func (w *world) activist(applied, on model.Date) int64 {
	w.t.Helper()
	id := w.apply(applied).ID
	w.take(id, StepInput{Code: Talk, OnDay: applied.AddDays(10)})
	w.take(id, StepInput{Code: BecomeActivist, OnDay: on, FiledOn: on})
	w.take(id, w.sponsors(AssignContacts, on, w.full[0], w.full[1]))
	return id
}

// candidate goes on to T3: consent, notice of five working days, decision on the day after.
func (w *world) candidate(applied, activist, consent model.Date) int64 {
	w.t.Helper()
	id := w.activist(applied, activist)
	w.take(id, StepInput{Code: Consent, OnDay: consent})
	d := w.take(id, StepInput{Code: OpenNotice, OnDay: consent})
	w.take(id, StepInput{Code: CloseNotice, OnDay: d.Notice.EndsOn})
	w.take(id, StepInput{Code: BecomeCandidate, OnDay: d.Notice.EndsOn.AddDays(1)})
	return id
}

// reviewed goes on to T4d.
func (w *world) reviewed(id int64, on model.Date) {
	w.t.Helper()
	w.take(id, w.sponsors(ChooseIntroducer, on, w.full[0], w.full[1]))
	w.take(id, StepInput{Code: Review, OnDay: on})
	w.take(id, StepInput{Code: Train, OnDay: on, Days: 3})
	w.take(id, StepInput{Code: PreReview, OnDay: on})
}

// probationer goes the whole way to T6: applied 2024-06-01, admitted and approved on the given days.
func (w *world) probationer(admitted, approved model.Date) int64 {
	w.t.Helper()
	id := w.candidate("2024-06-01", "2024-07-01", admitted.AddDays(-40))
	w.reviewed(id, admitted.AddDays(-5))
	w.take(id, ballot(Admit, admitted, 5, 5))
	w.take(id, StepInput{Code: Approve, OnDay: approved})
	return id
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

func equal[T comparable](t testing.TB, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("got %v, want %v", got, want)
	}
}

func (w *world) count(query string, args ...any) (n int64) {
	w.t.Helper()
	must(w.t, w.db.Read(ctx).Raw(query, args...).Scan(&n).Error)
	return n
}
