// Package schedule runs jobs when they are due: each period once, over any
// number of instances, and later if no instance was up in time. What a job
// does belongs to its module; when it is due is data (job_time).
package schedule

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"gorm.io/gorm/clause"

	"hongyun/model"
)

// MaxAttempts bounds the tries of one period.
const MaxAttempts = 5

// Job is something that is done for each of its periods. It must be
// idempotent: a run that was killed half-way is made again, and anyone may run
// it by hand.
type Job struct {
	Name  string // stable, as in job_time: theme-day-warning
	Title string // Chinese
	// Run tells in a Chinese sentence what it did. It stops early when ctx ends.
	Run func(ctx context.Context, r Run) (summary string, err error)
}

// Run is what a job is told.
type Run struct {
	Period string
	Day    model.Date // the due day in Shanghai: a run that is late keeps its own
	DueAt  time.Time
	ByHand bool
}

// Options is what a Service needs.
type Options struct {
	DB       *model.DB
	Instance string // names this process in job_run
	Log      *slog.Logger
	Jobs     []Job
	CatchUp  time.Duration // how far back missed periods are made up for; 0 = 92 days
	Lease    time.Duration // a run that is not heard of for so long was killed; 0 = 2 minutes
}

// Service is one instance's part of the schedule. It is safe for concurrent use.
type Service struct {
	db      *model.DB
	owner   string
	log     *slog.Logger
	jobs    []Job
	catchUp time.Duration
	lease   time.Duration

	quit    chan struct{} // closed by Stop: no run begins any more
	once    sync.Once
	running sync.WaitGroup
	cancel  context.CancelFunc // of the runs of Start
}

// New makes the service. Nothing runs before Start or Tick.
func New(o Options) *Service {
	s := &Service{db: o.DB, owner: o.Instance + "/" + rand.Text()[:8], log: o.Log, jobs: o.Jobs,
		catchUp: o.CatchUp, lease: o.Lease, quit: make(chan struct{}), cancel: func() {}}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.catchUp == 0 {
		s.catchUp = 92 * 24 * time.Hour
	}
	if s.lease == 0 {
		s.lease = 2 * time.Minute
	}
	return s
}

// Start looks at each job every minute, beginning at once, until Stop. Jobs
// don't wait for each other; the periods of one job run in order. When ctx
// ends, running jobs are told to stop early.
func (s *Service) Start(ctx context.Context) {
	ctx, s.cancel = context.WithCancel(ctx)
	for _, job := range s.jobs {
		s.running.Go(func() { s.loop(ctx, job) })
	}
}

func (s *Service) loop(ctx context.Context, job Job) {
	for {
		if err := s.tick(ctx, job); err != nil && ctx.Err() == nil {
			s.log.Error("schedule", "job", job.Name, "error", err)
		}
		now := s.db.Now()
		next := time.NewTimer(now.Truncate(time.Minute).Add(time.Minute).Sub(now))
		select {
		case <-next.C:
		case <-s.quit:
			next.Stop()
			return
		case <-ctx.Done():
			next.Stop()
			return
		}
	}
}

// Stop lets running jobs finish. When ctx ends first, it tells them to stop
// early and gives them a few seconds more; a run that is cut off is made again.
func (s *Service) Stop(ctx context.Context) error {
	s.once.Do(func() { close(s.quit) })
	done := make(chan struct{})
	go func() { s.running.Wait(); close(done) }()
	defer func() { s.cancel() }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	s.cancel()
	select {
	case <-done:
		return nil
	case <-time.After(5 * time.Second):
		return fmt.Errorf("stop the schedule: jobs still run: %w", ctx.Err())
	}
}

// Tick claims what is due, runs it and records how it went; it returns when
// all of it is done. A job that fails is logged and tried again by later
// ticks; an error means that the schedule itself could not work.
func (s *Service) Tick(ctx context.Context) error {
	errs := make([]error, len(s.jobs))
	var wg sync.WaitGroup
	for i, job := range s.jobs {
		wg.Go(func() { errs[i] = s.tick(ctx, job) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (s *Service) tick(ctx context.Context, job Job) error {
	waiting, err := s.waiting(ctx, job)
	if err != nil {
		return fmt.Errorf("what is due of %s: %w", job.Name, err)
	}
	var errs []error
	for _, d := range waiting {
		select {
		case <-s.quit:
			return errors.Join(errs...)
		default:
		}
		row, claimed, err := s.claim(ctx, job, d)
		if err == nil && claimed {
			err = s.work(ctx, job, row)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s for %s: %w", job.Name, d.Period, err))
		}
	}
	return errors.Join(errs...)
}

// waiting is the due periods of the job that nobody has done or is doing.
func (s *Service) waiting(ctx context.Context, job Job) ([]Due, error) {
	tx := s.db.Read(ctx)
	times, err := timesOf(tx, job.Name)
	if err != nil {
		return nil, err
	}
	if len(times) == 0 {
		return nil, errors.New("no time is set in job_time")
	}
	since, err := firstStart(tx, job.Name)
	if err != nil {
		return nil, err
	}
	due := dueBy(times, later(since, tx.Now.Add(-s.catchUp)), tx.Now)
	if len(due) == 0 {
		return nil, nil
	}
	periods := make([]string, len(due))
	for i, d := range due {
		periods[i] = d.Period
	}
	var rows []model.JobRun
	if err := tx.Where("job = ? AND by_hand = '' AND period IN ?", job.Name, periods).Find(&rows).Error; err != nil {
		return nil, err
	}
	closed := map[string]bool{}
	for _, r := range rows {
		closed[r.Period] = !open(r, tx.Now)
	}
	return slices.DeleteFunc(due, func(d Due) bool { return closed[d.Period] }), nil
}

// firstStart is when this database first saw the job: what was due before is
// not made up for.
func firstStart(tx model.Tx, job string) (time.Time, error) {
	row := model.Sequence{Name: "schedule." + job, Value: tx.Now.UnixMicro()}
	res := tx.Where("name = ?", row.Name).Limit(1).Find(&row)
	if res.Error == nil && res.RowsAffected == 0 {
		res = tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
	}
	return time.UnixMicro(row.Value).UTC(), res.Error
}

func timesOf(tx model.Tx, job string) (times []model.JobTime, err error) {
	err = tx.Where("job = ?", job).Order("effective_from").Find(&times).Error
	return times, err
}
