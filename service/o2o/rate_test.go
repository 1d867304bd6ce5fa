package o2o

import (
	"fmt"
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/fault"
)

func TestExpireRatings(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-20 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-11-20 10:00:00")
		c := newCounty(t, db, clock)
		closed := func() int64 {
			id := c.submit(c.citizen, SubmitInput{}).ID
			must(t, second(c.s.Accept(ctx, c.desk, id, AcceptInput{})))
			must(t, second(c.s.Answer(ctx, c.desk, id, "已答复")))
			return id
		}
		first, rated := closed(), closed()
		must(t, second(c.s.Rate(ctx, c.citizen, rated, RateInput{Rating: 3})))
		clock.Set("2026-11-21 10:00:00")
		later := closed()
		state := func(id int64) string {
			d, err := c.s.Request(ctx, c.desk, id)
			must(t, err)
			return d.State
		}
		clock.Set("2026-11-27 23:59:59")
		if said, err := c.s.ExpireRatings(ctx, "2030-01-01"); err != nil || said != "0 件诉求逾期未评价" {
			t.Errorf("on the last day, with a day that has not come: %q %v", said, err)
		}
		clock.Set("2026-11-28 01:00:00")
		if said, err := c.s.ExpireRatings(ctx, "2026-11-28"); err != nil || said != "1 件诉求逾期未评价" {
			t.Errorf("%q %v", said, err)
		}
		if said, err := c.s.ExpireRatings(ctx, "2026-11-28"); err != nil || said != "0 件诉求逾期未评价" {
			t.Errorf("a second run: %q %v", said, err)
		}
		if state(first) != model.RequestUnrated || state(rated) != model.RequestRated || state(later) != model.RequestClosed {
			t.Errorf("%s %s %s", state(first), state(rated), state(later))
		}
		d, err := c.s.Request(ctx, c.citizen, first)
		must(t, err)
		last := d.Steps[len(d.Steps)-1]
		if last.Seq != 4 || last.Action != ActionExpire || last.FromState != model.RequestClosed || last.Clock != model.ClockRate ||
			last.Deadline != "2026-11-27" || last.Met == nil || *last.Met || last.ActorType != model.ActorSystem || d.Clock != "" || d.Deadline != "" {
			t.Errorf("%+v", last)
		}
		if _, err := c.s.Rate(ctx, c.citizen, first, RateInput{Rating: 5}); !fault.Is(err, "o2o.wrong_state") {
			t.Errorf("a rating after its time: %v", err)
		}
	})
}

func TestRate_credit(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		c := newCounty(t, db, clock)
		both := c.handler // a handler who is the citizen of his own request
		facts := func() []model.Fact {
			var rows []model.Fact
			must(t, db.Read(ctx).Where("code = ?", FactRated).Order("id").Find(&rows).Error)
			return rows
		}
		done := func(by, worker access.Viewer, rating int64) int64 {
			id := c.submit(by, SubmitInput{}).ID
			must(t, second(c.s.Accept(ctx, c.desk, id, AcceptInput{})))
			must(t, second(c.s.Refer(ctx, c.desk, id, c.roads, "")))
			must(t, second(c.s.Handle(ctx, worker, id, "")))
			must(t, second(c.s.Close(ctx, worker, id, "办好了")))
			must(t, second(c.s.Rate(ctx, by, id, RateInput{Rating: rating})))
			return id
		}
		done(c.citizen, c.handler, 2)
		if len(facts()) != 0 {
			t.Error("a dissatisfied citizen earns nobody anything")
		}
		id := done(c.citizen, c.handler, 3)
		got := facts()
		if len(got) != 1 || got[0].SubjectID != c.handler.MemberID || got[0].OrgID != c.handler.OrgID || got[0].Source != fmt.Sprintf("request/%d", id) {
			t.Errorf("%+v", got)
		}
		done(c.citizen, c.chief, 5) // no member
		done(both, c.handler, 5)    // his own request
		if len(facts()) != 1 {
			t.Errorf("%+v", facts())
		}
	})
}
