package org

import (
	"context"
	"slices"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/calendar"
	"hongyun/service/fault"
	"hongyun/service/rule"
	"hongyun/service/vote"
)

// TermInput records an election with its count. The software elects nobody: the meeting did.
type TermInput struct {
	Number     int64            `json:"number" validate:"min=0,max=1000" label:"届次"` // 0: the one after the last
	ElectedOn  model.Date       `json:"elected_on" validate:"required,date" label:"选举日期"`
	EndsOn     model.Date       `json:"ends_on" validate:"omitempty,date" label:"任期届满日期"` // empty: the whole term of the rule
	DocumentNo string           `json:"document_no" validate:"max=100" label:"批复文号"`
	Voters     int64            `json:"voters" validate:"min=0,max=100000" label:"有选举权人数"` // a branch's are counted from the roster
	Present    int64            `json:"present" validate:"min=0,max=100000" label:"到会有选举权人数"`
	Yes        int64            `json:"yes" validate:"min=0,max=100000" label:"赞成票"`
	No         int64            `json:"no" validate:"min=0,max=100000" label:"反对票"`
	Abstain    int64            `json:"abstain" validate:"min=0,max=100000" label:"弃权票"`
	Exclusions []vote.Exclusion `json:"exclusions" validate:"max=500,dive" label:"不计入人员"`
	Elected    []Elected        `json:"elected" validate:"required,min=1,max=30,dive" label:"当选人员"`
}

// counted tells whether the count of the election is given.
func (in TermInput) counted() bool { return in.Present != 0 || in.Yes != 0 }

// Elected is one member and the post that he or she was elected to.
type Elected struct {
	MemberID int64  `json:"member_id" validate:"required,min=1" label:"党员"`
	Post     string `json:"post" validate:"required,oneof=SECRETARY DEPUTY_SECRETARY ORGANISATION PUBLICITY DISCIPLINE UNITED_FRONT YOUTH MEMBER" label:"职务"`
}

// RecordTerm records an election and begins a term: the posts of the one before end on the day of the election. Who is
// recorded has voting rights on that day and belongs to the branch, or to the subtree of the organisation (RULES 2.7).
//
// Faults: term.future, term.not_later, term.number, term.ends, term.ballot_missing, term.voters, term.not_quorate,
// term.not_passed, term.two_secretaries, term.twice, post.no_right, those of vote.Record.
func (s *Service) RecordTerm(ctx context.Context, v access.Viewer, orgID int64, in TermInput) (Leadership, error) {
	var l Leadership
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		o, err := holdWorked(tx, v, orgID)
		if err != nil {
			return err
		}
		rules, err := rule.Load(tx, model.RulesOrg, in.ElectedOn)
		if err != nil {
			return err
		}
		term, err := newTerm(tx, o, rules, in)
		if err != nil {
			return err
		}
		if err := electable(tx, o, in); err != nil {
			return err
		}
		if term.VoteID, err = election(tx, v, o, in); err != nil {
			return err
		}
		term.CreatedBy, term.CreatedAt = accountOf(v), tx.Now
		if err := beginTerm(tx, &term, in.Elected); err != nil {
			return err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "org.term", ObjectType: "org", ObjectID: o.ID,
			After: map[string]any{"term_id": term.ID, "number": term.Number, "elected_on": term.ElectedOn, "ends_on": term.EndsOn, "elected": in.Elected}})
		l, err = leadershipOf(tx, o)
		return err
	})
	return l, err
}

// newTerm checks the days and the number against the term before and the length of RULES 2.6.
func newTerm(tx model.Tx, o model.Org, rules rule.Set, in TermInput) (model.OrgTerm, error) {
	term := model.OrgTerm{OrgID: o.ID, Number: in.Number, ElectedOn: in.ElectedOn, EndsOn: in.EndsOn, DocumentNo: in.DocumentNo}
	if in.ElectedOn > tx.Day() {
		return term, fault.Invalid("term.future", "选举日期不能晚于今天")
	}
	var last model.OrgTerm
	err := tx.Raw("SELECT * FROM org_term WHERE org_id = ? ORDER BY elected_on DESC LIMIT 1", o.ID).Scan(&last).Error
	if err != nil {
		return term, err
	}
	if in.ElectedOn <= last.ElectedOn {
		return term, fault.Conflict("term.not_later", "选举日期须晚于本届选举日期").With("elected_on", last.ElectedOn)
	}
	if term.Number == 0 {
		term.Number = last.Number + 1
	}
	if term.Number <= last.Number {
		return term, fault.Conflict("term.number", "届次须大于本届届次").With("number", last.Number)
	}
	longest := calendar.AddMonths(in.ElectedOn, 12*termYears(rules, o))
	if term.EndsOn == "" {
		term.EndsOn = longest
	}
	if term.EndsOn <= term.ElectedOn || term.EndsOn > longest {
		return term, fault.Invalid("term.ends", "任期届满日期须在选举日期之后，且不超过规定的任期；延期换届须由上级批准").
			With("latest", longest).With("clause", rules.Clause("TERM_YEARS", termVariants(o)...))
	}
	return term, nil
}

func termYears(rules rule.Set, o model.Org) int { return rules.Int("TERM_YEARS", termVariants(o)...) }

// termVariants are the numbers that may say how long a term is: of the type and kind, else of the type.
func termVariants(o model.Org) []string { return []string{o.Type + "/" + o.Kind, o.Type} }

// electable checks that everybody elected may be, on the day of the election.
func electable(tx model.Tx, o model.Org, in TermInput) error {
	var ids []int64
	secretaries := 0
	for i, e := range in.Elected {
		if slices.Contains(in.Elected[:i], e) {
			return fault.Invalid("term.twice", "同一党员的同一职务只登记一次").With("member_id", e.MemberID)
		}
		if e.Post == model.PostSecretary {
			secretaries++
		}
		ids = append(ids, e.MemberID)
	}
	if secretaries > 1 {
		return fault.Invalid("term.two_secretaries", "一个组织只有一名书记")
	}
	return haveRights(tx, o, in.ElectedOn, ids)
}

// haveRights refuses whoever is no full member with voting rights in the subtree of o on the day. Who is out of the
// subtree is not told apart from who does not exist.
func haveRights(tx model.Tx, o model.Org, day model.Date, ids []int64) error {
	may, err := vote.Entitled(tx, o.Path, day, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if !slices.Contains(may, id) {
			return fault.Invalid("post.no_right", "任职人员须是本组织所属、当日有选举权和被选举权的正式党员").With("member_id", id)
		}
	}
	return nil
}

// election keeps the count of the election and refuses one that did not elect anybody by its own numbers (RULES 4). One from
// before the organisation was on the platform may stand without a count.
func election(tx model.Tx, v access.Viewer, o model.Org, in TermInput) (*int64, error) {
	onPlatform := in.ElectedOn >= model.DateOf(o.CreatedAt)
	fromRoster := o.Type == model.OrgBranch && onPlatform
	switch {
	case !in.counted() && !onPlatform:
		return nil, nil
	case !in.counted():
		return nil, fault.Invalid("term.ballot_missing", "请填写选举结果：到会人数和得票数")
	case fromRoster && in.Voters != 0:
		return nil, fault.Invalid("term.voters", "支部的有选举权人数由名册计算，请不要填写")
	case !fromRoster && in.Voters == 0:
		return nil, fault.Invalid("term.voters", "请填写有选举权人数")
	}
	row, err := vote.Record(tx, v, o.ID, model.VoteElection, o.Name+"换届选举", vote.Ballot{HeldOn: in.ElectedOn, Present: in.Present,
		Yes: in.Yes, No: in.No, Abstain: in.Abstain, Exclusions: in.Exclusions}, in.Voters, false)
	if err != nil {
		return nil, err
	}
	switch {
	case !row.Quorate:
		return nil, withCount(fault.Conflict("term.not_quorate", "到会有选举权人数不足应到人数的五分之四，选举无效"), row)
	case !row.Passed:
		return nil, withCount(fault.Conflict("term.not_passed", "赞成票未超过应到有选举权人数的一半，不能当选"), row)
	}
	return &row.ID, nil
}

func withCount(f *fault.Fault, r model.Vote) error {
	return f.With("voters", r.Voters).With("excluded", r.Excluded).With("eligible", r.Eligible).With("present", r.Present).
		With("present_least", (4*r.Eligible+4)/5).With("yes", r.Yes).With("yes_least", r.Eligible/2+1)
}

// beginTerm writes the term and ends the posts of the one before. A post that began later than the election, because it was
// recorded before the election was, ends on the day that it began.
func beginTerm(tx model.Tx, term *model.OrgTerm, elected []Elected) error {
	res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(term)
	if res.Error != nil {
		return res.Error
	}
	if res.RowsAffected == 0 {
		return fault.Conflict("term.not_later", "该日的选举已经登记")
	}
	_, err := model.Exec(tx, "UPDATE org_post SET until_on = CASE WHEN from_on > ? THEN from_on ELSE ? END WHERE org_id = ? AND until_on IS NULL",
		term.ElectedOn, term.ElectedOn, term.OrgID)
	if err != nil {
		return err
	}
	rows := make([]model.OrgPost, len(elected))
	for i, e := range elected {
		rows[i] = model.OrgPost{OrgID: term.OrgID, TermID: &term.ID, MemberID: e.MemberID, Post: e.Post, FromOn: term.ElectedOn,
			CreatedBy: term.CreatedBy, CreatedAt: tx.Now}
	}
	return tx.Create(&rows).Error
}

// PostponementInput is the approval of a later election.
type PostponementInput struct {
	Until      model.Date `json:"until" validate:"required,date" label:"延期至"`
	DocumentNo string     `json:"document_no" validate:"required,max=100,text" label:"批复文号"`
}

// Postpone records that the level above approved a later election of the present term, by at most a year (RULES 2.6). A
// second approval replaces the first; both count from the end of the term.
//
// Faults: org.not_above, term.past, term.postponed_too_long.
func (s *Service) Postpone(ctx context.Context, v access.Viewer, termID int64, in PostponementInput) (Leadership, error) {
	var l Leadership
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		var term model.OrgTerm
		if err := tx.Where("id = ?", termID).Take(&term).Error; model.NotFound(err) {
			return fault.NotFound("任期")
		} else if err != nil {
			return err
		}
		o, err := holdWorked(tx, v, term.OrgID)
		if fault.Is(err, "not_found") {
			return fault.NotFound("任期")
		}
		if err != nil {
			return err
		}
		if !worksAbove(v, o) {
			return notAbove("延期换届由上级组织的管理员登记")
		}
		if err := postpone(tx, term, in); err != nil {
			return err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "org.postpone", ObjectType: "org", ObjectID: o.ID,
			Before: map[string]any{"term_id": term.ID, "until": lastDay(term)}, After: in})
		l, err = leadershipOf(tx, o)
		return err
	})
	return l, err
}

func postpone(tx model.Tx, term model.OrgTerm, in PostponementInput) error {
	rules, err := rule.Load(tx, model.RulesOrg, term.EndsOn)
	if err != nil {
		return err
	}
	latest := calendar.AddMonths(term.EndsOn, rules.Int("TERM_POSTPONE_MONTHS_MOST"))
	if in.Until <= term.EndsOn || in.Until > latest {
		return fault.Invalid("term.postponed_too_long", "延期须晚于任期届满日期，且一般不超过一年").
			With("ends_on", term.EndsOn).With("latest", latest).With("clause", rules.Clause("TERM_POSTPONE_MONTHS_MOST"))
	}
	n, err := model.Exec(tx, `UPDATE org_term SET postponed_until = ?, postponed_no = ? WHERE id = ?
AND NOT EXISTS (SELECT 1 FROM org_term later WHERE later.org_id = org_term.org_id AND later.elected_on > org_term.elected_on)`,
		in.Until, in.DocumentNo, term.ID)
	if err == nil && n == 0 {
		err = fault.Conflict("term.past", "该届任期已经结束，不能延期")
	}
	return err
}
