package member

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// Problem is a code of the data-quality desk with its Chinese title.
type Problem struct {
	Code  string `json:"code"`
	Title string `json:"title"`
}

// QualityCount counts the members of an organisation's subtree with each problem. Each number opens the list
// Quality(OrgID, code).
type QualityCount struct {
	OrgID   int64            `json:"org_id"`
	OrgName string           `json:"org_name"`
	OrgType string           `json:"org_type"`
	Itself  bool             `json:"itself"` // the members directly in the organisation, not those below
	Members int64            `json:"members"`
	Counts  map[string]int64 `json:"counts"` // by code
}

// QualitySummary is one organisation, what is directly below it, and the sum: the children add up.
type QualitySummary struct {
	Problems []Problem      `json:"problems"`
	Items    []QualityCount `json:"items"`
	Total    QualityCount   `json:"total"`
}

// QualitySummary counts every problem for each organisation directly below orgID, in one statement. With orgID 0: below
// the only organisation that v leads or administers, or, where there are several, for each of them.
func (s *Service) QualitySummary(ctx context.Context, v access.Viewer, orgID int64) (QualitySummary, error) {
	tx := s.db.Read(ctx)
	all, err := problems(tx)
	if err != nil {
		return QualitySummary{}, err
	}
	top, parts, err := partsOf(tx, v, orgID)
	if err != nil {
		return QualitySummary{}, err
	}
	counts, err := s.countProblems(tx, v, top, parts, all)
	if err != nil {
		return QualitySummary{}, err
	}
	sum := QualitySummary{Items: []QualityCount{}, Total: QualityCount{OrgID: top.ID, OrgName: top.Name, OrgType: top.Type, Counts: map[string]int64{}}}
	for _, p := range all {
		sum.Problems = append(sum.Problems, Problem{p.code, p.title})
		sum.Total.Counts[p.code] = 0
	}
	for _, o := range parts {
		row := QualityCount{OrgID: o.ID, OrgName: o.Name, OrgType: o.Type, Itself: o.ID == top.ID, Counts: map[string]int64{}}
		numbers, held := counts[o.Path]
		if !held {
			if o.DissolvedOn != nil || row.Itself {
				continue
			}
			numbers = make([]int64, len(all)+1)
		}
		row.Members = numbers[0]
		sum.Total.Members += numbers[0]
		for i, p := range all {
			row.Counts[p.code] = numbers[i+1]
			sum.Total.Counts[p.code] += numbers[i+1]
		}
		sum.Items = append(sum.Items, row)
	}
	return sum, nil
}

// partsOf is an organisation and what is directly below it; without one, the outermost organisations that v reads.
func partsOf(tx model.Tx, v access.Viewer, orgID int64) (top model.Org, parts []model.Org, err error) {
	if orgID == 0 {
		outermost := outermost(v)
		if len(outermost) != 1 {
			err := tx.Where("id IN ?", outermost).Order("path").Find(&parts).Error
			return top, parts, err
		}
		orgID = outermost[0]
	}
	where, args := v.Reads().Paths("path")
	err = tx.Where("id = ?", orgID).Where(where, args...).Take(&top).Error
	if model.NotFound(err) {
		err = fault.NotFound("组织")
	}
	if err != nil {
		return top, nil, err
	}
	err = tx.Where("id = ? OR parent_id = ?", orgID, orgID).Order("path").Find(&parts).Error
	return top, parts, err
}

// outermost is the organisations that v leads or administers, without those that lie below another of them.
func outermost(v access.Viewer) []int64 {
	var ids []int64
	for i, g := range v.Grants {
		if g.OrgPath == "" || g.Role != model.RoleLeader && g.Role != model.RoleAdmin {
			continue
		}
		inner := false
		for j, other := range v.Grants {
			reads := other.OrgPath != "" && (other.Role == model.RoleLeader || other.Role == model.RoleAdmin)
			inner = inner || reads && strings.HasPrefix(g.OrgPath, other.OrgPath) && (len(other.OrgPath) < len(g.OrgPath) || j < i)
		}
		if !inner {
			ids = append(ids, g.OrgID)
		}
	}
	return ids
}

// countProblems answers, by path of an organisation of parts, how many members there are and how many have each problem.
// Below one organisation the parts are it itself, for its own members, and its children.
func (s *Service) countProblems(tx model.Tx, v access.Viewer, top model.Org, parts []model.Org, all []problem) (map[string][]int64, error) {
	if len(parts) == 0 {
		return nil, nil
	}
	filtered, args, err := s.filtered(tx, v, Filter{OrgID: top.ID})
	if err != nil {
		return nil, err
	}
	part := fmt.Sprintf("substr(o.path, 1, %d)", len(top.Path)+pathStep)
	var before []any
	if top.ID == 0 {
		part = "CASE"
		for _, o := range parts {
			part += " WHEN o.path >= ? AND o.path < ? THEN CAST(? AS text)"
			before = append(before, o.Path, model.PathEnd(o.Path), o.Path)
		}
		part += " END"
	}
	part += ", count(*)"
	for _, p := range all {
		part += ", count(*) FILTER (WHERE " + p.where + ")"
		before = append(before, p.args...)
	}
	rows, err := model.Rows(tx, "SELECT "+part+" "+filtered+" GROUP BY 1", append(before, args...)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	return scanCounts(rows, len(all)+1)
}

// pathStep is the digits of one level in a path.
const pathStep = 3

func scanCounts(rows *sql.Rows, n int) (map[string][]int64, error) {
	found := map[string][]int64{}
	for rows.Next() {
		var path string
		numbers := make([]int64, n)
		into := []any{&path}
		for i := range numbers {
			into = append(into, &numbers[i])
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		found[path] = numbers
	}
	return found, rows.Err()
}
