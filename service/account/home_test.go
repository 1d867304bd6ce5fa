package account_test

import (
	"testing"

	"hongyun/model"
	"hongyun/service/account"
)

func TestHome(t *testing.T) {
	each(t, func(b *bundle) {
		b.t.Run("a citizen sees that he or she is none", func(t *testing.T) {
			home, err := b.Home(b.ctx, b.stranger("x", "13900000001"))
			must(t, err)
			equal(t, home, account.Home{})
		})
		b.exec("UPDATE member SET admitted_on = '2016-11-20', approved_on = '2016-12-01', full_on = '2017-11-21' WHERE id = ?", b.zhang.member)
		_, v := b.bound(b.zhang)
		b.t.Run("nothing has happened yet", func(t *testing.T) {
			home, err := b.Home(b.ctx, v)
			must(t, err)
			equal(t, home.Name+home.OrgName, "张三一支部")
			equal(t, home.Dues, nil)
			equal(t, home.ThemeDay, nil)
			equal(t, *home.PoliticalBirthday, account.PoliticalBirthday{AdmittedOn: "2016-11-20", Years: 10, NextOn: "2026-11-20", NextYears: 10, Today: true})
			equal(t, *home.Seniority, account.Seniority{FullOn: "2017-11-21", Years: 8})
		})
		b.create(&model.DuesBill{MemberID: b.zhang.member, OrgID: b.one, Month: "2026-11", Category: "FARMER", AmountFen: 20, State: "UNPAID", CreatedAt: b.db.Now()})
		b.create(&model.DuesBill{MemberID: b.zhang.member, OrgID: b.one, Month: "2026-10", Category: "FARMER", AmountFen: 30, State: "PAID", CreatedAt: b.db.Now()})
		b.create(&model.LedgerAccount{Kind: "energy", OwnerType: "member", OwnerID: b.zhang.member, Guarded: true, Balance: 60})
		day := func(state, held string, org int64) model.Meeting {
			m := model.Meeting{OrgID: org, Kind: "THEME_DAY", Month: "2026-11", HeldOn: model.Date(held), Theme: state, State: state, CreatedAt: b.db.Now(), UpdatedAt: b.db.Now()}
			b.create(&m)
			return m
		}
		day("CANCELLED", "2026-11-01", b.one)
		day("DRAFT", "2026-11-02", b.one)
		b.t.Run("no theme day that is only a draft or was cancelled", func(t *testing.T) {
			home, err := b.Home(b.ctx, v)
			must(t, err)
			equal(t, home.ThemeDay, nil)
		})
		done := day("COMPLETED", "2026-11-03", b.one)
		day("COMPLETED", "2026-11-01", b.two)
		b.create(&model.Attendance{MeetingID: done.ID, MemberID: b.zhang.member, Month: "2026-11", Status: "PRESENT"})
		for i, period := range []string{"a", "b", "c"} {
			m := model.Message{Kind: "k", RecipientType: model.ToMember, RecipientID: b.zhang.member, Period: period, Data: "{}", Month: "2026-11", CreatedAt: b.db.Now()}
			if i == 0 {
				m.ReadAt = &m.CreatedAt
			}
			b.create(&m)
		}
		b.t.Run("what concerns the member this month", func(t *testing.T) {
			home, err := b.Home(b.ctx, v)
			must(t, err)
			equal(t, home.Unread, 2)
			equal(t, home.Energy, 60)
			equal(t, home.Dues.Month, "2026-11")
			equal(t, home.Dues.AmountFen, 20)
			equal(t, *home.ThemeDay, account.HomeThemeDay{ID: done.ID, Theme: "COMPLETED", HeldOn: "2026-11-03", State: "COMPLETED", Attendance: "PRESENT"})
		})
		b.t.Run("no birthday before the approval, no seniority before full membership", func(t *testing.T) {
			b.exec("UPDATE member SET approved_on = NULL, full_on = NULL WHERE id = ?", b.zhang.member)
			home, err := b.Home(b.ctx, v)
			must(t, err)
			equal(t, home.PoliticalBirthday, nil)
			equal(t, home.Seniority, nil)
		})
	})
}

func TestMe(t *testing.T) {
	each(t, func(b *bundle) {
		for _, c := range []struct {
			name    string
			modules int
			role    string
			org     int64
		}{{"a member", 9, "", 0}, {"a leader", 24, model.RoleLeader, b.one}, {"an administrator", 28, model.RoleAdmin, b.one}, {"the city", 37, model.RoleAdmin, b.city}} {
			b.t.Run(c.name, func(t *testing.T) {
				_, v := b.bound(b.zhang)
				if c.role != "" {
					b.exec("UPDATE role_grant SET revoked_at = granted_at")
					v = b.holding(b.zhang, c.role, c.org)
				}
				me, err := b.Me(b.ctx, v)
				must(t, err)
				equal(t, len(me.Modules), c.modules)
			})
		}
	})
}
