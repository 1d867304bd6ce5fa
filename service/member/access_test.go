package member_test

import (
	"strings"
	"testing"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/member"
)

func TestReadIdentity(t *testing.T) {
	each(t, "2026-11-20 08:00:00", func(b *bundle) {
		d, err := b.Enter(b.ctx, holder(model.RoleAdmin, b.one), newInput(b.one))
		must(b.t, err)
		number, why := idNumber("1985-05-06", 11), member.IdentityInput{Reason: "核对入党材料"}
		b.t.Run("with the role and a reason, and not without a trace", func(t *testing.T) {
			reader := b.named("核对人", model.RoleIdentity, b.alpha)
			out, err := b.ReadIdentity(b.ctx, reader, d.ID, why)
			must(t, err)
			equal(t, out.IDNumber+out.Phone+out.Address, number+"13900000011江西省德兴市银城街道某路1号")
			_, err = b.ReadIdentity(b.ctx, reader, d.ID, why)
			must(t, err)
			rows, total, err := b.DataAccess(b.ctx, access.Viewer{AccountID: 1, MemberID: d.ID}, 0, 10)
			must(t, err)
			equal(t, total, 1)
			equal(t, rows[0].Title+rows[0].ByName+rows[0].ByRole+rows[0].Reason, "查看完整身份证号、手机号和住址核对人甲委 身份信息查阅人核对入党材料")
			equal(t, rows[0].Times, 2)
			equal(t, b.count("SELECT count(*) FROM audit_entry WHERE action = 'member.identity' AND object_id = ?", d.ID), 2)
			equal(t, b.count("SELECT count(*) FROM audit_entry WHERE after LIKE ? OR before LIKE ?", "%"+number+"%", "%"+number+"%"), 0)
		})
		b.t.Run("a reason is a reason", func(t *testing.T) {
			for _, reason := range []string{"", "核对", "   核对   "} {
				_, err := b.ReadIdentity(b.ctx, holder(model.RoleIdentity, b.alpha), d.ID, member.IdentityInput{Reason: reason})
				refused(t, err, "member.reason")
			}
		})
		b.t.Run("to administer is not enough, and elsewhere there is nobody", func(t *testing.T) {
			for _, c := range []struct {
				v    access.Viewer
				code string
			}{{holder(model.RoleAdmin, b.city), "auth.forbidden"}, {holder(model.RoleLeader, b.one), "auth.forbidden"}, {holder(model.RoleIdentity, b.two), "not_found"},
				{holder(model.RoleIdentity, b.beta), "not_found"}, {holder(model.RoleAdmin, b.two), "not_found"}, {access.Viewer{AccountID: 1}, "not_found"}} {
				out, err := b.ReadIdentity(b.ctx, c.v, d.ID, why)
				refused(t, err, c.code)
				equal(t, out, member.Identity{})
			}
			equal(t, b.count("SELECT count(*) FROM member_access WHERE kind = 'IDENTITY'"), 1)
		})
		b.t.Run("what cannot be written down is not shown", func(t *testing.T) {
			nobody := holder(model.RoleIdentity, b.alpha)
			nobody.AccountID = 999999 // is no account: the row has nobody to name
			out, err := b.ReadIdentity(b.ctx, nobody, d.ID, why)
			if err == nil || out.IDNumber != "" {
				t.Fatalf("%+v, %v", out, err)
			}
			nobody = holder(model.RoleLeader, b.alpha)
			nobody.AccountID = 999999
			seen, err := b.Member(b.ctx, nobody, d.ID)
			if err == nil || seen.Name != "" {
				t.Fatalf("%+v, %v", seen, err)
			}
		})
	})
}

func TestDataAccess(t *testing.T) {
	each(t, "2026-11-20 08:00:00", func(b *bundle) {
		m := b.member(b.one, "张三", "361199199001010018", nil)
		other := b.member(b.one, "李四", "36119919851231123X", nil)
		leader, admin := b.named("书记", model.RoleLeader, b.city), b.named("管理员", model.RoleAdmin, b.one)
		self := access.Viewer{AccountID: 1, MemberID: m.ID, OrgID: b.one.ID, OrgPath: b.one.Path}
		for range 3 {
			_, err := b.Member(b.ctx, leader, m.ID)
			must(b.t, err)
		}
		_, err := b.Member(b.ctx, self, m.ID)
		must(b.t, err)
		_, err = b.Member(b.ctx, admin, other.ID)
		must(b.t, err)
		_, err = b.Member(b.ctx, holder(model.RoleAdmin, b.two), m.ID)
		refused(b.t, err, "not_found")
		b.clock.Set("2026-11-21 08:00:00")
		_, _, err = b.Changes(b.ctx, admin, m.ID, 0, 10)
		must(b.t, err)
		must(b.t, b.db.Tx(b.ctx, func(tx model.Tx) error {
			return member.Looked(tx, admin, model.AccessExport, "导出名册", "SELECT id FROM member UNION ALL SELECT id FROM member WHERE org_id = ?", b.one.ID)
		}))
		must(b.t, b.db.Tx(b.ctx, func(tx model.Tx) error { // one's own export is nobody's look at oneself
			return member.Looked(tx, self, model.AccessExport, "导出名册", "SELECT id FROM member")
		}))
		rows, total, err := b.DataAccess(b.ctx, self, 0, 10)
		must(b.t, err)
		var lines []string
		for _, r := range rows {
			lines = append(lines, string(r.Day)+" "+r.Kind+" "+r.ByName+" "+r.ByRole+" "+strings.Repeat("x", int(r.Times)))
		}
		equal(b.t, total, 3)
		equal(b.t, lines[2], "2026-11-20 DETAIL 书记 市委 单位领导 xxx")
		both := lines[0] + "; " + lines[1]
		for _, line := range []string{"2026-11-21 EXPORT 管理员 一支部 管理员 x", "2026-11-21 DETAIL 管理员 一支部 管理员 x"} {
			if !strings.Contains(both, line) {
				b.t.Fatalf("%s lacks %s", both, line)
			}
		}
		equal(b.t, b.count("SELECT count(*) FROM member_access WHERE member_id = ? AND kind = 'EXPORT'", other.ID), 2)
	})
}
