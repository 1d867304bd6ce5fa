package demo

import (
	"encoding/json"
	"math/rand/v2"
	"time"

	"hongyun/model"
	"hongyun/service/calendar"
	"hongyun/service/development"
	"hongyun/service/rule"
	"hongyun/service/vote"
)

// drawer collects the courses with what belongs to them. Until they are written, ids are places: DevelopmentID in courses,
// VoteID in votes.
type drawer struct {
	*builder
	r       *rand.Rand
	today   model.Date
	rules   rule.Set
	book    *calendar.Book
	err     error
	courses []model.Development
	steps   []model.DevelopmentStep
	votes   []model.Vote

	sponsors []model.DevelopmentSponsor
	notices  []model.DevelopmentNotice
}

// course is the one that is being drawn.
type course struct {
	*model.Development
	place int64
	n     *node
	staff []*model.Member // full members who may vote and train others
}

func newDrawer(tx model.Tx, b *builder) (*drawer, error) {
	rules, err := rule.Load(tx, "development", tx.Day())
	return &drawer{builder: b, r: stream(streamDevelopment), today: tx.Day(), rules: rules, book: calendar.Of(tx)}, err
}

// begin is T1.
func (d *drawer) begin(n *node, row model.Development, t *timeline) *course {
	row.OrgID, row.State, row.AppliedOn, row.ProbationMonths = n.org.ID, model.DevApplicant, t.applied, int64(d.rules.On(t.meeting).Int("PROBATION_MONTHS"))
	row.CreatedBy, row.CreatedAt = d.adminOf(n), t.applied.Time().Add(9*time.Hour)
	d.courses = append(d.courses, row)
	c := &course{Development: &d.courses[len(d.courses)-1], place: int64(len(d.courses) - 1), n: n}
	for _, m := range d.ofOrg[n.org.ID] {
		if m.FullOn != nil && *m.FullOn < t.activist && m.WatchedUntil == nil && (row.MemberID == nil || *row.MemberID != m.ID) {
			c.staff = append(c.staff, m)
		}
	}
	c.State = ""
	d.take(c, development.Apply, t.applied, model.DevApplicant, development.StepData{})
	return c
}

// take notes a step, which makes the course's next version.
func (d *drawer) take(c *course, code string, day model.Date, to string, data development.StepData) *model.DevelopmentStep {
	text, err := json.Marshal(data)
	if err != nil {
		d.err = err
	}
	by := c.n
	switch code {
	case development.Consent, development.PreReview, development.Approve, development.Refuse, development.BecomeFull, development.SpecialReason:
		for by.org.Type != model.OrgCommittee {
			by = by.parent
		}
	}
	c.Version++
	at := day.Time().Add(17 * time.Hour)
	d.steps = append(d.steps, model.DevelopmentStep{DevelopmentID: c.place, Seq: c.Version, Code: code, OnDay: day, RuleSet: d.rules.On(day).Edition("ACTIVIST_MONTHS"),
		FromState: c.State, ToState: to, Data: string(text), OrgID: c.OrgID, AccountID: d.adminOf(by), ByName: d.seat(by, firstSeat[by.org.Type]+1).Name, At: at})
	c.State, c.UpdatedAt = to, at
	return &d.steps[len(d.steps)-1]
}

// run takes the steps that lead to a state, as far as their days have come. i spreads what is late on purpose.
func (d *drawer) run(c *course, t *timeline, state string, i int) error {
	d.apply(c, t, state, i)
	if state == model.DevApplicant || state == model.DevWithdrawn {
		return d.err
	}
	d.train(c, t, state, i)
	if state == model.DevActivist || state == model.DevStopped {
		return d.err
	}
	d.prepare(c, t, state, i)
	if state == model.DevCandidate {
		return d.err
	}
	d.admit(c, t, state)
	if state == model.DevAdmitted || state == model.DevRejected {
		return d.err
	}
	d.probation(c, t, state, i)
	return d.err
}

// apply is the talk; one applicant in seventeen has been forgotten.
func (d *drawer) apply(c *course, t *timeline, state string, i int) {
	if t.talked <= d.today && !(state == model.DevApplicant && i%17 == 3) {
		c.TalkedOn = &t.talked
		d.take(c, development.Talk, t.talked, c.State, development.StepData{})
	}
	if state == model.DevWithdrawn {
		d.end(c, t, state, "个人原因，申请撤回")
	}
}

func (d *drawer) end(c *course, t *timeline, state, reason string) {
	c.EndedOn = &t.ended
	d.take(c, development.End, t.ended, state, development.StepData{Result: state, Reason: reason})
}

// noticeEach is how many activists come to one who stands in a public notice.
const noticeEach = 9

// train is the time as an activist; of one in twelve the last half-yearly assessment is missing.
func (d *drawer) train(c *course, t *timeline, state string, i int) {
	c.ActivistOn = &t.activist
	d.take(c, development.BecomeActivist, t.activist, model.DevActivist, development.StepData{FiledOn: t.activist})
	d.sponsor(c, development.AssignContacts, model.SponsorContact, t.activist)
	until := t.candidate.AddDays(-24) // the consent and the notice follow
	switch state {
	case model.DevActivist:
		until = d.today
	case model.DevStopped:
		until = t.ended
	}
	inNotice := state == model.DevActivist && i%noticeEach == 0
	if inNotice {
		until = until.AddDays(-10)
	} else if state == model.DevActivist && i%12 == 5 {
		until = until.AddDays(-183)
	}
	for k := 1; calendar.AddMonths(t.activist, 6*k) < until; k++ {
		d.take(c, development.Assess, calendar.AddMonths(t.activist, 6*k), c.State, development.StepData{})
	}
	switch {
	case state == model.DevStopped:
		d.end(c, t, state, "培养期间表现不符合要求，支委会研究决定停止培养")
	case inNotice:
		d.notice(c, d.today.AddDays(-2-d.r.IntN(3)), false)
	}
}

// notice is the consent from above and the public notice that begins two days later.
func (d *drawer) notice(c *course, start model.Date, closed bool) {
	end, err := d.book.NoticeEnd(start, d.rules.Int("NOTICE_WORKING_DAYS"))
	if err != nil {
		d.err = err
		return
	}
	d.take(c, development.Consent, start.AddDays(-2), c.State, development.StepData{FiledOn: start.AddDays(-2)})
	step := d.take(c, development.OpenNotice, start, c.State, development.StepData{NoticeFrom: start, NoticeEnds: end.Date})
	n := model.DevelopmentNotice{DevelopmentID: c.place, StartOn: start, EndsOn: end.Date, Outcome: model.NoticeOpen, AccountID: step.AccountID, At: step.At}
	if closed {
		n.Outcome = model.NoticeClear
		d.take(c, development.CloseNotice, end.Date.AddDays(1), c.State, development.StepData{})
	}
	d.notices = append(d.notices, n)
}

// prepare is the time as a candidate. The edition in force on its first day decides whether there was a notice before it.
func (d *drawer) prepare(c *course, t *timeline, state string, i int) {
	if d.rules.On(t.candidate).Int("NOTICE_WORKING_DAYS") > 0 {
		d.notice(c, t.candidate.AddDays(-20), true)
	}
	c.CandidateOn = &t.candidate
	d.take(c, development.BecomeCandidate, t.candidate, model.DevCandidate, development.StepData{})
	if state == model.DevCandidate && i%19 == 7 {
		leaving := d.today.AddDays(50)
		c.LeavingOn = &leaving
	}
	came := func(day model.Date) bool { return day <= d.today }
	if day := t.candidate.AddDays(5); came(day) {
		d.sponsor(c, development.ChooseIntroducer, model.SponsorIntroducer, day)
	}
	if day := t.candidate.AddDays(20); came(day) {
		d.take(c, development.Review, day, c.State, development.StepData{})
	}
	if day := t.candidate.AddDays(35); came(day) {
		c.TrainedOn = &day
		d.take(c, development.Train, day, c.State, development.StepData{Days: 3, Hours: 24})
	}
	if came(t.preReviewed) {
		c.PreReviewedOn = &t.preReviewed
		d.take(c, development.PreReview, t.preReviewed, c.State, development.StepData{})
	}
}

// admit is the branch meeting and, in good time, what the committee says; who waits for longer than three months has a
// special reason in one case of two.
func (d *drawer) admit(c *course, t *timeline, state string) {
	reported := min(t.meeting.AddDays(5), d.today)
	c.AdmittedOn, c.ReportedOn = &t.meeting, &reported
	step := d.take(c, development.Admit, t.meeting, model.DevAdmitted, development.StepData{Passed: new(true), FiledOn: reported})
	d.vote(c, step, "支部党员大会讨论接收")
	switch {
	case state == model.DevRejected:
		c.PreReviewedOn, c.AdmittedOn, c.ReportedOn, c.EndedOn = nil, nil, nil, &t.approved
		d.take(c, development.Refuse, t.approved, state, development.StepData{Result: state, Reason: "材料审核发现重要事项未如实报告"})
	case state == model.DevAdmitted && calendar.AddMonths(t.meeting, 3) < d.today && c.place%2 == 0:
		c.SpecialReason = "本人外派培训，党委谈话延期"
		d.take(c, development.SpecialReason, calendar.AddMonths(t.meeting, 3), c.State, development.StepData{Reason: c.SpecialReason})
	}
}

// probation is the year up to full membership. One oath in twenty is missing; of those whose year is over, one in two has
// been discussed and waits for the committee.
func (d *drawer) probation(c *course, t *timeline, state string, i int) {
	ends := calendar.AddMonths(t.meeting, int(c.ProbationMonths))
	c.ApprovedOn, c.ProbationEndsOn = &t.approved, &ends
	d.take(c, development.Approve, t.approved, model.DevProbationary, development.StepData{FiledOn: t.approved})
	if oath := t.approved.AddDays(5 + d.r.IntN(20)); oath <= d.today && i%20 != 9 {
		c.OathOn = &oath
		d.take(c, development.Oath, oath, c.State, development.StepData{})
	}
	meeting := ends.AddDays(d.r.IntN(15))
	if meeting > d.today || state == model.DevProbationary && i%2 == 0 {
		return
	}
	c.FullMeetingOn = &meeting
	d.vote(c, d.take(c, development.FullMeeting, meeting, c.State, development.StepData{Passed: new(true)}), "支部党员大会讨论转正")
	if state != model.DevFull {
		return
	}
	approved := meeting.AddDays(5 + d.r.IntN(25))
	c.FullApprovedOn = &approved
	d.take(c, development.BecomeFull, approved, model.DevFull, development.StepData{FullOn: ends})
	if archived := approved.AddDays(3 + d.r.IntN(20)); archived <= d.today && i%25 != 4 {
		c.ArchivedOn = &archived
		d.take(c, development.Archive, archived, c.State, development.StepData{})
	}
}

// sponsor names two full members of the branch: the contacts become the introducers.
func (d *drawer) sponsor(c *course, code, role string, day model.Date) {
	var named []development.Sponsor
	for k := range min(2, len(c.staff)) {
		m := c.staff[(int(c.place)+k*3)%len(c.staff)]
		named = append(named, development.Sponsor{MemberID: m.ID, Name: m.Name, FromOn: day, Full: true})
		d.sponsors = append(d.sponsors, model.DevelopmentSponsor{DevelopmentID: c.place, MemberID: m.ID, Role: role, FromOn: day})
	}
	d.take(c, code, day, c.State, development.StepData{Members: named})
}

// vote is a meeting that nearly all attend and that says yes.
func (d *drawer) vote(c *course, step *model.DevelopmentStep, subject string) {
	voters := int64(len(c.staff))
	present := voters - voters/8
	no := int64(d.r.IntN(2))
	v := model.Vote{OrgID: c.OrgID, Kind: model.VoteDevelopment, Subject: c.Name + "：" + subject, HeldOn: step.OnDay, Voters: voters, Eligible: voters, Present: present,
		Yes: present - no, No: no, CreatedBy: step.AccountID, CreatedAt: step.At}
	v.Quorate, v.Passed = vote.Quorate(v.Kind, present, voters), vote.Passed(v.Kind, present, v.Yes, voters)
	step.VoteID = new(int64(len(d.votes)))
	d.votes = append(d.votes, v)
}
