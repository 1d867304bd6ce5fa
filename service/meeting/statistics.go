package meeting

import (
	"context"

	"hongyun/model"
	"hongyun/service/access"
)

// Count is the theme days of a month. Branches counts every branch that stood on some day of the month.
type Count struct {
	Branches          int64 `json:"branches"`
	CompletedBranches int64 `json:"completed_branches"` // at least one completed theme day
	Count             int64 `json:"count"`              // completed theme days
}

// OrgCount is the count of one committee.
type OrgCount struct {
	OrgID int64  `json:"org_id"`
	Name  string `json:"name"`
	Type  string `json:"type"`
	Count
}

// Statistics is a month by committee; the items add up to the total.
type Statistics struct {
	Month model.Month `json:"month"`
	Items []OrgCount  `json:"items"`
	Total Count       `json:"total"`
}

// Statistics counts the completed theme days of a month by committee, among the branches that v leads or administers and
// no others. A branch stands under its nearest committee; where v does not see that high, under the highest organisation
// that v sees. Committees without a branch stand there with zeros.
func (s *Service) Statistics(ctx context.Context, v access.Viewer, month model.Month) (Statistics, error) {
	out := Statistics{Month: month, Items: []OrgCount{}}
	branches, branchArgs := v.Reads().Paths("b.path")
	above, aboveArgs := v.Reads().Paths("p.path")
	orgs, orgArgs := v.Reads().Paths("o.path")
	args := append([]any{model.OrgBranch, month.First()}, branchArgs...)
	args = append(append(args, model.OrgCommittee, model.OrgCity), aboveArgs...)
	args = append(args, model.ThemeDay, month, model.MeetingCompleted)
	args = append(append(args, model.OrgCommittee, month.First()), orgArgs...)
	// up climbs from each branch to its committee, and no higher than v sees; the city is no committee's heading.
	err := s.db.Read(ctx).Raw(`
WITH RECURSIVE up (branch_id, org_id, height) AS (
  SELECT b.id, b.id, 0 FROM org b WHERE b.type = ? AND (b.dissolved_on IS NULL OR b.dissolved_on >= ?) AND `+branches+`
  UNION ALL
  SELECT up.branch_id, p.id, up.height + 1
  FROM up JOIN org o ON o.id = up.org_id AND o.type <> ? JOIN org p ON p.id = o.parent_id AND p.type <> ? AND `+above+`
), heading AS (
  SELECT branch_id, org_id, row_number() OVER (PARTITION BY branch_id ORDER BY height DESC) AS place FROM up
), held AS (
  SELECT org_id, count(*) AS n FROM meeting WHERE kind = ? AND month = ? AND state = ? GROUP BY org_id
), counted AS (
  SELECT heading.org_id, count(*) AS branches, count(held.n) AS completed_branches, coalesce(sum(held.n), 0) AS n
  FROM heading LEFT JOIN held ON held.org_id = heading.branch_id WHERE heading.place = 1 GROUP BY heading.org_id
)
SELECT o.id AS org_id, o.name, o.type, coalesce(counted.branches, 0) AS branches,
       coalesce(counted.completed_branches, 0) AS completed_branches, coalesce(counted.n, 0) AS count
FROM org o LEFT JOIN counted ON counted.org_id = o.id
WHERE counted.org_id IS NOT NULL OR (o.type = ? AND (o.dissolved_on IS NULL OR o.dissolved_on >= ?) AND `+orgs+`)
ORDER BY o.path`, args...).Scan(&out.Items).Error
	for _, item := range out.Items {
		out.Total.Branches += item.Branches
		out.Total.CompletedBranches += item.CompletedBranches
		out.Total.Count += item.Count.Count
	}
	return out, err
}
