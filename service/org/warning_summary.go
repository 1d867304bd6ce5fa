package org

import (
	"context"
	"fmt"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/rule"
)

// WarningSummary counts the warnings below an organisation by code: what is its own and what lies in each child's subtree
// add up to the total. Each number opens the list with org_id, code and, for what is its own, own=true.
type WarningSummary struct {
	OrgID    int64            `json:"org_id"`
	OrgName  string           `json:"org_name"`
	Codes    []WarningCode    `json:"codes"`
	Own      map[string]int64 `json:"own"`
	Children []ChildWarnings  `json:"children"`
	Total    map[string]int64 `json:"total"`
}

// WarningCode says what a code stands for.
type WarningCode struct {
	Code   string `json:"code"`
	Title  string `json:"title"`
	Limit  int64  `json:"limit"`
	Clause string `json:"clause"`
}

// ChildWarnings counts the warnings in the subtree of one child.
type ChildWarnings struct {
	OrgID   int64            `json:"org_id"`
	OrgName string           `json:"org_name"`
	OrgType string           `json:"org_type"`
	Counts  map[string]int64 `json:"counts"` // codes without a warning are left out
}

// WarningSummary counts the warnings of an organisation that v leads or administers and of everything below it.
func (s *Service) WarningSummary(ctx context.Context, v access.Viewer, orgID int64) (WarningSummary, error) {
	tx := s.db.Read(ctx)
	o, err := read(tx, v, orgID)
	if err != nil {
		return WarningSummary{}, err
	}
	rules, err := rule.Load(tx, model.RulesOrg, tx.Day())
	if err != nil {
		return WarningSummary{}, err
	}
	out := WarningSummary{OrgID: o.ID, OrgName: o.Name, Codes: []WarningCode{}, Own: map[string]int64{}, Children: []ChildWarnings{}, Total: map[string]int64{}}
	list := warningRules(rules, tx.Day())
	for _, r := range list {
		out.Codes = append(out.Codes, WarningCode{Code: r.Code, Title: r.Title, Limit: int64(r.Limit), Clause: r.clause(rules)})
	}
	below, err := childrenOf(tx, o)
	if err != nil {
		return out, err
	}
	at := map[string]int{}
	for i, c := range below {
		at[c.Path] = i
		out.Children = append(out.Children, ChildWarnings{OrgID: c.ID, OrgName: c.Name, OrgType: c.Type, Counts: map[string]int64{}})
	}
	var counts []struct {
		Path string
		Code string
		N    int64
	}
	query := warned("(o.path >= ? AND o.path < ?)", list, "")
	err = tx.Raw(query+fmt.Sprintf("SELECT substr(path, 1, %d) AS path, code, count(*) AS n FROM warned GROUP BY 1, 2", len(o.Path)+step),
		o.Path, model.PathEnd(o.Path), tx.Day()).Scan(&counts).Error
	for _, c := range counts {
		out.Total[c.Code] += c.N
		if c.Path == o.Path {
			out.Own[c.Code] += c.N
		} else if i, ok := at[c.Path]; ok {
			out.Children[i].Counts[c.Code] += c.N
		}
	}
	return out, err
}

// childrenOf lists the organisations directly below.
func childrenOf(tx model.Tx, o model.Org) ([]model.Org, error) {
	var rows []model.Org
	err := tx.Raw("SELECT * FROM org WHERE parent_id = ? AND dissolved_on IS NULL ORDER BY path", o.ID).Scan(&rows).Error
	return rows, err
}
