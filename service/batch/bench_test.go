package batch_test

import (
	"context"
	"database/sql"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/batch"
)

// benchRows is what one file may hold.
const benchRows = 50_000

// BenchmarkImport brings 50,000 members from an Excel file onto the roster on Postgres: the whole way, and the last step
// alone. The floor is a COPY of the same rows into the same table with its indexes.
func BenchmarkImport(b *testing.B) {
	w := newWorld(b, modeltest.Postgres(b, modeltest.At("2026-11-20 09:00:00").Now))
	body := w.book(people(1, benchRows+1)...)
	w.s = w.sized("bench", 0, nil)
	var whole, apply, undo, floor time.Duration
	for range b.N {
		began := time.Now()
		id := w.upload(w.alpha, "甲委", body).ID
		w.work(w.s)
		checked := time.Now()
		_, err := w.s.StartImport(w.ctx, w.alpha, id, false)
		w.must(err)
		w.work(w.s)
		whole, apply = whole+time.Since(began), apply+time.Since(checked)
		if d := w.look(w.alpha, id); d.State != model.ImportImported || d.Done != benchRows {
			b.Fatalf("%+v", d)
		}
		columns, rows := w.copied(id)
		began = time.Now()
		_, err = w.s.UndoImport(w.ctx, w.alpha, id)
		w.must(err)
		undo += time.Since(began)
		w.exec("VACUUM ANALYZE member")
		began = time.Now()
		w.copy(columns, rows)
		floor += time.Since(began)
		w.exec("DELETE FROM member WHERE batch_id IS NOT NULL")
		for _, table := range []string{"member", "member_span", "member_change", "member_draft"} {
			w.exec("VACUUM ANALYZE " + table)
		}
	}
	rows := float64(benchRows * b.N)
	b.ReportMetric(rows/whole.Seconds(), "rows/s")
	b.ReportMetric(rows/apply.Seconds(), "applied/s")
	b.ReportMetric(rows/undo.Seconds(), "undone/s")
	b.ReportMetric(rows/floor.Seconds(), "floor/s")
	b.ReportMetric(floor.Seconds()/whole.Seconds(), "of_floor")
}

// copied is the members of an import as COPY wants them.
func (w *world) copied(batch int64) (columns []string, all [][]any) {
	w.t.Helper()
	rows, err := w.db.SQL().QueryContext(w.ctx, "SELECT * FROM member WHERE batch_id = $1 ORDER BY id", batch)
	w.must(err)
	defer rows.Close()
	columns, err = rows.Columns()
	w.must(err)
	for rows.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		w.must(rows.Scan(into...))
		all = append(all, values)
	}
	w.must(rows.Err())
	return columns, all
}

func (w *world) copy(columns []string, rows [][]any) {
	w.t.Helper()
	c, err := w.db.SQL().Conn(w.ctx)
	w.must(err)
	defer func() { _ = c.Close() }()
	w.must(raw(w.ctx, c, func(ctx context.Context, p *pgx.Conn) error {
		n, err := p.CopyFrom(ctx, pgx.Identifier{"member"}, columns, pgx.CopyFromRows(rows))
		if err == nil && n != int64(len(rows)) {
			err = fmt.Errorf("%d of %d rows", n, len(rows))
		}
		return err
	}))
}

func raw(ctx context.Context, c *sql.Conn, use func(context.Context, *pgx.Conn) error) error {
	return c.Raw(func(driver any) error { return use(ctx, driver.(*stdlib.Conn).Conn()) })
}

// TestImport_Many is a file of 5,000 rows on both databases: the progress is told while it is read, and the memory stays
// bounded.
func TestImport_Many(t *testing.T) {
	const rows = 5000
	each(t, func(w *world, _ *modeltest.Clock) {
		body := w.book(append(people(1, rows), person(rows, "admitted_on", "不详"))...)
		var seen []int64
		s := w.instance("many", func(i *batch.Importer) {
			check := i.Check
			i.Check = func(tx model.Tx, b batch.Batch) error {
				var done int64
				w.must(tx.Raw("SELECT done FROM import_batch WHERE id = ?", b.ID).Scan(&done).Error)
				seen = append(seen, done)
				return check(tx, b)
			}
		})
		id := w.upload(w.alpha, "甲委", body).ID
		w.work(s)
		d := w.look(w.alpha, id)
		if d.State != model.ImportChecked || d.Total != rows || d.Bad != 1 || seen[0] != rows {
			w.t.Fatalf("%+v, %v", d, seen)
		}
		_, err := w.s.StartImport(w.ctx, w.alpha, id, true)
		w.must(err)
		w.work(s)
		w.state(w.look(w.alpha, id), model.ImportImported)
		if n := w.count("member WHERE batch_id = ?", id); n != rows-1 {
			w.t.Fatalf("%d members", n)
		}
		_, err = w.s.UndoImport(w.ctx, w.alpha, id)
		w.must(err)
	})
}

// BenchmarkImportMemory is how much memory, above what was there before, the check and the import of 50,000 rows take.
func BenchmarkImportMemory(b *testing.B) {
	w := newWorld(b, modeltest.SQLite(b, modeltest.At("2026-11-20 09:00:00").Now))
	body := w.book(people(1, benchRows+1)...)
	w.s = w.sized("bench", 0, nil)
	for range b.N {
		runtime.GC()
		var before runtime.MemStats
		runtime.ReadMemStats(&before)
		var most atomic.Uint64
		stop, stopped := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(stopped)
			for ticker := time.NewTicker(20 * time.Millisecond); ; {
				select {
				case <-stop:
					ticker.Stop()
					return
				case <-ticker.C:
				}
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most.Store(max(most.Load(), m.HeapAlloc))
			}
		}()
		d := w.upload(w.alpha, "甲委", body)
		w.work(w.s)
		_, err := w.s.StartImport(w.ctx, w.alpha, d.ID, false)
		w.must(err)
		w.work(w.s)
		close(stop)
		<-stopped
		w.state(w.look(w.alpha, d.ID), model.ImportImported)
		_, err = w.s.UndoImport(w.ctx, w.alpha, d.ID)
		w.must(err)
		b.ReportMetric(float64(most.Load()-min(most.Load(), before.HeapAlloc))/(1<<20), "MiB")
	}
}
