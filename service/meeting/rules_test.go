package meeting

import (
	"slices"
	"testing"

	"hongyun/model"
)

func TestMissing(t *testing.T) {
	t.Parallel()
	all := elements{theme: "主题", content: "内容", record: "记录", attended: 1, photos: 1}
	for _, test := range []struct {
		sentence string
		change   func(*elements)
		want     []string
	}{
		{"all five elements are there", func(*elements) {}, []string{}},
		{"a theme of blanks is none", func(e *elements) { e.theme = " \t" }, []string{"活动主题"}},
		{"no content", func(e *elements) { e.content = "" }, []string{"活动内容"}},
		{"nobody was there", func(e *elements) { e.attended = 0 }, []string{"参会人员"}},
		{"a record of an ideographic blank is none", func(e *elements) { e.record = "\u3000\n" }, []string{"活动记录"}},
		{"no photo", func(e *elements) { e.photos = 0 }, []string{"现场照片"}},
		{"nothing but a theme", func(e *elements) { *e = elements{theme: "主题"} }, []string{"活动内容", "参会人员", "活动记录", "现场照片"}},
	} {
		t.Run(test.sentence, func(t *testing.T) {
			e := all
			test.change(&e)
			if got := missing(e); !slices.Equal(got, test.want) {
				t.Fatalf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestCompletable(t *testing.T) {
	t.Parallel()
	all := elements{theme: "主题", content: "内容", record: "记录", attended: 1, photos: 1}
	for heldOn, code := range map[model.Date]string{
		"2026-11-20": "", "2026-11-21": "theme_day.in_future", "2027-01-01": "theme_day.in_future",
		"2026-09-21": "", "2026-09-20": "theme_day.too_old",
	} {
		err := completable(all, heldOn, "2026-11-20")
		if code == "" && err != nil {
			t.Errorf("held on %s: %v", heldOn, err)
		}
		if code != "" {
			wantFault(t, err, code)
		}
	}
	wantFault(t, completable(elements{}, "2026-11-20", "2026-11-20"), "theme_day.incomplete")
}
