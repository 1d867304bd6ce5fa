package notify

import (
	"time"

	"hongyun/model"
	"hongyun/wechat"
)

const (
	maxTries    = 10
	maxBackoff  = 10 * time.Minute
	configDelay = 10 * time.Minute
	configPause = time.Minute // also how often a wrong setting is logged

	notFollower = 43004 // WeChat's code: the receiver does not follow the account
	// noPermission is WeChat's code for an account without the right to an API. Customer-service messages are for verified
	// accounts alone: for the others no window ever opens, which is no fault of anybody's settings.
	noPermission = 48001
)

// verdict is what one answer of WeChat does to a delivery and to what was taken for it.
type verdict struct {
	state     string
	notBefore time.Time
	uncounted bool // does not count towards maxTries
	giveBack  bool // the credit, or the message of the window, was not used
	noCredit  bool // WeChat has no credit of this person left
	closed    bool // the customer-service window is over
	unfollow  bool // the person does not follow the account
}

// judge follows WECHAT 5: what was surely not sent is tried again, what may have been sent never is. A delivery that goes
// back to pending at once finds its next channel, since the channel that failed is given up (see triedInVain).
func judge(o wechat.Outcome, errcode, tries int64, now time.Time) verdict {
	switch o {
	case wechat.OutcomeSent:
		return verdict{state: model.DeliverySent, notBefore: now}
	case wechat.OutcomeNoCredit:
		return verdict{state: model.DeliveryPending, notBefore: now, noCredit: true}
	case wechat.OutcomeBadReceiver:
		return verdict{state: model.DeliveryPending, notBefore: now, giveBack: true, unfollow: errcode == notFollower}
	case wechat.OutcomeWindowClosed:
		return verdict{state: model.DeliveryPending, notBefore: now, closed: true}
	case wechat.OutcomeBadData:
		return verdict{state: model.DeliveryFailed, notBefore: now, giveBack: true}
	case wechat.OutcomeDailyLimit:
		return verdict{state: model.DeliveryPending, notBefore: nextDay(now), uncounted: true, giveBack: true}
	case wechat.OutcomeConfig:
		return verdict{state: model.DeliveryPending, notBefore: now.Add(configDelay), uncounted: true, giveBack: true}
	case wechat.OutcomeRetry:
		if tries >= maxTries {
			return verdict{state: model.DeliveryFailed, notBefore: now, giveBack: true}
		}
		return verdict{state: model.DeliveryPending, notBefore: now.Add(backoff(tries)), giveBack: true}
	default:
		return verdict{state: model.DeliveryUnknown, notBefore: now}
	}
}

// givesUp tells whether an outcome closes its channel for this one message.
func givesUp(o wechat.Outcome) bool {
	return o == wechat.OutcomeNoCredit || o == wechat.OutcomeBadReceiver || o == wechat.OutcomeWindowClosed
}

// backoff is 1 s after the first try and three times as long after each further one, up to 10 minutes.
func backoff(tries int64) time.Duration {
	d := time.Second
	for range tries - 1 {
		if d *= 3; d >= maxBackoff {
			return maxBackoff
		}
	}
	return d
}

// nextDay is five past midnight in Shanghai, when WeChat counts anew.
func nextDay(now time.Time) time.Time {
	return model.Instant(model.DateOf(now).AddDays(1).Time().Add(5 * time.Minute))
}

// Customer-service windows (客服消息): how many messages, and for how long, after what a person does.
const (
	windowAfterMessage = 48 * time.Hour
	sendsAfterMessage  = 5
	windowAfterTouch   = time.Minute // a menu click, a scan, following
	sendsAfterTouch    = 3
)
