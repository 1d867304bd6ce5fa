package org_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/org"
)

// tree is 市委 001 ── 甲委 001001 ── 总支 001001001 ── 一支部 001001001001
//
//	│            └─ 二支部 001001002
//	└─ 乙委 001002 ── 三支部 001002001, and one that was dissolved
type tree struct {
	*org.Service
	t  *testing.T
	db *model.DB
	by map[string]model.Org
}

func each(t *testing.T, test func(b *tree)) {
	t.Helper()
	t.Parallel()
	modeltest.Each(t, modeltest.At("2026-11-20 08:00:00").Now, func(t *testing.T, db *model.DB) {
		b := &tree{Service: org.New(org.Options{DB: db}), t: t, db: db, by: map[string]model.Org{}}
		for _, o := range []struct{ parent, level, path, name string }{
			{"", model.OrgCity, "001", "市委"},
			{"市委", model.OrgCommittee, "001001", "甲委"},
			{"甲委", model.OrgGeneralBranch, "001001001", "总支"},
			{"总支", model.OrgBranch, "001001001001", "一支部"},
			{"甲委", model.OrgBranch, "001001002", "二支部"},
			{"市委", model.OrgCommittee, "001002", "乙委"},
			{"乙委", model.OrgBranch, "001002001", "三支部"},
			{"乙委", model.OrgBranch, "001002002", "旧支部"},
		} {
			row := model.Org{Type: o.level, Path: o.path, Name: o.name, CreatedAt: db.Now()}
			if parent, ok := b.by[o.parent]; ok {
				row.ParentID = &parent.ID
			}
			if o.name == "旧支部" {
				ended := model.Date("2026-01-01")
				row.DissolvedOn = &ended
			}
			b.create(&row)
			b.by[o.name] = row
		}
		test(b)
	})
}

func (b *tree) create(row any) {
	b.t.Helper()
	must(b.t, b.db.Tx(b.t.Context(), func(tx model.Tx) error { return tx.Create(row).Error }))
}

func (b *tree) member(at, standing, status string) {
	n := fmt.Sprint(b.t.Name(), len(b.by), at, standing, status)
	b.create(&model.Member{OrgID: b.by[at].ID, Name: "某", IDSealed: n, IDIndex: n, Sex: "MALE", BornOn: "1980-01-01",
		Status: status, Standing: standing, AdmittedOn: "2010-07-01", CreatedAt: b.db.Now(), UpdatedAt: b.db.Now()})
}

func (b *tree) holder(role, at string) access.Viewer {
	o := b.by[at]
	return access.Viewer{AccountID: 1, Grants: []access.Grant{{Role: role, OrgID: o.ID, OrgPath: o.Path, OrgType: o.Type}}}
}

func (b *tree) plain(at string) access.Viewer {
	return access.Viewer{AccountID: 1, MemberID: 1, OrgID: b.by[at].ID, OrgPath: b.by[at].Path}
}

func TestOrgs(t *testing.T) {
	each(t, func(b *tree) {
		for _, c := range []struct {
			name  string
			v     access.Viewer
			f     org.Filter
			names string
		}{
			{"the city sees the whole tree in its order, without what was dissolved", b.holder(model.RoleLeader, "市委"), org.Filter{}, "市委 甲委 总支 一支部 二支部 乙委 三支部"},
			{"a committee sees itself and below", b.holder(model.RoleAdmin, "甲委"), org.Filter{}, "甲委 总支 一支部 二支部"},
			{"a branch neither up nor sideways", b.holder(model.RoleAdmin, "一支部"), org.Filter{}, "一支部"},
			{"a member the own branch alone", b.plain("一支部"), org.Filter{}, "一支部"},
			{"a citizen nothing", access.Viewer{AccountID: 1}, org.Filter{}, ""},
			{"a department nothing", access.Viewer{AccountID: 1, Grants: []access.Grant{{Role: model.RoleDepartmentLeader, DepartmentID: 1}}}, org.Filter{}, ""},
			{"directly below", b.holder(model.RoleLeader, "市委"), org.Filter{ParentID: b.by["甲委"].ID}, "总支 二支部"},
			{"the subtree below", b.holder(model.RoleLeader, "市委"), org.Filter{Under: b.by["甲委"].ID}, "总支 一支部 二支部"},
			{"one type", b.holder(model.RoleLeader, "市委"), org.Filter{Type: model.OrgBranch}, "一支部 二支部 三支部"},
			{"below a foreign parent nothing", b.holder(model.RoleAdmin, "甲委"), org.Filter{ParentID: b.by["乙委"].ID}, ""},
		} {
			b.t.Run(c.name, func(t *testing.T) {
				rows, total, err := b.Orgs(t.Context(), c.v, c.f, 0, 100)
				must(t, err)
				var names []string
				for _, r := range rows {
					names = append(names, r.Name)
				}
				equal(t, strings.Join(names, " "), c.names)
				equal(t, total, int64(len(rows)))
			})
		}
		b.t.Run("a foreign subtree is not found", func(t *testing.T) {
			_, _, err := b.Orgs(t.Context(), b.holder(model.RoleAdmin, "甲委"), org.Filter{Under: b.by["乙委"].ID}, 0, 100)
			notFound(t, err)
		})
		b.t.Run("a part of the list", func(t *testing.T) {
			rows, total, err := b.Orgs(t.Context(), b.holder(model.RoleLeader, "市委"), org.Filter{}, 1, 2)
			must(t, err)
			equal(t, total, 7)
			equal(t, rows[0].Name+rows[1].Name, "甲委总支")
			equal(t, rows[0].Children, 2)
		})
	})
}

func TestCard(t *testing.T) {
	each(t, func(b *tree) {
		for _, at := range []string{"一支部", "二支部", "三支部"} {
			b.member(at, model.StandingActive, model.MemberFull)
			b.member(at, model.StandingActive, model.MemberProbationary)
			b.member(at, model.StandingSuspended, model.MemberFull)
			b.member(at, model.StandingRemoved, model.MemberFull)
		}
		org1 := b.by["甲委"].ID
		account := model.Account{MPAppID: "mp", OpenID: "o", CreatedAt: b.db.Now(), LastLoginAt: b.db.Now()}
		b.create(&account)
		b.create(&model.RoleGrant{AccountID: &account.ID, Role: model.RoleAdmin, OrgID: &org1, GrantedAt: b.db.Now()})
		b.t.Run("counts the subtree", func(t *testing.T) {
			c, err := b.Card(t.Context(), b.holder(model.RoleLeader, "市委"), org1)
			must(t, err)
			equal(t, c.Name, "甲委")
			equal(t, c.Members, org.Members{Total: 4, Full: 2, Probationary: 2, Suspended: 2})
			equal(t, c.Orgs, org.Below{GeneralBranches: 1, Branches: 2})
			equal(t, c.Admins, 1)
		})
		b.t.Run("branches add up to the city", func(t *testing.T) {
			city, err := b.Card(t.Context(), b.holder(model.RoleLeader, "市委"), b.by["市委"].ID)
			must(t, err)
			var sum int64
			for _, at := range []string{"一支部", "二支部", "三支部"} {
				c, err := b.Card(t.Context(), b.holder(model.RoleLeader, "市委"), b.by[at].ID)
				must(t, err)
				sum += c.Members.Total
			}
			equal(t, city.Members.Total, sum)
			equal(t, city.Orgs, org.Below{Committees: 2, GeneralBranches: 1, Branches: 3})
		})
		b.t.Run("a member opens the card of the own branch and no other", func(t *testing.T) {
			c, err := b.Card(t.Context(), b.plain("一支部"), b.by["一支部"].ID)
			must(t, err)
			equal(t, c.Members.Total, 2)
			for _, other := range []string{"总支", "甲委", "市委", "二支部", "三支部"} {
				_, err := b.Card(t.Context(), b.plain("一支部"), b.by[other].ID)
				notFound(t, err)
			}
		})
		b.t.Run("what was dissolved is not found", func(t *testing.T) {
			_, err := b.Card(t.Context(), b.holder(model.RoleLeader, "市委"), b.by["旧支部"].ID)
			notFound(t, err)
		})
	})
}

func notFound(t testing.TB, err error) {
	t.Helper()
	var f *fault.Fault
	if !errors.As(err, &f) || f.Kind != fault.KindNotFound {
		t.Fatalf("got %v, want not found", err)
	}
}

func must(t rapid.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T comparable](t testing.TB, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("got %v, want %v", got, want)
	}
}
