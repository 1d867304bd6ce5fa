package org

import (
	"context"
	"slices"
	"strings"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// JointUnitsInput is the units whose members a joint branch gathers; it replaces them.
type JointUnitsInput struct {
	Version int64       `json:"version" validate:"min=0" label:"版本"` // that the person saw
	Units   []JointUnit `json:"units" validate:"required,max=50,dive" label:"联合单位"`
}

// JointUnit is one unit of a joint branch.
type JointUnit struct {
	Name string `json:"name" validate:"required,text,max=100" label:"单位名称"`
}

// SetJointUnits says which units a joint branch gathers (RULES 2.3). Any administrator of the branch may.
//
// Faults org.not_joint, org.unit_twice, org.changed.
func (s *Service) SetJointUnits(ctx context.Context, v access.Viewer, id int64, in JointUnitsInput) (Card, error) {
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		if err := lockTree(tx); err != nil {
			return err
		}
		o, err := worked(tx, v, id)
		if err != nil {
			return err
		}
		if err := stale(tx, o, in.Version); err != nil {
			return err
		}
		if !o.IsJoint {
			return fault.Conflict("org.not_joint", "该组织不是联合支部，没有联合单位")
		}
		return replaceUnits(tx, v, o, in.Units)
	})
	if err != nil {
		return Card{}, err
	}
	return s.Card(ctx, v, id)
}

func replaceUnits(tx model.Tx, v access.Viewer, o model.Org, units []JointUnit) error {
	rows, names := make([]model.JointUnit, len(units)), make([]string, len(units))
	for i, u := range units {
		name := strings.TrimSpace(u.Name)
		if slices.Contains(names, name) {
			return fault.Invalid("org.unit_twice", "联合单位“"+name+"”重复")
		}
		names[i], rows[i] = name, model.JointUnit{OrgID: o.ID, Name: name}
	}
	was, err := jointUnits(tx, o.ID)
	if err != nil || slices.Equal(was, names) {
		return err
	}
	if err := guarded(tx, o, map[string]any{}); err != nil {
		return err
	}
	if _, err := model.Exec(tx, "DELETE FROM joint_unit WHERE org_id = ?", o.ID); err != nil {
		return err
	}
	if _, err := model.Bulk(tx, rows); err != nil {
		return err
	}
	o.Version++
	return record(tx, v, o, happened{kind: model.OrgChanged, on: tx.Day(),
		before: map[string]any{"joint_units": was}, after: map[string]any{"joint_units": names}})
}

// jointUnits names the units of a joint branch.
func jointUnits(tx model.Tx, id int64) ([]string, error) {
	names := []string{}
	err := tx.Raw("SELECT name FROM joint_unit WHERE org_id = ? ORDER BY id", id).Scan(&names).Error
	return names, err
}
