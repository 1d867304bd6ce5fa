package demo

import (
	"context"
	"fmt"
	"time"

	"hongyun/model"
	"hongyun/service"
	"hongyun/service/access"
	"hongyun/service/o2o"
	"hongyun/wechat/sandbox"
)

// tales are what happens to few requests, so that no page of the window is empty. Each is told once, in this order.
var tales = []struct {
	what string
	tell func(*tale) error
}{
	{"a confidential complaint", confidential}, {"an anonymous one that is not solved", anonymous}, {"two from the web page", fromTheWeb}, {"a call that is answered", answeredCall},
	{"what the window solves with help", solvedAtOnce}, {"two that are merged", merged}, {"a return", returnedOnce}, {"a second return", returnedTwice},
	{"an extension granted", extensionGranted}, {"one refused", extensionRefused}, {"one to decide", extensionAsked}, {"a pause", paused}, {"a pause that is over", resumed},
	{"a reopening", reopened}, {"a false closing", falseClosing}, {"what is late", late}, {"what is very late", veryLate}, {"an exclusion", excluded}, {"one to confirm", exclusionProposed},
	{"a chased one", chased}, {"another system's", foreign}, {"teams and their orders", teams}, {"rewards and corrections", marked}, {"call-backs", calledBack},
	{"what everybody may read", released}, {"conversations", conversed}, {"warnings", warned}, {"settled months", settled},
}

// talesFrom is the scale from which the tales are told.
const talesFrom = 0.05

// tale is one of them: who plays in it, and the request that it is about.
type tale struct {
	*builder
	ctx  context.Context
	past *service.Service
	c    *clock

	citizen, neighbour, desk, admin access.Viewer
	handler, leader                 access.Viewer // of the unit
	unit                            int64
	about                           int // of complaints
	began                           time.Time
	id                              int64
}

// tellTale plays tale i.
func (b *builder) tellTale(ctx context.Context, past *service.Service, c *clock, i int) error {
	t := &tale{builder: b, ctx: ctx, past: past, c: c}
	err := t.cast(i)
	if err == nil {
		err = tales[i].tell(t)
	}
	if err != nil {
		return fmt.Errorf("tell of %s: %w", tales[i].what, err)
	}
	return nil
}

// cast finds who plays: two citizens of the tale's own, and the people of the unit that its complaint is for.
func (t *tale) cast(i int) error {
	t.about = i % len(complaints)
	read := t.o.DB.Read(t.ctx)
	if err := read.Raw("SELECT id FROM department WHERE name = ?", complaints[t.about].department).Scan(&t.unit).Error; err != nil {
		return err
	}
	const holder = "SELECT min(a.id) FROM role_grant g JOIN account a ON a.member_id = g.member_id LEFT JOIN org o ON o.id = g.org_id WHERE g.role = ?"
	for _, who := range []struct {
		to    *access.Viewer
		query string
		args  []any
	}{
		{&t.citizen, "SELECT id FROM account WHERE openid = ?", []any{sandbox.OpenID(t.o.MiniProgram.AppID, citizenOf(1+2*i%citizenCount))}},
		{&t.neighbour, "SELECT id FROM account WHERE openid = ?", []any{sandbox.OpenID(t.o.MiniProgram.AppID, citizenOf(2+2*i%citizenCount))}},
		{&t.desk, holder, []any{model.RoleDesk}},
		{&t.admin, holder + " AND o.type = ?", []any{model.RoleAdmin, model.OrgCity}},
		{&t.handler, holder + " AND g.department_id = ?", []any{model.RoleDepartmentHandler, t.unit}},
		{&t.leader, holder + " AND g.department_id = ?", []any{model.RoleDepartmentLeader, t.unit}},
	} {
		var id *int64
		err := read.Raw(who.query, who.args...).Scan(&id).Error
		if err == nil && id != nil {
			*who.to, err = access.Load(read, *id)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// on does something so long after the tale began, but not after today.
func (t *tale) on(after time.Duration, do func() error) error {
	t.c.set(earlier(t.began.Add(after), t.now))
	return do()
}

// begin has the citizen send the tale's complaint some days ago, at ten in the morning.
func (t *tale) begin(daysAgo int, change func(*o2o.SubmitInput)) error {
	t.began = model.DateOf(t.now).AddDays(-daysAgo).Time().Add(10 * time.Hour)
	return t.on(0, func() error {
		in := t.input()
		if change != nil {
			change(&in)
		}
		d, err := t.past.O2O.Submit(t.ctx, t.citizen, in, "")
		t.id = d.ID
		return err
	})
}

func (t *tale) input() o2o.SubmitInput {
	say, at := complaints[t.about], spots[t.about%len(spots)]
	return o2o.SubmitInput{Content: say.text, Category: say.category, Place: countyName + at.name, Lat: &at.lat, Lng: &at.lng, ReplyWanted: true}
}

// refer has the window accept it after an hour and refer it to the unit.
func (t *tale) refer() error {
	return t.steps(time.Hour, t.accept(""), func() error {
		_, err := t.past.O2O.Refer(t.ctx, t.desk, t.id, t.unit, "请按职责办理")
		return err
	})
}

func (t *tale) accept(disposition string) func() error {
	return func() error {
		_, err := t.past.O2O.Accept(t.ctx, t.desk, t.id, o2o.AcceptInput{Disposition: disposition, Category: complaints[t.about].category, Topic: topicOf(t.about), Note: "您反映的事项已受理"})
		return err
	}
}

// handle has the unit begin a day later.
func (t *tale) handle() error {
	return t.steps(day, func() error { _, err := t.past.O2O.Handle(t.ctx, t.handler, t.id, "已安排专人"); return err })
}

// referred and handled lead there.
func (t *tale) handled(daysAgo int) error {
	for _, step := range []func() error{func() error { return t.begin(daysAgo, nil) }, t.refer, t.handle} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// close has the unit close it on a day of the tale.
func (t *tale) close(after time.Duration, result string) error {
	return t.steps(after, func() error { _, err := t.past.O2O.Close(t.ctx, t.handler, t.id, result); return err })
}

func (t *tale) rate(after time.Duration, rating int64, solved bool, note string) error {
	return t.steps(after, func() error {
		_, err := t.past.O2O.Rate(t.ctx, t.citizen, t.id, o2o.RateInput{Rating: rating, Solved: &solved, Note: note})
		return err
	})
}

// steps does several things one after another, from a moment of the tale on.
func (t *tale) steps(after time.Duration, all ...func() error) error {
	for i, do := range all {
		if err := t.on(after+time.Duration(i)*10*time.Minute, do); err != nil {
			return err
		}
	}
	return nil
}

const day = 24 * time.Hour
