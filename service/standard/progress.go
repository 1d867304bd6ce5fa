package standard

import (
	"context"
	"math"
	"time"

	"hongyun/model"
	"hongyun/service/access"
)

// Count is how far the organisations of a subtree have come. ShareBP is approved of items, in hundredths of a per cent,
// rounded half up; empty where there is no item.
type Count struct {
	OrgID     int64  `json:"org_id"`
	OrgName   string `json:"org_name"`
	OrgType   string `json:"org_type"`
	Orgs      int64  `json:"orgs"` // that have a checklist
	Items     int64  `json:"items"`
	Approved  int64  `json:"approved"`
	Submitted int64  `json:"submitted"` // wait for review
	Returned  int64  `json:"returned"`
	ShareBP   *int64 `json:"share_bp" gorm:"-"`
}

// Progress is an organisation with all below it, and each directly below; these and its own items add up to it.
type Progress struct {
	Total    Count   `json:"total"`
	Own      Count   `json:"own"` // the organisation's own checklist
	Children []Count `json:"children"`
}

// Progress counts one node and its children in one pass over the evidence.
func (s *Service) Progress(ctx context.Context, v access.Viewer, orgID int64) (Progress, error) {
	tx := s.db.Read(ctx)
	top, err := seen(tx, v, orgID)
	if err != nil {
		return Progress{}, err
	}
	level := len(top.Path) + 3
	var rows []Count
	err = tx.Raw(`WITH part AS (
    SELECT substr(o.path, 1, ?) AS path, count(DISTINCT o.id) AS orgs, count(i.id) AS items,
           count(e.id) FILTER (WHERE e.state = 'APPROVED') AS approved, count(e.id) FILTER (WHERE e.state = 'SUBMITTED') AS submitted,
           count(e.id) FILTER (WHERE e.state = 'RETURNED') AS returned
    FROM org o `+current+` JOIN standard_item i ON i.checklist_id = c.id LEFT JOIN standard_evidence e ON e.org_id = o.id AND e.item_id = i.id
    WHERE o.path >= ? AND o.path < ? AND o.dissolved_on IS NULL GROUP BY 1)
SELECT o.id AS org_id, o.name AS org_name, o.type AS org_type, coalesce(p.orgs, 0) AS orgs, coalesce(p.items, 0) AS items,
       coalesce(p.approved, 0) AS approved, coalesce(p.submitted, 0) AS submitted, coalesce(p.returned, 0) AS returned
FROM org o LEFT JOIN part p ON p.path = o.path
WHERE (o.id = ? OR o.parent_id = ?) AND o.dissolved_on IS NULL ORDER BY o.path`,
		level, top.Path, model.PathEnd(top.Path), top.ID, top.ID).Scan(&rows).Error
	out := Progress{Total: Count{OrgID: top.ID, OrgName: top.Name, OrgType: top.Type}, Children: []Count{}}
	for _, r := range rows {
		r.ShareBP = share(r.Approved, r.Items)
		if r.OrgID == top.ID {
			out.Own = r
		} else {
			out.Children = append(out.Children, r)
		}
		t := &out.Total
		t.Orgs, t.Items, t.Approved, t.Submitted, t.Returned = t.Orgs+r.Orgs, t.Items+r.Items, t.Approved+r.Approved, t.Submitted+r.Submitted, t.Returned+r.Returned
	}
	out.Total.ShareBP = share(out.Total.Approved, out.Total.Items)
	return out, err
}

func share(part, whole int64) *int64 {
	if whole == 0 {
		return nil
	}
	p := (part*20000 + whole) / (2 * whole)
	return &p
}

// Filter narrows the list of items. Empty fields narrow nothing.
type Filter struct {
	OrgID int64  `query:"org_id" validate:"min=0" label:"组织"` // with all below it
	State string `query:"state" validate:"omitempty,oneof=NONE DRAFT SUBMITTED APPROVED RETURNED" label:"状态"`
}

// Line is an item of one organisation in a list.
type Line struct {
	OrgID      int64      `json:"org_id"`
	OrgName    string     `json:"org_name"`
	ItemID     int64      `json:"item_id"`
	Area       string     `json:"area"`
	Title      string     `json:"title"`
	EvidenceID *int64     `json:"evidence_id"`
	State      string     `json:"state"`
	Photos     int64      `json:"photo_count"`
	Submitted  *time.Time `json:"submitted_at"`
}

// Lines lists the items behind the figures of Progress, in the order of the tree. limit rows from offset on, and how many there are.
func (s *Service) Lines(ctx context.Context, v access.Viewer, f Filter, offset, limit int) ([]Line, int64, error) {
	tx := s.db.Read(ctx)
	where, args := v.Reads().Paths("o.path")
	where += " AND o.dissolved_on IS NULL"
	if f.OrgID != 0 {
		top, err := seen(tx, v, f.OrgID)
		if err != nil {
			return nil, 0, err
		}
		where, args = where+" AND o.path >= ? AND o.path < ?", append(args, top.Path, model.PathEnd(top.Path))
	}
	if f.State != "" {
		where, args = where+" AND coalesce(e.state, 'NONE') = ?", append(args, f.State)
	}
	from := " FROM org o " + current + " JOIN standard_item i ON i.checklist_id = c.id LEFT JOIN standard_evidence e ON e.org_id = o.id AND e.item_id = i.id WHERE " + where
	var total int64
	if err := tx.Raw("SELECT count(*)"+from, args...).Scan(&total).Error; err != nil {
		return nil, 0, err
	}
	var rows []Line
	err := tx.Raw(`SELECT o.id AS org_id, o.name AS org_name, i.id AS item_id, i.area, i.title, e.id AS evidence_id, coalesce(e.state, 'NONE') AS state,
		(SELECT count(*) FROM standard_photo p WHERE p.evidence_id = e.id) AS photos, e.submitted_at AS submitted`+from+
		" ORDER BY o.path, i.seq LIMIT ? OFFSET ?", append(args, limit, offset)...).Scan(&rows).Error
	return rows, total, err
}

// Picture is an approved item of a public place, with its photos before and after.
type Picture struct {
	EvidenceID int64       `json:"evidence_id"`
	OrgName    string      `json:"org_name"`
	Area       string      `json:"area"`
	Title      string      `json:"title"`
	Note       string      `json:"note"`
	Photos     []PhotoView `json:"photos" gorm:"-"`
}

// Gallery shows the approved public places of all organisations to every member, the newest first (S1): before is the id of
// the last one of the page before, 0 for the first page.
func (s *Service) Gallery(ctx context.Context, before int64, limit int) ([]Picture, error) {
	tx := s.db.Read(ctx)
	if before == 0 {
		before = math.MaxInt64
	}
	var rows []Picture
	err := tx.Raw(`SELECT e.id AS evidence_id, o.name AS org_name, i.area, i.title, e.note
		FROM standard_evidence e JOIN standard_item i ON i.id = e.item_id JOIN org o ON o.id = e.org_id
		JOIN standard_checklist c ON c.id = i.checklist_id AND c.state = 'PUBLISHED'
		WHERE i.public AND e.state = ? AND o.dissolved_on IS NULL AND e.id < ?
		  AND EXISTS (SELECT 1 FROM standard_photo p WHERE p.evidence_id = e.id) ORDER BY e.id DESC LIMIT ?`,
		model.EvidenceApproved, before, limit).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return rows, err
	}
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = r.EvidenceID
	}
	var photos []model.StandardPhoto
	err = tx.Where("evidence_id IN ?", ids).Order("moment DESC, id").Find(&photos).Error
	for i := range rows {
		rows[i].Photos = []PhotoView{}
		for _, p := range photos {
			if p.EvidenceID == rows[i].EvidenceID {
				rows[i].Photos = append(rows[i].Photos, photo(p.FileID, p.Moment))
			}
		}
	}
	return rows, err
}
