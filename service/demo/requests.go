package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service"
	"hongyun/service/access"
	"hongyun/service/o2o"
	"hongyun/wechat/sandbox"
)

// wholeRequests is how many requests citizens have sent at scale 1.
const wholeRequests = 100

// fewestRequests still holds every end: the rarest has three hundredths.
const fewestRequests = 34

// ends says how far requests get, in hundredths.
var ends = []share{{model.RequestRated, 40}, {model.RequestUnrated, 12}, {model.RequestClosed, 10}, {model.RequestHandling, 10},
	{model.RequestReferred, 8}, {model.RequestAccepted, 6}, {model.RequestSubmitted, 7}, {model.RequestDeclined, 4}, {model.RequestWithdrawn, 3}}

// storiesTold counts the requests that have been begun, while the county is
// being made; afterwards it is gone.
const storiesTold = "demo.requests"

// requests lets citizens write and staff work, each step on its own past day.
// A making that was cut off goes on with the next request; instances that start
// together share the work.
func (b *builder) requests(ctx context.Context) error {
	c := &clock{}
	past := b.past(c)
	n := max(fewestRequests, scaled(wholeRequests, min(b.scale, 5)))
	all := n
	if b.scale >= talesFrom {
		all += len(tales)
	}
	for {
		i, ok, err := b.nextStory(ctx, all)
		if err != nil || !ok {
			return err
		}
		if i == all {
			break
		}
		b.progress(len(b.steps()), len(b.steps())+1, "群众诉求")
		if i >= n {
			if err := b.tellTale(ctx, past, c, i-n); err != nil {
				return err
			}
			continue
		}
		s, err := b.story(ctx, i, n)
		if err != nil {
			return err
		}
		if err := b.tell(ctx, past, c, s); err != nil {
			return fmt.Errorf("request %d that ends %s: %w", i, s.end, err)
		}
	}
	c.set(b.now)
	if _, err := past.O2O.ExpireRatings(ctx, model.DateOf(b.now)); err != nil {
		return err
	}
	b.progress(len(b.steps())+1, len(b.steps())+1, "完成")
	return b.o.DB.Tx(ctx, func(tx model.Tx) error { return tx.Where("name = ?", storiesTold).Delete(&model.Sequence{}).Error })
}

// nextStory takes the next number below n; n when all are told, and not ok when the county is finished or is none.
func (b *builder) nextStory(ctx context.Context, n int) (i int, ok bool, err error) {
	err = b.o.DB.Tx(ctx, func(tx model.Tx) error {
		var told model.Sequence
		err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("name = ?", storiesTold).Take(&told).Error
		if model.NotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		i, ok = min(int(told.Value), n), true
		return tx.Model(&model.Sequence{}).Where("name = ?", storiesTold).Update("value", told.Value+1).Error
	})
	return i, ok, err
}

// story is one request before it happens.
type story struct {
	end       string
	at        time.Time
	about     int   // of complaints
	citizen   int64 // account
	desk      int64
	handler   int64
	to        int64 // department
	days      int   // from the referral to the closing
	rating    int64
	anonymous bool
}

// story spreads the ends over the requests; what is over began weeks ago, what
// is open in the last days. The same number makes the same story.
func (b *builder) story(ctx context.Context, i, n int) (story, error) {
	r := rand.New(rand.NewPCG(seed, uint64(1000+i)))
	s := story{end: ends[0].name, about: r.IntN(len(complaints)), anonymous: r.IntN(10) == 0}
	at := i * 100 / n
	for _, e := range ends {
		if at -= e.parts; at < 0 {
			s.end = e.name
			break
		}
	}
	back := 20 + r.IntN(60)
	switch s.end {
	case model.RequestSubmitted:
		back = 1
	case model.RequestAccepted, model.RequestWithdrawn, model.RequestDeclined:
		back = 2 + r.IntN(2)
	case model.RequestReferred, model.RequestHandling:
		back = 3 + r.IntN(5)
	case model.RequestClosed:
		back = 5
	}
	s.rating = int64(5 - r.IntN(3)/2 - r.IntN(20)/18)
	s.days = 2 + r.IntN(6)
	s.at = model.DateOf(b.now).AddDays(-back).Time().Add(8*time.Hour + time.Duration(r.IntN(9*60))*time.Minute)
	person := sandbox.OpenID(b.o.MiniProgram.AppID, citizenOf(1+r.IntN(citizenCount)))
	err := b.o.DB.Read(ctx).Raw(`SELECT d.id AS "to", (SELECT id FROM account WHERE openid = ?) AS citizen,
		(SELECT min(a.id) FROM role_grant g JOIN account a ON a.member_id = g.member_id WHERE g.role = ?) AS desk,
		(SELECT min(a.id) FROM role_grant g JOIN account a ON a.member_id = g.member_id WHERE g.role = ? AND g.department_id = d.id) AS handler
		FROM department d WHERE d.name = ?`, person, model.RoleDesk, model.RoleDepartmentHandler, complaints[s.about].department).
		Row().Scan(&s.to, &s.citizen, &s.desk, &s.handler)
	return s, err
}

// stepsTo is how many of the usual steps lead to an end.
var stepsTo = map[string]int{model.RequestAccepted: 1, model.RequestReferred: 2, model.RequestHandling: 4, model.RequestClosed: 5,
	model.RequestUnrated: 5, model.RequestRated: 6}

// tell plays a story to its end.
func (b *builder) tell(ctx context.Context, past *service.Service, c *clock, s story) error {
	say := complaints[s.about]
	people, err := b.peopleOf(ctx, s)
	if err != nil {
		return err
	}
	c.set(s.at)
	at := spots[s.about%len(spots)]
	request, err := past.O2O.Submit(ctx, people.citizen, o2o.SubmitInput{Content: say.text, Category: say.category, Place: countyName + at.name, Lat: &at.lat, Lng: &at.lng,
		Anonymous: s.anonymous}, "")
	if err != nil {
		return err
	}
	then := func(after time.Duration, do func() error) error {
		c.set(earlier(s.at.Add(after), b.now))
		return do()
	}
	id := request.ID
	switch s.end {
	case model.RequestDeclined:
		return then(time.Hour, func() error {
			_, err := past.O2O.Decline(ctx, people.desk, id, "LEGAL", "该事项已进入诉讼程序，请按法律途径解决")
			return err
		})
	case model.RequestWithdrawn:
		return then(time.Hour, func() error { _, err := past.O2O.Withdraw(ctx, people.citizen, id); return err })
	}
	usual := []struct {
		after time.Duration
		do    func() error
	}{
		{time.Hour, func() error {
			_, err := past.O2O.Accept(ctx, people.desk, id, o2o.AcceptInput{Category: say.category, Topic: topicOf(s.about), Note: "您反映的事项已受理"})
			return err
		}},
		{2 * time.Hour, func() error {
			_, err := past.O2O.Refer(ctx, people.desk, id, s.to, "请按职责办理")
			return err
		}},
		{day, func() error { _, err := past.O2O.Handle(ctx, people.handler, id, "已安排专人"); return err }},
		{day + time.Hour, func() error {
			_, err := past.O2O.Reply(ctx, people.handler, id, "工作人员已到现场查看，正在处理")
			return err
		}},
		{day * time.Duration(s.days), func() error {
			_, err := past.O2O.Close(ctx, people.handler, id, "问题已解决，感谢您的反映")
			return err
		}},
		{day * 9, func() error {
			_, err := past.O2O.Rate(ctx, people.citizen, id, o2o.RateInput{Rating: s.rating, Solved: new(s.rating >= 4)})
			return err
		}},
	}
	for _, step := range usual[:stepsTo[s.end]] {
		if err := then(step.after, step.do); err != nil {
			return err
		}
	}
	return nil
}

func earlier(a, b time.Time) time.Time {
	if a.After(b) {
		return b
	}
	return a
}

// players are the viewers of one story.
type players struct{ citizen, desk, handler access.Viewer }

func (b *builder) peopleOf(ctx context.Context, s story) (p players, err error) {
	read := b.o.DB.Read(ctx)
	for _, v := range []struct {
		to *access.Viewer
		id int64
	}{{&p.citizen, s.citizen}, {&p.desk, s.desk}, {&p.handler, s.handler}} {
		if *v.to, err = access.Load(read, v.id); err != nil {
			return p, err
		}
	}
	return p, nil
}
