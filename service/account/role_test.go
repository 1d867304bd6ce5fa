package account_test

import (
	"slices"
	"sync"
	"testing"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/account"
	"hongyun/service/audit"
	"hongyun/service/fault"
)

func TestRole_Grant(t *testing.T) {
	each(t, func(b *bundle) {
		city := b.holding(b.zhao, model.RoleAdmin, b.city)
		alpha := b.holding(b.wang, model.RoleAdmin, b.alpha)
		branch := b.holding(b.li, model.RoleAdmin, b.one)
		leader := b.holding(b.zhang, model.RoleLeader, b.city)
		both := leader // leads above, administers the branch itself
		both.Grants = append(slices.Clone(leader.Grants), branch.Grants...)
		dept := model.Department{Name: "民政局", CreatedAt: b.db.Now()}
		b.create(&dept)
		closed := model.Department{Name: "旧局", CreatedAt: b.db.Now()}
		b.create(&closed)
		b.exec("UPDATE department SET closed_on = '2026-01-01' WHERE id = ?", closed.ID)
		gone := b.member(b.one, "孙七", "361199198001010011", "13800000007")
		b.exec("UPDATE member SET standing = ? WHERE id = ?", model.StandingRemoved, gone.member)

		for _, c := range []struct {
			name string
			by   access.Viewer
			in   account.GrantInput
			code string // empty: granted
		}{
			{"the committee's administrator gives a branch its administrator", alpha, account.GrantInput{MemberID: b.zhang.member, Role: "admin", OrgID: b.one}, ""},
			{"the same once more", alpha, account.GrantInput{MemberID: b.zhang.member, Role: "admin", OrgID: b.one}, "role.exists"},
			{"a branch's administrator gives nobody a role beside himself", branch, account.GrantInput{MemberID: b.zhang.member, Role: "leader", OrgID: b.one}, "role.not_above"},
			{"nor above", branch, account.GrantInput{MemberID: b.zhang.member, Role: "leader", OrgID: b.alpha}, "not_found"},
			{"a committee's administrator gives none in the committee itself", alpha, account.GrantInput{MemberID: b.li.member, Role: "admin", OrgID: b.alpha}, "role.not_above"},
			{"nor in another committee", alpha, account.GrantInput{MemberID: b.li.member, Role: "admin", OrgID: b.three}, "not_found"},
			{"nor to another committee's member", alpha, account.GrantInput{MemberID: b.zhao.member, Role: "admin", OrgID: b.one}, "not_found"},
			{"a leader gives no role", leader, account.GrantInput{MemberID: b.li.member, Role: "admin", OrgID: b.two}, "not_found"},
			{"nor where he or she administers only the branch itself", both, account.GrantInput{MemberID: b.zhang.member, Role: "leader", OrgID: b.one}, "role.not_above"},
			{"nobody gives one without a role", access.Viewer{AccountID: 1}, account.GrantInput{MemberID: b.li.member, Role: "admin", OrgID: b.two}, "not_found"},
			{"the city gives a committee its leader", city, account.GrantInput{MemberID: b.li.member, Role: "leader", OrgID: b.alpha}, ""},
			{"the city gives itself a second administrator", city, account.GrantInput{MemberID: b.li.member, Role: "admin", OrgID: b.city}, ""},
			{"a removed member gets no role", city, account.GrantInput{MemberID: gone.member, Role: "admin", OrgID: b.one}, "role.member_inactive"},
			{"the city gives a department its handler", city, account.GrantInput{MemberID: b.li.member, Role: "department_handler", DepartmentID: dept.ID}, ""},
			{"a committee gives departments nothing", alpha, account.GrantInput{MemberID: b.li.member, Role: "department_leader", DepartmentID: dept.ID}, "role.not_above"},
			{"a department that was closed", city, account.GrantInput{MemberID: b.li.member, Role: "department_leader", DepartmentID: closed.ID}, "not_found"},
			{"the desk is the city's", city, account.GrantInput{MemberID: b.li.member, Role: "desk"}, ""},
			{"no desk in a branch", city, account.GrantInput{MemberID: b.li.member, Role: "desk", OrgID: b.one}, "role.wrong_place"},
			{"no desk from a committee", alpha, account.GrantInput{MemberID: b.li.member, Role: "desk", OrgID: b.one}, "role.wrong_place"},
			{"a handler in an organisation", city, account.GrantInput{MemberID: b.li.member, Role: "department_handler", OrgID: b.one}, "role.wrong_place"},
			{"an administrator in a department", city, account.GrantInput{MemberID: b.li.member, Role: "admin", DepartmentID: dept.ID}, "role.wrong_place"},
			{"reading identity numbers is given from above", alpha, account.GrantInput{MemberID: b.zhang.member, Role: "identity_reader", OrgID: b.one}, ""},
			{"not in the own committee", alpha, account.GrantInput{MemberID: b.li.member, Role: "identity_reader", OrgID: b.alpha}, "role.not_above"},
			{"nor by the branch itself", branch, account.GrantInput{MemberID: b.zhang.member, Role: "identity_reader", OrgID: b.one}, "role.not_above"},
			{"nor in a department", city, account.GrantInput{MemberID: b.li.member, Role: "identity_reader", DepartmentID: dept.ID}, "role.wrong_place"},
			{"a role that does not exist", city, account.GrantInput{MemberID: b.li.member, Role: "emperor", OrgID: b.city}, "role.unknown"},
		} {
			b.t.Run(c.name, func(t *testing.T) {
				before := b.count("SELECT count(*) FROM role_grant")
				_, err := b.Grant(b.ctx, c.by, c.in)
				if c.code == "" {
					must(t, err)
					equal(t, b.count("SELECT count(*) FROM role_grant"), before+1)
					return
				}
				refused(t, err, c.code)
				equal(t, b.count("SELECT count(*) FROM role_grant"), before)
			})
		}
		b.t.Run("everybody lists what he or she administers", func(t *testing.T) {
			for _, c := range []struct {
				by    access.Viewer
				org   int64
				total int64
			}{{city, 0, 10}, {alpha, 0, 5}, {branch, 0, 3}, {branch, b.alpha, 0}, {alpha, b.one, 3}, {leader, 0, 0}} {
				rows, total, err := b.Roles(b.ctx, c.by, c.org, 0, 100)
				must(t, err)
				equal(t, total, c.total)
				equal(t, int64(len(rows)), total)
			}
		})
	})
}

func TestRole_Revoke(t *testing.T) {
	each(t, func(b *bundle) {
		city := b.holding(b.zhao, model.RoleAdmin, b.city)
		alpha := b.holding(b.wang, model.RoleAdmin, b.alpha)
		give := func(p person, role string, org int64) int64 {
			g := model.RoleGrant{MemberID: &p.member, Role: role, OrgID: &org, GrantedAt: b.db.Now()}
			b.create(&g)
			return g.ID
		}
		first, second := give(b.zhang, model.RoleAdmin, b.one), give(b.li, model.RoleAdmin, b.one)
		_, branch := b.bound(b.zhang)
		b.t.Run("not by the branch itself, nor from outside", func(t *testing.T) {
			refused(t, b.Revoke(b.ctx, branch, second), "role.not_above")
			refused(t, b.Revoke(b.ctx, b.stranger("x", "13900000001"), second), "not_found")
			refused(t, b.Revoke(b.ctx, alpha, give(b.li, model.RoleLeader, b.three)), "not_found")
		})
		must(b.t, b.Revoke(b.ctx, alpha, first))
		b.t.Run("what is revoked is gone", func(t *testing.T) {
			refused(t, b.Revoke(b.ctx, alpha, first), "not_found")
			equal(t, b.count("SELECT count(*) FROM audit_entry WHERE action = 'role.revoke' AND object_id = ?", first), 1)
			_, v := b.login(b.zhang.id)
			equal(t, len(v.Grants), 0)
		})
		b.t.Run("the last administrator stays", func(t *testing.T) {
			equal(t, refused(t, b.Revoke(b.ctx, alpha, second), "role.last_admin").Kind, fault.KindConflict)
			refused(t, b.Revoke(b.ctx, city, city.Grants[0].ID), "role.last_admin")
		})
		b.t.Run("a suspended administrator does not count", func(t *testing.T) {
			third := give(b.zhang, model.RoleAdmin, b.one)
			b.exec("UPDATE member SET standing = 'SUSPENDED' WHERE id = ?", b.zhang.member)
			refused(t, b.Revoke(b.ctx, alpha, second), "role.last_admin")
			must(t, b.Revoke(b.ctx, alpha, third))
		})
		b.t.Run("a leader may go at any time", func(t *testing.T) {
			must(t, b.Revoke(b.ctx, alpha, give(b.li, model.RoleLeader, b.one)))
		})
		b.t.Run("of two revoked at once one stays", func(t *testing.T) {
			for range 20 {
				b.exec("DELETE FROM role_grant WHERE org_id = ?", b.two)
				ids := []int64{give(b.wang, model.RoleAdmin, b.two), give(b.li, model.RoleAdmin, b.two)}
				var wg sync.WaitGroup
				for _, id := range ids {
					wg.Go(func() {
						if err := b.Revoke(b.ctx, alpha, id); err != nil && !fault.Is(err, "role.last_admin") {
							t.Error(err)
						}
					})
				}
				wg.Wait()
				equal(t, b.count("SELECT count(*) FROM role_grant WHERE org_id = ? AND revoked_at IS NULL", b.two), 1)
			}
		})
	})
}

func TestRole_GrantFirst(t *testing.T) {
	each(t, func(b *bundle) {
		by := audit.Command("root")
		b.t.Run("by identity number, in the city", func(t *testing.T) {
			view, err := b.GrantFirst(b.ctx, by, account.FirstGrant{IDNumber: "36119919851231123x", Role: model.RoleAdmin})
			must(t, err)
			equal(t, view.OrgID, b.city)
			equal(t, view.String(), "已授予李四角色 admin（市委）")
			_, v := b.bound(b.li)
			equal(t, v.CityAdmin(), true)
		})
		b.t.Run("by account", func(t *testing.T) {
			v := b.stranger("x", "13900000001")
			_, err := b.GrantFirst(b.ctx, by, account.FirstGrant{AccountID: v.AccountID, Role: model.RoleDesk})
			must(t, err)
			_, v = b.login("x")
			equal(t, v.Has(model.RoleDesk), true)
		})
		for name, c := range map[string]struct {
			in   account.FirstGrant
			code string
		}{
			"nobody named":     {account.FirstGrant{Role: "admin"}, "role.wrong_person"},
			"both named":       {account.FirstGrant{IDNumber: "36119919851231123X", AccountID: 1, Role: "admin"}, "role.wrong_person"},
			"unknown number":   {account.FirstGrant{IDNumber: "361199199001010000", Role: "admin"}, "not_found"},
			"unknown account":  {account.FirstGrant{AccountID: 99999, Role: "admin"}, "not_found"},
			"unknown role":     {account.FirstGrant{IDNumber: "36119919851231123X", Role: "emperor"}, "role.unknown"},
			"unknown org":      {account.FirstGrant{IDNumber: "36119919851231123X", Role: "admin", OrgID: 99999}, "not_found"},
			"no department":    {account.FirstGrant{IDNumber: "36119919851231123X", Role: "department_leader"}, "role.wrong_place"},
			"same once more":   {account.FirstGrant{IDNumber: "36119919851231123X", Role: "admin"}, "role.exists"},
			"a wrong sort too": {account.FirstGrant{IDNumber: "36119919851231123X", Role: "admin", DepartmentID: 1}, "role.wrong_place"},
		} {
			b.t.Run(name, func(t *testing.T) {
				_, err := b.GrantFirst(b.ctx, by, c.in)
				refused(t, err, c.code)
			})
		}
	})
}
