// Package modeltest opens real databases for tests. It holds no fixtures of
// any module.
package modeltest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	"hongyun/model"
)

// PostgresEnv names the variable with the URL of a Postgres on which a test may
// create databases. `make test` starts one and sets it.
const PostgresEnv = "HONGYUN_TEST_POSTGRES"

// Clock is a clock that a test moves. The zero value stands at no time; use At.
type Clock struct {
	mu sync.Mutex
	t  time.Time
}

// At is a clock that stands at a time of Asia/Shanghai written as 2026-11-20 09:00:00.
func At(s string) *Clock {
	t, err := time.ParseInLocation(time.DateTime, s, model.Shanghai)
	if err != nil {
		panic(err)
	}
	return &Clock{t: t}
}

// Now reads the clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

// Add moves the clock on.
func (c *Clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// Set moves the clock to a time written as in At.
func (c *Clock) Set(s string) {
	t := At(s).t
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = t
}

// Each runs test on a fresh, migrated SQLite and, where one is at hand, on a
// fresh, migrated Postgres. now may be nil.
func Each(t *testing.T, now func() time.Time, test func(t *testing.T, db *model.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, SQLite(t, now)) })
	if os.Getenv(PostgresEnv) == "" {
		t.Logf("not covered: Postgres (%s is not set)", PostgresEnv)
		return
	}
	t.Run("postgres", func(t *testing.T) { test(t, Postgres(t, now)) })
}

// SQLite is a fresh, migrated SQLite in a folder of the test's own.
func SQLite(t testing.TB, now func() time.Time) *model.DB {
	t.Helper()
	return open(t, model.Options{DataDir: t.TempDir(), Now: now})
}

// Postgres is a fresh, migrated database on the Postgres of PostgresEnv. The
// test is skipped where there is none.
func Postgres(t testing.TB, now func() time.Time) *model.DB {
	t.Helper()
	return open(t, model.Options{URL: PostgresURL(t), Now: now})
}

// PostgresURL makes a migrated database on the Postgres of PostgresEnv, drops
// it after the test, and returns its URL. The test is skipped where there is no Postgres.
func PostgresURL(t testing.TB) string {
	t.Helper()
	server := os.Getenv(PostgresEnv)
	if server == "" {
		t.Skipf("not covered: Postgres (%s is not set)", PostgresEnv)
	}
	admin, err := sql.Open("pgx", server)
	must(t, err)
	name := "t_" + randomHex(t)
	_, err = admin.Exec("CREATE DATABASE " + name)
	must(t, err)
	t.Cleanup(func() {
		_, err := admin.Exec("DROP DATABASE " + name + " WITH (FORCE)")
		must(t, err)
		must(t, admin.Close())
	})
	u, err := url.Parse(server)
	must(t, err)
	u.Path = "/" + name
	return u.String()
}

func open(t testing.TB, o model.Options) *model.DB {
	t.Helper()
	o.MaxOpenConns = 8
	db, err := model.Open(context.Background(), o)
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	_, err = db.Migrate(context.Background())
	must(t, err)
	return db
}

func randomHex(t testing.TB) string {
	b := make([]byte, 8)
	_, err := rand.Read(b)
	must(t, err)
	return hex.EncodeToString(b)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
