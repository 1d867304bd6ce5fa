package org

import (
	"context"
	"slices"
	"strings"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// Fields are what an organisation is called and where it is found.
type Fields struct {
	Name         string     `json:"name" validate:"required,text,max=100" label:"组织名称"`
	Kind         string     `json:"kind" validate:"max=20" label:"单位类别"` // a title of the list org_kind
	OfficialCode string     `json:"official_code" validate:"max=40" label:"组织代码"`
	IsJoint      bool       `json:"is_joint" label:"是否联合支部"`
	Address      string     `json:"address" validate:"max=200" label:"办公地址"`
	Phone        string     `json:"phone" validate:"max=30" label:"办公电话"`
	FoundedOn    model.Date `json:"founded_on" validate:"omitempty,date" label:"成立日期"`
}

// NewInput is an organisation to be set up.
type NewInput struct {
	ParentID int64  `json:"parent_id" validate:"required,min=1" label:"上级组织"`
	Type     string `json:"type" validate:"required,oneof=COMMITTEE GENERAL_BRANCH BRANCH" label:"组织类型"`
	Fields
	DocumentNo string `json:"document_no" validate:"max=100" label:"批复文号"`
}

// Create sets an organisation up below one that v administers. Its history begins on the day of its founding if that is known,
// else today, but not before the place of its parent was settled.
//
// Faults org.wrong_level, org.name_taken, org.code_taken, org.kind_unknown, org.full, org.not_joint.
func (s *Service) Create(ctx context.Context, v access.Viewer, in NewInput) (Card, error) {
	var id int64
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		if err := lockTree(tx); err != nil {
			return err
		}
		parent, err := worked(tx, v, in.ParentID)
		if err != nil {
			return err
		}
		o := model.Org{ParentID: &parent.ID, Type: in.Type, CreatedAt: tx.Now, Version: 1}
		if err := fits(parent.Type, in.Type); err != nil {
			return err
		}
		if err := in.Fields.into(tx, &o); err != nil {
			return err
		}
		if err := insert(tx, parent, &o); err != nil {
			return err
		}
		id = o.ID
		return record(tx, v, o, happened{kind: model.OrgCreated, on: tx.Day(), other: &parent.ID, documentNo: in.DocumentNo, after: factsOf(o)})
	})
	if err != nil {
		return Card{}, err
	}
	return s.Card(ctx, v, id)
}

// insert gives o a place below its parent and begins its history; the tree is locked.
func insert(tx model.Tx, parent model.Org, o *model.Org) error {
	paths, err := freePaths(tx, parent, 1)
	if err != nil {
		return err
	}
	o.Path = paths[0]
	if err := tx.Create(o).Error; err != nil {
		return err
	}
	from := tx.Day()
	if o.FoundedOn != nil {
		from = *o.FoundedOn
	}
	var placed []model.Date
	err = tx.Raw("SELECT from_on FROM org_span WHERE org_id = ? AND until_on IS NULL", parent.ID).Scan(&placed).Error
	if err != nil {
		return err
	}
	if len(placed) > 0 {
		from = max(from, placed[0])
	}
	return tx.Create(&model.OrgSpan{OrgID: o.ID, ParentID: o.ParentID, Type: o.Type, Name: o.Name, Path: o.Path, FromOn: from}).Error
}

// into checks the fields and puts them into o, whose type and parent are known already.
func (f Fields) into(tx model.Tx, o *model.Org) error {
	was := *o
	o.Name, o.Kind, o.IsJoint = strings.TrimSpace(f.Name), f.Kind, f.IsJoint
	o.Address, o.Phone = strings.TrimSpace(f.Address), strings.TrimSpace(f.Phone)
	o.OfficialCode, o.FoundedOn = nil, nil
	if code := strings.TrimSpace(f.OfficialCode); code != "" {
		o.OfficialCode = &code
	}
	if f.FoundedOn != "" {
		if f.FoundedOn < always || f.FoundedOn > tx.Day() {
			return fault.Invalid("org.founded_on", "成立日期须在1900年至今天之间")
		}
		o.FoundedOn = &f.FoundedOn
	}
	if o.IsJoint && o.Type != model.OrgBranch {
		return fault.Invalid("org.not_joint", "只有党支部可以是联合支部")
	}
	if o.Kind != was.Kind {
		if err := kindKnown(tx, o.Kind); err != nil {
			return err
		}
	}
	if err := codeFree(tx, o.OfficialCode, o.ID); err != nil {
		return err
	}
	if o.Name == was.Name {
		return nil
	}
	return nameFree(tx, o.ParentID, o.Name, o.ID)
}

func kindKnown(tx model.Tx, kind string) error {
	if kind == "" {
		return nil
	}
	titles, err := kinds(tx)
	if err == nil && !slices.Contains(titles, kind) {
		err = fault.Invalid("org.kind_unknown", "单位类别须为："+strings.Join(titles, "、"))
	}
	return err
}

// kinds are the titles of the list org_kind, in its order.
func kinds(tx model.Tx) (titles []string, err error) {
	err = tx.Raw("SELECT title FROM lookup WHERE list = ? ORDER BY seq", model.ListOrgKind).Scan(&titles).Error
	return titles, err
}

func codeFree(tx model.Tx, code *string, self int64) error {
	if code == nil {
		return nil
	}
	var n int64
	err := tx.Raw("SELECT count(*) FROM org WHERE official_code = ? AND id <> ?", *code, self).Scan(&n).Error
	if err == nil && n > 0 {
		err = fault.Conflict("org.code_taken", "该组织代码已被其他组织使用")
	}
	return err
}

// factsOf is an organisation as its events keep it.
func factsOf(o model.Org) map[string]any {
	facts := map[string]any{"type": o.Type, "name": o.Name, "kind": o.Kind, "official_code": "", "is_joint": o.IsJoint,
		"address": o.Address, "phone": o.Phone, "founded_on": ""}
	if o.OfficialCode != nil {
		facts["official_code"] = *o.OfficialCode
	}
	if o.FoundedOn != nil {
		facts["founded_on"] = string(*o.FoundedOn)
	}
	return facts
}
