package schedule

import (
	"cmp"
	"slices"
	"time"

	"hongyun/model"
)

// Due is one period of a job and the moment from which it may run.
type Due struct {
	Period string // daily 2026-11-20, monthly and month_end 2026-11, every 2026-11-20T09:10
	At     time.Time
}

// DuePeriods is what t makes due from since to now, both included, in order of
// time. It looks neither at t.Enabled nor at t.EffectiveFrom. A month without
// the day has it on its last day. Of the pattern every only the newest period
// is given: such a job looks at everything that waits, so one run makes up for
// all that were missed.
func DuePeriods(t model.JobTime, since, now time.Time) []Due {
	if now.Before(since) {
		return nil
	}
	var due []Due
	add := func(d Due) {
		if !d.At.Before(since) && !d.At.After(now) {
			due = append(due, d)
		}
	}
	switch t.Pattern {
	case model.JobDaily:
		for day := model.DateOf(since); day <= model.DateOf(now); day = day.AddDays(1) {
			add(Due{string(day), at(t, day)})
		}
	case model.JobMonthly, model.JobMonthEnd:
		for m := model.DateOf(since).Month(); m <= model.DateOf(now).Month(); m = m.Add(1) {
			add(monthDue(t, m))
		}
	case model.JobEvery:
		if d, ok := newest(t, now); ok {
			add(d)
		}
	}
	return due
}

func at(t model.JobTime, day model.Date) time.Time {
	return day.Time().Add(time.Duration(t.Hour)*time.Hour + time.Duration(t.Minute)*time.Minute)
}

func monthDue(t model.JobTime, m model.Month) Due {
	day := m.Last()
	if t.Pattern == model.JobMonthly {
		day = min(m.First().AddDays(int(t.Day)-1), day)
	}
	return Due{string(m), at(t, day)}
}

// newest is the last multiple of the interval, counted from midnight, up to now.
func newest(t model.JobTime, now time.Time) (Due, bool) {
	if t.Minute < 1 {
		return Due{}, false
	}
	midnight := model.DateOf(now).Time()
	moment := midnight.Add(now.Sub(midnight).Truncate(time.Duration(t.Minute) * time.Minute))
	return Due{moment.Format("2006-01-02T15:04"), moment}, true
}

// dueBy is DuePeriods over all times of one job, in order of their first day:
// each holds from that day until the next begins.
func dueBy(times []model.JobTime, since, now time.Time) []Due {
	var due []Due
	for i, t := range times {
		if !t.Enabled {
			continue
		}
		from, to := t.EffectiveFrom.Time(), now
		if i+1 < len(times) {
			to = earlier(now, times[i+1].EffectiveFrom.Time().Add(-time.Microsecond))
		}
		due = append(due, DuePeriods(t, later(since, from), to)...)
		if i > 0 {
			if d, ok := broughtForward(times[i-1], t); ok && !d.At.Before(since) && !d.At.After(now) {
				due = append(due, d)
			}
		}
	}
	slices.SortStableFunc(due, func(a, b Due) int { return a.At.Compare(b.At) })
	return firstOfEach(due)
}

// broughtForward is the month that would fall between two times: it was not
// due yet by the old one, and by the new one its day is past. It is due when
// the new time begins.
func broughtForward(old, changed model.JobTime) (Due, bool) {
	start := changed.EffectiveFrom.Time()
	if !old.Enabled || !monthly(old) || !monthly(changed) {
		return Due{}, false
	}
	m := changed.EffectiveFrom.Month()
	missed := monthDue(changed, m).At.Before(start) && !monthDue(old, m).At.Before(start)
	return Due{string(m), start}, missed
}

func monthly(t model.JobTime) bool {
	return t.Pattern == model.JobMonthly || t.Pattern == model.JobMonthEnd
}

// firstOfEach keeps each period's first moment: a later day may have made it due again.
func firstOfEach(due []Due) []Due {
	seen := map[string]bool{}
	return slices.DeleteFunc(due, func(d Due) bool {
		again := seen[d.Period]
		seen[d.Period] = true
		return again
	})
}

// inForce is the time that holds on a day.
func inForce(times []model.JobTime, day model.Date) (model.JobTime, bool) {
	i, found := slices.BinarySearchFunc(times, day, func(t model.JobTime, d model.Date) int { return cmp.Compare(t.EffectiveFrom, d) })
	if !found {
		i--
	}
	if i < 0 {
		return model.JobTime{}, false
	}
	return times[i], true
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
