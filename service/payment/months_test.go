package payment

import (
	"testing"
	"time"

	"hongyun/model"
)

func TestPayableNow(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		sentence  string
		month     model.Month
		today     model.Date
		quarterly bool
		code      string
	}{
		{"this month", "2026-11", "2026-11-01", false, ""},
		{"six months back", "2026-05", "2026-11-30", false, ""},
		{"six months back, over the year's end", "2026-08", "2027-02-28", false, ""},
		{"seven months back", "2026-04", "2026-11-01", false, "dues.too_late"},
		{"seven months back in a quarterly branch", "2026-04", "2026-11-01", true, "dues.too_late"},
		{"next month", "2026-12", "2026-11-30", false, "dues.too_early"},
		{"next month of the quarter", "2026-12", "2026-10-01", true, ""},
		{"the quarter's last month, on its last day", "2026-12", "2026-12-31", true, ""},
		{"the next quarter", "2027-01", "2026-12-31", true, "dues.too_early"},
		{"the next quarter, in the year's middle", "2026-07", "2026-06-30", true, "dues.too_early"},
		{"the first quarter's end", "2027-03", "2027-01-01", true, ""},
	} {
		t.Run(test.sentence, func(t *testing.T) {
			err := payableNow(test.month, test.today, 6, test.quarterly)
			if test.code != "" {
				wantCode(t, err, test.code)
			} else if err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestNextAsk(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 11, 20, 1, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		sentence       string
		after, expires time.Duration
		earlier        int64
		want           time.Duration
	}{
		{"the second time after ten minutes", 5 * time.Minute, time.Hour, 0, 15 * time.Minute},
		{"the third time after twenty", 15 * time.Minute, time.Hour, 1, 35 * time.Minute},
		{"never later than half an hour", 35 * time.Minute, 24 * time.Hour, 2, 65 * time.Minute},
		{"however often", 35 * time.Minute, 24 * time.Hour, 1 << 40, 65 * time.Minute},
		{"soon after the end of its time", 15 * time.Minute, 30 * time.Minute, 1, 30*time.Minute + 5*time.Second},
		{"after its end as before", 31 * time.Minute, 30 * time.Minute, 2, 61 * time.Minute},
	} {
		t.Run(test.sentence, func(t *testing.T) {
			if got := nextAsk(begin.Add(test.after), begin.Add(test.expires), 300, test.earlier); got != begin.Add(test.want) {
				t.Fatalf("after %v", got.Sub(begin))
			}
		})
	}
}
