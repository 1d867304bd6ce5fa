package rates

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
)

// The city of the benchmark: a year of requests with a hundred units; nine in ten are closed, seven in ten rated.
const (
	benchRequests = 1_000_000
	benchUnits    = 100
)

func benchCity(b *testing.B, db *model.DB) *Service {
	b.Helper()
	const month, days = "'2026-' || substr('010203040506070809101112', 2 * (i % 12) + 1, 2) || '-'", "'01020304050607080910111213141516171819202122232425262728'"
	day := func(n string) string { return month + " || substr(" + days + ", 2 * ((" + n + ") % 28) + 1, 2)" }
	statements := []string{`
INSERT INTO department (name, created_at) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT '单位' || i, CURRENT_TIMESTAMP FROM n`, `
INSERT INTO request (number, source, account_id, category, content, place, state, department_id, disposition, steps, submitted_at, updated_at,
	submitted_on, accepted_on, accept_met, refer_due, referred_on, refer_met, handle_due, closed_on, close_met, rated_on, unrated_on, solved, excluded_on, clock)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
SELECT 'B' || i, 'mp', 1, 'HELP', '小区门口的路灯已经坏了三天，晚上出行很不方便，希望尽快派人维修，谢谢', '人民路', CASE WHEN i % 10 = 0 THEN 'HANDLING' WHEN i % 10 < 8 THEN 'RATED' ELSE 'UNRATED' END,
	1 + i / 12 % ` + itoa(benchUnits) + `, 'REFER', 6, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP,
	` + day("i / 12") + `, ` + day("i / 12") + `, TRUE, ` + day("i / 12") + `, ` + day("i / 12") + `, i % 9 <> 0, ` + day("i / 12 + 5") + `,
	CASE WHEN i % 10 = 0 THEN '' ELSE ` + day("i / 12 + 4") + ` END, i % 7 <> 0, CASE WHEN i % 10 IN (0, 8, 9) THEN '' ELSE ` + day("i / 12 + 5") + ` END,
	CASE WHEN i % 10 IN (8, 9) THEN ` + day("i / 12 + 9") + ` ELSE '' END, i % 8 <> 0, CASE WHEN i % 1000 = 0 THEN '2026-12-01' ELSE '' END,
	CASE WHEN i % 10 = 0 THEN 'HANDLE' ELSE '' END
FROM n`, `
INSERT INTO request_rating (request_id, round, rating, department_id, rated_on, created_at)
SELECT id, 0, 1 + id % 5, department_id, rated_on, submitted_at FROM request WHERE rated_on <> ''`}
	now := db.Now()
	must(b, db.Tx(ctx, func(tx model.Tx) error {
		if err := tx.Create(&model.Account{MPAppID: "mp", OpenID: "citizen", CreatedAt: now, LastLoginAt: now}).Error; err != nil {
			return err
		}
		for i, one := range statements {
			if err := tx.Exec(one, [][]any{{benchUnits}, {benchRequests}, nil}[i]...).Error; err != nil {
				return err
			}
		}
		return nil
	}))
	maintain := "ANALYZE"
	if db.Read(ctx).Dialect == model.Postgres {
		maintain = "VACUUM ANALYZE"
	}
	_, err := db.SQL().Exec(maintain)
	must(b, err)
	return New(Options{DB: db})
}

// BenchmarkRates is each rate of a hundred units over twelve months with a million requests: one query. The floor is a sequential
// scan that looks into the same columns of the same rows; for the satisfaction, of both its tables. They are measured in turn; medians.
func BenchmarkRates(b *testing.B) {
	clock := modeltest.At("2026-12-31 10:00:00")
	b.Run("postgres", func(b *testing.B) { benchRates(b, modeltest.Postgres(b, clock.Now)) })
	b.Run("sqlite", func(b *testing.B) { benchRates(b, modeltest.SQLite(b, clock.Now)) })
}

func benchRates(b *testing.B, db *model.DB) {
	s := benchCity(b, db)
	const year = "BETWEEN '2026-01-01' AND '2026-12-31'"
	var all []string
	for _, d := range definitions() {
		scan := "SELECT count(*), count(state), count(department_id), sum(length(excluded_on)) FROM request{} WHERE submitted_on " + year
		switch d.Rate {
		case model.RateAcceptance:
			scan = "SELECT count(*), count(state), count(department_id), sum(length(accepted_on)), sum(length(excluded_on)) FROM request{} WHERE submitted_on " + year
		case model.RateReferral:
			scan = "SELECT count(*), count(state), count(department_id), count(disposition), count(refer_met), sum(length(excluded_on)) FROM request{} WHERE accepted_on " + year
		case model.RateClosure:
			scan = "SELECT count(*), count(state), count(department_id), sum(length(closed_on)), sum(length(excluded_on)) FROM request{} WHERE accepted_on " + year
		case model.RateOnTime:
			scan = "SELECT count(*), count(state), count(department_id), sum(length(closed_on)), count(close_met), sum(length(excluded_on)) FROM request{} WHERE handle_due " + year
		case model.RateSolved:
			scan = "SELECT count(*), count(state), count(department_id), count(solved), sum(length(excluded_on)) FROM request{} WHERE closed_on " + year
		case model.RateSatisfaction:
			scan = "SELECT count(*), count(department_id), sum(rating) FROM request_rating{} WHERE rated_on " + year +
				" UNION ALL SELECT count(*), count(department_id), sum(length(excluded_on)) FROM request{} WHERE unrated_on " + year
		}
		all = append(all, scan)
		b.Run(d.Rate, func(b *testing.B) {
			compareWith(b, db, []string{scan}, func(tx model.Tx) {
				rows, err := liveCounts(tx, d, "2026-01", "2026-12", nil)
				must(b, err)
				if len(rows) < 12*benchUnits/4 {
					b.Fatalf("%d figures", len(rows))
				}
			})
		})
	}
	leader := access.Viewer{AccountID: 1, Grants: []access.Grant{{Role: model.RoleLeader, OrgID: 1, OrgPath: "001", OrgType: model.OrgCity}}}
	b.Run("all", func(b *testing.B) {
		compareWith(b, db, all, func(model.Tx) {
			r, err := s.Rates(ctx, leader, Filter{Period: Period{From: "2026-01", To: "2026-12"}})
			must(b, err)
			if r.Total.Closure.Denominator == 0 || len(r.Units) != benchUnits {
				b.Fatalf("%+v", r.Total)
			}
		})
	})
}

func compareWith(b *testing.B, db *model.DB, scans []string, count func(model.Tx)) {
	b.Helper()
	var took, floor []time.Duration
	for range b.N {
		must(b, db.Sweep(ctx, func(tx model.Tx) error {
			took = append(took, timed(func() { count(tx) }))
			return nil
		}))
		must(b, db.Sweep(ctx, func(tx model.Tx) error {
			plain := ""
			if tx.Dialect == model.SQLite {
				plain = " NOT INDEXED"
			} else if err := tx.Exec("SELECT set_config('enable_indexscan', 'off', true), set_config('enable_indexonlyscan', 'off', true), set_config('enable_bitmapscan', 'off', true)").Error; err != nil {
				return err
			}
			floor = append(floor, timed(func() {
				for _, scan := range scans {
					rows, err := model.Rows(tx, strings.ReplaceAll(scan, "{}", plain))
					must(b, err)
					for rows.Next() {
					}
					must(b, rows.Close())
				}
			}))
			return nil
		}))
	}
	t, f := median(took), median(floor)
	b.ReportMetric(benchRequests/t, "requests/s")
	b.ReportMetric(benchRequests/f, "floor/s")
	b.ReportMetric(f/t, "of_floor")
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
