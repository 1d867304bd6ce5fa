package o2o

import (
	"slices"
	"strings"

	"hongyun/model"
)

// Actions on a request.
const (
	ActionSubmit   = "submit"
	ActionAccept   = "accept"
	ActionDecline  = "decline"
	ActionAnswer   = "answer"
	ActionRefer    = "refer"
	ActionHandle   = "handle"
	ActionReply    = "reply"
	ActionClose    = "close"
	ActionRate     = "rate"
	ActionWithdraw = "withdraw"
	ActionExpire   = "expire"
)

// party is whose step a transition is.
type party string

const (
	citizen    party = "citizen"    // who sent the request
	desk       party = "desk"       // the O2O window, or the city's administrator
	department party = "department" // handlers and leaders of the unit that the request was referred to
	clockwork  party = "clock"      // nobody: a limit ran out
)

// transition is one line of the state machine of RULES 9.1.
type transition struct {
	Action string
	Title  string   // of the step, in the request's history
	From   []string // "": before the request exists
	To     string
	Who    party
	Ends   string // the limit that the step ends; "" lets the open one run on
	Starts string // the limit that runs from here
	Public bool   // may the citizen read the note
	Kind   string // of the message that tells the citizen; "": none
	Says   string // its text
}

// transitions is the whole state machine (RULES 9.1, limits 9.2). What does not stand here cannot happen.
var transitions = []transition{
	{Action: ActionSubmit, Title: "提交诉求", From: []string{""}, To: model.RequestSubmitted, Who: citizen, Starts: model.ClockAccept, Public: true},
	{Action: ActionWithdraw, Title: "群众撤回", From: []string{model.RequestSubmitted}, To: model.RequestWithdrawn, Who: citizen,
		Ends: model.ClockAccept, Public: true},
	{Action: ActionAccept, Title: "受理", From: []string{model.RequestSubmitted}, To: model.RequestAccepted, Who: desk,
		Ends: model.ClockAccept, Starts: model.ClockRefer, Public: true,
		Kind: "o2o.accepted", Says: "您的诉求 {number} 已受理，{deadline} 前答复您或转交责任单位。"},
	{Action: ActionDecline, Title: "不予受理", From: []string{model.RequestSubmitted}, To: model.RequestDeclined, Who: desk,
		Ends: model.ClockAccept, Public: true,
		Kind: "o2o.declined", Says: "您的诉求 {number} 不予受理：{note}"},
	{Action: ActionAnswer, Title: "立即答复", From: []string{model.RequestAccepted}, To: model.RequestClosed, Who: desk,
		Ends: model.ClockRefer, Starts: model.ClockRate, Public: true, Kind: "o2o.closed", Says: closedSentence},
	{Action: ActionRefer, Title: "转交责任单位", From: []string{model.RequestAccepted}, To: model.RequestReferred, Who: desk,
		Ends: model.ClockRefer, Starts: model.ClockHandle,
		Kind: "o2o.referred", Says: "您的诉求 {number} 已转交{department}办理，办理期限至 {deadline}。"},
	{Action: ActionHandle, Title: "开始办理", From: []string{model.RequestReferred}, To: model.RequestHandling, Who: department},
	{Action: ActionReply, Title: "回复群众", From: []string{model.RequestHandling}, To: model.RequestHandling, Who: department, Public: true,
		Kind: "o2o.replied", Says: "{department}回复您的诉求 {number}：{note}"},
	{Action: ActionClose, Title: "办结", From: []string{model.RequestHandling}, To: model.RequestClosed, Who: department,
		Ends: model.ClockHandle, Starts: model.ClockRate, Public: true, Kind: "o2o.closed", Says: closedSentence},
	{Action: ActionRate, Title: "群众评价", From: []string{model.RequestClosed}, To: model.RequestRated, Who: citizen,
		Ends: model.ClockRate, Public: true},
	{Action: ActionExpire, Title: "逾期未评价", From: []string{model.RequestClosed}, To: model.RequestUnrated, Who: clockwork,
		Ends: model.ClockRate, Public: true},
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

// collecting tells whether a request still takes in further messages of its citizen.
func collecting(state string) bool { return slices.Contains(collectingStates, state) }

var (
	collectingStates = []string{model.RequestSubmitted, model.RequestAccepted}

	stateNames = map[string]string{
		model.RequestSubmitted: "待受理", model.RequestAccepted: "已受理", model.RequestReferred: "已转交", model.RequestHandling: "办理中",
		model.RequestReturned: "已退回", model.RequestClosed: "已办结", model.RequestRated: "已评价", model.RequestUnrated: "未评价",
		model.RequestReopened: "重新办理", model.RequestDeclined: "不予受理", model.RequestDuplicate: "重复诉求", model.RequestWithdrawn: "已撤回",
	}
	categoryNames = map[string]string{
		model.CategoryConsult: "咨询", model.CategoryHelp: "求助", model.CategoryComplaint: "投诉举报",
		model.CategorySuggestion: "建议", model.CategoryUrgent: "应急",
	}
	ratingNames = []string{1: "非常不满意", 2: "不满意", 3: "基本满意", 4: "满意", 5: "非常满意"}
)

// ratingSatisfied is the least grade that counts as satisfied (RULES 9.3).
const ratingSatisfied = 3

// excerpt is the first n characters of text, on one line.
func excerpt(text string, n int) string {
	r := []rune(strings.Join(strings.Fields(text), " "))
	if len(r) <= n {
		return string(r)
	}
	return string(r[:n-1]) + "…"
}
