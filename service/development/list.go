package development

import (
	"context"
	"strings"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/calendar"
	"hongyun/service/fault"
)

// Filter narrows a list. Zero fields narrow nothing. The last six are those by which the numbers of the guidance page open
// their lists.
type Filter struct {
	OrgID        int64      `query:"org_id" validate:"min=0" label:"党组织"` // with its subtree
	Q            string     `query:"q" validate:"max=50" label:"关键词"`     // a part of the name, pinyin initials, or a whole identity or phone number
	State        string     `query:"state" validate:"omitempty,oneof=APPLICANT ACTIVIST CANDIDATE ADMITTED PROBATIONARY FULL REJECTED CANCELLED WITHDRAWN STOPPED" label:"状态"`
	Code         string     `query:"code" validate:"omitempty,oneof=DEV-W01 DEV-W02 DEV-W04 DEV-W05 DEV-W06 DEV-W07 DEV-W08 DEV-W09 DEV-W10" label:"时限"`
	DueFrom      model.Date `query:"due_from" validate:"omitempty,date" label:"到期日期不早于"`
	DueBefore    model.Date `query:"due_before" validate:"omitempty,date" label:"到期日期不晚于"` // that day as well
	Pipeline     bool       `query:"pipeline" label:"入党积极分子和发展对象"`
	AdmittedFrom model.Date `query:"admitted_from" validate:"omitempty,date" label:"接收日期不早于"`
	Sex          string     `query:"sex" validate:"omitempty,oneof=MALE FEMALE" label:"性别"`
	Young        bool       `query:"young" label:"35岁及以下"`
	College      bool       `query:"college" label:"大专及以上"`
}

// Developments lists the courses of the branches that v leads or administers: limit rows from offset on, those with the
// next limit first, and how many there are.
func (s *Service) Developments(ctx context.Context, v access.Viewer, f Filter, offset, limit int) ([]View, int64, error) {
	tx := s.db.Read(ctx)
	where, args, err := s.condition(tx, v, f)
	if err != nil {
		return nil, 0, err
	}
	var total int64
	if err := tx.Raw("SELECT count(*) FROM development d JOIN org o ON o.id = d.org_id WHERE "+where, args...).Scan(&total).Error; err != nil {
		return nil, 0, err
	}
	rows, err := s.views(tx, where, args, "CASE WHEN x.due_on IS NULL THEN 1 ELSE 0 END, x.due_on, o.path, d.id", limit, offset)
	return rows, total, err
}

func (s *Service) condition(tx model.Tx, v access.Viewer, f Filter) (string, []any, error) {
	where, args := v.Reads().Paths("o.path")
	and := func(holds bool, condition string, more ...any) {
		if holds {
			where, args = where+" AND "+condition, append(args, more...)
		}
	}
	if f.OrgID != 0 {
		o, err := orgSeen(tx, v, f.OrgID)
		if err != nil {
			return "", nil, err
		}
		and(true, "o.path >= ? AND o.path < ?", o.Path, model.PathEnd(o.Path))
	}
	and(f.State != "", "d.state = ?", f.State)
	and(f.Sex != "", "d.sex = ?", f.Sex)
	and(f.Pipeline, "d.state IN (?, ?)", model.DevActivist, model.DevCandidate)
	and(f.AdmittedFrom != "", "d.admitted_on >= ? AND d.state IN (?, ?)", f.AdmittedFrom, model.DevProbationary, model.DevFull)
	and(f.Young, "d.born_on > ?", youngSince(tx.Day()))
	and(f.College, "d.education IN ("+collegeTitles+")", collegeBand)
	if f.Code != "" || f.DueFrom != "" || f.DueBefore != "" {
		due, values := []string{"x.development_id = d.id"}, []any{}
		for _, c := range []struct{ condition, value string }{{"x.code = ?", f.Code}, {"x.due_on >= ?", string(f.DueFrom)}, {"x.due_on <= ?", string(f.DueBefore)}} {
			if c.value != "" {
				due, values = append(due, c.condition), append(values, c.value)
			}
		}
		and(true, "EXISTS (SELECT 1 FROM development_deadline x WHERE "+strings.Join(due, " AND ")+")", values...)
	}
	if q := strings.TrimSpace(f.Q); q != "" {
		condition, values := s.matching(q)
		and(true, condition, values...)
	}
	return where, args, nil
}

// matching finds a whole number by its index, anything else in names and their initials.
func (s *Service) matching(q string) (string, []any) {
	number := strings.Trim(q[:len(q)-1], "0123456789") == ""
	switch {
	case number && len(q) == 18:
		return "d.id_index = ?", []any{s.vault.Index(strings.ToUpper(q))}
	case number && len(q) == 11:
		return "d.phone_index = ?", []any{s.vault.Index(q)}
	}
	return `(d.name LIKE ? ESCAPE '\' OR d.pinyin LIKE ? ESCAPE '\')`, []any{model.Containing(q), strings.TrimPrefix(model.Containing(strings.ToLower(q)), "%")}
}

// orgSeen is an organisation that v leads or administers, or one below.
func orgSeen(tx model.Tx, v access.Viewer, id int64) (model.Org, error) {
	where, args := v.Reads().Paths("path")
	var o model.Org
	err := tx.Where("id = ?", id).Where(where, args...).Take(&o).Error
	if model.NotFound(err) {
		err = fault.NotFound("党组织")
	}
	return o, err
}

// The bands of the yearly bulletin that the guidance looks at (RULES 8).
const (
	youngYears    = 35
	collegeBand   = "大专及以上"
	collegeTitles = "SELECT title FROM lookup WHERE list = 'education' AND band = ?"
)

// youngSince is the day after which somebody was born who is 35 or younger on a day.
func youngSince(day model.Date) model.Date { return calendar.AddMonths(day, -12*(youngYears+1)) }
