package development

import (
	"hongyun/model"
	"hongyun/service/fault"
	"hongyun/service/roster"
)

// approve is T6: the committee has decided, and the person is a probationary member since the day of the branch meeting.
func (a *act) approve() error {
	admitted := dateOr(a.c.AdmittedOn)
	months, ends := probation(admitted, a.r)
	id, err := a.enrol(admitted)
	if err != nil {
		return err
	}
	a.data.FiledOn = a.in.FiledOn
	a.set["approved_on"], a.set["member_id"] = a.in.OnDay, id
	a.set["probation_months"], a.set["probation_ends_on"] = months, ends
	return nil
}

// enrol puts the person on the roster, or back on it: somebody who was removed once may have begun again.
func (a *act) enrol(admitted model.Date) (int64, error) {
	d, approved := a.c.Development, a.in.OnDay
	m := model.Member{OrgID: d.OrgID, Name: d.Name, IDSealed: d.IDSealed, IDIndex: d.IDIndex, PhoneSealed: d.PhoneSealed, PhoneIndex: d.PhoneIndex,
		Sex: d.Sex, BornOn: d.BornOn, EthnicGroup: d.EthnicGroup, Education: d.Education, Occupation: d.Occupation, WorkUnit: d.WorkUnit,
		Status: model.MemberProbationary, Standing: model.StandingActive, AdmittedOn: admitted, ApprovedOn: &approved}
	var former []model.Member
	if err := a.Where("id_index = ?", d.IDIndex).Find(&former).Error; err != nil {
		return 0, err
	}
	if len(former) == 0 {
		if err := roster.Enrol(a.Tx, &m, admitted); err != nil {
			return 0, err
		}
		return m.ID, a.enrolled(m.ID)
	}
	if former[0].Standing != model.StandingRemoved {
		return 0, fault.Conflict("member.exists", "该身份证号已在党员名册中")
	}
	id := former[0].ID
	if err := roster.Return(a.Tx, id, d.OrgID, admitted, model.SpanFirst); err != nil {
		return 0, err
	}
	_, err := model.Exec(a.Tx, "UPDATE member SET status = ?, admitted_on = ?, approved_on = ?, full_on = NULL, watched_until = NULL, lost_since = NULL WHERE id = ?",
		model.MemberProbationary, admitted, approved, id)
	if err != nil {
		return 0, err
	}
	return id, a.enrolled(id)
}

// enrolled is the entry of the member's change log that says where he or she came from.
func (a *act) enrolled(memberID int64) error {
	var found struct {
		Version int64
		Branch  string
	}
	err := a.Raw("SELECT m.version, o.name AS branch FROM member m JOIN org o ON o.id = m.org_id WHERE m.id = ?", memberID).Scan(&found).Error
	if err != nil {
		return err
	}
	return a.log(memberID, found.Version, "enrolled", "", found.Branch)
}

// log is an entry of the member's change log, in the words in which people read it.
func (a *act) log(memberID, version int64, field, before, after string) error {
	change := model.MemberChange{MemberID: memberID, Version: version, Field: field, Before: before, After: after, Reason: a.t.Title, ByName: a.v.Name, At: a.Now}
	if a.v.AccountID != 0 {
		change.AccountID = &a.v.AccountID
	}
	return a.Create(&change).Error
}

// becomeFull is T8: full since the end of the probation, also where meeting and approval came a little later. People may
// record another day, and say why (RULES 13, U11).
func (a *act) becomeFull() error {
	if a.failed() {
		a.set["full_meeting_on"] = nil
		return nil
	}
	full := dateOr(a.c.ProbationEndsOn)
	if a.in.FullOn != "" && a.in.FullOn != full {
		if a.in.FullOn < full || a.in.FullOn > a.in.OnDay {
			return problem("DEV-E11").fault()
		}
		if err := a.reason(""); err != nil {
			return err
		}
		full = a.in.FullOn
		a.set["probation_ends_on"] = full
	}
	a.data.FullOn = full
	a.set["full_approved_on"] = a.in.OnDay
	return a.status(map[string]any{"status": model.MemberFull, "full_on": full}, "正式党员")
}

// status changes the member who came of the course, if he or she is on the roster still.
func (a *act) status(set map[string]any, after string) error {
	var m model.Member
	err := a.Where("id = ? AND standing = ?", a.c.MemberID, model.StandingActive).Take(&m).Error
	if model.NotFound(err) {
		return fault.Conflict("development.member_left", "该预备党员已不在党员名册中，请先核实")
	}
	if err != nil {
		return err
	}
	set["version"], set["updated_at"] = m.Version+1, a.Now
	if err := a.Model(&model.Member{}).Where("id = ?", m.ID).Updates(set).Error; err != nil {
		return err
	}
	return a.log(m.ID, m.Version+1, "status", "预备党员", after)
}

// cancel is T10 after the branch has voted for it: off the roster.
func (a *act) cancel() error {
	if a.failed() {
		return nil
	}
	a.set["ended_on"] = a.in.OnDay
	if err := roster.RevokeRoles(a.Tx, a.v, roster.OwnRoles, *a.c.MemberID, *a.c.MemberID); err != nil {
		return err
	}
	if err := roster.Leave(a.Tx, *a.c.MemberID, model.StandingRemoved, a.in.OnDay); err != nil {
		return err
	}
	var version int64
	if err := a.Raw("SELECT version FROM member WHERE id = ?", *a.c.MemberID).Scan(&version).Error; err != nil {
		return err
	}
	return a.log(*a.c.MemberID, version, "standing", "正常", "出党")
}
