// Package org keeps the organisation tree: lists and cards, what becomes of organisations, and what they were. Who
// belongs to an organisation is package member's, who works in it package account's.
package org

import (
	"context"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/notify"
	"hongyun/service/vault"
)

// Options is what the module stands on; all are required.
type Options struct {
	DB     *model.DB
	Notify *notify.Service // must know the Kinds of this package
	Vault  *vault.Vault
}

// Service keeps the tree of organisations. It is safe for concurrent use.
type Service struct {
	db     *model.DB
	notify *notify.Service
	vault  *vault.Vault
}

// New makes the module. It does nothing by itself.
func New(o Options) *Service { return &Service{db: o.DB, notify: o.Notify, vault: o.Vault} }

// View is one node of the tree.
type View struct {
	ID           int64   `json:"id"`
	ParentID     *int64  `json:"parent_id"` // null for the city; the parent itself may be out of sight
	Type         string  `json:"type"`
	Name         string  `json:"name"`
	OfficialCode *string `json:"official_code"`
	Kind         string  `json:"kind"`
	IsJoint      bool    `json:"is_joint"`
	Children     int64   `json:"children"` // organisations directly below

	Address   string      `json:"address"`
	Phone     string      `json:"phone"` // of the office
	FoundedOn *model.Date `json:"founded_on"`
	Version   int64       `json:"version"`   // to be named by whoever changes it
	Secretary string      `json:"secretary"` // name; empty: none

	DissolvedOn *model.Date `json:"dissolved_on"` // null: it is there today
}

// Filter narrows a list. Zero fields do not.
type Filter struct {
	ParentID int64  `query:"parent_id" validate:"min=0" label:"上级组织"`
	Under    int64  `query:"under" validate:"min=0" label:"所在组织"` // the subtree of an organisation, without itself
	Type     string `query:"type" validate:"omitempty,oneof=CITY COMMITTEE GENERAL_BRANCH BRANCH" label:"组织类型"`
	// On asks for the tree as it was on a past day; empty: today.
	On model.Date `query:"on" validate:"omitempty,date" label:"日期"`
}

// Orgs lists what v sees, in the order of the tree: the subtrees that v leads
// or administers, and v's own branch. limit rows from offset on, and how many there are.
func (s *Service) Orgs(ctx context.Context, v access.Viewer, f Filter, offset, limit int) ([]View, int64, error) {
	tx := s.db.Read(ctx)
	if before, err := past(tx, f.On); err != nil {
		return nil, 0, err
	} else if before {
		return orgsOn(tx, v, f, offset, limit)
	}
	where, args := seen(v)
	where += " AND o.dissolved_on IS NULL"
	if f.ParentID != 0 {
		where, args = where+" AND o.parent_id = ?", append(args, f.ParentID)
	}
	if f.Type != "" {
		where, args = where+" AND o.type = ?", append(args, f.Type)
	}
	if f.Under != 0 {
		top, err := find(tx, v, f.Under)
		if err != nil {
			return nil, 0, err
		}
		where, args = where+" AND o.path > ? AND o.path < ?", append(args, top.Path, model.PathEnd(top.Path))
	}
	var total int64
	if err := tx.Raw("SELECT count(*) FROM org o WHERE "+where, args...).Scan(&total).Error; err != nil {
		return nil, 0, err
	}
	rows := []View{}
	err := tx.Raw(viewQuery+where+" ORDER BY o.path LIMIT ? OFFSET ?", append(args, limit, offset)...).Scan(&rows).Error
	return rows, total, err
}

// Card is an organisation with what lies in its subtree.
type Card struct {
	View
	Members Members `json:"members"`
	Orgs    Below   `json:"orgs"`
	Admins  int64   `json:"admins"` // administrators of the organisation itself; every one should have at least one (RULES 2.2)

	JointUnits []string `json:"joint_units" gorm:"-"` // of a joint branch
}

// Members counts the members of a subtree who are on the roster. Total is
// active members; suspended ones stand apart (RULES 11.12: others leave the screens).
type Members struct {
	Total        int64 `json:"total"`
	Full         int64 `json:"full"`
	Probationary int64 `json:"probationary"`
	Suspended    int64 `json:"suspended"`
}

// Below counts the organisations below, by type.
type Below struct {
	Committees      int64 `json:"committees"`
	GeneralBranches int64 `json:"general_branches"`
	Branches        int64 `json:"branches"`
}

// Card shows one organisation that v sees; any other is not found.
func (s *Service) Card(ctx context.Context, v access.Viewer, id int64) (Card, error) {
	tx := s.db.Read(ctx)
	o, err := find(tx, v, id)
	if err != nil {
		return Card{}, err
	}
	var c Card
	if err := tx.Raw(viewQuery+"o.id = ?", id).Scan(&c.View).Error; err != nil {
		return Card{}, err
	}
	if c.JointUnits, err = jointUnits(tx, id); err != nil {
		return Card{}, err
	}
	err = tx.Raw(`
SELECT count(*) FILTER (WHERE m.standing = 'ACTIVE') AS total,
       count(*) FILTER (WHERE m.standing = 'ACTIVE' AND m.status = 'FULL') AS "full",
       count(*) FILTER (WHERE m.standing = 'ACTIVE' AND m.status = 'PROBATIONARY') AS probationary,
       count(*) FILTER (WHERE m.standing = 'SUSPENDED') AS suspended
FROM member m JOIN org o ON o.id = m.org_id WHERE o.path >= ? AND o.path < ?`, o.Path, model.PathEnd(o.Path)).Scan(&c.Members).Error
	if err != nil {
		return Card{}, err
	}
	err = tx.Raw(`
SELECT count(*) FILTER (WHERE type = 'COMMITTEE') AS committees, count(*) FILTER (WHERE type = 'GENERAL_BRANCH') AS general_branches,
       count(*) FILTER (WHERE type = 'BRANCH') AS branches
FROM org WHERE path > ? AND path < ? AND dissolved_on IS NULL`, o.Path, model.PathEnd(o.Path)).Scan(&c.Orgs).Error
	if err != nil {
		return Card{}, err
	}
	err = tx.Raw(`
SELECT count(*) FROM role_grant g LEFT JOIN account a ON a.id = g.account_id LEFT JOIN member m ON m.id = coalesce(g.member_id, a.member_id)
WHERE g.org_id = ? AND g.role = ? AND g.revoked_at IS NULL AND (m.id IS NULL OR m.standing = 'ACTIVE')`,
		id, model.RoleAdmin).Scan(&c.Admins).Error
	return c, err
}

// find reads an organisation that v sees.
func find(tx model.Tx, v access.Viewer, id int64) (model.Org, error) {
	where, args := seen(v)
	var o model.Org
	err := tx.Raw("SELECT o.* FROM org o WHERE o.id = ? AND o.dissolved_on IS NULL AND "+where, append([]any{id}, args...)...).Take(&o).Error
	if model.NotFound(err) {
		err = fault.NotFound("组织")
	}
	return o, err
}

// findEver reads an organisation that v leads or administers, or did until it was dissolved.
func findEver(tx model.Tx, v access.Viewer, id int64) (model.Org, error) {
	where, args := v.Reads().Paths("path")
	var o model.Org
	err := tx.Where("id = ?", id).Where(where, args...).Take(&o).Error
	if model.NotFound(err) {
		err = fault.NotFound("组织")
	}
	return o, err
}

// seen is the organisations that v may see: a lower level sees neither up nor sideways (RULES 2.1).
func seen(v access.Viewer) (string, []any) {
	where, args := v.Reads().Paths("o.path")
	return "(" + where + " OR o.id = ?)", append(args, v.OrgID)
}

const viewQuery = `
SELECT o.id, o.parent_id, o.type, o.name, o.official_code, o.kind, o.is_joint, o.address, o.phone, o.founded_on, o.version,
       coalesce((SELECT m.name FROM org_post p JOIN member m ON m.id = p.member_id
                 WHERE p.org_id = o.id AND p.post = 'SECRETARY' AND p.until_on IS NULL), '') AS secretary,
       (SELECT count(*) FROM org c WHERE c.parent_id = o.id AND c.dissolved_on IS NULL) AS children
FROM org o WHERE `
