package o2o

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/fault"
)

func TestMerge(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-11-23 10:00:00")
		c := newCounty(t, db, clock)
		main := c.submit(c.citizen, SubmitInput{Content: "人民路积水严重"})
		voice := c.submit(c.neighbour, SubmitInput{Content: "人民路口积水过不去"})
		third := c.submit(c.committee, SubmitInput{Content: "人民路下雨积水"})
		t.Run("nothing is merged into itself, or into what is over", func(t *testing.T) {
			over := c.put(model.RequestDeclined)
			for into, code := range map[int64]string{voice.ID: "o2o.merge_self", over: "o2o.merge_ended", 9999: "not_found"} {
				if _, err := c.s.Merge(ctx, c.desk, voice.ID, into, ""); !fault.Is(err, code) {
					t.Errorf("into %d: %v, want %s", into, err, code)
				}
			}
		})
		must(t, second(c.s.Merge(ctx, c.desk, third.ID, voice.ID, "")))
		d, err := c.s.Merge(ctx, c.desk, voice.ID, main.ID, "同一路段")
		if err != nil || d.State != model.RequestDuplicate || *d.DuplicateOf != main.ID || d.Clock != "" {
			t.Fatalf("%+v %v", d, err)
		}
		t.Run("there are no chains: what was merged goes along, and a merged one leads to its main", func(t *testing.T) {
			if got := c.row(third.ID); *got.DuplicateOf != main.ID {
				t.Errorf("%d", *got.DuplicateOf)
			}
			fourth := c.submit(c.citizen, SubmitInput{Content: "又一处积水了啊"})
			if d, err := c.s.Merge(ctx, c.desk, fourth.ID, third.ID, ""); err != nil || *d.DuplicateOf != main.ID {
				t.Errorf("%+v %v", d.DuplicateOf, err)
			}
			if _, err := c.s.Merge(ctx, c.desk, main.ID, third.ID, ""); !fault.Is(err, "o2o.merge_self") {
				t.Errorf("a circle: %v", err)
			}
		})
		must(t, second(c.s.Accept(ctx, c.desk, main.ID, AcceptInput{})))
		must(t, second(c.s.Refer(ctx, c.desk, main.ID, c.roads, "")))
		must(t, second(c.s.Handle(ctx, c.handler, main.ID, "")))
		must(t, second(c.s.Close(ctx, c.handler, main.ID, "已疏通")))
		t.Run("every merged citizen hears each step under the own number", func(t *testing.T) {
			for _, kind := range []string{"o2o.accepted", "o2o.referred", "o2o.closed"} {
				var numbers []string
				for _, m := range c.messages(kind) {
					for _, n := range []string{main.Number, voice.Number, third.Number} {
						if strings.Contains(m.Data, n) {
							numbers = append(numbers, n)
						}
					}
				}
				if slices.Sort(numbers); !slices.Equal(numbers, []string{main.Number, voice.Number, third.Number}) {
					t.Errorf("%s: %q", kind, numbers)
				}
			}
		})
		t.Run("no voice is lost: the unit reads them all, and each citizen rates", func(t *testing.T) {
			d, err := c.s.Request(ctx, c.chief, main.ID)
			if err != nil || len(d.Merged) != 3 || d.Merged[0].Content != voice.Content {
				t.Errorf("%+v %v", d.Merged, err)
			}
			if own, err := c.s.Request(ctx, c.citizen, main.ID); err != nil || len(own.Merged) != 0 {
				t.Errorf("the citizen reads others' words: %+v %v", own.Merged, err)
			}
			rated, err := c.s.Rate(ctx, c.neighbour, voice.ID, RateInput{Rating: 2})
			if err != nil || rated.State != model.RequestDuplicate {
				t.Errorf("%s %v", rated.State, err)
			}
			if r := c.row(main.ID); r.State != model.RequestClosed || r.Rating != nil {
				t.Errorf("a merged rating touches the main request: %+v", r)
			}
		})
	})
}

func TestMerge_atOnce(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		c := newCounty(t, db, clock)
		t.Run("merged and accepted at once: one wins", func(t *testing.T) {
			for range 5 {
				id, main := c.put(model.RequestSubmitted), c.put(model.RequestHandling)
				var merged, accepted error
				var wg sync.WaitGroup
				wg.Go(func() { _, merged = c.s.Merge(ctx, c.desk, id, main, "") })
				wg.Go(func() { _, accepted = c.s.Decline(ctx, c.desk2, id, "", "请到法院") })
				wg.Wait()
				r := c.row(id)
				if (merged == nil) == (accepted == nil) || r.Steps != 2 || (r.State == model.RequestDuplicate) != (merged == nil) || (r.DuplicateOf != nil) != (merged == nil) {
					t.Errorf("merged: %v, declined: %v, %+v", merged, accepted, r)
				}
			}
		})
		t.Run("two merged into each other at once make no circle", func(t *testing.T) {
			for range 5 {
				a, b := c.put(model.RequestSubmitted), c.put(model.RequestSubmitted)
				var one, other error
				var wg sync.WaitGroup
				wg.Go(func() { _, one = c.s.Merge(ctx, c.desk, a, b, "") })
				wg.Go(func() { _, other = c.s.Merge(ctx, c.desk2, b, a, "") })
				wg.Wait()
				lost := one
				if one == nil {
					lost = other
				}
				if (one == nil) == (other == nil) || !fault.Is(lost, "o2o.merge_self") && !fault.Is(lost, "o2o.wrong_state") {
					t.Errorf("%v, %v", one, other)
				}
			}
		})
	})
}

func TestDuplicates(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-10-20 10:00:00")
		c := newCounty(t, db, clock)
		at := func(lat, lng float64) (a, b *float64) { return &lat, &lng }
		lat, lng := at(28.9, 117.5)
		c.submit(c.neighbour, SubmitInput{Content: "人民路路灯坏了三天没人修"}) // 34 days before
		clock.Set("2026-11-23 10:00:00")
		near, nearLng := at(28.902, 117.5)
		far, farLng := at(28.91, 117.5)
		words := c.submit(c.neighbour, SubmitInput{Content: "人民路的路灯坏了，三天没有人修！"})
		place := c.submit(c.neighbour, SubmitInput{Content: "井盖被偷走了很危险", Lat: near, Lng: nearLng})
		c.submit(c.neighbour, SubmitInput{Content: "小区垃圾无人清运", Lat: far, Lng: farLng})
		person := c.submit(c.citizen, SubmitInput{Content: "请问居住证怎么办理"})
		named := c.submit(c.neighbour, SubmitInput{Content: "噪声扰民睡不着觉", Place: "人民路 12号"})
		hidden := c.submit(c.neighbour, SubmitInput{Content: "人民路路灯坏了三天没人修理", SubjectDepartmentID: &c.roads})
		declined := c.submit(c.neighbour, SubmitInput{Content: "人民路路灯坏了三天没人修过"})
		must(t, second(c.s.Decline(ctx, c.desk, declined.ID, "", "请致电供电公司")))
		id := c.submit(c.citizen, SubmitInput{Content: "人民路路灯坏了三天没人修", Place: "人民路12号", Lat: lat, Lng: lng}).ID
		rows, err := c.s.Duplicates(ctx, c.desk, id)
		must(t, err)
		got := map[int64]string{}
		for _, r := range rows {
			got[r.ID] = strings.Join(r.Reasons, ",")
		}
		want := map[int64]string{words.ID: "文字相似75%", hidden.ID: "文字相似95%", place.ID: "同一地点（相距222米）", named.ID: "同一地点", person.ID: "同一群众"}
		for id, reasons := range want {
			if got[id] != reasons {
				t.Errorf("%d is suggested for %q, want %q", id, got[id], reasons)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%v", got)
		}
		t.Run("only the window is asked", func(t *testing.T) {
			if _, err := c.s.Duplicates(ctx, c.citizen, id); !fault.Is(err, "auth.forbidden") {
				t.Error(err)
			}
			if _, err := c.s.Duplicates(ctx, c.handler, id); !fault.Is(err, "not_found") {
				t.Error(err)
			}
		})
	})
}

func TestLikeness(t *testing.T) {
	t.Parallel()
	for _, w := range []struct {
		a, b string
		want int
	}{
		{"路灯坏了", "路灯坏了", 100}, {"路灯 坏了！", "路灯坏了", 100}, {"路灯坏了", "井盖丢失", 0}, {"", "", 0}, {"灯", "灯", 100},
		{"路灯坏了", "路灯亮了", 33}, {"Wifi", "wifi", 100}, {"路灯坏了三天", "三天路灯坏了", 80},
	} {
		if got := likeness(bigrams(w.a), bigrams(w.b)); got != w.want {
			t.Errorf("%q and %q: %d, want %d", w.a, w.b, got, w.want)
		}
	}
}
