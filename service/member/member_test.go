package member_test

import (
	"strings"
	"testing"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/member"
)

func TestMembers(t *testing.T) {
	each(t, "2026-11-20 08:00:00", func(b *bundle) {
		a := b.member(b.one, "张三", "361199199001010018", nil)
		b.member(b.one, "张三丰", "36119919851231123X", func(m *model.Member) {
			m.Status, m.FullOn, m.PhoneIndex = model.MemberProbationary, nil, b.vault.Index("13900000009")
		})
		b.member(b.two, "李%四", "361199200002294564", func(m *model.Member) { m.Standing = model.StandingSuspended })
		b.member(b.three, "王五", "361199195607040029", nil)
		b.member(b.one, "去者", "361199198001010011", func(m *model.Member) { m.Standing = model.StandingRemoved })
		city, alpha := holder(model.RoleLeader, b.city), holder(model.RoleAdmin, b.alpha)

		for _, c := range []struct {
			name  string
			v     access.Viewer
			f     member.Filter
			names string
		}{
			{"the city sees all on the roster, in the order of the tree", city, member.Filter{}, "张三 张三丰 李%四 王五"},
			{"a committee sees its own", alpha, member.Filter{}, "张三 张三丰 李%四"},
			{"a branch's leader sees the branch", holder(model.RoleLeader, b.two), member.Filter{}, "李%四"},
			{"no role: no rows", access.Viewer{AccountID: 1, MemberID: a.ID, OrgID: b.one.ID}, member.Filter{}, ""},
			{"the desk reads no roster", holder(model.RoleDesk, b.city), member.Filter{}, ""},
			{"one organisation with its subtree", city, member.Filter{OrgID: b.alpha.ID}, "张三 张三丰 李%四"},
			{"part of a name", city, member.Filter{Q: " 张三 "}, "张三 张三丰"},
			{"a percent sign is a percent sign", city, member.Filter{Q: "%"}, "李%四"},
			{"a whole identity number", city, member.Filter{Q: "36119919851231123x"}, "张三丰"},
			{"a whole phone number", city, member.Filter{Q: "13900000009"}, "张三丰"},
			{"part of a number finds nobody", city, member.Filter{Q: "1390000"}, ""},
			{"probationary members", city, member.Filter{Status: model.MemberProbationary}, "张三丰"},
			{"the removed only if asked for", city, member.Filter{Standing: model.StandingRemoved}, "去者"},
		} {
			b.t.Run(c.name, func(t *testing.T) {
				rows, total, err := b.Members(b.ctx, c.v, c.f, 0, 50)
				must(t, err)
				var names []string
				for _, r := range rows {
					names = append(names, r.Name)
				}
				equal(t, strings.Join(names, " "), c.names)
				equal(t, total, int64(len(rows)))
			})
		}
		b.t.Run("an organisation outside the scope is not found", func(t *testing.T) {
			_, _, err := b.Members(b.ctx, alpha, member.Filter{OrgID: b.three.ID}, 0, 50)
			refused(t, err, "not_found")
		})
		b.t.Run("a page, and how many there are", func(t *testing.T) {
			rows, total, err := b.Members(b.ctx, city, member.Filter{}, 1, 2)
			must(t, err)
			equal(t, total, 4)
			equal(t, rows[0].Name+rows[1].Name, "张三丰李%四")
		})
		b.t.Run("numbers are masked", func(t *testing.T) {
			rows, _, err := b.Members(b.ctx, city, member.Filter{}, 0, 1)
			must(t, err)
			equal(t, rows[0].IDNumber, "361199********0018")
			equal(t, rows[0].Phone, "138****0001")
			equal(t, rows[0].Bound, false)
		})
	})
}

func TestMember(t *testing.T) {
	each(t, "2026-11-20 08:00:00", func(b *bundle) {
		m := b.member(b.one, "张三", "361199199001010018", nil)
		other := b.member(b.one, "李四", "36119919851231123X", nil)
		at := b.db.Now()
		b.create(&model.Account{MPAppID: "mp", OpenID: "o", MemberID: &m.ID, BoundAt: &at, CreatedAt: at, LastLoginAt: at})
		self := access.Viewer{AccountID: 1, MemberID: m.ID, OrgID: b.one.ID, OrgPath: b.one.Path}
		for name, v := range map[string]access.Viewer{"the member": self, "the branch": holder(model.RoleLeader, b.one), "the committee": holder(model.RoleAdmin, b.alpha)} {
			b.t.Run(name+" sees the member", func(t *testing.T) {
				d, err := b.Member(b.ctx, v, m.ID)
				must(t, err)
				equal(t, d.Name+d.OrgName+d.IDNumber+d.Phone, "张三一支部361199********0018138****0001")
				equal(t, d.Bound, true)
				equal(t, d.Years, 16)
				equal(t, d.Seniority, 15)
			})
		}
		for name, v := range map[string]access.Viewer{
			"a fellow member": {AccountID: 2, MemberID: other.ID, OrgID: b.one.ID, OrgPath: b.one.Path},
			"a citizen":       {AccountID: 3}, "another branch": holder(model.RoleAdmin, b.two), "another committee": holder(model.RoleAdmin, b.beta),
			"a department": {AccountID: 4, Grants: []access.Grant{{Role: model.RoleDepartmentLeader, DepartmentID: 1}}},
		} {
			b.t.Run(name+" does not", func(t *testing.T) {
				_, err := b.Member(b.ctx, v, m.ID)
				refused(t, err, "not_found")
			})
		}
	})
}
