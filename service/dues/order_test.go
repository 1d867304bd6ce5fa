package dues

import (
	"sync"
	"testing"

	"hongyun/service/schedule"
)

// TestRemind_beforeBills is a server that was down from the first of a month to its last day: both jobs are made up for
// at the same moment, and neither waits for the other.
func TestRemind_beforeBills(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.payer("甲一支部", "张三", 1250)
		w.clock.Set("2026-11-30 09:05:00")
		remind := func(r schedule.Run) string {
			t.Helper()
			summary, err := w.s.remind(ctx, r)
			must(t, err)
			return summary
		}

		t.Run("by hand, a month that was never billed stays so", func(t *testing.T) {
			if got := remind(schedule.Run{Day: "2026-10-31", ByHand: true}); got != "2026年10月：0名党员尚未缴纳党费，新发出温馨提示0条" {
				t.Error(got)
			}
		})

		t.Run("the reminder finds the bills that are not made yet", func(t *testing.T) {
			if got := remind(schedule.Run{Day: "2026-11-30"}); got != "2026年11月：1名党员尚未缴纳党费，新发出温馨提示1条" {
				t.Error(got)
			}
			if got := w.bill("2026-11-01"); got != "2026年11月：新生成党费账单0份" {
				t.Error(got)
			}
		})

		t.Run("both at the same moment bill once", func(t *testing.T) {
			for range 200 {
				w.payer("甲二支部", "王五", 800)
			}
			var jobs sync.WaitGroup
			for range 3 {
				jobs.Go(func() { _, err := w.s.bill(ctx, schedule.Run{Day: "2026-12-01"}); check(t, err) })
				jobs.Go(func() { _, err := w.s.remind(ctx, schedule.Run{Day: "2026-12-31"}); check(t, err) })
			}
			jobs.Wait()
			if bills, told := w.sum("SELECT count(*) AS n FROM dues_bill WHERE month = '2026-12'"), w.sum("SELECT count(*) AS n FROM message WHERE period = '2026-12'"); bills != 201 || told != 201 {
				t.Errorf("%d bills, %d reminders", bills, told)
			}
		})

		t.Run("once a month is billed, the reminder bills nobody", func(t *testing.T) {
			w.payer("甲一支部", "李四", 2000)
			if got := remind(schedule.Run{Day: "2026-11-30"}); got != "2026年11月：1名党员尚未缴纳党费，新发出温馨提示0条" {
				t.Error(got)
			}
		})
	})
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}
