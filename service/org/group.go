package org

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/audit"
	"hongyun/service/fault"
	"hongyun/service/roster"
)

// Group is a party group (党小组) of a branch.
type Group struct {
	ID         int64         `json:"id"`
	OrgID      int64         `json:"org_id"`
	Name       string        `json:"name"`
	LeaderID   *int64        `json:"leader_id"` // null: none, or the leader has left the group
	LeaderName string        `json:"leader_name"`
	Members    []GroupMember `json:"members" gorm:"-"`
}

// GroupMember is a member of a party group.
type GroupMember struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

// GroupInput names a party group and its leader.
type GroupInput struct {
	Name     string `json:"name" validate:"required,text,max=50" label:"党小组名称"`
	LeaderID int64  `json:"leader_id" validate:"min=0" label:"党小组组长"` // a member of the branch, who comes into the group; 0: none
}

// GroupMembersInput is who belongs to a party group; it replaces them.
type GroupMembersInput struct {
	Members []GroupMemberInput `json:"members" validate:"required,max=500,dive" label:"党小组成员"`
}

// GroupMemberInput is one of them.
type GroupMemberInput struct {
	MemberID int64 `json:"member_id" validate:"required,min=1" label:"党员"`
}

// Groups lists the party groups of a branch that v leads or administers, with their members.
func (s *Service) Groups(ctx context.Context, v access.Viewer, orgID int64) ([]Group, error) {
	tx := s.db.Read(ctx)
	o, err := find(tx, v, orgID)
	if err != nil {
		return nil, err
	}
	if !v.Reads().Covers(o.Path) {
		return nil, fault.NotFound("组织")
	}
	return groups(tx, "g.org_id = ?", orgID)
}

func groups(tx model.Tx, where string, arg int64) ([]Group, error) {
	var rows []Group
	err := tx.Raw(`
SELECT g.id, g.org_id, g.name, l.id AS leader_id, coalesce(l.name, '') AS leader_name FROM party_group g
LEFT JOIN member l ON l.id = g.leader_id AND l.group_id = g.id AND l.`+onRoster+`
WHERE g.dissolved_on IS NULL AND `+where+` ORDER BY g.name, g.id`, arg).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	var members []struct {
		ID, GroupID int64
		Name        string
	}
	err = tx.Raw("SELECT m.id, m.group_id, m.name FROM member m JOIN party_group g ON g.id = m.group_id WHERE "+where+" AND m."+onRoster+" ORDER BY m.name, m.id", arg).
		Scan(&members).Error
	if err != nil {
		return nil, err
	}
	for i := range rows {
		rows[i].Members = []GroupMember{}
		for _, m := range members {
			if m.GroupID == rows[i].ID {
				rows[i].Members = append(rows[i].Members, GroupMember{m.ID, m.Name})
			}
		}
	}
	return rows, nil
}

// CreateGroup makes a party group in a branch that v administers.
//
// Faults group.only_branch, group.name_taken, group.not_of_branch.
func (s *Service) CreateGroup(ctx context.Context, v access.Viewer, orgID int64, in GroupInput) (Group, error) {
	return s.inGroup(ctx, func(tx model.Tx) (int64, error) {
		o, err := worked(tx, v, orgID)
		if err != nil {
			return 0, err
		}
		if o.Type != model.OrgBranch {
			return 0, fault.Invalid("group.only_branch", "党小组只能设在党支部之下")
		}
		if err := lockOrgs(tx, orgID); err != nil { // a merge of the branch would leave the group behind
			return 0, err
		}
		if o, err = worked(tx, v, orgID); err != nil {
			return 0, err
		}
		g := model.PartyGroup{OrgID: o.ID, Name: strings.TrimSpace(in.Name), CreatedAt: tx.Now}
		res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&g)
		if res.Error != nil {
			return 0, res.Error
		}
		if res.RowsAffected == 0 {
			return 0, groupNameTaken()
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "group.create", ObjectType: "party_group", ObjectID: g.ID, After: in})
		return g.ID, lead(tx, v, g, in.LeaderID)
	})
}

// ChangeGroup renames a party group and names its leader.
func (s *Service) ChangeGroup(ctx context.Context, v access.Viewer, id int64, in GroupInput) (Group, error) {
	return s.inGroup(ctx, func(tx model.Tx) (int64, error) {
		g, err := workedGroup(tx, v, id, in.LeaderID)
		if err != nil {
			return 0, err
		}
		err = tx.Model(&model.PartyGroup{}).Where("id = ?", id).Updates(map[string]any{"name": strings.TrimSpace(in.Name), "leader_id": nil}).Error
		if errors.Is(err, gorm.ErrDuplicatedKey) {
			err = groupNameTaken()
		}
		if err != nil {
			return 0, err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "group.change", ObjectType: "party_group", ObjectID: id,
			Before: GroupInput{Name: g.Name, LeaderID: valueOf(g.LeaderID)}, After: in})
		g.Name = strings.TrimSpace(in.Name)
		return id, lead(tx, v, g, in.LeaderID)
	})
}

// SetGroupMembers replaces who belongs to a party group. Whoever was in another group of the branch leaves it.
//
// Faults group.not_of_branch, group.leader_missing.
func (s *Service) SetGroupMembers(ctx context.Context, v access.Viewer, id int64, in GroupMembersInput) (Group, error) {
	return s.inGroup(ctx, func(tx model.Tx) (int64, error) {
		ids := []int64{0} // IN of nothing is no SQL
		for _, m := range in.Members {
			if !slices.Contains(ids, m.MemberID) {
				ids = append(ids, m.MemberID)
			}
		}
		g, err := workedGroup(tx, v, id, ids...)
		if err != nil {
			return 0, err
		}
		if err := ofBranch(tx, g.OrgID, ids); err != nil {
			return 0, err
		}
		if g.LeaderID != nil && !slices.Contains(ids, *g.LeaderID) {
			return 0, fault.Conflict("group.leader_missing", "组长须是本党小组的成员，请先更换组长")
		}
		if err := regroup(tx, v, model.PartyGroup{}, "m.group_id = ? AND m.id NOT IN ?", id, ids); err != nil {
			return 0, err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "group.members", ObjectType: "party_group", ObjectID: id, After: map[string]any{"members": len(ids) - 1}})
		return id, join(tx, v, g, ids)
	})
}

// DissolveGroup ends a party group; its members belong to the branch without one.
func (s *Service) DissolveGroup(ctx context.Context, v access.Viewer, id int64) error {
	return s.db.Tx(ctx, func(tx model.Tx) error {
		g, err := workedGroup(tx, v, id)
		if err != nil {
			return err
		}
		if err := tx.Model(&model.PartyGroup{}).Where("id = ?", id).Update("dissolved_on", tx.Day()).Error; err != nil {
			return err
		}
		audit.Record(tx, audit.By(v), audit.Entry{Action: "group.dissolve", ObjectType: "party_group", ObjectID: id, Before: map[string]any{"name": g.Name}})
		return regroup(tx, v, model.PartyGroup{}, "m.group_id = ?", id)
	})
}

// inGroup runs a change and reads the group that it made or changed.
func (s *Service) inGroup(ctx context.Context, change func(model.Tx) (int64, error)) (Group, error) {
	var out Group
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		id, err := change(tx)
		if err != nil {
			return err
		}
		rows, err := groups(tx, "g.id = ?", id)
		if err == nil {
			out = rows[0] // it was written in this transaction
		}
		return err
	})
	return out, err
}

// workedGroup locks a party group of a branch that v administers, after its members and those who are to come in.
func workedGroup(tx model.Tx, v access.Viewer, id int64, coming ...int64) (model.PartyGroup, error) {
	var seen, g model.PartyGroup
	where, args := v.Works().Orgs("org_id")
	mine := tx.Where("id = ? AND dissolved_on IS NULL", id).Where(where, args...)
	err := mine.Session(&gorm.Session{}).Take(&seen).Error
	if err == nil {
		err = roster.Hold(tx, seen.OrgID)
	}
	if err == nil {
		err = roster.Lock(tx, "SELECT id FROM member WHERE group_id = ? OR id IN ?", id, append(coming, 0))
	}
	if err == nil {
		err = mine.Session(&gorm.Session{}).Clauses(clause.Locking{Strength: "UPDATE"}).Where("org_id = ?", seen.OrgID).Take(&g).Error
	}
	if model.NotFound(err) {
		err = fault.NotFound("党小组")
	}
	return g, err
}

func groupNameTaken() error {
	return fault.Conflict("group.name_taken", "本支部已有同名的党小组")
}

// lead makes a member of the branch the leader of a group, and a member of it; 0 is none.
func lead(tx model.Tx, v access.Viewer, g model.PartyGroup, leader int64) error {
	if leader == 0 {
		return nil
	}
	if err := ofBranch(tx, g.OrgID, []int64{0, leader}); err != nil {
		return err
	}
	if err := join(tx, v, g, []int64{0, leader}); err != nil {
		return err
	}
	return tx.Model(&model.PartyGroup{}).Where("id = ?", g.ID).Update("leader_id", leader).Error
}

// join puts members into a group; whoever led another one leads it no more.
func join(tx model.Tx, v access.Viewer, g model.PartyGroup, ids []int64) error {
	if _, err := model.Exec(tx, "UPDATE party_group SET leader_id = NULL WHERE org_id = ? AND id <> ? AND leader_id IN ?", g.OrgID, g.ID, ids); err != nil {
		return err
	}
	return regroup(tx, v, g, "m.org_id = ? AND m.id IN ?", g.OrgID, ids)
}

// regroup puts the members m that where selects into a group, or into none. The group stands on their form: each who changes is
// a new version, with an entry in the log, so that a form that was read before takes nobody out again.
func regroup(tx model.Tx, v access.Viewer, g model.PartyGroup, where string, args ...any) error {
	where = " FROM member m WHERE coalesce(m.group_id, 0) <> ? AND " + where
	args = append([]any{g.ID}, args...)
	_, err := model.Exec(tx, `
INSERT INTO member_change (member_id, version, field, before, after, reason, account_id, by_name, at)
SELECT m.id, m.version + 1, 'group_id', coalesce((SELECT o.name FROM party_group o WHERE o.id = m.group_id), ''), CAST(? AS text), '调整党小组',
       CAST(? AS bigint), CAST(? AS text), ?`+where, append([]any{g.Name, accountOf(v), v.Name, tx.Now}, args...)...)
	if err != nil {
		return err
	}
	var to *int64
	if g.ID != 0 {
		to = &g.ID
	}
	_, err = model.Exec(tx, "UPDATE member SET group_id = ?, version = version + 1, updated_at = ? WHERE id IN (SELECT m.id"+where+")",
		append([]any{to, tx.Now}, args...)...)
	return err
}

// ofBranch refuses members who are not on the branch's roster; ids begin with a 0 that is nobody.
func ofBranch(tx model.Tx, orgID int64, ids []int64) error {
	var n int
	if err := tx.Raw("SELECT count(*) FROM member WHERE org_id = ? AND id IN ? AND "+onRoster, orgID, ids).Scan(&n).Error; err != nil {
		return err
	}
	if missing := len(ids) - 1 - n; missing > 0 {
		return fault.Invalid("group.not_of_branch", fmt.Sprintf("有%d人不是本支部在册党员，请核对后重新选择", missing))
	}
	return nil
}

func valueOf(id *int64) int64 {
	if id == nil {
		return 0
	}
	return *id
}
