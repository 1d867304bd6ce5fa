package org

import (
	"context"
	"fmt"
	"slices"

	"hongyun/model"
	"hongyun/service/access"
)

// Progress is the work of an organisation and of everything below it, in a month and in its year up to then: what the
// organisation owes itself and what lies in each child's subtree add up to the total.
type Progress struct {
	OrgID    int64           `json:"org_id"`
	OrgName  string          `json:"org_name"`
	Month    model.Month     `json:"month"`
	Own      []DutyCount     `json:"own"`
	Children []ChildProgress `json:"children"`
	Total    []DutyCount     `json:"total"`
}

// ChildProgress is the work in the subtree of one child.
type ChildProgress struct {
	OrgID   int64       `json:"org_id"`
	OrgName string      `json:"org_name"`
	OrgType string      `json:"org_type"`
	Duties  []DutyCount `json:"duties"`
}

// DutyCount is one kind of work. THEME_DAY, DUES and ELECTION belong to the period; DEVELOPMENT is what is open and falls
// by its end; STANDARD and ADMIN are as they stand today.
type DutyCount struct {
	Duty  string `json:"duty"`
	Title string `json:"title"`
	Month Done   `json:"month"`
	Year  Done   `json:"year"`
}

// Done counts pieces of work.
type Done struct {
	Due     int64  `json:"due"`
	Done    int64  `json:"done"`
	Late    int64  `json:"late"`     // due in the past and not done
	ShareBP *int64 `json:"share_bp"` // done of due in hundredths of a per cent, rounded half up; null where nothing is due
}

// Progress shows the page of an organisation that v leads or administers; dissolved ones stand in it with what they still owed. An empty month is the present one.
func (s *Service) Progress(ctx context.Context, v access.Viewer, orgID int64, month model.Month) (Progress, error) {
	tx := s.db.Read(ctx)
	o, err := findEver(tx, v, orgID)
	if err != nil {
		return Progress{}, err
	}
	p, err := periodOf(month, tx.Day())
	if err != nil {
		return Progress{}, err
	}
	var below []model.Org
	if err := tx.Raw("SELECT * FROM org WHERE parent_id = ? ORDER BY path", o.ID).Scan(&below).Error; err != nil {
		return Progress{}, err
	}
	gone := map[int64]bool{} // dissolved
	out := Progress{OrgID: o.ID, OrgName: o.Name, Month: p.month, Own: noWork(), Total: noWork(), Children: []ChildProgress{}}
	at := map[string][]DutyCount{o.Path: out.Own}
	for _, c := range below {
		child := ChildProgress{OrgID: c.ID, OrgName: c.Name, OrgType: c.Type, Duties: noWork()}
		at[c.Path], gone[c.ID] = child.Duties, c.DissolvedOn != nil
		out.Children = append(out.Children, child)
	}
	for i, d := range duties() {
		if err := count(tx, o, p, d, i, at, out.Total); err != nil {
			return out, err
		}
	}
	out.Children = slices.DeleteFunc(out.Children, func(c ChildProgress) bool { return gone[c.OrgID] && idle(c.Duties) })
	for _, counts := range at {
		shares(counts)
	}
	shares(out.Total)
	return out, nil
}

func noWork() []DutyCount {
	list := make([]DutyCount, len(duties()))
	for i, d := range duties() {
		list[i] = DutyCount{Duty: d.Code, Title: d.Title}
	}
	return list
}

// idle tells whether nothing was due.
func idle(counts []DutyCount) bool {
	return !slices.ContainsFunc(counts, func(c DutyCount) bool { return c.Month.Due != 0 || c.Year.Due != 0 })
}

// count adds one kind of work to the child in whose subtree it lies, in one statement.
func count(tx model.Tx, o model.Org, p period, d duty, i int, at map[string][]DutyCount, total []DutyCount) error {
	var rows []struct {
		Path                                                        string
		MonthDue, MonthDone, MonthLate, YearDue, YearDone, YearLate int64
	}
	items, args := d.items(p, "o.path >= ? AND o.path < ?", []any{o.Path, model.PathEnd(o.Path)})
	sums := fmt.Sprintf(`
SELECT substr(path, 1, %d) AS path, count(CASE WHEN in_month = 1 THEN 1 END) AS month_due, count(CASE WHEN in_month = 1 AND done = 1 THEN 1 END) AS month_done,
       count(CASE WHEN in_month = 1 AND late = 1 THEN 1 END) AS month_late, count(CASE WHEN in_year = 1 THEN 1 END) AS year_due,
       count(CASE WHEN in_year = 1 AND done = 1 THEN 1 END) AS year_done, count(CASE WHEN in_year = 1 AND late = 1 THEN 1 END) AS year_late
FROM (`, len(o.Path)+step)
	err := tx.Raw(sums+items+") i GROUP BY 1", args...).Scan(&rows).Error
	for _, r := range rows {
		month, year := Done{Due: r.MonthDue, Done: r.MonthDone, Late: r.MonthLate}, Done{Due: r.YearDue, Done: r.YearDone, Late: r.YearLate}
		total[i].Month.add(month)
		total[i].Year.add(year)
		if counts, ok := at[r.Path]; ok {
			counts[i].Month.add(month)
			counts[i].Year.add(year)
		}
	}
	return err
}

func (d *Done) add(more Done) {
	d.Due += more.Due
	d.Done += more.Done
	d.Late += more.Late
}

func shares(counts []DutyCount) {
	for i := range counts {
		counts[i].Month.ShareBP, counts[i].Year.ShareBP = share(counts[i].Month), share(counts[i].Year)
	}
}

func share(d Done) *int64 {
	if d.Due == 0 {
		return nil
	}
	bp := (20000*d.Done + d.Due) / (2 * d.Due)
	return &bp
}
