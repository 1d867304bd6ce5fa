package o2o

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/file/filetest"
)

func TestScope(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		c := newCounty(t, db, clock)
		waiting := c.submit(c.citizen, SubmitInput{}).ID
		referred := c.submit(c.citizen, SubmitInput{}).ID
		elsewhere := c.submit(c.neighbour, SubmitInput{}).ID
		for id, department := range map[int64]int64{referred: c.roads, elsewhere: c.clinics} {
			must(t, second(c.s.AddPhoto(ctx, map[int64]access.Viewer{referred: c.citizen, elsewhere: c.neighbour}[id], id, "a.jpg", filetest.JPEG(int(id)))))
			must(t, second(c.s.Accept(ctx, c.desk, id, AcceptInput{})))
			must(t, second(c.s.Refer(ctx, c.desk, id, department, "请尽快处理，注意态度")))
		}
		all := []int64{waiting, referred, elsewhere}
		for name, want := range map[string]struct {
			v    access.Viewer
			sees []int64
		}{
			"city administrator": {c.admin, all}, "city leader": {c.leader, all}, "desk": {c.desk, all},
			"handler": {c.handler, []int64{referred}}, "chief": {c.chief, []int64{referred}}, "another department": {c.stranger, []int64{elsewhere}},
			"citizen": {c.citizen, []int64{waiting, referred}}, "neighbour": {c.neighbour, []int64{elsewhere}}, "committee": {c.committee, nil},
			"nobody": {access.Viewer{}, nil},
		} {
			p := c.list(want.v, Filter{})
			var listed []int64
			for _, r := range p.Items {
				listed = append(listed, r.ID)
			}
			slices.Sort(listed)
			if !slices.Equal(listed, want.sees) || p.Total != int64(len(want.sees)) {
				t.Errorf("%s sees %v of %d, want %v", name, listed, p.Total, want.sees)
			}
			for _, id := range all {
				d, err := c.s.Request(ctx, want.v, id)
				if sees := slices.Contains(want.sees, id); sees != (err == nil) || !sees && !fault.Is(err, "not_found") {
					t.Errorf("%s opens %d: %v", name, id, err)
				}
				if id == waiting {
					continue
				}
				full, err := c.s.Request(ctx, c.desk, id)
				must(t, err)
				may, err := c.s.MaySeeFile(ctx, want.v, *full.Parts[0].FileID)
				if err != nil || may != (len(d.Parts) > 0) {
					t.Errorf("%s may see the photo of %d: %v %v", name, id, may, err)
				}
			}
		}
		t.Run("filters narrow the scope and never widen it", func(t *testing.T) {
			for _, f := range []Filter{{DepartmentID: c.roads}, {State: model.RequestReferred}, {Mine: true}, {Category: model.CategoryHelp}, {Overdue: true}} {
				if p := c.list(c.committee, f); p.Total != 0 || len(p.Items) != 0 {
					t.Errorf("%+v: %+v", f, p)
				}
			}
			count := func(v access.Viewer, f Filter) int64 {
				return c.list(v, f).Total
			}
			if count(c.desk, Filter{DepartmentID: c.roads}) != 1 || count(c.desk, Filter{State: model.RequestSubmitted}) != 1 ||
				count(c.desk, Filter{Mine: true}) != 0 || count(c.citizen, Filter{Mine: true}) != 2 || count(c.desk, Filter{Category: model.CategoryUrgent}) != 0 {
				t.Error("a filter does not filter")
			}
			if count(c.desk, Filter{Overdue: true}) != 0 {
				t.Error("nothing is overdue yet")
			}
			rows, total, err := c.s.Requests(ctx, c.desk, Filter{}, 2, 2)
			if err != nil || total != 3 || len(rows) != 1 || rows[0].ID != waiting {
				t.Errorf("the second page is %+v of %d, %v", rows, total, err)
			}
		})
		t.Run("actions are what this viewer may do now", func(t *testing.T) {
			for _, w := range []struct {
				v    access.Viewer
				id   int64
				want []string
			}{
				{c.desk, waiting, []string{"accept", "decline", "merge", "classify"}}, {c.citizen, waiting, []string{"add", "chase", "withdraw"}}, {c.leader, waiting, []string{}},
				{c.handler, referred, []string{"return", "handle", "contact", "help", "ask_extension"}}, {c.desk, referred, []string{"classify"}},
				{c.citizen, referred, []string{"add", "chase", "withdraw"}}, {c.leader, referred, []string{}},
			} {
				d, err := c.s.Request(ctx, w.v, w.id)
				if err != nil || !slices.Equal(d.Actions, w.want) {
					t.Errorf("request %d: %q %v, want %q", w.id, d.Actions, err, w.want)
				}
			}
		})
		t.Run("the citizen reads no names and no notes of the staff", func(t *testing.T) {
			d, err := c.s.Request(ctx, c.citizen, referred)
			must(t, err)
			raw, err := json.Marshal(d)
			must(t, err)
			for _, hidden := range []string{"王窗口", "注意态度"} {
				if strings.Contains(string(raw), hidden) {
					t.Errorf("the citizen reads %q", hidden)
				}
			}
			staff, err := c.s.Request(ctx, c.handler, referred)
			must(t, err)
			if last := staff.Steps[len(staff.Steps)-1]; last.Note != "请尽快处理，注意态度" || last.ActorName != "王窗口" {
				t.Errorf("the department reads %+v", last)
			}
		})
	})
}

func TestAnonymous(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	c := newCounty(t, modeltest.SQLite(t, clock.Now), clock)
	hidden := c.submit(c.citizen, SubmitInput{Anonymous: true}).ID
	open := c.submit(c.citizen, SubmitInput{}).ID
	for _, id := range []int64{hidden, open} {
		must(t, second(c.s.Accept(ctx, c.desk, id, AcceptInput{})))
		must(t, second(c.s.Refer(ctx, c.desk, id, c.roads, "")))
		must(t, second(c.s.Handle(ctx, c.handler, id, "")))
		must(t, second(c.s.Close(ctx, c.handler, id, "已修好")))
		must(t, second(c.s.Rate(ctx, c.citizen, id, RateInput{Rating: 5})))
	}
	for name, v := range map[string]access.Viewer{"administrator": c.admin, "leader": c.leader, "desk": c.desk, "handler": c.handler, "chief": c.chief} {
		d, err := c.s.Request(ctx, v, hidden)
		must(t, err)
		p := c.list(v, Filter{})
		for _, r := range p.Items {
			if (r.ID == hidden) == (r.Citizen == surname(c.citizen.Name)) || r.Citizen == c.citizen.Name {
				t.Errorf("%s reads the citizen of %d as %q", name, r.ID, r.Citizen)
			}
		}
		raw, err := json.Marshal(d)
		must(t, err)
		if strings.Contains(string(raw), c.citizen.Name) || strings.Contains(string(raw), "openid") {
			t.Errorf("%s reads who wrote anonymously: %s", name, raw)
		}
	}
	var trail []model.AuditEntry
	must(t, c.db.Read(ctx).Find(&trail).Error)
	for _, e := range trail {
		if strings.Contains(e.ActorName+e.Before+e.After, c.citizen.Name) {
			t.Errorf("the audit log names the citizen: %+v", e)
		}
	}
	for _, m := range append(c.messages(kindToDepartment), c.messages("o2o.closed")...) {
		if strings.Contains(m.Data, c.citizen.Name) {
			t.Errorf("a message names the citizen: %s", m.Data)
		}
	}
}
