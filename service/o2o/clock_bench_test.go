package o2o

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/clock"
)

// benchOpen requests are open, one in ten with a pause that is over, beside three times as many that are closed.
const benchOpen = 100_000

// BenchmarkClock counts the limits of 100,000 open requests in one pass: unmoved, as the pass of every day finds them, and after a
// change of the holiday table that moves them all, each with a step of its own. The floors of the same run: a sequential scan of
// the table that adds up the columns in question, and a plain UPDATE of as many rows.
func BenchmarkClock(b *testing.B) {
	now := modeltest.At("2026-11-20 09:00:00")
	db := modeltest.Postgres(b, now.Now)
	benchRequests(b, db)
	pass := func(moved int64) float64 {
		return timed(func() {
			must(b, db.Tx(ctx, func(tx model.Tx) error {
				done, err := clock.Recount(tx, ActionRecount)
				if err == nil && done.Moved != moved {
					err = fmt.Errorf("%d moved", done.Moved)
				}
				return err
			}))
		})
	}
	exec := func(q string) func() {
		return func() { must(b, db.Read(ctx).Exec(q).Error) }
	}
	pass(benchOpen) // seeded with deadlines that are not theirs
	var still, moving, scan, update []float64
	for i := range b.N {
		exec("VACUUM ANALYZE")()
		still = append(still, pass(0))
		scan = append(scan, timed(func() {
			must(b, db.Sweep(ctx, func(tx model.Tx) error {
				return tx.Exec("SELECT count(*), count(clock), max(clock_from), sum(clock_days), max(deadline), sum(steps) FROM request").Error
			}))
		}))
		// a day after the last day 0 and before the first deadline
		exec(fmt.Sprintf("INSERT INTO workday_override (date, kind, name, notice_no) VALUES ('2026-11-%d', 'OFF', '临时', '1')", 23+i))()
		moving = append(moving, pass(benchOpen))
		exec("VACUUM ANALYZE")()
		update = append(update, timed(exec("UPDATE request SET deadline = deadline || '', updated_at = updated_at WHERE clock NOT IN ('', 'RATE')")))
	}
	mid := func(all []float64) float64 { slices.Sort(all); return all[len(all)/2] }
	b.Run("Still", func(b *testing.B) { report(b, mid(still), mid(scan)) })
	b.Run("Moving", func(b *testing.B) { report(b, mid(moving), mid(update)) })
}

func report(b *testing.B, took, floor float64) {
	b.ReportMetric(benchOpen/took, "requests/s")
	b.ReportMetric(benchOpen/floor, "floor/s")
	b.ReportMetric(floor/took, "of_floor")
}

func timed(work func()) float64 {
	began := time.Now()
	work()
	return time.Since(began).Seconds()
}

func benchRequests(b *testing.B, db *model.DB) {
	b.Helper()
	statements := fmt.Sprintf(`
INSERT INTO account (id, mp_appid, openid, created_at, last_login_at) VALUES (1, 'mp', 'o', now(), now());
INSERT INTO department (id, name, created_at) SELECT i, '单位' || i, now() FROM generate_series(1, 100) i;
INSERT INTO request (id, number, source, account_id, category, content, state, department_id, steps, submitted_at, updated_at, submitted_on, clock, clock_seq, clock_from, clock_days, deadline)
    SELECT i, 'B' || i, 'mp', 1, 'COMPLAINT', repeat('路灯坏了三天没有人修', 4), CASE WHEN i %% 4 = 0 THEN 'HANDLING' ELSE 'RATED' END, i %% 100 + 1, 4, now(), now(), '2026-11-02',
        CASE WHEN i %% 4 = 0 THEN 'HANDLE' ELSE '' END, 3, '2026-11-' || lpad((i / 4 %% 14 + 2)::text, 2, '0'), 20, '2026-11-03' FROM generate_series(1, 4 * %[1]d) i;
INSERT INTO request_step (request_id, seq, action, from_state, to_state, actor_type, note, at)
    SELECT i, n, 'handle', 'REFERRED', 'HANDLING', 'staff', '已安排人员到现场查看', now() FROM generate_series(1, 4 * %[1]d) i CROSS JOIN generate_series(1, 4) n;
INSERT INTO request_pause (request_id, clock_seq, reason, paused_on, resumed_on, created_at)
    SELECT i, 3, 'CITIZEN', '2026-11-17', '2026-11-19', now() FROM generate_series(1, 4 * %[1]d) i WHERE i %% 40 = 0`, benchOpen)
	must(b, db.Tx(ctx, func(tx model.Tx) error {
		for _, one := range strings.Split(statements, ";\n") {
			if err := tx.Exec(one).Error; err != nil {
				return err
			}
		}
		return nil
	}))
}
