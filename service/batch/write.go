package batch

import (
	"context"
	"errors"
	"fmt"
	"io"

	"hongyun/model"
	"hongyun/service/fault"
	"hongyun/service/file"
	"hongyun/service/sheet"
)

// export writes the list. Begun again, it begins from the start.
func (s *Service) export(ctx context.Context, h hold) error {
	e, x, state, err := s.loadExport(ctx, h)
	if err != nil {
		return err
	}
	if state == model.ExportPending && e.DecidedBy == nil { // the list has grown since it was asked for
		return s.db.Tx(ctx, func(tx model.Tx) error {
			return h.set(tx, map[string]any{"state": state, "total": e.Total, "lease_until": nil, "updated_at": tx.Now})
		})
	}
	name := fmt.Sprintf("%s-%s-%d.xlsx", e.Title, model.DateOf(s.db.Now()), e.ID)
	f, err := s.files.Save(ctx, e.CreatedBy, name, file.ExcelMIME, func(w io.Writer) error { return s.writeList(ctx, w, h, e, x) })
	if err != nil {
		return err
	}
	err = s.db.Tx(ctx, func(tx model.Tx) error {
		e.State = model.ExportReady
		recordExport(tx, actor(e.By), "export.ready", e.ExportBatch)
		return h.set(tx, map[string]any{"state": e.State, "file_id": f.ID, "done": e.Total, "lease_until": nil, "updated_at": tx.Now})
	})
	if err != nil {
		err = errors.Join(err, s.files.Discard(context.WithoutCancel(ctx), f.ID))
	}
	return err
}

// loadExport reads the request that h holds, with its owner's rights as they are now.
func (s *Service) loadExport(ctx context.Context, h hold) (e Export, x Exporter, state string, err error) {
	tx := s.db.Read(ctx)
	if err := tx.Where("id = ? AND lease_owner = ?", h.id, h.owner).Take(&e.ExportBatch).Error; model.NotFound(err) {
		return e, x, "", errLost
	} else if err != nil {
		return e, x, "", err
	}
	if x, err = s.exporter(e.Kind); err != nil {
		return e, x, "", err
	}
	if e.By, _, err = s.recheck(tx, e.ExportBatch); err != nil {
		return e, x, "", err
	}
	if e.Filter, err = s.vault.Open(e.Filter); err != nil {
		return e, x, "", err
	}
	state, e.Total, err = s.admit(tx, x, e.By, []byte(e.Filter))
	return e, x, state, err
}

// writeList streams the rows into the workbook: who let them out stands on it, and where the reason is kept.
func (s *Service) writeList(ctx context.Context, w io.Writer, h hold, e Export, x Exporter) error {
	mark := fmt.Sprintf("%s  %s  导出第%d号", e.By.Name, s.db.Now().In(model.Shanghai).Format("2006-01-02 15:04"), e.ID)
	out, err := sheet.NewWriter(w, x.Spec(e.Identity), mark)
	if err != nil {
		return err
	}
	done := 0
	for after := ""; ; {
		var rows [][]string
		err := s.db.Tx(ctx, func(tx model.Tx) (err error) {
			if rows, after, err = x.Rows(tx, e, after, s.chunk); err != nil {
				return err
			}
			done += len(rows)
			return h.set(tx, map[string]any{"done": done, "total": max(int64(done), e.Total), "lease_until": tx.Now.Add(s.lease), "updated_at": tx.Now})
		})
		for _, cells := range rows {
			err = errors.Join(err, out.Row(cells, false))
		}
		if err == nil && done > exportRowsMost {
			err = fault.Invalid("export.too_long", "超过 Excel 的行数上限，请按组织分批导出")
		}
		if err != nil {
			return err
		}
		if after == "" {
			return out.Close()
		}
	}
}

// exportRowsMost is what a sheet of Excel holds, less its head.
const exportRowsMost = 1_048_000
