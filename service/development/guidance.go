package development

import (
	"context"
	"fmt"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/calendar"
)

// Guidance is what a committee sees of its development work (D2): how the structure of those who are developed compares
// with that of its members, how many stand in each stage, and what is late or will be. Each number has the filter of the
// list behind it.
type Guidance struct {
	OrgID    int64      `json:"org_id"`
	OrgName  string     `json:"org_name"`
	Day      model.Date `json:"day"`
	Shares   []Share    `json:"shares"`
	Total    Pipeline   `json:"total"`
	Children []Pipeline `json:"children"`
	Hints    []string   `json:"hints"`
	LateOn   model.Date `json:"late_until"` // due_before of the list behind late: limits up to this day are over
	SoonOn   model.Date `json:"soon_until"` // due_before of the list behind soon; its due_from is day
	Since    model.Date `json:"since"`      // admitted_from of the list behind admitted
}

// Group counts some people and those of a kind among them. ShareBP is basis points, null for nobody.
type Group struct {
	Count   int64  `json:"count"`
	Of      int64  `json:"of"`
	ShareBP *int64 `json:"share_bp"`
}

// Share is one trait of the structure among the members, those admitted in the last twelve months, and the activists and
// candidates.
type Share struct {
	Trait    string `json:"trait"` // WOMEN, YOUNG, COLLEGE
	Title    string `json:"title"`
	Members  Group  `json:"members"`
	Admitted Group  `json:"admitted"`
	Pipeline Group  `json:"pipeline"`
}

// Pipeline is how many courses of a subtree stand in each stage, and how many have a limit that is over or ends soon.
type Pipeline struct {
	OrgID        int64  `json:"org_id"`
	OrgName      string `json:"org_name"`
	Applicants   int64  `json:"applicants"`
	Activists    int64  `json:"activists"`
	Candidates   int64  `json:"candidates"`
	Admitted     int64  `json:"admitted"` // by the branch, not approved yet
	Probationary int64  `json:"probationary"`
	Late         int64  `json:"late"`
	Soon         int64  `json:"soon"`
}

// soonDays is how far the guidance page looks ahead.
const soonDays = 30

// Guidance shows an organisation that v leads or administers, or one below. Empty orgID is the highest one.
func (s *Service) Guidance(ctx context.Context, v access.Viewer, orgID int64) (Guidance, error) {
	tx := s.db.Read(ctx)
	if orgID == 0 {
		office, _ := widest(v)
		orgID = office.OrgID
	}
	o, err := orgSeen(tx, v, orgID)
	if err != nil {
		return Guidance{}, err
	}
	day := tx.Day()
	g := Guidance{OrgID: o.ID, OrgName: o.Name, Day: day, LateOn: day.AddDays(-1), SoonOn: day.AddDays(soonDays), Since: calendar.AddMonths(day, -12), Hints: []string{}}
	if g.Shares, err = shares(tx, o, day, g.Since); err != nil {
		return g, err
	}
	total, err := pipelines(tx, "c.id = ?", o.ID, day, g.SoonOn)
	if err != nil {
		return g, err
	}
	if len(total) == 1 {
		g.Total = total[0]
	}
	if g.Children, err = pipelines(tx, "c.parent_id = ?", o.ID, day, g.SoonOn); err != nil {
		return g, err
	}
	g.Hints = hints(g)
	return g, nil
}

// pipelines counts courses by the organisations that a condition on c finds, each with its subtree: one statement.
func pipelines(tx model.Tx, condition string, id int64, day, soon model.Date) ([]Pipeline, error) {
	rows := []Pipeline{}
	state := func(name, state string) string {
		return fmt.Sprintf("count(CASE WHEN d.state = '%s' THEN 1 END) AS %s,", state, name)
	}
	err := tx.Raw(`
WITH due AS (
  SELECT development_id, max(CASE WHEN due_on < ? THEN 1 ELSE 0 END) AS late, max(CASE WHEN due_on >= ? AND due_on <= ? THEN 1 ELSE 0 END) AS soon
  FROM development_deadline WHERE due_on <= ? GROUP BY development_id
)
SELECT c.id AS org_id, c.name AS org_name, `+state("applicants", model.DevApplicant)+state("activists", model.DevActivist)+state("candidates", model.DevCandidate)+
		state("admitted", model.DevAdmitted)+state("probationary", model.DevProbationary)+`
  coalesce(sum(due.late), 0) AS late, coalesce(sum(due.soon), 0) AS soon
FROM org c LEFT JOIN org o ON o.path >= c.path AND o.path < c.path || ':'
LEFT JOIN development d ON d.org_id = o.id LEFT JOIN due ON due.development_id = d.id
WHERE (c.dissolved_on IS NULL OR c.dissolved_on > ? OR d.id IS NOT NULL) AND `+condition+`
GROUP BY c.id, c.name, c.path ORDER BY c.path`, day, day, soon, soon, day, id).Scan(&rows).Error
	return rows, err
}

// shares counts women, those of 35 and younger, and those with junior college or more: one statement for each group.
func shares(tx model.Tx, o model.Org, day, since model.Date) ([]Share, error) {
	type counts struct{ Total, Women, Young, College int64 }
	count := func(from string, args ...any) (counts, error) {
		var c counts
		err := tx.Raw(`SELECT count(*) AS total, count(CASE WHEN p.sex = 'FEMALE' THEN 1 END) AS women, count(CASE WHEN p.born_on > ? THEN 1 END) AS young,
  count(CASE WHEN p.education IN (`+collegeTitles+`) THEN 1 END) AS college
FROM `+from+" JOIN org o ON o.id = p.org_id WHERE o.path >= ? AND o.path < ?",
			append(append([]any{youngSince(day), collegeBand}, args...), o.Path, model.PathEnd(o.Path))...).Scan(&c).Error
		return c, err
	}
	members, err := count("(SELECT org_id, sex, born_on, education FROM member WHERE standing = ?) p", model.StandingActive)
	if err != nil {
		return nil, err
	}
	admitted, err := count("(SELECT org_id, sex, born_on, education FROM development WHERE admitted_on >= ? AND state IN (?, ?)) p", since, model.DevProbationary, model.DevFull)
	if err != nil {
		return nil, err
	}
	pipeline, err := count("(SELECT org_id, sex, born_on, education FROM development WHERE state IN (?, ?)) p", model.DevActivist, model.DevCandidate)
	if err != nil {
		return nil, err
	}
	share := func(trait, title string, of func(counts) int64) Share {
		return Share{trait, title, group(of(members), members.Total), group(of(admitted), admitted.Total), group(of(pipeline), pipeline.Total)}
	}
	return []Share{
		share("WOMEN", "女性", func(c counts) int64 { return c.Women }),
		share("YOUNG", "35岁及以下", func(c counts) int64 { return c.Young }),
		share("COLLEGE", "大专及以上学历", func(c counts) int64 { return c.College }),
	}, nil
}

func group(count, of int64) Group {
	g := Group{Count: count, Of: of}
	if of > 0 {
		bp := (count*10000 + of/2) / of
		g.ShareBP = &bp
	}
	return g
}

// hints says in words where those who are developed lie below the members, and what is late. They advise; nobody is
// bound to follow them.
func hints(g Guidance) []string {
	all := []string{}
	for _, s := range g.Shares {
		if s.Members.ShareBP != nil && s.Pipeline.ShareBP != nil && *s.Pipeline.ShareBP < *s.Members.ShareBP {
			all = append(all, fmt.Sprintf("%s在入党积极分子和发展对象中占%s，低于党员队伍的%s", s.Title, percent(*s.Pipeline.ShareBP), percent(*s.Members.ShareBP)))
		}
	}
	if g.Total.Late > 0 {
		all = append(all, fmt.Sprintf("%d人的办理期限已过，请尽快处理", g.Total.Late))
	}
	if g.Total.Soon > 0 {
		all = append(all, fmt.Sprintf("%d人的办理期限在%d天内到期", g.Total.Soon, soonDays))
	}
	return all
}

func percent(bp int64) string { return fmt.Sprintf("%d.%d%%", bp/100, bp%100/10) }
