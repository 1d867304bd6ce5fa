package batch

import (
	"context"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
	"hongyun/service/sheet"
)

// ImportView is an import as its owner sees it.
type ImportView struct {
	ID         int64      `json:"id"`
	Kind       string     `json:"kind"`
	Title      string     `json:"title"`
	OrgID      int64      `json:"org_id"`
	OrgName    string     `json:"org_name"`
	FileName   string     `json:"file_name"`
	State      string     `json:"state"`
	Progress   int64      `json:"progress"` // percent of the present step
	Total      int64      `json:"total"`
	Done       int64      `json:"done"`
	Bad        int64      `json:"bad"`
	Error      string     `json:"error"`
	HasResult  bool       `json:"has_result"` // there is a file with the reasons
	CreatedBy  string     `json:"created_by"`
	CreatedAt  time.Time  `json:"created_at"`
	ImportedAt *time.Time `json:"imported_at"`
	UndoneAt   *time.Time `json:"undone_at"`
}

// ImportDetail is an import with its first errors.
type ImportDetail struct {
	ImportView
	Errors []RowError `json:"errors"`
}

// RowError is a row that cannot be imported as it is.
type RowError struct {
	Row    int64  `json:"row"` // as Excel numbers it
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

const firstErrors = 20

// Template writes the empty sheet of a kind.
func (s *Service) Template(ctx context.Context, kind string, w io.Writer) (title string, err error) {
	i, err := s.importer(kind)
	if err != nil {
		return "", err
	}
	spec, example, err := i.Spec(s.db.Read(ctx))
	if err != nil {
		return "", err
	}
	return i.Title, sheet.Template(w, spec, example)
}

// Upload takes a filled-in sheet whose rows belong below an organisation of v's, and leaves it to the worker.
// What is wrong inside the file the worker finds out.
//
// Faults: import.unknown_kind, not_found for the organisation, and those of file.SaveWorkbook.
func (s *Service) Upload(ctx context.Context, v access.Viewer, kind string, orgID int64, name string, body []byte) (ImportView, error) {
	i, err := s.importer(kind)
	if err != nil {
		return ImportView{}, err
	}
	var org model.Org
	where, args := i.scope(v).Paths("path")
	err = s.db.Read(ctx).Where("id = ? AND dissolved_on IS NULL", orgID).Where(where, args...).Take(&org).Error
	if model.NotFound(err) {
		err = fault.NotFound("组织")
	}
	if err != nil {
		return ImportView{}, err
	}
	f, err := s.files.SaveWorkbook(ctx, v.AccountID, name, body)
	if err != nil {
		return ImportView{}, err
	}
	b := model.ImportBatch{Kind: i.Kind, OrgID: org.ID, FileID: f.ID, State: model.ImportWaiting, CreatedBy: &v.AccountID}
	err = s.db.Tx(ctx, func(tx model.Tx) error { return open(tx, audit.By(v), &b) })
	if err != nil {
		return ImportView{}, err
	}
	s.knock()
	return s.view(s.db.Read(ctx), b.ID)
}

func open(tx model.Tx, by audit.Actor, b *model.ImportBatch) error {
	b.CreatedAt, b.UpdatedAt = tx.Now, tx.Now
	if err := tx.Create(b).Error; err != nil {
		return err
	}
	record(tx, by, "import.uploaded", *b)
	return nil
}

// scope is where v may send files of the kind to, and sees them.
func (i Importer) scope(v access.Viewer) access.Scope {
	if i.Scope == nil {
		return v.Works()
	}
	return i.Scope(v)
}

// visible is an SQL condition on an import b below the organisation o: v may see it. Each kind has its own scope.
func (s *Service) visible(v access.Viewer) (string, []any) {
	parts, all := []string{"1 = 0"}, []any{}
	for _, kind := range slices.Sorted(maps.Keys(s.importers)) {
		where, args := s.importers[kind].scope(v).Paths("o.path")
		parts, all = append(parts, "b.kind = ? AND "+where), append(append(all, kind), args...)
	}
	return "(" + strings.Join(parts, " OR ") + ")", all
}

// Imports lists the imports that v may see, the newest first.
func (s *Service) Imports(ctx context.Context, v access.Viewer, offset, limit int) ([]ImportView, int64, error) {
	where, args := s.visible(v)
	tx := s.db.Read(ctx)
	var total int64
	if err := tx.Raw("SELECT count(*) FROM import_batch b JOIN org o ON o.id = b.org_id WHERE "+where, args...).Scan(&total).Error; err != nil {
		return nil, 0, err
	}
	var rows []ImportView
	err := tx.Raw(importQuery+where+" ORDER BY b.id DESC LIMIT ? OFFSET ?", append(args, limit, offset)...).Scan(&rows).Error
	for i := range rows {
		s.finishView(&rows[i])
	}
	return rows, total, err
}

// Import is one import that v may see, with its first errors.
func (s *Service) Import(ctx context.Context, v access.Viewer, id int64) (ImportDetail, error) {
	tx := s.db.Read(ctx)
	b, err := s.find(tx, v, id)
	if err != nil {
		return ImportDetail{}, err
	}
	var d ImportDetail
	if d.ImportView, err = s.view(tx, id); err != nil {
		return d, err
	}
	d.Errors, err = s.errors(tx, b.ImportBatch, 0, firstErrors)
	return d, err
}

// ImportErrors is the rows that cannot be imported, in the order of the sheet.
func (s *Service) ImportErrors(ctx context.Context, v access.Viewer, id int64, offset, limit int) ([]RowError, int64, error) {
	tx := s.db.Read(ctx)
	b, err := s.find(tx, v, id)
	if err != nil {
		return nil, 0, err
	}
	if b.State == model.ImportImported || b.State == model.ImportUndone {
		b.Bad = 0 // its drafts are gone; the result file stays for some days
	}
	rows, err := s.errors(tx, b.ImportBatch, offset, limit)
	return rows, b.Bad, err
}

func (s *Service) errors(tx model.Tx, b model.ImportBatch, offset, limit int) ([]RowError, error) {
	rows := []RowError{}
	i, err := s.importer(b.Kind)
	if err != nil {
		return rows, err
	}
	err = tx.Raw(`SELECT row_no AS "row", name, error AS reason FROM `+i.Drafts+` WHERE batch_id = ? AND error <> '' ORDER BY row_no LIMIT ? OFFSET ?`,
		b.ID, limit, offset).Scan(&rows).Error
	return rows, err
}

// find reads an import that v may see: nobody else sees the files, which hold open identity numbers and incomes.
func (s *Service) find(tx model.Tx, v access.Viewer, id int64) (Batch, error) {
	where, args := s.visible(v)
	var b model.ImportBatch
	err := tx.Raw("SELECT b.* FROM import_batch b JOIN org o ON o.id = b.org_id WHERE b.id = ? AND "+where, append([]any{id}, args...)...).Take(&b).Error
	if model.NotFound(err) {
		err = fault.NotFound("导入记录")
	}
	if err != nil {
		return Batch{}, err
	}
	full := Batch{ImportBatch: b, By: v}
	return full, tx.Where("id = ?", b.OrgID).Take(&full.Org).Error
}

const importQuery = `
SELECT b.id, b.kind, b.org_id, o.name AS org_name, f.name AS file_name, b.state, b.total, b.done, b.bad, b.error, coalesce(r.bytes, 0) > 0 AS has_result,
       coalesce(m.name, '') AS created_by, b.created_at, b.imported_at, b.undone_at
FROM import_batch b JOIN org o ON o.id = b.org_id JOIN file f ON f.id = b.file_id LEFT JOIN file r ON r.id = b.result_file_id
LEFT JOIN account a ON a.id = b.created_by LEFT JOIN member m ON m.id = a.member_id
WHERE `

func (s *Service) view(tx model.Tx, id int64) (ImportView, error) {
	var v ImportView
	err := tx.Raw(importQuery+"b.id = ?", id).Scan(&v).Error
	s.finishView(&v)
	return v, err
}

func (s *Service) finishView(v *ImportView) {
	v.Title, v.Progress = s.importers[v.Kind].Title, progress(v.State, v.Done, v.Total)
}

// progress is percent: 100 only where the step is over.
func progress(state string, done, total int64) int64 {
	switch state {
	case model.ImportWaiting, model.ImportQueued, model.ExportPending:
		return 0
	case model.ImportChecking, model.ImportImporting, model.ExportRunning:
		if total == 0 {
			return 0
		}
		return min(99, done*100/total)
	default:
		return 100
	}
}

// record writes what happened to an import into the audit log: numbers alone.
func record(tx model.Tx, by audit.Actor, action string, b model.ImportBatch) {
	audit.Record(tx, by, audit.Entry{Action: action, ObjectType: "import_batch", ObjectID: b.ID, After: map[string]any{
		"kind": b.Kind, "org_id": b.OrgID, "state": b.State, "total": b.Total, "bad": b.Bad}})
}

// actor is whose rights the worker acts with, for the audit log.
func actor(v access.Viewer) audit.Actor {
	if v.AccountID == 0 {
		return audit.System("import")
	}
	return audit.By(v)
}
