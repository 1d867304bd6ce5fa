package member_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/calendar"
	"hongyun/service/member"
	"hongyun/service/roster"
)

// person is what the plain count knows of a member.
type person struct {
	born, admitted, full                      model.Date
	sex, group, education, occupation, status string
}

var (
	educations  = []string{"研究生", "大学本科", "大学专科", "中专", "高中", "初中", "小学及以下"}
	occupations = []string{"工人", "农牧渔民", "专业技术人员", "企业管理人员", "党政机关工作人员", "学生", "其他职业人员", "离退休人员"}
)

// bandsOf sorts one person by the words of RULES 8: the table that everything is held against.
func bandsOf(p person, on model.Date, past bool) map[string]int {
	number := func(all []string, one string) int { return slices.Index(all, one) + 1 }
	in := map[string]int{"AGE": 0, "JOINED": 0, "SEX": number([]string{"MALE", "FEMALE"}, p.sex), "ETHNIC_GROUP": number([]string{"汉族", "畲族"}, p.group),
		"EDUCATION": number(educations, p.education), "OCCUPATION": number(occupations, p.occupation), "STATUS": 2, "COLLEGE": 0}
	if p.born != "" {
		age := calendar.Years(p.born, on)
		for i, most := range []int{30, 35, 40, 45, 50, 55, 60, 999} {
			if age <= most {
				in["AGE"] = i + 1
				break
			}
		}
	}
	if p.admitted != "" {
		for i, last := range []model.Month{"1949-09", "1978-12", "2012-11", "9999-12"} {
			if p.admitted.Month() <= last {
				in["JOINED"] = i + 1
				break
			}
		}
	}
	if e := in["EDUCATION"]; e > 0 {
		in["COLLEGE"] = min(1+(e-1)/3, 2)
	}
	if p.status == model.MemberFull && (!past || p.full == "" || p.full <= on) {
		in["STATUS"] = 1
	}
	return in
}

// edges are days on which something tips over: birthdays on the cut-off day and around, 29 February, the ends of the bands.
func edges(on model.Date) (born, admitted []model.Date) {
	for _, years := range []int{0, 18, 30, 31, 35, 36, 40, 41, 45, 46, 50, 51, 55, 56, 60, 61, 99} {
		for days := -1; days <= 1; days++ {
			born = append(born, calendar.AddMonths(on, -12*years).AddDays(days))
		}
	}
	born = append(born, "", "1960-02-29", "1964-02-29", "1984-02-29", "1988-02-29", "1996-02-29")
	admitted = []model.Date{"1921-07-01", "1949-09-30", "1949-10-01", "1978-12-31", "1979-01-01", "2012-11-30", "2012-12-01", "2026-01-01"}
	return born, admitted
}

func draw(rt *rapid.T, on model.Date) person {
	born, admitted := edges(on)
	full := rapid.SampledFrom([]model.Date{"", "2012-01-01", on, on.AddDays(1)}).Draw(rt, "full")
	return person{
		born: rapid.SampledFrom(born).Draw(rt, "born"), admitted: rapid.SampledFrom(admitted).Draw(rt, "admitted"), full: full,
		sex:       rapid.SampledFrom([]string{"MALE", "FEMALE"}).Draw(rt, "sex"),
		group:     rapid.SampledFrom([]string{"汉族", "畲族", "", "不详"}).Draw(rt, "group"),
		education: rapid.SampledFrom(append([]string{"", "本科"}, educations...)).Draw(rt, "education"), occupation: rapid.SampledFrom(append([]string{""}, occupations...)).Draw(rt, "occupation"),
		status: rapid.SampledFrom([]string{model.MemberFull, model.MemberProbationary}).Draw(rt, "status"),
	}
}

func (p person) member(branch int64, index string) model.Member {
	m := model.Member{OrgID: branch, Name: "某", IDIndex: index, Sex: p.sex, BornOn: p.born, EthnicGroup: p.group, Education: p.education, Occupation: p.occupation,
		Status: p.status, Standing: model.StandingActive, AdmittedOn: p.admitted}
	if p.full != "" {
		m.FullOn = &p.full
	}
	return m
}

// held compares a report with the plain count of those who belong to each child, each number with its list, and the children
// with their sum.
func (b *bundle) held(rt *rapid.T, v access.Viewer, o model.Org, on model.Date, people map[int64][]person) {
	r, err := b.Structure(b.ctx, v, member.StructureFilter{OrgID: o.ID, On: on})
	must(b.t, err)
	past := on < model.DateOf(b.clock.Now())
	want := func(all []person) map[string]int64 {
		n := map[string]int64{}
		for _, p := range all {
			for dimension, no := range bandsOf(p, on, past) {
				n[fmt.Sprintf("%s:%d", dimension, no)]++
			}
		}
		return n
	}
	sum := map[string]int64{}
	everybody := []person{}
	for _, c := range r.Children {
		expected := want(people[c.OrgID])
		everybody = append(everybody, people[c.OrgID]...)
		for _, one := range c.Bands {
			sum[one.Band] += one.Members
			if one.Members != expected[one.Band] {
				rt.Fatalf("%s on %s, %s: %d, want %d of %+v", c.OrgName, on, one.Band, one.Members, expected[one.Band], people[c.OrgID])
			}
		}
	}
	expected, seen := want(everybody), map[string]int64{}
	for _, d := range r.Dimensions {
		total := int64(0)
		for _, one := range d.Bands {
			total += one.Members
			seen[one.Band] = one.Members
			if one.Members != sum[one.Band] || one.Members != expected[one.Band] {
				rt.Fatalf("%s: %d, the children %d, want %d", one.Band, one.Members, sum[one.Band], expected[one.Band])
			}
			if (one.ShareBP == nil) != (r.Members == 0) {
				rt.Fatalf("%s of %d: share %v", one.Band, r.Members, one.ShareBP)
			}
			if one.Members == 0 && rapid.IntRange(0, 9).Draw(rt, "skip") > 0 {
				continue
			}
			b.opens(rt, v, member.Filter{OrgID: o.ID, Band: one.Band, On: on}, one.Members)
		}
		if total != r.Members || total != int64(len(everybody)) {
			rt.Fatalf("%s adds up to %d of %d, want %d", d.Code, total, r.Members, len(everybody))
		}
	}
	if c := r.Children; len(c) > 0 {
		child := rapid.SampledFrom(c).Draw(rt, "child")
		one := rapid.SampledFrom(child.Bands).Draw(rt, "band")
		b.opens(rt, v, member.Filter{OrgID: child.OrgID, Band: one.Band, On: on}, one.Members)
	}
	for name := range maps.Keys(expected) {
		if _, known := seen[name]; !known {
			rt.Fatalf("no band %s", name)
		}
	}
}

func (b *bundle) opens(rt *rapid.T, v access.Viewer, f member.Filter, want int64) {
	rows, total, err := b.Members(b.ctx, v, f, 0, 100)
	must(b.t, err)
	if total != want || int64(len(rows)) != want {
		rt.Fatalf("%s of %d on %s: the list has %d, the number is %d", f.Band, f.OrgID, f.On, total, want)
	}
}

func TestStructure_AddsUp(t *testing.T) {
	each(t, "2026-11-20 10:00:00", func(b *bundle) {
		n := 0
		rapid.Check(b.t, func(rt *rapid.T) {
			n++
			on := rapid.SampledFrom([]model.Date{"2026-11-20", "2026-12-31", "2024-02-29", "2026-02-28", "2028-02-29", "2027-02-28"}).Draw(rt, "on")
			people := map[int64][]person{}
			var city model.Org
			var v access.Viewer
			must(b.t, b.db.Tx(b.ctx, func(tx model.Tx) error {
				s := newSmall(tx, b, n)
				city, v = s.city, s.v
				for i := range rapid.IntRange(0, 6).Draw(rt, "people") {
					p := draw(rt, on)
					branch := rapid.IntRange(0, 3).Draw(rt, "branch")
					m := p.member(s.branches[branch].ID, fmt.Sprintf("x%d-%d", n, i))
					must(b.t, roster.Enrol(tx, &m, ""))
					if p.admitted <= on {
						people[s.nodes[branch/2].ID] = append(people[s.nodes[branch/2].ID], p)
					}
				}
				return nil
			}))
			b.held(rt, v, city, on, people)
		})
	})
}

// TestStructure_Past: on every day as many are counted as the movement says are there, wherever people and branches went.
func TestStructure_Past(t *testing.T) {
	each(t, "2026-11-20 10:00:00", func(b *bundle) {
		n := 0
		rapid.Check(b.t, func(rt *rapid.T) {
			n++
			var s *small
			must(b.t, b.db.Tx(b.ctx, func(tx model.Tx) error {
				s = newSmall(tx, b, n)
				on := 0
				for range rapid.IntRange(0, 2).Draw(rt, "moves of branches") {
					on = rapid.IntRange(on+1, on+10).Draw(rt, "on")
					s.moveBranch(rapid.IntRange(0, 3).Draw(rt, "which"), on)
				}
				for range rapid.IntRange(1, 4).Draw(rt, "people") {
					s.live(rt, n*100+len(s.people))
				}
				return nil
			}))
			day := rapid.IntRange(1, 29).Draw(rt, "day")
			for node, o := range append([]model.Org{s.city}, s.nodes...) {
				s.from, s.to = day, day
				_, _, _, end := s.count(node - 1)
				r, err := b.Structure(b.ctx, s.v, member.StructureFilter{OrgID: o.ID, On: s.day(day)})
				must(b.t, err)
				m, err := b.Movement(b.ctx, s.v, member.MovementFilter{OrgID: o.ID, From: s.day(day), To: s.day(day)})
				must(b.t, err)
				if r.Members != end || r.Members != m.End {
					rt.Fatalf("%s on day %d: %d members, the movement ends with %d, want %d", o.Name, day, r.Members, m.End, end)
				}
				children := map[int64]int64{}
				for _, c := range m.Children {
					children[c.OrgID] = c.End
				}
				for _, c := range r.Children {
					if c.Members != children[c.OrgID] {
						rt.Fatalf("%s of %s on day %d: %d, the movement has %d", c.OrgName, o.Name, day, c.Members, children[c.OrgID])
					}
				}
				leader := holder(model.RoleLeader, o) // of that organisation alone: its past is its own
				b.opens(rt, leader, member.Filter{OrgID: o.ID, Band: "SEX:1", On: s.day(day)}, end)
			}
		})
	})
}

func TestStructure(t *testing.T) {
	each(t, "2026-11-20 10:00:00", func(b *bundle) {
		b.stand(b.city, b.alpha, b.beta, b.one, b.two, b.three)
		n := 0
		add := func(o model.Org, p person) model.Member {
			n++
			p.sex, p.group = "MALE", "汉族"
			p.status = model.MemberFull
			m := p.member(o.ID, fmt.Sprint("i", n))
			must(b.t, b.db.Tx(b.ctx, func(tx model.Tx) error { return roster.Enrol(tx, &m, "") }))
			return m
		}
		turns := add(b.one, person{born: "1995-11-20", admitted: "2015-07-01", full: "2016-07-01", education: "大学专科"})
		add(b.one, person{born: "1995-11-21", admitted: "2026-03-01", full: "2026-11-20", education: "高中"})
		add(b.two, person{born: "1930-01-01", admitted: "1949-09-30"})
		gone := add(b.two, person{born: "1930-01-01", admitted: "1949-10-01"})
		must(b.t, b.db.Tx(b.ctx, func(tx model.Tx) error { return roster.Leave(tx, gone.ID, model.StandingDeceased, "2026-06-01") }))
		structure := func(t *testing.T, o model.Org, on model.Date) (member.Structure, map[string]member.BandCount) {
			t.Helper()
			r, err := b.Structure(b.ctx, holder(model.RoleLeader, o), member.StructureFilter{OrgID: o.ID, On: on})
			must(t, err)
			bands := map[string]member.BandCount{}
			for _, d := range r.Dimensions {
				for _, one := range d.Bands {
					bands[one.Band] = one
				}
			}
			return r, bands
		}
		b.t.Run("on the birthday one is a year older, the day before not", func(t *testing.T) {
			_, today := structure(t, b.one, "")
			equal(t, today["AGE:2"].Members, 1)
			_, yesterday := structure(t, b.one, "2026-11-19")
			equal(t, yesterday["AGE:1"].Members, 2)
			_, yearsEnd := structure(t, b.one, "2026-12-31")
			equal(t, yearsEnd["AGE:2"].Members, 2)
			rows, _, err := b.Members(b.ctx, holder(model.RoleLeader, b.one), member.Filter{OrgID: b.one.ID, Band: "AGE:2"}, 0, 10)
			must(t, err)
			equal(t, rows[0].ID, turns.ID)
		})
		b.t.Run("shares are of the whole, half up; nobody has none", func(t *testing.T) {
			r, alpha := structure(t, b.alpha, "2026-11-20")
			equal(t, r.Members, 3)
			equal(t, *alpha["COLLEGE:1"].ShareBP, 3333)
			equal(t, *alpha["SEX:1"].ShareBP, 10000)
			equal(t, alpha["EDUCATION:0"].Title, "未填写")
			equal(t, alpha["EDUCATION:0"].Members, 1)
			_, beta := structure(t, b.beta, "")
			equal(t, beta["AGE:1"].ShareBP == nil, true)
		})
		b.t.Run("who has died is in the past alone, and who became full later was on probation", func(t *testing.T) {
			r, past := structure(t, b.city, "2026-05-31")
			equal(t, r.Members, 4)
			equal(t, past["STATUS:2"].Members, 1)
			equal(t, past["JOINED:2"].Members, 1)
			r, _ = structure(t, b.city, "")
			equal(t, r.Members, 3)
			equal(t, len(r.Children), 2)
			equal(t, r.Children[1].Members, 0)
		})
		b.t.Run("a branch is its own child", func(t *testing.T) {
			r, _ := structure(t, b.two, "")
			equal(t, len(r.Children), 1)
			equal(t, r.Children[0].OrgID, b.two.ID)
		})
		b.t.Run("nothing is told of an organisation elsewhere", func(t *testing.T) {
			for _, on := range []model.Date{"", "2026-05-31"} {
				_, err := b.Structure(b.ctx, holder(model.RoleAdmin, b.beta), member.StructureFilter{OrgID: b.alpha.ID, On: on})
				refused(t, err, "not_found")
				_, _, err = b.Members(b.ctx, holder(model.RoleAdmin, b.beta), member.Filter{OrgID: b.alpha.ID, Band: "SEX:1", On: on}, 0, 10)
				refused(t, err, "not_found")
				rows, _, err := b.Members(b.ctx, holder(model.RoleAdmin, b.beta), member.Filter{Band: "SEX:1", On: on}, 0, 10)
				must(t, err)
				equal(t, len(rows), 0)
			}
		})
		b.t.Run("a band that is none is refused", func(t *testing.T) {
			for _, name := range []string{"AGE", "AGE:99", "SEX:0", "x' OR 1=1"} {
				_, _, err := b.Members(b.ctx, holder(model.RoleLeader, b.city), member.Filter{Band: name}, 0, 10)
				refused(t, err, "member.band")
			}
		})
		b.t.Run("before an organisation was there it was nobody", func(t *testing.T) {
			r, bands := structure(t, b.city, "1890-01-01")
			equal(t, r.Members, 0)
			equal(t, len(r.Children), 0)
			equal(t, bands["AGE:0"].Members, 0)
			_, total, err := b.Members(b.ctx, holder(model.RoleLeader, b.city), member.Filter{OrgID: b.city.ID, On: "1890-01-01"}, 0, 10)
			must(t, err)
			equal(t, total, 0)
		})
	})
}
