package org

import (
	"fmt"

	"hongyun/model"
	"hongyun/service/rule"
)

// warningRule is one warning of RULES 2.2-2.6. Warnings change nothing: people decide what to do.
type warningRule struct {
	Code   string
	Title  string
	Clause string // the code of the number that carries the clause; empty: Source stands for it
	Source string
	Limit  int
	Actual string // column of figures that the sentence names
	Holds  string // condition on figures; its numbers come from the rule table
	says   func(f found) string
}

// found is a warning as the database finds it.
type found struct {
	OrgID   int64
	OrgName string
	OrgType string
	Code    string
	Actual  int64
	Day     model.Date
}

// Codes of the warnings.
const (
	WarnFewFull       = "ORG-W01"
	WarnJointUnits    = "ORG-W02"
	WarnManyMembers   = "ORG-W03"
	WarnGeneralBranch = "ORG-W04"
	WarnCommittee     = "ORG-W05"
	WarnNoCommittee   = "ORG-W06"
	WarnNeedless      = "ORG-W07"
	WarnCommitteeSize = "ORG-W08"
	WarnNoSecretary   = "ORG-W09"
	WarnOverdue       = "ORG-W10"
	WarnNoTerm        = "ORG-W11"
	WarnNoAdmin       = "ORG-W12"
	WarnPostWithout   = "ORG-W13"
)

// warningRules are the warnings with the numbers of a day. Each looks at one row of figures.
func warningRules(r rule.Set, today model.Date) []warningRule {
	fewest, units, most := r.Int("BRANCH_FULL_LEAST"), r.Int("JOINT_UNITS_MOST"), r.Int("BRANCH_MEMBERS_MOST")
	general, committee := r.Int("GENERAL_BRANCH_OVER"), r.Int("COMMITTEE_OVER")
	from, least := r.Int("BRANCH_COMMITTEE_FROM"), r.Int("BRANCH_COMMITTEE_LEAST")
	usual, largest := r.Int("BRANCH_COMMITTEE_USUAL"), r.Int("BRANCH_COMMITTEE_MOST")
	plain := func(sentence string) func(found) string { return func(found) string { return sentence } }
	return []warningRule{
		{Code: WarnFewFull, Title: "正式党员不足", Clause: "BRANCH_FULL_LEAST", Limit: fewest, Actual: "full_members",
			Holds: fmt.Sprintf("type = 'BRANCH' AND NOT is_joint AND full_members < %d", fewest),
			says: func(f found) string {
				return fmt.Sprintf("正式党员%d名，不足%d名，应与邻近单位成立联合党支部", f.Actual, fewest)
			}},
		{Code: WarnJointUnits, Title: "联合党支部单位过多", Clause: "JOINT_UNITS_MOST", Limit: units, Actual: "units",
			Holds: fmt.Sprintf("type = 'BRANCH' AND is_joint AND units > %d", units),
			says: func(f found) string {
				return fmt.Sprintf("联合党支部涵盖%d个单位，一般不超过%d个", f.Actual, units)
			}},
		{Code: WarnManyMembers, Title: "支部党员过多", Clause: "BRANCH_MEMBERS_MOST", Limit: most, Actual: "members",
			Holds: fmt.Sprintf("type = 'BRANCH' AND members > %d", most),
			says: func(f found) string {
				return fmt.Sprintf("党员%d名，党支部一般不超过%d名", f.Actual, most)
			}},
		{Code: WarnGeneralBranch, Title: "可设党总支", Clause: "GENERAL_BRANCH_OVER", Limit: general, Actual: "members",
			Holds: fmt.Sprintf("type = 'BRANCH' AND members > %d AND members <= %d", general, committee),
			says: func(f found) string {
				return fmt.Sprintf("党员%d名，超过%d名，可报批设立党总支", f.Actual, general)
			}},
		{Code: WarnCommittee, Title: "可设党委", Clause: "COMMITTEE_OVER", Limit: committee, Actual: "members",
			Holds: fmt.Sprintf("type IN ('BRANCH', 'GENERAL_BRANCH') AND members > %d", committee),
			says: func(f found) string {
				return fmt.Sprintf("党员%d名，超过%d名，可报批设立党的基层委员会", f.Actual, committee)
			}},
		{Code: WarnNoCommittee, Title: "应设支部委员会", Clause: "BRANCH_COMMITTEE_FROM", Limit: from, Actual: "full_members",
			Holds: fmt.Sprintf("type = 'BRANCH' AND full_members >= %d AND committee = 0", from),
			says: func(f found) string {
				return fmt.Sprintf("正式党员%d名，达到%d名，应选举产生支部委员会，一般%d至%d人，最多%d人", f.Actual, from, least, usual, largest)
			}},
		{Code: WarnNeedless, Title: "不应设支部委员会", Clause: "BRANCH_COMMITTEE_FROM", Limit: from, Actual: "full_members",
			Holds: fmt.Sprintf("type = 'BRANCH' AND full_members < %d AND committee = 1", from),
			says: func(f found) string {
				return fmt.Sprintf("正式党员%d名，不足%d名，不设支部委员会，只设书记，必要时设副书记", f.Actual, from)
			}},
		{Code: WarnCommitteeSize, Title: "支部委员会人数不符", Clause: "BRANCH_COMMITTEE_MOST", Limit: largest, Actual: "holders",
			Holds: fmt.Sprintf("type = 'BRANCH' AND full_members >= %d AND committee = 1 AND (holders < %d OR holders > %d)", from, least, largest),
			says: func(f found) string {
				return fmt.Sprintf("支部委员会%d人，一般%d至%d人，最多%d人", f.Actual, least, usual, largest)
			}},
		{Code: WarnNoSecretary, Title: "没有书记", Source: "支部工作条例第二十条", Actual: "0", Holds: "secretary = 0", says: plain("没有登记在任书记")},
		{Code: WarnOverdue, Title: "超期未换届", Clause: "TERM_POSTPONE_MONTHS_MOST", Actual: "0", Holds: "ends <> '' AND ends < '" + string(today) + "'",
			says: func(f found) string {
				return fmt.Sprintf("任期已于%s届满，尚未换届", f.Day.Time().Format("2006年1月2日"))
			}},
		{Code: WarnNoTerm, Title: "没有换届记录", Source: "支部工作条例第十九条", Actual: "0", Holds: "ends = ''", says: plain("没有登记过换届选举")},
		{Code: WarnNoAdmin, Title: "没有管理员", Source: "每单位至少一名管理员", Actual: "0", Holds: "staffed = 0", says: plain("没有管理员")},
		{Code: WarnPostWithout, Title: "任职人员已无资格", Source: "党章第四条", Actual: "unfit", Holds: "unfit > 0",
			says: func(f found) string {
				return fmt.Sprintf("%d项职务的任职人员已不属于本组织或没有选举权和被选举权", f.Actual)
			}},
	}
}
