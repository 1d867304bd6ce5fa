package calendar_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/calendar"
	"hongyun/service/fault"
)

func TestDeadlineAfter(t *testing.T) {
	t.Parallel()
	modeltest.Each(t, nil, func(t *testing.T, db *model.DB) {
		tx := db.Read(context.Background())
		for _, c := range []struct {
			from        model.Date
			n           int
			want        model.Date
			provisional bool
			shows       string
		}{
			{"2026-09-18", 1, "2026-09-20", false, "RULES 9.2: a make-up Sunday"},
			{"2026-09-24", 3, "2026-09-30", false, "RULES 9.2: over Mid-Autumn"},
			{"2026-09-30", 5, "2026-10-13", false, "RULES 9.2: a make-up Saturday"},
			{"2026-02-13", 3, "2026-02-25", false, "RULES 9.2: over Spring Festival"},
			{"2026-10-10", 5, "2026-10-16", false, "RULES 9.2: the day of the event is day 0"},
			{"2026-12-31", 1, "2027-01-04", true, "RULES 9.4: no notice for 2027"},
			{"2026-12-30", 1, "2026-12-31", false, "the last day of a year with a notice"},
			{"2026-10-01", 0, "2026-10-01", false, "no working days: the same day, even a holiday"},
			{"2027-03-01", 0, "2027-03-01", false, "the same day rests on no notice"},
			{"2024-12-31", 1, "2025-01-02", false, "the start day itself rests on no notice"},
			{"2031-01-01", 1, "2031-01-02", true, "a year with no table at all"},
		} {
			got, err := calendar.DeadlineAfter(tx, c.from, c.n)
			if err != nil || got != (calendar.Deadline{Date: c.want, Provisional: c.provisional}) {
				t.Errorf("%s + %d = %+v, %v, want %s, provisional %v (%s)", c.from, c.n, got, err, c.want, c.provisional, c.shows)
			}
		}
		t.Run("an extension adds its working days to the old deadline", func(t *testing.T) {
			old, err := calendar.DeadlineAfter(tx, "2026-09-24", 3)
			if err != nil {
				t.Fatal(err)
			}
			extended, err := calendar.DeadlineAfter(tx, old.Date, 5)
			if err != nil || extended.Date != "2026-10-13" {
				t.Fatalf("%+v, %v", extended, err)
			}
		})
		t.Run("refuses dates and numbers out of range", func(t *testing.T) {
			for _, bad := range []model.Date{"", "2026-02-30", "2026-9-1", "0001-01-01", "9999-12-31"} {
				if _, err := calendar.DeadlineAfter(tx, bad, 1); !fault.Is(err, "calendar.date") {
					t.Errorf("%q: %v", bad, err)
				}
			}
			for _, bad := range []int{-1, calendar.MaxWorkingDays + 1} {
				if _, err := calendar.DeadlineAfter(tx, "2026-01-01", bad); !fault.Is(err, "calendar.working_days") {
					t.Errorf("%d: %v", bad, err)
				}
			}
		})
		book := calendar.Of(tx)
		t.Run("between the event and the deadline lie n working days, the last one the deadline", rapid.MakeCheck(func(t *rapid.T) {
			from := model.Date("2024-06-01").AddDays(rapid.IntRange(0, 1400).Draw(t, "from"))
			n := rapid.IntRange(1, 60).Draw(t, "n")
			got, err := book.DeadlineAfter(from, n)
			if err != nil {
				t.Fatal(err)
			}
			days, last := 0, false
			for d := from.AddDays(1); d <= got.Date; d = d.AddDays(1) {
				if last, err = book.Workday(d); err != nil {
					t.Fatal(err)
				}
				if last {
					days++
				}
			}
			if days != n || !last {
				t.Fatalf("%s + %d = %s, but %d working days lie between, the last one %v", from, n, got.Date, days, last)
			}
		}))
	})
}

func TestNoticeEnd(t *testing.T) {
	t.Parallel()
	modeltest.Each(t, nil, func(t *testing.T, db *model.DB) {
		tx := db.Read(context.Background())
		for _, c := range []struct {
			start model.Date
			n     int
			want  model.Date
		}{
			{"2026-09-18", 5, "2026-09-23"}, // RULES 5
			{"2026-09-21", 5, "2026-09-28"},
			{"2026-06-17", 5, "2026-06-24"},
			{"2026-09-19", 1, "2026-09-20"}, // a Saturday does not count, the make-up Sunday does
			{"2026-09-18", 1, "2026-09-18"},
		} {
			got, err := calendar.NoticeEnd(tx, c.start, c.n)
			if err != nil || got != (calendar.Deadline{Date: c.want}) {
				t.Errorf("a notice of %d days from %s ends on %+v, %v, want %s", c.n, c.start, got, err, c.want)
			}
		}
		if _, err := calendar.NoticeEnd(tx, "2026-09-18", 0); !fault.Is(err, "calendar.working_days") {
			t.Errorf("a notice of no days: %v", err)
		}
	})
}

func cityAdmin() access.Viewer {
	return access.Viewer{AccountID: 1, Name: "市管理员", Grants: []access.Grant{{Role: model.RoleAdmin, OrgID: 1, OrgPath: "001", OrgType: model.OrgCity}}}
}

func TestService_SetOverride(t *testing.T) {
	t.Parallel()
	modeltest.Each(t, modeltest.At("2026-11-05 09:00:00").Now, func(t *testing.T, db *model.DB) {
		ctx := context.Background()
		s := calendar.New(db)
		var first, last model.Date
		var refuse error
		s.OnChange(func(_ model.Tx, f, l model.Date) error { first, last = f, l; return refuse })

		t.Run("from November on, a missing notice is warned of", func(t *testing.T) {
			m, err := s.MissingYear(ctx)
			if err != nil || m.Year != 2027 || !strings.HasPrefix(m.Message, "2027年") {
				t.Fatalf("%+v, %v", m, err)
			}
		})
		t.Run("one day off does not stand for the notice", func(t *testing.T) {
			if err := s.SetOverride(ctx, cityAdmin(), calendar.Override{Date: "2027-01-04", Kind: calendar.Off, Name: "冰雪停工"}); err != nil {
				t.Fatal(err)
			}
			d, err := s.DeadlineAfter(ctx, "2026-12-31", 1)
			if err != nil || d != (calendar.Deadline{Date: "2027-01-05", Provisional: true}) {
				t.Fatalf("%+v, %v", d, err)
			}
		})
		t.Run("what follows a change may refuse it", func(t *testing.T) {
			refuse = errors.New("refused")
			err := s.SetOverride(ctx, cityAdmin(), calendar.Override{Date: "2027-01-05", Kind: calendar.Off, Name: "冰雪停工"})
			if !errors.Is(err, refuse) {
				t.Fatal(err)
			}
			refuse = nil
			if y, err := s.Overrides(ctx, 2027); err != nil || len(y.Items) != 14 || y.Confirmed {
				t.Fatalf("%+v, %v", y, err)
			}
		})
		t.Run("half a notice leaves the year provisional", func(t *testing.T) {
			o := calendar.Override{Date: "2027-01-01", Kind: calendar.Off, Name: "元旦", NoticeNo: "国办发明电〔2026〕1号"}
			if err := s.SetOverride(ctx, cityAdmin(), o); err != nil {
				t.Fatal(err)
			}
			if y, err := s.Overrides(ctx, 2027); err != nil || y.Confirmed {
				t.Fatalf("%+v, %v", y, err)
			}
		})
		t.Run("the notice takes the place of what stood there, and the year is final", func(t *testing.T) {
			y, err := s.Overrides(ctx, 2027)
			if err != nil {
				t.Fatal(err)
			}
			for i := range y.Items {
				y.Items[i].Provisional, y.Items[i].NoticeNo = false, "国办发明电〔2026〕1号"
			}
			notice := append([]calendar.Override{{Date: "2027-10-09", Kind: calendar.Work, Name: "国庆节调休", NoticeNo: "国办发明电〔2026〕1号"}}, y.Items...)
			if err := s.SetOverride(ctx, cityAdmin(), notice...); err != nil {
				t.Fatal(err)
			}
			if first != "2027-01-01" || last != "2027-10-09" {
				t.Errorf("what follows was told of %s to %s", first, last)
			}
			d, err := s.DeadlineAfter(ctx, "2027-10-08", 1)
			if err != nil || d != (calendar.Deadline{Date: "2027-10-09"}) {
				t.Errorf("%+v, %v", d, err)
			}
			if m, err := s.MissingYear(ctx); err != nil || m.Year != 0 {
				t.Errorf("%+v, %v", m, err)
			}
		})
		t.Run("a date taken out follows the week's rule again, and what follows is told", func(t *testing.T) {
			if err := s.RemoveOverride(ctx, cityAdmin(), "2027-10-09"); err != nil || first != "2027-10-09" || last != "2027-10-09" {
				t.Fatalf("%s to %s, %v", first, last, err)
			}
			if d, err := s.DeadlineAfter(ctx, "2027-10-08", 1); err != nil || d.Date != "2027-10-11" {
				t.Fatalf("%+v, %v", d, err)
			}
			if err := s.RemoveOverride(ctx, cityAdmin(), "2027-10-09"); !fault.Is(err, "not_found") {
				t.Fatal(err)
			}
		})
		t.Run("each change is in the audit log, with what stood there before", func(t *testing.T) {
			var entries []model.AuditEntry
			if err := db.Read(ctx).Order("seq").Find(&entries).Error; err != nil {
				t.Fatal(err)
			}
			if len(entries) != 4 || entries[0].Before != "[]" || !strings.Contains(entries[2].Before, "冰雪停工") {
				t.Errorf("%+v", entries)
			}
			if _, err := audit.Verify(ctx, db); err != nil {
				t.Error(err)
			}
		})
		t.Run("only an administrator of the city changes it", func(t *testing.T) {
			v := cityAdmin()
			v.Grants[0].OrgType = model.OrgCommittee
			var f *fault.Fault
			err := s.SetOverride(ctx, v, calendar.Override{Date: "2027-01-04", Kind: calendar.Off, Name: "假"})
			if !errors.As(err, &f) || f.Kind != fault.KindForbidden {
				t.Fatal(err)
			}
			if err := s.RemoveOverride(ctx, v, "2027-01-04"); !errors.As(err, &f) || f.Kind != fault.KindForbidden {
				t.Fatal(err)
			}
		})
		t.Run("refuses what cannot be right", func(t *testing.T) {
			good := calendar.Override{Date: "2027-01-04", Kind: calendar.Off, Name: "元旦"}
			for code, change := range map[string]func(o *calendar.Override){
				"calendar.date":      func(o *calendar.Override) { o.Date = "2027-02-29" },
				"calendar.kind":      func(o *calendar.Override) { o.Kind = "HALF" },
				"calendar.name":      func(o *calendar.Override) { o.Name = " " },
				"calendar.notice_no": func(o *calendar.Override) { o.NoticeNo = strings.Repeat("号", 51) },
			} {
				o := good
				change(&o)
				if err := s.SetOverride(ctx, cityAdmin(), o); !fault.Is(err, code) {
					t.Errorf("want %s: %v", code, err)
				}
			}
			if err := s.SetOverride(ctx, cityAdmin(), good, good); !fault.Is(err, "calendar.repeated") {
				t.Error(err)
			}
			if err := s.SetOverride(ctx, cityAdmin()); !fault.Is(err, "calendar.overrides") {
				t.Error(err)
			}
			if _, err := s.Overrides(ctx, 12026); !fault.Is(err, "calendar.date") {
				t.Error(err)
			}
		})
	})
}
