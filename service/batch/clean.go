package batch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hongyun/model"
	"hongyun/service/file"
	"hongyun/service/rule"
	"hongyun/service/schedule"
)

// JobClean removes, each day, the files of imports and exports whose time is over.
const JobClean = "sheet-cleaning"

// Jobs is what this package does by the clock.
func (s *Service) Jobs() []schedule.Job {
	return []schedule.Job{{Name: JobClean, Title: "清理导入导出文件", Run: func(ctx context.Context, _ schedule.Run) (string, error) {
		n, err := s.Clean(ctx)
		return fmt.Sprintf("删除过期的导入导出文件 %d 个", n), err
	}}}
}

// Clean removes the files of every import and export that nothing has happened to for FILE_KEEP_DAYS, and files that no
// batch came to own or that a kill has left half written. A checked import that nobody went on with is given up with its drafts. It tells how many files went.
func (s *Service) Clean(ctx context.Context) (int, error) {
	tx := s.db.Read(ctx)
	rules, err := rule.Load(tx, model.RulesSheet, tx.Day())
	if err != nil {
		return 0, err
	}
	days := rules.Int("FILE_KEEP_DAYS")
	before := tx.Now.Add(-time.Duration(days) * 24 * time.Hour)
	if err := errors.Join(s.giveUp(ctx, before, days), s.files.Sweep(before)); err != nil {
		return 0, err
	}
	var files []int64
	err = tx.Raw(`
SELECT f.id FROM file f WHERE f.mime = ? AND f.bytes > 0 AND f.created_at < ?
AND NOT EXISTS (SELECT 1 FROM import_batch b WHERE (b.file_id = f.id OR b.result_file_id = f.id) AND (b.updated_at >= ? OR b.state IN ('WAITING', 'CHECKING', 'CHECKED', 'QUEUED', 'IMPORTING')))
AND NOT EXISTS (SELECT 1 FROM export_batch e WHERE e.file_id = f.id AND e.updated_at >= ?)
ORDER BY f.id`, file.ExcelMIME, before, before, before).Scan(&files).Error
	for _, id := range files {
		err = errors.Join(err, s.files.Discard(ctx, id))
	}
	return len(files), err
}

// giveUp ends the checked imports that nobody went on with.
func (s *Service) giveUp(ctx context.Context, before time.Time, days int) error {
	for _, i := range s.importers {
		err := s.db.Tx(ctx, func(tx model.Tx) error {
			var ids []int64
			err := tx.Model(&model.ImportBatch{}).Where("kind = ? AND state = ? AND updated_at < ?", i.Kind, model.ImportChecked, before).Pluck("id", &ids).Error
			if err != nil || len(ids) == 0 {
				return err
			}
			// updated_at stays: the files go with the same run.
			res := tx.Model(&model.ImportBatch{}).Where("id IN ? AND state = ?", ids, model.ImportChecked).
				UpdateColumns(map[string]any{"state": model.ImportFailed, "error": fmt.Sprintf("检查后 %d 天内没有导入，已作废，请重新上传", days)})
			if res.Error != nil {
				return res.Error
			}
			_, err = model.Exec(tx, "DELETE FROM "+i.Drafts+" WHERE batch_id IN (SELECT id FROM import_batch WHERE id IN ? AND state = ?)", ids, model.ImportFailed)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
