package schedule_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/schedule"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("database/sql.(*DB).connectionOpener"))
}

// record notes what a job was told.
type record struct {
	mu   sync.Mutex
	runs []schedule.Run
}

func (r *record) add(run schedule.Run) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.runs = append(r.runs, run)
}

func (r *record) periods() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []string
	for _, run := range r.runs {
		out = append(out, run.Period)
	}
	return out
}

// job is one that notes its runs and then does what do says.
func (r *record) job(name string, do func(ctx context.Context, run schedule.Run) error) schedule.Job {
	return schedule.Job{Name: name, Title: "测试任务", Run: func(ctx context.Context, run schedule.Run) (string, error) {
		r.add(run)
		if do != nil {
			if err := do(ctx, run); err != nil {
				return "", err
			}
		}
		return "已处理" + run.Period, nil
	}}
}

func tick(t *testing.T, services ...*schedule.Service) {
	t.Helper()
	for _, s := range services {
		if err := s.Tick(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
}

func runs(t *testing.T, db *model.DB, job string) (rows []model.JobRun) {
	t.Helper()
	if err := db.Read(context.Background()).Where("job = ?", job).Order("due_at, id").Find(&rows).Error; err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestTick(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-10 12:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-11-10 12:00:00")
		var r record
		s := schedule.New(schedule.Options{DB: db, Instance: "a", Jobs: []schedule.Job{r.job("theme-day-warning", nil)}})
		t.Run("nothing before the first start is run", func(t *testing.T) {
			tick(t, s)
			clock.Set("2026-11-20 08:59:59")
			tick(t, s)
			if len(r.runs) != 0 {
				t.Fatalf("%+v", r.runs)
			}
		})
		t.Run("what is due runs once, and the row says how it went", func(t *testing.T) {
			clock.Set("2026-11-20 09:00:00")
			tick(t, s, s)
			rows := runs(t, db, "theme-day-warning")
			if len(r.runs) != 1 || len(rows) != 1 || rows[0].State != model.RunDone || rows[0].Result != "已处理2026-11" || rows[0].FinishedAt == nil {
				t.Fatalf("%+v\n%+v", r.runs, rows)
			}
		})
		t.Run("after months down, each period runs in order with its own due day", func(t *testing.T) {
			clock.Set("2027-02-25 03:00:00")
			again := schedule.New(schedule.Options{DB: db, Instance: "b", Jobs: []schedule.Job{r.job("theme-day-warning", nil)}})
			tick(t, again, s)
			if got := r.periods(); !slices.Equal(got, []string{"2026-11", "2026-12", "2027-01", "2027-02"}) {
				t.Fatal(got)
			}
			if late := r.runs[1]; late.Day != "2026-12-20" || !late.DueAt.Equal(model.Date("2026-12-20").Time().Add(9*time.Hour)) || late.ByHand {
				t.Fatalf("%+v", late)
			}
		})
		t.Run("what lies further back than CatchUp stays undone", func(t *testing.T) {
			clock.Set("2028-02-25 03:00:00")
			tick(t, s)
			if got := r.periods()[4:]; !slices.Equal(got, []string{"2027-12", "2028-01", "2028-02"}) {
				t.Fatal(got)
			}
		})
		t.Run("a job that comes with a later version begins then", func(t *testing.T) {
			var late record
			newer := schedule.New(schedule.Options{DB: db, Instance: "c", Jobs: []schedule.Job{late.job("political-birthday", nil)}})
			tick(t, newer)
			clock.Set("2028-02-25 08:00:00")
			tick(t, newer)
			if got := late.periods(); !slices.Equal(got, []string{"2028-02-25"}) {
				t.Fatal(got)
			}
		})
		t.Run("a job without a time is reported", func(t *testing.T) {
			if err := schedule.New(schedule.Options{DB: db, Jobs: []schedule.Job{r.job("unheard-of", nil)}}).Tick(context.Background()); err == nil {
				t.Fatal("no error")
			}
		})
	})
}

func TestTick_ManyInstances(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-01 00:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-11-01 00:00:00")
		names := []string{"political-birthday", "dues-bills", "dues-reminder", "theme-day-warning", "request-ratings"}
		var r record
		var services []*schedule.Service
		for i := range 4 {
			var jobs []schedule.Job
			for _, name := range names {
				jobs = append(jobs, schedule.Job{Name: name, Title: "测试任务", Run: func(_ context.Context, run schedule.Run) (string, error) {
					run.Period = name + " " + run.Period
					r.add(run)
					return "", nil
				}})
			}
			services = append(services, schedule.New(schedule.Options{DB: db, Instance: fmt.Sprint(i), Jobs: jobs}))
		}
		tick(t, services...)
		clock.Set("2026-12-05 00:00:00") // all were down for a month
		together := func() []string {
			t.Helper()
			before := len(r.periods())
			var wg sync.WaitGroup
			for _, s := range append(services, services...) {
				wg.Go(func() {
					for range 3 {
						if err := s.Tick(context.Background()); err != nil {
							t.Error(err)
						}
					}
				})
			}
			wg.Wait()
			got := r.periods()[before:]
			slices.Sort(got)
			if len(slices.Compact(slices.Clone(got))) != len(got) {
				t.Errorf("a period ran twice: %q", got)
			}
			return got
		}
		want := 34 + 2 + 1 + 1 + 34 // the days from 1 November, the bills of both months, and one of each monthly warning
		if got := together(); len(got) != want {
			t.Errorf("%d runs, want %d: %q", len(got), want, got)
		}
		for _, state := range []string{
			"state = 'running', lease_until = started_at", // all were killed
			"state = 'failed', attempts = 1",
		} {
			if _, err := model.Exec(db.Read(context.Background()), "UPDATE job_run SET "+state); err != nil {
				t.Fatal(err)
			}
			clock.Add(time.Minute)
			if got := together(); len(got) != want {
				t.Errorf("after %s %d runs, want %d: %q", state, len(got), want, got)
			}
		}
		var left int64
		if err := db.Read(context.Background()).Model(&model.JobRun{}).Where("state <> ?", model.RunDone).Count(&left).Error; err != nil || left != 0 {
			t.Errorf("%d rows are not done, %v", left, err)
		}
	})
}

func TestTick_Killed(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-20 00:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-11-20 00:00:00")
		var r record
		hang, begun := make(chan struct{}), make(chan struct{}, 1)
		dead := schedule.New(schedule.Options{DB: db, Instance: "a", Lease: time.Minute, Jobs: []schedule.Job{r.job("request-ratings", func(context.Context, schedule.Run) error {
			begun <- struct{}{}
			<-hang
			return nil
		})}})
		alive := schedule.New(schedule.Options{DB: db, Instance: "b", Lease: time.Minute, Jobs: []schedule.Job{r.job("request-ratings", nil)}})
		tick(t, alive)
		clock.Set("2026-11-20 01:00:00")
		gone := make(chan error)
		go func() { gone <- dead.Tick(context.Background()) }()
		<-begun
		t.Run("nobody takes a run whose lease holds", func(t *testing.T) {
			clock.Add(59 * time.Second)
			tick(t, alive)
			if n := len(r.periods()); n != 1 {
				t.Fatalf("%d runs", n)
			}
		})
		t.Run("a run whose lease has ended is made again, once", func(t *testing.T) {
			clock.Add(time.Second)
			tick(t, alive, alive)
			rows := runs(t, db, "request-ratings")
			if got := r.periods(); len(got) != 2 || len(rows) != 1 || rows[0].State != model.RunDone || rows[0].Attempts != 2 {
				t.Fatalf("%q\n%+v", got, rows)
			}
		})
		t.Run("one that comes back from the dead changes nothing", func(t *testing.T) {
			before := runs(t, db, "request-ratings")[0]
			close(hang)
			if err := <-gone; err == nil {
				t.Error("it was not told that it had lost its run")
			}
			if after := runs(t, db, "request-ratings")[0]; after.Attempts != before.Attempts || after.LeaseOwner != before.LeaseOwner || !after.FinishedAt.Equal(*before.FinishedAt) {
				t.Errorf("%+v\n%+v", before, after)
			}
		})
		t.Run("a period that kills every instance is given up", func(t *testing.T) {
			_, err := model.Exec(db.Read(context.Background()), "UPDATE job_run SET state = 'running', attempts = ?, lease_until = ?", schedule.MaxAttempts, clock.Now())
			if err != nil {
				t.Fatal(err)
			}
			tick(t, alive, alive)
			row := runs(t, db, "request-ratings")[0]
			if len(r.periods()) != 2 || row.State != model.RunFailed || !strings.Contains(row.Error, "中断") {
				t.Errorf("%q\n%+v", r.periods(), row)
			}
		})
	})
}

func TestTick_Failing(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-20 00:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-11-20 00:00:00")
		var r record
		fails := 99
		s := schedule.New(schedule.Options{DB: db, Instance: "a", Jobs: []schedule.Job{
			r.job("request-ratings", func(context.Context, schedule.Run) error {
				if fails--; fails >= 0 {
					return errors.New("微信没有响应")
				}
				return nil
			}),
			{Name: "political-birthday", Title: "政治生日", Run: func(context.Context, schedule.Run) (string, error) { panic("boom") }},
		}})
		tick(t, s)
		clock.Set("2026-11-20 01:00:00")
		t.Run("a failure is kept with its error", func(t *testing.T) {
			tick(t, s, s)
			row := runs(t, db, "request-ratings")[0]
			if len(r.periods()) != 1 || row.State != model.RunFailed || row.Error != "微信没有响应" || row.Attempts != 1 {
				t.Fatalf("%q\n%+v", r.periods(), row)
			}
		})
		t.Run("later ticks try again after longer and longer pauses, five times in all", func(t *testing.T) {
			var after []int
			for minute := 1; minute <= 400; minute++ {
				clock.Add(time.Minute)
				before := len(r.periods())
				tick(t, s)
				if len(r.periods()) > before {
					after = append(after, minute)
				}
			}
			if !slices.Equal(after, []int{1, 6, 31, 156}) {
				t.Errorf("tried again after %v minutes", after)
			}
			if row := runs(t, db, "request-ratings")[0]; row.State != model.RunFailed || row.Attempts != schedule.MaxAttempts {
				t.Errorf("%+v", row)
			}
		})
		t.Run("a failed period does not hold up the next, and a try that works ends it", func(t *testing.T) {
			fails = 1
			clock.Set("2026-11-21 01:00:00")
			tick(t, s)
			clock.Add(time.Minute)
			tick(t, s)
			row := runs(t, db, "request-ratings")[1]
			if row.State != model.RunDone || row.Attempts != 2 || row.Error != "" || row.Result != "已处理2026-11-21" {
				t.Errorf("%+v", row)
			}
		})
		t.Run("a panic is a failure of the job alone", func(t *testing.T) {
			clock.Set("2026-11-21 08:00:00")
			tick(t, s)
			if row := runs(t, db, "political-birthday")[1]; row.State != model.RunFailed || row.Error != "panic: boom" {
				t.Errorf("%+v", row)
			}
		})
	})
}
