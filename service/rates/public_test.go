package rates

import (
	"strings"
	"testing"
	"time"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// TestRelease: nothing of a request is public before a person of the window releases it, and then only the words of that person.
func TestRelease(t *testing.T) {
	each(t, "2026-11-20 10:00:00", func(c *county) {
		closed := func(fill func(*model.Request)) model.Request {
			return c.one(func(r *model.Request) {
				r.Source, r.State, r.DepartmentID, r.SubmittedOn, r.AcceptedOn, r.ClosedOn = model.SourceOfficialAccount, model.RequestRated, &c.roads, "2026-11-02", "2026-11-02", "2026-11-05"
				if fill != nil {
					fill(r)
				}
			})
		}
		r := closed(func(r *model.Request) { r.Anonymous = true })
		c.rate(r, 0, 5, "2026-11-06", &c.roads)
		everything := func() string {
			rows, _, err := c.s.Releases(ctx, 0, 100)
			must(t, err)
			rates, err := c.s.Public(ctx, PublicFilter{})
			must(t, err)
			_, err = c.s.ReleaseOf(ctx, r.Number)
			if len(rows) == 0 != fault.Is(err, "not_found") {
				t.Errorf("%d in the list, by number: %v", len(rows), err)
			}
			return text(rows) + text(rates)
		}
		secret := func(says string) {
			for _, word := range []string{"吴小明", "13812345678", "路灯坏了"} {
				if strings.Contains(everything(), word) {
					t.Errorf("%s, everybody reads %s", says, word)
				}
			}
		}
		secret("before a release")
		in := ReleaseInput{Title: "路口照明", Content: "群众反映路口照明不足", Answer: "已修复，咨询电话0793-7520000"}
		released, err := c.s.Release(ctx, c.desk, r.ID, in)
		if must(t, err); released.Title != in.Title || released.DepartmentName != "城市管理局" {
			t.Errorf("%+v", released)
		}
		secret("released")
		if !strings.Contains(everything(), in.Answer) || strings.Contains(everything(), "公众号") {
			t.Error("not what was written")
		}
		wantFault(t, "rates.released", c.release(c.desk, r.ID, in))
		c.exec("UPDATE request SET state = 'REOPENED' WHERE id = ?", r.ID)
		if strings.Contains(everything(), in.Title) {
			t.Error("a request that is open again is shown")
		}
		c.exec("UPDATE request SET state = 'CLOSED', confidential = TRUE WHERE id = ?", r.ID)
		if strings.Contains(everything(), in.Title) {
			t.Error("a confidential request is shown")
		}
		c.exec("UPDATE request SET confidential = FALSE WHERE id = ?", r.ID)
		must(t, c.s.Unrelease(ctx, c.admin, r.ID))
		if strings.Contains(everything(), in.Title) {
			t.Error("shown after it was taken down")
		}
		wantFault(t, "not_found", c.s.Unrelease(ctx, c.admin, r.ID))
		must(t, c.release(c.desk, r.ID, in)) // again, with its words
		var entries []string
		must(t, c.db.Read(ctx).Raw("SELECT action FROM audit_entry ORDER BY id").Scan(&entries).Error)
		if strings.Join(entries, " ") != "o2o.release o2o.unrelease o2o.release" {
			t.Errorf("audit: %v", entries)
		}

		wantFault(t, "rates.confidential", c.release(c.desk, closed(func(r *model.Request) { r.Confidential = true }).ID, in))
		wantFault(t, "rates.not_closed", c.release(c.desk, closed(func(r *model.Request) { r.State = model.RequestHandling }).ID, in))
		wantFault(t, "not_found", c.release(c.torn, closed(func(r *model.Request) { r.SubjectDepartmentID = &c.clinics }).ID, in))
		wantFault(t, "not_found", c.release(c.desk, 99999, in))
	})
}

// TestImpersonal: numbers of persons do not get into what everybody reads.
func TestImpersonal(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"联系我13812345678":        "title content answer",
		"联系我138 1234 5678":      "title content answer",
		"联系我138-1234-5678":      "title content answer",
		"联系我１３８１２３４５６７８":        "title content answer",
		"138\u200b12345678":     "title content answer",
		"36119919900101001X":    "title content answer",
		"身份证361199900101001":    "title content answer",
		"电话0793-7520000":        "title content",
		"热线12345，3号路口，2026年11月": "",
		"文号〔2026〕13号":           "",
	} {
		var got []string
		for _, name := range []string{"title", "content", "answer"} {
			in := ReleaseInput{Title: "路灯", Content: "路灯", Answer: "已修"}
			*map[string]*string{"title": &in.Title, "content": &in.Content, "answer": &in.Answer}[name] = text
			if err := in.impersonal(); err != nil {
				got = append(got, name)
				if !fault.Is(err, "rates.personal") || strings.Contains(err.Error(), text) {
					t.Errorf("%s: %v", text, err)
				}
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s is refused in %v, want %s", text, got, want)
		}
	}
}

// TestPublic: everybody gets counts, worked out once a minute.
func TestPublic(t *testing.T) {
	each(t, "2026-11-20 10:00:00", func(c *county) {
		add := func() {
			c.one(func(r *model.Request) { r.SubmittedOn, r.AcceptedOn = "2026-11-02", "2026-11-02" })
		}
		accepted := func() int64 {
			r, err := c.s.Public(ctx, PublicFilter{Month: "2026-11"})
			must(t, err)
			return r.Total.Acceptance.Numerator
		}
		add()
		if n := accepted(); n != 1 {
			t.Errorf("%d accepted", n)
		}
		add()
		if n := accepted(); n != 1 {
			t.Errorf("%d accepted in the same minute", n)
		}
		c.clock.Add(61 * time.Second)
		if n := accepted(); n != 2 {
			t.Errorf("%d accepted a minute later", n)
		}
		for i := range 3 * shelfSize {
			_, err := c.s.Public(ctx, PublicFilter{Month: model.Month("2020-01").Add(i)})
			must(t, err)
		}
		if n := len(c.s.public.kept); n > shelfSize {
			t.Errorf("%d answers are kept", n)
		}
		_, err := c.s.Public(ctx, PublicFilter{Period: Period{From: "2000-01", To: "2026-01"}})
		wantFault(t, "rates.period_too_long", err)
	})
}

func (c *county) release(v access.Viewer, id int64, in ReleaseInput) error {
	_, err := c.s.Release(ctx, v, id, in)
	return err
}

func wantFault(t *testing.T, code string, err error) {
	t.Helper()
	if !fault.Is(err, code) {
		t.Errorf("%v, want %s", err, code)
	}
}
