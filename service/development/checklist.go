package development

import (
	"slices"

	"hongyun/model"
	"hongyun/service/rule"
)

// Stage is one of the five stages with its steps.
type Stage struct {
	Title string `json:"title"`
	State string `json:"state"` // DONE, CURRENT, OPEN
	Items []Item `json:"items"`
}

// Item is one of the 25 steps of the usual checklist (RULES 5).
type Item struct {
	Number int        `json:"number"`
	Title  string     `json:"title"`
	Code   string     `json:"code"` // the step of the table that does it
	Done   bool       `json:"done"`
	OnDay  model.Date `json:"on_day"` // empty: not done, or recorded together with another step
}

// States of a stage and of an item.
const (
	Done    = "DONE"
	Current = "CURRENT"
	Open    = "OPEN"
)

// checklist is the 25 steps in five stages, as far as the course has come.
func checklist(c Course, r rule.Set) []Stage {
	stages := []Stage{
		{Title: "申请入党", Items: []Item{{Title: "递交入党申请书", Code: Apply}, {Title: "党组织派人谈话", Code: Talk}}},
		{Title: "入党积极分子的确定和培养教育", Items: []Item{{Title: "推荐和确定入党积极分子", Code: BecomeActivist}, {Title: "上级党委备案", Code: BecomeActivist},
			{Title: "指定培养联系人", Code: AssignContacts}, {Title: "培养教育考察", Code: Assess}}},
		{Title: "发展对象的确定和考察", Items: []Item{{Title: "确定发展对象", Code: BecomeCandidate}, {Title: secondReport(r), Code: Consent},
			{Title: "确定入党介绍人", Code: ChooseIntroducer}, {Title: "进行政治审查", Code: Review}, {Title: "开展集中培训", Code: Train}}},
		{Title: "预备党员的接收", Items: []Item{{Title: "支部委员会审查", Code: PreReview}, {Title: "上级党委预审", Code: PreReview}, {Title: "填写入党志愿书", Code: PreReview},
			{Title: "支部大会讨论", Code: Admit}, {Title: "上级党委派人谈话", Code: Approve}, {Title: "上级党委审批", Code: Approve}, {Title: "再上一级党委组织部门备案", Code: Approve}}},
		{Title: "预备党员的教育考察和转正", Items: []Item{{Title: "编入党支部和党小组", Code: Approve}, {Title: "入党宣誓", Code: Oath}, {Title: "继续教育考察", Code: FullMeeting},
			{Title: "提出转正申请", Code: FullMeeting}, {Title: "支部大会讨论", Code: FullMeeting}, {Title: "上级党委审批", Code: BecomeFull}, {Title: "材料归档", Code: Archive}}},
	}
	number, current := 0, false
	for i := range stages {
		all := true
		for j := range stages[i].Items {
			number++
			item := &stages[i].Items[j]
			item.Number = number
			item.Done, item.OnDay = reached(c, item.Code, r)
			all = all && item.Done
		}
		switch {
		case all:
			stages[i].State = Done
		case !current:
			stages[i].State, current = Current, true
		default:
			stages[i].State = Open
		}
	}
	return stages
}

func secondReport(r rule.Set) string {
	if r.Int("UPPER_CONSENT") > 0 {
		return "报上级党委同意并公示"
	}
	return "报上级党委备案"
}

// reached tells whether a step stands as done, and since when. A decision that a later one took back is not done.
func reached(c Course, code string, r rule.Set) (bool, model.Date) {
	on := map[string]*model.Date{Apply: &c.AppliedOn, Talk: c.TalkedOn, BecomeActivist: c.ActivistOn, BecomeCandidate: c.CandidateOn, Train: c.TrainedOn,
		PreReview: c.PreReviewedOn, Admit: c.AdmittedOn, Approve: c.ApprovedOn, Oath: c.OathOn, FullMeeting: c.FullMeetingOn, BecomeFull: c.FullApprovedOn, Archive: c.ArchivedOn}
	if day, ok := on[code]; ok {
		return dateOr(day) != "", dateOr(day)
	}
	step, ok := c.last(code)
	done := ok && !dataOf(step).failed()
	switch code {
	case AssignContacts:
		done = len(c.Contacts) > 0
	case ChooseIntroducer:
		done = len(c.Introducers) == r.Int("INTRODUCERS")
	case Assess:
		done = c.CandidateOn != nil
	case Consent: // an edition without consent and notice has it filed together with T3
		notice := c.Notice != nil && c.Notice.Outcome == model.NoticeClear
		done = c.CandidateOn != nil || done && notice
	}
	if !done {
		return false, ""
	}
	return true, step.OnDay
}

// Next is a step that the table allows now, and what still stands against it.
type Next struct {
	Code       string     `json:"code"`
	Title      string     `json:"title"`
	Level      string     `json:"level"`       // who decides
	May        bool       `json:"may"`         // the viewer may record it
	EarliestOn model.Date `json:"earliest_on"` // empty: any day
	Problems   []Problem  `json:"problems"`
	Warnings   []Problem  `json:"warnings"`
}

// next lists the steps that the table allows in the course's state, judged by the numbers of today.
func next(c Course, today model.Date, r rule.Set, may func(level string) bool) []Next {
	steps := []Next{}
	for _, t := range from(c.State) {
		problems := blocks(c, t.Code, today, r)
		if len(problems) == 1 && problems[0].Code == "development.done" && t.Code != OpenNotice {
			continue
		}
		n := Next{Code: t.Code, Title: t.Title, Level: t.Level, May: may(t.Level), EarliestOn: earliest(c, t.Code, r), Problems: problems, Warnings: []Problem{}}
		if t.Code == PreReview && leaves(c, today, r) {
			n.Warnings = append(n.Warnings, problem("DEV-W03"))
		}
		if papers := missing(c, t.Code, "", r); len(papers) > 0 && t.Code != End {
			p := problem("development.papers")
			p.Papers = papers
			if t.Decides {
				n.Problems = append(n.Problems, p)
			} else { // the step may be recorded first
				n.Warnings = append(n.Warnings, p)
			}
		}
		if n.Problems == nil {
			n.Problems = []Problem{}
		}
		steps = append(steps, n)
	}
	return steps
}

// lacking is the papers that steps which were taken ask for and that are not there.
func lacking(c Course, r rule.Set) []PaperView {
	papers := []PaperView{}
	for _, p := range c.Papers {
		step, taken := c.last(p.Step)
		there := slices.ContainsFunc(c.Documents, func(d model.DevelopmentDocument) bool { return d.Step == p.Step && d.Kind == p.Kind })
		if taken && !there && !dataOf(step).failed() && asked(p.Step, p.Kind, dataOf(step).Result, r.On(step.OnDay)) {
			papers = append(papers, PaperView{p.Step, p.Kind})
		}
	}
	return papers
}
