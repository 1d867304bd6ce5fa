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
	Reason     string `json:"reason" validate:"required,max=200,text" label:"不计入的原因"`
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

// entitled is the members of branches with voting rights on a day: full since, in good standing, not 留党察看 (RULES 2.7), as they
// stood on that day. Who has left the roster since, or was suspended or is watched since, had them; who was suspended then and
// has been restored had not. A suspension or a watch without a recorded decision counts as it stands on the member. Its
// argument is the day.
const entitled = `
FROM member_span s JOIN member m ON m.id = s.member_id JOIN org o ON o.id = s.org_id CROSS JOIN (SELECT CAST(? AS text) AS day) at
WHERE s.from_on <= at.day AND (s.until_on IS NULL OR s.until_on > at.day)
  AND (m.standing IN ('ACTIVE', 'SUSPENDED') OR m.left_on > at.day) AND m.status = 'FULL' AND m.full_on <> '' AND m.full_on <= at.day
  AND coalesce((SELECT d.kind FROM standing_decision d WHERE d.member_id = m.id AND d.kind IN ('SUSPEND', 'RESTORE') AND d.effective_on <= at.day
                ORDER BY d.effective_on DESC, d.id DESC LIMIT 1),
               CASE WHEN m.standing = 'SUSPENDED' AND NOT EXISTS (SELECT 1 FROM standing_decision d WHERE d.member_id = m.id AND d.kind = 'SUSPEND')
                    THEN 'SUSPEND' ELSE '' END) <> 'SUSPEND'
  AND NOT EXISTS (SELECT 1 FROM standing_decision d WHERE d.member_id = m.id AND d.kind = 'WATCH' AND d.effective_on <= at.day AND d.until_on >= at.day
        AND NOT EXISTS (SELECT 1 FROM standing_decision r WHERE r.member_id = m.id AND r.kind = 'RESTORE' AND r.id > d.id AND r.effective_on <= at.day))
  AND (m.watched_until IS NULL OR m.watched_until < at.day
       OR EXISTS (SELECT 1 FROM standing_decision d WHERE d.member_id = m.id AND d.kind = 'WATCH' AND d.until_on = m.watched_until))`

// Voters lists the members of a branch with voting rights on a day: full, in good standing, not 留党察看 (RULES 2.7).
func Voters(tx model.Tx, orgID int64, day model.Date) ([]int64, error) {
	var ids []int64
	err := tx.Raw("SELECT m.id"+entitled+" AND s.org_id = ? ORDER BY m.id", day, orgID).Scan(&ids).Error
	return ids, err
}

// Entitled lists those of the members who have voting rights on a day in some branch of the subtree of an organisation:
// they may vote there and be elected.
func Entitled(tx model.Tx, path string, day model.Date, members []int64) ([]int64, error) {
	var ids []int64
	err := tx.Raw("SELECT m.id"+entitled+" AND o.path >= ? AND o.path < ? AND m.id IN ? ORDER BY m.id",
		day, path, model.PathEnd(path), members).Scan(&ids).Error
	return ids, err
}

// Record counts and keeps a vote of a branch. Whether it passed stands in the answer; a ballot whose numbers contradict
// each other is refused. voters other than a branch's own members (a committee, a congress) are given by their number.
//
// Faults: vote.future, vote.not_a_voter, vote.nobody, vote.too_many_present, vote.too_many_votes.
func Record(tx model.Tx, v access.Viewer, orgID int64, kind, subject string, b Ballot, voters int64, countWritten bool) (model.Vote, error) {
	if b.HeldOn > tx.Day() {
		return model.Vote{}, fault.Invalid("vote.future", "会议日期不能晚于今天")
	}
	row := model.Vote{OrgID: orgID, Kind: kind, Subject: subject, HeldOn: b.HeldOn, Voters: voters, Present: b.Present, Written: b.Written,
		Yes: b.Yes, No: b.No, Abstain: b.Abstain, CreatedAt: tx.Now}
	if v.AccountID != 0 {
		row.CreatedBy = &v.AccountID
	}
	who, err := voting(tx, orgID, b, voters)
	if err != nil {
		return row, err
	}
	if voters == 0 {
		row.Voters = int64(len(who))
	}
	for _, e := range b.Exclusions {
		if !slices.Contains(who, e.MemberID) {
			return row, fault.Invalid("vote.not_a_voter", "不计入人员须是本组织有表决权的正式党员，且不重复").With("member_id", e.MemberID)
		}
		who = slices.DeleteFunc(who, func(id int64) bool { return id == e.MemberID })
	}
	row.Excluded = int64(len(b.Exclusions))
	row.Eligible = row.Voters - row.Excluded
	cast := row.Present
	if countWritten {
		cast += row.Written
	}
	switch {
	case row.Eligible <= 0:
		return row, fault.Invalid("vote.nobody", "没有有表决权的党员，不能进行表决").With("voters", row.Voters)
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

// voting lists who may be excluded: the voters of the branch or, where their number is given, those of the excluded who
// have voting rights in the subtree of the organisation.
func voting(tx model.Tx, orgID int64, b Ballot, voters int64) ([]int64, error) {
	if voters == 0 {
		return Voters(tx, orgID, b.HeldOn)
	}
	if len(b.Exclusions) == 0 {
		return nil, nil
	}
	var path string
	if err := tx.Raw("SELECT path FROM org WHERE id = ?", orgID).Scan(&path).Error; err != nil {
		return nil, err
	}
	ids := make([]int64, len(b.Exclusions))
	for i, e := range b.Exclusions {
		ids[i] = e.MemberID
	}
	return Entitled(tx, path, b.HeldOn, ids)
}

// Of is the view of a vote.
func Of(r model.Vote) View {
	return View{ID: r.ID, HeldOn: r.HeldOn, Voters: r.Voters, Excluded: r.Excluded, Eligible: r.Eligible, Present: r.Present, Written: r.Written,
		Yes: r.Yes, No: r.No, Abstain: r.Abstain, Quorate: r.Quorate, Passed: r.Passed}
}
