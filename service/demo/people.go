package demo

import (
	"fmt"
	"math/rand/v2"
	"time"

	"hongyun/model"
	"hongyun/service/calendar"
	"hongyun/service/vault"
)

// wholeMembers is the county's size at scale 1.
const wholeMembers = 15000

// share is one line of a distribution, in tenths of a per cent.
type share struct {
	name  string
	parts int
}

// The distributions of RULES section 8 for a rural county city.
var (
	occupations = []share{{"农牧渔民", 420}, {"离退休人员", 220}, {"党政机关工作人员", 100}, {"专业技术人员", 90}, {"企业管理人员", 60}, {"工人", 50}, {"其他职业人员", 50}, {"学生", 10}}
	ages        = []share{{"18-30", 113}, {"31-35", 99}, {"36-40", 106}, {"41-45", 90}, {"46-50", 84}, {"51-55", 87}, {"56-60", 81}, {"61-88", 340}}
	sexes       = []share{{"FEMALE", 240}, {"MALE", 760}}
	ethnics     = []share{{"少数民族", 10}, {"汉族", 990}}
	educations  = []share{{"研究生", 20}, {"大学本科", 160}, {"大学专科", 200}, {"高中", 180}, {"中专", 100}, {"初中", 260}, {"小学及以下", 80}}
)

// deck holds every value of a distribution as often as its share of n says,
// shuffled, so that the county meets the shares to the person.
func deck(r *rand.Rand, n int, shares []share) []string {
	out := make([]string, 0, n)
	parts, done := 0, 0
	for _, s := range shares {
		parts += s.parts
		upTo := n * parts / 1000
		for ; done < upTo; done++ {
			out = append(out, s.name)
		}
	}
	for ; done < n; done++ {
		out = append(out, shares[len(shares)-1].name)
	}
	r.Shuffle(n, func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// people draws every member of the tree, branch by branch.
// sameDay counts the identity numbers that each birthday has given out.
func people(r *rand.Rand, v *vault.Vault, tree []*node, sameDay map[model.Date]int, now time.Time) []model.Member {
	total := 0
	for _, n := range tree {
		total += n.members
	}
	sex, ethnic, education := deck(r, total, sexes), deck(r, total, ethnics), deck(r, total, educations)
	jobs, age := newPool(deck(r, total, occupations)), newPool(deck(r, total, ages))
	out := make([]model.Member, 0, total)
	for _, n := range tree {
		for range n.members {
			i := len(out)
			m := model.Member{OrgID: n.org.ID, Sex: sex[i], EthnicGroup: "汉族", Education: education[i],
				Occupation: jobs.drawOccupation(n.org.Kind), Standing: model.StandingActive, Version: 1, CreatedAt: now, UpdatedAt: now}
			if ethnic[i] != "汉族" {
				m.EthnicGroup = minorities[r.IntN(len(minorities))]
			}
			m.IsCadre = m.Occupation == "党政机关工作人员" && r.IntN(5) == 0
			m.Name = name(r, m.Sex)
			born(r, &m, age.drawAge(r, m.Occupation), now)
			admitted(r, &m, now)
			id := identityNumber(m.BornOn, sameDay[m.BornOn], m.Sex)
			sameDay[m.BornOn]++
			m.IDSealed, m.IDIndex = v.Seal(id), v.Index(id)
			phone := phoneNumber(i)
			m.PhoneSealed, m.PhoneIndex = v.Seal(phone), v.Index(phone)
			if x := r.IntN(1000); x < 4 && m.Status == model.MemberFull {
				m.Standing = []string{model.StandingSuspended, model.StandingRemoved, model.StandingDeceased, model.StandingDeceased}[x]
			}
			out = append(out, m)
		}
	}
	return out
}

func name(r *rand.Rand, sex string) string {
	given := maleNames
	if sex == "FEMALE" {
		given = femaleNames
	}
	return string(surnames[r.IntN(len(surnames))]) + given[r.IntN(len(given))]
}

// born draws a birthday that makes the age at the end of the year fall into the band.
func born(r *rand.Rand, m *model.Member, band string, now time.Time) {
	var from, to int
	fmt.Sscanf(band, "%d-%d", &from, &to)
	from = max(from, youngest)
	year := now.Year() - from - r.IntN(to-from+1)
	m.BornOn = dayOfYear(year, r.IntN(366))
}

// youngest is the least age, at the end of the year, of a member of the county.
const youngest = 23

// admitted draws the day of the branch meeting: at 19 to 45 years of age, in the past. As in the bulletin, two in a hundred
// are on probation and as many have become full members within a year, five of six of them up to 35 years old.
func admitted(r *rand.Rand, m *model.Member, now time.Time) {
	today, age := model.DateOf(now), now.Year()-m.BornOn.Year()
	probationary, fresh := 0, 0 // of 1000
	switch {
	case age == youngest:
		probationary = 1000
	case age <= 35:
		probationary, fresh = 30, 80
	case age <= 55:
		probationary, fresh = 5, 10
	}
	x := r.IntN(1000)
	switch {
	case x < probationary:
		m.Status, m.AdmittedOn = model.MemberProbationary, today.AddDays(-75-r.IntN(320))
	case x < probationary+fresh:
		m.Status, m.AdmittedOn = model.MemberFull, today.AddDays(-425-r.IntN(330))
	default:
		first := max(m.BornOn.Year()+19, 1950)
		last := max(first, min(first+25, now.Year()-4))
		m.Status, m.AdmittedOn = model.MemberFull, dayOfYear(first+r.IntN(last-first+1), r.IntN(366))
	}
	approved := m.AdmittedOn.AddDays(30 + r.IntN(40))
	m.ApprovedOn = &approved
	if m.Status == model.MemberFull {
		full := calendar.AddMonths(m.AdmittedOn, 12)
		m.FullOn = &full
	}
}

func dayOfYear(year, day int) model.Date {
	return model.Date(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, day%365).Format(time.DateOnly))
}

// identityNumber is a valid number of GB 11643-1999 in the unassigned area
// 361199; nth tells apart those born on one day.
func identityNumber(bornOn model.Date, nth int, sex string) string {
	sequence := nth * 2 // even: female
	if sex == "MALE" {
		sequence++
	}
	body := fmt.Sprintf("361199%s%03d", bornOn.Time().Format("20060102"), sequence)
	weights := []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for k, w := range weights {
		sum += int(body[k]-'0') * w
	}
	return body + string("10X98765432"[sum%11])
}

// phoneNumber is made up and never called.
func phoneNumber(i int) string { return fmt.Sprintf("1380%07d", i+1) }

// pool deals the values of a deck to those whom they fit, until it is empty.
type pool struct{ left map[string]int }

func newPool(deck []string) pool {
	p := pool{left: map[string]int{}}
	for _, value := range deck {
		p.left[value]++
	}
	return p
}

// drawOccupation prefers what fits the kind of branch, in proportion to what is left.
func (p pool) drawOccupation(kind string) string {
	likes := map[string]map[string]int{
		"农村":   {"农牧渔民": 40, "离退休人员": 6, "其他职业人员": 6, "工人": 4, "学生": 4},
		"机关":   {"党政机关工作人员": 40, "离退休人员": 30, "专业技术人员": 12, "企业管理人员": 6, "其他职业人员": 4},
		"学校":   {"专业技术人员": 60, "离退休人员": 20, "学生": 60},
		"事业单位": {"专业技术人员": 60, "离退休人员": 20, "工人": 6},
		"企业":   {"企业管理人员": 50, "工人": 50, "离退休人员": 20, "专业技术人员": 6},
	}
	best, most := "", 0
	for _, s := range occupations {
		if weight := p.left[s.name] * max(1, likes[kind][s.name]); weight > most {
			best, most = s.name, weight
		}
	}
	p.left[best]--
	return best
}

// drawAge gives the retired the oldest bands and students the youngest, and the others what chance says.
func (p pool) drawAge(r *rand.Rand, occupation string) string {
	first := map[string]string{"离退休人员": "61-88", "学生": "18-30"}[occupation]
	if p.left[first] == 0 {
		first = p.any(r)
	}
	p.left[first]--
	return first
}

func (p pool) any(r *rand.Rand) string {
	total := 0
	for _, s := range ages {
		total += p.left[s.name]
	}
	at := r.IntN(total)
	for _, s := range ages {
		if at -= p.left[s.name]; at < 0 {
			return s.name
		}
	}
	return ages[0].name
}
