package access_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// TestScope draws trees and grants: the SQL condition, Covers and the plain
// words of RULES 2.1 must find the same organisations.
func TestScope(t *testing.T) {
	t.Parallel()
	modeltest.Each(t, nil, func(t *testing.T, db *model.DB) {
		ctx := context.Background()
		var paths []string
		for c := range 3 {
			for g := range 3 {
				for b := range 3 {
					paths = append(paths, "001", fmt.Sprintf("001%03d", c+1), fmt.Sprintf("001%03d%03d", c+1, g*99+1), fmt.Sprintf("001%03d%03d%03d", c+1, g*99+1, b+1))
				}
			}
		}
		slices.Sort(paths)
		paths = slices.Compact(paths)
		for _, p := range paths {
			if err := db.Read(ctx).Create(&model.Org{Type: model.OrgBranch, Path: p, Name: p, CreatedAt: db.Now()}).Error; err != nil {
				t.Fatal(err)
			}
		}
		rapid.Check(t, func(t *rapid.T) {
			held := rapid.SliceOfN(rapid.SampledFrom(paths), 0, 3).Draw(t, "held")
			var v access.Viewer
			for _, p := range held {
				v.Grants = append(v.Grants, access.Grant{Role: model.RoleAdmin, OrgPath: p})
			}
			where, args := v.Works().Paths("path")
			var found []string
			if err := db.Read(ctx).Model(&model.Org{}).Where(where, args...).Order("path").Pluck("path", &found).Error; err != nil {
				t.Fatal(err)
			}
			for _, p := range paths {
				want := slices.ContainsFunc(held, func(h string) bool { return len(p) >= len(h) && p[:len(h)] == h })
				if got := slices.Contains(found, p); got != want || v.Works().Covers(p) != want {
					t.Fatalf("%v: %s found %v, covered %v, want %v", held, p, got, v.Works().Covers(p), want)
				}
			}
		})
	})
}

func TestLoad(t *testing.T) {
	t.Parallel()
	modeltest.Each(t, nil, func(t *testing.T, db *model.DB) {
		ctx := context.Background()
		create := func(row any) {
			t.Helper()
			if err := db.Read(ctx).Create(row).Error; err != nil {
				t.Fatal(err)
			}
		}
		org := model.Org{Type: model.OrgCity, Path: "001", Name: "市委", CreatedAt: db.Now()}
		create(&org)
		m := model.Member{OrgID: org.ID, Name: "李明", IDIndex: "x", Sex: "MALE", BornOn: "1980-01-01", Status: model.MemberFull,
			Standing: model.StandingActive, AdmittedOn: "2005-07-01", CreatedAt: db.Now(), UpdatedAt: db.Now()}
		create(&m)
		a := model.Account{MPAppID: "wx", OpenID: "o", MemberID: &m.ID, CreatedAt: db.Now(), LastLoginAt: db.Now()}
		create(&a)
		g := model.RoleGrant{MemberID: &m.ID, Role: model.RoleAdmin, OrgID: &org.ID, GrantedAt: db.Now()}
		create(&g)
		load := func() access.Viewer {
			t.Helper()
			v, err := access.Load(db.Read(ctx), a.ID)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		if v := load(); v.MemberID != m.ID || v.Name != "李明" || !v.CityAdmin() || access.CityAdmin.Check(v) != nil {
			t.Errorf("%+v", v)
		}
		t.Run("a role that is revoked is gone at once", func(t *testing.T) {
			if err := db.Read(ctx).Model(&g).Update("revoked_at", db.Now()).Error; err != nil {
				t.Fatal(err)
			}
			if v := load(); v.CityAdmin() || !fault.Is(access.Admin.Check(v), "auth.forbidden") {
				t.Errorf("%+v", v)
			}
		})
		t.Run("who is no active member any more holds no role", func(t *testing.T) {
			create(&model.RoleGrant{MemberID: &m.ID, Role: model.RoleAdmin, OrgID: &org.ID, GrantedAt: db.Now()})
			if v := load(); !v.CityAdmin() {
				t.Fatalf("%+v", v)
			}
			create(&model.RoleGrant{AccountID: &a.ID, Role: model.RoleAdmin, OrgID: &org.ID, GrantedAt: db.Now()})
			for _, standing := range []string{model.StandingSuspended, model.StandingRemoved, model.StandingDeceased, model.StandingTransferred} {
				if err := db.Read(ctx).Model(&m).Update("standing", standing).Error; err != nil {
					t.Fatal(err)
				}
				if v := load(); v.CityAdmin() || v.MemberID != 0 {
					t.Errorf("%s: %+v", standing, v)
				}
			}
		})
		t.Run("an account that is gone is nobody", func(t *testing.T) {
			if _, err := access.Load(db.Read(ctx), a.ID+1); !fault.Is(err, "auth.required") {
				t.Error(err)
			}
		})
	})
}
