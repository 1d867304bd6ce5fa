package handler

import (
	"context"
	"fmt"
	"testing"

	"hongyun/model"
)

// tables are the names of all tables of the database.
func tables(t testing.TB, db *model.DB) []string {
	t.Helper()
	list := "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'sqlite_sequence' ORDER BY name"
	if db.Dialect() == model.Postgres {
		list = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY table_name"
	}
	names := column(t, db, list)
	if len(names) < 30 {
		t.Fatalf("only %d tables were found", len(names))
	}
	return names
}

// watch has the database note each row that is written from here on, and returns the place of the next note. What was refused must
// write none.
func watch(t testing.TB, db *model.DB) int64 {
	t.Helper()
	if !db.Read(context.Background()).Migrator().HasTable("written") {
		write := "CREATE TRIGGER written_%[1]s_%[2]s AFTER %[2]s ON %[1]s BEGIN INSERT INTO written(name) VALUES ('%[1]s'); END"
		key := "INTEGER PRIMARY KEY"
		all := tables(t, db)
		if db.Dialect() == model.Postgres {
			write = "CREATE TRIGGER written_%[2]s AFTER %[2]s ON %[1]s FOR EACH ROW EXECUTE FUNCTION note_written()"
			key = "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
			run(t, db, "CREATE FUNCTION note_written() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO written(name) VALUES (TG_TABLE_NAME); RETURN NULL; END $$")
		}
		run(t, db, "CREATE TABLE written (id "+key+", name text NOT NULL)")
		for _, table := range all {
			for _, change := range []string{"INSERT", "UPDATE", "DELETE"} {
				run(t, db, fmt.Sprintf(write, table, change))
			}
		}
	}
	var next int64
	if err := db.Read(context.Background()).Raw("SELECT coalesce(max(id), 0) + 1 FROM written").Scan(&next).Error; err != nil {
		t.Fatal(err)
	}
	return next
}

// written names the tables that were written to since.
func written(t testing.TB, db *model.DB, since int64) []string {
	t.Helper()
	return column(t, db, "SELECT DISTINCT name FROM written WHERE id >= ? ORDER BY name", since)
}

// unchanged wants no row written since.
func unchanged(t testing.TB, db *model.DB, since int64, what string) {
	t.Helper()
	for _, table := range written(t, db, since) {
		t.Errorf("%s: the table %s has changed", what, table)
	}
}

func run(t testing.TB, db *model.DB, statement string) {
	t.Helper()
	if _, err := db.SQL().Exec(statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func column(t testing.TB, db *model.DB, query string, args ...any) (values []string) {
	t.Helper()
	if err := db.Read(context.Background()).Raw(query, args...).Scan(&values).Error; err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return values
}
