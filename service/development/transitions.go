package development

import (
	"slices"

	"hongyun/model"
)

// Codes of the steps, as RULES 5 numbers them. A letter behind a number of the regulation is a part of that step which
// has a date and a decision of its own; EDIT and MOVE are records that are no step of the regulation.
const (
	Apply            = "T1"
	Talk             = "T1a"
	BecomeActivist   = "T2"
	AssignContacts   = "T2a"
	Assess           = "T2b"
	Consent          = "T3a"
	OpenNotice       = "T3b"
	CloseNotice      = "T3c"
	BecomeCandidate  = "T3"
	ChooseIntroducer = "T4a"
	Review           = "T4b"
	Train            = "T4c"
	PreReview        = "T4d"
	Admit            = "T5"
	SpecialReason    = "T6s"
	Approve          = "T6"
	Refuse           = "T6x"
	Oath             = "T7"
	FullMeeting      = "T8a"
	BecomeFull       = "T8"
	ExtendMeeting    = "T9a"
	Extend           = "T9"
	CancelMeeting    = "T10a"
	Cancel           = "T10"
	End              = "T0"
	Archive          = "T11"
	Edit             = "EDIT"
	Move             = "MOVE"
)

// Transition is a line of the table: a step, the states in which it may be taken, and the states to which it may lead.
// Whatever does not stand in the table is no transition (409).
type Transition struct {
	Code, Title string
	From        []string
	To          []string // of a step that was carried; one that was not stays in its state
	Level       string   // who decides: the branch, or a committee with the power to approve
	Rank        int      // along T1 → T11: dates do not run backwards from rank to rank
	Decides     bool     // not to be taken while a paper of it is missing
	Judged      bool     // may have a bad end, which is recorded: not agreed, an objection, not approved
}

func only(state string) []string { return []string{state} }

// table is RULES 5. A step whose To is empty changes no state.
func table() []Transition {
	var stays []string
	pending := []string{model.DevApplicant, model.DevActivist, model.DevCandidate}
	applicant, activist, candidate := only(model.DevApplicant), only(model.DevActivist), only(model.DevCandidate)
	admitted, probationary, full := only(model.DevAdmitted), only(model.DevProbationary), only(model.DevFull)
	return []Transition{
		{Apply, "递交入党申请书", only(""), applicant, model.LevelBranch, 0, false, false},
		{Talk, "派人谈话", applicant, stays, model.LevelBranch, 1, false, false},
		{BecomeActivist, "确定入党积极分子", applicant, activist, model.LevelBranch, 2, true, false},
		{AssignContacts, "指定培养联系人", activist, stays, model.LevelBranch, 3, false, false},
		{Assess, "培养考察", activist, stays, model.LevelBranch, 3, false, false},
		{Consent, "上级党委同意（备案）", activist, stays, model.LevelCommittee, 3, false, true},
		{OpenNotice, "开始公示", activist, stays, model.LevelBranch, 3, false, false},
		{CloseNotice, "公示结果", activist, stays, model.LevelBranch, 3, false, true},
		{BecomeCandidate, "确定发展对象", activist, candidate, model.LevelBranch, 4, true, false},
		{ChooseIntroducer, "确定入党介绍人", candidate, stays, model.LevelBranch, 5, false, false},
		{Review, "政治审查", candidate, stays, model.LevelBranch, 5, false, true},
		{Train, "集中培训", candidate, stays, model.LevelBranch, 5, false, false},
		{PreReview, "上级党委预审", candidate, stays, model.LevelCommittee, 6, false, true},
		{Admit, "支部党员大会讨论接收", candidate, admitted, model.LevelBranch, 7, true, false},
		{SpecialReason, "登记延长审批的特殊情况", admitted, stays, model.LevelCommittee, 8, false, false},
		{Approve, "党委审批", admitted, probationary, model.LevelCommittee, 9, true, false},
		{Refuse, "党委未批准", admitted, []string{model.DevCandidate, model.DevRejected}, model.LevelCommittee, 9, false, false},
		{Oath, "入党宣誓", probationary, stays, model.LevelBranch, 10, false, false},
		{FullMeeting, "支部党员大会讨论转正", probationary, stays, model.LevelBranch, 11, false, false},
		{ExtendMeeting, "支部党员大会讨论延长预备期", probationary, stays, model.LevelBranch, 11, false, false},
		{CancelMeeting, "支部党员大会讨论取消预备党员资格", probationary, stays, model.LevelBranch, 11, false, false},
		{BecomeFull, "党委审批转正", probationary, full, model.LevelCommittee, 12, true, true},
		{Extend, "党委审批延长预备期", probationary, stays, model.LevelCommittee, 12, true, true},
		{Cancel, "党委审批取消预备党员资格", probationary, only(model.DevCancelled), model.LevelCommittee, 12, true, true},
		{Archive, "材料归档", full, stays, model.LevelBranch, 13, true, false},
		{End, "停止发展", pending, []string{model.DevWithdrawn, model.DevStopped}, model.LevelBranch, 14, true, false},
	}
}

// transitionOf is the line of a step; false: the table has none.
func transitionOf(code string) (Transition, bool) {
	t := table()
	i := slices.IndexFunc(t, func(t Transition) bool { return t.Code == code })
	if i < 0 {
		return Transition{}, false
	}
	return t[i], true
}

// from tells the steps that the table allows in a state.
func from(state string) []Transition {
	return slices.DeleteFunc(table(), func(t Transition) bool { return !slices.Contains(t.From, state) })
}

// titleOf names a recorded step.
func titleOf(code string) string {
	switch code {
	case Edit:
		return "修改基本信息"
	case Move:
		return "转到其他支部"
	}
	t, _ := transitionOf(code)
	return t.Title
}

// open tells whether a course still goes on: somebody has to act.
func open(state string) bool {
	return slices.Contains([]string{model.DevApplicant, model.DevActivist, model.DevCandidate, model.DevAdmitted, model.DevProbationary}, state)
}

// stateTitle names a state as people call it.
func stateTitle(state string) string {
	return map[string]string{model.DevApplicant: "入党申请人", model.DevActivist: "入党积极分子", model.DevCandidate: "发展对象",
		model.DevAdmitted: "支部已接收，待党委审批", model.DevProbationary: "预备党员", model.DevFull: "正式党员", model.DevRejected: "未批准",
		model.DevCancelled: "取消预备党员资格", model.DevWithdrawn: "本人撤回", model.DevStopped: "停止培养"}[state]
}
