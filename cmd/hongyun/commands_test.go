package main

import (
	"context"
	"encoding/base64"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/vault"
)

// ran runs the program to its end and tells what it printed and its exit code.
func ran(t *testing.T, env []string, args ...string) (string, int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, os.Args[0], args...)
	c.Env = env
	out, err := c.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(out), c.ProcessState.ExitCode()
}

// says runs the program and wants the exit code and some words.
func says(t *testing.T, env []string, code int, words string, args ...string) string {
	t.Helper()
	out, got := ran(t, env, args...)
	if got != code || !strings.Contains(out, words) || strings.Contains(out, "goroutine ") {
		t.Errorf("%v: exit code %d, want %d and %q\n%s", args, got, code, words, out)
	}
	return out
}

const officerID = "361199198001010017"

// office is a database with a city, a branch and one member.
type office struct {
	t   *testing.T
	env []string
	db  *model.DB
}

func newOffice(t *testing.T, o model.Options, pairs ...string) *office {
	t.Helper()
	db, err := model.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return &office{t: t, db: db, env: settings(pairs...)}
}

func eachOffice(t *testing.T, test func(t *testing.T, f *office)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		test(t, newOffice(t, model.Options{DataDir: dir}, "DATA_DIR", dir))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		url := modeltest.PostgresURL(t)
		test(t, newOffice(t, model.Options{URL: url}, "DATABASE_URL", url, "DATA_DIR", t.TempDir()))
	})
}

func (f *office) exec(sql string, args ...any) {
	f.t.Helper()
	if err := f.db.Read(f.t.Context()).Exec(sql, args...).Error; err != nil {
		f.t.Fatal(err)
	}
}

func (f *office) count(sql string, args ...any) (n int64) {
	f.t.Helper()
	if err := f.db.Read(f.t.Context()).Raw(sql, args...).Scan(&n).Error; err != nil {
		f.t.Fatal(err)
	}
	return n
}

// people puts a city, a branch and a member into the migrated database.
func (f *office) people() {
	f.t.Helper()
	key, err := base64.StdEncoding.DecodeString(testKey)
	if err != nil {
		f.t.Fatal(err)
	}
	v, err := vault.New(key)
	if err != nil {
		f.t.Fatal(err)
	}
	err = f.db.Tx(f.t.Context(), func(tx model.Tx) error {
		city := model.Org{Type: model.OrgCity, Path: "001", Name: "市委", CreatedAt: tx.Now}
		if err := tx.Create(&city).Error; err != nil {
			return err
		}
		branch := model.Org{ParentID: &city.ID, Type: model.OrgBranch, Path: "001001", Name: "一支部", CreatedAt: tx.Now}
		if err := tx.Create(&branch).Error; err != nil {
			return err
		}
		return tx.Create(&model.Member{OrgID: branch.ID, Name: "张三", IDSealed: v.Seal(officerID), IDIndex: v.Index(officerID), Sex: "MALE", BornOn: "1980-01-01",
			Status: model.MemberFull, Standing: model.StandingActive, AdmittedOn: "2010-07-01", CreatedAt: tx.Now, UpdatedAt: tx.Now}).Error
	})
	if err != nil {
		f.t.Fatal(err)
	}
}

func TestCommands(t *testing.T) {
	t.Parallel()
	eachOffice(t, func(t *testing.T, f *office) {
		says(t, f.env, 0, " migrations run", "migrate")
		says(t, f.env, 0, "0 migrations run", "migrate")
		f.people()

		list := says(t, f.env, 0, "NAME", "job", "list")
		for _, name := range []string{"political-birthday", "dues-bills", "dues-reminder", "theme-day-warning", "request-ratings", "每月20日09:00", "每月最后一天09:00"} {
			if !strings.Contains(list, name) {
				t.Errorf("job list does not show %s:\n%s", name, list)
			}
		}

		// The first administrator comes from the command line, once.
		says(t, f.env, 0, "已授予张三角色 admin（市委）", "admin", "grant", "--role", "admin", "--id-number", officerID)
		says(t, f.env, 1, "该人员已有此角色", "admin", "grant", "--role", "admin", "--id-number", officerID)
		out := says(t, f.env, 1, "没有找到该党员", "admin", "grant", "--id-number", "361199198001010099")
		if strings.Contains(out, "361199198001010099") {
			t.Errorf("the identity number is printed:\n%s", out)
		}
		says(t, f.env, 1, "没有找到该账号", "admin", "grant", "--account", "99")
		says(t, f.env, 1, "没有找到该组织", "admin", "grant", "--id-number", officerID, "--org", "99")
		says(t, f.env, 1, "没有这种角色", "admin", "grant", "--id-number", officerID, "--role", "emperor")
		says(t, f.env, 1, "请指定党员身份证号或账号编号之一", "admin", "grant")
		says(t, f.env, 2, "admin grant", "admin")
		says(t, f.env, 2, "not defined", "admin", "grant", "--king")

		// The same warning twice is one message.
		says(t, f.env, 0, "1个支部未完成主题党日", "job", "run", "theme-day-warning", "--at", "2026-11-20")
		says(t, f.env, 0, "新发出提醒0条", "job", "run", "theme-day-warning", "--at", "2026-11-20")
		if n := f.count("SELECT count(*) FROM message"); n != 1 {
			t.Errorf("%d messages, want 1", n)
		}
		for _, bad := range []string{"2026-02-30", "20261120", "tomorrow", "2026-11-20T00:00:00"} {
			says(t, f.env, 2, "is not a date", "job", "run", "theme-day-warning", "--at", bad)
		}
		says(t, f.env, 1, "没有找到该任务", "job", "run", "nonsense")
		says(t, f.env, 2, "which job", "job", "run")
		says(t, f.env, 2, "job list", "job")
		says(t, f.env, 2, "unknown command", "job", "nonsense")
		says(t, f.env, 2, "unknown command", "nonsense")
		says(t, f.env, 2, "serve takes no arguments", "serve", "now")
		says(t, f.env, 0, "audit verify", "help")

		f.testAudit(t)
		f.testLedger(t)
	})
}

// testAudit is invariant I6 from the command line.
func (f *office) testAudit(t *testing.T) {
	says(t, f.env, 0, " entries verify; newest hash ", "audit", "verify")
	says(t, f.env, 2, "audit verify", "audit")
	entry := f.count("SELECT seq FROM audit_entry WHERE action = 'role.grant'")
	f.exec("UPDATE audit_entry SET after = replace(after, 'admin', 'leader') WHERE seq = ?", entry)
	says(t, f.env, 1, "audit chain is broken at entry", "audit", "verify")
	f.exec("UPDATE audit_entry SET after = replace(after, 'leader', 'admin') WHERE seq = ?", entry)
	says(t, f.env, 0, " entries verify", "audit", "verify")

	last := f.count("SELECT max(seq) FROM audit_entry")
	f.exec("UPDATE audit_entry SET seq = 99, chain = 'away' WHERE seq = ?", last)
	says(t, f.env, 1, "audit chain is broken", "audit", "verify")
	f.exec("UPDATE audit_entry SET seq = ?, chain = 'main' WHERE chain = 'away'", last)
	f.exec("DELETE FROM audit_entry WHERE seq = ?", entry)
	says(t, f.env, 1, "audit chain is broken", "audit", "verify")
}

func (f *office) testLedger(t *testing.T) {
	says(t, f.env, 0, "the ledger is sound", "ledger", "verify")
	says(t, f.env, 0, "every credit of red energy has its fact", "ledger", "check")
	says(t, f.env, 2, "ledger verify", "ledger", "nonsense")
	now := f.db.Now()
	f.exec("INSERT INTO ledger_account (kind, owner_type, owner_id, guarded, balance) VALUES ('energy', 'member', 1, TRUE, 5)")
	f.exec("INSERT INTO ledger_transfer (key, kind, memo, at, month) VALUES ('x', 'energy', '', ?, '2026-11')", now)
	f.exec("INSERT INTO ledger_entry (transfer_id, account_id, amount) SELECT t.id, a.id, 5 FROM ledger_transfer t, ledger_account a WHERE t.key = 'x' AND a.guarded")
	says(t, f.env, 1, "the ledger is not sound: 1 of ", "ledger", "verify")
}

// production is what a county that goes live sets.
var production = []string{"ENV", "production", "WECHAT", "live", "MP_APPID", "wx00000000000000ff",
	"MP_SECRET", "0123456789abcdef0123456789abcdee", "MP_TOKEN", "RealToken", "MP_AES_KEY", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "MP_ORIGINAL_ID", "gh_0123456789ab"}

func TestProduction_Refuses(t *testing.T) {
	t.Parallel()
	t.Run("the sandbox, the default keys, a generated key and the county, all in one go", func(t *testing.T) {
		t.Parallel()
		env := settings("ENV", "production", "SECRET_KEY", "", "DEMO_SCALE", "1", "DATA_DIR", t.TempDir(), "SANDBOX_URL", "http://127.0.0.1:1")
		out := says(t, env, 1, "settings are wrong", "serve")
		for _, setting := range []string{"WECHAT must be live", "SECRET_KEY must be set", "DEMO_SCALE must be 0", "MP_APPID", "SANDBOX_URL must be empty"} {
			if !strings.Contains(out, setting) {
				t.Errorf("nothing is said of %s:\n%s", setting, out)
			}
		}
	})
	t.Run("faults in the settings quote no secret", func(t *testing.T) {
		t.Parallel()
		out := says(t, settings("SECRET_KEY", "not-a-key-but-a-secret", "DATABASE_URL", "mysql://u:passw0rd@h/d", "REDIS_URL", "http://:passw0rd@h", "DATA_DIR", t.TempDir()), 1, "settings are wrong", "serve")
		if strings.Contains(out, "passw0rd") || strings.Contains(out, "not-a-key") {
			t.Errorf("a secret is printed:\n%s", out)
		}
	})
	t.Run("real WeChat beside the synthetic county", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		f := newOffice(t, model.Options{DataDir: dir}, append([]string{"DATA_DIR", dir}, production...)...)
		says(t, f.env, 0, "migrations run", "migrate")
		f.exec("INSERT INTO demo_cast (person_id, role, position) VALUES ('m-1', 'member', 0)")
		says(t, f.env, 1, "this database holds the synthetic county", "serve")
	})
	t.Run("a Postgres that waits for migrations", func(t *testing.T) {
		t.Parallel()
		url := modeltest.PostgresURL(t)
		f := newOffice(t, model.Options{URL: url}, append([]string{"DATABASE_URL", url, "DATA_DIR", t.TempDir()}, production...)...)
		for _, command := range [][]string{{"serve"}, {"job", "list"}, {"admin", "grant", "--account", "1"}} {
			says(t, f.env, 1, "hongyun migrate", command...)
		}
	})
}
