package supervision

import (
	"testing"
	"time"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/notify"
)

// benchRequests is how many requests are open at once; one in five is late at some level.
const benchRequests = 100_000

// BenchmarkWarn is the morning's pass over a hundred thousand open requests of a hundred units: the first, which warns of every
// one that is due, and the second, which finds nothing to do.
func BenchmarkWarn(b *testing.B) {
	clock := modeltest.At("2026-11-20 08:30:00")
	for range b.N {
		b.StopTimer()
		db := modeltest.Postgres(b, clock.Now)
		s := New(Options{DB: db, Notify: notify.New(notify.Options{DB: db, Kinds: Kinds(), Instance: "bench"})})
		for _, one := range []string{
			"INSERT INTO account (id, mp_appid, openid, created_at, last_login_at) SELECT i, 'mp', 'o' || i, now(), now() FROM generate_series(1, 301) i",
			"INSERT INTO department (id, name, created_at) SELECT i, '单位' || i, now() FROM generate_series(1, 100) i",
			"INSERT INTO role_grant (account_id, role, department_id, granted_at) SELECT i, CASE WHEN i % 3 = 0 THEN 'department_leader' ELSE 'department_handler' END, 1 + i % 100, now() FROM generate_series(1, 300) i",
		} {
			must(b, db.Read(ctx).Exec(one).Error)
		}
		must(b, db.Read(ctx).Exec(`INSERT INTO request (number, source, account_id, category, content, state, department_id, clock, deadline, clock_seq, steps, submitted_at, updated_at)
			SELECT 'B' || i, 'mp', 301, 'HELP', '路灯坏了', 'HANDLING', 1 + i % 100, 'HANDLE', to_char(date '2026-11-08' + i % 60, 'YYYY-MM-DD'), 1, 2, now(), now() FROM generate_series(1, ?) i`, benchRequests).Error)
		_, err := db.SQL().Exec("VACUUM ANALYZE")
		must(b, err)
		b.StartTimer()
		first := timed(b, s)
		second := timed(b, s)
		b.StopTimer()
		var warned int64
		must(b, db.Read(ctx).Model(&model.RequestWarning{}).Count(&warned).Error)
		b.ReportMetric(first.Seconds(), "s/first")
		b.ReportMetric(float64(warned), "warnings")
		b.ReportMetric(float64(second.Milliseconds()), "ms/second")
		b.StartTimer()
	}
}

func timed(b *testing.B, s *Service) time.Duration {
	b.Helper()
	began := time.Now()
	_, err := s.Warn(ctx)
	must(b, err)
	return time.Since(began)
}
