package dues

import (
	"fmt"
	"testing"
	"time"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/notify"
)

// BenchmarkBills makes the bills of a month with their double entry for a million members on Postgres. The month before has
// been billed, as it has in any month but the first of all. The floor copies the rows that the run has written, the changed
// accounts among them, with plain INSERT … SELECT into tables with the same indexes; the second floor into tables that have
// the foreign keys as well.
func BenchmarkBills(b *testing.B) {
	clock := modeltest.At("2026-10-01 02:00:00")
	db := modeltest.Postgres(b, clock.Now)
	w := &benchWorld{b: b, db: db, s: New(db, notify.New(notify.Options{DB: db, Kinds: Kinds(), Instance: "bench"}))}
	w.seed(`INSERT INTO org (type, path, name, created_at) SELECT 'BRANCH', lpad(i::text, 6, '0'), '支部' || i, now() FROM generate_series(1, 40000) i`)
	w.seed(fmt.Sprintf(`INSERT INTO member (org_id, name, id_sealed, id_index, sex, born_on, status, admitted_on, created_at, updated_at)
SELECT 1 + i / 25 %% 40000, '李卫国', 'x', lpad(i::text, 18, '0'), 'MALE', '1970-01-01', 'FULL', '1995-07-01', now(), now() FROM generate_series(1, %d) i`, benchMembers))
	w.seed(`INSERT INTO dues_assessment (member_id, category, base_fen, amount_fen, rate_bp, effective_month, created_at)
SELECT id, 'SALARIED', 100000 + id % 500000, 1000 + id % 5000, 100, '2026-01', now() FROM member`)
	w.seed(`INSERT INTO dues_relief (member_id, org_id, category, from_month, to_month, reason, studied_on, state, requested_at)
SELECT id, org_id, 'EXEMPT', '2026-01', '2026-12', '困难', '2025-12-20', 'APPROVED', now() FROM member WHERE id % 200 = 0`)
	w.exec("ANALYZE")
	w.make("2026-10")
	w.exec("VACUUM ANALYZE")
	tables := []string{"dues_bill", "ledger_account", "ledger_transfer", "ledger_entry"}
	for _, t := range tables {
		w.exec("CREATE TABLE " + t + "_floor (LIKE " + t + " INCLUDING ALL)")
		w.exec("CREATE TABLE " + t + "_keyed (LIKE " + t + " INCLUDING ALL)")
	}
	w.exec(`ALTER TABLE dues_bill_keyed ADD FOREIGN KEY (member_id) REFERENCES member, ADD FOREIGN KEY (org_id) REFERENCES org, ADD FOREIGN KEY (run_id) REFERENCES dues_run,
ADD FOREIGN KEY (assessment_id) REFERENCES dues_assessment, ADD FOREIGN KEY (relief_id) REFERENCES dues_relief;
ALTER TABLE ledger_entry_keyed ADD FOREIGN KEY (transfer_id) REFERENCES ledger_transfer_keyed, ADD FOREIGN KEY (account_id) REFERENCES ledger_account_keyed`)
	clock.Set("2026-11-01 02:00:00")
	b.ResetTimer()
	took := w.make("2026-11")
	floor, keyed := w.copied("_floor", tables), w.copied("_keyed", tables)
	b.ReportMetric(benchMembers/took.Seconds(), "members/s")
	b.ReportMetric(benchMembers/floor.Seconds(), "floor/s")
	b.ReportMetric(floor.Seconds()/took.Seconds(), "of_floor")
	b.ReportMetric(keyed.Seconds()/took.Seconds(), "of_keyed_floor")
}

type benchWorld struct {
	b  *testing.B
	db *model.DB
	s  *Service
}

// seed trusts the foreign keys of the rows that it makes.
func (w *benchWorld) seed(sql string) { w.exec("SET LOCAL session_replication_role = replica; " + sql) }

func (w *benchWorld) exec(sql string) time.Duration {
	w.b.Helper()
	began := time.Now()
	if _, err := w.db.SQL().Exec(sql); err != nil {
		w.b.Fatal(err)
	}
	return time.Since(began)
}

func (w *benchWorld) make(month model.Month) time.Duration {
	w.b.Helper()
	var made int64
	began := time.Now()
	must(w.b, w.db.Tx(ctx, func(tx model.Tx) (err error) {
		made, err = MakeBills(tx, month, "")
		return err
	}))
	if made != benchMembers {
		w.b.Fatalf("%d bills", made)
	}
	return time.Since(began)
}

// copied is how long plain copies of the last run's rows take, in one transaction.
func (w *benchWorld) copied(suffix string, tables []string) time.Duration {
	w.b.Helper()
	last := map[string]string{"dues_bill": "WHERE month = '2026-11'", "ledger_transfer": "WHERE month = '2026-11'", "ledger_account": "",
		"ledger_entry": "WHERE transfer_id IN (SELECT id FROM ledger_transfer WHERE month = '2026-11')"}
	sql := ""
	for _, t := range tables {
		sql += fmt.Sprintf("INSERT INTO %[1]s%[2]s SELECT * FROM %[1]s %[3]s; ", t, suffix, last[t])
	}
	return w.exec(sql)
}
