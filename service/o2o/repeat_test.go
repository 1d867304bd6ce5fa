package o2o

import (
	"testing"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/service/fault"
)

func TestRepeat(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-11-01 10:00:00")
		c := newCounty(t, db, clock)
		first := c.submit(c.citizen, SubmitInput{Content: "人民路路灯坏了三天没人修"})
		other := c.submit(c.citizen, SubmitInput{Content: "请问居住证怎么办理"})
		theirs := c.submit(c.neighbour, SubmitInput{Content: "人民路路灯坏了三天没人修"})
		if other.RepeatOf != nil || theirs.RepeatOf != nil {
			t.Error("another matter, or another person, is no repeat")
		}
		clock.Set("2026-12-01 10:00:00") // the 30th day
		again := c.submit(c.citizen, SubmitInput{Content: "人民路路灯坏了，三天没人修理"})
		if again.RepeatOf == nil || *again.RepeatOf != first.ID || again.Priority != 0 || again.State != model.RequestSubmitted {
			t.Errorf("%+v", again.View)
		}
		third := c.submit(c.citizen, SubmitInput{Content: "人民路路灯坏了，没人修理"})
		root := c.row(first.ID)
		if third.RepeatOf == nil || *third.RepeatOf != first.ID || third.Priority != 1 || root.Repeats != 2 || root.Priority != 1 {
			t.Errorf("at the third time: %+v, first %+v", third.View, root)
		}
		t.Run("it is found, and its number counted, by the filter", func(t *testing.T) {
			if p := c.list(c.desk, Filter{WorkFilter: WorkFilter{Repeats: true}}); p.Total != 3 {
				t.Errorf("%d", p.Total)
			}
			if p := c.list(c.desk, Filter{WorkFilter: WorkFilter{Priority: 1}}); p.Total != 2 {
				t.Errorf("%d", p.Total)
			}
		})
		t.Run("after the days it is a matter of its own", func(t *testing.T) {
			clock.Set("2027-01-01 10:00:00")
			if d := c.submit(c.citizen, SubmitInput{Content: "人民路路灯坏了三天没人修"}); d.RepeatOf != nil {
				t.Errorf("%+v", d.View)
			}
		})
		t.Run("the same mobile is the same citizen, written down by the window", func(t *testing.T) {
			in := SubmitInput{Content: "自来水浑浊发黄不能喝", Name: "周某某", Phone: "13800001234"}
			one, err := c.s.WriteDown(ctx, c.desk, in, "k1")
			must(t, err)
			if twice, err := c.s.WriteDown(ctx, c.desk, in, "k1"); err != nil || twice.ID != one.ID {
				t.Errorf("a second tap: %d %v", twice.ID, err)
			}
			two, err := c.s.WriteDown(ctx, c.desk2, in, "")
			if err != nil || two.RepeatOf == nil || *two.RepeatOf != one.ID || one.Source != model.SourceDesk || one.Steps[0].ActorName != "王窗口" {
				t.Errorf("%+v %v", two.View, err)
			}
			if _, err := c.s.WriteDown(ctx, c.citizen, in, ""); !fault.Is(err, "auth.forbidden") {
				t.Error(err)
			}
		})
	})
}

// TestRepeat_account: a message to an official account is compared once it has words; what asks for nothing counts nowhere.
func TestRepeat_account(t *testing.T) {
	t.Parallel()
	clock := modeltest.At("2026-11-23 10:00:00")
	modeltest.Each(t, clock.Now, func(t *testing.T, db *model.DB) {
		clock.Set("2026-11-23 10:00:00")
		c := withSandbox(t, db, clock)
		c.addClinic()
		c.door("people/li/follow", map[string]any{"appid": clinic})
		c.say("门诊大厅地面积水，老人容易滑倒")
		c.say("新诉求")
		c.say("门诊大厅地面积水，老人滑倒了")
		rows := c.list(c.desk, Filter{}).Items
		if len(rows) != 2 || rows[0].RepeatOf == nil || *rows[0].RepeatOf != rows[1].ID || rows[1].Repeats != 1 {
			t.Fatalf("%+v", rows)
		}
		d, err := c.s.Converse(ctx, c.desk, rows[0].ID, "只是聊天")
		if err != nil || d.State != model.RequestConversation || d.Clock != "" || d.RepeatOf != nil || len(d.Parts) != 1 {
			t.Errorf("%+v %v", d, err)
		}
		if p := c.list(c.desk, Filter{}); p.Total != 1 || p.Items[0].Repeats != 0 {
			t.Errorf("%+v", p)
		}
		if p := c.list(c.desk, Filter{State: model.RequestConversation}); p.Total != 1 {
			t.Errorf("%d", p.Total)
		}
		c.say("你们几点上班呀，周末开门吗")
		if p := c.list(c.desk, Filter{}); p.Total != 2 {
			t.Errorf("the next message is a request of its own: %d", p.Total)
		}
	})
}
