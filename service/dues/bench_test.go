package dues

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/notify"
	"hongyun/service/schedule"
)

// benchMembers is a large province-level city's party: the reminder must still do it in one pass.
const benchMembers = 1_000_000

// BenchmarkRemind runs the reminder of the month's end for a million members with open bills on Postgres. The floor copies
// the rows that it made with plain INSERT … SELECT into tables with the same indexes.
func BenchmarkRemind(b *testing.B) {
	clock := modeltest.At("2026-11-28 09:00:00")
	db := modeltest.Postgres(b, clock.Now)
	s := New(db, notify.New(notify.Options{DB: db, Kinds: Kinds(), Instance: "bench"}))
	// seed trusts the foreign keys of the rows that it makes.
	seed := func(sql string) {
		b.Helper()
		must(b, db.Tx(ctx, func(tx model.Tx) error { return tx.Exec("SET LOCAL session_replication_role = replica; " + sql).Error }))
	}
	exec := func(sql string) time.Duration {
		b.Helper()
		began := time.Now()
		must(b, db.Tx(ctx, func(tx model.Tx) error { return tx.Exec(sql).Error }))
		return time.Since(began)
	}
	seed(`INSERT INTO org (type, path, name, created_at) SELECT 'BRANCH', lpad(i::text, 6, '0'), '支部' || i, now() FROM generate_series(1, 40000) i`)
	seed(fmt.Sprintf(`INSERT INTO member (org_id, name, id_sealed, id_index, sex, born_on, status, admitted_on, created_at, updated_at)
SELECT 1 + i / 25 %% 40000, '李卫国', 'x', lpad(i::text, 18, '0'), 'MALE', '1970-01-01', 'FULL', '1995-07-01', now(), now() FROM generate_series(1, %d) i`, benchMembers))
	seed(`INSERT INTO dues_bill (member_id, org_id, month, category, amount_fen, state, created_at)
SELECT id, org_id, '2026-11', 'SALARIED', 1000 + id % 5000, 'UNPAID', now() FROM member`)
	exec("CREATE TABLE message_floor (LIKE message INCLUDING ALL)")
	exec("CREATE TABLE delivery_floor (LIKE delivery INCLUDING ALL)")
	exec("ANALYZE")
	b.ResetTimer()
	var floor time.Duration
	for range b.N {
		b.StopTimer()
		exec("TRUNCATE message, delivery, message_floor, delivery_floor")
		b.StartTimer()
		summary, err := s.remind(ctx, schedule.Run{Day: "2026-11-28"})
		b.StopTimer()
		must(b, err)
		if !strings.Contains(summary, fmt.Sprint("新发出温馨提示", benchMembers, "条")) {
			b.Fatal(summary)
		}
		floor += exec("INSERT INTO message_floor SELECT * FROM message; INSERT INTO delivery_floor SELECT * FROM delivery")
	}
	rows := float64(benchMembers * b.N)
	b.ReportMetric(rows/b.Elapsed().Seconds(), "members/s")
	b.ReportMetric(rows/floor.Seconds(), "floor/s")
	b.ReportMetric(floor.Seconds()/b.Elapsed().Seconds(), "of_floor")
}
