package schedule_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
	"hongyun/service/schedule"
)

func cityAdmin() access.Viewer {
	return access.Viewer{AccountID: 1, Name: "市管理员", Grants: []access.Grant{{Role: model.RoleAdmin, OrgID: 1, OrgPath: "001", OrgType: model.OrgCity}}}
}

// until waits for something that another goroutine brings about.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	poll := time.NewTicker(2 * time.Millisecond)
	defer poll.Stop()
	for deadline := time.After(10 * time.Second); !ok(); {
		select {
		case <-poll.C:
		case <-deadline:
			t.Fatalf("waited too long until %s", what)
		}
	}
}

func TestTick_Lease(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-20 00:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-11-20 00:00:00")
		ctx := context.Background()
		var r record
		begun, end := make(chan struct{}, 1), make(chan struct{})
		lost := make(chan error, 1)
		long := schedule.New(schedule.Options{DB: db, Instance: "a", Lease: 30 * time.Millisecond, Jobs: []schedule.Job{r.job("request-ratings", func(ctx context.Context, run schedule.Run) error {
			begun <- struct{}{}
			if run.Period == "2026-11-20" {
				<-end
				return nil
			}
			<-ctx.Done()
			lost <- context.Cause(ctx)
			return ctx.Err()
		})}})
		other := schedule.New(schedule.Options{DB: db, Instance: "b", Jobs: []schedule.Job{r.job("request-ratings", nil)}})
		tick(t, other)
		over := make(chan error)
		t.Run("a long run keeps its lease", func(t *testing.T) {
			clock.Set("2026-11-20 01:00:00")
			go func() { over <- long.Tick(ctx) }()
			<-begun
			clock.Add(time.Hour)
			until(t, "the lease is prolonged", func() bool { return runs(t, db, "request-ratings")[0].LeaseUntil.After(clock.Now()) })
			tick(t, other)
			close(end)
			if err := <-over; err != nil || len(r.periods()) != 1 {
				t.Fatalf("%v, %q", err, r.periods())
			}
		})
		t.Run("a run that was taken over is told to stop", func(t *testing.T) {
			clock.Set("2026-11-21 01:00:00")
			go func() { over <- long.Tick(ctx) }()
			<-begun
			if _, err := model.Exec(db.Read(ctx), "UPDATE job_run SET lease_owner = 'b' WHERE state = 'running'"); err != nil {
				t.Fatal(err)
			}
			if cause := <-lost; cause == nil || errors.Is(cause, context.Canceled) {
				t.Error(cause)
			}
			if err := <-over; err == nil {
				t.Error("the loss is not reported")
			}
		})
	})
}

func TestStart(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-20 00:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-11-20 00:00:00")
		ctx := context.Background()
		var r record
		begun := make(chan struct{}, 1)
		jobs := []schedule.Job{r.job("request-ratings", func(ctx context.Context, _ schedule.Run) error {
			begun <- struct{}{}
			<-ctx.Done()
			return ctx.Err()
		})}
		first := schedule.New(schedule.Options{DB: db, Instance: "a", Jobs: jobs})
		tick(t, first)
		clock.Set("2026-11-20 01:00:00")
		first.Start(ctx)
		<-begun
		t.Run("stopping cuts a run off when its time is over, and another instance makes it again at once", func(t *testing.T) {
			late, cancel := context.WithCancel(ctx)
			cancel()
			if err := first.Stop(late); err != nil {
				t.Fatal(err)
			}
			tick(t, first) // stopped: begins nothing
			tick(t, schedule.New(schedule.Options{DB: db, Instance: "b", Jobs: []schedule.Job{r.job("request-ratings", nil)}}))
			row := runs(t, db, "request-ratings")[0]
			if len(r.periods()) != 2 || row.State != model.RunDone || row.Attempts != 1 {
				t.Errorf("%q\n%+v", r.periods(), row)
			}
		})
		t.Run("stopping waits for a run that ends in time", func(t *testing.T) {
			clock.Set("2026-11-21 01:00:00")
			begun, end := make(chan struct{}), make(chan struct{})
			s := schedule.New(schedule.Options{DB: db, Instance: "c", Jobs: []schedule.Job{r.job("request-ratings", func(context.Context, schedule.Run) error {
				close(begun)
				<-end
				return nil
			})}})
			s.Start(ctx)
			<-begun
			stopped := make(chan error)
			go func() { stopped <- s.Stop(ctx) }()
			close(end)
			if err := <-stopped; err != nil || runs(t, db, "request-ratings")[1].State != model.RunDone {
				t.Errorf("%v\n%+v", err, runs(t, db, "request-ratings")[1])
			}
		})
	})
}

func TestRunByHand(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-11-23 10:00:00")
		ctx := context.Background()
		var r record
		broken := fault.Conflict("x.y", "不行")
		s := schedule.New(schedule.Options{DB: db, Instance: "a", Jobs: []schedule.Job{r.job("theme-day-warning", nil), r.job("political-birthday", nil),
			r.job("request-ratings", func(context.Context, schedule.Run) error { return broken })}})
		by := audit.By(cityAdmin())
		t.Run("runs for the period that the day lies in, as often as asked", func(t *testing.T) {
			for range 2 {
				got, err := s.RunByHand(ctx, by, "theme-day-warning", "2026-10-20")
				if err != nil || got.Period != "2026-10" || got.Summary != "已处理2026-10" {
					t.Fatalf("%+v, %v", got, err)
				}
			}
			got, err := s.RunByHand(ctx, audit.Command("job"), "political-birthday", "")
			if err != nil || got.Period != "2026-11-23" {
				t.Fatalf("%+v, %v", got, err)
			}
			if len(r.runs) != 3 || !r.runs[0].ByHand || r.runs[0].Day != "2026-10-20" || !r.runs[0].DueAt.Equal(model.Date("2026-10-20").Time().Add(9*time.Hour)) {
				t.Errorf("%+v", r.runs)
			}
		})
		t.Run("is in the audit log", func(t *testing.T) {
			var n int64
			db.Read(ctx).Model(&model.AuditEntry{}).Where("action = ?", "schedule.run_by_hand").Count(&n)
			if _, err := audit.Verify(ctx, db); err != nil || n != 3 {
				t.Errorf("%d entries, %v", n, err)
			}
		})
		t.Run("does not stand for the clock's run", func(t *testing.T) {
			tick(t, s)
			clock.Set("2026-11-24 08:00:00")
			if _, err := s.RunByHand(ctx, by, "political-birthday", ""); err != nil {
				t.Fatal(err)
			}
			tick(t, s)
			if got := r.periods(); !slices.Contains(got[4:], "2026-11-24") {
				t.Errorf("%q", got)
			}
		})
		t.Run("hands on what went wrong, and keeps it", func(t *testing.T) {
			_, err := s.RunByHand(ctx, by, "request-ratings", "2026-11-24")
			if rows := runs(t, db, "request-ratings"); !errors.Is(err, broken) || !slices.ContainsFunc(rows, func(r model.JobRun) bool {
				return r.ByHand != "" && r.State == model.RunFailed && strings.Contains(r.Error, "不行")
			}) {
				t.Errorf("%v\n%+v", err, rows)
			}
		})
		t.Run("refuses a job or a day that does not exist", func(t *testing.T) {
			if _, err := s.RunByHand(ctx, by, "no-such-job", ""); !fault.Is(err, "not_found") {
				t.Error(err)
			}
			if _, err := s.RunByHand(ctx, by, "political-birthday", "2026-02-30"); !fault.Is(err, "schedule.day") {
				t.Error(err)
			}
		})
	})
}

func TestSetTime(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-10 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-11-10 10:00:00")
		ctx := context.Background()
		var r record
		s := schedule.New(schedule.Options{DB: db, Instance: "a", Jobs: []schedule.Job{r.job("theme-day-warning", nil), r.job("political-birthday", nil), r.job("new-job", nil)}})
		every := model.JobTime{Job: "new-job", EffectiveFrom: "2026-01-01", Pattern: model.JobEvery, Minute: 10, Enabled: true}
		if err := db.Read(ctx).Create(&every).Error; err != nil {
			t.Fatal(err)
		}
		list := func() []schedule.JobView {
			t.Helper()
			views, err := s.List(ctx)
			if err != nil {
				t.Fatal(err)
			}
			return views
		}
		next := func(v schedule.JobView) string {
			if v.NextDue == nil {
				return ""
			}
			return v.NextDue.In(model.Shanghai).Format("2006-01-02 15:04")
		}
		t.Run("the list tells when each job is due next", func(t *testing.T) {
			views := list()
			var got []string
			for _, v := range views {
				got = append(got, v.Name+" "+v.Time.Text+" "+next(v))
			}
			want := []string{"theme-day-warning 每月20日09:00 2026-11-20 09:00", "political-birthday 每天08:00 2026-11-11 08:00", "new-job 每10分钟 2026-11-10 10:10"}
			if !slices.Equal(got, want) || views[0].LastRun != nil {
				t.Errorf("%q", got)
			}
		})
		t.Run("a change holds from its day on", func(t *testing.T) {
			tick(t, s)
			for _, in := range []schedule.TimeInput{
				{EffectiveFrom: "2026-12-01", Pattern: model.JobMonthEnd, Hour: 18, Minute: 30, Enabled: true},
				{EffectiveFrom: "2027-01-01", Day: 31, Hour: 7, Enabled: true}, // replaced by the next
				{EffectiveFrom: "2027-01-01", Pattern: model.JobMonthly, Day: 15, Hour: 7, Enabled: true},
			} {
				if err := s.SetTime(ctx, cityAdmin(), "theme-day-warning", in); err != nil {
					t.Fatal(err)
				}
			}
			v := list()[0]
			if v.Time.Text != "每月20日09:00" || len(v.Changes) != 2 || v.Changes[0].Text != "每月最后一天18:30" || v.Changes[1].Text != "每月15日07:00" {
				t.Errorf("%+v %+v", v.Time, v.Changes)
			}
			for _, at := range []string{"2026-11-20 09:00:00", "2026-12-20 09:00:00", "2026-12-31 18:30:00", "2027-01-15 07:00:00"} {
				clock.Set(at)
				tick(t, s)
			}
			var due []string
			for _, row := range runs(t, db, "theme-day-warning") {
				due = append(due, row.DueAt.In(model.Shanghai).Format("2006-01-02 15:04"))
			}
			if !slices.Equal(due, []string{"2026-11-20 09:00", "2026-12-31 18:30", "2027-01-15 07:00"}) {
				t.Errorf("%q", due)
			}
			if last := list()[0].LastRun; last == nil || last.Period != "2027-01" || last.State != model.RunDone {
				t.Errorf("%+v", last)
			}
		})
		t.Run("without a date it holds from today, and a job may be switched off", func(t *testing.T) {
			if err := s.SetTime(ctx, cityAdmin(), "political-birthday", schedule.TimeInput{Hour: 8}); err != nil {
				t.Fatal(err)
			}
			if v := list()[1]; v.Time.Text != "已停用" || v.Time.EffectiveFrom != "2027-01-15" || next(v) != "" {
				t.Errorf("%+v, next %s", v.Time, next(v))
			}
			before := len(runs(t, db, "political-birthday"))
			clock.Set("2027-01-17 12:00:00")
			tick(t, s)
			if n := len(runs(t, db, "political-birthday")) - before; n != 0 {
				t.Errorf("%d runs of a job that is off", n)
			}
		})
		t.Run("each change is in the audit log", func(t *testing.T) {
			var entries []model.AuditEntry
			if err := db.Read(ctx).Where("action = ?", "schedule.set_time").Order("seq").Find(&entries).Error; err != nil {
				t.Fatal(err)
			}
			if len(entries) != 4 || !strings.Contains(entries[0].Before, "每月20日09:00") || !strings.Contains(entries[0].After, "每月最后一天18:30") {
				t.Errorf("%+v", entries)
			}
		})
		t.Run("refuses what cannot be right, in Chinese", func(t *testing.T) {
			for _, c := range []struct {
				job     string
				in      schedule.TimeInput
				code    string
				message string
			}{
				{"theme-day-warning", schedule.TimeInput{Day: 20, Hour: 24}, "schedule.hour", "小时须在0至23之间"},
				{"theme-day-warning", schedule.TimeInput{Day: 20, Hour: -1}, "schedule.hour", "小时须在0至23之间"},
				{"theme-day-warning", schedule.TimeInput{Day: 20, Minute: 60}, "schedule.minute", "分钟须在0至59之间"},
				{"theme-day-warning", schedule.TimeInput{Day: 0}, "schedule.day", "日期须在1日至31日之间"},
				{"theme-day-warning", schedule.TimeInput{Day: 32}, "schedule.day", "日期须在1日至31日之间"},
				{"theme-day-warning", schedule.TimeInput{Day: 20, Pattern: model.JobDaily}, "schedule.pattern", "不能更改该任务的运行周期"},
				{"political-birthday", schedule.TimeInput{Day: 20, Pattern: model.JobMonthly}, "schedule.pattern", "不能更改该任务的运行周期"},
				{"political-birthday", schedule.TimeInput{Pattern: "yearly"}, "schedule.pattern", "不能更改该任务的运行周期"},
				{"new-job", schedule.TimeInput{Minute: 0}, "schedule.minute", "间隔须在1至59分钟之间"},
				{"theme-day-warning", schedule.TimeInput{Day: 20, EffectiveFrom: "2027-01-16"}, "schedule.effective_from", "生效日期不能早于今天"},
				{"theme-day-warning", schedule.TimeInput{Day: 20, EffectiveFrom: "2027-02-30"}, "schedule.effective_from", "生效日期须真实存在，写作2026-11-20的形式"},
				{"no-such-job", schedule.TimeInput{}, "not_found", "没有找到该任务"},
			} {
				var f *fault.Fault
				if err := s.SetTime(ctx, cityAdmin(), c.job, c.in); !errors.As(err, &f) || f.Code != c.code || f.Message != c.message {
					t.Errorf("%s %+v: %v, want %s", c.job, c.in, err, c.message)
				}
			}
			reader := cityAdmin()
			reader.Grants[0].Role = model.RoleLeader
			var f *fault.Fault
			if err := s.SetTime(ctx, reader, "theme-day-warning", schedule.TimeInput{Day: 20}); !errors.As(err, &f) || f.Kind != fault.KindForbidden {
				t.Error(err)
			}
		})
	})
}
