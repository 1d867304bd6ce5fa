package member

import (
	"context"

	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/calendar"
	"hongyun/service/fault"
	"hongyun/service/roster"
	"hongyun/service/rule"
)

// FloatingOut registers a member who lives elsewhere while the affiliation stays (RULES 2.9). The home branch enters it.
type FloatingOut struct {
	MemberID      int64      `json:"member_id" validate:"required,min=1" label:"党员"`
	Place         string     `json:"place" validate:"required,text,max=200" label:"外出地点"`
	Reason        string     `json:"reason" validate:"max=500" label:"外出原因"`
	LeftOn        model.Date `json:"left_on" validate:"required,date" label:"外出日期"`
	ExpectedUntil model.Date `json:"expected_until" validate:"omitempty,date" label:"预计返回日期"` // empty: open
	Abroad        bool       `json:"abroad"`
	HostOrgID     int64      `json:"host_org_id" validate:"min=0" label:"流入支部"`     // inside the platform
	HostName      string     `json:"host_name" validate:"max=100" label:"流入地党组织名称"` // outside; both empty: none, as abroad
	CardNo        string     `json:"card_no" validate:"max=100" label:"流动党员活动证编号"`
}

// FloatingIn registers somebody who stays with a host branch. A member of the platform is named by the identity number,
// anybody else by the home organisation's name.
type FloatingIn struct {
	OrgID         int64      `json:"org_id" validate:"required,min=1" label:"流入支部"`
	Name          string     `json:"name" validate:"required,text,max=50" label:"姓名"`
	IDNumber      string     `json:"id_number" validate:"max=18" label:"身份证号"` // of a member of the platform
	Phone         string     `json:"phone" validate:"max=11" label:"手机号"`
	HomeName      string     `json:"home_name" validate:"max=100" label:"流出地党组织名称"`
	Place         string     `json:"place" validate:"required,text,max=200" label:"现居住地"`
	Reason        string     `json:"reason" validate:"max=500" label:"流入原因"`
	LeftOn        model.Date `json:"left_on" validate:"required,date" label:"流入日期"`
	ExpectedUntil model.Date `json:"expected_until" validate:"omitempty,date" label:"预计离开日期"`
	CardNo        string     `json:"card_no" validate:"max=100" label:"流动党员活动证编号"`
}

// RegisterOut is the home branch's registration, and its receipt. The stay is ACTIVE when the host has confirmed it too, at
// once where there is no host.
//
// Faults: floating.inactive; floating.too_short; floating.dates; floating.host; floating.open.
func (s *Service) RegisterOut(ctx context.Context, v access.Viewer, in FloatingOut) (Floating, error) {
	return s.register(ctx, v, func(tx model.Tx) (model.Floating, error) {
		m, _, err := lockWorked(tx, v, in.MemberID, in.HostOrgID)
		if err != nil {
			return model.Floating{}, err
		}
		if in.HostOrgID != 0 && in.HostName != "" || in.HostOrgID == m.OrgID {
			return model.Floating{}, fault.Invalid("floating.host", "请选择流入支部，或填写平台以外的流入地党组织名称，二者填一项，且不能是本支部")
		}
		if in.HostOrgID != 0 {
			if err := isBranch(tx, in.HostOrgID); err != nil {
				return model.Floating{}, err
			}
		}
		row := model.Floating{Name: m.Name, HomeOrgID: &m.OrgID, HostName: in.HostName, Place: in.Place, Reason: in.Reason, Abroad: in.Abroad,
			CardNo: in.CardNo, HomeBy: account(v), HomeAt: &tx.Now, State: model.FloatingRegistered}
		if in.HostOrgID != 0 {
			row.HostOrgID = &in.HostOrgID
		}
		if in.HostOrgID == 0 && in.HostName == "" {
			row.State = model.FloatingActive
		}
		return row, floats(tx, &row, &m, in.LeftOn, in.ExpectedUntil)
	})
}

// RegisterIn is the host branch's registration, and its receipt. A member of the platform is found by name and identity
// number together; a wrong pair answers as nobody found.
//
// Faults: floating.home; phone.invalid; identity.invalid, and those of RegisterOut.
func (s *Service) RegisterIn(ctx context.Context, v access.Viewer, in FloatingIn) (Floating, error) {
	return s.register(ctx, v, func(tx model.Tx) (model.Floating, error) {
		if _, err := workedOrg(tx, v, in.OrgID); err != nil {
			return model.Floating{}, err
		}
		if (in.IDNumber == "") == (in.HomeName == "") {
			return model.Floating{}, fault.Invalid("floating.home", "平台内的党员请填写身份证号，平台以外的请填写流出地党组织名称，二者填一项")
		}
		var m model.Member
		if in.IDNumber != "" {
			var err error
			if m, err = s.byNumber(tx, v, in); err != nil { // holds both branches, in their order
				return model.Floating{}, err
			}
		}
		o, err := workedBranch(tx, v, in.OrgID)
		if err == nil && o.DissolvedOn != nil {
			err = fault.NotFound("支部")
		}
		if err != nil {
			return model.Floating{}, err
		}
		row := model.Floating{Name: in.Name, HomeName: in.HomeName, HostOrgID: &o.ID, Place: in.Place, Reason: in.Reason, CardNo: in.CardNo,
			HostBy: account(v), HostAt: &tx.Now, State: model.FloatingRegistered}
		if in.Phone != "" {
			if !roster.Mobile(in.Phone) {
				return row, fault.Invalid("phone.invalid", "手机号须为11位数字")
			}
			row.PhoneSealed, row.PhoneIndex = s.vault.Seal(in.Phone), s.vault.Index(in.Phone)
		}
		if in.IDNumber == "" {
			return row, floats(tx, &row, nil, in.LeftOn, in.ExpectedUntil)
		}
		if m.OrgID == o.ID {
			return row, fault.Invalid("floating.host", "该党员的组织关系就在本支部")
		}
		row.HomeOrgID = &m.OrgID
		return row, floats(tx, &row, &m, in.LeftOn, in.ExpectedUntil)
	})
}

// byNumber finds a member of good standing anywhere on the platform, if the name is the one that goes with the number.
func (s *Service) byNumber(tx model.Tx, v access.Viewer, in FloatingIn) (model.Member, error) {
	var m model.Member
	identity, err := roster.ParseIdentity(in.IDNumber, tx.Day())
	if err != nil {
		return m, err
	}
	err = tx.Select("id").Where("id_index = ? AND name = ?", s.vault.Index(identity.Number), in.Name).Take(&m).Error
	if err == nil {
		m, err = roster.Locked(tx, m.ID, in.OrgID)
	}
	if model.NotFound(err) || err == nil && m.Standing != model.StandingActive {
		return m, fault.NotFound("党员，请核对姓名和身份证号")
	}
	audit.Record(tx, audit.By(v), audit.Entry{Action: "floating.lookup", ObjectType: "member", ObjectID: m.ID})
	return m, err
}

// floats completes a registration and says whether the person counts as a floating member.
func floats(tx model.Tx, row *model.Floating, m *model.Member, leftOn, until model.Date) error {
	if m != nil {
		if m.Standing != model.StandingActive {
			return fault.Conflict("floating.inactive", "该党员已停止党籍或不在名册中，不能登记为流动党员")
		}
		row.MemberID = &m.ID
	}
	if leftOn > tx.Day() || until != "" && until <= leftOn {
		return fault.Invalid("floating.dates", "外出日期不能晚于今天，预计返回日期须晚于外出日期")
	}
	row.LeftOn = leftOn
	if until == "" {
		return nil
	}
	row.ExpectedUntil = &until
	rules, err := rule.Load(tx, model.RulesMember, leftOn)
	if err != nil {
		return err
	}
	if until < calendar.AddMonths(leftOn, rules.Int("FLOATING_MONTHS")) {
		return fault.Invalid("floating.too_short", "外出不满六个月的不作为流动党员登记，仍由所在支部正常管理")
	}
	return nil
}

// register writes what fill makes and tells the other side.
func (s *Service) register(ctx context.Context, v access.Viewer, fill func(tx model.Tx) (model.Floating, error)) (Floating, error) {
	var view Floating
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		row, err := fill(tx)
		if err != nil {
			return err
		}
		row.RegisteredBy, row.RegisteredAt = account(v), tx.Now
		res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected == 0 {
			return fault.Conflict("floating.open", "该党员已登记为流动党员，请先结束原登记")
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "floating.register", ObjectType: "floating", ObjectID: row.ID,
			After: map[string]any{"member_id": row.MemberID, "home": row.HomeOrgID, "host": row.HostOrgID, "place": row.Place}})
		if view, err = s.floatingOf(tx, v, row.ID); err != nil {
			return err
		}
		return s.tellOtherSide(tx, view)
	})
	return view, err
}

func isBranch(tx model.Tx, id int64) error {
	var n int64
	err := tx.Model(&model.Org{}).Where("id = ? AND type = ? AND dissolved_on IS NULL", id, model.OrgBranch).Count(&n).Error
	if err == nil && n == 0 {
		err = fault.Invalid("floating.host", "没有找到流入支部，请从支部名录中选择")
	}
	return err
}
