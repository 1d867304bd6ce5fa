package schedule

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hongyun/model"
)

func moment(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, model.Shanghai)
	if err != nil {
		panic(err)
	}
	return t
}

func shown(due []Due) (out []string) {
	for _, d := range due {
		out = append(out, d.Period+" at "+d.At.In(model.Shanghai).Format("2006-01-02 15:04"))
	}
	return out
}

func TestDuePeriods(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		shows      string
		t          model.JobTime
		since, now string
		want       []string
	}{
		{"a theme-day warning whose server was down on the 20th (RULES 6)",
			model.JobTime{Pattern: model.JobMonthly, Day: 20, Hour: 9}, "2026-11-19 12:00", "2026-11-23 08:00",
			[]string{"2026-11 at 2026-11-20 09:00"}},
		{"both ends belong to the span",
			model.JobTime{Pattern: model.JobDaily, Hour: 8}, "2026-11-20 08:00", "2026-11-21 08:00",
			[]string{"2026-11-20 at 2026-11-20 08:00", "2026-11-21 at 2026-11-21 08:00"}},
		{"a minute before and a minute after don't",
			model.JobTime{Pattern: model.JobDaily, Hour: 8}, "2026-11-20 08:01", "2026-11-21 07:59", nil},
		{"the last day of February, in common and in leap years",
			model.JobTime{Pattern: model.JobMonthEnd, Hour: 9}, "2027-02-01 00:00", "2028-03-01 00:00",
			[]string{"2027-02 at 2027-02-28 09:00", "2027-03 at 2027-03-31 09:00", "2027-04 at 2027-04-30 09:00", "2027-05 at 2027-05-31 09:00",
				"2027-06 at 2027-06-30 09:00", "2027-07 at 2027-07-31 09:00", "2027-08 at 2027-08-31 09:00", "2027-09 at 2027-09-30 09:00",
				"2027-10 at 2027-10-31 09:00", "2027-11 at 2027-11-30 09:00", "2027-12 at 2027-12-31 09:00", "2028-01 at 2028-01-31 09:00", "2028-02 at 2028-02-29 09:00"}},
		{"the 31st of a short month is its last day",
			model.JobTime{Pattern: model.JobMonthly, Day: 31, Hour: 9, Minute: 30}, "2027-01-31 09:31", "2027-05-01 00:00",
			[]string{"2027-02 at 2027-02-28 09:30", "2027-03 at 2027-03-31 09:30", "2027-04 at 2027-04-30 09:30"}},
		{"of a short interval the newest stands for all that were missed",
			model.JobTime{Pattern: model.JobEvery, Minute: 10}, "2026-11-20 00:05", "2026-11-20 09:19",
			[]string{"2026-11-20T09:10 at 2026-11-20 09:10"}},
		{"an interval begins anew at midnight",
			model.JobTime{Pattern: model.JobEvery, Minute: 50}, "2026-11-20 00:00", "2026-11-21 00:10",
			[]string{"2026-11-21T00:00 at 2026-11-21 00:00"}},
		{"nothing is due in a span that ends before it begins",
			model.JobTime{Pattern: model.JobDaily, Hour: 8}, "2026-11-21 08:00", "2026-11-20 08:00", nil},
	} {
		if got := shown(DuePeriods(c.t, moment(c.since), moment(c.now))); !slices.Equal(got, c.want) {
			t.Errorf("%s:\n got %q\nwant %q", c.shows, got, c.want)
		}
	}
}

func drawTime(t *rapid.T) model.JobTime {
	return model.JobTime{
		Pattern: rapid.SampledFrom([]string{model.JobDaily, model.JobMonthly, model.JobMonthEnd}).Draw(t, "pattern"),
		Day:     rapid.Int64Range(1, 31).Draw(t, "day"), Hour: rapid.Int64Range(0, 23).Draw(t, "hour"), Minute: rapid.Int64Range(0, 59).Draw(t, "minute"),
		Enabled: true, EffectiveFrom: "2000-01-01",
	}
}

// Whenever the server looks and however long it is down between, each period
// comes exactly once.
func TestDuePeriods_Properties(t *testing.T) {
	t.Parallel()
	t.Run("spans that follow each other give each period exactly once", rapid.MakeCheck(func(t *rapid.T) {
		jt := drawTime(t)
		start := moment("2026-01-01 00:00").Add(time.Duration(rapid.IntRange(0, 400*24*60).Draw(t, "start")) * time.Minute)
		var got []Due
		now := start
		for _, minutes := range rapid.SliceOfN(rapid.IntRange(1, 60*24*60), 1, 12).Draw(t, "down") {
			next := now.Add(time.Duration(minutes) * time.Minute)
			got = append(got, DuePeriods(jt, now, next.Add(-time.Microsecond))...)
			now = next
		}
		var want []string // every day or month of the whole span, by counting minutes
		for day := model.DateOf(start); day <= model.DateOf(now); day = day.AddDays(1) {
			at := day.Time().Add(time.Duration(jt.Hour*60+jt.Minute) * time.Minute)
			if at.Before(start) || !at.Before(now) {
				continue
			}
			switch last := day.AddDays(1).Month() != day.Month(); {
			case jt.Pattern == model.JobDaily:
				want = append(want, shown([]Due{{string(day), at}})...)
			case jt.Pattern == model.JobMonthEnd && last,
				jt.Pattern == model.JobMonthly && (int64(day.Time().Day()) == jt.Day || last && int64(day.Time().Day()) < jt.Day):
				want = append(want, shown([]Due{{string(day.Month()), at}})...)
			}
		}
		if !slices.Equal(shown(got), want) {
			t.Fatalf("got %q\nwant %q", shown(got), want)
		}
	}))
	t.Run("a short interval that is looked at each minute leaves none out", rapid.MakeCheck(func(t *rapid.T) {
		jt := model.JobTime{Pattern: model.JobEvery, Minute: rapid.Int64Range(1, 59).Draw(t, "minute")}
		start := moment("2026-11-20 00:00").Add(time.Duration(rapid.IntRange(0, 1440).Draw(t, "start")) * time.Minute)
		for i := range 180 {
			now := start.Add(time.Duration(i) * time.Minute)
			due := DuePeriods(jt, now, now)
			sinceMidnight := int64(now.Sub(model.DateOf(now).Time()) / time.Minute)
			if (sinceMidnight%jt.Minute == 0) != (len(due) == 1) {
				t.Fatalf("at %s: %q", now, shown(due))
			}
		}
	}))
	t.Run("no change of a monthly job's time leaves a month out or has it twice", rapid.MakeCheck(func(t *rapid.T) {
		times := []model.JobTime{drawTime(t)}
		times[0].Pattern = model.JobMonthEnd
		day := model.Date("2026-01-01")
		for range rapid.IntRange(1, 8).Draw(t, "changes") {
			next := drawTime(t)
			next.Pattern = rapid.SampledFrom([]string{model.JobMonthly, model.JobMonthEnd}).Draw(t, "monthly")
			day = day.AddDays(rapid.IntRange(1, 60).Draw(t, "days"))
			next.EffectiveFrom = day
			times = append(times, next)
		}
		var got, want []string
		for _, d := range dueBy(times, moment("2026-01-01 00:00"), moment("2027-12-31 23:59")) {
			got = append(got, d.Period)
		}
		for m := model.Month("2026-01"); m <= "2027-12"; m = m.Add(1) {
			want = append(want, string(m))
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Fatalf("times %+v\n got %q\nwant %q", times, got, want)
		}
	}))
}

func TestDueBy(t *testing.T) {
	t.Parallel()
	times := []model.JobTime{
		{Pattern: model.JobMonthly, Day: 20, Hour: 9, Enabled: true, EffectiveFrom: "2000-01-01"},
		{Pattern: model.JobMonthly, Day: 25, Hour: 8, Enabled: true, EffectiveFrom: "2026-11-18"},
		{Pattern: model.JobMonthly, Day: 25, Hour: 8, Enabled: false, EffectiveFrom: "2027-01-01"},
		{Pattern: model.JobMonthly, Day: 5, Hour: 8, Enabled: true, EffectiveFrom: "2027-03-10"},
		{Pattern: model.JobMonthly, Day: 28, Hour: 8, Enabled: true, EffectiveFrom: "2027-04-06"},
		{Pattern: model.JobMonthly, Day: 1, Hour: 8, Enabled: true, EffectiveFrom: "2027-05-10"},
	}
	want := []string{"2026-10 at 2026-10-20 09:00", "2026-11 at 2026-11-25 08:00", "2026-12 at 2026-12-25 08:00", // off until March, whose 5th is past
		"2027-04 at 2027-04-05 08:00", "2027-05 at 2027-05-10 00:00", "2027-06 at 2027-06-01 08:00"}
	if got := shown(dueBy(times, moment("2026-10-01 00:00"), moment("2027-06-30 00:00"))); !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}
