package dues

import (
	"errors"
	"testing"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

func TestSettings(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		city, branch := w.holder(model.RoleAdmin, "市委"), w.holder(model.RoleAdmin, "甲一支部")
		at := func(org string) Settings {
			t.Helper()
			s, err := w.s.SettingsAt(ctx, city, w.orgs[org].ID)
			must(t, err)
			return s
		}
		t.Run("where nobody has said anything nothing is granted", func(t *testing.T) {
			if s := at("甲一支部"); s.FromOrgID != nil || s.Version != 0 || s.PayForOthers || s.Quarterly || s.CollectionDay != 0 {
				t.Fatalf("got %+v", s)
			}
		})
		committee, err := w.s.Set(ctx, city, w.orgs["甲党委"].ID, SettingsInput{Quarterly: true, CollectionDay: 10})
		must(t, err)
		t.Run("what the committee says counts below it, and says from where", func(t *testing.T) {
			s := at("甲一支部")
			if !s.Quarterly || s.CollectionDay != 10 || *s.FromOrgID != w.orgs["甲党委"].ID || s.FromOrgName != "甲党委" || s.Version != 0 || s.ByName == "" || committee.Version != 1 {
				t.Fatalf("got %+v", s)
			}
			if s := at("乙一支部"); s.FromOrgID != nil {
				t.Fatalf("got %+v", s)
			}
		})
		t.Run("a branch's own settings count whole", func(t *testing.T) {
			_, err := w.s.Set(ctx, branch, w.orgs["甲一支部"].ID, SettingsInput{PayForOthers: true})
			must(t, err)
			if s := at("甲一支部"); !s.PayForOthers || s.Quarterly || s.Version != 1 || *s.FromOrgID != w.orgs["甲一支部"].ID {
				t.Fatalf("got %+v", s)
			}
		})
		t.Run("a stale version is told what counts now", func(t *testing.T) {
			_, err := w.s.Set(ctx, branch, w.orgs["甲一支部"].ID, SettingsInput{Quarterly: true, Version: 0})
			wantFault(t, err, "dues.settings_changed")
			var f *fault.Fault
			errors.As(err, &f)
			if changes := f.Details["changes"].([]Settings); len(changes) != 1 || !changes[0].PayForOthers || f.Details["version"] != int64(1) || changes[0].ByName == "" {
				t.Fatalf("got %+v", f.Details)
			}
			_, err = w.s.Set(ctx, branch, w.orgs["甲一支部"].ID, SettingsInput{Quarterly: true, Version: 1})
			must(t, err)
		})
		t.Run("who collects sees them and does not change them, others find nothing", func(t *testing.T) {
			id := w.orgs["甲一支部"].ID
			for _, test := range []struct {
				v         access.Viewer
				see, work string
			}{{w.holder(model.RoleCollector, "甲一支部"), "", "auth.forbidden"}, {w.holder(model.RoleLeader, "甲一支部"), "not_found", "not_found"},
				{w.holder(model.RoleAdmin, "乙党委"), "not_found", "not_found"}} {
				_, see := w.s.SettingsAt(ctx, test.v, id)
				_, items := w.s.BaseItems(ctx, test.v, id)
				_, set := w.s.Set(ctx, test.v, id, SettingsInput{Version: 2})
				_, choose := w.s.Choose(ctx, test.v, id, ChoicesInput{})
				for code, errs := range map[string][]error{test.see: {see, items}, test.work: {set, choose}} {
					for _, err := range errs {
						if code == "" {
							must(t, err)
						} else {
							wantFault(t, err, code)
						}
					}
				}
			}
		})
		t.Run("choices name from where, and an item that is left out counts as above", func(t *testing.T) {
			id := w.orgs["甲一支部"].ID
			item := func(rows []BaseItem, err error) BaseItem {
				t.Helper()
				must(t, err)
				for _, i := range rows {
					if i.Code == "ANNUITY" {
						return i
					}
				}
				t.Fatal("no item")
				return BaseItem{}
			}
			_, err := w.s.Choose(ctx, city, w.orgs["市委"].ID, ChoicesInput{Items: []ChoiceInput{{"SALARIED", "ANNUITY", "IGNORE"}}})
			must(t, err)
			if i := item(w.s.Choose(ctx, branch, id, ChoicesInput{Items: []ChoiceInput{{"SALARIED", "ANNUITY", "INCLUDE"}}})); i.Treatment != "INCLUDE" || *i.Own != "INCLUDE" || i.Usual != "DEDUCT" {
				t.Fatalf("got %+v", i)
			}
			if i := item(w.s.Choose(ctx, branch, id, ChoicesInput{})); i.Treatment != "IGNORE" || i.Own != nil || i.FromOrgName != "市委" {
				t.Fatalf("got %+v", i)
			}
			for _, bad := range [][]ChoiceInput{{{"STUDENT", "ANNUITY", "IGNORE"}}, {{"SALARIED", "ANNUITY", "IGNORE"}, {"SALARIED", "ANNUITY", "INCLUDE"}}} {
				_, err := w.s.Choose(ctx, branch, id, ChoicesInput{Items: bad})
				wantFault(t, err, "dues.item")
			}
		})
	})
}
