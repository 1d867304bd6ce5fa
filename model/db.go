// Package model holds the tables: structs, states, money and months, and the
// one way to open a database, to migrate it and to run a transaction.
// Rules do not belong here: what may happen, and when, is decided in service.
package model

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "github.com/glebarez/go-sqlite" // the driver behind glebarez/sqlite, pinned newer
	"github.com/glebarez/sqlite"
	_ "github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
	"gorm.io/gorm/schema"
)

// Options says which database to open.
type Options struct {
	URL          string           // postgres://…; empty opens SQLite in DataDir
	DataDir      string           // folder of hongyun.db, made when missing
	MaxOpenConns int              // 0 = 20
	Now          func() time.Time // the clock of every transaction; nil = the wall clock
}

// DB is an open database. It is safe for concurrent use.
type DB struct {
	gorm    *gorm.DB
	sql     *sql.DB
	dialect Dialect
	now     func() time.Time
}

// Open connects and pings. It does not migrate.
func Open(ctx context.Context, o Options) (*DB, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.MaxOpenConns == 0 {
		o.MaxOpenConns = 20
	}
	db := &DB{now: func() time.Time { return Instant(o.Now()) }}
	dialector, err := db.connect(o)
	if err != nil {
		return nil, err
	}
	db.sql.SetMaxOpenConns(o.MaxOpenConns)
	db.sql.SetMaxIdleConns(o.MaxOpenConns)
	if err := db.sql.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("reach %s: %w", db.dialect, err), db.sql.Close())
	}
	db.gorm, err = gorm.Open(dialector, &gorm.Config{
		Logger:                 logger.Discard,
		NamingStrategy:         schema.NamingStrategy{SingularTable: true},
		NowFunc:                db.now,
		SkipDefaultTransaction: true,
		TranslateError:         true,
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", db.dialect, err), db.sql.Close())
	}
	return db, nil
}

func (db *DB) connect(o Options) (gorm.Dialector, error) {
	var err error
	if o.URL == "" {
		db.dialect = SQLite
		if err := os.MkdirAll(o.DataDir, 0o700); err != nil {
			return nil, fmt.Errorf("make data folder: %w", err)
		}
		// immediate: a transaction that reads and then writes must not lose its lock half-way.
		dsn := "file:" + filepath.Join(o.DataDir, "hongyun.db") + "?_txlock=immediate&_pragma=busy_timeout(20000)" +
			"&_pragma=foreign_keys(1)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=cache_size(-65536)"
		if db.sql, err = sql.Open("sqlite", dsn); err != nil {
			return nil, fmt.Errorf("open SQLite: %w", err)
		}
		return &sqlite.Dialector{Conn: utcPool{db.sql}}, nil
	}
	if !strings.HasPrefix(o.URL, "postgres://") && !strings.HasPrefix(o.URL, "postgresql://") {
		return nil, errors.New("database URL must begin with postgres://")
	}
	db.dialect = Postgres
	if db.sql, err = sql.Open("pgx", o.URL); err != nil {
		return nil, errors.New("open Postgres: the database URL cannot be read") // the cause may quote the password
	}
	db.sql.SetConnMaxIdleTime(5 * time.Minute)
	return postgres.New(postgres.Config{Conn: db.sql}), nil
}

// Close waits for running queries and closes every connection.
func (db *DB) Close() error { return db.sql.Close() }

// Ping tells whether the database answers.
func (db *DB) Ping(ctx context.Context) error { return db.sql.PingContext(ctx) }

// Dialect tells which database this is.
func (db *DB) Dialect() Dialect { return db.dialect }

// Now is the time of the database's clock, in UTC, in whole microseconds.
func (db *DB) Now() time.Time { return db.now() }

// At is the same database with another clock: the demo lives through past
// months with it.
func (db *DB) At(now func() time.Time) *DB {
	other := *db
	other.now = func() time.Time { return Instant(now()) }
	other.gorm = db.gorm.Session(&gorm.Session{NowFunc: other.now})
	return &other
}

// SQL is the pool below GORM, for migrations and bulk statements.
func (db *DB) SQL() *sql.DB { return db.sql }

// Instant is t as both databases keep it: UTC, whole microseconds.
func Instant(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
