package demo

import (
	"fmt"

	"hongyun/model"
	"hongyun/service/fact"
	"hongyun/service/meeting"
)

// monthsBack is how many whole months before this one the county has lived through.
const monthsBack = 2

// makeThemeDays records the theme days of the past months, nearly all, and as
// many of this month's as its days let expect. The first branch's is missing
// this month: it will be warned.
func (b *builder) makeThemeDays(tx model.Tx) error {
	this := model.DateOf(b.now).Month()
	for m := this.Add(-monthsBack); m <= this; m = m.Add(1) {
		if err := b.themeDaysOf(tx, m); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) themeDaysOf(tx model.Tx, month model.Month) error {
	var meetings []model.Meeting
	for _, n := range b.tree {
		if n.org.Type == model.OrgBranch && b.holds(n, month) {
			meetings = append(meetings, b.themeDay(n, month))
		}
	}
	if len(meetings) == 0 {
		return nil
	}
	meetings, err := model.BulkFresh(tx, meetings)
	if err != nil {
		return err
	}
	var rows []model.Attendance
	var photos []model.MeetingPhoto
	var facts []fact.Fact
	for _, m := range meetings {
		attendance := b.attendance(m)
		rows = append(rows, attendance...)
		photos = append(photos, model.MeetingPhoto{MeetingID: m.ID, FileID: b.photo})
		facts = append(facts, meeting.Facts(m, attendance)...)
	}
	if _, err := model.Bulk(tx, rows); err != nil {
		return err
	}
	if _, err := model.Bulk(tx, photos); err != nil {
		return err
	}
	return fact.Record(tx, facts...)
}

// holds tells whether the branch has held its theme day of the month by now.
func (b *builder) holds(n *node, month model.Month) bool {
	today := model.DateOf(b.now)
	if month < today.Month() {
		return b.random.IntN(100) < 97
	}
	return n != b.firstBranch(b.tree[1]) && today.Time().Day() > 2 && b.random.IntN(100) < min(90, today.Time().Day()*4)
}

func (b *builder) themeDay(n *node, month model.Month) model.Meeting {
	last := min(month.Last(), model.DateOf(b.now))
	held := month.First().AddDays(b.random.IntN(min(25, last.Time().Day())))
	theme := themes[b.random.IntN(len(themes))]
	done := held.Time().AddDate(0, 0, 0).Add(18 * 3600e9)
	m := model.Meeting{OrgID: n.org.ID, Kind: model.ThemeDay, Month: month, HeldOn: held, Theme: theme,
		Content: fmt.Sprintf("围绕“%s”开展集中学习、交流研讨和志愿服务。", theme), Place: n.org.Name + "活动室",
		Record: "会前通知到人，会上书记领学，党员逐一发言，会后开展服务，形成记录归档。", State: model.MeetingCompleted, Round: 1,
		CompletedAt: &done, CreatedAt: done, UpdatedAt: done}
	if account, ok := b.accounts[b.seat(n, firstSeat[model.OrgBranch]+1).ID]; ok {
		m.CreatedBy, m.CompletedBy = &account, &account
	}
	return m
}

func (b *builder) attendance(m model.Meeting) []model.Attendance {
	var out []model.Attendance
	for _, member := range b.ofOrg[m.OrgID] {
		status := model.Present
		switch x := b.random.IntN(100); {
		case x < 3:
			status = model.Late
		case x < 10:
			status = model.Leave
		case x < 14:
			status = model.Absent
		}
		out = append(out, model.Attendance{MeetingID: m.ID, MemberID: member.ID, Month: m.Month, Status: status})
	}
	return out
}
