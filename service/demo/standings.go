package demo

import (
	"time"

	"hongyun/model"
	"hongyun/service/calendar"
	"hongyun/service/member"
)

// decided is a decision about a member who has no id yet.
type decided struct {
	member int // of b.members
	row    model.StandingDecision
}

// standings gives those who are not in good standing the day since when, some ordinary members a trouble of their own,
// and each the decisions that led there (RULES 2.11, 2.12).
func (b *builder) standings() {
	r, today := stream(streamStandings), model.DateOf(b.now)
	for i := range b.members {
		m := &b.members[i]
		switch m.Standing {
		case model.StandingSuspended:
			lost := b.afterFull(m, today.AddDays(-300-r.IntN(500)))
			b.lose(i, lost)
			on := calendar.AddMonths(lost, 7)
			m.Standing = model.StandingSuspended
			b.decide(i, model.DecisionSuspend, member.GroundLost, on, nil, "失去联系六个月以上，经多方查找仍无法取得联系", "ACTIVE LOST", "SUSPENDED LOST")
		case model.StandingRemoved:
			on := b.afterFull(m, today.AddDays(-20-r.IntN(700)))
			m.LeftOn = &on
			b.decide(i, model.DecisionRemove, member.GroundWithdrawal, on, nil, "连续六个月无正当理由不参加组织生活、不交纳党费，按自行脱党除名", "ACTIVE", "REMOVED")
		case model.StandingDeceased:
			on := b.afterFull(m, today.AddDays(-5-r.IntN(900)))
			m.LeftOn = &on
			b.decide(i, model.DecisionDeath, "", on, nil, "因病去世", "ACTIVE", "DECEASED")
		}
	}
	troubled := b.ordinary()
	r.Shuffle(len(troubled), func(i, j int) { troubled[i], troubled[j] = troubled[j], troubled[i] })
	deal := func(n int, trouble func(i int)) {
		for ; n > 0 && len(troubled) > 0; n-- {
			trouble(troubled[0])
			troubled = troubled[1:]
		}
	}
	deal(b.part(14), func(i int) { b.lose(i, today.AddDays(-15-r.IntN(220))) }) // some of them for longer than half a year
	deal(b.part(6), func(i int) {
		on := today.AddDays(-30 - r.IntN(300))
		until := calendar.AddMonths(on, 12*(1+r.IntN(2)))
		b.members[i].WatchedUntil = &until
		b.decide(i, model.DecisionWatch, "", on, &until, "违反生活纪律，给予留党察看处分", "ACTIVE", "ACTIVE WATCHED")
	})
	deal(b.part(4), func(i int) {
		on := today.AddDays(-30 - r.IntN(200))
		until := calendar.AddMonths(on, 6)
		b.decide(i, model.DecisionRectify, "", on, &until, "组织观念淡薄，经教育限期改正", "ACTIVE", "ACTIVE")
	})
	deal(b.part(12), func(i int) {
		on := today.AddDays(-30 - r.IntN(400))
		b.members[i].Standing, b.members[i].LeftOn = model.StandingTransferred, &on
	})
}

// afterFull keeps a day behind that on which somebody became a full member.
func (b *builder) afterFull(m *model.Member, day model.Date) model.Date {
	if m.FullOn == nil {
		return day
	}
	return max(day, m.FullOn.AddDays(1))
}

// lose notes that contact with a member was lost on a day.
func (b *builder) lose(i int, since model.Date) {
	b.members[i].LostSince = &since
	b.decide(i, model.DecisionLost, "", since, nil, "电话停机，家属亦无法联系", "ACTIVE", "ACTIVE LOST")
}

func (b *builder) decide(i int, kind, ground string, on model.Date, until *model.Date, reason, before, after string) {
	row := model.StandingDecision{Kind: kind, Ground: ground, DecidedOn: on, EffectiveOn: on, UntilOn: until, Reason: reason,
		Before: before, After: after, At: on.Time().Add(15 * time.Hour)}
	if kind != model.DecisionLost && kind != model.DecisionDeath {
		row.DecidedBy = "党支部党员大会"
	}
	if kind == model.DecisionSuspend || kind == model.DecisionWatch || kind == model.DecisionRemove {
		row.DocumentNo = "云组〔" + string(on)[:4] + "〕" + string(on)[5:7] + "号"
	}
	b.decided = append(b.decided, decided{i, row})
}

// recordDecisions writes the decisions, now that the members have ids.
func (b *builder) recordDecisions(tx model.Tx) error {
	rows := make([]model.StandingDecision, len(b.decided))
	for k, d := range b.decided {
		rows[k] = d.row
		rows[k].MemberID = b.members[d.member].ID
	}
	_, err := model.Bulk(tx, rows)
	return err
}

// firstOrdinary is the place in a branch from which on nobody has a seat of the cast or in the leadership.
const firstOrdinary = 13

// ordinary is full members of long standing, as places in b.members, who hold no seat and are not of the branch that the start page shows.
func (b *builder) ordinary() []int {
	var out []int
	place, org, shown := 0, int64(0), b.members[0].OrgID
	for i, m := range b.members {
		if m.OrgID != org {
			place, org = 0, m.OrgID
		}
		if m.Standing != model.StandingActive {
			continue
		}
		if place++; place > firstOrdinary && org != shown && m.LostSince == nil && m.WatchedUntil == nil && m.Status == model.MemberFull && m.FullOn.AddDays(800) < model.DateOf(b.now) {
			out = append(out, i)
		}
	}
	return out
}
