package member

import (
	"context"
	"strings"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
	"hongyun/service/roster"
)

// NewInput enters somebody who is a member already: transferred in from outside, or missing on the roster. Whoever is
// admitted here comes through development.
type NewInput struct {
	Form
	OrgID      int64      `json:"org_id" validate:"required,min=1" label:"党支部"`
	IDNumber   string     `json:"id_number" validate:"required,text,max=20" label:"身份证号"`
	Phone      string     `json:"phone" validate:"max=20" label:"手机号"`
	Address    string     `json:"address" validate:"max=200" label:"家庭住址"`
	Status     string     `json:"status" validate:"required,oneof=PROBATIONARY FULL" label:"党员类别"`
	JoinedOn   model.Date `json:"joined_on" validate:"omitempty,date" label:"转入日期"` // since when in this branch; empty: today
	DocumentNo string     `json:"document_no" validate:"required,text,max=100" label:"介绍信或来源文件编号"`
	Reason     string     `json:"reason" validate:"required,text,max=200" label:"来源说明"`
}

// Enter puts a member on the roster of a branch that v administers. Somebody whose affiliation had left the platform
// comes back under the old number with the new data.
//
// Faults: identity.invalid, member.sex_differs, member.birth_differs, member.phone, those of checkForm, org.not_branch,
// org.dissolved, member.joined_on; member.exists, which says where the person is only to who may see it.
func (s *Service) Enter(ctx context.Context, v access.Viewer, in NewInput) (Detail, error) {
	var d Detail
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		o, err := workedBranch(tx, v, in.OrgID)
		if err != nil {
			return err
		}
		if o.DissolvedOn != nil {
			return fault.Conflict("org.dissolved", "该支部已撤销，请选择其他支部")
		}
		m, err := s.candidate(tx, in)
		if err != nil {
			return err
		}
		on := max(in.JoinedOn, m.AdmittedOn)
		if in.JoinedOn == "" {
			on = tx.Day()
		}
		if on > tx.Day() {
			return fault.Invalid("member.joined_on", "转入日期不能晚于今天")
		}
		if err = roster.Enrol(tx, &m, on); fault.Is(err, "member.exists") {
			err = s.comeBack(tx, v, &m, on, in.reason(), err)
		} else if err == nil {
			entry := change(tx, v, m, "enrolled", "", o.Name, in.reason())
			err = tx.Create(&entry).Error
		}
		if err != nil {
			return err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "member.enter", ObjectType: "member", ObjectID: m.ID,
			After: map[string]any{"org_id": m.OrgID, "status": m.Status, "joined_on": on, "document_no": in.DocumentNo, "reason": in.Reason}})
		d, err = s.seen(tx, v, m.ID)
		return err
	})
	return d, err
}

func (in NewInput) reason() string {
	return strings.TrimSpace(in.Reason) + "（" + strings.TrimSpace(in.DocumentNo) + "）"
}

// candidate is the member that the input describes, checked.
func (s *Service) candidate(tx model.Tx, in NewInput) (model.Member, error) {
	m := in.fill(model.Member{OrgID: in.OrgID, Status: in.Status, Standing: model.StandingActive, AddressSealed: s.vault.Seal(strings.TrimSpace(in.Address))})
	if m.Status == model.MemberFull && m.ApprovedOn == nil { // the day is not known, but a full member was approved
		m.ApprovedOn = &in.AdmittedOn
	}
	if err := s.identify(&m, in.IDNumber, tx.Day()); err != nil {
		return m, err
	}
	if err := in.agrees(m.Sex, m.BornOn); err != nil {
		return m, err
	}
	if err := s.reach(&m, in.Phone); err != nil {
		return m, err
	}
	return m, checkForm(tx, model.Member{}, m)
}

// comeBack takes in again whom the platform had seen leave. Anybody else with that identity number is refused with exists.
func (s *Service) comeBack(tx model.Tx, v access.Viewer, m *model.Member, on model.Date, reason string, exists error) error {
	var before model.Member
	if err := tx.Where("id_index = ?", m.IDIndex).Take(&before).Error; err != nil {
		return err
	}
	before, path, err := lockAny(tx, before.ID)
	if err != nil {
		return err
	}
	if before.Standing != model.StandingTransferred {
		if v.Reads().Covers(path) {
			return fault.Conflict("member.exists", "该身份证号已在党员名册中，请打开该党员的资料").With("member_id", before.ID)
		}
		return exists
	}
	if before.LeftOn != nil && on < *before.LeftOn {
		return fault.Invalid("member.joined_on", "转入日期早于此前的转出日期，请核对")
	}
	if err := roster.Return(tx, before.ID, m.OrgID, on, model.SpanTransfer); err != nil {
		return err
	}
	m.ID, m.Version, m.CreatedAt, m.UpdatedAt, m.BatchID = before.ID, before.Version+1, before.CreatedAt, tx.Now, before.BatchID
	m.LostSince, m.WatchedUntil = before.LostSince, before.WatchedUntil
	if err := tx.Model(&model.Member{}).Where("id = ?", m.ID).Select(editable).Updates(*m).Error; err != nil {
		return err
	}
	_, err = s.changed(tx, v, before, *m, reason)
	return err
}
