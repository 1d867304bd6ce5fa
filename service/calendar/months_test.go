package calendar_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"hongyun/model"
	"hongyun/service/calendar"
)

func TestAddMonths(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		d    model.Date
		n    int
		want model.Date
	}{
		{"2026-01-31", 1, "2026-02-28"}, // RULES, conventions
		{"2024-02-29", 12, "2025-02-28"},
		{"2025-11-30", 3, "2026-02-28"},
		{"2026-11-20", 0, "2026-11-20"},
		{"2026-12-31", 2, "2027-02-28"},
		{"2027-11-30", 3, "2028-02-29"},
		{"2026-03-31", -1, "2026-02-28"},
	} {
		if got := calendar.AddMonths(c.d, c.n); got != c.want {
			t.Errorf("%s and %d months is %s, want %s", c.d, c.n, got, c.want)
		}
	}
	t.Run("the month is n on, and the day stays or is the month's last", rapid.MakeCheck(func(t *rapid.T) {
		d, n := date(t, "d"), rapid.IntRange(-400, 400).Draw(t, "n")
		got := calendar.AddMonths(d, n)
		if got.Month() != d.Month().Add(n) {
			t.Fatalf("%s and %d months is %s", d, n, got)
		}
		if day := d.Time().Day(); got.Time().Day() != day && (got != got.Month().Last() || got.Time().Day() > day) {
			t.Fatalf("%s and %d months is %s", d, n, got)
		}
		if next := d.AddDays(1); calendar.AddMonths(next, n) < got {
			t.Fatalf("%s comes before %s, but not %d months on", d, next, n)
		}
	}))
}

func TestYears(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		admitted, on model.Date
		want         int
	}{
		{"2016-02-29", "2026-02-27", 9}, // RULES 6
		{"2016-02-29", "2026-02-28", 10},
		{"2020-07-01", "2026-06-30", 5},
		{"2020-07-01", "2026-07-01", 6},
		{"2016-02-29", "2028-02-28", 11},
		{"2016-02-29", "2028-02-29", 12},
		{"2026-07-01", "2026-07-01", 0},
		{"2026-07-01", "2020-01-01", 0},
	} {
		if got := calendar.Years(c.admitted, c.on); got != c.want {
			t.Errorf("admitted on %s, on %s it is %d years, want %d", c.admitted, c.on, got, c.want)
		}
	}
}

func TestAnniversaryDays(t *testing.T) {
	t.Parallel()
	for day, want := range map[model.Date][]string{
		"2026-02-28": {"02-28", "02-29"},
		"2028-02-28": {"02-28"},
		"2028-02-29": {"02-29"},
		"2100-02-28": {"02-28", "02-29"}, // a century is a common year
		"2026-07-01": {"07-01"},
	} {
		if got := calendar.AnniversaryDays(day); !slices.Equal(got, want) {
			t.Errorf("on %s %v have their anniversary, want %v", day, got, want)
		}
	}
	t.Run("every date has one anniversary a year, and on it completes a year", rapid.MakeCheck(func(t *rapid.T) {
		admitted := date(t, "admitted")
		if rapid.Bool().Draw(t, "leap") {
			admitted = model.Date(fmt.Sprintf("%d-02-29", 1904+4*rapid.IntRange(0, 40).Draw(t, "leap year")))
		}
		year := admitted.Year() + rapid.IntRange(1, 90).Draw(t, "years")
		anniversaries := 0
		for day := model.Date(fmt.Sprintf("%d-01-01", year)); day.Year() == year; day = day.AddDays(1) {
			grown := calendar.Years(admitted, day) - calendar.Years(admitted, day.AddDays(-1))
			if slices.Contains(calendar.AnniversaryDays(day), string(admitted[5:])) {
				anniversaries++
				if grown != 1 {
					t.Fatalf("admitted on %s: on %s the years grow by %d", admitted, day, grown)
				}
			} else if grown != 0 {
				t.Fatalf("admitted on %s: on %s the years grow by %d without an anniversary", admitted, day, grown)
			}
		}
		if anniversaries != 1 {
			t.Fatalf("admitted on %s: %d anniversaries in %d", admitted, anniversaries, year)
		}
	}))
}

func date(t *rapid.T, label string) model.Date {
	return model.Date("1920-01-01").AddDays(rapid.IntRange(0, 60000).Draw(t, label))
}
