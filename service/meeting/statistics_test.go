package meeting

import (
	"fmt"
	"slices"
	"testing"

	"hongyun/model"
	"hongyun/service/access"
)

func TestStatistics(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		city := w.holder("甲三支部", model.RoleAdmin, "德兴市委")
		for _, branch := range []string{"甲一支部", "甲一支部", "甲三支部", "直属支部"} {
			w.completed(city, branch, w.member(branch, "到会"))
		}
		w.ready(city, "甲二支部", w.member("甲二支部", "到会")) // a draft does not count
		cancelled := w.completed(city, "乙一支部", w.member("乙一支部", "到会"))
		_, err := w.s.Cancel(ctx, city, cancelled.ID, CancelInput{Note: "不实"})
		must(t, err)

		tests := []struct {
			who   string
			v     access.Viewer
			items []string
			total Count
		}{
			{"the city sees all committees, and branches without one by themselves", city,
				[]string{"甲党委 3/2/3", "乙党委 1/0/0", "丙党委 0/0/0", "直属支部 1/1/1"}, Count{5, 3, 4}},
			{"a committee sees its own", w.holder("甲三支部", model.RoleLeader, "甲党委"), []string{"甲党委 3/2/3"}, Count{3, 2, 3}},
			{"a general branch sees its own, not its committee", w.holder("甲三支部", model.RoleLeader, "甲一总支"), []string{"甲一总支 2/1/2"}, Count{2, 1, 2}},
			{"a branch sees itself", w.holder("甲三支部", model.RoleLeader, "甲二支部"), []string{"甲二支部 1/0/0"}, Count{1, 0, 0}},
			{"a member sees nothing", w.as(w.member("甲一支部", "群")), nil, Count{}},
		}
		for _, test := range tests {
			t.Run(test.who, func(t *testing.T) {
				got, err := w.s.Statistics(ctx, test.v, "2026-11")
				must(t, err)
				var items []string
				for _, i := range got.Items {
					items = append(items, fmt.Sprintf("%s %d/%d/%d", i.Name, i.Branches, i.CompletedBranches, i.Count.Count))
				}
				if !slices.Equal(items, test.items) || got.Total != test.total {
					t.Fatalf("got %v and %+v, want %v and %+v", items, got.Total, test.items, test.total)
				}
			})
			t.Run(test.who+": the count is the length of the list behind it", func(t *testing.T) {
				if test.total.Branches == 0 {
					return // a member's list is what the branch publishes, not a statistic
				}
				rows, total, err := w.s.ThemeDays(ctx, test.v, Filter{Month: "2026-11", State: model.MeetingCompleted}, 0, 100)
				must(t, err)
				own := slices.DeleteFunc(rows, func(s Summary) bool { return s.OrgID == test.v.OrgID && !test.v.Reads().Covers(test.v.OrgPath) })
				if int64(len(own)) != test.total.Count {
					t.Fatalf("%d of %d in the list, want %d", len(own), total, test.total.Count)
				}
			})
		}
		t.Run("a branch dissolved in the month still counts for it, one dissolved before does not", func(t *testing.T) {
			for day, want := range map[string]int64{"2026-11-01": 5, "2026-10-31": 4} {
				must(t, w.db.Read(ctx).Model(&model.Org{}).Where("name = ?", "甲二支部").Update("dissolved_on", day).Error)
				got, err := w.s.Statistics(ctx, city, "2026-11")
				if err != nil || got.Total.Branches != want {
					t.Fatalf("dissolved on %s: %+v, %v", day, got.Total, err)
				}
			}
		})
	})
}
