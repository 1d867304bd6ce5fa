package rates

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hongyun/model"
	"hongyun/service/access"
)

// TestForecast: what is late and what falls due within seven days, by unit, each number with its list.
func TestForecast(t *testing.T) {
	each(t, "2026-11-20 10:00:00", func(c *county) {
		put := func(unit *int64, clock string, deadline model.Date, paused bool) {
			c.one(func(r *model.Request) {
				r.DepartmentID, r.Clock, r.Deadline, r.Paused, r.State = unit, clock, deadline, paused, model.RequestHandling
			})
		}
		put(&c.roads, "HANDLE", "2026-11-19", false) // late
		put(&c.roads, "HANDLE", "2026-11-20", false) // today
		put(&c.roads, "REOPEN", "2026-11-27", false) // the last day
		put(&c.roads, "HANDLE", "2026-11-28", false) // later
		put(&c.roads, "HANDLE", "2026-11-10", true)  // stands still
		put(&c.clinics, "HANDLE", "2026-11-24", false)
		put(nil, "ACCEPT", "2026-11-20", false)
		put(&c.clinics, "RATE", "2026-11-21", false) // binds nobody
		for _, k := range []struct {
			says string
			v    access.Viewer
			want string
		}{
			{"the leader", c.leader, "1 4 [1:1+2 0:0+1 2:0+1]"},
			{"a unit", c.roadsLeader, "1 2 [1:1+2]"},
			{"another unit", c.clinicsHandler, "0 1 [2:0+1]"},
			{"the citizen", access.Viewer{AccountID: c.citizen}, "0 0 []"},
		} {
			f, err := c.s.Forecast(ctx, k.v)
			must(t, err)
			units, days := []string{}, int64(0)
			for _, u := range f.Units {
				units = append(units, fmt.Sprintf("%d:%d+%d", u.DepartmentID, u.Late, u.Due))
				c.stakesMatch(k.v, StakeFilter{DepartmentID: &u.DepartmentID, Part: "LATE"}, u.Late)
				c.stakesMatch(k.v, StakeFilter{DepartmentID: &u.DepartmentID, Part: "DUE"}, u.Due)
			}
			for _, d := range f.Days {
				days += d.Due
				c.stakesMatch(k.v, StakeFilter{Part: "DUE", Day: d.Day}, d.Due)
			}
			if got := fmt.Sprintf("%d %d %v", f.Late, f.Due, units); got != k.want || days != f.Due || len(f.Days) != 8 {
				t.Errorf("%s: %s on %d days, want %s", k.says, got, len(f.Days), k.want)
			}
			c.stakesMatch(k.v, StakeFilter{}, f.Late+f.Due)
		}
	})
}

func (c *county) stakesMatch(v access.Viewer, f StakeFilter, want int64) {
	c.t.Helper()
	rows, total, err := c.s.AtStake(ctx, v, f, 0, 100)
	if must(c.t, err); total != want || int64(len(rows)) != want {
		c.t.Errorf("%+v: %d lines of %d, want %d", f, len(rows), total, want)
	}
	for _, r := range rows {
		if r.Late != (r.Deadline < "2026-11-20") {
			c.t.Errorf("late: %+v", r)
		}
	}
}

// TestHotspots: topics by place, with what there was before, each with its list; nobody is named.
func TestHotspots(t *testing.T) {
	each(t, "2026-11-20 10:00:00", func(c *county) {
		put := func(topic, place string, at []float64, on model.Date, more func(*model.Request)) {
			c.one(func(r *model.Request) {
				r.Topic, r.Place, r.SubmittedOn, r.DepartmentID = topic, place, on, &c.roads
				if at != nil {
					r.Lat, r.Lng = &at[0], &at[1]
				}
				if more != nil {
					more(r)
				}
			})
		}
		square, near, far := []float64{28.9490, 117.5860}, []float64{28.9500, 117.5870}, []float64{28.9600, 117.5860}
		put("ROAD", "人民广场", square, "2026-11-01", nil)
		put("ROAD", "人民广场", near, "2026-11-20", nil)
		put("ROAD", "张三家门口", near, "2026-11-02", nil)
		put("ROAD", "人民广场", square, "2026-10-10", nil)                                                             // before
		put("ROAD", "人民广场", square, "2026-09-01", nil)                                                             // long before
		put("ROAD", "远处", far, "2026-11-02", nil)                                                                  // alone
		put("WATER", "人民广场", square, "2026-11-02", nil)                                                            // alone of its topic
		put("WATER", " 红旗小区 ", nil, "2026-11-02", nil)                                                             // by its words
		put("WATER", "红旗小区", nil, "2026-11-03", func(r *model.Request) { r.State = "DUPLICATE" })                  // a voice
		put("WATER", "红旗小区", nil, "2026-11-03", func(r *model.Request) { r.Confidential = true })                  // no words
		put("WATER", "红旗小区", nil, "2026-11-03", func(r *model.Request) { r.State = "CONVERSATION" })               // asks for nothing
		put("ROAD", "人民广场", square, "2026-11-04", func(r *model.Request) { r.Category = model.CategoryComplaint }) // another category
		rows := c.hotspots(c.leader, HotspotFilter{})
		if want := []string{"HELP ROAD 道路交通 CELL 人民广场 3 1 2", "HELP WATER 供水排水 TEXT 红旗小区 2 0 2"}; !slices.Equal(rows, want) {
			t.Errorf("%v, want %v", rows, want)
		}
		if rows := c.hotspots(c.leader, HotspotFilter{Days: 5}); len(rows) != 0 {
			t.Errorf("five days: %v", rows)
		}
		if rows := c.hotspots(c.leader, HotspotFilter{Days: 60, Category: "HELP"}); len(rows) != 2 || !strings.HasSuffix(rows[0], "4 1 3") {
			t.Errorf("sixty days: %v", rows)
		}
		if rows := c.hotspots(c.clinicsHandler, HotspotFilter{}); len(rows) != 0 {
			t.Errorf("another unit: %v", rows)
		}
		if rows := c.hotspots(c.roadsLeader, HotspotFilter{}); len(rows) != 2 {
			t.Errorf("the unit: %v", rows)
		}
		_, _, err := c.s.Gathered(ctx, c.leader, GatheredFilter{Kind: PlaceCell, Cell: "x"}, 0, 10)
		wantFault(t, "rates.no_cell", err)
	})
}

// hotspots are the hot topics in words; each list has as many lines as its topic counts.
func (c *county) hotspots(v access.Viewer, f HotspotFilter) (all []string) {
	c.t.Helper()
	rows, err := c.s.Hotspots(ctx, v, f, 100)
	must(c.t, err)
	for _, h := range rows {
		all = append(all, fmt.Sprintf("%s %s %s %s %s %d %d %d", h.Category, h.Topic, h.TopicTitle, h.Kind, h.Place, h.Count, h.Before, h.Growth))
		f := GatheredFilter{HotspotFilter: f, Topic: h.Topic, Kind: h.Kind, Cell: h.Cell, Place: h.Place}
		f.Category = h.Category
		lines, total, err := c.s.Gathered(ctx, v, f, 0, 100)
		if must(c.t, err); total != h.Count || int64(len(lines)) != total {
			c.t.Errorf("%+v: %d lines of %d", h, len(lines), total)
		}
	}
	return all
}
