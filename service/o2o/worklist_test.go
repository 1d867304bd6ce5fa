package o2o

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/fault"
)

func TestWorklist(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-25 10:00:00") // a Wednesday
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		c := newCounty(t, db, clock)
		due := func(state string, day model.Date, more map[string]any) int64 {
			id := c.put(state)
			c.set(id, map[string]any{"deadline": day})
			c.set(id, more)
			return id
		}
		later := due(model.RequestHandling, "2026-12-04", nil)
		today := due(model.RequestReferred, "2026-11-25", map[string]any{"topic": "ROAD"})
		paused := due(model.RequestHandling, "2026-11-20", map[string]any{"paused": true})
		late := due(model.RequestHandling, "2026-11-24", nil)
		sunday := due(model.RequestSubmitted, "2026-11-29", nil)
		closed := due(model.RequestClosed, "2026-11-24", nil)
		city := due(model.RequestReturned, "2026-11-27", map[string]any{"return_count": 2})
		helped := due(model.RequestHandling, "2026-12-11", nil)
		must(t, db.Read(ctx).Create(&model.RequestHelper{RequestID: helped, DepartmentID: c.clinics, Part: "x", Deadline: "2026-11-26", State: model.HelperOpen, CreatedAt: db.Now()}).Error)
		must(t, db.Read(ctx).Create(&model.RequestExtension{RequestID: later, ClockSeq: 1, WorkingDays: 2, Reason: "x", State: model.ExtensionAsked, AskedOn: "2026-11-24", CreatedAt: db.Now()}).Error)
		ids := func(v access.Viewer, f WorkFilter) (got []int64) {
			f.Order = "due"
			for _, r := range c.list(v, Filter{WorkFilter: f}).Items {
				got = append(got, r.ID)
			}
			return got
		}
		t.Run("what falls due comes first, what stands still after it, then what binds nobody", func(t *testing.T) {
			if got, want := ids(c.desk, WorkFilter{}), []int64{late, today, city, sunday, later, helped, paused, closed}; !slices.Equal(got, want) {
				t.Errorf("%v, want %v", got, want)
			}
		})
		t.Run("each viewer's own work waits for him or her", func(t *testing.T) {
			for name, w := range map[string]struct {
				v    access.Viewer
				want []int64
			}{
				"desk": {c.desk, []int64{sunday, later}}, "city": {c.admin, []int64{city, sunday, later}}, "leader": {c.leader, nil}, "citizen": {c.citizen, nil},
				"handler": {c.handler, []int64{late, today, later, helped}}, "helper": {c.stranger, []int64{helped}},
			} {
				if got := ids(w.v, WorkFilter{Waiting: true}); !slices.Equal(got, w.want) {
					t.Errorf("%s: %v, want %v", name, got, w.want)
				}
			}
		})
		t.Run("every filter narrows", func(t *testing.T) {
			for what, w := range map[string]struct {
				f    WorkFilter
				want []int64
			}{
				"late": {WorkFilter{Late: true}, []int64{late}}, "paused": {WorkFilter{Paused: true}, []int64{paused}}, "topic": {WorkFilter{Topic: "ROAD"}, []int64{today}},
				"clock": {WorkFilter{Clock: model.ClockRate}, []int64{closed}}, "due": {WorkFilter{DueFrom: "2026-11-27", DueBy: "2026-11-29"}, []int64{city, sunday}},
				"repeats": {WorkFilter{Repeats: true}, nil}, "priority": {WorkFilter{Priority: 1}, nil}, "helper": {WorkFilter{Helper: true}, nil},
			} {
				if got := ids(c.admin, w.f); !slices.Equal(got, w.want) {
					t.Errorf("%s: %v, want %v", what, got, w.want)
				}
			}
			if got := ids(c.stranger, WorkFilter{Helper: true}); !slices.Equal(got, []int64{helped}) {
				t.Errorf("%v", got)
			}
		})
		t.Run("each number of the head opens its list", func(t *testing.T) {
			for name, v := range map[string]access.Viewer{"desk": c.desk, "city": c.admin, "leader": c.leader, "handler": c.handler, "helper": c.stranger, "citizen": c.citizen} {
				s, err := c.s.Summarise(ctx, v)
				must(t, err)
				lists := map[string][2]int64{}
				for what, w := range map[string]struct {
					n int64
					f WorkFilter
				}{
					"late": {s.Late, WorkFilter{Late: true}}, "today": {s.Today, WorkFilter{DueFrom: s.Day, DueBy: s.Day}}, "paused": {s.Paused, WorkFilter{Paused: true}},
					"week": {s.Week, WorkFilter{DueFrom: s.Day.AddDays(1), DueBy: s.WeekEnd}}, "waiting": {s.Waiting, WorkFilter{Waiting: true}},
				} {
					if total := int64(len(ids(v, w.f))); total != w.n {
						lists[what] = [2]int64{w.n, total}
					}
				}
				if len(lists) > 0 || s.WeekEnd != "2026-11-29" {
					t.Errorf("%s: %v until %s", name, lists, s.WeekEnd)
				}
			}
			if s, err := c.s.Summarise(ctx, c.desk); err != nil || fmt.Sprint(s) != "{1 1 2 1 2 2026-11-25 2026-11-29}" {
				t.Errorf("%v %v", s, err)
			}
		})
	})
}

func TestDrafts(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		c := newCounty(t, db, clock)
		done := func(content, note string, unit int64, by access.Viewer, more SubmitInput) int64 {
			more.Content = content
			id := c.submit(c.citizen, more).ID
			must(t, second(c.s.Accept(ctx, c.desk, id, AcceptInput{})))
			must(t, second(c.s.Refer(ctx, c.desk, id, unit, "")))
			must(t, second(c.s.Handle(ctx, by, id, "")))
			must(t, second(c.s.Close(ctx, by, id, note)))
			return id
		}
		own := done("人民路路灯坏了三天没人修", "吴群众您好，路灯已修复，如有问题请拨打13800001234。", c.roads, c.handler, SubmitInput{})
		done("建设路路灯坏了很久没人修", "保密件的答复", c.roads, c.handler, SubmitInput{Confidential: true})
		done("医院门口路灯坏了没人修", "卫健委的答复", c.clinics, c.stranger, SubmitInput{})
		released := done("公园路灯坏了没人修", "原答复", c.clinics, c.stranger, SubmitInput{})
		done("请问落户需要什么材料", "带户口本", c.roads, c.handler, SubmitInput{})
		must(t, db.Read(ctx).Create(&model.RequestRelease{RequestID: released, Title: "路灯维修", Content: "公园路灯坏了没人修", Answer: "已统一更换。", ReleasedAt: db.Now()}).Error)
		id := c.submit(c.neighbour, SubmitInput{Content: "解放路路灯坏了没人修"}).ID
		must(t, second(c.s.Accept(ctx, c.desk, id, AcceptInput{})))
		must(t, second(c.s.Refer(ctx, c.desk, id, c.roads, "")))
		drafts, err := c.s.Drafts(ctx, c.handler, id)
		must(t, err)
		texts := map[string]Draft{}
		for _, d := range drafts {
			texts[d.Text] = d
		}
		mine, ok := texts["***您好，路灯已修复，如有问题请拨打***。"]
		if public := texts["已统一更换。"]; len(drafts) != 2 || !ok || mine.RequestID != own || public.RequestID != 0 || !public.Released || public.Title != "路灯维修" {
			t.Errorf("%+v", drafts)
		}
		for _, d := range drafts {
			if strings.Contains(d.Title+d.Text, c.citizen.Name) || strings.Contains(d.Text, "138") {
				t.Errorf("%+v", d)
			}
		}
		if _, err := c.s.Drafts(ctx, c.neighbour, id); !fault.Is(err, "auth.forbidden") {
			t.Error(err)
		}
		if _, err := c.s.Drafts(ctx, c.stranger, id); !fault.Is(err, "not_found") {
			t.Error(err)
		}
	})
}
