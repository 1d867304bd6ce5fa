package notify

import (
	"testing"
	"time"

	"hongyun/model"
	"hongyun/model/modeltest"
	"hongyun/wechat"
)

func TestRules_Judge(t *testing.T) {
	t.Parallel()
	now := modeltest.At("2026-11-20 23:58:00").Now()
	in := func(d time.Duration) time.Time { return now.Add(d) }
	for name, c := range map[string]struct {
		outcome wechat.Outcome
		errcode int64
		tries   int64
		want    verdict
	}{
		"taken":                                {wechat.OutcomeSent, 0, 1, verdict{state: model.DeliverySent, notBefore: now}},
		"a time-out is never tried again":      {wechat.OutcomeUnknown, 0, 1, verdict{state: model.DeliveryUnknown, notBefore: now}},
		"no credit: next channel":              {wechat.OutcomeNoCredit, 43101, 1, verdict{state: model.DeliveryPending, notBefore: now, noCredit: true}},
		"a wrong openid: next channel":         {wechat.OutcomeBadReceiver, 40003, 1, verdict{state: model.DeliveryPending, notBefore: now, giveBack: true}},
		"no follower: next channel":            {wechat.OutcomeBadReceiver, 43004, 1, verdict{state: model.DeliveryPending, notBefore: now, giveBack: true, unfollow: true}},
		"window over: next channel":            {wechat.OutcomeWindowClosed, 45015, 1, verdict{state: model.DeliveryPending, notBefore: now, closed: true}},
		"bad data is never tried again":        {wechat.OutcomeBadData, 47003, 1, verdict{state: model.DeliveryFailed, notBefore: now, giveBack: true}},
		"daily limit: 00:05 in Shanghai":       {wechat.OutcomeDailyLimit, 45009, 9, verdict{state: model.DeliveryPending, notBefore: modeltest.At("2026-11-21 00:05:00").Now().UTC(), uncounted: true, giveBack: true}},
		"a setting: ten minutes, not counted":  {wechat.OutcomeConfig, 40164, 30, verdict{state: model.DeliveryPending, notBefore: in(10 * time.Minute), uncounted: true, giveBack: true}},
		"not sent: after a second":             {wechat.OutcomeRetry, -1, 1, verdict{state: model.DeliveryPending, notBefore: in(time.Second), giveBack: true}},
		"not sent for the fourth time":         {wechat.OutcomeRetry, -1, 4, verdict{state: model.DeliveryPending, notBefore: in(27 * time.Second), giveBack: true}},
		"not sent for the ninth time":          {wechat.OutcomeRetry, -1, 9, verdict{state: model.DeliveryPending, notBefore: in(10 * time.Minute), giveBack: true}},
		"not sent for the tenth time":          {wechat.OutcomeRetry, -1, 10, verdict{state: model.DeliveryFailed, notBefore: now, giveBack: true}},
		"what nobody knows counts as time-out": {"something new", 0, 1, verdict{state: model.DeliveryUnknown, notBefore: now}},
	} {
		if got := judge(c.outcome, c.errcode, c.tries, now); got != c.want {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
	}
}

func TestRules_Fill(t *testing.T) {
	t.Parallel()
	data := map[string]string{"name": "李卫国", "n": "3"}
	for pattern, want := range map[string]string{
		"{name}同志，{n}天": "李卫国同志，3天", "没有占位": "没有占位", "{other}缺": "缺", "{name": "{name", "": "", "{}{n}": "3", "}{n}{": "}3{",
	} {
		if got := fill(pattern, data); got != want {
			t.Errorf("%q: got %q, want %q", pattern, got, want)
		}
	}
	got, err := readData(`{"a":"x","b":12345678901234567,"c":null,"d":true,"e":1.50}`)
	if err != nil || got["a"] != "x" || got["b"] != "12345678901234567" || got["c"] != "" || got["d"] != "true" || got["e"] != "1.50" {
		t.Errorf("data: %v, %v", got, err)
	}
	if _, err := readData(`[1]`); err == nil {
		t.Error("an array was taken for data")
	}
}

func TestRules_CustomerText(t *testing.T) {
	t.Parallel()
	long := ""
	for range 1000 {
		long += "红"
	}
	if got := (text{title: "题", body: long}).customer(); len(got) > maxCustomerBytes || got[len(got)-3:] != "…" {
		t.Errorf("%d bytes, ends with %q", len(got), got[len(got)-3:])
	}
	if got := (text{title: "题"}).customer(); got != "题" {
		t.Errorf("a message without body: %q", got)
	}
}
