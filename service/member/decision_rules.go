package member

import (
	"fmt"
	"strings"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/calendar"
	"hongyun/service/fault"
	"hongyun/service/rule"
)

// Grounds of a decision.
const (
	GroundLost       = "LOST"       // contact lost (RULES 2.11)
	GroundWithdrawal = "WITHDRAWAL" // 自行脱党: six months without organisational life, dues or work (RULES 2.11)
	GroundRectify    = "RECTIFY"    // 限期改正 without effect (RULES 2.12)
	GroundDiscipline = "DISCIPLINE" // 开除党籍
	GroundVoluntary  = "VOLUNTARY"  // 自愿退党
	GroundCustody    = "CUSTODY"    // in custody (RULES 2.7)
	GroundOther      = "OTHER"
)

var decisionTitles = map[string]string{model.DecisionLost: "失去联系", model.DecisionFound: "恢复联系", model.DecisionSuspend: "停止党籍",
	model.DecisionRestore: "恢复党籍", model.DecisionRectify: "限期改正", model.DecisionWatch: "留党察看", model.DecisionRemove: "出党", model.DecisionDeath: "去世"}

// past is the member as he or she stands, with the suspension and the rectification that are in force.
type past struct {
	member               model.Member
	suspended, rectified *model.StandingDecision
	rules                rule.Set
}

// checkDecision says whether the decision can follow what came before, by the limits in force on the day it takes effect.
//
// Faults: decision.dates, decision.org_id, decision.decided_by, decision.document_no, decision.until_on, decision.ground,
// decision.wrong_state, decision.too_early, decision.too_long.
func checkDecision(in DecisionInput, p past, today model.Date) error {
	if err := checkDates(in, p.member, today); err != nil {
		return err
	}
	if in.OrgID != 0 && (in.Kind != model.DecisionRestore || onRoster(p.member)) {
		return fault.Invalid("decision.org_id", "只有恢复已离开名册的党员时才指定支部")
	}
	if formal(in.Kind) && strings.TrimSpace(in.DecidedBy) == "" {
		return fault.Invalid("decision.decided_by", "请填写作出决定的会议或组织")
	}
	if fromAbove(in.Kind, p.member) && strings.TrimSpace(in.DocumentNo) == "" {
		return fault.Invalid("decision.document_no", "该决定须经上级批准，请填写批复文号")
	}
	if !follows(in.Kind, p) {
		return fault.Conflict("decision.wrong_state", "该党员目前的状态不能作出此决定，请刷新后核对").With("state", marks(p.member))
	}
	return checkLimits(in, p)
}

// formal decisions are taken by a meeting; LOST, FOUND and DEATH are facts that a branch records.
func formal(kind string) bool {
	switch kind {
	case model.DecisionLost, model.DecisionFound, model.DecisionDeath:
		return false
	}
	return true
}

// fromAbove tells whether a decision needs approval from above: what takes rights away, and what gives them back.
func fromAbove(kind string, m model.Member) bool {
	switch kind {
	case model.DecisionSuspend, model.DecisionWatch, model.DecisionRemove:
		return true
	case model.DecisionRestore:
		return m.Standing == model.StandingSuspended || m.Standing == model.StandingRemoved || m.Standing == model.StandingActive && m.WatchedUntil != nil
	}
	return false
}

func checkDates(in DecisionInput, m model.Member, today model.Date) error {
	wrong := func(sentence string) error { return fault.Invalid("decision.dates", sentence) }
	bounded := in.Kind == model.DecisionRectify || in.Kind == model.DecisionWatch
	switch {
	case in.DecidedOn > today || in.EffectiveOn > today:
		return wrong("决定日期和生效日期不能晚于今天")
	case in.EffectiveOn < m.AdmittedOn:
		return wrong("生效日期不能早于入党日期")
	case formal(in.Kind) && in.Kind != model.DecisionRestore && in.EffectiveOn < in.DecidedOn:
		return wrong("生效日期不能早于决定日期")
	case in.Kind == model.DecisionRestore && m.LeftOn != nil && in.EffectiveOn < *m.LeftOn:
		return wrong("恢复日期不能早于离开名册的日期 " + string(*m.LeftOn))
	case bounded && in.UntilOn <= in.EffectiveOn:
		return fault.Invalid("decision.until_on", "请填写截止日期，且须晚于生效日期")
	case !bounded && in.UntilOn != "":
		return fault.Invalid("decision.until_on", "只有限期改正和留党察看填写截止日期")
	}
	return nil
}

// follows is the table of states: which decision may be taken about whom.
func follows(kind string, p past) bool {
	active, suspended, lost := p.member.Standing == model.StandingActive, p.member.Standing == model.StandingSuspended, p.member.LostSince != nil
	switch kind {
	case model.DecisionLost:
		return active && !lost
	case model.DecisionFound:
		return lost && onRoster(p.member)
	case model.DecisionSuspend, model.DecisionRectify, model.DecisionWatch:
		return active
	case model.DecisionRemove, model.DecisionDeath:
		return active || suspended
	case model.DecisionRestore:
		return !active || p.member.WatchedUntil != nil || p.rectified != nil
	}
	return false
}

func checkLimits(in DecisionInput, p past) error {
	rules := p.rules.On(in.EffectiveOn)
	notBefore := func(from model.Date, months int, what string) error {
		if day := calendar.AddMonths(from, months); in.EffectiveOn < day {
			return fault.Conflict("decision.too_early", fmt.Sprintf("%s，最早为 %s", what, day)).With("earliest", day)
		}
		return nil
	}
	switch {
	case in.Kind == model.DecisionSuspend && in.Ground == GroundLost:
		if p.member.LostSince == nil {
			return fault.Conflict("decision.wrong_state", "请先登记失去联系")
		}
		n := rules.Int("LOST_SUSPEND_MONTHS")
		return notBefore(*p.member.LostSince, n, fmt.Sprintf("失去联系满%d个月后方可停止党籍", n))
	case in.Kind == model.DecisionSuspend && in.Ground != GroundCustody && in.Ground != GroundOther:
		return fault.Invalid("decision.ground", "请选择停止党籍的事由：失去联系、被留置或羁押、其他")
	case in.Kind == model.DecisionRemove && in.Ground == GroundLost:
		if p.suspended == nil || p.suspended.Ground != GroundLost || p.member.Standing != model.StandingSuspended {
			return fault.Conflict("decision.wrong_state", "失去联系的党员须先停止党籍")
		}
		n := rules.Int("LOST_REMOVE_MONTHS")
		return notBefore(p.suspended.EffectiveOn, n, fmt.Sprintf("停止党籍满%d个月后仍失去联系的方可除名", n))
	case in.Kind == model.DecisionRemove && in.Ground == GroundRectify:
		if p.rectified == nil || p.rectified.UntilOn == nil || *p.rectified.UntilOn > in.EffectiveOn {
			return fault.Conflict("decision.too_early", "须先作出限期改正决定，期满仍无转变的方可除名")
		}
	case in.Kind == model.DecisionRemove && (in.Ground == "" || in.Ground == GroundCustody):
		return fault.Invalid("decision.ground", "请选择出党的事由")
	case in.Kind == model.DecisionRectify:
		n := rules.Int("RECTIFY_MONTHS_MOST")
		if in.UntilOn > calendar.AddMonths(in.EffectiveOn, n) {
			return fault.Invalid("decision.too_long", fmt.Sprintf("限期改正不得超过%d个月", n))
		}
	}
	return nil
}

func onRoster(m model.Member) bool {
	return m.Standing == model.StandingActive || m.Standing == model.StandingSuspended
}

// marks is the standing with what else holds of the member.
func marks(m model.Member) string {
	text := m.Standing
	if m.LostSince != nil {
		text += " LOST"
	}
	if m.WatchedUntil != nil {
		text += " WATCHED"
	}
	return text
}

// above tells whether v administers an organisation strictly above path.
func above(v access.Viewer, path string) bool {
	for _, g := range v.Grants {
		if g.Role == model.RoleAdmin && g.OrgPath != "" && len(g.OrgPath) < len(path) && strings.HasPrefix(path, g.OrgPath) {
			return true
		}
	}
	return false
}

func notAbove(message string) error {
	return &fault.Fault{Kind: fault.KindForbidden, Code: "decision.not_above", Message: message}
}
