package o2o

import (
	"strings"
	"sync"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/file/filetest"
)

func TestSubmit(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-11-23 10:00:00")
		c := newCounty(t, db, clock)
		lat, lng := 28.95, 117.58
		in := SubmitInput{Content: "  人民路路灯坏了三天  ", Category: model.CategoryComplaint, Place: "人民路", Lat: &lat, Lng: &lng}

		t.Run("numbers name the day, and count on from day to day", func(t *testing.T) {
			first, second := c.submit(c.citizen, in), c.submit(c.citizen, in)
			clock.Set("2026-11-24 00:00:00")
			third := c.submit(c.neighbour, in)
			clock.Set("2026-11-23 10:00:00")
			if first.Number != "HY20261123-0001" || second.Number != "HY20261123-0002" || third.Number != "HY20261124-0003" {
				t.Errorf("%s %s %s", first.Number, second.Number, third.Number)
			}
			if first.Content != "人民路路灯坏了三天" || *first.Lat != lat || first.State != model.RequestSubmitted || !first.Mine {
				t.Errorf("%+v", first)
			}
		})
		t.Run("a key used twice gives one request, also at the same moment", func(t *testing.T) {
			numbers := make([]string, 8)
			var wg sync.WaitGroup
			for i := range numbers {
				wg.Go(func() {
					d, err := c.s.Submit(ctx, c.citizen, in, "key-1")
					if err != nil {
						t.Error(err)
					}
					numbers[i] = d.Number
				})
			}
			wg.Wait()
			for _, n := range numbers {
				if n != numbers[0] || n == "" {
					t.Errorf("%q", numbers)
				}
			}
			other := in
			other.Content = "完全不同的另一件事情"
			if _, err := c.s.Submit(ctx, c.citizen, other, "key-1"); !fault.Is(err, "o2o.key_reused") {
				t.Errorf("another text with the same key: %v", err)
			}
			if d, err := c.s.Submit(ctx, c.neighbour, other, "key-1"); err != nil || d.Number == numbers[0] {
				t.Errorf("another account with the same key: %v", err)
			}
		})
		t.Run("what cannot be right is refused", func(t *testing.T) {
			far := 200.0
			for name, bad := range map[string]SubmitInput{
				"short": {Content: "路灯坏了"}, "blank": {Content: "         "}, "long": {Content: strings.Repeat("灯", 2001)},
				"category": {Content: "路灯坏了三天", Category: "OTHER"}, "half a position": {Content: "路灯坏了三天", Lat: &lat},
				"off the globe": {Content: "路灯坏了三天", Lat: &lat, Lng: &far},
			} {
				if _, err := c.s.Submit(ctx, c.citizen, bad, ""); err == nil {
					t.Errorf("%s was taken in", name)
				}
			}
			if d := c.submit(c.citizen, SubmitInput{Content: strings.Repeat("灯", 2000)}); d.Category != model.CategoryHelp {
				t.Error("2000 characters without a category are a request for help")
			}
		})
	})
}

func TestSubmit_check(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	c := withSandbox(t, modeltest.SQLite(t, clock.Now), clock)
	// Somebody whom the sandbox knows, signed in to the mini-program a moment ago.
	res := c.signIn("wang")
	v, err := access.Load(c.db.Read(ctx), res)
	must(t, err)
	if _, err := c.s.Submit(ctx, v, SubmitInput{Content: "这里有违规示例文字"}, ""); !fault.Is(err, "o2o.content_refused") {
		t.Errorf("a risky text: %v", err)
	}
	if _, err := c.s.Submit(ctx, v, SubmitInput{Content: "这里有待审示例文字"}, ""); err != nil {
		t.Errorf("a text for a person to look at: %v", err)
	}
	if strings.Contains(c.log.String(), "not checked") {
		t.Error("the check was not made")
	}
	if _, err := c.s.Submit(ctx, c.citizen, SubmitInput{Content: "这里有违规示例文字"}, ""); err != nil {
		t.Errorf("a check that fails loses the request: %v", err)
	}
	if !strings.Contains(c.log.String(), "not checked") {
		t.Error("a failing check is not logged")
	}
	if strings.Contains(c.log.String(), "示例") {
		t.Error("the log holds what a citizen wrote")
	}
}

func TestAddPhoto(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		c := newCounty(t, db, clock)
		id := c.submit(c.citizen, SubmitInput{}).ID
		photo := func(n int) []byte { return filetest.JPEG(n) }
		errs := make([]error, 12)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() { _, errs[i] = c.s.AddPhoto(ctx, c.citizen, id, "照片.jpg", photo(i)) })
		}
		wg.Wait()
		added := 0
		for _, err := range errs {
			if err == nil {
				added++
			} else if !fault.Is(err, "o2o.too_many_photos") {
				t.Error(err)
			}
		}
		d, err := c.s.Request(ctx, c.citizen, id)
		must(t, err)
		if added != MaxPhotos || len(d.Parts) != MaxPhotos || d.Photos != MaxPhotos {
			t.Errorf("%d added, %d parts, %d photos", added, len(d.Parts), d.Photos)
		}
		other := c.submit(c.citizen, SubmitInput{}).ID
		if _, err := c.s.AddPhoto(ctx, c.citizen, other, "x.txt", []byte("no photo")); !fault.Is(err, "file.wrong_type") {
			t.Errorf("a text as a photo: %v", err)
		}
		if _, err := c.s.AddPhoto(ctx, c.neighbour, other, "x.jpg", photo(1)); !fault.Is(err, "not_found") {
			t.Errorf("somebody else's request: %v", err)
		}
		if _, err := c.s.AddPhoto(ctx, c.desk, other, "x.jpg", photo(1)); !fault.Is(err, "auth.forbidden") {
			t.Errorf("the window: %v", err)
		}
		must(t, second(c.do(ActionWithdraw, c.citizen, other)))
		if _, err := c.s.AddPhoto(ctx, c.citizen, other, "x.jpg", photo(1)); !fault.Is(err, "o2o.wrong_state") {
			t.Errorf("a withdrawn request: %v", err)
		}
	})
}

func second[T any](_ T, err error) error { return err }
