package rule_test

import (
	"errors"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/rule"
)

func each(t *testing.T, test func(t *testing.T, db *model.DB)) {
	t.Helper()
	t.Parallel()
	modeltest.Each(t, modeltest.At("2026-11-20 08:00:00").Now, test)
}

func load(t *testing.T, db *model.DB, family string, day model.Date) rule.Set {
	t.Helper()
	s, err := rule.Load(db.Read(t.Context()), family, day)
	must(t, err)
	return s
}

func add(t *testing.T, db *model.DB, rows ...model.RuleValue) {
	t.Helper()
	must(t, db.Read(t.Context()).Create(&rows).Error)
}

func TestSet(t *testing.T) {
	each(t, func(t *testing.T, db *model.DB) {
		add(t, db,
			model.RuleValue{Family: "org", Code: "X", Value: 1, EffectiveFrom: "2020-01-01", Clause: "一"},
			model.RuleValue{Family: "org", Code: "X", Value: 2, EffectiveFrom: "2025-01-01", Clause: "二", RuleSet: "NEW"},
			model.RuleValue{Family: "org", Code: "X", Variant: "BRANCH", Value: 10, EffectiveFrom: "2023-01-01", Clause: "三"},
			model.RuleValue{Family: "org", Code: "X", Variant: "BRANCH/农村", Value: 20, EffectiveFrom: "2025-06-01", Clause: "四"},
			model.RuleValue{Family: "member", Code: "X", Value: 99, EffectiveFrom: "2020-01-01", Clause: "别的类别"})
		for _, c := range []struct {
			name     string
			day      model.Date
			variants []string
			want     int
		}{
			{"the edition in force on the day", "2024-12-31", nil, 1},
			{"the next one from its first day on", "2025-01-01", nil, 2},
			{"before the first edition the first one counts", "2001-01-01", nil, 1},
			{"a variant beats the number for all", "2025-01-01", []string{"BRANCH"}, 10},
			{"the nearest variant beats the wider one", "2025-06-01", []string{"BRANCH/农村", "BRANCH"}, 20},
			{"a variant that came later does not count before", "2025-05-31", []string{"BRANCH/农村", "BRANCH"}, 10},
			{"nor before what counts for all", "2022-12-31", []string{"BRANCH/农村", "BRANCH"}, 1},
			{"before every edition the nearest variant's first one counts", "2001-01-01", []string{"BRANCH/农村"}, 20},
			{"an unknown variant takes the number for all", "2025-01-01", []string{"CITY"}, 2},
		} {
			t.Run(c.name, func(t *testing.T) {
				equal(t, load(t, db, "org", c.day).Int("X", c.variants...), c.want)
				equal(t, load(t, db, "org", "1999-01-01").On(c.day).Int("X", c.variants...), c.want)
			})
		}
		t.Run("a code that the table does not know is 0", func(t *testing.T) {
			equal(t, load(t, db, "org", "2025-01-01").Int("Y", "BRANCH"), 0)
		})
		t.Run("says its edition and its clause", func(t *testing.T) {
			s := load(t, db, "org", "2025-01-01")
			equal(t, s.Edition("X"), "NEW")
			equal(t, s.Clause("X", "BRANCH"), "三")
		})
		t.Run("development is judged by the edition of its day", func(t *testing.T) {
			s := load(t, db, model.RulesDevelopment, "2026-05-17")
			equal(t, s.Edition("NOTICE_WORKING_DAYS"), "DEV2014")
			equal(t, s.Int("NOTICE_WORKING_DAYS"), 0)
			s = s.On("2026-05-18")
			equal(t, s.Edition("NOTICE_WORKING_DAYS"), "DEV2026")
			equal(t, s.Int("NOTICE_WORKING_DAYS"), 5)
		})
	})
}

func TestService_SetValue(t *testing.T) {
	each(t, func(t *testing.T, db *model.DB) {
		s := rule.New(db)
		account := model.Account{MPAppID: "mp", OpenID: "o", CreatedAt: db.Now(), LastLoginAt: db.Now()}
		must(t, db.Read(t.Context()).Create(&account).Error)
		v := access.Viewer{AccountID: account.ID}
		in := rule.Input{Family: "org", Code: "BRANCH_MEMBERS_MOST", Value: 60, EffectiveFrom: "2027-01-01", Clause: "新规定"}
		t.Run("counts from its day on, and not before", func(t *testing.T) {
			row, err := s.SetValue(t.Context(), v, in)
			must(t, err)
			equal(t, row.Value, 60)
			equal(t, load(t, db, "org", "2026-12-31").Int(in.Code), 50)
			equal(t, load(t, db, "org", "2027-01-01").Int(in.Code), 60)
			var entry model.AuditEntry
			must(t, db.Read(t.Context()).Where("action = 'rule.set'").Take(&entry).Error)
			equal(t, entry.ObjectID, row.ID)
		})
		t.Run("entered again for the same day it replaces what was entered", func(t *testing.T) {
			again := in
			again.Value = 70
			_, err := s.SetValue(t.Context(), v, again)
			must(t, err)
			equal(t, load(t, db, "org", "2027-01-01").Int(in.Code), 70)
			rows, err := s.Values(t.Context(), "org")
			must(t, err)
			n := 0
			for _, r := range rows {
				if r.Code == in.Code {
					n++
				}
			}
			equal(t, n, 2)
		})
		t.Run("points of a unit's score may be lost", func(t *testing.T) {
			_, err := s.SetValue(t.Context(), v, rule.Input{Family: "o2o", Code: "SCORE", Variant: "OVERDUE", Value: -80, EffectiveFrom: "2027-01-01", Clause: "新规定"})
			must(t, err)
			equal(t, load(t, db, "o2o", "2027-01-01").Int("SCORE", "OVERDUE"), -80)
		})
		t.Run("a kind of organisation may get a number of its own", func(t *testing.T) {
			_, err := s.SetValue(t.Context(), v, rule.Input{Family: "org", Code: "TERM_YEARS", Variant: "BRANCH/企业", Value: 4, EffectiveFrom: "2027-01-01", Clause: "新规定"})
			must(t, err)
			equal(t, load(t, db, "org", "2027-01-01").Int("TERM_YEARS", "BRANCH/企业", "BRANCH"), 4)
		})
		for _, c := range []struct {
			name string
			edit func(*rule.Input)
			code string
		}{
			{"a day that has begun is not changed any more", func(in *rule.Input) { in.EffectiveFrom = "2026-11-20" }, "rule.in_the_past"},
			{"a code that no rule knows", func(in *rule.Input) { in.Code = "NONE" }, "rule.unknown"},
			{"a code of another family", func(in *rule.Input) { in.Family = "member" }, "rule.unknown"},
			{"a span that leads out of the calendar", func(in *rule.Input) { in.Code, in.Value = "ELECTION_NOTICE_FIRST_MONTHS", 1_000_000 }, "rule.too_long"},
			{"less than nothing", func(in *rule.Input) { in.Value = -1 }, "rule.negative"},
			{"a variant that nothing reads", func(in *rule.Input) { in.Variant = "BRANCH" }, "rule.unknown"},
			{"a kind that no organisation has", func(in *rule.Input) { in.Code, in.Variant = "TERM_YEARS", "BRANCH/村" }, "rule.unknown"},
		} {
			t.Run(c.name, func(t *testing.T) {
				bad := in
				c.edit(&bad)
				_, err := s.SetValue(t.Context(), v, bad)
				var f *fault.Fault
				if !errors.As(err, &f) || f.Code != c.code {
					t.Fatalf("got %v, want %s", err, c.code)
				}
			})
		}
	})
}

func TestService_Values(t *testing.T) {
	each(t, func(t *testing.T, db *model.DB) {
		s := rule.New(db)
		all, err := s.Values(t.Context(), "")
		must(t, err)
		some, err := s.Values(t.Context(), model.RulesOrg)
		must(t, err)
		if len(some) == 0 || len(all) <= len(some) {
			t.Fatalf("%d of the family, %d in all", len(some), len(all))
		}
		for _, r := range some {
			equal(t, r.Family, model.RulesOrg)
		}
	})
}

func must(t testing.TB, err error) {
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

func TestService_Lookup(t *testing.T) {
	t.Parallel()
	modeltest.Each(t, nil, func(t *testing.T, db *model.DB) {
		s := rule.New(db)
		for list, want := range map[string]int{model.ListEthnicGroup: 56, model.ListEducation: 7, model.ListOccupation: 8, "nonsense": 0} {
			rows, err := s.Lookup(t.Context(), list)
			if err != nil || len(rows) != want {
				t.Errorf("%s has %d rows, %v", list, len(rows), err)
			}
		}
		rows, err := s.Lookup(t.Context(), model.ListEducation)
		if err != nil || rows[0].Title != "研究生" || rows[2].Band != "大专及以上" || rows[3].Band != "大专以下" {
			t.Errorf("%+v, %v", rows, err)
		}
	})
}
