package collection

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/notify"
	"hongyun/service/schedule"
)

// The city of the benchmarks: 500 committees with 100 branches each and 20 members in every branch. Three months are billed in
// full, the last one four fifths paid, half of that online; three in a hundred owe up to nine months more.
const (
	benchCommittees = 500
	benchBranches   = benchCommittees * 100
	benchMembers    = benchBranches * 20
)

func newBenchCity(b *testing.B) (*Service, *model.DB, *modeltest.Clock) {
	b.Helper()
	clock := modeltest.At("2026-11-20 09:00:00")
	db := modeltest.Postgres(b, clock.Now)
	first := 2 + benchCommittees
	statements := fmt.Sprintf(`
INSERT INTO org (id, type, path, name, created_at) VALUES (1, 'CITY', '001', '市委', now());
INSERT INTO org (id, parent_id, type, path, name, created_at) SELECT 2 + i, 1, 'COMMITTEE', '001' || lpad((i + 1)::text, 3, '0'), '党委' || i, now() FROM generate_series(0, %[1]d - 1) i;
INSERT INTO org (id, parent_id, type, path, name, created_at) SELECT %[3]d + i, 2 + i / 100, 'BRANCH', '001' || lpad((i / 100 + 1)::text, 3, '0') || lpad((i %% 100 + 1)::text, 3, '0'), '支部' || i, now()
    FROM generate_series(0, %[2]d - 1) i;
INSERT INTO member (id, org_id, name, id_sealed, id_index, sex, born_on, status, admitted_on, created_at, updated_at)
    SELECT i, %[3]d + (i - 1) / 20, '李卫国', 'x', lpad(i::text, 18, '0'), 'MALE', '1970-01-01', 'FULL', '1995-07-01', now(), now() FROM generate_series(1, %[4]d) i;
INSERT INTO dues_assessment (member_id, category, amount_fen, effective_month, created_at) SELECT id, 'SALARIED', 1000 + id %% 5000, '2026-01', now() FROM member WHERE id %% 200 <> 0;
INSERT INTO dues_bill (member_id, org_id, month, category, amount_fen, state, method, created_at)
    SELECT id, org_id, month, 'SALARIED', 1000 + id %% 5000, CASE WHEN paid THEN 'PAID' ELSE 'UNPAID' END, CASE WHEN NOT paid THEN '' WHEN h %% 2 = 0 THEN 'WECHAT' ELSE 'CASH' END, now()
    FROM (SELECT m.id, m.org_id, x.month, abs(hashint4(m.id::int)) AS h, abs(hashint4(m.id::int)) %% 100 < x.paid AS paid FROM
      (SELECT '2026-' || lpad(n::text, 2, '0') AS month, CASE WHEN n = 11 THEN 80 ELSE 96 END AS paid FROM generate_series(9, 11) n) x CROSS JOIN member m ORDER BY x.month, m.id) y;
INSERT INTO dues_bill (member_id, org_id, month, category, amount_fen, state, created_at)
    SELECT id, org_id, '2026-' || lpad(n::text, 2, '0'), 'SALARIED', 1000 + id %% 5000, 'UNPAID', now()
    FROM generate_series(1, 8) n CROSS JOIN member WHERE abs(hashint4(id::int)) %% 100 >= 97 AND n >= abs(hashint4(id::int)) %% 8;
INSERT INTO dues_payment (id, org_id, payer_id, method, state, amount_fen, order_no, paid_on, recorded_at)
    SELECT id, org_id, member_id, 'CASH', 'RECORDED', amount_fen, 'no' || id, '2026-11-10', now() FROM dues_bill WHERE month = '2026-11' AND state = 'UNPAID' AND member_id %% 20 = 0;
INSERT INTO dues_payment_bill (payment_id, bill_id, amount_fen, live) SELECT id, id, amount_fen, TRUE FROM dues_payment;
INSERT INTO account (id, mp_appid, openid, member_id, created_at, last_login_at) SELECT 100 + i, 'mp', 'o' || i, i, now(), now() FROM generate_series(1, %[4]d, 20) i;
INSERT INTO role_grant (member_id, role, org_id, granted_at) SELECT id, 'admin', org_id, now() FROM member WHERE id %% 20 = 1`, benchCommittees, benchBranches, first, benchMembers)
	must(b, db.Tx(ctx, func(tx model.Tx) error {
		// seeding trusts the foreign keys of the rows that it makes
		if err := tx.Exec("SET LOCAL session_replication_role = replica").Error; err != nil {
			return err
		}
		for _, one := range strings.Split(statements, ";\n") {
			if err := tx.Exec(one).Error; err != nil {
				return err
			}
		}
		return nil
	}))
	_, err := db.SQL().Exec("VACUUM ANALYZE")
	must(b, err)
	return New(Options{DB: db, Notify: notify.New(notify.Options{DB: db, Kinds: Kinds(), Instance: "bench"})}), db, clock
}

// BenchmarkTable is the collection table of a whole city of a million members, its five hundred committees as rows. The floor is a
// sequential scan of the bills that looks into the columns in question of the same month. They are measured in turn; medians.
func BenchmarkTable(b *testing.B) {
	s, db, _ := newBenchCity(b)
	leader := access.Viewer{AccountID: 1, Grants: []access.Grant{{Role: model.RoleLeader, OrgID: 1, OrgPath: "001", OrgType: model.OrgCity}}}
	b.ResetTimer()
	var took, scan []time.Duration
	for range b.N {
		took = append(took, timed(func() {
			t, err := s.Table(ctx, leader, TableFilter{Month: "2026-11"})
			must(b, err)
			if len(t.Rows) != benchCommittees || t.Total.Bills != benchMembers {
				b.Fatalf("%d bills in %d committees", t.Total.Bills, len(t.Rows))
			}
		}))
		scan = append(scan, timed(func() {
			must(b, db.Sweep(ctx, func(tx model.Tx) error {
				if err := tx.Exec("SELECT set_config('enable_indexscan', 'off', true), set_config('enable_indexonlyscan', 'off', true), set_config('enable_bitmapscan', 'off', true)").Error; err != nil {
					return err
				}
				return tx.Exec("SELECT count(*), count(state), sum(amount_fen), count(method), count(org_id) FROM dues_bill WHERE month = '2026-11'").Error
			}))
		}))
	}
	t, floor := median(took), median(scan)
	b.ReportMetric(t*1000, "ms")
	b.ReportMetric(benchMembers/t, "bills/s")
	b.ReportMetric(benchMembers/floor, "floor/s")
	b.ReportMetric(floor/t, "of_floor")
}

// BenchmarkArrears counts the arrears of the same city, with its cases, steps and messages.
func BenchmarkArrears(b *testing.B) {
	s, db, clock := newBenchCity(b)
	clock.Set("2026-12-01 09:30:00")
	b.ResetTimer()
	for range b.N {
		b.StopTimer()
		_, err := db.SQL().Exec("TRUNCATE dues_arrears, dues_arrears_step, dues_arrears_note, message, delivery")
		must(b, err)
		b.StartTimer()
		summary, err := s.countArrears(ctx, schedule.Run{Day: "2026-12-01"})
		must(b, err)
		b.Log(summary)
	}
	b.ReportMetric(float64(benchMembers*b.N)/b.Elapsed().Seconds(), "members/s")
}

func timed(work func()) time.Duration {
	began := time.Now()
	work()
	return time.Since(began)
}

// median is in seconds.
func median(all []time.Duration) float64 {
	slices.Sort(all)
	return all[len(all)/2].Seconds()
}
