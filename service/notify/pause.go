package notify

import (
	"sync"
	"time"

	"hongyun/wechat"
)

// pauses are the channels that are known to answer nothing but refusals for a while: a county's messages must not all
// knock at a door that is shut. Every process learns it by itself, and forgets it.
type pauses struct {
	mu    sync.Mutex
	until map[pauseKey]pause
}

type pauseKey struct{ channel, appID string }

type pause struct{ ends, again time.Time }

// again is when a delivery that would go this way is to be tried; the zero time: now.
func (p *pauses) again(r route, now time.Time) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if found := p.until[pauseKey{r.channel, r.appID}]; found.ends.After(now) {
		return found.again
	}
	return time.Time{}
}

// begin is false if the pause has begun already.
func (p *pauses) begin(r route, now time.Time, new pause) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := pauseKey{r.channel, r.appID}
	if p.until[key].ends.After(now) {
		return false
	}
	if p.until == nil {
		p.until = map[pauseKey]pause{}
	}
	p.until[key] = new
	return true
}

// pauseFor pauses a channel after a wrong setting or a used-up day, and logs the former once a minute.
func (s *Service) pauseFor(r route, o wechat.Outcome, err error, now time.Time) {
	switch o {
	case wechat.OutcomeConfig:
		if s.pauses.begin(r, now, pause{ends: now.Add(configPause), again: now.Add(configDelay)}) {
			s.log.Error("a setting keeps messages from being sent", "channel", r.channel, "appid", r.appID, "error", err)
		}
	case wechat.OutcomeDailyLimit:
		day := nextDay(now)
		if s.pauses.begin(r, now, pause{ends: day, again: day}) {
			s.log.Warn("WeChat takes no more messages today", "channel", r.channel, "appid", r.appID, "error", err)
		}
	}
}

// reportBroken logs, once a minute, a template whose fields cannot be read. It does not stop the channel's other templates.
func (s *Service) reportBroken(r route, now time.Time) {
	mark := r
	mark.channel += " " + r.templateID
	if s.pauses.begin(mark, now, pause{ends: now.Add(configPause)}) {
		s.log.Error("a template's fields cannot be read", "channel", r.channel, "appid", r.appID, "template", r.templateID, "error", r.broken)
	}
}
