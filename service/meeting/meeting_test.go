package meeting

import (
	"sync"
	"sync/atomic"
	"testing"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

func TestThemeDay_Draft(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		admin := w.holder("甲一支部", model.RoleAdmin, "甲一支部")
		first, second := w.member("甲一支部", "张三"), w.member("甲一支部", "李四")
		view, err := w.s.Create(ctx, admin, NewInput{Input: Input{Theme: " 学习党章 ", HeldOn: "2026-10-31"}})
		must(t, err)

		t.Run("the only branch of an administrator is taken when none is named", func(t *testing.T) {
			if view.OrgName != "甲一支部" || view.State != model.MeetingDraft || view.Theme != "学习党章" || view.Month != "2026-10" || !view.Editable {
				t.Fatalf("got %+v", view)
			}
		})
		t.Run("a new draft says what is missing", func(t *testing.T) {
			if len(view.Missing) != 4 {
				t.Fatalf("got %v", view.Missing)
			}
		})
		t.Run("an edit that moves the day moves the month of meeting and attendance", func(t *testing.T) {
			_, err := w.s.SetAttendance(ctx, admin, view.ID, []AttendanceInput{{first.ID, model.Present}})
			must(t, err)
			edited, err := w.s.Edit(ctx, admin, view.ID, Input{Theme: "学党史", HeldOn: "2026-11-12", Content: "内容", Record: "记录"})
			must(t, err)
			if edited.Month != "2026-11" || edited.Theme != "学党史" {
				t.Fatalf("got %+v", edited)
			}
			if n := w.count("SELECT count(*) AS n FROM attendance WHERE meeting_id = ? AND month = '2026-11'", view.ID); n != 1 {
				t.Fatalf("%d rows of attendance moved, want 1", n)
			}
		})
		t.Run("attendance is set as a whole", func(t *testing.T) {
			got, err := w.s.SetAttendance(ctx, admin, view.ID, []AttendanceInput{{second.ID, model.Late}, {admin.MemberID, model.Leave}})
			must(t, err)
			if got.Listed != 2 || got.Attended != 1 || len(got.Attendance) != 2 {
				t.Fatalf("got %+v", got)
			}
		})
		t.Run("attendance takes only active members of the branch, each once", func(t *testing.T) {
			other, gone := w.member("甲二支部", "王五"), w.member("甲一支部", "赵六")
			must(t, w.db.Read(ctx).Model(&model.Member{}).Where("id = ?", gone.ID).Update("standing", model.StandingRemoved).Error)
			for _, id := range []int64{other.ID, gone.ID, 1 << 40} {
				_, err := w.s.SetAttendance(ctx, admin, view.ID, []AttendanceInput{{first.ID, model.Present}, {id, model.Present}})
				wantFault(t, err, "theme_day.attendance_foreign")
			}
			_, err := w.s.SetAttendance(ctx, admin, view.ID, []AttendanceInput{{first.ID, model.Present}, {first.ID, model.Late}})
			wantFault(t, err, "theme_day.attendance_repeated")
			after, err := w.s.ThemeDay(ctx, admin, view.ID)
			must(t, err)
			if after.Listed != 2 {
				t.Fatalf("a refused list changed the attendance: %+v", after)
			}
		})
		t.Run("a theme day of no branch, of a committee, of a dissolved branch is refused", func(t *testing.T) {
			two := w.member("甲一支部", "管两个支部")
			w.grant(two, model.RoleAdmin, "甲一支部")
			w.grant(two, model.RoleAdmin, "甲二支部")
			_, err := w.s.Create(ctx, w.as(two), NewInput{Input: Input{Theme: "x", HeldOn: "2026-11-12"}})
			wantFault(t, err, "theme_day.branch")
			above := w.holder("甲一支部", model.RoleAdmin, "甲党委")
			_, err = w.s.Create(ctx, above, draftOf(w, "甲党委"))
			wantFault(t, err, "theme_day.branch")
			must(t, w.db.Read(ctx).Model(&model.Org{}).Where("name = ?", "甲二支部").Update("dissolved_on", "2026-11-01").Error)
			_, err = w.s.Create(ctx, above, draftOf(w, "甲二支部"))
			wantFault(t, err, "not_found")
		})
	})
}

func TestThemeDay_Photos(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		admin := w.holder("甲一支部", model.RoleAdmin, "甲一支部")
		view, err := w.s.Create(ctx, admin, draftOf(w, "甲一支部"))
		must(t, err)
		t.Run("nine photos and no more, also when they come together", func(t *testing.T) {
			var wait sync.WaitGroup
			var refused atomic.Int64
			for i := range MaxPhotos + 3 {
				wait.Go(func() {
					if _, err := w.s.AddPhoto(ctx, admin, view.ID, "x.png", photo(i)); fault.Is(err, "theme_day.too_many_photos") {
						refused.Add(1)
					} else if err != nil {
						t.Error(err)
					}
				})
			}
			wait.Wait()
			got, err := w.s.ThemeDay(ctx, admin, view.ID)
			must(t, err)
			if len(got.PhotoFiles) != MaxPhotos || refused.Load() != 3 {
				t.Fatalf("%d photos, %d refused", len(got.PhotoFiles), refused.Load())
			}
			view = got
		})
		t.Run("a photo is taken out once", func(t *testing.T) {
			got, err := w.s.RemovePhoto(ctx, admin, view.ID, view.PhotoFiles[0].FileID)
			must(t, err)
			if len(got.PhotoFiles) != MaxPhotos-1 {
				t.Fatalf("%d photos", len(got.PhotoFiles))
			}
			_, err = w.s.RemovePhoto(ctx, admin, view.ID, view.PhotoFiles[0].FileID)
			wantFault(t, err, "not_found")
		})
		t.Run("the same photo again changes nothing", func(t *testing.T) {
			_, content, err := w.s.files.Open(ctx, view.PhotoFiles[1].FileID)
			must(t, err)
			body := make([]byte, 100)
			n, err := content.Read(body)
			must(t, err)
			must(t, content.Close())
			got, err := w.s.AddPhoto(ctx, admin, view.ID, "again.png", body[:n])
			must(t, err)
			if len(got.PhotoFiles) != MaxPhotos-1 {
				t.Fatalf("%d photos", len(got.PhotoFiles))
			}
		})
		t.Run("a voice message is no photo", func(t *testing.T) {
			_, err := w.s.AddPhoto(ctx, admin, view.ID, "a.amr", []byte("#!AMR\nx"))
			wantFault(t, err, "file.wrong_type")
		})
		t.Run("who may not change it leaves nothing on the disk", func(t *testing.T) {
			before := w.count("SELECT count(*) AS n FROM file")
			_, err := w.s.AddPhoto(ctx, w.holder("乙一支部", model.RoleAdmin, "乙一支部"), view.ID, "a.png", photo(99))
			wantFault(t, err, "not_found")
			if w.count("SELECT count(*) AS n FROM file") != before {
				t.Fatal("a file was kept")
			}
		})
	})
}

func TestThemeDay_Complete(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		admin := w.holder("甲一支部", model.RoleAdmin, "甲一支部")
		there, late, away := w.member("甲一支部", "张三"), w.member("甲一支部", "李四"), w.member("甲一支部", "王五")
		view := w.ready(admin, "甲一支部", there)
		_, err := w.s.SetAttendance(ctx, admin, view.ID, []AttendanceInput{{there.ID, model.Present}, {late.ID, model.Late}, {away.ID, model.Absent}})
		must(t, err)
		energy := func(m model.Member) int64 {
			return w.count("SELECT balance AS n FROM ledger_account WHERE kind = 'energy' AND owner_type = 'member' AND owner_id = ?", m.ID)
		}

		t.Run("of many taps at once exactly one completes it", func(t *testing.T) {
			var wait sync.WaitGroup
			var done atomic.Int64
			for range 12 {
				wait.Go(func() {
					if _, err := w.s.Complete(ctx, admin, view.ID); err == nil {
						done.Add(1)
					} else if !fault.Is(err, "theme_day.completed") {
						t.Error(err)
					}
				})
			}
			wait.Wait()
			if done.Load() != 1 {
				t.Fatalf("%d completed it", done.Load())
			}
		})
		t.Run("the branch and those who were there, late or not, have their facts and energy", func(t *testing.T) {
			if n := w.count("SELECT quantity AS n FROM fact WHERE code = ? AND subject_type = 'org' AND subject_id = ? AND day = '2026-11-12'", FactHeld, w.orgs["甲一支部"].ID); n != 1 {
				t.Fatalf("held: %d", n)
			}
			if n := w.count("SELECT quantity AS n FROM fact WHERE code = ? AND org_id = ?", FactAttended, w.orgs["甲一支部"].ID); n != 2 {
				t.Fatalf("attended: %d", n)
			}
			if energy(there) != 10 || energy(late) != 10 || energy(away) != 0 {
				t.Fatalf("energy: %d %d %d", energy(there), energy(late), energy(away))
			}
		})
		t.Run("a completed one no longer changes", func(t *testing.T) {
			_, err := w.s.Edit(ctx, admin, view.ID, Input{Theme: "x", HeldOn: "2026-11-12"})
			wantFault(t, err, "theme_day.completed")
			_, err = w.s.SetAttendance(ctx, admin, view.ID, nil)
			wantFault(t, err, "theme_day.completed")
			_, err = w.s.AddPhoto(ctx, admin, view.ID, "x.png", photo(1))
			wantFault(t, err, "theme_day.completed")
			_, err = w.s.RemovePhoto(ctx, admin, view.ID, view.PhotoFiles[0].FileID)
			wantFault(t, err, "theme_day.completed")
		})
		t.Run("cancelled, it counts for nothing, stays to be seen, and is cancelled once", func(t *testing.T) {
			_, err := w.s.Cancel(ctx, admin, view.ID, CancelInput{Note: " "})
			wantFault(t, err, "theme_day.note")
			got, err := w.s.Cancel(ctx, admin, view.ID, CancelInput{Note: "日期填错"})
			must(t, err)
			if got.State != model.MeetingCancelled || got.CancelNote != "日期填错" || got.CancelledAt == nil || got.Listed != 3 {
				t.Fatalf("got %+v", got)
			}
			if n := w.count("SELECT quantity AS n FROM fact"); n != 0 {
				t.Fatalf("facts add up to %d", n)
			}
			if energy(there) != 0 || energy(late) != 0 {
				t.Fatalf("energy is left: %d %d", energy(there), energy(late))
			}
			_, err = w.s.Cancel(ctx, admin, view.ID, CancelInput{Note: "再来"})
			wantFault(t, err, "theme_day.cancelled")
			_, err = w.s.Complete(ctx, admin, view.ID)
			wantFault(t, err, "theme_day.cancelled")
		})
		t.Run("another one may be held in its place and counts anew", func(t *testing.T) {
			w.completed(admin, "甲一支部", there)
			if energy(there) != 10 {
				t.Fatalf("energy: %d", energy(there))
			}
		})
		t.Run("who completed and who cancelled stands in the audit log", func(t *testing.T) {
			if n := w.count("SELECT count(*) AS n FROM audit_entry WHERE object_type = 'meeting' AND object_id = ? AND actor_id = ?", view.ID, admin.AccountID); n != 2 {
				t.Fatalf("%d entries", n)
			}
		})
		t.Run("a draft that came to nothing is cancelled without a fact", func(t *testing.T) {
			before := w.count("SELECT count(*) AS n FROM fact")
			_, err := w.s.Cancel(ctx, admin, w.ready(admin, "甲一支部", there).ID, CancelInput{Note: "没有开展"})
			must(t, err)
			if w.count("SELECT count(*) AS n FROM fact") != before {
				t.Fatal("a fact was written")
			}
		})
		t.Run("without one of the five elements it is not completed, and nothing is recorded", func(t *testing.T) {
			before := w.count("SELECT count(*) AS n FROM fact")
			draft := w.ready(admin, "甲一支部", there)
			_, err := w.s.SetAttendance(ctx, admin, draft.ID, []AttendanceInput{{there.ID, model.Leave}, {late.ID, model.Exempt}})
			must(t, err)
			_, err = w.s.Complete(ctx, admin, draft.ID)
			wantFault(t, err, "theme_day.incomplete")
			if w.count("SELECT count(*) AS n FROM fact") != before {
				t.Fatal("a fact was written")
			}
		})
	})
}

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
