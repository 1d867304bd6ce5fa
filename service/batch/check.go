package batch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"gorm.io/gorm"

	"hongyun/model"
	"hongyun/service/fault"
	"hongyun/service/file"
	"hongyun/service/rule"
	"hongyun/service/sheet"
)

// check reads the whole file into drafts and says what is wrong with each row. Begun again, it begins from the start.
func (s *Service) check(ctx context.Context, h hold) error {
	b, i, err := s.load(ctx, h)
	if err != nil {
		return err
	}
	err = s.stage(ctx, h, b, i)
	if err == nil {
		return s.conclude(ctx, h, b, i, "")
	}
	var f *fault.Fault
	if !errors.As(err, &f) {
		return err
	}
	return s.db.Tx(ctx, func(tx model.Tx) error { // the file itself is bad
		if err := s.dropDrafts(tx, i, b.ID); err != nil {
			return err
		}
		b.State = model.ImportRefused
		record(tx, actor(b.By), "import.refused", b.ImportBatch)
		return h.set(tx, map[string]any{"state": b.State, "error": f.Message, "lease_until": nil, "updated_at": tx.Now})
	})
}

// load reads the batch that h holds, and with whose rights. Who has lost the organisation imports nothing into it.
func (s *Service) load(ctx context.Context, h hold) (b Batch, i Importer, err error) {
	tx := s.db.Read(ctx)
	if err := tx.Where("id = ? AND lease_owner = ?", h.id, h.owner).Take(&b.ImportBatch).Error; model.NotFound(err) {
		return b, i, errLost
	} else if err != nil {
		return b, i, err
	}
	if i, err = s.importer(b.Kind); err != nil {
		return b, i, err
	}
	if err := tx.Where("id = ?", b.OrgID).Take(&b.Org).Error; err != nil {
		return b, i, err
	}
	who := b.CreatedBy
	if b.State == model.ImportImporting {
		who = b.ImportedBy
	}
	b.By, err = rights(tx, who, b.Org)
	if err == nil && (b.Org.DissolvedOn != nil || !i.scope(b.By).Covers(b.Org.Path)) {
		err = fault.Invalid("import.rights_lost", "您已不再管理“"+b.Org.Name+"”或不再负责这类名单，这次导入没有进行")
	}
	return b, i, err
}

// stageHands is how many portions are written at the same time: while the database works on one, the next is made ready.
const stageHands = 2

// stage reads the rows into drafts, chunk by chunk, each with the progress in a transaction of its own. How many rows
// there are is guessed from how much of the sheet has been read, until its end is reached.
func (s *Service) stage(ctx context.Context, h hold, b Batch, i Importer) error {
	book, err := s.workbook(ctx, b.FileID)
	if err != nil {
		return err
	}
	limits, spec, err := s.limits(ctx, i)
	if err != nil {
		return err
	}
	if err := s.begin(ctx, h, i); err != nil {
		return err
	}
	var staged atomic.Int64
	return s.chunks(ctx, stageHands, book, limits, spec, func(rows []sheet.Row) error {
		return s.db.Tx(ctx, func(tx model.Tx) error {
			if err := i.Stage(tx, b, rows); err != nil {
				return err
			}
			n := int64(len(rows))
			total := max(staged.Add(n), rows[n-1].Guess())
			return h.set(tx, map[string]any{"done": gorm.Expr("done + ?", n), "total": total, "lease_until": tx.Now.Add(s.lease), "updated_at": tx.Now})
		})
	})
}

// limits is how much may be read: the number of rows is data.
func (s *Service) limits(ctx context.Context, i Importer) (sheet.Limits, sheet.Spec, error) {
	tx := s.db.Read(ctx)
	rules, err := rule.Load(tx, model.RulesSheet, tx.Day())
	if err != nil {
		return sheet.Limits{}, sheet.Spec{}, err
	}
	spec, _, err := i.Spec(tx)
	return sheet.Limits{Rows: rules.Int("IMPORT_ROWS_MOST")}, spec, err
}

// begin removes what an earlier try has left.
func (s *Service) begin(ctx context.Context, h hold, i Importer) error {
	return s.db.Tx(ctx, func(tx model.Tx) error {
		if err := h.set(tx, map[string]any{"total": 0, "done": 0, "bad": 0, "error": "", "updated_at": tx.Now}); err != nil {
			return err
		}
		return s.dropDrafts(tx, i, h.id)
	})
}

// conclude looks at the drafts beside each other and beside the tables, writes the file with the reasons, and shows the
// batch to its owner. note says why a batch comes back that had been checked before.
func (s *Service) conclude(ctx context.Context, h hold, b Batch, i Importer, note string) error {
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		if err := h.set(tx, map[string]any{"lease_until": tx.Now.Add(s.lease)}); err != nil {
			return err
		}
		if err := i.Check(tx, b); err != nil {
			return err
		}
		var n struct{ Total, Bad int64 }
		err := tx.Raw("SELECT count(*) AS total, count(*) FILTER (WHERE error <> '') AS bad FROM "+i.Drafts+" WHERE batch_id = ?", b.ID).Scan(&n).Error
		b.Total, b.Bad = n.Total, n.Bad
		return err
	})
	if err != nil {
		return err
	}
	old := b.ResultFileID
	b.ResultFileID = nil
	if b.Bad > 0 {
		id, err := s.writeResult(ctx, b, i)
		if err != nil {
			return err
		}
		b.ResultFileID = &id
	}
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		b.State = model.ImportChecked
		record(tx, actor(b.By), "import.checked", b.ImportBatch)
		return h.set(tx, map[string]any{"state": b.State, "total": b.Total, "done": b.Total, "bad": b.Bad, "error": note, "result_file_id": b.ResultFileID,
			"lease_until": nil, "updated_at": tx.Now})
	})
	if err == nil && old != nil {
		err = s.files.Discard(ctx, *old)
	}
	return err
}

// writeResult is the sheet as it was sent in, with the reason on each bad row.
func (s *Service) writeResult(ctx context.Context, b Batch, i Importer) (int64, error) {
	limits, spec, err := s.limits(ctx, i)
	if err != nil {
		return 0, err
	}
	book, err := s.workbook(ctx, b.FileID)
	if err != nil {
		return 0, err
	}
	by := int64(0)
	if b.CreatedBy != nil {
		by = *b.CreatedBy
	}
	f, err := s.files.Save(ctx, by, fmt.Sprintf("%s-导入结果-%d.xlsx", i.Title, b.ID), file.ExcelMIME, func(w io.Writer) error {
		out, err := sheet.NewWriter(w, spec.WithResult(), "")
		if err != nil {
			return err
		}
		err = s.chunks(ctx, 1, book, limits, spec, func(rows []sheet.Row) error { return s.writeRows(ctx, out, b, i, spec, rows) })
		if err != nil {
			return err
		}
		return out.Close()
	})
	return f.ID, err
}

func (s *Service) writeRows(ctx context.Context, out *sheet.Writer, b Batch, i Importer, spec sheet.Spec, rows []sheet.Row) error {
	var bad []RowError
	err := s.db.Read(ctx).Raw(`SELECT row_no AS "row", error AS reason FROM `+i.Drafts+` WHERE batch_id = ? AND row_no BETWEEN ? AND ? AND error <> ''`,
		b.ID, rows[0].No, rows[len(rows)-1].No).Scan(&bad).Error
	if err != nil {
		return err
	}
	reasons := make(map[int64]string, len(bad))
	for _, e := range bad {
		reasons[e.Row] = e.Reason
	}
	for _, r := range rows {
		out.At(r.No) // where a reason names another row, it means the row of this file as well
		cells := make([]string, 0, len(spec.Columns)+1)
		for _, c := range spec.Columns {
			cells = append(cells, r.Cells[c.Key])
		}
		reason := reasons[int64(r.No)]
		if err := out.Row(append(cells, reason), reason != ""); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) dropDrafts(tx model.Tx, i Importer, id int64) error {
	_, err := model.Exec(tx, "DELETE FROM "+i.Drafts+" WHERE batch_id = ?", id)
	return err
}
