package demo

import (
	"context"
	"fmt"
	"time"

	"hongyun/model"
	"hongyun/service"
	"hongyun/service/access"
	"hongyun/service/o2o"
)

// wholeRequests is how many requests citizens have sent at scale 1.
const wholeRequests = 200

// fewestRequests still holds every end: the rarest has three hundredths.
const fewestRequests = 34

// ends says how far requests get, in hundredths.
var ends = []share{{model.RequestRated, 40}, {model.RequestUnrated, 12}, {model.RequestClosed, 10}, {model.RequestHandling, 10},
	{model.RequestReferred, 8}, {model.RequestAccepted, 6}, {model.RequestSubmitted, 7}, {model.RequestDeclined, 4}, {model.RequestWithdrawn, 3}}

// requests lets citizens write and staff work, each step on its own past day.
func (b *builder) requests(ctx context.Context) error {
	c := &clock{}
	past := b.past(c)
	n := max(fewestRequests, scaled(wholeRequests, min(b.scale, 5)))
	for i := range n {
		story := b.story(i, n)
		if err := b.tell(ctx, past, c, story); err != nil {
			return fmt.Errorf("request %d that ends %s: %w", i, story.end, err)
		}
	}
	c.set(b.now)
	_, err := past.O2O.ExpireRatings(ctx, model.DateOf(b.now))
	return err
}

// story is one request before it happens.
type story struct {
	end       string
	at        time.Time
	about     int // of complaints
	citizen   citizen
	rating    int64
	anonymous bool
}

// story spreads the ends over the requests; what is over began weeks ago, what is open in the last days.
func (b *builder) story(i, n int) story {
	end, at := ends[0].name, i*100/n
	for _, s := range ends {
		if at -= s.parts; at < 0 {
			end = s.name
			break
		}
	}
	back := 20 + b.random.IntN(60)
	switch end {
	case model.RequestSubmitted:
		back = 1
	case model.RequestAccepted, model.RequestWithdrawn, model.RequestDeclined:
		back = 2 + b.random.IntN(2)
	case model.RequestReferred, model.RequestHandling:
		back = 3 + b.random.IntN(5)
	case model.RequestClosed:
		back = 5
	}
	rating := int64(5 - b.random.IntN(3)/2 - b.random.IntN(20)/18)
	day := model.DateOf(b.now).AddDays(-back).Time()
	return story{end: end, at: day.Add(8*time.Hour + time.Duration(b.random.IntN(9*60))*time.Minute), about: b.random.IntN(len(complaints)),
		citizen: b.citizens[b.random.IntN(len(b.citizens))], rating: rating, anonymous: b.random.IntN(10) == 0}
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
	request, err := past.O2O.Submit(ctx, people.citizen, o2o.SubmitInput{Content: say.text, Category: say.category, Place: countyName + "城区", Anonymous: s.anonymous}, "")
	if err != nil {
		return err
	}
	at := func(after time.Duration, do func() error) error {
		c.set(earlier(s.at.Add(after), b.now))
		return do()
	}
	id := request.ID
	switch s.end {
	case model.RequestDeclined:
		return at(time.Hour, func() error {
			_, err := past.O2O.Decline(ctx, people.desk, id, "该事项已进入诉讼程序，请按法律途径解决")
			return err
		})
	case model.RequestWithdrawn:
		return at(time.Hour, func() error { _, err := past.O2O.Withdraw(ctx, people.citizen, id); return err })
	}
	day := 24 * time.Hour
	usual := []struct {
		after time.Duration
		do    func() error
	}{
		{time.Hour, func() error {
			_, err := past.O2O.Accept(ctx, people.desk, id, say.category, "您反映的事项已受理")
			return err
		}},
		{2 * time.Hour, func() error {
			_, err := past.O2O.Refer(ctx, people.desk, id, b.departments[say.department], "请按职责办理")
			return err
		}},
		{day, func() error { _, err := past.O2O.Handle(ctx, people.handler, id, "已安排专人"); return err }},
		{day + time.Hour, func() error {
			_, err := past.O2O.Reply(ctx, people.handler, id, "工作人员已到现场查看，正在处理")
			return err
		}},
		{day * time.Duration(2+b.random.IntN(6)), func() error {
			_, err := past.O2O.Close(ctx, people.handler, id, "问题已解决，感谢您的反映")
			return err
		}},
		{day * 9, func() error { _, err := past.O2O.Rate(ctx, people.citizen, id, s.rating, ""); return err }},
	}
	for _, step := range usual[:stepsTo[s.end]] {
		if err := at(step.after, step.do); err != nil {
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
	account := func(role string, department int64) (id int64, err error) {
		err = read.Raw(`SELECT a.id FROM role_grant g JOIN account a ON a.member_id = g.member_id
			WHERE g.role = ? AND coalesce(g.department_id, 0) = ? ORDER BY g.id LIMIT 1`, role, department).Scan(&id).Error
		return id, err
	}
	desk, err := account(model.RoleDesk, 0)
	if err != nil {
		return p, err
	}
	handler, err := account(model.RoleDepartmentHandler, b.departments[complaints[s.about].department])
	if err != nil {
		return p, err
	}
	for _, v := range []struct {
		to *access.Viewer
		id int64
	}{{&p.citizen, s.citizen.account}, {&p.desk, desk}, {&p.handler, handler}} {
		if *v.to, err = access.Load(read, v.id); err != nil {
			return p, err
		}
	}
	return p, nil
}
