// Package vote counts votes: who may vote, whether enough were there, whether it passed (RULES 4). What is voted about
// and what follows is decided by the modules; the software decides nothing.
package vote

import (
	"slices"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// Quorate tells whether enough of the eligible are present: half for a general vote, more than half for development,
// four fifths for an election. Integers only.
func Quorate(kind string, present, eligible int64) bool {
	switch {
	case eligible <= 0:
		return false
	case kind == model.VoteDevelopment:
		return 2*present > eligible
	case kind == model.VoteElection:
		return 5*present >= 4*eligible
	}
	return 2*present >= eligible
}

// Passed tells whether a vote carries: enough present, and more than half of the eligible (not of those present) say yes.
func Passed(kind string, present, yes, eligible int64) bool {
	return Quorate(kind, present, eligible) && 2*yes > eligible
}

// Exclusion is a full member who lawfully is not counted, with the branch's decision.
type Exclusion struct {
	MemberID   int64  `json:"member_id" validate:"required,min=1" label:"党员"`
	Reason     string `json:"reason" validate:"required,max=200" label:"不计入的原因"`
	DecisionNo string `json:"decision_no" validate:"max=100" label:"支部决议"`
}

// Ballot is the record of a vote by secret ballot. Written opinions count as votes only where the rule says so
// (COUNT_WRITTEN_VOTES, RULES 4).
type Ballot struct {
	HeldOn     model.Date  `json:"held_on" validate:"required,date" label:"会议日期"`
	Present    int64       `json:"present" validate:"min=0,max=100000" label:"到会有表决权人数"`
	Written    int64       `json:"written" validate:"min=0,max=100000" label:"书面意见数"`
	Yes        int64       `json:"yes" validate:"min=0,max=100000" label:"赞成票"`
	No         int64       `json:"no" validate:"min=0,max=100000" label:"反对票"`
	Abstain    int64       `json:"abstain" validate:"min=0,max=100000" label:"弃权票"`
	Exclusions []Exclusion `json:"exclusions" validate:"max=500,dive" label:"不计入人员"`
}

// View is a counted vote.
type View struct {
	ID       int64      `json:"id"`
	HeldOn   model.Date `json:"held_on"`
	Voters   int64      `json:"voters"`
	Excluded int64      `json:"excluded"`
	Eligible int64      `json:"eligible"`
	Present  int64      `json:"present"`
	Written  int64      `json:"written"`
	Yes      int64      `json:"yes"`
	No       int64      `json:"no"`
	Abstain  int64      `json:"abstain"`
	Quorate  bool       `json:"quorate"`
	Passed   bool       `json:"passed"`
}

// Voters lists the members of a branch with voting rights on a day: full, in good standing, not 留党察看 (RULES 2.7).
func Voters(tx model.Tx, orgID int64, day model.Date) ([]int64, error) {
	var ids []int64
	err := tx.Raw(`
SELECT m.id FROM member_span s JOIN member m ON m.id = s.member_id
WHERE s.org_id = ? AND s.from_on <= ? AND (s.until_on IS NULL OR s.until_on > ?)
  AND m.standing = ? AND m.full_on IS NOT NULL AND m.full_on <> '' AND m.full_on <= ? AND m.status = ? AND (m.watched_until IS NULL OR m.watched_until < ?)
ORDER BY m.id`, orgID, day, day, model.StandingActive, day, model.MemberFull, day).Scan(&ids).Error
	return ids, err
}

// Record counts and keeps a vote of a branch. Whether it passed stands in the answer; a ballot whose numbers contradict
// each other is refused. voters other than a branch's own members (a committee, a congress) are given by their number.
//
// Faults: vote.future, vote.not_a_voter, vote.too_many_present, vote.too_many_votes.
func Record(tx model.Tx, v access.Viewer, orgID int64, kind, subject string, b Ballot, voters int64, countWritten bool) (model.Vote, error) {
	if b.HeldOn > tx.Day() {
		return model.Vote{}, fault.Invalid("vote.future", "会议日期不能晚于今天")
	}
	row := model.Vote{OrgID: orgID, Kind: kind, Subject: subject, HeldOn: b.HeldOn, Voters: voters, Present: b.Present, Written: b.Written,
		Yes: b.Yes, No: b.No, Abstain: b.Abstain, CreatedAt: tx.Now}
	if v.AccountID != 0 {
		row.CreatedBy = &v.AccountID
	}
	if voters == 0 {
		ids, err := Voters(tx, orgID, b.HeldOn)
		if err != nil {
			return row, err
		}
		row.Voters = int64(len(ids))
		for _, e := range b.Exclusions {
			if !slices.Contains(ids, e.MemberID) {
				return row, fault.Invalid("vote.not_a_voter", "不计入人员须是本支部有表决权的正式党员，且不重复").With("member_id", e.MemberID)
			}
			ids = slices.DeleteFunc(ids, func(id int64) bool { return id == e.MemberID })
		}
	}
	row.Excluded = int64(len(b.Exclusions))
	row.Eligible = row.Voters - row.Excluded
	cast := row.Present
	if countWritten {
		cast += row.Written
	}
	switch {
	case row.Present > row.Eligible || cast > row.Eligible:
		return row, fault.Invalid("vote.too_many_present", "到会人数不能超过有表决权人数").With("eligible", row.Eligible)
	case row.Yes+row.No+row.Abstain > cast:
		return row, fault.Invalid("vote.too_many_votes", "票数之和不能超过到会有表决权人数").With("cast", cast)
	}
	row.Quorate = Quorate(kind, row.Present, row.Eligible)
	row.Passed = Passed(kind, row.Present, row.Yes, row.Eligible)
	if err := tx.Create(&row).Error; err != nil {
		return row, err
	}
	for _, e := range b.Exclusions {
		if err := tx.Create(&model.VoteExclusion{VoteID: row.ID, MemberID: e.MemberID, Reason: e.Reason, DecisionNo: e.DecisionNo}).Error; err != nil {
			return row, err
		}
	}
	return row, nil
}

// Of is the view of a vote.
func Of(r model.Vote) View {
	return View{ID: r.ID, HeldOn: r.HeldOn, Voters: r.Voters, Excluded: r.Excluded, Eligible: r.Eligible, Present: r.Present, Written: r.Written,
		Yes: r.Yes, No: r.No, Abstain: r.Abstain, Quorate: r.Quorate, Passed: r.Passed}
}
