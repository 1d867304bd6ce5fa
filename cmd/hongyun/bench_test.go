package main

import (
	"context"
	"net/http"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"hongyun/model"
)

// BenchmarkFirstStart goes from an empty data folder to the start page, with the whole county made on SQLite. The floor
// copies all rows into an empty, migrated SQLite with plain INSERT … SELECT.
func BenchmarkFirstStart(b *testing.B) {
	var floor time.Duration
	for range b.N {
		b.StopTimer()
		dir := b.TempDir()
		b.StartTimer()
		s := start(b, settings("DATA_DIR", dir, "DEMO_SCALE", "1"))
		mustReady(b, s)
		b.StopTimer()
		mustStop(b, s)
		floor += copyRows(b, filepath.Join(dir, "hongyun.db"))
		b.StartTimer()
	}
	b.StopTimer()
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/start")
	b.ReportMetric(floor.Seconds()/float64(b.N), "floor_s")
	b.ReportMetric(floor.Seconds()/b.Elapsed().Seconds(), "of_floor")
}

// BenchmarkStart goes from the process to a ready server on the SQLite file of a whole county. The floor is the same
// binary that prints its usage.
func BenchmarkStart(b *testing.B) {
	env := settings("DATA_DIR", b.TempDir(), "DEMO_SCALE", "1")
	mustStop(b, start(b, env))
	var ready, floor []time.Duration
	for range b.N {
		began := time.Now()
		s := start(b, env)
		mustReady(b, s)
		ready = append(ready, time.Since(began))
		mustStop(b, s)
		began = time.Now()
		if out, err := command(env, "help"); err != nil {
			b.Fatal(err, out)
		}
		floor = append(floor, time.Since(began))
	}
	slices.Sort(ready)
	slices.Sort(floor)
	milliseconds := func(sorted []time.Duration) float64 { return float64(sorted[len(sorted)/2].Microseconds()) / 1000 }
	b.ReportMetric(milliseconds(ready), "ms/start")
	b.ReportMetric(milliseconds(floor), "floor_ms")
}

func mustReady(b *testing.B, s *server) {
	b.Helper()
	res, err := http.Get(s.URL + "/readyz")
	if err != nil {
		b.Fatal(err)
	}
	if err := res.Body.Close(); err != nil || res.StatusCode != http.StatusOK {
		b.Fatal(res.Status, err)
	}
}

func mustStop(b *testing.B, s *server) {
	b.Helper()
	if err := s.stop(); err != nil {
		b.Fatal(err, s.logs)
	}
}

// copyRows is how long a copy of every row of a SQLite file takes, with all indexes and constraints.
func copyRows(b *testing.B, file string) time.Duration {
	b.Helper()
	ctx := context.Background()
	db, err := model.Open(ctx, model.Options{DataDir: b.TempDir(), MaxOpenConns: 1})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Migrate(ctx); err != nil {
		b.Fatal(err)
	}
	must := func(sql string, args ...any) {
		b.Helper()
		if _, err := db.SQL().ExecContext(ctx, sql, args...); err != nil {
			b.Fatal(sql, err)
		}
	}
	must("ATTACH ? AS made", file)
	must("PRAGMA foreign_keys = 0") // the tables come in the order of the alphabet
	rows, err := db.SQL().QueryContext(ctx, "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> 'goose_db_version'")
	if err != nil {
		b.Fatal(err)
	}
	var tables []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			b.Fatal(err)
		}
		tables = append(tables, name)
	}
	if err := rows.Close(); err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	must("BEGIN")
	for _, t := range tables {
		must("DELETE FROM main." + t) // the rules that a migration wrote
		must("INSERT INTO main." + t + " SELECT * FROM made." + t)
	}
	must("COMMIT")
	return time.Since(began)
}
