package org

import (
	"context"
	"strings"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// MoveInput puts an organisation below another one.
type MoveInput struct {
	Version    int64      `json:"version" validate:"min=0" label:"版本"` // that the person saw
	ParentID   int64      `json:"parent_id" validate:"required,min=1" label:"新的上级组织"`
	On         model.Date `json:"on" validate:"required,date" label:"生效日期"`
	DocumentNo string     `json:"document_no" validate:"max=100" label:"批复文号"`
	Note       string     `json:"note" validate:"max=500" label:"说明"`
}

// Move puts an organisation with all that lies below it under another parent. v administers above both places.
//
// Faults org.wrong_level, org.cycle, org.same_parent, org.city_fixed, org.name_taken, org.full, org.day_too_early, org.day_ahead,
// org.changed.
func (s *Service) Move(ctx context.Context, v access.Viewer, id int64, in MoveInput) (Card, error) {
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		o, err := begin(tx, v, id, in.Version, in.On)
		if err != nil {
			return err
		}
		parent, err := worked(tx, v, in.ParentID)
		if err != nil {
			return err
		}
		return move(tx, v, o, parent, in)
	})
	if err != nil {
		return Card{}, err
	}
	return s.Card(ctx, v, id)
}

// begin locks the tree and reads an organisation that v may move, merge or dissolve on a day.
func begin(tx model.Tx, v access.Viewer, id, version int64, on model.Date) (model.Org, error) {
	if err := lockTree(tx); err != nil {
		return model.Org{}, err
	}
	o, err := fromAbove(tx, v, id)
	if err != nil {
		return o, err
	}
	if o.Type == model.OrgCity {
		return o, fault.Invalid("org.city_fixed", "市级组织不能移动、合并或撤销")
	}
	if err := stale(tx, o, version); err != nil {
		return o, err
	}
	return o, notAhead(tx, on)
}

func move(tx model.Tx, v access.Viewer, o, parent model.Org, in MoveInput) error {
	switch {
	case o.ParentID != nil && *o.ParentID == parent.ID:
		return fault.Conflict("org.same_parent", "该组织已在这个上级之下")
	case strings.HasPrefix(parent.Path, o.Path):
		return fault.Conflict("org.cycle", "不能移动到自己或自己的下级组织之下")
	}
	if err := fits(parent.Type, o.Type); err != nil {
		return err
	}
	if err := nameFree(tx, &parent.ID, o.Name, o.ID); err != nil {
		return err
	}
	for _, path := range []string{o.Path, parent.Path} {
		if err := remember(tx, path); err != nil {
			return err
		}
	}
	if err := settled(tx, o.Path, in.On); err != nil {
		return err
	}
	if err := settledAt(tx, parent.ID, in.On); err != nil {
		return err
	}
	var from model.Org
	if err := tx.Where("id = ?", o.ParentID).Take(&from).Error; err != nil {
		return err
	}
	if err := place(tx, []model.Org{o}, parent, in.On); err != nil {
		return err
	}
	o.Version++
	return record(tx, v, o, happened{kind: model.OrgMoved, on: in.On, other: &parent.ID, documentNo: in.DocumentNo, note: in.Note,
		before: map[string]any{"parent_id": from.ID, "parent_name": from.Name}, after: map[string]any{"parent_id": parent.ID, "parent_name": parent.Name}})
}

// place puts organisations with their subtrees below a parent from a day on: a handful of statements whatever their size.
func place(tx model.Tx, orgs []model.Org, parent model.Org, on model.Date) error {
	paths, err := freePaths(tx, parent, len(orgs))
	if err != nil {
		return err
	}
	moves, ids := make([]relocation, len(orgs)), make([]int64, len(orgs))
	for i, o := range orgs {
		moves[i], ids[i] = relocation{o.Path, paths[i]}, o.ID
	}
	if err := relocate(tx, moves); err != nil {
		return err
	}
	if _, err := model.Exec(tx, "UPDATE org SET parent_id = ?, version = version + 1 WHERE id IN ?", parent.ID, ids); err != nil {
		return err
	}
	return follow(tx, parent.Path, on)
}
