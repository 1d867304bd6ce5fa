package member

import (
	"strings"

	"hongyun/model"
	"hongyun/service/fault"
	"hongyun/service/roster"
)

// Form is the fields of the national form that an administrator fills in and edits. Code lists are named by their titles:
// 汉族, 大学本科. Status, standing and branch are not here: they change by decision and transfer.
type Form struct {
	Name        string     `json:"name" validate:"required,text,max=50" label:"姓名"`
	Sex         string     `json:"sex" validate:"omitempty,oneof=MALE FEMALE" label:"性别"` // if given, as the identity number says
	BornOn      model.Date `json:"born_on" validate:"omitempty,date" label:"出生日期"`        // likewise
	EthnicGroup string     `json:"ethnic_group" validate:"required,text,max=20" label:"民族"`
	NativePlace string     `json:"native_place" validate:"max=50" label:"籍贯"`
	Education   string     `json:"education" validate:"max=20" label:"学历"`
	Degree      string     `json:"degree" validate:"max=20" label:"学位"`
	Occupation  string     `json:"occupation" validate:"max=20" label:"职业"`
	WorkUnit    string     `json:"work_unit" validate:"max=100" label:"工作单位"`
	WorkPost    string     `json:"work_post" validate:"max=50" label:"工作岗位"`
	Landline    string     `json:"landline" validate:"max=30" label:"固定电话"`
	IsCadre     bool       `json:"is_cadre" label:"科级干部"`
	Exempt      bool       `json:"exempt" label:"免于参加活动"` // old, infirm or gravely ill (RULES 4)
	GroupID     int64      `json:"group_id" validate:"min=0" label:"党小组"`
	AdmittedOn  model.Date `json:"admitted_on" validate:"required,date" label:"入党日期"`
	ApprovedOn  model.Date `json:"approved_on" validate:"omitempty,date" label:"批准日期"`
	FullOn      model.Date `json:"full_on" validate:"omitempty,date" label:"转正日期"`
}

// fill puts the form into a member; sex and birth date follow the identity number.
func (f Form) fill(m model.Member) model.Member {
	m.Name, m.NativePlace = strings.TrimSpace(f.Name), strings.TrimSpace(f.NativePlace)
	m.Pinyin = roster.Initials(m.Name)
	m.EthnicGroup, m.Education, m.Degree, m.Occupation = f.EthnicGroup, f.Education, f.Degree, f.Occupation
	m.WorkUnit, m.WorkPost, m.Landline = strings.TrimSpace(f.WorkUnit), strings.TrimSpace(f.WorkPost), strings.TrimSpace(f.Landline)
	m.IsCadre, m.Exempt, m.AdmittedOn = f.IsCadre, f.Exempt, f.AdmittedOn
	m.ApprovedOn, m.FullOn, m.GroupID = optionalDate(f.ApprovedOn), optionalDate(f.FullOn), nil
	if f.GroupID != 0 {
		m.GroupID = &f.GroupID
	}
	return m
}

func optionalDate(d model.Date) *model.Date {
	if d == "" {
		return nil
	}
	return &d
}

// identify gives a member an identity number, with the sex and the birth date that it tells.
func (s *Service) identify(m *model.Member, number string, today model.Date) error {
	id, err := roster.ParseIdentity(number, today)
	if err != nil {
		return err
	}
	m.IDSealed, m.IDIndex, m.Sex, m.BornOn = s.vault.Seal(id.Number), s.vault.Index(id.Number), id.Sex, id.BornOn
	return nil
}

// agrees refuses a sex or a birth date other than the identity number's.
func (f Form) agrees(sex string, bornOn model.Date) error {
	switch {
	case f.Sex != "" && f.Sex != sex:
		return fault.Invalid("member.sex_differs", "性别与身份证号不一致，请核对")
	case f.BornOn != "" && f.BornOn != bornOn:
		return fault.Invalid("member.birth_differs", "出生日期与身份证号不一致，请核对")
	}
	return nil
}

// reach gives a member a phone number; empty takes it away.
func (s *Service) reach(m *model.Member, phone string) error {
	phone = strings.TrimSpace(phone)
	if phone != "" && !roster.Mobile(phone) {
		return fault.Invalid("member.phone", "手机号须为11位的大陆手机号码")
	}
	m.PhoneSealed, m.PhoneIndex = s.vault.Seal(phone), s.vault.Index(phone)
	return nil
}
