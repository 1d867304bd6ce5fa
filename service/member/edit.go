package member

import (
	"context"
	"errors"
	"strings"

	"gorm.io/gorm"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
	"hongyun/service/roster"
)

// EditInput replaces what an administrator may edit. What is sealed is shown masked, so it is kept if it is left out, null,
// or comes back masked as it was shown; an empty phone or address takes it away.
type EditInput struct {
	Form
	IDNumber *string `json:"id_number" validate:"omitempty,max=20" label:"身份证号"` // a correction: by who administers an organisation above the branch
	Phone    *string `json:"phone" validate:"omitempty,max=20" label:"手机号"`
	Address  *string `json:"address" validate:"omitempty,max=200" label:"家庭住址"`
	Version  int64   `json:"version" validate:"required,min=1" label:"版本"` // that the editor saw
	Reason   string  `json:"reason" validate:"required,text,max=200" label:"修改原因"`
}

// editable is the columns that Edit writes.
var editable = []string{"name", "pinyin", "id_sealed", "id_index", "phone_sealed", "phone_index", "sex", "born_on", "ethnic_group", "native_place",
	"education", "degree", "occupation", "work_unit", "work_post", "landline", "address_sealed", "is_cadre", "exempt", "group_id",
	"admitted_on", "approved_on", "full_on", "status", "version", "updated_at"}

// Edit changes a member of v's scope of work. Of two who start from the same version one succeeds; the other hears
// member.changed with the present version and what was changed, by whom and when. Where nothing differs nothing is written.
//
// Faults: member.changed, member.left, member.identity_above, member.exists, and those of Enter and roster.Admitted.
func (s *Service) Edit(ctx context.Context, v access.Viewer, id int64, in EditInput) (Detail, error) {
	var d Detail
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		before, path, err := lockWorked(tx, v, id)
		if err != nil {
			return err
		}
		if err := unchanged(tx, before, in.Version); err != nil {
			return err
		}
		if !onRoster(before) {
			return fault.Conflict("member.left", "该党员已离开名册，资料不能再修改")
		}
		after, err := s.edited(tx, v, before, path, in)
		if err != nil {
			return err
		}
		if err := s.store(tx, v, before, after, in.Reason); err != nil {
			return err
		}
		d, err = s.seen(tx, v, id)
		return err
	})
	return d, err
}

// edited is the member as the input wants it, checked.
func (s *Service) edited(tx model.Tx, v access.Viewer, before model.Member, path string, in EditInput) (model.Member, error) {
	after := in.fill(before)
	open, err := s.opened(before)
	if err != nil {
		return after, err
	}
	shown, err := s.masked(before)
	if err != nil {
		return after, err
	}
	if number, given := given(in.IDNumber, open.id, shown.id); given && number != "" {
		if !above(v, path) {
			return after, &fault.Fault{Kind: fault.KindForbidden, Code: "member.identity_above", Message: "身份证号由上级组织的管理员更正"}
		}
		if err := s.identify(&after, number, tx.Day()); err != nil {
			return after, err
		}
	} else if (in.Sex != "" && in.Sex != before.Sex) || (in.BornOn != "" && in.BornOn != before.BornOn) {
		after.Sex, after.BornOn = "", "" // what stands there is taken anew from the number
		if err := s.identify(&after, open.id, tx.Day()); err != nil {
			return after, err
		}
		after.IDSealed = before.IDSealed
	}
	if err := in.agrees(after.Sex, after.BornOn); err != nil {
		return after, err
	}
	if phone, given := given(in.Phone, open.phone, shown.phone); given {
		if err := s.reach(&after, phone); err != nil {
			return after, err
		}
	}
	if address, given := given(in.Address, open.address, shown.address); given {
		after.AddressSealed = s.vault.Seal(address)
	}
	return after, checkForm(tx, before, after)
}

// given is the new value of a sealed field, if there is one.
func given(in *string, open, shown string) (string, bool) {
	if in == nil {
		return "", false
	}
	value := strings.TrimSpace(*in)
	return value, value != open && (value != shown || shown == "")
}

// store writes the member, the change log and the audit entry, unless nothing differs.
func (s *Service) store(tx model.Tx, v access.Viewer, before, after model.Member, reason string) error {
	after.Version, after.UpdatedAt = before.Version+1, tx.Now
	changes, err := s.changed(tx, v, before, after, strings.TrimSpace(reason))
	if err != nil || len(changes) == 0 {
		return err
	}
	res := tx.Model(&model.Member{}).Where("id = ? AND version = ?", before.ID, before.Version).Select(editable).Updates(after)
	if errors.Is(res.Error, gorm.ErrDuplicatedKey) {
		return fault.Conflict("member.exists", "该身份证号已在党员名册中，请联系上级组织核实")
	}
	if res.Error != nil {
		return res.Error
	}
	if res.RowsAffected == 0 { // cannot be while the row is locked
		return unchanged(tx, after, before.Version)
	}
	if after.AdmittedOn != before.AdmittedOn {
		if err := roster.Admitted(tx, before.ID, before.AdmittedOn, after.AdmittedOn); err != nil {
			return err
		}
	}
	was, is := map[string]string{}, map[string]string{}
	for _, c := range changes {
		was[c.Field], is[c.Field] = c.Before, c.After
	}
	is["reason"] = reason
	audit.Record(tx, audit.By(v), audit.Entry{Action: "member.edit", ObjectType: "member", ObjectID: before.ID, Before: was, After: is})
	return nil
}
