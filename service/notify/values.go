package notify

import (
	"strings"

	"hongyun/model"
)

// column is a column of a VALUES list; its type is bigint, text or time.
type column struct{ name, kind string }

// valuesOf writes rows as "v (columns) AS (VALUES …)", to stand after WITH, with its arguments. It is how one statement
// changes many rows, each in its own way, on both databases. Postgres takes the types from the first row.
func valuesOf(d model.Dialect, columns []column, rows [][]any) (string, []any) {
	var sql strings.Builder
	sql.WriteString("v (")
	first := make([]string, len(columns))
	for i, c := range columns {
		if i > 0 {
			sql.WriteString(", ")
		}
		sql.WriteString(c.name)
		first[i] = "CAST(? AS " + typeWord(d, c.kind) + ")"
	}
	sql.WriteString(") AS (VALUES (" + strings.Join(first, ", ") + ")")
	row := ", (" + strings.Repeat(", ?", len(columns))[2:] + ")"
	args := make([]any, 0, len(rows)*len(columns))
	for i, values := range rows {
		if i > 0 {
			sql.WriteString(row)
		}
		args = append(args, values...)
	}
	sql.WriteString(")")
	return sql.String(), args
}

func typeWord(d model.Dialect, kind string) string {
	if kind != "time" {
		return kind
	}
	if d == model.Postgres {
		return "timestamptz"
	}
	return "text" // SQLite keeps times as text
}
