package apikey_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/apikey"
	"hongyun/service/fault"
)

func TestKeys(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-20 08:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		redis := redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr()})
		t.Cleanup(func() { _ = redis.Close() })
		ctx, s := t.Context(), apikey.New(db, redis)
		city := model.Org{Type: model.OrgCity, Path: "001", Name: "市委", CreatedAt: db.Now()}
		must(t, db.Read(ctx).Create(&city).Error)
		unit := model.Department{Name: "住建局", CreatedAt: db.Now()}
		must(t, db.Read(ctx).Create(&unit).Error)
		account := model.Account{MPAppID: "wx", OpenID: "admin", CreatedAt: db.Now(), LastLoginAt: db.Now()}
		must(t, db.Read(ctx).Create(&account).Error)
		admin := access.Viewer{AccountID: account.ID, Grants: []access.Grant{{Role: model.RoleAdmin, OrgID: city.ID, OrgPath: city.Path, OrgType: city.Type}}}

		made, err := s.Make(ctx, admin, apikey.Input{Name: "工单系统", DepartmentID: unit.ID})
		must(t, err)
		t.Run("a key is a handler of its unit, under an account of its own", func(t *testing.T) {
			c, err := s.Caller(ctx, made.Key, "203.0.113.7")
			must(t, err)
			if c.AccountID == 0 || c.AccountID == account.ID || c.KeyID != made.ID || c.CityAdmin() || len(c.Departments(model.RoleDepartmentHandler)) != 1 {
				t.Fatalf("%+v", c)
			}
			rows, err := s.Keys(ctx, admin)
			if err != nil || len(rows) != 1 || rows[0].LastUsedOn != "2026-11-20" || !strings.HasPrefix(made.Key, rows[0].Prefix) {
				t.Fatalf("%+v, %v", rows, err)
			}
		})
		t.Run("the key itself is nowhere in the database", func(t *testing.T) {
			var kept model.APIKey
			must(t, db.Read(ctx).Take(&kept).Error)
			if kept.KeyHash == made.Key || strings.Contains(kept.KeyHash, made.Key) || kept.Prefix == made.Key {
				t.Fatalf("%+v", kept)
			}
			var told string
			must(t, db.Read(ctx).Raw("SELECT coalesce(max(after), '') FROM audit_entry WHERE action = 'apikey.make'").Scan(&told).Error)
			if told == "" || strings.Contains(told, made.Key) {
				t.Fatal(told)
			}
		})
		t.Run("only the city makes, lists and revokes them", func(t *testing.T) {
			c, err := s.Caller(ctx, made.Key, "203.0.113.7")
			must(t, err)
			_, err = s.Make(ctx, c.Viewer, apikey.Input{Name: "x", DepartmentID: unit.ID})
			refused(t, err, "auth.forbidden")
			_, err = s.Keys(ctx, c.Viewer)
			refused(t, err, "auth.forbidden")
			_, err = s.Revoke(ctx, c.Viewer, made.ID)
			refused(t, err, "auth.forbidden")
			_, err = s.Make(ctx, admin, apikey.Input{Name: "x", DepartmentID: 999})
			refused(t, err, "apikey.no_department")
		})
		t.Run("what is wrong, revoked or of a closed unit opens nothing", func(t *testing.T) {
			for _, key := range []string{"", "x", made.Key + "a", "hyk_", made.Prefix} {
				_, err := s.Caller(ctx, key, "203.0.113.7")
				refused(t, err, "auth.required")
			}
			must(t, db.Read(ctx).Model(&model.Department{}).Where("id = ?", unit.ID).Update("closed_on", "2026-11-01").Error)
			_, err := s.Caller(ctx, made.Key, "203.0.113.7")
			refused(t, err, "auth.required")
			must(t, db.Read(ctx).Model(&model.Department{}).Where("id = ?", unit.ID).Update("closed_on", nil).Error)
			_, err = s.Revoke(ctx, admin, made.ID)
			must(t, err)
			_, err = s.Caller(ctx, made.Key, "203.0.113.7")
			refused(t, err, "auth.required")
			_, err = s.Revoke(ctx, admin, made.ID)
			refused(t, err, "apikey.revoked")
			_, err = s.Revoke(ctx, admin, 999)
			refused(t, err, "not_found")
		})
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func refused(t *testing.T, err error, code string) {
	t.Helper()
	var f *fault.Fault
	if !errors.As(err, &f) || f.Code != code {
		t.Fatalf("got %v, want %s", err, code)
	}
}
