package development

import (
	"slices"
	"strings"

	"hongyun/model"
	"hongyun/service/calendar"
	"hongyun/service/fault"
	"hongyun/service/rule"
	"hongyun/service/vote"
)

// decide is what each step asks of its input and what it changes.
func (a *act) decide() error {
	if votes := slices.Contains([]string{Admit, FullMeeting, ExtendMeeting, CancelMeeting}, a.t.Code); len(a.in.Absent) > 0 && !votes {
		return fault.Invalid("development.no_vote", "这一步没有表决，不需要填写不计入人员")
	}
	switch a.t.Code {
	case Talk:
		a.set["talked_on"] = a.in.OnDay
	case BecomeActivist:
		return a.activist()
	case AssignContacts:
		return a.sponsors(model.SponsorContact)
	case Consent:
		a.data.FiledOn = a.in.FiledOn
	case OpenNotice:
		return a.openNotice()
	case CloseNotice:
		return a.closeNotice()
	case BecomeCandidate:
		a.set["candidate_on"] = a.in.OnDay
	case ChooseIntroducer:
		return a.sponsors(model.SponsorIntroducer)
	case Train:
		return a.train()
	case Review:
		if a.failed() { // what was reviewed on its ground falls with it
			a.set["pre_reviewed_on"] = nil
		}
	case PreReview:
		a.set["pre_reviewed_on"] = nil
		if !a.failed() {
			a.set["pre_reviewed_on"] = a.in.OnDay
		}
	case Admit, FullMeeting, ExtendMeeting, CancelMeeting:
		return a.meeting()
	case SpecialReason:
		return a.reason("special_reason")
	case Approve:
		return a.approve()
	case Refuse:
		return a.refuse()
	case Oath:
		a.set["oath_on"] = a.in.OnDay
	case BecomeFull:
		return a.becomeFull()
	case Extend:
		return a.extend()
	case Cancel:
		return a.cancel()
	case Archive:
		a.set["archived_on"] = a.in.OnDay
	case End:
		return a.end()
	}
	return nil
}

// activist is T2: decided by the branch, filed above.
func (a *act) activist() error {
	if a.in.FiledOn == "" || a.in.FiledOn < a.in.OnDay || a.in.FiledOn > a.Day() {
		return problem("DEV-E02").fault()
	}
	a.data.FiledOn = a.in.FiledOn
	a.set["activist_on"] = a.in.OnDay
	return nil
}

// sponsors replaces the training contacts or the introducers. Only members that v may see can be named.
func (a *act) sponsors(role string) error {
	code, least, most := "DEV-E03", a.r.Int("CONTACTS_LEAST"), a.r.Int("CONTACTS_MOST")
	if role == model.SponsorIntroducer {
		code, least, most = "DEV-E06", a.r.Int("INTRODUCERS"), a.r.Int("INTRODUCERS")
	}
	ids := make([]int64, len(a.in.Members))
	for i, m := range a.in.Members {
		ids[i] = m.MemberID
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if len(ids) != len(a.in.Members) || len(ids) < least || len(ids) > most {
		return problem(code).fault()
	}
	where, args := a.v.Reads().Paths("o.path")
	var found []Sponsor
	err := a.Raw(`SELECT m.id AS member_id, m.name, `+fullOn+` AS "full", m.watched_until IS NOT NULL AND m.watched_until >= ? AS watched
FROM member m JOIN org o ON o.id = m.org_id WHERE m.id IN ? AND `+where+" ORDER BY m.id",
		append([]any{model.StandingActive, model.MemberFull, a.in.OnDay, a.in.OnDay, ids}, args...)...).Scan(&found).Error
	if err != nil {
		return err
	}
	unfit := func(s Sponsor) bool { return !s.Full || s.Watched && role == model.SponsorIntroducer }
	if len(found) != len(ids) || slices.ContainsFunc(found, unfit) {
		return problem(code).fault()
	}
	if _, err := model.Exec(a.Tx, "UPDATE development_sponsor SET until_on = ? WHERE development_id = ? AND role = ? AND until_on IS NULL", a.in.OnDay, a.c.ID, role); err != nil {
		return err
	}
	rows := make([]model.DevelopmentSponsor, len(found))
	for i := range found {
		found[i].FromOn = a.in.OnDay
		rows[i] = model.DevelopmentSponsor{DevelopmentID: a.c.ID, MemberID: found[i].MemberID, Role: role, FromOn: a.in.OnDay}
	}
	a.data.Members = found
	return a.Create(&rows).Error
}

// openNotice begins a public notice. A day of an edition that asks for none counts by the newest one: a notice of one's own
// accord is as long as the others.
func (a *act) openNotice() error {
	days := a.r.Int("NOTICE_WORKING_DAYS")
	if days == 0 {
		days = a.r.On(a.Day()).Int("NOTICE_WORKING_DAYS")
	}
	if days == 0 {
		return fault.Conflict("development.no_notice", "现行规定不要求公示")
	}
	if s, ok := a.c.last(Consent); ok && a.in.OnDay < s.OnDay {
		return problem("DEV-E11").fault()
	}
	end, err := calendar.NoticeEnd(a.Tx, a.in.OnDay, days)
	if err != nil {
		return err
	}
	n := model.DevelopmentNotice{DevelopmentID: a.c.ID, StartOn: a.in.OnDay, EndsOn: end.Date, Outcome: model.NoticeOpen, At: a.Now}
	if a.v.AccountID != 0 {
		n.AccountID = &a.v.AccountID
	}
	a.data.NoticeFrom, a.data.NoticeEnds = n.StartOn, n.EndsOn
	return a.Create(&n).Error
}

// closeNotice records how a notice ended. A clear one has run to its end; an objection that is upheld may end it at once.
func (a *act) closeNotice() error {
	if a.in.OnDay < a.c.Notice.StartOn {
		return problem("DEV-E11").fault()
	}
	outcome := model.NoticeBlocked
	if !a.failed() {
		outcome = model.NoticeClear
		if a.in.OnDay < a.c.Notice.EndsOn {
			return problem("DEV-E05").fault()
		}
	} else if strings.TrimSpace(a.in.Reason) == "" {
		return fault.Invalid("development.reason", "请填写异议的内容和核实情况")
	}
	n, err := model.Exec(a.Tx, "UPDATE development_notice SET outcome = ?, objection = ? WHERE id = ? AND outcome = ?", outcome, a.in.Reason, a.c.Notice.ID, model.NoticeOpen)
	if err == nil && n != 1 {
		err = problem("development.done").fault()
	}
	return err
}

func (a *act) train() error {
	if !trained(a.in.Days, a.in.Hours, a.r) {
		return problem("DEV-E08").fault()
	}
	a.data.Days, a.data.Hours = a.in.Days, a.in.Hours
	a.set["trained_on"] = a.in.OnDay
	return nil
}

// meeting is a vote of the branch members' meeting. A vote that did not carry is recorded, and nothing follows from it.
func (a *act) meeting() error {
	if a.t.Code == Admit && !a.in.Here {
		return fault.Invalid("development.absent", "发展对象须参加讨论接收的支部党员大会")
	}
	if a.t.Code == ExtendMeeting && !extension(a.in.Months, a.r) {
		return problem("DEV-E10").fault()
	}
	ballot := vote.Ballot{HeldOn: a.in.OnDay, Present: a.in.Present, Written: a.in.Written, Yes: a.in.Yes, No: a.in.No, Abstain: a.in.Abstain, Exclusions: a.in.Absent}
	row, err := vote.Record(a.Tx, a.v, a.c.OrgID, model.VoteDevelopment, a.c.Name+"："+a.t.Title, ballot, 0, a.r.Int("COUNT_WRITTEN_VOTES") > 0)
	if err != nil {
		return err
	}
	a.vote, a.data.Passed = &row, &row.Passed
	if !row.Passed {
		a.fail()
		return nil
	}
	switch a.t.Code {
	case Admit:
		if a.in.FiledOn != "" && (a.in.FiledOn < a.in.OnDay || a.in.FiledOn > a.Day()) {
			return problem("DEV-E11").fault()
		}
		a.set["admitted_on"], a.data.FiledOn = a.in.OnDay, a.in.FiledOn
		if a.in.FiledOn != "" {
			a.set["reported_on"] = a.in.FiledOn
		}
	case FullMeeting:
		a.set["full_meeting_on"] = a.in.OnDay
	case ExtendMeeting:
		a.data.Months = a.in.Months
	}
	return nil
}

// reason keeps the reason that a step asks for.
func (a *act) reason(column string) error {
	if strings.TrimSpace(a.in.Reason) == "" {
		return fault.Invalid("development.reason", "请填写原因")
	}
	if column != "" {
		a.set[column] = a.in.Reason
	}
	return nil
}

// refuse is T6x: the committee did not approve. People say whether the person stays a candidate.
func (a *act) refuse() error {
	if !slices.Contains(a.t.To, a.in.Result) {
		return fault.Invalid("development.result", "请选择未批准后的结果：仍为发展对象，或者终止")
	}
	a.to, a.data.Result = a.in.Result, a.in.Result
	a.set["special_reason"] = ""
	if a.to == model.DevRejected {
		a.set["ended_on"] = a.in.OnDay
	}
	for _, column := range []string{"pre_reviewed_on", "admitted_on", "reported_on"} { // they are done again
		a.set[column] = nil
	}
	return a.reason("")
}

// end is T0: the person withdraws in writing, or the branch committee stops the training and says why.
func (a *act) end() error {
	if !slices.Contains(a.t.To, a.in.Result) {
		return fault.Invalid("development.result", "请选择本人撤回或者停止培养")
	}
	a.to, a.data.Result = a.in.Result, a.in.Result
	a.set["ended_on"] = a.in.OnDay
	return a.reason("")
}

// extend is T9 after the branch has voted for it: the months are those of the meeting.
func (a *act) extend() error {
	if a.failed() {
		return nil
	}
	meeting, _ := a.c.last(ExtendMeeting)
	months := dataOf(meeting).Months
	if !extension(months, a.r) {
		return problem("DEV-E10").fault()
	}
	a.data.Months = months
	a.set["probation_months"] = a.c.ProbationMonths + months
	a.set["probation_ends_on"] = calendar.AddMonths(dateOr(a.c.AdmittedOn), int(a.c.ProbationMonths+months))
	a.set["full_meeting_on"] = nil
	return nil
}

// probation is how long the probation lasts, and when it ends.
func probation(admitted model.Date, r rule.Set) (months int64, ends model.Date) {
	n := r.On(admitted).Int("PROBATION_MONTHS")
	return int64(n), calendar.AddMonths(admitted, n)
}
