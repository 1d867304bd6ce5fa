package o2o

import (
	"slices"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
)

// TestSearch: a request is found by its number or by what the viewer reads of it, and by nothing else.
func TestSearch(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		c := newCounty(t, db, clock)
		put := func(in SubmitInput) int64 {
			t.Helper()
			id := c.submit(c.citizen, in).ID
			must(t, second(c.s.Accept(ctx, c.desk, id, AcceptInput{})))
			must(t, second(c.s.Refer(ctx, c.desk, id, c.roads, "")))
			return id
		}
		open := put(SubmitInput{Content: "人民路100%的路灯坏了"})
		secret := put(SubmitInput{Content: "我家门口路灯坏了，住东门巷三号", Confidential: true})
		edited := put(SubmitInput{Content: "东门巷三号吴群众家门口积水"})
		must(t, second(c.s.Classify(ctx, c.desk, edited, Classification{UnitContent: new("居民门口积水")})))
		number := func(id int64) (n string) {
			must(t, db.Read(ctx).Raw("SELECT number FROM request WHERE id = ?", id).Scan(&n).Error)
			return n
		}
		for _, x := range []struct {
			who  string
			v    access.Viewer
			q    string
			want []int64
		}{
			{"the window by words", c.desk, "东门巷", []int64{secret, edited}},
			{"the window by a number", c.desk, number(secret), []int64{secret}},
			{"a unit by the last digits", c.handler, number(secret)[len(number(secret))-4:], []int64{secret}},
			{"a unit by words that it reads", c.handler, " 路灯 ", []int64{open}},
			{"a unit by words that are kept from it", c.handler, "东门巷", nil},
			{"a unit by what it reads in place of them", c.handler, "居民门口", []int64{edited}},
			{"the city's leader as units do", c.leader, "东门巷", nil},
			{"another unit by a number", c.stranger, number(open), nil},
			{"the citizen by the own words", c.citizen, "东门巷", []int64{secret, edited}},
			{"a percent sign is one", c.desk, "100%", []int64{open}},
			{"and stands for nothing else", c.desk, "人民路%路灯", nil},
		} {
			var got []int64
			for _, r := range c.list(x.v, Filter{Words: x.q, Open: true}).Items {
				got = append(got, r.ID)
			}
			slices.Sort(got)
			if !slices.Equal(got, x.want) {
				t.Errorf("%s finds %v, not %v", x.who, got, x.want)
			}
		}
		must(t, second(c.s.Withdraw(ctx, c.citizen, edited)))
		if n := c.list(c.desk, Filter{Words: "东门巷", Open: true}).Total; n != 1 {
			t.Errorf("%d are open", n)
		}
	})
}
