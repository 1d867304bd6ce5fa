package o2o

import (
	"slices"
	"strings"

	"hongyun/model"
)

// Actions on a request.
const (
	ActionSubmit   = "submit"
	ActionAdd      = "add"
	ActionChase    = "chase"
	ActionAccept   = "accept"
	ActionDecline  = "decline"
	ActionConverse = "converse"
	ActionMerge    = "merge"
	ActionClassify = "classify"
	ActionAnswer   = "answer"
	ActionRefer    = "refer"
	ActionSolve    = "solve"
	ActionReturn   = "return"
	ActionAssign   = "assign"
	ActionHandle   = "handle"
	ActionContact  = "contact"
	ActionReply    = "reply"
	ActionHelp     = "help"
	ActionHelped   = "helped"
	ActionUnhelp   = "cancel_help"
	ActionPause    = "pause"
	ActionResume   = "resume"
	ActionAsk      = "ask_extension"
	ActionGrant    = "grant_extension"
	ActionRefuse   = "refuse_extension"
	ActionClose    = "close"
	ActionRate     = "rate"
	ActionReopen   = "reopen"
	ActionSendBack = "send_back"
	ActionRework   = "rework"
	ActionWithdraw = "withdraw"
	ActionExpire   = "expire"
	ActionRecount  = "recount"
)

// party is whose step a transition is.
type party string

const (
	citizen    party = "citizen"    // who sent the request
	desk       party = "desk"       // the O2O window, or the city's administrator
	city       party = "city"       // the city's administrator
	department party = "department" // handlers and leaders of the unit that the request was referred to; of what no unit leads, the window
	helper     party = "helper"     // a unit that helps
	clockwork  party = "clock"      // nobody: a limit ran out, or was counted again
)

// transition is one line of the state machine of RULES 9.1.
type transition struct {
	Action string
	Title  string   // of the step, in the request's history
	From   []string // "": before the request exists
	To     string   // "": the state stays
	Who    party
	Ends   bool   // the step ends the open limit
	Starts string // the limit that runs from here; "" with Ends: none
	Public bool   // may the citizen read the note
	Kind   string // of the message that tells the citizen; "": none
	Says   string // its text
}

// Groups of states.
var (
	// openStates are those in which somebody has to do something.
	openStates = []string{model.RequestSubmitted, model.RequestAccepted, model.RequestReferred, model.RequestHandling, model.RequestReturned, model.RequestReopened}
	// workStates are those in which a unit works.
	workStates = []string{model.RequestReferred, model.RequestHandling, model.RequestReopened}
	// closedStates are those after a closing.
	closedStates = []string{model.RequestClosed, model.RequestRated, model.RequestUnrated}
)

// transitions is the whole state machine (RULES 9.1, limits 9.2). What does not stand here cannot happen.
var transitions = []transition{
	{Action: ActionSubmit, Title: "提交诉求", From: []string{""}, To: model.RequestSubmitted, Who: citizen, Starts: model.ClockAccept, Public: true},
	{Action: ActionAdd, Title: "补充材料", From: openStates, Who: citizen, Public: true},
	{Action: ActionChase, Title: "群众催办", From: openStates, Who: citizen, Public: true},
	{Action: ActionWithdraw, Title: "群众撤回", From: []string{model.RequestSubmitted, model.RequestAccepted, model.RequestReferred, model.RequestReturned},
		To: model.RequestWithdrawn, Who: citizen, Ends: true, Public: true},
	{Action: ActionAccept, Title: "受理", From: []string{model.RequestSubmitted}, To: model.RequestAccepted, Who: desk,
		Ends: true, Starts: model.ClockRefer, Public: true,
		Kind: "o2o.accepted", Says: "您的诉求 {number} 已受理，{deadline} 前答复您或转交责任单位。"},
	{Action: ActionDecline, Title: "不予受理", From: []string{model.RequestSubmitted}, To: model.RequestDeclined, Who: desk,
		Ends: true, Public: true,
		Kind: "o2o.declined", Says: "您的诉求 {number} 不予受理：{note}"},
	{Action: ActionConverse, Title: "转入会话", From: []string{model.RequestSubmitted}, To: model.RequestConversation, Who: desk, Ends: true},
	{Action: ActionMerge, Title: "合并重复诉求", From: []string{model.RequestSubmitted, model.RequestAccepted}, To: model.RequestDuplicate, Who: desk,
		Ends: true, Public: true,
		Kind: "o2o.merged", Says: "您的诉求 {number} 与他人反映的同一事项合并办理，办理进度同样会告知您，办结后您仍可评价。"},
	{Action: ActionClassify, Title: "分类", From: openStates, Who: desk},
	{Action: ActionAnswer, Title: "立即答复", From: []string{model.RequestAccepted}, To: model.RequestClosed, Who: desk,
		Ends: true, Starts: model.ClockRate, Public: true, Kind: "o2o.closed", Says: closedSentence},
	{Action: ActionSolve, Title: "立即办理", From: []string{model.RequestAccepted}, To: model.RequestHandling, Who: desk,
		Ends: true, Starts: model.ClockHandle,
		Kind: "o2o.referred", Says: "您的诉求 {number} 由{department}办理，办理期限至 {deadline}。"},
	{Action: ActionRefer, Title: "转交责任单位", From: []string{model.RequestAccepted, model.RequestReturned}, To: model.RequestReferred, Who: desk,
		Ends: true, Starts: model.ClockHandle,
		Kind: "o2o.referred", Says: "您的诉求 {number} 已转交{department}办理，办理期限至 {deadline}。"},
	{Action: ActionReturn, Title: "退回", From: []string{model.RequestReferred}, To: model.RequestReturned, Who: department, Ends: true, Starts: model.ClockRefer},
	{Action: ActionAssign, Title: "市级指定办理", From: []string{model.RequestReturned}, To: model.RequestReferred, Who: city,
		Ends: true, Starts: model.ClockHandle,
		Kind: "o2o.referred", Says: "您的诉求 {number} 已指定{department}办理，办理期限至 {deadline}。"},
	{Action: ActionHandle, Title: "开始办理", From: []string{model.RequestReferred}, To: model.RequestHandling, Who: department},
	{Action: ActionRework, Title: "重新办理", From: []string{model.RequestReopened}, To: model.RequestHandling, Who: department},
	{Action: ActionContact, Title: "首次联系", From: workStates, Who: department},
	{Action: ActionReply, Title: "回复群众", From: []string{model.RequestHandling}, Who: department, Public: true,
		Kind: "o2o.replied", Says: "{department}回复您的诉求 {number}：{note}"},
	{Action: ActionHelp, Title: "请单位协办", From: workStates, Who: department},
	{Action: ActionHelped, Title: "协办完成", From: workStates, Who: helper},
	{Action: ActionUnhelp, Title: "取消协办", From: workStates, Who: department},
	{Action: ActionPause, Title: "暂停计时", From: []string{model.RequestHandling}, Who: department, Public: true,
		Kind: "o2o.paused", Says: "您的诉求 {number} 暂停计时：{note}"},
	{Action: ActionResume, Title: "恢复计时", From: []string{model.RequestHandling}, Who: department, Public: true,
		Kind: "o2o.resumed", Says: "您的诉求 {number} 恢复计时，办理期限至 {deadline}。"},
	{Action: ActionAsk, Title: "申请延期", From: []string{model.RequestReferred, model.RequestHandling}, Who: department},
	{Action: ActionGrant, Title: "同意延期", From: []string{model.RequestReferred, model.RequestHandling}, Who: desk, Public: true,
		Kind: "o2o.extended", Says: "您的诉求 {number} 经批准延期，办理期限至 {deadline}，原因：{note}"},
	{Action: ActionRefuse, Title: "不同意延期", From: []string{model.RequestReferred, model.RequestHandling}, Who: desk},
	{Action: ActionClose, Title: "办结", From: []string{model.RequestHandling}, To: model.RequestClosed, Who: department,
		Ends: true, Starts: model.ClockRate, Public: true, Kind: "o2o.closed", Says: closedSentence},
	{Action: ActionRate, Title: "群众评价", From: []string{model.RequestClosed}, To: model.RequestRated, Who: citizen, Ends: true, Public: true},
	{Action: ActionRate, Title: "群众评价", From: []string{model.RequestDuplicate}, Who: citizen, Public: true}, // of what the main request's closing did
	{Action: ActionExpire, Title: "逾期未评价", From: []string{model.RequestClosed}, To: model.RequestUnrated, Who: clockwork, Ends: true, Public: true},
	{Action: ActionReopen, Title: "要求重新办理", From: []string{model.RequestRated}, To: model.RequestReopened, Who: citizen,
		Ends: true, Starts: model.ClockReopen, Public: true,
		Kind: "o2o.reopened", Says: "您的诉求 {number} 已重新办理，办理期限至 {deadline}。"},
	{Action: ActionSendBack, Title: "退回重新办理", From: closedStates, To: model.RequestReopened, Who: desk,
		Ends: true, Starts: model.ClockReopen, Public: true,
		Kind: "o2o.reopened", Says: "您的诉求 {number} 已重新办理，办理期限至 {deadline}。"},
	{Action: ActionRecount, Title: "重新计算期限", From: openStates, Who: clockwork, Public: true},
}

const closedSentence = "您的诉求 {number} 已办结：{note}\n请在 {deadline} 前评价：回复“评价5”非常满意、“评价4”满意、" +
	"“评价3”基本满意、“评价2”不满意、“评价1”非常不满意，也可在小程序“我的诉求”中评价。"

// next is the line by which action leads on from state.
func next(action, state string) (transition, bool) {
	for _, t := range transitions {
		if t.Action == action && slices.Contains(t.From, state) {
			return t, true
		}
	}
	return transition{}, false
}

// partyOf is whose step an action is.
func partyOf(action string) party {
	for _, t := range transitions {
		if t.Action == action {
			return t.Who
		}
	}
	return clockwork
}

// titleOf is what an action is called in the history.
func titleOf(action string) string {
	for _, t := range transitions {
		if t.Action == action {
			return t.Title
		}
	}
	return action
}

var (
	collectingStates = []string{model.RequestSubmitted, model.RequestAccepted}

	stateNames = map[string]string{
		model.RequestSubmitted: "待受理", model.RequestAccepted: "已受理", model.RequestReferred: "已转交", model.RequestHandling: "办理中",
		model.RequestReturned: "已退回", model.RequestClosed: "已办结", model.RequestRated: "已评价", model.RequestUnrated: "未评价",
		model.RequestReopened: "重新办理", model.RequestConversation: "会话", model.RequestDeclined: "不予受理", model.RequestDuplicate: "重复诉求", model.RequestWithdrawn: "已撤回",
	}
	categoryNames = map[string]string{
		model.CategoryConsult: "咨询", model.CategoryHelp: "求助", model.CategoryComplaint: "投诉举报",
		model.CategorySuggestion: "建议", model.CategoryUrgent: "应急",
	}
	ratingNames = []string{1: "非常不满意", 2: "不满意", 3: "基本满意", 4: "满意", 5: "非常满意"}
)

// ratingSatisfied is the least grade that counts as satisfied (RULES 9.3).
const ratingSatisfied = 3

// Category is one of the five kinds of requests, by which the limits go (RULES 9.2).
type Category struct{ Code, Name string }

// Categories lists them.
func Categories() []Category {
	out := []Category{}
	for _, code := range []string{model.CategoryConsult, model.CategoryHelp, model.CategoryComplaint, model.CategorySuggestion, model.CategoryUrgent} {
		out = append(out, Category{Code: code, Name: categoryNames[code]})
	}
	return out
}

// Open tells whether somebody still has to do something in a state.
func Open(state string) bool { return slices.Contains(openStates, state) }

// excerpt is the first n characters of text, on one line.
func excerpt(text string, n int) string {
	r := []rune(strings.Join(strings.Fields(text), " "))
	if len(r) <= n {
		return string(r)
	}
	return string(r[:n-1]) + "…"
}
