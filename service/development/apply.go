package development

import (
	"context"
	"encoding/json"
	"strings"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
	"hongyun/service/roster"
	"hongyun/service/rule"
	"hongyun/service/vault"
)

// Person is who somebody is, as far as an application says.
type Person struct {
	Name        string     `json:"name" validate:"required,max=50,text" label:"姓名"`
	Phone       string     `json:"phone" validate:"max=11" label:"手机号"`
	EthnicGroup string     `json:"ethnic_group" validate:"max=50" label:"民族"`
	Education   string     `json:"education" validate:"max=50" label:"学历"`
	Occupation  string     `json:"occupation" validate:"max=50" label:"职业"`
	WorkUnit    string     `json:"work_unit" validate:"max=100" label:"工作单位"`
	LeavingOn   model.Date `json:"leaving_on" validate:"omitempty,date" label:"将离开本单位的日期"`
}

// ApplyInput is a written application to a branch at work, study or home (T1).
type ApplyInput struct {
	Person
	OrgID     int64      `json:"org_id" validate:"required,min=1" label:"党支部"`
	IDNumber  string     `json:"id_number" validate:"required,max=18" label:"身份证号"`
	AppliedOn model.Date `json:"applied_on" validate:"required,date" label:"申请日期"`
	// Resume says that the application and the talk of a course that was ended still hold: the next step is T2.
	Resume bool   `json:"resume" label:"沿用以前的申请和谈话"`
	Note   string `json:"note" validate:"max=1000" label:"说明"`
}

// Begin records an application. Who is a member or has an open course cannot apply; somebody whose course was ended begins
// again, and the two courses are linked.
//
// Faults: not found, forbidden, development.not_a_branch, identity.invalid, DEV-E01, DEV-E11, development.future,
// member.exists, development.open, development.nothing_to_resume, development.unknown_word.
func (s *Service) Begin(ctx context.Context, v access.Viewer, in ApplyInput) (Detail, error) {
	var detail Detail
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		o, err := branchOf(tx, v, in.OrgID)
		if err != nil {
			return err
		}
		d, err := s.applicant(tx, in, o.ID)
		if err != nil {
			return err
		}
		if v.AccountID != 0 {
			d.CreatedBy = &v.AccountID
		}
		former, err := formerCourse(tx, d.IDIndex)
		if err != nil {
			return err
		}
		if err := restart(&d, former, in); err != nil {
			return err
		}
		res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&d)
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected == 0 {
			return fault.Conflict("development.open", "该申请人已有正在进行的发展党员记录")
		}
		if err := s.firstSteps(tx, v, d, in); err != nil {
			return err
		}
		detail, err = s.detail(tx, v, d.ID)
		return err
	})
	return detail, err
}

// applicant checks the person and the day.
func (s *Service) applicant(tx model.Tx, in ApplyInput, orgID int64) (model.Development, error) {
	id, err := roster.ParseIdentity(in.IDNumber, tx.Day())
	if err != nil {
		return model.Development{}, err
	}
	r, err := rule.Load(tx, model.RulesDevelopment, in.AppliedOn)
	if err != nil {
		return model.Development{}, err
	}
	switch {
	case in.AppliedOn > tx.Day():
		return model.Development{}, fault.Invalid("development.future", "日期不能晚于今天")
	case underage(id.BornOn, in.AppliedOn, r):
		return model.Development{}, problem("DEV-E01").fault()
	}
	d := model.Development{OrgID: orgID, IDSealed: s.vault.Seal(id.Number), IDIndex: s.vault.Index(id.Number), Sex: id.Sex, BornOn: id.BornOn,
		State: model.DevApplicant, AppliedOn: in.AppliedOn, ProbationMonths: int64(r.Int("PROBATION_MONTHS")), Version: 1, CreatedAt: tx.Now, UpdatedAt: tx.Now}
	if err := s.describe(tx, &d, in.Person); err != nil {
		return d, err
	}
	var n int64
	err = tx.Raw("SELECT count(*) FROM member WHERE id_index = ? AND standing <> ?", d.IDIndex, model.StandingRemoved).Scan(&n).Error
	if err == nil && n > 0 {
		err = fault.Conflict("member.exists", "该身份证号已在党员名册中")
	}
	return d, err
}

// describe writes who the person is. Education, occupation and ethnic group are words of the code lists.
func (s *Service) describe(tx model.Tx, d *model.Development, p Person) error {
	d.Name, d.WorkUnit = strings.TrimSpace(p.Name), strings.TrimSpace(p.WorkUnit)
	d.Pinyin = roster.Initials(d.Name)
	d.EthnicGroup, d.Education, d.Occupation = p.EthnicGroup, p.Education, p.Occupation
	if d.EthnicGroup == "" {
		d.EthnicGroup = "汉族"
	}
	for list, word := range map[string]string{model.ListEthnicGroup: d.EthnicGroup, model.ListEducation: d.Education, model.ListOccupation: d.Occupation} {
		var n int64
		if err := tx.Raw("SELECT count(*) FROM lookup WHERE list = ? AND title = ?", list, word).Scan(&n).Error; err != nil {
			return err
		}
		if n == 0 && word != "" {
			return fault.Invalid("development.unknown_word", "民族、学历和职业须从列表中选择").With("field", list)
		}
	}
	d.PhoneSealed, d.PhoneIndex = "", ""
	if p.Phone != "" {
		if !roster.Mobile(p.Phone) {
			return fault.Invalid("development.phone", "手机号须为11位数字")
		}
		d.PhoneSealed, d.PhoneIndex = s.vault.Seal(p.Phone), s.vault.Index(p.Phone)
	}
	d.LeavingOn = nil
	if p.LeavingOn != "" {
		d.LeavingOn = &p.LeavingOn
	}
	return nil
}

// formerCourse is the last course of the same person that was ended; nil: there is none.
func formerCourse(tx model.Tx, idIndex string) (*model.Development, error) {
	var rows []model.Development
	err := tx.Where("id_index = ? AND state IN ?", idIndex, []string{model.DevWithdrawn, model.DevStopped, model.DevRejected, model.DevCancelled}).
		Order("id DESC").Limit(1).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return &rows[0], nil
}

// restart links a course to the one that it begins again.
func restart(d *model.Development, former *model.Development, in ApplyInput) error {
	if former == nil {
		if in.Resume {
			return fault.Conflict("development.nothing_to_resume", "没有可以沿用的申请和谈话记录")
		}
		return nil
	}
	if d.AppliedOn < dateOr(former.EndedOn) {
		return problem("DEV-E11").fault()
	}
	d.RestartsID = &former.ID
	if !in.Resume {
		return nil
	}
	if former.State != model.DevStopped || former.TalkedOn == nil {
		return fault.Conflict("development.nothing_to_resume", "没有可以沿用的申请和谈话记录")
	}
	d.TalkedOn, d.Version = &d.AppliedOn, 2
	return nil
}

// firstSteps records T1 and, where the talk of an earlier course still holds, T1a.
func (s *Service) firstSteps(tx model.Tx, v access.Viewer, d model.Development, in ApplyInput) error {
	data := StepData{}
	if d.RestartsID != nil {
		data.Restarts = *d.RestartsID
	}
	codes := []string{Apply, Talk}[:d.Version]
	for i, code := range codes {
		step := model.DevelopmentStep{DevelopmentID: d.ID, Seq: int64(i + 1), Code: code, OnDay: in.AppliedOn, FromState: d.State, ToState: d.State, Note: in.Note, OrgID: d.OrgID}
		if code == Apply {
			step.FromState = ""
		}
		if err := record(tx, v, step, data); err != nil {
			return err
		}
	}
	audit.Record(tx, audit.By(v), audit.Entry{Action: "development.begin", ObjectType: "development", ObjectID: d.ID,
		After: map[string]any{"name": d.Name, "org_id": d.OrgID, "applied_on": d.AppliedOn, "restarts_id": d.RestartsID}})
	return recount(tx, d.ID)
}

// record keeps a step that the table of transitions does not judge.
func record(tx model.Tx, v access.Viewer, step model.DevelopmentStep, data StepData) error {
	r, err := rule.Load(tx, model.RulesDevelopment, step.OnDay)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(data)
	if err != nil {
		return err
	}
	step.RuleSet, step.Data, step.ByName, step.At = edition(r), string(raw), v.Name, tx.Now
	if v.AccountID != 0 {
		step.AccountID = &v.AccountID
	}
	return tx.Create(&step).Error
}

// EditInput corrects who the person is. What it leaves empty is emptied.
type EditInput struct {
	Version int64 `json:"version" validate:"required,min=1" label:"版本"`
	Person
}

// Edit corrects who the person is, as long as he or she is no member: then the roster has it. Before and after stand in the
// history; numbers are masked there.
func (s *Service) Edit(ctx context.Context, v access.Viewer, id int64, in EditInput) (Detail, error) {
	var detail Detail
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		d, _, err := held(tx, v, id, in.Version)
		if err != nil {
			return err
		}
		if !open(d.State) || d.MemberID != nil {
			return fault.Conflict("development.closed", "该同志已转入党员名册或者发展已终止，请在党员信息中修改")
		}
		after := d
		if err := s.describe(tx, &after, in.Person); err != nil {
			return err
		}
		changes, err := s.differences(d, after)
		if err != nil {
			return err
		}
		if err := s.bump(tx, d, after); err != nil {
			return err
		}
		step := model.DevelopmentStep{DevelopmentID: d.ID, Seq: d.Version + 1, Code: Edit, OnDay: tx.Day(), FromState: d.State, ToState: d.State, OrgID: d.OrgID}
		if err := record(tx, v, step, StepData{Changes: changes}); err != nil {
			return err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "development.edit", ObjectType: "development", ObjectID: d.ID, After: changes})
		detail, err = s.detail(tx, v, id)
		return err
	})
	return detail, err
}

func (s *Service) bump(tx model.Tx, d, after model.Development) error {
	res := tx.Model(&model.Development{}).Where("id = ? AND version = ?", d.ID, d.Version).Updates(map[string]any{"name": after.Name, "pinyin": after.Pinyin,
		"phone_sealed": after.PhoneSealed, "phone_index": after.PhoneIndex, "ethnic_group": after.EthnicGroup, "education": after.Education,
		"occupation": after.Occupation, "work_unit": after.WorkUnit, "leaving_on": after.LeavingOn, "version": d.Version + 1, "updated_at": tx.Now})
	if res.Error == nil && res.RowsAffected != 1 {
		return changed(tx, d, d.Version)
	}
	return res.Error
}

func (s *Service) differences(before, after model.Development) ([]Change, error) {
	old, err := s.vault.Open(before.PhoneSealed)
	if err != nil {
		return nil, err
	}
	phone, err := s.vault.Open(after.PhoneSealed)
	if err != nil {
		return nil, err
	}
	var changes []Change
	for _, f := range []Change{{"name", before.Name, after.Name}, {"phone", vault.MaskPhone(old), vault.MaskPhone(phone)},
		{"ethnic_group", before.EthnicGroup, after.EthnicGroup}, {"education", before.Education, after.Education},
		{"occupation", before.Occupation, after.Occupation}, {"work_unit", before.WorkUnit, after.WorkUnit},
		{"leaving_on", string(dateOr(before.LeavingOn)), string(dateOr(after.LeavingOn))}} {
		if f.Before != f.After || f.Field == "phone" && old != phone {
			changes = append(changes, f)
		}
	}
	return changes, nil
}
