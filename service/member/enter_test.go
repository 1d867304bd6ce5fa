package member_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/member"
)

// idNumber is a valid identity number; an even sequence is a woman's.
func idNumber(born string, sequence int) string {
	body := fmt.Sprintf("361199%s%03d", strings.ReplaceAll(born, "-", ""), sequence)
	sum := 0
	for i, w := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(body[i]-'0') * w
	}
	return body + string("10X98765432"[sum%11])
}

func newInput(o model.Org) member.NewInput {
	return member.NewInput{OrgID: o.ID, IDNumber: idNumber("1985-05-06", 11), Phone: "13900000011", Address: "江西省德兴市银城街道某路1号", Status: model.MemberFull,
		JoinedOn: "2026-11-01", DocumentNo: "介字〔2026〕7号", Reason: "从外省转入",
		Form: member.Form{Name: "李小明", EthnicGroup: "汉族", Education: "大学本科", Occupation: "工人", AdmittedOn: "2008-07-01", FullOn: "2009-07-01"}}
}

func TestEnter(t *testing.T) {
	each(t, "2026-11-20 08:00:00", func(b *bundle) {
		admin := holder(model.RoleAdmin, b.one)
		admin.Name = "管理员甲"
		b.t.Run("somebody who is a member already stands on the roster, with the document and a masked form", func(t *testing.T) {
			d, err := b.Enter(b.ctx, admin, newInput(b.one))
			must(t, err)
			equal(t, d.Name+d.Sex+string(d.BornOn)+d.Education+d.OrgName, "李小明MALE1985-05-06大学本科一支部")
			equal(t, d.IDNumber+d.Phone+d.Address, "361199********"+idNumber("1985-05-06", 11)[14:]+"139****0011江西省德兴市******")
			equal(t, d.Version, 1)
			equal(t, string(*d.ApprovedOn), "2008-07-01")
			equal(t, b.count("SELECT count(*) FROM member_span WHERE member_id = ? AND org_id = ? AND from_on = '2026-11-01' AND until_on IS NULL", d.ID, b.one.ID), 1)
			equal(t, b.count("SELECT count(*) FROM audit_entry WHERE action = 'member.enter' AND object_id = ?", d.ID), 1)
			changes, total, err := b.Changes(b.ctx, admin, d.ID, 0, 10)
			must(t, err)
			equal(t, total, 1)
			equal(t, changes[0].Title+changes[0].After+changes[0].Reason+changes[0].By, "登记入册一支部从外省转入（介字〔2026〕7号）管理员甲")
			rows, _, err := b.Members(b.ctx, admin, member.Filter{Q: "lxm"}, 0, 10)
			must(t, err)
			equal(t, len(rows), 1)
		})
		b.t.Run("an old number of 15 digits is converted", func(t *testing.T) {
			in := newInput(b.one)
			in.IDNumber = "361199700102001"
			d, err := b.Enter(b.ctx, admin, in)
			must(t, err)
			equal(t, string(d.BornOn), "1970-01-02")
		})
		for _, c := range []struct {
			name, code string
			change     func(*member.NewInput)
		}{
			{"a wrong check digit", "identity.invalid", func(in *member.NewInput) { in.IDNumber = "361199199001010019" }},
			{"a sex that the number contradicts", "member.sex_differs", func(in *member.NewInput) { in.Sex = "FEMALE" }},
			{"a birth date that the number contradicts", "member.birth_differs", func(in *member.NewInput) { in.BornOn = "1985-05-07" }},
			{"a landline as a mobile number", "member.phone", func(in *member.NewInput) { in.Phone = "07937500000" }},
			{"an unknown ethnic group", "member.ethnic_group", func(in *member.NewInput) { in.EthnicGroup = "火星族" }},
			{"an unknown education", "member.education", func(in *member.NewInput) { in.Education = "本科" }},
			{"an unknown degree", "member.degree", func(in *member.NewInput) { in.Degree = "学士学位" }},
			{"an unknown occupation", "member.occupation", func(in *member.NewInput) { in.Occupation = "农民" }},
			{"admitted a day before the eighteenth birthday", "member.too_young", func(in *member.NewInput) { in.AdmittedOn = "2003-05-05" }},
			{"admitted before the birth", "member.too_young", func(in *member.NewInput) { in.AdmittedOn = "1980-05-05" }},
			{"full before admission", "member.dates", func(in *member.NewInput) { in.FullOn = "2008-06-30" }},
			{"admitted tomorrow", "member.dates", func(in *member.NewInput) { in.AdmittedOn, in.FullOn = "2026-11-21", "2026-11-21" }},
			{"a full member without a date", "member.full_on", func(in *member.NewInput) { in.FullOn = "" }},
			{"a probationary member with one", "member.full_on", func(in *member.NewInput) { in.Status = model.MemberProbationary }},
			{"a party group of elsewhere", "member.group", func(in *member.NewInput) { in.GroupID = 99 }},
			{"joined tomorrow", "member.joined_on", func(in *member.NewInput) { in.JoinedOn = "2026-11-21" }},
			{"into a branch of another committee", "not_found", func(in *member.NewInput) { in.OrgID = b.three.ID }},
		} {
			b.t.Run(c.name+" is refused", func(t *testing.T) {
				in := newInput(b.one)
				in.IDNumber = idNumber("1985-05-06", 13)
				c.change(&in)
				_, err := b.Enter(b.ctx, admin, in)
				refused(t, err, c.code)
				equal(t, b.count("SELECT count(*) FROM member"), 2)
			})
		}
		b.t.Run("what is allowed is named", func(t *testing.T) {
			in := newInput(b.one)
			in.Education = "本科"
			_, err := b.Enter(b.ctx, admin, in)
			if f := faultOf(err); !strings.Contains(f.Message, "研究生、大学本科、大学专科") || len(f.Details["allowed"].([]string)) != 7 {
				t.Fatal(f)
			}
		})
		b.t.Run("a committee takes no members, a leader enters none", func(t *testing.T) {
			_, err := b.Enter(b.ctx, holder(model.RoleAdmin, b.city), newInput(b.alpha))
			refused(t, err, "org.not_branch")
			_, err = b.Enter(b.ctx, holder(model.RoleLeader, b.one), newInput(b.one))
			refused(t, err, "auth.forbidden")
		})
		b.t.Run("who is on the roster already is not entered again, and a stranger does not hear where", func(t *testing.T) {
			_, err := b.Enter(b.ctx, holder(model.RoleAdmin, b.alpha), newInput(b.two))
			if f := faultOf(err); f.Code != "member.exists" || f.Details["member_id"] == nil {
				t.Fatal(err)
			}
			_, err = b.Enter(b.ctx, holder(model.RoleAdmin, b.three), newInput(b.three))
			if f := faultOf(err); f.Code != "member.exists" || len(f.Details) != 0 || strings.Contains(f.Message, "支部") {
				t.Fatal(err)
			}
		})
	})
}

func TestEnter_ComesBack(t *testing.T) {
	each(t, "2026-11-20 08:00:00", func(b *bundle) {
		d, err := b.Enter(b.ctx, holder(model.RoleAdmin, b.one), newInput(b.one))
		must(b.t, err)
		b.exec("UPDATE member SET standing = 'TRANSFERRED', left_on = '2026-11-10', version = 2 WHERE id = ?", d.ID)
		b.exec("UPDATE member_span SET until_on = '2026-11-10' WHERE member_id = ?", d.ID)
		three := holder(model.RoleAdmin, b.three)
		in := newInput(b.three)
		in.JoinedOn, in.WorkUnit = "2026-11-05", "某厂"
		_, err = b.Enter(b.ctx, three, in)
		refused(b.t, err, "member.joined_on")
		in.JoinedOn = "2026-11-15"
		back, err := b.Enter(b.ctx, three, in)
		must(b.t, err)
		equal(b.t, back.ID, d.ID)
		equal(b.t, back.OrgName+back.WorkUnit+back.Standing, "三支部某厂ACTIVE")
		equal(b.t, back.Version, 3)
		equal(b.t, b.count("SELECT count(*) FROM member_span WHERE member_id = ?", d.ID), 2)
		_, err = b.Member(b.ctx, holder(model.RoleAdmin, b.one), d.ID)
		refused(b.t, err, "not_found")
	})
}

func faultOf(err error) *fault.Fault {
	var f *fault.Fault
	if !errors.As(err, &f) {
		return &fault.Fault{Message: fmt.Sprint(err)}
	}
	return f
}

func (b *bundle) exec(sql string, args ...any) {
	b.t.Helper()
	must(b.t, b.db.Tx(b.ctx, func(tx model.Tx) error { return tx.Exec(sql, args...).Error }))
}

// named is somebody with a role, a name and an account.
func (b *bundle) named(name, role string, o model.Org) access.Viewer {
	b.t.Helper()
	a := model.Account{MPAppID: "mp", OpenID: name, CreatedAt: b.db.Now(), LastLoginAt: b.db.Now()}
	b.create(&a)
	v := holder(role, o)
	v.AccountID, v.Name, v.Grants[0].OrgName = a.ID, name, o.Name
	return v
}
