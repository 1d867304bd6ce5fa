package org

import (
	"context"
	"fmt"
	"strings"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
	"hongyun/service/rule"
)

// WarningFilter narrows the warnings. Zero fields do not.
type WarningFilter struct {
	OrgID int64  `query:"org_id" validate:"min=0" label:"组织"` // its subtree
	Own   bool   `query:"own" label:"仅本级"`                    // the organisation alone, without what is below
	Code  string `query:"code" validate:"omitempty,oneof=ORG-W01 ORG-W02 ORG-W03 ORG-W04 ORG-W05 ORG-W06 ORG-W07 ORG-W08 ORG-W09 ORG-W10 ORG-W11 ORG-W12 ORG-W13" label:"预警代码"`
}

// Warning is one warning of RULES 2.2-2.6 about one organisation, as it stands now.
type Warning struct {
	OrgID   int64      `json:"org_id"`
	OrgName string     `json:"org_name"`
	OrgType string     `json:"org_type"`
	Code    string     `json:"code"`
	Title   string     `json:"title"`
	Message string     `json:"message"`
	Figure  int64      `json:"figure"` // what was counted; 0 where nothing is
	Limit   int64      `json:"limit"`  // the number of the rule; 0 where it has none
	Day     model.Date `json:"day"`    // of ORG-W10: the last day of the term; else empty
	Clause  string     `json:"clause"`
}

// Warnings lists the warnings of the organisations that v leads or administers, in the order of the tree: limit rows from
// offset on, and how many there are.
func (s *Service) Warnings(ctx context.Context, v access.Viewer, f WarningFilter, offset, limit int) ([]Warning, int64, error) {
	tx := s.db.Read(ctx)
	where, args, err := within(tx, v, f.OrgID, f.Own)
	if err != nil {
		return nil, 0, err
	}
	rules, err := rule.Load(tx, model.RulesOrg, tx.Day())
	if err != nil {
		return nil, 0, err
	}
	list := warningRules(rules, tx.Day())
	query := warned(where, list, f.Code)
	args = append(args, tx.Day())
	var total int64
	if err := tx.Raw(query+"SELECT count(*) FROM warned", args...).Scan(&total).Error; err != nil {
		return nil, 0, err
	}
	var rows []found
	err = tx.Raw(query+"SELECT id AS org_id, name AS org_name, type AS org_type, code, actual, ends AS day FROM warned ORDER BY path, code LIMIT ? OFFSET ?",
		append(args, limit, offset)...).Scan(&rows).Error
	return warnings(rows, list, rules), total, err
}

func warnings(rows []found, list []warningRule, rules rule.Set) []Warning {
	by := map[string]warningRule{}
	for _, r := range list {
		by[r.Code] = r
	}
	out := make([]Warning, len(rows))
	for i, f := range rows {
		r := by[f.Code]
		out[i] = Warning{OrgID: f.OrgID, OrgName: f.OrgName, OrgType: f.OrgType, Code: f.Code, Title: r.Title, Message: r.says(f),
			Figure: f.Actual, Limit: int64(r.Limit), Clause: r.clause(rules)}
		if f.Code == WarnOverdue {
			out[i].Day = f.Day
		}
	}
	return out
}

func (r warningRule) clause(rules rule.Set) string {
	if r.Clause == "" {
		return r.Source
	}
	return rules.Clause(r.Clause)
}

// within is the condition for the organisations that v leads or administers, below one of them where orgID names it.
func within(tx model.Tx, v access.Viewer, orgID int64, own bool) (string, []any, error) {
	where, args := v.Reads().Paths("o.path")
	if orgID == 0 {
		return where, args, nil
	}
	o, err := read(tx, v, orgID)
	if err != nil {
		return "", nil, err
	}
	if own {
		return "o.id = ?", []any{orgID}, nil
	}
	return "(o.path >= ? AND o.path < ?)", []any{o.Path, model.PathEnd(o.Path)}, nil
}

// read reads an organisation that v leads or administers; that it is v's own branch is not enough.
func read(tx model.Tx, v access.Viewer, id int64) (model.Org, error) {
	o, err := find(tx, v, id)
	if err == nil && !v.Reads().Covers(o.Path) {
		err = fault.NotFound("组织")
	}
	return o, err
}

// warned is the figures of each organisation and the warnings that they give, all in one statement however many there are.
// Its last argument is today. Members belong to branches; a general branch counts those of the branches directly below it.
func warned(where string, list []warningRule, code string) string {
	var parts []string
	for _, r := range list {
		if code == "" || code == r.Code {
			parts = append(parts, fmt.Sprintf("SELECT id, path, name, type, '%s' AS code, %s AS actual, ends FROM figures WHERE %s", r.Code, r.Actual, r.Holds))
		}
	}
	return `
WITH scope AS MATERIALIZED (
  SELECT o.id, o.path, o.parent_id, o.type, o.name, o.is_joint FROM org o WHERE o.dissolved_on IS NULL AND ` + where + `
), branches AS MATERIALIZED (
  SELECT id, parent_id FROM scope WHERE type = 'BRANCH'
  UNION
  SELECT b.id, b.parent_id FROM scope g JOIN org b ON b.parent_id = g.id WHERE g.type = 'GENERAL_BRANCH'
), people AS MATERIALIZED (
  SELECT b.id, b.parent_id, count(*) AS members, count(CASE WHEN m.status = 'FULL' THEN 1 END) AS full_members
  FROM branches b JOIN member m ON m.org_id = b.id AND m.standing = 'ACTIVE' GROUP BY b.id, b.parent_id
), counted AS (
  SELECT id AS org_id, members, full_members FROM people
  UNION ALL
  SELECT p.parent_id, CAST(sum(p.members) AS bigint), CAST(sum(p.full_members) AS bigint) FROM people p JOIN scope g ON g.id = p.parent_id AND g.type = 'GENERAL_BRANCH' GROUP BY p.parent_id
), joined AS (SELECT org_id, count(*) AS units FROM joint_unit GROUP BY org_id
), led AS (
  SELECT p.org_id, count(DISTINCT p.member_id) AS holders, max(CASE WHEN p.post = 'SECRETARY' THEN 1 ELSE 0 END) AS secretary,
         max(CASE WHEN p.post NOT IN ('SECRETARY', 'DEPUTY_SECRETARY') THEN 1 ELSE 0 END) AS committee,
         sum(CASE WHEN m.standing = 'ACTIVE' AND m.status = 'FULL' AND (m.watched_until IS NULL OR m.watched_until < ?)
                   AND h.path >= s.path AND h.path < s.path || ':' THEN 0 ELSE 1 END) AS unfit
  FROM org_post p JOIN scope s ON s.id = p.org_id JOIN member m ON m.id = p.member_id JOIN org h ON h.id = m.org_id
  WHERE p.until_on IS NULL GROUP BY p.org_id
), present AS (
  SELECT t.org_id, coalesce(t.postponed_until, t.ends_on) AS ends FROM org_term t
  WHERE NOT EXISTS (SELECT 1 FROM org_term later WHERE later.org_id = t.org_id AND later.elected_on > t.elected_on)
), recipient AS (` + administrators + `
), staffed AS (SELECT DISTINCT org_id FROM recipient
), figures AS MATERIALIZED (
  SELECT s.id, s.path, s.name, s.type, s.is_joint, coalesce(c.members, 0) AS members, coalesce(c.full_members, 0) AS full_members,
         coalesce(j.units, 0) AS units, coalesce(l.holders, 0) AS holders, coalesce(l.secretary, 0) AS secretary,
         coalesce(l.committee, 0) AS committee, coalesce(l.unfit, 0) AS unfit, coalesce(t.ends, '') AS ends,
         CASE WHEN a.org_id IS NULL THEN 0 ELSE 1 END AS staffed
  FROM scope s LEFT JOIN counted c ON c.org_id = s.id LEFT JOIN joined j ON j.org_id = s.id LEFT JOIN led l ON l.org_id = s.id
  LEFT JOIN present t ON t.org_id = s.id LEFT JOIN staffed a ON a.org_id = s.id
), warned AS (` + strings.Join(parts, "\nUNION ALL\n") + `)
`
}
