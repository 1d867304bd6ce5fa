package member_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/member"
)

// flaws makes one member for each flaw; everything else about them is right.
func flaws(b *bundle) map[string]string {
	b.t.Helper()
	n := 0
	want := map[string]string{}
	add := func(code string, o model.Org, change func(*model.Member)) model.Member {
		n++
		phone := fmt.Sprintf("1380000%04d", n)
		full := model.Date("2011-07-01")
		m := b.member(o, fmt.Sprint("党员", n), idNumber("1980-01-01", n), func(m *model.Member) {
			m.BornOn, m.PhoneIndex = model.Date(fmt.Sprintf("1980-01-%02d", n)), b.vault.Index(phone)
			m.EthnicGroup, m.Education, m.Occupation, m.NativePlace, m.FullOn = "汉族", "大学本科", "工人", "江西德兴", &full
			if change != nil {
				change(m)
			}
		})
		b.create(&model.Account{MPAppID: "mp", OpenID: phone, MemberID: &m.ID, CreatedAt: b.db.Now(), LastLoginAt: b.db.Now()})
		if code != "" {
			want[code] = strings.TrimSpace(want[code] + " " + m.Name)
		}
		return m
	}
	date := func(d model.Date) *model.Date { return &d }
	add("", b.one, nil)
	add("NO_PHONE", b.one, func(m *model.Member) { m.PhoneIndex = "" })
	add("DUPLICATE_PHONE", b.one, func(m *model.Member) { m.PhoneIndex = b.vault.Index("13799999999") })
	add("DUPLICATE_PHONE", b.three, func(m *model.Member) { m.PhoneIndex = b.vault.Index("13799999999") })
	add("NO_EDUCATION", b.two, func(m *model.Member) { m.Education = "" })
	add("NO_OCCUPATION", b.two, func(m *model.Member) { m.Occupation = "" })
	add("NO_NATIVE_PLACE", b.two, func(m *model.Member) { m.NativePlace = "" })
	add("ADMITTED_YOUNG", b.two, func(m *model.Member) { m.AdmittedOn, m.FullOn = "1998-01-07", date("1999-01-07") }) // born 1980-01-08
	add("", b.two, func(m *model.Member) { m.AdmittedOn, m.FullOn = "1998-01-09", date("1999-01-09") })               // born 1980-01-09
	add("FULL_EARLY", b.three, func(m *model.Member) { m.FullOn = date("2011-06-30") })
	add("", b.three, func(m *model.Member) { m.AdmittedOn, m.FullOn = "2012-02-29", date("2013-02-28") })
	add("", b.three, func(m *model.Member) {
		m.BornOn, m.AdmittedOn, m.FullOn = "1950-01-01", "1970-07-01", date("1970-07-01")
	}) // no probation then
	add("NO_FULL_DATE", b.three, func(m *model.Member) { m.FullOn = nil })
	add("PROBATION_OVER", b.one, func(m *model.Member) { m.Status, m.AdmittedOn, m.FullOn = model.MemberProbationary, "2025-11-19", nil })
	add("", b.one, func(m *model.Member) { m.Status, m.AdmittedOn, m.FullOn = model.MemberProbationary, "2025-11-20", nil })
	extended := add("", b.one, func(m *model.Member) { m.Status, m.AdmittedOn, m.FullOn = model.MemberProbationary, "2025-06-01", nil })
	b.create(&model.Development{OrgID: b.one.ID, Name: extended.Name, IDSealed: "x", IDIndex: "x", Sex: "MALE", BornOn: "1980-01-01", State: "PROBATIONARY",
		AppliedOn: "2023-01-01", ProbationMonths: 18, ProbationEndsOn: date("2026-12-01"), MemberID: &extended.ID, CreatedAt: b.db.Now(), UpdatedAt: b.db.Now()})
	for _, o := range []model.Org{b.two, b.three} {
		add("POSSIBLE_DUPLICATE", o, func(m *model.Member) { m.Name, m.BornOn = "李重", "1980-02-02" })
	}
	add("NOT_IN_BRANCH", b.alpha, nil)
	lost := func(since model.Date) func(*model.Member) { return func(m *model.Member) { m.LostSince = &since } }
	add("LOST_UNDECIDED", b.one, lost("2026-05-20"))
	add("", b.one, lost("2026-05-21"))
	add("", b.one, func(m *model.Member) { lost("2020-01-01")(m); m.Standing = model.StandingSuspended })
	add("", b.one, func(m *model.Member) { m.Standing, m.Education = model.StandingDeceased, "" }) // off the screens
	unbound := b.member(b.one, "未绑", "361199199001010018", func(m *model.Member) {
		m.BornOn, m.PhoneIndex, m.EthnicGroup, m.Education, m.Occupation, m.NativePlace = "1990-01-01", "z", "汉族", "大学本科", "工人", "江西"
	})
	want["NOT_BOUND"] = unbound.Name
	return want
}

func TestQuality(t *testing.T) {
	each(t, "2026-11-20 08:00:00", func(b *bundle) {
		want := flaws(b)
		city := holder(model.RoleLeader, b.city)
		summary, err := b.QualitySummary(b.ctx, city, 0)
		must(b.t, err)
		equal(b.t, len(summary.Problems), len(want))
		for _, p := range summary.Problems {
			b.t.Run("finds "+p.Code, func(t *testing.T) {
				rows, total, err := b.Quality(b.ctx, city, member.Filter{Quality: p.Code}, 0, 100)
				must(t, err)
				var names []string
				for _, r := range rows {
					names = append(names, r.Name)
					if !slices.Equal(r.Problems, []string{p.Code}) {
						t.Errorf("%s: %v", r.Name, r.Problems)
					}
				}
				equal(t, strings.Join(names, " "), want[p.Code])
				equal(t, total, summary.Total.Counts[p.Code])
			})
		}
		b.t.Run("whoever has any flaw", func(t *testing.T) {
			_, total, err := b.Quality(b.ctx, city, member.Filter{}, 0, 100)
			must(t, err)
			equal(t, total, int64(len(want)+2)) // two flaws have two members each
		})
		b.t.Run("every number opens its list, and children add up to their parent", func(t *testing.T) {
			for _, o := range []model.Org{b.city, b.alpha, b.beta, b.one} {
				sum, err := b.QualitySummary(b.ctx, city, o.ID)
				must(t, err)
				added := map[string]int64{}
				var members int64
				for _, item := range sum.Items {
					members += item.Members
					for code, n := range item.Counts {
						added[code] += n
						if item.Itself {
							continue
						}
						_, total, err := b.Quality(b.ctx, city, member.Filter{OrgID: item.OrgID, Quality: code}, 0, 1)
						must(t, err)
						equal(t, total, n)
					}
				}
				_, all, err := b.Members(b.ctx, city, member.Filter{OrgID: o.ID}, 0, 1)
				must(t, err)
				equal(t, members, all)
				equal(t, sum.Total.Members, all)
				for code, n := range sum.Total.Counts {
					equal(t, added[code], n)
					_, total, err := b.Quality(b.ctx, city, member.Filter{OrgID: o.ID, Quality: code}, 0, 1)
					must(t, err)
					equal(t, total, n)
				}
			}
		})
		b.t.Run("each sees the own subtree", func(t *testing.T) {
			alpha := holder(model.RoleAdmin, b.alpha)
			sum, err := b.QualitySummary(b.ctx, alpha, 0)
			must(t, err)
			equal(t, sum.Total.OrgName, "甲委")
			equal(t, len(sum.Items), 3) // itself, where one member hangs, and two branches
			equal(t, sum.Items[0].Itself, true)
			_, err = b.QualitySummary(b.ctx, alpha, b.beta.ID)
			refused(t, err, "not_found")
			none, err := b.QualitySummary(b.ctx, access.Viewer{AccountID: 1}, 0)
			must(t, err)
			equal(t, len(none.Items), 0)
			_, _, err = b.Quality(b.ctx, alpha, member.Filter{Quality: "NONSENSE"}, 0, 1)
			refused(t, err, "member.quality")
		})
		b.t.Run("with two offices, one line each", func(t *testing.T) {
			v := holder(model.RoleAdmin, b.one)
			v.Grants = append(v.Grants, holder(model.RoleLeader, b.beta).Grants[0], holder(model.RoleLeader, b.three).Grants[0])
			sum, err := b.QualitySummary(b.ctx, v, 0)
			must(t, err)
			equal(t, len(sum.Items), 2)
			equal(t, sum.Items[0].OrgName+sum.Items[1].OrgName, "一支部乙委")
			equal(t, sum.Items[1].Counts["FULL_EARLY"], 1)
			_, total, err := b.Quality(b.ctx, v, member.Filter{}, 0, 100)
			must(t, err)
			var any int64
			for _, n := range sum.Total.Counts {
				any += n
			}
			equal(t, total, any)
		})
	})
}
