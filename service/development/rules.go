package development

import (
	"slices"
	"strings"

	"hongyun/model"
	"hongyun/service/calendar"
	"hongyun/service/fault"
	"hongyun/service/rule"
)

// Problem is what forbids a step, or what is late. Code is that of RULES 5 where it has one.
type Problem struct {
	Code    string   `json:"code"`
	Message string   `json:"message"`
	Papers  []string `json:"papers,omitempty"` // that are missing
}

// text is the sentence of an error code (RULES 5).
func text(code string) string {
	return map[string]string{
		"DEV-E01": "申请人未满18周岁",
		"DEV-E02": "未谈话或未备案",
		"DEV-E03": "培养联系人须为1至2名正式党员",
		"DEV-E04": "培养考察不满一年",
		"DEV-E05": "公示未满5个工作日",
		"DEV-E06": "须有两名正式党员作入党介绍人",
		"DEV-E07": "未经政治审查或审查不合格",
		"DEV-E08": "集中培训不足三天且不足24学时",
		"DEV-E09": "预备期未满",
		"DEV-E10": "预备期只能延长一次，且不少于半年、不超过一年",
		"DEV-E11": "日期顺序错误",
		"DEV-W01": "收到入党申请书已满1个月，尚未派人谈话",
		"DEV-W02": "培养考察已满半年，未填写考察意见",
		"DEV-W03": "发展对象三个月内将离开本单位，一般不办理接收手续",
		"DEV-W04": "预审合格已满1个月，尚未提交党支部党员大会讨论",
		"DEV-W05": "接收决议上报已满3个月未审批",
		"DEV-W06": "已满6个月，超过最长审批期限",
		"DEV-W07": "批准已满1个月，尚未组织入党宣誓",
		"DEV-W08": "预备期已满，尚未讨论转正",
		"DEV-W09": "转正决议上报已满3个月未审批",
		"DEV-W10": "转正后材料未归档",

		"development.no_consent":       "上级党委尚未同意",
		"development.objection":        "公示期间有异议且经核实成立，不能确定为发展对象",
		"development.notice_open":      "公示尚未登记结果",
		"development.no_open_notice":   "没有正在进行的公示，请先开始公示",
		"development.not_pre_reviewed": "尚未通过上级党委预审",
		"development.no_meeting":       "支部党员大会尚未通过",
		"development.special_reason":   "已超过3个月，须先登记延长审批的特殊情况",
		"development.papers":           "缺少应有的材料",
		"development.done":             "此项已经登记",
	}[code]
}

func problem(code string) Problem { return Problem{Code: code, Message: text(code)} }

// fault makes the problem an answer: 400, or 409 for what waits for something else to happen first.
func (p Problem) fault() error {
	if len(p.Papers) > 0 {
		return fault.Conflict(p.Code, p.Message+"："+strings.Join(p.Papers, "、")).With("papers", p.Papers)
	}
	if strings.HasPrefix(p.Code, "DEV-") {
		return fault.Invalid(p.Code, p.Message)
	}
	return fault.Conflict(p.Code, p.Message)
}

// underage is E01: younger than 18 on the day of the application.
func underage(born, applied model.Date, r rule.Set) bool {
	return calendar.Years(born, applied) < r.On(applied).Int("AGE_LEAST")
}

// trained is E08's rule: three days or 24 class hours, either is enough.
func trained(days, hours int64, r rule.Set) bool {
	return days >= int64(r.Int("TRAINING_DAYS")) || hours >= int64(r.Int("TRAINING_HOURS"))
}

// extension is E10's rule for the months; that it is the first one stands in blocks.
func extension(months int64, r rule.Set) bool {
	return months >= int64(r.Int("EXTENSION_MONTHS_LEAST")) && months <= int64(r.Int("EXTENSION_MONTHS_MOST"))
}

// earliest is the first day on which the rules allow a step, as far as the course tells; empty: any day.
func earliest(c Course, code string, r rule.Set) model.Date {
	switch code {
	case BecomeCandidate:
		day := calendar.AddMonths(dateOr(c.ActivistOn), r.Int("ACTIVIST_MONTHS"))
		if c.Notice != nil && r.Int("NOTICE_WORKING_DAYS") > 0 {
			day = max(day, c.Notice.EndsOn.AddDays(1))
		}
		return day
	case FullMeeting:
		return dateOr(c.ProbationEndsOn)
	}
	return ""
}

// blocks is what forbids a step on a day, as far as the course itself tells. r holds the numbers in force on that day.
func blocks(c Course, code string, day model.Date, r rule.Set) []Problem {
	var found []Problem
	forbid := func(when bool, code string) {
		if when {
			found = append(found, problem(code))
		}
	}
	_, taken := c.last(code)
	switch code {
	case Talk, Oath, Archive:
		forbid(taken, "development.done")
	case BecomeActivist:
		forbid(c.TalkedOn == nil, "DEV-E02")
	case OpenNotice:
		forbid(r.Int("UPPER_CONSENT") > 0 && !c.passed(Consent), "development.no_consent")
		forbid(c.Notice != nil && c.Notice.Outcome == model.NoticeOpen, "development.done")
	case CloseNotice:
		forbid(c.Notice == nil || c.Notice.Outcome != model.NoticeOpen, "development.no_open_notice")
	case BecomeCandidate:
		found = candidacy(c, day, r)
	case PreReview:
		n := len(slices.DeleteFunc(slices.Clone(c.Introducers), func(s Sponsor) bool { return !s.Full || s.Watched }))
		forbid(n != r.Int("INTRODUCERS") || n != len(c.Introducers), "DEV-E06")
		forbid(!c.passed(Review), "DEV-E07")
		forbid(c.TrainedOn == nil, "DEV-E08")
	case Admit:
		forbid(c.PreReviewedOn == nil, "development.not_pre_reviewed")
	case Approve:
		found = approval(c, day, r)
	case FullMeeting:
		forbid(day < dateOr(c.ProbationEndsOn), "DEV-E09")
	case BecomeFull:
		forbid(c.FullMeetingOn == nil, "development.no_meeting")
	case ExtendMeeting:
		forbid(c.extended(), "DEV-E10")
	case Extend:
		forbid(c.extended(), "DEV-E10")
		forbid(!c.carried(ExtendMeeting), "development.no_meeting")
	case Cancel:
		forbid(!c.carried(CancelMeeting), "development.no_meeting")
	}
	return found
}

// candidacy is T3: a year of training, contacts, the consent from above and the notice where the edition asks for them.
func candidacy(c Course, day model.Date, r rule.Set) []Problem {
	var found []Problem
	if n := len(c.Contacts); n < r.Int("CONTACTS_LEAST") || n > r.Int("CONTACTS_MOST") {
		found = append(found, problem("DEV-E03"))
	}
	if day < calendar.AddMonths(dateOr(c.ActivistOn), r.Int("ACTIVIST_MONTHS")) {
		found = append(found, problem("DEV-E04"))
	}
	if r.Int("UPPER_CONSENT") > 0 && !c.passed(Consent) {
		found = append(found, problem("development.no_consent"))
	}
	switch {
	case r.Int("NOTICE_WORKING_DAYS") == 0 && c.Notice == nil: // an edition without a notice
	case c.Notice == nil || day <= c.Notice.EndsOn:
		found = append(found, problem("DEV-E05"))
	case c.Notice.Outcome == model.NoticeOpen:
		found = append(found, problem("development.notice_open"))
	case c.Notice.Outcome == model.NoticeBlocked:
		found = append(found, problem("development.objection"))
	}
	return found
}

// approval is T6: within three months, with a recorded special reason within six, and never later.
func approval(c Course, day model.Date, r rule.Set) []Problem {
	admitted := dateOr(c.AdmittedOn)
	switch {
	case day > calendar.AddMonths(admitted, r.Int("APPROVAL_MONTHS_MOST")):
		return []Problem{problem("DEV-W06")}
	case day > calendar.AddMonths(admitted, r.Int("APPROVAL_MONTHS")) && c.SpecialReason == "":
		return []Problem{problem("development.special_reason")}
	}
	return nil
}

// missing is the papers of a step that are not there yet. result narrows those of T0: a withdrawal needs the person's
// words, an end by the branch its minutes. Papers that the edition in force does not know are not asked for. A decision and
// an assessment that are taken again want new ones. The archive takes all papers of the course (T11).
func missing(c Course, code, result string, r rule.Set) []string {
	asks := code
	t, _ := transitionOf(code)
	anew := t.Decides && code != Archive || code == Assess
	if code == FullMeeting {
		asks = BecomeFull
	}
	var kinds []string
	for _, p := range c.Papers {
		there := slices.ContainsFunc(c.Documents, func(d model.DevelopmentDocument) bool {
			return d.Step == p.Step && d.Kind == p.Kind && (d.Step != code || !anew || since(c, d))
		})
		if p.Step == asks && !there && asked(code, p.Kind, result, r) {
			kinds = append(kinds, p.Kind)
		}
	}
	if code == Archive {
		for _, p := range lacking(c, r) {
			kinds = append(kinds, p.Kind)
		}
	}
	return kinds
}

func asked(code, kind, result string, r rule.Set) bool {
	switch {
	case code == BecomeCandidate && kind == "上级同意意见":
		return r.Int("UPPER_CONSENT") > 0
	case code == BecomeCandidate && kind == "公示及结果":
		return r.Int("NOTICE_WORKING_DAYS") > 0
	case code == FullMeeting:
		return kind == "转正申请书" || kind == "考察表"
	case code == End && result == model.DevWithdrawn:
		return kind == "书面说明"
	case code == End && result == model.DevStopped:
		return kind == "支委会记录"
	}
	return true
}

// backwards is E11: the day lies before a step of an earlier rank, or after a step of a later rank that was recorded first.
// Steps of one rank go side by side; a step that is taken again is not earlier than the first time. What a round that
// failed had reached binds no more, but nothing of the new round lies before its end. The oath alone may be recorded late,
// with its true date.
func backwards(c Course, t Transition, day model.Date) bool {
	if t.Code == Oath {
		return day < dateOr(c.ApprovedOn)
	}
	turned := c.turned()
	for _, s := range c.Steps {
		other, ok := transitionOf(s.Code)
		switch {
		case !ok || other.Code == Oath:
		case s.Seq <= turned:
			if turns(s) && day < s.OnDay {
				return true
			}
		case day < s.OnDay && (other.Rank < t.Rank || other.Code == t.Code), day > s.OnDay && other.Rank > t.Rank:
			return true
		}
	}
	return false
}

func dateOr(d *model.Date) model.Date {
	if d == nil {
		return ""
	}
	return *d
}
