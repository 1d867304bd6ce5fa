package rates

import (
	"cmp"
	"context"
	"slices"

	"hongyun/model"
	"hongyun/service/access"
	"hongyun/service/fault"
)

// Period is a span of whole months. Empty ones: from January to the month of today.
type Period struct {
	From model.Month `query:"from" validate:"omitempty,month" label:"起始月份"`
	To   model.Month `query:"to" validate:"omitempty,month" label:"截止月份"`
}

// Filter narrows the rates. No unit: all that the viewer sees; unit 0 is the window.
type Filter struct {
	Period
	DepartmentID *int64 `query:"department_id" validate:"omitempty,min=0" label:"单位"`
}

// Report is the rates of a period.
type Report struct {
	From   model.Month `json:"from"`
	To     model.Month `json:"to"`
	Total  Rates       `json:"total"`
	Units  []UnitRates `json:"units"`  // with something to count, the window first
	Months []Months    `json:"months"` // every month of the period
	Cells  []Cell      `json:"cells"`  // unit by month, where there is something to count
}

// Rates are the rates of one unit, month, or both. Their counts add up: units to the city, months to the period.
type Rates struct {
	Acceptance   Share  `json:"acceptance"`
	Referral     Share  `json:"referral"`
	Closure      Share  `json:"closure"`
	OnTime       Share  `json:"on_time"`
	Satisfaction Share  `json:"satisfaction"`
	Solved       Share  `json:"solved"`
	Unrated      int64  `json:"unrated"` // closings that nobody rated in time: in neither part of the satisfaction
	Grades       Grades `json:"grades"`  // what the satisfaction is made of
}

// Grades is how many gave each of the five grades (RULES 9.3).
type Grades struct {
	VerySatisfied      int64 `json:"very_satisfied"`
	Satisfied          int64 `json:"satisfied"`
	BasicallySatisfied int64 `json:"basically_satisfied"`
	Dissatisfied       int64 `json:"dissatisfied"`
	VeryDissatisfied   int64 `json:"very_dissatisfied"`
}

// UnitRates are the rates of a unit over the period.
type UnitRates struct {
	DepartmentID   int64  `json:"department_id"` // 0: the window
	DepartmentName string `json:"department_name"`
	Rates
}

// Months are the rates of a month over all units that the viewer sees.
type Months struct {
	Month   model.Month `json:"month"`
	Settled bool        `json:"settled"` // never changes any more
	Rates
}

// Cell is the rates of a unit in a month.
type Cell struct {
	Month        model.Month `json:"month"`
	DepartmentID int64       `json:"department_id"`
	Rates
}

// WindowName is the unit of what no unit leads.
const WindowName = "诉求窗口"

// mostMonths bounds a period.
const mostMonths = 36

// Rates counts the rates of a period: settled months as they were settled, the others as they stand now. The window and the city
// see every unit, a department its own; another unit is fault.NotFound.
func (s *Service) Rates(ctx context.Context, v access.Viewer, f Filter) (r Report, err error) {
	err = s.db.Sweep(ctx, func(tx model.Tx) error {
		units, err := unitsOf(tx, v, f.DepartmentID)
		if err != nil {
			return err
		}
		r, err = report(tx, f.Period, units)
		return err
	})
	return r, err
}

// report counts for some units; nil: for all.
func report(tx model.Tx, p Period, units []int64) (Report, error) {
	from, to, err := p.months(tx.Day())
	if err != nil {
		return Report{}, err
	}
	settled, err := settledUntil(tx)
	if err != nil {
		return Report{}, err
	}
	counts, err := settledCounts(tx, from, min(to, settled), units)
	if err != nil {
		return Report{}, err
	}
	if first := openSince(from, settled); first <= to {
		for _, d := range definitions() {
			rows, err := liveCounts(tx, d, first, to, units)
			if err != nil {
				return Report{}, err
			}
			counts = append(counts, rows...)
		}
	}
	names, err := unitNames(tx)
	if err != nil {
		return Report{}, err
	}
	return assemble(from, to, settled, counts, names), nil
}

// months are the bounds of the period.
func (p Period) months(today model.Date) (from, to model.Month, err error) {
	to = cmp.Or(p.To, max(today.Month(), p.From))
	from = cmp.Or(p.From, model.Month(to[:4]+"-01"))
	switch {
	case from > to:
		return "", "", fault.Invalid("rates.period_backwards", "起始月份不能晚于截止月份").With("field", "from")
	case from.Add(mostMonths) <= to:
		return "", "", fault.Invalid("rates.period_too_long", "一次最多查询36个月").With("field", "from")
	}
	return from, to, nil
}

// unitsOf are the units whose rates v may see, of those asked for; nil: all.
func unitsOf(tx model.Tx, v access.Viewer, asked *int64) ([]int64, error) {
	if v.Desks() {
		if asked == nil {
			return nil, nil
		}
		var n int64
		err := tx.Model(&model.Department{}).Where("id = ?", *asked).Count(&n).Error
		if err == nil && n == 0 && *asked != 0 {
			err = fault.NotFound("单位")
		}
		return []int64{*asked}, err
	}
	own := v.Departments(model.RoleDepartmentHandler, model.RoleDepartmentLeader)
	if asked == nil {
		return append([]int64{}, own...), nil
	}
	if !slices.Contains(own, *asked) {
		return nil, fault.NotFound("单位")
	}
	return []int64{*asked}, nil
}

func unitNames(tx model.Tx) (map[int64]string, error) {
	var rows []model.Department
	err := tx.Select("id, name").Find(&rows).Error
	names := map[int64]string{0: WindowName}
	for _, d := range rows {
		names[d.ID] = d.Name
	}
	return names, err
}

// assemble adds the counts up by unit, by month, by both and over all.
func assemble(from, to model.Month, settled model.Month, counts []count, names map[int64]string) Report {
	r := Report{From: from, To: to, Units: []UnitRates{}, Months: []Months{}, Cells: []Cell{}}
	type place struct {
		month model.Month
		unit  int64
	}
	months, units, cells := map[model.Month]*Rates{}, map[int64]*Rates{}, map[place]*Rates{}
	for _, c := range counts {
		r.Total.add(c)
		of(months, c.Month).add(c)
		of(units, c.DepartmentID).add(c)
		of(cells, place{c.Month, c.DepartmentID}).add(c)
	}
	r.Total.finish()
	for m := from; m <= to; m = m.Add(1) {
		r.Months = append(r.Months, Months{Month: m, Settled: m <= settled, Rates: of(months, m).finish()})
	}
	for id, u := range units {
		r.Units = append(r.Units, UnitRates{DepartmentID: id, DepartmentName: names[id], Rates: u.finish()})
	}
	slices.SortFunc(r.Units, func(a, b UnitRates) int { return cmp.Compare(a.DepartmentID, b.DepartmentID) })
	for at, c := range cells {
		r.Cells = append(r.Cells, Cell{Month: at.month, DepartmentID: at.unit, Rates: c.finish()})
	}
	slices.SortFunc(r.Cells, func(a, b Cell) int {
		return cmp.Or(cmp.Compare(a.Month, b.Month), cmp.Compare(a.DepartmentID, b.DepartmentID))
	})
	return r
}

func of[K comparable](all map[K]*Rates, key K) *Rates {
	if all[key] == nil {
		all[key] = &Rates{}
	}
	return all[key]
}

// share is one of the rates by its code.
func (r *Rates) share(rate string) *Share {
	return map[string]*Share{model.RateAcceptance: &r.Acceptance, model.RateReferral: &r.Referral, model.RateClosure: &r.Closure,
		model.RateOnTime: &r.OnTime, model.RateSatisfaction: &r.Satisfaction, model.RateSolved: &r.Solved}[rate]
}

func (r *Rates) add(c count) {
	s := r.share(c.Rate)
	s.Numerator += c.Numerator
	s.Denominator += c.Denominator
	s.Excluded += c.Excluded
	r.Unrated += c.Unrated
	r.Grades.VerySatisfied += c.Grade5
	r.Grades.Satisfied += c.Grade4
	r.Grades.BasicallySatisfied += c.Grade3
	r.Grades.Dissatisfied += c.Grade2
	r.Grades.VeryDissatisfied += c.Grade1
}

func (r *Rates) finish() Rates {
	for _, s := range []*Share{&r.Acceptance, &r.Referral, &r.Closure, &r.OnTime, &r.Satisfaction, &r.Solved} {
		s.finish()
	}
	return *r
}
