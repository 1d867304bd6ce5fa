package model

import (
	"fmt"
	"reflect"
	"slices"

	"gorm.io/gorm"
)

// BulkFresh is Bulk for those who need the ids: it gives back the rows that are new, with their ids, in their order. The
// rows come without ids, and tx is a transaction: the ids are set aside before the rows are written.
func BulkFresh[T any](tx Tx, rows []T) ([]T, error) {
	s, err := bulkOf(tx, new(T))
	if err != nil {
		return nil, err
	}
	tx.DB = tx.Session(&gorm.Session{NewDB: true})
	numbered, err := number(tx, s, rows)
	if err != nil {
		return nil, err
	}
	fresh := numbered[:0]
	for first := 0; first < len(numbered); {
		text, next, _ := s.json(reflect.ValueOf(numbered), first)
		n, err := Exec(tx, s.insert(true), text)
		if err != nil {
			return nil, fmt.Errorf("insert into %s: %w", s.table, err)
		}
		part := numbered[first:next]
		if n < int64(len(part)) {
			if part, err = written(tx, s, part); err != nil {
				return nil, err
			}
		}
		fresh, first = append(fresh, part...), next
	}
	return fresh, nil
}

// number gives a copy of the rows their ids.
func number[T any](tx Tx, s bulk, rows []T) ([]T, error) {
	i := slices.IndexFunc(s.columns, func(c bulkColumn) bool { return c.id })
	if i < 0 || tx.last == nil {
		return nil, fmt.Errorf("insert into %s: its rows have no id of the database's, or this is no transaction", s.table)
	}
	out, ids := slices.Clone(rows), []int64{}
	if err := setAside(tx, s.table, len(rows), &ids); err != nil {
		return nil, fmt.Errorf("set ids of %s aside: %w", s.table, err)
	}
	for n := range out {
		id := reflect.ValueOf(&out[n]).Elem().FieldByIndex(s.columns[i].index)
		if !id.IsZero() {
			return nil, fmt.Errorf("insert into %s: a row comes with the id %d", s.table, id.Int())
		}
		id.SetInt(ids[n])
	}
	return out, nil
}

// setAside takes n ids that nobody else will get: from Postgres's sequence, or the next ones of SQLite's one writer.
func setAside(tx Tx, table string, n int, ids *[]int64) error {
	if tx.Dialect == Postgres {
		return tx.Raw("SELECT nextval(pg_get_serial_sequence(?, 'id')) FROM generate_series(1, ?)", table, n).Scan(ids).Error
	}
	var last int64
	err := tx.Raw("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = ?", table).Scan(&last).Error
	for i := range n {
		*ids = append(*ids, last+1+int64(i))
	}
	return err
}

// written is those of the rows that the table holds: their ids were this transaction's own.
func written[T any](tx Tx, s bulk, rows []T) ([]T, error) {
	i := slices.IndexFunc(s.columns, func(c bulkColumn) bool { return c.id })
	idOf := func(row T) int64 { return reflect.ValueOf(&row).Elem().FieldByIndex(s.columns[i].index).Int() }
	var ids []int64
	err := tx.Raw(fmt.Sprintf("SELECT id FROM %s WHERE id BETWEEN ? AND ?", s.table), idOf(rows[0]), idOf(rows[len(rows)-1])).Scan(&ids).Error
	if err != nil {
		return nil, fmt.Errorf("find the new rows of %s: %w", s.table, err)
	}
	there := make(map[int64]bool, len(ids))
	for _, id := range ids {
		there[id] = true
	}
	return slices.DeleteFunc(rows, func(row T) bool { return !there[idOf(row)] }), nil
}
