// Package batch carries lists in and out as Excel files: an import is checked row by row, shown, imported in one go and
// may be undone; an export is counted, approved where it is large, written and fetched. Both are rows that any instance
// works off. What a row means, who may see it and which table it enters belongs to the modules, as Importers and Exporters.
package batch

import (
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/file"
	"hongyun/service/sheet"
	"hongyun/service/vault"
	"hongyun/service/worker"
)

// Batch is an import with what its module needs to know.
type Batch struct {
	model.ImportBatch
	Org model.Org     // rows may belong to its subtree alone
	By  access.Viewer // whose rights count; AccountID 0 is the command line
}

// Importer is what a module knows about one kind of list. Every function runs inside the transaction that it is given;
// a fault is told to the person, any other error is tried again.
type Importer struct {
	Kind   string // stable, in addresses: members
	Title  string // Chinese: 党员名册
	Drafts string // the table of checked rows, with the columns batch_id, row_no, name and error
	// Identity says that its files hold identity numbers: only who sent one, or may read such numbers, gets it back.
	Identity bool
	// Scope is where its files may be sent to and are seen at all; nil: where the viewer administers.
	Scope func(v access.Viewer) access.Scope
	// Spec is the sheet, and a row that shows how to fill it in.
	Spec func(tx model.Tx) (spec sheet.Spec, example []string, err error)
	// Stage reads up to some thousand rows into drafts. What is wrong with a row stands in its error.
	Stage func(tx model.Tx, b Batch, rows []sheet.Row) error
	// Check adds, to the drafts' errors, what only shows beside other rows and other tables. It runs again right before
	// Apply, adds nothing twice, and takes nothing away.
	Check func(tx model.Tx, b Batch) error
	// Apply brings the drafts without an error into the tables and tells how many came in. A row that cannot come in any
	// more is left out: the batch then goes back to its owner, and nothing is imported.
	Apply func(tx model.Tx, b Batch) (int64, error)
	// Undo takes out again what Apply brought in. A fault says what depends on it.
	Undo func(tx model.Tx, b Batch) error
}

// Export is a request for a list with the rights of whoever asked. Its Filter is open.
type Export struct {
	model.ExportBatch
	By access.Viewer
}

// Exporter is what a module knows about one list.
type Exporter struct {
	Kind  string
	Title string // Chinese: 党员名册
	// Count tells how many rows of the filter v may see. A filter that cannot be read is a fault.
	Count func(tx model.Tx, v access.Viewer, filter []byte) (int64, error)
	// Spec is the sheet.
	Spec func(identity bool) sheet.Spec
	// Rows is the next rows behind after, which is empty at first, and where to go on; next is empty at the end. It leaves
	// a trace of each row that leaves the house, in the same transaction.
	Rows func(tx model.Tx, e Export, after string, limit int) (rows [][]string, next string, err error)
}

// Options is what the service stands on. Lease, Chunk and Log have defaults.
type Options struct {
	DB        *model.DB
	Files     *file.Sealed
	Vault     *vault.Vault
	Importers []Importer
	Exporters []Exporter
	Instance  string
	Lease     time.Duration // a batch that is not heard of for so long was killed; 0 = 1 minute
	Chunk     int           // rows that are read and written together; 0 = 1000
	Log       *slog.Logger
}

// Service is one instance's part of the work. It is safe for concurrent use.
type Service struct {
	db        *model.DB
	files     *file.Sealed
	vault     *vault.Vault
	importers map[string]Importer
	exporters map[string]Exporter
	owner     string
	passes    atomic.Int64
	lease     time.Duration
	chunk     int
	log       *slog.Logger
	worker    worker.Worker
	wake      chan struct{}
}

// New makes the service. Nothing runs before Start or Work.
func New(o Options) *Service {
	s := &Service{db: o.DB, files: o.Files, vault: o.Vault, importers: map[string]Importer{}, exporters: map[string]Exporter{}, owner: o.Instance,
		lease: o.Lease, chunk: o.Chunk, log: o.Log, wake: make(chan struct{}, 1)}
	for _, i := range o.Importers {
		s.importers[i.Kind] = i
	}
	for _, e := range o.Exporters {
		s.exporters[e.Kind] = e
	}
	if s.lease == 0 {
		s.lease = time.Minute
	}
	if s.chunk == 0 {
		s.chunk = 1000
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	return s
}

func (s *Service) importer(kind string) (Importer, error) {
	i, ok := s.importers[kind]
	if !ok {
		return i, fault.Invalid("import.unknown_kind", "没有这种导入模板，请从列表中选择")
	}
	return i, nil
}

func (s *Service) exporter(kind string) (Exporter, error) {
	e, ok := s.exporters[kind]
	if !ok {
		return e, fault.Invalid("export.unknown_kind", "没有这种可导出的列表，请从列表中选择")
	}
	return e, nil
}

// knock wakes the worker of this instance; others look every few seconds.
func (s *Service) knock() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// pass names one run of this instance, so that a run that was believed dead cannot write into another one's work.
func (s *Service) pass() string { return fmt.Sprintf("%s/%d", s.owner, s.passes.Add(1)) }
