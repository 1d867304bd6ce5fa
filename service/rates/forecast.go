package rates

import (
	"cmp"
	"context"
	"slices"

	"hongyun/model"
	"hongyun/service/access"
)

// forecastDays is how far ahead is looked: today and the seven days after it.
const forecastDays = 7

// atStake is an SQL condition on request r: a limit that binds the window or a unit runs, does not stand still, and ends by a day or
// is late. Its argument is the day.
const atStake = "r.clock IN ('ACCEPT', 'REFER', 'ANSWER', 'HANDLE', 'REOPEN') AND NOT r.paused AND r.deadline <= ?"

// Forecast is what will be late this week if nobody does anything.
type Forecast struct {
	Today model.Date     `json:"today"`
	Until model.Date     `json:"until"`
	Late  int64          `json:"late"` // is late already
	Due   int64          `json:"due"`  // falls due by until
	Units []UnitForecast `json:"units"`
	Days  []DayForecast  `json:"days"`
}

// UnitForecast is one unit's part of it, the most first.
type UnitForecast struct {
	DepartmentID   int64  `json:"department_id"` // 0: the window
	DepartmentName string `json:"department_name"`
	Late           int64  `json:"late"`
	Due            int64  `json:"due"`
}

// DayForecast is what falls due on a day.
type DayForecast struct {
	Day model.Date `json:"day"`
	Due int64      `json:"due"`
}

// Forecast counts by unit and day what v sees by office.
func (s *Service) Forecast(ctx context.Context, v access.Viewer) (f Forecast, err error) {
	tx := s.db.Read(ctx)
	f = Forecast{Today: tx.Day(), Until: tx.Day().AddDays(forecastDays), Units: []UnitForecast{}, Days: []DayForecast{}}
	sees, args := v.StaffRequests()
	var rows []struct {
		DepartmentID int64
		Day          model.Date // empty: late
		N            int64
	}
	err = tx.Raw(`SELECT coalesce(r.department_id, 0) AS department_id, CASE WHEN r.deadline < ? THEN '' ELSE r.deadline END AS day, count(*) AS n
		FROM request r WHERE `+atStake+" AND "+sees+" GROUP BY 1, 2", append([]any{f.Today, f.Until}, args...)...).Scan(&rows).Error
	if err != nil {
		return f, err
	}
	names, err := unitNames(tx)
	units, days := map[int64]*UnitForecast{}, map[model.Date]int64{}
	for _, r := range rows {
		u := units[r.DepartmentID]
		if u == nil {
			u = &UnitForecast{DepartmentID: r.DepartmentID, DepartmentName: names[r.DepartmentID]}
			units[r.DepartmentID] = u
		}
		if r.Day == "" {
			u.Late += r.N
			f.Late += r.N
			continue
		}
		u.Due += r.N
		f.Due += r.N
		days[r.Day] += r.N
	}
	for _, u := range units {
		f.Units = append(f.Units, *u)
	}
	slices.SortFunc(f.Units, func(a, b UnitForecast) int {
		return cmp.Or(cmp.Compare(b.Late, a.Late), cmp.Compare(b.Due, a.Due), cmp.Compare(a.DepartmentID, b.DepartmentID))
	})
	for day := f.Today; day <= f.Until; day = day.AddDays(1) {
		f.Days = append(f.Days, DayForecast{Day: day, Due: days[day]})
	}
	return f, err
}

// StakeFilter names a number of the forecast. Zero values narrow nothing.
type StakeFilter struct {
	DepartmentID *int64     `query:"department_id" validate:"omitempty,min=0" label:"单位"`
	Part         string     `query:"part" validate:"omitempty,oneof=LATE DUE" label:"部分"`
	Day          model.Date `query:"day" validate:"omitempty,date" label:"到期日"`
}

// Stake is a request in a list of this module. It tells nothing of the citizen.
type Stake struct {
	ID             int64      `json:"id"`
	Number         string     `json:"number"`
	Category       string     `json:"category"`
	Topic          string     `json:"topic"`
	State          string     `json:"state"`
	DepartmentID   int64      `json:"department_id"` // 0: the window
	DepartmentName string     `json:"department_name"`
	Clock          string     `json:"clock"`
	Deadline       model.Date `json:"deadline"`
	Late           bool       `json:"late"`
	SubmittedOn    model.Date `json:"submitted_on"`
}

// AtStake lists what a number of the forecast is made of, the earliest deadline first.
func (s *Service) AtStake(ctx context.Context, v access.Viewer, f StakeFilter, offset, limit int) ([]Stake, int64, error) {
	tx := s.db.Read(ctx)
	where, args := atStake, []any{tx.Day().AddDays(forecastDays)}
	add := func(condition string, arg any) {
		where += " AND " + condition
		args = append(args, arg)
	}
	switch f.Part {
	case "LATE":
		add("r.deadline < ?", tx.Day())
	case "DUE":
		add("r.deadline >= ?", tx.Day())
	}
	if f.DepartmentID != nil {
		add("coalesce(r.department_id, 0) = ?", *f.DepartmentID)
	}
	if f.Day != "" {
		add("r.deadline = ?", f.Day)
	}
	return stakes(tx, v, where, args, "r.deadline, r.id", offset, limit)
}

// stakes lists requests that v sees by office.
func stakes(tx model.Tx, v access.Viewer, where string, args []any, order string, offset, limit int) (rows []Stake, total int64, err error) {
	sees, seesArgs := v.StaffRequests()
	where += " AND " + sees
	args = append(args, seesArgs...)
	if err := tx.Raw("SELECT count(*) FROM request r WHERE "+where, args...).Scan(&total).Error; err != nil {
		return nil, 0, err
	}
	err = tx.Raw(`
		SELECT r.id, r.number, r.category, r.topic, r.state, coalesce(r.department_id, 0) AS department_id, coalesce(d.name, ?) AS department_name,
			r.clock, r.deadline, r.clock NOT IN ('', 'RATE') AND NOT r.paused AND r.deadline < ? AS late, r.submitted_on
		FROM request r LEFT JOIN department d ON d.id = r.department_id WHERE `+where+` ORDER BY `+order+` LIMIT ? OFFSET ?`,
		append(append([]any{WindowName, tx.Day()}, args...), limit, offset)...).Scan(&rows).Error
	return rows, total, err
}
