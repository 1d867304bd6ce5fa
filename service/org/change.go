package org

import (
	"context"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// ChangeInput is what an organisation shall be from a day on; it replaces all fields.
type ChangeInput struct {
	Version int64 `json:"version" validate:"min=0" label:"版本"` // that the person saw
	Fields
	On         model.Date `json:"on" validate:"omitempty,date" label:"生效日期"` // of a new name; empty: today
	DocumentNo string     `json:"document_no" validate:"max=100" label:"批复文号"`
}

// Change replaces an organisation's fields. An administrator above changes all of them, the organisation's own address and phone
// alone. A new name stands in the history from its day on; a second one on the same day overwrites the first.
//
// Faults of Create, org.changed with what changed since, org.day_too_early, org.day_ahead, org.not_above.
func (s *Service) Change(ctx context.Context, v access.Viewer, id int64, in ChangeInput) (Card, error) {
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		if err := lockTree(tx); err != nil {
			return err
		}
		was, err := worked(tx, v, id)
		if err != nil {
			return err
		}
		if err := stale(tx, was, in.Version); err != nil {
			return err
		}
		is := was
		if err := in.Fields.into(tx, &is); err != nil {
			return err
		}
		before, after := differing(factsOf(was), factsOf(is))
		if len(after) == 0 {
			return nil
		}
		if err := changeable(tx, v, was, is); err != nil {
			return err
		}
		on := in.On
		if on == "" {
			on = tx.Day()
		}
		return change(tx, v, was, is, happened{kind: model.OrgChanged, on: on, documentNo: in.DocumentNo, before: before, after: after})
	})
	if err != nil {
		return Card{}, err
	}
	return s.Card(ctx, v, id)
}

// changeable tells whether v may make was into is.
func changeable(tx model.Tx, v access.Viewer, was, is model.Org) error {
	contact := is
	contact.Address, contact.Phone = was.Address, was.Phone
	if _, rest := differing(factsOf(was), factsOf(contact)); len(rest) > 0 && !worksAbove(v, was) {
		return forbidden("本组织的管理员可以修改办公地址和电话；名称、类别等由上级组织的管理员修改")
	}
	if !was.IsJoint || is.IsJoint {
		return nil
	}
	var units int64
	err := tx.Raw("SELECT count(*) FROM joint_unit WHERE org_id = ?", was.ID).Scan(&units).Error
	if err == nil && units > 0 {
		err = fault.Conflict("org.has_joint_units", "请先清空联合单位，再改为非联合支部")
	}
	return err
}

// change writes the fields that may differ, the history of a new name, and the event.
func change(tx model.Tx, v access.Viewer, was, is model.Org, e happened) error {
	if err := notAhead(tx, e.on); err != nil {
		return err
	}
	renamed := was.Name != is.Name
	if renamed {
		e.kind = model.OrgRenamed
		if err := remember(tx, was.Path); err != nil {
			return err
		}
		if err := settledAt(tx, was.ID, e.on); err != nil {
			return err
		}
	}
	is.Version++
	err := guarded(tx, was, map[string]any{"name": is.Name, "kind": is.Kind, "official_code": is.OfficialCode, "is_joint": is.IsJoint,
		"address": is.Address, "phone": is.Phone, "founded_on": is.FoundedOn})
	if err != nil {
		return err
	}
	if renamed {
		if err := follow(tx, is.Path, e.on); err != nil {
			return err
		}
	}
	return record(tx, v, is, e)
}

// guarded writes a new version of an organisation as long as it still is what was read.
func guarded(tx model.Tx, was model.Org, fields map[string]any) error {
	fields["version"] = was.Version + 1
	res := tx.Model(&model.Org{}).Where("id = ? AND version = ? AND dissolved_on IS NULL", was.ID, was.Version).Updates(fields)
	if res.Error == nil && res.RowsAffected == 0 {
		return fault.Conflict("org.changed", "该组织已被他人修改，请核对最新内容后重新提交")
	}
	return res.Error
}
