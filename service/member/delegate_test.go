package member_test

import (
	"testing"

	"hongyun/model"
	"hongyun/service/member"
)

func TestDelegates(t *testing.T) {
	each(t, "2026-11-20 10:00:00", func(b *bundle) {
		admin := holder(model.RoleAdmin, b.alpha)
		in := member.CongressInput{OrgID: b.alpha.ID, Number: 3, Name: "第三次代表大会", HeldOn: "2025-06-01", TermUntil: "2030-05-31"}
		c, err := b.AddCongress(b.ctx, admin, in)
		must(b.t, err)
		m := b.enrolled(b.one, "李明", "361199199001010018", "2010-07-01")
		elect := member.DelegateInput{MemberID: m.ID, ElectedBy: "一支部", ElectedOn: "2025-05-01"}
		b.t.Run("a congress is held once, by the city or a committee, for a term", func(t *testing.T) {
			_, err := b.AddCongress(b.ctx, admin, in)
			refused(t, err, "congress.exists")
			bad := in
			bad.OrgID, bad.Number = b.one.ID, 4
			_, err = b.AddCongress(b.ctx, admin, bad)
			refused(t, err, "congress.wrong_org")
			bad.OrgID, bad.TermUntil = b.alpha.ID, bad.HeldOn
			_, err = b.AddCongress(b.ctx, admin, bad)
			refused(t, err, "congress.dates")
		})
		b.t.Run("only full members with voting rights from below it are elected", func(t *testing.T) {
			for name, change := range map[string]func(*model.Member){
				"probationary":    func(m *model.Member) { m.Status = model.MemberProbationary },
				"watched":         func(m *model.Member) { d := model.Date("2025-05-01"); m.WatchedUntil = &d },
				"suspended":       func(m *model.Member) { m.Standing = model.StandingSuspended },
				"full only later": func(m *model.Member) { d := model.Date("2025-05-02"); m.FullOn = &d },
			} {
				bad := elect
				bad.MemberID = b.member(b.one, name, name, change).ID
				_, err := b.AddDelegate(b.ctx, admin, c.ID, bad)
				refused(t, err, "delegate.not_eligible")
			}
			bad := elect
			bad.MemberID = b.member(b.three, "外", "外", nil).ID
			_, err := b.AddDelegate(b.ctx, holder(model.RoleAdmin, b.city), c.ID, bad)
			refused(t, err, "delegate.outside")
		})
		var d member.Delegate
		b.t.Run("a delegate is entered once, and listed by congress, by branch and by day", func(t *testing.T) {
			var err error
			d, err = b.AddDelegate(b.ctx, admin, c.ID, elect)
			must(t, err)
			_, err = b.AddDelegate(b.ctx, admin, c.ID, elect)
			refused(t, err, "delegate.exists")
			_, total, err := b.CongressDelegates(b.ctx, admin, c.ID, false, 0, 10)
			must(t, err)
			equal(t, total, 1)
			branch := holder(model.RoleLeader, b.one)
			for on, want := range map[model.Date]int64{"": 1, "2025-04-30": 0, "2025-05-01": 1, "2030-05-31": 1, "2030-06-01": 0} {
				_, total, err := b.Delegates(b.ctx, branch, member.DelegateFilter{OrgID: b.one.ID, On: on}, 0, 10)
				must(t, err)
				equal(t, total, want)
			}
			_, _, err = b.CongressDelegates(b.ctx, branch, c.ID, false, 0, 10)
			refused(t, err, "not_found")
		})
		b.t.Run("the branch records what the delegate does in the term", func(t *testing.T) {
			branch := holder(model.RoleAdmin, b.one)
			_, err := b.AddDuty(b.ctx, branch, d.ID, member.DutyInput{OnDay: "2026-10-01", Kind: "INSPECTION", Note: "视察"})
			must(t, err)
			_, err = b.AddDuty(b.ctx, branch, d.ID, member.DutyInput{OnDay: "2025-04-30", Kind: "INSPECTION", Note: "视察"})
			refused(t, err, "delegate.dates")
			_, err = b.AddDuty(b.ctx, holder(model.RoleLeader, b.one), d.ID, member.DutyInput{OnDay: "2026-10-01", Kind: "INSPECTION", Note: "视察"})
			refused(t, err, "auth.forbidden")
			rows, err := b.Duties(b.ctx, branch, d.ID)
			must(t, err)
			equal(t, len(rows), 1)
			_, err = b.EndDelegate(b.ctx, branch, d.ID, member.EndDelegateInput{EndedOn: "2026-11-01", Reason: "辞职"})
			refused(t, err, "auth.forbidden")
		})
		b.t.Run("a mandate stays in a move below the congress and ends with one out of it", func(t *testing.T) {
			city := holder(model.RoleAdmin, b.city)
			move := func(to int64) {
				row, err := b.RequestTransfer(b.ctx, city, m.ID, member.TransferInput{ToOrgID: to, Reason: "调动", Version: b.now(m.ID).Version})
				must(t, err)
				_, err = b.AcceptTransfer(b.ctx, city, row.ID, member.AcceptInput{})
				must(t, err)
			}
			move(b.two.ID)
			equal(t, b.count("SELECT count(*) FROM delegate WHERE ended_on IS NULL"), 1)
			move(b.three.ID)
			equal(t, b.count("SELECT count(*) FROM delegate WHERE ended_on = '2026-11-20'"), 1)
			for current, want := range map[bool]int64{true: 0, false: 1} {
				_, total, err := b.CongressDelegates(b.ctx, admin, c.ID, current, 0, 10)
				must(t, err)
				equal(t, total, want)
			}
			_, err := b.EndDelegate(b.ctx, admin, d.ID, member.EndDelegateInput{EndedOn: "2026-11-20", Reason: "辞职"})
			refused(t, err, "delegate.ended")
		})
		b.t.Run("where a former delegate went is not shown to who does not see the place", func(t *testing.T) {
			rows, _, err := b.CongressDelegates(b.ctx, admin, c.ID, false, 0, 10)
			must(t, err)
			equal(t, rows[0].Name, "李明")
			equal(t, rows[0].OrgName, "")
			rows, _, err = b.CongressDelegates(b.ctx, holder(model.RoleAdmin, b.city), c.ID, false, 0, 10)
			must(t, err)
			equal(t, rows[0].OrgName, "三支部")
			_, err = b.AddDuty(b.ctx, holder(model.RoleLeader, b.alpha), d.ID, member.DutyInput{OnDay: "2026-10-01", Kind: "MEETING", Note: "开会"})
			refused(t, err, "auth.forbidden")
		})
	})
}
