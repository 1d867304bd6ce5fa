package meeting

import (
	"testing"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

func TestThemeDay_Scope(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		admin := w.holder("甲一支部", model.RoleAdmin, "甲一支部")
		absent := w.member("甲一支部", "缺席的人")
		there := w.member("甲一支部", "张三")
		draft := w.ready(admin, "甲一支部", there)
		done := w.ready(admin, "甲一支部", there)
		_, err := w.s.SetAttendance(ctx, admin, done.ID, []AttendanceInput{{there.ID, model.Present}, {absent.ID, model.Absent}})
		must(t, err)
		_, err = w.s.Complete(ctx, admin, done.ID)
		must(t, err)
		w.completed(w.holder("乙一支部", model.RoleAdmin, "乙一支部"), "乙一支部", w.member("乙一支部", "外人"))

		const unseen, sees, reads, works = 0, 1, 2, 3 // nothing; the completed one of his or her branch; both; both and may change
		for _, test := range []struct {
			who     string
			v       access.Viewer
			reach   int
			inLists int64
		}{
			{"nobody", access.Viewer{}, unseen, 0},
			{"a citizen", access.Viewer{AccountID: 1 << 40}, unseen, 0},
			{"a member of the branch", w.as(there), sees, 1},
			{"a member of another branch", w.as(w.member("甲二支部", "邻居")), unseen, 0},
			{"the branch's own leader", w.holder("甲一支部", model.RoleLeader, "甲一支部"), reads, 2},
			{"the branch's own administrator", admin, works, 2},
			{"the general branch's administrator", w.holder("甲三支部", model.RoleAdmin, "甲一总支"), works, 2},
			{"the committee's administrator", w.holder("甲三支部", model.RoleAdmin, "甲党委"), works, 2},
			{"the committee's leader", w.holder("甲三支部", model.RoleLeader, "甲党委"), reads, 2},
			{"the city's leader", w.holder("甲三支部", model.RoleLeader, "德兴市委"), reads, 3},
			{"the city's administrator", w.holder("甲三支部", model.RoleAdmin, "德兴市委"), works, 3},
			{"a sibling branch's administrator", w.holder("甲二支部", model.RoleAdmin, "甲二支部"), unseen, 0},
			{"a foreign committee's administrator", w.holder("甲三支部", model.RoleAdmin, "乙党委"), unseen, 1},
		} {
			t.Run(test.who, func(t *testing.T) {
				wantSeen(t, w, test.v, done, test.reach >= sees)
				wantSeen(t, w, test.v, draft, test.reach >= reads)
				rows, total, err := w.s.ThemeDays(ctx, test.v, Filter{}, 0, 100)
				must(t, err)
				if total != test.inLists || int64(len(rows)) != total {
					t.Fatalf("the list holds %d and says %d, want %d", len(rows), total, test.inLists)
				}
				wantWork(t, w, test.v, draft, test.reach)
			})
		}
		t.Run("a plain member reads who was there, not who of the others was missing", func(t *testing.T) {
			names := func(m model.Member) (names []string) {
				view, err := w.s.ThemeDay(ctx, w.as(m), done.ID)
				must(t, err)
				for _, a := range view.Attendance {
					names = append(names, a.Name+a.Status)
				}
				return names
			}
			if got := names(w.member("甲一支部", "别人")); len(got) != 1 || got[0] != "张三PRESENT" {
				t.Fatalf("got %v", got)
			}
			w.db.Read(ctx).Exec("DELETE FROM account WHERE member_id = ?", absent.ID)
			if got := names(absent); len(got) != 2 {
				t.Fatalf("the absent member sees %v", got)
			}
		})
		t.Run("a list is narrowed by month, state and subtree, and paged", func(t *testing.T) {
			city := w.holder("甲三支部", model.RoleAdmin, "德兴市委")
			for want, f := range map[int64]Filter{
				0: {Month: "2026-10"}, 1: {State: model.MeetingDraft}, 2: {OrgID: w.orgs["甲党委"].ID}, 3: {Month: "2026-11", OrgID: w.orgs["德兴市委"].ID},
			} {
				if _, total, err := w.s.ThemeDays(ctx, city, f, 0, 100); err != nil || total != want {
					t.Fatalf("%+v: %d, %v; want %d", f, total, err, want)
				}
			}
			rows, total, err := w.s.ThemeDays(ctx, city, Filter{}, 2, 1)
			if err != nil || len(rows) != 1 || total != 3 {
				t.Fatalf("page: %d of %d, %v", len(rows), total, err)
			}
		})
	})
}

// wantSeen looks at the record and, through its photo, at the file.
func wantSeen(t *testing.T, w *world, v access.Viewer, view View, want bool) {
	t.Helper()
	_, err := w.s.ThemeDay(ctx, v, view.ID)
	if want && err != nil || !want && !fault.Is(err, "not_found") {
		t.Fatalf("%s: got %v, want seen=%v", view.State, err, want)
	}
	if got, err := w.s.MaySeeFile(ctx, v, view.PhotoFiles[0].FileID); err != nil || got != want {
		t.Fatalf("%s: may see the photo %v, %v; want %v", view.State, got, err, want)
	}
}

// wantWork tries everything that changes a theme day.
func wantWork(t *testing.T, w *world, v access.Viewer, draft View, reach int) {
	t.Helper()
	_, edit := w.s.Edit(ctx, v, draft.ID, Input{Theme: "改", HeldOn: "2026-11-12", Content: "x", Record: "x"})
	_, attend := w.s.SetAttendance(ctx, v, draft.ID, []AttendanceInput{})
	if reach == 3 {
		must(t, edit)
		must(t, attend)
		return
	}
	_, create := w.s.Create(ctx, v, draftOf(w, "甲一支部"))
	_, add := w.s.AddPhoto(ctx, v, draft.ID, "x.png", photo(7))
	_, remove := w.s.RemovePhoto(ctx, v, draft.ID, draft.PhotoFiles[0].FileID)
	_, complete := w.s.Complete(ctx, v, draft.ID)
	_, cancel := w.s.Cancel(ctx, v, draft.ID, CancelInput{Note: "x"})
	wantFault(t, create, "not_found")
	for _, err := range []error{edit, attend, add, remove, complete, cancel} {
		if reach == 2 {
			wantFault(t, err, "auth.forbidden")
		} else {
			wantFault(t, err, "not_found")
		}
	}
}
