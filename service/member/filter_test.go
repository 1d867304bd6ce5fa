package member_test

import (
	"strings"
	"testing"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/member"
	"hongyun/service/roster"
)

var yes, no = true, false

// roll puts a few members on the roster, each unlike the others in one field.
func roll(b *bundle) {
	b.t.Helper()
	add := func(o model.Org, name, born string, sequence int, change func(*model.Member)) model.Member {
		m := model.Member{OrgID: o.ID, Name: name, Status: model.MemberFull, Standing: model.StandingActive, Sex: "MALE", BornOn: model.Date(born), EthnicGroup: "汉族",
			Education: "大学本科", Degree: "学士", Occupation: "工人", AdmittedOn: "2010-07-01"}
		full := model.Date("2011-07-01")
		number := idNumber(born, sequence)
		m.FullOn, m.IDSealed, m.IDIndex = &full, b.vault.Seal(number), b.vault.Index(number)
		m.PhoneSealed, m.PhoneIndex = b.vault.Seal("13800000001"), b.vault.Index("13800000001")
		if change != nil {
			change(&m)
		}
		must(b.t, b.db.Tx(b.ctx, func(tx model.Tx) error { return roster.Enrol(tx, &m, "") }))
		return m
	}
	lost := model.Date("2026-01-01")
	bound := add(b.one, "欧阳小明", "1990-02-28", 1, func(m *model.Member) { m.WorkUnit, m.WorkPost, m.IsCadre = "市供电公司", "班长", true })
	add(b.one, "王小红", "1980-12-31", 2, func(m *model.Member) {
		m.Sex, m.EthnicGroup, m.PhoneIndex, m.PhoneSealed, m.NativePlace = "FEMALE", "畲族", "", "", "浙江景宁"
	})
	add(b.two, "阿不都·热合曼", "1996-02-29", 3, func(m *model.Member) {
		m.Status, m.FullOn, m.AdmittedOn, m.EthnicGroup, m.Education, m.Degree = model.MemberProbationary, nil, "2026-03-01", "维吾尔族", "研究生", "硕士"
	})
	away := add(b.two, "刘_四", "1950-01-01", 4, func(m *model.Member) { m.Exempt, m.Occupation, m.LostSince = true, "离退休人员", &lost })
	add(b.three, "王五", "1970-01-01", 5, nil)
	gone := add(b.one, "去者", "1960-01-01", 6, nil)
	out := add(b.one, "转出者", "1961-01-01", 7, nil)
	moved := add(b.one, "移者", "1975-01-01", 8, func(m *model.Member) { m.PhoneIndex = b.vault.Index("13911111111") })
	must(b.t, b.db.Tx(b.ctx, func(tx model.Tx) error {
		must(b.t, roster.Leave(tx, gone.ID, model.StandingRemoved, "2026-06-01"))
		must(b.t, roster.Leave(tx, out.ID, model.StandingTransferred, "2026-06-01"))
		_, err := roster.Move(tx, b.three.ID, "2026-07-01", model.SpanTransfer, "SELECT CAST(? AS bigint)", moved.ID)
		must(b.t, err)
		at := tx.Now
		must(b.t, tx.Create(&model.Account{MPAppID: "mp", OpenID: "o", MemberID: &bound.ID, BoundAt: &at, CreatedAt: at, LastLoginAt: at}).Error)
		return tx.Create(&model.Floating{MemberID: &away.ID, Name: away.Name, HomeOrgID: &b.two.ID, Place: "深圳", LeftOn: "2026-01-01",
			State: model.FloatingActive, RegisteredAt: at}).Error
	}))
}

func TestFilter(t *testing.T) {
	each(t, "2026-11-20 08:00:00", func(b *bundle) {
		roll(b)
		city, alpha := holder(model.RoleLeader, b.city), holder(model.RoleAdmin, b.alpha)
		const all = "欧阳小明 王小红 阿不都·热合曼 刘_四 王五 移者"
		for _, c := range []struct {
			name  string
			v     access.Viewer
			f     member.Filter
			names string
		}{
			{"everybody in good standing", city, member.Filter{}, all},
			{"initials", city, member.Filter{Q: "OYXM"}, "欧阳小明"},
			{"part of the initials", city, member.Filter{Q: "xm"}, "欧阳小明"},
			{"an underline is an underline", city, member.Filter{Q: "_"}, "刘_四"},
			{"an identity number, with its letter or without", city, member.Filter{Q: strings.ToLower(idNumber("1970-01-01", 5))}, "王五"},
			{"a name with a dot", city, member.Filter{Q: "都·热"}, "阿不都·热合曼"},
			{"the removed if asked for", city, member.Filter{Standing: model.StandingRemoved}, "去者"},
			{"who was transferred out if asked for", alpha, member.Filter{Standing: model.StandingTransferred}, "转出者"},
			{"women", city, member.Filter{Sex: "FEMALE"}, "王小红"},
			{"an ethnic group", city, member.Filter{EthnicGroup: "畲族"}, "王小红"},
			{"an education", city, member.Filter{Education: "研究生"}, "阿不都·热合曼"},
			{"a degree", city, member.Filter{Degree: "硕士"}, "阿不都·热合曼"},
			{"an occupation", city, member.Filter{Occupation: "离退休人员"}, "刘_四"},
			{"from an age", city, member.Filter{AgeFrom: 76}, "刘_四"},
			{"up to an age", city, member.Filter{AgeTo: 30}, "阿不都·热合曼"},
			{"45 is not yet 46", city, member.Filter{AgeFrom: 45, AgeTo: 45}, "王小红"},
			{"born between, both ends included", city, member.Filter{BornFrom: "1970-01-01", BornTo: "1975-01-01"}, "王五 移者"},
			{"admitted since", city, member.Filter{AdmittedFrom: "2026-03-01"}, "阿不都·热合曼"},
			{"full until", city, member.Filter{FullTo: "2011-06-30"}, ""},
			{"part of the native place", city, member.Filter{NativePlace: "景宁"}, "王小红"},
			{"part of the work unit", city, member.Filter{WorkUnit: "供电"}, "欧阳小明"},
			{"part of the work post", city, member.Filter{WorkPost: "班"}, "欧阳小明"},
			{"cadres", city, member.Filter{IsCadre: &yes}, "欧阳小明"},
			{"no cadres of a branch", city, member.Filter{IsCadre: &no, OrgID: b.one.ID}, "王小红"},
			{"exempt", city, member.Filter{Exempt: &yes}, "刘_四"},
			{"bound", city, member.Filter{Bound: &yes}, "欧阳小明"},
			{"not bound, in one committee", city, member.Filter{Bound: &no, OrgID: b.beta.ID}, "王五 移者"},
			{"lost", city, member.Filter{Lost: &yes}, "刘_四"},
			{"floating", city, member.Filter{Floating: &yes}, "刘_四"},
			{"neither", alpha, member.Filter{Floating: &no, Lost: &no}, "欧阳小明 王小红 阿不都·热合曼"},
			{"without a phone", city, member.Filter{NoPhone: &yes}, "王小红"},
			{"a group that nobody is in", city, member.Filter{GroupID: 7}, ""},
			{"several at once", city, member.Filter{Sex: "MALE", AgeFrom: 36, OrgID: b.alpha.ID, Floating: &no}, "欧阳小明"},
			{"the roster of a day before three left", alpha, member.Filter{On: "2026-05-31"}, "欧阳小明 王小红 去者 转出者 移者 阿不都·热合曼 刘_四"},
			{"and of the day on which two left", alpha, member.Filter{On: "2026-06-01"}, "欧阳小明 王小红 移者 阿不都·热合曼 刘_四"},
			{"where the third is afterwards", city, member.Filter{On: "2026-07-01", OrgID: b.beta.ID}, "王五 移者"},
			{"a day before one was admitted", city, member.Filter{On: "2026-02-28", OrgID: b.two.ID}, "刘_四"},
			{"who was on probation on a day", city, member.Filter{On: "2011-06-30", Status: model.MemberProbationary, OrgID: b.two.ID}, "刘_四"},
			{"who was full on a day", city, member.Filter{On: "2011-07-01", Status: model.MemberFull, OrgID: b.two.ID}, "刘_四"},
			{"a past roster does not find a stranger's phone", alpha, member.Filter{On: "2026-05-31", Q: "13911111111"}, ""},
			{"nor what has become of a stranger", alpha, member.Filter{On: "2026-05-31", Q: "移者", Standing: model.StandingActive}, ""},
			{"but the name that stood on it", alpha, member.Filter{On: "2026-05-31", Q: "移者"}, "移者"},
			{"nobody sees anything without a role", access.Viewer{AccountID: 1}, member.Filter{On: "2026-05-31"}, ""},
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
				raw, err := c.f.JSON()
				must(t, err)
				again, err := member.ParseFilter(raw)
				must(t, err)
				_, same, err := b.Members(b.ctx, c.v, again, 0, 50)
				must(t, err)
				equal(t, same, total)
			})
		}
		b.t.Run("who has moved away stands on the old roster without numbers", func(t *testing.T) {
			rows, _, err := b.Members(b.ctx, alpha, member.Filter{On: "2026-05-31", Q: "移者"}, 0, 50)
			must(t, err)
			equal(t, rows[0].OrgName+rows[0].IDNumber+rows[0].Phone+rows[0].Status+rows[0].Standing, "一支部")
			equal(t, rows[0].Away, true)
			_, err = b.Member(b.ctx, alpha, rows[0].ID)
			refused(t, err, "not_found")
		})
		b.t.Run("a filter that was kept is read again", func(t *testing.T) {
			f, err := member.ParseFilter([]byte(`{"org_id": 3, "q": "李", "is_cadre": false, "born_from": "1990-01-01"}`))
			must(t, err)
			equal(t, f.Q+string(f.BornFrom), "李1990-01-01")
			equal(t, *f.IsCadre, false)
			raw, err := f.JSON()
			must(t, err)
			equal(t, string(raw), `{"org_id":3,"q":"李","born_from":"1990-01-01","is_cadre":false}`)
			_, err = member.ParseFilter([]byte(`{"nonsense": 1}`))
			refused(t, err, "member.filter")
			_, err = member.ParseFilter(nil)
			must(t, err)
		})
	})
}
