package model

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"testing/fstest"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrate brings the schema up to date and tells how many migrations it ran.
// On Postgres several instances may call it at once: one works, the others wait.
func (db *DB) Migrate(ctx context.Context) (int, error) {
	p, err := db.provider()
	if err != nil {
		return 0, err
	}
	done, err := p.Up(ctx)
	if err != nil {
		return len(done), fmt.Errorf("migrate: %w", err)
	}
	return len(done), nil
}

// Pending tells whether migrations wait to be run.
func (db *DB) Pending(ctx context.Context) (bool, error) {
	p, err := db.provider()
	if err != nil {
		return false, err
	}
	return p.HasPending(ctx)
}

func (db *DB) provider() (*goose.Provider, error) {
	files, err := translated(db.dialect)
	if err != nil {
		return nil, err
	}
	dialect, options := goose.DialectSQLite3, []goose.ProviderOption{}
	if db.dialect == Postgres {
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, err
		}
		dialect, options = goose.DialectPostgres, append(options, goose.WithSessionLocker(locker))
	}
	return goose.NewProvider(dialect, db.sql, files, options...)
}

// recheckWord is {{recheck TABLE COLUMN 'A', 'B'}}: the column may hold these values from now on.
var recheckWord = regexp.MustCompile(`\{\{recheck (\w+) (\w+) ([^}]+)\}\}`)

// counterWord is {{counter NAME (START)}}: a counter whose first number comes after START, a subquery.
var counterWord = regexp.MustCompile(`\{\{counter (\w+) (\(.+\))\}\}`)

// dayWord is {{day COLUMN}}: the date of an instant in Asia/Shanghai.
var dayWord = regexp.MustCompile(`\{\{day (\w+)\}\}`)

// translated is the migrations in one dialect's words.
func translated(d Dialect) (fs.FS, error) {
	out := fstest.MapFS{}
	entries, err := fs.ReadDir(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		text, err := fs.ReadFile(migrations, "migrations/"+e.Name())
		if err != nil {
			return nil, err
		}
		sql := string(text)
		for word, meaning := range d.words() {
			sql = strings.ReplaceAll(sql, word, meaning)
		}
		sql = recheckWord.ReplaceAllStringFunc(sql, func(word string) string {
			m := recheckWord.FindStringSubmatch(word)
			return d.recheck(m[1], m[2], m[3])
		})
		sql = counterWord.ReplaceAllStringFunc(sql, func(word string) string {
			m := counterWord.FindStringSubmatch(word)
			return d.counter(m[1], m[2])
		})
		sql = dayWord.ReplaceAllStringFunc(sql, func(word string) string { return d.ShanghaiDay(dayWord.FindStringSubmatch(word)[1]) })
		out[e.Name()] = &fstest.MapFile{Data: []byte(sql)}
	}
	return out, nil
}
