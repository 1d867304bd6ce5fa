package batch

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/worker"
)

const (
	maxAttempts = 3 // of one step of one batch
	pollEvery   = 3 * time.Second
)

// errLost says that another worker has taken the batch over.
var errLost = errors.New("another worker has taken the batch over")

// Start works batches off in the background until Stop; it does not end with ctx. Started twice, it runs once.
func (s *Service) Start(ctx context.Context) {
	s.worker.Start(ctx, worker.Poll(pollEvery, s.wake, s.Work, func(ctx context.Context, err error) {
		s.log.ErrorContext(ctx, "an import or export was not worked off", "error", err)
	}))
}

// Stop waits for the batch in hand. If ctx ends first, that batch is cut off and another instance does it again.
func (s *Service) Stop(ctx context.Context) error {
	if err := s.worker.Stop(ctx); err != nil {
		return fmt.Errorf("stop imports and exports: %w", err)
	}
	return nil
}

// job is one step that a batch waits for.
type job struct {
	table           string
	waiting, active string // the states in which it waits, and in which somebody has it
	failed          string
	problem         string // the column that tells the person why it failed
	work            func(s *Service, ctx context.Context, h hold) error
}

var (
	applyJob  = job{"import_batch", model.ImportQueued, model.ImportImporting, model.ImportFailed, "error", (*Service).apply}
	checkJob  = job{"import_batch", model.ImportWaiting, model.ImportChecking, model.ImportFailed, "error", (*Service).check}
	exportJob = job{"export_batch", model.ExportQueued, model.ExportRunning, model.ExportFailed, "note", (*Service).export}
)

// hold is a batch that this instance has, until its lease ends.
type hold struct {
	job
	id       int64
	owner    string
	attempts int64
}

// Work takes up one batch and brings its step to an end; 0 means that nothing waits.
func (s *Service) Work(ctx context.Context) (int, error) {
	for _, j := range []job{applyJob, checkJob, exportJob} {
		h, err := s.claim(ctx, j)
		if err != nil {
			return 0, fmt.Errorf("claim in %s: %w", j.table, err)
		}
		if h.id != 0 {
			return 1, s.run(ctx, h)
		}
	}
	return 0, nil
}

// claim leases the batch that has waited longest, or one whose worker was killed. The try is counted here, so that a
// batch that kills its worker comes to an end too.
func (s *Service) claim(ctx context.Context, j job) (h hold, err error) {
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		owner := s.pass()
		ids, err := model.Claim(tx, j.table, j.active, owner, s.lease, 1, "state = ? OR state = ? AND lease_until < ?", j.waiting, j.active, tx.Now)
		if err != nil || len(ids) == 0 {
			return err
		}
		h = hold{job: j, id: ids[0], owner: owner}
		if _, err := model.Exec(tx, "UPDATE "+j.table+" SET attempts = attempts + 1, done = 0, updated_at = ? WHERE id = ?", tx.Now, h.id); err != nil {
			return err
		}
		return tx.Raw("SELECT attempts FROM "+j.table+" WHERE id = ?", h.id).Scan(&h.attempts).Error
	})
	return h, err
}

// run does the step while the lease is kept, and puts down how it went wrong if it did.
func (s *Service) run(ctx context.Context, h hold) error {
	if h.attempts > maxAttempts {
		s.log.ErrorContext(ctx, "a batch was given up: its worker died at every try", "table", h.table, "id", h.id)
		return s.fail(ctx, h, "处理多次中断，请重新提交；如仍不成功，请联系系统管理员")
	}
	err := s.keep(ctx, h)
	var f *fault.Fault
	switch {
	case err == nil || errors.Is(err, errLost):
		return nil
	case errors.As(err, &f):
		return s.fail(ctx, h, f.Message)
	case ctx.Err() != nil:
		return s.release(ctx, h, -1)
	case h.attempts >= maxAttempts:
		return errors.Join(err, s.fail(ctx, h, "处理时系统出现问题，请稍后重新提交；如仍不成功，请联系系统管理员"))
	default:
		return errors.Join(err, s.release(ctx, h, 0))
	}
}

// keep prolongs the lease while the step runs; if it is lost, the step is told to stop. A panic is a failure of the step
// and not of the process.
func (s *Service) keep(ctx context.Context, h hold) (err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	kept := make(chan struct{})
	go func() {
		defer close(kept)
		ticker := time.NewTicker(s.lease / 3)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			tx := s.db.Read(ctx)
			if err := h.set(tx, map[string]any{"lease_until": tx.Now.Add(s.lease)}); errors.Is(err, errLost) {
				cancel(errLost)
				return
			}
		}
	}()
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("a batch panicked", "table", h.table, "id", h.id, "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
		if errors.Is(context.Cause(ctx), errLost) {
			err = errLost
		}
		cancel(nil)
		<-kept
	}()
	return h.work(s, ctx, h)
}

// set changes the batch as long as this instance has it; else errLost.
func (h hold) set(tx model.Tx, change map[string]any) error {
	res := tx.Table(h.table).Where("id = ? AND state = ? AND lease_owner = ?", h.id, h.active, h.owner).Updates(change)
	if res.Error == nil && res.RowsAffected == 0 {
		return errLost
	}
	return res.Error
}

// fail ends the batch with a sentence for its owner.
func (s *Service) fail(ctx context.Context, h hold, message string) error {
	return s.settle(ctx, h, map[string]any{"state": h.failed, h.problem: message, "lease_until": nil})
}

// release gives the batch back: whoever looks next takes it up again.
func (s *Service) release(ctx context.Context, h hold, attempts int64) error {
	return s.settle(ctx, h, map[string]any{"state": h.waiting, "lease_until": nil, "attempts": h.attempts + attempts})
}

// settle puts down what happened even while the process stops.
func (s *Service) settle(ctx context.Context, h hold, change map[string]any) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	tx := s.db.Read(ctx)
	change["updated_at"] = tx.Now
	if err := h.set(tx, change); !errors.Is(err, errLost) {
		return err
	}
	return nil
}

// rights is who asked, as he or she is now: a worker may do no more than that. Nobody is the command line, which may do
// everything below the organisation.
func rights(tx model.Tx, accountID *int64, org model.Org) (access.Viewer, error) {
	if accountID == nil {
		all := access.Viewer{}
		for _, role := range []string{model.RoleAdmin, model.RoleCollector} {
			all.Grants = append(all.Grants, access.Grant{Role: role, OrgID: org.ID, OrgPath: org.Path, OrgType: org.Type, OrgName: org.Name})
		}
		return all, nil
	}
	v, err := access.Load(tx, *accountID)
	if fault.Is(err, "auth.required") {
		return v, fault.Forbidden()
	}
	return v, err
}
