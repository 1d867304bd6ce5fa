package development

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
	"hongyun/service/rule"
	"hongyun/service/vote"
)

// StepInput is a step that people decided on. Numbers and texts that a step does not know are left aside.
type StepInput struct {
	Version int64      `json:"version" validate:"required,min=1" label:"版本"`
	Code    string     `json:"code" validate:"required,oneof=T1a T2 T2a T2b T3a T3b T3c T3 T4a T4b T4c T4d T5 T6s T6 T6x T7 T8a T8 T9a T9 T10a T10 T0 T11" label:"步骤"`
	OnDay   model.Date `json:"on_day" validate:"required,date" label:"日期"`
	Note    string     `json:"note" validate:"max=1000" label:"说明"`
	// Passed is the outcome of a review, notice, consent or approval; left out, it is a good one. A vote counts itself.
	Passed  *bool        `json:"passed" label:"是否通过"`
	Members []MemberID   `json:"members" validate:"max=10,dive" label:"培养联系人或入党介绍人"`
	FiledOn model.Date   `json:"filed_on" validate:"omitempty,date" label:"备案或上报日期"`
	Days    int64        `json:"days" validate:"min=0,max=1000" label:"培训天数"`
	Hours   int64        `json:"hours" validate:"min=0,max=10000" label:"培训学时"`
	Months  int64        `json:"months" validate:"min=0,max=120" label:"延长月数"`
	Result  string       `json:"result" validate:"omitempty,oneof=CANDIDATE REJECTED WITHDRAWN STOPPED" label:"结果"`
	Reason  string       `json:"reason" validate:"max=500" label:"原因"`
	FullOn  model.Date   `json:"full_on" validate:"omitempty,date" label:"转为正式党员日期"`
	Here    bool         `json:"person_present" label:"发展对象到会"`
	Present int64        `json:"present" validate:"min=0,max=100000" label:"到会有表决权人数"`
	Written int64        `json:"written" validate:"min=0,max=100000" label:"书面意见数"`
	Yes     int64        `json:"yes" validate:"min=0,max=100000" label:"赞成票"`
	No      int64        `json:"no" validate:"min=0,max=100000" label:"反对票"`
	Abstain int64        `json:"abstain" validate:"min=0,max=100000" label:"弃权票"`
	Absent  []Exclusions `json:"exclusions" validate:"max=500,dive" label:"不计入人员"`
}

// Exclusions is a full member who lawfully is not counted in a vote.
type Exclusions = vote.Exclusion

// MemberID names a member.
type MemberID struct {
	MemberID int64 `json:"member_id" validate:"required,min=1" label:"党员"`
}

// act is a step in the making: the course as it stands, locked, and what the step writes.
type act struct {
	model.Tx
	s    *Service
	v    access.Viewer
	c    Course
	in   StepInput
	t    Transition
	r    rule.Set // in force on the step's own day
	set  map[string]any
	data StepData
	vote *model.Vote
	to   string
}

// Take records a step. The rules of its own date decide whether it may be taken; a vote or an approval that did not carry
// is recorded as well, and the course stays where it is.
//
// Faults: not found, forbidden, development.committee_only, development.changed with what was done since (409),
// development.no_transition (409), DEV-E01 to DEV-E11, development.future, development.papers with those that are missing,
// those of a vote.
func (s *Service) Take(ctx context.Context, v access.Viewer, id int64, in StepInput) (Detail, error) {
	var detail Detail
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		if err := s.take(tx, v, id, in); err != nil {
			return err
		}
		var err error
		detail, err = s.detail(tx, v, id)
		return err
	})
	return detail, err
}

func (s *Service) take(tx model.Tx, v access.Viewer, id int64, in StepInput) error {
	d, path, err := held(tx, v, id, in.Version)
	if err != nil {
		return err
	}
	a, err := s.prepare(tx, v, d, path, in)
	if err != nil {
		return err
	}
	if err := a.decide(); err != nil {
		return err
	}
	return a.write()
}

// prepare looks at all that the course and the day themselves forbid.
func (s *Service) prepare(tx model.Tx, v access.Viewer, d model.Development, path string, in StepInput) (*act, error) {
	t, ok := transitionOf(in.Code)
	if !ok || !slices.Contains(t.From, d.State) {
		return nil, fault.Conflict("development.no_transition", fmt.Sprintf("当前状态为“%s”，不能办理“%s”", stateTitle(d.State), titleOf(in.Code))).With("state", d.State)
	}
	if !may(v, t.Level, path) {
		return nil, notACommittee()
	}
	if in.OnDay > tx.Day() {
		return nil, fault.Invalid("development.future", "日期不能晚于今天")
	}
	c, err := load(tx, d, in.OnDay)
	if err != nil {
		return nil, err
	}
	r, err := rule.Load(tx, model.RulesDevelopment, in.OnDay)
	if err != nil {
		return nil, err
	}
	a := &act{Tx: tx, s: s, v: v, c: c, in: in, t: t, r: r, set: map[string]any{}, data: StepData{Reason: in.Reason}, to: d.State}
	if t.Judged {
		a.data.Passed = in.Passed
	}
	if len(t.To) == 1 && !a.failed() {
		a.to = t.To[0]
	}
	return a, a.allowed()
}

// allowed is what the rules say of the course on the step's day. What was not approved is recorded without the papers and
// proofs that a good end needs.
func (a *act) allowed() error {
	if backwards(a.c, a.t, a.in.OnDay) {
		return problem("DEV-E11").fault()
	}
	if found := blocks(a.c, a.t.Code, a.in.OnDay, a.r); len(found) > 0 && !(a.failed() && a.t.Code == PreReview) {
		return found[0].fault()
	}
	if papers := missing(a.c, a.t.Code, a.in.Result, a.r); a.t.Decides && len(papers) > 0 && !a.failed() {
		p := problem("development.papers")
		p.Papers = papers
		return p.fault()
	}
	return nil
}

// failed tells whether the step was not carried: the state stays, and the step says so.
func (a *act) failed() bool { return a.data.failed() }

// fail leaves the course where it is.
func (a *act) fail() {
	no := false
	a.data.Passed, a.to = &no, a.c.State
}

// write keeps the step, the course and its limits. The version in the WHERE is what the viewer saw.
func (a *act) write() error {
	step, err := a.step()
	if err != nil {
		return err
	}
	a.set["state"], a.set["version"], a.set["updated_at"] = a.to, step.Seq, a.Now
	res := a.Model(&model.Development{}).Where("id = ? AND version = ? AND state = ?", a.c.ID, a.c.Version, a.c.State).Updates(a.set)
	if res.Error != nil {
		return res.Error
	}
	if res.RowsAffected != 1 {
		return changed(a.Tx, a.c.Development, a.c.Version)
	}
	if err := a.Create(&step).Error; err != nil {
		return err
	}
	audit.Record(a.Tx, audit.By(a.v), audit.Entry{Action: "development.step", ObjectType: "development", ObjectID: a.c.ID,
		Before: map[string]any{"state": a.c.State}, After: map[string]any{"state": a.to, "code": step.Code, "on_day": step.OnDay, "data": a.data}})
	return recount(a.Tx, a.c.ID)
}

func (a *act) step() (model.DevelopmentStep, error) {
	raw, err := json.Marshal(a.data)
	if err != nil {
		return model.DevelopmentStep{}, err
	}
	s := model.DevelopmentStep{DevelopmentID: a.c.ID, Seq: a.c.Version + 1, Code: a.t.Code, OnDay: a.in.OnDay, RuleSet: edition(a.r), FromState: a.c.State,
		ToState: a.to, Data: string(raw), Warnings: codesOf(warnings(a.c, a.in.OnDay, a.r)), Note: a.in.Note, OrgID: a.c.OrgID, ByName: a.v.Name, At: a.Now}
	if a.v.AccountID != 0 {
		s.AccountID = &a.v.AccountID
	}
	if a.vote != nil {
		s.VoteID = &a.vote.ID
	}
	return s, nil
}

// edition names the regulation that is in force: DEV2014, DEV2026.
func edition(r rule.Set) string { return r.Edition("ACTIVIST_MONTHS") }

// recount writes the open limits of a course anew, by the numbers in force today.
func recount(tx model.Tx, id int64) error {
	var d model.Development
	if err := tx.Where("id = ?", id).Take(&d).Error; err != nil {
		return err
	}
	c := Course{Development: d}
	if err := tx.Where("development_id = ?", id).Order("seq").Find(&c.Steps).Error; err != nil {
		return err
	}
	r, err := rule.Load(tx, model.RulesDevelopment, tx.Day())
	if err != nil {
		return err
	}
	return rewrite(tx, c, r)
}
