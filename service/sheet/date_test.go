package sheet

import (
	"testing"

	"hongyun/model"
	"hongyun/service/fault"
)

func TestParseDay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text  string
		want  model.Date
		month bool
	}{
		{"2024-05-01", "2024-05-01", false}, {"2024.05.01", "2024-05-01", false}, {"2024/5/1", "2024-05-01", false},
		{"2024-5-1", "2024-05-01", false}, {"2024年5月1日", "2024-05-01", false}, {"2024 年 5 月 1 日", "2024-05-01", false},
		{"2024年5月1号", "2024-05-01", false}, {"20240501", "2024-05-01", false}, {"２０２４．５．１", "2024-05-01", false},
		{"2024-05-01 00:00:00", "2024-05-01", false}, {"2024/5/1 8:30", "2024-05-01", false}, {"2024-05-01T00:00:00", "2024-05-01", false},
		{"2024-05-01T00:00:00.000Z", "2024-05-01", false}, {"2024年5月1日 08:00", "2024-05-01", false},
		{"45413", "2024-05-01", false}, {"45413.0", "2024-05-01", false}, {"45413.75", "2024-05-01", false},
		{"9618", "1926-05-01", false}, {"36526", "2000-01-01", false}, {"60", "", false},
		{"2024-05", "2024-05-01", true}, {"2024年5月", "2024-05-01", true}, {"202405", "2024-05-01", true},
		{"2024.5", "2024-05-01", true}, {"2024.10", "2024-10-01", true}, {"2024/05", "2024-05-01", true},
		{" 2024-05-01\u00a0", "2024-05-01", false}, {"2024-02-29", "2024-02-29", false},
		{"1900-01-01", "1900-01-01", false}, {"2100-12-31", "2100-12-31", false}, {"2100-12", "2100-12-01", true},
		{"2023-02-29", "", false}, {"2024-13-01", "", false}, {"2024-00-01", "", false}, {"2024-05-00", "", false}, {"2024-04-31", "", false},
		{"1899-12-31", "", false}, {"2101-01-01", "", false}, {"189912", "", false}, {"99999", "", false}, {"2024", "", false}, {"", "", false},
		{"24-5-1", "", false}, {"2024-5-", "2024-05-01", true}, {"2024--1", "", false}, {"2024-05-01-01", "", false}, {"二〇二四年五月", "", false},
		{"2024-05-01 上午", "", false}, {"2024-05-01 25:00", "", false}, {"2024-05-1a", "", false}, {"-2024-05-01", "", false}, {"1/5/2024", "", false},
		{"361199199001010018", "", false}, {"45413.5.1", "", false}, {"2024-05-012", "", false}, {"20240532", "", false}, {"202413", "", false},
	} {
		got, month, err := ParseDay(c.text)
		if got != c.want || month != c.month || (err != nil) != (c.want == "") || err != nil && !fault.Is(err, "sheet.date") {
			t.Errorf("%q: %q %v %v, want %q %v", c.text, got, month, err, c.want, c.month)
		}
	}
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"2024-05", "2024.05.01", "2024年5月1日", "45413.0", "20240501", "2024-05-01 00:00:00", "年月日", "2024-5- :", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDate(s)
		if err != nil {
			if d != "" {
				t.Fatalf("%q: %q and %v", s, d, err)
			}
			return
		}
		if _, err := model.ParseDate(string(d)); err != nil || d < "1900-01-01" || d > "2100-12-31" {
			t.Fatalf("%q became %q", s, d)
		}
		if again, err := ParseDate(string(d)); err != nil || again != d {
			t.Fatalf("%q became %q, and that %q", s, d, again)
		}
	})
}
