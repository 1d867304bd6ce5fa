package meeting

import (
	"slices"
	"strings"
	"testing"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/schedule"
)

func (w *world) warn(day model.Date) string {
	w.t.Helper()
	summary, err := w.s.warn(ctx, schedule.Run{Period: string(day.Month()), Day: day})
	must(w.t, err)
	return summary
}

// told is who has a warning about what: "甲一支部 → 张三".
func (w *world) told(month string) []string {
	w.t.Helper()
	var rows []string
	must(w.t, w.db.Read(ctx).Raw(`SELECT o.name || ' → ' || coalesce(m.name, w.recipient_type)
FROM message w JOIN org o ON w.period = CAST(? AS text) || '/' || CAST(o.id AS text) LEFT JOIN member m ON w.recipient_type = 'member' AND m.id = w.recipient_id
WHERE w.kind = ?`, month, KindWarning).Scan(&rows).Error)
	slices.Sort(rows)
	return rows
}

func TestWarning(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		admin := func(branch, name string, orgs ...string) model.Member {
			m := w.member(branch, name)
			for _, o := range orgs {
				w.grant(m, model.RoleAdmin, o)
			}
			return m
		}
		one := admin("甲一支部", "张", "甲一支部", "甲二支部")
		admin("甲一支部", "章", "甲一支部")
		for _, standing := range []string{model.StandingSuspended, model.StandingDeceased, model.StandingTransferred} {
			gone := admin("甲二支部", standing, "甲二支部")
			must(t, w.db.Read(ctx).Model(&model.Member{}).Where("id = ?", gone.ID).Update("standing", standing).Error)
		}
		former := admin("甲二支部", "前", "甲二支部")
		must(t, w.db.Read(ctx).Model(&model.RoleGrant{}).Where("member_id = ?", former.ID).Update("revoked_at", w.db.Now()).Error)
		w.grant(w.member("甲一支部", "书记"), model.RoleLeader, "甲一支部")
		admin("甲三支部", "委", "甲党委")
		third := admin("甲三支部", "三", "甲三支部")
		account := model.Account{MPAppID: "wx1", OpenID: "clerk", CreatedAt: w.db.Now(), LastLoginAt: w.db.Now()}
		w.create(&account)
		b := w.orgs["乙党委"].ID
		w.create(&model.RoleGrant{AccountID: &account.ID, Role: model.RoleAdmin, OrgID: &b, GrantedAt: w.db.Now()})
		w.completed(w.as(third), "甲三支部", third)

		t.Run("every administrator of a branch without a theme day is told, for each branch, and nobody else", func(t *testing.T) {
			summary := w.warn("2026-11-20")
			want := []string{"乙一支部 → account", "甲一支部 → 张", "甲一支部 → 章", "甲二支部 → 张"}
			if got := w.told("2026-11"); !slices.Equal(got, want) {
				t.Fatalf("got %v, want %v", got, want)
			}
			// 乙一支部 has no administrator: its committee's was told. 直属支部 has nobody up to the city.
			if want := "2026年11月：4个支部未完成主题党日，涉及管理员3人，新发出提醒4条；1个支部没有管理员，已改为提醒上级党组织；1个支部及其上级均没有管理员，无人可提醒"; summary != want {
				t.Fatalf("got %s", summary)
			}
		})
		t.Run("each message has its delivery", func(t *testing.T) {
			if n := w.count("SELECT count(*) AS n FROM delivery WHERE kind = ?", KindWarning); n != 4 {
				t.Fatalf("%d deliveries", n)
			}
		})
		t.Run("a second run of the month tells nobody again", func(t *testing.T) {
			if summary := w.warn("2026-11-20"); !strings.Contains(summary, "新发出提醒0条") || len(w.told("2026-11")) != 4 {
				t.Fatalf("%s: %v", summary, w.told("2026-11"))
			}
		})
		t.Run("another month is another warning, and the draft of a theme day does not stop it", func(t *testing.T) {
			w.ready(w.as(one), "甲一支部", one)
			w.warn("2026-12-20")
			if got := w.told("2026-12"); len(got) != 5 { // 甲三支部 as well
				t.Fatalf("got %v", got)
			}
		})
		t.Run("a branch whose theme day was cancelled is warned again, a dissolved one is not", func(t *testing.T) {
			view, _, err := w.s.ThemeDays(ctx, w.as(admin("甲三支部", "市", "德兴市委")), Filter{State: model.MeetingCompleted}, 0, 10)
			must(t, err)
			city := w.holder("甲三支部", model.RoleAdmin, "德兴市委")
			_, err = w.s.Cancel(ctx, city, view[0].ID, CancelInput{Note: "不实"})
			must(t, err)
			must(t, w.db.Read(ctx).Model(&model.Org{}).Where("name = ?", "直属支部").Update("dissolved_on", "2026-11-20").Error)
			w.warn("2026-11-20")
			if got := w.told("2026-11"); !slices.Contains(got, "甲三支部 → 三") || slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, "直属") }) {
				t.Fatalf("got %v", got)
			}
		})
		t.Run("who was warned is listed to whoever reads the branch, and to nobody else", func(t *testing.T) {
			for who, test := range map[string]struct {
				v    access.Viewer
				want int
			}{
				"branch leader":     {w.holder("甲一支部", model.RoleLeader, "甲一支部"), 2},
				"committee leader":  {w.holder("甲三支部", model.RoleLeader, "甲党委"), 4},
				"foreign committee": {w.holder("甲三支部", model.RoleLeader, "乙党委"), 1},
				"plain member":      {w.as(w.member("甲一支部", "群")), 0},
			} {
				rows, err := w.s.Warnings(ctx, test.v, "2026-11")
				if err != nil || len(rows) != test.want {
					t.Fatalf("%s: %d rows, %v; want %d", who, len(rows), err, test.want)
				}
				for _, r := range rows {
					if r.Delivery != model.DeliveryPending || r.ReadAt != nil || r.SentAt.IsZero() || r.Completed {
						t.Fatalf("%s: %+v", who, r)
					}
				}
			}
		})
	})
}

func TestWarning_BothGrantsOfOnePerson(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m := w.member("甲一支部", "张")
		w.grant(m, model.RoleAdmin, "甲一支部")
		v, id := w.as(m), w.orgs["甲一支部"].ID
		w.create(&model.RoleGrant{AccountID: &v.AccountID, Role: model.RoleAdmin, OrgID: &id, GrantedAt: w.db.Now()})
		w.warn("2026-11-20")
		if got := w.told("2026-11"); !slices.Equal(got, []string{"甲一支部 → 张"}) {
			t.Fatalf("got %v", got)
		}
	})
}
