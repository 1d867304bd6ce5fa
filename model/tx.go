package model

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"gorm.io/gorm"
)

// Tx is an open transaction with one fixed time, or a plain reader (see Read).
type Tx struct {
	*gorm.DB
	Now     time.Time // UTC; the same for every row that the transaction writes
	Dialect Dialect
	last    *[]func(Tx) error
}

// Tx runs fn in one transaction. An error from fn rolls everything back and is
// returned as it is. fn may run again only if the caller calls Tx again.
func (db *DB) Tx(ctx context.Context, fn func(Tx) error) error {
	return db.gorm.WithContext(ctx).Transaction(func(g *gorm.DB) error {
		tx := Tx{DB: g, Now: db.now(), Dialect: db.dialect, last: new([]func(Tx) error)}
		if err := fn(tx); err != nil {
			return err
		}
		for _, step := range *tx.last {
			if err := step(tx); err != nil {
				return err
			}
		}
		return nil
	})
}

// Last runs step at the end of the transaction, after all else and before the
// commit: for rows that every transaction wants, so that they stay locked as
// briefly as possible and always after the others.
func (tx Tx) Last(step func(Tx) error) { *tx.last = append(*tx.last, step) }

// Read is a reader outside any transaction, at the time of the call.
func (db *DB) Read(ctx context.Context) Tx {
	return Tx{DB: db.gorm.WithContext(ctx), Now: db.now(), Dialect: db.dialect}
}

// Sweep reads one snapshot with statements that go through a whole table and make few rows of it. Postgres would compile such a
// statement for longer than it then runs, plan it for any arguments, sort where the groups fit into memory, and hand all rows
// of a small UNION, with whatever they are joined to, to one worker.
func (db *DB) Sweep(ctx context.Context, fn func(Tx) error) error {
	if db.dialect != Postgres {
		return fn(db.Read(ctx)) // a transaction would lock out every writer
	}
	return db.gorm.WithContext(ctx).Transaction(func(g *gorm.DB) error {
		const settings = `SELECT set_config('jit', 'off', true), set_config('plan_cache_mode', 'force_custom_plan', true),
    set_config('work_mem', '64MB', true), set_config('enable_parallel_append', 'off', true)`
		if err := g.Exec(settings).Error; err != nil {
			return err
		}
		return fn(Tx{DB: g, Now: db.now(), Dialect: db.dialect})
	}, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
}

// Day is the transaction's calendar day in Asia/Shanghai.
func (tx Tx) Day() Date { return DateOf(tx.Now) }

// ErrNotFound is GORM's word for no row.
var ErrNotFound = gorm.ErrRecordNotFound

// NotFound tells whether err means that no row was found.
func NotFound(err error) bool { return errors.Is(err, gorm.ErrRecordNotFound) }

// Exec runs one statement and tells how many rows it touched.
func Exec(tx Tx, sql string, args ...any) (int64, error) {
	res := tx.DB.Exec(sql, args...)
	return res.RowsAffected, res.Error
}

// Rows runs a SELECT below GORM, for the few reads that every request makes: to build a statement and to fill a struct by
// reflection costs GORM as much time as the whole way to Postgres and back. The caller scans and closes the rows.
func Rows(tx Tx, query string, args ...any) (*sql.Rows, error) {
	return tx.Statement.ConnPool.QueryContext(tx.Statement.Context, tx.Dialect.placeholders(query), args...)
}

// Row is Rows for a SELECT that always answers one row.
func Row(tx Tx, query string, args ...any) *sql.Row {
	return tx.Statement.ConnPool.QueryRowContext(tx.Statement.Context, tx.Dialect.placeholders(query), args...)
}

// Next is the next number of a counter that a migration has made with {{counter NAME}}. Postgres hands numbers out without a lock,
// and does not take back those of a transaction that is undone.
func Next(tx Tx, counter string) (n int64, err error) {
	if tx.Dialect == Postgres {
		err = tx.Raw("SELECT nextval(?)", counter).Scan(&n).Error
		return n, err
	}
	err = tx.Raw("UPDATE sequence SET value = value + 1 WHERE name = ? RETURNING value", counter).Scan(&n).Error
	return n, err
}
