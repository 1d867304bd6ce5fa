package handler

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"testing"

	"hongyun/model"
)

// fingerprint is a hash of every row of each table: what was refused must leave it as it was.
func fingerprint(t testing.TB, db *model.DB) map[string]string {
	t.Helper()
	list := "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
	if db.Dialect() == model.Postgres {
		list = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY table_name"
	}
	var tables []string
	if err := db.Read(context.Background()).Raw(list).Scan(&tables).Error; err != nil {
		t.Fatal(err)
	}
	if len(tables) < 30 {
		t.Fatalf("only %d tables were found", len(tables))
	}
	prints := map[string]string{}
	for _, table := range tables {
		prints[table] = printOf(t, db, table)
	}
	return prints
}

func printOf(t testing.TB, db *model.DB, table string) string {
	t.Helper()
	rows, err := db.SQL().Query("SELECT * FROM " + table + " ORDER BY 1")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	sum := sha256.New()
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(sum, values...)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// unchanged names the tables that differ.
func unchanged(t testing.TB, db *model.DB, before map[string]string, what string) {
	t.Helper()
	after := fingerprint(t, db)
	for _, table := range slices.Sorted(maps.Keys(after)) {
		if after[table] != before[table] {
			t.Errorf("%s: the table %s has changed", what, table)
		}
	}
}
