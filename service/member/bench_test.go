package member

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hongyun/model"
)

// BenchmarkSearch looks for members inside a committee of a hundred branches, among a million members: by part of a name,
// by pinyin initials, by identity number, by phone. Each search reads a page and counts the rest, as the list does. Every
// time another committee is asked. The floor reads two rows by their keys, right after each search: it tells how busy the
// machine is. No plan may read the member table from end to end.
func BenchmarkSearch(b *testing.B) {
	c := newCounty(b)
	ctx := context.Background()
	for _, search := range []struct {
		by string
		q  func(n int) (q string, committee int)
	}{
		{"name", func(n int) (string, int) {
			return []string{"小明", "李建国", "英", "李"}[n%4], n * 7 % countyCommittees
		}},
		{"initials", func(n int) (string, int) { return []string{"lxm", "wj", "zwp"}[n%3], n * 11 % countyCommittees }},
		{"id", func(n int) (string, int) { return countyNumber(known(n)), committeeOf(known(n)) }},
		{"phone", func(n int) (string, int) { return countyPhone(known(n)), committeeOf(known(n)) }},
	} {
		b.Run("by="+search.by, func(b *testing.B) {
			q, committee := search.q(1)
			c.noScan(b, countyCommittee(committee), Filter{Q: q})
			took, floor := make([]time.Duration, 0, b.N), make([]time.Duration, 0, b.N)
			for n := range b.N {
				q, committee := search.q(n)
				v := c.admin(countyCommittee(committee))
				began := time.Now()
				rows, total, err := c.Members(ctx, v, Filter{Q: q}, 0, 50)
				took = append(took, time.Since(began))
				if err != nil || int64(len(rows)) != min(total, 50) || (search.by == "id" || search.by == "phone") && total != 1 {
					b.Fatalf("%s in %s: %d of %d, %v", q, countyCommittee(committee), len(rows), total, err)
				}
				began = time.Now()
				for range 2 {
					var id int64
					benchMust(b, c.db.Read(ctx).Raw("SELECT id FROM org WHERE id = ?", n%countyBranches+1).Scan(&id).Error)
				}
				floor = append(floor, time.Since(began))
			}
			slices.Sort(took)
			slices.Sort(floor)
			b.ReportMetric(took[len(took)/2].Seconds()*1000, "p50_ms")
			b.ReportMetric(took[len(took)*99/100].Seconds()*1000, "p99_ms")
			b.ReportMetric(floor[len(floor)*99/100].Seconds()*1000, "floor_p99_ms")
		})
	}
}

func known(n int) int64            { return int64(1+n*13%(countyMembers/countyKnown)) * countyKnown }
func committeeOf(member int64) int { return int(countyBranch(member)-2-countyCommittees) / 100 }

// noScan explains both statements of a search, as they are prepared for any arguments and for these.
func (c *county) noScan(b *testing.B, committee string, f Filter) {
	b.Helper()
	benchMust(b, c.db.Tx(context.Background(), func(tx model.Tx) error {
		filtered, args, err := c.filtered(tx, c.admin(committee), f)
		if err != nil {
			return err
		}
		for _, mode := range []string{"force_custom_plan", "force_generic_plan"} {
			if err := tx.Exec("SET LOCAL plan_cache_mode = " + mode).Error; err != nil {
				return err
			}
			for _, sql := range []string{"SELECT count(*) " + filtered, "SELECT " + viewColumns + onePage(filtered)} {
				args := args
				if strings.HasSuffix(sql, "m.id") {
					args = append(slices.Clip(args), 50, 0)
				}
				var plan []string
				if err := tx.Raw("EXPLAIN "+sql, args...).Scan(&plan).Error; err != nil {
					return err
				}
				if text := strings.Join(plan, "\n"); strings.Contains(text, "Seq Scan on member") {
					return fmt.Errorf("%s reads the whole table:\n%s", mode, text)
				}
			}
		}
		return nil
	}))
}
