package org

import (
	"context"
	"fmt"
	"strings"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// DissolveInput ends an organisation.
type DissolveInput struct {
	Version    int64      `json:"version" validate:"min=0" label:"版本"` // that the person saw
	On         model.Date `json:"on" validate:"required,date" label:"生效日期"`
	DocumentNo string     `json:"document_no" validate:"max=100" label:"批复文号"`
	Note       string     `json:"note" validate:"max=500" label:"说明"`
}

// Dissolve ends an organisation that has nobody and nothing left; its roles, posts and open hand-overs end with it. History stays.
// v administers above it.
//
// Faults org.not_empty with counts, org.city_fixed, org.day_too_early, org.day_ahead, org.changed.
func (s *Service) Dissolve(ctx context.Context, v access.Viewer, id int64, in DissolveInput) error {
	return s.db.Tx(ctx, func(tx model.Tx) error {
		o, err := begin(tx, v, id, in.Version, in.On)
		if err != nil {
			return err
		}
		if err := lockOrgs(tx, o.ID); err != nil {
			return err
		}
		if err := empty(tx, o); err != nil {
			return err
		}
		if err := remember(tx, o.Path); err != nil {
			return err
		}
		if err := settled(tx, o.Path, in.On); err != nil {
			return err
		}
		if err := rosterSettled(tx, o, in.On); err != nil {
			return err
		}
		if err := end(tx, v, o, in.On); err != nil {
			return err
		}
		o.Version++
		return record(tx, v, o, happened{kind: model.OrgDissolved, on: in.On, documentNo: in.DocumentNo, note: in.Note})
	})
}

// empty refuses an organisation that somebody or something still belongs to, and says how many.
func empty(tx model.Tx, o model.Org) error {
	var n struct{ Members, Orgs, Courses, Transfers, Floating int64 }
	err := tx.Raw(`
SELECT (SELECT count(*) FROM member WHERE org_id = ? AND `+onRoster+`) AS members,
       (SELECT count(*) FROM org WHERE parent_id = ? AND dissolved_on IS NULL) AS orgs,
       (SELECT count(*) FROM development WHERE org_id = ? AND `+openCourse+`) AS courses,
       (SELECT count(*) FROM transfer WHERE (from_org_id = ? OR to_org_id = ?) AND state = 'OPEN') AS transfers,
       (SELECT count(*) FROM floating WHERE (home_org_id = ? OR host_org_id = ?) AND `+openStay+`) AS floating`,
		o.ID, o.ID, o.ID, o.ID, o.ID, o.ID, o.ID).Scan(&n).Error
	if err != nil {
		return err
	}
	var left []string
	for _, one := range []struct {
		n    int64
		what string
	}{{n.Members, "%d名党员"}, {n.Orgs, "%d个下级组织"}, {n.Courses, "%d项进行中的发展党员工作"}, {n.Transfers, "%d项未办结的组织关系转接"}, {n.Floating, "%d名流动党员"}} {
		if one.n > 0 {
			left = append(left, fmt.Sprintf(one.what, one.n))
		}
	}
	if len(left) == 0 {
		return nil
	}
	return fault.Conflict("org.not_empty", fmt.Sprintf("“%s”还有%s，请先转出或合并后再撤销", o.Name, strings.Join(left, "、"))).
		With("members", n.Members).With("orgs", n.Orgs).With("courses", n.Courses).With("transfers", n.Transfers).With("floating", n.Floating)
}

// end dissolves an organisation, with its roles, posts and open hand-overs.
func end(tx model.Tx, v access.Viewer, o model.Org, on model.Date) error {
	if err := guarded(tx, o, map[string]any{"dissolved_on": on}); err != nil {
		return err
	}
	for _, s := range []struct {
		sql  string
		args []any
	}{
		{"UPDATE org_span SET until_on = ? WHERE org_id = ? AND until_on IS NULL", []any{on, o.ID}},
		{"UPDATE handover SET state = 'WITHDRAWN', closed_by = ?, closed_at = ? WHERE org_id = ? AND state = 'OPEN'", []any{accountOf(v), tx.Now, o.ID}},
		{"UPDATE role_grant SET revoked_by = ?, revoked_at = ? WHERE org_id = ? AND revoked_at IS NULL", []any{accountOf(v), tx.Now, o.ID}},
		{"UPDATE org_post SET until_on = CASE WHEN from_on > ? THEN from_on ELSE CAST(? AS text) END WHERE org_id = ? AND until_on IS NULL", []any{on, on, o.ID}},
		{"UPDATE party_group SET dissolved_on = ? WHERE org_id = ? AND dissolved_on IS NULL", []any{on, o.ID}},
	} {
		if _, err := model.Exec(tx, s.sql, s.args...); err != nil {
			return err
		}
	}
	return nil
}
