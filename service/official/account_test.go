package official

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/fault"
	"hongyun/wechat"
)

func TestOfficialAccounts(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		c := newCounty(t, db, clock)
		in := c.clinicAccount()
		in.Name = "  " + in.Name + " "
		view, err := c.s.Add(ctx, c.admin, in)
		must(t, err)
		if view.CallbackPath != "/wechat/oa/"+clinic || !view.HasSecret || view.DepartmentName != "卫生健康委" || view.Name != "卫健之窗" {
			t.Errorf("%+v", view)
		}
		t.Run("it works at once", func(t *testing.T) {
			app, err := c.s.Credentials(ctx, clinic)
			want := wechat.App{AppID: clinic, Secret: secret, Token: token, AESKey: aesKey, OriginalID: in.OriginalID, Name: "卫健之窗", Kind: wechat.KindService, Authorization: wechat.AuthorizationDirect}
			if err != nil || app != want {
				t.Errorf("%+v %v", app, err)
			}
			if apps, err := c.s.Apps(ctx); err != nil || len(apps) != 1 || apps[0] != want {
				t.Errorf("%+v %v", apps, err)
			}
			for _, other := range []string{"wx0000000000000000", "", "wx", "\x00", "\xff\xfe"} { // the address of a callback holds any byte
				if _, err := c.s.Credentials(ctx, other); !errors.Is(err, wechat.ErrUnknownApp) {
					t.Errorf("unknown appid %q: %v", other, err)
				}
			}
		})
		t.Run("an appid is entered once, also at the same moment", func(t *testing.T) {
			again := c.clinicAccount()
			again.AppID = "wxffff000000000002"
			errs := make([]error, 6)
			var wg sync.WaitGroup
			for i := range errs {
				wg.Go(func() { _, errs[i] = c.s.Add(ctx, c.admin, again) })
			}
			wg.Wait()
			added := 0
			for _, err := range errs {
				if err == nil {
					added++
				} else if !fault.Is(err, "o2o.appid_exists") {
					t.Error(err)
				}
			}
			if added != 1 {
				t.Errorf("added %d times", added)
			}
		})
		t.Run("an update keeps what is left empty and counts from the next call", func(t *testing.T) {
			change := AccountInput{Name: "卫健新窗", DepartmentID: c.roads, Kind: model.AccountSubscription, OriginalID: "gh_ffffffffffff", Token: "AnotherToken"}
			got, err := c.s.Update(ctx, c.admin, view.ID, change)
			must(t, err)
			app, err := c.s.Credentials(ctx, clinic)
			must(t, err)
			if got.Name != "卫健新窗" || got.DepartmentID != c.roads || app.Token != "AnotherToken" || app.Secret != secret || app.AESKey != aesKey || app.Kind != wechat.KindSubscription {
				t.Errorf("%+v %#v", got, app)
			}
			change.AppID = "wxffff000000000009"
			if _, err := c.s.Update(ctx, c.admin, view.ID, change); !fault.Is(err, "o2o.invalid_account") {
				t.Errorf("another appid: %v", err)
			}
			if change.AppID = clinic; second(c.s.Update(ctx, c.admin, view.ID, change)) != nil {
				t.Error("its own appid may be sent along")
			}
			if _, err := c.s.Update(ctx, c.admin, 999, change); !fault.Is(err, "not_found") {
				t.Errorf("no such account: %v", err)
			}
		})
		t.Run("only the city's administrators see or change accounts", func(t *testing.T) {
			for _, v := range []struct {
				name string
				err  error
			}{
				{"leader lists", second(c.s.List(ctx, c.leader))}, {"desk adds", second(c.s.Add(ctx, c.desk, in))},
				{"committee updates", second(c.s.Update(ctx, c.committee, view.ID, in))}, {"handler adds a department", second(c.s.AddDepartment(ctx, c.handler, DepartmentInput{Name: "新单位"}))},
			} {
				if !fault.Is(v.err, "auth.forbidden") {
					t.Errorf("%s: %v", v.name, v.err)
				}
			}
		})
		t.Run("no answer and no audit entry holds a secret", func(t *testing.T) {
			rows, err := c.s.List(ctx, c.admin)
			must(t, err)
			raw, err := json.Marshal(rows)
			must(t, err)
			var trail []model.AuditEntry
			must(t, db.Read(ctx).Find(&trail).Error)
			text := string(raw) + fmt.Sprintf("%+v", trail) + c.log.String()
			for _, s := range []string{secret, token, aesKey, "AnotherToken"} {
				if strings.Contains(text, s) {
					t.Errorf("%q is shown", s)
				}
			}
			if !strings.Contains(text, "o2o.add_official_account") || !strings.Contains(text, `"replaced":["token"]`) {
				t.Error("the audit log does not tell of the account")
			}
		})
	})
}

func TestOfficialAccounts_validation(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	c := newCounty(t, modeltest.SQLite(t, clock.Now), clock)
	for name, spoil := range map[string]func(*AccountInput){
		"appid without wx":          func(in *AccountInput) { in.AppID = "ab0123456789abcdef" },
		"appid too short":           func(in *AccountInput) { in.AppID = "wx0123" },
		"appid with a line break":   func(in *AccountInput) { in.AppID = "wx0123456789ab\ncde" },
		"the mini-program's own":    func(in *AccountInput) { in.AppID = mini },
		"no name":                   func(in *AccountInput) { in.Name = "  " },
		"long name":                 func(in *AccountInput) { in.Name = strings.Repeat("窗", 61) },
		"unknown kind":              func(in *AccountInput) { in.Kind = "mini_program" },
		"original id":               func(in *AccountInput) { in.OriginalID = "0123456789ab" },
		"secret with a blank":       func(in *AccountInput) { in.Secret = "bad secret-value" },
		"no secret":                 func(in *AccountInput) { in.Secret = "" },
		"short token":               func(in *AccountInput) { in.Token = "ab" },
		"token with a sign":         func(in *AccountInput) { in.Token = "bad-token-value" },
		"key of 42":                 func(in *AccountInput) { in.AESKey = aesKey[:42] },
		"key of 44":                 func(in *AccountInput) { in.AESKey = aesKey + "A" },
		"key outside base64":        func(in *AccountInput) { in.AESKey = aesKey[:42] + "-" },
		"a department that is gone": func(in *AccountInput) { in.DepartmentID = 999 },
	} {
		in := c.clinicAccount()
		spoil(&in)
		_, err := c.s.Add(ctx, c.admin, in)
		var f *fault.Fault
		if !errors.As(err, &f) || f.Kind != fault.KindInvalid || f.Details["field"] == nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, s := range []string{secret, token, aesKey[:42], "bad secret-value", "bad-token-value"} {
			if strings.Contains(fmt.Sprint(f.Error(), f.Details), s) {
				t.Errorf("%s: the answer repeats %q", name, s)
			}
		}
	}
}

func TestOfficialAccounts_atRest(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	dir := t.TempDir()
	db, err := model.Open(ctx, model.Options{DataDir: dir, Now: clock.Now})
	must(t, err)
	_, err = db.Migrate(ctx)
	must(t, err)
	c := newCounty(t, db, clock)
	c.addClinic()
	must(t, db.Close())
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	must(t, err)
	var all []byte
	for _, name := range files {
		raw, err := os.ReadFile(name)
		must(t, err)
		all = append(all, raw...)
	}
	if !strings.Contains(string(all), clinic) {
		t.Fatal("the account is not in the files that were searched")
	}
	for _, s := range []string{secret, token, aesKey} {
		if strings.Contains(string(all), s) {
			t.Errorf("the database file holds %q", s)
		}
	}
}
