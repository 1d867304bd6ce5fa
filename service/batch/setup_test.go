package batch_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/batch"
	"hongyun/service/fault"
	"hongyun/service/file"
	"hongyun/service/member"
	"hongyun/service/notify"
	"hongyun/service/sheet"
	"hongyun/service/vault"
)

// lease is short enough for a clock to pass, and long enough for no ticker to fire.
const lease = time.Minute

// world is imports and exports of the roster on a real database:
//
//	市委 001 ── 甲委 001001 ── 一支部 001001001, 二支部 001001002, 同名支部 twice
//	        └─ 乙委 001002 ── 三支部 001002001
type world struct {
	t       testing.TB
	ctx     context.Context
	db      *model.DB
	dir     string
	vault   *vault.Vault
	members *member.Service
	s       *batch.Service
	orgs    map[string]model.Org
	n       int

	city, alpha, beta, leader access.Viewer
}

func each(t *testing.T, test func(w *world, clock *modeltest.Clock)) {
	t.Helper()
	t.Parallel()
	modeltest.Each(t, modeltest.At("2026-11-20 09:00:00").Now, func(t *testing.T, db *model.DB) {
		clock := modeltest.At("2026-11-20 09:00:00")
		test(newWorld(t, db.At(clock.Now)), clock)
	})
}

func newWorld(t testing.TB, db *model.DB) *world {
	t.Helper()
	w := &world{t: t, ctx: t.Context(), db: db, dir: t.TempDir(), orgs: map[string]model.Org{}}
	var err error
	w.vault, err = vault.New([]byte(strings.Repeat("k", vault.KeyBytes)))
	w.must(err)
	w.members = member.New(member.Options{DB: db, Vault: w.vault, Notify: notify.New(notify.Options{DB: db, Kinds: member.Kinds(), Instance: "test"})})
	w.s = w.instance("one", nil)
	for _, o := range []struct{ above, level, path, name, code string }{{"", model.OrgCity, "001", "市委", ""}, {"市委", model.OrgCommittee, "001001", "甲委", ""},
		{"市委", model.OrgCommittee, "001002", "乙委", ""}, {"甲委", model.OrgBranch, "001001001", "一支部", "DX0001"}, {"甲委", model.OrgBranch, "001001002", "二支部", ""},
		{"甲委", model.OrgBranch, "001001003", "同名支部", "DX0003"}, {"甲委", model.OrgBranch, "001001004", "同名支部", "DX0004"}, {"乙委", model.OrgBranch, "001002001", "三支部", ""}} {
		row := model.Org{Type: o.level, Path: o.path, Name: o.name, CreatedAt: db.Now()}
		if above, ok := w.orgs[o.above]; ok {
			row.ParentID = &above.ID
		}
		if o.code != "" {
			row.OfficialCode = &o.code
		}
		w.create(&row)
		w.orgs[o.name] = row
	}
	w.city, w.alpha, w.beta = w.holder("市委", model.RoleAdmin), w.holder("甲委", model.RoleAdmin), w.holder("乙委", model.RoleAdmin)
	w.leader = w.holder("甲委", model.RoleLeader)
	return w
}

// instance is one of several that share the database. wrap may stand between it and the roster.
func (w *world) instance(name string, wrap func(*batch.Importer)) *batch.Service {
	return w.sized(name, 100, wrap)
}

// sized is an instance that takes so many rows together; 0 is the usual number.
func (w *world) sized(name string, chunk int, wrap func(*batch.Importer)) *batch.Service {
	importers := w.members.Importers()
	if wrap != nil {
		wrap(&importers[0])
	}
	return batch.New(batch.Options{DB: w.db, Files: file.New(w.db, w.dir).Sealed(w.vault), Vault: w.vault, Importers: importers, Exporters: w.members.Exporters(), Instance: name,
		Lease: lease, Chunk: chunk})
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) create(row any) {
	w.t.Helper()
	w.must(w.db.Read(w.ctx).Create(row).Error)
}

func (w *world) exec(sql string, args ...any) int64 {
	w.t.Helper()
	n, err := model.Exec(w.db.Read(w.ctx), sql, args...)
	w.must(err)
	return n
}

func (w *world) count(sql string, args ...any) (n int64) {
	w.t.Helper()
	w.must(w.db.Read(w.ctx).Raw("SELECT count(*) FROM "+sql, args...).Scan(&n).Error)
	return n
}

// holder is a member of 三支部 with an account and roles in an organisation.
func (w *world) holder(org string, roles ...string) access.Viewer {
	w.t.Helper()
	w.n++
	number := idNumber(900_000 + w.n)
	m := model.Member{OrgID: w.orgs["三支部"].ID, Name: fmt.Sprintf("干部%d", w.n), IDSealed: w.vault.Seal(number), IDIndex: w.vault.Index(number), Sex: "MALE",
		BornOn: "1980-01-01", Status: model.MemberFull, Standing: model.StandingActive, AdmittedOn: "2005-07-01", CreatedAt: w.db.Now(), UpdatedAt: w.db.Now()}
	w.create(&m)
	a := model.Account{MPAppID: "wx", OpenID: m.Name, MemberID: &m.ID, CreatedAt: w.db.Now(), LastLoginAt: w.db.Now()}
	w.create(&a)
	id := w.orgs[org].ID
	for _, role := range roles {
		w.create(&model.RoleGrant{MemberID: &m.ID, Role: role, OrgID: &id, GrantedAt: w.db.Now()})
	}
	return w.reload(a.ID)
}

func (w *world) reload(account int64) access.Viewer {
	w.t.Helper()
	v, err := access.Load(w.db.Read(w.ctx), account)
	w.must(err)
	return v
}

// idNumber is a valid identity number of the unassigned area 361199, born on 1990-01-01 and later.
func idNumber(n int) string {
	born := time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n/900)
	first := fmt.Sprintf("361199%s%03d", born.Format("20060102"), n%900+1)
	sum := 0
	for i, weight := range [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(first[i]-'0') * weight
	}
	return first + string("10X98765432"[sum%11])
}

// person is a good row.
func person(n int, changes ...string) map[string]string {
	row := map[string]string{"name": "李小明", "id_number": idNumber(n), "status": "正式党员", "org": "一支部", "admitted_on": "1990.07.01", "full_on": "1991/7/1",
		"education": "大专", "phone": fmt.Sprintf("138%08d", n), "address": "德兴市银城街道某某路"}
	for i := 0; i < len(changes); i += 2 {
		row[changes[i]] = changes[i+1]
	}
	return row
}

func people(from, to int) (rows []map[string]string) {
	for n := from; n < to; n++ {
		rows = append(rows, person(n))
	}
	return rows
}

// book is a workbook as somebody fills it in.
func (w *world) book(rows ...map[string]string) []byte {
	w.t.Helper()
	spec, _, err := w.members.Importers()[0].Spec(w.db.Read(w.ctx))
	w.must(err)
	var b bytes.Buffer
	out, err := sheet.NewWriter(&b, spec, "")
	w.must(err)
	for _, r := range rows {
		cells := make([]string, len(spec.Columns))
		for i, c := range spec.Columns {
			cells[i] = r[c.Key]
		}
		w.must(out.Row(cells, false))
	}
	w.must(out.Close())
	return b.Bytes()
}

func (w *world) upload(v access.Viewer, org string, body []byte) batch.ImportView {
	w.t.Helper()
	view, err := w.s.Upload(w.ctx, v, member.KindMembers, w.orgs[org].ID, "名册.xlsx", body)
	w.must(err)
	return view
}

// work lets an instance work until nothing waits.
func (w *world) work(s *batch.Service) {
	w.t.Helper()
	for {
		n, err := s.Work(w.ctx)
		w.must(err)
		if n == 0 {
			return
		}
	}
}

// checked uploads and lets it be checked.
func (w *world) checked(v access.Viewer, org string, rows ...map[string]string) batch.ImportDetail {
	w.t.Helper()
	id := w.upload(v, org, w.book(rows...)).ID
	w.work(w.s)
	return w.look(v, id)
}

func (w *world) look(v access.Viewer, id int64) batch.ImportDetail {
	w.t.Helper()
	d, err := w.s.Import(w.ctx, v, id)
	w.must(err)
	return d
}

// imported uploads good rows and imports them.
func (w *world) imported(v access.Viewer, org string, rows ...map[string]string) batch.ImportDetail {
	w.t.Helper()
	d := w.checked(v, org, rows...)
	_, err := w.s.StartImport(w.ctx, v, d.ID, false)
	w.must(err)
	w.work(w.s)
	return w.look(v, d.ID)
}

func (w *world) state(d batch.ImportDetail, want string) {
	w.t.Helper()
	if d.State != want {
		w.t.Fatalf("state %s, want %s: %+v", d.State, want, d)
	}
}

func (w *world) refused(err error, code string) *fault.Fault {
	w.t.Helper()
	var f *fault.Fault
	if !errors.As(err, &f) || f.Code != code {
		w.t.Fatalf("got %v, want %s", err, code)
	}
	return f
}

// body reads what a download gives.
func (w *world) body(_ model.File, content io.ReadCloser, err error) []byte {
	w.t.Helper()
	w.must(err)
	b, err := io.ReadAll(content)
	w.must(errors.Join(err, content.Close()))
	return b
}

// rows reads a workbook of the form.
func (w *world) rows(body []byte) (rows []sheet.Row) {
	w.t.Helper()
	spec, _, err := w.members.Importers()[0].Spec(w.db.Read(w.ctx))
	w.must(err)
	w.must(sheet.ReadAt(w.ctx, bytes.NewReader(body), int64(len(body)), sheet.Limits{}, spec, func(r sheet.Row) error { rows = append(rows, r); return nil }))
	return rows
}

// run is a part of the test: what fails in it, fails there.
func (w *world) run(sentence string, part func(t *testing.T)) {
	whole := w.t.(*testing.T)
	whole.Run(sentence, func(t *testing.T) {
		w.t = t
		defer func() { w.t = whole }()
		part(t)
	})
}
