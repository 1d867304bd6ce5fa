package supervision

import (
	"context"

	"hongyun/model"
	"hongyun/service/access"
)

// WarningFilter narrows the warnings. Zero fields do not.
type WarningFilter struct {
	Month        model.Month `query:"month" validate:"omitempty,month" label:"月份"` // in which it was given
	Level        string      `query:"level" validate:"omitempty,oneof=REMINDER CHASE CRITICISM" label:"级别"`
	DepartmentID int64       `query:"department_id" validate:"min=0" label:"单位"`
	RequestID    int64       `query:"request_id" validate:"min=0" label:"诉求"`
	Open         bool        `query:"open" label:"仅尚未完成"`
}

// Warning is one warning by the clock. It says nothing of the citizen.
type Warning struct {
	ID             int64      `json:"id"`
	RequestID      int64      `json:"request_id"`
	Number         string     `json:"number"`
	Level          string     `json:"level"`
	LevelName      string     `json:"level_name" gorm:"-"`
	Clock          string     `json:"clock"`
	ClockName      string     `json:"clock_name" gorm:"-"`
	Deadline       model.Date `json:"deadline"`
	DepartmentID   *int64     `json:"department_id"` // empty: the window
	DepartmentName string     `json:"department_name"`
	LeaderName     string     `json:"leader_name"` // who led the unit then
	WarnedOn       model.Date `json:"warned_on"`
	Open           bool       `json:"open"` // the limit still runs to this deadline
}

const stillOpen = "(r.clock = x.clock AND r.deadline = x.deadline)"

// Warnings lists what was warned of, the newest first: to the window and the city all, to a unit its own.
func (s *Service) Warnings(ctx context.Context, v access.Viewer, f WarningFilter, offset, limit int) ([]Warning, int64, error) {
	c := conditionOf(v.UnitRows("x.department_id"))
	c.inMonth("x.warned_on", f.Month)
	c.ofUnit("x.department_id", f.DepartmentID)
	c.ofUnit("x.request_id", f.RequestID)
	if f.Level != "" {
		c.and("x.level = ?", f.Level)
	}
	if f.Open {
		c.and(stillOpen)
	}
	rows, total, err := list[Warning](s.db.Read(ctx), "x.*, r.number, "+stillOpen+" AS open, coalesce(d.name, '"+windowName+"') AS department_name",
		"request_warning x JOIN request r ON r.id = x.request_id LEFT JOIN department d ON d.id = x.department_id", "x.warned_on DESC, x.id DESC", c, offset, limit)
	for i := range rows {
		rows[i].LevelName, rows[i].ClockName = levelNames[rows[i].Level], clockNames[rows[i].Clock]
	}
	return rows, total, err
}
