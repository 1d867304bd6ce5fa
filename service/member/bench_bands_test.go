package member

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"hongyun/model"
)

// BenchmarkBands counts a whole city of a million members by the official bands, with its five hundred committees, as of today and as
// of a past day. The floor is a sequential scan of the member table that looks into the columns in question. Beside it
// stands the same table asked the same questions in one row, with neither branches nor committees. They are measured in turn;
// medians.
func BenchmarkBands(b *testing.B) {
	c := newCounty(b)
	ctx := context.Background()
	v := c.admin("001")
	c.seed(b, "INSERT INTO org_span (org_id, parent_id, type, name, path, from_on) SELECT id, parent_id, type, name, path, '1900-01-01' FROM org")
	_, err := c.db.SQL().Exec("ANALYZE org_span")
	benchMust(b, err)
	for _, day := range []struct {
		name string
		on   model.Date
	}{{"today", ""}, {"past", "2025-12-31"}} {
		b.Run("on="+day.name, func(b *testing.B) {
			var took, scan, asked []time.Duration
			for range b.N {
				took = append(took, timed(func() {
					r, err := c.Structure(ctx, v, StructureFilter{OrgID: 1, On: day.on})
					benchMust(b, err)
					if len(r.Children) != countyCommittees || day.on == "" && r.Members != countyMembers {
						b.Fatalf("%d members in %d committees", r.Members, len(r.Children))
					}
				}))
				scan = append(scan, timed(func() {
					benchMust(b, c.db.Read(ctx).Exec("SELECT count(*), count(born_on), count(sex), count(education), count(occupation), count(ethnic_group), count(admitted_on) FROM member").Error)
				}))
				asked = append(asked, timed(func() { c.ask(b) }))
			}
			t, floor := median(took), median(scan)
			b.ReportMetric(countyMembers/t, "members/s")
			b.ReportMetric(countyMembers/floor, "floor_members/s")
			b.ReportMetric(floor/t, "of_floor")
			b.ReportMetric(countyMembers/median(asked), "same_questions/s")
		})
	}
}

// ask asks the whole table what the bands ask.
func (c *county) ask(b *testing.B) {
	b.Helper()
	benchMust(b, c.db.Sweep(context.Background(), func(tx model.Tx) error {
		all, err := dimensions(tx, tx.Day(), false)
		if err != nil {
			return err
		}
		var columns []string
		var args []any
		for _, q := range tallyOf(all).of {
			columns, args = append(columns, "count(*) FILTER (WHERE "+q.sql+")"), append(args, q.args...)
		}
		return tx.Exec("SELECT count(*), "+strings.Join(columns, ", ")+" FROM member m", args...).Error
	}))
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
