package batch

import (
	"context"

	"hongyun/model"
	"hongyun/service/audit"
	"hongyun/service/fault"
)

// Command is an import from the command line, which may do everything below the organisation.
type Command struct {
	Kind    string
	OrgID   int64
	Name    string // of the file
	Body    []byte
	Apply   bool // import what is good after the check; else it is a dry run
	SkipBad bool // import although there are bad rows
}

// Run checks a file at once, without the worker, and imports it if it is told to. An import that was only checked stays
// for some days, and an administrator of the organisation may go on with it.
func (s *Service) Run(ctx context.Context, by audit.Actor, c Command) (ImportDetail, error) {
	i, err := s.importer(c.Kind)
	if err != nil {
		return ImportDetail{}, err
	}
	var org model.Org
	if err := s.db.Read(ctx).Where("id = ? AND dissolved_on IS NULL", c.OrgID).Take(&org).Error; model.NotFound(err) {
		return ImportDetail{}, fault.NotFound("组织")
	} else if err != nil {
		return ImportDetail{}, err
	}
	f, err := s.files.SaveWorkbook(ctx, 0, c.Name, c.Body)
	if err != nil {
		return ImportDetail{}, err
	}
	owner := s.pass()
	b := model.ImportBatch{Kind: i.Kind, OrgID: org.ID, FileID: f.ID, State: model.ImportChecking, LeaseOwner: owner, Attempts: maxAttempts}
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		until := tx.Now.Add(s.lease)
		b.LeaseUntil = &until
		return open(tx, by, &b)
	})
	if err == nil {
		err = s.run(ctx, hold{job: checkJob, id: b.ID, owner: owner, attempts: maxAttempts})
	}
	if err != nil {
		return ImportDetail{}, err
	}
	d, err := s.ran(ctx, b.ID)
	if err != nil || !c.Apply {
		return d, err
	}
	if err := s.applyNow(ctx, by, b.ID, c.SkipBad); err != nil {
		return d, err
	}
	return s.ran(ctx, b.ID)
}

// applyNow queues a checked import and takes it up in the same transaction, so that no worker comes between.
func (s *Service) applyNow(ctx context.Context, by audit.Actor, id int64, skipBad bool) error {
	owner := s.pass()
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		var b Batch
		if err := tx.Where("id = ?", id).Take(&b.ImportBatch).Error; err != nil {
			return err
		}
		if err := s.queue(tx, b, by, skipBad); err != nil {
			return err
		}
		return tx.Model(&model.ImportBatch{}).Where("id = ? AND state = ?", id, model.ImportQueued).
			Updates(map[string]any{"state": model.ImportImporting, "lease_owner": owner, "lease_until": tx.Now.Add(s.lease), "attempts": maxAttempts}).Error
	})
	if err != nil {
		return err
	}
	return s.run(ctx, hold{job: applyJob, id: id, owner: owner, attempts: maxAttempts})
}

// ran is how the import stands, with its first errors. One that was refused or has failed is an error.
func (s *Service) ran(ctx context.Context, id int64) (d ImportDetail, err error) {
	tx := s.db.Read(ctx)
	if d.ImportView, err = s.view(tx, id); err != nil {
		return d, err
	}
	if d.State == model.ImportRefused || d.State == model.ImportFailed {
		return d, fault.Invalid("import.refused", d.Error)
	}
	d.Errors, err = s.errors(tx, model.ImportBatch{ID: id, Kind: d.Kind}, 0, firstErrors)
	return d, err
}
