package notify

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"hongyun/model"
	"hongyun/wechat"
)

// maxProblem bounds what is kept of an error, in runes.
const maxProblem = 300

// send sends a group at the same time, outside any transaction, and returns what WeChat said to each. Messages to one
// phone go one after the other, as they were queued: nobody hears that it is done before it was begun.
func (s *Service) send(ctx context.Context, group []outgoing) []settlement {
	if len(group) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.sendTime())
	defer cancel()
	results := make([]settlement, len(group))
	var sends sync.WaitGroup
	phones := map[string][]int{}
	for i, o := range group {
		phones[o.openID] = append(phones[o.openID], i)
	}
	for _, same := range phones {
		sends.Go(func() {
			for _, i := range same {
				results[i] = s.sendOne(ctx, group[i])
			}
		})
	}
	sends.Wait()
	return results
}

func (s *Service) sendOne(ctx context.Context, o outgoing) settlement {
	var msgID int64
	var err error
	switch o.channel {
	case model.ChannelSubscribe:
		err = s.wechat.SendSubscribe(ctx, o.appID, wechat.SubscribeMessage{OpenID: o.openID, TemplateID: o.templateID,
			Page: o.page, Data: o.fields(o.pattern)})
	case model.ChannelTemplate:
		msgID, err = s.wechat.SendTemplate(ctx, o.appID, wechat.TemplateMessage{OpenID: o.openID, TemplateID: o.templateID,
			Data: o.fields(o.pattern), ClientMsgID: "d" + strconv.FormatInt(o.ID, 10),
			MiniProgramAppID: s.mpAppID, PagePath: o.page})
	case model.ChannelCustomer:
		err = s.wechat.SendCustomerText(ctx, o.appID, o.openID, o.customer())
	default:
		err = fmt.Errorf("notify: unknown channel %q", o.channel)
	}
	now := s.db.Now()
	a := &answer{outcome: wechat.OutcomeOf(err), at: now}
	if msgID != 0 {
		a.msgID = strconv.FormatInt(msgID, 10)
	}
	if err != nil {
		a.message = shorten(err.Error())
		var refusal *wechat.Error
		if errors.As(err, &refusal) {
			a.errcode = refusal.Code
		}
	}
	if o.channel == model.ChannelCustomer && a.errcode == noPermission {
		a.outcome = wechat.OutcomeWindowClosed
	}
	s.pauseFor(o.route, a.outcome, err, now)
	return settlement{outgoing: o, verdict: judge(a.outcome, a.errcode, o.Attempts, now), was: model.DeliverySending, answer: a}
}

func shorten(s string) string {
	if r := []rune(s); len(r) > maxProblem {
		return string(r[:maxProblem-1]) + "…"
	}
	return s
}

// sendTime is how long a send may take: it must end well before the lease of its delivery.
func (s *Service) sendTime() time.Duration { return s.lease * 2 / 3 }
