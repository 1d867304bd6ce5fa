package org

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/roster"
)

// MergeInput says into what an organisation goes.
type MergeInput struct {
	Version    int64      `json:"version" validate:"min=0" label:"版本"` // that the person saw
	IntoID     int64      `json:"into_id" validate:"required,min=1" label:"并入的组织"`
	On         model.Date `json:"on" validate:"required,date" label:"生效日期"`
	DocumentNo string     `json:"document_no" validate:"max=100" label:"批复文号"`
	Note       string     `json:"note" validate:"max=500" label:"说明"`
}

// Merge puts everything that an organisation has into another of the same type, and dissolves it: members, party groups,
// organisations below, open courses of development, transfers, floating members, unpaid bills. Its roles end. v administers above
// both. It answers with the organisation that took the other in.
//
// Faults org.same, org.wrong_level, org.city_fixed, org.name_taken, org.full, org.day_too_early, org.day_ahead, org.changed.
func (s *Service) Merge(ctx context.Context, v access.Viewer, id int64, in MergeInput) (Card, error) {
	err := s.db.Tx(ctx, func(tx model.Tx) error {
		o, err := begin(tx, v, id, in.Version, in.On)
		if err != nil {
			return err
		}
		into, err := fromAbove(tx, v, in.IntoID)
		if err != nil {
			return err
		}
		if err := lockOrgs(tx, o.ID, into.ID); err != nil {
			return err
		}
		return merge(tx, v, o, into, in)
	})
	if err != nil {
		return Card{}, err
	}
	return s.Card(ctx, v, in.IntoID)
}

func merge(tx model.Tx, v access.Viewer, o, into model.Org, in MergeInput) error {
	if o.ID == into.ID {
		return fault.Conflict("org.same", "不能并入自己")
	}
	if o.Type != into.Type {
		return fault.Invalid("org.wrong_level", "只能并入同一类型的组织")
	}
	if err := mergeableOn(tx, o, into, in.On); err != nil {
		return err
	}
	children, err := bringChildren(tx, v, o, into, in)
	if err != nil {
		return err
	}
	members, err := bringMembers(tx, v, o, into, in.On)
	if err != nil {
		return err
	}
	if err := bringRest(tx, o, into, in.On); err != nil {
		return err
	}
	if err := end(tx, v, o, in.On); err != nil {
		return err
	}
	if err := guarded(tx, into, map[string]any{}); err != nil {
		return err
	}
	o.Version, into.Version = o.Version+1, into.Version+1
	what := map[string]any{"members": members, "orgs": children}
	err = record(tx, v, o, happened{kind: model.OrgMerged, on: in.On, other: &into.ID, documentNo: in.DocumentNo, note: in.Note, after: what})
	if err != nil {
		return err
	}
	return record(tx, v, into, happened{kind: model.OrgAbsorbed, on: in.On, other: &o.ID, documentNo: in.DocumentNo, note: in.Note, after: what})
}

// mergeableOn checks the day against the history of both and of whoever belonged to the one that ends.
func mergeableOn(tx model.Tx, o, into model.Org, on model.Date) error {
	for _, path := range []string{o.Path, into.Path} {
		if err := remember(tx, path); err != nil {
			return err
		}
	}
	if err := settled(tx, o.Path, on); err != nil {
		return err
	}
	if err := settledAt(tx, into.ID, on); err != nil {
		return err
	}
	return rosterSettled(tx, o, on)
}

// rosterSettled refuses a day before somebody came or left: he or she would have belonged to what was no more.
func rosterSettled(tx model.Tx, o model.Org, on model.Date) error {
	var last []model.Date
	err := tx.Raw(`
SELECT CASE WHEN coalesce(until_on, '') > from_on THEN until_on ELSE from_on END AS day FROM member_span
WHERE org_id = ? AND (from_on > ? OR until_on > ?) ORDER BY day DESC LIMIT 1`, o.ID, on, on).Scan(&last).Error
	if err == nil && len(last) > 0 {
		err = tooEarly(last[0], fmt.Sprintf("“%s”在%s有党员转入或转出", o.Name, last[0]))
	}
	return err
}

// bringChildren puts the organisations directly below o, with all below them, under into.
func bringChildren(tx model.Tx, v access.Viewer, o, into model.Org, in MergeInput) (int, error) {
	var children []model.Org
	if err := tx.Where("parent_id = ? AND dissolved_on IS NULL", o.ID).Order("path").Find(&children).Error; err != nil || len(children) == 0 {
		return 0, err
	}
	var twice []string
	err := tx.Raw("SELECT c.name FROM org c JOIN org t ON t.parent_id = ? AND t.name = c.name AND t.dissolved_on IS NULL WHERE c.parent_id = ? AND c.dissolved_on IS NULL",
		into.ID, o.ID).Scan(&twice).Error
	if err != nil {
		return 0, err
	}
	if len(twice) > 0 {
		return 0, fault.Conflict("org.name_taken", "两个组织之下有同名的下级组织，请先改名："+strings.Join(twice, "、")).With("names", twice)
	}
	if err := place(tx, children, into, in.On); err != nil {
		return 0, err
	}
	before, err := text(map[string]any{"parent_id": o.ID, "parent_name": o.Name})
	if err != nil {
		return 0, err
	}
	after, err := text(map[string]any{"parent_id": into.ID, "parent_name": into.Name})
	if err != nil {
		return 0, err
	}
	rows := make([]model.OrgEvent, len(children))
	for i, c := range children {
		rows[i] = model.OrgEvent{OrgID: c.ID, Version: c.Version + 1, Kind: model.OrgMoved, OnDay: in.On, OtherOrgID: &into.ID,
			DocumentNo: in.DocumentNo, Note: in.Note, Before: before, After: after, AccountID: accountOf(v), At: tx.Now}
	}
	_, err = model.Bulk(tx, rows)
	return len(children), err
}

// onRoster is the members who still belong to their branch.
const onRoster = "standing IN ('ACTIVE', 'SUSPENDED')"

// bringMembers moves who is on o's roster, writes it into each member's log, and keeps the party groups together.
func bringMembers(tx model.Tx, v access.Viewer, o, into model.Org, on model.Date) (int64, error) {
	if err := roster.Lock(tx, "SELECT id FROM member WHERE org_id = ? AND "+onRoster, o.ID); err != nil {
		return 0, err
	}
	var grouped []struct{ ID, GroupID int64 }
	if err := tx.Raw("SELECT id, group_id FROM member WHERE org_id = ? AND group_id IS NOT NULL AND "+onRoster, o.ID).Scan(&grouped).Error; err != nil {
		return 0, err
	}
	_, err := model.Exec(tx, `
INSERT INTO member_change (member_id, version, field, before, after, reason, account_id, by_name, at)
SELECT id, version + 1, 'org_id', CAST(? AS text), CAST(? AS text), '组织合并', CAST(? AS bigint), CAST(? AS text), ? FROM member WHERE org_id = ? AND `+onRoster,
		o.Name, into.Name, accountOf(v), v.Name, tx.Now, o.ID)
	if err != nil {
		return 0, err
	}
	moved, err := roster.Move(tx, into.ID, on, model.SpanMerged, "SELECT id FROM member WHERE org_id = ? AND "+onRoster, o.ID)
	if err != nil {
		return 0, err
	}
	of := map[int64][]int64{}
	for _, g := range grouped {
		of[g.GroupID] = append(of[g.GroupID], g.ID)
	}
	return moved, bringGroups(tx, o, into, of)
}

// bringGroups gives into the party groups of o; a name that into has already says where the group comes from.
func bringGroups(tx model.Tx, o, into model.Org, members map[int64][]int64) error {
	var groups, there []model.PartyGroup
	if err := tx.Where("org_id = ? AND dissolved_on IS NULL", o.ID).Order("id").Find(&groups).Error; err != nil {
		return err
	}
	if err := tx.Where("org_id = ? AND dissolved_on IS NULL", into.ID).Find(&there).Error; err != nil {
		return err
	}
	for _, g := range groups {
		name := g.Name
		for n := 1; slices.ContainsFunc(there, func(t model.PartyGroup) bool { return t.Name == name }); n++ {
			if name = fmt.Sprintf("%s（原%s）", g.Name, o.Name); n > 1 {
				name += fmt.Sprint(n)
			}
		}
		if err := tx.Model(&model.PartyGroup{}).Where("id = ?", g.ID).Updates(map[string]any{"org_id": into.ID, "name": name}).Error; err != nil {
			return err
		}
		g.Name = name
		there = append(there, g)
		if _, err := model.Exec(tx, "UPDATE member SET group_id = ? WHERE id IN ?", g.ID, append(members[g.ID], 0)); err != nil {
			return err
		}
	}
	return nil
}

// bringRest hands over what is open in o. A transfer or a stay between the two has come to nothing.
func bringRest(tx model.Tx, o, into model.Org, on model.Date) error {
	for _, s := range []struct {
		sql  string
		args []any
	}{
		{"UPDATE development SET org_id = ?, updated_at = ? WHERE org_id = ? AND " + openCourse, []any{into.ID, tx.Now, o.ID}},
		{"UPDATE transfer SET from_org_id = ? WHERE from_org_id = ? AND state = 'OPEN'", []any{into.ID, o.ID}},
		{"UPDATE transfer SET to_org_id = ? WHERE to_org_id = ? AND state = 'OPEN'", []any{into.ID, o.ID}},
		{"UPDATE transfer SET state = 'WITHDRAWN', decided_at = ?, note = '两个组织已合并' WHERE from_org_id = ? AND to_org_id = ? AND state = 'OPEN'",
			[]any{tx.Now, into.ID, into.ID}},
		{"UPDATE floating SET home_org_id = ? WHERE home_org_id = ? AND " + openStay, []any{into.ID, o.ID}},
		{"UPDATE floating SET host_org_id = ? WHERE host_org_id = ? AND " + openStay, []any{into.ID, o.ID}},
		{"UPDATE floating SET state = 'ENDED', ended_on = ?, note = '两个组织已合并' WHERE home_org_id = ? AND host_org_id = ? AND " + openStay,
			[]any{on, into.ID, into.ID}},
		{"UPDATE dues_bill SET org_id = ? WHERE org_id = ? AND state = 'UNPAID'", []any{into.ID, o.ID}},
	} {
		if _, err := model.Exec(tx, s.sql, s.args...); err != nil {
			return err
		}
	}
	if !into.IsJoint {
		return nil
	}
	_, err := model.Exec(tx, "INSERT INTO joint_unit (org_id, name) SELECT ?, name FROM joint_unit WHERE org_id = ? ON CONFLICT DO NOTHING", into.ID, o.ID)
	return err
}

// What is not over yet.
const (
	openCourse = "state IN ('APPLICANT', 'ACTIVIST', 'CANDIDATE', 'ADMITTED', 'PROBATIONARY')"
	openStay   = "state IN ('REGISTERED', 'ACTIVE')"
)
