package batch

import (
	"context"
	"errors"
	"fmt"
	"io"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
)

// StartImport sends a checked import on its way. With bad rows it is refused, unless skipBad says to import the good
// ones alone.
//
// Faults: not_found, import.not_checked, import.has_errors, import.nothing_good.
func (s *Service) StartImport(ctx context.Context, v access.Viewer, id int64, skipBad bool) (ImportView, error) {
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		b, err := s.find(tx, v, id)
		if err != nil {
			return err
		}
		return s.queue(tx, b, audit.By(v), skipBad)
	})
	if err != nil {
		return ImportView{}, err
	}
	s.knock()
	return s.view(s.db.Read(ctx), id)
}

// queue is the guarded step from CHECKED to QUEUED.
func (s *Service) queue(tx model.Tx, b Batch, by audit.Actor, skipBad bool) error {
	switch {
	case b.State != model.ImportChecked:
		return notChecked(b.State)
	case b.Total == b.Bad:
		return fault.Conflict("import.nothing_good", "没有可以导入的行，请按提示改正后重新上传")
	case b.Bad > 0 && !skipBad:
		return fault.Conflict("import.has_errors", fmt.Sprintf("还有 %d 行不能导入，请改正后重新上传，或选择只导入其余 %d 行", b.Bad, b.Total-b.Bad)).With("bad", b.Bad)
	}
	set := map[string]any{"state": model.ImportQueued, "done": 0, "attempts": 0, "error": "", "lease_until": nil, "updated_at": tx.Now, "imported_by": nil}
	if b.By.AccountID != 0 {
		set["imported_by"] = b.By.AccountID
	}
	res := tx.Model(&model.ImportBatch{}).Where("id = ? AND state = ? AND bad = ?", b.ID, model.ImportChecked, b.Bad).Updates(set)
	if res.Error == nil && res.RowsAffected == 0 {
		return notChecked(model.ImportQueued)
	}
	b.State = model.ImportQueued
	record(tx, by, "import.started", b.ImportBatch)
	return res.Error
}

func notChecked(state string) error {
	text := map[string]string{
		model.ImportWaiting: "文件还没有检查完，请稍候", model.ImportChecking: "文件还没有检查完，请稍候",
		model.ImportRefused: "文件没有通过检查，请改正后重新上传", model.ImportFailed: "这次导入没有成功，请重新上传文件",
		model.ImportQueued: "正在导入，请勿重复操作", model.ImportImporting: "正在导入，请勿重复操作",
		model.ImportImported: "这份名单已经导入", model.ImportUndone: "这次导入已经撤销，请重新上传文件",
	}[state]
	return fault.Conflict("import.not_checked", text).With("state", state)
}

// UndoImport takes an import back while nothing depends on it.
//
// Faults: not_found, import.not_imported, and what the module says depends on it.
func (s *Service) UndoImport(ctx context.Context, v access.Viewer, id int64) (ImportView, error) {
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		b, err := s.find(tx, v, id)
		if err != nil {
			return err
		}
		i, err := s.importer(b.Kind)
		if err != nil {
			return err
		}
		res := tx.Model(&model.ImportBatch{}).Where("id = ? AND state = ?", id, model.ImportImported).
			Updates(map[string]any{"state": model.ImportUndone, "undone_by": v.AccountID, "undone_at": tx.Now, "updated_at": tx.Now})
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected == 0 {
			return fault.Conflict("import.not_imported", "只有已经导入的名单才能撤销").With("state", b.State)
		}
		b.State = model.ImportUndone
		record(tx, audit.By(v), "import.undone", b.ImportBatch)
		return i.Undo(tx, b)
	})
	if err != nil {
		return ImportView{}, err
	}
	return s.view(s.db.Read(ctx), id)
}

// ResultFile is the sheet as it was sent in, with the reason on each bad row. The caller closes the content.
//
// Faults: not_found, import.identity, import.no_result.
func (s *Service) ResultFile(ctx context.Context, v access.Viewer, id int64) (model.File, io.ReadCloser, error) {
	b, err := s.withFiles(s.db.Read(ctx), v, id)
	if err != nil {
		return model.File{}, nil, err
	}
	if b.ResultFileID == nil {
		return model.File{}, nil, fault.Conflict("import.no_result", "没有错误行，不需要下载结果文件").With("state", b.State)
	}
	return s.download(ctx, *b.ResultFileID, func(tx model.Tx) { record(tx, audit.By(v), "import.result_downloaded", b.ImportBatch) })
}

// SourceFile is the sheet as it was sent in. The caller closes the content.
//
// Faults: not_found, import.identity.
func (s *Service) SourceFile(ctx context.Context, v access.Viewer, id int64) (model.File, io.ReadCloser, error) {
	b, err := s.withFiles(s.db.Read(ctx), v, id)
	if err != nil {
		return model.File{}, nil, err
	}
	return s.download(ctx, b.FileID, func(tx model.Tx) { record(tx, audit.By(v), "import.source_downloaded", b.ImportBatch) })
}

// withFiles is find for whoever may have the files too. Somebody else's list shows full identity numbers, which takes a
// permission of its own (RULES 11.3).
func (s *Service) withFiles(tx model.Tx, v access.Viewer, id int64) (Batch, error) {
	b, err := s.find(tx, v, id)
	if err != nil {
		return b, err
	}
	mine := b.CreatedBy != nil && *b.CreatedBy == v.AccountID
	if s.importers[b.Kind].Identity && !mine && !v.Identifies().Covers(b.Org.Path) {
		return b, &fault.Fault{Kind: fault.KindForbidden, Code: "import.identity",
			Message: "文件中有完整身份证号，只有上传人和有查看完整身份证号权限的人可以下载；错误行可在页面上查看"}
	}
	return b, nil
}

// download opens a file and puts into the audit log that it left the house.
func (s *Service) download(ctx context.Context, fileID int64, record func(model.Tx)) (model.File, io.ReadCloser, error) {
	f, content, err := s.files.Open(ctx, fileID)
	if err != nil {
		return f, nil, err
	}
	if err := s.db.Tx(ctx, func(tx model.Tx) error { record(tx); return nil }); err != nil {
		return f, nil, errors.Join(err, content.Close())
	}
	return f, content, nil
}
