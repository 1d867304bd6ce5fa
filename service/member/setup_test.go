package member_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/member"
	"hongyun/service/notify"
	"hongyun/service/vault"
)

// bundle is the module on a real database, with three branches:
//
//	市委 001 ── 甲委 001001 ── 一支部 001001001, 二支部 001001002
//	        └─ 乙委 001002 ── 三支部 001002001
type bundle struct {
	*member.Service
	t      *testing.T
	ctx    context.Context
	db     *model.DB
	vault  *vault.Vault
	notify *notify.Service
	clock  *modeltest.Clock

	city, alpha, beta, one, two, three model.Org
}

func each(t *testing.T, now string, test func(b *bundle)) {
	t.Helper()
	t.Parallel()
	clock := modeltest.At(now)
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set(now)
		v, err := vault.New([]byte(strings.Repeat("k", vault.KeyBytes)))
		must(t, err)
		n := notify.New(notify.Options{DB: db, Kinds: member.Kinds()})
		b := &bundle{Service: member.New(member.Options{DB: db, Vault: v, Notify: n}), t: t, ctx: t.Context(), db: db, vault: v, notify: n, clock: clock}
		b.create(&model.Account{MPAppID: "mp", OpenID: "holder", CreatedAt: db.Now(), LastLoginAt: db.Now()}) // number 1: whoever has a role
		b.city = b.org(nil, model.OrgCity, "001", "市委")
		b.alpha = b.org(&b.city, model.OrgCommittee, "001001", "甲委")
		b.beta = b.org(&b.city, model.OrgCommittee, "001002", "乙委")
		b.one = b.org(&b.alpha, model.OrgBranch, "001001001", "一支部")
		b.two = b.org(&b.alpha, model.OrgBranch, "001001002", "二支部")
		b.three = b.org(&b.beta, model.OrgBranch, "001002001", "三支部")
		test(b)
	})
}

func (b *bundle) org(parent *model.Org, level, path, name string) model.Org {
	o := model.Org{Type: level, Path: path, Name: name, CreatedAt: b.db.Now()}
	if parent != nil {
		o.ParentID = &parent.ID
	}
	b.create(&o)
	return o
}

// member adds one; change may alter it first.
func (b *bundle) member(org model.Org, name, idNumber string, change func(*model.Member)) model.Member {
	approved, full := model.Date("2010-08-01"), model.Date("2011-07-01")
	m := model.Member{OrgID: org.ID, Name: name, IDSealed: b.vault.Seal(idNumber), IDIndex: b.vault.Index(idNumber),
		PhoneSealed: b.vault.Seal("13800000001"), PhoneIndex: b.vault.Index("13800000001"), Sex: "FEMALE", BornOn: "1980-01-01",
		Status: model.MemberFull, Standing: model.StandingActive, AdmittedOn: "2010-07-01", ApprovedOn: &approved, FullOn: &full,
		CreatedAt: b.db.Now(), UpdatedAt: b.db.Now()}
	if change != nil {
		change(&m)
	}
	b.create(&m)
	return m
}

func (b *bundle) create(row any) {
	b.t.Helper()
	must(b.t, b.db.Tx(b.ctx, func(tx model.Tx) error { return tx.Create(row).Error }))
}

func (b *bundle) count(sql string, args ...any) int64 {
	b.t.Helper()
	var n int64
	must(b.t, b.db.Read(b.ctx).Raw(sql, args...).Scan(&n).Error)
	return n
}

// holder is somebody with a role in an organisation.
func holder(role string, o model.Org) access.Viewer {
	return access.Viewer{AccountID: 1, Grants: []access.Grant{{Role: role, OrgID: o.ID, OrgPath: o.Path, OrgType: o.Type}}}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func refused(t testing.TB, err error, code string) {
	t.Helper()
	var f *fault.Fault
	if !errors.As(err, &f) || f.Code != code {
		t.Fatalf("got %v, want %s", err, code)
	}
}

func equal[T comparable](t testing.TB, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("got %v, want %v", got, want)
	}
}
