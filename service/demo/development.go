package demo

import (
	"math/rand/v2"

	"hongyun/model"
	"hongyun/service/calendar"
	"hongyun/service/development"
	"hongyun/service/roster"
)

// How many people stand at which point of development at scale 1, beside the members on probation and those who have
// become full members within a year, who each have a course of their own. Of 100 members the bulletin counts 21 applicants,
// half of them activists (RULES 8).
var courses = []struct {
	state string
	n     int
}{{model.DevApplicant, 1617}, {model.DevActivist, 1350}, {model.DevCandidate, 237}, {model.DevAdmitted, 20}, {model.DevWithdrawn, 24},
	{model.DevStopped, 16}, {model.DevRejected, 3}}

// makeDevelopment draws every course and writes it as it would have come about, step by step.
func (b *builder) makeDevelopment(tx model.Tx) error {
	d, err := newDrawer(tx, b)
	if err != nil {
		return err
	}
	branches := b.branches()
	for _, c := range courses {
		for i := range b.part(c.n) {
			n := branches[0] // the start page's branch has one of each
			if i > 0 {
				n = branches[d.r.IntN(len(branches))]
			}
			if err := d.ofApplicant(n, c.state, i); err != nil {
				return err
			}
		}
	}
	for i := range b.members {
		m := &b.members[i]
		if m.Status == model.MemberProbationary || m.AdmittedOn > d.today.AddDays(-760) {
			if err := d.ofMember(m, i); err != nil {
				return err
			}
		}
	}
	if err := d.write(tx); err != nil {
		return err
	}
	return development.Refresh(tx)
}

// ofApplicant is the course of somebody who is no member.
func (d *drawer) ofApplicant(n *node, state string, i int) error {
	t, r := draw(d.r), d.r
	far := d.today.AddDays(-r.IntN(300))
	switch state {
	case model.DevApplicant:
		t.fromApplication(d.today.AddDays(-1 - r.IntN(450)))
	case model.DevActivist:
		t.fromActivist(d.today.AddDays(-5 - r.IntN(700)))
		if i%noticeEach == 0 {
			t.fromActivist(d.today.AddDays(-400 - r.IntN(300)))
		}
	case model.DevCandidate:
		t.fromCandidate(d.today.AddDays(-3 - r.IntN(100)))
	case model.DevAdmitted:
		t.fromMeeting(d.today.AddDays(-2 - r.IntN(105)))
	case model.DevRejected:
		t.fromMeeting(far.AddDays(-60))
	case model.DevWithdrawn:
		t.fromApplication(far.AddDays(-90))
	case model.DevStopped:
		t.fromActivist(far.AddDays(-120))
	}
	t.ended = far
	c := d.begin(n, d.person(n, t.applied), t)
	return d.run(c, t, state, i)
}

// ofMember is the course of a member: it led to the days that stand in the roster.
func (d *drawer) ofMember(m *model.Member, i int) error {
	t := draw(d.r)
	t.fromMeeting(m.AdmittedOn)
	t.approved = *m.ApprovedOn
	if grown := calendar.AddMonths(m.BornOn, 12*18).AddDays(1); t.applied < grown {
		t.talked, t.applied = t.talked.AddDays(dayCount(t.applied, grown)), grown
	}
	row := model.Development{Name: m.Name, Pinyin: m.Pinyin, IDSealed: m.IDSealed, IDIndex: m.IDIndex, PhoneSealed: m.PhoneSealed, PhoneIndex: m.PhoneIndex,
		Sex: m.Sex, BornOn: m.BornOn, EthnicGroup: m.EthnicGroup, Education: m.Education, Occupation: m.Occupation, WorkUnit: m.WorkUnit, MemberID: &m.ID}
	state := model.DevFull
	if m.Status == model.MemberProbationary {
		state = model.DevProbationary
	}
	return d.run(d.begin(d.of[m.OrgID], row, t), t, state, i)
}

func dayCount(from, to model.Date) int { return int(to.Time().Sub(from.Time()).Hours() / 24) }

// person invents an applicant of a branch: of age on the day of the application, most of them young.
func (d *drawer) person(n *node, applied model.Date) model.Development {
	r := d.r
	age := 18 + r.IntN(17)
	if r.IntN(6) == 0 {
		age = 35 + r.IntN(15)
	}
	row := model.Development{Sex: "MALE", EthnicGroup: "汉族", Education: []string{"研究生", "大学本科", "大学本科", "大学专科", "大学专科", "高中", "中专", "初中"}[r.IntN(8)]}
	if r.IntN(10) < 4 {
		row.Sex = "FEMALE"
	}
	row.BornOn = calendar.AddMonths(applied, -12*age).AddDays(-2 - r.IntN(360))
	row.Name = name(r, row.Sex)
	row.Pinyin = roster.Initials(row.Name)
	row.Occupation = map[string]string{"农村": "农牧渔民", "机关": "党政机关工作人员", "学校": "专业技术人员", "事业单位": "专业技术人员", "企业": "工人"}[n.org.Kind]
	row.WorkUnit, _ = work(r, n, row.Occupation)
	number := identityNumber(row.BornOn, d.sameDay[row.BornOn], row.Sex)
	d.sameDay[row.BornOn]++
	phone := phoneNumber(len(d.members) + len(d.courses))
	row.IDSealed, row.IDIndex = d.o.Vault.Seal(number), d.o.Vault.Index(number)
	row.PhoneSealed, row.PhoneIndex = d.o.Vault.Seal(phone), d.o.Vault.Index(phone)
	return row
}

// timeline is the days of a course on which everything goes as it should.
type timeline struct {
	applied, talked, activist, candidate, preReviewed, meeting, approved, ended model.Date

	toTalk, toActivist, toCandidate, toPreReview, toMeeting int // days from step to step
	random                                                  *rand.Rand
}

// draw is a timeline that has no beginning yet. Training takes more than a year, the meeting follows the pre-review within a month.
func draw(r *rand.Rand) *timeline {
	return &timeline{random: r, toTalk: 3 + r.IntN(22), toActivist: 60 + r.IntN(190), toCandidate: 375 + r.IntN(180), toPreReview: 45 + r.IntN(70), toMeeting: 4 + r.IntN(20)}
}

func (t *timeline) fromMeeting(day model.Date) {
	t.meeting, t.approved = day, day.AddDays(30+t.random.IntN(40))
	t.preReviewed = day.AddDays(-t.toMeeting)
	t.candidate = t.preReviewed.AddDays(-t.toPreReview)
	t.activist = t.candidate.AddDays(-t.toCandidate)
	t.talked = t.activist.AddDays(-t.toActivist)
	t.applied = t.talked.AddDays(-t.toTalk)
}

func (t *timeline) fromCandidate(day model.Date) {
	t.fromMeeting(day.AddDays(t.toPreReview + t.toMeeting))
}
func (t *timeline) fromActivist(day model.Date) { t.fromCandidate(day.AddDays(t.toCandidate)) }
func (t *timeline) fromApplication(day model.Date) {
	t.fromActivist(day.AddDays(t.toTalk + t.toActivist))
}
