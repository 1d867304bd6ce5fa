package o2o

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/file/filetest"
)

var amr = []byte("#!AMR\n\x3c\x48")

// closed is a request of the citizen that the unit has closed.
func (c *county) closed(v access.Viewer) int64 {
	c.t.Helper()
	id := c.submit(v, SubmitInput{}).ID
	must(c.t, second(c.s.Accept(ctx, c.desk, id, AcceptInput{})))
	must(c.t, second(c.s.Refer(ctx, c.desk, id, c.roads, "")))
	must(c.t, second(c.s.Handle(ctx, c.handler, id, "")))
	must(c.t, second(c.s.Close(ctx, c.handler, id, "已修好")))
	return id
}

func TestAdd(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		c := newCounty(t, db, clock)
		out := c.web("公园长椅损坏多日", "")
		id := c.idOf(out.Number)
		text := func() error { return second(c.s.AddByCode(ctx, out.pass(), AddInput{Content: " 在东门 "})) }
		must(t, text())
		must(t, second(c.s.AddPhotoByCode(ctx, out.pass(), "a.jpg", filetest.JPEG(1))))
		f, err := c.s.AddVoiceByCode(ctx, out.pass(), "a.amr", amr)
		must(t, err)
		if len(f.Parts) != 3 || f.Parts[0].Content != "在东门" || len(f.Steps) != 1 {
			t.Errorf("what is added before the acceptance is part of the request: %+v", f)
		}
		must(t, second(c.s.Accept(ctx, c.desk, id, AcceptInput{})))
		must(t, second(c.s.Refer(ctx, c.desk, id, c.roads, "")))
		must(t, text())
		must(t, text())
		f, err = c.s.Followed(ctx, out.pass())
		must(t, err)
		if last := f.Steps[len(f.Steps)-1]; len(f.Steps) != 4 || last.Action != ActionAdd || f.State != model.RequestReferred {
			t.Errorf("several additions in a row are one step: %+v", f.Steps)
		}
		if n := len(c.messages(kindAdded)); n != 2 { // handler and leader of the unit
			t.Errorf("%d messages", n)
		}
		must(t, second(c.s.AddVoiceByCode(ctx, out.pass(), "b.amr", append(slices.Clone(amr), 1))))
		must(t, second(c.s.AddVoiceByCode(ctx, out.pass(), "c.amr", append(slices.Clone(amr), 2))))
		for _, try := range []struct {
			err  error
			code string
		}{
			{second(c.s.AddVoiceByCode(ctx, out.pass(), "d.amr", amr)), "o2o.too_many_voices"},
			{second(c.s.AddPhotoByCode(ctx, out.pass(), "x.amr", amr)), "file.wrong_type"},
			{second(c.s.AddByCode(ctx, out.pass(), AddInput{Content: "  "})), "o2o.content_length"},
			{second(c.s.AddByCode(ctx, out.pass(), AddInput{Content: strings.Repeat("长", 2001)})), "o2o.content_length"},
		} {
			if !fault.Is(try.err, try.code) {
				t.Errorf("%v, want %s", try.err, try.code)
			}
		}
		for range MaxTexts - 3 {
			must(t, text())
		}
		if err := text(); !fault.Is(err, "o2o.too_many_texts") {
			t.Error(err)
		}
		must(t, second(c.s.Handle(ctx, c.handler, id, "")))
		must(t, second(c.s.Close(ctx, c.handler, id, "已修好")))
		if err := second(c.s.AddPhotoByCode(ctx, out.pass(), "b.jpg", filetest.JPEG(2))); !fault.Is(err, "o2o.wrong_state") {
			t.Errorf("after the closing: %v", err)
		}
	})
}

func TestChase(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-11-23 10:00:00")
		c := newCounty(t, db, clock)
		id := c.submit(c.citizen, SubmitInput{}).ID
		f, err := c.s.Follow(ctx, c.citizen, id)
		must(t, err)
		pass := Pass{Number: f.Number, Code: f.Code, IP: visitor}

		d, err := c.s.Chase(ctx, c.citizen, id, "已经等了很久，我叫吴群众")
		must(t, err)
		if d.Own.ChaseFrom == nil || !d.Own.ChaseFrom.Equal(clock.Now().Add(24*time.Hour)) || slices.Contains(d.Own.Actions, ActionChase) {
			t.Errorf("%+v", d.Own)
		}
		told := c.messages(kindChased)
		if len(told) != 2 { // both clerks of the window
			t.Errorf("%d messages", len(told))
		}
		for _, m := range told {
			if strings.Contains(m.Data, "吴群众") || strings.Contains(m.Data, "路灯") || m.Data == "" {
				t.Errorf("words of the citizen in %s", m.Data)
			}
		}
		var no *fault.Fault
		if _, err := c.s.ChaseByCode(ctx, pass, ""); !errors.As(err, &no) || no.Code != "o2o.chased_lately" || !no.Details["possible_at"].(time.Time).Equal(clock.Now().Add(24*time.Hour)) {
			t.Errorf("by the other door at once: %v", err)
		}
		must(t, second(c.s.Accept(ctx, c.desk, id, AcceptInput{})))
		must(t, second(c.s.Refer(ctx, c.desk, id, c.roads, "")))
		clock.Set("2026-11-24 09:59:59")
		if _, err := c.s.Chase(ctx, c.citizen, id, ""); !fault.Is(err, "o2o.chased_lately") {
			t.Errorf("a second early: %v", err)
		}
		clock.Set("2026-11-24 10:00:00")
		ff, err := c.s.ChaseByCode(ctx, pass, "")
		must(t, err)
		if ff.Chases != 2 || len(c.messages(kindChased)) != 4 {
			t.Errorf("%d chases, %d messages", ff.Chases, len(c.messages(kindChased)))
		}
	})
}

func TestRate_window(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-20 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-11-20 10:00:00")
		c := newCounty(t, db, clock)
		id, late := c.closed(c.citizen), c.closed(c.citizen)
		clock.Set("2026-11-27 23:59:59")
		d, err := c.s.Rate(ctx, c.citizen, id, RateInput{Rating: 4, Note: "很好"})
		must(t, err)
		if len(d.Own.Ratings) != 1 || d.Own.Ratings[0].Solved != nil || d.Own.Ratings[0].RatingName != "满意" || d.Own.RateUntil != "2026-11-27" {
			t.Errorf("%+v", d.Own)
		}
		clock.Set("2026-11-28 00:00:00") // the clock has not run yet
		if _, err := c.s.Rate(ctx, c.citizen, late, RateInput{Rating: 4}); !fault.Is(err, "o2o.rating_over") {
			t.Errorf("after the window: %v", err)
		}
	})
}

func TestRate_merged(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-20 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-11-20 10:00:00")
		c := newCounty(t, db, clock)
		main, merged := c.submit(c.citizen, SubmitInput{}).ID, c.submit(c.neighbour, SubmitInput{}).ID
		must(t, db.Read(ctx).Model(&model.Request{}).Where("id = ?", merged).
			Updates(map[string]any{"state": model.RequestDuplicate, "duplicate_of": main, "clock": "", "deadline": ""}).Error)
		rate := func(n int64) error { return second(c.s.Rate(ctx, c.neighbour, merged, RateInput{Rating: n})) }
		if err := rate(1); !fault.Is(err, "o2o.main_open") {
			t.Errorf("before the closing: %v", err)
		}
		must(t, second(c.s.Accept(ctx, c.desk, main, AcceptInput{})))
		must(t, second(c.s.Answer(ctx, c.desk, main, "已修好")))
		d, err := c.s.Request(ctx, c.neighbour, merged)
		must(t, err)
		if d.Own.Merged == nil || d.Own.Merged.Result != "已修好" || d.Own.RateUntil != "2026-11-27" || !slices.Contains(d.Own.Actions, ActionRate) || strings.Contains(d.Own.Call, "重新") {
			t.Errorf("%+v", d.Own)
		}
		must(t, rate(1))
		if err := rate(5); !fault.Is(err, "o2o.rated_already") {
			t.Errorf("a second rating: %v", err)
		}
		d, err = c.s.Request(ctx, c.neighbour, merged)
		must(t, err)
		if d.State != model.RequestDuplicate || len(d.Own.Ratings) != 1 || d.Rating != nil {
			t.Errorf("%s %+v", d.State, d.Own)
		}
		if _, err := c.s.Reopen(ctx, c.neighbour, merged, ReopenInput{Reason: "没修好"}); !fault.Is(err, "o2o.wrong_state") {
			t.Errorf("a merged request is reopened: %v", err)
		}
		must(t, second(c.s.Reopen(ctx, c.citizen, main, ReopenInput{Rating: 2, Reason: "又坏了"})))
		if err := rate(5); !fault.Is(err, "o2o.main_open") {
			t.Errorf("while it is worked on again: %v", err)
		}
		var rows []model.RequestRating
		must(t, db.Read(ctx).Order("id").Find(&rows).Error)
		if len(rows) != 2 || rows[0].RequestID != merged || rows[1].RequestID != main {
			t.Errorf("%+v", rows)
		}
	})
}

func TestReopen(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-20 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-11-20 10:00:00")
		c := newCounty(t, db, clock)
		reopen := func(id, rating int64) error {
			return second(c.s.Reopen(ctx, c.citizen, id, ReopenInput{Rating: rating, Reason: "没有修好"}))
		}
		rated := func(n int64) int64 {
			id := c.closed(c.citizen)
			must(t, second(c.s.Rate(ctx, c.citizen, id, RateInput{Rating: n})))
			return id
		}
		unrated, satisfied, bad, late, closed := c.closed(c.citizen), rated(3), rated(2), rated(1), c.closed(c.citizen)
		for _, try := range []struct {
			err  error
			code string
		}{
			{reopen(closed, 0), "o2o.reopen_unrated"}, {reopen(closed, 3), "o2o.reopen_unrated"}, {reopen(satisfied, 0), "o2o.satisfied"},
			{reopen(bad, 1), "o2o.rated_already"}, {second(c.s.Reopen(ctx, c.citizen, bad, ReopenInput{Reason: " "})), "o2o.no_reason"},
			{second(c.s.Reopen(ctx, c.neighbour, bad, ReopenInput{Reason: "x"})), "not_found"}, {second(c.s.Reopen(ctx, c.handler, bad, ReopenInput{Reason: "x"})), "auth.forbidden"},
			{second(c.s.Reopen(ctx, c.handler, closed, ReopenInput{Rating: 1, Reason: "x"})), "auth.forbidden"},
		} {
			if !fault.Is(try.err, try.code) {
				t.Errorf("%v, want %s", try.err, try.code)
			}
		}
		must(t, reopen(closed, 1))
		d, err := c.s.Request(ctx, c.citizen, closed)
		must(t, err)
		if d.State != model.RequestReopened || d.Clock != model.ClockReopen || d.Deadline != "2026-11-27" || d.Rating != nil || len(d.Own.Ratings) != 1 || d.Own.Ratings[0].Rating != 1 {
			t.Errorf("%+v", d)
		}
		if len(c.messages(kindReopened)) != 2 || len(c.messages("o2o.reopened")) != 1 {
			t.Errorf("%d to the unit, %d to the citizen", len(c.messages(kindReopened)), len(c.messages("o2o.reopened")))
		}
		clock.Set("2026-11-27 20:00:00")
		must(t, reopen(bad, 0))
		clock.Set("2026-11-28 02:00:00")
		must(t, second(c.s.ExpireRatings(ctx, "2026-11-28")))
		if err := reopen(late, 0); !fault.Is(err, "o2o.reopen_over") {
			t.Errorf("a week and a day after the rating: %v", err)
		}
		if err := reopen(unrated, 1); !fault.Is(err, "o2o.wrong_state") {
			t.Errorf("silence is no dissatisfaction: %v", err)
		}
		close := func(id int64, by access.Viewer) {
			t.Helper()
			must(t, second(c.s.Rework(ctx, by, id, "")))
			must(t, second(c.s.Close(ctx, by, id, "再次修好")))
		}
		close(bad, c.chief)
		must(t, reopen(bad, 1))
		other := c.person("钱局长", 0, model.RoleGrant{Role: model.RoleDepartmentLeader, DepartmentID: &c.roads})
		close(bad, other)
		if err := reopen(bad, 1); !fault.Is(err, "o2o.reopened_enough") {
			t.Errorf("a third time: %v", err)
		}
		d, err = c.s.Request(ctx, c.citizen, bad)
		must(t, err)
		if d.State != model.RequestClosed || len(d.Own.Ratings) != 2 { // what was refused has not rated either
			t.Errorf("%s %+v", d.State, d.Own.Ratings)
		}
	})
}

// TestCitizen_anyOrder: whatever a citizen does in whatever order at either door, each closing is rated at most once, chases keep
// their distance, nothing of another citizen comes out, and what was not rated is not counted as rated.
func TestCitizen_anyOrder(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-20 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		c := newCounty(t, db, clock)
		others := c.web("别人的秘密诉求内容", "")
		rapid.Check(t, func(rt *rapid.T) {
			clock.Set("2026-11-20 10:00:00")
			id := c.submit(c.citizen, SubmitInput{}).ID
			f, err := c.s.Follow(ctx, c.citizen, id)
			must(t, err)
			pass := Pass{Number: f.Number, Code: f.Code, IP: visitor}
			ok := func(err error) { // a refusal is an answer
				var no *fault.Fault
				if err != nil && !errors.As(err, &no) {
					rt.Fatal(err)
				}
			}
			chased := time.Time{}
			for range rapid.IntRange(1, 15).Draw(rt, "steps") {
				rating, byCode := rapid.Int64Range(0, 6).Draw(rt, "rating"), rapid.Bool().Draw(rt, "by code")
				switch rapid.IntRange(0, 10).Draw(rt, "act") {
				case 0:
					if byCode {
						err = second(c.s.ChaseByCode(ctx, pass, ""))
					} else {
						err = second(c.s.Chase(ctx, c.citizen, id, ""))
					}
					if ok(err); err == nil {
						if clock.Now().Sub(chased) < 24*time.Hour {
							rt.Fatalf("chased at %s and %s", chased, clock.Now())
						}
						chased = clock.Now()
					}
				case 1, 2:
					in := RateInput{Rating: rating}
					if byCode {
						ok(second(c.s.RateByCode(ctx, pass, in)))
					} else {
						ok(second(c.s.Rate(ctx, c.citizen, id, in)))
					}
				case 3, 4:
					in := ReopenInput{Rating: rating, Reason: "没有解决"}
					if byCode {
						ok(second(c.s.ReopenByCode(ctx, pass, in)))
					} else {
						ok(second(c.s.Reopen(ctx, c.citizen, id, in)))
					}
				case 5:
					ok(second(c.s.AddByCode(ctx, pass, AddInput{Content: "补充"})))
				case 6:
					if rapid.IntRange(0, 5).Draw(rt, "withdraw") == 0 {
						ok(second(c.s.WithdrawByCode(ctx, pass)))
					}
				case 7: // the staff go on
					ok(second(c.s.Accept(ctx, c.desk, id, AcceptInput{})))
					ok(second(c.s.Answer(ctx, c.desk, id, "已答复")))
				case 8:
					ok(second(c.s.Rework(ctx, []access.Viewer{c.desk, c.desk2, c.admin}[rapid.IntRange(0, 2).Draw(rt, "who")], id, "")))
					ok(second(c.s.Close(ctx, []access.Viewer{c.desk, c.desk2, c.admin}[rapid.IntRange(0, 2).Draw(rt, "who")], id, "已办")))
				case 9:
					clock.Set(clock.Now().In(model.Shanghai).Add(time.Duration(rapid.IntRange(1, 100).Draw(rt, "hours")) * time.Hour).Format("2006-01-02 15:04:05"))
				case 10:
					ok(second(c.s.ExpireRatings(ctx, model.DateOf(clock.Now()))))
				}
			}
			if _, err := c.s.Followed(ctx, Pass{Number: others.Number, Code: pass.Code}); !fault.Is(err, "not_found") { // without an address: not counted
				rt.Fatalf("another's request by one's own code: %v", err)
			}
			seen, err := c.s.Followed(ctx, pass)
			must(t, err)
			if strings.Contains(fmt.Sprintf("%+v", seen), "别人的秘密") {
				rt.Fatal("another's words")
			}
			c.settled(rt, id)
		})
	})
}

// settled holds what must be true of a request's ratings and chases after any acts.
func (c *county) settled(rt *rapid.T, id int64) {
	var r model.Request
	must(c.t, c.db.Read(ctx).Where("id = ?", id).Take(&r).Error)
	var steps []model.RequestStep
	must(c.t, c.db.Read(ctx).Where("request_id = ?", id).Order("seq").Find(&steps).Error)
	var ratings []model.RequestRating
	must(c.t, c.db.Read(ctx).Where("request_id = ?", id).Order("round").Find(&ratings).Error)
	var chases, rates, reopens, round int64
	perRound := map[int64]int{}
	for i, st := range steps {
		if st.Seq != int64(i+1) {
			rt.Fatalf("step %d has the number %d", i+1, st.Seq)
		}
		switch st.Action {
		case ActionChase:
			chases++
		case ActionRate:
			rates++
			perRound[round]++
		case ActionReopen:
			reopens++
			round++
			if ratings[round-1].Rating >= ratingSatisfied {
				rt.Fatal("reopened on a satisfied rating")
			}
		case ActionExpire:
			if perRound[round] != 0 {
				rt.Fatal("unrated after a rating")
			}
		}
	}
	for n, k := range perRound {
		if k > 1 {
			rt.Fatalf("round %d has %d ratings", n, k)
		}
	}
	if chases != r.Chases || rates != int64(len(ratings)) || reopens > 2 || reopens != r.ReopenCount {
		rt.Fatalf("%d chases of %d, %d ratings of %d, %d reopenings of %d", chases, r.Chases, rates, len(ratings), reopens, r.ReopenCount)
	}
	if (r.State == model.RequestRated) != (r.Rating != nil) || (r.State == model.RequestRated) != (r.RatedOn != "") || r.State == model.RequestUnrated && (r.Rating != nil || r.UnratedOn == "") {
		rt.Fatalf("%s with the rating %v of %q", r.State, r.Rating, r.RatedOn)
	}
}
