package member_test

import (
	"testing"

	"hongyun/model"
	"hongyun/service/member"
	"hongyun/service/schedule"
)

func TestFloating_Out(t *testing.T) {
	each(t, "2026-11-20 10:00:00", func(b *bundle) {
		home, homeAdmin := b.administrator(b.one, b.one, "家管理员", "361199199001010018")
		host, hostAdmin := b.administrator(b.three, b.three, "外管理员", "361199199001010026")
		m := b.enrolled(b.one, "李明", "361199199001010034", "2010-07-01")
		in := member.FloatingOut{MemberID: m.ID, Place: "乙镇", LeftOn: "2026-06-01", HostOrgID: b.three.ID}
		b.t.Run("less than six months is no floating", func(t *testing.T) {
			short := in
			short.ExpectedUntil = "2026-11-30"
			_, err := b.RegisterOut(b.ctx, home, short)
			refused(t, err, "floating.too_short")
			short.ExpectedUntil, short.LeftOn = "2027-12-01", "2026-11-21"
			_, err = b.RegisterOut(b.ctx, home, short)
			refused(t, err, "floating.dates")
		})
		var f member.Floating
		b.t.Run("the home registers, the host confirms", func(t *testing.T) {
			in.ExpectedUntil = "2026-12-01"
			var err error
			f, err = b.RegisterOut(b.ctx, home, in)
			must(t, err)
			equal(t, f.State, model.FloatingRegistered)
			equal(t, b.received(hostAdmin.ID, member.KindFloatingRegistered), 1)
			_, err = b.RegisterOut(b.ctx, home, in)
			refused(t, err, "floating.open")
			_, err = b.ConfirmFloating(b.ctx, home, f.ID, member.ReceiptInput{})
			refused(t, err, "auth.forbidden")
			f, err = b.ConfirmFloating(b.ctx, host, f.ID, member.ReceiptInput{})
			must(t, err)
			equal(t, f.State, model.FloatingActive)
			equal(t, f.HomeAt != nil && f.HostAt != nil, true)
			equal(t, b.received(homeAdmin.ID, member.KindFloatingConfirmed), 1)
			equal(t, b.received(m.ID, member.KindFloatingConfirmed), 1)
			_, err = b.RefuseFloating(b.ctx, host, f.ID, member.RefuseInput{Reason: "查无此人"})
			refused(t, err, "floating.decided")
		})
		b.t.Run("stands in the lists and counts of both sides", func(t *testing.T) {
			for _, side := range []struct {
				v  model.Org
				in bool
			}{{b.one, false}, {b.three, true}} {
				v := holder(model.RoleLeader, side.v)
				direction := map[bool]string{false: "out", true: "in"}[side.in]
				_, total, err := b.FloatingMembers(b.ctx, v, member.FloatingFilter{Direction: direction, OrgID: side.v.ID}, 0, 10)
				must(t, err)
				equal(t, total, 1)
				c, err := b.CountFloating(b.ctx, v, side.v.ID)
				must(t, err)
				equal(t, c.Out+c.In, 1)
				equal(t, c.In == 1, side.in)
			}
			_, total, err := b.FloatingMembers(b.ctx, holder(model.RoleAdmin, b.two), member.FloatingFilter{}, 0, 10)
			must(t, err)
			equal(t, total, 0)
		})
		b.t.Run("both sides keep contact, until it ends", func(t *testing.T) {
			_, err := b.AddContact(b.ctx, host, f.ID, member.ContactInput{OnDay: "2026-11-21", Way: "PHONE", Note: "近况良好"})
			refused(t, err, "floating.dates")
			_, err = b.AddContact(b.ctx, host, f.ID, member.ContactInput{OnDay: "2026-11-20", Way: "PHONE", Note: "近况良好"})
			must(t, err)
			rows, err := b.Contacts(b.ctx, home, f.ID)
			must(t, err)
			equal(t, len(rows), 1)
			f, err = b.EndFloating(b.ctx, home, f.ID, member.EndInput{EndedOn: "2026-11-20", Reason: "RETURNED"})
			must(t, err)
			equal(t, f.Note, "已返回")
			_, err = b.AddContact(b.ctx, host, f.ID, member.ContactInput{OnDay: "2026-11-20", Way: "PHONE", Note: "近况良好"})
			refused(t, err, "floating.decided")
			_, err = b.RegisterOut(b.ctx, home, in)
			must(t, err)
		})
	})
}

func TestFloating_In(t *testing.T) {
	each(t, "2026-11-20 10:00:00", func(b *bundle) {
		host, home := holder(model.RoleAdmin, b.three), holder(model.RoleAdmin, b.one)
		const number = "11010519491231002X"
		m := b.enrolled(b.one, "李明", number, "2010-07-01")
		in := member.FloatingIn{OrgID: b.three.ID, Name: "李明", IDNumber: number, Place: "乙镇", LeftOn: "2026-06-01"}
		b.t.Run("a wrong name finds nobody", func(t *testing.T) {
			wrong := in
			wrong.Name = "李红"
			_, err := b.RegisterIn(b.ctx, host, wrong)
			refused(t, err, "not_found")
		})
		b.t.Run("a member of the platform is confirmed by the home", func(t *testing.T) {
			f, err := b.RegisterIn(b.ctx, host, in)
			must(t, err)
			equal(t, f.HomeName, "一支部")
			equal(t, *f.MemberID, m.ID)
			_, err = b.ConfirmFloating(b.ctx, host, f.ID, member.ReceiptInput{ReceiptNo: "1"})
			refused(t, err, "auth.forbidden")
			f, err = b.RefuseFloating(b.ctx, home, f.ID, member.RefuseInput{Reason: "本人未外出"})
			must(t, err)
			equal(t, f.State, model.FloatingRefused)
		})
		b.t.Run("of somebody from outside the host records the receipt by its number", func(t *testing.T) {
			in := member.FloatingIn{OrgID: b.three.ID, Name: "外来", Phone: "13912345678", HomeName: "外省某支部", Place: "乙镇", LeftOn: "2026-06-01"}
			f, err := b.RegisterIn(b.ctx, host, in)
			must(t, err)
			equal(t, f.Phone, "139****5678")
			equal(t, b.count("SELECT count(*) FROM floating WHERE phone_sealed LIKE '%13912345678%'"), 0)
			_, err = b.ConfirmFloating(b.ctx, host, f.ID, member.ReceiptInput{})
			refused(t, err, "floating.receipt_no")
			f, err = b.ConfirmFloating(b.ctx, host, f.ID, member.ReceiptInput{ReceiptNo: "回7"})
			must(t, err)
			equal(t, f.State, model.FloatingActive)
		})
		b.t.Run("one home, not two and not none", func(t *testing.T) {
			for _, change := range []func(*member.FloatingIn){func(in *member.FloatingIn) { in.HomeName = "外省某支部" }, func(in *member.FloatingIn) { in.IDNumber = "" }} {
				bad := in
				change(&bad)
				_, err := b.RegisterIn(b.ctx, host, bad)
				refused(t, err, "floating.home")
			}
		})
	})
}

func TestFloating_Silent(t *testing.T) {
	each(t, "2026-05-31 10:00:00", func(b *bundle) {
		_, homeAdmin := b.administrator(b.one, b.one, "家管理员", "361199199001010018")
		_, upperAdmin := b.administrator(b.beta, b.three, "上级管理员", "361199199001010026")
		upper := holder(model.RoleAdmin, b.city)
		n := 0
		away := func(org model.Org, left model.Date, abroad bool, contacts ...model.Date) int64 {
			n++
			m := b.enrolled(org, "李明", "36119919900101010"+string(rune('0'+n)), "2010-07-01")
			f, err := b.RegisterOut(b.ctx, upper, member.FloatingOut{MemberID: m.ID, Place: "上海", LeftOn: left, Abroad: abroad})
			must(b.t, err)
			equal(b.t, f.State, model.FloatingActive)
			for _, day := range contacts {
				_, err := b.AddContact(b.ctx, upper, f.ID, member.ContactInput{OnDay: day, Way: "WECHAT", Note: "近况良好"})
				must(b.t, err)
			}
			return f.ID
		}
		silent := map[int64]bool{
			away(b.one, "2026-03-01", false):                             false, // due 1 June
			away(b.one, "2026-02-28", false):                             true,  // due 28 May
			away(b.one, "2025-01-01", false, "2025-02-01", "2026-03-15"): false,
			away(b.one, "2025-01-01", false, "2025-02-01"):               true,
			away(b.one, "2025-12-01", true):                              false,
			away(b.one, "2025-11-29", true):                              true,
			away(b.three, "2025-01-01", false):                           true,
		}
		b.t.Run("the list, its marks and the count agree", func(t *testing.T) {
			rows, total, err := b.FloatingMembers(b.ctx, upper, member.FloatingFilter{Silent: true}, 0, 20)
			must(t, err)
			equal(t, total, 4)
			for _, r := range rows {
				equal(t, silent[r.ID], true)
			}
			all, _, err := b.FloatingMembers(b.ctx, upper, member.FloatingFilter{}, 0, 20)
			must(t, err)
			for _, r := range all {
				if r.Silent != silent[r.ID] {
					t.Errorf("%s, due %s: %v", r.LeftOn, r.ContactDueOn, r.Silent)
				}
			}
			c, err := b.CountFloating(b.ctx, upper, 0)
			must(t, err)
			equal(t, c.Silent, 4)
			equal(t, c.Out, 7)
		})
		b.t.Run("the home branch is reminded once a month, without an administrator the one above", func(t *testing.T) {
			remind := b.Jobs()[1]
			equal(t, remind.Name, member.JobFloatingReminder)
			for range 2 {
				_, err := remind.Run(b.ctx, schedule.Run{Day: "2026-05-31"})
				must(t, err)
			}
			equal(t, b.received(homeAdmin.ID, member.KindFloatingSilent), 1)
			equal(t, b.received(upperAdmin.ID, member.KindFloatingSilent), 1)
			equal(t, b.count("SELECT count(*) FROM message WHERE kind = ?", member.KindFloatingSilent), 2)
			_, err := remind.Run(b.ctx, schedule.Run{Day: "2026-06-01"})
			must(t, err)
			equal(t, b.received(homeAdmin.ID, member.KindFloatingSilent), 2)
		})
	})
}
