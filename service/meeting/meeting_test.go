package meeting

import (
	"io"
	"sync"
	"sync/atomic"
	"testing"

	"hongyun/model"
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
			_, content, err := w.s.files.Sealed(nil).Open(ctx, view.PhotoFiles[1].FileID)
			must(t, err)
			body, err := io.ReadAll(content)
			must(t, err)
			must(t, content.Close())
			got, err := w.s.AddPhoto(ctx, admin, view.ID, "again.png", body)
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
